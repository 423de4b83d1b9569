//! The handle of a running fake.

use crate::eks::Cluster;
use crate::fault::{ALWAYS, Fault};
use crate::log::{Entry, Log};
use crate::options::{Account, Consent, EndOfList, Options, RefreshTokens};
use crate::server::Server;
use crate::service::Shared;
use crate::world::{Trust, World};
use crate::{control, kubernetes, oidc, tls};
use std::io;
use std::net::{Ipv4Addr, TcpListener};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;
use tokio::sync::watch;

/// A running fake. It serves from its own thread until it is dropped; its methods may be called
/// from any thread.
pub struct FakeAws {
    shared: Arc<Shared>,
    url: String,
    // Dropped last, when nothing else can use it.
    _server: Server,
}

impl std::fmt::Debug for FakeAws {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("FakeAws").field("url", &self.url).finish_non_exhaustive()
    }
}

/// Starting and finding it.
impl FakeAws {
    /// Starts a fake.
    ///
    /// # Panics
    /// If the port is not available; see [`FakeAws::try_start`].
    #[must_use]
    pub fn start(options: Options) -> Self {
        match Self::try_start(options) {
            Ok(fake) => fake,
            Err(error) => panic!("the fake could not be started: {error}"),
        }
    }

    /// Starts a fake.
    ///
    /// # Errors
    /// If the port is taken or the thread cannot be started.
    pub fn try_start(options: Options) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, options.port))?;
        let port = listener.local_addr()?.port();
        let prefix = match options.prefix.trim_matches('/') {
            "" => String::new(),
            path => format!("/{path}"),
        };
        let (acceptor, ca_pem, scheme) = if options.tls {
            let (acceptor, pem) = tls::acceptor()?;
            (Some(acceptor), Some(pem), "https")
        } else {
            (None, None, "http")
        };
        let url = format!("{scheme}://127.0.0.1:{port}{prefix}");
        let world = Mutex::new(World::new(options, url.clone()));
        let shared = Arc::new(Shared { world, log: Log::default(), prefix, ca_pem });
        let server = Server::start(listener, acceptor, Arc::clone(&shared))?;
        Ok(Self { shared, url, _server: server })
    }

    /// `http://127.0.0.1:PORT` and the prefix, without a slash at the end. It is the endpoint of
    /// every service.
    #[must_use]
    pub fn url(&self) -> String {
        self.url.clone()
    }

    /// The certificate of the authority that a client must trust; `None` without TLS.
    #[must_use]
    pub fn ca_pem(&self) -> Option<String> {
        self.shared.ca_pem.clone()
    }

    fn world(&self) -> MutexGuard<'_, World> {
        self.shared.world()
    }
}

/// Sessions of the portal, and the organisation.
impl FakeAws {
    /// Adds an access token, as a login of its own.
    pub fn add_token(&self, access_token: &str, lifetime: Duration) {
        self.world().add_token(access_token, lifetime);
    }

    /// Sets who signs in from now on, and who owns the tokens added from now on: the session name
    /// of SSO roles.
    pub fn set_person(&self, name: &str) {
        self.world().options.user_name = name.to_owned();
    }

    /// Whose login an access key comes from, through any number of roles.
    #[must_use]
    pub fn person_of(&self, access_key_id: &str) -> Option<String> {
        self.world().keys.get(access_key_id).and_then(|key| key.principal.person.clone())
    }

    /// Ends an access token, as if the service had revoked it.
    pub fn revoke_token(&self, access_token: &str) {
        self.world().tokens.remove(access_token);
    }

    /// Lets every token without its own list use this role. Adds the account if it is missing in
    /// the organisation.
    pub fn grant(&self, account: &str, role: &str) {
        self.world().grant(account, role);
    }

    /// Gives a token its own list, or adds to it: the token may use nothing else.
    ///
    /// # Panics
    /// If the token is unknown.
    pub fn grant_to(&self, access_token: &str, account: &str, role: &str) {
        let known = self.world().grant_to(access_token, account, role);
        assert!(known, "add the token before its grants");
    }

    /// Takes a role away from every token without its own list.
    pub fn revoke_grant(&self, account: &str, role: &str) {
        self.world().account(account).roles.retain(|granted| granted != role);
    }

    /// Takes every role away, including the default ones.
    pub fn clear_grants(&self) {
        self.world().options.accounts.clear();
    }

    /// Replaces the whole organisation, see [`Account::organisation`].
    pub fn set_accounts(&self, accounts: Vec<Account>) {
        self.world().options.accounts = accounts;
    }

    /// Refuses to list the roles of an account that ListAccounts shows.
    pub fn close_account(&self, account: &str) {
        self.world().closed_accounts.insert(account.to_owned());
    }

    /// Sets how the last page of a list ends from now on.
    pub fn end_of_list(&self, end: EndOfList) {
        self.world().options.end_of_list = end;
    }

    /// Answers ResourceNotFoundException for this account from now on.
    pub fn forget_account(&self, account: &str) {
        self.world().gone_accounts.insert(account.to_owned());
    }
}

/// Logins.
impl FakeAws {
    /// Adds a client registration, with the scope `sso:account:access` and every grant.
    pub fn add_client(&self, client_id: &str, client_secret: &str, lifetime: Duration) {
        self.world().add_client(client_id, client_secret, lifetime);
    }

    /// Adds a refresh token of that client.
    pub fn add_refresh_token(&self, refresh_token: &str, client_id: &str) {
        self.world().add_refresh_token(refresh_token, client_id);
    }

    /// Adds the refresh token of an `aws login` login, for example of
    /// `arn:aws:sts::123456789012:assumed-role/Admin/alice`. It is bound to
    /// [`DPOP_KEY`](crate::DPOP_KEY).
    pub fn add_login_session(&self, refresh_token: &str, arn: &str) {
        self.world().add_login_session(refresh_token, arn);
    }

    /// Sets what CreateToken and CreateOAuth2Token do with refresh tokens.
    pub fn set_refresh_tokens(&self, mode: RefreshTokens) {
        self.world().options.refresh_tokens = mode;
    }

    /// Sets what the user in the browser does with every new authorization.
    pub fn set_consent(&self, consent: Consent) {
        self.world().options.consent = consent;
    }

    /// User codes of the device logins that wait for approval.
    #[must_use]
    pub fn pending_devices(&self) -> Vec<String> {
        self.world().pending_devices()
    }

    /// Approves the waiting device logins, or only the one with this code. Returns how many.
    pub fn approve_devices(&self, user_code: Option<&str>) -> usize {
        oidc::decide(&mut self.world(), user_code, true)
    }

    /// Denies the waiting device logins, or only the one with this code. Returns how many.
    pub fn deny_devices(&self, user_code: Option<&str>) -> usize {
        oidc::decide(&mut self.world(), user_code, false)
    }

    /// Sets the only known start URL; `None` accepts any.
    pub fn set_start_url(&self, start_url: Option<&str>) {
        self.world().options.start_url = start_url.map(str::to_owned);
    }
}

/// Keys and roles.
impl FakeAws {
    /// Adds the long-lived keys of an IAM user, for example `arn:aws:iam::123456789012:user/alice`.
    pub fn add_user(&self, access_key_id: &str, secret: &str, arn: &str) {
        self.world().add_user(access_key_id, secret, arn);
    }

    /// Adds temporary keys of a role session, for example
    /// `arn:aws:sts::123456789012:assumed-role/Admin/alice`.
    pub fn add_session(
        &self,
        access_key_id: &str,
        secret: &str,
        session_token: &str,
        arn: &str,
        lifetime: Duration,
    ) {
        self.world().add_session(access_key_id, secret, session_token, arn, lifetime);
    }

    /// Ends temporary keys, as if they had expired.
    pub fn expire_key(&self, access_key_id: &str) {
        if let Some(key) = self.world().keys.get_mut(access_key_id) {
            key.expires_ms = Some(0);
        }
    }

    /// Sets a role's complete trust policy. A role without one lets everybody in.
    pub fn trust(&self, role_arn: &str, trust: Trust) {
        *self.world().trust(role_arn) = trust;
    }

    /// Lets nobody assume a role.
    pub fn deny_role(&self, role_arn: &str) {
        self.world().trust(role_arn).denied = true;
    }

    /// Lets only these principals assume a role, see [`Trust::principals`].
    pub fn trust_only(&self, role_arn: &str, principals: &[&str]) {
        let principals = principals.iter().map(|arn| (*arn).to_owned()).collect();
        self.world().trust(role_arn).principals = Some(principals);
    }

    /// Requires this external id from whoever assumes a role.
    pub fn require_external_id(&self, role_arn: &str, external_id: &str) {
        self.world().trust(role_arn).external_id = Some(external_id.to_owned());
    }

    /// Requires this device and this six-digit code from whoever assumes a role. The code can be
    /// used any number of times.
    pub fn require_mfa(&self, role_arn: &str, serial: &str, code: &str) {
        self.world().trust(role_arn).mfa = Some((serial.to_owned(), code.to_owned()));
    }

    /// Sets the longest session of a role.
    pub fn set_max_duration(&self, role_arn: &str, longest: Duration) {
        self.world().trust(role_arn).max_duration = longest;
    }

    /// Adds a web identity token that is not a JWT.
    pub fn add_web_identity_token(&self, token: &str, subject: &str) {
        self.world().web_tokens.insert(token.to_owned(), subject.to_owned());
    }

    /// Sets the `Authorization` that the container credentials endpoint requires.
    pub fn set_container_token(&self, token: Option<&str>) {
        self.world().options.container_token = token.map(str::to_owned);
    }
}

/// What goes wrong, and when.
impl FakeAws {
    /// Damages the next `times` calls of an operation ([`ALWAYS`] for every call). Faults for the
    /// same operation are used in the order they were given.
    pub fn fail(&self, operation: &str, fault: Fault, times: usize) {
        self.world().plan_fault(operation, fault, times);
    }

    /// Damages every call of an operation.
    pub fn fail_always(&self, operation: &str, fault: Fault) {
        self.fail(operation, fault, ALWAYS);
    }

    /// Applies a JSON document of settings, as `POST /_fake/set` does.
    ///
    /// # Errors
    /// The name of the first invalid member. Members before it have been applied.
    pub fn set_json(&self, document: &str) -> Result<(), String> {
        let parsed = serde_json::from_str(document).map_err(|error| error.to_string())?;
        control::apply(&mut self.world(), &parsed)
    }

    /// Sets the portal's quota per token: this many requests at once, and this many per second
    /// after that. Further ones get 429. Zero for both removes it.
    pub fn set_quota(&self, burst: u32, per_second: u32) {
        self.world().set_quota(burst, per_second);
    }

    /// Removes every fault.
    pub fn clear_faults(&self) {
        self.world().plan.clear();
    }

    /// Waits this long before each answer of an operation; zero removes the delay.
    pub fn set_latency(&self, operation: &str, latency: Duration) {
        self.world().latency.insert(operation.to_owned(), latency);
    }

    /// Holds every call of an operation, before it has any effect, until [`FakeAws::release`].
    /// [`FakeAws::wait_for`] tells when calls have arrived.
    pub fn hold(&self, operation: &str) {
        let hold = watch::Sender::new(false);
        self.world().holds.insert(operation.to_owned(), hold);
    }

    /// Lets held calls continue, and holds no more.
    pub fn release(&self, operation: &str) {
        self.world().release(operation);
    }
}

/// Clusters.
impl FakeAws {
    /// Creates a cluster by its ARN, `arn:aws:eks:REGION:ACCOUNT:cluster/NAME`. With TLS, this fake
    /// is its API server; without, there is none.
    ///
    /// # Panics
    /// For an ARN in another form.
    pub fn add_cluster(&self, arn: &str) {
        let name = arn.split_once(":cluster/").map(|(_, name)| name.to_owned());
        let name = name.filter(|_| arn.split(':').count() == 6).expect("the ARN of a cluster");
        let (endpoint, pem) = match self.ca_pem() {
            Some(pem) => (format!("{}{}{name}", self.url, kubernetes::PATH), pem),
            None => (format!("https://{name}.gr7.example.eks.amazonaws.com"), "a PEM\n".to_owned()),
        };
        let authority = base64_simd::STANDARD.encode_to_string(pem);
        let cluster = Cluster { name, endpoint, authority };
        self.world().clusters.insert(arn.to_owned(), cluster);
    }
}

/// Lifetimes and clocks.
impl FakeAws {
    /// Lifetime of all credentials issued from now on, whatever the request asks for.
    pub fn credential_lifetime(&self, lifetime: Duration) {
        self.world().options.credential_lifetime = Some(lifetime);
    }

    /// Lifetime of the credentials that one operation issues from now on.
    pub fn credential_lifetime_of(&self, operation: &str, lifetime: Duration) {
        self.world().lifetimes.insert(operation.to_owned(), lifetime);
    }

    /// `expiresIn` of access tokens issued from now on.
    pub fn token_lifetime(&self, lifetime: Duration) {
        self.world().options.token_lifetime = lifetime;
    }

    /// Length of session tokens issued from now on, in characters.
    pub fn session_token_length(&self, length: usize) {
        self.world().options.session_token_length = length;
    }

    /// The maximum page size of lists.
    pub fn page_size(&self, size: usize) {
        self.world().options.page_size = size;
    }

    /// Sets the service's clock off by this many seconds: expiration, signatures and the `Date`
    /// header. If it is ahead, everything issued so far expires.
    pub fn clock_skew(&self, seconds: i64) {
        self.world().clock_skew = seconds;
    }

    /// Sets only the `Date` header off by this many seconds.
    pub fn date_skew(&self, seconds: i64) {
        self.world().date_skew = seconds;
    }
}

/// What was asked.
impl FakeAws {
    /// Every request so far, in the order of arrival.
    #[must_use]
    pub fn log(&self) -> Vec<Entry> {
        self.shared.log.entries()
    }

    /// The requests for one operation.
    #[must_use]
    pub fn log_of(&self, operation: &str) -> Vec<Entry> {
        let mut entries = self.log();
        entries.retain(|entry| operation == "*" || entry.operation == operation);
        entries
    }

    /// How often an operation was requested, answered or not; `*` counts all.
    #[must_use]
    pub fn count(&self, operation: &str) -> usize {
        self.shared.log.count(operation)
    }

    /// Waits until an operation has been requested at least `n` times. `false` after the timeout.
    #[must_use]
    pub fn wait_for(&self, operation: &str, n: usize, timeout: Duration) -> bool {
        self.shared.log.wait_for(operation, n, timeout)
    }

    /// Clears the log.
    pub fn clear_log(&self) {
        self.shared.log.clear();
    }

    /// Back to the fake's initial state: no tokens, clients, keys, faults or log.
    pub fn reset(&self) {
        self.shared.reset();
    }
}
