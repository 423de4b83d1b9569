//! The token file as the AWS CLI writes it (SPEC 3.2), with the other members it contained.

use secrecy::{ExposeSecret, SecretString};
use serde::Serialize;

use super::members;
use super::registration::ClientRegistration;
use super::sso_token::SsoToken;
use crate::text::buffer::Buffer;
use crate::text::{json, timestamp};

/// The keys that every writer writes. All of them are written anew.
const KNOWN: [&str; 8] = [
    "startUrl",
    "region",
    "accessToken",
    "expiresAt",
    "clientId",
    "clientSecret",
    "registrationExpiresAt",
    "refreshToken",
];

/// In this order. Other keys come last, so that a file without any is identical to the AWS CLI's.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct WrittenToken<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    start_url: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    region: Option<&'a str>,
    access_token: &'a str,
    expires_at: String,
    client_id: &'a str,
    client_secret: &'a str,
    registration_expires_at: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    refresh_token: Option<&'a str>,
}

/// The file of `token`, which was issued to the client `registration`. Members of `before`, the
/// file to replace, that are not part of a token are kept unchanged.
///
/// Times are cut to whole seconds, because Rust and Java accept no other form.
#[expect(clippy::disallowed_methods, reason = "a cache file is written")]
pub(super) fn encode(
    token: &SsoToken,
    registration: &ClientRegistration,
    refresh_token: Option<&SecretString>,
    before: &[u8],
) -> serde_json::Result<Buffer> {
    let written = WrittenToken {
        start_url: token.start_url.as_deref(),
        region: token.region.as_deref(),
        access_token: token.access_token.expose_secret(),
        expires_at: timestamp::format(token.expires_at),
        client_id: &registration.client_id,
        client_secret: registration.client_secret.expose_secret(),
        registration_expires_at: timestamp::format(registration.expires_at),
        refresh_token: refresh_token.map(ExposeSecret::expose_secret),
    };
    let ours = json::python(&written)?;
    let mut text = Buffer::default();
    // Everything except the closing brace.
    text.push_str(&ours.as_str()[..ours.as_str().len() - 1]);
    for (key, value) in members::of(before).iter().filter(|(key, _)| !KNOWN.contains(&&**key)) {
        text.push_str(", ");
        text.push_str(json::python(&key)?.as_str());
        text.push_str(": ");
        text.push_str(value.get());
    }
    text.push('}');
    Ok(text)
}
