//! `ssowrap configure`, without questions.

mod clients;
mod granted;
mod names;
mod prune;
mod questions;
mod sessions;
mod undo;
mod writing;

use std::fs;

use crate::support::{Home, Token};

/// The sso-session that `configure` writes for the start URL of the logins here.
pub(super) const SESSION: &str = "\
[sso-session corp]
sso_start_url = https://corp.awsapps.com/start
sso_region = eu-central-1
sso_registration_scopes = sso:account:access
";

/// A home with a login and an empty config.
fn empty() -> Home {
    Home::with_aws().login("corp")
}

/// A home with the session and a login.
fn home() -> Home {
    empty().config(SESSION)
}

fn config(home: &Home) -> String {
    fs::read_to_string(home.path(".aws/config")).expect("a file")
}

/// Runs `configure --yes`, which must succeed. Adds `--region -` unless `line` has a region.
/// Returns its messages without the diff.
fn configure(home: &Home, line: &[&str]) -> String {
    let region = if line.contains(&"--region") { &[][..] } else { &["--region", "-"] };
    let output = home.run([&["configure", "--yes"], line, region].concat()).output();
    assert!(output.status.success(), "{}", output.stderr);
    assert_eq!(output.stdout(), "");
    let is_diff = |line: &&str| line.starts_with(['+', '-', ' ', '@', '\\']);
    output.stderr.lines().filter(|line| !is_diff(line)).map(|line| format!("{line}\n")).collect()
}

/// The headers of the profiles in the config, in file order.
fn profiles(home: &Home) -> Vec<String> {
    let config = config(home);
    let names = config.lines().filter_map(|line| line.strip_prefix("[profile "));
    names.map(|name| name.trim_end_matches(']').to_owned()).collect()
}

/// A profile as it is written for a role of session `corp`.
fn written(name: &str, account: &str, role: &str) -> String {
    format!(
        "\n[profile {name}]\nsso_session = corp\nsso_account_id = {account}\nsso_role_name = \
         {role}\nssowrap_generated = corp\n"
    )
}

#[test]
fn from_nothing_to_every_role() {
    let home = empty();
    let line =
        ["--start-url", "https://corp.awsapps.com/start", "--sso-region", "eu-central-1", "--all"];
    assert_eq!(
        configure(&home, &line),
        "profiles in ~/.aws/config: 6 added; `ssowrap configure --undo` undoes that\n\
         next: eval \"$(ssowrap -p Production.Admin export)\"\n"
    );
    let expected = [
        ("Production.Admin", "123456789012", "Admin"),
        ("Production.ReadOnly", "123456789012", "ReadOnly"),
        ("Sandbox.Developer", "000000000042", "Developer"),
        ("Staging.Admin", "210987654321", "Admin"),
        ("Staging.Developer", "210987654321", "Developer"),
        ("Staging.ReadOnly", "210987654321", "ReadOnly"),
    ];
    let expected = expected.map(|(name, account, role)| written(name, account, role)).concat();
    assert_eq!(config(&home), format!("{SESSION}{expected}"));
    assert_eq!(crate::entries::mode(&home.path(".aws/config")), 0o600);
    // Running it again writes nothing.
    assert_eq!(configure(&home, &["--all"]), "nothing to change\n");
    let arn = home.run(["-p", "Sandbox.Developer", "export"]).succeeds();
    assert!(arn.exported().contains_key("AWS_SESSION_TOKEN"));
}

#[test]
fn patterns_regions_and_keys() {
    let home = home();
    let line = ["--account", "stag*", "--role-name", "*only", "--region", "eu-west-1"];
    configure(
        &home,
        &[&line[..], &["--set", "output=json", "--set", "Retry_Mode = standard"]].concat(),
    );
    let expected = "\n[profile Staging.ReadOnly]\nsso_session = corp\nsso_account_id = \
                    210987654321\nsso_role_name = ReadOnly\nregion = eu-west-1\noutput = \
                    json\nretry_mode = standard\nssowrap_generated = corp\n";
    assert_eq!(config(&home), format!("{SESSION}{expected}"));
    // AWS is asked only about matching accounts.
    assert_eq!(home.aws().count("ListAccountRoles"), 1);
    // Existing profiles get the new region too. What the user added stays.
    home.write(".aws/config", config(&home).replace("json\n", "json\ncli_pager = cat\n"));
    configure(&home, &["--account", "210987654321", "--region", "us-east-1"]);
    let config = config(&home);
    assert!(config.contains("region = us-east-1\noutput = json\ncli_pager = cat\n"), "{config}");
    assert_eq!(config.matches("region = us-east-1\n").count(), 3);
}

/// The last message counts every profile that changed, as the dry run does.
#[test]
fn what_changed_is_counted() {
    let home = home();
    configure(&home, &["--account", "Production"]);
    let line = ["--all", "--region", "us-east-1"];
    let output = home.run([&["configure", "--dry-run"][..], &line].concat()).output();
    assert!(
        output.stderr.starts_with("adds 4 profiles; changes 2 profiles\n"),
        "{}",
        output.stderr
    );
    let said = configure(&home, &line);
    let end = "`ssowrap configure --undo` undoes that\n";
    assert!(
        said.starts_with(&format!("profiles in ~/.aws/config: 4 added, 2 changed; {end}")),
        "{said}"
    );
    let said = configure(&home, &["--account", "Sandbox", "--region", "eu-west-1"]);
    assert_eq!(said, format!("profiles in ~/.aws/config: 1 changed; {end}"));
    // One that gets another name is counted once.
    let line = ["--account", "Sandbox", "--region", "us-east-1", "--name", "sand"];
    let said = configure(&home, &line);
    assert!(said.starts_with(&format!("profiles in ~/.aws/config: 1 renamed; {end}")), "{said}");
}

/// New profiles get the region that all others have, without asking.
#[test]
fn the_region_of_those_that_are_written() {
    for region in ["eu-west-1", "-"] {
        let home = home();
        configure(&home, &["--account", "Production", "--region", region]);
        home.run(["configure", "--account", "Sandbox", "--yes", "-q"]).succeeds();
        let with_region = config(&home).matches("\nregion = eu-west-1\n").count();
        assert_eq!(with_region, if region == "-" { 0 } else { 3 }, "{region}");
        configure(&home, &["--account", "Sandbox", "--region", "us-east-1"]);
        let output = home.run(["configure", "--all", "--yes"]).output();
        assert_eq!(output.status.code(), Some(2), "they differ: {}", output.stderr);
        configure(&home, &["--all", "--set", "region=us-east-1"]);
        assert_eq!(config(&home).matches("\nregion = us-east-1\n").count(), 6);
    }
}

#[test]
fn a_role_on_top_and_a_process() {
    let home = home();
    let line = [
        "--account",
        "Production",
        "--role-name",
        "Admin",
        "--assume",
        "arn:aws:iam::{account_id}:role/terraform/{role_name}",
        "--assume-name",
        "{account_name}.terraform",
        "--credential-process",
    ];
    configure(&home, &line);
    let program = crate::support::SSOWRAP;
    let expected = written("Production.Admin", "123456789012", "Admin")
        + &format!(
            "\n[profile Production.terraform]\nrole_arn = \
             arn:aws:iam::123456789012:role/terraform/Admin\nsource_profile = \
             Production.Admin\nssowrap_generated = corp\n\n[profile \
             Production.Admin-process]\ncredential_process = {program} -p Production.Admin \
             credential-process\nssowrap_generated = corp\n"
        );
    assert_eq!(config(&home), format!("{SESSION}{expected}"));
    for profile in ["Production.terraform", "Production.Admin-process"] {
        home.run(["-p", profile, "credential-process"]).succeeds();
    }
    assert_eq!(configure(&home, &line), "nothing to change\n");
    // With another name, profiles based on it change too, whether or not they were chosen.
    configure(&home, &["--all", "--name", "{role_name}@{account_name}"]);
    let config = config(&home);
    assert!(config.contains("\n[profile Admin-Production]\n"), "{config}");
    assert!(config.contains("\nsource_profile = Admin-Production\n"), "{config}");
    assert!(config.contains(" -p Admin-Production credential-process\n"), "{config}");
    home.run(["-p", "Production.terraform", "credential-process"]).succeeds();
}

#[test]
fn a_dry_run_and_no_terminal() {
    let home = home();
    let line = ["configure", "--account", "Sandbox", "--region", "-"];
    let output = home.run(line.iter().chain(&["--dry-run"])).output();
    assert!(output.status.success(), "{}", output.stderr);
    assert_eq!(
        output.stdout(),
        "--- ~/.aws/config\n+++ ~/.aws/config\n@@ -2,3 +2,9 @@\n sso_start_url = \
         https://corp.awsapps.com/start\n sso_region = eu-central-1\n sso_registration_scopes = \
         sso:account:access\n+\n+[profile Sandbox.Developer]\n+sso_session = corp\n+sso_account_id = \
         000000000042\n+sso_role_name = Developer\n+ssowrap_generated = corp\n"
    );
    let only = "nothing was written: this was only a dry run\n";
    assert_eq!(output.stderr, format!("adds 1 profile; changes none\n{only}"));
    home.run(line).fails(
        2,
        "error: configure asks before it writes, and there is no terminal to ask on\nhint: give \
         `--yes` to write, `--dry-run` to see the changes\n",
    );
    assert_eq!(config(&home), SESSION);
    configure(&home, &["--account", "Production"]);
    let names = ["configure", "--account", "prod*", "--name", "{role_name}", "--dry-run"];
    let output = home.run(names).output();
    assert_eq!(output.stderr, format!("renames 2 profiles; changes none\n{only}"));
}

#[test]
fn the_command_line() {
    let home = home();
    for (line, words) in [
        (
            &[][..],
            "error: configure needs to know which accounts and roles get a profile, and the region \
             of the new profiles\nhint: give `--account PATTERN`, `--role-name PATTERN`, or \
             `--all`\nhint: give `--region REGION`, or `--region -` for none\n",
        ),
        (
            &["--region", "-"],
            "error: configure needs to know which accounts and roles get a profile\nhint: give \
             `--account PATTERN`, `--role-name PATTERN`, or `--all`\n",
        ),
        (
            &["--all", "--name", "{x}"],
            "error: --name `{x}`: `{x}` is not a field; the fields are {account_name}, {account_id}, \
             {role_name}, {session}\n",
        ),
        (
            &["--all", "--set", "sso_role_name=x"],
            "error: --set `sso_role_name=...`: that key decides whose credentials the profile gives\n",
        ),
        (&["--all", "--set", "x"], "error: --set `x`: write it as KEY=VALUE\n"),
        (
            &["--all", "--credential-process", "--credential-process-name", "{x}"],
            "error: --credential-process-name `{x}`: the only field is {name}: the name of the \
             profile that the new one is added for\n",
        ),
        (
            &["--all", "--region", "Frankfurt"],
            "error: --region `Frankfurt`: regions look like eu-central-1; `-` means none\n",
        ),
        (
            &["--account", "Sandbox", "--yes"],
            "error: configure needs to know the region of the new profiles\nhint: give `--region \
             REGION`, or `--region -` for none\n",
        ),
        (&["--undo", "--all"], "error: --undo and --all cannot be used together\n"),
    ] {
        home.run(["configure"].iter().chain(line)).fails(2, words);
    }
    home.run(["configure", "--account", "Stagin", "--region", "-"]).fails(
        4,
        "error: no account matches `Stagin`\nhint: did you mean `Staging`?\nhint: `ssowrap \
         accounts --sso-session corp` lists them; `*` matches anything\n",
    );
    home.run(["configure", "--account", "Sandbox", "--role-name", "Admin", "--region", "-"]).fails(
        4,
        "error: no role in these accounts matches `Admin`\nhint: the roles are: `Developer`\n",
    );
    let assume = ["--assume", "arn:aws:iam::{account_id}:user/x", "--assume-name", "x"];
    home.run(["configure", "--account", "Sandbox", "--region", "-"].iter().chain(&assume)).fails(
        4,
        "error: --assume gives `arn:aws:iam::000000000042:user/x` for Developer in Sandbox \
         (000000000042), which is not the ARN of a role\nhint: write it as \
         `arn:aws:iam::{account_id}:role/NAME`\n",
    );
    assert_eq!(config(&home), SESSION);
}

#[test]
fn an_account_whose_roles_are_denied() {
    let home = home();
    home.aws().close_account("000000000042");
    let said = configure(&home, &["--all"]);
    let warning = "warning: no profile for account Sandbox (000000000042): AWS does not list its roles: \
                   ForbiddenException: No access (request id ";
    assert!(said.starts_with(warning), "{said}");
    // Of no account at all, none is denied.
    home.aws().set_accounts(Vec::new());
    home.run(["configure", "--role-name", "Admin", "--region", "-", "--refresh"]).fails(
        4,
        "error: no role in these accounts matches `Admin`\nhint: `ssowrap accounts --roles \
         --sso-session corp` lists what you have; `*` matches anything\n",
    );
    assert_eq!(profiles(&home).len(), 5);
}

#[test]
fn nobody_is_signed_in() {
    let home = Home::with_aws().config(SESSION);
    let output = home.run(["configure", "--all", "--region", "-", "--yes"]).output();
    assert_eq!(output.status.code(), Some(3), "{}", output.stderr);
    assert!(output.stderr.contains("hint: run `ssowrap login --sso-session corp`"));
    assert_eq!(config(&home), SESSION);
    // Migration sends no request to AWS.
    let home = Home::with_aws().config(SESSION).token("x", &Token::new());
    assert_eq!(configure(&home, &["--migrate"]), "nothing to change\n");
}
