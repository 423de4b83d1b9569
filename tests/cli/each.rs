//! `ssowrap each`: one command for many profiles or accounts.

mod accounts;
mod ends;
mod printed;
mod questions;
mod quota;

use chrono::TimeDelta;
use fake_aws::{Account, Fault};
use serde_json::Value;

use crate::entries::names;
use crate::support::{Home, KEYS, Output, now, timestamp};
use crate::terminal::Terminal;

/// Three accounts, and a profile without credentials between them.
const PROFILES: &str = "\
[sso-session corp]
sso_start_url = https://corp.awsapps.com/start
sso_region = eu-central-1
[profile prod-b]
sso_session = corp
sso_account_id = 222222222222
sso_role_name = Admin
[profile prod-none]
region = eu-west-1
[profile prod-a]
sso_session = corp
sso_account_id = 111111111111
sso_role_name = Admin
[profile dev]
sso_session = corp
sso_account_id = 123456789012
sso_role_name = Admin
";

fn home() -> Home {
    let home = Home::with_aws().config(&format!("{PROFILES}{KEYS}")).login("corp");
    home.aws().set_accounts(vec![
        Account::new("111111111111", "Prod A", &["Admin", "Audit"]),
        Account::new("222222222222", "Prod B", &["Admin"]),
        Account::new("123456789012", "Dev", &["Admin", "Audit"]),
    ]);
    home
}

/// The messages on stderr, without times.
fn told(output: &Output) -> String {
    let is_time = |word: &str| word.contains('.') && word.parse::<f64>().is_ok();
    let line = |line: &str| match line.rsplit_once(' ') {
        Some((row, time)) if is_time(time) => format!("{} T\n", row.trim_end()),
        _ => format!("{line}\n"),
    };
    output.stderr.lines().map(line).collect()
}

/// Sorted, because parallel commands print in any order.
fn lines(output: &Output) -> Vec<&str> {
    let mut lines: Vec<&str> = output.stdout().lines().collect();
    lines.sort_unstable();
    lines
}

const ACCOUNT: [&str; 4] = ["--", "sh", "-c", "echo $AWS_ACCOUNT_ID $SSOWRAP_PROFILE $AWS_PROFILE"];

#[test]
fn profiles_by_pattern_in_the_order_of_the_config() {
    let home = home();
    let output = home.run(["-p", "prod-*", "each"].iter().chain(&ACCOUNT)).output();
    assert_eq!(lines(&output), ["prod-a | 111111111111 prod-a", "prod-b | 222222222222 prod-b"]);
    assert_eq!(
        told(&output),
        "PROFILE  ACCOUNT       ACCOUNT NAME  ROLE\n\
         prod-b   222222222222                Admin\nprod-a   111111111111                Admin\n\
         PROFILE  ACCOUNT       EXIT  SECONDS\n\
         prod-b   222222222222  0 T\nprod-a   111111111111  0 T\n"
    );
    assert!(output.status.success());
    // Several, by name or by pattern, each once. AWS_PROFILE is ignored.
    let words = ["-p", "dev", "-p", "prod-?", "each", "-p", "prod-a", "-q"];
    let output = home.run(words.iter().chain(&ACCOUNT)).env("AWS_PROFILE", "prod-b").output();
    let expected = [
        "dev    | 123456789012 dev",
        "prod-a | 111111111111 prod-a",
        "prod-b | 222222222222 prod-b",
    ];
    assert_eq!((lines(&output), output.stderr.as_str()), (expected.to_vec(), ""));
    assert_eq!(home.aws().count("GetRoleCredentials"), 3);
}

#[test]
fn a_role_in_each_account() {
    let home = home();
    let words = ["each", "--account", "*", "--role-name", "Audit"];
    let script = "echo $AWS_ACCOUNT_ID \"$SSOWRAP_ROLE\"";
    let output = home.run(words.iter().chain(&["--", "sh", "-c", script])).output();
    let role = |id: &str| format!("{id} --sso-session corp --account-id {id} --role-name Audit");
    let expected = [
        format!("Dev    | {}", role("123456789012")),
        format!("Prod A | {}", role("111111111111")),
    ];
    assert_eq!(lines(&output), expected);
    assert_eq!(
        told(&output),
        "warning: you have no role that matches `Audit` in Prod B\n\
         ACCOUNT       ACCOUNT NAME  ROLE\n\
         123456789012  Dev           Audit\n111111111111  Prod A        Audit\n\
         NAME    ACCOUNT       EXIT  SECONDS\n\
         Dev     123456789012  0 T\nProd A  111111111111  0 T\n"
    );
    // The names are known now, even for an id.
    let output = home.run(["-p", "prod-*", "each", "true"]).output();
    assert!(
        output.stderr.contains("prod-b   222222222222  Prod B        Admin\n"),
        "{}",
        output.stderr
    );
    let words = ["each", "--account-id", "111111111111", "--role-name", "Audit", "-q", "true"];
    home.run(words).succeeds();
    assert_eq!(home.aws().count("ListAccounts"), 1);
    // One more role on top, in each account.
    let role = ["--assume", "arn:aws:iam::{account_id}:role/audit"];
    home.run(role.iter().chain(&["-q", "-p", "prod-*", "each", "true"])).succeeds();
    let arns = home.aws().log_of("AssumeRole");
    let mut arns: Vec<&str> = arns.iter().map(|entry| entry.param("RoleArn")).collect();
    arns.sort_unstable();
    let expected = ["arn:aws:iam::111111111111:role/audit", "arn:aws:iam::222222222222:role/audit"];
    assert_eq!(arns, expected);
}

/// `--role-name` follows the rules of `--account`. Names say which role only if there are several.
#[test]
fn roles_by_pattern() {
    let home = home();
    let script = "echo $AWS_ACCOUNT_ID \"$SSOWRAP_ROLE\"";
    let run = |role: &str, more: &[&str]| {
        let words = ["each", "--account", "prod*", "--role-name", role];
        home.run(words.iter().chain(more).chain(&["--", "sh", "-c", script]))
    };
    let role = |id: &str, role: &str| {
        format!("{id} --sso-session corp --account-id {id} --role-name {role}")
    };
    let (a, b) = ("111111111111", "222222222222");
    for pattern in ["adm*", "admin", "Ad?in"] {
        let output = run(pattern, &[]).output();
        let expected =
            [format!("Prod A | {}", role(a, "Admin")), format!("Prod B | {}", role(b, "Admin"))];
        assert_eq!(lines(&output), expected, "{pattern}");
    }
    let output = run("*", &[]).output();
    let expected = [
        format!("Prod A Admin | {}", role(a, "Admin")),
        format!("Prod A Audit | {}", role(a, "Audit")),
        format!("Prod B Admin | {}", role(b, "Admin")),
    ];
    assert_eq!(lines(&output), expected);
    assert_eq!(
        told(&output),
        "ACCOUNT       ACCOUNT NAME  ROLE\n\
         111111111111  Prod A        Admin\n\
         111111111111  Prod A        Audit\n\
         222222222222  Prod B        Admin\n\
         NAME          ACCOUNT       EXIT  SECONDS\n\
         Prod A Admin  111111111111  0 T\n\
         Prod A Audit  111111111111  0 T\n\
         Prod B Admin  222222222222  0 T\n"
    );
    run("*", &["--output-dir", "out", "-q"]).succeeds();
    assert_eq!(names(&home.path("out")).len(), 6);
    let terminal = Terminal::start(run("*", &[]).env("TERM", "xterm").env("NO_COLOR", "1"));
    terminal.expect("for each of these 3 roles? [Y]es, [n]o: ");
    terminal.send("n\n");
    terminal.ends();
}

/// Where it names the role whose credentials a verb gives, it is a name.
#[test]
fn one_role_is_named_exactly() {
    let home = home();
    let login = ["--sso-session", "corp", "--account-id", "111111111111", "--role-name"];
    for role in ["admin", "Adm*"] {
        let output = home.run(login.iter().chain(&[role, "export"])).output();
        assert_eq!((output.status.success(), output.stdout()), (false, ""), "{role}");
    }
}

#[test]
fn nothing_is_chosen() {
    let home = home();
    let run = |words: &[&str]| home.run(["each"].iter().chain(words).chain(&["true"]));
    run(&[]).fails(
        2,
        "error: `each` needs to know which profiles or accounts to run the command for\nhint: give \
         `-p NAME` several times, a pattern as in `-p 'prod-*'`, or `--account PATTERN --role-name \
         PATTERN`\n",
    );
    run(&["-p", "dev", "-p", "test-*"]).fails(
        4,
        "error: no profile matches `test-*`\nhint: `ssowrap profiles` lists the profiles; `*` matches \
         anything\n",
    );
    let output = run(&["-p", "dev", "-p", "prod-x"]).output();
    assert_eq!(output.status.code(), Some(4));
    assert!(
        output.stderr.starts_with("error: there is no profile `prod-x` in"),
        "{}",
        output.stderr
    );
    run(&["--account", "*"]).fails(
        2,
        "error: `each` needs both --account PATTERN and --role-name PATTERN\nhint: `--account '*'` \
         means every account that the login may use\n",
    );
    run(&["--role-name", "Audit", "-p", "dev"]).fails(
        2,
        "error: --profile and --role-name cannot be used together: a profile already names a role\n",
    );
    run(&["--account", "x*", "--role-name", "Audit"]).fails(
        4,
        "error: no account matches `x*`\nhint: `ssowrap accounts --sso-session corp` lists \
         them; `*` matches anything\n",
    );
    run(&["--account", "*", "--role-name", "audits"]).fails(
        4,
        "error: no role in these accounts matches `audits`\nhint: did you mean `Audit`?\nhint: the roles \
         are: `Admin`, `Audit`\n",
    );
    for (account, role, option) in [("", "Audit", "--account"), ("*", "", "--role-name")] {
        run(&["--account", account, "--role-name", role])
            .fails(2, &format!("error: the value of {option} is empty\n"));
    }
    assert_eq!(home.aws().count("GetRoleCredentials"), 0);
}

/// A failed command is one row, and the others run.
#[test]
fn failures_are_rows() {
    let home = home();
    home.aws().revoke_grant("111111111111", "Admin");
    let command = ["sh", "-c", "test $AWS_ACCOUNT_ID != 222222222222 || exit 7"];
    let words = ["each", "-p", "prod-*", "-p", "dev"];
    let output = home.run(words.iter().chain(&command)).output();
    assert_eq!(output.status.code(), Some(1));
    let told = told(&output);
    let start = "error: prod-a: no access to role `Admin` in account `111111111111`";
    assert!(told.contains(start), "{told}");
    let table = "PROFILE  ACCOUNT       EXIT            SECONDS\n\
                 prod-b   222222222222  7 T\nprod-a   111111111111  no credentials\n\
                 dev      123456789012  0 T\n";
    assert!(told.ends_with(table), "{told}");
    // A profile that doesn't resolve is one row too.
    home.write(
        ".aws/config",
        format!("{PROFILES}[profile prod-c]\nrole_arn = arn:aws:iam::1:role/x\n"),
    );
    let output = home.run(words.iter().chain(&command)).output();
    assert!(
        output.stderr.contains("\nprod-c   1             no credentials\n"),
        "{}",
        output.stderr
    );
}

#[test]
fn as_json() {
    let home = home();
    home.aws().revoke_grant("111111111111", "Admin");
    let words = ["each", "-p", "prod-*", "--json", "--", "sh", "-c", "echo printed; exit 3"];
    let output = home.run(words).report();
    assert_eq!(output.status.code(), Some(1));
    assert!(output.stderr.contains("\nprod-b | printed\n"), "{}", output.stderr);
    let rows: Value = serde_json::from_str(output.stdout()).expect("JSON");
    let row = &rows[0];
    assert_eq!((&row["profile"], &row["exit_code"]), (&Value::from("prod-b"), &Value::from(3)));
    assert_eq!((&row["account_id"], &row["error"]), (&Value::from("222222222222"), &Value::Null));
    assert!(row["seconds"].is_number());
    let row = &rows[1];
    assert_eq!((&row["profile"], &row["exit_code"]), (&Value::from("prod-a"), &Value::Null));
    assert!(row["error"].as_str().expect("words").starts_with("no access to role `Admin`"));
    assert_eq!(rows.as_array().map(Vec::len), Some(2));
}

#[test]
fn fail_fast() {
    let home = home();
    let words = ["each", "-p", "prod-*", "-p", "dev", "-j1", "--fail-fast", "--", "sh", "-c"];
    let command = "test $SSOWRAP_PROFILE = prod-b || exit 4; echo ran";
    let output = home.run(words.iter().chain(&[command])).output();
    assert_eq!((output.status.code(), output.stdout()), (Some(1), "prod-b | ran\n"));
    assert!(
        told(&output)
            .ends_with("0 T\nprod-a   111111111111  4 T\ndev      123456789012  not started\n")
    );
    // If one has no credentials, no command starts, and no more credentials are requested.
    home.aws().revoke_grant("222222222222", "Admin");
    home.run(["cache", "clear", "-q"]).succeeds();
    home.aws().clear_log();
    let output = home.run(words.iter().chain(&[command])).output();
    assert_eq!((output.status.code(), output.stdout()), (Some(1), ""));
    assert!(output.stderr.contains("111111111111  not started\n"), "{}", output.stderr);
    assert_eq!(home.aws().count("GetRoleCredentials"), 1);
}

#[test]
fn a_directory_for_each() {
    let home = home();
    std::fs::create_dir_all(home.path("envs/prod-a/Admin")).expect("directories");
    let words = ["each", "-q", "-p", "prod-*", "--chdir", "envs/{profile}/{role_name}", "pwd"];
    home.run(words).fails(
        2,
        "error: the directory for prod-b does not exist: envs/prod-b/Admin\nhint: create it, or \
         correct `--chdir`\n",
    );
    std::fs::create_dir_all(home.path("envs/prod-b/Admin")).expect("directories");
    let output = home.run(words).succeeds();
    assert_eq!(lines(&output), ["prod-a | ~/envs/prod-a/Admin", "prod-b | ~/envs/prod-b/Admin"]);
    home.run(["each", "-p", "keys", "--chdir", "{account_id}", "pwd"])
        .fails(2, "error: --chdir: {account_id} of keys is not known\n");
    home.run(["each", "-p", "keys", "--chdir", "{account}", "pwd"]).fails(
        2,
        "error: --chdir `{account}`: unknown field; the fields are {profile}, {account_id}, \
         {role_name}\n",
    );
    assert_eq!(home.aws().count("GetRoleCredentials"), 2);
}

/// For a command that doesn't exist, nothing is asked and no credentials are requested.
#[test]
fn a_command_that_cannot_be_run() {
    let home = home();
    home.run(["each", "-p", "prod-*", "no-such"])
        .fails(127, "error: `no-such`: command not found\nhint: it is not in PATH\n");
    assert_eq!(home.aws().count("*"), 0);
    let output = home.run(["each", "-p", "dev", "./no-such"]).output();
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(
        told(&output),
        "dev | error: `./no-such`: command not found\ndev | hint: there is no such file\n\
         PROFILE  ACCOUNT       EXIT  SECONDS\ndev      123456789012  127 T\n"
    );
    let home = home.file("script", "true");
    let output = home.run(["each", "-p", "dev", "./script"]).output();
    assert!(told(&output).ends_with("123456789012  126 T\n"), "{}", output.stderr);
}

/// If nobody is signed in, the user is asked only once, and no command starts.
#[test]
fn nobody_is_signed_in_at_all() {
    let home = Home::with_aws().config(PROFILES);
    let output = home.run(["each", "-p", "prod-*", "-p", "dev", "echo", "ran"]).output();
    assert_eq!((output.status.code(), output.stdout()), (Some(1), ""));
    assert_eq!(output.stderr.matches("error: ").count(), 3, "{}", output.stderr);
    assert_eq!(home.aws().count("*"), 0);
}

/// The user sees what a pattern has chosen before anything happens.
#[test]
fn at_a_terminal() {
    let home = home().env("TERM", "xterm").env("NO_COLOR", "1");
    let words = ["each", "-p", "prod-*", "--", "echo", "ran"];
    let terminal = Terminal::start(home.run(words));
    terminal.expect("prod-a   111111111111");
    terminal.expect("Run `echo ran` for each of these 2 profiles? [Y]es, [n]o: ");
    terminal.send("n\n");
    let (status, rest) = terminal.ends();
    assert!(status.success() && rest.contains("nothing was run"), "{rest}");
    assert_eq!(home.aws().count("*"), 0);
    let terminal = Terminal::start(home.run(words));
    terminal.expect("[n]o: ");
    terminal.send("\n");
    terminal.expect("credentials: 2 of 2");
    terminal.expect(" of 2 done");
    terminal.expect("prod-a   111111111111  0");
    assert!(terminal.ends().0.success());
    // Words as a shell reads them, without what may be a secret.
    let words = ["each", "-p", "prod-a*", "--", "env", "TOKEN=FAKEsecret", "sh", "-c", "echo ran"];
    let terminal = Terminal::start(home.run(words));
    terminal.expect("Run `env TOKEN=... sh -c 'echo ran'` for this profile? [Y]es, [n]o: ");
    terminal.send("n\n");
    terminal.ends();
    // Names, and `--yes`, need no confirmation.
    for words in [&["-p", "prod-a", "-p", "dev"][..], &["-p", "prod-*", "--yes"]] {
        let terminal = Terminal::start(home.run(["each"].iter().chain(words).chain(&["true"])));
        terminal.expect("111111111111  0");
        assert!(terminal.ends().0.success());
    }
}

/// Credentials that were good enough when they were obtained are good enough for a command that
/// starts at once.
#[test]
fn credentials_that_expire_soon_are_obtained_once() {
    let end = timestamp(now() + TimeDelta::minutes(10));
    let helper = format!(
        "echo >>calls; echo '{{\"Version\": 1, \"AccessKeyId\": \"ASIA\", \
         \"SecretAccessKey\": \"s\", \"SessionToken\": \"t\", \"Expiration\": \"{end}\"}}'"
    );
    let config = "[profile p]\ncredential_process = sh helper\n";
    let home = Home::new().config(config).file("helper", helper);
    home.run(["each", "-q", "-p", "p", "true"]).succeeds();
    assert_eq!(std::fs::read_to_string(home.path("calls")).expect("calls"), "\n");
}

/// Session policies apply to each of them.
#[test]
fn with_less_rights() {
    let home = home();
    let role = ["--assume", "arn:aws:iam::{account_id}:role/audit", "--policy-arn"];
    let words = ["arn:aws:iam::aws:policy/ReadOnlyAccess", "-q", "-p", "prod-*", "each"];
    let nested = ["ssowrap", "-p", "dev", "export"];
    let output = home.run(role.iter().chain(&words).chain(&nested)).output();
    assert_eq!((output.status.code(), output.stdout()), (Some(1), ""));
    assert!(output.stderr.contains("prod-a | error: this environment has restricted credentials"));
    home.run(["each", "-p", "prod-*", "--policy-arn", words[0], "true"]).fails(
        2,
        "error: there is no role to restrict: AWS accepts no session policy for an Identity Center \
         role\nhint: `--assume ARN` assumes a role that the policy can restrict\n",
    );
}

/// One login for all: after a change, another person's login isn't used.
#[test]
fn all_with_one_login() {
    let home = home();
    home.aws().fail("GetRoleCredentials", Fault::throttled(), 2);
    let words = ["each", "-q", "-p", "prod-*", "-p", "dev", "true"];
    home.run(words).succeeds();
    assert_eq!(home.aws().count("GetCallerIdentity"), 0);
    // With everything cached, no request is sent.
    home.aws().clear_log();
    home.run(words).succeeds();
    assert_eq!(home.aws().count("*"), 0);
}

/// A word of the command may be the name of a verb that programs run often.
#[test]
fn a_command_with_the_name_of_a_verb() {
    let home = home();
    for word in ["export", "exec", "credential-process", "login"] {
        let output = home.run(["each", "-p", "dev", "-q", "--", "echo", word]).succeeds();
        assert_eq!(output.stdout(), format!("dev | {word}\n"), "{}", output.stderr);
    }
}
