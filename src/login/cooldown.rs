//! The last failed login of a session: remembered, so that for a minute, other processes don't each
//! open another page in the browser of a person who has just closed one.

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use crate::context::Context;
use crate::storage::memory::Memory;

/// How long after a refused or abandoned login none is started unasked.
const INTERVAL: TimeDelta = TimeDelta::seconds(60);

/// Where the last failure of one login is remembered.
pub(super) struct CoolDown<'a> {
    ctx: &'a Context,
    memory: Memory<'a>,
}

/// A login that failed less than a minute ago.
pub(super) struct Setback {
    pub at: DateTime<Utc>,
    pub ago: TimeDelta,
    /// Why, in words. Part of them may be foreign.
    pub what: String,
    /// Whether a person has seen it: then no other is started for a minute.
    pub rests: bool,
}

#[derive(Serialize, Deserialize)]
struct WrittenCooldown {
    /// In milliseconds since 1970.
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

    /// Forgets it: there is a login.
    pub(super) fn end(&self) {
        self.memory.forget();
    }
}
