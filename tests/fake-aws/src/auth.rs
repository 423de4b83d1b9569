//! Who signed a request, and whether the signature is valid.

use crate::answer::{Answer, Shape};
use crate::clock;
use crate::log::Entry;
use crate::request::Request;
use crate::sigv4::{Claim, Signed, Unreadable};
use crate::world::{Key, Principal, World};

/// How far a request's date may be off in either direction.
const SKEW_MS: i64 = 15 * 60 * 1000;

/// A service that requires signed requests.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Signing {
    /// Its name in the credential scope.
    pub service: &'static str,
    pub shape: Shape,
}

/// The owner of the key that signed the request.
pub(crate) fn authenticate(
    world: &World,
    request: &Request,
    signing: Signing,
    entry: &mut Entry,
) -> Result<Principal, Answer> {
    let signed = Signed {
        method: request.method.as_str(),
        path: &request.raw_path,
        query: &request.raw_query,
        headers: &request.headers,
        body: &request.body,
    };
    verify(world, &signed, signing, entry)
}

/// The owner of the key that signed a request, wherever it was sent.
pub(crate) fn verify(
    world: &World,
    signed: &Signed<'_>,
    signing: Signing,
    entry: &mut Entry,
) -> Result<Principal, Answer> {
    let shape = signing.shape;
    let mismatch = |text: &str| shape.error(403, "SignatureDoesNotMatch", text);
    let claim = Claim::read(signed).map_err(|error| match error {
        Unreadable::Unsigned => shape.error(
            403,
            "MissingAuthenticationToken",
            "Request is missing Authentication Token",
        ),
        Unreadable::Incomplete(text) => shape.error(400, "IncompleteSignature", &text),
    })?;
    entry.access_key_id = Some(claim.access_key_id.clone());
    entry.region = Some(claim.region.clone());
    entry.signed_headers.clone_from(&claim.signed_headers);

    let invalid = "The security token included in the request is invalid.";
    let invalid = || shape.error(403, "InvalidClientTokenId", invalid);
    let key = world.keys.get(&claim.access_key_id).ok_or_else(invalid)?;
    if key.session_token != claim.session_token {
        return Err(invalid());
    }
    scope(&claim, signed, signing)?;
    date(&claim, world.now(), shape)?;
    if claim.expected(signed, &key.secret).as_deref() != Some(claim.signature.as_str()) {
        return Err(mismatch(
            "The request signature we calculated does not match the signature you provided. Check \
             your AWS Secret Access Key and signing method. Consult the service documentation for \
             details.",
        ));
    }
    alive(key, world.now(), shape)?;
    Ok(key.principal.clone())
}

/// Checks the credential scope and the set of signed headers.
fn scope(claim: &Claim, signed: &Signed<'_>, signing: Signing) -> Result<(), Answer> {
    let mismatch = |text: &str| signing.shape.error(403, "SignatureDoesNotMatch", text);
    if claim.service != signing.service {
        let service = signing.service;
        let text = format!("Credential should be scoped to correct service: '{service}'. ");
        return Err(mismatch(&text));
    }
    if !is_region(&claim.region) {
        return Err(mismatch("Credential should be scoped to a valid region. "));
    }
    if claim.date.get(..8) != Some(claim.scope_date.as_str()) {
        return Err(mismatch(&format!(
            "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from \
             HTTP: '{}' != '{}', from '{}'.",
            claim.scope_date,
            claim.date.get(..8).unwrap_or_default(),
            claim.date
        )));
    }
    if !claim.covers("host") {
        let text = "'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization.";
        return Err(mismatch(text));
    }
    for name in ["x-amz-date", "x-amz-security-token"] {
        if !claim.presigned && signed.headers.contains_key(name) && !claim.covers(name) {
            let text = format!("'{name}' must be a 'SignedHeader' in the AWS Authorization.");
            return Err(mismatch(&text));
        }
    }
    Ok(())
}

/// Compares the request's date with the service's clock.
fn date(claim: &Claim, now: i64, shape: Shape) -> Result<(), Answer> {
    let mismatch = |text: &str| shape.error(403, "SignatureDoesNotMatch", text);
    let Some(then) = clock::parse_basic(&claim.date) else {
        let text = format!(
            "Date must be in ISO-8601 'basic format'. Got '{}'. See \
             http://en.wikipedia.org/wiki/ISO_8601",
            claim.date
        );
        return Err(shape.error(400, "IncompleteSignature", &text));
    };
    let (early, late) = (now - SKEW_MS, now + SKEW_MS);
    if then < early {
        return Err(mismatch(&format!(
            "Signature expired: {} is now earlier than {} ({} - 15 min.)",
            claim.date,
            clock::basic(early),
            clock::basic(now)
        )));
    }
    if then > late {
        return Err(mismatch(&format!(
            "Signature not yet current: {} is still later than {} ({} + 15 min.)",
            claim.date,
            clock::basic(late),
            clock::basic(now)
        )));
    }
    Ok(())
}

fn alive(key: &Key, now: i64, shape: Shape) -> Result<(), Answer> {
    if key.expires_ms.is_some_and(|expires| expires <= now) {
        let text = "The security token included in the request is expired";
        return Err(shape.error(403, "ExpiredToken", text));
    }
    Ok(())
}

/// `us-east-1`, `us-gov-west-1`, `eu-isoe-west-1`, …
fn is_region(name: &str) -> bool {
    let parts: Vec<_> = name.split('-').collect();
    let Some((number, words)) = parts.split_last() else {
        return false;
    };
    let word = |word: &&str| !word.is_empty() && word.bytes().all(|b| b.is_ascii_lowercase());
    words.len() >= 2
        && words.iter().all(word)
        && !number.is_empty()
        && number.bytes().all(|b| b.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::is_region;

    #[test]
    fn regions() {
        for name in ["us-east-1", "us-gov-west-1", "cn-north-1", "eu-isoe-west-1", "il-central-1"] {
            assert!(is_region(name), "{name}");
        }
        for name in ["", "aws-global", "us-east", "us-east-1a", "US-EAST-1", "-1", "us--1"] {
            assert!(!is_region(name), "{name}");
        }
    }
}
