//! Points in time as text: lenient in reading, strict in writing (SPEC 3.2).

use std::time::SystemTime;

use chrono::{DateTime, Datelike, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, Utc};

/// Parses every form found in AWS tools' files: `2020-03-26T13:28:35` with or without a fraction,
/// with a space instead of the `T`, followed by `Z`, `UTC`, `GMT`, `+00:00`, `+0000` or `+00`. A
/// time without a zone counts as UTC, which is what its writers meant.
///
/// None for anything else: a misread expiration would hand out expired credentials.
pub(crate) fn parse(text: &str) -> Option<DateTime<Utc>> {
    let text = text.trim();
    let (date_time, rest) = text.split_at_checked("YYYY-MM-DDTHH:MM:SS".len())?;
    let (nanos, zone) = fraction(rest)?;
    let (day, separator, hour) =
        (date_time.get(..10)?, date_time.get(10..11)?, date_time.get(11..)?);
    let local = NaiveDateTime::new(date(day)?, time(hour, nanos)?);
    matches!(separator, "T" | "t" | " ").then_some(())?;
    let utc = local.checked_sub_signed(offset(zone.trim_start())?)?.and_utc();
    // No SDK reads another year.
    (0..=9999).contains(&utc.year()).then_some(utc)
}

/// A file's time. None if it is so far away that it can't be meant.
pub(crate) fn of_system(time: SystemTime) -> Option<DateTime<Utc>> {
    match time.duration_since(SystemTime::UNIX_EPOCH) {
        Ok(since) => DateTime::UNIX_EPOCH.checked_add_signed(TimeDelta::from_std(since).ok()?),
        Err(e) => DateTime::UNIX_EPOCH.checked_sub_signed(TimeDelta::from_std(e.duration()).ok()?),
    }
}

/// Writes `YYYY-MM-DDTHH:MM:SSZ`, the only form that every SDK accepts. A fraction is cut off.
pub(crate) fn format(time: DateTime<Utc>) -> String {
    time.format("%Y-%m-%dT%H:%M:%SZ").to_string()
}

/// Parses an HTTP date: `Sun, 06 Nov 1994 08:49:37 GMT` (RFC 9110, 5.6.7).
pub(crate) fn of_http(text: &str) -> Option<DateTime<Utc>> {
    DateTime::parse_from_rfc2822(text.trim()).ok().map(DateTime::<Utc>::from)
}

fn date(text: &str) -> Option<NaiveDate> {
    let b = text.as_bytes();
    (b[4] == b'-' && b[7] == b'-').then_some(())?;
    let year = i32::try_from(number(text.get(..4)?)?).ok()?;
    NaiveDate::from_ymd_opt(year, number(text.get(5..7)?)?, number(text.get(8..)?)?)
}

fn time(text: &str, nanos: u32) -> Option<NaiveTime> {
    let b = text.as_bytes();
    (b[2] == b':' && b[5] == b':').then_some(())?;
    // A leap second (60) counts as the last second of its minute: nothing here needs more
    // precision.
    let second = number(text.get(6..)?).filter(|s| *s <= 60)?.min(59);
    NaiveTime::from_hms_nano_opt(number(text.get(..2)?)?, number(text.get(3..5)?)?, second, nanos)
}

/// Removes `.123` from the front of `rest`. Returns the nanoseconds and what follows.
fn fraction(rest: &str) -> Option<(u32, &str)> {
    let Some(behind) = rest.strip_prefix('.') else {
        return Some((0, rest));
    };
    let end = behind.find(|c: char| !c.is_ascii_digit()).unwrap_or(behind.len());
    let (digits, zone) = behind.split_at(end);
    if digits.is_empty() {
        return None;
    }
    let nanos = digits.bytes().chain(std::iter::repeat(b'0')).take(9);
    Some((nanos.fold(0, |sum, digit| sum * 10 + u32::from(digit - b'0')), zone))
}

/// How far a zone is ahead of UTC.
fn offset(zone: &str) -> Option<TimeDelta> {
    if zone.is_empty() || ["Z", "UTC", "GMT"].iter().any(|name| zone.eq_ignore_ascii_case(name)) {
        return Some(TimeDelta::zero());
    }
    let (sign, digits) = match zone.split_at_checked(1)? {
        ("+", digits) => (1, digits),
        ("-", digits) => (-1, digits),
        _ => return None,
    };
    let (hours, minutes) = digits.split_at_checked(2)?;
    let minutes = match minutes.strip_prefix(':').unwrap_or(minutes) {
        "" if minutes.is_empty() => 0,
        two if two.len() == 2 => number(two)?,
        _ => return None,
    };
    let hours = number(hours).filter(|hours| *hours < 24 && minutes < 60)?;
    Some(TimeDelta::minutes(sign * (i64::from(hours) * 60 + i64::from(minutes))))
}

/// Digits only: no sign and no blank, which `str::parse` or a date library would accept.
fn number(digits: &str) -> Option<u32> {
    digits.bytes().all(|b| b.is_ascii_digit()).then(|| digits.parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_in_the_wild_is_read() {
        for (text, expected) in [
            ("2020-03-26T13:28:35UTC", "2020-03-26T13:28:35Z"),
            ("2020-03-26T13:28:35Z", "2020-03-26T13:28:35Z"),
            ("2020-03-26T13:28:35z", "2020-03-26T13:28:35Z"),
            ("2020-03-26T13:28:35.632177Z", "2020-03-26T13:28:35Z"),
            ("2020-03-26T13:28:35.123Z", "2020-03-26T13:28:35Z"),
            ("2020-03-26T13:28:35.999999999999Z", "2020-03-26T13:28:35Z"),
            ("2020-03-26T13:28:35+00:00", "2020-03-26T13:28:35Z"),
            ("2020-03-26T13:28:35-05:00", "2020-03-26T18:28:35Z"),
            ("2020-03-26T13:28:35+0000", "2020-03-26T13:28:35Z"),
            ("2020-03-26T13:28:35.5+0530", "2020-03-26T07:58:35Z"),
            ("2020-03-26T13:28:35+02", "2020-03-26T11:28:35Z"),
            ("2020-03-26 13:28:35 UTC", "2020-03-26T13:28:35Z"),
            ("2020-03-26 13:28:35+00:00", "2020-03-26T13:28:35Z"),
            ("2020-03-26T13:28:35", "2020-03-26T13:28:35Z"),
            (" 2020-03-26T13:28:35Z\n", "2020-03-26T13:28:35Z"),
            ("2024-02-29T23:59:60Z", "2024-02-29T23:59:59Z"),
        ] {
            assert_eq!(parse(text).map(format).as_deref(), Some(expected), "{text}");
        }
    }

    #[test]
    fn times_of_files() {
        use std::time::Duration;
        let epoch = SystemTime::UNIX_EPOCH;
        let second = Duration::from_secs(1);
        let texts = [epoch + second, epoch - second].map(|at| of_system(at).map(format));
        let expected = ["1970-01-01T00:00:01Z", "1969-12-31T23:59:59Z"];
        assert_eq!(texts, expected.map(|text| Some(text.to_owned())));
        for shift in [43, 54, 62].map(|bits| Duration::from_secs(1 << bits)) {
            assert_eq!([epoch + shift, epoch - shift].map(of_system), [None; 2]);
        }
    }

    #[test]
    fn nothing_else_is() {
        for text in [
            "",
            "1585229315",
            "2020-03-26",
            "2020-03-26T13:28",
            "2020-02-30T13:28:35Z",
            "2020-03-26T24:00:00Z",
            "2020-03-26T13:28:61Z",
            "2020-03-26X13:28:35Z",
            "2020/03/26T13:28:35Z",
            "2020-03-26T13-28-35Z",
            "+020-03-26T13:28:35Z",
            "2020-03-26T13:28:35.Z",
            "2020-03-26T13:28:35+",
            "2020-03-26T13:28:35+5:00",
            "2020-03-26T13:28:35+05:",
            "2020-03-26T13:28:35+24:00",
            "2020-03-26T13:28:35PST",
            "2020-03-26T13:28:35Zulu",
            "é020-03-26T13:28:35Z",
            "2020-03-2éT13:28:35Z",
            "2020-03-26T13:28:3é",
            "2020-é3-26T13:28:35Z",
            "2020-03-26T13:28:35é",
            "2020-03-26T13:28:35+é0",
            "20260101T000000Z",
            "9999-12-31T23:59:59-00:01",
            "0000-01-01T00:00:00+00:01",
        ] {
            assert_eq!(parse(text), None, "{text}");
        }
    }
}
