//! Which certificates are trusted: those of a configured bundle, else the system's. They are read
//! only when the first https connection is made.

use std::path::PathBuf;
use std::sync::Arc;

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, RootCertStore};

use super::transport_error::TransportError;
use crate::storage::foreign;

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
            .map_err(|e| TransportError::TrustRoots(format!("TLS cannot be set up: {e}")))?
            .with_root_certificates(self.roots()?)
            .with_no_client_auth();
        Ok(Arc::new(config))
    }

    fn roots(&self) -> Result<RootCertStore, TransportError> {
        match self {
            Trust::Bundle { path, origin } => {
                let pem = foreign::read(path).map_err(|e| {
                    let path = path.display();
                    TransportError::TrustRoots(format!(
                        "{origin} names {path}, which cannot be read: {e}"
                    ))
                })?;
                // Unreadable entries are skipped, as in the tools that write bundles.
                let certificates =
                    CertificateDer::pem_slice_iter(&pem.bytes).filter_map(Result::ok);
                store(certificates).ok_or_else(|| {
                    let path = path.display();
                    TransportError::TrustRoots(format!(
                        "{origin} names {path}, which has no certificate"
                    ))
                })
            }
            Trust::System => {
                store(rustls_native_certs::load_native_certs().certs).ok_or_else(|| {
                    TransportError::TrustRoots(
                    "the system has no certificates to trust; set SSL_CERT_FILE or AWS_CA_BUNDLE"
                        .into(),
                )
                })
            }
        }
    }
}

/// None if no certificate can be used: then no server could be trusted.
fn store<'a>(certificates: impl IntoIterator<Item = CertificateDer<'a>>) -> Option<RootCertStore> {
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(certificates);
    (!roots.is_empty()).then_some(roots)
}
