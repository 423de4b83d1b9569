//! What `each` asks the user, and when.

use std::time::Duration;

use crate::support::Home;
use crate::terminal::Terminal;

/// A user's keys, and a role for each of these names that needs a code from its own device.
fn home(names: &[&str]) -> Home {
    let mut config = "[profile user]\naws_access_key_id = AKIAFAKEUSER\naws_secret_access_key = \
                      FAKEsecret\n"
        .to_owned();
    for name in names {
        config.push_str(&format!(
            "[profile {name}]\nsource_profile = user\nregion = eu-west-1\nrole_arn = {}\n\
             mfa_serial = {}\n",
            role(name),
            serial(name)
        ));
    }
    let home = Home::with_aws().env("TERM", "xterm").env("NO_COLOR", "1").config(&config);
    home.aws().add_user("AKIAFAKEUSER", "FAKEsecret", "arn:aws:iam::123456789012:user/me");
    for (name, code) in names.iter().zip(["111111", "222222", "333333"]) {
        home.aws().require_mfa(&role(name), &serial(name), code);
    }
    home
}

fn role(name: &str) -> String {
    format!("arn:aws:iam::210987654321:role/{name}")
}

fn serial(name: &str) -> String {
    format!("arn:aws:iam::123456789012:mfa/{name}")
}

/// One question after the other, all of them before anything runs. A wrong code doesn't affect the
/// others.
#[test]
fn codes_one_after_the_other() {
    let home = home(&["a", "b", "c"]);
    let words =
        ["each", "-p", "a", "-p", "b", "-p", "c", "--", "sh", "-c", "echo ran-$SSOWRAP_PROFILE"];
    let terminal = Terminal::start(home.run(words));
    for (asked, (name, code)) in
        [("a", "111111"), ("b", "000000"), ("c", "333333")].iter().enumerate()
    {
        let shown = terminal.expect(&format!("Enter MFA code for {}: ", serial(name)));
        assert!(!shown.contains("ran-a"), "{shown}");
        assert_eq!(home.aws().count("AssumeRole"), asked, "before {name}");
        terminal.send(&format!("{code}\n"));
    }
    let (status, shown) = terminal.ends();
    assert_eq!(status.code(), Some(1), "{shown}");
    assert!(!shown.contains("Enter MFA code"), "{shown}");
    assert!(shown.contains("a | ran-a") && shown.contains("c | ran-c"), "{shown}");
    assert!(shown.contains("error: b: ") && !shown.contains("ran-b"), "{shown}");
    assert!(!shown.contains("111111") && !shown.contains("333333"), "{shown}");
    let roles: Vec<_> = home.aws().log_of("AssumeRole");
    let roles: Vec<&str> = roles.iter().map(|entry| entry.param("RoleArn")).collect();
    assert_eq!(roles, [role("a"), role("b"), role("c")]);
}

/// If there is nobody to ask, those that need a code fail at once.
#[test]
fn nobody_to_ask() {
    let home = home(&["a", "b"]);
    let output = home.run(["each", "-p", "a", "-p", "b", "-p", "user", "echo", "ran"]).report();
    assert_eq!((output.status.code(), output.stdout()), (Some(1), "user | ran\n"));
    for name in ["a", "b"] {
        let why = format!("error: {name}: an MFA code for {} is needed", serial(name));
        assert!(output.stderr.contains(&why), "{}", output.stderr);
    }
    assert_eq!(home.aws().count("*"), 0);
}

/// All questions come first. A command whose credentials have waited for half of their lifetime
/// gets new ones, but nothing is asked between the commands' output.
#[test]
fn nothing_is_asked_once_commands_run() {
    let slow = "sleep 3; echo '{\"Version\": 1, \"AccessKeyId\": \"ASIA\", \
                \"SecretAccessKey\": \"s\", \"SessionToken\": \"t\"}'";
    let home = home(&["admin"]).file("slow", slow);
    let config = std::fs::read_to_string(home.path(".aws/config")).expect("the config");
    let home = home.config(&format!("{config}[profile slow]\ncredential_process = sh slow\n"));
    home.aws().credential_lifetime_of("AssumeRole", Duration::from_secs(6));
    let words = ["each", "-p", "admin", "-p", "slow", "--no-cache", "true"];
    let terminal = Terminal::start(home.run(words));
    terminal.expect("Enter MFA code for ");
    terminal.send("111111\n");
    terminal.expect(&format!("an MFA code for {} is needed", serial("admin")));
    let (status, rest) = terminal.ends();
    assert_eq!(status.code(), Some(1), "{rest}");
    assert_eq!(home.aws().count("AssumeRole"), 1);
}
