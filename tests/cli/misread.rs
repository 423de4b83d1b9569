//! Values and sections that can't be what the user meant: named with file and line before any
//! request to AWS.

mod indented;

use serde_json::Value;

use crate::resolver::explained;
use crate::support::{Home, KEYS};
use crate::unresolved::fails;

const SESSION: &str = "[sso-session corp]\nsso_start_url = https://corp.awsapps.com/start\nsso_region = eu-central-1\n";

/// A profile of `corp` with these lines.
pub(crate) fn profile(lines: &str) -> String {
    format!("{SESSION}[profile p]\nsso_session = corp\n{lines}\n")
}

#[test]
fn account_ids() {
    for (value, hint) in [
        ("1234-5678-9012", "write it as `123456789012`"),
        ("1234 5678 9012", "write it as `123456789012`"),
        ("12345678901", "an account id has twelve digits, including leading zeros"),
        ("1234567890123", "an account id has twelve digits, including leading zeros"),
        ("prod", "an account id has twelve digits, including leading zeros"),
    ] {
        fails(
            &profile(&format!("sso_role_name = R\nsso_account_id = {value}")),
            "p",
            "invalid_setting",
            7,
            &format!(
                "error: profile `p`: `sso_account_id` `{value}` is not twelve digits\n  --> \
                 ~/.aws/config:7\nhint: {hint}\n"
            ),
        );
    }
}

/// The account of keys is only for the programs that get them: if it is none, they get none.
#[test]
fn accounts_of_keys() {
    for account in ["\"123456789012\"", "1234-5678-9012", "corp"] {
        let home = Home::new().config(&format!("{KEYS}aws_account_id = {account}\n"));
        home.run(["-p", "keys", "credential-process"]).prints(
            "{\"Version\":1,\"AccessKeyId\":\"AKIAEXAMPLE\",\"SecretAccessKey\":\"FAKEsecret/+key\"}\n",
        );
        let given = home.run(["-p", "keys", "export"]).output();
        assert!(!given.exported().contains_key("AWS_ACCOUNT_ID"), "{}", given.stdout());
        let output = home.run(["-p", "keys", "explain", "--json"]).succeeds();
        let report: Value = serde_json::from_str(output.stdout()).expect("JSON");
        let message = "`aws_account_id` is not twelve digits and is ignored";
        assert_eq!(report["warnings"][0]["message"], message);
        assert_eq!(report["warnings"][0]["line"], 4);
        let rows = home.run(["profiles", "--json"]).succeeds();
        let rows: Value = serde_json::from_str(rows.stdout()).expect("JSON");
        assert_eq!(rows[0]["account_id"], Value::Null, "{rows}");
    }
}

#[test]
fn values_in_quotes() {
    let role = "sso_account_id = 123456789012\nsso_role_name = R\n";
    let start_url = "sso_start_url = \"https://x\"\nsso_region = eu-central-1\n";
    for (config, key, line) in [
        (profile("sso_role_name = R\nsso_account_id = \"123456789012\""), "sso_account_id", 7),
        (profile("sso_account_id = 123456789012\nsso_role_name = 'R'"), "sso_role_name", 7),
        (format!("[profile p]\n{start_url}{role}"), "sso_start_url", 2),
        (
            format!(
                "{KEYS}[profile p]\nsource_profile = keys\nrole_arn = 'arn:aws:iam::1:role/r'\n"
            ),
            "role_arn",
            6,
        ),
        (
            KEYS.replace("AKIAEXAMPLE", "\"AKIAEXAMPLE\"").replace("keys", "p"),
            "aws_access_key_id",
            2,
        ),
        (
            KEYS.replace("FAKEsecret/+key", "'FAKEsecret'").replace("keys", "p"),
            "aws_secret_access_key",
            3,
        ),
        (KEYS.replace("keys", "p") + "aws_session_token = \"FAKEtoken\"\n", "aws_session_token", 4),
    ] {
        fails(
            &config,
            "p",
            "invalid_setting",
            line,
            &format!(
                "error: profile `p`: `{key}` is in quotes, which count as part of the value\n  --> \
                 ~/.aws/config:{line}\nhint: remove the quotes\n"
            ),
        );
    }
    fails(
        &format!("{SESSION}[profile p]\nsso_session = \"corp\"\n{role}"),
        "p",
        "sso_session_not_found",
        5,
        "error: profile `p`: there is no `[sso-session \"corp\"]`\n  --> ~/.aws/config:5\nhint: \
         remove the quotes: they count as part of the name\n",
    );
    fails(
        "[profile p]\nrole_arn = arn:aws:iam::1:role/r\nsource_profile = \"base\"\n[profile base]\n",
        "p",
        "source_profile_not_found",
        3,
        "error: profile `p`: its source_profile `\"base\"` does not exist\n  --> ~/.aws/config:3\n\
         hint: remove the quotes: they count as part of the name\n",
    );
    fails(
        "[profile base]\n",
        "\"base\"",
        "profile_not_found",
        0,
        "error: there is no profile `\"base\"` in ~/.aws/config or ~/.aws/credentials\nhint: remove \
         the quotes: they count as part of the name\nhint: `ssowrap profiles` lists the profiles; \
         `ssowrap configure` adds more\n",
    );
}

/// If a setting occurs twice with different values, that is reported on stderr, because the one
/// that counts decides whose credentials these are.
#[test]
fn sections_of_one_name_that_disagree() {
    let config = "[profile p]\ncredential_process = ./other\nregion = eu-west-1\n\
                  [profile p]\ncredential_process = ./helper\nregion = eu-west-2\n";
    let keys = r#"{"Version":1,"AccessKeyId":"AKIAFAKE","SecretAccessKey":"FAKEsecret"}"#;
    let home = Home::new().config(config);
    let home = home.script("helper", &format!("#!/bin/sh\necho '{keys}'\n"));
    let twice = |key: &str, profile: &str, file: &str, first: u32, second: u32| {
        format!(
            "warning: `{key}` of profile `{profile}` appears twice: this value counts, and the other \
             one, at {file}:{first}, does not: remove one of them ({file}:{second})\n"
        )
    };
    let process = |second| twice("credential_process", "p", "~/.aws/config", 2, second);
    let output = home.run(["-p", "p", "export"]).output();
    assert_eq!(output.stderr, process(5));
    assert_eq!(output.exported()["AWS_ACCESS_KEY_ID"], "AKIAFAKE");
    assert_eq!(home.run(["-p", "p", "-q", "export"]).output().stderr, "");
    // Also within one section.
    home.write(
        ".aws/config",
        "[profile p]\ncredential_process = ./other\ncredential_process = ./helper",
    );
    assert_eq!(home.run(["-p", "p", "export"]).output().stderr, process(3));
    // Two access keys in one file; in the other file, they are usual.
    let keys =
        |id: &str| format!("aws_access_key_id = {id}\naws_secret_access_key = FAKEsecret/1\n");
    home.write(".aws/credentials", format!("[k]\n{}[k]\n{}", keys("AKIAOLD"), keys("AKIANEW")));
    home.write(".aws/config", "");
    let output = home.run(["-p", "k", "export"]).output();
    assert_eq!(output.stderr, twice("aws_access_key_id", "k", "~/.aws/credentials", 2, 5));
    assert_eq!(output.exported()["AWS_ACCESS_KEY_ID"], "AKIANEW");
    home.write(".aws/credentials", format!("[k]\n{}", keys("AKIANEW")));
    home.write(".aws/config", format!("[profile k]\n{}", keys("AKIAOLD")));
    assert_eq!(home.run(["-p", "k", "export"]).output().stderr, "");
    // A section that is ignored. The AWS CLI uses the last of the two.
    let process = |name: &str| format!("credential_process = ./{name}\n");
    for (bare, warning) in [
        ("region = eu-west-2\n".to_owned(), ""),
        (process("helper"), ""),
        (
            process("other"),
            "warning: `[default]` is ignored because there is a `[profile default]`, but the two lead to \
             different credentials: remove one of them (~/.aws/config:3)\n",
        ),
    ] {
        let config = format!("[profile default]\n{}[default]\n{bare}", process("helper"));
        home.write(".aws/config", config);
        assert_eq!(home.run(["export"]).output().stderr, warning, "{bare}");
    }
    // Also between the two files.
    let home = Home::new()
        .config(&profile("sso_account_id = 111111111111\nsso_role_name = R\nregion = eu-west-1"))
        .credentials("[p]\nsso_account_id = 222222222222\nsso_role_name = R\nregion = eu-west-2\n");
    let output = home.run(["-p", "p", "explain", "--json"]).succeeds();
    let report: Value = serde_json::from_str(output.stdout()).expect("JSON");
    let messages: Vec<_> = report["warnings"].as_array().expect("a list").iter().collect();
    assert_eq!(messages.len(), 1, "{messages:?}");
    assert_eq!(
        messages[0]["message"],
        "`sso_account_id` of profile `p` appears twice: this value counts, and the other one, at \
         ~/.aws/config:6, does not: remove one of them"
    );
    assert_eq!(messages[0]["line"], 2);
}

#[test]
fn sections_that_are_nearly_right() {
    let role =
        "[profile p]\nsso_session = corp\nsso_account_id = 123456789012\nsso_role_name = R\n";
    for header in [
        "[sso_session corp]",
        "[sso-sesion corp]",
        "[SSO-Session corp]",
        "[corp]",
        "[sso-sessioncorp]",
    ] {
        fails(
            &format!("{role}{header}\nsso_region = eu-central-1\n"),
            "p",
            "sso_session_not_found",
            2,
            &format!(
                "error: profile `p`: there is no `[sso-session corp]`\n  --> ~/.aws/config:2\nhint: \
                 ~/.aws/config:5 says `{header}`: it must be `[sso-session corp]`\n"
            ),
        );
    }
    for header in ["[profil x]", "[Profile x]", "[profile-x]", "[profilex]"] {
        let home = Home::new().config(&format!("[profile y]\n{header}\nregion = r\n"));
        home.run(["-p", "x", "export"]).fails(
            4,
            "error: there is no profile `x` in ~/.aws/config or ~/.aws/credentials\n  --> \
             ~/.aws/config:2\nhint: in the config file the section must be `[profile x]`\nhint: \
             `ssowrap profiles` lists the profiles; `ssowrap configure` adds more\n",
        );
    }
    fails(
        &format!("{role}[sso-session corp\nsso_region = eu-central-1\n"),
        "p",
        "sso_session_not_found",
        2,
        "error: profile `p`: there is no `[sso-session corp]`\n  --> ~/.aws/config:2\nhint: \
         ~/.aws/config:5: the section header has no closing `]`\nhint: `ssowrap configure` adds \
         one\n",
    );
    let home = Home::new().config(role).credentials("[sso-session corp]\nsso_region = r\n");
    home.run(["-p", "p", "export"]).fails(
        4,
        "error: profile `p`: there is no `[sso-session corp]`\n  --> ~/.aws/config:2\nhint: it \
         is in ~/.aws/credentials:1, where no program looks for it: move it to ~/.aws/config\n",
    );
}

#[test]
fn regions_that_are_nearly_right() {
    let warned =
        |region| explained(&format!("{KEYS}region = {region}\n"), "keys")["warnings"].clone();
    for (region, meant) in [("eu-wset-1", "eu-west-1"), ("EU-CENTRAL-1", "eu-central-1")] {
        let message = format!("`region` `{region}` is not a known region: a misspelled `{meant}`?");
        assert_eq!(warned(region)[0]["message"], message);
    }
    for region in ["eu-west-1", "eu-west-9", "local"] {
        assert_eq!(warned(region), serde_json::json!([]), "{region}");
    }
}

#[test]
fn keys_that_are_nearly_right() {
    let config = profile("sso_account_id = 123456789012\nsso_role_name = R\nregions = eu-west-1");
    let report = explained(&config, "p");
    assert_eq!(
        report["warnings"][0]["message"],
        "no AWS program reads `regions`: a misspelled `region`?"
    );
    assert_eq!(report["warnings"][0]["line"], 8);
    fails(
        &format!("{KEYS}[profile p]\nrole_anr = arn:aws:iam::1:role/r\nsource_profile = keys\n"),
        "p",
        "no_credentials",
        5,
        "error: profile `p` has a source_profile but no role_arn\n  --> ~/.aws/config:5\nhint: \
         `role_anr` is a key that no AWS program reads: a misspelled `role_arn`?\n",
    );
    fails(
        &profile("sso_acount_id = 123456789012\nsso_rolename = R"),
        "p",
        "missing_setting",
        6,
        "error: profile `p` signs in but names no account or role\n  --> ~/.aws/config:6\nhint: \
         `sso_acount_id` is a key that no AWS program reads: a misspelled `sso_account_id`?\n",
    );
    // Other programs' keys are fine.
    let others = "output = json\ncli_pager =\nretry_mode = standard\nmax_attempts = 3\ns3 =\n  \
                  addressing_style = path\nsso_auto_populated = true\ncli_auto_prompt = on\n";
    let config = profile(&format!("sso_account_id = 123456789012\nsso_role_name = R\n{others}"));
    assert_eq!(explained(&config, "p")["warnings"], serde_json::json!([]));
}

#[test]
fn zones_are_no_regions() {
    let words = |place: &str| {
        format!(
            "`eu-west-1a` is not the name of a region\n{place}hint: it is an availability zone of \
             the region `eu-west-1`\n"
        )
    };
    let config = format!("{KEYS}region = eu-west-1a\n");
    let place = "  --> ~/.aws/config:4\n";
    fails(&config, "keys", "invalid_setting", 4, &format!("error: {}", words(place)));
    let home = Home::new().config(KEYS);
    let variable = home.run(["-p", "keys", "export"]).env("AWS_REGION", "eu-west-1a");
    variable.fails(4, &format!("error: AWS_REGION: {}", words("")));
    home.run(["-p", "keys", "--region", "eu-west-1a", "export"])
        .fails(2, &format!("error: --region {}", words("")));
}

/// What aws-vault's profiles lack for other readers.
#[test]
fn a_profile_without_its_session() {
    let role = "sso_account_id = 123456789012\nsso_role_name = R\n";
    let lacks = "error: the SSO settings of profile `p` are incomplete: sso_start_url, sso_region \
                 missing\n  --> ~/.aws/config";
    fails(
        &format!("{SESSION}[profile p]\n{role}"),
        "p",
        "missing_setting",
        4,
        &format!("{lacks}:4\nhint: add `sso_session = corp`\n"),
    );
    fails(
        &format!("{SESSION}{}[profile p]\n{role}", SESSION.replace("corp", "other")),
        "p",
        "missing_setting",
        7,
        &format!("{lacks}:7\nhint: add `sso_session = corp` or `sso_session = other`\n"),
    );
    fails(
        &format!("[profile org]\nregion = r\n[profile p]\ninclude_profile = org\n{role}"),
        "p",
        "missing_setting",
        4,
        &format!(
            "{lacks}:4\nhint: only aws-vault reads `include_profile`: write what it includes into \
             profile `p`\n"
        ),
    );
}

#[test]
fn names_with_the_word_profile() {
    let nowhere = "in ~/.aws/config or ~/.aws/credentials";
    let home = Home::new()
        .config(&format!("{KEYS}[profile p]\nsource_profile = profile keys\nrole_arn = arn:x\n"));
    home.run(["-p", "profile keys", "export"]).fails(
        4,
        &format!(
            "error: there is no profile `profile keys` {nowhere}\nhint: the profile's name is `keys`\n\
             hint: `ssowrap profiles` lists the profiles; `ssowrap configure` adds more\n"
        ),
    );
    home.run(["-p", "p", "export"]).fails(
        4,
        "error: profile `p`: its source_profile `profile keys` does not exist\n  --> \
         ~/.aws/config:5\nhint: the profile's name is `keys`\n",
    );
    let home = Home::new().credentials(&KEYS.replace("keys", "x"));
    home.run(["-p", "x", "export"]).fails(
        4,
        &format!(
            "error: there is no profile `x` {nowhere}\n  --> ~/.aws/credentials:1\nhint: in the \
             credentials file the section must be `[x]`\n"
        ),
    );
}

#[test]
fn a_start_url_without_tls() {
    let config = "[profile p]\nsso_start_url = http://corp.awsapps.com/start\n\
                  sso_region = eu-central-1\nsso_account_id = 123456789012\nsso_role_name = R\n";
    let report = explained(config, "p");
    assert_eq!(
        report["warnings"][0]["message"],
        "`sso_start_url` begins with http://: the start URLs of AWS begin with https://"
    );
    assert_eq!(report["warnings"][0]["line"], 2);
    Home::new().config(config).run(["-p", "p", "login"]).fails(
        4,
        "error: profile `p`: `sso_start_url` begins with http://: the start URLs of AWS begin with \
         https://\n  --> ~/.aws/config:2\nhint: write it as `https://corp.awsapps.com/start`\n",
    );
    for (url, hint) in [
        ("corp.awsapps.com/start", "write it as `https://corp.awsapps.com/start`"),
        ("d-1234567890", "start URLs look like `https://corp.awsapps.com/start`"),
    ] {
        let config = config.replace("http://corp.awsapps.com/start", url);
        Home::new().config(&config).run(["-p", "p", "login"]).fails(
            4,
            &format!(
                "error: profile `p`: `sso_start_url` does not begin with https://\n  --> \
                 ~/.aws/config:2\nhint: {hint}\n"
            ),
        );
    }
    let config = config.replace("http://", "HTTPS://");
    assert_eq!(explained(&config, "p")["warnings"], serde_json::json!([]));
}

/// White space from a web page around keys and values counts as little as for the AWS CLI.
/// A comment in another encoding costs nothing, wherever it is.
#[test]
fn variables_in_paths() {
    let home = Home::new();
    std::fs::create_dir(home.path("sub")).expect("a directory");
    let home = home.file(
        "sub/elsewhere",
        "[default]\naws_access_key_id = AKIAELSEWHERE\n\
                                                  aws_secret_access_key = FAKEsecret/1\n",
    );
    for value in ["~/sub/elsewhere", "$HOME/sub/elsewhere", "${HOME}/$SUB/elsewhere"] {
        for variable in ["AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"] {
            let run = home.run(["export"]).env(variable, value).env("SUB", "sub");
            assert_eq!(run.succeeds().exported()["AWS_ACCESS_KEY_ID"], "AKIAELSEWHERE", "{value}");
        }
    }
    // A reference to an unset variable stays unchanged, as in the AWS CLI.
    home.run(["export"]).env("AWS_CONFIG_FILE", "/x/$GONE/${GONE}/$").fails(
        4,
        "error: there is no `default` profile in /x/$GONE/${GONE}/$ or ~/.aws/credentials, and none \
         was chosen\nhint: AWS_CONFIG_FILE names a file that does not exist\nhint: neither file exists yet: `ssowrap configure` writes profiles\n",
    );
}
