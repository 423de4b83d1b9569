//! Other users of the machine try to get credentials, or to keep the command from getting its own.

#![cfg(target_os = "linux")]

use std::io::{Read, Write};
use std::net::TcpStream;
use std::thread;
use std::time::{Duration, Instant};

use super::{Client, home, issued};
use crate::meanwhile::End;
use crate::processes;
use crate::support::until;

/// The shortest time that an SDK waits (SPEC 6.4).
const PATIENCE: Duration = Duration::from_secs(1);

/// How much memory an endpoint may use, not counting what every process uses that maps this
/// program.
const MEMORY: u64 = 10 << 20;

/// Requests credentials as the command does, which must be served in time. On a machine that is too
/// slow, a late answer is tried again.
fn is_served(client: &Client, key: &str) {
    let waited: Vec<Duration> = (0..5)
        .map(|_| {
            let asked = Instant::now();
            assert_eq!(client.get("/").key(), key);
            asked.elapsed()
        })
        .take_while(|waited| *waited >= PATIENCE)
        .collect();
    assert!(waited.len() < 5, "after {waited:?}");
}

/// Sends the request again and again. Returns how often the answer was not a refusal.
fn insists(client: &Client, request: &str, end: &End) -> usize {
    let mut others = 0;
    while !end.has_come() {
        let answer = client.send(request);
        // The connection may have been closed.
        let is_refusal = matches!(answer.status, 0 | 400 | 403 | 405 | 413 | 431);
        others += usize::from(!is_refusal || !answer.body.is_empty());
    }
    others
}

/// Sends a request that never ends, with a pause after each piece. Starts again when the connection
/// is closed.
fn pours(client: &Client, head: &str, piece: &[u8], pause: Duration, end: &End) {
    while !end.has_come() {
        let mut stream = client.connect();
        let mut taken = stream.write_all(head.as_bytes());
        while taken.is_ok() && !end.comes_within(pause) {
            taken = stream.write_all(piece);
        }
    }
}

#[test]
fn the_command_is_served_anyway() {
    let home = home();
    let client = Client::start(&home);
    let (port, key) = (client.port, issued(&home, 0));
    let host = format!("Host: 127.0.0.1:{port}\r\n");
    let right = format!("Authorization: {}\r\n", client.token);
    let wrong = format!("Authorization: {}\r\n", "0".repeat(64));
    let huge = format!("X: {}\r\n", "x".repeat(60_000));
    let requests = [
        format!("GET / HTTP/1.1\r\n{host}{wrong}\r\n"),
        format!("GET / HTTP/1.1\r\n{host}\r\n"),
        format!("GET / HTTP/1.1\r\nHost: evil.example\r\n{right}\r\n"),
        format!("GET / HTTP/1.1\r\nHost: 127.0.0.1.evil.example:{port}\r\n{right}\r\n"),
        format!("POST / HTTP/1.1\r\n{host}{right}Content-Length: 1000000000\r\n\r\n"),
        format!("GET / HTTP/1.1\r\n{host}{right}{huge}\r\n"),
    ];
    let end = End::default();
    let begun = format!("GET / HTTP/1.1\r\n{host}X: ");
    let posted = format!("POST / HTTP/1.1\r\n{host}{wrong}Transfer-Encoding: chunked\r\n\r\n");
    let chunk = [b"10000\r\n".as_slice(), &[b'x'; 0x10000], b"\r\n"].concat();
    let pieces: [(&str, &[u8], u64); 3] =
        [(&begun, b"x", 100), (&begun, &[b'x'; 1000], 1), (&posted, &chunk, 1)];
    thread::scope(|scope| {
        let (client, end) = (&client, &end);
        let insisting: Vec<_> = requests
            .iter()
            .map(|request| scope.spawn(move || insists(client, request, end)))
            .collect();
        for (head, piece, pause) in pieces {
            scope.spawn(move || pours(client, head, piece, Duration::from_millis(pause), end));
        }
        end.of(|| {
            for _ in 0..200 {
                is_served(client, &key);
            }
        });
        for thread in insisting {
            assert_eq!(thread.join().expect("no panic"), 0);
        }
    });
    let memory = processes::endpoint(&home).memory();
    assert!(memory < MEMORY, "{memory} bytes");
    assert_eq!(home.aws().count("*"), 1);
}

#[test]
fn a_crowd_does_not_keep_the_right_one_away() {
    let home = home();
    let client = Client::start(&home);
    let key = issued(&home, 0);
    let most = rustix::process::Rlimit {
        current: rustix::process::getrlimit(rustix::process::Resource::Nofile).maximum,
        ..rustix::process::getrlimit(rustix::process::Resource::Nofile)
    };
    // A lower limit would only make the crowd smaller.
    let _ = rustix::process::setrlimit(rustix::process::Resource::Nofile, most);
    let mut crowd: Vec<TcpStream> = Vec::new();
    for number in 0..1000 {
        let mut stream = client.connect();
        // Some send nothing, some start and never finish; their connections may be closed.
        if number % 2 == 0 {
            let _ = stream.write_all(b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nX: ");
        }
        crowd.push(stream);
        if number % 100 == 99 {
            is_served(&client, &key);
        }
    }
    let memory = processes::endpoint(&home).memory();
    assert!(memory < MEMORY, "{memory} bytes");
    // All other connections are closed in the end.
    for stream in &mut crowd {
        // A reset counts as an end.
        let _ = stream.read_to_end(&mut Vec::new());
    }
    is_served(&client, &key);
}

/// While nothing is due and no client asks, none of its threads runs.
#[test]
fn nothing_is_done_while_nothing_is_asked() {
    let home = home();
    let client = Client::start(&home);
    is_served(&client, &issued(&home, 0));
    let endpoint = processes::endpoint(&home);
    assert!(endpoint.memory() < MEMORY, "{} bytes", endpoint.memory());
    // First, the last connection ends.
    until("rest", || endpoint.rests_for(Duration::from_secs(3)).then_some(()));
}
