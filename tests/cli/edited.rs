//! A config that is edited, or can be read only once, while a command starts: the command gets, and
//! renews, what was resolved at the start.

#![cfg(unix)]

use std::thread;
use std::time::Duration;

use crate::endpoint::Client;
use crate::support::{DEV, Home, KEYS, SSOWRAP, TIMEOUT, tool, until};
use crate::terminal::Terminal;

const SERIAL: &str = "arn:aws:iam::000000000042:mfa/me";

/// The edited config: another role, in another account.
fn edited() -> String {
    DEV.replace("123456789012", "210987654321").replace("Admin", "Other")
}

/// The command: prints a line, then requests credentials once for each line of input.
const ASKING: &str = "env; echo; exec cat";

/// The command on a terminal: says that it runs, and waits for a line.
const READY: &str = "echo the command runs; read -r line";

/// Starts `exec --renew`, edits the config during the first exchange, then lets it continue.
fn started_while_edited(home: &Home, edited: &str) -> Client {
    home.aws().hold("GetRoleCredentials");
    thread::scope(|scope| {
        let run = home.run(["-p", "dev", "exec", "--renew", "--", "sh", "-c", ASKING]);
        let client = scope.spawn(move || Client::read(run));
        assert!(home.aws().wait_for("GetRoleCredentials", 1, TIMEOUT));
        home.write(".aws/config", edited);
        home.aws().release("GetRoleCredentials");
        client.join().expect("an endpoint")
    })
}

fn assert_asked_for_admin(home: &Home) {
    for entry in home.aws().log_of("GetRoleCredentials") {
        let role = (entry.param("account_id"), entry.param("role_name"));
        assert_eq!(role, ("123456789012", "Admin"));
    }
}

#[test]
fn an_edit_during_the_first_exchange_changes_nothing() {
    for edited in [edited(), "[profile another]\n".to_owned(), "[broken".to_owned()] {
        let home = Home::with_aws().config(DEV).login("corp");
        home.aws().credential_lifetime(Duration::from_secs(4));
        let client = started_while_edited(&home, &edited);
        let first = client.get("/").key();
        client.get_until(|answer| answer.status == 200 && answer.key() != first);
        assert_asked_for_admin(&home);
    }
}

/// The same while the user signs in on another device.
#[test]
fn an_edit_during_a_login_changes_nothing() {
    let home = Home::with_aws().config(DEV).env("SSH_CONNECTION", "x");
    let words = ["-p", "dev", "exec", "--renew", "--", "sh", "-c", READY];
    let terminal = Terminal::start(home.tool(SSOWRAP, words));
    until("a code", || home.aws().pending_devices().pop());
    home.write(".aws/config", "[profile another]\n");
    home.aws().approve_devices(None);
    terminal.expect("the command runs");
    terminal.send("\n");
    assert!(terminal.ends().0.success());
    assert_asked_for_admin(&home);
}

/// The same while the user is asked for a code, for a role on top.
#[test]
fn an_edit_during_an_mfa_question_changes_nothing() {
    let arn = "arn:aws:iam::000000000042:role/first";
    let admin = format!(
        "[profile admin]\nrole_arn = {arn}\nsource_profile = dev\nmfa_serial = {SERIAL}\n\n{DEV}"
    );
    let home = Home::with_aws().config(&admin).login("corp");
    home.aws().require_mfa(arn, SERIAL, "123456");
    let words = ["-p", "admin", "exec", "--renew", "--", "sh", "-c", READY];
    let terminal = Terminal::start(home.tool(SSOWRAP, words));
    terminal.expect("Enter MFA code for ");
    home.write(".aws/config", DEV);
    terminal.send("123456\n");
    terminal.expect("the command runs");
    terminal.send("\n");
    assert!(terminal.ends().0.success());
    assert_eq!(home.aws().log_of("AssumeRole")[0].param("RoleArn"), arn);
}

/// A file that can be read only once, as in `AWS_CONFIG_FILE=<(decrypt config)`.
#[test]
fn a_config_that_comes_out_of_a_pipe() {
    let Some(bash) = tool("bash") else { return };
    let home = Home::with_aws().config("").file("hidden", DEV).login("corp");
    let run = |words: &str| {
        let line = format!("AWS_CONFIG_FILE=<(cat hidden) {words}");
        home.tool(&bash, ["-c", &line])
    };
    run("ssowrap -p dev exec --renew -- sh -c 'echo $SSOWRAP_PROFILE'").prints("dev\n");
    let file = "ssowrap -p dev exec --write-credentials -- \
                sh -c 'grep -c secret $AWS_SHARED_CREDENTIALS_FILE'";
    run(file).prints("1\n");
    let client = Client::read(run("exec ssowrap -q -p dev serve"));
    assert_eq!(client.get("/").status, 200);
    assert_eq!(home.aws().count("GetRoleCredentials"), 1);
}

/// The same where something else than the credentials needs the config first, or after them.
#[test]
fn a_pipe_is_read_once() {
    let Some(bash) = tool("bash") else { return };
    let keys = KEYS.to_owned() + &KEYS.replace("keys]", "default]");
    let home = Home::new().config("").file("hidden", keys);
    let run = |words: &str| {
        let line = format!("AWS_CONFIG_FILE=<(cat hidden) {words}");
        home.tool(&bash, ["-c", &line])
    };
    let missing = "`nosuch`: command not found\nhint: it is not in PATH\n";
    run("ssowrap -p keys exec nosuch").fails(127, &format!("error: {missing}"));
    run("ssowrap exec nosuch").fails(127, &format!("error: {missing}"));
    run("ssowrap aws2-wrap nosuch").fails(127, missing);
    run("ssowrap aws2-wrap keys env")
        .fails(127, "`keys`: command not found\nhint: `keys` is a profile: `--profile keys`\n");
    let terminal = Terminal::start(run("ssowrap exec true").env("TERM", "xterm"));
    let (status, text) = terminal.ends();
    assert!(status.success(), "{text}");
}
