//! Opens the connection for a request: directly or through a proxy, with or without TLS.

use std::fmt;
use std::future::Future;
use std::io;
use std::net::{SocketAddr, ToSocketAddrs};
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};
use std::task::{Context as TaskContext, Poll};
use std::thread;
use std::time::Duration;

use http::header::{HOST, PROXY_AUTHORIZATION};
use http::{HeaderValue, Request, StatusCode, Uri};
use hyper::client::conn::http1;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::client::legacy::connect::dns::Name;
use hyper_util::client::proxy::matcher::Matcher;
use hyper_util::rt::TokioIo;
use rustls::pki_types::ServerName;
use rustls::{CertificateError, ClientConfig};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio_rustls::TlsConnector;
use tower_service::Service;

use super::transport_error::TransportError;
use super::trust::Trust;
use crate::context::Context;
use crate::platform::name_servers;
use crate::variables;

/// A byte stream of any kind.
pub(crate) trait Stream: AsyncRead + AsyncWrite + Unpin + Send {}

impl<T: AsyncRead + AsyncWrite + Unpin + Send> Stream for T {}

/// An open connection.
pub(crate) struct Dialed {
    /// The stream that carries the requests.
    pub stream: Box<dyn Stream>,
    /// Set if a proxy reads the requests. They must then contain the whole URL.
    pub forward: Option<Forward>,
}

/// What the requests must contain for a proxy that reads them.
#[derive(Clone, Debug)]
pub(crate) struct Forward {
    /// `Proxy-Authorization`, marked as sensitive.
    pub authorization: Option<HeaderValue>,
}

/// The server at the far end of a connection.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Origin {
    /// Whether it uses TLS.
    pub https: bool,
    /// The host; an IPv6 address is in brackets.
    pub host: String,
    pub port: u16,
}

impl Origin {
    /// The origin of an absolute URL.
    pub(crate) fn of(uri: &Uri) -> Option<Self> {
        let https = uri.scheme_str()? == "https";
        let port = uri.port_u16().unwrap_or(if https { 443 } else { 80 });
        Some(Self { https, host: uri.host()?.to_owned(), port })
    }
}

impl fmt::Display for Origin {
    /// As in a `Host` header: without the scheme's default port.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let implied = if self.https { 443 } else { 80 };
        if self.port == implied {
            f.write_str(&self.host)
        } else {
            write!(f, "{}:{}", self.host, self.port)
        }
    }
}

/// Which proxy a URL goes through.
#[derive(Debug)]
pub(crate) struct Proxies(Result<Matcher, (&'static str, &'static str)>);

impl Proxies {
    /// `HTTPS_PROXY`, `HTTP_PROXY` and `NO_PROXY`, in upper or lower case. Not `ALL_PROXY`, which
    /// no AWS tool follows.
    pub(crate) fn of_environment(ctx: &Context) -> Self {
        let either = |upper, lower| ctx.var(upper).or_else(|| ctx.var(lower));
        Self::new(
            either(variables::HTTP_PROXY, variables::LOWER_HTTP_PROXY),
            either(variables::HTTPS_PROXY, variables::LOWER_HTTPS_PROXY),
            either(variables::NO_PROXY, variables::LOWER_NO_PROXY),
        )
    }

    fn new(http: Option<String>, https: Option<String>, no: Option<String>) -> Self {
        for (name, value) in [("HTTP_PROXY", &http), ("HTTPS_PROXY", &https)] {
            // The matcher uses no proxy if it cannot read the value.
            if let Some(reason) = value.as_deref().and_then(unusable_proxy) {
                return Self(Err((name, reason)));
            }
        }
        let no = no.unwrap_or_default();
        let exempt: Vec<&str> = no.split(',').map(|entry| below_domain(entry.trim())).collect();
        // The matcher applies `*` only to host names, not to addresses.
        if exempt.contains(&"*") {
            return Self::none();
        }
        let builder = Matcher::builder()
            .http(http.unwrap_or_default())
            .https(https.unwrap_or_default())
            .no(exempt.join(","));
        Self(Ok(builder.build()))
    }

    /// No proxy: for addresses that exist only on this machine.
    pub(crate) fn none() -> Self {
        Self(Ok(Matcher::builder().build()))
    }
}

/// `*.example.com` as the matcher writes it: `.example.com`.
fn below_domain(entry: &str) -> &str {
    entry.strip_prefix('*').filter(|rest| rest.starts_with('.')).unwrap_or(entry)
}

fn unusable_proxy(value: &str) -> Option<&'static str> {
    let address = value.split_once("://").map_or(value, |(_, address)| address);
    // A URL's host ends at these. Here that would be in the middle of the password, and its first part
    // would be shown and looked up.
    if address.split_once(['/', '?', '#']).is_some_and(|(_, rest)| rest.contains('@')) {
        return Some("has a `/`, `?` or `#` in its user name or password");
    }
    let Ok(uri) = value.parse::<Uri>() else {
        return Some("is not a URL");
    };
    match uri.scheme_str() {
        None | Some("http" | "https") if uri.host().is_some() => None,
        Some(scheme) if scheme.starts_with("socks") => {
            Some("names a SOCKS proxy; only HTTP proxies work")
        }
        _ => Some("is not an http or https URL"),
    }
}

/// Opens connections.
#[derive(Debug)]
pub(crate) struct Dialer {
    proxies: Proxies,
    trust: Trust,
    tls: OnceLock<Arc<ClientConfig>>,
}

impl Dialer {
    /// A dialer that has not read the certificates yet.
    pub(crate) fn new(proxies: Proxies, trust: Trust) -> Self {
        Self { proxies, trust, tls: OnceLock::new() }
    }

    /// Opens a connection for requests to `uri`, an absolute URL.
    pub(crate) async fn dial(
        &self,
        origin: &Origin,
        uri: &Uri,
        connect_timeout: Duration,
    ) -> Result<Dialed, TransportError> {
        let matcher = self
            .proxies
            .0
            .as_ref()
            .map_err(|&(variable, reason)| TransportError::ProxySetting { variable, reason })?;
        let Some(proxy) = matcher.intercept(uri) else {
            let tcp = connect(uri, origin.to_string(), connect_timeout).await?;
            let stream = match origin.https {
                true => self.tls(tcp, origin, origin.to_string()).await?,
                false => tcp,
            };
            return Ok(Dialed { stream, forward: None });
        };
        let proxy_origin = Origin::of(proxy.uri()).ok_or(TransportError::ProxySetting {
            variable: "HTTPS_PROXY or HTTP_PROXY",
            reason: "names no host",
        })?;
        let name = format!("the proxy {proxy_origin}");
        let mut stream = connect(proxy.uri(), name.clone(), connect_timeout).await?;
        if proxy_origin.https {
            let tls = self.tls(stream, &proxy_origin, name).await;
            stream = tls.map_err(|e| perhaps_plain(&proxy_origin, e))?;
        }
        let authorization = proxy.basic_auth().cloned();
        if !origin.https {
            return Ok(Dialed { stream, forward: Some(Forward { authorization }) });
        }
        let stream = tunnel(stream, &proxy_origin, origin, authorization).await?;
        Ok(Dialed { stream: self.tls(stream, origin, origin.to_string()).await?, forward: None })
    }

    /// Errors call the other side `host`.
    async fn tls(
        &self,
        stream: Box<dyn Stream>,
        origin: &Origin,
        host: String,
    ) -> Result<Box<dyn Stream>, TransportError> {
        let config = match self.tls.get() {
            Some(config) => Arc::clone(config),
            None => {
                let config = self.trust.tls()?;
                Arc::clone(self.tls.get_or_init(|| config))
            }
        };
        let bare = origin.host.trim_start_matches('[').trim_end_matches(']');
        let name = match ServerName::try_from(bare.to_owned()) {
            Ok(name) => name,
            Err(e) => return Err(TransportError::Tls { host, reason: e.to_string() }),
        };
        match TlsConnector::from(config).connect(name, stream).await {
            Ok(stream) => Ok(Box::new(stream)),
            Err(e) => Err(tls_error(host, &e)),
        }
    }
}

/// Connects to the host's addresses one after the other and, after a moment, in parallel (RFC
/// 8305).
async fn connect(
    uri: &Uri,
    host: String,
    timeout: Duration,
) -> Result<Box<dyn Stream>, TransportError> {
    let resolver = DnsResolver::default();
    let mut connector = HttpConnector::new_with_resolver(resolver.clone());
    connector.enforce_http(false);
    connector.set_nodelay(true);
    let error = match tokio::time::timeout(timeout, connector.call(uri.clone())).await {
        Ok(Ok(stream)) => return Ok(Box::new(stream.into_inner())),
        Ok(Err(error)) => error,
        Err(_elapsed) if resolver.is_asking.load(Ordering::Relaxed) => {
            let reason = format!("no answer within {} s", timeout.as_secs());
            return Err(TransportError::Resolve { host, reason, asked: name_servers::asked() });
        }
        Err(_elapsed) => {
            return Err(TransportError::ConnectTimeout { host, after: timeout });
        }
    };
    Err(match root_cause::<Unresolved>(&error) {
        Some(Unresolved(reason)) => {
            // If the lookup got no thread, it sent no query.
            let asked = reason.raw_os_error().is_none().then(name_servers::asked).flatten();
            TransportError::Resolve { host, reason: io_words(reason), asked }
        }
        None => {
            let cause = root_cause::<io::Error>(&error);
            let reason = cause.map_or_else(|| error.to_string(), io_words);
            TransportError::Connect { host, reason }
        }
    })
}

/// The system's message, without `(os error 111)`.
fn io_words(error: &io::Error) -> String {
    let words = error.to_string();
    words.split(" (os error").next().unwrap_or_default().to_owned()
}

fn root_cause<'a, E: std::error::Error + 'static>(
    error: &'a (dyn std::error::Error + 'static),
) -> Option<&'a E> {
    std::iter::successors(Some(error), |e| e.source()).find_map(|e| e.downcast_ref())
}

fn tls_error(host: String, error: &io::Error) -> TransportError {
    match error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>()) {
        Some(rustls::Error::InvalidCertificate(reason)) => {
            TransportError::Certificate { host, reason: certificate_words(reason) }
        }
        Some(reason @ rustls::Error::InvalidMessage(_)) => {
            TransportError::NotTls { host, reason: reason.to_string() }
        }
        Some(reason) => TransportError::Tls { host, reason: reason.to_string() },
        None if error.kind() == io::ErrorKind::UnexpectedEof
            || error.kind() == io::ErrorKind::ConnectionReset =>
        {
            TransportError::Dropped { host }
        }
        None => TransportError::Tls { host, reason: io_words(error) },
    }
}

/// The error for a proxy given as `https://...`. Most proxies speak TLS only with the server behind
/// them. The error suggests `http://` only if the proxy certainly doesn't speak TLS, because others
/// could read the password on the way.
fn perhaps_plain(proxy: &Origin, error: TransportError) -> TransportError {
    let Origin { host, port, .. } = proxy;
    match error {
        TransportError::NotTls { .. } => TransportError::Proxy {
            proxy: proxy.to_string(),
            reason: format!("does not speak TLS: write it as `http://{host}:{port}`"),
        },
        TransportError::Dropped { host } => TransportError::Unsent {
            host: format!("{host}, which may expect `http://` instead of `https://`,"),
        },
        other => other,
    }
}

fn certificate_words(reason: &CertificateError) -> String {
    match reason {
        CertificateError::UnknownIssuer => "it was issued by an untrusted authority".into(),
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => {
            "it has expired, or the clock is wrong".into()
        }
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
            "it is not valid yet, or the clock is wrong".into()
        }
        other => other.to_string(),
    }
}

/// Asks the proxy at the other end of `stream` to connect to `origin`.
async fn tunnel(
    stream: Box<dyn Stream>,
    proxy: &Origin,
    origin: &Origin,
    authorization: Option<HeaderValue>,
) -> Result<Box<dyn Stream>, TransportError> {
    let refused = |reason: String| TransportError::Proxy {
        proxy: proxy.to_string(),
        reason: format!("did not connect to {}: {reason}", origin.host),
    };
    let failed = |error: hyper::Error| refused(error.to_string());
    let target = format!("{}:{}", origin.host, origin.port);
    let mut request = Request::connect(&target).header(HOST, &target);
    if let Some(authorization) = authorization {
        request = request.header(PROXY_AUTHORIZATION, authorization);
    }
    let request = request.body(String::new()).map_err(|error| refused(error.to_string()))?;
    let (mut sender, driver) = http1::handshake(TokioIo::new(stream)).await.map_err(failed)?;
    // Errors of the driver reach the sender too.
    tokio::spawn(async move { drop(driver.with_upgrades().await) });
    let answer = sender.send_request(request).await.map_err(failed)?;
    match answer.status() {
        status if status.is_success() => {}
        StatusCode::PROXY_AUTHENTICATION_REQUIRED => {
            return Err(refused("it requires a user name and password (HTTP 407)".into()));
        }
        status => return Err(refused(format!("it answered HTTP {}", status.as_u16()))),
    }
    let stream = hyper::upgrade::on(answer).await.map_err(failed)?;
    Ok(Box::new(TokioIo::new(stream)))
}

/// The system's resolver. Its errors have a type of their own, which no other error has.
#[derive(Clone, Default)]
struct DnsResolver {
    is_asking: Arc<AtomicBool>,
}

#[derive(Debug)]
struct Unresolved(io::Error);

impl fmt::Display for Unresolved {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl std::error::Error for Unresolved {}

/// The runtime has threads for this too, but panics if it cannot start one.
async fn addresses(name: Name) -> io::Result<std::vec::IntoIter<SocketAddr>> {
    let (sender, receiver) = tokio::sync::oneshot::channel();
    thread::Builder::new().name("resolver".into()).spawn(move || {
        // After the timeout nobody receives it.
        let _ = sender.send((name.as_str(), 0).to_socket_addrs());
    })?;
    receiver.await.unwrap_or_else(|_| Err(io::ErrorKind::BrokenPipe.into()))
}

impl Service<Name> for DnsResolver {
    type Response = std::vec::IntoIter<SocketAddr>;
    type Error = Unresolved;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Unresolved>> + Send>>;

    fn poll_ready(&mut self, _: &mut TaskContext<'_>) -> Poll<Result<(), Unresolved>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, name: Name) -> Self::Future {
        let is_asking = Arc::clone(&self.is_asking);
        Box::pin(async move {
            is_asking.store(true, Ordering::Relaxed);
            let found = addresses(name).await.map_err(Unresolved);
            is_asking.store(false, Ordering::Relaxed);
            found
        })
    }
}
