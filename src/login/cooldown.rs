//! Remembers a session's last failed login, so that for a minute, other processes don't open
//! further pages in the browser of a user who has just closed one.

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use crate::context::Context;
use crate::storage::memory::Memory;

/// How long after a refused or abandoned login no other is started without being asked for.
const INTERVAL: TimeDelta = TimeDelta::seconds(60);

/// Where the last failure of a login is stored.
pub(super) struct CoolDown<'a> {
    ctx: &'a Context,
    memory: Memory<'a>,
}

/// A login that failed less than a minute ago.
pub(super) struct Setback {
    pub at: DateTime<Utc>,
    pub ago: TimeDelta,
    /// The reason, in words. Part of it may be untrusted text.
    pub what: String,
    /// Whether the user has seen it. Then no other is started for a minute.
    pub rests: bool,
}

#[derive(Serialize, Deserialize)]
struct WrittenCooldown {
    /// The time of the failure, in milliseconds since 1970.
    at: i64,
    what: String,
    rests: bool,
}

impl<'a> CoolDown<'a> {
    pub(super) fn new(ctx: &'a Context, key: &str) -> Self {
        Self { ctx, memory: Memory::new(ctx, "login", key) }
    }

    pub(super) fn last(&self) -> Option<Setback> {
        let WrittenCooldown { at, what, rests } = self.memory.recall()?;
        let at = DateTime::from_timestamp_millis(at)?;
        let ago = self.ctx.now() - at;
        // A time in the future means that the clock was set back.
        let counts = TimeDelta::zero() <= ago && ago < INTERVAL;
        counts.then_some(Setback { at, ago, what, rests })
    }

    pub(super) fn note(&self, what: &str, rests: bool) {
        let at = self.ctx.now().timestamp_millis();
        self.memory.keep(&WrittenCooldown { at, what: what.to_owned(), rests });
    }

    /// Removes it, because there is a login now.
    pub(super) fn end(&self) {
        self.memory.forget();
    }
}
