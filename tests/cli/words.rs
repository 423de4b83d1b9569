//! Natural words that are not the program's own: each leads to the right one.

mod command;
mod given;
mod values;

use crate::support::{Home, KEYS, tool};

/// A home with the profiles `prod` and `keys`.
fn home() -> Home {
    Home::new().config(&format!("{KEYS}{}", KEYS.replace("keys]", "prod]")))
}

/// What is typed, the message, and the hints.
pub(crate) type Case = (&'static [&'static str], &'static str, &'static [&'static str]);

/// Each of them exits with this code and prints just its message and hints.
pub(crate) fn lead_on(code: i32, home: &Home, cases: &[Case]) {
    for (words, message, hints) in cases {
        let hints: String = hints.iter().map(|hint| format!("hint: {hint}\n")).collect();
        home.run(*words).fails(code, &format!("error: {message}\n{hints}"));
    }
}

const EXPORT: &str = "`eval \"$(ssowrap -p prod export)\"` exports its credentials";

const CASES: &[Case] = &[
    (
        &["-p", "prod", "--renew", "exec", "--", "env"],
        "`--renew` is an option of `exec`: it belongs after the verb",
        &["`ssowrap -p prod exec --renew ...`"],
    ),
    (
        &["--token-file", "--renew", "-v", "exec"],
        "`--token-file` is an option of `exec`: it belongs after the verb",
        &["`ssowrap -v exec --token-file --renew`"],
    ),
    (
        &["--account=Prod A", "--role-name", "exec", "--renew", "exec"],
        "`--renew` is an option of `exec`: it belongs after the verb",
        &["`ssowrap '--account=Prod A' --role-name exec exec --renew`"],
    ),
    (
        &["--xyzzy", "--renew", "exec"],
        "`exec` has no option `--xyzzy`",
        &["see `ssowrap exec --help`"],
    ),
    (
        &["-ofile", "-p", "export", "export"],
        "`-o` is an option of `export`: it belongs after the verb",
        &["`ssowrap -p export export -ofile`"],
    ),
    (
        &["-p", "prod", "--format", "json", "export"],
        "`--format` is an option of `export`: it belongs after the verb",
        &["`ssowrap -p prod export --format json`"],
    ),
    (
        &["--format=json", "export", "--region", "eu-west-1"],
        "`--format` is an option of `export`: it belongs after the verb",
        &["`ssowrap export --format=json ...`"],
    ),
    (
        &["-o", "a file", "export"],
        "`-o` is an option of `export`: it belongs after the verb",
        &["`ssowrap export -o 'a file'`"],
    ),
    (
        &["--json", "cache", "list"],
        "`--json` is an option of `cache list`: it belongs after the verb",
        &["`ssowrap cache list --json`"],
    ),
    (
        &["-p", "prod", "--all"],
        "there is no option `--all`",
        &["it is an option of `login`, `logout`, `status`, `configure`"],
    ),
    (
        &["-p", "exec", "--", "env"],
        "there is no verb `env`",
        &["`-p` took `exec` as the name of the profile: `ssowrap -p NAME exec ...`"],
    ),
    (
        &["-p", "export"],
        "no verb given",
        &["`-p` took `export` as the name of the profile: `ssowrap -p NAME export ...`"],
    ),
    (
        &["true", "plan"],
        "there is no verb `true`",
        &["`ssowrap -p NAME exec -- true ...` runs a command"],
    ),
    (
        &["-p", "exec", "-v", "env"],
        "there is no verb `env`",
        &["`-p` took `exec` as the name of the profile: `ssowrap -p NAME exec ...`"],
    ),
    (
        &["clear"],
        "there is no verb `clear`",
        &[
            "`ssowrap cache clear` removes cached credentials; `ssowrap -p NAME logout` ends the login",
        ],
    ),
    (
        &["-p", "prod", "flush"],
        "there is no verb `flush`",
        &[
            "`ssowrap cache clear` removes cached credentials; `ssowrap -p prod logout` ends the login",
        ],
    ),
    (
        &["ecs", "run"],
        "there is no verb `ecs`",
        &["`ssowrap -p NAME serve` serves credentials to containers and editors"],
    ),
    (
        &["token", "-i", "c"],
        "there is no verb `token`",
        &["`ssowrap -p NAME eks get-token --cluster-name CLUSTER` prints a token for kubectl"],
    ),
    (
        &["-p", "prod", "exec", "--ecs-server", "--", "true"],
        "`exec` has no option `--ecs-server`",
        &["`ssowrap -p prod exec --renew -- COMMAND` keeps a command's credentials fresh"],
    ),
    (
        &["-p", "prod", "login", "--headless"],
        "`login` has no option `--headless`",
        &["`ssowrap -p prod login --use-device-code` signs in with a browser on any machine"],
    ),
    (
        &["credential-process", "--profile", "prod", "--auto-login"],
        "`credential-process` has no option `--auto-login`",
        &["`ssowrap -p prod credential-process --login auto` signs in when needed"],
    ),
    (
        &["-p", "prod", "--debug", "export"],
        "`export` has no option `--debug`",
        &["`-v` and `-vv` show what happens"],
    ),
    (
        &["-p", "prod", "export", "--force-refresh"],
        "`export` has no option `--force-refresh`",
        &["`ssowrap -p prod export --refresh` gets new credentials"],
    ),
    (
        &["-p", "prod", "export", "--no-verify-ssl"],
        "`export` has no option `--no-verify-ssl`",
        &["certificates are always verified: set AWS_CA_BUNDLE to a file with the ones to trust"],
    ),
    (
        &["prod"],
        "there is no verb `prod`",
        &["`prod` is a profile: `ssowrap -p prod exec -- COMMAND` runs a command", EXPORT],
    ),
    (
        &["prod", "exec", "env"],
        "there is no verb `prod`",
        &["`prod` is a profile: `ssowrap -p prod exec ...`"],
    ),
    (
        &["-p", "prod", "--", "env"],
        "there is no verb `env`",
        &["`ssowrap -p prod exec -- env ...` runs a command"],
    ),
    (
        &["-p", "prod"],
        "no verb given",
        &[
            "`ssowrap -p prod exec -- COMMAND` runs a command with the credentials",
            "`eval \"$(ssowrap -p prod export)\"` puts them into this shell",
            "`ssowrap --help` lists the verbs",
        ],
    ),
    (
        &["--profile", "prod", "terraform", "plan"],
        "there is no verb `terraform`",
        &["`ssowrap -p prod exec -- terraform ...` runs a command"],
    ),
    (
        &["--profile", "prod", "ls"],
        "there is no verb `ls`",
        &[
            "`ssowrap -p prod exec -- ls ...` runs a command",
            "`ssowrap profiles` lists the profiles; `ssowrap accounts` lists accounts",
        ],
    ),
    (
        &["list"],
        "there is no verb `list`",
        &["`ssowrap profiles` lists the profiles; `ssowrap accounts` lists accounts"],
    ),
    (
        &["ls"],
        "there is no verb `ls`",
        &["`ssowrap profiles` lists the profiles; `ssowrap accounts` lists accounts"],
    ),
    (
        &["roles"],
        "there is no verb `roles`",
        &["`ssowrap accounts --roles` lists the roles the login may use"],
    ),
    (
        &["-pprod", "run", "env"],
        "there is no verb `run`",
        &["`ssowrap -p prod exec -- COMMAND` runs a command with the credentials"],
    ),
    (
        &["env"],
        "there is no verb `env`",
        &["`ssowrap -p NAME export` prints the credentials for a shell, a file or a program"],
    ),
    (
        &["-p", "my prof", "env"],
        "there is no verb `env`",
        &[
            "`ssowrap -p 'my prof' exec -- env ...` runs a command",
            "`ssowrap -p 'my prof' export` prints the credentials for a shell, a file or a program",
        ],
    ),
    (
        &["shell"],
        "there is no verb `shell`",
        &["`ssowrap -p NAME exec -- bash` starts a shell with the credentials"],
    ),
    (
        &["refresh"],
        "there is no verb `refresh`",
        &[
            "`ssowrap -p NAME login` renews the login if necessary",
            "`ssowrap -p NAME export --refresh` gets new credentials",
        ],
    ),
    (
        &["doctor"],
        "there is no verb `doctor`",
        &[
            "`ssowrap -p NAME explain` shows how ssowrap reads the profile, and `ssowrap status` shows the logins",
        ],
    ),
    (&["version"], "there is no verb `version`", &["`ssowrap --version` prints it"]),
    (&["-p", "prod", "exprot"], "there is no verb `exprot`", &["did you mean `export`?"]),
    (&["logn"], "there is no verb `logn`", &["did you mean `login` or `logout`?", HELP]),
    (&["xyzzy"], "there is no verb `xyzzy`", &[HELP]),
    (
        &["export", "--json"],
        "`export` has no option `--json`",
        &["`export --format json` and `whoami --format json` print an object"],
    ),
    (&["export", "-f", "fish"], "`export` has no option `-f`", FORMAT),
    (&["export", "--shell", "fish"], "`export` has no option `--shell`", FORMAT),
    (&["init", "--shell", "fish"], "`init` has no option `--shell`", FORMAT),
    (
        &["export", "--unse"],
        "`export` has no option `--unse`",
        &["did you mean `--unset`?", "see `ssowrap export --help`"],
    ),
    // No option of the verb is like these, though they share letters with some.
    (
        &["configure", "--prefix", "x"],
        "`configure` has no option `--prefix`",
        &["see `ssowrap configure --help`"],
    ),
    (
        &["console", "--print"],
        "`console` has no option `--print`",
        &["see `ssowrap console --help`"],
    ),
    (
        &["configure", "--roles", "x"],
        "`configure` has no option `--roles`",
        &["did you mean `--role-name`?", "see `ssowrap configure --help`"],
    ),
    (
        &["login", "--device-code"],
        "`login` has no option `--device-code`",
        &["did you mean `--use-device-code`?", "see `ssowrap login --help`"],
    ),
    (
        &["cache", "list", "--jsno"],
        "`cache list` has no option `--jsno`",
        &["did you mean `--json`?", "see `ssowrap cache list --help`"],
    ),
    (
        &["export", "--porfile", "x"],
        "`export` has no option `--porfile`",
        &["did you mean `--profile`?", "see `ssowrap export --help`"],
    ),
    (
        &["export", "prod"],
        "unexpected argument `prod` after `export`",
        &["`prod` is a profile: `ssowrap -p prod export`"],
    ),
    (
        &["cache", "clear", "prod"],
        "unexpected argument `prod` after `cache clear`",
        &["`prod` is a profile: `ssowrap -p prod cache clear`"],
    ),
    (
        &["configure", "sso"],
        "unexpected argument `sso` after `configure`",
        &["`ssowrap configure` alone asks for everything, at a terminal"],
    ),
    (
        &["sts", "get-caller-identity"],
        "there is no verb `sts`",
        &["`ssowrap -p NAME whoami` asks AWS whose credentials these are"],
    ),
    (
        &["eks", "get-token"],
        "`eks get-token` needs `--cluster-name NAME`",
        &["see `ssowrap eks get-token --help`"],
    ),
    (&["man"], "`man` needs `DIR`", &["see `ssowrap man --help`"]),
    (
        &["\u{2013}\u{2013}profile", "prod", "export"],
        "there is no verb `\u{2013}\u{2013}profile`",
        &["`\u{2013}\u{2013}profile` begins with a typographic dash: write `--profile` with \
             hyphens"],
    ),
    (
        &["\u{2013}p", "prod", "export"],
        "there is no verb `\u{2013}p`",
        &["`\u{2013}p` begins with a typographic dash: write `-p` with hyphens"],
    ),
    (&["init"], "`init` needs the name of a shell", &[SHELLS_OF_INIT]),
    (
        &["completions"],
        "`completions` needs the name of a shell",
        &["one of bash, zsh, fish, powershell, elvish, nushell: `ssowrap completions bash`"],
    ),
    (&["cache"], "`cache` needs a verb", &["one of `list`, `clear`"]),
    (
        &["--region", "eu-west-1", "status"],
        "`status` does not take --region",
        &[
            "it is for `export`, `credential-process`, `exec`, `each`, `serve`, `console`, `eks`, `generate`, `configure`, `whoami`, `explain`",
        ],
    ),
    (
        &["profiles", "--no-cache"],
        "`profiles` does not take --no-cache",
        &[
            "it is for `export`, `credential-process`, `exec`, `each`, `serve`, `console`, `eks`, `generate`, `whoami`",
        ],
    ),
    (
        &["export", "--color", "sometimes"],
        "invalid value `sometimes` for `--color`",
        &["one of auto, always, never"],
    ),
];

const FORMAT: &[&str] =
    &["`export --format FORMAT` chooses the shell; `init` and `completions` take just its name"];

const HELP: &str = "`ssowrap --help` lists the verbs";

const SHELLS_OF_INIT: &str =
    "one of bash, zsh, fish, powershell, elvish, nushell: `ssowrap init bash`";

#[test]
fn each_leads_on() {
    lead_on(2, &home(), CASES);
}

#[test]
fn nothing_of_a_word_acts_on_the_terminal() {
    let output = home().run(["\u{1b}[2Jprod"]).output();
    assert_eq!(output.status.code(), Some(2));
    assert!(!output.stderr.contains('\u{1b}'), "{}", output.stderr);
}

#[test]
fn hidden_verbs_never_show() {
    let home = home();
    for words in
        [&["--help"][..], &["help"], &["compani"], &["__complet"], &["keepr"], &["__misuse"]]
    {
        let output = home.run(words).output();
        let text = format!("{}{}", output.stdout(), output.stderr);
        for hidden in ["`companion", "`__complete", "`__misused", "  companion", "  __complete"] {
            assert!(!text.contains(hidden), "{words:?}: {text}");
        }
    }
}

/// The example is in the syntax of the shell that ran the command line.
#[test]
fn a_missing_verb_in_fish() {
    let Some(fish) = tool("fish") else { return };
    let output =
        Home::new().tool(&fish, ["--no-config", "-c", "ssowrap -p prod; exit $status"]).output();
    assert_eq!(
        output.stderr,
        "error: no verb given\nhint: `ssowrap -p prod exec -- COMMAND` runs a command with the \
         credentials\nhint: `ssowrap -p prod export | source` puts them into this shell\nhint: \
         `ssowrap --help` lists the verbs\n"
    );
    assert_eq!(output.status.code(), Some(2));
}
