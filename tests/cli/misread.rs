//! Values and sections that can't be what was meant: named with file and line before AWS is asked
//! for anything.

use serde_json::Value;

use crate::resolver::explained;
use crate::support::{Home, KEYS};
use crate::unresolved::fails;

const SESSION: &str = "[sso-session corp]\nsso_start_url = https://corp.awsapps.com/start\nsso_region = eu-central-1\n";

/// A profile of `corp` with these lines.
fn profile(lines: &str) -> String {
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
}

/// A setting that the config has twice, with different values, is reported on stderr: which one
/// counts decides whose credentials these are.
#[test]
fn sections_of_one_name_that_disagree() {
    let config = "[profile p]\ncredential_process = ./other\nregion = eu-west-1\n\
                  [profile p]\ncredential_process = ./helper\nregion = eu-west-2\n";
    let keys = r#"{"Version":1,"AccessKeyId":"AKIAFAKE","SecretAccessKey":"FAKEsecret"}"#;
    let home = Home::new().config(config);
    let home = home.script("helper", &format!("#!/bin/sh\necho '{keys}'\n"));
    let output = home.run(["-p", "p", "export"]).output();
    assert_eq!(
        output.stderr,
        "warning: `credential_process` of profile `p` appears twice, with a different value at \
         ~/.aws/config:2 (~/.aws/config:5)\n"
    );
    assert_eq!(output.exported()["AWS_ACCESS_KEY_ID"], "AKIAFAKE");
    assert_eq!(home.run(["-p", "p", "-q", "export"]).output().stderr, "");
    // One section, too.
    home.write(
        ".aws/config",
        "[profile p]\ncredential_process = ./other\ncredential_process = ./helper",
    );
    assert_eq!(
        home.run(["-p", "p", "export"]).output().stderr,
        "warning: `credential_process` of profile `p` appears twice, with a different value at \
         ~/.aws/config:2 (~/.aws/config:3)\n"
    );
    // A section that doesn't count. The AWS CLI takes the last of the two.
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
    // The two files, too.
    let home = Home::new()
        .config(&profile("sso_account_id = 111111111111\nsso_role_name = R\nregion = eu-west-1"))
        .credentials("[p]\nsso_account_id = 222222222222\nsso_role_name = R\nregion = eu-west-2\n");
    let output = home.run(["-p", "p", "explain", "--json"]).succeeds();
    let report: Value = serde_json::from_str(output.stdout()).expect("JSON");
    let messages: Vec<_> = report["warnings"].as_array().expect("a list").iter().collect();
    assert_eq!(messages.len(), 1, "{messages:?}");
    assert_eq!(
        messages[0]["message"],
        "`sso_account_id` of profile `p` appears twice, with a different value at ~/.aws/config:6"
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
             `ssowrap profiles` lists the profiles\n",
        );
    }
    let home = Home::new().config(role).credentials("[sso-session corp]\nsso_region = r\n");
    home.run(["-p", "p", "export"]).fails(
        4,
        "error: profile `p`: there is no `[sso-session corp]`\n  --> ~/.aws/config:2\nhint: it \
         is in ~/.aws/credentials:1, where no program looks for it: move it to ~/.aws/config\n",
    );
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
        "error: profile `p` has a source_profile and no role_arn\n  --> ~/.aws/config:5\nhint: \
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
    // Keys of other programs are none of these.
    let others = "output = json\ncli_pager =\nretry_mode = standard\nmax_attempts = 3\ns3 =\n  \
                  addressing_style = path\nsso_auto_populated = true\ncli_auto_prompt = on\n";
    let config = profile(&format!("sso_account_id = 123456789012\nsso_role_name = R\n{others}"));
    assert_eq!(explained(&config, "p")["warnings"], serde_json::json!([]));
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
}

#[test]
fn utf_16() {
    let text: Vec<u8> =
        "\u{feff}[default]\n".encode_utf16().flat_map(|unit| unit.to_le_bytes()).collect();
    let home = Home::new().config("");
    std::fs::write(home.path(".aws/config"), text).expect("a file");
    home.run(["export"]).fails(
        4,
        "error: cannot read the AWS config file ~/.aws/config: it is UTF-16 text, and AWS programs \
         read UTF-8\nhint: save it as UTF-8, for example with `iconv -f UTF-16 -t UTF-8`\n",
    );
}

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
    // A reference to an unset variable stays unchanged, as with the AWS CLI.
    home.run(["export"]).env("AWS_CONFIG_FILE", "/x/$GONE/${GONE}/$").fails(
        4,
        "error: there is no `default` profile in /x/$GONE/${GONE}/$ or ~/.aws/credentials, and none \
         was chosen\nhint: AWS_CONFIG_FILE names a file that does not exist\nhint: neither file exists yet: `ssowrap configure` writes profiles\n",
    );
}
