//! A text that contains secrets, while it is being written.

use std::fmt;
use std::io;
use std::str;

use zeroize::Zeroizing;

/// Room for ordinary credentials in any format.
const ROOM: usize = 8 * 1024;

/// A text that is wiped when it is dropped, and whenever it outgrows its memory: a plain string
/// would leave copies of secrets behind as it grows.
#[derive(Debug, Default)]
pub(crate) struct Buffer(Zeroizing<String>);

impl Buffer {
    pub(crate) fn push_str(&mut self, part: &str) {
        let needed = self.0.len() + part.len();
        if needed > self.0.capacity() {
            let mut bigger = Zeroizing::new(String::with_capacity((2 * needed).max(ROOM)));
            bigger.push_str(&self.0);
            self.0 = bigger;
        }
        self.0.push_str(part);
    }

    pub(crate) fn push(&mut self, c: char) {
        self.push_str(c.encode_utf8(&mut [0; 4]));
    }

    pub(crate) fn as_bytes(&self) -> &[u8] {
        self.0.as_bytes()
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

impl AsRef<[u8]> for Buffer {
    fn as_ref(&self) -> &[u8] {
        self.as_bytes()
    }
}

impl fmt::Write for Buffer {
    fn write_str(&mut self, part: &str) -> fmt::Result {
        self.push_str(part);
        Ok(())
    }
}

/// For writers of text, which write whole characters.
impl io::Write for Buffer {
    fn write(&mut self, part: &[u8]) -> io::Result<usize> {
        let text = str::from_utf8(part).map_err(|_| io::ErrorKind::InvalidData)?;
        self.push_str(text);
        Ok(part.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn grows_by_moving_to_new_memory() {
        let mut buffer = Buffer::default();
        let mut expected = String::new();
        for i in 0..5000 {
            let before = buffer.0.capacity();
            buffer.push_str(&i.to_string());
            buffer.push('é');
            expected.push_str(&format!("{i}é"));
            // A growing string doubles its capacity.
            assert!(buffer.0.capacity() == before || buffer.0.capacity() > before.max(ROOM - 1));
        }
        assert_eq!(buffer.as_str(), expected);
    }
}
