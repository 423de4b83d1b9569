//! Credentials in a directory's environment: direnv, mise.

use std::fs;
use std::time::Duration;

use serde_json::Value;

use super::block;
use crate::clients::installed;
use crate::support::{DEV, Home, tool, until};
use crate::terminal::Terminal;

/// A home with a directory `project`.
fn home() -> Home {
    let home = Home::with_aws().config(&DEV.replace("profile dev", "profile prod")).login("corp");
    fs::create_dir(home.path("project")).expect("a directory");
    home
}

/// The shell's access key.
fn key(shell: &Terminal) -> String {
    // The terminal also shows what is typed.
    shell.send("printf 'key%s%s;\\n' = \"$AWS_ACCESS_KEY_ID\"\n");
    shell.expect("key=");
    shell.expect(";")
}

/// Inside the directory, there are credentials, renewed before they expire; outside, there are
/// none.
#[test]
fn direnv() {
    let shells = [("bash", ".bashrc", "sh"), ("zsh", ".zshrc", "zsh")];
    for (name, file, fence) in shells {
        let (Some(shell), Some(direnv)) = (tool(name), tool("direnv")) else { continue };
        let page = block("direnv", fence);
        // The first of the two `sh` blocks is the one for `.envrc`.
        let (envrc, renewal) = match fence {
            "sh" => (page, block("direnv", "bash")),
            _ => (block("direnv", "sh"), page),
        };
        let hook = format!("PS1='> '\neval \"$(direnv hook {name})\"\n{renewal}");
        let home = home().file("project/.envrc", envrc).file(file, hook).env("TERM", "dumb");
        home.tool(direnv, ["allow", "project"]).succeeds();
        home.aws().credential_lifetime(Duration::from_secs(6));
        let shell = Terminal::start(home.tool(shell, ["-i"]));
        shell.send("cd project\n");
        let first = key(&shell);
        assert!(first.starts_with("ASIA"), "{name}: {first}");
        home.aws().credential_lifetime(Duration::from_secs(3600));
        let second = until("new credentials", || Some(key(&shell)).filter(|key| *key != first));
        assert!(second.starts_with("ASIA"), "{name}: {second}");
        let requests = home.aws().count("*");
        assert_eq!(key(&shell), second, "{name}");
        shell.send("cd ..\n");
        assert_eq!(key(&shell), "", "{name}");
        assert_eq!(home.aws().count("*"), requests, "{name}");
        shell.send("exit\n");
        shell.ends();
    }
}

#[test]
fn mise() {
    let Some(mise) = installed("node/node_modules/@jdxcode/mise-linux-x64/bin/mise") else {
        return;
    };
    let home = home().file("project/mise.toml", block("mise", "toml"));
    home.write("project/aws-env.sh", block("mise", "sh"));
    let run = |words: &[&str]| home.tool(&mise, ["--cd", "project"].iter().chain(words));
    assert!(run(&["trust"]).output().status.success());
    let variables = run(&["env", "--json"]).output();
    let variables: Value = serde_json::from_slice(&variables.stdout).expect("JSON");
    let issued = home.aws().log_of("GetRoleCredentials")[0].issued_access_key_id.clone();
    assert_eq!(variables["AWS_ACCESS_KEY_ID"].as_str().map(str::to_owned), issued);
    assert_eq!(variables["AWS_REGION"], "eu-west-1");
    assert_eq!(variables["SSOWRAP_PROFILE"], "prod");
}
