//! The command line itself: what it refuses, and how.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;

use crate::support::{DEV, Home};
use crate::words::{Case, lead_on};

/// Options that contradict each other, and values that cannot be.
const MISFITS: &[Case] = &[
    (
        &["--start-url", "https://x/start/\\#/", "--sso-region", "eu-west-1", "login"],
        "--start-url `https://x/start/\\#/` has a backslash",
        &["write it as 'https://x/start/#/'"],
    ),
    (
        &["-p", "dev", "--sso-session", "corp", "export"],
        "--profile and --sso-session cannot be used together: a profile already names a role",
        &[],
    ),
    (
        &["-p", "dev", "--role-name", "Admin", "export"],
        "--profile and --role-name cannot be used together: a profile already names a role",
        &[],
    ),
    (
        &["--sso-session", "corp", "export"],
        "--sso-session needs both --account-id ID and --role-name NAME",
        &[],
    ),
    (
        &["--sso-session", "corp", "--account-id", "123456789012", "export"],
        "--sso-session needs both --account-id ID and --role-name NAME",
        &[],
    ),
    (
        &["--sso-session", "corp", "--role-name", "Admin", "export"],
        "--sso-session needs both --account-id ID and --role-name NAME",
        &[],
    ),
    (
        &["--account-id", "123456789012", "--role-name", "Admin", "export"],
        "--account-id needs --sso-session NAME, or --start-url URL with --sso-region REGION",
        &[],
    ),
    (
        &["--sso-region", "eu-west-1", "export"],
        "--sso-region needs --sso-session NAME, or --start-url URL with --sso-region REGION",
        &[],
    ),
    (
        &["--start-url", "https://x", "--account-id", "123456789012", "--role-name", "A", "export"],
        "--start-url needs --sso-region REGION",
        &[],
    ),
    (
        &["--sso-session", "corp", "--account-id", "12345678901", "--role-name", "A", "export"],
        "--account-id `12345678901` is not twelve digits",
        &["leading zeros count; `--account NAME` takes the account's name"],
    ),
    (
        &["--sso-session", "corp", "--account-id", "12345678901x", "--role-name", "A", "export"],
        "--account-id `12345678901x` is not twelve digits",
        &["leading zeros count; `--account NAME` takes the account's name"],
    ),
    (&["-p", "", "export"], "the value of --profile is empty", &[]),
    (&["--sso-session", "", "export"], "the value of --sso-session is empty", &[]),
    (
        &["-p", "dev", "--mfa-code", "12345", "export"],
        "the value of --mfa-code is not six digits",
        &[],
    ),
    (
        &["-p", "dev", "--mfa-code", "FAKEsecret", "export"],
        "the value of --mfa-code is not six digits",
        &[],
    ),
    (
        &["-p", "dev", "--mfa-code", "", "credential-process"],
        "the value of --mfa-code is not six digits",
        &[],
    ),
    (&["--role-name", "", "exec", "true"], "the value of --role-name is empty", &[]),
];

#[test]
fn flags_that_do_not_fit() {
    lead_on(2, &Home::new().config(DEV), MISFITS);
}

#[test]
fn invalid_regions() {
    let home = Home::new().config(DEV);
    for region in ["", "eu west", "evil.example/", "é", "-x\u{1b}[2J"] {
        let shown = region.replace('\u{1b}', "\\u{1b}");
        let region = format!("--region={region}");
        home.run(["-p", "dev", &region, "export"]).fails(
            2,
            &format!(
                "error: --region `{shown}` is not the name of a region\n\
                 hint: regions look like `eu-central-1`\n"
            ),
        );
    }
}

#[test]
fn what_clap_refuses_goes_to_stderr_with_2() {
    let home = Home::new();
    for arguments in [
        &["--no-such-option"][..],
        &["no-such-verb"],
        &["export", "surplus"],
        &["exec"],
        &["exec", "--no-such-option"],
        &["-p"],
        &["-p", "a", "-p", "b", "export"],
    ] {
        let output = home.run(arguments).output();
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        assert_eq!(output.stdout(), "", "{arguments:?}");
        assert!(output.stderr.starts_with("error: "), "{arguments:?}: {}", output.stderr);
    }
}

#[test]
fn a_command_that_is_taken_for_the_file_of_write_credentials() {
    Home::new().run(["exec", "--write-credentials", "true"]).fails(
        2,
        "error: `exec` needs a command\n\
         hint: without FILE, put `--` before the command: `exec --write-credentials -- COMMAND`\n",
    );
}

#[test]
fn force_is_not_for_the_lines_of_a_shell() {
    let output = Home::new().run(["init", "bash", "--force"]).output();
    assert_eq!((output.status.code(), output.stdout()), (Some(2), ""));
}

#[test]
fn no_arguments_show_the_help_on_stderr() {
    let output = Home::new().run([""; 0]).output();
    assert_eq!(output.status.code(), Some(2));
    assert_eq!(output.stdout(), "");
    assert!(output.stderr.contains("Usage: ssowrap"), "{}", output.stderr);
}

#[test]
fn help_and_version_go_to_stdout() {
    let home = Home::new();
    for flag in ["-h", "--help"] {
        let output = home.run([flag]).succeeds();
        assert!(output.stdout().contains("Usage: ssowrap"), "{}", output.stdout());
    }
    let output = home.run(["export", "--help"]).succeeds();
    assert!(output.stdout().contains("Usage: ssowrap export"), "{}", output.stdout());
    for words in
        [&["--version"][..], &["-V"], &["-q", "-V"], &["-V", "export"], &["-p", "x", "-V", "bogus"]]
    {
        home.run(words).prints(concat!("ssowrap ", env!("CARGO_PKG_VERSION"), "\n"));
    }
    for words in [&["export", "-V"][..], &["bogus", "-V"], &["-p", "-V"]] {
        assert_eq!(home.run(words).output().status.code(), Some(2), "{words:?}");
    }
}

/// The variables of the test below, in their order.
#[test]
fn the_help_names_the_variables_of_the_profile() {
    let help = |line: &[&str], flag| {
        let help = Home::new().run(line.iter().chain(&[flag])).succeeds().stdout().to_owned();
        help.split_whitespace().collect::<Vec<_>>().join(" ")
    };
    let all = "[default: AWS_PROFILE, AWS_DEFAULT_PROFILE, SSOWRAP_PROFILE, `default`]";
    let whoami = help(&["whoami"], "--help");
    assert!(whoami.contains(all), "{whoami}");
    let of_others = "[default: AWS_PROFILE, AWS_DEFAULT_PROFILE, `default`]";
    for line in [&["credential-process"][..], &["eks", "get-token"], &["generate"], &["logout"]] {
        for flag in ["-h", "--help"] {
            let help = help(line, flag);
            assert!(help.contains(of_others) && !help.contains("SSOWRAP_PROFILE"), "{help}");
        }
    }
    for line in [&["cache"][..], &["cache", "list"], &["cache", "clear"]] {
        let cache = help(line, "--help");
        assert!(cache.contains("[default: all]") && !cache.contains("SSOWRAP_PROFILE"), "{cache}");
    }
}

#[test]
fn the_help_says_what_an_option_means_to_the_verb() {
    let help = |verb: &str| {
        let help = Home::new().run([verb, "--help"]).succeeds().stdout().to_owned();
        help.split_whitespace().collect::<Vec<_>>().join(" ")
    };
    let configure = help("configure");
    for part in
        ["Region to write into the profiles", "--account <PATTERN>", "--role-name <PATTERN>"]
    {
        assert!(configure.contains(part), "{configure}");
    }
    for part in ["Without a profile", "Instead of the id"] {
        assert!(!configure.contains(part), "{configure}");
    }
    // The same order as for other verbs, although `explain` takes few options of the second group.
    let explain = help("explain");
    assert!(explain.find("Which credentials:") < explain.find("How to get them:"), "{explain}");
    let each = help("each");
    assert!(each.contains("--account <PATTERN>") && !each.contains("AWS_PROFILE"), "{each}");
    assert!(help("credential-process").contains("[default: SSOWRAP_LOGIN, else never]"));
    assert!(help("export").contains("else auto at a terminal"));
    assert!(help("serve").contains("Profile to serve; can be given several times [default:"));
    assert!(help("aws2-wrap").ends_with("Example: eval \"$(aws2-wrap --profile prod --export)\""));
}

#[test]
fn the_profile_comes_from_option_then_variables_then_default() {
    let config = "\
[default]
aws_access_key_id = AKIADEFAULT
aws_secret_access_key = FAKEsecret
[profile a]
aws_access_key_id = AKIAA
aws_secret_access_key = FAKEsecret
[profile b]
aws_access_key_id = AKIAB
aws_secret_access_key = FAKEsecret
";
    let credentials = "[c]\naws_access_key_id = AKIAC\naws_secret_access_key = FAKEsecret\n";
    let home = Home::new().config(config).credentials(credentials);
    for (option, aws_profile, aws_default_profile, ssowrap_profile, key, profile) in [
        (None, "", "", "", "AKIADEFAULT", "default"),
        (None, "", "", "a", "AKIAA", "a"),
        (None, "", "c", "a", "AKIAC", "c"),
        (None, "b", "c", "a", "AKIAB", "b"),
        (Some("a"), "b", "c", "", "AKIAA", "a"),
    ] {
        let arguments = option.map_or(vec!["export"], |name| vec!["export", "-p", name]);
        let run = home.run(arguments);
        let run = run.env("AWS_PROFILE", aws_profile).env("SSOWRAP_PROFILE", ssowrap_profile);
        let exported = run.env("AWS_DEFAULT_PROFILE", aws_default_profile).succeeds().exported();
        assert_eq!(exported["AWS_ACCESS_KEY_ID"], key);
        assert_eq!(exported["SSOWRAP_PROFILE"], profile);
    }
}

#[test]
#[cfg(unix)]
fn a_profile_variable_that_is_not_utf8_does_not_fall_back() {
    let home = Home::new().config("[default]\naws_access_key_id = A\naws_secret_access_key = B\n");
    for variable in ["AWS_PROFILE", "AWS_DEFAULT_PROFILE"] {
        home.run(["export"]).env(variable, OsStr::from_bytes(b"caf\xe9")).fails(
            4,
            &format!(
                "error: {variable} is not UTF-8, so no profile has that name\nhint: set {variable} \
                 again, or choose a profile with `-p NAME`\n"
            ),
        );
    }
}

/// If they were ignored, the result would differ from what the user expects.
#[test]
fn variables_that_are_not_utf8_are_refused() {
    let home = Home::new().config(DEV).login("corp");
    let broken = OsStr::from_bytes(b"http://\xff");
    for (variable, code) in [
        ("AWS_REGION", 4),
        ("AWS_DEFAULT_REGION", 4),
        ("AWS_ENDPOINT_URL", 4),
        ("AWS_ENDPOINT_URL_SSO", 4),
        ("HTTP_PROXY", 4),
    ] {
        let output = home.run(["-p", "dev", "export"]).env(variable, broken).output();
        assert_eq!(output.status.code(), Some(code), "{variable}: {}", output.stderr);
        assert!(output.stderr.contains(variable), "{}", output.stderr);
    }
}
