//! A small HTTP client, and requests that many tests send.

use aws_credential_types::Credentials;
use aws_sigv4::http_request::{SignableBody, SignableRequest, SigningSettings, sign};
use aws_sigv4::sign::v4;
use fake_aws::FakeAws;
use serde_json::Value;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::{Duration, SystemTime};

/// An answer.
#[derive(Debug)]
pub struct Reply {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: String,
}

impl Reply {
    pub fn header(&self, name: &str) -> &str {
        let found = self.headers.iter().find(|(key, _)| key.eq_ignore_ascii_case(name));
        found.map_or("", |(_, value)| value)
    }

    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|_| panic!("not JSON: {self:?}"))
    }

    /// The text of the first element of that name.
    pub fn xml(&self, element: &str) -> String {
        let start = format!("<{element}>");
        let after = self.body.split_once(&start).unwrap_or_else(|| panic!("{element}: {self:?}")).1;
        after.split_once('<').expect("an end").0.to_owned()
    }

    /// The error code of an STS answer, or an empty text.
    pub fn code(&self) -> String {
        if self.body.contains("<Code>") { self.xml("Code") } else { String::new() }
    }
}

pub type Headers<'a> = &'a [(&'a str, &'a str)];

/// The address without the scheme, and the path before every service.
pub fn address(url: &str) -> (String, String) {
    let rest = url.split_once("://").expect("a scheme").1;
    let (host, path) = rest.split_once('/').unwrap_or((rest, ""));
    (host.to_owned(), if path.is_empty() { String::new() } else { format!("/{path}") })
}

/// Whatever comes back until the connection ends.
pub fn raw(url: &str, method: &str, path: &str, headers: Headers<'_>, body: &str) -> Vec<u8> {
    let (host, prefix) = address(url);
    let mut stream = TcpStream::connect(&host).expect("a connection");
    stream.set_read_timeout(Some(Duration::from_secs(10))).expect("a timeout");
    let mut head = format!("{method} {prefix}{path} HTTP/1.1\r\nconnection: close\r\n");
    if !headers.iter().any(|(name, _)| *name == "host") {
        head.push_str(&format!("host: {host}\r\n"));
    }
    for (name, value) in headers {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    head.push_str(&format!("content-length: {}\r\n\r\n{body}", body.len()));
    stream.write_all(head.as_bytes()).expect("a request");
    let mut bytes = Vec::new();
    // A cut connection may end in an error; only what came before matters.
    let _ = stream.read_to_end(&mut bytes);
    bytes
}

pub fn send(url: &str, method: &str, path: &str, headers: Headers<'_>, body: &str) -> Reply {
    let bytes = raw(url, method, path, headers, body);
    read(&bytes).unwrap_or_else(|| panic!("no answer: {:?}", String::from_utf8_lossy(&bytes)))
}

/// Parses an answer with a known length.
pub fn read(bytes: &[u8]) -> Option<Reply> {
    let text = String::from_utf8_lossy(bytes);
    let (head, body) = text.split_once("\r\n\r\n")?;
    let mut lines = head.split("\r\n");
    let status = lines.next()?.split(' ').nth(1)?.parse().ok()?;
    let headers = lines
        .filter_map(|line| line.split_once(": "))
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect();
    Some(Reply { status, headers, body: body.to_owned() })
}

pub const TOKEN: &str = "aoaFAKEtoken-of-a-test";
pub const HOUR: Duration = Duration::from_secs(3600);

/// A GET to the portal with [`TOKEN`].
pub fn portal(fake: &FakeAws, path: &str) -> Reply {
    send(&fake.url(), "GET", path, &[("x-amz-sso_bearer_token", TOKEN)], "")
}

/// A JSON POST to SSO-OIDC.
pub fn oidc(fake: &FakeAws, path: &str, body: &Value) -> Reply {
    let headers = [("content-type", "application/json")];
    send(&fake.url(), "POST", path, &headers, &body.to_string())
}

/// The keys of (account, role), through the portal.
pub fn role_keys(fake: &FakeAws, account: &str, role: &str) -> Credentials {
    fake.add_token(TOKEN, HOUR);
    let path = format!("/federation/credentials?role_name={role}&account_id={account}");
    let reply = portal(fake, &path);
    assert_eq!(reply.status, 200, "{reply:?}");
    let keys = &reply.json()["roleCredentials"];
    let text = |name: &str| keys[name].as_str().expect("text").to_owned();
    let token = Some(text("sessionToken"));
    Credentials::new(text("accessKeyId"), text("secretAccessKey"), token, None, "test")
}

/// The keys in an STS answer.
pub fn xml_keys(reply: &Reply) -> Credentials {
    assert_eq!(reply.status, 200, "{reply:?}");
    let token = Some(reply.xml("SessionToken"));
    Credentials::new(reply.xml("AccessKeyId"), reply.xml("SecretAccessKey"), token, None, "test")
}

/// A request that can be changed before or after it is signed.
#[derive(Debug, Clone)]
pub struct Call {
    pub method: &'static str,
    pub path: String,
    pub body: String,
    pub region: &'static str,
    pub service: &'static str,
    pub time: SystemTime,
    pub headers: Vec<(String, String)>,
}

impl Call {
    pub fn post(body: &str) -> Self {
        Self {
            method: "POST",
            path: "/".to_owned(),
            body: format!("{body}&Version=2011-06-15"),
            region: "eu-west-1",
            service: "sts",
            time: now(),
            headers: vec![(
                "content-type".to_owned(),
                "application/x-www-form-urlencoded; charset=utf-8".to_owned(),
            )],
        }
    }

    /// Adds the signature's headers.
    pub fn sign(mut self, fake: &FakeAws, keys: &Credentials) -> Self {
        let (host, prefix) = address(&fake.url());
        self.headers.push(("host".to_owned(), host.clone()));
        let identity = keys.clone().into();
        let params = v4::SigningParams::builder()
            .identity(&identity)
            .region(self.region)
            .name(self.service)
            .time(self.time)
            .settings(SigningSettings::default())
            .build()
            .expect("parameters")
            .into();
        let url = format!("http://{host}{prefix}{}", self.path);
        let headers = self.headers.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        let body = SignableBody::Bytes(self.body.as_bytes());
        let request = SignableRequest::new(self.method, url, headers, body).expect("a request");
        let (instructions, _) = sign(request, &params).expect("a signature").into_parts();
        for (name, value) in instructions.headers() {
            self.headers.push((name.to_owned(), value.to_owned()));
        }
        self
    }

    pub fn set(mut self, name: &str, value: &str) -> Self {
        self.headers.retain(|(key, _)| key != name);
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    pub fn header(&self, name: &str) -> String {
        let found = self.headers.iter().find(|(key, _)| key == name);
        found.unwrap_or_else(|| panic!("{name}: {self:?}")).1.clone()
    }

    pub fn send(&self, fake: &FakeAws) -> Reply {
        let headers: Vec<_> = self.headers.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
        send(&fake.url(), self.method, &self.path, &headers, &self.body)
    }
}

/// A signed STS call.
pub fn sts(fake: &FakeAws, keys: &Credentials, body: &str) -> Reply {
    Call::post(body).sign(fake, keys).send(fake)
}

#[expect(clippy::disallowed_methods, reason = "requests are signed with the time of the test")]
pub fn now() -> SystemTime {
    SystemTime::now()
}
