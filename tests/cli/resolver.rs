//! The plan that a profile resolves to.

use serde_json::{Value, json};

use crate::support::Home;
use crate::unresolved::fails;

/// `explain --json` of a profile that resolves.
pub(crate) fn explained(config: &str, profile: &str) -> Value {
    explained_with(config, "", profile)
}

fn explained_with(config: &str, credentials: &str, profile: &str) -> Value {
    let home = Home::new().config(config).credentials(credentials);
    let output = home.run(["-p", profile, "explain", "--json"]).succeeds();
    serde_json::from_str(output.stdout()).expect("JSON")
}

pub(crate) fn plan(config: &str, profile: &str) -> Value {
    explained(config, profile)["plan"].clone()
}

pub(crate) fn source(config: &str, profile: &str) -> Value {
    plan(config, profile)["source"].clone()
}

pub(crate) const SSO: &str = "\
[profile base]
sso_session = corp
sso_account_id = 012345678901
sso_role_name = Admin
region = eu-west-1

[sso-session corp]
sso_start_url = https://corp.awsapps.com/start#/
sso_region = eu-central-1
";

#[test]
fn a_session() {
    assert_eq!(
        plan(SSO, "base"),
        json!({
            "chain": ["base"],
            "source": {
                "type": "sso",
                "session": "corp",
                "start_url": "https://corp.awsapps.com/start#/",
                "sso_region": "eu-central-1",
                "account_id": "012345678901",
                "role_name": "Admin",
            },
            "hops": [],
        })
    );
}

#[test]
fn the_older_form() {
    let config = "[profile p]\nsso_start_url = https://x.awsapps.com/start\nsso_region = eu-west-1\n\
                  sso_account_id = 123456789012\nsso_role_name = R\n";
    let source = source(config, "p");
    assert_eq!(source["session"], Value::Null);
    assert_eq!(source["start_url"], "https://x.awsapps.com/start");
}

#[test]
fn account_and_role_may_stand_in_the_session() {
    let config = "[profile p]\nsso_session = s\nsso_role_name = R\n[sso-session s]\n\
                  sso_start_url = u\nsso_region = eu-west-1\nsso_account_id = 123456789012\n";
    assert_eq!(source(config, "p")["account_id"], "123456789012");
}

#[test]
fn hops_come_in_the_order_they_are_taken() {
    let config = format!(
        "{SSO}\n[profile mid]\nrole_arn = arn:aws:iam::111111111111:role/mid\nsource_profile = base\n\
         external_id = ext\nrole_session_name = me\nduration_seconds = 900\nregion = us-east-1\n\
         [profile top]\nrole_arn = arn:aws:iam::222222222222:role/top\nsource_profile = mid\n\
         mfa_serial = arn:aws:iam::333333333333:mfa/me\nduration_seconds = soon\n"
    );
    let report = explained(&config, "top");
    assert_eq!(report["plan"]["chain"], json!(["top", "mid", "base"]));
    assert_eq!(report["plan"]["source"]["type"], "sso");
    assert_eq!(
        report["plan"]["hops"],
        json!([
            {
                "profile": "mid",
                "role_arn": "arn:aws:iam::111111111111:role/mid",
                "external_id": "ext",
                "role_session_name": "me",
                "duration_seconds": 900,
                "mfa_serial": null,
                "policy": null,
                "policy_arns": [],
            },
            {
                "profile": "top",
                "role_arn": "arn:aws:iam::222222222222:role/top",
                "external_id": null,
                "role_session_name": null,
                "duration_seconds": null,
                "mfa_serial": "arn:aws:iam::333333333333:mfa/me",
                "policy": null,
                "policy_arns": [],
            },
        ])
    );
    assert_eq!(
        report["warnings"][0]["message"],
        "`duration_seconds` is not a whole number and is ignored"
    );
    assert_eq!(report["warnings"][0]["line"], 22);
}

/// SPEC 2.1, 2.3, 10: what wins inside one profile.
#[test]
fn precedence() {
    let keys = "aws_access_key_id = AKIACONFIG\naws_secret_access_key = FAKEsecret/1\n";
    let sso = "sso_start_url = u\nsso_region = eu-west-1\nsso_account_id = 123456789012\n\
               sso_role_name = R\n";
    let process = "credential_process = helper\n";
    let credentials = "[p]\naws_access_key_id = AKIACREDS\naws_secret_access_key = FAKEsecret/2\n";
    let of = |config: &str, credentials: &str| {
        explained_with(config, credentials, "p")["plan"]["source"].clone()
    };
    let profile = |body: &str| format!("[profile p]\n{body}");
    // SSO before static keys, wherever those are.
    assert_eq!(of(&profile(&format!("{keys}{sso}")), credentials)["type"], "sso");
    // Keys in the credentials file before credential_process, and that before keys in the config.
    assert_eq!(of(&profile(process), credentials)["access_key_id"], "AKIACREDS");
    assert_eq!(of(&profile(&format!("{process}{keys}")), "")["type"], "credential_process");
    assert_eq!(of(&profile(keys), credentials)["access_key_id"], "AKIACREDS");
    assert_eq!(of(&profile(keys), "")["access_key_id"], "AKIACONFIG");
    // A role before keys in the first profile, keys before a role further down.
    let role = "role_arn = arn:aws:iam::123456789012:role/r\nsource_profile = b\n";
    let top = profile(&format!("{role}{keys}"));
    let b = "[profile b]\naws_access_key_id = AKIAB\naws_secret_access_key = FAKEsecret/3\n";
    let config =
        format!("{top}{b}role_arn = arn:aws:iam::123456789012:role/b\nsource_profile = p\n");
    let plan = self::plan(&config, "p");
    assert_eq!(plan["source"]["access_key_id"], "AKIAB");
    assert_eq!(plan["hops"].as_array().map(Vec::len), Some(1));
    // There, keys displace the role; otherwise the order is the same (SPEC 2.3).
    for (more, kind) in [
        (sso, "sso"),
        (process, "credential_process"),
        ("web_identity_token_file = /t\n", "web_identity"),
    ] {
        let plan = self::plan(&format!("{config}{more}"), "p");
        assert_eq!(plan["source"]["type"], kind);
        assert_eq!(plan["hops"].as_array().map(Vec::len), Some(1), "{kind}");
    }
    // Web identity uses the role_arn.
    let web =
        profile("role_arn = arn:aws:iam::123456789012:role/r\nweb_identity_token_file = /t\n");
    assert_eq!(
        of(&web, ""),
        json!({
            "type": "web_identity",
            "role_arn": "arn:aws:iam::123456789012:role/r",
            "web_identity_token_file": "/t",
            "role_session_name": null,
        })
    );
}

/// A key beside another source is what the AWS CLI passes over, and some SDKs don't.
#[test]
fn an_access_key_that_only_some_programs_use() {
    let keys = "aws_access_key_id = AKIACREDS\naws_secret_access_key = FAKEsecret/2\n";
    let warned = |config: &str, credentials: &str| {
        explained_with(config, credentials, "p")["warnings"].clone()
    };
    let sso = SSO.replace("base", "p");
    let warnings = warned(&sso, &format!("[p]\n{keys}"));
    assert_eq!(
        warnings[0]["message"],
        "profile `p` also has an access key, which the AWS SDKs for Go and JavaScript use instead: \
         remove the one that is not meant"
    );
    assert_eq!(warnings[0]["line"], 2);
    let process = "[profile p]\ncredential_process = helper\n";
    assert_eq!(warned(&format!("{process}{keys}"), "")[0]["line"], 3);
    // Where all agree, there is nothing to say.
    let role = "[profile p]\nrole_arn = arn:aws:iam::123456789012:role/r\nsource_profile = p\n";
    for config in [process, role, "[profile p]\n"] {
        assert_eq!(warned(config, &format!("[p]\n{keys}")), json!([]), "{config}");
    }
    assert_eq!(warned(&sso, ""), json!([]));
}

/// If both files have a setting, the credentials file wins. But a key and its token come from the
/// same file (SPEC 1.3.13).
#[test]
fn both_files() {
    let role = |name: &str| format!("role_arn = arn:aws:iam::123456789012:role/{name}\n");
    let keys = "aws_access_key_id = AKIA\naws_secret_access_key = FAKEsecret/1\n";
    let config =
        format!("[profile p]\n{}source_profile = keys\n[profile keys]\n{keys}", role("config"));
    let credentials = format!("[p]\n{}[keys]\naws_session_token = FAKEtoken/2\n", role("other"));
    let report = explained_with(&config, &credentials, "p");
    assert_eq!(report["plan"]["hops"][0]["role_arn"], "arn:aws:iam::123456789012:role/other");
    Home::new()
        .config(&config)
        .credentials(&credentials)
        .run(["-p", "keys", "credential-process"])
        .prints("{\"Version\":1,\"AccessKeyId\":\"AKIA\",\"SecretAccessKey\":\"FAKEsecret/1\"}\n");
}

#[test]
fn credential_sources() {
    for (name, kind) in [
        ("Environment", "environment"),
        ("Ec2InstanceMetadata", "ec2_instance_metadata"),
        ("EcsContainer", "ecs_container"),
    ] {
        let config =
            format!("[profile p]\nrole_arn = arn:aws:iam::1:role/r\ncredential_source={name}");
        let plan = plan(&config, "p");
        assert_eq!(plan["source"], json!({ "type": kind }));
        assert_eq!(plan["hops"][0]["role_arn"], "arn:aws:iam::1:role/r");
    }
    fails(
        "[profile p]\nrole_arn = arn:aws:iam::1:role/r\ncredential_source = environment\n",
        "p",
        "invalid_setting",
        3,
        "error: profile `p`: credential_source `environment` is not known\n  --> ~/.aws/config:3\n\
         hint: it must be exactly `Environment`, `Ec2InstanceMetadata` or `EcsContainer`\n",
    );
}

#[test]
fn a_profile_may_be_its_own_source() {
    let role = "role_arn = arn:aws:iam::1:role/r\nsource_profile = p\n";
    let keys = "aws_access_key_id = AKIA\naws_secret_access_key = FAKEsecret/1\n";
    let sso = "sso_start_url = u\nsso_region = eu-west-1\nsso_account_id = 123456789012\n\
               sso_role_name = R\n";
    for (own, kind) in
        [(keys, "static"), (sso, "sso"), ("credential_process = x\n", "credential_process")]
    {
        let plan = plan(&format!("[profile p]\n{role}{own}"), "p");
        assert_eq!(plan["source"]["type"], kind);
        assert_eq!(plan["hops"].as_array().map(Vec::len), Some(1));
    }
    fails(
        &format!("[profile p]\n{role}"),
        "p",
        "source_profile_loop",
        3,
        "error: profile `p` is its own source_profile and holds no credentials: `p` -> `p`\n  --> \
         ~/.aws/config:3\nhint: name another profile, or add keys or sso_* settings to this one\n",
    );
}

/// The dialects of SPEC 1.3 to 1.6 in one file, as somebody might have collected them.
#[test]
fn every_dialect() {
    let config = "\u{feff}# a comment\r\n\
        [default]\r\nregion = us-east-1 # home\r\n\r\n\
        [ profile   spaced ] ; c\r\nregion=eu-west-1\r\n\
        [profile 'my prof']\r\n  region : eu-west-2\r\n  output : json\r\n\
        [profile \"quo\\\"ted\"]\r\nregion = eu-west-3\r\n\
        [profile dup]\r\nregion = a\r\nregion = b\r\n\
        [profile s3]\r\ns3 =\r\n  max = 1\r\n\r\n  # not a value\r\nREGION = c\r\n\
        [profile dup]\r\noutput = text\r\n";
    let home = Home::new().config(config);
    let rows = home.run(["profiles", "--json"]).succeeds();
    let rows: Value = serde_json::from_str(rows.stdout()).expect("JSON");
    let found: Vec<(&str, &str)> = rows
        .as_array()
        .expect("a list")
        .iter()
        .map(|row| (row["profile"].as_str().unwrap_or(""), row["region"].as_str().unwrap_or("")))
        .collect();
    assert_eq!(
        found,
        [
            ("default", "us-east-1"),
            ("spaced", "eu-west-1"),
            ("my prof", "eu-west-2"),
            ("quo\"ted", "eu-west-3"),
            ("dup", "b"),
            ("s3", "c"),
        ]
    );
}

#[test]
fn a_uniformly_indented_file() {
    let config = "    [default]\n    region = a\n    [profile x]\n    aws_access_key_id = AKIA\n    \
                  aws_secret_access_key = FAKEsecret/1\n";
    assert_eq!(source(config, "x")["access_key_id"], "AKIA");
}

#[test]
fn prefixed_default_wins() {
    let config = "[profile default]\naws_access_key_id = AKIAPREFIXED\naws_secret_access_key = \
                  FAKEsecret/1\n[default]\naws_access_key_id = AKIABARE\naws_secret_access_key = \
                  FAKEsecret/2\n";
    assert_eq!(source(config, "default")["access_key_id"], "AKIAPREFIXED");
}

#[test]
fn files_from_the_environment() {
    let keys =
        "[default]\naws_access_key_id = AKIAELSEWHERE\naws_secret_access_key = FAKEsecret/1\n";
    let home = Home::new().file("elsewhere", keys).config("[default]\nregion = x\n");
    for (name, value) in [
        ("AWS_CONFIG_FILE", "~/elsewhere".to_owned()),
        ("AWS_SHARED_CREDENTIALS_FILE", "~/elsewhere".to_owned()),
        ("AWS_CONFIG_FILE", home.path("elsewhere").display().to_string()),
    ] {
        let output = home.run(["export"]).env(name, value).succeeds();
        assert_eq!(output.exported()["AWS_ACCESS_KEY_ID"], "AKIAELSEWHERE");
    }
    let output = home.run(["explain", "--json"]).env("AWS_CONFIG_FILE", "/no/such/file").report();
    let report: Value = serde_json::from_str(output.stdout()).expect("JSON");
    assert_eq!(report["files"][0]["path"], "/no/such/file");
    assert_eq!(report["files"][0]["exists"], false);
}

#[test]
fn flags_alone() {
    let home = Home::new();
    let role = ["--account-id", "123456789012", "--role-name", "R", "explain", "--json"];
    let source = |flags: &[&str]| {
        let output = home.run(flags.iter().chain(&role)).succeeds();
        let report: Value = serde_json::from_str(output.stdout()).expect("JSON");
        assert_eq!(report["profile"], Value::Null);
        report["plan"]["source"].clone()
    };
    let by_url =
        source(&["--start-url", "https://x.awsapps.com/start", "--sso-region", "eu-west-1"]);
    assert_eq!(by_url["session"], Value::Null);
    assert_eq!(by_url["start_url"], "https://x.awsapps.com/start");
    let by_session = source(&["--sso-session", "corp"]);
    assert_eq!(
        (by_session["session"].as_str(), &by_session["start_url"]),
        (Some("corp"), &Value::Null)
    );

    let home = Home::new().config(SSO);
    let flags =
        ["--sso-session", "crop", "--account-id", "123456789012", "--role-name", "R", "export"];
    home.run(flags).fails(
        4,
        "error: there is no `[sso-session crop]` in ~/.aws/config\nhint: did you mean `corp`?\n\
         hint: if the session is not in the config, also give `--sso-region`\n",
    );
}
