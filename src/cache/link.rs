//! A link of a role chain: everything that decides whose credentials it gives.
//!
//! Cache keys, cache files, listings and removal all use this one type. It destructures the
//! resolver's result, so that a new field there doesn't compile until someone decides here whether
//! it changes the principal.

use std::path::Path;

use serde::{Deserialize, Serialize};

use super::login::LoginId;
use crate::profile::logins::Role;
use crate::profile::plan::{Hop, LoginSession, Plan, SessionPolicies, SsoSource, WebIdentity};

/// A source and the roles assumed with it. Contains no secret.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Link {
    pub source: LinkSource,
    /// The roles in the order they are assumed. If there are none, these are the source's
    /// credentials.
    pub hops: Vec<LinkHop>,
    /// The custom endpoint of STS, if the link uses STS.
    pub sts_endpoint: Option<String>,
}

/// Where the first credentials come from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub(crate) enum LinkSource {
    /// Role credentials of Identity Center.
    Sso(SsoLink),
    /// A web identity token, exchanged at STS.
    WebIdentity {
        role_arn: String,
        role_session_name: Option<String>,
        /// The SHA-1 of the token, because the file may be replaced by that of another identity.
        token: String,
    },
    /// A login of `aws login`.
    LoginSession {
        /// Credentials obtained with one login are never used under another.
        login: LoginId,
        /// The ARN of the person who signed in.
        arn: String,
    },
    /// Credentials from anywhere else: only the access key tells whose they are.
    Keys { access_key_id: String },
}

/// Role credentials of Identity Center.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct SsoLink {
    /// Credentials obtained with one login are never used under another.
    pub login: LoginId,
    /// The home directory of the login: two homes that share a cache directory have separate
    /// logins.
    pub home: String,
    /// The sso-session; none for a legacy profile.
    pub session: Option<String>,
    pub start_url: Option<String>,
    pub sso_region: Option<String>,
    /// The custom endpoint of the portal.
    pub sso_endpoint: Option<String>,
    pub account_id: String,
    pub role_name: String,
}

/// One assumed role. Its JSON is part of the output of `explain --json` and `cache list --json`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct LinkHop {
    pub role_arn: String,
    pub external_id: Option<String>,
    pub role_session_name: Option<String>,
    pub duration_seconds: Option<i32>,
    pub mfa_serial: Option<String>,
    /// What limits the session: a policy, and the ARNs of others.
    pub policy: Option<String>,
    pub policy_arns: Vec<String>,
}

/// What the config leaves out about the portal.
#[derive(Debug)]
pub(crate) struct LinkPortal {
    pub start_url: Option<String>,
    pub sso_region: Option<String>,
    pub sso_endpoint: Option<String>,
}

impl Link {
    /// The link of `plan` after the first `hops` roles. `source` identifies its source.
    pub(crate) fn new(
        plan: &Plan,
        hops: usize,
        source: LinkSource,
        sts_endpoint: Option<String>,
    ) -> Self {
        let Plan {
            chain: _,
            // Included in `source`.
            source: _,
            hops: all,
            // Every region of the partition gives the same credentials.
            region: _,
            fallback_region: _,
            // Only shown, not requested.
            account_id: _,
            // Included as `sso_endpoint` and `sts_endpoint`.
            reach: _,
            // Where the credentials are used.
            own_reach: _,
        } = plan;
        let asks_sts = hops > 0 || matches!(source, LinkSource::WebIdentity { .. });
        Self {
            source,
            hops: all[..hops].iter().map(LinkHop::from).collect(),
            sts_endpoint: sts_endpoint.filter(|_| asks_sts),
        }
    }

    /// The Identity Center role at its start, if there is one.
    pub(crate) fn sso(&self) -> Option<&SsoLink> {
        match &self.source {
            LinkSource::Sso(sso) => Some(sso),
            LinkSource::WebIdentity { .. }
            | LinkSource::LoginSession { .. }
            | LinkSource::Keys { .. } => None,
        }
    }

    /// Whether it was obtained through this `aws login` login.
    pub(crate) fn is_of_session(&self, session: &LoginSession) -> bool {
        matches!(&self.source, LinkSource::LoginSession { arn, .. } if *arn == session.arn)
    }

    /// Whether it was obtained through any `aws login` login.
    pub(crate) fn is_of_any_session(&self) -> bool {
        matches!(self.source, LinkSource::LoginSession { .. })
    }

    /// The same link under another login, for `cache clear` and listings: they look for what a
    /// profile leads to, whoever obtained it.
    pub(crate) fn with_login(mut self, login: LoginId) -> Self {
        match &mut self.source {
            LinkSource::Sso(sso) => sso.login = login,
            LinkSource::LoginSession { login: own, .. } => *own = login,
            LinkSource::WebIdentity { .. } | LinkSource::Keys { .. } => {}
        }
        self
    }

    /// The Identity Center role, if no role is assumed with it.
    pub(crate) fn sso_role(&self) -> Option<Role> {
        let sso = self.sso().filter(|_| self.hops.is_empty())?;
        Some(Role { account_id: sso.account_id.clone(), role_name: sso.role_name.clone() })
    }

    /// The ARN of the last role, for people. Marked if session policies limit it.
    pub(crate) fn role_text(&self) -> Option<String> {
        let is_narrowed = self.hops.iter().any(|hop| hop.narrowed_by().is_some());
        let mark = if is_narrowed { " (restricted)" } else { "" };
        self.role_arn().map(|arn| format!("{arn}{mark}"))
    }

    /// The ARN of the last role, as the config spells it.
    pub(crate) fn role_arn(&self) -> Option<&str> {
        match (self.hops.last(), &self.source) {
            (Some(hop), _) => Some(&hop.role_arn),
            (None, LinkSource::WebIdentity { role_arn, .. }) => Some(role_arn),
            (
                None,
                LinkSource::Sso(_) | LinkSource::LoginSession { .. } | LinkSource::Keys { .. },
            ) => None,
        }
    }
}

impl LinkSource {
    /// The role of `sso`, with what the config leaves to the token about the portal.
    pub(crate) fn sso(sso: &SsoSource, home: &Path, login: LoginId, portal: LinkPortal) -> Self {
        let SsoSource {
            profile: _,
            session,
            // In `portal`, from here or from the token.
            start_url: _,
            sso_region: _,
            sso_region_at: _,
            // These matter only for the next login.
            scopes: _,
            unlisted: _,
            account_id,
            role_name,
            // Only hints need these.
            is_of_granted: _,
            sibling_sessions: _,
        } = sso;
        let LinkPortal { start_url, sso_region, sso_endpoint } = portal;
        Self::Sso(SsoLink {
            login,
            home: home.display().to_string(),
            session: session.clone(),
            start_url,
            sso_region,
            sso_endpoint,
            account_id: account_id.clone(),
            role_name: role_name.clone(),
        })
    }

    /// A login of `aws login`.
    pub(crate) fn login_session(session: &LoginSession, login: LoginId) -> Self {
        let LoginSession { arn, profile: _, location: _ } = session;
        Self::LoginSession { login, arn: arn.clone() }
    }

    /// A web identity with the digest of its token.
    pub(crate) fn web_identity(identity: &WebIdentity, digest: String) -> Self {
        let WebIdentity { role_arn, token_file: _, role_session_name, profile: _, location: _ } =
            identity;
        Self::WebIdentity {
            role_arn: role_arn.clone(),
            role_session_name: role_session_name.clone(),
            token: digest,
        }
    }
}

impl SsoLink {
    /// Whether it was obtained through the login of `source` in `home`.
    pub(crate) fn is_of(&self, source: &SsoSource, home: &Path) -> bool {
        let is_same_login = match &source.session {
            Some(_) => self.session == source.session,
            None => self.session.is_none() && self.start_url == source.start_url,
        };
        is_same_login && self.is_in(home)
    }

    /// Whether its login belongs to this home directory.
    pub(crate) fn is_in(&self, home: &Path) -> bool {
        self.home == home.display().to_string()
    }
}

impl From<&Hop> for LinkHop {
    fn from(hop: &Hop) -> Self {
        let Hop {
            profile: _,
            role_arn,
            external_id,
            role_session_name,
            duration_seconds,
            mfa_serial,
            policies: SessionPolicies { document, arns },
            location: _,
        } = hop;
        Self {
            role_arn: role_arn.clone(),
            external_id: external_id.clone(),
            role_session_name: role_session_name.clone(),
            duration_seconds: *duration_seconds,
            mfa_serial: mfa_serial.clone(),
            policy: document.clone(),
            policy_arns: arns.clone(),
        }
    }
}

impl LinkHop {
    /// The role and its parameters, for people.
    pub(crate) fn text(&self) -> String {
        let Self {
            role_arn,
            external_id,
            role_session_name,
            duration_seconds,
            mfa_serial,
            policy: _,
            policy_arns: _,
        } = self;
        let narrowed_by = self.narrowed_by();
        let duration = duration_seconds.map(|seconds| format!("{seconds} s"));
        let mut text = role_arn.clone();
        for (name, value) in [
            ("external id", external_id),
            ("session name", role_session_name),
            ("duration", &duration),
            ("MFA", mfa_serial),
        ] {
            if let Some(value) = value {
                text.push_str(&format!(", {name} {value}"));
            }
        }
        if let Some(policies) = narrowed_by {
            text.push_str(&format!(", restricted by {policies}"));
        }
        text
    }

    /// What limits the session, for people; none if nothing does.
    pub(crate) fn narrowed_by(&self) -> Option<String> {
        let document = self.policy.as_ref().map(|policy| {
            let length = policy.chars().count();
            format!("a policy of {length} characters")
        });
        let all: Vec<String> = self.policy_arns.iter().cloned().chain(document).collect();
        (!all.is_empty()).then(|| all.join(", "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn link() -> Link {
        let sso = SsoSource {
            session: Some("corp".into()),
            account_id: "123456789012".into(),
            role_name: "Admin".into(),
            ..SsoSource::default()
        };
        let portal = LinkPortal {
            start_url: Some("https://corp.awsapps.com/start".into()),
            sso_region: Some("eu-central-1".into()),
            sso_endpoint: None,
        };
        let login = LoginId::unknown();
        let source = LinkSource::sso(&sso, Path::new("/home/me"), login, portal);
        let mut plan = Plan::of_sso(sso);
        plan.hops.push(Hop::ad_hoc("arn:aws:iam::210987654321:role/Deploy"));
        Link::new(&plan, 1, source, None)
    }

    #[test]
    fn text_and_back() {
        let web = LinkSource::WebIdentity {
            role_arn: "arn:aws:iam::210987654321:role/Web".into(),
            role_session_name: None,
            token: "0123".into(),
        };
        let keys = LinkSource::Keys { access_key_id: "AKIA".into() };
        let session = LinkSource::LoginSession {
            login: LoginId::of_key("key"),
            arn: "arn:aws:sts::210987654321:assumed-role/Admin/me".into(),
        };
        for source in [link().source, web, session, keys] {
            let link = Link { source, ..link() };
            let text = serde_json::to_string(&link).expect("JSON");
            assert_eq!(serde_json::from_str::<Link>(&text).expect("a link"), link, "{text}");
        }
    }

    /// In a later version, something else may decide the principal.
    #[test]
    fn what_it_does_not_know_is_no_link() {
        let text = serde_json::to_string(&link()).expect("JSON");
        for place in ["\"sts_endpoint\"", "\"role_arn\"", "\"session\""] {
            let more = text.replace(place, &format!("\"tags\":1,{place}"));
            assert!(serde_json::from_str::<Link>(&more).is_err(), "{more}");
        }
    }
}
