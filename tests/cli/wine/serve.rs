//! The endpoint in the foreground.

use super::{Windows, program, signed_in};
use crate::endpoint::Client;
use crate::support::Run;

fn serve<'a>(windows: &'a Windows, options: &[&str]) -> Run<'a> {
    let ssowrap = program("ssowrap.exe");
    let command = [ssowrap.as_str(), "-q", "-p", "dev", "-p", "keys", "serve"];
    windows.tool("read.exe", &[&command, options].concat())
}

/// A reader of its output sees the end, and it continues.
#[test]
fn its_output_ends_and_it_serves() {
    let Some(windows) = Windows::start(signed_in()) else { return };
    let server = Client::read(serve(&windows, &[]));
    let answer = server.get("/");
    assert_eq!(answer.status, 200);
    assert!(answer.key().starts_with("ASIA"), "{}", answer.key());
}

#[test]
fn it_serves_what_else_was_named() {
    let Some(windows) = Windows::start(signed_in()) else { return };
    let allowed = ["--allow-role", "arn:aws:iam::210987654321:role/*"];
    let server = Client::read(serve(&windows, &allowed));
    let role = server.get("/role-arn/arn:aws:iam::210987654321:role/deploy");
    assert_eq!(role.status, 200);
    assert_eq!(server.get("/profile/other").status, 404);
    assert_eq!(windows.home.aws().count("AssumeRole"), 1);
}
