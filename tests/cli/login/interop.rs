//! Real clients and ssowrap share one login: after one has signed in, all others use that login,
//! refresh it and end it.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use chrono::TimeDelta;
use fake_aws::fingerprint;
use serde_json::Value;

use super::person::SigningIn;
use super::{home, json, text};
use crate::clients::{debian_aws_cli_2, installed};
use crate::entries::{asked, cli_file, key_of};
use crate::support::{DEV, Home, Output, Run, SSO_REGION, now, timestamp, token_file, tool};

const TOKENS: &str = ".aws/sso/cache";

/// The session with a scope, and a legacy profile without a session.
const MORE: &str = "
[profile scoped]
sso_session = scoped
sso_account_id = 123456789012
sso_role_name = Admin
region = eu-west-1

[sso-session scoped]
sso_start_url = https://corp.awsapps.com/start
sso_region = eu-central-1
sso_registration_scopes = sso:account:access

[profile old]
sso_start_url = https://old.awsapps.com/start
sso_region = eu-central-1
sso_account_id = 123456789012
sso_role_name = Admin
region = eu-west-1
";

/// What each profile's token is filed under.
const KEYS: [(&str, &str); 3] =
    [("dev", "corp"), ("scoped", "scoped"), ("old", "https://old.awsapps.com/start")];

fn key(profile: &str) -> &'static str {
    KEYS.iter().find(|(name, _)| *name == profile).expect("a profile").1
}

/// A home in which a browser signs in as soon as it is started.
fn home_with_browser() -> Option<Home> {
    let python = installed("python/bin/python")?;
    let script = format!(
        "#!/bin/sh\n'{}' -c 'import sys, urllib.request; urllib.request.urlopen(sys.argv[1])' \
         \"$1\" > \"$HOME/browser.log\" 2>&1 &\n",
        python.display()
    );
    let home = home().config(&format!("{DEV}{MORE}")).script("browser", &script);
    let browser = home.path("browser");
    Some(home.env("BROWSER", browser))
}

/// A program that makes signed calls.
#[derive(Clone)]
struct Client {
    name: &'static str,
    program: PathBuf,
    /// The script, if another program runs it.
    script: Option<PathBuf>,
    is_aws_cli: bool,
}

impl Client {
    /// A run with these arguments.
    fn run<'a>(&self, home: &'a Home, arguments: &[&str]) -> Run<'a> {
        let words = arguments.iter().map(Path::new);
        home.tool(&self.program, self.script.as_deref().into_iter().chain(words))
    }

    /// Makes a call with a profile's role, whose credentials are not cached yet.
    fn call(&self, home: &Home, profile: &str) -> Output {
        // Their own caches.
        let _ = fs::remove_dir_all(home.path(".aws/cli"));
        if self.is_aws_cli {
            let call = ["sts", "get-caller-identity", "--output", "text", "--query", "Arn"];
            self.run(home, &[&call[..], &["--profile", profile]].concat()).report()
        } else {
            self.run(home, &[profile, &home.aws().url()]).report()
        }
    }

    /// [`Self::call`], which must succeed with the token in the file.
    fn works(&self, home: &Home, profile: &str) {
        let before = home.aws().count("GetCallerIdentity");
        let output = self.call(home, profile);
        let (stdout, stderr) = (output.stdout(), &output.stderr);
        assert!(output.status.success(), "{}: {stderr}", self.name);
        let arn = "arn:aws:sts::123456789012:assumed-role/AWSReservedSSO_Admin_";
        assert!(stdout.starts_with(arn), "{}: {stdout}", self.name);
        assert_eq!(home.aws().count("GetCallerIdentity"), before + 1, "{}", self.name);
        assert_eq!(used(home), in_file(home, profile), "{}", self.name);
    }
}

/// The AWS CLI of major version 2: the current one, and Debian's older one.
fn aws_clis() -> Vec<Client> {
    let older = debian_aws_cli_2().map(|()| Client {
        name: "the AWS CLI of Debian",
        program: "/usr/bin/python3".into(),
        script: Some(script("aws_cli.py")),
        is_aws_cli: true,
    });
    let current = installed("aws-cli/aws").map(|program| Client {
        name: "the AWS CLI",
        program,
        script: None,
        is_aws_cli: true,
    });
    current.into_iter().chain(older).collect()
}

fn clients() -> Vec<Client> {
    let mut clients = aws_clis();
    if let Some(program) = installed("python/bin/aws") {
        let name = "the AWS CLI, version 1";
        clients.push(Client { name, program, script: None, is_aws_cli: true });
    }
    let botocore = installed("python/bin/python").map(|program| (program, script("identity.py")));
    let javascript = tool("node").zip(installed("node/sso.mjs"));
    for (name, found) in [("botocore", botocore), ("the JavaScript SDK", javascript)] {
        clients.extend(found.map(|(program, script)| Client {
            name,
            program,
            script: Some(script),
            is_aws_cli: false,
        }));
    }
    clients
}

fn script(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/clients").join(name)
}

/// Fingerprint of the token that role credentials were last obtained with.
fn used(home: &Home) -> String {
    let log = home.aws().log_of("GetRoleCredentials");
    log.last().expect("a request").headers["x-amz-sso_bearer_token"].clone()
}

/// Fingerprint of the token in the file.
fn in_file(home: &Home, profile: &str) -> String {
    fingerprint(json(home, key(profile))["accessToken"].as_str().expect("a token"))
}

/// The grants that tokens were requested with.
fn grants(home: &Home) -> Vec<String> {
    let log = home.aws().log_of("CreateToken");
    log.iter().map(|entry| entry.params["grantType"].clone()).collect()
}

/// Signs in with ssowrap.
fn ssowrap_signs_in(home: &Home, profile: &str, options: &[&str]) {
    let login = [&["-p", profile, "login", "--force"], options].concat();
    let (code, said) = SigningIn::start(home.run(login)).ends();
    assert_eq!(code, Some(0), "{said}");
}

/// Signs in with the AWS CLI.
fn aws_signs_in(home: &Home, aws: &Client, profile: &str, options: &[&str]) {
    let login = [&["sso", "login", "--profile", profile], options].concat();
    let output = aws.run(home, &login).report();
    assert!(output.status.success(), "{} {profile} {options:?}: {}", aws.name, output.stderr);
    assert!(output.stdout().contains("Successfully logged into Start URL"), "{}", output.stdout());
}

/// Has ssowrap get role credentials with the token in the file.
fn ssowrap_works(home: &Home, profile: &str) {
    home.run(["-p", profile, "--no-cache", "export"]).succeeds();
    assert_eq!(used(home), in_file(home, profile));
}

/// Makes the token look expired.
fn make_old(home: &Home, profile: &str) {
    let file = token_file(key(profile));
    let end = json(home, key(profile))["expiresAt"].as_str().expect("a time").to_owned();
    let ended = timestamp(now() - TimeDelta::minutes(5));
    home.write(&file, text(home, key(profile)).replace(&end, &ended));
}

#[test]
fn everybody_works_from_a_login_of_ssowrap() {
    let Some(home) = home_with_browser() else { return };
    ssowrap_signs_in(&home, "dev", &[]);
    ssowrap_signs_in(&home, "scoped", &["--use-device-code"]);
    ssowrap_signs_in(&home, "old", &[]);
    let asked = grants(&home).len();
    for (profile, key) in KEYS {
        let before = text(&home, key);
        for client in clients() {
            client.works(&home, profile);
        }
        assert_eq!(text(&home, key), before, "{profile}");
    }
    assert_eq!(grants(&home).len(), asked);
}

/// And ssowrap continues from there.
#[test]
fn everybody_refreshes_a_login_of_ssowrap() {
    for client in clients() {
        let Some(home) = home_with_browser() else { return };
        // The JavaScript SDK refreshes when five minutes are left.
        home.aws().token_lifetime(Duration::from_secs(240));
        ssowrap_signs_in(&home, "dev", &[]);
        let first = in_file(&home, "dev");
        home.aws().token_lifetime(Duration::from_secs(30_600));
        client.works(&home, "dev");
        assert_ne!(in_file(&home, "dev"), first, "{}", client.name);
        ssowrap_works(&home, "dev");
        assert_eq!(grants(&home)[1..], ["refresh_token"], "{}", client.name);
        make_old(&home, "dev");
        ssowrap_works(&home, "dev");
        assert_eq!(grants(&home)[1..], ["refresh_token"; 2], "{}", client.name);
        client.works(&home, "dev");
        assert_eq!(home.run(["-p", "dev", "logout"]).output().status.code(), Some(0));
        assert_eq!(home.aws().count("Logout"), 1, "{}", client.name);
        assert!(!home.path(&token_file("corp")).exists(), "{}", client.name);
    }
}

/// Whichever program signs in, earlier credentials are not used.
#[test]
fn another_person_signs_in() {
    let chain = "[profile deploy]\nrole_arn = arn:aws:iam::210987654321:role/Deploy\n\
                 source_profile = dev\nregion = eu-west-1\n";
    let mut logins: Vec<(Option<Client>, &[&str])> = vec![(None, &[])];
    let ways = ways().into_iter().filter(|(_, profile, _)| *profile == "dev");
    logins.extend(ways.map(|(aws, _, options)| (Some(aws), options)));
    for (aws, options) in logins {
        let Some(home) = home_with_browser() else { return };
        home.write(".aws/config", format!("{DEV}{chain}"));
        home.aws().set_person("alice");
        ssowrap_signs_in(&home, "dev", &[]);
        let people = || {
            ["deploy", "dev"]
                .map(|profile| home.aws().person_of(&key_of(&home, profile)).expect("one"))
        };
        assert_eq!(people(), ["alice", "alice"]);
        home.aws().set_person("bob");
        // The registration of another flow may not work.
        for entry in fs::read_dir(home.path(TOKENS)).expect("a directory").flatten() {
            if entry.path() != home.path(&token_file("corp")) {
                fs::remove_file(entry.path()).expect("a registration");
            }
        }
        match &aws {
            Some(aws) => aws_signs_in(&home, aws, "dev", options),
            None => ssowrap_signs_in(&home, "dev", options),
        }
        assert_eq!(people(), ["bob", "bob"], "{:?} {options:?}", aws.map(|aws| aws.name));
    }
}

/// Whichever program refreshes the token, cached credentials are still used. AWS is asked at most
/// once who it is, and the first time also who it was before.
#[test]
fn the_cache_survives_every_programs_refresh() {
    const READ: &str = "
[profile read]
sso_session = corp
sso_account_id = 123456789012
sso_role_name = ReadOnly
region = eu-west-1

[profile deploy]
role_arn = arn:aws:iam::210987654321:role/Deploy
source_profile = dev
region = eu-west-1
";
    for client in clients() {
        let Some(home) = home_with_browser() else { return };
        home.write(".aws/config", format!("{DEV}{READ}"));
        ssowrap_signs_in(&home, "dev", &[]);
        let deploy = key_of(&home, "deploy");
        let role = r#"{"accountId":"123456789012","roleName":"ReadOnly","sessionName":"corp"}"#;
        let all = ["GetRoleCredentials", "GetCallerIdentity", "GetCallerIdentity"];
        for expected in [&all[..], &all[..2]] {
            make_old(&home, "dev");
            let _ = fs::remove_file(home.path(&cli_file(role)));
            let before = in_file(&home, "dev");
            let output = if client.is_aws_cli {
                let call = ["sts", "get-caller-identity", "--profile", "read"];
                client.run(&home, &call).report()
            } else {
                client.run(&home, &["read", &home.aws().url()]).report()
            };
            assert!(output.status.success(), "{}: {}", client.name, output.stderr);
            assert_ne!(in_file(&home, "dev"), before, "{}", client.name);
            home.aws().clear_log();
            assert_eq!(key_of(&home, "deploy"), deploy, "{}", client.name);
            assert_eq!(asked(&home), expected, "{}", client.name);
        }
    }
}

#[test]
fn ssowrap_works_from_refreshes_and_ends_a_login_of_the_aws_cli() {
    for (aws, profile, options) in ways() {
        let Some(home) = home_with_browser() else { return };
        aws_signs_in(&home, &aws, profile, options);
        ssowrap_works(&home, profile);
        let asked = grants(&home).len();
        // It is as good as one of its own.
        let output = home.run(["-p", profile, "login"]).output();
        assert!(output.stderr.starts_with("already signed in to "), "{}", output.stderr);
        if json(&home, key(profile))["refreshToken"].is_string() {
            make_old(&home, profile);
            ssowrap_works(&home, profile);
            assert_eq!(grants(&home)[asked..], ["refresh_token"]);
            aws.works(&home, profile);
        }
        assert_eq!(home.run(["-p", profile, "logout"]).output().status.code(), Some(0));
        assert_eq!(home.aws().count("Logout"), 1);
        assert!(!home.path(&token_file(key(profile))).exists());
        let output = aws.call(&home, profile);
        assert!(!output.status.success() && output.stderr.contains("oken"), "{}", output.stderr);
    }
}

/// `aws sso logout` ends a login of ssowrap at the portal, and removes all its files.
#[test]
fn the_aws_cli_ends_a_login_of_ssowrap() {
    for aws in aws_clis() {
        let Some(home) = home_with_browser() else { return };
        ssowrap_signs_in(&home, "dev", &[]);
        ssowrap_signs_in(&home, "old", &[]);
        home.run(["-p", "dev", "export"]).succeeds();
        aws.run(&home, &["sso", "logout"]).succeeds();
        assert_eq!(home.aws().count("Logout"), 2, "{}", aws.name);
        let output = home.run(["-p", "dev", "export"]).output();
        assert_eq!(output.status.code(), Some(3), "{}", output.stderr);
    }
}

/// Every way in which an AWS CLI signs in: the program, the profile, its options.
fn ways() -> Vec<(Client, &'static str, &'static [&'static str])> {
    let mut ways: Vec<(Client, _, &'static [&'static str])> = Vec::new();
    for aws in aws_clis() {
        for (profile, _) in KEYS {
            // Only the current one has a choice.
            let has_choice = !aws.name.contains("Debian") && profile != "old";
            ways.push((aws.clone(), profile, &[]));
            if has_choice {
                ways.push((aws.clone(), profile, &["--use-device-code"]));
            }
        }
    }
    ways
}

/// Names, modes and contents in the token directory, with the parts masked that differ each time.
fn forms(home: &Home) -> BTreeMap<String, (u32, String)> {
    let form = |path: PathBuf| {
        let text = fs::read_to_string(&path).expect("text");
        let fields: Value = serde_json::from_str(&text).expect("JSON");
        let mut form = text;
        for (name, value) in fields.as_object().expect("an object") {
            let hidden = match name.as_str() {
                "accessToken" | "refreshToken" | "clientId" | "clientSecret" => "*",
                "expiresAt" | "registrationExpiresAt" => "YYYY-MM-DDTHH:MM:SSZ",
                _ => continue,
            };
            let value = value.as_str().expect("text");
            if hidden != "*" {
                let time: chrono::DateTime<chrono::Utc> = value.parse().expect("a time");
                assert_eq!(value, timestamp(time));
            }
            form = form.replace(value, hidden);
        }
        (fs::metadata(&path).expect("a file").permissions().mode() & 0o7777, form)
    };
    let entries =
        fs::read_dir(home.path(TOKENS)).expect("a directory").map(|e| e.expect("an entry"));
    entries.map(|e| (e.file_name().to_string_lossy().into_owned(), form(e.path()))).collect()
}

/// The token's and the registration's files have the AWS CLI's names and format.
#[test]
fn the_files_are_the_same_whoever_signs_in() {
    for (aws, profile, options) in ways() {
        let (Some(theirs), Some(ours)) = (home_with_browser(), home_with_browser()) else { return };
        aws_signs_in(&theirs, &aws, profile, options);
        let by_code = !grants(&theirs).contains(&"authorization_code".to_owned());
        ssowrap_signs_in(&ours, profile, if by_code { &["--use-device-code"] } else { &[] });
        let (mut theirs, ours) = (forms(&theirs), forms(&ours));
        assert_eq!(theirs.len(), 2, "{} {profile}", aws.name);
        if by_code && profile == "dev" {
            // If the config names no scope, the AWS CLI requests none with a code, and its login
            // cannot be refreshed. Ours can.
            for (_, form) in theirs.values_mut() {
                form.pop();
                form.push_str(match form.starts_with("{\"startUrl\"") {
                    true => ", \"refreshToken\": \"*\"}",
                    false => ", \"scopes\": [\"sso:account:access\"]}",
                });
            }
        }
        assert_eq!(ours, theirs, "{} {profile} {options:?}", aws.name);
        let whole = ours.values().find(|(_, form)| form.starts_with("{\"startUrl\"")).expect("one");
        assert!(whole.1.contains(&format!("\"region\": \"{SSO_REGION}\"")), "{}", whole.1);
    }
}

/// Neither registers again if the other one has.
#[test]
fn a_registration_serves_both() {
    for (aws, profile, options) in ways() {
        let Some(home) = home_with_browser() else { return };
        aws_signs_in(&home, &aws, profile, options);
        let by_code = !grants(&home).contains(&"authorization_code".to_owned());
        let ours = if by_code { &["--use-device-code"][..] } else { &[] };
        ssowrap_signs_in(&home, profile, ours);
        assert_eq!(home.aws().count("RegisterClient"), 1, "{} {profile}", aws.name);
        let Some(home) = home_with_browser() else { return };
        ssowrap_signs_in(&home, profile, ours);
        aws_signs_in(&home, &aws, profile, options);
        assert_eq!(home.aws().count("RegisterClient"), 1, "{} {profile}", aws.name);
    }
}
