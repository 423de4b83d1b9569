//! Everything the fake knows: its settings, the organisation, sessions, clients and keys.

use crate::eks::Cluster;
use crate::fault::{Fault, Planned};
use crate::federation::SignIn;
use crate::oidc::DEVICE_GRANT;
use crate::options::{Account, Options};
use crate::quota::{Buckets, Quota};
use crate::signin::LoginSession;
use crate::{clock, secrets};
use sha2::{Digest, Sha256};
use std::collections::{HashMap, HashSet};
use std::time::Duration;
use tokio::sync::watch;

/// Conditions of a role's trust policy, for [`FakeAws::trust`](crate::FakeAws::trust).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trust {
    /// Nobody may assume the role.
    pub denied: bool,
    /// ARNs that may assume the role: the caller's own, its role's, `arn:aws:iam::ACCOUNT:root`, or
    /// `*`. `None` allows everybody.
    pub principals: Option<Vec<String>>,
    /// `sts:ExternalId` that must be sent.
    pub external_id: Option<String>,
    /// Serial number of the device and the code that must be sent.
    pub mfa: Option<(String, String)>,
    /// Maximum session duration, one to twelve hours.
    pub max_duration: Duration,
}

impl Default for Trust {
    fn default() -> Self {
        Self {
            denied: false,
            principals: None,
            external_id: None,
            mfa: None,
            max_duration: Duration::from_secs(43_200),
        }
    }
}

/// What a caller is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Long-lived keys of an IAM user.
    User,
    /// A session of an IAM user (GetSessionToken).
    UserSession,
    /// A role session.
    Role,
}

/// Who a key belongs to.
#[derive(Debug, Clone)]
pub(crate) struct Principal {
    pub arn: String,
    pub account: String,
    pub user_id: String,
    /// ARN of the role behind a role session.
    pub role_arn: Option<String>,
    pub kind: Kind,
    /// A role that was assumed with the credentials of another role.
    pub is_chained: bool,
    /// The person whose login it comes from, through any number of roles.
    pub person: Option<String>,
}

/// An access key that STS accepts.
#[derive(Debug, Clone)]
pub(crate) struct Key {
    pub secret: String,
    pub session_token: Option<String>,
    pub expires_ms: Option<i64>,
    pub principal: Principal,
}

/// Credentials just handed out.
#[derive(Debug, Clone)]
pub(crate) struct Issued {
    pub access_key_id: String,
    pub secret: String,
    pub session_token: String,
    pub expires_ms: i64,
}

/// An access token of the portal.
#[derive(Debug, Clone)]
pub(crate) struct AccessToken {
    pub expires_ms: i64,
    /// Tokens of one login share it; logging out ends them all.
    pub session: u64,
    /// The (account, role) pairs of this token; `None` means all of the organisation.
    pub grants: Option<Vec<(String, String)>>,
}

/// A client registration.
#[derive(Debug, Clone)]
pub(crate) struct Client {
    pub secret: String,
    pub scopes: Vec<String>,
    pub grant_types: Vec<String>,
    pub redirect_uris: Vec<String>,
    pub expires_ms: i64,
}

/// The state of a device login.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    Pending,
    Approved,
    Denied,
    Used,
}

/// A device login.
#[derive(Debug, Clone)]
pub(crate) struct Device {
    pub user_code: String,
    pub client_id: String,
    pub verdict: Verdict,
    pub expires_ms: i64,
    pub interval_ms: i64,
    pub last_poll_ms: Option<i64>,
    pub polls: u32,
}

/// An authorization code, or a request for one that still waits for the user.
#[derive(Debug, Clone)]
pub(crate) struct Authorization {
    pub client_id: String,
    pub redirect_uri: String,
    pub state: String,
    pub challenge: String,
    pub expires_ms: i64,
    pub used: bool,
}

/// A refresh token.
#[derive(Debug, Clone)]
pub(crate) struct Refresh {
    pub client_id: String,
    pub session: u64,
    pub used: bool,
}

pub(crate) struct World {
    pub options: Options,
    /// `scheme://127.0.0.1:port` and the prefix.
    pub url: String,
    pub latency: HashMap<String, Duration>,
    pub lifetimes: HashMap<String, Duration>,
    /// Seconds by which the whole service's clock is off.
    pub clock_skew: i64,
    /// Seconds by which the `Date` header alone is off.
    pub date_skew: i64,
    pub plan: Vec<Planned>,
    pub quota: Buckets,
    pub holds: HashMap<String, watch::Sender<bool>>,
    pub tokens: HashMap<String, AccessToken>,
    pub gone_accounts: HashSet<String>,
    /// Accounts that are listed and whose roles are not.
    pub closed_accounts: HashSet<String>,
    pub clients: HashMap<String, Client>,
    pub devices: HashMap<String, Device>,
    pub requests: HashMap<String, Authorization>,
    pub codes: HashMap<String, Authorization>,
    pub refresh: HashMap<String, Refresh>,
    /// By refresh token.
    pub login_sessions: HashMap<String, LoginSession>,
    /// The ids of the DPoP proofs that were used.
    pub proofs: HashSet<String>,
    pub keys: HashMap<String, Key>,
    pub roles: HashMap<String, Trust>,
    pub web_tokens: HashMap<String, String>,
    pub imds_tokens: HashMap<String, i64>,
    /// By their token.
    pub sign_ins: HashMap<String, SignIn>,
    /// By their ARN.
    pub clusters: HashMap<String, Cluster>,
    last_session: u64,
    /// Who signed in to each session; `user_name` if nobody is set.
    pub people: HashMap<u64, String>,
    /// For resetting.
    started: Options,
}

impl World {
    pub fn new(options: Options, url: String) -> Self {
        Self {
            started: options.clone(),
            options,
            url,
            latency: HashMap::new(),
            lifetimes: HashMap::new(),
            clock_skew: 0,
            date_skew: 0,
            plan: Vec::new(),
            quota: Buckets::default(),
            holds: HashMap::new(),
            tokens: HashMap::new(),
            gone_accounts: HashSet::new(),
            closed_accounts: HashSet::new(),
            clients: HashMap::new(),
            devices: HashMap::new(),
            requests: HashMap::new(),
            codes: HashMap::new(),
            refresh: HashMap::new(),
            login_sessions: HashMap::new(),
            proofs: HashSet::new(),
            keys: HashMap::new(),
            roles: HashMap::new(),
            web_tokens: HashMap::new(),
            imds_tokens: HashMap::new(),
            sign_ins: HashMap::new(),
            clusters: HashMap::new(),
            last_session: 0,
            people: HashMap::new(),
        }
    }

    /// Back to the initial state. Held calls continue.
    pub fn reset(&mut self) {
        *self = Self::new(self.started.clone(), self.url.clone());
    }

    /// The service's clock, milliseconds.
    pub fn now(&self) -> i64 {
        clock::now_ms() + self.clock_skew * 1000
    }

    /// A session of the person who signs in now.
    pub fn new_session(&mut self) -> u64 {
        self.last_session += 1;
        self.people.insert(self.last_session, self.options.user_name.clone());
        self.last_session
    }

    /// The account, added if it is new.
    pub fn account(&mut self, id: &str) -> &mut Account {
        let accounts = &mut self.options.accounts;
        let at = accounts.iter().position(|account| account.id == id).unwrap_or_else(|| {
            accounts.push(Account::new(id, &format!("Account {id}"), &[]));
            accounts.len() - 1
        });
        &mut accounts[at]
    }

    pub fn add_token(&mut self, access_token: &str, lifetime: Duration) {
        let session = self.new_session();
        let expires_ms = self.now() + millis(lifetime);
        let token = AccessToken { expires_ms, session, grants: None };
        self.tokens.insert(access_token.to_owned(), token);
    }

    pub fn grant(&mut self, account: &str, role: &str) {
        let roles = &mut self.account(account).roles;
        if !roles.iter().any(|granted| granted == role) {
            roles.push(role.to_owned());
        }
    }

    /// Says whether the token is known.
    pub fn grant_to(&mut self, access_token: &str, account: &str, role: &str) -> bool {
        // The account must be part of the organisation to be listed.
        self.account(account);
        let token = self.tokens.get_mut(access_token);
        let grant = (account.to_owned(), role.to_owned());
        token.is_some_and(|token| {
            token.grants.get_or_insert_default().push(grant);
            true
        })
    }

    pub fn add_client(&mut self, client_id: &str, secret: &str, lifetime: Duration) {
        let grants = ["authorization_code", "refresh_token", DEVICE_GRANT];
        let client = Client {
            secret: secret.to_owned(),
            scopes: vec!["sso:account:access".to_owned()],
            grant_types: grants.map(str::to_owned).to_vec(),
            redirect_uris: vec!["http://127.0.0.1/oauth/callback".to_owned()],
            expires_ms: self.now() + millis(lifetime),
        };
        self.clients.insert(client_id.to_owned(), client);
    }

    pub fn add_refresh_token(&mut self, refresh_token: &str, client_id: &str) {
        let session = self.new_session();
        let refresh = Refresh { client_id: client_id.to_owned(), session, used: false };
        self.refresh.insert(refresh_token.to_owned(), refresh);
    }

    pub fn add_login_session(&mut self, refresh_token: &str, arn: &str) {
        let session = LoginSession { arn: arn.to_owned(), used: false };
        self.login_sessions.insert(refresh_token.to_owned(), session);
    }

    pub fn add_user(&mut self, access_key_id: &str, secret: &str, arn: &str) {
        let principal = Principal {
            arn: arn.to_owned(),
            account: arn.split(':').nth(4).unwrap_or_default().to_owned(),
            user_id: stable_id("AIDA", arn),
            role_arn: None,
            kind: Kind::User,
            is_chained: false,
            person: None,
        };
        let secret = secret.to_owned();
        let key = Key { secret, session_token: None, expires_ms: None, principal };
        self.keys.insert(access_key_id.to_owned(), key);
    }

    /// Temporary keys of a role session.
    pub fn add_session(
        &mut self,
        id: &str,
        secret: &str,
        token: &str,
        arn: &str,
        lifetime: Duration,
    ) {
        let principal = session_principal(arn);
        let key = Key {
            secret: secret.to_owned(),
            session_token: Some(token.to_owned()),
            expires_ms: Some(self.now() + millis(lifetime)),
            principal,
        };
        self.keys.insert(id.to_owned(), key);
    }

    /// User codes of the device logins that wait.
    pub fn pending_devices(&self) -> Vec<String> {
        let waiting = self.devices.values().filter(|device| device.verdict == Verdict::Pending);
        waiting.map(|device| device.user_code.clone()).collect()
    }

    /// What a token may use, in the order of the organisation.
    pub fn grants(&self, token: &AccessToken) -> Vec<(String, String)> {
        if let Some(grants) = &token.grants {
            return grants.clone();
        }
        let accounts = self.options.accounts.iter();
        accounts
            .flat_map(|account| account.roles.iter().map(|role| (account.id.clone(), role.clone())))
            .collect()
    }

    /// Issues temporary keys. `requested` is the operation's own lifetime.
    pub fn issue(&mut self, principal: Principal, operation: &str, requested: Duration) -> Issued {
        let lifetime = self
            .lifetimes
            .get(operation)
            .or_else(|| self.lifetimes.get("*"))
            .copied()
            .or(self.options.credential_lifetime)
            .unwrap_or(requested);
        // The services count in whole seconds.
        let expires_ms = (self.now() + millis(lifetime)) / 1000 * 1000;
        let issued = Issued {
            access_key_id: secrets::id("ASIA"),
            secret: secrets::secret_key(),
            session_token: secrets::session_token(self.options.session_token_length),
            expires_ms,
        };
        let key = Key {
            secret: issued.secret.clone(),
            session_token: Some(issued.session_token.clone()),
            expires_ms: Some(expires_ms),
            principal,
        };
        self.keys.insert(issued.access_key_id.clone(), key);
        issued
    }

    pub fn plan_fault(&mut self, operation: &str, fault: Fault, times: usize) {
        if times > 0 {
            self.plan.push(Planned { operation: operation.to_owned(), fault, left: times });
        }
    }

    /// Zero for both means no quota.
    pub fn set_quota(&mut self, burst: u32, per_second: u32) {
        let quota = Quota { burst: burst.into(), per_second: per_second.into() };
        self.quota.set((burst > 0 || per_second > 0).then_some(quota));
    }

    pub fn trust(&mut self, role_arn: &str) -> &mut Trust {
        self.roles.entry(role_arn.to_owned()).or_default()
    }

    /// Lets a held operation continue.
    pub fn release(&mut self, operation: &str) {
        if let Some(hold) = self.holds.remove(operation) {
            hold.send_replace(true);
        }
    }

    /// The role session a permission set gives.
    pub fn sso_principal(&self, account: &str, role: &str, session: u64) -> Principal {
        let name = sso_role_name(account, role);
        let user = self.people.get(&session).unwrap_or(&self.options.user_name);
        Principal {
            arn: format!("arn:aws:sts::{account}:assumed-role/{name}/{user}"),
            account: account.to_owned(),
            user_id: format!("{}:{user}", stable_id("AROA", &format!("{account}/{name}"))),
            role_arn: Some(sso_role_arn(account, role)),
            kind: Kind::Role,
            is_chained: false,
            person: Some(user.clone()),
        }
    }
}

/// ARN of the IAM role behind a permission set.
#[must_use]
pub fn sso_role_arn(account: &str, role: &str) -> String {
    let name = sso_role_name(account, role);
    format!("arn:aws:iam::{account}:role/aws-reserved/sso.amazonaws.com/{name}")
}

fn sso_role_name(account: &str, role: &str) -> String {
    let digest = secrets::hex(&Sha256::digest(format!("{account}/{role}").as_bytes()));
    format!("AWSReservedSSO_{role}_{}", &digest[..16])
}

/// An identifier that is always the same for the same name, as role and user ids are.
pub(crate) fn stable_id(prefix: &str, name: &str) -> String {
    let digest = secrets::hex(&Sha256::digest(name.as_bytes())).to_uppercase();
    format!("{prefix}{}", &digest[..17])
}

/// `arn:P:sts::ACCOUNT:assumed-role/ROLE/SESSION` as a principal. Anything else becomes a user's
/// session.
pub(crate) fn session_principal(arn: &str) -> Principal {
    let parts: Vec<_> = arn.splitn(6, ':').collect();
    let part = |at: usize| parts.get(at).copied().unwrap_or_default();
    let (partition, account) = (part(1), part(4));
    let mut resource = part(5).split('/');
    let role = match (resource.next(), resource.next(), resource.next()) {
        (Some("assumed-role"), Some(role), Some(session)) => Some((role, session)),
        _ => None,
    };
    let role_arn = role.map(|(name, _)| format!("arn:{partition}:iam::{account}:role/{name}"));
    Principal {
        arn: arn.to_owned(),
        account: account.to_owned(),
        user_id: match (&role_arn, role) {
            (Some(role_arn), Some((_, session))) => {
                format!("{}:{session}", stable_id("AROA", role_arn))
            }
            _ => stable_id("AIDA", arn),
        },
        kind: if role_arn.is_some() { Kind::Role } else { Kind::UserSession },
        is_chained: false,
        role_arn,
        person: None,
    }
}

/// Whole milliseconds of a duration.
pub(crate) fn millis(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX / 4)
}
