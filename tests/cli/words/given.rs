//! Words of other tools: the hint has the profile, the command and the options that were typed.

use super::{Case, EXPORT, home, lead_on};
use crate::support::{Home, KEYS, tool};

const CASES: &[Case] = &[
    (
        &["--unset"],
        "there is no option `--unset`",
        &["`eval \"$(ssowrap export --unset)\"` removes the credentials from this shell"],
    ),
    (
        &["--profile=prod", "--export"],
        "there is no option `--export`",
        &[
            "`ssowrap -p prod export` prints the credentials; `ssowrap aws2-wrap --profile prod --export` does so in the format of aws2-wrap",
            "`ssowrap -p prod generate --as OTHER` writes them into the credentials file",
        ],
    ),
    (
        &["--generate", "--profile", "prod", "--outprofile", "my x"],
        "there is no option `--generate`",
        &["`ssowrap -p prod generate --as 'my x'` writes the keys"],
    ),
    (
        &["--generatestdout"],
        "there is no option `--generatestdout`",
        &["`ssowrap -p NAME export --format ini` prints a section for a credentials file"],
    ),
    (&["-c", "prod"], "there is no option `-c`", CONSOLE),
    (&["sso", "login"], "there is no verb `sso`", &["`ssowrap -p NAME login` signs in"]),
    (
        &["sso", "login", "--profile", "prod"],
        "there is no verb `sso`",
        &["`ssowrap -p prod login` signs in"],
    ),
    (
        &["sso", "populate"],
        "there is no verb `sso`",
        &["`ssowrap configure --all` writes a profile for every role you may use"],
    ),
    (&["aws", "sso", "login"], "there is no verb `aws`", &["`ssowrap -p NAME login` signs in"]),
    (
        &["assume", "nosuch"],
        "there is no verb `assume`",
        &[
            "`eval \"$(ssowrap -p NAME export)\"` puts the credentials of a profile into this shell",
            "`ssowrap init bash` defines `sso NAME`, which does the same",
        ],
    ),
    (&["use", "prod"], "there is no verb `use`", USE),
    (&["switch", "prod"], "there is no verb `switch`", USE),
    (&["assume", "prod"], "there is no verb `assume`", USE),
    (
        &["init", "aws2-wrap"],
        "`aws2-wrap` is not a shell",
        &["`ssowrap init --aws2-wrap DIR` creates a link named `aws2-wrap` in the directory DIR"],
    ),
    (
        &["login", "prd"],
        "unexpected argument `prd` after `login`",
        &["did you mean the profile `prod`? choose it with `-p`"],
    ),
    (
        &["login", "--browser"],
        "`login` has no option `--browser`",
        &["ssowrap opens the default browser; set SSOWRAP_BROWSER or BROWSER to use another one"],
    ),
    (
        &["-p", "prod", "aws", "s3", "ls"],
        "there is no verb `aws`",
        &["`ssowrap -p prod exec -- aws ...` runs a command of the AWS CLI"],
    ),
    // Profile and action of granted, in any order.
    (&["assume", "-c", "prod"], "there is no verb `assume`", CONSOLE),
    (&["prod", "-c"], "there is no verb `prod`", CONSOLE),
    (&["prod", "--exec", "env"], "there is no verb `prod`", ENV),
    (&["assume", "--exec", "env", "prod"], "there is no verb `assume`", ENV),
    (
        &["--exec=terraform plan -var x=FAKEsecret", "prod"],
        "there is no option `--exec`",
        &["`ssowrap -p prod exec -- terraform ...` runs a command"],
    ),
    (
        &["--profile", "prod", "--exec", "env | grep FAKEsecret"],
        "there is no option `--exec`",
        LINE,
    ),
    (&["prod", "--exec", "KEY=FAKEsecret env"], "there is no verb `prod`", LINE),
    (
        &["assume", "prod", "-r", "us-east-1", "-c"],
        "there is no verb `assume`",
        &["`ssowrap -p prod console --region us-east-1` opens the AWS console in a browser"],
    ),
    (
        &["assume", "prod", "-s", "s3"],
        "there is no verb `assume`",
        &["`ssowrap -p prod console --service s3` opens the console of a service"],
    ),
    (
        &["assume", "--env", "prod"],
        "there is no verb `assume`",
        &["`ssowrap -p prod export --format dotenv -o .env` writes a .env file"],
    ),
    (
        &["assume", "-un"],
        "there is no verb `assume`",
        &["`eval \"$(ssowrap export --unset)\"` removes the credentials from this shell"],
    ),
    (
        &["-un"],
        "there is no option `-u`",
        &["`eval \"$(ssowrap export --unset)\"` removes the credentials from this shell"],
    ),
    // These options belong to a command.
    (
        &["run", "bash", "-c", "FAKEsecret", "--region", "x"],
        "there is no verb `run`",
        &["`ssowrap -p NAME exec -- COMMAND` runs a command with the credentials"],
    ),
    (
        &["prod", "bash", "-c", "FAKEsecret"],
        "there is no verb `prod`",
        &["`prod` is a profile: `ssowrap -p prod exec -- COMMAND` runs a command", EXPORT],
    ),
    (
        &["-p", "prod", "--region", "eu-west-1", "true", "--region", "FAKEsecret"],
        "there is no verb `true`",
        &["`ssowrap -p prod exec --region eu-west-1 -- true ...` runs a command"],
    ),
    // What the new line also takes.
    (
        &[
            "--generate",
            "--profile",
            "prod",
            "--credentialsfile",
            "my file",
            "--configfile=c",
            "--force",
            "--mfa-code",
            "123456",
            "-v",
            "--outprofile",
            "y",
            "--no-such-option",
        ],
        "there is no option `--generate`",
        &["`ssowrap -p prod generate --as y --credentials-file 'my file' --config-file c --force \
             --mfa-code DIGITS` writes the keys"],
    ),
    (
        &["assume", "prod", "--region", "us-east-1", "--role-name", "R", "--duration", "1h"],
        "there is no verb `assume`",
        &[
            "`eval \"$(ssowrap -p prod export --region us-east-1)\"` puts the credentials of a \
             profile into this shell",
            "`ssowrap init bash` defines `sso prod`, which does the same",
        ],
    ),
    (
        &["-p", "prod", "export", "--force-refresh", "--format", "json"],
        "`export` has no option `--force-refresh`",
        &["`ssowrap -p prod export --refresh --format json` gets new credentials"],
    ),
    (
        &["export", "prod", "--format", "json"],
        "unexpected argument `prod` after `export`",
        &["`prod` is a profile: `ssowrap -p prod export --format json`"],
    ),
    (
        &["aws", "sso", "login", "--sso-session", "corp", "--use-device-code"],
        "there is no verb `aws`",
        &["`ssowrap login --sso-session corp --use-device-code` signs in"],
    ),
    // A value without its option, or with another one's name.
    (
        &["configure", "--all", "--sso-region", "eu-west-1", "https://x.awsapps.com/start", "-v"],
        "unexpected argument `https://x.awsapps.com/start` after `configure`",
        &["put its option before it: `ssowrap configure --all --sso-region eu-west-1 --start-url \
             https://x.awsapps.com/start ...`"],
    ),
    (
        &["-p", "prod", "console", "s3"],
        "unexpected argument `s3` after `console`",
        &["put its option before it: `ssowrap -p prod console --service s3`"],
    ),
    (
        &["console", "https://x.example/?a=b"],
        "unexpected argument `https://x.example/?a=b` after `console`",
        &["put its option before it: `ssowrap console --destination 'https://x.example/?a=b'`"],
    ),
    (
        &["console", "prod"],
        "unexpected argument `prod` after `console`",
        &["`prod` is a profile: `ssowrap -p prod console`"],
    ),
    (
        &["-p", "prod", "console", "-r", "us-east-1"],
        "`console` has no option `-r`",
        &["write `--region us-east-1`"],
    ),
    (
        &["profiles", "-r", "us-east-1"],
        "`profiles` has no option `-r`",
        &["see `ssowrap profiles --help`"],
    ),
    (&["export", "-o"], "`--output` needs a value", &["`ssowrap export -o FILE`"]),
    (&["init", "--aws2-wrap"], "`--aws2-wrap` needs a value", LINK),
    (
        &["init", "bash", "--aws2-wrap", "a b"],
        "`SHELL` cannot be used with `--aws2-wrap`",
        &[
            "`ssowrap init bash` prints the script",
            "`ssowrap init --aws2-wrap 'a b'` creates a link named `aws2-wrap` in the directory 'a b'",
        ],
    ),
    (
        &["init", "fihs", "--aws2-wrap", "d"],
        "invalid value `fihs` for `SHELL`",
        &["did you mean `fish`?"],
    ),
    (
        &["init", "--prompt", "--aws2-wrap", "d"],
        "`--prompt` cannot be used with `--aws2-wrap`",
        &["`ssowrap init --aws2-wrap d` creates a link named `aws2-wrap` in the directory d"],
    ),
    (
        &["token", "-p", "prod", "--cluster-name", "blue"],
        "there is no verb `token`",
        &["`ssowrap -p prod eks get-token --cluster-name blue` prints a token for kubectl"],
    ),
    // Verbs of granted.
    (
        &["populate"],
        "there is no verb `populate`",
        &["`ssowrap configure --all` writes a profile for every role you may use"],
    ),
    (
        &["sso", "generate"],
        "there is no verb `sso`",
        &["`ssowrap configure --all` writes a profile for every role you may use"],
    ),
    (
        &["browser", "set"],
        "there is no verb `browser`",
        &[
            "`ssowrap -p NAME console` opens the AWS console",
            "set SSOWRAP_BROWSER or BROWSER to choose the browser",
        ],
    ),
    (
        &["--url"],
        "there is no option `--url`",
        &["it is an option of `console`: `ssowrap console --url`"],
    ),
];

const USE: &[&str] = &[
    "`eval \"$(ssowrap -p prod export)\"` puts the credentials of a profile into this shell",
    "`ssowrap init bash` defines `sso prod`, which does the same",
];

const CONSOLE: &[&str] = &["`ssowrap -p prod console` opens the AWS console in a browser"];

const ENV: &[&str] = &["`ssowrap -p prod exec -- env` runs a command"];

const LINE: &[&str] = &["`ssowrap -p prod exec -- sh -c '...'` runs a command"];

const LINK: &[&str] =
    &["`ssowrap init --aws2-wrap DIR` creates a link named `aws2-wrap` in the directory DIR"];

#[test]
fn each_leads_on() {
    lead_on(2, &home(), CASES);
}

/// The same as after `-p`.
#[test]
fn a_profile_with_a_similar_name() {
    let home = home().config(&KEYS.replace("keys]", "Production.Admin]"));
    let near = "hint: did you mean the profile `Production.Admin`? choose it with `-p`\n";
    for line in [&["prod"][..], &["prod", "exec", "env"], &["export", "prod"], &["use", "prod"]] {
        let output = home.run(line).output();
        assert!(output.stderr.contains(near), "{line:?}: {}", output.stderr);
        assert_eq!(output.status.code(), Some(2));
    }
}

const NO_PROFILES: &str = "there are no profiles yet: `ssowrap configure` adds your organisation's portal, \
                 and profiles for its roles";
const FIRST: &[Case] = &[
    (&["sso", "login"], "there is no verb `sso`", &[NO_PROFILES]),
    (
        &["run", "env"],
        "there is no verb `run`",
        &[NO_PROFILES, "`ssowrap -p NAME exec -- COMMAND` runs a command with the credentials"],
    ),
    (
        &["sso", "login", "--sso-session", "corp"],
        "there is no verb `sso`",
        &["`ssowrap login --sso-session corp` signs in"],
    ),
];

#[test]
fn where_there_are_no_profiles() {
    lead_on(2, &Home::new(), FIRST);
}

/// The lines are in the syntax of the shell that ran the command line.
#[test]
fn in_fish() {
    let Some(fish) = tool("fish") else { return };
    for (line, hint) in [
        ("ssowrap --unset", "`ssowrap export --unset | source` removes the credentials"),
        ("ssowrap use prod", "`ssowrap -p prod export | source` puts the credentials"),
    ] {
        let line = format!("{line}; true");
        let output = home().tool(&fish, ["--no-config", "-c", &line]).output();
        assert!(output.stderr.contains(hint), "{}", output.stderr);
    }
}
