//! Computes the changes to the config that give accounts and roles a profile. Pure.

use std::collections::{HashMap, HashSet};

use super::name::{FieldValues, Template, slugs, with_id};
use super::naming::{Candidate, Renamed, TakenNames};
use super::session::{Session, owned};
use super::uses::{Use, uses};
use super::{Account, Listing, migrate, prune};
use crate::error::{Error, Kind, Result};
use crate::profile::edit::changes::SectionChange;
use crate::profile::present::{PresentLogin, PresentProfile};
use crate::profile::process::ssowrap_profile;
use crate::text::arn;

/// A role that gets a profile.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Choice<'a> {
    pub account: &'a Account,
    pub role_name: &'a str,
}

impl<'a> Choice<'a> {
    /// What its profile's name is made from.
    pub(crate) fn fields(&self, session: &'a str) -> FieldValues<'a> {
        FieldValues { account: self.account, role_name: self.role_name, session }
    }
}

/// How profiles are written.
#[derive(Clone, Debug, Default)]
pub(crate) struct Rules {
    /// `--name`.
    pub name: Option<Template>,
    /// `--region`.
    pub region: Option<String>,
    /// `--set`.
    pub set: Vec<(String, String)>,
    /// `--assume` and `--assume-name`.
    pub assume: Option<(Template, Template)>,
    /// With `--credential-process`: this program, quoted, and the profile's name, in which `{name}`
    /// is the name of the profile whose credentials it gives.
    pub process: Option<(String, String)>,
    /// `--migrate`.
    pub migrate: bool,
}

/// The changes.
#[derive(Debug, Default)]
pub(crate) struct Outcome {
    pub changes: Vec<SectionChange>,
    pub added: Vec<String>,
    pub renamed: Vec<(String, String)>,
    pub removed: Vec<String>,
    pub migrated: Vec<String>,
    /// Those of `added` that run this program.
    pub processes: Vec<String>,
    /// Notes for the user.
    pub notes: Vec<String>,
    /// Whether a role gets its first profile, which the template names.
    pub names_any: bool,
    /// Whether an added profile has no region, and would get the one of the rules.
    pub lacks_region: bool,
    /// Names that can't be used, each with the reason.
    clashes: Vec<String>,
}

impl Outcome {
    /// Checks whether all names can be used.
    ///
    /// # Errors
    /// `InvalidSetting` if names clash.
    pub(crate) fn check(&self) -> Result<()> {
        if self.clashes.is_empty() { Ok(()) } else { Err(clash(&self.clashes)) }
    }
}

const MARK: &str = "ssowrap_generated";
const PROCESS: &str = "credential_process";

/// The changes that give each of `choices` a profile in a config with the profiles `present`.
/// Profiles for roles that are missing in `pruned` are removed. The names are not checked yet.
///
/// # Errors
/// `InvalidSetting` if a template doesn't give a role ARN.
pub(crate) fn changes(
    session: &Session,
    present: &[PresentProfile],
    choices: &[Choice<'_>],
    rules: &Rules,
    pruned: Option<&Listing>,
) -> Result<Outcome> {
    let removed = pruned.map(|listing| prune::removable(&session.name, present, listing));
    let removed = removed.unwrap_or_default();
    let goes = |profile: &&PresentProfile| removed.names.contains(&profile.name.as_str());
    let stays: Vec<&PresentProfile> = present.iter().filter(|profile| !goes(profile)).collect();
    let is_own = |profile: &PresentProfile| profile.generated.as_ref() == Some(&session.name);
    let (own, foreign): (Vec<_>, Vec<_>) = stays.iter().partition(|profile| is_own(profile));
    let names_of = |profiles: &[&PresentProfile]| -> Vec<String> {
        profiles.iter().map(|profile| profile.name.clone()).collect()
    };
    let (own_names, foreign_names) = (names_of(&own), names_of(&foreign));
    let followed = |of: &Use<'_>| of.command.is_none_or(|line| line.contains(&option(&of.name)));
    let lost = own.iter().flat_map(|user| uses(user)).filter(|of| !followed(of));
    let mut needed = HashMap::new();
    for of in foreign.iter().flat_map(|user| uses(user)).chain(lost) {
        needed.entry(of.name.clone()).or_insert(of);
    }
    let mut generator = Generator { session, rules, own, foreign, migrated: Vec::new(), needed };
    let mut names = TakenNames::new(
        own_names.iter().map(String::as_str),
        foreign_names.iter().map(String::as_str),
    );
    let mut outcome = Outcome { notes: removed.notes.clone(), ..Outcome::default() };
    if session.is_new {
        outcome.changes.push(session.section());
    }
    if rules.migrate {
        let region = rules.region.as_deref();
        let migrated = migrate::migrate(session, &generator.foreign, region);
        outcome.changes.extend(migrated.changes);
        outcome.migrated = names_of(&migrated.profiles);
        outcome.notes.extend(migrated.notes);
        generator.migrated = migrated.profiles;
    }
    generator.profiles(choices, &mut names, &mut outcome)?;
    for profile in present.iter().filter(goes) {
        outcome.removed.push(profile.name.clone());
        outcome.changes.push(prune::removal(profile, &rules.set));
    }
    outcome.notes.append(&mut names.notes);
    outcome.clashes = names.clashes;
    Ok(outcome)
}

/// The region that all profiles written for the session have in common. `Some(None)` if none of them
/// has a region; `None` if there are no profiles yet, or if their regions differ.
pub(crate) fn shared_region(
    session: &Session,
    present: &[PresentProfile],
) -> Option<Option<String>> {
    let own = present.iter().filter(|profile| profile.generated.as_ref() == Some(&session.name));
    // A profile based on another one has that one's region, or none.
    let mut regions = own.filter(|profile| profile.role.is_some()).map(|profile| &profile.region);
    let first = regions.next()?;
    regions.all(|region| region == first).then(|| first.clone())
}

fn clash(clashes: &[String]) -> Error {
    let message = format!("nothing was written: {}", clashes.join("; "));
    Error::new(Kind::InvalidSetting, message).hint(
        "give other names with `--name TEMPLATE`: {account_name}, {account_id}, {role_name} and \
         {session} are filled in",
    )
}

struct Generator<'a> {
    session: &'a Session,
    rules: &'a Rules,
    /// The profiles that `configure` wrote for this session.
    own: Vec<&'a PresentProfile>,
    /// All others.
    foreign: Vec<&'a PresentProfile>,
    /// Those of them that get the session.
    migrated: Vec<&'a PresentProfile>,
    /// The names that must stay, because lines contain them that `follow` doesn't change.
    needed: HashMap<String, Use<'a>>,
}

/// A profile that others are based on.
struct Base<'b> {
    /// Its name in the config; empty if it isn't there yet.
    old: &'b str,
    new: &'b str,
    region: Option<&'b String>,
}

/// A profile to write.
struct Item<'a> {
    candidate: Candidate<'a>,
    present: Option<&'a PresentProfile>,
    keys: Vec<(String, String)>,
}

impl<'a> Generator<'a> {
    fn profiles(
        &self,
        choices: &[Choice<'a>],
        names: &mut TakenNames<'_>,
        outcome: &mut Outcome,
    ) -> Result<()> {
        let mut items = Vec::new();
        let mut of_granted = 0;
        // For each choice, the user's own profile, or the index of its item.
        let bases: Vec<Result<&PresentProfile, usize>> = choices
            .iter()
            .map(|choice| match self.person_has(choice) {
                Some(profile) => {
                    of_granted += usize::from(profile.is_of_granted());
                    Ok(profile)
                }
                None => {
                    items.push(self.direct(choice, outcome));
                    Err(items.len() - 1)
                }
            })
            .collect();
        if !self.rules.migrate {
            outcome.notes.extend(migrate::note_of_granted(self.session, of_granted));
        }
        let given = self.write(&items, names, outcome);
        let base = |base: &Result<&'a PresentProfile, usize>| match *base {
            Ok(profile) => self.persons(profile),
            Err(item) => self.written(&items[item], &given[item]),
        };
        let mut above = Vec::new();
        for (choice, of) in choices.iter().zip(&bases) {
            above.extend(self.assumed(choice, &base(of))?);
            above.extend(self.process(Owner::of(choice), &base(of)));
        }
        let is_chosen =
            |profile: &PresentProfile| bases.iter().flatten().any(|of| of.name == profile.name);
        for profile in self.migrated.iter().filter(|profile| !is_chosen(profile)) {
            let Some((account_id, role_name)) = &profile.role else { continue };
            let what = format!("{role_name} in {account_id}");
            above.extend(self.process(Owner { account_id, what }, &self.persons(profile)));
        }
        let names_above = self.write(&above, names, outcome);
        let runs_this = above.iter().zip(names_above).filter(|(item, _)| {
            item.present.is_none() && item.keys.iter().any(|(key, _)| key == PROCESS)
        });
        outcome.processes.extend(runs_this.map(|(_, name)| name));
        outcome.notes.extend(migrate::note_of_lost(&self.migrated, |profile| {
            let gets_one = self.rules.process.is_some() && profile.role.is_some();
            gets_one || self.second_of(&profile.name).is_some()
        }));
        let written: HashSet<&str> =
            above.iter().filter_map(|item| Some(item.present?.name.as_str())).collect();
        let renamed = items.iter().zip(&given).filter_map(|(item, name)| {
            let current = item.candidate.current?;
            (current != name).then(|| (current, name.clone()))
        });
        self.follow(&renamed.collect(), &written, outcome);
        Ok(())
    }

    /// Names `items`, and adds their changes.
    fn write(
        &self,
        items: &[Item<'_>],
        names: &mut TakenNames<'_>,
        outcome: &mut Outcome,
    ) -> Vec<String> {
        let mut candidates: Vec<_> = items.iter().map(|item| item.candidate.clone()).collect();
        for candidate in &mut candidates {
            let current = candidate.current.filter(|name| *name != candidate.wanted);
            let Some((name, of)) = current.and_then(|name| self.needed.get_key_value(name)) else {
                continue;
            };
            outcome.notes.push(format!("`{name}` keeps its name: {}", of.why()));
            candidate.wanted.clone_from(name);
        }
        let given = names.give(&candidates);
        for (item, name) in items.iter().zip(&given) {
            let Some(present) = item.present else {
                outcome.added.push(name.clone());
                outcome.lacks_region |= item.keys.iter().all(|(key, _)| key != "region");
                outcome.changes.push(SectionChange::profile(name, item.keys.clone()));
                continue;
            };
            let mut change = SectionChange::profile(&present.name, item.keys.clone());
            if *name != present.name {
                outcome.renamed.push((present.name.clone(), name.clone()));
                change.rename_to = Some(name.clone());
            }
            if change.rename_to.is_some() || !change.set.is_empty() {
                outcome.changes.push(change);
            }
        }
        given
    }

    /// The profile that the user wrote for the role of `choice`.
    fn person_has(&self, choice: &Choice<'_>) -> Option<&'a PresentProfile> {
        let is_for_it = |profile: &&&PresentProfile| {
            self.is_of_session(profile) && is_role(profile, choice) && profile.role_arn.is_none()
        };
        self.foreign.iter().find(is_for_it).copied()
    }

    fn is_of_session(&self, profile: &PresentProfile) -> bool {
        match &profile.portal {
            PresentLogin::Session(name) => *name == self.session.name,
            PresentLogin::Legacy { start_url, .. } => self.session.is_at(start_url),
            PresentLogin::Granted { start_url, .. } => {
                // Without its command, it gives no credentials unless it is migrated now.
                let works = self.rules.migrate || profile.credential_process.is_some();
                works && self.session.is_at(start_url)
            }
            PresentLogin::None => false,
        }
    }

    /// The profile for the role itself.
    fn direct(&self, choice: &Choice<'a>, outcome: &mut Outcome) -> Item<'a> {
        let is_it =
            |profile: &&&PresentProfile| is_role(profile, choice) && profile.role_arn.is_none();
        let present = self.own.iter().find(is_it).copied();
        outcome.names_any |= present.is_none();
        let current = present.map(|profile| profile.name.as_str());
        let fields = choice.fields(&self.session.name);
        let wanted = match (&self.rules.name, current) {
            (Some(template), _) => template.profile_name(&fields),
            (None, Some(name)) => name.to_owned(),
            (None, None) => Template::usual().profile_name(&fields),
        };
        let own = [
            ("sso_session", self.session.name.as_str()),
            ("sso_account_id", &choice.account.id),
            ("sso_role_name", choice.role_name),
        ];
        let own = if present.is_some() { &[][..] } else { &own };
        let keys = self.keys(present, own, self.rules.region.as_ref());
        item(Owner::of(choice), present, wanted, keys)
    }

    /// The profile that assumes a role with another profile's credentials.
    fn assumed(&self, choice: &Choice<'a>, base: &Base<'_>) -> Result<Option<Item<'a>>> {
        let Some((role_arn, name)) = &self.rules.assume else { return Ok(None) };
        let fields = choice.fields(&self.session.name);
        let role_arn = role_arn.fill(&fields);
        if !arn::is_role(&role_arn) {
            return Err(Error::new(
                Kind::InvalidSetting,
                format!(
                    "--assume gives `{role_arn}` for {}, which is not the ARN of a role",
                    what(choice)
                ),
            )
            .hint("write it as `arn:aws:iam::{account_id}:role/NAME`"));
        }
        let is_it = |profile: &&&PresentProfile| {
            profile.role_arn.as_ref() == Some(&role_arn)
                && profile.source_profile.as_deref() == Some(base.old)
        };
        let present = self.own.iter().find(is_it).copied();
        let own = [("role_arn", role_arn.as_str()), ("source_profile", base.new)];
        let keys = self.keys(present, &own, base.region);
        Ok(Some(item(Owner::of(choice), present, name.profile_name(&fields), keys)))
    }

    /// The profile that gets its credentials by running this program.
    fn process(&self, owner: Owner<'a>, base: &Base<'_>) -> Option<Item<'a>> {
        let (program, name) = self.rules.process.as_ref()?;
        let present = self.second_of(base.old);
        let line = process_line(program, base.new);
        let keys = self.keys(present, &[(PROCESS, &line)], base.region);
        Some(item(owner, present, slugs(&name.replace("{name}", base.new)), keys))
    }

    /// The profile that gives the credentials of profile `name` by running this program.
    fn second_of(&self, name: &str) -> Option<&'a PresentProfile> {
        let is_it = |profile: &&&PresentProfile| {
            let command = profile.credential_process.as_deref();
            command.and_then(ssowrap_profile).as_deref() == Some(name)
        };
        self.own.iter().find(is_it).copied()
    }

    /// A profile that the user wrote, with the region that it has after this run.
    fn persons<'b>(&'b self, profile: &'b PresentProfile) -> Base<'b> {
        let region = profile.region.as_ref().or(self.rules.region.as_ref());
        Base { old: &profile.name, new: &profile.name, region }
    }

    /// The same for a profile that this run writes.
    fn written<'b>(&'b self, item: &'b Item<'_>, new: &'b str) -> Base<'b> {
        let present = item.present.and_then(|profile| profile.region.as_ref());
        let region = self.rules.region.as_ref().or(present);
        Base { old: item.candidate.current.unwrap_or_default(), new, region }
    }

    /// Changes existing profiles that are based on renamed ones.
    fn follow(&self, renamed: &Renamed<'_>, written: &HashSet<&str>, outcome: &mut Outcome) {
        for profile in self.own.iter().filter(|profile| !written.contains(profile.name.as_str())) {
            let source = profile.source_profile.as_deref();
            if let Some(new) = source.and_then(|source| renamed.get(source)) {
                let set = owned(&[("source_profile", new)]);
                outcome.changes.push(SectionChange::profile(&profile.name, set));
            }
            let Some(command) = &profile.credential_process else { continue };
            let of = ssowrap_profile(command);
            if let Some((old, new)) = of.as_deref().and_then(|of| renamed.get_key_value(of)) {
                let line = command.replace(&option(old), &option(new));
                let set = owned(&[(PROCESS, &line)]);
                outcome.changes.push(SectionChange::profile(&profile.name, set));
            }
        }
    }

    /// The `own` keys of a profile, its region, and the keys from `--set`.
    fn keys(
        &self,
        present: Option<&PresentProfile>,
        own: &[(&str, &str)],
        region: Option<&String>,
    ) -> Vec<(String, String)> {
        let is_set = self.rules.set.iter().any(|(key, _)| key == "region");
        let region = region.filter(|_| !is_set).map(|region| ("region", region.as_str()));
        let mark = present.is_none().then_some((MARK, self.session.name.as_str()));
        let (region, mark) = (region.as_slice(), mark.as_slice());
        [owned(own), owned(region), self.rules.set.clone(), owned(mark)].concat()
    }
}

/// The role that a profile is for.
struct Owner<'a> {
    account_id: &'a str,
    /// For messages.
    what: String,
}

impl<'a> Owner<'a> {
    fn of(choice: &Choice<'a>) -> Self {
        Self { account_id: &choice.account.id, what: what(choice) }
    }
}

fn item<'a>(
    owner: Owner<'a>,
    present: Option<&'a PresentProfile>,
    wanted: String,
    keys: Vec<(String, String)>,
) -> Item<'a> {
    let current = present.map(|profile| profile.name.as_str());
    // `/` used to become `-`. A name that programs know already stays.
    let earlier = wanted.replace('/', "-");
    let is_earlier = |name: &str| name == earlier || name == with_id(&earlier, owner.account_id);
    let before = current.filter(|name| wanted.contains('/') && is_earlier(name));
    let candidate = Candidate {
        account_id: owner.account_id,
        what: owner.what,
        current,
        wanted: before.map_or(wanted, str::to_owned),
    };
    Item { candidate, present, keys }
}

/// The `credential_process` line.
fn process_line(program: &str, profile: &str) -> String {
    format!("{program}{}credential-process", option(profile))
}

/// The option for the profile in that line, between blanks. The name consists of letters, digits,
/// `.`, `_` and `-`, or is quoted.
fn option(profile: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c);
    match profile.chars().all(is_plain) {
        true => format!(" -p {profile} "),
        false => format!(" -p \"{profile}\" "),
    }
}

fn is_role(profile: &PresentProfile, choice: &Choice<'_>) -> bool {
    let role = profile.role.as_ref();
    role.is_some_and(|(id, name)| *id == choice.account.id && name == choice.role_name)
}

fn what(choice: &Choice<'_>) -> String {
    format!("{} in {}", choice.role_name, choice.account.name_and_id())
}
