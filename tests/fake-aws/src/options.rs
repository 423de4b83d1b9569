//! The options of a fake.

use std::time::Duration;

/// An account of the organisation, and the permission sets that its users may be assigned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// Twelve digits.
    pub id: String,
    /// Shown by ListAccounts; `None` leaves the member out.
    pub name: Option<String>,
    /// Shown by ListAccounts; `None` leaves the member out.
    pub email: Option<String>,
    /// Names of the permission sets that every token without its own list may use.
    pub roles: Vec<String>,
}

impl Account {
    /// An account with a made-up e-mail address.
    #[must_use]
    pub fn new(id: &str, name: &str, roles: &[&str]) -> Self {
        Self {
            id: id.to_owned(),
            name: Some(name.to_owned()),
            email: Some(format!("{}@example.com", name.to_lowercase().replace(' ', "-"))),
            roles: roles.iter().map(|role| (*role).to_owned()).collect(),
        }
    }

    /// An organisation with this many accounts and roles in each: `Account 0001` with the id
    /// `100000000001` and the roles `Role1`, `Role2`, and so on.
    #[must_use]
    pub fn organisation(accounts: usize, roles: usize) -> Vec<Self> {
        let roles: Vec<String> = (1..=roles).map(|number| format!("Role{number}")).collect();
        let roles: Vec<&str> = roles.iter().map(String::as_str).collect();
        let account = |number| {
            let id = format!("1{number:011}");
            Self::new(&id, &format!("Account {number:04}"), &roles)
        };
        (1..=accounts).map(account).collect()
    }
}

/// How the last page of a list ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum EndOfList {
    /// `"nextToken": null`.
    #[default]
    Null,
    /// No `nextToken`.
    Absent,
    /// `"nextToken": ""`.
    Empty,
}

/// What CreateToken does with the refresh token it was given.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum RefreshTokens {
    /// The answer contains a new one, and the old one no longer works.
    #[default]
    Rotate,
    /// The answer contains the same one, which still works.
    Keep,
    /// The answer has no `refreshToken`; the old one still works.
    Omit,
    /// The answer has `"refreshToken": null`; the old one still works.
    Null,
}

/// What the user in the browser does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Consent {
    /// The pages show links to approve and to deny.
    #[default]
    Ask,
    /// Every authorization is approved at once.
    Approve,
    /// Every authorization is denied at once.
    Deny,
}

/// How a fake starts. Everything except the port, TLS and the prefix can be changed later.
#[derive(Debug, Clone)]
pub struct Options {
    /// Port on 127.0.0.1; 0 means a free one.
    pub port: u16,
    /// Serve HTTPS with a certificate from a temporary authority, see
    /// [`FakeAws::ca_pem`](crate::FakeAws::ca_pem).
    pub tls: bool,
    /// Path before every service, for example `/gateway`. Empty for none.
    pub prefix: String,
    /// The person who signs in from now on: the session name of the SSO roles of those logins.
    pub user_name: String,
    /// The organisation.
    pub accounts: Vec<Account>,
    /// Lifetime of all issued credentials, if it differs from the operation's own (one hour, or the
    /// `DurationSeconds` of the request).
    pub credential_lifetime: Option<Duration>,
    /// `expiresIn` of access tokens.
    pub token_lifetime: Duration,
    /// Length of session tokens in characters.
    pub session_token_length: usize,
    /// Maximum page size of ListAccounts and ListAccountRoles.
    pub page_size: usize,
    /// How the last page of those lists ends.
    pub end_of_list: EndOfList,
    /// Seconds between two polls of a device login; `None` leaves the member out, which means 5.
    pub device_interval: Option<u64>,
    /// Lifetime of a device code.
    pub device_lifetime: Duration,
    /// Lifetime of a client registration.
    pub registration_lifetime: Duration,
    /// What happens to refresh tokens.
    pub refresh_tokens: RefreshTokens,
    /// What the user in the browser does.
    pub consent: Consent,
    /// The only start URL known; `None` accepts any http or https URL.
    pub start_url: Option<String>,
    /// The `Authorization` that the container credentials endpoint requires.
    pub container_token: Option<String>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            port: 0,
            tls: false,
            prefix: String::new(),
            user_name: "fake-user".to_owned(),
            accounts: vec![
                Account::new("123456789012", "Production", &["Admin", "ReadOnly"]),
                Account::new("210987654321", "Staging", &["Admin", "Developer", "ReadOnly"]),
                Account::new("000000000042", "Sandbox", &["Developer"]),
            ],
            credential_lifetime: None,
            token_lifetime: Duration::from_secs(3600),
            session_token_length: 700,
            page_size: 100,
            end_of_list: EndOfList::Null,
            device_interval: Some(1),
            device_lifetime: Duration::from_secs(600),
            registration_lifetime: Duration::from_secs(90 * 24 * 3600),
            refresh_tokens: RefreshTokens::Rotate,
            consent: Consent::Ask,
            start_url: None,
            container_token: None,
        }
    }
}
