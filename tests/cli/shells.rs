//! Real shells evaluate what `export` prints.

use serde_json::json;

use crate::support::{Home, tool};

/// What shells might execute, expand, split, strip or join.
const HOSTILE: [&str; 17] = [
    "plain",
    "it's",
    "'",
    "''''",
    "'; touch pwned; '",
    "$(touch pwned) `touch pwned` ${HOME} $HOME $$ $'x'",
    "a \"double\" quote and \"$(touch pwned)\"",
    "back\\slash \\' \\\\ \\n",
    "line one\nline two\n\n",
    "\n",
    "carriage\r\nreturn\r",
    "tab\tand  blanks ",
    "bang!! !touch !$ #hash ~ %s %n",
    "* ? [a-z] {a,b} ; & | < > ( )",
    "-n -e --",
    "équipe 漢字 \u{1F600} \u{202e} \u{85}",
    "\u{1b}[2J\u{7}\u{7f}\u{1}",
];

/// A shell and options that change how it reads quotes.
const SHELLS: [(&str, &[&str]); 10] = [
    ("bash", &[]),
    ("bash", &["--posix"]),
    ("bash", &["-H", "-eu"]),
    ("dash", &["-eu"]),
    ("zsh", &["-eu"]),
    ("zsh", &["-o", "rcquotes", "-o", "extendedglob", "-o", "bashrematch"]),
    ("ksh", &["-eu"]),
    ("mksh", &["-eu"]),
    ("busybox", &["sh", "-eu"]),
    ("yash", &["-eu"]),
];

/// Evaluates, and hands the variables to another process, which prints them with NULs between.
const SCRIPT: &str = r#"
eval "$(ssowrap -p "$1" export)"
exec /bin/sh -c 'printf "%s\0" "$AWS_ACCESS_KEY_ID" "$AWS_SECRET_ACCESS_KEY" "$AWS_SESSION_TOKEN" "$SSOWRAP_PROFILE"'
"#;

/// A home whose profile `p` gives these credentials.
fn home_with(access_key_id: &str, secret: &str, token: &str) -> Home {
    let answer = json!({
        "Version": 1, "AccessKeyId": access_key_id, "SecretAccessKey": secret, "SessionToken": token,
    });
    Home::new()
        .config("[profile p]\ncredential_process = cat answer.json\n")
        .file("answer.json", answer.to_string())
}

fn evaluates(shell: &str, options: &[&str], locale: &str) {
    let Some(program) = tool(shell) else { return };
    for (i, secret) in HOSTILE.iter().enumerate() {
        let token = HOSTILE[(i + 5) % HOSTILE.len()];
        let home = home_with("AKIA", secret, token);
        let arguments = options.iter().chain(&["-c", SCRIPT, "script", "p"]);
        let output = home.tool(&program, arguments).env("LC_ALL", locale).succeeds();
        let expected = format!("AKIA\0{secret}\0{token}\0p\0");
        assert_eq!(
            String::from_utf8_lossy(&output.stdout),
            expected,
            "{shell} {options:?} {locale}"
        );
        assert!(!home.path("pwned").exists(), "{shell} {options:?} executed {secret}");
    }
}

#[test]
fn exact_bytes_come_back_from_every_shell() {
    for (shell, options) in SHELLS {
        evaluates(shell, options, "C.UTF-8");
        // yash works on characters and refuses what is none in its locale.
        if shell != "yash" {
            evaluates(shell, options, "C");
        }
    }
}

#[test]
fn names_of_profiles_are_quoted_too() {
    let name = "it's $(touch pwned)`touch pwned`!\\";
    let config = "[profile \"it's $(touch pwned)`touch pwned`!\\\\\"]\ncredential_process = cat answer.json\n";
    for shell in ["bash", "dash", "zsh"] {
        let Some(program) = tool(shell) else { continue };
        let home = home_with("AKIA", "FAKEsecret", "FAKEtoken").config(config);
        let output = home.tool(program, ["-c", SCRIPT, "script", name]).succeeds();
        assert!(output.stdout().ends_with(&format!("\0{name}\0")), "{}", output.stdout());
        assert!(!home.path("pwned").exists());
    }
}

#[test]
fn unset_removes_what_was_there_even_without_quotes_around_the_substitution() {
    let home = Home::new().config(crate::support::KEYS);
    let home = home.env("AWS_SESSION_TOKEN", "FAKEtoken").env("AWS_SECURITY_TOKEN", "FAKEtoken");
    for shell in ["bash", "dash", "ksh", "mksh", "yash"] {
        let Some(program) = tool(shell) else { continue };
        for substitution in ["\"$(ssowrap -p keys export)\"", "$(ssowrap -p keys export)"] {
            let script = format!(
                "eval {substitution}; exec /bin/sh -c 'echo ${{AWS_SESSION_TOKEN-gone}} \
                 ${{AWS_SECURITY_TOKEN-gone}} $AWS_ACCESS_KEY_ID $AWS_SECRET_ACCESS_KEY'"
            );
            home.tool(&program, ["-c", &script]).prints("gone gone AKIAEXAMPLE FAKEsecret/+key\n");
        }
    }
}
