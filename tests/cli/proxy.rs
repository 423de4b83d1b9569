//! Proxies, and what needs none.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

use crate::network::{fails, home, tls};

/// A proxy that requires `user:FAKEsecret` and records the first line of each request.
pub(crate) struct Proxy {
    pub address: String,
    seen: Arc<Mutex<Vec<String>>>,
}

impl Proxy {
    pub(crate) fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("an address").to_string();
        let seen = Arc::new(Mutex::new(Vec::new()));
        let notes = Arc::clone(&seen);
        thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let notes = Arc::clone(&notes);
                thread::spawn(move || serve(stream, &notes));
            }
        });
        Self { address, seen }
    }

    pub(crate) fn seen(&self) -> Vec<String> {
        std::mem::take(&mut *self.seen.lock().expect("a list"))
    }
}

/// One connection of a proxy.
fn serve(client: TcpStream, notes: &Mutex<Vec<String>>) -> Option<()> {
    let mut reader = BufReader::new(client.try_clone().ok()?);
    let head = head(&mut reader)?;
    let first = head.lines().next()?.to_owned();
    notes.lock().ok()?.push(first.clone());
    let mut client = client;
    // user:FAKEsecret
    if !head.contains("Basic dXNlcjpGQUtFc2VjcmV0") {
        let answer = "HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n";
        return client.write_all(answer.as_bytes()).ok();
    }
    let target = first.split(' ').nth(1)?;
    let host = target.trim_start_matches("http://").split('/').next()?;
    let mut server = TcpStream::connect(host).ok()?;
    if first.starts_with("CONNECT") {
        client.write_all(b"HTTP/1.1 200 OK\r\n\r\n").ok()?;
    } else {
        let path = target.trim_start_matches("http://").trim_start_matches(host);
        server.write_all(head.replacen(target, path, 1).as_bytes()).ok()?;
    }
    let (mut to_client, mut from_server) = (client, server.try_clone().ok()?);
    thread::spawn(move || copy(&mut from_server, &mut to_client));
    copy(&mut reader, &mut server)
}

/// The first line and the headers of a request.
fn head(from: &mut impl BufRead) -> Option<String> {
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        (from.read_line(&mut head).ok()? > 0).then_some(())?;
    }
    Some(head)
}

fn copy(from: &mut impl Read, to: &mut TcpStream) -> Option<()> {
    std::io::copy(from, to).ok()?;
    to.shutdown(std::net::Shutdown::Write).ok()
}

#[test]
fn https_goes_through_a_tunnel() {
    let (home, proxy) = (tls(), Proxy::start());
    let host = home.aws().url().replace("https://", "");
    let home = home.env("AWS_CA_BUNDLE", "ca.pem");
    let with = format!("http://user:FAKEsecret@{}", proxy.address);
    for name in ["HTTPS_PROXY", "https_proxy"] {
        home.run(["-p", "dev", "--no-cache", "export"]).env(name, &with).succeeds();
        assert_eq!(proxy.seen(), [format!("CONNECT {host} HTTP/1.1")]);
    }
    // Not for hosts that need no proxy, nor for plain http.
    for (name, value) in [("NO_PROXY", "example.com, 127.0.0.0/8"), ("no_proxy", "*")] {
        home.run(["-p", "dev", "--no-cache", "export"])
            .env("HTTPS_PROXY", &with)
            .env(name, value)
            .succeeds();
    }
    home.run(["-p", "dev", "--no-cache", "export"]).env("HTTP_PROXY", &with).succeeds();
    assert_eq!(proxy.seen(), [""; 0]);
    let without = format!("http://{}", proxy.address);
    let output =
        home.run(["-p", "dev", "--no-cache", "export"]).env("HTTPS_PROXY", without).output();
    fails(
        &output,
        6,
        "did not connect to 127.0.0.1: it requires a user name and password (HTTP 407)\nhint: \
         check HTTPS_",
    );
}

/// If a proxy refuses, its status is named, but not its page.
#[test]
fn what_a_proxy_answers_is_named() {
    for status in [403, 502, 503] {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("an address");
        let answers = thread::spawn(move || {
            let (mut client, _) = listener.accept().expect("a connection");
            let head = head(&mut BufReader::new(&client)).expect("a head");
            let page = "<html>no, FAKEsecret</html>";
            let length = page.len();
            let answer = format!("HTTP/1.1 {status} No\r\nContent-Length: {length}\r\n\r\n{page}");
            client.write_all(answer.as_bytes()).expect("an answer");
            head
        });
        let home = tls().env("AWS_CA_BUNDLE", "ca.pem");
        let host = home.aws().url().replace("https://", "");
        let run = home.run(["-p", "dev", "export"]);
        let output = run.env("HTTPS_PROXY", format!("http://{address}")).output();
        let words = format!(
            "the proxy {address} did not connect to 127.0.0.1: it answered HTTP {status}\nhint: \
             check HTTPS_PROXY, HTTP_PROXY and NO_PROXY\n"
        );
        fails(&output, 6, &words);
        let head = answers.join().expect("a request");
        assert_eq!(head, format!("CONNECT {host} HTTP/1.1\r\nhost: {host}\r\n\r\n"));
    }
}

#[test]
fn plain_http_goes_to_the_proxy() {
    let (home, proxy) = (home(), Proxy::start());
    let host = home.aws().url();
    let with = format!("http://user:FAKEsecret@{}", proxy.address);
    home.run(["-p", "dev", "export"]).env("HTTP_PROXY", with).succeeds();
    let request = format!(
        "GET {host}/federation/credentials?role_name=Admin&account_id=123456789012 HTTP/1.1"
    );
    assert_eq!(proxy.seen(), [request]);
}

#[test]
fn proxies_that_cannot_be_used() {
    let home = home();
    for (value, code, words) in [
        ("socks5://127.0.0.1:9", 4, "HTTP_PROXY names a SOCKS proxy; only HTTP proxies work\n"),
        ("http://a b", 4, "HTTP_PROXY is not a URL\n"),
        ("http://CORP\\user:x@127.0.0.1:9", 4, "HTTP_PROXY is not a URL\n"),
        ("127.0.0.1:9", 6, "cannot connect to the proxy 127.0.0.1:9: Connection refused\n"),
    ] {
        fails(&home.run(["-p", "dev", "export"]).env("HTTP_PROXY", value).output(), code, words);
    }
}

/// A `#` or a slash in a password would end the host's name in the middle of the password.
#[test]
fn passwords_that_are_not_encoded_are_neither_shown_nor_looked_up() {
    let home = home();
    let words = "failed: HTTP_PROXY has a `/`, `?` or `#` in its user name or password\n\
                 hint: write it as `http://[USER:PASSWORD@]HOST:PORT`, with special characters \
                 percent-encoded (`%23` for `#`)\n";
    for start in ["http://user:", "https://user:", "user:"] {
        for password in ["12#FAKEsecret", "FAKE/secret", "12?FAKE", "p@FAKEsecret#x", "1/2"] {
            let proxy = format!("{start}{password}@127.0.0.1:9");
            let output = home.run(["-p", "dev", "export"]).env("HTTP_PROXY", proxy).output();
            fails(&output, 4, words);
            assert!(!output.stderr.contains("FAKE"), "{}", output.stderr);
        }
    }
}

/// As Go, Node.js and Java programs read it.
#[test]
fn a_star_stands_for_every_name_below_a_domain() {
    let (home, proxy) = (home(), Proxy::start());
    let with = format!("http://user:FAKEsecret@{}", proxy.address);
    let url = home.aws().url().replace("127.0.0.1", "aws.localhost");
    for (value, is_proxied) in [
        ("example.com,  *.localhost", false),
        (".localhost", false),
        ("*.example.com", true),
        ("*ocalhost", true),
    ] {
        let run = home.run(["-p", "dev", "--no-cache", "export"]).env("AWS_ENDPOINT_URL", &url);
        run.env("HTTP_PROXY", &with).env("NO_PROXY", value).output();
        assert_eq!(!proxy.seen().is_empty(), is_proxied, "{value}");
    }
}

/// `https://` in a proxy's URL means TLS to the proxy itself, and most proxies expect plain HTTP.
#[test]
fn a_proxy_that_does_not_speak_tls() {
    let error = "the proxy ADDRESS does not speak TLS: write it as `http://ADDRESS`\nhint: check HTTPS_PROXY";
    answered_in_tls(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n", error);
    let error = "the proxy ADDRESS, which may expect `http://` instead of `https://`, closed the connection before the \
                 request was sent\nhint: try again; ";
    answered_in_tls(b"", error);
}

/// Without TLS, the password for the proxy could be read on the way, so nobody is told to leave it
/// out for another reason.
#[test]
fn a_proxy_that_speaks_tls_but_refuses() {
    let handshake_failure = b"\x15\x03\x03\0\x02\x02\x28";
    answered_in_tls(
        handshake_failure,
        "no TLS connection to the proxy ADDRESS: received fatal alert: ",
    );
}

/// What is said of a proxy at `https://ADDRESS` that gives this answer to the first words of TLS.
#[track_caller]
fn answered_in_tls(answer: &'static [u8], error: &str) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address").to_string();
    thread::spawn(move || {
        while let Ok((mut client, _)) = listener.accept() {
            let _ = client.read(&mut [0; 4096]);
            let _ = client.write_all(answer);
        }
    });
    let home = tls().env("AWS_CA_BUNDLE", "ca.pem");
    let run = home.run(["-p", "dev", "export"]);
    let output = run.env("HTTPS_PROXY", format!("https://{address}")).output();
    fails(&output, 6, &error.replace("ADDRESS", &address));
}
