//! Profiles whose sections the AWS CLI and the SDKs don't read alike: two spellings of one header,
//! and `[DEFAULT]`. As with everything else, the AWS CLI's reading counts.

use crate::clients::installed;
use crate::support::{Home, KEYS};

/// A source of credentials that wins over any access key in the config file.
const PROCESS: &str = "credential_process = ./helper\n";
const ANSWER: &str =
    r#"{"Version":1,"AccessKeyId":"AKIAHELPER","SecretAccessKey":"FAKEsecret/helper"}"#;

/// One profile `p`: its config, its credentials file, the access key, the warning.
const CASES: [(&str, &str, &str, &str); 13] = [
    // In the config file, the last of two spellings counts.
    (
        "[profile p]\nPROCESS[profile 'p']\nKEYS",
        "",
        "AKIAEXAMPLE",
        "`[profile p]` is ignored because there is a `[profile 'p']`, but the two lead to different \
         credentials: remove one of them (~/.aws/config:1)",
    ),
    (
        "[profile 'p']\nKEYS[profile p]\nPROCESS",
        "",
        "AKIAHELPER",
        "`[profile 'p']` is ignored because there is a `[profile p]`, but the two lead to different \
         credentials: remove one of them (~/.aws/config:1)",
    ),
    (
        "[profile p ]\nPROCESS[profile  p]\nKEYS",
        "",
        "AKIAEXAMPLE",
        "`[profile p ]` is ignored because there is a `[profile  p]`, but the two lead to different \
         credentials: remove one of them (~/.aws/config:1)",
    ),
    ("[profile 'p']\nregion = eu-west-1\n[profile p]\nPROCESS", "", "AKIAHELPER", ""),
    // A blank after the bracket hides a section of the config file from it.
    (
        "[ profile p]\nrole_arn = arn:aws:iam::1:role/r\nsource_profile = p\n",
        "[p]\nKEYS",
        "AKIAEXAMPLE",
        "`[ profile p]` is ignored because there is a `[p]`, but the two lead to different \
         credentials: remove one of them (~/.aws/config:1)",
    ),
    (
        "[profile p]\nPROCESS[ profile p]\nrole_arn = arn:aws:iam::1:role/r\nsource_profile = p\n",
        "",
        "AKIAHELPER",
        "`[ profile p]` is ignored because there is a `[profile p]`, but the two lead to different \
         credentials: remove one of them (~/.aws/config:3)",
    ),
    // In the credentials file, any blank within the brackets does.
    (
        "[profile p]\nPROCESS",
        "[p ]\nKEYS",
        "AKIAHELPER",
        "`[p ]` is ignored because there is a `[profile p]`, but the two lead to different \
         credentials: remove one of them (~/.aws/credentials:1)",
    ),
    (
        "",
        "[p]\nKEYS[ p ]\nrole_arn = arn:aws:iam::1:role/r\nsource_profile = p\n",
        "AKIAEXAMPLE",
        "`[ p ]` is ignored because there is a `[p]`, but the two lead to different credentials: \
         remove one of them (~/.aws/credentials:4)",
    ),
    // `[DEFAULT]` is part of every section of its file that lacks its keys.
    (
        "[profile p]\nKEYS[DEFAULT]\nPROCESS",
        "",
        "AKIAHELPER",
        "`credential_process` of profile `p` comes from `[DEFAULT]`, which the AWS CLI adds to every \
         section and the AWS SDKs ignore: move it to the profiles that need it (~/.aws/config:5)",
    ),
    ("[DEFAULT]\ncredential_process = ./other\n[profile p]\nPROCESS", "", "AKIAHELPER", ""),
    ("[DEFAULT]\nKEYS", "[p]\nPROCESS", "AKIAHELPER", ""),
    (
        "[profile p]\nPROCESS",
        "[p]\nregion = eu-west-1\n[DEFAULT]\nKEYS",
        "AKIAEXAMPLE",
        "`aws_access_key_id` of profile `p` comes from `[DEFAULT]`, which the AWS CLI adds to every \
         section and the AWS SDKs ignore: move it to the profiles that need it \
         (~/.aws/credentials:4)",
    ),
    ("[profile p]\nPROCESS[DEFAULT]\nregion = eu-west-1\n", "", "AKIAHELPER", ""),
];

fn home(config: &str, credentials: &str) -> Home {
    let (_, keys) = KEYS.split_once('\n').expect("a header");
    let text = |text: &str| text.replace("KEYS", keys).replace("PROCESS", PROCESS);
    let home = Home::new().config(&text(config)).credentials(&text(credentials));
    home.script("helper", &format!("#!/bin/sh\necho '{ANSWER}'\n"))
}

#[test]
fn the_aws_cli_s_reading_counts() {
    for (config, credentials, key, warning) in CASES {
        let output = home(config, credentials).run(["-p", "p", "export"]).output();
        let expected =
            if warning.is_empty() { String::new() } else { format!("warning: {warning}\n") };
        assert_eq!(output.stderr, expected, "{config}{credentials}");
        assert_eq!(output.exported()["AWS_ACCESS_KEY_ID"], key, "{config}{credentials}");
    }
}

/// `status`, `profiles` and the picker look at all profiles at once.
#[test]
fn so_it_does_for_all_profiles_at_once() {
    for (config, credentials, key, _) in CASES {
        let output = home(config, credentials).run(["profiles", "--json"]).succeeds();
        let rows: serde_json::Value = serde_json::from_str(output.stdout()).expect("JSON");
        let kind = if key == "AKIAHELPER" { "credential_process" } else { "static" };
        let rows = rows.as_array().expect("a list");
        let row = rows.iter().find(|row| row["profile"] == "p").expect("the profile");
        assert_eq!(row["kind"], kind, "{config}{credentials}");
    }
}

#[test]
fn and_this_is_its_reading() {
    let Some(python) = installed("python/bin/python") else { return };
    let script = "import botocore.session; \
                  print(botocore.session.Session(profile='p').get_credentials().access_key)";
    for (config, credentials, key, _) in CASES {
        let home = home(config, credentials);
        home.tool(&python, ["-c", script]).prints(&format!("{key}\n"));
    }
}

/// If it finds no credentials in what it reads, what the SDKs read counts.
#[test]
fn what_only_the_sdks_read_is_better_than_nothing() {
    for (config, credentials) in [
        ("[ profile p ]\nKEYS", ""),
        ("[profile p]\nregion = eu-west-1\n", "[ p ]\nKEYS"),
        ("[profile 'p']\nKEYS[profile p]\nregion = eu-west-1\n", ""),
    ] {
        let output = home(config, credentials).run(["-p", "p", "export"]).succeeds();
        assert_eq!(output.exported()["AWS_ACCESS_KEY_ID"], "AKIAEXAMPLE", "{config}");
    }
}

#[test]
fn explain_says_which_sections_are_read_differently() {
    let home = home("[DEFAULT]\n[profile p]\nKEYS[profile 'p']\nKEYS[profile p]\n", "");
    let output = home.run(["-p", "p", "explain", "--json"]).succeeds();
    let report: serde_json::Value = serde_json::from_str(output.stdout()).expect("JSON");
    let warnings = report["warnings"].as_array().expect("a list");
    let told: Vec<_> = warnings.iter().map(|w| (&w["line"], &w["message"])).collect();
    let [first, second, third] = &told[..] else { panic!("{told:?}") };
    assert_eq!(first.0, 1);
    assert_eq!(
        first.1,
        "the AWS CLI adds the keys of this section to every other one, and the AWS SDKs ignore it"
    );
    assert_eq!(second.0, 5);
    let spelled = "another section has this name in another spelling: the AWS CLI reads only one of \
                   them";
    assert_eq!(second.1, spelled);
    assert_eq!(third.1, spelled);
}
