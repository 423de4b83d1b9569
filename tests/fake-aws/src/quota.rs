//! The portal's quota: a token bucket for each bearer token.

use std::collections::HashMap;
use std::time::Instant;

/// How many requests the portal answers.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Quota {
    /// The size of a full bucket.
    pub burst: f64,
    /// How fast an empty one fills.
    pub per_second: f64,
}

#[derive(Debug)]
struct Bucket {
    level: f64,
    at: Instant,
}

/// The buckets of all tokens.
#[derive(Debug, Default)]
pub(crate) struct Buckets {
    quota: Option<Quota>,
    buckets: HashMap<String, Bucket>,
}

impl Buckets {
    /// Sets the size of full buckets; `None` means no quota.
    pub fn set(&mut self, quota: Option<Quota>) {
        *self = Self { quota, buckets: HashMap::new() };
    }

    /// Whether a request with this token may be answered.
    pub fn take(&mut self, token: &str) -> bool {
        self.take_at(token, Instant::now())
    }

    fn take_at(&mut self, token: &str, now: Instant) -> bool {
        let Some(quota) = self.quota else { return true };
        let full = || Bucket { level: quota.burst, at: now };
        let bucket = self.buckets.entry(token.to_owned()).or_insert_with(full);
        let passed = now.saturating_duration_since(bucket.at).as_secs_f64();
        bucket.level = quota.burst.min(bucket.level + passed * quota.per_second);
        bucket.at = now;
        let answered = bucket.level >= 1.0;
        if answered {
            bucket.level -= 1.0;
        }
        answered
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_bucket_fills_with_time_and_never_overflows() {
        let mut buckets = Buckets::default();
        assert!(buckets.take("a"), "no quota");
        buckets.set(Some(Quota { burst: 2.0, per_second: 4.0 }));
        let start = Instant::now();
        let at = |millis| start + Duration::from_millis(millis);
        let taken =
            [0, 0, 0, 249, 250, 10_000, 10_000, 10_000].map(|ms| buckets.take_at("a", at(ms)));
        assert_eq!(taken, [true, true, false, false, true, true, true, false]);
        assert!(buckets.take_at("b", at(10_000)), "a token has a bucket of its own");
    }
}
