//! Keys whose lines are indented: each is part of the value above it.

use serde_json::Value;

use super::{SESSION, profile};
use crate::misplaced::SECRET;
use crate::support::{Home, KEYS};
use crate::unresolved::fails;

/// For every reader, a line with leading blanks continues the value above it.
#[test]
fn keys_that_are_indented() {
    let lost = "remove the indentation";
    for (lines, line, fault) in [
        (
            "sso_role_name = R\n  sso_account_id = 123456789012",
            6,
            format!(
                "profile `p`: `sso_role_name` runs over several lines|`sso_account_id` below \
                 `sso_role_name` is indented, so it counts as part of that value: {lost}"
            ),
        ),
        (
            "region = eu-west-1\n\n  # account\n\tsso_account_id=123456789012\n  sso_role_name = R",
            6,
            format!(
                "profile `p`: `region` runs over several lines|`sso_account_id` below `region` is \
                 indented, so it counts as part of that value: {lost}"
            ),
        ),
        (
            "sso_role_name = R\n  or S",
            6,
            "profile `p`: `sso_role_name` runs over several lines|an indented line is part of the \
             value above it: write the value on one line"
                .to_owned(),
        ),
        (
            "output = json\n  SSO_Account_ID = 123456789012\nsso_role_name = R",
            6,
            format!(
                "the SSO settings of profile `p` are incomplete: sso_account_id missing|\
                 `sso_account_id` below `output` is indented, so it counts as part of that value: \
                 {lost}"
            ),
        ),
        (
            "output = json\n  sso_account_id = 123456789012\n  sso_role_name = R",
            6,
            format!(
                "profile `p` signs in but names no account or role|`sso_account_id` below `output` \
                 is indented, so it counts as part of that value: {lost}"
            ),
        ),
    ] {
        let (message, hint) = fault.split_once('|').expect("both");
        let kind = if message.contains("lines") { "invalid_setting" } else { "missing_setting" };
        let words = format!("error: {message}\n  --> ~/.aws/config:{line}\nhint: {hint}\n");
        fails(&profile(lines), "p", kind, line, &words);
    }
    fails(
        &format!("{KEYS}[profile p]\nsource_profile = keys\noutput = json\n  role_arn = arn:x\n"),
        "p",
        "no_credentials",
        6,
        &format!(
            "error: profile `p` has a source_profile but no role_arn\n  --> ~/.aws/config:6\nhint: \
             `role_arn` below `output` is indented, so it counts as part of that value: {lost}\n"
        ),
    );
}

/// If such a line would lead to other credentials, it is reported even if there are some.
#[test]
fn an_indented_key_that_would_decide() {
    let config = format!("{KEYS}output = json\n  role_arn = arn:x\ns3 =\n  region = eu-west-1\n");
    let warning = "`role_arn` below `output` is indented, so it counts as part of that value: remove \
                   the indentation";
    let home = Home::new().config(&config);
    let output = home.run(["-p", "keys", "export"]).output();
    assert_eq!(output.stderr, format!("warning: {warning} (~/.aws/config:4)\n"));
    assert_eq!(output.exported()["AWS_ACCESS_KEY_ID"], "AKIAEXAMPLE");
    // Any other one is reported only by `explain`.
    let home = home.config(&config.replace("role_arn = arn:x", "region = eu-west-1"));
    home.run(["-p", "keys", "export"]).succeeds();
    let output = home.run(["-p", "keys", "explain", "--json"]).succeeds();
    let report: Value = serde_json::from_str(output.stdout()).expect("JSON");
    assert_eq!(report["warnings"].as_array().map(Vec::len), Some(1), "{}", report["warnings"]);
    assert_eq!(report["warnings"][0]["message"], warning.replace("role_arn", "region"));
}

/// An indented key may be a secret one. It is part of the value above it, but never shown with it,
/// sent to AWS or passed to a program.
#[test]
fn an_indented_secret() {
    let secret = "\n  aws_secret_access_key = FAKEsecret-in-the-config\n";
    let role = "role_arn = arn:aws:iam::123456789012:role/r\nsource_profile = keys\n";
    let of_portal = "sso_session = corp\nsso_role_name = Admin\nsso_account_id = 123456789012";
    let home = Home::with_aws().login("corp");
    home.aws().add_user("AKIAEXAMPLE", "FAKEsecret/+key", "arn:aws:iam::123456789012:user/me");
    for lines in [
        of_portal.to_owned(),
        "sso_session = corp\nsso_account_id = 123456789012\nsso_role_name = Admin".into(),
        format!("{of_portal}\nregion = eu-west-1"),
        "source_profile = keys\nrole_arn = arn:aws:iam::123456789012:role/r".into(),
        format!("{role}external_id = corp-42"),
        format!("{role}role_session_name = me"),
        format!("{role}mfa_serial = arn:aws:iam::123456789012:mfa/me"),
        "web_identity_token_file = /x\nrole_arn = arn:x\nrole_session_name = me".into(),
        "credential_process = touch ran".into(),
        "sso_session = two\n[sso-session two]\nsso_start_url = https://corp.awsapps.com/start"
            .into(),
    ] {
        home.write(
            ".aws/config",
            format!("{SESSION}{KEYS}region = x\n[profile p]\n{lines}{secret}"),
        );
        for words in [
            &["profiles"][..],
            &["profiles", "--json"],
            &["status", "--json"],
            &["-p", "p", "explain"],
            &["-p", "p", "explain", "--json"],
            &["-p", "p", "export", "-vv", "--mfa-code", "123456"],
            &["each", "-p", "p", "--yes", "--", "true"],
        ] {
            let output = home.run(words).report();
            let text = format!("{}{}", output.stdout(), output.stderr);
            assert!(!text.contains("in-the-config"), "{lines}: {words:?}: {text}");
        }
        let code = home.run(["-p", "p", "export"]).output().status.code();
        assert_eq!(code, Some(4), "{lines}");
    }
    assert_eq!(home.aws().count("*"), 0);
    assert!(!home.path("ran").exists());
}

/// The same without its key: the second line of a secret that was pasted in two.
#[test]
fn a_secret_alone_on_an_indented_line() {
    for key in ["region", "sso_role_name", "output", "unknown"] {
        let home = Home::new().config(&profile(&format!("{key} = x\n  {SECRET}")));
        for words in [&["explain"][..], &["explain", "--json"], &["export", "-vv"]] {
            let output = home.run([&["-p", "p"], words].concat()).report();
            let text = format!("{}{}", output.stdout(), output.stderr);
            assert!(!text.contains(SECRET), "{words:?}: {text}");
        }
    }
}
