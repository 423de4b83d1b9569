//! A faithful AWS IAM Identity Center on loopback: the access portal, SSO-OIDC, AWS Sign-In, STS, the container
//! credentials endpoint and the instance metadata service, all on one port of 127.0.0.1.
//!
//! It is a test double that checks its client. Requests are verified strictly, signatures with an
//! implementation of Signature Version 4 of its own, and what the real service would refuse is
//! refused with the same status, headers and body. Credentials it hands out are good for the next
//! call: a chain of roles can be walked from the login to `GetCallerIdentity`.
//!
//! ```
//! use fake_aws::{FakeAws, Fault, Options};
//! use std::time::Duration;
//!
//! let fake = FakeAws::start(Options::default());
//! fake.add_token("FAKEtoken-1", Duration::from_secs(3600));
//! fake.grant("123456789012", "Admin");
//! fake.fail("GetRoleCredentials", Fault::throttled(), 2);
//! // … run the client with its endpoints set to fake.url() …
//! assert_eq!(fake.count("GetRoleCredentials"), 0);
//! ```
//!
//! Operations are named as AWS names them: `GetRoleCredentials`, `ListAccounts`,
//! `ListAccountRoles`, `Logout`, `RegisterClient`, `StartDeviceAuthorization`, `CreateToken`,
//! `CreateOAuth2Token`, `AssumeRole`, `AssumeRoleWithWebIdentity`, `GetCallerIdentity`, `GetSessionToken`,
//! `DescribeCluster`. Besides those there are `Authorize` and `Device` (pages for a browser),
//! `GetSigninToken`, `ConsoleLogin` and `ConsoleLogout` of the console, `Kubernetes` (a cluster's API
//! server), `ContainerCredentials`, `ImdsToken`, `ImdsRole`, `ImdsCredentials`, and `Unknown`. Where an operation is asked for, `*` means any.
//!
//! Every secret handed out contains one of [`MARKERS`], so that leaks can be searched for.
#![forbid(unsafe_code)]

mod answer;
mod auth;
mod clock;
mod control;
mod eks;
mod fault;
mod federation;
mod form;
mod handle;
mod kubernetes;
mod log;
mod metadata;
mod oidc;
mod options;
mod portal;
mod quota;
mod request;
mod secrets;
mod server;
mod service;
mod signin;
mod sigv4;
mod stream;
mod sts;
mod tls;
mod world;

/// Holds the examples of the README to the crate.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;

pub use fault::{ALWAYS, Fault};
pub use handle::FakeAws;
pub use log::Entry;
pub use options::{Account, Consent, EndOfList, Options, RefreshTokens};
pub use secrets::{MARKERS, fingerprint};
pub use signin::DPOP_KEY;
pub use world::{Trust, sso_role_arn};
