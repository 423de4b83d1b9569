//! The last attempt at refreshing a login, where it left no fresh token behind: remembered in
//! ssowrap's own state, so that the processes of the next minute do not all repeat it.
//!
//! It is about one state of the token file. Whatever is written into that file by whomever makes
//! it void.

use std::fs;
use std::path::PathBuf;
use std::time::UNIX_EPOCH;

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use super::Login;
use crate::context::Context;
use crate::error::{Error, Kind};
use crate::storage::{atomic, private};

/// The least time between two attempts while the old token lives, as in botocore (SPEC 3.3).
const INTERVAL: TimeDelta = TimeDelta::seconds(60);

/// The classes of failure an attempt can end with.
const KINDS: [Kind; 6] = [
    Kind::LoginRequired,
    Kind::AccessDenied,
    Kind::Network,
    Kind::InvalidSetting,
    Kind::UnreadableFile,
    Kind::Other,
];

/// Where the last attempt at one login is remembered.
#[derive(Debug)]
pub(super) struct Attempts<'a> {
    ctx: &'a Context,
    /// None without a home: then nothing is remembered.
    path: Option<PathBuf>,
}

#[derive(Serialize, Deserialize)]
struct Attempt {
    /// When the token file was written that it was about, or that it wrote: nanoseconds since
    /// 1970, as text.
    file: String,
    /// When it ended, in milliseconds since 1970.
    at: i64,
    failure: Option<Failure>,
}

/// An [`Error`] without its place and source, which these errors do not have.
#[derive(Serialize, Deserialize)]
struct Failure {
    kind: String,
    message: String,
    hints: Vec<String>,
}

impl<'a> Attempts<'a> {
    /// The memory of the login with this key, a file name without separators.
    pub(super) fn new(ctx: &'a Context, key: &str) -> Self {
        let path = ctx.state_dir().map(|dir| dir.join("refresh").join(format!("{key}.json")));
        Self { ctx, path }
    }

    /// Whether the last attempt at `login` was less than a minute ago.
    pub(super) fn is_recent(&self, login: &Login) -> bool {
        self.last(login).is_some_and(|attempt| self.since(&attempt) < INTERVAL)
    }

    /// The failure of an attempt at `login` that ended after `started`.
    pub(super) fn failed_since(&self, login: &Login, started: DateTime<Utc>) -> Option<Error> {
        let attempt = self.last(login)?;
        let failure = attempt.failure.filter(|_| attempt.at >= started.timestamp_millis())?;
        let kind = KINDS.into_iter().find(|kind| kind.name() == failure.kind)?;
        let error = Error::new(kind, failure.message);
        Some(failure.hints.into_iter().fold(error, Error::hint))
    }

    /// Remembers that an attempt at `login` failed, or that `login` is what it gave.
    pub(super) fn note(&self, login: &Login, failure: Option<&Error>) {
        let (Some(path), Some(file)) = (&self.path, written(login)) else { return };
        let failure = failure.map(|error| Failure {
            kind: error.kind.name().to_owned(),
            message: error.message.clone(),
            hints: error.hints.clone(),
        });
        let attempt = Attempt { file, at: self.ctx.now().timestamp_millis(), failure };
        let noted = serde_json::to_vec(&attempt)
            .map_err(|e| e.to_string())
            .and_then(|bytes| atomic::write(path, &bytes).map_err(|e| e.to_string()));
        if let Err(e) = noted {
            self.ctx.printer.debug(|| format!("cannot remember this attempt: {e}"));
        }
    }

    /// Forgets the last attempt.
    pub(super) fn forget(&self) {
        if let Some(path) = &self.path {
            // There mostly is none. One that stays says nothing of the next login.
            let _ = fs::remove_file(path);
        }
    }

    fn last(&self, login: &Login) -> Option<Attempt> {
        let private::Found::File { bytes, .. } = private::read(self.path.as_ref()?) else {
            return None;
        };
        let attempt: Attempt = serde_json::from_slice(&bytes).ok()?;
        let is_past = self.since(&attempt) >= TimeDelta::zero();
        (is_past && Some(&attempt.file) == written(login).as_ref()).then_some(attempt)
    }

    fn since(&self, attempt: &Attempt) -> TimeDelta {
        TimeDelta::milliseconds(self.ctx.now().timestamp_millis().saturating_sub(attempt.at))
    }
}

fn written(login: &Login) -> Option<String> {
    let since = login.modified?.duration_since(UNIX_EPOCH).ok()?;
    Some(since.as_nanos().to_string())
}
