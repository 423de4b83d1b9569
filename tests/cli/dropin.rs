//! ssowrap as a replacement for aws2-wrap.

mod files;
mod init;
mod sides;
mod table;

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;

use chrono::TimeDelta;
use fake_aws::{Entry, fingerprint};

use crate::entries::own_files;
use crate::support::{DEV, Home, KEYS, Run, SSOWRAP, START_URL, Token, token_file};
use sides::{CONFIG, in_place};

/// A home with the profiles of [`CONFIG`], in which `aws2-wrap` is ssowrap.
fn home() -> Home {
    in_place(Home::with_aws(), Path::new(SSOWRAP))
}

fn aws2_wrap<'a>(home: &'a Home, line: &[&str]) -> Run<'a> {
    home.tool(home.path("bin/aws2-wrap"), line)
}

/// A run that exits with 1 and this message.
#[track_caller]
fn fails(home: &Home, line: &[&str], stderr: &str) {
    let output = aws2_wrap(home, line).output();
    assert_eq!((output.stdout(), output.stderr.as_str()), ("", stderr));
    assert_eq!(output.status.code(), Some(1));
}

#[test]
fn by_whatever_name() {
    let home = home();
    let link = home.path("bin/aws2-wrap");
    let expected = aws2_wrap(&home, &["--export"]).succeeds().stdout;
    assert!(expected.starts_with(b"export AWS_ACCESS_KEY_ID=ASIA"));
    assert_eq!(home.run(["aws2-wrap", "--export"]).succeeds().stdout, expected);
    assert_eq!(home.tool("aws2-wrap", ["--export"]).succeeds().stdout, expected);
    fs::remove_file(&link).expect("own file");
    // A temporary directory may be on a different file system from the program.
    if fs::hard_link(SSOWRAP, &link).is_ok() {
        assert_eq!(aws2_wrap(&home, &["--export"]).succeeds().stdout, expected);
        fs::remove_file(&link).expect("own file");
    }
    fs::copy(SSOWRAP, &link).expect("a copy");
    assert_eq!(aws2_wrap(&home, &["--export"]).succeeds().stdout, expected);
    // No other name counts.
    symlink(SSOWRAP, home.path("bin/aws2-wrapper")).expect("a link");
    let output = home.tool("aws2-wrapper", ["--export"]).output();
    assert_eq!(output.status.code(), Some(2));
    home.run(["-p", "dev", "aws2-wrap", "--export"]).fails(
        2,
        "error: aws2-wrap takes none of ssowrap's options: it has its own\nhint: put its options \
         after it: `ssowrap aws2-wrap --profile NAME ...`\n",
    );
    for line in [&["--help"][..], &["-h"]] {
        let help = home.run(["aws2-wrap"].iter().chain(line)).succeeds();
        assert!(
            help.stdout().contains("--credentialsfile PATH") && help.stdout().contains("ssowrap")
        );
        let fits = |line: &str| line.chars().count() <= 80;
        assert!(help.stdout().lines().count() <= 24 && help.stdout().lines().all(fits));
    }
}

/// aws2-wrap would ask every time.
#[test]
fn the_cache_is_used() {
    let home = home();
    for line in [
        &["--profile", "deep", "--export"][..],
        &["--profile", "deep", "--process"],
        &["--profile", "deep"],
    ] {
        aws2_wrap(&home, line).succeeds();
    }
    assert_eq!(home.aws().count("*"), 3);
}

#[test]
fn a_command_takes_its_place() {
    let home = home();
    let output = aws2_wrap(&home, &["sh", "-c", "echo $$"]).succeeds();
    assert_eq!(output.stdout(), format!("{}\n", output.pid));
    let output = aws2_wrap(&home, &["--exec", "echo $$"]).succeeds();
    assert_eq!(output.stdout(), format!("{}\n", output.pid));
    aws2_wrap(&home, &["cat"]).stdin("in").prints("in");
    let script = "aws2-wrap sh -c 'kill -15 $$'; echo $?; aws2-wrap --exec 'kill -9 $$'; echo $?";
    assert_eq!(home.tool("sh", ["-c", script]).report().stdout(), "143\n137\n");
    let output = aws2_wrap(&home, &["nosuchcommand"]).output();
    assert_eq!(output.status.code(), Some(127));
    assert_eq!(output.stderr, "`nosuchcommand`: command not found\nhint: it is not in PATH\n");
}

/// What an outer ssowrap said about the keys in this environment isn't true of these.
#[test]
fn replacing_other_keys() {
    let home = home();
    let env = "env | grep -E '^(SSOWRAP_(PROFILE|ROLE|EXP|REN)|AWS_(ACC|CRED|SESS|DEFAULT_R))' | cut -d= -f1";
    let own = ["AWS_ACCESS_KEY_ID", "AWS_DEFAULT_REGION", "AWS_SESSION_TOKEN"];
    let listed = |output: crate::support::Output| {
        let mut names: Vec<String> = output.stdout().lines().map(str::to_owned).collect();
        names.sort();
        names
    };
    for other in
        [&["-p", "dev"][..], &["-p", "dev", "--assume", "arn:aws:iam::123456789012:role/r"]]
    {
        let words = ["exec", "aws2-wrap", "--profile", "deep", "--exec", env];
        assert_eq!(listed(home.run([other, &words].concat()).succeeds()), own, "{other:?}");
        let script = format!("eval \"$(aws2-wrap --profile deep --export)\"; {env}");
        let words = ["exec", "sh", "-c", &script];
        assert_eq!(listed(home.run([other, &words].concat()).succeeds()), own, "{other:?}");
    }
    // The user has set it, for whatever reason.
    let run = aws2_wrap(&home, &["--exec", "echo $AWS_ACCOUNT_ID"]);
    run.env("AWS_ACCOUNT_ID", "000000000042").prints("000000000042\n");
}

/// The region that ssowrap has set for one profile does not decide for another.
#[test]
fn a_region_of_other_keys() {
    let plain = "[profile plain]\nsso_start_url = https://corp.awsapps.com/start\nsso_region = \
                 eu-central-1\nsso_account_id = 123456789012\nsso_role_name = Admin\n";
    let home = home().config(&format!("{CONFIG}{plain}"));
    let regions = "echo ${AWS_REGION-none} ${AWS_DEFAULT_REGION-none} ${SSOWRAP_REGION-none}";
    let given = "eval \"$(ssowrap -p default export)\"";
    symlink(SSOWRAP, home.path("bin/ssowrap")).expect("a link");
    let shell = |lines: &[&str]| home.tool("sh", ["-c", &lines.join("\n")]);
    let export = |profile: &str| format!("eval \"$(aws2-wrap --profile {profile} --export)\"");
    let run = |profile: &str| format!("aws2-wrap --profile {profile} --exec '{regions}'");
    let next = "none us-west-1 us-west-1:AWS_DEFAULT_REGION\n";
    shell(&[given, &run("deep")]).prints(next);
    shell(&[given, &export("deep"), regions]).prints(next);
    shell(&[given, &run("plain")]).prints("none none none\n");
    shell(&[given, &export("plain"), regions]).prints("none none none\n");
    // The next ssowrap still knows it as its own.
    let then = "eval \"$(ssowrap -p default export)\"";
    let both = "eu-west-1 eu-west-1 eu-west-1:AWS_REGION,AWS_DEFAULT_REGION\n";
    shell(&[given, &export("deep"), then, regions]).prints(both);
    // The user's own stay, whichever of the two they are in.
    let own = "mine mine mine:AWS_DEFAULT_REGION\n";
    shell(&["export AWS_REGION=mine", given, &run("deep")]).prints(own);
    let own = "mine us-west-1 us-west-1:AWS_DEFAULT_REGION\n";
    shell(&[given, "AWS_REGION=mine", &run("deep")]).prints(own);
    shell(&[given, "AWS_DEFAULT_REGION=mine", &run("deep")]).prints("none mine none\n");
    // The original's own rule: the first profile's stays.
    shell(&[&export("default"), &export("deep"), regions]).prints("none eu-west-1 none\n");
}

/// First the words that scripts look for, then ours.
#[test]
fn words_for_failures() {
    let home = home();
    fails(
        &home,
        &["--profile", "deev", "--export"],
        "Cannot find profile 'deev' in ~/.aws/config\nhint: did you mean `dev` or `deep`?\nhint: \
         `ssowrap profiles` lists the profiles; `ssowrap configure` adds more\n",
    );
    let login = Token::new().start_url("https://old.awsapps.com/start").without_refresh();
    let home = home.token("old", &login.expires_in(TimeDelta::minutes(-125)));
    let output = aws2_wrap(&home, &["--profile", "on-old"]).output();
    let lines: Vec<&str> = output.stderr.lines().collect();
    assert_eq!(lines[0], "Please login with 'aws sso login --profile=old'");
    assert!(
        lines[1].starts_with("profile `old` needs a login: the token of sso-session `old` expired")
    );
    assert_eq!(lines[2..], ["hint: run `ssowrap login --sso-session old`"]);
    std::fs::remove_file(home.path(&token_file("old"))).expect("own file");
    for mode in [&["--export"][..], &["--process"], &["true"]] {
        let output = aws2_wrap(&home, &[&["--profile", "on-old"], mode].concat()).output();
        let first = "Please login with 'aws sso login --profile=old'\nprofile `old` needs a login: \
                     there is no token for sso-session `old` (";
        assert!(output.stderr.starts_with(first), "{}", output.stderr);
        assert_eq!(output.status.code(), Some(1));
    }
    fails(&home, &["--profile", "no-base"], "Cannot find profile 'nowhere' in ~/.aws/config\n");
    home.aws().deny_role("arn:aws:iam::210987654321:role/Deploy");
    let output = aws2_wrap(&home, &["--profile", "deploy"]).output();
    let lines: Vec<&str> = output.stderr.lines().collect();
    assert_eq!(lines[0], "Failed to assume-role 'arn:aws:iam::210987654321:role/Deploy'");
    assert!(lines[1].starts_with("profile `deploy` may not assume arn:"), "{}", lines[1]);
}

/// Nobody typed `default`, so nobody mistyped it.
#[test]
fn words_for_a_profile_that_nobody_named() {
    let config = CONFIG.replace("[default]", "[profile base]").replace("= default", "= base");
    let home = home().config(&format!("{config}{}", KEYS.replace("keys]", "my-default]")));
    let first = "Cannot find profile 'default' in ~/.aws/config\nhint: ";
    for (line, hint) in [
        (&[][..], CHOOSE),
        (&["export"], CHOOSE),
        (&["--export"], CHOOSE),
        (&["true", "--profile", "deev"], CHOOSE),
        (&["dev", "--export"], "`dev` is a profile: `--profile dev`"),
        (
            &["terraform", "plan", "--profile=dev"],
            "`--profile=dev` belongs to the command: put it before, as in `aws2-wrap --profile \
             dev terraform ...`",
        ),
        (
            &["aws", "s3", "ls", "--profile", "my prof"],
            "`--profile 'my prof'` belongs to the command: put it before, as in `aws2-wrap \
             --profile 'my prof' aws ...`",
        ),
    ] {
        fails(&home, line, &format!("{first}{hint}\n"));
    }
    let output = aws2_wrap(&home, &["--export"]).env("AWS_PROFILE", "deev").output();
    assert!(output.stderr.contains("did you mean `dev`"), "{}", output.stderr);
    // The original's words for a `default` that only has a region.
    let home = home.config(&format!("[default]\nregion = eu-west-1\n{config}"));
    for line in [&["--export"][..], &["dev", "--export"]] {
        let output = aws2_wrap(&home, line).output();
        let first = "'sso_start_url' not found in profile: 'default'\n";
        assert!(output.stderr.starts_with(first), "{}", output.stderr);
        let is_told = output.stderr.ends_with("\nhint: `dev` is a profile: `--profile dev`\n");
        assert_eq!(is_told, line.len() > 1, "{}", output.stderr);
    }
}

#[test]
fn a_profile_in_the_place_of_the_command() {
    let output = aws2_wrap(&home(), &["dev", "--export"]).output();
    assert_eq!(
        output.stderr,
        "`dev`: command not found\nhint: `dev` is a profile: `--profile dev`\n"
    );
    assert_eq!(output.status.code(), Some(127));
    let output = aws2_wrap(&home(), &["nosuchcommand", "--profile", "dev"]).output();
    assert_eq!(output.stderr, "`nosuchcommand`: command not found\nhint: it is not in PATH\n");
}

const CHOOSE: &str =
    "choose one with `--profile NAME` or AWS_PROFILE; `ssowrap profiles` lists them";

#[test]
fn words_for_unknown_options() {
    for (line, said) in [
        (
            &["-p", "dev", "--export"][..],
            "hint: `--profile NAME` names the profile\naws2-wrap: error: unrecognized arguments: -p\n",
        ),
        (
            &["--prof", "dev", "--export"],
            "hint: did you mean `--profile`?\naws2-wrap: error: unrecognized arguments: --prof\n",
        ),
        (&["--xyzzy"], "ARGUMENT]...\naws2-wrap: error: unrecognized arguments: --xyzzy\n"),
    ] {
        let output = aws2_wrap(&home(), line).output();
        assert!(output.stderr.ends_with(said), "{line:?}: {}", output.stderr);
        assert_eq!(output.status.code(), Some(2));
    }
}

/// Nothing in a profile is ever shown.
#[test]
fn no_profile_is_dumped() {
    let config = "[profile p]\naws_secret_access_key = FAKEsecret\nsso_region = eu-west-1\n";
    let home = home().config(config);
    fails(
        &home,
        &["--profile", "p"],
        "'sso_start_url' not found in profile: 'p'\nthe SSO settings of profile `p` are incomplete: \
         sso_role_name, sso_account_id, sso_start_url missing\n  --> ~/.aws/config:1\nhint: add \
         the lines, or let `ssowrap configure` write the profile\n",
    );
}

#[test]
fn no_network_is_no_reason_for_other_words() {
    let home = home().aws_gone();
    let output = aws2_wrap(&home, &["--export"]).output();
    assert!(output.stderr.starts_with("Please login with 'aws sso login --profile=default'\n"));
    assert!(output.stderr.contains("hint: check the network"), "{}", output.stderr);
    assert_eq!(output.status.code(), Some(1));
}

/// A login found under another key may be another person's.
#[test]
fn any_login_for_the_portal_does_but_nothing_is_kept() {
    let login = || Token::new().expires_in(TimeDelta::minutes(50));
    let home = home().config(DEV);
    for key in ["corp", "all", "bare-session", START_URL] {
        fs::remove_file(home.path(&crate::support::token_file(key))).expect("own file");
    }
    let other = Token { access_token: "aoaFAKEtoken-of-somebody".into(), ..login() };
    let of_another_region = Token { region: "us-east-1".into(), ..Token::new() };
    let home = home
        .token("other", &other)
        .token("another region", &of_another_region)
        .token("elsewhere", &login().start_url("https://corp.awsapps.com/start/"))
        .token("ended", &login().expires_in(TimeDelta::hours(-1)))
        .raw_token("broken", "{")
        .file(".aws/sso/cache/not-json", "x");
    fs::create_dir(home.path(".aws/sso/cache/directory")).expect("a directory");
    let export = || aws2_wrap(&home, &["--profile", "dev", "--export"]).succeeds().stdout;
    assert_ne!(export(), export());
    let log = home.aws().log_of("GetRoleCredentials");
    let used = |entry: &Entry| entry.headers["x-amz-sso_bearer_token"].clone();
    let used: Vec<_> = log.iter().map(used).collect();
    assert_eq!(used, [fingerprint(&other.access_token), fingerprint(&other.access_token)]);
    assert!(!home.path(".aws/cli/cache").exists());
    assert!(own_files(&home).is_empty());
    // ssowrap itself does not use it.
    let output = home.run(["-p", "dev", "export"]).output();
    assert_eq!(output.status.code(), Some(3));
    // An ended one of its own is not in the way.
    let home = home.token("corp", &login().without_refresh().expires_in(TimeDelta::hours(-1)));
    aws2_wrap(&home, &["--profile", "dev", "--export"]).succeeds();
    assert!(!home.path(".aws/cli/cache").exists());
    // Its own login takes precedence.
    let home = home.token("corp", &Token::new());
    aws2_wrap(&home, &["--profile", "dev"]).succeeds();
    assert!(home.path(".aws/cli/cache").exists());
}

/// What aws2-wrap cannot do at all.
#[test]
fn other_sources_do_too() {
    let config = format!(
        "{CONFIG}{KEYS}
[profile helper]
credential_process = cat answer.json
[DEFAULT]
region = eu-south-1
"
    );
    let answer = r#"{"Version": 1, "AccessKeyId": "A b", "SecretAccessKey": "FAKEsecret$(touch x)'\"", "Expiration": "2099-01-01T00:00:00Z"}"#;
    let home = home().config(&config).file("answer.json", answer);
    aws2_wrap(&home, &["--profile", "keys", "--export"]).prints(
        "export AWS_ACCESS_KEY_ID=AKIAEXAMPLE\nexport AWS_SECRET_ACCESS_KEY=FAKEsecret/+key\nunset \
         AWS_SESSION_TOKEN\nexport AWS_DEFAULT_REGION=eu-south-1\n",
    );
    aws2_wrap(&home, &["--profile", "keys", "--process"]).prints(
        "{\"Version\": 1, \"AccessKeyId\": \"AKIAEXAMPLE\", \"SecretAccessKey\": \"FAKEsecret/+key\"}\n",
    );
    let script = "eval \"$(aws2-wrap --profile helper --export)\"; printf '%s|%s' \"$AWS_ACCESS_KEY_ID\" \"$AWS_SECRET_ACCESS_KEY\"";
    home.tool("sh", ["-c", script]).prints("A b|FAKEsecret$(touch x)'\"");
    assert!(!home.path("x").exists());
    let output =
        aws2_wrap(&home, &["--profile", "keys", "--generate", "--outprofile", "o"]).succeeds();
    assert!(output.stdout().ends_with("\nThe credentials do not expire\n"));
}

/// The credentials file is used only for what the config file lacks.
#[test]
fn the_credentials_file_comes_second() {
    let stale = "[default]\naws_access_key_id = AKIASTALE\naws_secret_access_key = FAKEsecret\n\
                 sso_role_name = ReadOnly\nregion = us-east-1\n[base]\naws_access_key_id = \
                 AKIABASE\naws_secret_access_key = FAKEsecret/+base\n";
    let home = home().credentials(stale);
    // As the source of a chain, static keys would win otherwise.
    aws2_wrap(&home, &["--profile", "deploy"]).succeeds();
    let output = aws2_wrap(&home, &["--export"]).succeeds();
    assert!(output.stdout().ends_with("export AWS_DEFAULT_REGION=eu-west-1\n"));
    let log = home.aws().log_of("GetRoleCredentials");
    assert_eq!(log.len(), 1);
    assert_eq!(log[0].param("role_name"), "Admin");
    let output = aws2_wrap(&home, &["--profile", "base", "--generatestdout"]).succeeds();
    assert!(output.stdout().contains("AKIABASE"));
}

/// If a profile and its session disagree, the profile wins.
#[test]
fn a_profile_comes_before_its_session() {
    let profile = "[profile over]\nsso_session = all\nsso_role_name = Admin\nregion = eu-west-1\n";
    let home = home().config(&format!("{CONFIG}{profile}"));
    aws2_wrap(&home, &["--profile", "over"]).succeeds();
    assert_eq!(home.aws().log_of("GetRoleCredentials")[0].param("role_name"), "Admin");
}

/// A section in the credentials file is not a session.
#[test]
fn a_session_must_be_in_the_config_file() {
    let profile = "[profile lost]
sso_session = corp
sso_account_id = 123456789012
                   sso_role_name = Admin
";
    let session = "[corp]
sso_start_url = https://corp.awsapps.com/start
                   sso_region = eu-central-1
";
    let home = home().config(profile).credentials(session);
    let output = aws2_wrap(&home, &["--profile", "lost", "--process"]).output();
    assert_eq!(output.status.code(), Some(1));
    assert!(output.stderr.contains("annot find sso-session 'corp' in "), "{}", output.stderr);
}

#[test]
fn as_a_credential_process_of_itself_it_is_found_out() {
    let config = "[profile p]\ncredential_process = aws2-wrap --process --profile p\n";
    let home = home().config(config);
    let output = aws2_wrap(&home, &["--profile", "p", "--process"]).output();
    assert_eq!(output.status.code(), Some(1));
    assert!(output.stderr.contains("closes a loop: `p` -> `p`"), "{}", output.stderr);
}
