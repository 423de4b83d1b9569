//! AssumeRoleWithWebIdentity: unsigned; the token proves who the caller is.

use super::assume_role::{assumed, assumed_user, credentials};
use super::params::{self, only, required};
use crate::answer::{Answer, Shape, sts_result};
use crate::form::{self, Pairs, escape_text};
use crate::log::Entry;
use crate::world::World;
use base64_simd::URL_SAFE_NO_PAD;
use serde_json::Value;
use std::time::Duration;

const KNOWN: [&str; 7] = [
    "RoleArn",
    "RoleSessionName",
    "WebIdentityToken",
    "ProviderId",
    "DurationSeconds",
    "Policy",
    "PolicyArns.",
];

pub(crate) fn handle(world: &mut World, sent: &Pairs, entry: &mut Entry) -> Result<Answer, Answer> {
    only(sent, &KNOWN)?;
    let role_arn = required(sent, "RoleArn")?;
    let session = required(sent, "RoleSessionName")?;
    let token = required(sent, "WebIdentityToken")?;
    params::text("RoleSessionName", session, 2..=64, "+=,.@-")?;
    params::policy(sent)?;
    if !(4..=20_000).contains(&token.len()) {
        let text = "Member must have length between 4 and 20000";
        return Err(params::validation(text));
    }
    let role = assumed(role_arn, session)?;
    let asked = params::duration(sent, 43_200)?.unwrap_or(Duration::from_secs(3600));
    let (subject, audience) = subject(world, token)?;
    let trust = world.roles.get(role_arn).cloned().unwrap_or_default();
    if trust.denied {
        let text = "Not authorized to perform sts:AssumeRoleWithWebIdentity";
        return Err(Shape::Sts.error(403, "AccessDenied", text));
    }
    if asked > trust.max_duration {
        return Err(params::validation(
            "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.",
        ));
    }
    entry.principal = Some(role.arn.clone());
    let issued = world.issue(role.clone(), "AssumeRoleWithWebIdentity", asked);
    entry.issued_access_key_id = Some(issued.access_key_id.clone());
    let provider = form::get(sent, "ProviderId").unwrap_or("https://issuer.example.com");
    let rest = format!(
        "    <SubjectFromWebIdentityToken>{}</SubjectFromWebIdentityToken>\n    \
         <Audience>{}</Audience>\n    <Provider>{}</Provider>\n",
        escape_text(&subject),
        escape_text(&audience),
        escape_text(provider)
    );
    let body = assumed_user(&role) + &credentials(&issued) + &rest;
    Ok(sts_result("AssumeRoleWithWebIdentity", &body))
}

/// Subject and audience of a token that was added, or of anything that looks like a JWT and has not
/// expired.
fn subject(world: &World, token: &str) -> Result<(String, String), Answer> {
    if let Some(subject) = world.web_tokens.get(token) {
        return Ok((subject.clone(), "sts.amazonaws.com".to_owned()));
    }
    let claims = claims(token).ok_or_else(|| {
        Shape::Sts.error(
            400,
            "InvalidIdentityToken",
            "The ID Token provided is not a valid JWT. (You may see this error if you sent an \
             Access Token)",
        )
    })?;
    if claims["exp"].as_i64().is_some_and(|expires| expires * 1000 <= world.now()) {
        let text = "Token must be used before its expiration";
        return Err(Shape::Sts.error(400, "ExpiredTokenException", text));
    }
    let text = |name: &str, other: &str| claims[name].as_str().unwrap_or(other).to_owned();
    Ok((text("sub", "subject"), text("aud", "sts.amazonaws.com")))
}

fn claims(token: &str) -> Option<Value> {
    let parts: Vec<_> = token.split('.').collect();
    let [_, claims, _] = parts[..] else {
        return None;
    };
    let claims: Value =
        serde_json::from_slice(&URL_SAFE_NO_PAD.decode_to_vec(claims).ok()?).ok()?;
    claims.is_object().then_some(claims)
}
