//! `ssowrap export`.

use crate::support::{DEV, Home, KEYS, Token};
use crate::terminal::Terminal;

#[test]
fn sso_credentials() {
    let home = Home::with_aws().config(DEV).login("corp");
    let output = home.run(["-p", "dev", "export"]).succeeds();
    let names: Vec<&str> =
        output.stdout().lines().filter_map(|line| line.split('=').next()).collect();
    assert_eq!(
        names,
        [
            "export AWS_ACCESS_KEY_ID",
            "export AWS_SECRET_ACCESS_KEY",
            "export AWS_SESSION_TOKEN",
            "export AWS_CREDENTIAL_EXPIRATION",
            "export AWS_REGION",
            "export AWS_DEFAULT_REGION",
            "export SSOWRAP_REGION",
            "export SSOWRAP_PROFILE",
            "export AWS_ACCOUNT_ID",
            "export SSOWRAP_EXPIRES_AT",
            "export SSOWRAP_RENEW_AT",
        ]
    );
    let exported = output.exported();
    assert_eq!(exported["AWS_REGION"], "eu-west-1");
    assert_eq!(exported["SSOWRAP_PROFILE"], "dev");
    let log = home.aws().log();
    assert_eq!(log.len(), 1);
    assert_eq!(log[0].operation, "GetRoleCredentials");
    assert_eq!(log[0].param("account_id"), "123456789012");
    assert_eq!(log[0].param("role_name"), "Admin");
    assert_eq!(log[0].issued_access_key_id.as_ref(), exported.get("AWS_ACCESS_KEY_ID"));
    let ends = &exported["AWS_CREDENTIAL_EXPIRATION"];
    assert!(ends.len() == 20 && ends.ends_with('Z'), "{ends}");
}

/// Lines shown on a terminal have not been evaluated by a shell yet.
#[test]
fn without_eval() {
    let home = Home::new().config(KEYS);
    let shown = |words: &[&str]| {
        let words = ["-p", "keys", "export"].iter().chain(words);
        let text = Terminal::start(home.run(words)).ends().1;
        let told = "nothing is set yet; to load these into your shell: ";
        text.lines().find_map(|line| line.strip_prefix(told)).map(|line| line.trim_end().to_owned())
    };
    for format in ["sh", "fish"] {
        let line = "eval \"$(ssowrap -p keys export)\"";
        assert_eq!(shown(&["--format", format]).as_deref(), Some(line));
    }
    for words in [&["-q", "--format", "sh"][..], &["--format", "dotenv"], &["--output", "file"]] {
        assert_eq!(shown(words), None, "{words:?}");
    }
}

#[test]
fn a_role_given_by_flags_without_any_config() {
    let home =
        Home::with_aws().login("corp").token("https://corp.awsapps.com/start/", &Token::new());
    for flags in [
        &["--sso-session", "corp"][..],
        &["--sso-session", "corp", "--sso-region", "eu-central-1"],
        &[
            "--sso-session",
            "corp",
            "--start-url",
            "https://corp.awsapps.com/start",
            "--sso-region",
            "eu-central-1",
        ],
        &["--start-url", "https://corp.awsapps.com/start/", "--sso-region", "eu-central-1"],
    ] {
        let role = ["--account-id", "210987654321", "--role-name", "Developer", "export"];
        // AWS_PROFILE is ignored if options choose the role.
        let run = home.run(flags.iter().chain(&role)).env("AWS_PROFILE", "no-such-profile");
        let output = run.env("SSOWRAP_PROFILE", "an-earlier-one").succeeds();
        let gone = "unset SSOWRAP_PROFILE AWS_PROFILE;\n";
        assert!(output.stdout().starts_with(gone), "{flags:?}");
        assert!(!output.exported().contains_key("AWS_REGION"));
        let log = home.aws().log();
        let request = log.last().expect("a request");
        assert_eq!(
            (request.param("account_id"), request.param("role_name")),
            ("210987654321", "Developer")
        );
    }
}

#[test]
fn static_keys_remove_what_temporary_ones_left() {
    Home::new().config(KEYS).run(["-p", "keys", "export"]).prints(
        "unset AWS_SESSION_TOKEN AWS_CREDENTIAL_EXPIRATION;\n\
         export AWS_ACCESS_KEY_ID='AKIAEXAMPLE'\n\
         export AWS_SECRET_ACCESS_KEY='FAKEsecret/+key'\n\
         export SSOWRAP_PROFILE='keys'\n",
    );
}

#[test]
fn what_belongs_to_other_credentials_is_removed() {
    let home = Home::new()
        .config(KEYS)
        .env("AWS_SECURITY_TOKEN", "FAKEtoken of others")
        .env("AWS_ACCOUNT_ID", "999999999999")
        .env("AWS_BEARER_TOKEN_BEDROCK", "FAKEtoken of others")
        .env("AWS_PROFILE", "keys");
    home.run(["-p", "keys", "export"]).prints(
        "unset AWS_SESSION_TOKEN AWS_CREDENTIAL_EXPIRATION AWS_SECURITY_TOKEN AWS_ACCOUNT_ID \
         AWS_BEARER_TOKEN_BEDROCK;\n\
         export AWS_ACCESS_KEY_ID='AKIAEXAMPLE'\n\
         export AWS_SECRET_ACCESS_KEY='FAKEsecret/+key'\n\
         export SSOWRAP_PROFILE='keys'\n",
    );
    let home = home.config(&format!("{KEYS}aws_account_id = 123456789012\n"));
    let exported = home.run(["-p", "keys", "export"]).succeeds().exported();
    assert_eq!(exported["AWS_ACCOUNT_ID"], "123456789012");
}

/// A shell's own redirection creates a file that others can read, or one in UTF-16.
#[test]
#[cfg(unix)]
fn into_a_file() {
    use std::os::unix::fs::PermissionsExt;
    let home = Home::new().config(KEYS).file("out", "old");
    let expected = home.run(["-p", "keys", "export"]).succeeds().stdout;
    for option in ["-o", "--output"] {
        home.run(["-p", "keys", "export", option, "out"]).prints("");
        let mode = std::fs::metadata(home.path("out")).expect("a file").permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        assert_eq!(std::fs::read(home.path("out")).expect("a file"), expected);
    }
    home.run(["-p", "keys", "export", "--format", "ini", "-o", "out"]).prints("");
    let text = std::fs::read_to_string(home.path("out")).expect("a file");
    assert!(text.starts_with("[keys]\n"), "{text}");
    home.run(["-p", "keys", "export", "-o", "no/such/directory"]).fails(
        1,
        "error: cannot write ~/no/such/directory: No such file or directory (os error 2)\nhint: \
         create its directory first\n",
    );
    home.run(["-p", "keys", "export", "--format", "github", "-o", "out"])
        .env("GITHUB_ENV", "env")
        .fails(2, "error: --output cannot be used with this format, which appends to GITHUB_ENV\n");
}

/// Git Bash treats a secret that begins with `/` as a path.
#[test]
fn in_git_bash_values_stay_what_they_are() {
    let home = Home::new().config(KEYS).env("MSYSTEM", "MINGW64");
    let run =
        home.run(["-p", "keys", "export"]).env("MSYS2_ENV_CONV_EXCL", "MINE;AWS_SECRET_ACCESS_KEY");
    let exported = run.succeeds().exported();
    assert_eq!(
        exported["MSYS2_ENV_CONV_EXCL"],
        "MINE;AWS_SECRET_ACCESS_KEY;AWS_ACCESS_KEY_ID;SSOWRAP_PROFILE"
    );
}

#[test]
fn a_value_with_a_nul_refused() {
    let json =
        r#"{"Version": 1, "AccessKeyId": "AKIAEXAMPLE", "SecretAccessKey": "FAKEsecret\u0000x"}"#;
    let home = Home::new()
        .config("[profile p]\ncredential_process = cat nul.json\n")
        .file("nul.json", json);
    for verb in [&["export"][..], &["exec", "true"]] {
        home.run(["-p", "p"].iter().chain(verb)).fails(
            1,
            "error: the value of AWS_SECRET_ACCESS_KEY holds a NUL character\n\
             hint: the source of these credentials is broken\n",
        );
    }
}

#[test]
fn warnings_about_the_config_are_shown_with_v() {
    let config = format!("{KEYS}this line says nothing\n");
    let home = Home::new().config(&config);
    let output = home.run(["-v", "-p", "keys", "export"]).output();
    assert!(output.stderr.contains("(~/.aws/config:4)"), "{}", output.stderr);
    // Also those of other profiles, and only those.
    home.write(".aws/config", format!("{KEYS}[profile other]\nthis line says nothing\n"));
    let output = home.run(["-v", "-p", "keys", "export"]).output();
    let told = "warning: there is no `=` between a name and a value (~/.aws/config:5)\n";
    assert_eq!((output.stderr.as_str(), output.status.success()), (told, true));
    home.run(["-p", "keys", "export"]).succeeds();
}
