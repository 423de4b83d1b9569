//! Lists every profile in the config. Nothing here fails.

use std::borrow::Cow;
use std::collections::HashMap;
use std::path::Path;
use std::rc::Rc;

use super::claim::{Claim, Position};
use super::key::Key;
use super::merged::Merged;
use super::resolve::Resolver;
use super::sso::RoleKeys;
use super::{process, source, sso};
use crate::text::arn::Arn;

/// A profile, without any check of its values.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ListedProfile<'a> {
    pub name: Cow<'a, str>,
    /// Where its credentials come from, in one word (see [`Claim::name`]).
    pub kind: &'static str,
    pub account: Option<Cow<'a, str>>,
    pub role: Option<Cow<'a, str>>,
    pub region: Option<Cow<'a, str>>,
    /// The file and line of the header of its first section.
    pub file: &'a Path,
    pub line: u32,
}

/// An account and a role.
type Principal<'a> = (Option<Cow<'a, str>>, Option<Cow<'a, str>>);

impl<'a> Resolver<'a> {
    /// Every profile in both files, in file order.
    pub(crate) fn profiles(&self) -> Vec<ListedProfile<'a>> {
        let mut aliases = HashMap::new();
        let all = self.sections.all_profiles();
        all.iter().map(|profile| self.listed(profile, &mut aliases)).collect()
    }

    fn listed(
        &self,
        profile: &Rc<Merged<'a>>,
        aliases: &mut HashMap<String, Principal<'a>>,
    ) -> ListedProfile<'a> {
        let claim = self.claim(profile);
        let is_of_granted = is_of_granted(profile, claim);
        let (account, role) = self.principal_behind(profile, aliases);
        let own = || profile.account_id().filter(|_| claim == Claim::CredentialProcess);
        ListedProfile {
            name: profile.name.clone(),
            kind: if is_of_granted { Claim::Sso.name() } else { claim.name() },
            account: account.or_else(own),
            role,
            region: profile.text_of(Key::Region),
            file: &profile.file.path,
            line: profile.line,
        }
    }

    /// The principal of a profile, or of the one that it is an alias of. Each alias is followed once.
    fn principal_behind(
        &self,
        profile: &Rc<Merged<'a>>,
        aliases: &mut HashMap<String, Principal<'a>>,
    ) -> Principal<'a> {
        let mut passed = Vec::new();
        let mut current = Rc::clone(profile);
        let found = loop {
            let Some(next) = self.alias_of(&current) else { break self.principal(&current) };
            if let Some(known) = aliases.get(&*current.name) {
                break known.clone();
            }
            // If the aliases come back here before more is known, they are a loop.
            aliases.insert(current.name.to_string(), (None, None));
            passed.push(current);
            current = next;
        };
        for alias in &passed {
            aliases.insert(alias.name.to_string(), found.clone());
        }
        found
    }

    /// The profile whose credentials a profile gives by running ssowrap for it.
    fn alias_of(&self, profile: &Merged<'a>) -> Option<Rc<Merged<'a>>> {
        if self.claim(profile) != Claim::CredentialProcess {
            return None;
        }
        let command = profile.text_of(Key::CredentialProcess)?;
        self.sections.profile(&process::alias_of(&command)?)
    }

    fn principal(&self, profile: &Merged<'a>) -> Principal<'a> {
        let claim = self.claim(profile);
        match claim {
            Claim::Sso => sso::principal(&self.sections, profile),
            Claim::AssumeRole | Claim::WebIdentity => {
                profile.text_of(Key::RoleArn).map_or((None, None), |arn| role_of(&arn))
            }
            Claim::LoginSession => source::login_session(profile).map_or((None, None), |session| {
                let text = |text: Option<&str>| text.map(|text| text.to_owned().into());
                (text(session.account_id()), text(session.role_name()))
            }),
            Claim::CredentialProcess if is_of_granted(profile, claim) => (
                profile.text_of(Key::GrantedSsoAccountId),
                profile.text_of(Key::GrantedSsoRoleName),
            ),
            Claim::Static(_) | Claim::CredentialProcess | Claim::Nothing => {
                (profile.account_id(), None)
            }
        }
    }

    fn claim(&self, profile: &Merged<'_>) -> Claim {
        Claim::of(profile, Position::Asked, self.sections.dialect)
    }
}

fn is_of_granted(profile: &Merged<'_>, claim: Claim) -> bool {
    claim == Claim::CredentialProcess && RoleKeys::of_granted_are_in(profile)
}

/// The account and the role in a `role_arn`.
fn role_of(role_arn: &str) -> Principal<'static> {
    let arn = Arn::parse(role_arn);
    let text = |text: &str| text.to_owned().into();
    (arn.and_then(Arn::account_id).map(text), arn.and_then(Arn::role).map(text))
}

#[cfg(test)]
mod tests {
    use super::super::files::{ConfigFile, Files};
    use super::super::parse::FileKind;
    use super::*;

    #[test]
    fn long_rows_of_aliases_are_walked_once() {
        let alias = |n: u32| {
            let of = n - 1;
            format!("[profile p{n}]\ncredential_process = ssowrap -p p{of} credential-process\n")
        };
        let aliases: String = (1..20_000).rev().map(alias).collect();
        let config = aliases + "[profile p0]\nsso_account_id = 123456789012\n";
        let file =
            |kind: FileKind, text: &str| ConfigFile::of_text(kind, kind.name().into(), text.into());
        let (config, credentials) =
            (file(FileKind::Config, &config), file(FileKind::Credentials, ""));
        let files = Files { config, credentials };
        let is_it =
            |profile: &ListedProfile<'_>| profile.account.as_deref() == Some("123456789012");
        assert!(Resolver::new(&files).profiles().iter().all(is_it));
    }
}
