//! The last failed attempt to refresh a login, stored in ssowrap's own state, so that for a minute,
//! other processes do not repeat it.
//!
//! It applies to one version of the token file: any write to that file, by any program, makes it
//! void.

use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use super::location;
use crate::context::Context;
use crate::error::{Error, Kind};
use crate::storage::memory::Memory;

/// The minimum time between two attempts while the old token is valid, as in botocore (SPEC 3.3).
const INTERVAL: TimeDelta = TimeDelta::seconds(60);

/// The kinds of failure that an attempt can end with.
const KINDS: [Kind; 6] = [
    Kind::LoginRequired,
    Kind::AccessDenied,
    Kind::Network,
    Kind::InvalidSetting,
    Kind::UnreadableFile,
    Kind::Other,
];

/// When a version of a login's file was written; none if the system does not say.
type WrittenAt = Option<SystemTime>;

/// Where the last attempt for one login is stored.
#[derive(Debug)]
pub(crate) struct Attempts<'a> {
    ctx: &'a Context,
    memory: Memory<'a>,
}

#[derive(Serialize, Deserialize)]
struct Attempt {
    /// The version of the token file: the one that the attempt was for, or the one that it wrote.
    /// This is when it was written, in nanoseconds since 1970, as text.
    file: String,
    /// When it ended, in milliseconds since 1970.
    at: i64,
    failure: Option<KeptError>,
    /// When the answer to an attempt was lost, in milliseconds since 1970.
    #[serde(default)]
    unanswered_at: Option<i64>,
}

/// An [`Error`] without place and source, which these errors do not have.
#[derive(Serialize, Deserialize)]
struct KeptError {
    kind: String,
    message: String,
    hints: Vec<String>,
}

impl<'a> Attempts<'a> {
    /// The stored attempt for the token file at `path`.
    pub(crate) fn of(ctx: &'a Context, path: &Path) -> Self {
        Self { ctx, memory: Memory::new(ctx, "refresh", &location::key(path)) }
    }

    /// Whether the last attempt for the file written at that time was less than a minute ago.
    pub(crate) fn is_recent(&self, written: WrittenAt) -> bool {
        self.last(written).is_some_and(|attempt| self.since(&attempt) < INTERVAL)
    }

    /// Why AWS refused the refresh, if that is how the last attempt ended.
    pub(crate) fn refusal(&self, written: WrittenAt) -> Option<String> {
        let failure = self.last(written)?.failure?;
        let is_refusal = [Kind::LoginRequired, Kind::AccessDenied]
            .into_iter()
            .any(|kind| kind.name() == failure.kind);
        is_refusal.then_some(failure.message)
    }

    /// The failure of an attempt that ended after `started`.
    pub(crate) fn failed_since(&self, written: WrittenAt, started: DateTime<Utc>) -> Option<Error> {
        let attempt = self.last(written)?;
        let failure = attempt.failure.filter(|_| attempt.at >= started.timestamp_millis())?;
        let kind = KINDS.into_iter().find(|kind| kind.name() == failure.kind)?;
        let error = Error::new(kind, failure.message);
        Some(failure.hints.into_iter().fold(error, Error::hint))
    }

    /// When the answer to an attempt was lost.
    pub(crate) fn unanswered_at(&self, written: WrittenAt) -> Option<DateTime<Utc>> {
        DateTime::from_timestamp_millis(self.last(written)?.unanswered_at?)
    }

    /// Notes that an attempt failed, or that the file is the result of one.
    pub(crate) fn note(
        &self,
        written: WrittenAt,
        failure: Option<&Error>,
        unanswered_at: Option<DateTime<Utc>>,
    ) {
        let Some(file) = as_text(written) else { return };
        let failure = failure.map(|error| KeptError {
            kind: error.kind.name().to_owned(),
            message: error.message.clone(),
            hints: error.hints.clone(),
        });
        let unanswered_at = unanswered_at.map(|at| at.timestamp_millis());
        let at = self.ctx.now().timestamp_millis();
        self.memory.keep(&Attempt { file, at, failure, unanswered_at });
    }

    /// Removes the last attempt. If it remains, it does not affect the next login.
    pub(crate) fn forget(&self) {
        self.memory.forget();
    }

    fn last(&self, written: WrittenAt) -> Option<Attempt> {
        let attempt: Attempt = self.memory.recall()?;
        let is_past = self.since(&attempt) >= TimeDelta::zero();
        (is_past && Some(&attempt.file) == as_text(written).as_ref()).then_some(attempt)
    }

    fn since(&self, attempt: &Attempt) -> TimeDelta {
        TimeDelta::milliseconds(self.ctx.now().timestamp_millis().saturating_sub(attempt.at))
    }
}

fn as_text(written: WrittenAt) -> Option<String> {
    let since = written?.duration_since(UNIX_EPOCH).ok()?;
    Some(since.as_nanos().to_string())
}
