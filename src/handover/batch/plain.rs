//! For systems without sessions and signals: commands share the console, and Ctrl-C reaches them
//! all.

use std::ffi::OsString;
use std::io::{self, Read};
use std::process::Command;
use std::thread;

use super::lines::NamedLines;
use super::sink::Sink;
use crate::printer::Stream;

/// The running commands.
#[derive(Debug)]
pub(super) struct Crew;

/// Held by a worker while it works.
#[derive(Debug)]
pub(super) struct AtWork;

pub(super) fn new_command(words: &[OsString]) -> io::Result<Command> {
    let (program, arguments) =
        words.split_first().map_or_else(Default::default, |(a, b)| (a.clone(), b));
    let mut command = Command::new(program);
    command.args(arguments);
    Ok(command)
}

impl Crew {
    pub(super) fn new() -> io::Result<Self> {
        Ok(Self)
    }

    pub(super) fn watch(&self) -> AtWork {
        AtWork
    }

    pub(super) fn is_stopping(&self) -> bool {
        false
    }

    pub(super) fn supervise(&self) -> io::Result<()> {
        Ok(())
    }

    /// Runs a command until it has ended and no process holds its output.
    pub(super) fn run(
        &self,
        mut command: Command,
        prefix: &str,
        sink: &Sink<'_>,
    ) -> io::Result<i32> {
        let mut child = command.spawn()?;
        let (out, err) = (child.stdout.take(), child.stderr.take());
        thread::scope(|scope| {
            let read = || err.map(|pipe| pass_on(pipe, Stream::Stderr, prefix, sink));
            let reader = thread::Builder::new().spawn_scoped(scope, read);
            if let Some(pipe) = out {
                pass_on(pipe, Stream::Stdout, prefix, sink);
            }
            reader.map(drop)
        })?;
        Ok(child.wait()?.code().unwrap_or(1))
    }
}

fn pass_on(mut pipe: impl Read, stream: Stream, prefix: &str, sink: &Sink<'_>) {
    let mut lines = NamedLines::new(prefix);
    let mut bytes = vec![0; 1 << 16];
    while let Ok(length @ 1..) = pipe.read(&mut bytes) {
        sink.print(stream, &lines.take(&bytes[..length]));
    }
    sink.print(stream, &lines.end());
}
