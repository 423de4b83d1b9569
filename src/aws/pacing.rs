//! The portal's quota: when the next request may start, agreed on by all processes that use one
//! login.
//!
//! The portal answers a person's requests from a bucket: about 20 at once, and 20 a second after
//! that (SPEC 11). The processes keep a copy of that bucket in a small file. To send, a process
//! takes one from it; if it is empty, the process waits until it fills: a level below zero is the
//! queue. A process that is killed leaves its place in the queue unused.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use sha1::{Digest, Sha1};

use crate::context::Context;
use crate::printer::Printer;
use crate::storage::shared;
use crate::text::hex::hex;

/// Requests a second, and at once: the default, and the maximum.
const MOST: f64 = 20.0;

/// The minimum of requests a second, however often the portal refuses.
const LEAST: f64 = 1.0;

/// Requests do not arrive as evenly as they start, and one that overtook others would find the
/// portal's bucket empty. So once ours has been empty, what fills it in this many seconds stays in
/// it, until it is full again.
const RESERVE: f64 = 0.4;

/// A time further ahead was written before the clock was set.
const SKEW: i64 = 5_000;

/// A copy of the portal's bucket.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Bucket {
    /// Requests that may start at once; below zero, those that wait.
    level: f64,
    /// When that was, in milliseconds since 1970.
    at: i64,
    /// Whether it has been empty since it was full last.
    is_drained: bool,
    /// How many are filled in a second since the portal refused a request last; see [`Bucket::rate`].
    rate: f64,
    /// When it did, in milliseconds since 1970.
    throttled_at: i64,
}

/// When a request may start.
#[derive(Clone, Copy, Debug, PartialEq)]
struct StartSlot {
    /// From now on.
    wait: Duration,
    /// [`Bucket::throttled_at`] as it was: another one makes the slot void.
    throttled_at: i64,
}

impl Bucket {
    fn full(now: i64) -> Self {
        Self { level: MOST, at: now, is_drained: false, rate: MOST, throttled_at: 0 }
    }

    /// The bucket that another process left, as it is now.
    fn refilled(old: Option<Self>, now: i64) -> Self {
        let Some(mut bucket) = old.filter(|old| old.is_plausible(now)) else {
            return Self::full(now);
        };
        let rate = bucket.rate(now);
        let seconds = (now - bucket.at).max(0) as f64 / 1000.0;
        bucket.level = rate.min(bucket.level + seconds * rate);
        bucket.at = bucket.at.max(now);
        bucket.is_drained &= bucket.level < rate;
        bucket
    }

    fn is_plausible(&self, now: i64) -> bool {
        self.at <= now + SKEW
            && self.throttled_at <= now + SKEW
            && (LEAST..=MOST).contains(&self.rate)
            && (-1e6..=MOST).contains(&self.level)
    }

    /// One more for each second in which the portal refused nothing.
    fn rate(&self, now: i64) -> f64 {
        let quiet = (now - self.throttled_at).max(0) / 1000;
        MOST.min(self.rate + quiet as f64)
    }

    /// Takes a place; `self` is refilled.
    fn take(&mut self, now: i64) -> StartSlot {
        let rate = self.rate(now);
        self.is_drained |= self.level < 1.0;
        let reserve = if self.is_drained { RESERVE * rate } else { 0.0 };
        let wait = (1.0 + reserve - self.level).max(0.0) / rate;
        self.level -= 1.0;
        StartSlot { wait: Duration::from_secs_f64(wait), throttled_at: self.throttled_at }
    }

    /// The portal refused a request that started at `started`. Those that started before it did so
    /// last say nothing new.
    fn throttle(&mut self, started: i64, now: i64) {
        if started > self.throttled_at {
            self.rate = LEAST.max(self.rate(now) / 2.0);
            self.throttled_at = now;
            // Those that wait take a new place, at this rate.
            self.level = 0.0;
            self.is_drained = true;
        }
    }
}

/// The pace of one login at one portal.
#[derive(Clone, Debug)]
pub(super) struct Pace(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    /// None if there is no place for it.
    path: Option<PathBuf>,
    /// In place of the file if that cannot be used: then each process keeps the pace by itself.
    own: Mutex<Option<Bucket>>,
    printer: Printer,
    created: Instant,
    created_at: DateTime<Utc>,
}

impl Pace {
    /// The pace at the portal `host` of the login in `token_file`.
    pub(super) fn new(ctx: &Context, host: &str, token_file: &Path) -> Self {
        let name = hex(&Sha1::digest(format!("{host}\n{}", token_file.display())));
        let path = ctx.state_dir().map(|dir| dir.join("pace").join(name));
        Self(Arc::new(Inner {
            path,
            own: Mutex::default(),
            printer: ctx.printer.clone(),
            created: Instant::now(),
            created_at: ctx.now(),
        }))
    }

    /// Returns when a request may start. `waits` is called before each pause.
    ///
    /// # Errors
    /// The time in the queue, if that doesn't end before `deadline`.
    pub(super) async fn wait(
        &self,
        deadline: Option<Instant>,
        waits: impl Fn(Duration),
    ) -> Result<Start, Duration> {
        let mut slot = self.change(Bucket::take);
        while !slot.wait.is_zero() {
            if deadline.is_some_and(|deadline| Instant::now() + slot.wait > deadline) {
                self.change(|bucket, _| bucket.level += 1.0);
                return Err(slot.wait);
            }
            self.0
                .printer
                .debug(|| format!("waiting {} ms for the portal's quota", slot.wait.as_millis()));
            waits(slot.wait);
            // The slot is a time: until then, nobody frees it.
            tokio::time::sleep(slot.wait).await;
            let waited = slot;
            slot = self.change(|bucket, now| match bucket.throttled_at == waited.throttled_at {
                true => StartSlot { wait: Duration::ZERO, ..waited },
                false => bucket.take(now),
            });
        }
        Ok(Start(self.now()))
    }

    /// How long a request would wait that came now.
    pub(super) fn queue(&self) -> Duration {
        self.change(|bucket, now| bucket.clone().take(now).wait)
    }

    /// The portal refused a request because there were too many.
    pub(super) fn throttled(&self, start: Start) {
        self.change(|bucket, now| bucket.throttle(start.0, now));
    }

    fn change<R>(&self, change: impl Fn(&mut Bucket, i64) -> R) -> R {
        let apply = |old: Option<Bucket>| {
            let now = self.now();
            let mut bucket = Bucket::refilled(old, now);
            let result = change(&mut bucket, now);
            (bucket, result)
        };
        let of_file = self.0.path.as_ref().and_then(|path| match shared::change(path, apply) {
            Ok(result) => Some(result),
            Err(e) => {
                self.0.printer.debug(|| format!("cannot share the pace with other processes: {e}"));
                None
            }
        });
        of_file.unwrap_or_else(|| {
            let mut own = self.0.own.lock().unwrap_or_else(PoisonError::into_inner);
            let (bucket, result) = apply(own.take());
            *own = Some(bucket);
            result
        })
    }

    /// The time.
    pub(super) fn time(&self) -> DateTime<Utc> {
        self.0.created_at + self.0.created.elapsed()
    }

    /// Milliseconds since 1970.
    fn now(&self) -> i64 {
        self.time().timestamp_millis()
    }
}

/// When a request started.
#[derive(Clone, Copy, Debug)]
pub(super) struct Start(i64);

#[cfg(test)]
mod tests {
    use super::*;

    const NOON: i64 = 1_800_000_000_000;

    /// The waits of so many requests at once, in milliseconds.
    fn waits(bucket: &mut Bucket, now: i64, count: usize) -> Vec<u128> {
        *bucket = Bucket::refilled(Some(bucket.clone()), now);
        (0..count).map(|_| bucket.take(now).wait.as_millis()).collect()
    }

    #[test]
    fn twenty_at_once_and_twenty_a_second() {
        let mut bucket = Bucket::full(NOON);
        let waits_of_many = waits(&mut bucket, NOON, 100);
        assert_eq!(waits_of_many[..20], [0; 20]);
        assert_eq!(waits_of_many[20..23], [450, 500, 550]);
        assert_eq!(waits_of_many[99], 4400);
        // A bucket that has been empty keeps a reserve until it is full again.
        assert_eq!(waits(&mut bucket, NOON + 4400, 1), [50]);
        assert_eq!(waits(&mut bucket, NOON + 4950, 12)[9..], [0, 50, 100]);
        assert_eq!(waits(&mut bucket, NOON + 6000, 21)[19..], [0, 450]);
    }

    #[test]
    fn half_as_fast_after_a_refusal_and_one_more_for_each_quiet_second() {
        let mut bucket = Bucket::full(NOON);
        let slot = bucket.take(NOON);
        bucket.throttle(NOON, NOON + 10);
        // Requests that were on their way then do not count again.
        bucket.throttle(NOON + 5, NOON + 20);
        assert_eq!((bucket.rate, bucket.level), (10.0, 0.0));
        assert_ne!(bucket.take(NOON + 10).throttled_at, slot.throttled_at);
        let rates = [0, 999, 1000, 5500, 60_000].map(|after| bucket.rate(NOON + 10 + after));
        assert_eq!(rates, [10.0, 10.0, 11.0, 15.0, 20.0]);
        for second in 1..20 {
            bucket.throttle(NOON + second * 1000, NOON + second * 1000);
        }
        assert!((LEAST..2.0).contains(&bucket.rate), "{}", bucket.rate);
    }

    #[test]
    fn what_cannot_be_is_discarded() {
        let good =
            Bucket { level: -3.0, at: NOON, is_drained: true, rate: 5.0, throttled_at: NOON };
        let level = |old: &Bucket, now| Bucket::refilled(Some(old.clone()), now).level;
        assert_eq!(level(&good, NOON), -3.0);
        // The clock of another process may be a little ahead.
        assert_eq!(level(&good, NOON - 5000), -3.0);
        for bad in [
            Bucket { at: NOON + 5001, ..good.clone() },
            Bucket { throttled_at: NOON + 5001, ..good.clone() },
            Bucket { rate: 0.0, ..good.clone() },
            Bucket { rate: 21.0, ..good.clone() },
            Bucket { level: 21.0, ..good.clone() },
            Bucket { level: f64::NEG_INFINITY, ..good.clone() },
        ] {
            assert_eq!(level(&bad, NOON), MOST, "{bad:?}");
        }
    }
}
