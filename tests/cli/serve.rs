//! `serve`: its output, whose credentials it serves at which path, and how it ends. The protocol
//! itself, renewal ahead of time, outages and strangers are tested in `endpoint`.

#![cfg(unix)]

mod usage;

use std::io::{BufRead, BufReader, Read};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use std::time::Duration;

use fake_aws::ALWAYS;
use rustix::process::{Pid, Signal, kill_process};

use crate::clients::installed;
use crate::endpoint::Client;
use crate::support::{DEV, Home, KEYS, TIMEOUT, reader, tool, until};

const MORE: &str = "
[profile read/only]
sso_session = corp
sso_account_id = 210987654321
sso_role_name = ReadOnly
region = us-east-2

[profile deploy]
role_arn = arn:aws:iam::210987654321:role/deploy
source_profile = dev
role_session_name = ci
region = us-east-2
";

fn home() -> Home {
    Home::with_aws().config(&format!("{DEV}{MORE}{KEYS}")).login("corp")
}

/// `ssowrap -q serve` with these arguments, until it is dropped.
fn serve(home: &Home, arguments: &[&str]) -> Client {
    Client::read(home.run([&["-q", "serve"], arguments].concat()))
}

/// `serve`, and its complete output, which ends although it continues.
struct Server(Child, String);

impl Server {
    fn start(home: &Home, arguments: &[&str]) -> Self {
        let mut command = home.run([&["-q", "serve"], arguments].concat()).into_command();
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut server = Self(command.spawn().expect("it starts"), String::new());
        let stdout = reader(server.0.stdout.take()).recv_timeout(TIMEOUT);
        server.1 = String::from_utf8(stdout.expect("an end of its output")).expect("text");
        assert!(server.0.try_wait().expect("own child").is_none(), "it has ended");
        server
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn printed(home: &Home, arguments: &[&str]) -> String {
    Server::start(home, arguments).1.clone()
}

/// The text with everything masked that differs from run to run.
fn masked(home: &Home, text: &str) -> String {
    let home = home.path("").display().to_string();
    let text = text.replace(home.trim_end_matches('/'), "~");
    let mut masked = String::new();
    for line in text.lines() {
        let port = line.find("127.0.0.1:").map(|at| at + "127.0.0.1:".len());
        let token = line.find("AUTHORIZATION_TOKEN").filter(|_| !line.starts_with("unset "));
        let token = token.map(|at| at + "AUTHORIZATION_TOKEN".len());
        let is_value = |c: char| c.is_ascii_hexdigit();
        match (port, token) {
            (Some(at), _) => {
                let rest = line[at..].trim_start_matches(|c: char| c.is_ascii_digit());
                masked.push_str(&format!("{}PORT{rest}", &line[..at]));
            }
            (_, Some(at)) => {
                let rest = line[at..].trim_start_matches(|c: char| !is_value(c));
                let between = &line[at..line.len() - rest.len()];
                let value = rest.trim_end_matches(|c: char| !is_value(c));
                assert_eq!(value.len(), 64, "{line}");
                masked.push_str(&format!("{}{between}TOKEN{}", &line[..at], &rest[64..]));
            }
            _ => masked.push_str(line),
        }
        masked.push('\n');
    }
    masked
}

#[test]
fn the_lines_for_a_shell() {
    let home = home();
    assert_eq!(
        masked(&home, &printed(&home, &["-p", "dev"])),
        "unset AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_SESSION_TOKEN \
         AWS_CREDENTIAL_EXPIRATION AWS_SECURITY_TOKEN SSOWRAP_ROLE SSOWRAP_EXPIRES_AT \
         SSOWRAP_RENEW_AT AWS_ACCESS_KEY AWS_SECRET_KEY SECRET_ACCESS_KEY AWS_BEARER_TOKEN_BEDROCK AWS_PROFILE AWS_DEFAULT_PROFILE AWS_CREDENTIAL_FILE \
         AWS_CONTAINER_CREDENTIALS_RELATIVE_URI AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE \
         AWS_WEB_IDENTITY_TOKEN_FILE AWS_ROLE_ARN AWS_ROLE_SESSION_NAME SSOWRAP_PROCESS_CHAIN;\n\
         export AWS_REGION='eu-west-1'\n\
         export AWS_DEFAULT_REGION='eu-west-1'\n\
         export SSOWRAP_REGION='eu-west-1:AWS_REGION,AWS_DEFAULT_REGION'\n\
         export SSOWRAP_PROFILE='dev'\n\
         export AWS_ACCOUNT_ID='123456789012'\n\
         export AWS_CONTAINER_CREDENTIALS_FULL_URI='http://127.0.0.1:PORT/'\n\
         export AWS_CONTAINER_AUTHORIZATION_TOKEN='TOKEN'\n"
    );
}

#[test]
fn variables_for_a_container() {
    let home = home();
    let lines = printed(&home, &["-p", "dev", "--print-env", "dotenv", "--imds"]);
    assert_eq!(
        masked(&home, &lines),
        "AWS_REGION=eu-west-1\n\
         AWS_DEFAULT_REGION=eu-west-1\n\
         SSOWRAP_REGION=eu-west-1:AWS_REGION,AWS_DEFAULT_REGION\n\
         SSOWRAP_PROFILE=dev\n\
         AWS_ACCOUNT_ID=123456789012\n\
         AWS_CONTAINER_CREDENTIALS_FULL_URI=http://127.0.0.1:PORT/\n\
         AWS_CONTAINER_AUTHORIZATION_TOKEN=TOKEN\n\
         AWS_EC2_METADATA_SERVICE_ENDPOINT=http://127.0.0.1:PORT\n\
         AWS_METADATA_ENDPOINT=http://127.0.0.1:PORT\n\
         AWS_EC2_METADATA_DISABLED=false\n"
    );
}

#[test]
fn variables_for_an_editor() {
    // A default profile would win over the endpoint.
    let config = format!("[default]\naws_access_key_id = AKIAD\naws_secret_access_key = x\n{DEV}");
    let home = home().config(&config).env("AWS_REGION", "eu-west-3");
    let text = printed(&home, &["-p", "dev", "--print-env", "json"]);
    let object: serde_json::Value = serde_json::from_str(&text).expect("JSON");
    assert!(object.is_object());
    assert_eq!(
        masked(&home, &text.replace(",\"", ",\n\"")),
        "{\"AWS_REGION\":\"eu-west-3\",\n\"AWS_DEFAULT_REGION\":\"eu-west-3\",\n\
         \"SSOWRAP_REGION\":\"eu-west-3:AWS_DEFAULT_REGION\",\n\
         \"SSOWRAP_PROFILE\":\"dev\",\n\"AWS_ACCOUNT_ID\":\"123456789012\",\n\
         \"AWS_CONTAINER_CREDENTIALS_FULL_URI\":\"http://127.0.0.1:PORT/\",\n\
         \"AWS_CONTAINER_AUTHORIZATION_TOKEN\":\"TOKEN\",\n\
         \"AWS_CONFIG_FILE\":\"/dev/null\",\n\"SSOWRAP_CONFIG_FILE\":\"~/.aws/config\",\n\
         \"AWS_SHARED_CREDENTIALS_FILE\":\"/dev/null\",\n\
         \"SSOWRAP_SHARED_CREDENTIALS_FILE\":\"~/.aws/credentials\",\n\
         \"AWS_CREDENTIAL_PROFILES_FILE\":\"/dev/null\",\n\"AWS_SDK_LOAD_CONFIG\":\"1\"}\n"
    );
}

#[test]
fn it_says_where_it_listens() {
    let home = home();
    let run = home.run(["-p", "dev", "-p", "read/only", "serve", "--imds"]);
    let mut command = run.into_command();
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().expect("it starts");
    let stderr = BufReader::new(child.stderr.take().expect("piped"));
    let lines: Vec<String> = stderr.lines().take(4).map(|line| line.expect("text")).collect();
    child.kill().expect("own child");
    child.wait().expect("own child");
    assert_eq!(
        masked(&home, &lines.join("\n")),
        "serving profile `dev` at http://127.0.0.1:PORT/\nserving profile `read/only` at \
         http://127.0.0.1:PORT/profile/read/only\nuntil Ctrl-C\nwarning: every program on this \
         machine can get these credentials from http://127.0.0.1:PORT/latest/ while this runs: \
         instance metadata is not protected by a secret\n"
    );
}

#[test]
fn what_cannot_be_served_is_reported_before_printing() {
    let home = home();
    home.run(["-p", "typo", "serve"]).fails(
        4,
        "error: there is no profile `typo` in ~/.aws/config or ~/.aws/credentials\nhint: `ssowrap \
         profiles` lists the profiles; `ssowrap configure` adds more\n",
    );
    // All of them are checked, not only the first.
    let output = home.run(["-p", "dev", "-p", "typo", "serve"]).output();
    assert_eq!(output.status.code(), Some(4), "{}", output.stderr);
    home.run(["-p", "keys", "serve"]).fails(
        1,
        "error: the endpoint can serve only temporary credentials, with a session token and an \
         expiration\nhint: give these to the client directly, with `ssowrap export` or plain \
         `ssowrap exec`\n",
    );
    let taken = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = taken.local_addr().expect("bound").port().to_string();
    home.run(["-p", "dev", "serve", "--port", &port]).fails(
        1,
        &format!(
            "error: the credentials endpoint cannot listen on 127.0.0.1:{port}: Address already in \
             use (os error 98)\n\
             hint: choose another `--port`, or leave it out\n"
        ),
    );
    assert_eq!(home.aws().count("*"), 0);
    let home = Home::new().config(DEV);
    assert_eq!(home.run(["-p", "dev", "serve"]).output().status.code(), Some(3));
}

/// The ARN of the role whose credentials the fake AWS issued for this answer.
fn role(home: &Home, client: &Client, path: &str) -> String {
    // The first answer may take longer than a client waits.
    let key = client.get_until_at(path, |answer| answer.status != 503).key();
    let log = home.aws().log_of("*");
    let entry = log.iter().find(|entry| entry.issued_access_key_id.as_deref() == Some(&key));
    let entry = entry.expect("credentials of the fake");
    match entry.operation.as_str() {
        "AssumeRole" => entry.param("RoleArn").to_owned(),
        _ => format!("{}/{}", entry.param("account_id"), entry.param("role_name")),
    }
}

#[test]
fn paths() {
    let home = home();
    let client = serve(&home, &["-p", "dev", "-p", "read/only", "-p", "deploy"]);
    // No client has requested the others yet.
    assert_eq!(home.aws().count("GetRoleCredentials"), 1);
    for (path, expected) in [
        ("/", "123456789012/Admin"),
        ("/profile/dev", "123456789012/Admin"),
        ("/profile/read/only", "210987654321/ReadOnly"),
        ("/profile/read%2Fonly", "210987654321/ReadOnly"),
        ("/profile/%64ev?x=y", "123456789012/Admin"),
        ("/profile/deploy", "arn:aws:iam::210987654321:role/deploy"),
    ] {
        assert_eq!(role(&home, &client, path), expected, "{path}");
    }
    assert_eq!(home.aws().count("GetRoleCredentials"), 2);
    for (path, message) in [
        ("/profile/keys", "the profile `keys` is not served: add `-p NAME` when you start `serve`"),
        ("/profile/DEV", "the profile `DEV` is not served: add `-p NAME` when you start `serve`"),
        ("/profile/dev/", "the profile `dev/` is not served: add `-p NAME` when you start `serve`"),
        ("/profile/", "the profile `` is not served: add `-p NAME` when you start `serve`"),
        (
            "/role-arn/arn:aws:iam::210987654321:role/deploy",
            "the role `arn:aws:iam::210987654321:role/deploy` is not allowed: add \
             `--allow-role ARN` when you start `serve`",
        ),
        (
            "/profile/%1b%5b2J%e2%80%ae",
            "the profile `\\u{1b}[2J\\u{202e}` is not served: add `-p NAME` when you start `serve`",
        ),
        ("/nothing", "nothing is served there: ask for `/`, `/profile/NAME` or `/role-arn/ARN`"),
        ("//", "nothing is served there: ask for `/`, `/profile/NAME` or `/role-arn/ARN`"),
        (
            "/profile/%FF",
            "nothing is served there: ask for `/`, `/profile/NAME` or `/role-arn/ARN`",
        ),
    ] {
        let answer = client.get(path);
        assert_eq!(answer.status, 404, "{path}");
        assert_eq!(answer.json()["message"], message);
    }
    // A profile that cannot be served says so when it is requested.
    let client = serve(&home, &["-p", "dev", "-p", "keys"]);
    let answer = client.get_until_at("/profile/keys", |answer| answer.status != 503);
    assert_eq!(answer.status, 400);
    assert!(answer.body.contains("can serve only temporary credentials"), "{}", answer.body);
}

#[test]
fn strangers_learn_nothing() {
    let home = home();
    let client = serve(&home, &["-p", "dev"]);
    for path in ["/", "/profile/dev", "/profile/x", "/role-arn/x", "/latest/api/token", "/x"] {
        for header in ["", "Authorization: 0\r\n"] {
            let host = format!("Host: 127.0.0.1:{}\r\n", client.port);
            let answer = client.send(&format!("GET {path} HTTP/1.1\r\n{host}{header}\r\n"));
            assert_eq!((answer.status, answer.body.as_str()), (403, ""), "{path}");
        }
    }
}

#[test]
fn the_profile_is_found_as_usual() {
    let home = home();
    for (arguments, variable) in [(&["serve"][..], "deploy"), (&["serve", "-p", "deploy"], "dev")] {
        let client =
            Client::read(home.run([&["-q"], arguments].concat()).env("AWS_PROFILE", variable));
        assert_eq!(role(&home, &client, "/"), "arn:aws:iam::210987654321:role/deploy");
        assert_eq!(client.get("/profile/deploy").status, 200);
        assert_eq!(client.get("/profile/dev").status, 404);
    }
    let flags = ["serve", "--sso-session", "corp", "--account-id", "123456789012"];
    let client = serve(&home, &[&flags[1..], &["--role-name", "Admin"]].concat());
    assert_eq!(role(&home, &client, "/"), "123456789012/Admin");
}

/// clap keeps only those of one place.
#[test]
fn profiles_before_and_after_the_verb() {
    let home = home();
    let arguments = ["-p", "deploy", "-q", "-p", "dev", "serve", "-p", "read/only", "-p", "dev"];
    let client = Client::read(home.run(arguments));
    assert_eq!(role(&home, &client, "/"), "arn:aws:iam::210987654321:role/deploy");
    assert_eq!(role(&home, &client, "/profile/dev"), "123456789012/Admin");
    assert_eq!(role(&home, &client, "/profile/read/only"), "210987654321/ReadOnly");
}

#[test]
fn roles_by_their_arns() {
    let home = home();
    home.aws().deny_role("arn:aws:iam::210987654321:role/app-x");
    let allowed = "arn:aws:iam::210987654321:role/app-*";
    let path = "arn:aws:iam::123456789012:role/team/tool";
    let client = serve(&home, &["-p", "dev", "--allow-role", allowed, "--allow-role", path]);
    for (asked, expected) in [
        ("arn:aws:iam::210987654321:role/app-1", "arn:aws:iam::210987654321:role/app-1"),
        ("arn%3Aaws%3Aiam%3A%3A123456789012%3Arole%2Fteam%2Ftool", path),
        (path, path),
    ] {
        assert_eq!(role(&home, &client, &format!("/role-arn/{asked}")), expected);
    }
    let log = home.aws().log_of("AssumeRole");
    assert_eq!(log.len(), 2, "the second time from memory");
    let caller = log[0].principal.as_deref().expect("signed");
    assert!(caller.contains(":assumed-role/AWSReservedSSO_Admin"), "{caller}");
    assert_eq!(log[0].region.as_deref(), Some("eu-west-1"));
    for asked in ["arn:aws:iam::210987654321:role/other", "arn:aws:iam::210987654321:role/app", ""]
    {
        let answer = client.get(&format!("/role-arn/{asked}"));
        assert_eq!(answer.status, 404, "{asked}");
        assert_eq!(answer.json()["code"], "access_denied");
    }
    assert_eq!(home.aws().count("AssumeRole"), 2);
    // AWS decides.
    let answer =
        client.get_until_at("/role-arn/arn:aws:iam::210987654321:role/app-x", |a| a.status != 503);
    assert_eq!(answer.status, 400);
    let message = answer.json()["message"].as_str().expect("words").to_owned();
    let start = "the credentials of profile `dev` may not assume \
                 arn:aws:iam::210987654321:role/app-x: ";
    assert!(message.starts_with(start), "{message}");
    // A pattern can't be used to fill the memory.
    let many = (0..80).map(|number| {
        client.get(&format!("/role-arn/arn:aws:iam::210987654321:role/app-many-{number}")).body
    });
    let refused = many.filter(|body| body.contains("64 roles are served already")).count();
    assert!(refused >= 80 - 64, "{refused}");
    assert_eq!(client.get("/").status, 200);
}

#[test]
fn a_chosen_token() {
    let home = home();
    let token = "0123456789abcdef0123456789ABCDEF-._~+/==0123456789abcdef01234567";
    let client = Client::read(home.run(["-qp", "dev", "serve"]).env("SSOWRAP_SERVE_TOKEN", token));
    assert_eq!(client.token, token);
    assert_eq!(client.get("/").status, 200);
}

/// Credentials that no client requests are not renewed.
#[test]
fn renewed_while_asked_for() {
    let home = home();
    home.aws().credential_lifetime(Duration::from_secs(2));
    let client = serve(&home, &["-p", "dev", "-p", "read/only"]);
    let first = client.get("/").key();
    client.get_until_at("/profile/read/only", |answer| answer.status == 200);
    let count = |role| {
        let log = home.aws().log_of("GetRoleCredentials");
        log.iter().filter(|entry| entry.param("role_name") == role).count()
    };
    let (admin, read_only) = (count("Admin"), count("ReadOnly"));
    client.get_until(|answer| answer.status == 200 && count("Admin") >= admin + 3);
    assert_ne!(client.get_until(|answer| answer.status == 200).key(), first);
    let renewed = count("ReadOnly") - read_only;
    assert!(renewed <= 1, "{renewed} times: it had been asked for once");
}

fn signal(id: u32, signal: Signal) {
    let id = i32::try_from(id).ok().and_then(Pid::from_raw).expect("an id");
    kill_process(id, signal).expect("own child");
}

#[test]
fn it_ends_when_it_is_asked_to() {
    let home = home();
    for kind in [Signal::INT, Signal::TERM] {
        let mut server = Server::start(&home, &["-p", "dev", "-p", "read/only"]);
        let port = server.1.split("127.0.0.1:").nth(1).and_then(|rest| rest.split('/').next());
        let port: u16 = port.and_then(|port| port.parse().ok()).expect("a port");
        signal(server.0.id(), kind);
        let status = until("its end", || server.0.try_wait().expect("own child"));
        let mut stderr = String::new();
        server.0.stderr.take().expect("piped").read_to_string(&mut stderr).expect("text");
        assert_eq!((status.code(), stderr.as_str()), (Some(0), ""));
        TcpListener::bind(("127.0.0.1", port)).expect("its port is free again");
    }
}

/// AWS may take minutes to answer.
#[test]
fn it_ends_while_aws_thinks() {
    let home = home();
    let client = serve(&home, &["-p", "dev", "-p", "read/only"]);
    home.aws().hold("GetRoleCredentials");
    assert_eq!(client.get("/profile/read/only").status, 503);
    assert!(home.aws().wait_for("GetRoleCredentials", 2, TIMEOUT));
    signal(client.id(), Signal::TERM);
    assert_eq!(client.wait().code(), Some(0));
    // It did not wait until the next request would have been due.
    assert_eq!(home.aws().count("GetRoleCredentials"), 2);
}

/// A client that knows only the printed lines.
fn check_client(program: PathBuf, script: &Path) {
    let home = home();
    let server = Server::start(&home, &["-p", "deploy"]);
    home.write("lines", &server.1);
    let words = ["-c", ". ./lines; exec \"$@\"", "sh"].map(Into::into);
    let client = [program.into_os_string(), script.into(), home.aws().url().into()];
    let run = home.tool("sh", words.into_iter().chain(client));
    // The shell's earlier variables do not matter.
    let run = run.env("AWS_PROFILE", "dev").env("AWS_ACCESS_KEY_ID", "AKIAOLD");
    let output = run.env("AWS_SECRET_ACCESS_KEY", "old").report();
    drop(server);
    assert_eq!(
        output.stdout(),
        "arn:aws:sts::210987654321:assumed-role/deploy/ci us-east-2\n",
        "{}",
        output.stderr
    );
    assert_eq!(home.aws().count("GetCallerIdentity"), 1);
    assert_eq!(home.aws().count("AssumeRole"), 1);
}

#[test]
fn botocore() {
    let Some(python) = installed("python/bin/python") else { return };
    check_client(python, Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/clients/chain.py")));
}

#[test]
fn the_javascript_sdk() {
    let (Some(node), Some(script)) = (tool("node"), installed("node/chain.mjs")) else { return };
    check_client(node, &script);
}

/// The Rust SDK, which ssowrap itself uses.
#[test]
fn ssowrap() {
    let config = "
[profile container]
role_arn = arn:aws:iam::123456789012:role/inner
credential_source = EcsContainer
region = eu-west-1
";
    let home = home();
    let client = serve(&home, &["-p", "dev"]);
    home.write(".aws/config", config);
    let run = home.run(["-p", "container", "export"]);
    let url = format!("http://127.0.0.1:{}/", client.port);
    let run = run.env("AWS_CONTAINER_CREDENTIALS_FULL_URI", url);
    run.env("AWS_CONTAINER_AUTHORIZATION_TOKEN", &client.token).succeeds();
    let log = home.aws().log_of("AssumeRole");
    assert_eq!(log[0].param("RoleArn"), "arn:aws:iam::123456789012:role/inner");
    assert_eq!(home.aws().count("ContainerCredentials"), 0);
}

/// The message for clients while AWS refuses.
#[test]
fn a_missing_login_is_reported() {
    let home = home();
    let client = serve(&home, &["-p", "dev", "-p", "read/only"]);
    home.aws().fail("GetRoleCredentials", fake_aws::Fault::unavailable(), ALWAYS);
    std::fs::remove_file(home.path(&crate::support::token_file("corp"))).expect("own file");
    let answer = client.get_until_at("/profile/read/only", |answer| answer.status != 503);
    assert_eq!((answer.status, answer.json()["code"].as_str()), (400, Some("login_required")));
    assert!(answer.body.contains("login --sso-session corp"), "{}", answer.body);
    // The others continue.
    assert_eq!(client.get("/").status, 200);
}
