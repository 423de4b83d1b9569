//! Lists every profile in the config. Nothing here fails.

use std::borrow::Cow;
use std::path::Path;

use super::claim::{Claim, Position};
use super::key::Key;
use super::merged::Merged;
use super::resolve::Resolver;
use super::sso::RoleKeys;
use super::{source, sso};
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

impl<'a> Resolver<'a> {
    /// Every profile in both files, in file order.
    pub(crate) fn profiles(&self) -> Vec<ListedProfile<'a>> {
        self.sections.all_profiles().iter().map(|profile| self.listed(profile)).collect()
    }

    fn listed(&self, profile: &Merged<'a>) -> ListedProfile<'a> {
        let claim = Claim::of(profile, Position::Asked, self.sections.dialect);
        let is_of_granted =
            claim == Claim::CredentialProcess && RoleKeys::of_granted_are_in(profile);
        let (account, role) = match claim {
            Claim::Sso => sso::principal(&self.sections, profile),
            Claim::AssumeRole | Claim::WebIdentity => {
                profile.text_of(Key::RoleArn).map_or((None, None), |arn| role_of(&arn))
            }
            Claim::LoginSession => source::login_session(profile).map_or((None, None), |session| {
                let text = |text: Option<&str>| text.map(|text| text.to_owned().into());
                (text(session.account_id()), text(session.role_name()))
            }),
            Claim::CredentialProcess if is_of_granted => (
                profile.text_of(Key::GrantedSsoAccountId),
                profile.text_of(Key::GrantedSsoRoleName),
            ),
            Claim::Static(_) | Claim::CredentialProcess | Claim::Nothing => {
                (profile.account_id(), None)
            }
        };
        ListedProfile {
            name: profile.name.clone(),
            kind: if is_of_granted { Claim::Sso.name() } else { claim.name() },
            account,
            role,
            region: profile.text_of(Key::Region),
            file: &profile.file.path,
            line: profile.line,
        }
    }
}

/// The account and the role in a `role_arn`.
fn role_of(role_arn: &str) -> (Option<Cow<'static, str>>, Option<Cow<'static, str>>) {
    let arn = Arn::parse(role_arn);
    let text = |text: &str| text.to_owned().into();
    (arn.and_then(Arn::account_id).map(text), arn.and_then(Arn::role).map(text))
}
