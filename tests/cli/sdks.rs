//! Real SDKs with `exec --renew`: with their defaults, each finds the endpoint by itself, makes
//! signed calls, and gets new credentials when the old ones have expired.

#![cfg(unix)]

use std::collections::BTreeSet;
use std::ffi::{OsStr, OsString};
use std::path::Path;
use std::time::Duration;

use chrono::TimeDelta;

use crate::clients::{debian_aws_cli_2, installed};
use crate::endpoint::Client;
use crate::support::{DEV, Home, TIMEOUT, Token, tool};

const EXCHANGE: &str = "GetRoleCredentials";
const CALL: &str = "GetCallerIdentity";

fn home() -> Home {
    Home::with_aws().config(DEV).login("corp")
}

fn script(name: &str) -> OsString {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/clients").join(name).into()
}

/// Runs a program that makes a call for each line of input, before and after its credentials have
/// expired.
fn renews(command: &[OsString]) {
    let home = home();
    home.aws().credential_lifetime(Duration::from_secs(10));
    let mut client = Client::around(&home, command);
    let first = call(&home, &mut client);
    assert!(home.aws().wait_for(EXCHANGE, 2, TIMEOUT));
    client.get_until(|answer| answer.key() != first);
    // The JavaScript SDK continues with the old ones while it gets new ones. After they have
    // expired, a call would fail.
    while call(&home, &mut client) == first {}
    // AWS no longer accepts the first ones, and nothing fails.
    home.aws().expire_key(&first);
    assert_ne!(call(&home, &mut client), first);
}

/// Has it make a call. Returns the access key that signed it.
fn call(home: &Home, client: &mut Client) -> String {
    let arn = client.ask("call");
    assert!(arn.contains(":123456789012:assumed-role/AWSReservedSSO_Admin_"), "{arn}");
    let calls = home.aws().log_of(CALL);
    let last = calls.last().expect("a call");
    assert_eq!(last.status, Some(200));
    last.access_key_id.clone().expect("a signature")
}

#[test]
fn botocore() {
    let Some(python) = installed("python/bin/python") else { return };
    renews(&[python.into(), script("renew.py")]);
}

#[test]
fn the_javascript_sdk() {
    let (Some(node), Some(script)) = (tool("node"), installed("node/renew.mjs")) else { return };
    renews(&[node.into(), script.into()]);
}

#[test]
fn the_go_sdk() {
    let Some(program) = installed("go/renew") else { return };
    renews(&[program.into()]);
}

/// The program of the Java SDK.
pub(crate) fn java() -> Option<Vec<OsString>> {
    let (java, classes) = (tool("java")?, installed("java/Renew.class")?);
    let directory = classes.parent().expect("a directory").display();
    let path = format!("{directory}:{directory}/lib/*");
    Some(vec![java.into(), "-cp".into(), path.into(), "Renew".into()])
}

#[test]
fn the_java_sdk() {
    let Some(command) = java() else { return };
    renews(&command);
}

/// One process per call, as in a script.
fn in_a_loop(aws: &[OsString]) {
    let script = "while read -r line; do \"$@\" sts get-caller-identity --output text --query Arn; \
                  done";
    let shell = ["sh", "-c", script, "sh"].map(OsString::from);
    renews(&[&shell[..], aws].concat());
}

#[test]
fn the_aws_cli() {
    let Some(aws) = installed("aws-cli/aws") else { return };
    in_a_loop(&[aws.into()]);
}

#[test]
fn the_aws_cli_of_debian() {
    let Some(()) = debian_aws_cli_2() else { return };
    in_a_loop(&["/usr/bin/python3".into(), script("aws_cli.py")]);
}

#[test]
fn the_aws_cli_of_version_1() {
    let Some(aws) = installed("python/bin/aws") else { return };
    in_a_loop(&[aws.into()]);
}

/// Credentials and logins that expire repeatedly within one command. With credentials of 90 seconds
/// and a login of three minutes, `job.py 600 1` takes ten minutes.
#[test]
fn a_job_that_outlives_credentials_and_logins() {
    let Some(python) = installed("python/bin/python") else { return };
    let token = Token::new().expires_in(TimeDelta::seconds(9));
    let home = Home::with_aws().config(DEV).token("corp", &token).refreshable();
    home.aws().credential_lifetime(Duration::from_secs(6));
    home.aws().token_lifetime(Duration::from_secs(9));
    let job = [python.as_os_str(), &script("job.py"), "15".as_ref(), "0.2".as_ref()];
    let exec = ["-p", "dev", "exec", "--renew", "--"].map(OsStr::new);
    let output = home.run(exec.iter().chain(&job)).succeeds();
    assert!(output.stdout().ends_with(" calls, 0 failures\n"), "{}", output.stdout());
    let calls = home.aws().log_of(CALL);
    assert!(calls.iter().all(|call| call.status == Some(200)));
    let keys: BTreeSet<_> = calls.iter().map(|call| call.access_key_id.clone()).collect();
    assert!(keys.len() >= 4 && calls.len() >= 20, "{} keys, {} calls", keys.len(), calls.len());
    assert!(home.aws().count("CreateToken") >= 2);
}
