//! The profiles in the config as `configure` sees them: the role and login of each, and whether
//! `configure` wrote it. Nothing here is checked, because a profile that doesn't resolve also keeps
//! its name.

use super::key::Key;
use super::merged::Merged;
use super::parse::FileKind;
use super::process::is_granted;
use super::resolve::Resolver;

/// A profile and its own settings.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct PresentProfile {
    pub name: String,
    /// The session it was written for, if `configure` wrote it.
    pub generated: Option<String>,
    /// Its login.
    pub portal: PresentLogin,
    /// The account id, and the name of the permission set.
    pub role: Option<(String, String)>,
    pub role_arn: Option<String>,
    pub source_profile: Option<String>,
    pub credential_process: Option<String>,
    pub region: Option<String>,
    /// Its keys in the config file, in lower case.
    pub keys: Vec<String>,
    /// Whether it is also, or only, in the credentials file.
    pub is_in_credentials: bool,
}

/// What a profile says about its login.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) enum PresentLogin {
    /// Nothing.
    #[default]
    None,
    /// `sso_session`.
    Session(String),
    /// A legacy profile: `sso_start_url` and `sso_region`.
    Legacy { start_url: String, sso_region: Option<String> },
    /// granted's keys, which no SDK reads, with granted's `credential_process` or none.
    Granted { start_url: String, sso_region: Option<String> },
}

impl PresentProfile {
    /// Whether granted wrote it.
    pub(crate) fn is_of_granted(&self) -> bool {
        matches!(self.portal, PresentLogin::Granted { .. })
    }
}

impl Resolver<'_> {
    /// Every profile in both files, in file order.
    pub(crate) fn present_profiles(&self) -> Vec<PresentProfile> {
        self.all_profiles().iter().map(|profile| present(profile)).collect()
    }
}

fn present(profile: &Merged<'_>) -> PresentProfile {
    let is_config = |key: Key| profile.get_in(FileKind::Config, key).is_some();
    let value = |key| profile.optional(key);
    let session = value(Key::SsoSession);
    let [granted_url, start_url] = [Key::GrantedSsoStartUrl, Key::SsoStartUrl].map(value);
    let credential_process = value(Key::CredentialProcess);
    // Another command decides alone.
    let is_of_granted = credential_process.as_deref().is_none_or(is_granted);
    let (portal, role) = if let Some(start_url) = granted_url.filter(|_| is_of_granted) {
        let sso_region = value(Key::GrantedSsoRegion);
        let role = [Key::GrantedSsoAccountId, Key::GrantedSsoRoleName];
        (PresentLogin::Granted { start_url, sso_region }, role)
    } else {
        let portal = match (session, start_url) {
            (Some(session), _) => PresentLogin::Session(session),
            (None, Some(start_url)) => {
                PresentLogin::Legacy { start_url, sso_region: value(Key::SsoRegion) }
            }
            (None, None) => PresentLogin::None,
        };
        (portal, [Key::SsoAccountId, Key::SsoRoleName])
    };
    let [account_id, role_name] = role.map(value);
    PresentProfile {
        name: profile.name.clone().into_owned(),
        // A mark in the credentials file is ignored.
        generated: value(Key::SsowrapGenerated).filter(|_| is_config(Key::SsowrapGenerated)),
        portal,
        role: account_id.zip(role_name),
        role_arn: value(Key::RoleArn),
        source_profile: value(Key::SourceProfile),
        credential_process,
        region: value(Key::Region),
        keys: profile.keys_in(FileKind::Config),
        is_in_credentials: !profile.keys_in(FileKind::Credentials).is_empty(),
    }
}
