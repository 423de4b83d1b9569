//! The requests and answers, without any secret.

use crate::secrets::fingerprint;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// One request. It is added when the request has been read, and completed when the answer is ready,
/// before the client sees the answer.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Entry {
    /// Number of the request, from 1.
    pub seq: u64,
    /// When it arrived, milliseconds since the epoch.
    pub time_ms: i64,
    /// AWS name of the operation, `Unknown` if there is none.
    pub operation: String,
    /// HTTP method.
    pub method: String,
    /// Path and query as sent, with fingerprints in place of secrets.
    pub path: String,
    /// `host`, `user-agent`, `content-type`, `content-length`, `accept`, the `amz-sdk-*` headers;
    /// the fingerprints of bearer and session tokens; of `authorization` everything but the
    /// signature.
    pub headers: BTreeMap<String, String>,
    /// Parameters of the query and the body, with [`fingerprint`]s in place of secrets. JSON members
    /// that are not text are kept as JSON.
    pub params: BTreeMap<String, String>,
    /// HTTP status; `None` while unanswered, or if the connection was dropped instead.
    pub status: Option<u16>,
    /// The error code of the answer.
    pub error: Option<String>,
    /// ARN of the caller as proved by the signature, or of the role that the portal issued
    /// credentials for.
    pub principal: Option<String>,
    /// Access key id of the caller, whether or not the signature was right.
    pub access_key_id: Option<String>,
    /// Access key id that was issued.
    pub issued_access_key_id: Option<String>,
    /// Region of the credential scope.
    pub region: Option<String>,
    /// Headers covered by the signature.
    pub signed_headers: Vec<String>,
    /// The injected fault, as its `Debug` text.
    pub fault: Option<String>,
    /// What the fake objects to although the real services accept it: credentials sent to a service
    /// they are not meant for.
    pub notes: Vec<String>,
}

impl Entry {
    /// The `Host` header.
    #[must_use]
    pub fn host(&self) -> &str {
        self.headers.get("host").map_or("", String::as_str)
    }

    /// The `User-Agent` header.
    #[must_use]
    pub fn user_agent(&self) -> &str {
        self.headers.get("user-agent").map_or("", String::as_str)
    }

    /// A parameter, or an empty text.
    #[must_use]
    pub fn param(&self, name: &str) -> &str {
        self.params.get(name).map_or("", String::as_str)
    }

    /// The form used over HTTP: the fields in camelCase.
    #[must_use]
    pub fn to_json(&self) -> Value {
        json!({
            "seq": self.seq,
            "timeMs": self.time_ms,
            "operation": self.operation,
            "method": self.method,
            "path": self.path,
            "headers": self.headers,
            "params": self.params,
            "status": self.status,
            "error": self.error,
            "principal": self.principal,
            "accessKeyId": self.access_key_id,
            "issuedAccessKeyId": self.issued_access_key_id,
            "region": self.region,
            "signedHeaders": self.signed_headers,
            "fault": self.fault,
            "notes": self.notes,
        })
    }
}

/// Parameters that are never logged as sent.
const SECRET_PARAMS: [&str; 13] = [
    "accessToken",
    "clientSecret",
    "code",
    "codeVerifier",
    "deviceCode",
    "refreshToken",
    "Session",
    "SigninToken",
    "TokenCode",
    "WebIdentityToken",
    "X-Amz-Security-Token",
    "X-Amz-Signature",
    "password",
];

/// The value as it may be logged.
pub(crate) fn redact(name: &str, value: &str) -> String {
    // A link may be inside another one.
    if SECRET_PARAMS.contains(&name) || value.contains("SigninToken=") {
        fingerprint(value)
    } else {
        value.to_owned()
    }
}

/// The log of one fake.
#[derive(Debug, Default)]
pub(crate) struct Log {
    inner: Mutex<Inner>,
    grown: Condvar,
}

#[derive(Debug, Default)]
struct Inner {
    entries: Vec<Entry>,
    last_seq: u64,
}

impl Log {
    /// Enters a request and returns its number.
    pub fn begin(&self, mut entry: Entry) -> u64 {
        let mut inner = self.lock();
        inner.last_seq += 1;
        let seq = inner.last_seq;
        entry.seq = seq;
        inner.entries.push(entry);
        drop(inner);
        self.grown.notify_all();
        seq
    }

    /// Replaces the entry of that number, unless the log was cleared meanwhile.
    pub fn finish(&self, entry: Entry) {
        let mut inner = self.lock();
        // Entries are in order of their number.
        if let Ok(at) = inner.entries.binary_search_by_key(&entry.seq, |found| found.seq) {
            inner.entries[at] = entry;
        }
    }

    pub fn entries(&self) -> Vec<Entry> {
        self.lock().entries.clone()
    }

    pub fn count(&self, operation: &str) -> usize {
        count(&self.lock().entries, operation)
    }

    pub fn clear(&self) {
        self.lock().entries.clear();
    }

    /// Waits until `operation` has been requested at least `n` times.
    pub fn wait_for(&self, operation: &str, n: usize, timeout: Duration) -> bool {
        let deadline = Instant::now() + timeout;
        let mut inner = self.lock();
        while count(&inner.entries, operation) < n {
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return false;
            }
            let woken = self.grown.wait_timeout(inner, left);
            inner = woken.unwrap_or_else(PoisonError::into_inner).0;
        }
        true
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn count(entries: &[Entry], operation: &str) -> usize {
    entries.iter().filter(|entry| operation == "*" || entry.operation == operation).count()
}
