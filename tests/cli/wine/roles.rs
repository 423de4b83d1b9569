//! What a login gives.

use super::{Windows, json, signed_in};

#[test]
fn a_role_on_top() {
    let Some(windows) = Windows::start(signed_in()) else { return };
    for _ in 0..2 {
        let deploy = windows.ends(0, ["-p", "deploy", "credential-process"]);
        assert_eq!(json(deploy.stdout())["Version"], 1);
    }
    assert_eq!(windows.home.aws().count("AssumeRole"), 1);
}

#[test]
fn whoami() {
    let Some(windows) = Windows::start(signed_in()) else { return };
    let who = windows.ends(0, ["-p", "dev", "whoami", "--format", "account"]);
    assert_eq!(who.stdout(), "123456789012\n");
}

#[test]
fn eks() {
    let Some(windows) = Windows::start(signed_in()) else { return };
    let token = windows.ends(0, ["-p", "dev", "eks", "get-token", "--cluster-name", "blue"]);
    assert_eq!(json(token.stdout())["kind"], "ExecCredential");
}

#[test]
fn console() {
    let Some(windows) = Windows::start(signed_in()) else { return };
    let link = windows.ends(0, ["-p", "dev", "console", "--url"]);
    assert!(link.stdout().contains("Action=login"), "{}", link.stdout());
}
