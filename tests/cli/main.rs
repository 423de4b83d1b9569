//! The real program, from outside: one module per verb or subject, all in one binary.
#![allow(clippy::print_stderr, reason = "a skipped test says so")]

mod cache;
mod chain;
mod clients;
mod credential_process;
mod crowd;
mod differential;
mod disk;
mod dropin;
mod edit;
mod endpoint;
mod entries;
mod exec;
mod explain;
mod export;
mod faults;
mod foreground;
mod freshness;
mod generate;
mod imds;
mod login;
mod logout;
mod network;
mod outage;
mod portal;
mod principal;
#[cfg(target_os = "linux")]
mod processes;
mod refresh;
mod region;
mod renew;
mod resolver;
mod role_cache;
mod sdks;
mod serve;
mod shells;
mod sources;
mod ssh;
mod status;
mod storm;
mod support;
mod terminal;
mod token;
mod unresolved;
mod usage;
mod write_credentials;
