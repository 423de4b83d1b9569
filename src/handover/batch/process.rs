//! A command in its own session, and how it ends.
//!
//! Without a terminal, the command can't ask anybody, and Ctrl-C doesn't reach it directly.
//! Starting a session between `fork` and `exec` would need unsafe code, so this program starts the
//! session, as a hidden verb, and becomes the command. The process keeps its id, which is also the
//! id of the group.

use std::ffi::OsString;
use std::fs::File;
use std::io::{self, Read};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::net::UnixStream;
use std::os::unix::process::ExitStatusExt;
use std::process::{Child, Command, ExitCode, ExitStatus};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use rustix::io::Errno;
use rustix::process::{
    Pid, Signal, WaitId, WaitIdOptions, kill_process, kill_process_group, waitid,
};

use super::lines::NamedLines;
use super::sink::Sink;
use crate::context::Context;
use crate::error::{Error, Kind, Result};
use crate::handover::command::become_command;
use crate::handover::companion::this_program;
use crate::handover::private_files::PrivateFiles;
use crate::platform::process::begin_session;
use crate::platform::process_end::ProcessEnd;
use crate::platform::readable::readable;
use crate::platform::signals;
use crate::printer::Stream;

/// The hidden verb.
const SESSION: &str = "__session";

/// How long the commands have after SIGINT, and again after SIGTERM.
const GRACE: Duration = Duration::from_secs(5);

/// The capacity of a pipe.
const LARGEST_PIPE: usize = 1 << 20;

/// Added to a signal's number for the exit code, as in shells.
const SIGNALLED: i32 = 128;

/// A command that starts its own session.
pub(super) fn new_command(words: &[OsString]) -> io::Result<Command> {
    let mut command = this_program()?;
    command.arg(SESSION).arg("--").args(words);
    Ok(command)
}

/// The hidden verb: starts a session and becomes the command.
///
/// # Errors
/// If the command can't be run.
pub(crate) fn become_in_session(ctx: &Context, words: &[OsString]) -> Result<ExitCode> {
    let Some((program, arguments)) = words.split_first() else { return Ok(ExitCode::SUCCESS) };
    begin_session()
        .map_err(|e| Error::new(Kind::Other, "cannot start a session for the command").source(e))?;
    let mut command = Command::new(program);
    command.args(arguments);
    become_command(ctx, command, &[], &[], PrivateFiles::default())
}

/// How far ending all commands has got.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Stage {
    Running,
    Interrupted,
    Terminated,
    Killed,
}

impl Stage {
    fn next(self) -> Self {
        match self {
            Self::Running => Self::Interrupted,
            Self::Interrupted => Self::Terminated,
            Self::Terminated | Self::Killed => Self::Killed,
        }
    }

    fn signal(self) -> Option<Signal> {
        match self {
            Self::Running => None,
            Self::Interrupted => Some(Signal::INT),
            Self::Terminated => Some(Signal::TERM),
            Self::Killed => Some(Signal::KILL),
        }
    }
}

/// The running commands, and how they are ended together.
#[derive(Debug)]
pub(super) struct Crew {
    state: Mutex<CrewState>,
    /// Readable once a signal has asked this process to end.
    signals: UnixStream,
    /// Closed once all workers have ended; they hold the other end.
    at_work: UnixStream,
    /// Closed, for the workers, once everything is killed.
    living: UnixStream,
}

#[derive(Debug)]
struct CrewState {
    stage: Stage,
    groups: Vec<ProcessGroup>,
    /// Held until everything is killed.
    lives: Option<UnixStream>,
    /// Held until all workers have started.
    works: Option<UnixStream>,
}

/// A running command and the processes it has started.
#[derive(Debug)]
struct ProcessGroup {
    id: Pid,
    /// Whether the command itself still exists. After that, its number may belong to another
    /// process.
    has_leader: bool,
}

impl ProcessGroup {
    /// Sends it the signal of a stage.
    fn tell(&self, stage: Stage) {
        let Some(signal) = stage.signal() else { return };
        // It may not have started its session yet.
        if kill_process_group(self.id, signal) == Err(Errno::SRCH) && self.has_leader {
            let _ = kill_process(self.id, signal);
        }
    }
}

/// Held by a worker while it works.
pub(super) type AtWork = Option<UnixStream>;

impl Crew {
    /// From now on, signals end the commands rather than this process.
    pub(super) fn new() -> io::Result<Self> {
        let (living, lives) = UnixStream::pair()?;
        let (at_work, works) = UnixStream::pair()?;
        let (lives, works) = (Some(lives), Some(works));
        let state = CrewState { stage: Stage::Running, groups: Vec::new(), lives, works };
        let signals = signals::stop_socket()?;
        Ok(Self { state: Mutex::new(state), signals, at_work, living })
    }

    /// What a worker holds while it works.
    pub(super) fn watch(&self) -> AtWork {
        self.state().works.as_ref().and_then(|works| works.try_clone().ok())
    }

    pub(super) fn is_stopping(&self) -> bool {
        self.stage() > Stage::Running
    }

    fn stage(&self) -> Stage {
        self.state().stage
    }

    fn state(&self) -> MutexGuard<'_, CrewState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits until all workers have ended. After a signal, sends SIGINT to every command, five
    /// seconds later SIGTERM, and after five more SIGKILL. A further signal skips to the next one.
    pub(super) fn supervise(&self) -> io::Result<()> {
        self.state().works = None;
        let both = [Some(self.at_work.as_fd()), Some(self.signals.as_fd())];
        let mut next: Option<Instant> = None;
        loop {
            let left = next.map(|next| next.saturating_duration_since(Instant::now()));
            let [is_done, is_signalled] = readable(both, left)?;
            if is_done {
                return Ok(());
            }
            if is_signalled {
                // There is one byte for each signal.
                (&self.signals).read_exact(&mut [0])?;
            }
            if is_signalled || next.is_some_and(|next| next <= Instant::now()) {
                let is_last = self.advance() == Stage::Killed;
                next = (!is_last).then(|| Instant::now() + GRACE);
            }
        }
    }

    /// Sends the next stage's signal to every command.
    fn advance(&self) -> Stage {
        let mut state = self.state();
        state.stage = state.stage.next();
        if state.stage == Stage::Killed {
            state.lives = None;
        }
        for group in &state.groups {
            group.tell(state.stage);
        }
        state.stage
    }

    /// Runs a command until it has ended.
    pub(super) fn run(
        &self,
        mut command: Command,
        prefix: &str,
        sink: &Sink<'_>,
    ) -> io::Result<i32> {
        let mut child = command.spawn()?;
        // The command holds its ends of the pipes.
        drop(command);
        let id = Pid::from_child(&child);
        self.begins(ProcessGroup { id, has_leader: true });
        let read = self.read(&mut child, prefix, sink);
        // Until somebody waits for it, no other process gets its number.
        let is_over = || {
            let options = WaitIdOptions::EXITED | WaitIdOptions::NOWAIT;
            !matches!(waitid(WaitId::Pid(id), options), Err(Errno::INTR))
        };
        while !is_over() {}
        self.state().groups.iter_mut().filter(|group| group.id == id).for_each(|group| {
            group.has_leader = false;
        });
        let status = child.wait();
        self.wait_for(id);
        self.state().groups.retain(|group| group.id != id);
        read?;
        Ok(code(status?))
    }

    fn begins(&self, group: ProcessGroup) {
        let mut state = self.state();
        group.tell(state.stage);
        state.groups.push(group);
    }

    /// Passes on the command's output until the command has ended. Processes that it leaves in the
    /// background may hold its output forever, so they are waited for only if everything is to end.
    fn read(&self, child: &mut Child, prefix: &str, sink: &Sink<'_>) -> io::Result<()> {
        let mut end = ProcessEnd::of(child.id()).ok();
        let is_watched = end.is_some();
        let mut out = Pipe::new(child.stdout.take(), Stream::Stdout, prefix);
        let mut err = Pipe::new(child.stderr.take(), Stream::Stderr, prefix);
        loop {
            let stage = self.stage();
            let has_ended = is_watched && end.is_none();
            let is_over = has_ended && [Stage::Running, Stage::Killed].contains(&stage);
            if is_over || (out.is_at_end() && err.is_at_end() && (has_ended || !is_watched)) {
                break;
            }
            let all = [out.fd(), err.fd(), end.as_ref().map(AsFd::as_fd), self.kill_after(stage)];
            let ready = readable(all, None)?;
            if ready[0] {
                out.pass_on(sink)?;
            }
            if ready[1] {
                err.pass_on(sink)?;
            }
            if ready[2] {
                end = None;
            }
        }
        out.end(sink)?;
        err.end(sink)
    }

    /// Readable once everything is killed; none if `stage` says that this has happened.
    fn kill_after(&self, stage: Stage) -> Option<BorrowedFd<'_>> {
        (stage < Stage::Killed).then(|| self.living.as_fd())
    }

    /// If everything is to end, waits until no process of a group is left. It may contain more than
    /// the command itself, and nothing else waits for those.
    fn wait_for(&self, group: Pid) {
        let mut killed = None;
        loop {
            let stage = self.stage();
            let mut left = None;
            if stage == Stage::Running {
                return;
            }
            if stage == Stage::Killed {
                ProcessGroup { id: group, has_leader: false }.tell(stage);
                // A process that is blocked in the kernel can't be waited for.
                let since: Instant = *killed.get_or_insert_with(Instant::now);
                left = GRACE.checked_sub(since.elapsed());
                if left.is_none() {
                    return;
                }
            }
            let Some(end) = ProcessEnd::in_group(group) else { return };
            // However this ends, the loop checks again.
            let _ = readable([Some(end.as_fd()), self.kill_after(stage)], left);
        }
    }
}

fn code(status: ExitStatus) -> i32 {
    let signal = status.signal().map(|signal| SIGNALLED + signal);
    status.code().or(signal).unwrap_or(SIGNALLED)
}

/// Our end of one output stream.
struct Pipe {
    file: Option<File>,
    stream: Stream,
    lines: NamedLines,
    bytes: Vec<u8>,
}

impl Pipe {
    fn new(pipe: Option<impl Into<OwnedFd>>, stream: Stream, prefix: &str) -> Self {
        let file = pipe.map(|pipe| File::from(pipe.into()));
        Self { file, stream, lines: NamedLines::new(prefix), bytes: vec![0; 1 << 16] }
    }

    fn fd(&self) -> Option<BorrowedFd<'_>> {
        self.file.as_ref().map(AsFd::as_fd)
    }

    fn is_at_end(&self) -> bool {
        self.file.is_none()
    }

    /// Passes on the available bytes. Returns how many there were.
    fn pass_on(&mut self, sink: &Sink<'_>) -> io::Result<usize> {
        let Some(file) = &mut self.file else { return Ok(0) };
        let length = match file.read(&mut self.bytes) {
            Err(e) if e.kind() == io::ErrorKind::Interrupted => return Ok(0),
            length => length?,
        };
        if length == 0 {
            self.file = None;
        }
        sink.print(self.stream, &self.lines.take(&self.bytes[..length]));
        Ok(length)
    }

    /// Passes on what is left, without waiting for other writers.
    fn end(mut self, sink: &Sink<'_>) -> io::Result<()> {
        let mut passed = 0;
        while passed < LARGEST_PIPE && readable([self.fd()], Some(Duration::ZERO))? == [true] {
            passed += self.pass_on(sink)?;
        }
        sink.print(self.stream, &self.lines.end());
        Ok(())
    }
}
