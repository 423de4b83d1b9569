//! Text with secrets in it.

use std::fmt;

use zeroize::Zeroizing;

/// Room for usual credentials in any format.
const ROOM: usize = 8 * 1024;

/// Text that is wiped when it is dropped. Where it outgrows its room it moves to a bigger one, and
/// what it leaves is wiped too: a plain string would leave copies of secrets behind.
#[derive(Debug, Default)]
pub(crate) struct Text(Zeroizing<String>);

impl Text {
    /// Appends `part`.
    pub(crate) fn push_str(&mut self, part: &str) {
        let needed = self.0.len() + part.len();
        if needed > self.0.capacity() {
            let mut bigger = Zeroizing::new(String::with_capacity((2 * needed).max(ROOM)));
            bigger.push_str(&self.0);
            self.0 = bigger;
        }
        self.0.push_str(part);
    }

    /// Appends one character.
    pub(crate) fn push(&mut self, c: char) {
        self.push_str(c.encode_utf8(&mut [0; 4]));
    }

    /// The bytes so far.
    pub(crate) fn as_bytes(&self) -> &[u8] {
        self.0.as_bytes()
    }

    /// The text so far.
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Write for Text {
    fn write_str(&mut self, part: &str) -> fmt::Result {
        self.push_str(part);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn grows_in_rooms_of_its_own() {
        let mut text = Text::default();
        let mut expected = String::new();
        for i in 0..5000 {
            let before = text.0.capacity();
            text.push_str(&i.to_string());
            text.push('é');
            expected.push_str(&format!("{i}é"));
            // A string that grows by itself doubles.
            assert!(text.0.capacity() == before || text.0.capacity() > before.max(ROOM - 1));
        }
        assert_eq!(text.as_str(), expected);
    }
}
