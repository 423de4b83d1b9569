//! Options whose values are numbers.

/// Reads a number from 1 to `most`. clap's own parser reports anything else in Rust's words.
pub(super) fn up_to(most: u16) -> impl Fn(&str) -> Result<u16, String> + Clone {
    move |text| {
        let number = text.parse().ok().filter(|number| (1..=most).contains(number));
        number.ok_or_else(|| format!("it must be a number from 1 to {most}"))
    }
}
