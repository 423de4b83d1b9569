//! The credentials endpoint from its clients' view, here that of `exec --renew`: the protocol of
//! SPEC 6.4, renewal, outages, and strangers.

#![cfg(unix)]

mod attack;
mod crowd;

use std::ffi::{OsStr, OsString};
use std::io::{BufRead, BufReader, Lines, Read, Write};
use std::net::{Ipv4Addr, TcpStream};
use std::process::{Child, ChildStdin, ChildStdout, ExitStatus, Stdio};
use std::time::Duration;

use fake_aws::{ALWAYS, Fault};
use serde_json::Value;

use crate::support::{DEV, Home, Run, TIMEOUT, now, token_file, until};

/// A program with an endpoint, which runs until this is dropped.
pub(crate) struct Client {
    child: Child,
    stdin: Option<ChildStdin>,
    lines: Lines<BufReader<ChildStdout>>,
    pub port: u16,
    pub token: String,
}

impl Client {
    /// `ssowrap exec --renew` with a command that does nothing.
    pub(crate) fn start(home: &Home) -> Self {
        Self::around(home, ["cat"])
    }

    /// `ssowrap exec --renew` with a command.
    pub(crate) fn around<S: AsRef<OsStr>>(
        home: &Home,
        command: impl IntoIterator<Item = S>,
    ) -> Self {
        let shell = ["sh", "-c", "env; echo; exec \"$@\"", "sh"];
        let exec = ["-p", "dev", "exec", "--renew", "--"];
        let words = exec.iter().chain(&shell).map(|word| OsString::from(*word));
        Self::read(home.run(words.chain(command.into_iter().map(|word| word.as_ref().to_owned()))))
    }

    /// A program that prints its environment, or lines for one, and an empty line.
    pub(crate) fn read(run: Run<'_>) -> Self {
        Self::read_to(str::is_empty, run)
    }

    /// The same up to another line, for a program whose output doesn't end.
    pub(crate) fn read_to(is_last: impl Fn(&str) -> bool, run: Run<'_>) -> Self {
        let mut command = run.into_command();
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().expect("the program starts");
        let stdin = child.stdin.take();
        let (mut port, mut token) = (0, String::new());
        let mut lines = BufReader::new(child.stdout.take().expect("piped")).lines();
        for line in lines.by_ref() {
            let line = line.expect("text").replace('\'', "");
            let line = line.trim_start_matches("export ");
            if let Some(uri) = line.strip_prefix("AWS_CONTAINER_CREDENTIALS_FULL_URI=") {
                let uri = uri.strip_prefix("http://127.0.0.1:").expect("a loopback address");
                port = uri.trim_end_matches('/').parse().expect("a port");
            }
            if let Some(value) = line.strip_prefix("AWS_CONTAINER_AUTHORIZATION_TOKEN=") {
                value.clone_into(&mut token);
            }
            if is_last(line) {
                break;
            }
        }
        assert!(port != 0 && token.len() == 64, "no endpoint in the environment");
        Self { child, stdin, lines, port, token }
    }

    /// Sends the command a line, and returns the line that it answers with.
    pub(crate) fn ask(&mut self, line: &str) -> String {
        writeln!(self.stdin.as_mut().expect("piped"), "{line}").expect("it reads");
        self.lines.next().expect("an answer").expect("text")
    }

    /// Requests the credentials as an SDK does.
    pub(crate) fn get(&self, path: &str) -> Answer {
        self.send(&format!(
            "GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{}\r\nAccept: application/json\r\n\
             Authorization: {}\r\n\r\n",
            self.port, self.token
        ))
    }

    /// Requests the credentials until the answer is as wanted.
    pub(crate) fn get_until(&self, wanted: impl Fn(&Answer) -> bool) -> Answer {
        self.get_until_at("/", wanted)
    }

    /// The same for another path.
    pub(crate) fn get_until_at(&self, path: &str, wanted: impl Fn(&Answer) -> bool) -> Answer {
        until("the answer", || Some(self.get(path)).filter(&wanted))
    }

    pub(crate) fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect((Ipv4Addr::LOCALHOST, self.port)).expect("it listens");
        stream.set_read_timeout(Some(TIMEOUT)).expect("a time");
        stream
    }

    /// Sends these bytes, and reads to the end.
    pub(crate) fn send(&self, request: &str) -> Answer {
        let mut stream = self.connect();
        // The server may answer and hang up before the request is complete.
        let _ = stream.write_all(request.as_bytes());
        let mut bytes = Vec::new();
        let _ = stream.read_to_end(&mut bytes);
        Answer::parse(&String::from_utf8(bytes).expect("text"))
    }

    /// Requests the credentials without waiting for the answer.
    pub(crate) fn begin(&self, path: &str) -> TcpStream {
        let mut stream = self.connect();
        let (port, token) = (self.port, &self.token);
        let request = format!(
            "GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nAuthorization: {token}\r\n\r\n"
        );
        stream.write_all(request.as_bytes()).expect("it reads");
        stream
    }

    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// Returns how it ends.
    pub(crate) fn wait(mut self) -> ExitStatus {
        until("the end of the program", || self.child.try_wait().expect("own child"))
    }
}

impl Drop for Client {
    fn drop(&mut self) {
        drop(self.stdin.take());
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

pub(crate) struct Answer {
    pub status: u16,
    pub head: String,
    pub body: String,
}

impl Answer {
    fn parse(text: &str) -> Self {
        let (head, body) = text.split_once("\r\n\r\n").unwrap_or((text, ""));
        let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or(0);
        Self { status, head: head.to_ascii_lowercase(), body: body.to_owned() }
    }

    pub(crate) fn json(&self) -> Value {
        assert!(self.head.contains("\r\ncontent-type: application/json\r\n"), "{}", self.head);
        serde_json::from_str(&self.body).expect("JSON")
    }

    pub(crate) fn key(&self) -> String {
        assert_eq!(self.status, 200, "{}", self.body);
        self.json()["AccessKeyId"].as_str().expect("a key").to_owned()
    }
}

fn home() -> Home {
    Home::with_aws().config(DEV).login("corp")
}

fn issued(home: &Home, number: usize) -> String {
    let log = home.aws().log_of("GetRoleCredentials");
    log[number].issued_access_key_id.clone().expect("a key")
}

#[test]
fn the_contract() {
    let home = home();
    let client = Client::start(&home);
    let answer = client.get("/");
    assert_eq!(answer.status, 200);
    assert!(answer.head.contains("\r\ncache-control: no-store\r\n"), "{}", answer.head);
    let json = answer.json();
    let names: Vec<&String> = json.as_object().expect("an object").keys().collect();
    assert_eq!(names, ["AccessKeyId", "SecretAccessKey", "Token", "Expiration", "AccountId"]);
    assert_eq!(json["AccessKeyId"], issued(&home, 0));
    assert_eq!(json["AccountId"], "123456789012");
    let expiration = json["Expiration"].as_str().expect("text");
    assert!(expiration.len() == 20 && expiration.ends_with('Z'), "{expiration}");
    // Any spelling of this machine, repeated any number of times.
    let local = format!(
        "GET / HTTP/1.1\r\nhost: localhost:{}\r\nAUTHORIZATION: {}\r\n\r\n",
        client.port, client.token
    );
    assert_eq!(client.send(&local).key(), issued(&home, 0));
    assert_eq!(home.aws().count("*"), 1);
}

#[test]
fn strangers_learn_nothing() {
    let home = home();
    let client = Client::start(&home);
    let (port, token) = (client.port, &client.token);
    let host = format!("Host: 127.0.0.1:{port}\r\n");
    let right = format!("Authorization: {token}\r\n");
    let upper = format!("Authorization: {}\r\n", token.to_uppercase());
    let short = format!("Authorization: {}\r\n", &token[1..]);
    let bearer = format!("Authorization: Bearer {token}\r\n");
    let forbidden = [
        host.clone(),
        format!("{host}{upper}"),
        format!("{host}{short}"),
        format!("{host}{bearer}"),
        format!("{host}Authorization:\r\n"),
        format!("{host}{right}{right}"),
        right.clone(),
        format!("Host: 127.0.0.1:{port}.evil.example\r\n{right}"),
        format!("Host: evil.example:{port}\r\n{right}"),
        format!("Host: 127.0.0.1\r\n{right}"),
        format!("Host: 127.0.0.1:{}\r\n{right}", port ^ 1),
        format!("{host}{host}{right}"),
    ];
    for headers in forbidden {
        let answer = client.send(&format!("GET / HTTP/1.1\r\n{headers}\r\n"));
        assert_eq!((answer.status, answer.body.as_str()), (403, ""), "{headers}");
    }
    for path in ["http://evil.example/", "http://127.0.0.1/"] {
        let answer = client.send(&format!("GET {path} HTTP/1.1\r\n{host}{right}\r\n"));
        assert_eq!((answer.status, answer.body.as_str()), (403, ""), "{path}");
    }
    for method in ["POST", "PUT", "HEAD", "OPTIONS", "DELETE"] {
        let request = format!("{method} / HTTP/1.1\r\n{host}{right}Content-Length: 0\r\n\r\n");
        let answer = client.send(&request);
        assert_eq!((answer.status, answer.body.as_str()), (405, ""), "{method}");
    }
    let huge = format!("GET / HTTP/1.1\r\n{host}{right}X: {}\r\n\r\n", "x".repeat(64 * 1024));
    assert!(matches!(client.send(&huge).status, 0 | 431));
    let many = format!("GET / HTTP/1.1\r\n{host}{right}{}\r\n", "X: x\r\n".repeat(2000));
    assert!(matches!(client.send(&many).status, 0 | 431));
    assert!(matches!(client.send("\0\u{1}nonsense\r\n\r\n").status, 0 | 400));
    assert_eq!(client.get("/").status, 200);
}

#[test]
fn renewed_ahead_of_time() {
    let home = home();
    home.aws().credential_lifetime(Duration::from_secs(20));
    let client = Client::start(&home);
    assert_eq!(client.get("/").key(), issued(&home, 0));
    home.aws().hold("GetRoleCredentials");
    // They are renewed without being requested, because half of their lifetime is over.
    assert!(home.aws().wait_for("GetRoleCredentials", 2, TIMEOUT));
    // Until AWS answers, the old ones are served.
    assert_eq!(client.get("/").key(), issued(&home, 0));
    home.aws().credential_lifetime(Duration::from_secs(3600));
    home.aws().release("GetRoleCredentials");
    let first = issued(&home, 0);
    let second = client.get_until(|answer| answer.key() != first).key();
    assert_eq!(second, issued(&home, 1));
    assert_eq!(home.aws().count("GetRoleCredentials"), 2);
}

/// A job that makes a call again and again: none of them fails.
#[test]
fn not_one_failure_over_many_lifetimes() {
    let home = home();
    home.aws().credential_lifetime(Duration::from_secs(8));
    let client = Client::start(&home);
    while home.aws().count("GetRoleCredentials") < 4 {
        let answer = client.get("/").json();
        let end = answer["Expiration"].as_str().expect("a time").to_owned();
        assert!(end > crate::support::timestamp(now()), "{end} has passed");
    }
}

#[test]
fn the_last_good_ones_are_served_while_aws_is_down() {
    let home = home();
    home.aws().credential_lifetime(Duration::from_secs(16));
    let client = Client::start(&home);
    let first = issued(&home, 0);
    home.aws().fail("GetRoleCredentials", Fault::unavailable(), ALWAYS);
    assert!(home.aws().wait_for("GetRoleCredentials", 3, TIMEOUT));
    assert_eq!(client.get("/").key(), first);
    // After they have expired, it says why there are none.
    let answer = client
        .get_until(|answer| answer.status != 200 && !answer.body.contains("not available yet"));
    let json = answer.json();
    assert_eq!(answer.status, 503);
    assert!(answer.body.contains("profile `dev`"), "{}", answer.body);
    assert_eq!((&json["code"], &json["Code"]), (&"network".into(), &"network".into()));
    assert_eq!(json["message"], json["Message"]);
    // When AWS works again, clients get new ones.
    home.aws().credential_lifetime(Duration::from_secs(3600));
    home.aws().clear_faults();
    let new = client.get_until(|answer| answer.status == 200).key();
    assert_ne!(new, first);
}

#[test]
fn a_missing_login_is_reported_and_used_when_it_is_back() {
    let home = home();
    home.aws().credential_lifetime(Duration::from_secs(4));
    let client = Client::start(&home);
    let login = std::fs::read(home.path(&token_file("corp"))).expect("a login");
    std::fs::remove_file(home.path(&token_file("corp"))).expect("own file");
    let answer = client.get_until(|answer| answer.status == 400);
    let json = answer.json();
    assert_eq!(json["code"], "login_required");
    let message = json["message"].as_str().expect("words");
    assert!(message.contains("profile `dev` needs a login"), "{message}");
    assert!(message.contains("login --sso-session corp`"), "{message}");
    home.aws().credential_lifetime(Duration::from_secs(3600));
    home.write(&token_file("corp"), login);
    client.get_until(|answer| answer.status == 200);
}
