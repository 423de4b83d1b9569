//! The result of resolving a profile: where the credentials come from, and which roles are assumed
//! on the way. Pure values; nothing here has been tried yet. A plan can be sent to another ssowrap
//! process, which then need not resolve anything.

use std::path::PathBuf;

use secrecy::SecretString;
use serde::{Deserialize, Serialize};

use super::key::Key;
use super::reach::Reach;
use super::value::canonical_start_url;
use crate::error::Location;
use crate::text::arn::Arn;
use crate::text::serial;

/// The session durations in seconds that STS accepts at all (SPEC 5.5); a role may allow less.
pub(crate) const DURATIONS: std::ops::RangeInclusive<i32> = 900..=43_200;

/// The longest session, in seconds, of a role assumed with another role's credentials (SPEC 2.3).
pub(crate) const CHAINED: i32 = 3600;

/// How to get credentials: a source, then hops.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Plan {
    /// The profiles on the way, the requested one first. Empty for a role given only by options.
    pub chain: Vec<String>,
    /// Where the first credentials come from.
    pub source: Source,
    /// The roles to assume, in order: the first with the source's credentials, each other with
    /// those of the hop before it.
    pub hops: Vec<Hop>,
    /// The requested profile's `region`; none for a role given only by options.
    pub region: Option<String>,
    /// The `region` of the nearest profile further down the chain that has one. STS needs some
    /// region; the AWS CLI insists on the requested profile's.
    pub fallback_region: Option<String>,
    /// The requested profile's `aws_account_id`: the account, for sources that do not say it.
    pub account_id: Option<String>,
    /// How AWS is reached to get these credentials: what the requested profile says, or the one that
    /// it asks ssowrap for.
    pub reach: Reach,
    /// What the requested profile says about reaching AWS, if that differs.
    pub own_reach: Option<Reach>,
}

impl Plan {
    /// The plan of a source without a profile.
    pub fn of_sso(source: SsoSource) -> Self {
        Self {
            chain: Vec::new(),
            source: Source::Sso(source),
            hops: Vec::new(),
            region: None,
            fallback_region: None,
            account_id: None,
            reach: Reach::default(),
            own_reach: None,
        }
    }

    /// How AWS is reached with the credentials.
    pub(crate) fn reach_with(&self) -> &Reach {
        self.own_reach.as_ref().unwrap_or(&self.reach)
    }

    /// The name of the last role on the way; none if there is no role, or if it is unknown.
    pub fn role_name(&self) -> Option<&str> {
        match (self.hops.last(), &self.source) {
            (Some(Hop { role_arn, .. }), _)
            | (None, Source::WebIdentity(WebIdentity { role_arn, .. })) => {
                Arn::parse(role_arn)?.name()
            }
            (None, Source::Sso(sso)) => Some(&sso.role_name),
            (None, Source::LoginSession(session)) => session.role_name(),
            _ => None,
        }
    }

    /// The account of the credentials, if the config names it.
    pub(crate) fn account(&self) -> Option<&str> {
        match (self.hops.last(), &self.source) {
            (Some(Hop { role_arn, .. }), _)
            | (None, Source::WebIdentity(WebIdentity { role_arn, .. })) => {
                Arn::parse(role_arn)?.account_id()
            }
            (None, Source::Sso(sso)) => Some(&sso.account_id),
            (None, Source::LoginSession(session)) => session.account_id(),
            (None, _) => self.account_id.as_deref(),
        }
    }

    /// Whether the role of hop `index` is known to be assumed with another role's credentials. A
    /// helper program's credentials, and keys with a session token, may or may not be a role's.
    pub(crate) fn is_role_below(&self, index: usize) -> bool {
        index > 0
            || match self.source {
                Source::Sso(_)
                | Source::WebIdentity(_)
                | Source::Ec2InstanceMetadata
                | Source::EcsContainer => true,
                Source::LoginSession(ref session) => session.role_name().is_some(),
                Source::Static(_) | Source::CredentialProcess(_) | Source::Environment => false,
            }
    }
}

/// Where the first credentials of a plan come from.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum Source {
    /// Identity Center role credentials.
    Sso(SsoSource),
    /// An access key in a file.
    Static(StaticKeys),
    /// An `aws login` login.
    LoginSession(LoginSession),
    /// A helper program.
    CredentialProcess(CredentialProcess),
    /// A web identity token in a file, exchanged at STS.
    WebIdentity(WebIdentity),
    /// The caller's `AWS_ACCESS_KEY_ID` and the like (`credential_source = Environment`).
    Environment,
    /// The instance metadata service (`credential_source = Ec2InstanceMetadata`).
    Ec2InstanceMetadata,
    /// The container credentials endpoint (`credential_source = EcsContainer`).
    EcsContainer,
}

/// Identity Center role credentials.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SsoSource {
    /// The profile with the settings; none if they come only from options.
    pub profile: Option<String>,
    /// The sso-session; none for a legacy profile and for `--start-url`.
    pub session: Option<String>,
    /// The start URL as configured, byte for byte. None only for `--sso-session` with a session
    /// that is in no config file.
    pub start_url: Option<String>,
    /// The region of the Identity Center instance. None only if `start_url` is none; then the token
    /// file contains it.
    pub sso_region: Option<String>,
    /// The place of `sso_region`.
    pub sso_region_at: Option<Location>,
    /// Whether the profile has granted's keys for these (`granted_sso_start_url`).
    pub is_of_granted: bool,
    /// The session's `sso_registration_scopes`, which a login requests. None if the key is missing,
    /// which is not the same as an empty list.
    pub scopes: Option<Vec<String>>,
    /// Whether the session is given only by options and is in no config file.
    pub unlisted: bool,
    /// The account, as a string: leading zeros matter.
    pub account_id: String,
    pub role_name: String,
    /// The sso-sessions in the config whose start URL is the same apart from its spelling. The
    /// login may be under one of these names.
    pub sibling_sessions: Vec<String>,
}

impl SsoSource {
    /// The name of a key in the profile: granted's own name for it if granted wrote the profile.
    pub(crate) fn key(&self, key: Key) -> &'static str {
        let key = match key {
            Key::SsoStartUrl if self.is_of_granted => Key::GrantedSsoStartUrl,
            Key::SsoRegion if self.is_of_granted => Key::GrantedSsoRegion,
            Key::SsoAccountId if self.is_of_granted => Key::GrantedSsoAccountId,
            Key::SsoRoleName if self.is_of_granted => Key::GrantedSsoRoleName,
            key => key,
        };
        key.name()
    }

    /// Whether something obtained at the portal of `start_url` may belong to this source, as far as
    /// known.
    pub(crate) fn is_at(&self, start_url: Option<&str>) -> bool {
        let is_same = |url: &String| {
            start_url.is_none_or(|other| canonical_start_url(url) == canonical_start_url(other))
        };
        self.start_url.as_ref().is_none_or(is_same)
    }
}

/// An access key in a file.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct StaticKeys {
    /// `aws_access_key_id`.
    pub access_key_id: String,
    /// `aws_secret_access_key`.
    #[serde(with = "serial::secret")]
    pub secret_access_key: SecretString,
    /// `aws_session_token`.
    #[serde(with = "serial::optional_secret")]
    pub session_token: Option<SecretString>,
    /// The profile that contains them.
    pub profile: String,
    /// The place of the access key.
    pub location: Location,
}

/// An `aws login` login, whose credentials are those of the person who signed in (SPEC 2.3).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LoginSession {
    /// `login_session`: the ARN of the person who signed in.
    pub arn: String,
    /// The profile that contains it.
    pub profile: String,
    /// The place of `login_session`.
    pub location: Location,
}

impl LoginSession {
    /// The account in the ARN.
    pub fn account_id(&self) -> Option<&str> {
        Arn::parse(&self.arn)?.account_id()
    }

    /// The name of the role in the ARN, if it is a role session's.
    pub fn role_name(&self) -> Option<&str> {
        let session = Arn::parse(&self.arn)?.resource.strip_prefix("assumed-role/")?;
        session.split('/').next().filter(|name| !name.is_empty())
    }
}

/// A helper program (SPEC 6.1).
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct CredentialProcess {
    /// The command line, as written.
    pub command: String,
    /// The profile that contains it.
    pub profile: String,
    /// The file that contains it. Together with `profile`, it identifies the helper for the
    /// recursion guard.
    pub location: Location,
}

/// A web identity token file and the role it is exchanged for (SPEC 2.3).
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct WebIdentity {
    /// `role_arn`.
    pub role_arn: String,
    /// `web_identity_token_file`.
    #[serde(with = "serial::path")]
    pub token_file: PathBuf,
    /// `role_session_name`.
    pub role_session_name: Option<String>,
    /// The profile that contains it.
    pub profile: String,
    /// The place of `web_identity_token_file`.
    pub location: Location,
}

/// One AssumeRole.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hop {
    /// The profile with the `role_arn`; none for a role given by its ARN.
    pub profile: Option<String>,
    /// `role_arn`.
    pub role_arn: String,
    /// `external_id`.
    pub external_id: Option<String>,
    /// `role_session_name`.
    pub role_session_name: Option<String>,
    /// `duration_seconds`.
    pub duration_seconds: Option<i32>,
    /// `mfa_serial`.
    pub mfa_serial: Option<String>,
    /// What limits the session. No key in the config does.
    pub policies: SessionPolicies,
    /// The place of `role_arn`; none for a role given by its ARN.
    pub location: Option<Location>,
}

/// Session policies: the session can do only what both they and the role allow.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SessionPolicies {
    /// A policy, as JSON without whitespace.
    pub document: Option<String>,
    /// ARNs of managed policies.
    pub arns: Vec<String>,
}

impl SessionPolicies {
    /// Whether there are no policies.
    pub fn is_empty(&self) -> bool {
        self.document.is_none() && self.arns.is_empty()
    }
}

impl Hop {
    /// A role given by its ARN, without settings.
    pub fn ad_hoc(role_arn: &str) -> Self {
        Self {
            profile: None,
            role_arn: role_arn.to_owned(),
            external_id: None,
            role_session_name: None,
            duration_seconds: None,
            mfa_serial: None,
            policies: SessionPolicies::default(),
            location: None,
        }
    }
}
