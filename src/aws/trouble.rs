//! What can go wrong between here and the first byte of an answer.

use std::error::Error as StdError;
use std::fmt;
use std::time::Duration;

use aws_smithy_runtime_api::client::result::ConnectorError;

use crate::error::Kind;

/// Why a request got no answer. Hosts in it are `host` or `host:port`, never a whole URL.
#[derive(Clone, Debug)]
pub(crate) enum Trouble {
    /// The name of a host has no address.
    Resolve {
        /// The host.
        host: String,
        /// What the system says.
        reason: String,
    },
    /// No TCP connection.
    Connect {
        /// The host.
        host: String,
        /// What the system says.
        reason: String,
    },
    /// No TCP connection in time.
    ConnectTimeout {
        /// The host.
        host: String,
        /// How long it was tried.
        after: Duration,
    },
    /// The certificate of the host is not one to trust.
    Certificate {
        /// The host.
        host: String,
        /// What is wrong with it.
        reason: String,
    },
    /// TLS failed for another reason.
    Tls {
        /// The host.
        host: String,
        /// What TLS says.
        reason: String,
    },
    /// The certificates to trust cannot be read: nothing of the network, but of the configuration.
    TrustRoots(String),
    /// The proxy does not do its part.
    Proxy {
        /// The proxy's host.
        proxy: String,
        /// What is wrong.
        reason: String,
    },
    /// No proxy can be found by what is set: nothing of the network, but of the configuration.
    ProxySetting {
        /// The variable.
        variable: &'static str,
        /// What is wrong with its value.
        reason: &'static str,
    },
    /// No complete answer in time.
    Timeout {
        /// The host.
        host: String,
        /// How long it was waited for.
        after: Duration,
    },
    /// The connection ended before the answer was complete.
    Dropped {
        /// The host.
        host: String,
    },
    /// The answer is not HTTP, or more of it than any service sends.
    Malformed {
        /// The host.
        host: String,
        /// What is wrong with it.
        reason: String,
    },
}

impl Trouble {
    /// The class of the failure; decides the exit code.
    pub(crate) fn kind(&self) -> Kind {
        match self {
            Trouble::TrustRoots(_) => Kind::UnreadableFile,
            Trouble::ProxySetting { .. } => Kind::InvalidSetting,
            _ => Kind::Network,
        }
    }

    /// What mends it, as far as one can tell without knowing the request.
    pub(crate) fn hint(&self) -> Option<&'static str> {
        match self {
            Trouble::Resolve { .. } | Trouble::Connect { .. } | Trouble::ConnectTimeout { .. } => {
                Some("check the network, the VPN and HTTPS_PROXY")
            }
            Trouble::Certificate { .. } => Some(
                "if a proxy of your organisation inspects TLS, set AWS_CA_BUNDLE (or `ca_bundle` \
                 in the profile) to the file with its certificate",
            ),
            Trouble::Proxy { .. } => Some("check HTTPS_PROXY, HTTP_PROXY and NO_PROXY"),
            Trouble::ProxySetting { .. } => Some("write it as `http://[USER:PASSWORD@]HOST:PORT`"),
            Trouble::Timeout { .. } | Trouble::Dropped { .. } => {
                Some("try again; if it stays so, check the network, the VPN and HTTPS_PROXY")
            }
            Trouble::Tls { .. } | Trouble::Malformed { .. } => {
                Some("check the endpoint and proxy settings: something else answers in its place")
            }
            Trouble::TrustRoots(_) => None,
        }
    }

    /// As the SDK's retry strategy wants it: what a second attempt may mend is `io` or `timeout`.
    pub(crate) fn into_connector_error(self) -> ConnectorError {
        match self {
            Trouble::Timeout { .. } | Trouble::ConnectTimeout { .. } => {
                ConnectorError::timeout(self.into())
            }
            Trouble::Resolve { .. } | Trouble::Connect { .. } | Trouble::Dropped { .. } => {
                ConnectorError::io(self.into())
            }
            Trouble::Certificate { .. }
            | Trouble::Tls { .. }
            | Trouble::TrustRoots(_)
            | Trouble::Proxy { .. }
            | Trouble::ProxySetting { .. }
            | Trouble::Malformed { .. } => ConnectorError::other(self.into(), None),
        }
    }
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Trouble::Resolve { host, reason } => {
                write!(f, "the address of {host} cannot be found: {reason}")
            }
            Trouble::Connect { host, reason } => write!(f, "cannot connect to {host}: {reason}"),
            Trouble::ConnectTimeout { host, after } => {
                write!(f, "cannot connect to {host} within {} s", after.as_secs())
            }
            Trouble::Certificate { host, reason } => {
                write!(f, "the certificate of {host} is not trusted: {reason}")
            }
            Trouble::Tls { host, reason } => write!(f, "no TLS connection to {host}: {reason}"),
            Trouble::TrustRoots(reason) => f.write_str(reason),
            Trouble::Proxy { proxy, reason } => write!(f, "the proxy {proxy} {reason}"),
            Trouble::ProxySetting { variable, reason } => write!(f, "{variable} {reason}"),
            Trouble::Timeout { host, after } => {
                write!(f, "no complete answer from {host} within {} s", after.as_secs())
            }
            Trouble::Dropped { host } => {
                write!(f, "{host} closed the connection before its answer was complete")
            }
            Trouble::Malformed { host, reason } => {
                write!(f, "unexpected answer from {host}: {reason}")
            }
        }
    }
}

impl StdError for Trouble {}
