//! The last login of a session that came to nothing: remembered, so that the next minute's
//! processes do not each open another page in the browser of a person who has just closed one.

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use crate::context::Context;
use crate::storage::memory::Memory;

/// For so long after a login was refused or given up none is made that nobody has asked for.
const INTERVAL: TimeDelta = TimeDelta::seconds(60);

/// Where the last setback of one login is remembered.
pub(super) struct CoolDown<'a> {
    ctx: &'a Context,
    memory: Memory<'a>,
}

/// A login that came to nothing less than a minute ago.
pub(super) struct Setback {
    pub at: DateTime<Utc>,
    pub ago: TimeDelta,
    /// How, in words. Part of them may be foreign.
    pub what: String,
    /// Whether a person was bothered with it: then there has to be a rest.
    pub rests: bool,
}

#[derive(Serialize, Deserialize)]
struct Written {
    /// In milliseconds since 1970.
    at: i64,
    what: String,
    rests: bool,
}

impl<'a> CoolDown<'a> {
    /// That of the login with this key, a file name without separators.
    pub(super) fn new(ctx: &'a Context, key: &str) -> Self {
        Self { ctx, memory: Memory::new(ctx, "login", key) }
    }

    /// The last setback.
    pub(super) fn last(&self) -> Option<Setback> {
        let Written { at, what, rests } = self.memory.recall()?;
        let at = DateTime::from_timestamp_millis(at)?;
        let ago = self.ctx.now() - at;
        // One in the future says that the clock was set back.
        let counts = TimeDelta::zero() <= ago && ago < INTERVAL;
        counts.then_some(Setback { at, ago, what, rests })
    }

    /// Remembers a setback.
    pub(super) fn note(&self, what: &str, rests: bool) {
        let at = self.ctx.now().timestamp_millis();
        self.memory.keep(&Written { at, what: what.to_owned(), rests });
    }

    /// Forgets it: there is a login.
    pub(super) fn end(&self) {
        self.memory.forget();
    }
}
