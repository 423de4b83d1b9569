//! DPoP (RFC 9449): proves that a request comes from the person who signed in. `aws login` requires
//! it.

use base64_simd::{STANDARD, URL_SAFE_NO_PAD};
use chrono::{DateTime, Utc};
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair};
use serde::Serialize;
use zeroize::Zeroizing;

use crate::platform::random;
use crate::text::hex::hex;

/// The algorithm identifier of a P-256 key in PKCS #8 (RFC 5958): version 0, then ecPublicKey with
/// prime256v1.
const P256: [u8; 24] = [
    0x02, 0x01, 0x00, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x08,
    0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07,
];
const SEQUENCE: u8 = 0x30;
const OCTET_STRING: u8 = 0x04;

/// A private key that signs proofs.
pub(crate) struct DpopKey {
    pair: EcdsaKeyPair,
    random: SystemRandom,
}

#[derive(Serialize)]
struct ProofHeader<'a> {
    typ: &'static str,
    alg: &'static str,
    jwk: Jwk<'a>,
}

#[derive(Serialize)]
struct Jwk<'a> {
    kty: &'static str,
    x: &'a str,
    y: &'a str,
    crv: &'static str,
}

#[derive(Serialize)]
struct Payload<'a> {
    htm: &'a str,
    htu: &'a str,
    iat: i64,
    jti: &'a str,
}

impl DpopKey {
    /// The key in a PEM text, in RFC 5915 form (which the AWS CLI writes) or in PKCS #8; none if it
    /// is not a P-256 key.
    pub(crate) fn of_pem(pem: &str) -> Option<Self> {
        let is_inside = |line: &&str| !line.starts_with("-----");
        let base64: Zeroizing<String> =
            Zeroizing::new(pem.lines().map(str::trim).filter(is_inside).collect());
        let der = Zeroizing::new(STANDARD.decode_to_vec(base64.as_bytes()).ok()?);
        let random = SystemRandom::new();
        let of = |pkcs8: &[u8]| {
            EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, pkcs8, &random).ok()
        };
        let pair = of(&der).or_else(|| of(&pkcs8(&der)?))?;
        Some(Self { pair, random })
    }

    /// A proof for one request; none if the system has no random numbers.
    pub(super) fn proof(&self, method: &str, url: &str, now: DateTime<Utc>) -> Option<String> {
        // 0x04, then the two coordinates.
        let (x, y) = self.pair.public_key().as_ref().get(1..)?.split_at_checked(32)?;
        let (x, y) = (URL_SAFE_NO_PAD.encode_to_string(x), URL_SAFE_NO_PAD.encode_to_string(y));
        let jwk = Jwk { kty: "EC", x: &x, y: &y, crv: "P-256" };
        let header = ProofHeader { typ: "dpop+jwt", alg: "ES256", jwk };
        let jti = uuid()?;
        let payload = Payload { htm: method, htu: url, iat: now.timestamp(), jti: &jti };
        let signed = format!("{}.{}", part(&header)?, part(&payload)?);
        let signature = self.pair.sign(&self.random, signed.as_bytes()).ok()?;
        Some(format!("{signed}.{}", URL_SAFE_NO_PAD.encode_to_string(signature.as_ref())))
    }
}

/// A random UUID, as the SDKs send.
fn uuid() -> Option<String> {
    let mut bytes = random::bytes::<16>().ok()?;
    bytes[6] = bytes[6] & 0x0f | 0x40;
    bytes[8] = bytes[8] & 0x3f | 0x80;
    let digits = hex(&bytes[..]);
    let groups = [&digits[..8], &digits[8..12], &digits[12..16], &digits[16..20], &digits[20..]];
    Some(groups.join("-"))
}

fn part(of: &impl Serialize) -> Option<String> {
    Some(URL_SAFE_NO_PAD.encode_to_string(serde_json::to_vec(of).ok()?))
}

/// Converts a key from RFC 5915 to PKCS #8; none if it is too long for P-256.
fn pkcs8(key: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    let inner = Zeroizing::new([&P256[..], &der(OCTET_STRING, key)?].concat());
    der(SEQUENCE, &inner)
}

fn der(tag: u8, content: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    let length = u8::try_from(content.len()).ok()?;
    let header: &[u8] = if length < 0x80 { &[tag, length] } else { &[tag, 0x81, length] };
    Some(Zeroizing::new([header, content].concat()))
}

#[cfg(test)]
mod tests {
    use chrono::TimeZone;
    use ring::signature::{ECDSA_P256_SHA256_FIXED, UnparsedPublicKey};
    use serde_json::Value;

    use super::*;

    /// The same key in both forms, from OpenSSL.
    const SEC1: &str = "-----BEGIN EC PRIVATE KEY-----\n\
MHcCAQEEIF+uqzd0feHd/OyQL31BjlymH8nV7G8dkaKt2iFJhy7KoAoGCCqGSM49\n\
AwEHoUQDQgAEIuL8V3TWqGJeGmufnCgsm+CADa1Hl5L+dV3ho2z3VjiKt7GT33tf\n\
ZWObmj8JkI7FAr7IEcsYCAMkcLqZMvimOA==\n\
-----END EC PRIVATE KEY-----\n";
    const PKCS8: &str = "-----BEGIN PRIVATE KEY-----\n\
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgX66rN3R94d387JAv\n\
fUGOXKYfydXsbx2Roq3aIUmHLsqhRANCAAQi4vxXdNaoYl4aa5+cKCyb4IANrUeX\n\
kv51XeGjbPdWOIq3sZPfe19lY5uaPwmQjsUCvsgRyxgIAyRwupky+KY4\n\
-----END PRIVATE KEY-----\n";

    #[test]
    fn a_proof_can_be_verified_with_the_key_in_it() {
        let now = Utc.timestamp_opt(1_800_000_000, 0).unwrap();
        let url = "https://eu-west-1.signin.aws.amazon.com/v1/token";
        let mut ids = Vec::new();
        for pem in [SEC1, PKCS8, &SEC1.replace('\n', "\r\n"), SEC1.trim()] {
            let key = DpopKey::of_pem(pem).expect("a key");
            let proof = key.proof("POST", url, now).expect("a proof");
            let (signed, signature) = proof.rsplit_once('.').unwrap();
            let (header, payload) = signed.split_once('.').unwrap();
            let bytes = |text: &str| URL_SAFE_NO_PAD.decode_to_vec(text).unwrap();
            let json = |text: &str| serde_json::from_slice::<Value>(&bytes(text)).unwrap();
            let (header, payload) = (json(header), json(payload));
            assert_eq!((&header["typ"], &header["alg"]), (&"dpop+jwt".into(), &"ES256".into()));
            let jwk = &header["jwk"];
            assert_eq!((&jwk["kty"], &jwk["crv"]), (&"EC".into(), &"P-256".into()));
            let coordinate = |name: &str| bytes(jwk[name].as_str().unwrap());
            let point = [&[4][..], &coordinate("x"), &coordinate("y")].concat();
            UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point)
                .verify(signed.as_bytes(), &bytes(signature))
                .expect("a signature");
            assert_eq!((&payload["htm"], &payload["htu"]), (&"POST".into(), &url.into()));
            assert_eq!(payload["iat"], 1_800_000_000);
            ids.push(payload["jti"].as_str().unwrap().to_owned());
        }
        ids.sort();
        ids.dedup();
        assert_eq!(ids.len(), 4);
    }

    #[test]
    fn what_is_no_key() {
        let long = "A".repeat(400);
        for pem in ["", "-----BEGIN EC PRIVATE KEY-----", "AAAA", "é", long.as_str()] {
            assert!(DpopKey::of_pem(pem).is_none(), "{pem}");
        }
        assert!(DpopKey::of_pem(&SEC1[..SEC1.len() / 2]).is_none());
    }
}
