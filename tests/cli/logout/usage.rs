//! Options that contradict each other, and malicious names.

use super::*;

#[test]
fn what_does_not_go_together() {
    let home = home();
    for (arguments, words) in [
        (&["--all", "-p", "dev"][..], "error: --all and --profile cannot be used together\n"),
        (
            &["--all", "--sso-session", "corp"],
            "error: --all and --sso-session cannot be used together\n",
        ),
        (
            &["--sso-session", "corp", "--role-name", "x"],
            "error: `logout` does not take --role-name\n\
             hint: it is for `export`, `credential-process`, `exec`, `each`, `serve`, `console`, `eks`, \
             `generate`, `configure`, `whoami`, `explain`, `cache`\n",
        ),
        (
            &["--sso-region", "eu-west-1"],
            "error: --sso-region needs --sso-session NAME, or --start-url URL with --sso-region \
             REGION\n",
        ),
    ] {
        home.run(["logout"].iter().chain(arguments)).fails(2, words);
    }
    assert_eq!(home.aws().count(LOGOUT), 0);
}

#[test]
fn it_is_unclear_which_login() {
    let home = home();
    home.run(["-p", "keys", "logout"]).fails(
        4,
        "error: profile `keys` has no login: its credentials do not come from Identity Center\n\
         hint: `ssowrap profiles` shows the kind of each profile\n",
    );
    home.run(["logout"]).fails(
        4,
        "error: there is no `default` profile in ~/.aws/config or ~/.aws/credentials, and none was \
         chosen\n\
         hint: choose one with `-p NAME` or AWS_PROFILE; `ssowrap profiles` lists them\n\
         hint: or choose a login with `--sso-session NAME`; `ssowrap status --all` lists them\n\
         hint: or end every login with `--all`\n",
    );
    assert_eq!(home.run(["--sso-session", "typo", "logout"]).output().status.code(), Some(4));
}

/// Like `login`: the only login in the config needs no name.
#[test]
fn the_only_login() {
    let home = Home::with_aws().config(DEV).login("corp");
    let (code, words) = logout(&home, &[]);
    assert!(code == Some(0) && words.starts_with("signed out of sso-session `corp`\n"), "{words}");
    // An `aws login` login is another one.
    let both = format!("{DEV}[profile me]\nlogin_session = arn:aws:iam::123456789012:user/me\n");
    let (code, words) = logout(&home.config(&both).login("corp"), &[]);
    assert!(code == Some(4) && words.contains("end every login with `--all`"), "{words}");
}

#[test]
fn hostile_names_are_harmless() {
    let config = DEV.replace("corp", "'c\u{1b}[2J\u{202e}'").replace(".awsapps", "corp.awsapps");
    let home = Home::with_aws().config(&config).login("c\u{1b}[2J\u{202e}");
    let (code, words) = logout(&home, &["--sso-session", "c\u{1b}[2J\u{202e}"]);
    assert_eq!((code, &*words), (Some(0), "signed out of sso-session `c\\u{1b}[2J\\u{202e}`\n"));
}

/// A token that botocore wrote, and role credentials in the AWS CLI's own cache.
#[test]
fn what_botocore_wrote() {
    let Some(python) = installed("python/bin/python") else { return };
    let token = token_of("corp").expires_in(TimeDelta::minutes(5));
    let home = home().refreshable().token("corp", &token);
    let _ = fs::remove_dir_all(home.path(CLI_CACHE));
    let script = |name: &str| format!("{}/tests/clients/{name}", env!("CARGO_MANIFEST_DIR"));
    home.tool(&python, [script("sso_token.py"), "dev".to_owned()]).succeeds();
    let written = fs::read_to_string(home.path(&token_file("corp"))).expect("a token");
    assert!(!written.contains(&token.access_token), "botocore wrote a new one");
    home.tool(&python, [script("role_cache.py"), "dev".to_owned()]).succeeds();
    home.tool(&python, [script("role_cache.py"), "third".to_owned()]).succeeds();
    assert_eq!(names(&home.path(CLI_CACHE)).len(), 2);
    assert_eq!(logout(&home, &["-p", "dev"]).0, Some(0));
    assert_eq!(names(&home.path(CLI_CACHE)).len(), 1);
    assert_eq!(home.aws().count(LOGOUT), 1);
    let home = home.raw_token("corp", written);
    assert_eq!(home.run(["-p", "dev", "export"]).output().status.code(), Some(3));
}

/// AWS accepts exported keys until they expire, and only the shell can remove them.
#[test]
fn keys_that_this_shell_still_has() {
    let unset = "which AWS accepts until they expire; to remove them: eval \"$(ssowrap export \
                 --unset)\"\n";
    let of_dev = format!("this shell still has the credentials of profile `dev`, {unset}");
    let of_role = format!("this shell still has the credentials of a role, {unset}");
    let config = format!(
        "{DEV}{MORE}{KEYS}[profile me]\nlogin_session = arn:aws:iam::123456789012:user/me\n"
    );
    let one = ["--sso-session", "corp", "logout"];
    for (line, variable, value, told) in [
        (&one[..], "SSOWRAP_PROFILE", "dev", of_dev.as_str()),
        (&one, "SSOWRAP_PROFILE", "deploy", &of_dev.replace("`dev`", "`deploy`")),
        (&one, "SSOWRAP_PROFILE", "renamed", &of_dev.replace("`dev`", "`renamed`")),
        (&one, "SSOWRAP_ROLE", "--sso-session corp", &of_role),
        (&["logout", "--all"], "SSOWRAP_PROFILE", "third", &of_dev.replace("`dev`", "`third`")),
        (&["-p", "me", "logout"], "SSOWRAP_PROFILE", "me", &of_dev.replace("`dev`", "`me`")),
        // Of another login, of none, and not of ssowrap.
        (&one, "SSOWRAP_PROFILE", "third", ""),
        (&one, "SSOWRAP_PROFILE", "me", ""),
        (&one, "SSOWRAP_PROFILE", "keys", ""),
        (&one, "AWS_SECRET_ACCESS_KEY", "FAKEsecret", ""),
    ] {
        let home = home().config(&config);
        let said =
            home.run(line).env("AWS_ACCESS_KEY_ID", "ASIAFAKE").env(variable, value).output();
        assert_eq!(said.status.code(), Some(0), "{}", said.stderr);
        let end = said.stderr.find("this shell").map_or("", |at| &said.stderr[at..]);
        assert_eq!(end, told, "{line:?} {value}");
        // Without keys there is nothing to remove.
        let said = home.run(line).env(variable, value).output();
        assert!(!said.stderr.contains("this shell"), "{}", said.stderr);
    }
}
