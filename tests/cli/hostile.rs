//! Words that are not plain text, begin with a hyphen or contain a secret: no message repeats what
//! may act or leak, and each line of a hint is one that a shell can read.

use std::ffi::OsStr;
use std::process::Command;

use crate::support::{Home, KEYS};
use crate::words::{self, Case};

/// A home with the profiles `keys`, `-x` and `prod`.
fn home() -> Home {
    let profiles = ["keys]", "-x]", "prod]"].map(|name| KEYS.replace("keys]", name));
    Home::new().config(&profiles.concat())
}

fn lead_on(code: i32, cases: &[Case]) {
    words::lead_on(code, &home(), cases);
}

/// A word of a hint that a shell would read as another one gives way to a placeholder.
#[test]
fn words_that_cannot_be_pasted() {
    lead_on(
        2,
        &[
            (
                &["-p", "a\nb", "run"],
                "there is no verb `run`",
                &["`ssowrap -p NAME exec -- COMMAND` runs a command with the credentials"],
            ),
            (
                &["sso", "login", "--profile", "a\u{202e}b"],
                "there is no verb `sso`",
                &["`ssowrap -p NAME login` signs in"],
            ),
            (
                &["--generate", "--outprofile", "a\tb"],
                "there is no option `--generate`",
                &["`ssowrap -p NAME generate --as OTHER` writes the keys"],
            ),
            (
                &["-p", "prod", "--region=\u{1b}[2J", "--renew", "exec"],
                "`--renew` is an option of `exec`: it belongs after the verb",
                &["`ssowrap -p prod --region REGION exec --renew`"],
            ),
            (
                &["-p", "prod", "--", "\u{1b}"],
                "there is no verb `\\u{1b}`",
                &["`ssowrap -p prod exec -- COMMAND` runs a command"],
            ),
            (
                &["login", "\u{1b}x"],
                "unexpected argument `\\u{1b}x` after `login`",
                &["choose a profile with `-p NAME`"],
            ),
            (
                &["configure", "https://\u{1b}/"],
                "unexpected argument `https://\\u{1b}/` after `configure`",
                &["put its option before it: `ssowrap configure --start-url URL`"],
            ),
            (
                &["__misused", "--", "-r", "a\nb", "prod"],
                "`sso` has no option `-r`",
                &[
                    "`eval \"$(ssowrap -p prod export --region REGION)\"` loads the credentials \
                     with a region of your choice",
                    "`sso [-q] [PROFILE | - | --current | --unset]`",
                ],
            ),
            (
                &["init", "bash", "--aws2-wrap", "a\nb"],
                "`SHELL` cannot be used with `--aws2-wrap`",
                &[
                    "`ssowrap init bash` prints the script",
                    "`ssowrap init --aws2-wrap DIR` creates a link named `aws2-wrap` in the \
                     directory DIR",
                ],
            ),
            (
                &["init", "bash", "--aws2-wrap="],
                "`--aws2-wrap` needs a value",
                &[
                    "`ssowrap init bash` prints the script",
                    "`ssowrap init --aws2-wrap DIR` creates a link named `aws2-wrap` in the \
                     directory DIR",
                ],
            ),
        ],
    );
    lead_on(
        127,
        &[(
            &["-p", "prod", "exec", "--", "a\nb"],
            "`a\\nb`: command not found",
            &["to run it in a shell: `-- sh -c '...'`"],
        )],
    );
}

/// Such a value must be attached with `=`, or it would be an option of its own.
#[test]
fn values_that_look_like_options() {
    lead_on(
        2,
        &[
            (
                &["-p=--help", "run"],
                "there is no verb `run`",
                &["`ssowrap -p=--help exec -- COMMAND` runs a command with the credentials"],
            ),
            (
                &["--profile=-x", "--exec", "a b"],
                "there is no option `--exec`",
                &["`ssowrap -p=-x exec -- a ...` runs a command"],
            ),
            (
                &["--profile=-x", "--export"],
                "there is no option `--export`",
                &[
                    "`ssowrap -p=-x export` prints the credentials; `ssowrap aws2-wrap \
                     --profile=-x --export` does so in the format of aws2-wrap",
                    "`ssowrap -p=-x generate --as OTHER` writes them into the credentials file",
                ],
            ),
            (
                &["--profile=-x", "--format=arn"],
                "there is no option `--format`",
                &["it is an option of `whoami`: `ssowrap -p=-x whoami --format arn`"],
            ),
            (
                &["--profile=-x", "exec", "--token-file", "true"],
                "`--token-file` needs `--renew`",
                &["add it: `ssowrap -p=-x exec --renew ...`"],
            ),
            (
                &["--generate", "--outprofile=-x", "-p", "prod"],
                "there is no option `--generate`",
                &["`ssowrap -p prod generate --as=-x` writes the keys"],
            ),
            (
                &["--region=-", "--sso-session=-x", "login", "--headless"],
                "`login` has no option `--headless`",
                &["`ssowrap login --use-device-code --sso-session=-x` signs in with a browser on \
                   any machine"],
            ),
            // That of an option whose value is missing.
            (
                &["use", "--region", "-p", "prod"],
                "there is no verb `use`",
                &[
                    "`eval \"$(ssowrap -p prod export)\"` puts the credentials of a profile into \
                     this shell",
                    "`ssowrap init bash` defines `sso prod`, which does the same",
                ],
            ),
        ],
    );
    lead_on(
        127,
        &[(
            &["exec", "--", "-x"],
            "`-x`: command not found",
            &["`-x` is a profile: `ssowrap -p=-x exec -- COMMAND`"],
        )],
    );
}

/// An option that is accepted once is repeated once, and one that nobody types is not repeated.
#[test]
fn options_given_twice() {
    lead_on(
        2,
        &[
            (
                &["sso", "login", "--sso-session", "a", "--sso-session", "b"],
                "there is no verb `sso`",
                &["`ssowrap login --sso-session a` signs in"],
            ),
            (
                &["--generate", "--outprofile", "a", "--outprofile", "b"],
                "there is no option `--generate`",
                &["`ssowrap -p NAME generate --as a` writes the keys"],
            ),
            (
                &["export", "--unattended", "--announce", "prod", "--policy-arn", "x"],
                "unexpected argument `prod` after `export`",
                &["`prod` is a profile: `ssowrap -p prod export`"],
            ),
            (
                &["run", "--assume=a", "--policy-arn", "b", "--policy-arn", "c"],
                "there is no verb `run`",
                &[
                    "`ssowrap -p NAME exec --assume a --policy-arn b --policy-arn c -- COMMAND` runs \
                   a command with the credentials",
                ],
            ),
        ],
    );
}

/// The value of another tool's option is no profile of the new line.
#[test]
fn only_a_profile_is_a_profile() {
    lead_on(
        2,
        &[
            (
                &["--generate", "--outprofile", "prod"],
                "there is no option `--generate`",
                &["`ssowrap -p NAME generate --as prod` writes the keys"],
            ),
            (
                &["login", "--sso-session", "prod", "--headless"],
                "`login` has no option `--headless`",
                &["`ssowrap login --use-device-code --sso-session prod` signs in with a browser \
                   on any machine"],
            ),
        ],
    );
}

/// A wrong word after `cache` or `eks` is neither a program nor another verb.
#[test]
fn verbs_below_a_verb() {
    lead_on(
        2,
        &[
            (&["cache", "claer"], "`cache` has no verb `claer`", &["did you mean `clear`?"]),
            (&["-p", "prod", "cache", "ls"], "`cache` has no verb `ls`", &["did you mean `list`?"]),
            (
                &["-p", "prod", "eks", "update"],
                "`eks` has no verb `update`",
                &["did you mean `update-kubeconfig`?"],
            ),
            (
                &["cache", "prod"],
                "`cache` has no verb `prod`",
                &["`prod` is a profile: `ssowrap -p prod cache ...`"],
            ),
            (
                &["eks", "-p", "prod", "token", "--cluster-name", "c"],
                "`eks` has no verb `token`",
                &["`ssowrap -p prod eks get-token --cluster-name c` prints a token for kubectl"],
            ),
            (
                &["cache", "TOKEN=FAKEsecret"],
                "`cache` has no verb `TOKEN=...`",
                &["one of `list`, `clear`"],
            ),
            (
                &["eks", "get-token", "--nope"],
                "`eks get-token` has no option `--nope`",
                &["see `ssowrap eks get-token --help`"],
            ),
        ],
    );
}

#[test]
fn secrets_are_not_repeated() {
    lead_on(
        2,
        &[
            (
                &["TOKEN=FAKEsecret", "env"],
                "there is no verb `TOKEN=...`",
                &["`ssowrap -p NAME exec -- env TOKEN=... COMMAND` runs a command"],
            ),
            (
                &["-p", "prod", "--", "TOKEN=FAKEsecret x", "env"],
                "there is no verb `TOKEN=...`",
                &["`ssowrap -p prod exec -- env TOKEN=... COMMAND` runs a command"],
            ),
            (
                &["\u{2013}\u{2013}mfa-code=FAKEsecret", "export"],
                "there is no verb `\u{2013}\u{2013}mfa-code=...`",
                &["`\u{2013}\u{2013}mfa-code=...` begins with a typographic dash: write \
                   `--mfa-code=...` with hyphens"],
            ),
            (
                &["-p", "prod", "--", "--token=FAKEsecret"],
                "there is no verb `--token=...`",
                &["`ssowrap -p prod exec -- COMMAND` runs a command"],
            ),
            (
                &["-p", "prod", "export", "TOKEN=FAKEsecret"],
                "unexpected argument `TOKEN=...` after `export`",
                &["see `ssowrap export --help`"],
            ),
            (
                &["status", "TOKEN=FAKEsecret", "env"],
                "unexpected argument `TOKEN=...` after `status`",
                &["choose a profile with `-p NAME`"],
            ),
            (
                &["--renew", "--token=FAKEsecret", "-tFAKEsecret", "exec", "--", "env"],
                "`--renew` is an option of `exec`: it belongs after the verb",
                &["`ssowrap --token ... -t ... exec --renew ...`"],
            ),
            (
                &["--renew", "--exec", "env TOKEN=FAKEsecret x", "exec"],
                "`--renew` is an option of `exec`: it belongs after the verb",
                &["`ssowrap --exec ... exec --renew`"],
            ),
            (
                &["completions", "https://u:FAKEsecret@h/"],
                "invalid value `https://***@h/` for `SHELL`",
                &[
                    "one of bash, zsh, fish, powershell, elvish, nushell: `ssowrap completions bash`",
                ],
            ),
            (
                &["--quiet=FAKEsecret", "status"],
                "`--quiet` takes no value",
                &["see `ssowrap status --help`"],
            ),
            (
                &["configure", "https://u:FAKEsecret@h/"],
                "unexpected argument `https://***@h/` after `configure`",
                &["put its option before it: `ssowrap configure --start-url URL`"],
            ),
            (
                &["--sso-start-url", "https://u:FAKEsecret@h/", "login"],
                "`login` has no option `--sso-start-url`",
                &["write `--start-url URL`"],
            ),
            (
                &["--start-url", "https://u:FAKEsecret@h/", "login", "--headless"],
                "`login` has no option `--headless`",
                &["`ssowrap login --use-device-code --start-url URL` signs in with a browser on \
                   any machine"],
            ),
            (
                &["--destination=https://u:FAKEsecret@h/", "console"],
                "`--destination` is an option of `console`: it belongs after the verb",
                &["`ssowrap console --destination URL`"],
            ),
            (
                &["-p", "prod", "console", "--destination", "https://u:FAKEsecret@h/"],
                "--destination `https://***@h/` is not a page of the console at \
                 console.aws.amazon.com",
                &[
                    "give the address of a page, `https://REGION.console.aws.amazon.com/...`, or the \
                   part after the host",
                ],
            ),
            (
                &["--set", "aws_secret_access_key=FAKEsecret", "configure"],
                "`--set` is an option of `configure`: it belongs after the verb",
                &["`ssowrap configure --set KEY=VALUE`"],
            ),
            (
                &["configure", "--sso-session", "x", "--set", "aws_secret_access_key=FAKEsecret"],
                "--set `aws_secret_access_key=...`: that key decides whose credentials the profile \
                 gives",
                &[],
            ),
            (
                &["configure", "--sso-session", "x", "--set", "no key=FAKEsecret"],
                "--set `no key=...`: write it as KEY=VALUE",
                &[],
            ),
        ],
    );
    // These options belong to the command.
    lead_on(
        2,
        &[
            (
                &["--region", "eu-west-1", "true", "--region", "FAKEsecret"],
                "there is no verb `true`",
                &["`ssowrap -p NAME exec --region eu-west-1 -- true ...` runs a command"],
            ),
            (
                &["-p", "prod", "export", "true", "--sso-region", "FAKEsecret", "keys"],
                "unexpected argument `true` after `export`",
                &["`ssowrap -p prod exec -- true ...` runs a command"],
            ),
        ],
    );
    let assignment: &[&str] = &["`env TOKEN=... COMMAND` sets a variable for the command"];
    lead_on(
        127,
        &[
            (&["exec", "TOKEN=FAKEsecret", "env"], "`TOKEN=...`: command not found", assignment),
            (
                &["-p", "prod", "each", "TOKEN=FAKEsecret env", "x"],
                "`TOKEN=...`: command not found",
                assignment,
            ),
        ],
    );
}

/// A word that is not UTF-8 keeps its place: the one after it has another meaning.
#[cfg(unix)]
#[test]
fn words_that_are_not_text() {
    use std::os::unix::ffi::OsStrExt;
    let bad = OsStr::from_bytes(b"\xff");
    for (words, shown) in [
        (
            [OsStr::new("-p"), bad, OsStr::new("export"), OsStr::new("x")],
            "error: unexpected argument `x` after `export`\nhint: see `ssowrap export --help`\n",
        ),
        (
            [OsStr::new("-p"), bad, OsStr::new("--format"), OsStr::new("arn")],
            "error: there is no option `--format`\n\
             hint: it is an option of `whoami`: `ssowrap -p NAME whoami --format arn`\n",
        ),
        (
            [bad, OsStr::new("-p"), OsStr::new("prod"), OsStr::new("export")],
            "error: there is no verb `\u{fffd}`\n\
             hint: `ssowrap -p prod exec -- COMMAND` runs a command\n",
        ),
    ] {
        home().run(words).fails(2, shown);
    }
}

/// A shell reads the words of a hint as they were typed.
#[test]
fn a_shell_reads_the_same_words() {
    let home = home().script("ssowrap", "#!/bin/sh\nprintf '%s\\n' \"$@\"\n");
    for name in [
        "a b",
        "a'b",
        "\"",
        "$(touch pwned)",
        "`touch pwned`",
        "x!y",
        "a\\b",
        "~",
        "#c",
        "*",
        "-y",
        "é",
    ] {
        let words = ["use", &format!("--profile={name}"), "--region", name];
        let shown = home.run(words).output().stderr;
        let line = shown.split_once("hint: `eval \"$(").expect("a line").1;
        let line = line.split_once(")\"` puts the credentials").expect("its end").0;
        let read = Command::new("/bin/sh")
            .args(["-c", line])
            .env("PATH", home.path(""))
            .current_dir(home.path(""))
            .output()
            .expect("a shell");
        let read = String::from_utf8(read.stdout).expect("text");
        let option = |option: &str| match name.starts_with('-') {
            true => format!("{option}={name}\n"),
            false => format!("{option}\n{name}\n"),
        };
        // The value of `--region` may be missing.
        let region = if name == "-y" { String::new() } else { option("--region") };
        assert_eq!(read, format!("{}export\n{region}", option("-p")), "{shown}");
    }
    assert!(!home.path("pwned").exists());
}
