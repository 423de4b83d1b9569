//! Reads a file that the user names or another program writes. It may be anything: a pipe without a
//! writer, an endless device, a disk image.

use std::fs::{File, Metadata};
use std::io::{self, ErrorKind, Read};
use std::path::Path;
use std::time::{Duration, Instant};

use zeroize::Zeroizing;

use crate::platform::pauses::Pauses;
use crate::platform::pipe;

/// Larger than any real file.
const LARGEST: u64 = 16 << 20;

/// How long to wait for a pipe's writer, or for a device to have something to read.
const PATIENCE: Duration = Duration::from_secs(3);

/// How long a pipe's writer may take: `<(sops -d ...)` may ask the user.
const PATIENCE_WITH_WRITER: Duration = Duration::from_secs(30);

/// The pause between reads of a device. Not all devices say when they have something to read.
const PAUSE: Duration = Duration::from_millis(10);

/// A file that was read.
pub(crate) struct Foreign {
    pub bytes: Zeroizing<Vec<u8>>,
    /// The metadata of the opened file.
    pub metadata: Metadata,
}

/// Reads the file at `path`, following links, whatever it is.
///
/// # Errors
/// After at most three seconds, or thirty if a writer has a pipe open. The message is the end of a
/// sentence about the file, which it doesn't name.
pub(crate) fn read(path: &Path) -> io::Result<Foreign> {
    let file = pipe::open(path)?;
    let metadata = file.metadata()?;
    read_to_end(file, metadata)
}

/// [`read`] for a file that can only be a regular one.
pub(crate) fn read_regular(path: &Path) -> io::Result<Foreign> {
    let file = pipe::open(path)?;
    let metadata = file.metadata()?;
    if !metadata.is_file() && !metadata.is_dir() {
        return Err(io::Error::other("it is not a regular file"));
    }
    read_to_end(file, metadata)
}

fn read_to_end(mut file: File, metadata: Metadata) -> io::Result<Foreign> {
    if metadata.is_dir() {
        return Err(io::Error::new(ErrorKind::IsADirectory, "it is a directory"));
    }
    if metadata.len() > LARGEST {
        return Err(too_large());
    }
    let mut source = Reading::new(&mut file, &metadata);
    let mut bytes = Zeroizing::new(Vec::with_capacity(metadata.len() as usize + 1));
    loop {
        if bytes.len() == bytes.capacity() {
            // A growing vector would leave copies of secrets behind.
            let mut bigger = Zeroizing::new(Vec::with_capacity((2 * bytes.len()).max(8 << 10)));
            bigger.extend_from_slice(&bytes);
            bytes = bigger;
        }
        let (old, room) = (bytes.len(), bytes.capacity());
        bytes.resize(room, 0);
        let read = source.read(&mut bytes[old..]);
        bytes.truncate(old + read.as_ref().copied().unwrap_or_default());
        match read? {
            0 => return Ok(Foreign { bytes, metadata }),
            _ if bytes.len() as u64 > LARGEST => return Err(too_large()),
            _ => {}
        }
    }
}

fn too_large() -> io::Error {
    io::Error::new(ErrorKind::FileTooLarge, "it is larger than 16 MiB")
}

/// A file being read. A pipe is read without blocking.
struct Reading<'a> {
    file: &'a mut File,
    opened: Instant,
    pauses: Pauses,
    is_pipe: bool,
    /// Whether a process is known to have the pipe open for writing, or to have had it open.
    has_writer: bool,
}

impl<'a> Reading<'a> {
    fn new(file: &'a mut File, metadata: &Metadata) -> Self {
        let is_pipe = pipe::is_pipe(metadata);
        // Nobody can open it any more.
        let has_writer = is_pipe && pipe::is_anonymous(file);
        let pauses = Pauses::new(PAUSE, PAUSE, PATIENCE);
        Self { file, opened: Instant::now(), pauses, is_pipe, has_writer }
    }

    /// Reads the next bytes; 0 at the end.
    fn read(&mut self, room: &mut [u8]) -> io::Result<usize> {
        loop {
            match self.file.read(room) {
                Err(e) if e.kind() == ErrorKind::Interrupted => {}
                Err(e) if e.kind() == ErrorKind::WouldBlock => {
                    self.has_writer = self.is_pipe;
                    self.wait()?;
                }
                Ok(0) if self.is_pipe && !self.has_writer => self.wait()?,
                Ok(n) => {
                    self.has_writer = self.is_pipe;
                    return Ok(n);
                }
                Err(e) => return Err(e),
            }
        }
    }

    /// Waits until there may be something to read.
    fn wait(&mut self) -> io::Result<()> {
        let over = |why| Err(io::Error::new(ErrorKind::TimedOut, why));
        let left = |patience: Duration| patience.saturating_sub(self.opened.elapsed());
        if self.has_writer {
            return match left(PATIENCE_WITH_WRITER) {
                Duration::ZERO => over("its writer did not finish within 30 s"),
                left => pipe::wait_for(self.file, left),
            };
        }
        if self.is_pipe {
            return match left(PATIENCE) {
                Duration::ZERO => over("it is a pipe that nobody writes to"),
                left => pipe::wait_for_writer(self.file, left).map(|came| self.has_writer = came),
            };
        }
        if self.pauses.pause() { Ok(()) } else { over("it has nothing to read") }
    }
}
