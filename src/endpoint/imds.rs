//! The part of the instance metadata service, version 2, that SDKs use for credentials and a
//! region.
//!
//! A client first fetches a session token. That keeps out browsers and open proxies, but no program
//! on this machine, because clients cannot be given a secret. There is no version 1, which needs no
//! token, and no other metadata.

use std::fmt;
use std::sync::Arc;

use hmac::{Hmac, KeyInit, Mac};
use http::header::CONTENT_TYPE;
use http::{HeaderName, HeaderValue, Method, Request, StatusCode};
use hyper::body::Bytes;
use percent_encoding::percent_decode_str;
use sha2::Sha256;
use zeroize::Zeroizing;

use super::answer::{empty, failure, json, of_document, of_supply, only, wrong_method};
use super::supply::{Supply, Trouble};
use crate::context::Context;
use crate::error::{Kind, Result};
use crate::loopback::Answer;
use crate::output::json as documents;
use crate::platform::random;

/// The prefix of every path.
pub(super) const PREFIX: &str = "/latest/";

/// How long a session token is to last, in the request and in its answer.
const LIFETIME: HeaderName = HeaderName::from_static("x-aws-ec2-metadata-token-ttl-seconds");

/// The header in which a client shows the session token.
const SESSION: HeaderName = HeaderName::from_static("x-aws-ec2-metadata-token");

/// A header added by proxies, which may forward anybody's requests.
const FORWARDED: HeaderName = HeaderName::from_static("x-forwarded-for");

/// Six hours, as on AWS.
const LONGEST: i64 = 21_600;

/// A session token consists of its expiration and a proof that it was created here. So nothing is
/// stored, and requesting many tokens cannot push out others.
const END: usize = size_of::<i64>();

/// An instance with one role.
pub(crate) struct Imds {
    ctx: Context,
    supply: Arc<Supply>,
    /// As it appears in paths.
    role: String,
    region: Option<String>,
    key: Zeroizing<[u8; 64]>,
}

impl fmt::Debug for Imds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Imds").field("role", &self.role).finish_non_exhaustive()
    }
}

impl Imds {
    /// An instance in `region`, whose `role` has the credentials of `supply`.
    ///
    /// # Errors
    /// If the system has no random numbers.
    pub(crate) fn new(
        ctx: &Context,
        supply: &Arc<Supply>,
        role: &str,
        region: Option<&str>,
    ) -> Result<Self> {
        let (role, region) = (role.to_owned(), region.map(str::to_owned));
        let (ctx, supply, key) = (ctx.clone(), Arc::clone(supply), random::bytes()?);
        Ok(Self { ctx, supply, role, region, key })
    }

    /// Answers a request for the path after [`PREFIX`].
    pub(super) async fn answer<B>(&self, request: &Request<B>, document: &str) -> Answer {
        if request.headers().contains_key(FORWARDED) {
            return empty(StatusCode::FORBIDDEN);
        }
        if document == "api/token" {
            return self.new_session(request);
        }
        if request.method() != Method::GET {
            return wrong_method(&Method::GET);
        }
        if !only(request.headers(), SESSION).is_some_and(|shown| self.is_session(shown.as_bytes()))
        {
            return empty(StatusCode::UNAUTHORIZED);
        }
        self.document(document.strip_suffix('/').unwrap_or(document)).await
    }

    async fn document(&self, document: &str) -> Answer {
        if let Some(name) = document.strip_prefix("meta-data/iam/security-credentials") {
            let role = name.strip_prefix('/').map(|name| percent_decode_str(name).decode_utf8());
            return match role {
                None if name.is_empty() => text(self.role.clone()),
                Some(Ok(role)) if role == self.role => {
                    let now = self.ctx.now();
                    of_supply(&self.supply, |found| documents::metadata(found, now)).await
                }
                _ => not_found(),
            };
        }
        let Some(region) = &self.region else { return not_found() };
        match document {
            "meta-data/placement/region" => text(region.clone()),
            "meta-data/placement/availability-zone" => text(documents::availability_zone(region)),
            "dynamic/instance-identity/document" => of_document(documents::identity(region)),
            _ => not_found(),
        }
    }

    fn new_session<B>(&self, request: &Request<B>) -> Answer {
        if request.method() != Method::PUT {
            return wrong_method(&Method::PUT);
        }
        let asked = only(request.headers(), LIFETIME).and_then(|value| value.to_str().ok());
        let lifetime = asked.and_then(|text| text.parse().ok());
        let Some(lifetime @ 1..=LONGEST) = lifetime else { return empty(StatusCode::BAD_REQUEST) };
        let end = self.ctx.now().timestamp().saturating_add(lifetime).to_be_bytes();
        let proof = self.proof(&end).finalize().into_bytes();
        let token = base64_simd::URL_SAFE_NO_PAD.encode_to_string([&end[..], &proof].concat());
        let mut answer = text(token);
        answer.headers_mut().insert(LIFETIME, HeaderValue::from(lifetime));
        answer
    }

    fn is_session(&self, shown: &[u8]) -> bool {
        let Ok(token) = base64_simd::URL_SAFE_NO_PAD.decode_to_vec(shown) else { return false };
        let Some((end, proof)) = token.split_first_chunk::<END>() else { return false };
        // Compares in constant time, so that the time doesn't tell how much of a guess was right.
        self.proof(end).verify_slice(proof).is_ok()
            && i64::from_be_bytes(*end) > self.ctx.now().timestamp()
    }

    fn proof(&self, end: &[u8; END]) -> Hmac<Sha256> {
        Hmac::<Sha256>::new((&*self.key).into()).chain_update(end)
    }
}

fn text(text: String) -> Answer {
    let mut answer = json(StatusCode::OK, Bytes::from(text));
    answer.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("text/plain"));
    answer
}

fn not_found() -> Answer {
    let message = "ssowrap is not an EC2 instance: it serves only role credentials and a region";
    failure(StatusCode::NOT_FOUND, &Trouble { kind: Kind::Usage, message: message.to_owned() })
}
