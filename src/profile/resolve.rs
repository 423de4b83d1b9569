//! Name to plan: walks `source_profile` from the requested profile down to a source.
//!
//! Which source wins inside a profile is the AWS CLI's order (SPEC 2.1, 2.3): role_arn, web
//! identity, SSO, static keys of the credentials file, login_session, credential_process, static
//! keys of the config file; from the second link of a chain on, static keys come first.

use super::files::Files;
use super::merged::Merged;
use super::plan::{Hop, Plan, Source};
use super::reach::{EndpointSettings, Reach, Service};
use super::{Request, Resolution, UsedSetting, Warning, source, sso, suggest};
use crate::error::{Error, Kind, Location, Result, Subject};

/// Resolves a request. Pure: reads nothing but `files`.
pub fn resolve(files: &Files, request: &Request) -> Resolution {
    let mut walk = Walk::new(files);
    let plan = match request {
        Request::Profile { name, origin } => walk.profile(name, *origin),
        Request::Role(role) => sso::from_flags(&mut walk, role),
    };
    let plan = plan.map_err(|error| walk.name_chain(error));
    Resolution { plan, settings: walk.settings, warnings: walk.warnings }
}

/// Resolves a profile as aws2-wrap does, where that leads anywhere: what works with it must go on to
/// work when ssowrap takes its place.
///
/// A profile wins over its sso-session. SSO settings win over static keys at any place of a chain,
/// and over a `role_arn` that has no source. The `region` of a session counts for nothing.
pub fn like_aws2_wrap(files: &Files, name: &str) -> Result<Plan> {
    let mut walk = Walk { like_aws2_wrap: true, ..Walk::new(files) };
    walk.profile(name, Some("--profile")).map_err(|error| walk.name_chain(error))
}

/// The login that a request uses, as the SSO source of a plan: what `login`, `logout` and `status`
/// work on. Beyond [`resolve`] it takes a profile that only signs in, without account and role, and
/// a [`Request::Role`] without them; both are empty in the source then. None for a profile whose
/// credentials do not come from Identity Center.
///
/// # Errors
/// Those of [`resolve`].
pub fn login(files: &Files, request: &Request) -> Result<Option<Plan>> {
    let mut walk = Walk { for_login: true, ..Walk::new(files) };
    let plan = match request {
        Request::Profile { name, origin } => walk.profile(name, *origin),
        Request::Role(role) => sso::from_flags(&mut walk, role),
    };
    let plan = plan.map_err(|error| walk.name_chain(error))?;
    Ok(Some(plan).filter(|plan| matches!(plan.source, Source::Sso(_))))
}

/// The state of one walk.
pub struct Walk<'a> {
    /// The files.
    pub files: &'a Files,
    /// Whether only the login is wanted.
    pub for_login: bool,
    /// Whether aws2-wrap's rules count.
    pub like_aws2_wrap: bool,
    /// Names of the profiles passed, the requested one first.
    pub chain: Vec<String>,
    /// `region` of the sso-session the source belongs to.
    pub session_region: Option<String>,
    settings: Vec<UsedSetting>,
    warnings: Vec<Warning>,
}

/// Where the next step of a walk leads.
enum Step {
    Source(Source),
    Profile(Merged),
}

impl<'a> Walk<'a> {
    fn new(files: &'a Files) -> Self {
        Self {
            files,
            for_login: false,
            like_aws2_wrap: false,
            chain: Vec::new(),
            session_region: None,
            settings: Vec::new(),
            warnings: Vec::new(),
        }
    }

    fn profile(&mut self, name: &str, origin: Option<&'static str>) -> Result<Plan> {
        let top = Merged::profile(self.files, name)
            .ok_or_else(|| profile_not_found(self.files, name, origin))?;
        self.enter(&top)?;
        let reach = self.reach(&top)?;
        let mut region = top.optional("region");
        let account_id = top.optional("aws_account_id");
        let mut hops = Vec::new();
        let mut fallback_region = None;
        let mut current = top;
        let source = loop {
            match self.step(&current, &mut hops)? {
                Step::Source(source) => break source,
                Step::Profile(next) => current = next,
            }
            fallback_region = fallback_region.or_else(|| current.optional("region"));
        };
        // A session's keys count as the keys of the profile that refers to it (SPEC 2.2).
        if !self.like_aws2_wrap {
            let of_source = if self.chain.len() == 1 { &mut region } else { &mut fallback_region };
            *of_source = of_source.take().or_else(|| self.session_region.take());
        }
        hops.reverse();
        Ok(Plan {
            chain: self.chain.clone(),
            source,
            hops,
            region,
            fallback_region,
            account_id,
            reach,
        })
    }

    /// Takes a profile into the chain.
    fn enter(&mut self, profile: &Merged) -> Result<()> {
        self.chain.push(profile.name.clone());
        self.settings.extend(profile.used_for(Some(&profile.name)));
        self.warnings.extend(profile.warnings.iter().cloned());
        profile.check()
    }

    /// Takes a section that serves the current profile.
    pub fn use_section(&mut self, section: &Merged) -> Result<()> {
        let profile = self.chain.last().cloned();
        self.settings.extend(section.used_for(profile.as_deref()));
        self.warnings.extend(section.warnings.iter().cloned());
        section.check()
    }

    /// Notes something odd.
    pub fn warn(&mut self, message: impl Into<String>, location: &Location) {
        self.warnings.push(Warning { message: message.into(), location: location.clone() });
    }

    fn step(&mut self, profile: &Merged, hops: &mut Vec<Hop>) -> Result<Step> {
        let prefers_sso = self.like_aws2_wrap && profile.has_sso_key();
        if self.chain.len() > 1
            && !prefers_sso
            && let Some(keys) = source::static_keys(profile)?
        {
            return Ok(Step::Source(Source::Static(keys)));
        }
        let Some((role_arn, location)) = profile.decisive("role_arn")? else {
            return source::of_profile(self, profile).map(Step::Source);
        };
        if profile.setting("web_identity_token_file").is_some() {
            return source::of_profile(self, profile).map(Step::Source);
        }
        let source_profile = profile.decisive("source_profile")?;
        let credential_source = profile.decisive("credential_source")?;
        if self.like_aws2_wrap && source_profile.is_none() && credential_source.is_none() {
            return source::of_profile(self, profile).map(Step::Source);
        }
        hops.push(self.hop(profile, role_arn, location.clone()));
        match (source_profile, credential_source) {
            (Some((_, at)), Some(_)) => Err(conflicting_sources(profile, at)),
            (None, None) => Err(missing_source(profile, location)),
            (None, Some((name, at))) => source::named(profile, &name, at).map(Step::Source),
            (Some((name, at)), None) => self.follow(profile, &name, at),
        }
    }

    fn follow(&mut self, profile: &Merged, name: &str, at: Location) -> Result<Step> {
        if name == profile.name {
            return source::of_itself(self, profile, at).map(Step::Source);
        }
        if self.chain.iter().any(|passed| passed == name) {
            return Err(source_profile_loop(&self.chain, name, at));
        }
        let next = Merged::profile(self.files, name).ok_or_else(|| {
            let message =
                format!("profile `{}`: its source_profile `{name}` does not exist", profile.name);
            let error = Error::new(Kind::SourceProfileNotFound, message).at(at);
            let error = error.about(Subject::Profile(name.to_owned()));
            suggest::names(error, name, self.files.profile_names())
        })?;
        self.enter(&next)?;
        Ok(Step::Profile(next))
    }

    fn hop(&mut self, profile: &Merged, role_arn: String, location: Location) -> Hop {
        Hop {
            profile: profile.name.clone(),
            role_arn,
            external_id: profile.optional("external_id"),
            role_session_name: profile.optional("role_session_name"),
            duration_seconds: self.duration(profile),
            mfa_serial: profile.optional("mfa_serial"),
            location: Some(location),
        }
    }

    /// A duration that is no number is ignored, as the AWS CLI does (SPEC 2.3), but not silently.
    fn duration(&mut self, profile: &Merged) -> Option<i32> {
        let setting = profile.setting("duration_seconds")?;
        let value = setting.text().parse().ok();
        if value.is_none() {
            self.warn("`duration_seconds` is not a whole number and is ignored", &setting.location);
        }
        value
    }

    /// `true` or `false` in any case; anything else is none, with a warning.
    fn flag(&mut self, profile: &Merged, key: &str) -> Option<bool> {
        let setting = profile.setting(key)?;
        match setting.text().to_ascii_lowercase().as_str() {
            "true" => Some(true),
            "false" => Some(false),
            _ => {
                let message = format!("`{key}` is neither `true` nor `false` and is ignored");
                self.warn(message, &setting.location);
                None
            }
        }
    }

    fn reach(&mut self, top: &Merged) -> Result<Reach> {
        Ok(Reach {
            profile: Some(top.name.clone()),
            endpoints: self.endpoints(top)?,
            ca_bundle: top.optional("ca_bundle"),
        })
    }

    fn endpoints(&mut self, top: &Merged) -> Result<EndpointSettings> {
        let mut endpoints = EndpointSettings {
            global: top.optional("endpoint_url"),
            ignore_configured: self.flag(top, "ignore_configured_endpoint_urls"),
            use_fips: self.flag(top, "use_fips_endpoint"),
            use_dualstack: self.flag(top, "use_dualstack_endpoint"),
            ..EndpointSettings::default()
        };
        let Some((name, at)) = top.decisive("services")? else {
            return Ok(endpoints);
        };
        let services = Merged::services(self.files, &name).ok_or_else(|| {
            let message = format!("profile `{}`: there is no `[services {name}]`", top.name);
            Error::new(Kind::ServicesNotFound, message)
                .at(at)
                .hint(format!("add the section `[services {name}]`, or remove the line"))
        })?;
        self.use_section(&services)?;
        let url_of = |service: &Service| services.nested(service.section_key(), "endpoint_url");
        endpoints.services =
            Service::ALL.iter().filter_map(|service| Some((*service, url_of(service)?))).collect();
        Ok(endpoints)
    }

    /// An error deep in a chain says which way it came.
    fn name_chain(&self, mut error: Error) -> Error {
        if self.chain.len() > 1 && error.kind != Kind::SourceProfileLoop {
            error.message.push_str(&format!(" (chain: {})", arrows(&self.chain)));
        }
        error
    }
}

/// Profile names as `a -> b -> c`, each in backquotes.
pub fn arrows(chain: &[String]) -> String {
    chain.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(" -> ")
}

fn profile_not_found(files: &Files, name: &str, origin: Option<&'static str>) -> Error {
    let [config, credentials] = files.both();
    let paths = format!("{} or {}", config.path.display(), credentials.path.display());
    let message = match origin {
        Some("--profile") => format!("there is no profile `{name}` in {paths}"),
        Some(origin) => format!("there is no profile `{name}` (named by {origin}) in {paths}"),
        None => format!("there is no `default` profile in {paths}, and none was chosen"),
    };
    let mut error =
        Error::new(Kind::ProfileNotFound, message).about(Subject::Profile(name.to_owned()));
    if let Some(line) = unprefixed(files, name) {
        error = error
            .at(config.at(line))
            .hint(format!("in the config file the section must be `[profile {name}]`"));
    }
    if !config.exists && !credentials.exists {
        return error.hint("neither file exists: run `aws configure sso` to make a profile");
    }
    if origin.is_none() {
        return error
            .hint("choose one with `-p NAME` or AWS_PROFILE; `ssowrap profiles` lists them");
    }
    suggest::names(error, name, files.profile_names())
        .hint("`ssowrap profiles` lists what there is")
}

/// The line of a bare `[name]` in the config file: the commonest way to miss a profile.
fn unprefixed(files: &Files, name: &str) -> Option<u32> {
    let document = &files.config.document;
    let found = document.find(super::parse::SectionKind::Other, name);
    found.first().map(|section| document.line(section))
}

fn missing_source(profile: &Merged, at: Location) -> Error {
    let message = format!(
        "profile `{}` has a role_arn and neither source_profile nor credential_source",
        profile.name
    );
    let own = ["aws_access_key_id", "sso_account_id", "sso_session", "credential_process"];
    let hint = if own.iter().any(|key| profile.setting(key).is_some()) {
        format!(
            "to assume the role with its own credentials add `source_profile = {}`",
            profile.name
        )
    } else {
        "add `source_profile = NAME` with the profile whose credentials may assume the role".into()
    };
    Error::new(Kind::MissingSource, message).at(at).hint(hint)
}

fn conflicting_sources(profile: &Merged, at: Location) -> Error {
    let message =
        format!("profile `{}` has both source_profile and credential_source", profile.name);
    Error::new(Kind::ConflictingSources, message).at(at).hint("remove one of the two lines")
}

fn source_profile_loop(chain: &[String], name: &str, at: Location) -> Error {
    let mut walked = chain.to_vec();
    walked.push(name.to_owned());
    let message = format!("the source_profile chain goes round in a circle: {}", arrows(&walked));
    Error::new(Kind::SourceProfileLoop, message)
        .at(at)
        .hint("one of these profiles must hold credentials itself instead of a source_profile")
}
