//! AWS Sign-In: new credentials for an `aws login` login. Each request proves by DPoP (RFC 9449)
//! that it comes from the person who signed in.

use crate::answer::{Answer, Shape};
use crate::log::Entry;
use crate::options::RefreshTokens;
use crate::request::Request;
use crate::secrets;
use crate::world::{World, session_principal};
use base64_simd::URL_SAFE_NO_PAD;
use hyper::Method;
use ring::signature::{ECDSA_P256_SHA256_FIXED, UnparsedPublicKey};
use serde_json::{Map, Value, json};
use std::time::Duration;

const PATH: &str = "/v1/token";
const CLIENTS: [&str; 2] =
    ["arn:aws:signin:::devtools/same-device", "arn:aws:signin:::devtools/cross-device"];
const LIFETIME: Duration = Duration::from_secs(900);

/// How far a client's clock may be off.
const SKEW_SECONDS: i64 = 300;

/// The private key that the logins of [`FakeAws::add_login_session`](crate::FakeAws) are bound to,
/// as the AWS CLI writes it. Its base64 contains one of [`MARKERS`](crate::MARKERS).
pub const DPOP_KEY: &str = "-----BEGIN EC PRIVATE KEY-----\n\
    MHcCAQEEIF+uqzd0feHd/OyQL31BjlymH8nV7G8dkaKt2iFJhy7KoAoGCCqGSM49\n\
    AwEHoUQDQgAEIuL8V3TWqGJeGmufnCgsm+CADa1Hl5L+dV3ho2z3VjiKt7GT33tf\n\
    ZWObmj8JkI7FAr7IEcsYCAMkcLqZMvimOA==\n\
    -----END EC PRIVATE KEY-----\n";

/// The coordinates of its public key.
const PUBLIC_KEY: [&str; 2] =
    ["IuL8V3TWqGJeGmufnCgsm-CADa1Hl5L-dV3ho2z3Vjg", "irexk997X2Vjm5o_CZCOxQK-yBHLGAgDJHC6mTL4pjg"];

/// An `aws login` login, identified by its refresh token.
#[derive(Debug, Clone)]
pub(crate) struct LoginSession {
    /// Who signed in.
    pub arn: String,
    pub used: bool,
}

/// The operation a path belongs to.
pub(crate) fn operation(path: &str) -> Option<&'static str> {
    (path == PATH).then_some("CreateOAuth2Token")
}

pub(crate) fn handle(
    world: &mut World,
    operation: &str,
    request: &Request,
    entry: &mut Entry,
) -> Result<Answer, Answer> {
    if request.method != Method::POST {
        return Err(invalid("only POST"));
    }
    if request.media_type().as_deref() != Some("application/json") {
        return Err(invalid("the content type must be application/json"));
    }
    let members = request.json().ok_or_else(|| invalid("the body is not a JSON object"))?;
    let known = ["clientId", "grantType", "refreshToken"];
    if let Some(name) = members.keys().find(|name| !known.contains(&name.as_str())) {
        return Err(invalid(&format!("unknown member {name}")));
    }
    if !CLIENTS.contains(&text(&members, "clientId")?) {
        return Err(invalid("clientId must be one of the development tools'"));
    }
    if text(&members, "grantType")? != "refresh_token" {
        return Err(invalid("unsupported grant type"));
    }
    proof(world, request).map_err(|why| invalid(&format!("DPoP proof: {why}")))?;
    let refresh_token = text(&members, "refreshToken")?;
    let mode = world.options.refresh_tokens;
    let session = world.login_sessions.get_mut(refresh_token).filter(|session| !session.used);
    let refused =
        || invalid("The provided authorization grant is invalid, expired, revoked, or malformed");
    let session = session.ok_or_else(refused)?;
    session.used = mode == RefreshTokens::Rotate;
    let arn = session.arn.clone();
    entry.principal = Some(arn.clone());
    let next = match mode {
        RefreshTokens::Rotate => {
            let token = secrets::portal_token("aor");
            let session = LoginSession { arn: arn.clone(), used: false };
            world.login_sessions.insert(token.clone(), session);
            Value::String(token)
        }
        RefreshTokens::Keep => Value::String(refresh_token.to_owned()),
        RefreshTokens::Omit | RefreshTokens::Null => Value::Null,
    };
    let issued = world.issue(session_principal(&arn), operation, LIFETIME);
    let mut answer = json!({
        "accessToken": {
            "accessKeyId": issued.access_key_id,
            "secretAccessKey": issued.secret,
            "sessionToken": issued.session_token,
        },
        "tokenType": "aws_sigv4",
        "expiresIn": (issued.expires_ms - world.now() + 999) / 1000,
        "refreshToken": next,
    });
    if mode == RefreshTokens::Omit
        && let Some(members) = answer.as_object_mut()
    {
        members.remove("refreshToken");
    }
    Ok(Answer::json(200, &answer))
}

/// Verifies the proof of a request, which works only once.
fn proof(world: &mut World, request: &Request) -> Result<(), String> {
    let mut headers = request.headers.get_all("dpop").iter();
    let (Some(header), None) = (headers.next(), headers.next()) else {
        return Err("there must be one".into());
    };
    let proof = header.to_str().map_err(|_| "it is not text")?;
    let parts: Vec<&str> = proof.split('.').collect();
    let [header, payload, signature] = parts[..] else {
        return Err("it has no three parts".into());
    };
    let signed = format!("{header}.{payload}");
    let (header, payload) = (part(header)?, part(payload)?);
    let jwk = header.get("jwk").and_then(Value::as_object).ok_or("it has no jwk")?;
    if [header.get("typ"), header.get("alg")] != [Some(&json!("dpop+jwt")), Some(&json!("ES256"))] {
        return Err("its typ or its alg is wrong".into());
    }
    let public = json!({"kty": "EC", "crv": "P-256", "x": PUBLIC_KEY[0], "y": PUBLIC_KEY[1]});
    if Some(jwk) != public.as_object() {
        return Err("its jwk is not the public key of the login".into());
    }
    let decode =
        |text: &str| URL_SAFE_NO_PAD.decode_to_vec(text).map_err(|_| "it is not base64url");
    let point = [&[4][..], &decode(PUBLIC_KEY[0])?, &decode(PUBLIC_KEY[1])?].concat();
    UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point)
        .verify(signed.as_bytes(), &decode(signature)?)
        .map_err(|_| "its signature is wrong")?;
    let url = format!("{}{PATH}", world.url);
    if [payload.get("htm"), payload.get("htu")] != [Some(&json!("POST")), Some(&json!(url))] {
        return Err("it is for another request".into());
    }
    let made = payload.get("iat").and_then(Value::as_i64).ok_or("it has no iat")?;
    if (made - world.now() / 1000).abs() > SKEW_SECONDS {
        return Err("it is too old, or not of now".into());
    }
    let id = payload.get("jti").and_then(Value::as_str).ok_or("it has no jti")?;
    if !world.proofs.insert(id.to_owned()) {
        return Err("it was used before".into());
    }
    Ok(())
}

/// A part of a proof.
fn part(text: &str) -> Result<Map<String, Value>, String> {
    let bytes = URL_SAFE_NO_PAD.decode_to_vec(text).map_err(|_| "it is not base64url")?;
    serde_json::from_slice(&bytes).map_err(|_| "a part of it is no JSON object".into())
}

fn text<'a>(members: &'a Map<String, Value>, name: &str) -> Result<&'a str, Answer> {
    let text = members.get(name).and_then(Value::as_str).filter(|text| !text.is_empty());
    text.ok_or_else(|| invalid(&format!("{name} is missing")))
}

fn invalid(message: &str) -> Answer {
    Shape::Signin.error(400, "INVALID_REQUEST", message)
}
