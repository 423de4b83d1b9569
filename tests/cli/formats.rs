//! The formats of `export`: the default for each caller, what they contain, what they refuse.

mod files;
mod github;
mod rules;
mod shell;

use std::ops::Range;

use proptest::prelude::*;
use serde_json::json;

use crate::support::{DEV, Home, KEYS};

/// The access key id, the secret and a token.
pub(crate) type Triple = [String; 3];

/// Text that some program might misread.
pub(crate) fn hostile() -> impl Strategy<Value = String> {
    let part = prop_oneof![
        6 => "['\"`\\\\$%!^&|<>(){}\\[\\]*?~#;:=,+@/ -]{1,3}",
        2 => "[a-zA-Z0-9+/=]{1,8}",
        2 => "[\n\r\t\u{b}\u{1b}\u{7f}]",
        2 => "[\u{80}-\u{a0}\u{2018}-\u{201f}\u{2028}-\u{202e}\u{feff}\u{f600}-\u{f610}]",
        2 => any::<char>().prop_filter("no NUL", |c| *c != '\0').prop_map(String::from),
        2 => prop::sample::select(vec![
            "$(touch pwned)", "`touch pwned`", "'; touch pwned; '", "\"; touch pwned; \"", "%PATH%",
            "$HOME", "${HOME}", "$env:HOME", "!!", "!$", "\\n", "\\\\", "\\\"", "\\'", "\\$", "\\`",
            "!\\", "\\u{41}", "\\x41", "$'x'", "é", "漢",
            "\u{1F600}", "-n", "~/", " # ", "''", "'\u{2019}", "EOF", "\r\n", "::add-mask::",
        ])
        .prop_map(str::to_owned),
    ];
    prop::collection::vec(part, 1..10).prop_map(|parts| parts.concat())
}

/// A number of [`Triple`]s.
pub(crate) fn triples(count: Range<usize>) -> impl Strategy<Value = Vec<Triple>> {
    prop::collection::vec(prop::array::uniform3(hostile()), count)
}

/// The same with an `x` in place of each of these characters, and at both ends.
pub(crate) fn softened(values: &[Triple], refused: impl Fn(char) -> bool) -> Vec<Triple> {
    let soften = |value: &String| format!("x{}x", value.replace(&refused, "x"));
    values.iter().map(|triple| triple.each_ref().map(soften)).collect()
}

/// The same properties with fewer cases, because each starts programs.
pub(crate) fn few_cases() -> ProptestConfig {
    ProptestConfig {
        failure_persistence: None,
        cases: ProptestConfig::default().cases.div_ceil(100),
        max_shrink_iters: 16,
        ..ProptestConfig::default()
    }
}

/// A home whose profiles `p0`, `p1` ... give these credentials.
pub(crate) fn home_with(values: &[Triple]) -> Home {
    let mut config = String::new();
    let mut home = Home::new();
    for (i, [access_key_id, secret, token]) in values.iter().enumerate() {
        config += &format!("[profile p{i}]\ncredential_process = cat {i}.json\n");
        let answer = json!({
            "Version": 1, "AccessKeyId": access_key_id, "SecretAccessKey": secret,
            "SessionToken": token,
        });
        home = home.file(&format!("{i}.json"), answer.to_string());
    }
    home.config(&config)
}

/// What `export` prints for profile `p{i}`. None if the format cannot hold a value: then `export`
/// says so with exit code 1, names the variable, quotes nothing and prints nothing.
pub(crate) fn printed(home: &Home, i: usize, format: &str, values: &Triple) -> Option<String> {
    let output = home.run(["-p", &format!("p{i}"), "export", "--format", format]).output();
    if output.status.success() {
        assert_eq!(output.stderr, "");
        return Some(String::from_utf8(output.stdout).expect("UTF-8"));
    }
    assert_eq!((output.status.code(), output.stdout()), (Some(1), ""));
    let words = ["error: the value of AWS_", "error: not every AWS SDK can read the aws_"];
    assert!(words.iter().any(|words| output.stderr.starts_with(words)), "{}", output.stderr);
    for value in values.iter().filter(|value| value.chars().count() > 3) {
        assert!(!output.stderr.contains(value.as_str()), "{value:?} in {}", output.stderr);
    }
    None
}

#[test]
fn names_of_formats() {
    let home = Home::with_aws().config(DEV).login("corp");
    let print = |format: &str| {
        let format = format!("--format={format}");
        home.run(["-p", "dev", "export", &format]).succeeds().stdout().to_owned()
    };
    for (name, others) in [
        ("sh", &["env", "bash", "zsh"][..]),
        ("powershell", &["pwsh"]),
        ("cmd", &["windows-cmd"]),
        ("nushell", &["nu"]),
        ("tcsh", &["csh"]),
    ] {
        let text = print(name);
        for other in others {
            assert_eq!(print(other), text, "{other}");
        }
    }
    let json = home.run(["-p", "dev", "credential-process"]).succeeds();
    assert_eq!(print("process"), json.stdout());
    // Only shells get what prompts calculate with.
    let is_in_files = |line: &String| !line.contains("_AT=");
    let sh = print("sh");
    let plain = sh.lines().map(|line| line.replace("export ", "").replace('\'', ""));
    let plain: Vec<String> = plain.filter(is_in_files).collect();
    // AWS's own values need no quotes.
    assert_eq!(print("env-no-export").lines().collect::<Vec<_>>(), plain);
    assert_eq!(print("dotenv").lines().collect::<Vec<_>>(), plain);
}

/// The output of each format for static keys, if the caller has a token that must be removed.
#[test]
fn what_must_be_removed() {
    let home = Home::new().config(KEYS).env("AWS_SESSION_TOKEN", "FAKEtoken of others");
    let (key, secret) = ("AKIAEXAMPLE", "FAKEsecret/+key");
    let lines = |set: &dyn Fn(&str, &str) -> String| {
        set("AWS_ACCESS_KEY_ID", key)
            + &set("AWS_SECRET_ACCESS_KEY", secret)
            + &set("SSOWRAP_PROFILE", "keys")
    };
    let (token, expiry) = ("AWS_SESSION_TOKEN", "AWS_CREDENTIAL_EXPIRATION");
    for (format, gone, set) in [
        ("sh", format!("unset {token} {expiry};\n"), lines(&|n, v| format!("export {n}='{v}'\n"))),
        (
            "fish",
            format!("set -eg {token} {expiry}; or true;\n"),
            lines(&|n, v| format!("set -gx {n} '{v}';\n")),
        ),
        (
            "powershell",
            format!("$Env:{token} = $null;\n$Env:{expiry} = $null;\n"),
            lines(&|n, v| format!("$Env:{n} = '{v}';\n")),
        ),
        (
            "cmd",
            format!("set \"{token}=\"\nset \"{expiry}=\"\n"),
            lines(&|n, v| format!("set \"{n}={v}\"\n")),
        ),
        (
            "nushell",
            format!("hide-env -i {token} {expiry}\n"),
            lines(&|n, v| format!("$env.{n} = \"{v}\"\n")),
        ),
        (
            "elvish",
            format!("unset-env {token}\nunset-env {expiry}\n"),
            lines(&|n, v| format!("set-env {n} '{v}'\n")),
        ),
        (
            "tcsh",
            format!("unsetenv {token};\nunsetenv {expiry};\n"),
            lines(&|n, v| format!("setenv {n} '{v}';\n")),
        ),
        (
            "xonsh",
            format!("${{...}}.pop('{token}', None)\n${{...}}.pop('{expiry}', None)\n"),
            lines(&|n, v| format!("${n} = '{v}'\n")),
        ),
        ("env-no-export", format!("unset {token};\n"), lines(&|n, v| format!("{n}={v}\n"))),
        ("dotenv", String::new(), lines(&|n, v| format!("{n}={v}\n"))),
        ("systemd", String::new(), lines(&|n, v| format!("{n}=\"{v}\"\n"))),
        (
            "json",
            format!("{{\"AWS_ACCESS_KEY_ID\":\"{key}\",\"AWS_SECRET_ACCESS_KEY\":\"{secret}\","),
            format!("\"{token}\":null,\"SSOWRAP_PROFILE\":\"keys\"}}\n"),
        ),
        (
            "ini",
            "[keys]\n".to_owned(),
            format!("aws_access_key_id = {key}\naws_secret_access_key = {secret}\n"),
        ),
    ] {
        home.run(["-p", "keys", "export", "--format", format]).prints(&(gone + &set));
    }
}

#[test]
fn a_value_that_does_not_fit() {
    let values = ["AKIA", "FAKEsecret\nx", "FAKEtoken"].map(str::to_owned);
    let home = home_with(std::slice::from_ref(&values));
    home.run(["-p", "p0", "export", "--format", "dotenv"]).fails(
        1,
        "error: the value of AWS_SECRET_ACCESS_KEY has a line break or another control character, \
         which an env file cannot hold\nhint: choose another `--format`, or run the command under \
         `ssowrap exec`\n",
    );
    for (format, fits) in [
        ("sh", true),
        ("fish", true),
        ("powershell", true),
        ("cmd", false),
        ("nushell", true),
        ("elvish", true),
        ("tcsh", true),
        ("xonsh", true),
        ("env-no-export", true),
        ("dotenv", false),
        ("systemd", false),
        ("json", true),
        ("ini", false),
        ("process", true),
    ] {
        assert_eq!(printed(&home, 0, format, &values).is_some(), fits, "{format}");
    }
}

/// One reason is enough.
#[test]
fn each_value_that_is_refused() {
    for (format, values) in [
        ("cmd", &["a\"b", "a%b", "a!b", "a\tb", "a\nb", "a\rb"][..]),
        (
            "dotenv",
            &["a#b", "a$b", "a\tb", "a\nb", "a\r", "'a", "\"a", "`a", " a", "a ", "a\u{2028}"],
        ),
        ("systemd", &["a\nb", "a\r", "a\u{1b}b", "a\u{85}", "\u{feff}a", "a\u{fdd0}", "a\u{2029}"]),
        ("github", &["a\r"]),
        ("ini", &["a'b", "a\"b", "a\\b", "a#b", "a;b", "a[b", "a]b", " a", "a ", "a\tb", "a\nb"]),
    ] {
        let triple = |value: &&str| ["AKIA", value, "FAKEtoken"].map(str::to_owned);
        let values: Vec<Triple> = values.iter().map(triple).collect();
        let home = home_with(&values);
        let home = home.file("env", "").env("GITHUB_ENV", "env");
        for (i, values) in values.iter().enumerate() {
            assert_eq!(printed(&home, i, format, values), None, "{format} {values:?}");
        }
        assert_eq!(std::fs::read_to_string(home.path("env")).expect("a file"), "");
    }
}

#[test]
fn options_that_do_not_fit() {
    let home = Home::new().config(KEYS);
    for prefix in ["", "2", "A-", "É", "A B", "A=", "\u{1b}"] {
        let shown = prefix.replace('\u{1b}', "\\u{1b}");
        home.run(["-p", "keys", "export", &format!("--prefix={prefix}")]).fails(
            2,
            &format!(
                "error: --prefix `{shown}` cannot begin a variable's name\n\
                 hint: a name is made of letters, digits and `_`, and does not begin with a digit\n"
            ),
        );
    }
    for format in ["ini", "process"] {
        home.run(["-p", "keys", "export", "--prefix=X_", "--format", format])
            .fails(2, "error: --prefix is for formats with variables: this one has none\n");
    }
    for format in ["dotenv", "systemd", "ini", "process"] {
        home.run(["export", "--unset", "--format", format]).fails(
            2,
            "error: --unset is for shells: a file in this format cannot remove variables\nhint: remove the \
             file, or write it again\n",
        );
    }
    let output = home.run(["export", "--format", "no-such-format"]).output();
    assert_eq!(output.status.code(), Some(2));
}

#[test]
fn a_second_set_of_variables() {
    let home = Home::new()
        .config(KEYS)
        .env("AWS_SECURITY_TOKEN", "FAKEtoken of others")
        .env("SECOND_SSOWRAP_REGION", "eu-west-1")
        .env("SECOND_AWS_ACCOUNT_ID", "123456789012");
    let output = home.run(["-p", "keys", "export", "--prefix", "SECOND_"]).succeeds();
    assert_eq!(
        output.stdout(),
        "unset SECOND_AWS_SESSION_TOKEN SECOND_AWS_CREDENTIAL_EXPIRATION SECOND_SSOWRAP_REGION \
         SECOND_AWS_ACCOUNT_ID;\n\
         export SECOND_AWS_ACCESS_KEY_ID='AKIAEXAMPLE'\n\
         export SECOND_AWS_SECRET_ACCESS_KEY='FAKEsecret/+key'\n\
         export SECOND_SSOWRAP_PROFILE='keys'\n"
    );
    home.run(["export", "--unset", "--prefix", "SECOND_"]).prints(
        "unset SECOND_AWS_ACCESS_KEY_ID SECOND_AWS_SECRET_ACCESS_KEY SECOND_AWS_SESSION_TOKEN \
         SECOND_AWS_CREDENTIAL_EXPIRATION SECOND_AWS_REGION SECOND_AWS_DEFAULT_REGION \
         SECOND_SSOWRAP_REGION SECOND_SSOWRAP_PROFILE SECOND_SSOWRAP_ROLE \
         SECOND_AWS_ACCOUNT_ID;\n",
    );
    let output = home.run(["-p", "keys", "export", "--format=json", "--prefix=X_"]).succeeds();
    assert!(output.stdout().starts_with("{\"X_AWS_ACCESS_KEY_ID\":"), "{}", output.stdout());
}

/// Reads no config and sends no request.
#[test]
fn unset_needs_no_config() {
    let home = Home::new().config("[broken\n").env("AWS_PROFILE", "no-such-profile");
    let keys =
        "AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_SESSION_TOKEN AWS_CREDENTIAL_EXPIRATION";
    let about = "AWS_REGION AWS_DEFAULT_REGION SSOWRAP_REGION SSOWRAP_PROFILE SSOWRAP_ROLE \
                 AWS_ACCOUNT_ID";
    let in_files = format!("{keys} {about}");
    let names = format!("{in_files} SSOWRAP_EXPIRES_AT SSOWRAP_RENEW_AT");
    let all = format!("unset {names};\n");
    home.run(["export", "--unset"]).prints(&all);
    home.run(["-p", "dev", "export", "--unset"]).prints(&all);
    let lines: String = names.split(' ').map(|name| format!("$Env:{name} = $null;\n")).collect();
    home.run(["export", "--unset", "--format", "powershell"]).prints(&lines);
    home.run(["export", "--unset", "--format", "env-no-export"])
        .prints(&format!("unset {in_files};\n"));
    let json = home.run(["export", "--unset", "--format", "json"]).succeeds();
    let json: serde_json::Value = serde_json::from_str(json.stdout()).expect("JSON");
    let members = json.as_object().expect("an object");
    assert!(members.len() == 12 && members.values().all(serde_json::Value::is_null), "{json}");
}

/// A region without ssowrap's mark is the caller's own.
#[test]
fn unset_leaves_the_callers_region() {
    let home = Home::new();
    let run = |region: &str, default: &str, mark: &str| {
        let run = home.run(["export", "--unset"]);
        let run = run.env("AWS_REGION", region).env("AWS_DEFAULT_REGION", default);
        let output = run.env("SSOWRAP_REGION", mark).succeeds();
        let has = |name: &str| output.stdout().contains(&format!(" {name} "));
        (has("AWS_REGION"), has("AWS_DEFAULT_REGION"))
    };
    assert_eq!(run("", "", ""), (true, true));
    assert_eq!(run("x", "x", "x"), (true, true));
    assert_eq!(run("mine", "mine", ""), (false, false));
    assert_eq!(run("mine", "x", "x"), (false, true));
    assert_eq!(run("x", "mine", "x"), (true, false));
}
