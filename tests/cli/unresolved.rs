//! Each way in which a profile doesn't resolve: exact message, place and exit code.

use serde_json::{Value, json};

use crate::resolver::{SSO, plan, source};
use crate::support::{Home, SSOWRAP};

/// The profile must fail with the same message for every verb, and in `explain --json` too.
pub(crate) fn fails(config: &str, profile: &str, kind: &str, line: u32, stderr: &str) {
    fails_with(config, "", profile, kind, line, stderr);
}

fn fails_with(config: &str, credentials: &str, profile: &str, kind: &str, line: u32, stderr: &str) {
    let home = Home::new().config(config).credentials(credentials);
    for verb in ["export", "credential-process"] {
        home.run(["-p", profile, verb]).fails(4, stderr);
    }
    home.run(["-p", profile, "exec", "true"]).fails(4, stderr);
    let output = home.run(["-p", profile, "explain", "--json"]).report();
    assert_eq!((output.status.code(), output.stderr.as_str()), (Some(4), stderr));
    let report: Value = serde_json::from_str(output.stdout()).expect("JSON");
    assert_eq!(report["error"]["kind"], kind);
    assert_eq!(report["plan"], Value::Null);
    let expected = if line == 0 { Value::Null } else { json!(line) };
    assert_eq!(report["error"]["line"], expected);
}

#[test]
fn halves_of_a_pair_in_two_files_make_no_pair() {
    fails_with(
        "[profile p]\naws_secret_access_key = FAKEsecret/1\n",
        "[p]\naws_access_key_id = AKIA\n",
        "p",
        "partial_keys",
        2,
        "error: profile `p` has an aws_access_key_id but no aws_secret_access_key\n  --> \
         ~/.aws/credentials:2\nhint: both halves must be in the same file, in the profile's \
         section\n",
    );
    fails(
        "[profile p]\naws_secret_access_key = FAKEsecret/1\n",
        "p",
        "partial_keys",
        2,
        "error: profile `p` has an aws_secret_access_key but no aws_access_key_id\n  --> \
         ~/.aws/config:2\nhint: both halves must be in the same file, in the profile's section\n",
    );
}

#[test]
fn loops() {
    let config = "[profile a]\nrole_arn = arn:aws:iam::1:role/a\nsource_profile = b\n\
                  aws_access_key_id = AKIA\naws_secret_access_key = FAKEsecret/1\n\
                  [profile b]\nrole_arn = arn:aws:iam::1:role/b\nsource_profile = c\n\
                  [profile c]\nrole_arn = arn:aws:iam::1:role/c\nsource_profile = a\n";
    fails(
        config,
        "a",
        "source_profile_loop",
        11,
        "error: the source_profile chain is a loop: `a` -> `b` -> `c` -> `a`\n  --> \
         ~/.aws/config:11\nhint: one of these profiles must get credentials without a \
         source_profile\n",
    );
    // Requested from outside the loop, the keys of `a` end the chain.
    let config = config.replace("source_profile = a", "source_profile = d");
    let config =
        format!("{config}[profile d]\nrole_arn = arn:aws:iam::1:role/d\nsource_profile = a\n");
    assert_eq!(plan(&config, "b")["chain"], json!(["b", "c", "d", "a"]));
}

#[test]
fn sources_that_are_not_there() {
    fails(
        "[profile p]\nrole_arn = arn:aws:iam::1:role/r\nsource_profile = prdo\n[profile prod]\n",
        "p",
        "source_profile_not_found",
        3,
        "error: profile `p`: its source_profile `prdo` does not exist\n  --> ~/.aws/config:3\n\
         hint: did you mean `prod`?\n",
    );
    fails(
        "[profile p]\nrole_arn = arn:aws:iam::1:role/r\n",
        "p",
        "missing_source",
        2,
        "error: profile `p` has a role_arn but neither source_profile nor credential_source\n  --> \
         ~/.aws/config:2\nhint: add `source_profile = NAME` with the profile whose credentials may \
         assume the role\n",
    );
    fails(
        "[profile p]\nrole_arn = arn:aws:iam::1:role/r\nsso_account_id = 1\n",
        "p",
        "missing_source",
        2,
        "error: profile `p` has a role_arn but neither source_profile nor credential_source\n  --> \
         ~/.aws/config:2\nhint: to assume the role with the profile's own credentials, add \
         `source_profile = p`\n",
    );
    fails(
        "[profile p]\nrole_arn = arn:aws:iam::1:role/r\nsource_profile = q\n\
         credential_source = Environment\n",
        "p",
        "conflicting_sources",
        3,
        "error: profile `p` has both source_profile and credential_source\n  --> ~/.aws/config:3\n\
         hint: remove one of the two lines\n",
    );
    fails(
        "[profile p]\nrole_arn = arn:aws:iam::1:role/r\nsource_profile = q\n[profile q]\nregion=x\n",
        "p",
        "no_credentials",
        4,
        "error: the source profile `q` has no source of credentials (chain: `p` -> `q`)\n  --> \
         ~/.aws/config:4\nhint: `ssowrap profiles` lists the others; `ssowrap configure` writes \
         new ones\nhint: or set AWS_SHARED_CREDENTIALS_FILE to the credentials file that has its \
         keys\n",
    );
    fails(
        "[profile p]\nsource_profile = q\n[profile q]\n",
        "p",
        "no_credentials",
        2,
        "error: profile `p` has a source_profile but no role_arn\n  --> ~/.aws/config:2\nhint: add \
         `role_arn = ...`: a source_profile alone gives no credentials\n",
    );
    fails(
        "[profile p]\ncredential_source = Environment\n",
        "p",
        "no_credentials",
        2,
        "error: profile `p` has a credential_source but no role_arn\n  --> ~/.aws/config:2\nhint: \
         add `role_arn = ...`: a credential_source alone gives no credentials\n",
    );
    fails(
        "[profile p]\nweb_identity_token_file = /t\n",
        "p",
        "missing_setting",
        2,
        "error: profile `p` has a web_identity_token_file but no role_arn\n  --> ~/.aws/config:2\n\
         hint: add `role_arn = ...` with the role the token is exchanged for\n",
    );
}

#[test]
fn sessions_that_do_not_fit() {
    let profile =
        "[profile p]\nsso_session = crop\nsso_account_id = 123456789012\nsso_role_name = R\n";
    fails(
        &format!("{profile}[sso-session corp]\n"),
        "p",
        "sso_session_not_found",
        2,
        "error: profile `p`: there is no `[sso-session crop]`\n  --> ~/.aws/config:2\nhint: did you \
         mean `corp`?\nhint: `ssowrap configure` adds one\n",
    );
    let session = "[sso-session crop]\nsso_start_url = https://x\nsso_region = eu-west-1\n";
    fails(
        &format!("{profile}sso_region = us-east-1\n{session}"),
        "p",
        "sso_session_mismatch",
        5,
        "error: profile `p` and sso-session `crop` disagree on `sso_region`: `us-east-1` here, \
         `eu-west-1` there (~/.aws/config:8)\n  --> ~/.aws/config:5\nhint: remove `sso_region` from \
         the profile, or make the two equal\n",
    );
    // Equal values are fine.
    assert_eq!(source(&format!("{profile}sso_region = eu-west-1\n{session}"), "p")["type"], "sso");
    fails(
        &format!("{profile}[sso-session crop]\nsso_region = eu-west-1\n"),
        "p",
        "missing_setting",
        5,
        "error: the SSO settings of profile `p` are incomplete: sso_start_url missing\n  --> \
         ~/.aws/config:5\nhint: add sso_start_url to `[sso-session crop]`\n",
    );
    fails(
        "[profile p]\nsso_account_id = 123456789012\n",
        "p",
        "missing_setting",
        1,
        "error: the SSO settings of profile `p` are incomplete: sso_role_name, sso_start_url, \
         sso_region missing\n  --> ~/.aws/config:1\nhint: add the lines, or let `ssowrap configure` write the profile\n",
    );
    fails(
        &format!("[profile p]\nsso_session = crop\n{session}"),
        "p",
        "missing_setting",
        2,
        "error: profile `p` signs in but names no account or role\n  --> ~/.aws/config:2\nhint: \
         add `sso_account_id = ...` and `sso_role_name = ...`\n",
    );
}

#[test]
fn a_misspelled_key_is_named() {
    fails(
        "[profile p]\nsso_sesion = corp\nsso_account_id = 123456789012\nsso_role_name = R\n",
        "p",
        "missing_setting",
        2,
        "error: the SSO settings of profile `p` are incomplete: sso_start_url, sso_region missing\n  \
         --> ~/.aws/config:2\nhint: `sso_sesion` is a key that no AWS program reads: a misspelled \
         `sso_session`?\n",
    );
}

/// Half a pair under another name: the words of the key in another order, or too few of them.
#[test]
fn a_misspelled_half_of_a_pair_is_named() {
    let no_program = "is a key that no AWS program reads: a misspelled";
    for (key, meant, has) in [
        ("aws_access_key_secret", "aws_secret_access_key", "aws_access_key_id"),
        ("aws_secret_key", "aws_secret_access_key", "aws_access_key_id"),
        ("aws_access_key", "aws_access_key_id", "aws_secret_access_key"),
    ] {
        fails(
            &format!("[profile p]\n{has} = FAKEsecret/1\n{key} = FAKEsecret/2\n"),
            "p",
            "partial_keys",
            3,
            &format!(
                "error: profile `p` has an {has} but no {meant}\n  --> ~/.aws/config:3\nhint: \
                 `{key}` {no_program} `{meant}`?\n"
            ),
        );
    }
    fails(
        "[profile p]\naws_access_key = AKIA\naws_secret_key = FAKEsecret/1\n",
        "p",
        "no_credentials",
        2,
        &format!(
            "error: profile `p` has no source of credentials\n  --> ~/.aws/config:2\nhint: \
             `aws_access_key` {no_program} `aws_access_key_id`?\n"
        ),
    );
    // A token alone gives nothing.
    fails(
        "[profile p]\naws_session_expiration = 2030-01-01T00:00:00Z\n",
        "p",
        "no_credentials",
        1,
        "error: profile `p` has no source of credentials\n  --> ~/.aws/config:1\nhint: `ssowrap \
         profiles` lists the others; `ssowrap configure` writes new ones\n",
    );
}

#[test]
fn secrets_that_disagree_are_not_shown() {
    fails(
        "[profile p]\nsso_session = s\nsso_account_id = 123456789012\nsso_role_name = R\n\
         aws_secret_access_key = FAKEsecret/1\n[sso-session s]\nsso_start_url = https://x\n\
         sso_region = eu-west-1\naws_secret_access_key = FAKEsecret/2\n",
        "p",
        "sso_session_mismatch",
        5,
        "error: profile `p` and sso-session `s` disagree on `aws_secret_access_key`: `***` here, \
         `***` there (~/.aws/config:9)\n  --> ~/.aws/config:5\nhint: remove \
         `aws_secret_access_key` from the profile, or make the two equal\n",
    );
}

#[test]
fn a_region_that_cannot_be_is_refused_wherever_it_comes_from() {
    let keys = "[profile k]\naws_access_key_id = AKIA\naws_secret_access_key = FAKEsecret/1\n";
    let hint = "hint: regions look like `eu-central-1`\n";
    fails(
        &format!("{keys}region = eu/west\n"),
        "k",
        "invalid_setting",
        4,
        &format!("error: `eu/west` is not the name of a region\n  --> ~/.aws/config:4\n{hint}"),
    );
    let home = Home::new().config(keys);
    home.run(["-p", "k", "export"])
        .env("AWS_REGION", "eu west")
        .fails(4, &format!("error: AWS_REGION: `eu west` is not the name of a region\n{hint}"));
}

#[test]
fn values_that_cannot_be() {
    fails(
        "[profile p]\nsso_start_url = u\nsso_region = evil.example/\nsso_account_id = 123456789012\n\
         sso_role_name = R\n",
        "p",
        "invalid_setting",
        3,
        "error: `evil.example/` is not the name of a region\n  --> ~/.aws/config:3\nhint: regions \
         look like `eu-central-1`\n",
    );
    fails(
        "[profile p]\nrole_arn =\naws_access_key_id = AKIA\naws_secret_access_key = FAKEsecret/1\n",
        "p",
        "invalid_setting",
        2,
        "error: profile `p`: `role_arn` is empty\n  --> ~/.aws/config:2\nhint: give it a value, or \
         remove the line\n",
    );
    fails(
        "[profile p]\nrole_arn = arn:aws:iam::1:role/r\n  source_profile = q\n",
        "p",
        "invalid_setting",
        2,
        "error: profile `p`: `role_arn` runs over several lines\n  --> ~/.aws/config:2\nhint: \
         `source_profile` below `role_arn` is indented, so it counts as part of that value: remove \
         the indentation\n",
    );
}

#[test]
fn a_credential_process_that_loops() {
    fails(
        "[profile p]\ncredential_process = ssowrap -p p credential-process\n",
        "p",
        "credential_process_loop",
        2,
        "error: the credential_process of profile `p` closes a loop: `p` -> \
         `p`\n  --> ~/.aws/config:2\nhint: put the SSO settings into one profile, and \
         the credential_process that names it into another\n",
    );
}

/// If the command line does not show it, the processes themselves notice.
#[test]
fn a_credential_process_that_loops_indirectly() {
    let config = format!(
        "[profile a]\ncredential_process = {SSOWRAP} -p b credential-process\n\
         [profile b]\ncredential_process = sh -c '{SSOWRAP} -p a credential-process'\n"
    );
    let home = Home::new().config(&config);
    let output = home.run(["-p", "a", "export"]).output();
    assert_eq!(output.stdout(), "");
    assert!(output.stderr.contains("`b` -> `b`"), "{}", output.stderr);
    assert!(!output.status.success());
}

#[test]
fn profiles_that_are_not_there() {
    let nowhere = "in ~/.aws/config or ~/.aws/credentials";
    let list = "hint: `ssowrap profiles` lists the profiles; `ssowrap configure` adds more\n";
    fails(
        "[profile prod]\n[profile prod-eu]\n",
        "prdo",
        "profile_not_found",
        0,
        &format!(
            "error: there is no profile `prdo` {nowhere}\nhint: did you mean `prod` or `prod-eu`?\n\
             {list}"
        ),
    );
    fails(
        "[profile prod-tools]\n[profile dev-tools]\n",
        "prdo",
        "profile_not_found",
        0,
        &format!(
            "error: there is no profile `prdo` {nowhere}\nhint: did you mean `prod-tools`?\n{list}"
        ),
    );
    fails(
        "[prod]\nregion = x\n",
        "prod",
        "profile_not_found",
        1,
        &format!(
            "error: there is no profile `prod` {nowhere}\n  --> ~/.aws/config:1\nhint: in the config \
             file the section must be `[profile prod]`\n"
        ),
    );
    fails(
        "[profile dev\nregion = x\n",
        "dev",
        "profile_not_found",
        0,
        &format!(
            "error: there is no profile `dev` {nowhere}\nhint: ~/.aws/config:1: the section header \
             has no closing `]`\n"
        ),
    );
    let home = Home::new().config("[sso-session corp]\n");
    home.run(["-p", "x", "export"]).fails(
        4,
        &format!(
            "error: there is no profile `x` {nowhere}\nhint: there are no profiles yet: `ssowrap \
             configure` writes some\n"
        ),
    );
    let home = Home::new().config("[profile x]\n");
    home.run(["export"]).fails(
        4,
        &format!(
            "error: there is no `default` profile {nowhere}, and none was chosen\nhint: choose one \
             with `-p NAME` or AWS_PROFILE; `ssowrap profiles` lists them\n"
        ),
    );
    home.run(["export"]).env("AWS_PROFILE", "y").fails(
        4,
        &format!("error: there is no profile `y` (named by AWS_PROFILE) {nowhere}\n{list}"),
    );
    Home::new().run(["-p", "a\x1b[2J", "export"]).fails(
        4,
        &format!(
            "error: there is no profile `a\\u{{1b}}[2J` {nowhere}\nhint: neither file exists yet: `ssowrap configure` writes profiles\n"
        ),
    );
}

/// As in `AWS_CONFIG_FILE=<(...)`, which must not hang if nothing writes to it.
#[test]
fn services_and_missing_services() {
    fails(
        &format!("{SSO}\n[profile p]\nservices = dev\nsso_session = corp\n"),
        "p",
        "services_not_found",
        12,
        "error: profile `p`: there is no `[services dev]`\n  --> ~/.aws/config:12\nhint: add the \
         section `[services dev]`, or remove the line\n",
    );
}

/// A `default` with nothing but a region or an output format is no profile to use.
#[test]
fn a_default_without_a_source_is_no_choice() {
    let section = |name: &str| {
        format!(
            "[profile {name}]\nsso_start_url = https://{name}.awsapps.com/start\nsso_region = \
             eu-west-1\nsso_account_id = 123456789012\nsso_role_name = R\n"
        )
    };
    let config = format!("[default]\noutput = json\n{}{}", section("a"), section("b"));
    let home = Home::new().config(&config);
    let none = "error: no profile was chosen, and `default` has no source of credentials\n  --> \
                ~/.aws/config:1\nhint: choose one with `-p NAME` or AWS_PROFILE; `ssowrap profiles` \
                lists them\n";
    for line in [&["export"][..], &["whoami"], &["exec", "--", "true"], &["credential-process"]] {
        home.run(line).fails(4, none);
    }
    home.run(["logout"]).fails(4, &format!("{none}hint: or end every login with `--all`\n"));
    home.run(["login"]).fails(
        4,
        "error: the config has several logins: start URL `https://a.awsapps.com/start`, start \
         URL `https://b.awsapps.com/start`\nhint: choose one with `--sso-session NAME`, \
         `--start-url URL` or `-p PROFILE`\n",
    );
    let named = "error: profile `default` has no source of credentials\n  --> ~/.aws/config:1\n\
                 hint: `ssowrap profiles` lists the others; `ssowrap configure` writes new ones\n";
    for verb in ["export", "whoami", "login", "logout"] {
        home.run(["-p", "default", verb]).fails(4, named);
        home.run([verb]).env("AWS_PROFILE", "default").fails(4, named);
    }
    // What looks like a source is an error in it.
    let home = Home::new().config("[default]\nsso_acount_id = 1\n");
    let output = home.run(["export"]).output();
    assert!(output.stderr.starts_with("error: profile `default` "), "{}", output.stderr);
}
