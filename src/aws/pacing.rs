//! The portal's quota: all processes that use one login agree when the next request may start.
//!
//! The portal limits each person's requests with a token bucket: about 20 at once, then 20 a second
//! (SPEC 11). The processes keep a copy of that bucket in a small file. To send a request, a
//! process takes a token. If there is none, it waits until the bucket refills: a level below zero
//! is the queue. If a process is killed, its place in the queue stays unused. If the portal says
//! when to come back (`Retry-After`), the bucket stays empty until then, for all processes.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use sha1::{Digest, Sha1};

use super::retry::OPERATION_TIMEOUT;
use crate::context::Context;
use crate::printer::Printer;
use crate::storage::shared;
use crate::text::hex::hex;

/// Requests per second, and burst size: the default and the maximum.
const MOST: f64 = 20.0;

/// The minimum rate in requests per second, however often the portal refuses.
const LEAST: f64 = 1.0;

/// Requests arrive less evenly than they start, so one that overtakes others could find the
/// portal's bucket empty. So once our bucket has been empty, it keeps a reserve until it is full
/// again: as many tokens as refill it in this many seconds.
const RESERVE: f64 = 0.4;

/// A time further ahead than this was written before the clock was set back.
const SKEW: i64 = 5_000;

/// The longest `Retry-After` that all processes keep to, in milliseconds: nobody waits longer for an
/// operation either.
const LONGEST_PAUSE: i64 = OPERATION_TIMEOUT.as_millis() as i64;

/// A copy of the portal's bucket.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Bucket {
    /// How many requests may start at once; below zero, how many are waiting.
    level: f64,
    /// The time of that level, in milliseconds since 1970.
    at: i64,
    /// Whether it has been empty since it was last full.
    is_drained: bool,
    /// Requests per second that refill it, as of the portal's last refusal; see [`Bucket::rate`].
    rate: f64,
    /// The time of the portal's last refusal, in milliseconds since 1970.
    throttled_at: i64,
    /// For how many milliseconds after it nothing refills the bucket.
    pause: i64,
}

/// When a request may start.
#[derive(Clone, Copy, Debug, PartialEq)]
struct StartSlot {
    /// How long to wait from now.
    wait: Duration,
    /// [`Bucket::throttled_at`] when the slot was taken. If it changes, the slot is void.
    throttled_at: i64,
}

impl Bucket {
    fn full(now: i64) -> Self {
        Self { level: MOST, at: now, is_drained: false, rate: MOST, throttled_at: 0, pause: 0 }
    }

    /// Another process's bucket, refilled up to now.
    fn refilled(old: Option<Self>, now: i64) -> Self {
        let Some(mut bucket) = old.filter(|old| old.is_plausible(now)) else {
            return Self::full(now);
        };
        let rate = bucket.rate(now);
        let refills_from = bucket.at.max(bucket.resumes_at());
        let seconds = (now - refills_from).max(0) as f64 / 1000.0;
        bucket.level = rate.min(bucket.level + seconds * rate);
        bucket.at = bucket.at.max(now);
        bucket.is_drained &= bucket.level < rate;
        bucket
    }

    fn is_plausible(&self, now: i64) -> bool {
        self.at <= now + SKEW
            && self.throttled_at <= now + SKEW
            && (0..=LONGEST_PAUSE).contains(&self.pause)
            && (LEAST..=MOST).contains(&self.rate)
            && (-1e6..=MOST).contains(&self.level)
    }

    /// The current rate: one more for each second in which the portal took requests and refused none.
    fn rate(&self, now: i64) -> f64 {
        let quiet = (now - self.resumes_at()).max(0) / 1000;
        MOST.min(self.rate + quiet as f64)
    }

    /// When the portal takes requests again.
    fn resumes_at(&self) -> i64 {
        self.throttled_at + self.pause
    }

    /// Takes a slot. `self` must be refilled.
    fn take(&mut self, now: i64) -> StartSlot {
        let rate = self.rate(now);
        self.is_drained |= self.level < 1.0;
        let reserve = if self.is_drained { RESERVE * rate } else { 0.0 };
        let pause = (self.resumes_at() - now).max(0) as f64 / 1000.0;
        let wait = pause + (1.0 + reserve - self.level).max(0.0) / rate;
        self.level -= 1.0;
        StartSlot { wait: Duration::from_secs_f64(wait), throttled_at: self.throttled_at }
    }

    /// The portal refused a request that started at `started`, and takes none during `pause`. The
    /// rate falls only if the request started after the last refusal. `self` must be refilled.
    fn throttle(&mut self, started: i64, pause: Duration, now: i64) {
        let pause = pause.min(OPERATION_TIMEOUT).as_millis() as i64;
        let is_new = started > self.throttled_at;
        if is_new {
            self.rate = LEAST.max(self.rate(now) / 2.0);
        }
        if is_new || now + pause > now.max(self.resumes_at()) {
            (self.throttled_at, self.pause) = (now, pause);
            // Waiting requests take a new slot.
            self.level = 0.0;
            self.is_drained = true;
        }
    }
}

/// The request rate of one login at one portal.
#[derive(Clone, Debug)]
pub(super) struct Pace(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    /// None if there is no directory for it.
    path: Option<PathBuf>,
    /// Used if the file cannot be: then each process keeps its own pace.
    own: Mutex<Option<Bucket>>,
    printer: Printer,
    created: Instant,
    created_at: DateTime<Utc>,
}

impl Pace {
    /// The pace at the portal `host` for the login in `token_file`.
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

    /// Returns when a request may start. Calls `waits` before each pause.
    ///
    /// # Errors
    /// The time in the queue, if it doesn't end before `deadline`.
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
            // The slot is a time: the portal fills its bucket by the clock, and nothing announces it. A
            // later refusal only moves the slot back, which is looked at after the wait.
            tokio::time::sleep(slot.wait).await;
            let waited = slot;
            slot = self.change(|bucket, now| match bucket.throttled_at == waited.throttled_at {
                true => StartSlot { wait: Duration::ZERO, ..waited },
                false => bucket.take(now),
            });
        }
        Ok(Start(self.now()))
    }

    /// How long a request would wait if it came now.
    pub(super) fn queue(&self) -> Duration {
        self.change(|bucket, now| bucket.clone().take(now).wait)
    }

    /// Notes that the portal refused a request because there were too many, and takes none during
    /// `pause`.
    pub(super) fn throttled(&self, start: Start, pause: Duration) {
        self.change(|bucket, now| bucket.throttle(start.0, pause, now));
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
                self.0
                    .printer
                    .debug(|| format!("cannot share the request rate with other processes: {e}"));
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

    /// How long this many simultaneous requests wait, in milliseconds.
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
        bucket.throttle(NOON, Duration::ZERO, NOON + 10);
        // Requests that had already started do not count again.
        bucket.throttle(NOON + 5, Duration::ZERO, NOON + 20);
        assert_eq!((bucket.rate, bucket.level), (10.0, 0.0));
        assert_ne!(bucket.take(NOON + 10).throttled_at, slot.throttled_at);
        let rates = [0, 999, 1000, 5500, 60_000].map(|after| bucket.rate(NOON + 10 + after));
        assert_eq!(rates, [10.0, 10.0, 11.0, 15.0, 20.0]);
        for second in 1..20 {
            let started = NOON + second * 1000;
            bucket.throttle(started, Duration::ZERO, started);
        }
        assert!((LEAST..2.0).contains(&bucket.rate), "{}", bucket.rate);
    }

    #[test]
    fn nothing_starts_before_the_portal_says() {
        let mut bucket = Bucket::full(NOON);
        bucket.throttle(NOON, Duration::from_secs(2), NOON);
        let resumed = 2000 + 500;
        assert_eq!(waits(&mut bucket, NOON, 2), [resumed, resumed + 100]);
        // A later answer may only prolong it; then requests that wait take a new slot.
        let slot = bucket.take(NOON);
        bucket.throttle(NOON - 1, Duration::from_secs(1), NOON + 500);
        assert_eq!((bucket.rate, bucket.resumes_at()), (10.0, NOON + 2000));
        bucket.throttle(NOON - 1, Duration::from_secs(4), NOON + 500);
        assert_eq!((bucket.rate, bucket.resumes_at()), (10.0, NOON + 4500));
        assert_ne!(bucket.throttled_at, slot.throttled_at);
        // No second of the pause counts as one without a refusal.
        let rates = [500, 4500, 5499, 5500].map(|after| bucket.rate(NOON + after));
        assert_eq!(rates, [10.0, 10.0, 10.0, 11.0]);
        bucket.throttle(NOON + 5500, Duration::MAX, NOON + 5500);
        assert_eq!(bucket.pause, LONGEST_PAUSE);
    }

    #[test]
    fn what_cannot_be_is_discarded() {
        let good = Bucket {
            level: -3.0,
            at: NOON,
            is_drained: true,
            rate: 5.0,
            throttled_at: NOON,
            pause: 0,
        };
        let level = |old: &Bucket, now| Bucket::refilled(Some(old.clone()), now).level;
        assert_eq!(level(&good, NOON), -3.0);
        // The clock of another process may be a little ahead.
        assert_eq!(level(&good, NOON - 5000), -3.0);
        for bad in [
            Bucket { at: NOON + 5001, ..good.clone() },
            Bucket { throttled_at: NOON + 5001, ..good.clone() },
            Bucket { pause: -1, ..good.clone() },
            Bucket { pause: LONGEST_PAUSE + 1, ..good.clone() },
            Bucket { rate: 0.0, ..good.clone() },
            Bucket { rate: 21.0, ..good.clone() },
            Bucket { level: 21.0, ..good.clone() },
            Bucket { level: f64::NEG_INFINITY, ..good.clone() },
        ] {
            assert_eq!(level(&bad, NOON), MOST, "{bad:?}");
        }
    }
}
