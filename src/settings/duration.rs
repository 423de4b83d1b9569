//! `--min-ttl` and `--duration`.

use chrono::TimeDelta;

use crate::error::{Result, usage};

/// How long credentials must last.
///
/// # Errors
/// `Usage` for text that is not a duration, and for more than the twelve hours that AWS allows.
pub(crate) fn of_option(option: &str, text: &str) -> Result<TimeDelta> {
    const LONGEST: TimeDelta = TimeDelta::hours(12);
    let duration = parse_duration(text).ok_or_else(|| {
        usage(format!("{option} `{text}` is not a duration"))
            .hint("write it as `90s`, `15m`, `1h` or `1h30m`")
    })?;
    match duration <= LONGEST {
        true => Ok(duration),
        false => Err(usage(format!("{option} `{text}` is longer than 12 hours"))
            .hint("role credentials last at most 12 hours")),
    }
}

/// `90s`, `15m`, `1h30m`, or a number of seconds without a unit.
fn parse_duration(text: &str) -> Option<TimeDelta> {
    let seconds = if !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit()) {
        text.parse().ok()?
    } else {
        let (mut seconds, mut rest) = (0_i64, text);
        for (unit, factor) in [('h', 3600), ('m', 60), ('s', 1)] {
            if let Some((number, after)) = rest.split_once(unit) {
                let digits = !number.is_empty() && number.bytes().all(|b| b.is_ascii_digit());
                let number: i64 = digits.then_some(number)?.parse().ok()?;
                seconds = seconds.checked_add(number.checked_mul(factor)?)?;
                rest = after;
            }
        }
        (rest.is_empty() && !text.is_empty()).then_some(seconds)?
    };
    TimeDelta::try_seconds(seconds)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations() {
        for (text, seconds) in [
            ("90s", 90),
            ("15m", 900),
            ("1h", 3600),
            ("1h30m", 5400),
            ("1h0m5s", 3605),
            ("60", 60),
            ("13h", 46800),
        ] {
            assert_eq!(parse_duration(text), Some(TimeDelta::seconds(seconds)), "{text}");
        }
        for text in ["", "m", "1", "-5m", "1.5h", "5m1h", "1d", "1h ", "99999999999999999999s"] {
            let expected = (text == "1").then(|| TimeDelta::seconds(1));
            assert_eq!(parse_duration(text), expected, "{text}");
        }
    }
}
