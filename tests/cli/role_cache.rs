//! Real clients and ssowrap share one cache of role credentials: what one obtained, the other uses.

use std::fs;

use serde_json::Value;

use crate::clients::{self, installed};
use crate::entries::{after_login, key_of, names};
use crate::support::{Home, token_file};

const OPERATION: &str = "GetRoleCredentials";
const CACHE: &str = ".aws/cli/cache";
const URL: &str = "https://corp.awsapps.com/start#/";
const CONFIG: &str = "\
[profile dev]
sso_session = corp
sso_account_id = 123456789012
sso_role_name = Admin
region = eu-west-1

[sso-session corp]
sso_start_url = https://corp.awsapps.com/start#/
sso_region = eu-central-1

[profile old]
sso_start_url = https://corp.awsapps.com/start#/
sso_region = eu-central-1
sso_account_id = 123456789012
sso_role_name = Admin
region = eu-west-1
";

fn home() -> Home {
    Home::with_aws().config(CONFIG).login("corp").login(URL)
}

/// The only file in the cache, with secrets and times masked.
fn form(home: &Home) -> (String, String) {
    let directory = home.path(CACHE);
    let [name] = names(&directory).try_into().expect("one entry");
    let mut text = fs::read_to_string(directory.join(&name)).expect("an entry");
    let entry: Value = serde_json::from_str(&text).expect("JSON");
    for value in entry["Credentials"].as_object().expect("an object").values() {
        text = text.replace(value.as_str().expect("text"), "*");
    }
    (name, text)
}

#[test]
fn botocore_and_ssowrap_warm_each_other() {
    let Some(python) = installed("python/bin/python") else {
        return;
    };
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/clients/role_cache.py");
    let botocore = |home: &Home, profile: &str| {
        home.tool(&python, [script, profile]).succeeds().stdout().trim().to_owned()
    };
    for profile in ["dev", "old"] {
        let ours_first = home();
        let key = key_of(&ours_first, profile);
        let ours = form(&ours_first);
        assert_eq!(botocore(&ours_first, profile), key);
        assert_eq!(ours_first.aws().count(OPERATION), 1);

        let theirs_first = home();
        for key in ["corp", URL] {
            after_login(&theirs_first, key);
        }
        let key = botocore(&theirs_first, profile);
        assert_eq!(form(&theirs_first), ours);
        assert_eq!(key_of(&theirs_first, profile), key);
        assert_eq!(theirs_first.aws().count(OPERATION), 1);
        assert_eq!(form(&theirs_first), ours);
    }
}

#[test]
fn the_aws_cli_uses_what_ssowrap_obtained() {
    let Some(aws) = clients::aws_cli_2() else { return };
    for profile in ["dev", "old"] {
        let home = home();
        let key = key_of(&home, profile);
        let url = home.aws().url();
        let call = ["sts", "get-caller-identity", "--profile", profile, "--endpoint-url", &url];
        let output = home.tool(&aws, call).succeeds();
        assert!(output.stdout().contains("assumed-role/AWSReservedSSO_Admin_"));
        assert_eq!(home.aws().log_of("GetCallerIdentity")[0].access_key_id, Some(key));
        assert_eq!(home.aws().count(OPERATION), 1);
    }
}

/// `aws sso logout` treats what ssowrap obtained through a login as its own.
#[test]
fn the_aws_cli_cleans_up_after_ssowrap() {
    let Some(aws) = clients::aws_cli_2() else { return };
    let home = home();
    for profile in ["dev", "old"] {
        key_of(&home, profile);
    }
    assert_eq!(names(&home.path(CACHE)).len(), 2);
    // Without a token, it need not call the portal, whose address this version always derives from
    // the region.
    for key in ["corp", URL] {
        fs::remove_file(home.path(&token_file(key))).expect("a token");
    }
    home.tool(&aws, ["sso", "logout"]).succeeds();
    let left = names(&home.path(CACHE));
    assert!(left.iter().all(|name| !name.ends_with(".json")), "{left:?}");
}
