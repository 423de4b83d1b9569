//! Which certificates are trusted: those of a configured bundle, else the system's. They are read
//! only when the first https connection is made.

use std::path::PathBuf;
use std::sync::Arc;

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, RootCertStore};

use super::transport_error::TransportError;
use crate::storage::foreign;

/// What to do with the other format in which administrators hand certificates out.
const CONVERT: &str =
    "`openssl x509 -inform der -in FILE -out FILE.pem` converts a certificate in DER format";

/// Where the trusted certificates come from.
#[derive(Clone, Debug)]
pub(crate) enum Trust {
    /// One PEM file, instead of the system's certificates.
    Bundle {
        /// The file.
        path: PathBuf,
        /// What names it: `AWS_CA_BUNDLE`, ...
        origin: String,
    },
    /// The system's: `SSL_CERT_FILE` and `SSL_CERT_DIR` if they are set, else the platform's own
    /// place.
    System,
}

impl Trust {
    /// TLS with these certificates and no client certificate.
    pub(crate) fn tls(&self) -> Result<Arc<ClientConfig>, TransportError> {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(|e| untrusting(format!("TLS cannot be set up: {e}")))?
            .with_root_certificates(self.roots()?)
            .with_no_client_auth();
        Ok(Arc::new(config))
    }

    fn roots(&self) -> Result<RootCertStore, TransportError> {
        match self {
            Trust::Bundle { path, origin } => {
                let named = format!("{origin} names {}", path.display());
                let pem = foreign::read(path)
                    .map_err(|e| untrusting(format!("{named}, which cannot be read: {e}")))?;
                // Windows' editors begin with a byte order mark.
                let text = pem.bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&pem.bytes);
                // Unreadable entries are skipped, as in the tools that write bundles.
                let certificates = CertificateDer::pem_slice_iter(text).filter_map(Result::ok);
                store(certificates).ok_or_else(|| TransportError::TrustRoots {
                    reason: format!("{named}, which has no certificate in PEM format"),
                    hint: Some(CONVERT),
                })
            }
            Trust::System => {
                let found = rustls_native_certs::load_native_certs();
                let why = found.errors.first().map(|error| format!(": {error}"));
                store(found.certs).ok_or_else(|| TransportError::TrustRoots {
                    reason: format!("there is no certificate to trust{}", why.unwrap_or_default()),
                    hint: Some("check SSL_CERT_FILE and SSL_CERT_DIR, or set AWS_CA_BUNDLE"),
                })
            }
        }
    }
}

fn untrusting(reason: String) -> TransportError {
    TransportError::TrustRoots { reason, hint: None }
}

/// None if no certificate can be used: then no server could be trusted.
fn store<'a>(certificates: impl IntoIterator<Item = CertificateDer<'a>>) -> Option<RootCertStore> {
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(certificates);
    (!roots.is_empty()).then_some(roots)
}
