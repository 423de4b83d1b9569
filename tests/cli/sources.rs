//! Sources other than Identity Center, each at the base of a chain.

use std::time::Duration;

use crate::support::{Home, until};

const ROLE: &str = "role_arn = arn:aws:iam::210987654321:role/Deploy\nregion = eu-west-1\n";

fn home(settings: &str) -> Home {
    Home::with_aws().config(&format!("[profile p]\n{ROLE}{settings}"))
}

#[test]
fn the_environment() {
    let home = home("credential_source = Environment\n");
    home.aws().add_user("AKIAFAKE", "FAKEsecret-user", "arn:aws:iam::123456789012:user/me");
    let run = || home.run(["-p", "p", "export"]);
    run()
        .env("AWS_ACCESS_KEY_ID", "AKIAFAKE")
        .env("AWS_SECRET_ACCESS_KEY", "FAKEsecret-user")
        .succeeds();
    // The session token under both of its names.
    let arn = "arn:aws:sts::123456789012:assumed-role/r/me";
    let quarter = Duration::from_secs(900);
    home.aws().add_session("ASIAFAKE", "FAKEsecret-session", "FAKEtoken-session", arn, quarter);
    for name in ["AWS_SESSION_TOKEN", "AWS_SECURITY_TOKEN"] {
        home.run(["-p", "p", "--no-cache", "export"])
            .env("AWS_ACCESS_KEY_ID", "ASIAFAKE")
            .env("AWS_SECRET_ACCESS_KEY", "FAKEsecret-session")
            .env(name, "FAKEtoken-session")
            .succeeds();
    }
    let lacks = |what| {
        format!(
            "error: profile `p` takes its credentials from the environment, which lacks {what}\n  \
             --> ~/.aws/config:2\n\
             hint: export them, or name a `source_profile` instead of `credential_source`\n"
        )
    };
    run().fails(1, &lacks("AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"));
    run()
        .env("AWS_ACCESS_KEY_ID", "AKIAFAKE")
        .env("AWS_SECRET_ACCESS_KEY", " ")
        .fails(1, &lacks("AWS_SECRET_ACCESS_KEY"));
}

#[test]
fn a_web_identity_token_is_sent_unchanged() {
    let home = home("web_identity_token_file = token\n");
    home.aws().add_web_identity_token("FAKEtoken-web\n", "me");
    home.write("token", "FAKEtoken-web\n");
    home.run(["-p", "p", "export"]).succeeds();
    let request = &home.aws().log()[0];
    assert_eq!(request.operation, "AssumeRoleWithWebIdentity");
    assert_eq!(request.access_key_id, None, "not signed");
    assert!(request.param("RoleSessionName").starts_with("ssowrap-"));
}

#[test]
fn web_identity_tokens_that_cannot_be_used() {
    let home = home("web_identity_token_file = token\n");
    let unusable = |why: &str| {
        format!(
            "error: the web identity token of profile `p`, token, {why}\n  --> ~/.aws/config:4\n\
             hint: check `web_identity_token_file`, and whatever writes that file\n"
        )
    };
    let run = || home.run(["-p", "p", "export"]);
    run().fails(4, &unusable("cannot be read: No such file or directory (os error 2)"));
    home.write("token", "");
    run().fails(1, &unusable("is empty"));
    home.write("token", b"\xff");
    run().fails(1, &unusable("is not text"));
    assert_eq!(home.aws().log().len(), 0);
    home.write("token", "FAKEtoken-of-nobody");
    let output = run().output();
    assert_eq!(output.status.code(), Some(5));
    assert!(
        output
            .stderr
            .starts_with("error: AWS refuses the web identity token of profile `p`, token: ")
    );
    let hint = "\nhint: the file contains a line break: it must hold only the token\n";
    assert!(!output.stderr.contains(hint), "{}", output.stderr);
    home.write("token", "FAKEtoken-of-nobody\n");
    let output = run().output();
    assert!(output.stderr.contains(hint), "{}", output.stderr);
}

#[test]
fn the_container() {
    let home = home("credential_source = EcsContainer\n");
    home.aws().set_container_token(Some("FAKEtoken-container"));
    let url = home.aws().url() + "/ecs/credentials";
    let run = || {
        home.run(["-p", "p", "export"])
            .env("AWS_CONTAINER_CREDENTIALS_FULL_URI", &url)
            .env("AWS_CONTAINER_AUTHORIZATION_TOKEN", "FAKEtoken-container")
    };
    run().succeeds();
    // No proxy sees the token on its way within this machine. Only requests to STS use the proxy.
    let output = run().env("HTTP_PROXY", "http://127.0.0.1:9").output();
    assert!(
        output.stderr.contains("AssumeRole for profile `p` failed: cannot connect to the proxy")
    );
    assert_eq!(home.aws().count("ContainerCredentials"), 2);
    // What it says of a wrong token or address.
    let fails = |variable: &str, value: &str, why: &str| {
        let none = "error: profile `p` takes its credentials from the container's credentials \
                    endpoint, which gave none: ";
        let output = run().env(variable, value).output();
        assert_eq!(output.status.code(), Some(1));
        assert_eq!(output.stderr.lines().next(), Some(&*format!("{none}{why}")));
    };
    fails(
        "AWS_CONTAINER_AUTHORIZATION_TOKEN",
        "FAKEtoken-other",
        "it answers with HTTP status 401",
    );
    let elsewhere = "http://192.168.100.200:8080/v2/credentials/0123456789abcdef";
    fails(
        "AWS_CONTAINER_CREDENTIALS_FULL_URI",
        elsewhere,
        "AWS_CONTAINER_CREDENTIALS_FULL_URI names the host 192.168.100.200: without TLS, \
         credentials may come only from this machine or from AWS's own addresses",
    );
    let output = home.run(["-p", "p", "export"]).output();
    assert_eq!(output.status.code(), Some(1));
    assert!(
        output.stderr.starts_with(
            "error: profile `p` takes its credentials from the container's credentials endpoint, \
             which gave none: "
        ),
        "{}",
        output.stderr
    );
}

#[test]
fn the_instance() {
    let home = home("credential_source = Ec2InstanceMetadata\n");
    home.run(["-p", "p", "export"])
        .env("AWS_EC2_METADATA_SERVICE_ENDPOINT", home.aws().url())
        .succeeds();
    let log = home.aws().log();
    let operations: Vec<&str> = log.iter().map(|entry| entry.operation.as_str()).collect();
    assert_eq!(operations, ["ImdsToken", "ImdsRole", "ImdsCredentials", "AssumeRole"]);
    home.run(["-p", "p", "export"])
        .env("AWS_EC2_METADATA_SERVICE_ENDPOINT", "http://127.0.0.1:9")
        .fails(
            1,
            "error: profile `p` takes its credentials from the EC2 instance metadata service, \
             which gave none: cannot connect to 127.0.0.1:9: Connection refused\n  \
             --> ~/.aws/config:2\n\
             hint: `Ec2InstanceMetadata` works on EC2 instances that have a role\n",
        );
    home.run(["-p", "p", "export"]).env("AWS_EC2_METADATA_DISABLED", "true").fails(
        1,
        "error: profile `p` takes its credentials from the EC2 instance metadata service, which gave \
         none: IMDS disabled by AWS_EC2_METADATA_DISABLED env var set to `true`\n  \
         --> ~/.aws/config:2\n\
         hint: `Ec2InstanceMetadata` works on EC2 instances that have a role\n",
    );
}

#[test]
fn the_instance_at_another_address() {
    let home = home("");
    // The requested profile may name the service; the environment takes precedence (SPEC 5.2).
    let endpoint = |url: &str| {
        let source = "credential_source = Ec2InstanceMetadata\nec2_metadata_service_endpoint";
        home.write(".aws/config", format!("[profile p]\n{ROLE}{source} = {url}\n"));
    };
    endpoint(&home.aws().url());
    home.run(["-p", "p", "export"]).succeeds();
    let output = home
        .run(["-p", "p", "export"])
        .env("AWS_EC2_METADATA_SERVICE_ENDPOINT", "http://127.0.0.1:9")
        .output();
    assert!(output.stderr.contains("cannot connect to 127.0.0.1:9"), "{}", output.stderr);
    endpoint("a b");
    let output = home.run(["-p", "p", "export"]).output();
    let why = "which gave none: ec2_metadata_service_endpoint is not a URL\n";
    assert!(output.stderr.contains(why), "{}", output.stderr);
}

/// A home whose profile `p` runs `script`.
fn helper(script: &str) -> Home {
    Home::new()
        .config("[profile p]\ncredential_process = ./helper\n")
        .script("helper", &format!("#!/bin/sh\n{script}\n"))
}

fn json(more: &str) -> String {
    format!(r#"{{"Version":1,"AccessKeyId":"AKIAFAKE","SecretAccessKey":"FAKEsecret"{more}}}"#)
}

#[test]
fn a_helper() {
    let answer = json(
        r#","SessionToken":"FAKEtoken","AccountId":"012345678901",
            "Expiration":"2099-01-01T02:00:00+02:00""#,
    );
    helper(&format!("echo '{answer}'")).run(["-p", "p", "credential-process"]).prints(
        "{\"Version\":1,\"AccessKeyId\":\"AKIAFAKE\",\"SecretAccessKey\":\"FAKEsecret\",\
         \"SessionToken\":\"FAKEtoken\",\"Expiration\":\"2099-01-01T00:00:00Z\",\
         \"AccountId\":\"012345678901\"}\n",
    );
}

/// What is no account id stays behind.
#[test]
fn a_helper_with_an_account_that_is_none() {
    for account in ["corp", "1\\nEVIL=1", "12345"] {
        let answer = json(&format!(r#","AccountId":"{account}""#));
        let home = helper(&format!("cat <<'END'\n{answer}\nEND"));
        let output = home.run(["-p", "p", "export", "--format", "json"]).succeeds();
        let given: serde_json::Value = serde_json::from_str(output.stdout()).expect("JSON");
        assert!(given.get("AWS_ACCOUNT_ID").is_none_or(|id| id.is_null()), "{given}");
        assert_eq!(given["AWS_ACCESS_KEY_ID"], "AKIAFAKE");
    }
}

#[test]
fn helpers_that_give_nothing() {
    let by_hand = "hint: run the command by hand: its standard output must be one JSON object, with \
                   credentials that are still valid\n";
    let to_see = "hint: run the command by hand to see what is wrong\n";
    for (script, why, hint) in [
        ("exit 1", "failed (exit status: 1)", to_see),
        ("exit 3", "failed (exit status: 3)", to_see),
        (
            "echo FAKEsecret",
            "gives no usable credentials: it prints something other than a JSON object",
            by_hand,
        ),
        ("exec true", "gives no usable credentials: it prints nothing", by_hand),
        ("exec cat /dev/zero", "prints more than 64 KiB", to_see),
        (
            "echo '{\"Version\":2}'",
            "gives no usable credentials: its `Version` is not the number 1",
            by_hand,
        ),
    ] {
        let place = "  --> ~/.aws/config:2";
        let words = format!("error: the credential_process of profile `p` {why}\n{place}\n{hint}");
        helper(script).run(["-p", "p", "export"]).fails(1, &words);
    }
}

/// Quotes around the whole command line are the shell's, if its first and last words are quoted.
#[test]
fn a_helper_with_blanks_in_its_path() {
    let home = Home::new().script("a helper", &format!("#!/bin/sh\necho '{}'\n", json("")));
    let answer =
        "{\"Version\":1,\"AccessKeyId\":\"AKIAFAKE\",\"SecretAccessKey\":\"FAKEsecret\"}\n";
    for command in ["\"./a helper\"", "'./a helper'", "\"./a helper\" \"-p\" \"x y\""] {
        home.write(".aws/config", format!("[profile p]\ncredential_process = {command}\n"));
        home.run(["-p", "p", "credential-process"]).prints(answer);
    }
}

/// The AWS CLI reads a line break between words as a space; to a shell, it ends the command.
#[test]
fn a_command_on_several_lines() {
    let script = format!("[ \"$*\" = \"-p x y\" ] && echo '{}'", json(""));
    let home = helper(&script);
    let answer =
        "{\"Version\":1,\"AccessKeyId\":\"AKIAFAKE\",\"SecretAccessKey\":\"FAKEsecret\"}\n";
    for command in
        ["./helper\n  -p\n  'x y'", "./helper -p \\\n  'x y'", "sh -c '\n  ./helper -p x y\n  '"]
    {
        home.write(".aws/config", format!("[profile p]\ncredential_process = {command}\n"));
        home.run(["-p", "p", "credential-process"]).prints(answer);
    }
}

#[test]
fn helpers_that_cannot_be_run() {
    let home = Home::new().file("plain", "");
    for (command, says, status, hint) in [
        (
            "./plain",
            "./plain: Permission denied",
            126,
            "its program is not an executable file: try `chmod +x`, or quotes around a path with spaces",
        ),
        (
            "./gone -p",
            "./gone: not found",
            127,
            "write the program's absolute path into the command",
        ),
        (
            "aws2-wrap --process",
            "aws2-wrap: not found",
            127,
            "`aws2-wrap` is not in PATH: write the program's absolute path into the command",
        ),
        (
            "\"./plain -p\"",
            "./plain -p: not found",
            127,
            "its quotes make the whole line the name of the program: remove them",
        ),
    ] {
        home.write(".aws/config", format!("[profile p]\ncredential_process = {command}\n"));
        home.run(["-p", "p", "export"]).fails(
            1,
            &format!(
                "/bin/sh: 1: {says}\nerror: the credential_process of profile `p` failed (exit \
                 status: {status})\n  --> ~/.aws/config:2\nhint: {hint}\n"
            ),
        );
    }
}

#[test]
fn a_helper_says_things_on_stderr_and_gets_no_input() {
    let script = format!("echo careful >&2; cat; echo '{}'", json(""));
    let output =
        helper(&script).run(["-p", "p", "credential-process"]).stdin("not for it").output();
    assert!(output.status.success());
    assert_eq!(output.stderr, "careful\n");
    assert!(output.stdout().starts_with("{\"Version\":1"));
}

#[test]
fn what_a_helper_leaves_running_is_not_waited_for() {
    let script = format!("mkfifo gate; cat gate 2>/dev/null & echo '{}'", json(""));
    let home = helper(&script);
    home.run(["-p", "p", "credential-process"]).succeeds();
    // It is still running, and ends now.
    std::fs::write(home.path("gate"), "").expect("somebody reads");
}

/// If a helper is killed, so is everything it has started, however deep. The system cuts names
/// after 15 bytes, perhaps in the middle of a character.
#[cfg(target_os = "linux")]
#[test]
fn what_a_stopped_helper_started_ends() {
    let script = "mkfifo gate
        ln -s \"$(command -v cat)\" ./fourteen-bytesé
        sh -c 'sh -c \"echo \\$\\$ > deep; exec ./fourteen-bytesé gate\" & exec cat gate' &
        until test -s deep; do :; done
        until test \"$(cat /proc/$(cat deep)/comm | head -c 14)\" = fourteen-bytes; do :; done
        exec cat /dev/zero";
    let home = helper(script);
    let output = home.run(["-p", "p", "export"]).output();
    assert!(output.stderr.contains("prints more than 64 KiB"), "{}", output.stderr);
    let pid = std::fs::read_to_string(home.path("deep")).expect("a process");
    let status = format!("/proc/{}/status", pid.trim());
    until("its end", || {
        let status = std::fs::read(&status).unwrap_or_default();
        let status = String::from_utf8_lossy(&status);
        (status.is_empty() || status.contains("State:\tZ")).then_some(())
    });
}

#[test]
fn a_circle_of_processes_ends() {
    let home = helper("exec ssowrap -p q credential-process")
        .script("other", "#!/bin/sh\nexec ssowrap -p p credential-process\n");
    let config = "[profile p]\ncredential_process = ./helper\n\
                  [profile q]\ncredential_process = ./other\n";
    let output = home.config(config).run(["-p", "p", "credential-process"]).output();
    assert!(
        output.stderr.starts_with(
            "error: the credential_process of profile `p` leads back to itself: `p` -> `q` -> \
             `p`\n  --> ~/.aws/config:2\n"
        ),
        "{}",
        output.stderr
    );
    assert!(!output.status.success());
}
