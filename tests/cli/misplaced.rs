//! Secrets where they don't belong: no command shows them.

use crate::support::{DEV, Home, Output};

pub(crate) const SECRET: &str = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";

/// Commands that show what is in the files, or fail because of it.
const SHOWING: [&[&str]; 16] = [
    &["-p", "p", "explain"],
    &["-p", "p", "explain", "--json"],
    &["profiles"],
    &["profiles", "--json"],
    &["status"],
    &["status", "--json"],
    &["generate", "-p", "dev", "--as", "p", "--dry-run", "--force"],
    &["configure", "--sso-session", "corp", "--all", "--region", "-", "--dry-run"],
    &["-p", "p", "login", "--use-device-code"],
    &["-p", "p", "logout"],
    &["-p", "p", "-vv", "whoami"],
    &["login", "--sso-session", "s", "--use-device-code"],
    &["login", "--all", "--use-device-code"],
    &["logout", "--all"],
    &["accounts", "--sso-session", "s"],
    &["each", "-p", "*", "--yes", "--", "true"],
];

/// What they print. None of them shows `secret`.
fn shown(config: &str, secret: &str) -> Vec<Output> {
    let run = |words: &&[&str]| {
        let home = Home::with_aws().config(&format!("{config}\n{DEV}")).login("corp");
        let output = home.run(*words).report();
        let all = format!("{}{}", output.stdout(), output.stderr);
        assert!(!all.contains(secret), "{words:?}\n{config}\n{all}");
        output
    };
    SHOWING.iter().map(run).collect()
}

/// Somebody swapped the two keys.
#[test]
fn the_secret_key_in_the_place_of_the_id() {
    let keys = format!("aws_access_key_id = {SECRET}\naws_secret_access_key = AKIAEXAMPLE");
    let outputs = shown(&format!("[profile p]\n{keys}\n"), SECRET);
    let told = "`aws_access_key_id` looks like a secret key: did you swap it with \
                `aws_secret_access_key`?\n";
    assert!(outputs[0].stdout().contains(told), "{}", outputs[0].stdout());
    let outputs = shown(&format!("[profile p]\naws_access_key_id = {SECRET}\n"), SECRET);
    assert_eq!(outputs[0].status.code(), Some(4));
}

#[test]
fn a_password_of_a_helper() {
    for (command, masked) in [
        ("helper --user me --password % --role r", "helper --user me --password *** --role r"),
        ("helper --password=% --role r", "helper --password=*** --role r"),
        ("helper --api-key '% a b' x", "helper --api-key *** x"),
        ("env VAULT_TOKEN=% helper x", "env VAULT_TOKEN=*** helper x"),
        ("VAULT_PASS=\"% b\" helper", "VAULT_PASS=*** helper"),
        ("sh -c 'helper --pin %; true'", "sh -c 'helper --pin *** true'"),
        ("helper https://h/ https://me:%@h/ -x", "helper https://h/ https://***@h/ -x"),
    ] {
        let command = command.replace('%', "Hunter2-hunter2");
        let config = format!("[profile p]\ncredential_process = {command}\n");
        let outputs = shown(&config, "unter2");
        let text = outputs[0].stdout();
        assert!(text.contains(&format!("source       credential_process: {masked}\n")), "{text}");
        assert!(text.contains(&format!("  credential_process = {masked}\n")), "{text}");
        assert!(outputs[6].stdout().contains(&format!("-credential_process = {masked}\n")));
    }
}

/// A URL copied from somewhere else: no start URL contains a password.
#[test]
fn a_password_in_a_start_url() {
    let role = "sso_account_id = 123456789012\nsso_role_name = Admin\n";
    for (session, line) in [("sso_session = s\n", 7), ("", 5)] {
        let url =
            "sso_region = eu-west-1\nsso_start_url = https://me:Hunter2@corp.awsapps.com/start\n";
        let section = if session.is_empty() { "" } else { "[sso-session s]\n" };
        let config = format!("[profile p]\n{session}{role}{section}{url}");
        let outputs = shown(&config, "unter2");
        let told = format!(
            "error: profile `p`: `sso_start_url` contains a user name or a password\n  --> \
             ~/.aws/config:{line}\nhint: start URLs look like `https://corp.awsapps.com/start`\n"
        );
        for index in [0, 8, 10] {
            assert_eq!(outputs[index].status.code(), Some(4), "{:?}", SHOWING[index]);
            assert!(outputs[index].stderr.contains(&told), "{}", outputs[index].stderr);
        }
    }
    let url = "https://me:Hunter2@corp.awsapps.com/start";
    let flags =
        ["--account-id", "123456789012", "--role-name", "Admin", "--sso-region", "eu-west-1"];
    let home = Home::with_aws();
    home.run([&["--start-url", url][..], &flags, &["export"]].concat()).fails(
        2,
        "error: the value of --start-url contains a user name or a password\nhint: start URLs look \
         like `https://corp.awsapps.com/start`\n",
    );
}
