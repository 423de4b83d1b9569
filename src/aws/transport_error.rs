//! What can go wrong before the answer is complete.

use std::error::Error as StdError;
use std::fmt;
use std::time::Duration;

use aws_smithy_runtime_api::client::result::ConnectorError;

use crate::error::Kind;
use crate::platform::IS_WINDOWS;

/// Why a request got no answer. Hosts are `host` or `host:port`, never a whole URL.
#[derive(Clone, Debug)]
pub(crate) enum TransportError {
    /// The host's name could not be resolved.
    Resolve {
        host: String,
        /// The system's message.
        reason: String,
        /// The name servers that this program itself asked.
        asked: Option<String>,
    },
    /// The TCP connection failed.
    Connect {
        host: String,
        /// The system's message.
        reason: String,
    },
    /// The TCP connection took too long.
    ConnectTimeout {
        host: String,
        /// How long it tried.
        after: Duration,
    },
    /// The host's certificate is not trusted.
    Certificate {
        host: String,
        /// What is wrong with the certificate.
        reason: String,
    },
    /// TLS failed for another reason.
    Tls {
        host: String,
        /// The TLS library's message.
        reason: String,
    },
    /// The other side answers in another protocol than TLS.
    NotTls {
        host: String,
        /// The TLS library's message.
        reason: String,
    },
    /// The trusted certificates cannot be read: a fault of the configuration, not of the network.
    TrustRoots {
        /// What is wrong.
        reason: String,
        /// How to fix it, if the reason doesn't say so.
        hint: Option<&'static str>,
    },
    /// The proxy failed.
    Proxy {
        /// The proxy's host.
        proxy: String,
        /// What went wrong.
        reason: String,
    },
    /// The proxy setting is invalid: a fault of the configuration, not of the network.
    ProxySetting {
        /// The variable that sets it.
        variable: &'static str,
        /// What is wrong with its value.
        reason: &'static str,
    },
    /// The answer did not arrive completely in time.
    Timeout {
        host: String,
        /// How long it waited.
        after: Duration,
    },
    /// The host's request quota is used up for longer than the caller is willing to wait.
    QuotaUsedUp {
        host: String,
        /// How long the queue is.
        queue: Duration,
    },
    /// The connection ended before the request was sent.
    Unsent { host: String },
    /// The connection ended before the answer was complete.
    Dropped { host: String },
    /// The answer is not HTTP, or is longer than any service sends.
    Malformed {
        host: String,
        /// What is wrong with the answer.
        reason: String,
    },
}

impl TransportError {
    /// The kind of failure, which decides the exit code.
    pub(crate) fn kind(&self) -> Kind {
        match self {
            TransportError::TrustRoots { .. } => Kind::UnreadableFile,
            TransportError::ProxySetting { .. } => Kind::InvalidSetting,
            _ => Kind::Network,
        }
    }

    /// Whether no part of the request can have reached the service.
    pub(super) fn is_unsent(&self) -> bool {
        match self {
            TransportError::Resolve { .. }
            | TransportError::Connect { .. }
            | TransportError::ConnectTimeout { .. }
            | TransportError::Certificate { .. }
            | TransportError::Tls { .. }
            | TransportError::NotTls { .. }
            | TransportError::TrustRoots { .. }
            | TransportError::Proxy { .. }
            | TransportError::ProxySetting { .. }
            | TransportError::QuotaUsedUp { .. }
            | TransportError::Unsent { .. } => true,
            TransportError::Timeout { .. }
            | TransportError::Dropped { .. }
            | TransportError::Malformed { .. } => false,
        }
    }

    /// How to fix it, as far as that is clear without knowing the request.
    pub(crate) fn hint(&self) -> Option<&'static str> {
        match self {
            TransportError::Resolve { asked: Some(_), .. } => Some(
                "check the network, the VPN and HTTPS_PROXY. This build resolves names only \
                 through DNS and /etc/hosts; for other sources (/etc/nsswitch.conf), use the glibc \
                 build",
            ),
            TransportError::Resolve { asked: None, .. }
            | TransportError::Connect { .. }
            | TransportError::ConnectTimeout { .. } => {
                Some("check the network, the VPN and HTTPS_PROXY")
            }
            TransportError::Certificate { .. } => Some(if IS_WINDOWS {
                "if your organisation's proxy inspects TLS, set AWS_CA_BUNDLE (or `ca_bundle` \
                 in the profile) to the file with its certificate. Windows fetches root certificates \
                 when a browser first needs them: open the address in a browser"
            } else {
                "if your organisation's proxy inspects TLS, set AWS_CA_BUNDLE (or `ca_bundle` \
                 in the profile) to the file with its certificate"
            }),
            TransportError::QuotaUsedUp { .. } => {
                Some("wait that long, or ask for fewer roles at once")
            }
            TransportError::Proxy { .. } => Some("check HTTPS_PROXY, HTTP_PROXY and NO_PROXY"),
            TransportError::ProxySetting { .. } => Some(
                "write it as `http://[USER:PASSWORD@]HOST:PORT`, with special characters \
                 percent-encoded (`%23` for `#`)",
            ),
            TransportError::Timeout { .. }
            | TransportError::Unsent { .. }
            | TransportError::Dropped { .. } => {
                Some("try again; if that does not help, check the network, the VPN and HTTPS_PROXY")
            }
            TransportError::Tls { .. }
            | TransportError::NotTls { .. }
            | TransportError::Malformed { .. } => {
                Some("check the endpoint and proxy settings: a different server may be answering")
            }
            TransportError::TrustRoots { hint, .. } => *hint,
        }
    }

    /// In the form the SDK's retry strategy expects: `io` or `timeout` if a second attempt may
    /// help.
    pub(crate) fn into_connector_error(self) -> ConnectorError {
        match self {
            TransportError::Timeout { .. } | TransportError::ConnectTimeout { .. } => {
                ConnectorError::timeout(self.into())
            }
            TransportError::Resolve { .. }
            | TransportError::Connect { .. }
            | TransportError::Unsent { .. }
            | TransportError::Dropped { .. } => ConnectorError::io(self.into()),
            TransportError::Certificate { .. }
            | TransportError::Tls { .. }
            | TransportError::NotTls { .. }
            | TransportError::TrustRoots { .. }
            | TransportError::Proxy { .. }
            | TransportError::ProxySetting { .. }
            | TransportError::QuotaUsedUp { .. }
            | TransportError::Malformed { .. } => ConnectorError::other(self.into(), None),
        }
    }
}

impl fmt::Display for TransportError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            TransportError::Resolve { host, reason, asked } => {
                write!(f, "the address of {host} cannot be found: {reason}")?;
                asked.iter().try_for_each(|servers| write!(f, " (asked: {servers})"))
            }
            TransportError::Connect { host, reason } => {
                write!(f, "cannot connect to {host}: {reason}")
            }
            TransportError::ConnectTimeout { host, after } => {
                write!(f, "cannot connect to {host} within {} s", after.as_secs())
            }
            TransportError::Certificate { host, reason } => {
                write!(f, "the certificate of {host} is not trusted: {reason}")
            }
            TransportError::Tls { host, reason } | TransportError::NotTls { host, reason } => {
                write!(f, "no TLS connection to {host}: {reason}")
            }
            TransportError::TrustRoots { reason, .. } => f.write_str(reason),
            TransportError::Proxy { proxy, reason } => write!(f, "the proxy {proxy} {reason}"),
            TransportError::ProxySetting { variable, reason } => write!(f, "{variable} {reason}"),
            TransportError::Timeout { host, after } => {
                write!(f, "no complete answer from {host} within {} s", after.as_secs())
            }
            TransportError::QuotaUsedUp { host, queue } => {
                let seconds = queue.as_secs() + 1;
                write!(f, "the request quota of {host} is used up for the next {seconds} s")
            }
            TransportError::Unsent { host } => {
                write!(f, "{host} closed the connection before the request was sent")
            }
            TransportError::Dropped { host } => {
                write!(f, "{host} closed the connection before its answer was complete")
            }
            TransportError::Malformed { host, reason } => {
                write!(f, "unexpected answer from {host}: {reason}")
            }
        }
    }
}

impl StdError for TransportError {}
