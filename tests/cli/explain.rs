//! `explain` and `profiles`: what they print, and that they never print a secret.

use serde_json::{Value, json};

use crate::support::{DEV, Home, KEYS, token_file};

fn json(text: &str) -> Value {
    serde_json::from_str(text).expect("JSON")
}

#[test]
fn text_for_people() {
    let config = format!(
        "{DEV}\n[profile tf]\nrole_arn = arn:aws:iam::210987654321:role/tf\nsource_profile = dev\n\
         external_id = ext\n"
    );
    let home = Home::new().config(&config);
    let file = token_file("corp");
    home.run(["-p", "tf", "explain"]).prints(&format!(
        "\
profile      tf
chain        tf -> dev
source       sso: session corp (https://corp.awsapps.com/start) in eu-central-1, account 123456789012, role Admin
then         assume arn:aws:iam::210987654321:role/tf, external id ext
region       (none)
token        missing
token file   ~/{file}
config       ~/.aws/config
credentials  ~/.aws/credentials (does not exist)

[profile tf]
  ~/.aws/config:12  role_arn = arn:aws:iam::210987654321:role/tf
  ~/.aws/config:13  source_profile = dev
  ~/.aws/config:14  external_id = ext

[profile dev]
  ~/.aws/config:2  sso_session = corp
  ~/.aws/config:3  sso_account_id = 123456789012
  ~/.aws/config:4  sso_role_name = Admin
  ~/.aws/config:5  region = eu-west-1

[sso-session corp]
  ~/.aws/config:8  sso_start_url = https://corp.awsapps.com/start
  ~/.aws/config:9  sso_region = eu-central-1
"
    ));
}

/// A profile whose `credential_process` runs ssowrap for another one assumes no role.
#[test]
fn aliases_are_not_chains() {
    let config = format!(
        "{DEV}\n[profile tf]\nrole_arn = arn:aws:iam::210987654321:role/tf\nsource_profile = alias\n\
         [profile alias]\ncredential_process = ssowrap -p dev credential-process\n\
         [profile of-tf]\ncredential_process = ssowrap -p tf credential-process\n"
    );
    let home = Home::new().config(&config);
    for (profile, expected) in [
        ("alias", "profile      alias\nalias of     dev\nsource       sso: "),
        ("tf", "profile      tf\nchain        tf -> alias -> dev\nsource       sso: "),
        (
            "of-tf",
            "profile      of-tf\nalias of     tf\nchain        tf -> alias -> dev\nsource       sso: ",
        ),
        ("dev", "profile      dev\nsource       sso: "),
    ] {
        let shown = home.run(["-p", profile, "explain"]).succeeds();
        assert!(shown.stdout().starts_with(expected), "{}", shown.stdout());
    }
}

/// Profiles without a session have aliases too. A program called `aws2-wrap` may be the original: it
/// runs, but whose credentials it prints is known.
#[test]
fn aliases_of_legacy_profiles() {
    let alias =
        |name: &str, command: &str| format!("[profile {name}]\ncredential_process = {command}\n");
    let process = "aws2-wrap --process --profile old";
    let config = [
        "[profile old]\nsso_start_url = https://corp.awsapps.com/start\nsso_region = eu-central-1\n\
         sso_account_id = 123456789012\nsso_role_name = Admin\n",
        &alias("ours", "ssowrap -p old credential-process"),
        &alias("theirs", process),
        &alias("of-theirs", "ssowrap -p theirs credential-process"),
        "[profile tf]\nrole_arn = arn:aws:iam::210987654321:role/tf\nsource_profile = theirs\n",
        &alias("of-tf", "ssowrap -p tf credential-process"),
        &alias("other-rights", "ssowrap -p old --assume arn:x credential-process"),
        &alias("twice", "ssowrap -p tf -p old credential-process"),
        &alias("wrapper", "ssowrap.sh -p old credential-process"),
        &alias("round", "aws2-wrap --process --profile and-round"),
        &(alias("and-round", "ssowrap -p round credential-process")
            + "aws_account_id = 111111111111\n"),
        &(alias("gone", "aws2-wrap --process --profile nobody")
            + "aws_account_id = 000000000042\n"),
    ];
    let home = Home::new().config(&config.concat());
    let legacy =
        "sso: https://corp.awsapps.com/start in eu-central-1, account 123456789012, role Admin";
    let helper = format!("credential_process: {process}");
    let chain = "chain        tf -> theirs\n";
    for (profile, facts, source) in [
        ("ours", "alias of     old\n", legacy),
        ("theirs", "alias of     old\n", &helper),
        ("of-theirs", "alias of     theirs\nalias of     old\n", &helper),
        ("tf", chain, &helper),
        ("of-tf", &format!("alias of     tf\n{chain}"), &helper),
        ("wrapper", "", "credential_process: ssowrap.sh -p old credential-process"),
    ] {
        let expected = format!("profile      {profile}\n{facts}source       {source}\n");
        let shown = home.run(["-p", profile, "explain"]).succeeds();
        assert!(shown.stdout().starts_with(&expected), "{}", shown.stdout());
    }
    home.run(["profiles"]).prints(
        "\
PROFILE       KIND                ACCOUNT       ROLE   REGION
old           sso                 123456789012  Admin  -
ours          credential_process  123456789012  Admin  -
theirs        credential_process  123456789012  Admin  -
of-theirs     credential_process  123456789012  Admin  -
tf            assume_role         210987654321  tf     -
of-tf         credential_process  210987654321  tf     -
other-rights  credential_process  -             -      -
twice         credential_process  -             -      -
wrapper       credential_process  -             -      -
round         credential_process  -             -      -
and-round     credential_process  111111111111  -      -
gone          credential_process  000000000042  -      -
",
    );
}

#[test]
fn settings_of_every_section_used_and_no_secret() {
    let config = "[profile p]\nservices = dev\nmystery = 1\ns3 =\n  a = b\n  c = d\n\
                  [services dev]\nsts =\n  endpoint_url = http://127.0.0.1:1\n";
    let credentials = "[p]\naws_access_key_id = AKIA\naws_secret_access_key = FAKEsecret/1\n\
                       aws_session_token = FAKEtoken/1\nother_password = FAKEsecret/2\n";
    let home = Home::new().config(config).credentials(credentials);
    let output = home.run(["-p", "p", "explain", "--json"]).succeeds();
    assert!(!output.stdout().contains("FAKE"), "{}", output.stdout());
    let report = json(output.stdout());
    let settings = report["settings"].as_array().expect("a list");
    let found: Vec<Vec<&str>> = settings
        .iter()
        .map(|s| ["section", "key", "value"].map(|k| s[k].as_str().unwrap_or("?")).to_vec())
        .collect();
    assert_eq!(
        found,
        [
            ["profile p", "services", "dev"],
            ["profile p", "mystery", "1"],
            ["profile p", "s3", "\na = b\nc = d"],
            ["p", "aws_access_key_id", "AKIA"],
            ["p", "aws_secret_access_key", "***"],
            ["p", "aws_session_token", "***"],
            ["p", "other_password", "***"],
            ["services dev", "sts", "\nendpoint_url = http://127.0.0.1:1"],
        ]
    );
    assert!(settings.iter().all(|s| s["profile"] == "p"));
    assert_eq!(settings[3]["line"], 2);
    let output = home.run(["-p", "p", "explain"]).succeeds();
    assert!(!output.stdout().contains("FAKE"), "{}", output.stdout());
}

#[test]
fn the_token_is_described_and_not_shown() {
    let home = Home::new().config(DEV).login("corp");
    let output = home.run(["-p", "dev", "explain", "--json"]).succeeds();
    let report = json(output.stdout());
    assert_eq!(report["token"]["state"], "valid");
    assert_eq!(report["token"]["file"], format!("~/{}", token_file("corp")));
    assert!(!output.stdout().contains("FAKE"), "{}", output.stdout());
    let keys = Home::new().config(KEYS);
    let output = keys.run(["-p", "keys", "explain", "--json"]).succeeds();
    assert_eq!(json(output.stdout())["token"], Value::Null);
}

#[test]
fn the_region_is_the_one_that_is_handed_over() {
    let home = Home::new().config(DEV);
    let region = |arguments: &[&str], variable: &str| {
        let run = home.run(["-p", "dev", "explain", "--json"].iter().chain(arguments));
        json(run.env("AWS_REGION", variable).succeeds().stdout())["region"].clone()
    };
    assert_eq!(region(&[], ""), "eu-west-1");
    assert_eq!(region(&[], "us-east-1"), "us-east-1");
    assert_eq!(region(&["--region", "us-west-2"], "us-east-1"), "us-west-2");
    for (name, value, shown) in [
        ("AWS_DEFAULT_REGION", "us-east-1", "us-east-1 (from AWS_DEFAULT_REGION)\n"),
        ("AWS_REGION", "us-east-1", "us-east-1 (from AWS_REGION)\n"),
        ("AWS_REGION", "", "eu-west-1\n"),
    ] {
        let output = home.run(["-p", "dev", "explain"]).env(name, value).succeeds();
        let line = format!("\nregion       {shown}");
        assert!(output.stdout().contains(&line), "{}", output.stdout());
    }
}

#[test]
fn as_far_as_it_got() {
    let config = "[profile a]\nrole_arn = arn:aws:iam::1:role/a\nsource_profile = b\n\
                  [profile b]\nrole_arn = arn:aws:iam::1:role/b\nsource_profile = c\n";
    let home = Home::new().config(config);
    let report = json(home.run(["-p", "a", "explain", "--json"]).report().stdout());
    assert_eq!(report["settings"].as_array().map(Vec::len), Some(4));
    assert_eq!(
        report["error"],
        json!({
            "kind": "source_profile_not_found",
            "message": "profile `b`: its source_profile `c` does not exist (chain: `a` -> `b`)",
            "file": "~/.aws/config",
            "line": 6,
            "hints": [],
        })
    );
}

const MIXED: &str = "\
[profile sso]
sso_session = corp
sso_account_id = 123456789012
sso_role_name = Admin
region = eu-west-1
[sso-session corp]
sso_start_url = u
sso_region = eu-central-1
[profile role]
role_arn = arn:aws:iam::210987654321:role/path/deploy
source_profile = sso
[profile process]
credential_process = helper
[profile web]
role_arn = arn:aws:iam::210987654321:role/web
web_identity_token_file = /t
[profile empty]
output = json
";

#[test]
fn profiles_in_file_order() {
    let credentials = "[keys]\naws_access_key_id = AKIA\naws_secret_access_key = FAKEsecret/1\n";
    let home = Home::new().config(MIXED).credentials(credentials);
    home.run(["profiles"]).prints(
        "\
PROFILE  KIND                ACCOUNT       ROLE         REGION
sso      sso                 123456789012  Admin        eu-west-1
role     assume_role         210987654321  path/deploy  -
process  credential_process  -             -            -
web      web_identity        210987654321  web          -
empty    none                -             -            -
keys     static              -             -            -
",
    );
    let rows = json(home.run(["profiles", "--json"]).succeeds().stdout());
    assert_eq!(
        rows[1],
        json!({
            "profile": "role",
            "kind": "assume_role",
            "account": "210987654321",
            "role": "path/deploy",
            "region": null,
            "file": "~/.aws/config",
            "line": 9,
        })
    );
    assert_eq!(rows[5]["file"], "~/.aws/credentials");
    Home::new().run(["profiles", "--json"]).prints("[]\n");
}

#[test]
fn names_from_files_are_escaped_for_people() {
    let home = Home::new().config("[profile a\x1b]0;x\x07b\u{202e}]\nregion = x\n");
    let output = home.run(["profiles"]).succeeds();
    assert!(!output.stdout.contains(&0x1b) && !output.stdout().contains('\u{202e}'));
}
