//! Everything that can be made to go wrong.

use crate::client::{HOUR, TOKEN, address, portal, raw, read, role_keys, send, sts};
use fake_aws::{FakeAws, Fault, Options};
use std::io::{Read, Write};
use std::net::TcpStream;
use std::thread;
use std::time::{Duration, Instant};

const OP: &str = "GetRoleCredentials";
const PATH: &str = "/federation/credentials?role_name=Admin&account_id=123456789012";

fn fake() -> FakeAws {
    let fake = FakeAws::start(Options::default());
    fake.add_token(TOKEN, HOUR);
    fake
}

fn bytes(fake: &FakeAws) -> Vec<u8> {
    raw(&fake.url(), "GET", PATH, &[("x-amz-sso_bearer_token", TOKEN)], "")
}

#[test]
fn errors_come_so_many_times() {
    let fake = fake();
    fake.fail(OP, Fault::throttled().with_retry_after("3"), 2);
    for _ in 0..2 {
        let reply = portal(&fake, PATH);
        assert_eq!((reply.status, reply.header("retry-after")), (429, "3"));
        assert!(reply.header("x-amzn-errortype").starts_with("TooManyRequestsException:http"));
    }
    assert_eq!(portal(&fake, PATH).status, 200);
    fake.fail_always("*", Fault::unavailable());
    assert_eq!(portal(&fake, PATH).status, 503);
    let reply = send(&fake.url(), "GET", "/nowhere", &[], "");
    assert_eq!(reply.status, 503);
    fake.clear_faults();
    assert_eq!(portal(&fake, PATH).status, 200);
    let log = fake.log();
    assert!(log[0].fault.as_deref().is_some_and(|fault| fault.contains("TooManyRequests")));
    assert_eq!((log[2].fault.as_deref(), log[2].status), (None, Some(200)));
}

#[test]
fn an_error_has_the_shape_of_its_service() {
    let fake = fake();
    fake.fail("GetCallerIdentity", Fault::error(500, "InternalFailure", "<broken>"), 1);
    let keys = role_keys(&fake, "123456789012", "Admin");
    let reply = sts(&fake, &keys, "Action=GetCallerIdentity");
    assert_eq!((reply.status, reply.code().as_str()), (500, "InternalFailure"));
    assert_eq!(
        (reply.xml("Type").as_str(), reply.xml("Message").as_str()),
        ("Receiver", "&lt;broken&gt;")
    );
    fake.fail("CreateToken", Fault::error(400, "SlowDownException", ""), 1);
    let reply = send(&fake.url(), "POST", "/token", &[], "");
    assert_eq!(reply.json()["error"], "slow_down");
}

#[test]
fn connections_end_where_they_are_cut() {
    let fake = fake();
    let whole = bytes(&fake).len();
    fake.fail(OP, Fault::Drop, 1);
    assert!(bytes(&fake).is_empty());
    fake.fail(OP, Fault::CutHeaders, 1);
    let cut = bytes(&fake);
    assert!(!cut.is_empty() && cut.len() < 100, "{}", cut.len());
    assert!(read(&cut).is_none());
    fake.fail(OP, Fault::CutBody, 1);
    let cut = bytes(&fake);
    assert!(cut.len() > 200 && cut.len() < whole, "{} of {whole}", cut.len());
    let reply = read(&cut).expect("headers");
    let length: usize = reply.header("content-length").parse().expect("a length");
    assert!(!reply.body.is_empty() && reply.body.len() < length);
    // The next connection is whole again.
    assert_eq!(bytes(&fake).len(), whole);
}

#[test]
fn bodies_are_spoiled() {
    let fake = fake();
    let get = |fault: Fault| {
        fake.fail(OP, fault, 1);
        portal(&fake, PATH)
    };
    let whole = portal(&fake, PATH).body.len();
    assert_eq!(get(Fault::Truncated).body.len(), whole / 2);
    assert_eq!(get(Fault::Empty).body, "");
    let reply = get(Fault::Garbage);
    assert_eq!(reply.header("content-type"), "application/json");
    assert!(serde_json::from_str::<serde_json::Value>(&reply.body).is_err());
    let reply = get(Fault::HtmlPage(502));
    assert_eq!((reply.status, reply.header("content-type")), (502, "text/html; charset=utf-8"));
    let reply = get(Fault::WrongContentType);
    assert_eq!((reply.header("content-type"), reply.body.len()), ("text/html", whole));
    assert_eq!(get(Fault::HugeHeader).header("x-filler").len(), 256 << 10);
    let raw = Fault::Raw { status: 202, content_type: "text/x".into(), body: "hello".into() };
    let reply = get(raw);
    assert_eq!((reply.status, reply.body.as_str()), (202, "hello"));
}

#[test]
fn an_endless_body_never_ends() {
    let fake = fake();
    fake.fail(OP, Fault::Endless, 1);
    let mut stream = TcpStream::connect(address(&fake.url()).0).expect("a connection");
    let request = format!("GET {PATH} HTTP/1.1\r\nhost: x\r\n\r\n");
    stream.write_all(request.as_bytes()).expect("a request");
    let mut total = 0;
    let mut buffer = vec![0; 64 << 10];
    while total < 4 << 20 {
        total += stream.read(&mut buffer).expect("more");
    }
    drop(stream);
    assert_eq!(portal(&fake, PATH).status, 200);
}

#[test]
fn latency_delays_one_operation() {
    let fake = fake();
    fake.set_latency(OP, Duration::from_millis(120));
    let start = Instant::now();
    assert_eq!(portal(&fake, PATH).status, 200);
    assert!(start.elapsed() >= Duration::from_millis(120));
    fake.set_latency(OP, Duration::from_secs(3600));
    fake.set_latency(OP, Duration::ZERO);
    assert_eq!(portal(&fake, PATH).status, 200);
}

#[test]
fn a_barrier_holds_until_it_is_released() {
    let fake = fake();
    fake.hold(OP);
    thread::scope(|scope| {
        let calls: Vec<_> = (0..4).map(|_| scope.spawn(|| portal(&fake, PATH).status)).collect();
        assert!(fake.wait_for(OP, 4, Duration::from_secs(10)));
        assert!(fake.log().iter().all(|entry| entry.status.is_none()));
        assert!(!fake.wait_for(OP, 5, Duration::from_millis(30)));
        fake.release(OP);
        for call in calls {
            assert_eq!(call.join().expect("an answer"), 200);
        }
    });
    assert_eq!(fake.count(OP), 4);
    assert!(fake.log().iter().all(|entry| entry.status == Some(200)));
    assert_eq!(portal(&fake, PATH).status, 200);
}

#[test]
fn dropping_the_fake_ends_whoever_hangs() {
    let fake = fake();
    fake.fail(OP, Fault::Hang, 1);
    let url = fake.url();
    let call = thread::spawn(move || raw(&url, "GET", PATH, &[], ""));
    assert!(fake.wait_for(OP, 1, Duration::from_secs(10)));
    drop(fake);
    assert!(call.join().expect("an end").is_empty());
}

#[test]
fn clocks_can_be_off() {
    let fake = fake();
    let date = |fake: &FakeAws| portal(fake, PATH).header("date").to_owned();
    let year = |date: &str| date.split(' ').nth(3).and_then(|y| y.parse::<i32>().ok());
    let now = year(&date(&fake)).expect("a year");
    fake.date_skew(400 * 86_400);
    assert!(year(&date(&fake)) > Some(now));
    assert_eq!(portal(&fake, PATH).status, 200);
    fake.date_skew(0);
    fake.clock_skew(400 * 86_400);
    let reply = portal(&fake, PATH);
    assert_eq!(reply.status, 401);
    assert!(year(reply.header("date")) > Some(now));
}

#[test]
fn connections_are_kept() {
    let fake = fake();
    let mut stream = TcpStream::connect(address(&fake.url()).0).expect("a connection");
    let mut buffer = [0; 8192];
    for _ in 0..3 {
        let request =
            format!("GET {PATH} HTTP/1.1\r\nhost: x\r\nx-amz-sso_bearer_token: {TOKEN}\r\n\r\n");
        stream.write_all(request.as_bytes()).expect("a request");
        let read = stream.read(&mut buffer).expect("an answer");
        assert!(buffer[..read].starts_with(b"HTTP/1.1 200 OK\r\n"));
    }
    assert_eq!(fake.count(OP), 3);
}
