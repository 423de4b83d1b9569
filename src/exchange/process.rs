//! The source that runs a helper program (SPEC 6.1).

use std::io::{self, IsTerminal, Read};
use std::process::{Child, ChildStdout, ExitStatus, Stdio};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::thread;
use std::time::{Duration, Instant};

use zeroize::Zeroizing;

use super::{name, process_json};
use crate::context::Context;
use crate::credentials::Credentials;
use crate::error::{Error, Kind, Result};
use crate::platform::descendants;
use crate::platform::process::shell;
use crate::profile::plan::CredentialProcess;
use crate::profile::process::asked_of_ssowrap;
use crate::variables;

/// Tells a ssowrap that runs as a helper which helpers are running above it: a JSON array of
/// `[profile, file]`. Set for helpers only.
const CHAIN: variables::Name = variables::SSOWRAP_PROCESS_CHAIN;

/// As long as the Go SDK waits: there may be a person to answer.
const TIMEOUT: Duration = Duration::from_secs(60);

/// What Java reads at most, rounded up.
const MAX_OUTPUT: usize = 64 * 1024;

/// How long output is waited for once the helper is gone: something it left behind may hold the
/// pipe open for ever.
const GRACE: Duration = Duration::from_millis(500);

const TICK: Duration = Duration::from_millis(20);

/// Runs the helper and reads its credentials. `account_id` is that of the profile, for helpers
/// that name none; `unattended`, that nobody is there to answer its questions.
pub(super) fn credentials(
    ctx: &Context,
    helper: &CredentialProcess,
    account_id: Option<&str>,
    unattended: bool,
) -> Result<Credentials> {
    let has_terminal = !unattended && io::stdin().is_terminal();
    let chain = chain(ctx, helper)?;
    ctx.printer.info(|| format!("running the credential_process of {}", name(&helper.profile)));
    let failed = |why: String| {
        Error::new(
            Kind::SourceFailed,
            format!("the credential_process of {} {why}", name(&helper.profile)),
        )
        .at(helper.location.clone())
    };
    let mut child = shell(&helper.command)
        .env(CHAIN, chain)
        .stdin(if has_terminal { Stdio::inherit() } else { Stdio::null() })
        .stdout(Stdio::piped())
        .spawn()
        .map_err(|e| failed("cannot be started".into()).source(e))?;
    // It lives until the helper has ended, lest that ends before what it has started.
    let chunks = child.stdout.take().map(chunks).transpose();
    let watched = match &chunks {
        Ok(Some(chunks)) => watch(&mut child, chunks),
        Ok(None) => Err("has no output".into()),
        Err(e) => Err(format!("gives no output that can be read: {e}")),
    };
    let (status, stdout) = watched.map_err(|why| {
        descendants::kill(&mut child);
        failed(why)
    })?;
    if !status.success() {
        let mut error = failed(format!("failed ({status})"));
        if asked_of_ssowrap(&helper.command).is_some() {
            error.kind = kind_of_ssowrap(status).unwrap_or(error.kind);
        }
        return Err(match status.code() {
            Some(126 | 127) => error.hint("write the program's absolute path into the command"),
            _ => error,
        });
    }
    process_json::parse(&stdout, account_id, ctx.clock())
        .map_err(|why| failed(format!("gives no usable credentials: {why}")))
}

/// What the exit code of a ssowrap says, which becomes ours.
fn kind_of_ssowrap(status: ExitStatus) -> Option<Kind> {
    let kinds = [Kind::LoginRequired, Kind::NoCredentials, Kind::AccessDenied, Kind::Network];
    kinds.into_iter().find(|kind| Some(i32::from(kind.exit().code())) == status.code())
}

/// What `CHAIN` is for the helper: what it is here, and this helper.
///
/// # Errors
/// `CredentialProcessLoop` where this helper is running already.
fn chain(ctx: &Context, helper: &CredentialProcess) -> Result<String> {
    let file = std::path::absolute(&helper.location.file).unwrap_or(helper.location.file.clone());
    let this = (helper.profile.clone(), file.to_string_lossy().into_owned());
    let above = ctx.var(CHAIN).unwrap_or_default();
    // Something else under that name is nothing of ours.
    let mut chain: Vec<(String, String)> = serde_json::from_str(&above).unwrap_or_default();
    let turn = chain.contains(&this);
    chain.push(this);
    if turn {
        let names: Vec<_> = chain.iter().map(|(profile, _)| format!("`{profile}`")).collect();
        return Err(Error::new(
            Kind::CredentialProcessLoop,
            format!(
                "the credential_process of {} leads back to itself: {}",
                name(&helper.profile),
                names.join(" -> ")
            ),
        )
        .at(helper.location.clone())
        .hint("let it ask for another profile, or give this profile another source"));
    }
    serde_json::to_string(&chain)
        .map_err(|e| Error::new(Kind::Other, "the chain of helpers cannot be written").source(e))
}

/// Reads what the helper prints until it is done.
fn watch(child: &mut Child, chunks: &Chunks) -> Result<(ExitStatus, Zeroizing<Vec<u8>>), String> {
    let deadline = Instant::now() + TIMEOUT;
    // All room at once: a buffer that grows leaves copies of secrets behind.
    let mut stdout = Zeroizing::new(Vec::with_capacity(MAX_OUTPUT));
    let mut gone = None;
    loop {
        match chunks.recv_timeout(TICK) {
            Ok(chunk) if stdout.len() + chunk.len() > MAX_OUTPUT => {
                return Err(format!("prints more than {} KiB", MAX_OUTPUT / 1024));
            }
            Ok(chunk) => stdout.extend_from_slice(&chunk),
            Err(RecvTimeoutError::Disconnected) => break,
            Err(RecvTimeoutError::Timeout)
                if gone.is_some_and(|at: Instant| at.elapsed() > GRACE) =>
            {
                break;
            }
            Err(RecvTimeoutError::Timeout) => {
                in_time(deadline)?;
                if gone.is_none() && ended(child)?.is_some() {
                    gone = Some(Instant::now());
                }
            }
        }
    }
    loop {
        if let Some(status) = ended(child)? {
            return Ok((status, stdout));
        }
        in_time(deadline)?;
        thread::sleep(Duration::from_millis(1));
    }
}

fn in_time(deadline: Instant) -> Result<(), String> {
    if Instant::now() < deadline {
        return Ok(());
    }
    Err(format!("took more than {} s and was stopped", TIMEOUT.as_secs()))
}

fn ended(child: &mut Child) -> Result<Option<ExitStatus>, String> {
    child.try_wait().map_err(|e| format!("cannot be waited for: {e}"))
}

type Chunks = Receiver<Zeroizing<Vec<u8>>>;

/// What comes out of a pipe, read by a thread: a pipe cannot be read with a time limit.
fn chunks(mut pipe: ChildStdout) -> io::Result<Chunks> {
    let (sender, receiver) = mpsc::channel();
    thread::Builder::new().name("helper".into()).spawn(move || {
        loop {
            let mut chunk = Zeroizing::new(vec![0; 8 * 1024]);
            match pipe.read(&mut chunk) {
                Ok(0) => break,
                Ok(length) => chunk.truncate(length),
                Err(e) if e.kind() == io::ErrorKind::Interrupted => continue,
                Err(_) => break,
            }
            if sender.send(chunk).is_err() {
                break;
            }
        }
    })?;
    Ok(receiver)
}
