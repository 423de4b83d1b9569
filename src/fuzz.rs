//! Fuzzes parsers of untrusted bytes with mutations of valid input.
//!
//! Every test run feeds a few thousand inputs to each parser; `FUZZ_INPUTS` sets another number.
//! Each input depends only on its number, so that failures can be repeated.

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::time::{Duration, Instant};

/// Inputs for each parser by default.
const INPUTS: u64 = 1_000;

/// The largest input. A parser too slow for inputs of this size would take minutes for a real file.
const LARGEST: usize = 8 * 1024;

/// No input takes longer than this, even on a busy machine and without optimization.
const PATIENCE: Duration = Duration::from_secs(5);

/// Bytes that break parsers more often than random ones.
const PIECES: &[&[u8]] = &[
    b"",
    b"\0",
    b"\n",
    b"\r",
    b"\r\n",
    b"\t",
    b" ",
    b"\"",
    b"\\",
    b"\\u0000",
    b"\\ud800",
    b"{",
    b"}",
    b"[",
    b"]",
    b":",
    b",",
    b"=",
    b"#",
    b";",
    b"<",
    b">",
    b"&",
    b"%",
    b"%00",
    b"%zz",
    b"+",
    b"-1",
    b"0",
    b"1e999",
    b"18446744073709551616",
    b"99999999999999999999999999999999",
    b"null",
    b"true",
    b"\xff",
    b"\xc3",
    b"\xed\xa0\x80",
    b"\xf0\x9f\x98\x80",
    "\u{feff}".as_bytes(),
    "\u{202e}".as_bytes(),
    "\u{2028}".as_bytes(),
    b"\x1b[2J",
    b"[[[[[[[[[[[[[[[[",
    b"{\"a\":{\"a\":",
    b"9999-12-31T23:59:59Z",
    b"0000-00-00T00:00:00Z",
    b"-262144-01-01T00:00:00Z",
    b"Infinity",
    b"${HOME}",
    b"$(id)",
    b"~",
    b"../../../../etc/passwd",
    b"default",
    b"profile ",
    b"sso-session ",
];

/// Calls `read` with inputs derived from `seeds`.
///
/// # Panics
/// If `read` panics or takes too long. The message contains the input.
pub(crate) fn fuzz(seeds: &[&[u8]], read: impl Fn(&[u8])) {
    #[expect(clippy::disallowed_methods, reason = "how thorough a test is to be")]
    let asked = std::env::var("FUZZ_INPUTS").ok().and_then(|text| text.parse().ok());
    for number in 0..asked.unwrap_or(INPUTS) {
        let input = input(seeds, number);
        let feed = || {
            let started = Instant::now();
            if let Err(panic) = catch_unwind(AssertUnwindSafe(|| read(&input))) {
                eprintln!("input {number}: {:?}", String::from_utf8_lossy(&input));
                eprintln!("its bytes: {input:?}");
                resume_unwind(panic);
            }
            started.elapsed()
        };
        // The machine may be busy once, but not every time.
        let is_slow = (0..3).all(|_| feed() > PATIENCE);
        assert!(!is_slow, "input {number} takes longer than {PATIENCE:?}: {input:?}");
    }
}

/// The input with this number.
fn input(seeds: &[&[u8]], number: u64) -> Vec<u8> {
    let mut random = fastrand::Rng::with_seed(number);
    let seed = seeds.get(random.usize(..seeds.len().max(1))).copied().unwrap_or_default();
    let mut input = seed.to_vec();
    // The first ones are the seeds themselves. Most of the others change a little, some beyond
    // recognition.
    let changes = if number < 8 { 0 } else { 1 << random.u32(..6) };
    for _ in 0..changes {
        mutate(&mut input, seeds, &mut random);
        input.truncate(LARGEST);
    }
    input
}

fn mutate(input: &mut Vec<u8>, seeds: &[&[u8]], random: &mut fastrand::Rng) {
    let start = random.usize(..=input.len());
    let end = (start + random.usize(..=16)).min(input.len());
    match random.u8(..8) {
        0 => input.truncate(start),
        1 => drop(input.drain(start..end)),
        2 => {
            let piece = PIECES[random.usize(..PIECES.len())];
            input.splice(start..end, piece.iter().copied());
        }
        3 => {
            let piece = PIECES[random.usize(..PIECES.len())];
            input.splice(start..start, piece.iter().copied());
        }
        4 => {
            // Appends the tail of another seed.
            let other = seeds[random.usize(..seeds.len())];
            input.truncate(start);
            input.extend_from_slice(&other[random.usize(..=other.len())..]);
        }
        5 => {
            let repeated = input[start..end].repeat(1 << random.u32(..8));
            input.splice(start..end, repeated);
        }
        6 => input.iter_mut().skip(start).take(1).for_each(|byte| *byte ^= 1 << random.u8(..8)),
        _ => input.iter_mut().skip(start).take(4).for_each(|byte| *byte = random.u8(..)),
    }
}
