//! Points in time for people: in local time, with the distance from now.

use chrono::{DateTime, Datelike, FixedOffset, Local, NaiveTime, Offset, TimeDelta, TimeZone, Utc};

/// The current time, and the reader's time zone.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Clock {
    now: DateTime<Utc>,
    zone: Zone,
}

/// A time zone.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Zone {
    /// The system's zone, or that of `TZ`.
    Local,
    #[cfg_attr(not(test), expect(dead_code, reason = "tests have zones of their own"))]
    Fixed(FixedOffset),
}

impl Zone {
    fn local(self, time: DateTime<Utc>) -> DateTime<FixedOffset> {
        match self {
            Zone::Local => {
                let offset = match is_known(time) {
                    true => Local.offset_from_utc_datetime(&time.naive_utc()).fix(),
                    false => Utc.fix(),
                };
                time.with_timezone(&offset)
            }
            Zone::Fixed(offset) => time.with_timezone(&offset),
        }
    }
}

/// Whether the system knows its zone. If not, as in a Windows container, chrono panics.
fn is_known(time: DateTime<Utc>) -> bool {
    let year = time.naive_utc().date().with_ordinal(20).map(|day| day.and_time(NaiveTime::MIN));
    // On that day, no clock is ever put forward.
    !cfg!(windows)
        || year.is_some_and(|day| Local.offset_from_local_datetime(&day).earliest().is_some())
}

impl Clock {
    pub(crate) fn new(now: DateTime<Utc>, zone: Zone) -> Self {
        Self { now, zone }
    }

    pub(crate) fn now(&self) -> DateTime<Utc> {
        self.now
    }

    /// When something expires: `17:01 (7 h left)`.
    pub(crate) fn until(&self, time: DateTime<Utc>) -> String {
        let shown = self.time(time, time.signed_duration_since(self.now));
        format!("{shown} ({})", self.left(time))
    }

    /// How much longer something lasts: `7 h left`.
    pub(crate) fn left(&self, time: DateTime<Utc>) -> String {
        // In whole seconds: one hour from now is 60 min, even if the second has begun.
        let left = TimeDelta::seconds(time.timestamp() - self.now.timestamp());
        let left = left.max(TimeDelta::zero());
        let (amount, unit) = match left.num_seconds() {
            0..60 => (left.num_seconds(), "s"),
            60..7_200 => (left.num_minutes(), "min"),
            7_200..172_800 => (left.num_hours(), "h"),
            _ => (left.num_days(), "days"),
        };
        format!("{amount} {unit} left")
    }

    /// When something expired: `at 09:12 (2 h ago)`.
    pub(crate) fn since(&self, time: DateTime<Utc>) -> String {
        let ago = self.now.signed_duration_since(time).max(TimeDelta::zero());
        let (amount, unit) = match ago.num_seconds() {
            0..60 => (ago.num_seconds(), "s"),
            60..3_600 => (ago.num_minutes(), "min"),
            3_600..172_800 => (ago.num_hours(), "h"),
            _ => (ago.num_days(), "days"),
        };
        format!("at {} ({amount} {unit} ago)", self.time(time, ago))
    }

    /// The time of day, with the date if it is more than half a day away.
    fn time(&self, time: DateTime<Utc>, distance: TimeDelta) -> String {
        let form = if distance < TimeDelta::hours(12) { "%H:%M" } else { "%Y-%m-%d %H:%M" };
        self.zone.local(time).format(form).to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::timestamp;

    fn at(text: &str) -> DateTime<Utc> {
        timestamp::parse(text).expect("a time")
    }

    fn clock(hours: i32) -> Clock {
        let zone = FixedOffset::east_opt(hours * 3600).expect("an offset");
        Clock::new(at("2026-11-23T11:20:00Z"), Zone::Fixed(zone))
    }

    #[test]
    fn the_future() {
        for (text, hours, expected) in [
            ("2026-11-23T11:20:42Z", 0, "11:20 (42 s left)"),
            ("2026-11-23T12:19:59Z", 0, "12:19 (59 min left)"),
            ("2026-11-23T19:20:00Z", 0, "19:20 (8 h left)"),
            ("2026-11-23T19:20:00Z", 1, "20:20 (8 h left)"),
            ("2026-11-23T19:20:00Z", -8, "11:20 (8 h left)"),
            ("2026-11-24T11:20:00Z", 0, "2026-11-24 11:20 (24 h left)"),
            ("2026-11-24T23:20:00Z", 1, "2026-11-25 00:20 (36 h left)"),
            ("2026-12-23T11:20:00Z", 0, "2026-12-23 11:20 (30 days left)"),
        ] {
            assert_eq!(clock(hours).until(at(text)), expected);
        }
        let clock = Clock::new(at("2026-11-23T11:20:00.9Z"), Zone::Fixed(Utc.fix()));
        assert_eq!(clock.until(at("2026-11-23T12:20:00Z")), "12:20 (60 min left)");
        assert_eq!(clock.left(at("2026-11-23T11:19:00Z")), "0 s left");
    }

    #[test]
    fn the_past() {
        for (text, hours, expected) in [
            ("2026-11-23T11:20:00Z", 0, "at 11:20 (0 s ago)"),
            ("2026-11-23T11:19:18Z", 0, "at 11:19 (42 s ago)"),
            ("2026-11-23T11:01:00Z", 0, "at 11:01 (19 min ago)"),
            ("2026-11-23T09:12:00Z", 0, "at 09:12 (2 h ago)"),
            ("2026-11-23T09:12:00Z", 2, "at 11:12 (2 h ago)"),
            ("2026-11-22T20:00:00Z", 0, "at 2026-11-22 20:00 (15 h ago)"),
            ("2026-11-20T09:00:00Z", 0, "at 2026-11-20 09:00 (3 days ago)"),
        ] {
            assert_eq!(clock(hours).since(at(text)), expected);
        }
    }
}
