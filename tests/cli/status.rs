//! `status`: the state of each login, offline, for people, programs and prompts.

use std::fs;

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};

use crate::support::{DEV, Home, KEYS, START_URL, Token, now, timestamp, token_file};

/// A legacy profile next to a session, a session that no profile uses, and chains.
const MORE: &str = "
[profile old]
sso_start_url = https://old.awsapps.com/start#/
sso_region = us-east-1
sso_account_id = 123456789012
sso_role_name = Admin

[sso-session unused]
sso_start_url = https://unused.awsapps.com/start
sso_region = eu-central-1

[profile deploy]
role_arn = arn:aws:iam::210987654321:role/deploy
source_profile = dev
region = eu-west-1
";
const OLD_URL: &str = "https://old.awsapps.com/start#/";

fn config() -> String {
    format!("{DEV}{MORE}{KEYS}")
}

/// A token with this many whole minutes left, for most of a minute.
fn token(minutes: i64) -> Token {
    Token::new().expires_in(TimeDelta::minutes(minutes) + TimeDelta::seconds(58))
}

fn old_token(minutes: i64) -> Token {
    token(minutes).start_url(OLD_URL)
}

/// Exit code and stdout. There must be no messages.
fn status(home: &Home, arguments: &[&str]) -> (Option<i32>, String) {
    let output = home.run(["status"].iter().chain(arguments)).output();
    assert_eq!(output.stderr, "");
    (output.status.code(), output.stdout().to_owned())
}

fn short(home: &Home, arguments: &[&str]) -> (Option<i32>, String) {
    let arguments: Vec<&str> = arguments.iter().chain(&["--short"]).copied().collect();
    status(home, &arguments)
}

fn rows(home: &Home, arguments: &[&str]) -> Vec<Value> {
    let arguments: Vec<&str> = arguments.iter().chain(&["--json"]).copied().collect();
    serde_json::from_str(&status(home, &arguments).1).expect("an array")
}

#[test]
fn every_login() {
    let (live, ended) = (token(42), old_token(-5));
    let home = Home::new().config(&config()).token("corp", &live).token(OLD_URL, &ended);
    assert_eq!(
        status(&home, &[]),
        (
            Some(3),
            format!(
                "session    corp\nstart URL  https://corp.awsapps.com/start (eu-central-1)\ntoken      \
                 valid until {} (42 min left), can be refreshed\nprofiles   dev, deploy\n\nsession    \
                 unused\nstart URL  https://unused.awsapps.com/start (eu-central-1)\ntoken      \
                 missing\nprofiles   none\nlogin      run `ssowrap login --sso-session \
                 unused`\n\nstart URL  {OLD_URL} (us-east-1)\ntoken      expired at {} (4 min \
                 ago)\nprofiles   old\nlogin      run `ssowrap -p old login`\n",
                &live.expires_at[11..16],
                &ended.expires_at[11..16]
            )
        )
    );
}

/// People see local times; programs get UTC.
#[test]
fn times_are_local() {
    let live = token(42);
    let home = Home::new().config(&config()).token("corp", &live);
    let end: DateTime<Utc> = live.expires_at.parse().expect("a time");
    // Five and a half hours ahead of UTC.
    let there = (end + TimeDelta::minutes(330)).format("%H:%M");
    let output = home.run(["status", "-p", "dev"]).env("TZ", "XYZ-5:30").succeeds();
    let line = format!("token      valid until {there} (42 min left)");
    assert!(output.stdout().contains(&line), "{}", output.stdout());
    let output = home.run(["status", "-p", "dev", "--json"]).env("TZ", "XYZ-5:30").succeeds();
    assert!(output.stdout().contains(&live.expires_at), "{}", output.stdout());
}

#[test]
fn json() {
    let live = token(42);
    let home = Home::new().config(&config()).token("corp", &live);
    let rows = rows(&home, &[]);
    assert_eq!(
        Value::from(rows),
        json!([
            {
                "session": "corp",
                "start_url": START_URL,
                "sso_region": "eu-central-1",
                "login_session": null,
                "token": {
                    "file": format!("~/{}", token_file("corp")),
                    "state": "valid",
                    "expires_at": live.expires_at,
                },
                "problem": null,
                "refreshable": true,
                "minutes_left": 42,
                "login_required": false,
                "profiles": ["dev", "deploy"],
                "cached": [],
            },
            {
                "session": "unused",
                "start_url": "https://unused.awsapps.com/start",
                "sso_region": "eu-central-1",
                "login_session": null,
                "token": {
                    "file": format!("~/{}", token_file("unused")),
                    "state": "missing",
                    "expires_at": null,
                },
                "problem": null,
                "refreshable": false,
                "minutes_left": null,
                "login_required": true,
                "profiles": [],
                "cached": [],
            },
            {
                "session": null,
                "start_url": OLD_URL,
                "sso_region": "us-east-1",
                "login_session": null,
                "token": {
                    "file": format!("~/{}", token_file(OLD_URL)),
                    "state": "missing",
                    "expires_at": null,
                },
                "problem": null,
                "refreshable": false,
                "minutes_left": null,
                "login_required": true,
                "profiles": ["old"],
                "cached": [],
            },
        ])
    );
}

#[test]
fn one_word_and_the_minutes_left() {
    let other = |token: Token| token.start_url("https://other.awsapps.com/start");
    let forms: [(i64, &dyn Fn(Token) -> Token, _); 6] = [
        (42, &|token| token, (Some(0), "valid 42\n")),
        (0, &|token| token, (Some(0), "valid 0\n")),
        (90, &Token::without_refresh, (Some(0), "valid 90\n")),
        (-2, &|token| token, (Some(0), "refreshable\n")),
        (-2, &Token::without_refresh, (Some(3), "expired\n")),
        (42, &other, (Some(3), "invalid\n")),
    ];
    for (minutes, form, expected) in forms {
        for arguments in [&["-p", "dev"][..], &["-p", "deploy"], &["--sso-session", "corp"]] {
            let home = Home::new().config(&config()).token("corp", &form(token(minutes)));
            let (code, word) = short(&home, arguments);
            assert_eq!((code, &*word), expected, "{arguments:?}");
        }
    }
    let home = Home::new().config(&config());
    assert_eq!(short(&home, &["-p", "dev"]), (Some(3), "missing\n".to_owned()));
    let home = Home::new().config(&config()).raw_token("corp", "garbage");
    assert_eq!(short(&home, &["-p", "dev"]), (Some(3), "invalid\n".to_owned()));
    let path = home.path(&token_file("corp"));
    fs::remove_file(&path).expect("a file");
    fs::create_dir(&path).expect("a directory");
    assert_eq!(short(&home, &["-p", "dev"]), (Some(3), "unreadable\n".to_owned()));
}

/// The word is that of the login in the worst state. A login that no profile uses does not count.
#[test]
fn one_word_for_all() {
    let home = |corp: &Token, old: &Token| {
        Home::new().config(&config()).token("corp", corp).token(OLD_URL, old)
    };
    for (corp, old, expected) in [
        (42, 30, (Some(0), "valid 30\n")),
        (20, 30, (Some(0), "valid 20\n")),
        (-2, 30, (Some(0), "refreshable\n")),
        (42, -2, (Some(3), "expired\n")),
    ] {
        let home = home(&token(corp), &old_token(old));
        let (code, word) = short(&home, &[]);
        assert_eq!((code, &*word), expected);
        assert_eq!(short(&home, &["--all"]), (code, word));
        assert_eq!(status(&home, &[]).0, code);
    }
}

#[test]
fn the_profile_of_the_environment_is_the_chosen_one() {
    let home = Home::new().config(&config()).token("corp", &token(42));
    assert_eq!(status(&home, &[]).0, Some(3));
    let home = home.env("AWS_PROFILE", "deploy");
    assert_eq!(short(&home, &[]), (Some(0), "valid 42\n".to_owned()));
    assert_eq!(rows(&home, &[]).len(), 1);
    assert_eq!(rows(&home, &[])[0]["profiles"], json!(["dev", "deploy"]));
    assert_eq!(rows(&home, &["--all"]).len(), 3);
    assert_eq!(short(&home, &["-p", "old"]), (Some(3), "missing\n".to_owned()));
}

#[test]
fn no_login_is_needed() {
    let home = Home::new().config(&config());
    assert_eq!(short(&home, &["-p", "keys"]), (Some(0), "none\n".to_owned()));
    assert_eq!(status(&home, &["-p", "keys", "--json"]), (Some(0), "[]\n".to_owned()));
    let output = home.run(["-p", "keys", "status"]).output();
    assert_eq!(output.stderr, "profile `keys` needs no login\n");
    assert_eq!((output.status.code(), output.stdout()), (Some(0), ""));
    let home = Home::new().config(KEYS);
    let output = home.run(["status"]).output();
    assert_eq!(
        output.stderr,
        "no logins yet: run `ssowrap configure` for Identity Center, or `aws login`\n"
    );
    assert_eq!((output.status.code(), output.stdout()), (Some(0), ""));
    assert_eq!(short(&home, &[]), (Some(0), "none\n".to_owned()));
}

#[test]
fn a_session_that_is_in_no_config() {
    let home = Home::new().token("gone", &token(42));
    let arguments = ["--sso-session", "gone", "--sso-region", "eu-central-1"];
    assert_eq!(short(&home, &arguments), (Some(0), "valid 42\n".to_owned()));
    assert_eq!(rows(&home, &arguments)[0]["profiles"], json!([]));
    assert_eq!(short(&home, &["--start-url", START_URL]), (Some(3), "missing\n".to_owned()));
}

/// What is cached for each login, in the AWS CLI's cache and in ours.
#[test]
fn cached_role_credentials() {
    let home = Home::with_aws().config(&config()).login("corp").token(OLD_URL, &old_token(60));
    home.run(["-p", "deploy", "export"]).succeeds();
    home.run(["-p", "old", "export"]).succeeds();
    let flags = ["--sso-session", "corp", "--account-id", "123456789012", "--role-name"];
    home.run(flags.iter().chain(&["ReadOnly", "export"])).succeeds();
    let rows = rows(&home, &[]);
    let mut cached: Vec<(&Value, &Value, &Value, &Value)> = rows[0]["cached"]
        .as_array()
        .expect("an array")
        .iter()
        .map(|c| (&c["kind"], &c["account_id"], &c["role_name"], &c["role_arn"]))
        .collect();
    cached.sort_by_key(|row| format!("{row:?}"));
    let expected = [
        (json!("role"), json!("210987654321"), Value::Null, json!(DEPLOY)),
        (json!("sso"), json!("123456789012"), json!("Admin"), Value::Null),
        (json!("sso"), json!("123456789012"), json!("ReadOnly"), Value::Null),
    ];
    let mut expected: Vec<_> = expected.iter().map(|(a, b, c, d)| (a, b, c, d)).collect();
    expected.sort_by_key(|row| format!("{row:?}"));
    assert_eq!(cached, expected);
    assert_eq!(rows[2]["cached"].as_array().map(Vec::len), Some(1));
    let entry = &rows[2]["cached"][0];
    assert_eq!(entry["expired"], json!(false));
    let file = entry["file"].as_str().and_then(|file| file.strip_prefix("~/"));
    assert!(home.path(file.expect("a path below the home")).exists());
    let until = entry["expires_at"].as_str().expect("text");
    let line = format!("cached     123456789012 Admin until {} (", &until[11..16]);
    assert!(status(&home, &["-p", "old"]).1.contains(&line));
    // Another config has a session with this name at another portal.
    let other = config().replace("corp.awsapps.com", "other.awsapps.com");
    home.write("other", other);
    let output = home.run(["status", "-p", "deploy"]).env("AWS_CONFIG_FILE", "other").output();
    assert!(!output.stdout().contains("cached"), "{}", output.stdout());
    // The login is gone, and its cached credentials are still listed.
    fs::remove_file(home.path(&token_file("corp"))).expect("a token");
    let (code, text) = status(&home, &["-p", "deploy"]);
    assert_eq!(code, Some(3));
    assert!(text.contains(&format!("cached     {DEPLOY} until ")), "{text}");
}

const DEPLOY: &str = "arn:aws:iam::210987654321:role/deploy";

#[test]
fn what_has_expired_is_not_shown_to_people() {
    let home = Home::new().config(DEV).token("corp", &token(42));
    let end = timestamp(now() - TimeDelta::minutes(1));
    let cache = home.path(".aws/cli/cache");
    fs::create_dir_all(&cache).expect("a directory");
    // SPEC 4.2: the key of this role.
    let key = r#"{"accountId":"123456789012","roleName":"Admin","sessionName":"corp"}"#;
    let file = token_file(key).replace("sso/cache", "cli/cache");
    home.write(
        &file,
        format!(
            "{{\"ProviderType\": \"sso\", \"Credentials\": {{\"AccessKeyId\": \"ASIAENDED\", \
             \"SecretAccessKey\": \"FAKEsecret\", \"SessionToken\": \"FAKEtoken\", \
             \"Expiration\": \"{end}\"}}}}"
        ),
    );
    home.write(".aws/cli/cache/garbage.json", "garbage");
    assert!(!status(&home, &["-p", "dev"]).1.contains("cached"));
    let rows = rows(&home, &["-p", "dev"]);
    assert_eq!(rows[0]["cached"][0]["expired"], json!(true));
    assert_eq!(rows[0]["cached"][0]["role_name"], json!("Admin"));
}

/// It sends no request and writes nothing, not even a lock.
#[test]
fn it_is_offline_and_leaves_no_trace() {
    let home = Home::with_aws().config(&config()).token("corp", &token(-5));
    for arguments in [&["status"][..], &["status", "--short"], &["-p", "dev", "status", "--json"]] {
        home.run(arguments).output();
    }
    assert_eq!(home.aws().log().len(), 0);
    assert!(!home.path(".local").exists() && !home.path(".cache").exists());
}

#[test]
fn hostile_names_are_harmless() {
    let config = DEV
        .replace("corp\n", "c\u{1b}[2J\u{202e}\n")
        .replace("[sso-session corp]", "[sso-session 'c\u{1b}[2J\u{202e}']")
        .replace("profile dev", "profile 'd\u{1b}]0;x'");
    let home = Home::new().config(&config);
    let (code, text) = status(&home, &[]);
    assert_eq!(code, Some(3));
    assert!(text.starts_with("session    c\\u{1b}[2J\\u{202e}\n"), "{text}");
    assert!(text.contains("\nprofiles   d\\u{1b}]0;x\n"), "{text}");
    assert!(!text.contains('\u{1b}') && !text.contains('\u{202e}'));
}

#[test]
fn many_profiles_are_counted_for_people() {
    let mut config = DEV.to_owned();
    for n in 0..20 {
        config.push_str(&format!("[profile p{n}]\nsso_session = corp\n"));
    }
    let home = Home::new().config(&config).token("corp", &token(42));
    let (_, text) = status(&home, &[]);
    let line = "\nprofiles   dev, p0, p1, p2, p3, p4, p5, p6, p7, p8, p9, p10 and 9 more\n";
    assert!(text.contains(line), "{text}");
    assert_eq!(rows(&home, &[])[0]["profiles"].as_array().map(Vec::len), Some(21));
}

#[test]
fn what_is_wrong_with_the_request() {
    let home = Home::new().config(&config());
    assert_eq!(home.run(["status", "--json", "--short"]).output().status.code(), Some(2));
    home.run(["status", "--all", "-p", "dev"])
        .fails(2, "error: --all and --profile cannot be used together\n");
    home.run(["-p", "typo", "status"]).fails(
        4,
        "error: there is no profile `typo` in ~/.aws/config or ~/.aws/credentials\nhint: `ssowrap \
         profiles` lists the profiles; `ssowrap configure` adds more\n",
    );
    assert_eq!(home.run(["--sso-session", "cor", "status"]).output().status.code(), Some(4));
}

#[test]
fn many_errors_are_counted() {
    for (count, words) in [
        (13, "warning: 1 more profile that names a login has an error"),
        (14, "warning: 2 more profiles that name a login have errors"),
    ] {
        let profiles: String = (0..count)
            .map(|n| format!("[profile p{n}]\nsso_session = gone\nsso_role_name = Admin\n"))
            .collect();
        let output = Home::new().config(&profiles).run(["status"]).output();
        assert!(output.stderr.lines().any(|line| line == words), "{}", output.stderr);
    }
}

/// `status` without a profile says the same about each profile as `status` for that profile, and as
/// `export`.
#[test]
fn one_resolver() {
    let config = "\
[sso-session corp]
sso_start_url = https://corp.awsapps.com/start
sso_region = eu-central-1

[profile empty-role]
role_arn =
sso_session = corp
sso_account_id = 123456789012
sso_role_name = Admin

[profile keys]
sso_session = gone
aws_access_key_id = AKIAIOSFODNN7EXAMPLE
aws_secret_access_key = FAKEsecret/keys

[profile incomplete]
sso_start_url = https://old.awsapps.com/start
";
    let home = Home::new().config(config).token("corp", &token(42));
    let output = home.run(["status", "--json"]).output();
    let rows: Value = serde_json::from_str(output.stdout()).expect("JSON");
    assert_eq!(rows.as_array().map(Vec::len), Some(1));
    assert_eq!(rows[0]["profiles"], json!([]), "no profile of it resolves");
    assert_eq!(
        output.stderr,
        "warning: profile `empty-role`: `role_arn` is empty (~/.aws/config:6)\nwarning: the SSO \
         settings of profile `incomplete` are incomplete: sso_region missing (~/.aws/config:16)\n"
    );
    let error = "error: profile `empty-role`: `role_arn` is empty\n  --> ~/.aws/config:6\nhint: give \
                 it a value, or remove the line\n";
    for verb in ["export", "status", "login", "logout"] {
        home.run(["-p", "empty-role", verb]).fails(4, error);
    }
    // A missing session is no reason not to use static keys; they need no login.
    home.run(["-p", "keys", "export"]).succeeds();
    let output = home.run(["-p", "keys", "status"]).output();
    assert_eq!(output.stderr, "profile `keys` needs no login\n");
    assert_eq!(output.status.code(), Some(0));
    home.run(["-p", "keys", "login"]).fails(
        4,
        "error: profile `keys` does not use Identity Center: it has no login\nhint: `ssowrap \
         status --all` lists the logins\n",
    );
}

#[test]
fn a_session_that_nobody_can_sign_in_to() {
    let home = Home::new().config("[sso-session half]\nsso_start_url = https://x\n");
    let (code, said) = status(&home, &[]);
    assert_eq!(code, Some(0), "no profile uses it");
    assert_eq!(
        said,
        "session    half\nstart URL  https://x\ntoken      missing\nprofiles   none\n\
         problem    its section has no sso_region\nlogin      add sso_region at ~/.aws/config:1\n"
    );
    assert_eq!(rows(&home, &[])[0]["problem"], "its section has no sso_region");
}
