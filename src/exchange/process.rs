//! The source that runs a helper program (SPEC 6.1).

use std::borrow::Cow;
use std::ffi::OsStr;
use std::io::{self, IsTerminal};
use std::pin::pin;
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use tokio::io::AsyncReadExt;
use tokio::process::{Child, ChildStdout, Command};
use tokio::time::timeout;
use zeroize::Zeroizing;

use super::{name, process_json};
use crate::context::Context;
use crate::credentials::Credentials;
use crate::error::{Error, Kind, Result};
use crate::platform::process::{shell, what_lacks};
use crate::platform::{descendants, runtime};
use crate::profile::plan::CredentialProcess;
use crate::profile::process::runs_ssowrap;
use crate::text::words::words;
use crate::variables;

/// Tells a ssowrap that runs as a helper which helpers are running above it, as a JSON array of
/// `[profile, file]`. Set only for helpers.
const CHAIN: variables::Name = variables::SSOWRAP_PROCESS_CHAIN;

/// As long as the Go SDK waits, because the helper may ask the user something.
const TIMEOUT: Duration = Duration::from_secs(60);

/// The most that Java reads, rounded up.
const MAX_OUTPUT: usize = 64 * 1024;

const TO_SEE: &str = "run the command by hand to see what is wrong";

/// How long to wait for output after the helper has ended: a process that it left behind may keep
/// the pipe open forever.
const GRACE: Duration = Duration::from_millis(500);

/// Runs the helper and reads its credentials. `account_id` is the profile's, for helpers that name
/// none; `unattended` means that nobody can answer the helper's questions.
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
    let mut command = shell(&helper.command);
    command
        .env(CHAIN, chain)
        .stdin(if has_terminal { Stdio::inherit() } else { Stdio::null() })
        .stdout(Stdio::piped());
    let not_started = |e| failed("cannot be started".into()).source(what_lacks(e));
    let runtime = runtime::new().map_err(not_started)?;
    let (status, stdout) = runtime.block_on(async {
        let mut child = Command::from(command).spawn().map_err(not_started)?;
        watch(&mut child).await.map_err(|why| failed(why).hint(TO_SEE))
    })?;
    if !status.success() {
        let mut error = failed(format!("failed ({status})"));
        let is_ssowrap = runs_ssowrap(&helper.command);
        if is_ssowrap {
            error.kind = kind_of_ssowrap(status).unwrap_or(error.kind);
        }
        return Err(match not_run(ctx, status, &helper.command) {
            Some(hint) => error.hint(hint),
            // It has already said what to do.
            None if is_ssowrap => error,
            None => error.hint(TO_SEE),
        });
    }
    process_json::parse(&stdout, account_id, ctx.clock()).map_err(|why| {
        failed(format!("gives no usable credentials: {why}")).hint(
            "run the command by hand: its standard output must be one JSON object, with credentials \
             that are still valid",
        )
    })
}

/// What to do if the shell couldn't run the program.
fn not_run(ctx: &Context, status: ExitStatus, command: &str) -> Option<Cow<'static, str>> {
    let absolute = "write the program's absolute path into the command";
    Some(match (status.code()?, &*words(command)) {
        (126, _) => {
            "its program is not an executable file: try `chmod +x`, or quotes around a path \
             with spaces"
                .into()
        }
        (127, [all]) if all.contains(' ') => {
            "its quotes make the whole line the name of the program: remove them".into()
        }
        (127, [program, ..]) if is_missing(ctx, program) => {
            format!("`{program}` is not in PATH: {absolute}").into()
        }
        (127, _) => absolute.into(),
        _ => return None,
    })
}

/// Whether `program` is a plain name, which can hold no secret, and there is no such program.
fn is_missing(ctx: &Context, program: &str) -> bool {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "._-+".contains(c);
    let is_builtin = ["exec", "eval", "command", "exit", "."].contains(&program);
    !is_builtin && program.chars().all(is_plain) && ctx.find_program(OsStr::new(program)).is_none()
}

/// The meaning of ssowrap's exit code, which becomes ours.
fn kind_of_ssowrap(status: ExitStatus) -> Option<Kind> {
    let kinds = [Kind::LoginRequired, Kind::NoCredentials, Kind::AccessDenied, Kind::Network];
    kinds.into_iter().find(|kind| Some(i32::from(kind.exit().code())) == status.code())
}

/// The value of `CHAIN` for the helper: the current one, with this helper appended.
///
/// # Errors
/// `CredentialProcessLoop` if this helper is already running.
fn chain(ctx: &Context, helper: &CredentialProcess) -> Result<String> {
    let file = std::path::absolute(&helper.location.file).unwrap_or(helper.location.file.clone());
    let this = (helper.profile.clone(), file.to_string_lossy().into_owned());
    let above = ctx.var(CHAIN).unwrap_or_default();
    // If the variable contains anything else, it isn't ours.
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
        .hint("make it ask for a different profile, or give this profile another source"));
    }
    serde_json::to_string(&chain)
        .map_err(|e| Error::new(Kind::Other, "cannot write the chain of helpers").source(e))
}

type Outcome = (ExitStatus, Zeroizing<Vec<u8>>);

/// How the helper ended, and its output. A helper that does not end or prints too much is killed.
async fn watch(child: &mut Child) -> Result<Outcome, String> {
    // The pipe stays open until all are killed: if closing it ended the helper first, its own
    // children would be orphaned.
    let mut pipe = child.stdout.take().ok_or("has no output")?;
    let outcome = timeout(TIMEOUT, outcome(child, &mut pipe))
        .await
        .unwrap_or_else(|_| Err(format!("took more than {} s and was stopped", TIMEOUT.as_secs())));
    if outcome.is_err() {
        descendants::kill(child).await;
    }
    outcome
}

async fn outcome(child: &mut Child, pipe: &mut ChildStdout) -> Result<Outcome, String> {
    // Allocated in one piece, because a growing buffer leaves copies of secrets behind.
    let mut stdout = Zeroizing::new(Vec::with_capacity(MAX_OUTPUT + 1));
    let status = {
        let mut reading = pin!(read(pipe, &mut stdout));
        tokio::select! {
            read = &mut reading => {
                read?;
                child.wait().await
            }
            status = child.wait() => {
                timeout(GRACE, reading).await.unwrap_or(Ok(()))?;
                status
            }
        }
    };
    let status = status.map_err(|e| format!("cannot be waited for: {e}"))?;
    Ok((status, stdout))
}

/// Reads to the end, within the buffer's capacity.
async fn read(pipe: &mut ChildStdout, stdout: &mut Vec<u8>) -> Result<(), String> {
    while pipe.read_buf(stdout).await.map_err(|e| format!("cannot be read: {e}"))? > 0 {
        if stdout.len() > MAX_OUTPUT {
            return Err(format!("prints more than {} KiB", MAX_OUTPUT / 1024));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The runtime's clock advances as soon as everything is waiting.
    #[cfg(unix)]
    #[test]
    fn a_slow_helper_is_killed() {
        let mut builder = tokio::runtime::Builder::new_current_thread();
        let runtime = builder.enable_all().start_paused(true).build().expect("a runtime");
        for script in ["exec sleep 1000", "exec >&-; exec sleep 1000", "sleep 1000; true"] {
            let mut command = shell(script);
            command.stdout(Stdio::piped());
            runtime.block_on(async {
                let mut child = Command::from(command).spawn().expect("a shell");
                let why = watch(&mut child).await.expect_err("too long");
                assert_eq!(why, "took more than 60 s and was stopped");
                assert!(child.try_wait().expect("own child").is_some(), "{script}");
            });
        }
    }
}
