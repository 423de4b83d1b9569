//! Signs in as a user would: starts ssowrap, reads its messages, opens pages, and sees how it ends.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::thread;

use fake_aws::MARKERS;

use crate::support::{Run, TIMEOUT};

/// A login in progress. It is killed when this is dropped.
pub(crate) struct SigningIn {
    child: Child,
    lines: Receiver<String>,
    said: String,
}

impl SigningIn {
    /// Starts it.
    pub(crate) fn start(run: Run<'_>) -> Self {
        let mut command = run.into_command();
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("the program starts");
        let stderr = BufReader::new(child.stderr.take().expect("piped"));
        let (sender, lines) = mpsc::channel();
        thread::spawn(move || {
            stderr.lines().map_while(Result::ok).try_for_each(|l| sender.send(l))
        });
        Self { child, lines, said: String::new() }
    }

    /// Its process id.
    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Waits for a line with this start, and returns it.
    pub(crate) fn line(&mut self, start: &str) -> String {
        loop {
            let line = self.lines.recv_timeout(TIMEOUT);
            let line = line.unwrap_or_else(|e| panic!("no {start:?} ({e}) in {:?}", self.said));
            self.said.push_str(&line);
            self.said.push('\n');
            if line.starts_with(start) {
                return line;
            }
        }
    }

    /// The URL it shows.
    pub(crate) fn url(&mut self) -> String {
        self.line("http")
    }

    /// The address that the browser returns to, taken from the URL.
    pub(crate) fn callback(url: &str) -> String {
        let (_, rest) = url.split_once("redirect_uri=").expect("a redirect URI");
        let uri = rest.split('&').next().expect("a value");
        uri.replace("%3A", ":").replace("%2F", "/")
    }

    /// Presses Ctrl-C.
    pub(crate) fn interrupt(&self) {
        self.signal("INT");
    }

    /// Sends it a signal.
    pub(crate) fn signal(&self, name: &str) {
        let kill = Command::new("kill").args(["-s", name, &self.pid().to_string()]).status();
        assert!(kill.is_ok_and(|status| status.success()));
    }

    /// Waits until it ends. Returns the exit code and all messages. There is never anything on
    /// stdout, and no secret on stderr.
    pub(crate) fn ends(self) -> (Option<i32>, String) {
        let (code, said, stdout) = self.ends_with_data();
        assert_eq!(stdout, "");
        (code, said)
    }

    /// The same for a command that continues after the login. Also returns its output.
    pub(crate) fn ends_with_data(mut self) -> (Option<i32>, String, String) {
        loop {
            match self.lines.recv_timeout(TIMEOUT) {
                Ok(line) => self.said.extend([line.as_str(), "\n"]),
                Err(mpsc::RecvTimeoutError::Disconnected) => break,
                Err(e) => panic!("it does not end ({e}): {:?}", self.said),
            }
        }
        let status = self.child.wait().expect("own child");
        let mut stdout = String::new();
        let mut pipe = self.child.stdout.take().expect("piped");
        pipe.read_to_string(&mut stdout).expect("text");
        let said = std::mem::take(&mut self.said);
        for marker in MARKERS {
            assert!(!said.contains(marker), "a secret ({marker}) on stderr:\n{said}");
        }
        (status.code(), said, stdout)
    }
}

impl Drop for SigningIn {
    fn drop(&mut self) {
        // It may have ended long ago.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A server's answer.
pub(crate) struct Page {
    pub status: u16,
    head: String,
    pub body: String,
}

impl Page {
    /// A header, by its name in lower case.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().find_map(|line| {
            let (found, value) = line.split_once(": ")?;
            found.eq_ignore_ascii_case(name).then_some(value)
        })
    }
}

/// Host and port, and the rest, of an http URL.
fn parts(url: &str) -> (&str, &str) {
    let rest = url.strip_prefix("http://").expect("an http URL");
    rest.split_at(rest.find('/').unwrap_or(rest.len()))
}

/// Connects to the server of a URL.
pub(super) fn connect(url: &str) -> TcpStream {
    let stream = TcpStream::connect(parts(url).0).expect("somebody listens");
    stream.set_read_timeout(Some(TIMEOUT)).expect("a timeout");
    stream
}

/// Sends a request with these additional headers and reads the answer.
pub(crate) fn ask(method: &str, url: &str, headers: &str) -> Page {
    let (host, path) = parts(url);
    let mut stream = connect(url);
    let request = format!("{method} {path} HTTP/1.1\r\nHost: {host}\r\n{headers}\r\n");
    stream.write_all(request.as_bytes()).expect("the request goes out");
    answer(stream)
}

/// Reads a connection's answer to the end.
pub(super) fn answer(stream: TcpStream) -> Page {
    let mut reader = BufReader::new(stream);
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        let read = reader.read_line(&mut head).expect("a head");
        assert_ne!(read, 0, "an answer that breaks off: {head:?}");
    }
    let status = head.split(' ').nth(1).and_then(|s| s.parse().ok()).expect("a status");
    let mut page = Page { status, head, body: String::new() };
    let length = page.header("content-length").map(|length| length.parse().expect("a number"));
    let mut body = Vec::new();
    reader.take(length.unwrap_or(0)).read_to_end(&mut body).expect("a body");
    page.body = String::from_utf8(body).expect("text");
    page
}

/// Opens a URL as a browser does, up to the final page.
pub(crate) fn open(url: &str) -> Page {
    let page = ask("GET", url, "");
    match page.header("location") {
        Some(next) => open(next),
        None => page,
    }
}

/// Where a page redirects the browser to.
pub(super) fn sent_to(url: &str) -> String {
    ask("GET", url, "").header("location").expect("a redirect").to_owned()
}
