//! Decides which of a profile's settings gives its credentials: the order of precedence.

use super::dialect::Dialect;
use super::key::Key;
use super::merged::Merged;
use super::parse::FileKind;

/// A profile's position in the search for credentials.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Position {
    /// The profile requested by the user or by a `credential_process`.
    Asked,
    /// The `source_profile` of another.
    Source,
    /// Its own `source_profile`: everything except its `role_arn` counts.
    Itself,
}

/// What the resolver looks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Question {
    /// The credentials.
    Credentials,
    /// The login that they need. A profile may have a login without giving credentials, because
    /// account and role may be missing.
    Login,
}

/// The setting that decides, whether or not its value is valid.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Claim {
    /// `web_identity_token_file`
    WebIdentity,
    /// `role_arn`
    AssumeRole,
    /// `sso_account_id` or `sso_role_name`
    Sso,
    /// An access key in one file; a pair never mixes two files.
    Static(FileKind),
    /// `login_session`
    LoginSession,
    /// `credential_process`
    CredentialProcess,
    /// Nothing gives credentials.
    Nothing,
}

impl Claim {
    /// The kind of profile, as listings name it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::WebIdentity => "web_identity",
            Self::AssumeRole => "assume_role",
            Self::Sso => "sso",
            Self::Static(_) => "static",
            Self::LoginSession => "login_session",
            Self::CredentialProcess => "credential_process",
            Self::Nothing => "none",
        }
    }

    /// The setting that wins, in the AWS CLI's order (SPEC 2.1, 2.3).
    pub(super) fn of(profile: &Merged<'_>, place: Position, dialect: Dialect) -> Self {
        let has = |key| profile.has(key);
        let has_key_in = |file| {
            let keys = [Key::AwsAccessKeyId, Key::AwsSecretAccessKey];
            keys.into_iter().any(|key| profile.get_in(file, key).is_some())
        };
        let files = [FileKind::Credentials, FileKind::Config];
        let is_sso = has(Key::SsoAccountId)
            || has(Key::SsoRoleName)
            || (dialect.any_sso_key_counts && profile.has_sso_key());
        let has_source = || has(Key::SourceProfile) || has(Key::CredentialSource);
        let is_role = has(Key::RoleArn) && (!dialect.role_needs_source || has_source());
        let role_counts = match place {
            Position::Asked => true,
            Position::Source => !dialect.keys_displace_role || !files.into_iter().any(has_key_in),
            Position::Itself => false,
        };
        if has(Key::WebIdentityTokenFile) {
            Self::WebIdentity
        } else if is_role && role_counts {
            Self::AssumeRole
        } else if is_sso {
            Self::Sso
        } else if has_key_in(FileKind::Credentials) {
            Self::Static(FileKind::Credentials)
        } else if has(Key::LoginSession) {
            Self::LoginSession
        } else if has(Key::CredentialProcess) {
            Self::CredentialProcess
        } else if has_key_in(FileKind::Config) {
            Self::Static(FileKind::Config)
        } else {
            Self::Nothing
        }
    }
}
