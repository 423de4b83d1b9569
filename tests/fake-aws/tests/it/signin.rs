//! AWS Sign-In: the proof of each request, and refresh tokens.

use crate::client::{self, HOUR, Reply, send};
use base64_simd::{STANDARD, URL_SAFE_NO_PAD};
use fake_aws::{FakeAws, Options};
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair};
use serde_json::{Value, json};
use std::time::UNIX_EPOCH;

const FIRST: &str = "aorFAKEtoken-session";
const ARN: &str = "arn:aws:sts::123456789012:assumed-role/Admin/alice";

/// The key of the fake as PKCS #8.
const KEY: &str = "MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgX66rN3R94d387JAvfUGOXKYfydXsbx2Roq3aIUmHLsqhRANCAAQi4vxXdNaoYl4aa5+cKCyb4IANrUeXkv51XeGjbPdWOIq3sZPfe19lY5uaPwmQjsUCvsgRyxgIAyRwupky+KY4";

fn fake() -> FakeAws {
    let fake = FakeAws::start(Options::default());
    fake.add_login_session(FIRST, ARN);
    fake
}

fn now() -> u64 {
    client::now().duration_since(UNIX_EPOCH).expect("a time").as_secs()
}

/// A proof of these claims, by a key.
fn proof(pkcs8: &[u8], claims: &Value) -> String {
    let random = SystemRandom::new();
    let key = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, pkcs8, &random);
    let key = key.expect("a key");
    let encode = |bytes: &[u8]| URL_SAFE_NO_PAD.encode_to_string(bytes);
    let (x, y) = key.public_key().as_ref()[1..].split_at(32);
    let jwk = json!({"kty": "EC", "crv": "P-256", "x": encode(x), "y": encode(y)});
    let header = json!({"typ": "dpop+jwt", "alg": "ES256", "jwk": jwk});
    let part = |value: &Value| encode(value.to_string().as_bytes());
    let signed = format!("{}.{}", part(&header), part(claims));
    let signature = key.sign(&random, signed.as_bytes()).expect("a signature");
    format!("{signed}.{}", encode(signature.as_ref()))
}

fn claims(fake: &FakeAws, id: &str) -> Value {
    json!({"htm": "POST", "htu": fake.url() + "/v1/token", "iat": now(), "jti": id})
}

fn ask(fake: &FakeAws, proofs: &[&str], refresh_token: &str) -> Reply {
    let body = json!({
        "clientId": "arn:aws:signin:::devtools/same-device",
        "grantType": "refresh_token",
        "refreshToken": refresh_token,
    });
    let mut headers = vec![("Content-Type", "application/json")];
    headers.extend(proofs.iter().map(|proof| ("DPoP", *proof)));
    send(&fake.url(), "POST", "/v1/token", &headers, &body.to_string())
}

fn key() -> Vec<u8> {
    STANDARD.decode_to_vec(KEY).expect("base64")
}

#[test]
fn a_refresh_token_is_good_once() {
    let fake = fake();
    let mut ids = 0..;
    let mut refresh = |token: &str| {
        let id = ids.next().map(|id: u32| id.to_string()).expect("a number");
        ask(&fake, &[&proof(&key(), &claims(&fake, &id))], token)
    };
    let first = refresh(FIRST);
    assert_eq!((first.status, first.json()["tokenType"].as_str()), (200, Some("aws_sigv4")));
    assert_eq!(first.json()["expiresIn"], 900);
    let again = refresh(FIRST);
    assert_eq!((again.status, again.json()["error"].as_str()), (400, Some("INVALID_REQUEST")));
    assert!(again.header("x-amzn-errortype").starts_with("ValidationException:"));
    let next = first.json()["refreshToken"].as_str().expect("a token").to_owned();
    assert_eq!(refresh(&next).status, 200);
    assert_eq!(fake.log_of("CreateOAuth2Token")[0].principal.as_deref(), Some(ARN));
}

#[test]
fn proofs_that_prove_nothing() {
    let fake = fake();
    let good = proof(&key(), &claims(&fake, "good"));
    let with = |name: &str, value: Value| {
        let mut claims = claims(&fake, name);
        claims[name] = value;
        proof(&key(), &claims)
    };
    let other =
        EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &SystemRandom::new());
    let other = proof(other.expect("a key").as_ref(), &claims(&fake, "other"));
    let (signed, signature) = good.rsplit_once('.').expect("parts");
    let forged = proof(&key(), &claims(&fake, "forged"));
    let forged = format!("{}.{signature}", forged.rsplit_once('.').expect("parts").0);
    let cases = [
        vec![],
        vec![good.clone(), good.clone()],
        vec![signed.to_owned()],
        vec![other],
        vec![forged],
        vec![with("htm", json!("GET"))],
        vec![with("htu", json!(fake.url() + "/token"))],
        vec![with("iat", json!(now() - HOUR.as_secs()))],
        vec![with("iat", json!(now() + HOUR.as_secs()))],
        vec![with("jti", json!(null))],
    ];
    for proofs in &cases {
        let reply = ask(&fake, &proofs.iter().map(String::as_str).collect::<Vec<_>>(), FIRST);
        let message = reply.json()["message"].as_str().expect("text").to_owned();
        assert_eq!(reply.status, 400, "{proofs:?}");
        assert!(message.starts_with("DPoP proof: "), "{message}");
    }
    assert_eq!(ask(&fake, &[&good], FIRST).status, 200);
    let reply = ask(&fake, &[&good], FIRST);
    assert_eq!(reply.json()["message"], "DPoP proof: it was used before");
}
