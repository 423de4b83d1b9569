//! The fake over its own wire: every service with a small HTTP client, signatures made by the SDK's
//! signer.

mod client;
mod control;
mod device;
mod faults;
mod federation;
mod lists;
mod metadata;
mod pkce;
mod portal;
mod refresh;
mod signature;
mod signin;
mod sts;
mod tls;
