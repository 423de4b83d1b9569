//! AWS_PROFILE names another profile in a shell that gets keys: every program acts as the owner of
//! the keys.

use std::path::Path;

use super::{CSH, OTHER_SHELLS, SHELLS, Shell};
use crate::clients::{aws_cli_2, installed};
use crate::support::{DEV, Home, KEYS, tool};

const PROD: &str = "
[profile prod]
sso_session = corp
sso_account_id = 210987654321
sso_role_name = Developer
region = eu-west-1
";

fn home() -> Home {
    Home::with_aws().config(&format!("{DEV}{PROD}{KEYS}")).login("corp")
}

/// Shells whose lines change the environment; any program may read a file.
fn shells() -> impl Iterator<Item = &'static Shell> {
    let all = SHELLS.iter().chain(&OTHER_SHELLS).chain([&CSH]);
    all.filter(|shell| shell.format != "env-no-export")
}

const SHOW: &str = "\
echo \"${AWS_PROFILE-none} ${AWS_DEFAULT_PROFILE-none} ${SSOWRAP_SAVED_PROFILE-none}\"
";

/// Evaluates the output of ssowrap for each of `commands`, and shows the result after each.
fn shown(shell: &Shell, home: &Home, before: &[(&str, &str)], commands: &[&str]) -> Option<String> {
    let program = shell.find()?;
    let format = shell.chosen_format();
    let script: String = commands
        .iter()
        .map(|command| match command.strip_prefix("ssowrap ") {
            Some(_) => {
                let line = shell.evaluate(&format!("{command}{format}"));
                // Python programs don't get xonsh's environment automatically.
                let line = line.replace("text=True", "text=True, env=__xonsh__.env.detype()");
                format!("{line}\nsh show\n")
            }
            None => format!("{command}\n"),
        })
        .collect();
    home.write("script", script);
    home.write("show", SHOW);
    let mut run = home.tool(program, shell.options.iter().chain(&["script"]));
    for (name, value) in before {
        run = run.env(name, value);
    }
    Some(run.succeeds().stdout().to_owned())
}

#[test]
fn it_goes_and_comes_back() {
    let home = home();
    for shell in shells() {
        let before = [("AWS_PROFILE", "dev"), ("AWS_DEFAULT_PROFILE", "prod")];
        let commands =
            ["ssowrap -p prod export", "ssowrap -p keys export", "ssowrap export --unset"];
        let Some(text) = shown(shell, &home, &before, &commands) else { continue };
        // The second export saves what the first one could leave.
        let expected = "none prod AWS_PROFILE=dev\n\
                        none none AWS_PROFILE=dev AWS_DEFAULT_PROFILE=prod\n\
                        dev prod none\n";
        assert_eq!(text, expected, "{} {}", shell.program, shell.format);
    }
}

/// What the user sets later counts.
#[test]
fn a_later_setting_wins() {
    let home = home();
    let program = tool("sh").expect("a shell");
    let script = "\
eval \"$(ssowrap -p prod export)\"; echo ${AWS_PROFILE-none}
export AWS_PROFILE=other; eval \"$(ssowrap export --unset)\"
echo $AWS_PROFILE ${SSOWRAP_SAVED_PROFILE-none}
export AWS_PROFILE='My Corp'; eval \"$(ssowrap -p prod export)\"
eval \"$(ssowrap -p keys export)\"; eval \"$(ssowrap export --unset)\"; echo \"$AWS_PROFILE\"
export AWS_PROFILE=; eval \"$(ssowrap -p prod export)\"
echo ${AWS_PROFILE-none} ${SSOWRAP_SAVED_PROFILE-none}
";
    let run = home.tool(program, ["-c", script]).env("AWS_PROFILE", "dev");
    run.prints("none\nother none\nMy Corp\nnone none\n");
}

/// A role without a profile matches no AWS_PROFILE.
#[test]
fn a_role_without_a_profile() {
    let home = home();
    let role = "--sso-session corp --account-id 210987654321 --role-name Developer";
    let script = format!(
        "eval \"$(ssowrap {role} export)\"; echo \"${{AWS_PROFILE-none}} $SSOWRAP_ROLE\"\n\
         eval \"$(ssowrap -p dev export)\"; echo \"${{SSOWRAP_ROLE-none}} $SSOWRAP_PROFILE\"\n\
         eval \"$(ssowrap export --unset)\"; echo \"$AWS_PROFILE ${{SSOWRAP_PROFILE-none}}\"\n"
    );
    let run = home.tool("sh", ["-c", &script]).env("AWS_PROFILE", "prod");
    run.prints(&format!("none {role}\nnone dev\nprod none\n"));
}

/// An empty AWS_PROFILE breaks the AWS CLI, so the lines of a file don't mention it.
#[test]
fn files_leave_it_alone() {
    let home = home().env("GITHUB_ENV", "env").env("AWS_SECURITY_TOKEN", "FAKEtoken of others");
    let told = "warning: AWS_PROFILE is `dev` here: unset it, because some programs prefer it to these keys\n";
    for (format, warned) in [
        ("dotenv", ""),
        ("systemd", ""),
        ("ini", ""),
        ("process", ""),
        ("env-no-export", told),
        ("github", told),
    ] {
        home.write("env", "");
        let run = home.run(["-p", "keys", "export", "--format", format]).env("AWS_PROFILE", "dev");
        let output = run.output();
        assert_eq!((output.status.code(), output.stderr.as_str()), (Some(0), warned), "{format}");
        let file = std::fs::read_to_string(home.path("env")).expect("a file");
        for text in [output.stdout(), file.as_str()] {
            assert!(!text.contains("AWS_PROFILE") && !text.contains("SAVED"), "{text}");
            assert!(!text.contains("AWS_SECURITY_TOKEN=\n"), "{text}");
        }
        let run = home.run(["-p", "keys", "export", "--format", format]).env("AWS_PROFILE", "keys");
        assert_eq!(run.output().stderr, "", "{format}");
    }
    let prefixed = home.run(["-p", "keys", "export", "--prefix", "X_"]).env("AWS_PROFILE", "dev");
    assert!(!prefixed.succeeds().stdout().contains("AWS_PROFILE"));
    let json = home.run(["-p", "keys", "export", "--format", "json"]).env("AWS_PROFILE", "dev");
    let json: serde_json::Value = serde_json::from_str(json.succeeds().stdout()).expect("JSON");
    assert!(json["AWS_PROFILE"].is_null() && json.get("AWS_PROFILE").is_some(), "{json}");
    assert_eq!(json["SSOWRAP_SAVED_PROFILE"], "AWS_PROFILE=dev");
}

/// A later step of a job that has the token under its older name reads that first.
#[test]
fn an_older_token_of_a_job_is_replaced() {
    let home = home().env("GITHUB_ENV", "env").env("AWS_SECURITY_TOKEN", "FAKEtoken of others");
    home.write("env", "");
    home.run(["-p", "dev", "export", "--format", "github"]).succeeds();
    let file = std::fs::read_to_string(home.path("env")).expect("a file");
    let lines = Vec::from_iter(file.lines());
    let value = |name: &str| {
        let at = lines.iter().position(|line| line.split("<<").next() == Some(name));
        lines[at.unwrap_or_else(|| panic!("{name}: {file}")) + 1]
    };
    assert_eq!(value("AWS_SECURITY_TOKEN"), value("AWS_SESSION_TOKEN"));
}

/// The identity that `client` reports, in each of `shells`.
fn acts_as_prod<'s>(client: &str, shells: impl Iterator<Item = &'s Shell>) {
    let home = home();
    home.write("client", client);
    for shell in shells {
        let commands = ["ssowrap -p prod export", "sh client"];
        let Some(text) = shown(shell, &home, &[("AWS_PROFILE", "dev")], &commands) else {
            continue;
        };
        let arn = text.lines().last().unwrap_or_default();
        let prod = "arn:aws:sts::210987654321:assumed-role/AWSReservedSSO_Developer_";
        assert!(arn.starts_with(prod), "{} {}: {text}", shell.program, shell.format);
    }
}

fn one_shell() -> impl Iterator<Item = &'static Shell> {
    shells().take(1)
}

/// This SDK prefers AWS_PROFILE to keys.
#[test]
fn the_javascript_sdk_acts_as_the_keys() {
    let (Some(node), Some(script)) = (tool("node"), installed("node/renew.mjs")) else { return };
    let client = format!("echo | '{}' '{}' 2>/dev/null\n", node.display(), script.display());
    acts_as_prod(&client, shells());
}

#[test]
fn boto3_acts_as_the_keys() {
    let Some(python) = installed("python/bin/python") else { return };
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/clients/renew.py");
    acts_as_prod(&format!("echo | '{}' '{}'\n", python.display(), script.display()), one_shell());
}

#[test]
fn the_aws_cli_acts_as_the_keys() {
    let Some(aws) = aws_cli_2() else { return };
    let client = format!("'{}' sts get-caller-identity --query Arn --output text\n", aws.display());
    acts_as_prod(&client, one_shell());
}
