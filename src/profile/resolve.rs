//! Turns a name into a plan: follows `source_profile` from the requested profile down to a source.
//!
//! One [`Resolver`] answers every question about the two files: how to get credentials, which login
//! they need, and both for all profiles at once. It merges each section once and follows each role
//! chain once, so that ten thousand profiles cost little more than reading them.

use std::borrow::Cow;
use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

use super::claim::{Claim, Position, Question};
use super::dialect::Dialect;
use super::files::Files;
use super::key::Key;
use super::merged::{Merged, Setting};
use super::plan::{Hop, LoginSession, Plan, SessionPolicies, Source};
use super::sections::Sections;
use super::sso::RoleKeys;
use super::trail::Trail;
use super::{Request, Resolution, network, process, source, sso, unresolved};
use crate::error::Result;

/// The login below each profile, as far as it has been looked up.
type LoginsBelow = RefCell<HashMap<(Position, String), Option<Rc<Source>>>>;

/// Answers questions about the two files. Pure: reads nothing else.
pub struct Resolver<'a> {
    pub(super) sections: Sections<'a>,
    /// The login below each profile at its position in a chain, once it is known.
    pub(super) logins_below: LoginsBelow,
}

/// What one profile contributes: a role to assume, if any, and where its credentials come from.
pub(super) struct ProfileStep<'a> {
    hop: Option<Hop>,
    pub(super) next: Next<'a>,
}

/// Where a step leads.
pub(super) enum Next<'a> {
    /// To the end of the chain.
    Source(Box<Source>),
    /// To another profile: this one's source, or the one that its `credential_process` requests
    /// from ssowrap.
    Profile(Rc<Merged<'a>>, Position),
}

impl<'a> Resolver<'a> {
    /// Reads the files as the AWS CLI does.
    pub fn new(files: &'a Files) -> Self {
        Self::with_dialect(files, Dialect::AWS)
    }

    /// Reads the files by the rules of `dialect`.
    pub(crate) fn with_dialect(files: &'a Files, dialect: Dialect) -> Self {
        Self { sections: Sections::new(files, dialect), logins_below: RefCell::default() }
    }

    /// A profile, merged from its sections.
    pub fn profile(&self, name: &str) -> Option<Rc<Merged<'a>>> {
        self.sections.profile(name)
    }

    /// An sso-session, merged from its sections.
    pub fn session(&self, name: &str) -> Option<Rc<Merged<'a>>> {
        self.sections.session(name)
    }

    /// Every profile, in file order.
    pub fn all_profiles(&self) -> Vec<Rc<Merged<'a>>> {
        self.sections.all_profiles()
    }

    /// How to get the requested credentials.
    pub fn resolve(&self, request: &Request) -> Resolution<'a> {
        let mut trail = Trail::default();
        let plan = self.answer(request, Question::Credentials, &mut trail);
        let mut warnings = std::mem::take(&mut trail.warnings);
        // An error says more about its line.
        let place = plan.as_ref().err().and_then(|error| error.location.as_ref());
        warnings.retain(|warning| Some(&warning.location) != place);
        Resolution { plan, warnings, trail }
    }

    /// The login that a request uses, as the SSO source of a plan, for `login`, `logout` and
    /// `status`. Settings for reaching AWS that the profile lacks come from other profiles with the
    /// same login. Unlike [`Resolver::resolve`], it also accepts a profile that only signs in, and
    /// a [`Request::Role`] without account and role; then both are empty in the source. None for a
    /// profile whose credentials don't come from Identity Center.
    ///
    /// # Errors
    /// See [`Resolver::resolve`].
    pub(crate) fn login(&self, request: &Request) -> Result<Option<Plan>> {
        let mut plan = self.answer(request, Question::Login, &mut Trail::default())?;
        let Source::Sso(source) = &plan.source else { return Ok(None) };
        // If the others disagree, any will do.
        let others = self.reach_of(source).unwrap_or_default();
        plan.reach = plan.reach.or(others);
        Ok(Some(plan))
    }

    /// The `aws login` login that a request uses.
    pub(crate) fn login_session(&self, request: &Request) -> Option<LoginSession> {
        let plan = self.answer(request, Question::Login, &mut Trail::default());
        match plan.ok()?.source {
            Source::LoginSession(session) => Some(session),
            _ => None,
        }
    }

    fn answer(&self, request: &Request, question: Question, trail: &mut Trail<'a>) -> Result<Plan> {
        let plan = match request {
            Request::Profile { name, origin } => self.walk(name, *origin, question, trail),
            Request::Role(role) => {
                sso::from_flags(&self.sections, role, trail).and_then(|source| {
                    Ok(Plan { reach: self.reach_of(&source)?, ..Plan::of_sso(source) })
                })
            }
        };
        plan.map_err(|error| trail.name_chain(error))
    }

    fn walk(
        &self,
        name: &str,
        origin: Option<&'static str>,
        question: Question,
        trail: &mut Trail<'a>,
    ) -> Result<Plan> {
        let top = self
            .sections
            .profile(name)
            .ok_or_else(|| unresolved::no_profile(&self.sections, name, origin))?;
        trail.enter(&top)?;
        let claim = Claim::of(&top, Position::Asked, self.sections.dialect);
        let is_named = origin.is_some() || self.sections.dialect.default_counts_as_named;
        if !is_named && claim == Claim::Nothing && source::means_no_source(&top) {
            return Err(unresolved::none_chosen(&self.sections, &top));
        }
        let own_reach = network::reach(&self.sections, &top, trail)?;
        let mut reach = own_reach.clone();
        let mut region = top.region()?;
        let mut hops = Vec::new();
        let mut fallback_region = None;
        let mut current = Rc::clone(&top);
        let mut place = Position::Asked;
        let mut source = loop {
            let step = self.step(&current, place, question, trail)?;
            hops.extend(step.hop);
            match step.next {
                Next::Source(source) => break *source,
                Next::Profile(next, its_place) => {
                    check_loop(&current, &next, its_place, trail)?;
                    if its_place == Position::Asked {
                        // One plan reaches AWS in one way. For two, the helper has to run.
                        let way = network::reach(&self.sections, &next, &mut Trail::ignored())?;
                        let is_other = !hops.is_empty() && !way.is_same_way(&reach);
                        if is_other && question == Question::Credentials {
                            let process = source::credential_process(&current)?;
                            break Source::CredentialProcess(process);
                        }
                        reach = way;
                    }
                    trail.enter(&next)?;
                    (current, place) = (next, its_place);
                }
            }
            fallback_region = fallback_region.or(current.region()?);
        };
        // A session's keys count as keys of the profile that refers to it (SPEC 2.2).
        if self.sections.dialect.session_region_counts {
            let of_source = if trail.chain.len() == 1 { &mut region } else { &mut fallback_region };
            *of_source = of_source.take().or_else(|| trail.session_region.take());
        }
        if let Source::Sso(source) = &mut source {
            sso::add_siblings(&self.sections, source);
        }
        hops.reverse();
        Ok(Plan {
            chain: trail.chain.clone(),
            source,
            hops,
            region,
            fallback_region,
            account_id: top.account_id().map(Cow::into_owned),
            own_reach: (!own_reach.is_same_way(&reach)).then_some(own_reach),
            reach,
        })
    }

    /// What one profile contributes, however the chain reached it.
    pub(super) fn step(
        &self,
        profile: &Rc<Merged<'a>>,
        place: Position,
        question: Question,
        trail: &mut Trail<'a>,
    ) -> Result<ProfileStep<'a>> {
        let claim = Claim::of(profile, place, self.sections.dialect);
        if question == Question::Login && self.signs_in_only(profile, place, claim) {
            let source = sso::of_profile(&self.sections, profile, &RoleKeys::AWS, question, trail)?;
            return Ok(ProfileStep::end(Source::Sso(source)));
        }
        warn_of_other_key(profile, claim, trail);
        let source = match claim {
            Claim::AssumeRole => return self.role(profile, question, trail),
            Claim::WebIdentity => Source::WebIdentity(source::web_identity(profile)?),
            Claim::Sso => Source::Sso(sso::of_profile(
                &self.sections,
                profile,
                &RoleKeys::AWS,
                question,
                trail,
            )?),
            Claim::Static(file) => Source::Static(source::static_keys(profile, file)?),
            Claim::LoginSession => Source::LoginSession(source::login_session(profile)?),
            Claim::CredentialProcess => return self.process(profile, question, trail),
            Claim::Nothing => {
                return Err(source::no_credentials(profile, place == Position::Source));
            }
        };
        Ok(ProfileStep::end(source))
    }

    /// Whether a profile has a login although its credentials, if any, don't need one.
    fn signs_in_only(&self, profile: &Merged<'_>, place: Position, claim: Claim) -> bool {
        let is_free = match claim {
            Claim::AssumeRole | Claim::WebIdentity | Claim::Sso => false,
            Claim::Static(_) | Claim::LoginSession | Claim::CredentialProcess => {
                // A missing session is no reason not to use these.
                let session = profile.optional(Key::SsoSession);
                session.is_none_or(|name| self.sections.session(&name).is_some())
            }
            Claim::Nothing => true,
        };
        let names_one = profile.has(Key::SsoSession) || profile.has(Key::SsoStartUrl);
        place == Position::Asked && is_free && names_one
    }

    /// A profile with a `role_arn`: the role, and where the credentials that assume it come from.
    fn role(
        &self,
        profile: &Rc<Merged<'a>>,
        question: Question,
        trail: &mut Trail<'a>,
    ) -> Result<ProfileStep<'a>> {
        let Some(role_arn) = profile.decisive(Key::RoleArn)? else {
            return Err(source::no_credentials(profile, false));
        };
        let source_profile = profile.decisive(Key::SourceProfile)?;
        let credential_source = profile.decisive(Key::CredentialSource)?;
        let hop = Some(hop(profile, role_arn, trail)?);
        let next = match (source_profile, credential_source) {
            (Some(setting), Some(_)) => {
                return Err(unresolved::conflicting_sources(profile, setting.location()));
            }
            (None, None) => {
                return Err(unresolved::missing_source(profile, role_arn.location()));
            }
            (None, Some(setting)) => Next::Source(Box::new(source::named(profile, setting)?)),
            (Some(setting), None) if setting.text() == profile.name => {
                let step = self.step(profile, Position::Itself, question, trail);
                let at = setting.location();
                step.map_err(|error| unresolved::own_source(profile, at, error))?.next
            }
            (Some(setting), None) => {
                let next = self.sections.profile(&setting.text());
                let missing = || unresolved::no_source_profile(&self.sections, profile, setting);
                Next::Profile(next.ok_or_else(missing)?, Position::Source)
            }
        };
        Ok(ProfileStep { hop, next })
    }

    /// A helper program. If it is ssowrap for another profile, it isn't run; that profile is
    /// resolved instead. If the command line contains more than that, it is run.
    fn process(
        &self,
        profile: &Merged<'a>,
        question: Question,
        trail: &mut Trail<'a>,
    ) -> Result<ProfileStep<'a>> {
        let process = source::credential_process(profile)?;
        if RoleKeys::of_granted_are_in(profile) {
            let keys = &RoleKeys::GRANTED;
            let source = sso::of_profile(&self.sections, profile, keys, question, trail)?;
            return Ok(ProfileStep::end(Source::Sso(source)));
        }
        let asked = process::asked_of_ssowrap(&process.command).filter(|asked| {
            let is_loop = trail.chain.contains(&asked.profile);
            (asked.is_alias && asked.is_ours) || is_loop || question == Question::Login
        });
        let Some(asked) = asked else {
            return Ok(ProfileStep::end(Source::CredentialProcess(process)));
        };
        let next = self.sections.profile(&asked.profile).ok_or_else(|| {
            unresolved::no_profile_behind(&self.sections, process, &asked.profile)
        })?;
        Ok(ProfileStep { hop: None, next: Next::Profile(next, Position::Asked) })
    }
}

/// Readers differ most about a profile that also has an access key.
fn warn_of_other_key(profile: &Merged<'_>, claim: Claim, trail: &mut Trail<'_>) {
    let is_passed_over = match claim {
        Claim::WebIdentity | Claim::Sso | Claim::LoginSession | Claim::CredentialProcess => true,
        Claim::AssumeRole | Claim::Static(_) | Claim::Nothing => false,
    };
    let key =
        profile.get(Key::AwsAccessKeyId).filter(|key| is_passed_over && !key.value.is_empty());
    if let Some(key) = key {
        let message = format!(
            "profile `{}` also has an access key, which the AWS SDKs for Go and JavaScript use instead: \
             remove the one that is not meant",
            profile.name
        );
        trail.warn(message, key.location());
    }
}

/// Fails if the chain has already passed the next profile.
fn check_loop(
    profile: &Merged<'_>,
    next: &Merged<'_>,
    place: Position,
    trail: &Trail<'_>,
) -> Result<()> {
    if !trail.chain.iter().any(|name| *name == next.name) {
        return Ok(());
    }
    let at = |key| profile.get(key).map(|setting| setting.location());
    let mut chain = trail.chain.clone();
    chain.push(next.name.to_string());
    Err(match place {
        Position::Asked => unresolved::process_loop(profile, &chain, at(Key::CredentialProcess)),
        Position::Source | Position::Itself => {
            unresolved::source_profile_loop(&chain, at(Key::SourceProfile))
        }
    })
}

impl ProfileStep<'_> {
    fn end(source: Source) -> Self {
        Self { hop: None, next: Next::Source(Box::new(source)) }
    }
}

fn hop(profile: &Merged<'_>, role_arn: &Setting<'_>, trail: &mut Trail<'_>) -> Result<Hop> {
    Ok(Hop {
        profile: Some(profile.name.to_string()),
        role_arn: role_arn.text().into_owned(),
        external_id: profile.told(Key::ExternalId)?,
        role_session_name: profile.told(Key::RoleSessionName)?,
        duration_seconds: duration(profile, trail),
        mfa_serial: profile.told(Key::MfaSerial)?,
        policies: SessionPolicies::default(),
        location: Some(role_arn.location()),
    })
}

/// A duration that is not a number is ignored, as in the AWS CLI (SPEC 2.3), but with a warning.
fn duration(profile: &Merged<'_>, trail: &mut Trail<'_>) -> Option<i32> {
    let setting = profile.get(Key::DurationSeconds)?;
    let value = setting.text().parse().ok();
    if value.is_none() {
        trail.warn("`duration_seconds` is not a whole number and is ignored", setting.location());
    }
    value
}
