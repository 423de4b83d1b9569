//! `exec --renew`: the command and its endpoint, from start to end. The endpoint's answers are
//! tested in `endpoint`.

#![cfg(unix)]

use std::io::Read;
use std::net::{Ipv4Addr, TcpStream};
use std::os::unix::process::ExitStatusExt;
use std::process::{ExitStatus, Stdio};

use crate::endpoint::Client;
use crate::processes::none_stays;
use crate::support::{DEV, Home, KEYS, TIMEOUT, reader, until};

fn home() -> Home {
    Home::with_aws().config(DEV).login("corp").env("AWS_PROFILE", "dev")
}

/// The environment of the command of `exec --renew`, sorted, with port and token masked.
fn environment(home: &Home, arguments: &[&str]) -> Vec<String> {
    let output = home.run(arguments).succeeds();
    let mut lines: Vec<String> = output.stdout().lines().map(masked).collect();
    lines.retain(|line| line.contains("AWS_") || line.contains("SSOWRAP_"));
    lines.sort_unstable();
    lines
}

fn masked(line: &str) -> String {
    for name in ["AWS_CONTAINER_AUTHORIZATION_TOKEN=", "AWS_ENDPOINT_URL="] {
        if line.starts_with(name) {
            return format!("{name}...");
        }
    }
    if let Some((before, after)) = line.split_once("/commands/ssowrap-") {
        return format!("{before}/commands/.../{}", after.rsplit('/').next().expect("a name"));
    }
    match line.strip_prefix("AWS_CONTAINER_CREDENTIALS_FULL_URI=http://127.0.0.1:") {
        Some(_) => "AWS_CONTAINER_CREDENTIALS_FULL_URI=http://127.0.0.1:...".to_owned(),
        None => line.to_owned(),
    }
}

const RENEWING: [&str; 8] = [
    "AWS_ACCOUNT_ID=123456789012",
    "AWS_CONTAINER_AUTHORIZATION_TOKEN=...",
    "AWS_CONTAINER_CREDENTIALS_FULL_URI=http://127.0.0.1:...",
    "AWS_DEFAULT_REGION=eu-west-1",
    "AWS_ENDPOINT_URL=...",
    "AWS_REGION=eu-west-1",
    "SSOWRAP_PROFILE=dev",
    "SSOWRAP_REGION=eu-west-1:AWS_REGION,AWS_DEFAULT_REGION",
];

#[test]
fn the_environment_of_the_command() {
    let mut home = home();
    assert_eq!(environment(&home, &["exec", "--renew", "env"]), RENEWING);
    for name in [
        "AWS_ACCESS_KEY_ID",
        "AWS_SECRET_ACCESS_KEY",
        "AWS_SESSION_TOKEN",
        "AWS_SECURITY_TOKEN",
        "AWS_CREDENTIAL_EXPIRATION",
        "AWS_ACCESS_KEY",
        "AWS_SECRET_KEY",
        "AWS_DEFAULT_PROFILE",
        "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
        "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE",
        "AWS_WEB_IDENTITY_TOKEN_FILE",
        "AWS_ROLE_ARN",
        "AWS_BEARER_TOKEN_BEDROCK",
    ] {
        home = home.env(name, "of-the-caller");
    }
    assert_eq!(environment(&home, &["exec", "--renew", "env"]), RENEWING);
}

#[test]
fn an_inner_exec_wins() {
    let home = home();
    let again = ["exec", "--renew", "ssowrap", "-p", "dev", "exec", "--renew", "env"];
    assert_eq!(environment(&home, &again), RENEWING);
    let plain = ["exec", "--renew", "ssowrap", "-p", "dev", "exec", "env"];
    let inner = environment(&home, &plain);
    assert!(inner.iter().any(|line| line.starts_with("AWS_ACCESS_KEY_ID=ASIA")), "{inner:?}");
    assert!(inner.iter().all(|line| !line.contains("CONTAINER")), "{inner:?}");
    let outer = ["exec", "ssowrap", "-p", "dev", "exec", "--renew", "env"];
    assert_eq!(environment(&home, &outer), RENEWING);
}

/// Without a profile, an SDK uses `default` before it asks a container's endpoint.
#[test]
fn a_default_profile_does_not_win() {
    let config = format!("[default]\naws_access_key_id = AKIAD\naws_secret_access_key = x\n{DEV}");
    let home = home().config(&config);
    let mut expected: Vec<String> = RENEWING.map(str::to_owned).into();
    let copy =
        |name: &str, file: &str| format!("{name}=~/.local/state/ssowrap/commands/.../{file}");
    for (name, file) in [("CONFIG_FILE", "config"), ("SHARED_CREDENTIALS_FILE", "credentials")] {
        expected.push(copy(&format!("AWS_{name}"), file));
        expected.push(copy(&format!("SSOWRAP_WRITTEN_{}", file.to_uppercase()), file));
        expected.push(format!("SSOWRAP_{name}=~/.aws/{file}"));
    }
    expected.push(copy("AWS_CREDENTIAL_PROFILES_FILE", "credentials"));
    expected.push("AWS_SDK_LOAD_CONFIG=1".to_owned());
    expected.sort_unstable();
    assert_eq!(environment(&home, &["exec", "--renew", "env"]), expected);
    // ssowrap itself still sees the files, and a plain exec makes them visible again.
    let again = ["exec", "--renew", "ssowrap", "-p", "dev", "exec", "--renew", "env"];
    assert_eq!(environment(&home, &again), expected);
    let inner = environment(&home, &["exec", "--renew", "ssowrap", "-p", "default", "exec", "env"]);
    assert!(inner.contains(&"AWS_ACCESS_KEY_ID=AKIAD".to_owned()), "{inner:?}");
    assert!(inner.contains(&"AWS_CONFIG_FILE=~/.aws/config".to_owned()), "{inner:?}");
    assert!(inner.iter().all(|line| !line.starts_with("SSOWRAP_CONFIG")), "{inner:?}");
    // A `default` that gives no credentials does no harm.
    let home = home.config(&format!("[default]\nregion = eu-west-3\n{DEV}"));
    assert_eq!(environment(&home, &["exec", "--renew", "env"]), RENEWING);
}

#[test]
fn keys_that_never_expire_are_handed_over_directly() {
    let home = Home::new().config(KEYS).env("AWS_PROFILE", "keys");
    let lines = environment(&home, &["exec", "--renew", "env"]);
    assert!(lines.contains(&"AWS_ACCESS_KEY_ID=AKIAEXAMPLE".to_owned()), "{lines:?}");
    assert!(lines.iter().all(|line| !line.contains("CONTAINER")), "{lines:?}");
}

#[test]
fn the_command_replaces_ssowrap_and_has_no_unknown_child() {
    let home = home();
    // Uses only builtins, so that the first line lists all children.
    let script = "read -r children < /proc/$$/task/$$/children; echo \"$$ [$children]\"";
    for arguments in [&["exec", "sh", "-c", script][..], &["exec", "--renew", "sh", "-c", script]] {
        let output = home.run(arguments).succeeds();
        assert_eq!(output.stdout(), format!("{} []\n", output.pid));
    }
    // Nor a descriptor of ours.
    let plain = home.run(["exec", "ls", "/proc/self/fd"]).succeeds();
    home.run(["exec", "--renew", "ls", "/proc/self/fd"]).prints(plain.stdout());
}

#[test]
fn it_fails_as_plain_exec_does() {
    let home = Home::new().config(DEV);
    for arguments in [&["-p", "dev", "exec", "--renew", "touch", "ran"][..], &["exec", "--renew"]] {
        let renewing = home.run(arguments).output();
        let plain = home.run(arguments.iter().filter(|word| **word != "--renew")).output();
        assert_eq!(renewing.stderr, plain.stderr);
        assert_eq!(renewing.status.code(), plain.status.code());
    }
    assert!(!home.path("ran").exists());
}

/// Runs a command with an endpoint to its end, and waits until the endpoint ends.
fn endpoint_after(home: &Home, script: &str) -> ExitStatus {
    let script = format!("echo $AWS_CONTAINER_CREDENTIALS_FULL_URI; {script}");
    let output = home.run(["exec", "--renew", "--", "sh", "-c", &script]).output();
    let port = output.stdout().trim().trim_end_matches('/').rsplit(':').next().expect("a port");
    let port: u16 = port.parse().expect("a port");
    none_stays(home);
    let is_closed = || TcpStream::connect((Ipv4Addr::LOCALHOST, port)).err();
    until("nobody listens", is_closed);
    output.status
}

#[test]
fn the_endpoint_ends_with_the_command_however_that_ends() {
    let home = home();
    for code in [0, 1, 7, 126, 127, 130, 143, 255] {
        let status = endpoint_after(&home, &format!("exit {code}"));
        assert_eq!(status.code(), Some(code));
    }
    for signal in [2, 9, 15] {
        let status = endpoint_after(&home, &format!("kill -{signal} $$; sleep 60"));
        assert_eq!(status.signal(), Some(signal));
    }
}

#[test]
fn the_endpoint_ends_where_the_command_cannot_be_run() {
    let home = home();
    let output = home.run(["exec", "--renew", "no-such-command"]).report();
    assert_eq!((output.stdout(), output.status.code()), ("", Some(127)));
    none_stays(&home);
}

/// The endpoint does not keep a reader of the command's output waiting.
#[test]
fn the_endpoint_holds_none_of_the_commands_streams() {
    let home = home();
    let script = "exec >&- 2>&-; read -r line";
    let mut command = home.run(["exec", "--renew", "sh", "-c", script]).into_command();
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().expect("it starts");
    let mut text = Vec::new();
    child.stdout.take().expect("piped").read_to_end(&mut text).expect("an end");
    child.stderr.take().expect("piped").read_to_end(&mut text).expect("an end");
    assert_eq!(text, b"");
    assert!(child.try_wait().expect("own child").is_none(), "it lives");
    // An empty line: the pipe is closed.
    drop(child.stdin.take());
    child.wait().expect("own child");
}

/// A lock that a script holds on a descriptor ends with the command, and so does a pipe.
#[test]
fn nothing_that_the_caller_left_open_is_held() {
    let home = home();
    for option in ["--renew", "--write-credentials"] {
        let words = "exec 3>&1 >&-; exec ssowrap exec \"$0\" -- sh -c 'exec 3>&-; read -r line'";
        let mut command = home.tool("sh", ["-c", words, option]).into_command();
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().expect("it starts");
        let end = reader(child.stdout.take()).recv_timeout(TIMEOUT);
        assert!(child.try_wait().expect("own child").is_none(), "{option}: it lives");
        drop(child.stdin.take());
        child.wait().expect("own child");
        assert_eq!(end.as_deref(), Ok(b"".as_slice()), "{option}");
    }
}

/// Neither in the arguments nor in the environment of any process except the command itself.
#[test]
fn no_secret_where_others_can_read_it() {
    let home = home();
    let client = Client::start(&home);
    let key = client.get("/").json();
    let secret = key["SecretAccessKey"].as_str().expect("text").to_owned();
    let entries = std::fs::read_dir("/proc").expect("processes");
    let mut seen = 0;
    for entry in entries.flatten() {
        let path = entry.path();
        let read = |name| std::fs::read(path.join(name)).unwrap_or_default();
        let (arguments, environment) = (read("cmdline"), read("environ"));
        let holds = |bytes: &[u8], word: &str| String::from_utf8_lossy(bytes).contains(word);
        assert!(!holds(&arguments, &client.token) && !holds(&arguments, &secret));
        let is_command = path.ends_with(client.id().to_string());
        assert!(is_command || !holds(&environment, &client.token), "{}", path.display());
        assert!(!holds(&environment, &secret));
        let of_this_home = holds(
            &environment,
            &format!("HOME={}\0", home.path("").display()).replace("/\0", "\0"),
        );
        seen += usize::from(of_this_home && holds(&arguments, "companion"));
    }
    assert_eq!(seen, 1, "one endpoint");
}
