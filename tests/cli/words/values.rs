//! A wrong value, an option without the one it needs, and a word after a verb that takes none.

use super::{Case, SHELLS_OF_INIT, home, lead_on};

const CASES: &[Case] = &[
    (
        &["-p", "prod", "export", "--format", "pwoershell"],
        "invalid value `pwoershell` for `--format`",
        &["did you mean `powershell`?"],
    ),
    (
        &["export", "--format", "xyz"],
        "invalid value `xyz` for `--format`",
        &[
            "one of sh, fish, powershell, cmd, nushell, elvish, tcsh, xonsh, env-no-export, dotenv, \
           systemd, github, json, ini, process",
        ],
    ),
    (
        &["whoami", "--format"],
        "`--format` needs a value",
        &["one of text, json, arn, role-arn, account"],
    ),
    (&["--login=nevr", "export"], "invalid value `nevr` for `--login`", &["did you mean `never`?"]),
    (
        &["serve", "--port", "x"],
        "invalid value `x` for `--port`: it must be a number from 1 to 65535",
        &["see `ssowrap serve --help`"],
    ),
    (
        &["login", "--port", "0"],
        "invalid value `0` for `--port`: it must be a number from 1 to 65535",
        &["see `ssowrap login --help`"],
    ),
    (
        &["each", "--jobs", "257", "--", "true"],
        "invalid value `257` for `--jobs`: it must be a number from 1 to 256",
        &["see `ssowrap each --help`"],
    ),
    (&["init", "it's"], "invalid value `it's` for `SHELL`", &[SHELLS_OF_INIT]),
    (
        &["--refresh", "--refresh", "export"],
        "`--refresh` is given more than once",
        &["see `ssowrap export --help`"],
    ),
    (
        &["status", "--json", "--short"],
        "`--json` cannot be used with `--short`",
        &["see `ssowrap status --help`"],
    ),
    (&["completions", "fihs"], "invalid value `fihs` for `SHELL`", &["did you mean `fish`?"]),
    (&["init", "csh"], "invalid value `csh` for `SHELL`", &["did you mean `zsh`?"]),
    (&["init", "ksh93"], "invalid value `ksh93` for `SHELL`", &[SHELLS_OF_INIT]),
    (
        &["-p", "prod", "exec", "--token-file", "--", "env"],
        "`--token-file` needs `--renew`",
        &["add it: `ssowrap -p prod exec --renew ...`"],
    ),
    (
        &["configure", "--credential-process-name={name}-x"],
        "`--credential-process-name` needs `--credential-process`",
        &["add it: `ssowrap configure --credential-process ...`"],
    ),
    (
        &["--color", "never", "configure", "--assume", "arn:aws:iam::123456789012:role/x"],
        "`--assume` needs `--assume-name TEMPLATE`",
        &["add it: `ssowrap configure --assume-name TEMPLATE ...`"],
    ),
    (
        &["init", "--force"],
        "`--force` needs `--aws2-wrap DIR`",
        &["add it: `ssowrap init --aws2-wrap DIR ...`"],
    ),
    (&["init", "--prompt"], "`init` needs the name of a shell", &[SHELLS_OF_INIT]),
    (
        &["-p", "prod", "--duration", "1h", "export"],
        "--duration needs --assume ARN, the role it is for",
        &[
            "add `--assume ARN`; for a profile's own role, write `duration_seconds` into the profile",
        ],
    ),
    (
        &["-p", "prod", "export", "--", "env"],
        "unexpected argument `env` after `export`",
        &["`ssowrap -p prod exec -- env ...` runs a command"],
    ),
    (
        &["whoami", "--", "nothing-like-it"],
        "unexpected argument `nothing-like-it` after `whoami`",
        &["`ssowrap -p NAME exec -- nothing-like-it ...` runs a command"],
    ),
    (
        &["-p", "prod", "export", "env", "-i"],
        "unexpected argument `env` after `export`",
        &["`ssowrap -p prod exec -- env ...` runs a command"],
    ),
    (
        &["-p", "prod", "export", "nothing-like-it"],
        "unexpected argument `nothing-like-it` after `export`",
        &["see `ssowrap export --help`"],
    ),
    (
        &["--format", "json"],
        "there is no option `--format`",
        &["it is an option of `export`, `whoami`: `ssowrap export --format json`"],
    ),
    (
        &["-p", "prod", "--format=arn"],
        "there is no option `--format`",
        &["it is an option of `whoami`: `ssowrap -p prod whoami --format arn`"],
    ),
    (
        &["--format", "xyz"],
        "there is no option `--format`",
        &["it is an option of `export`, `whoami`: `ssowrap export --format FORMAT`"],
    ),
    (
        &["--destination", "https://x"],
        "there is no option `--destination`",
        &["it is an option of `console`: `ssowrap console --destination URL`"],
    ),
    (
        &["-oFAKEsecret"],
        "there is no option `-o`",
        &["it is an option of `export`: `ssowrap export -o FILE`"],
    ),
    (
        &["--mfa-code", "123456", "--renew", "exec"],
        "`--renew` is an option of `exec`: it belongs after the verb",
        &["`ssowrap --mfa-code DIGITS exec --renew`"],
    ),
    (
        &["--mfa-code=123456", "--renew", "exec"],
        "`--renew` is an option of `exec`: it belongs after the verb",
        &["`ssowrap --mfa-code DIGITS exec --renew`"],
    ),
];

#[test]
fn each_leads_on() {
    lead_on(2, &home(), CASES);
}
