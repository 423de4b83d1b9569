//! HTTPS with the temporary authority.

use crate::client::{HOUR, TOKEN, address, read};
use fake_aws::{FakeAws, Fault, Options};
use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::sync::Arc;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName};
use tokio_rustls::rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};

/// What a client that trusts `pem` gets if it connects to `name`.
fn get(fake: &FakeAws, pem: Option<&str>, name: &str) -> io::Result<Vec<u8>> {
    let mut roots = RootCertStore::empty();
    if let Some(pem) = pem {
        let certificate = CertificateDer::from_pem_slice(pem.as_bytes()).expect("a certificate");
        roots.add(certificate).expect("an authority");
    }
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .expect("versions")
        .with_root_certificates(roots)
        .with_no_client_auth();
    let name = ServerName::try_from(name.to_owned()).expect("a name");
    let client = ClientConnection::new(Arc::new(config), name).expect("a client");
    let mut stream = StreamOwned::new(client, TcpStream::connect(address(&fake.url()).0)?);
    let request = format!(
        "GET /assignment/accounts HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\
         x-amz-sso_bearer_token: {TOKEN}\r\n\r\n"
    );
    stream.write_all(request.as_bytes())?;
    let mut bytes = Vec::new();
    match stream.read_to_end(&mut bytes) {
        Err(error) if bytes.is_empty() => Err(error),
        _ => Ok(bytes),
    }
}

#[test]
fn a_client_must_trust_the_authority() {
    let fake = FakeAws::start(Options { tls: true, ..Options::default() });
    assert!(fake.url().starts_with("https://127.0.0.1:"));
    fake.add_token(TOKEN, HOUR);
    let pem = fake.ca_pem().expect("an authority");
    for name in ["127.0.0.1", "localhost"] {
        let bytes = get(&fake, Some(&pem), name).expect("an answer");
        assert_eq!(read(&bytes).expect("an answer").status, 200);
    }
    assert!(get(&fake, None, "localhost").is_err());
    assert!(get(&fake, Some(&pem), "example.com").is_err());
    fake.fail("ListAccounts", Fault::CutBody, 1);
    let reply = read(&get(&fake, Some(&pem), "localhost").expect("a part")).expect("headers");
    let length: usize = reply.header("content-length").parse().expect("a length");
    assert!(reply.body.len() < length);
}
