//! `ssowrap each`: one command with the credentials of each of several profiles or accounts.

mod report;
mod targets;

use std::collections::HashSet;
use std::fs;
use std::path::PathBuf;
use std::process::{Command, ExitCode};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use unicode_width::UnicodeWidthStr;

use crate::cli::{EachArgs, Global};
use crate::context::Context;
use crate::credentials::renew_at;
use crate::error::{Error, Kind, Result};
use crate::exchange::Login;
use crate::exit::Exit;
use crate::handover::batch::{self, BatchOptions, CommandOutcome, Printed};
use crate::handover::{aws_files, command};
use crate::output::environment::HIDDEN_FROM_CHILD;
use crate::output::variable::Variable;
use crate::profile::files::Files;
use crate::profile::mask;
use crate::settings::{Obtained, Settings, Wanted, obtain_each};
use crate::text::escape;
use crate::ui::prompt::{self, Consent, Question};
use targets::{Chosen, EachTarget, without_roles};

/// Characters that are escaped when a profile's name becomes a file name.
const IN_FILE_NAME: &AsciiSet =
    &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'@').remove(b'+');

/// Runs the command for each profile or account.
///
/// # Errors
/// Usage errors, and an empty selection. If a command fails, that is reported, and the exit code is
/// 1.
pub(super) fn run(ctx: &Context, global: &Global, args: &EachArgs) -> Result<ExitCode> {
    command::check_in_path(ctx, &args.command[0])?;
    let files = Files::load(ctx)?;
    let Chosen { targets, by_pattern } = Chosen::of(ctx, global, &files)?;
    let directories = directories(args, &targets)?;
    let settings = Settings::of_request(ctx, without_roles(global), targets[0].request.clone())?;
    let resolved = resolve(ctx, &files, &settings, &targets)?;
    drop(files);
    if by_pattern && !may_begin(ctx, args, &targets)? {
        ctx.printer.say("nothing was run");
        return Ok(ExitCode::SUCCESS);
    }
    let outcomes = targets.iter().map(|_| CommandOutcome::NotBegun).collect();
    let restored = aws_files::restored(ctx);
    Each { ctx, args, targets: &targets, directories, restored, outcomes }.run(resolved)
}

/// How to get the credentials of each target, or why that is unknown.
///
/// # Errors
/// `Usage` if the options don't suit one of them.
fn resolve(
    ctx: &Context,
    files: &Files,
    settings: &Settings,
    targets: &[EachTarget],
) -> Result<Vec<Result<Wanted>>> {
    let resolved = targets.iter().map(|target| {
        let settings = settings.with_request(target.request.clone());
        match Wanted::new(ctx, files, &settings, Login::Attended) {
            Err(error) if error.kind == Kind::Usage => Err(error),
            resolved => Ok(resolved),
        }
    });
    resolved.collect()
}

/// Whether the user confirms what a pattern has chosen.
fn may_begin(ctx: &Context, args: &EachArgs, targets: &[EachTarget]) -> Result<bool> {
    report::chosen(ctx, targets);
    if args.yes || !prompt::is_attended(ctx) {
        return Ok(true);
    }
    let words =
        args.command.iter().map(|word| escape::shell_word(&mask::word(&word.to_string_lossy())));
    let command = words.collect::<Vec<_>>().join(" ");
    let accounts: HashSet<_> = targets.iter().map(|target| &target.account_id).collect();
    let what = if targets.iter().any(EachTarget::is_profile) {
        "profile"
    } else if accounts.len() < targets.len() {
        "role"
    } else {
        "account"
    };
    let question = match targets.len() {
        1 => format!("Run `{command}` for this {what}?"),
        count => format!("Run `{command}` for each of these {count} {what}s?"),
    };
    let how = Question { can_go_back: false, is_yes_usual: true };
    Ok(prompt::confirm(ctx, &question, how)? == Consent::Yes)
}

/// The directory of each command; none for the current one.
fn directories(args: &EachArgs, targets: &[EachTarget]) -> Result<Vec<Option<PathBuf>>> {
    let Some(template) = &args.chdir else { return Ok(vec![None; targets.len()]) };
    let directory = |target: &EachTarget| {
        let path = PathBuf::from(target.fill(template)?);
        if !path.is_dir() {
            let (shown, name) = (path.display(), &target.name);
            let message = format!("the directory for {name} does not exist: {shown}");
            return Err(Error::new(Kind::Usage, message).hint("create it, or correct `--chdir`"));
        }
        Ok(Some(path))
    };
    targets.iter().map(directory).collect()
}

/// The decisions and results for all targets.
struct Each<'a> {
    ctx: &'a Context,
    args: &'a EachArgs,
    targets: &'a [EachTarget],
    directories: Vec<Option<PathBuf>>,
    /// The variables that make the AWS files visible again.
    restored: Vec<Variable>,
    outcomes: Vec<CommandOutcome>,
}

/// A target that can run.
struct ReadyTarget<'a> {
    /// Its index among the targets.
    index: usize,
    wanted: &'a Wanted,
    /// None once its command has taken them.
    obtained: Mutex<Option<Obtained>>,
}

impl Each<'_> {
    fn run(mut self, resolved: Vec<Result<Wanted>>) -> Result<ExitCode> {
        let (mut indices, mut wanted) = (Vec::new(), Vec::new());
        for (index, resolved) in resolved.into_iter().enumerate() {
            match resolved {
                Ok(one) => {
                    indices.push(index);
                    wanted.push(one);
                }
                Err(error) => self.fail(index, error),
            }
        }
        let mut ready = Vec::new();
        let obtained = self.obtain(&mut wanted);
        for ((index, wanted), obtained) in indices.into_iter().zip(&wanted).zip(obtained) {
            match obtained {
                Some(Ok(one)) => {
                    let obtained = Mutex::new(Some(one));
                    ready.push(ReadyTarget { index, wanted, obtained });
                }
                Some(Err(error)) if error.kind == Kind::Interrupted => return Err(error),
                Some(Err(error)) => self.fail(index, error),
                None => {}
            }
        }
        if self.args.fail_fast && self.has_failed() {
            ready.clear();
        }
        let (is_interrupted, lost) = self.run_all(&ready)?;
        report::ended(self.ctx, self.targets, &self.outcomes, self.args.json)?;
        let exit = if is_interrupted {
            Exit::Interrupted
        } else if let Some(error) = lost {
            return Err(error);
        } else if self.outcomes.iter().all(CommandOutcome::is_success) {
            Exit::Done
        } else {
            Exit::Other
        };
        Ok(exit.into())
    }

    fn fail(&mut self, index: usize, error: Error) {
        self.ctx.printer.error_of(&self.targets[index].name, &error);
        self.outcomes[index] = CommandOutcome::NotRun(error);
    }

    fn has_failed(&self) -> bool {
        self.outcomes.iter().any(|outcome| matches!(outcome, CommandOutcome::NotRun(_)))
    }

    /// Runs the commands. Returns whether a signal ended that, and why output is missing, if any is.
    fn run_all(&mut self, ready: &[ReadyTarget<'_>]) -> Result<(bool, Option<Error>)> {
        let options = BatchOptions {
            at_once: self.args.jobs.into(),
            fail_fast: self.args.fail_fast,
            to_stderr: self.args.json,
        };
        let printed = self.outputs(ready)?;
        let prepare = |place: usize| self.command(&ready[place]);
        let batch = batch::run(self.ctx, &options, &printed, &prepare)?;
        for (ready, outcome) in ready.iter().zip(batch.outcomes) {
            match outcome {
                CommandOutcome::NotRun(error) => self.fail(ready.index, error),
                outcome => self.outcomes[ready.index] = outcome,
            }
        }
        Ok((batch.is_interrupted, batch.lost))
    }

    /// Gets all credentials, before any command runs.
    fn obtain(&self, wanted: &mut [Wanted]) -> Vec<Option<Result<Obtained>>> {
        let (done, total) = (AtomicUsize::new(0), wanted.len());
        let goes_on = |outcome: &Result<Obtained>| {
            let done = done.fetch_add(1, Ordering::Relaxed) + 1;
            self.ctx.printer.status(&format!("credentials: {done} of {total}"));
            match outcome {
                Ok(_) => true,
                Err(error) => error.kind != Kind::Interrupted && !self.args.fail_fast,
            }
        };
        let obtained = obtain_each(self.ctx, wanted, &goes_on);
        self.ctx.printer.end_status();
        obtained
    }

    /// The command of a target, with credentials that are still valid: it may have waited for
    /// hours.
    fn command(&self, ready: &ReadyTarget<'_>) -> Result<Command> {
        let obtained = ready.obtained.lock().unwrap_or_else(PoisonError::into_inner).take();
        let now = self.ctx.now();
        let lasts = |obtained: &Obtained| {
            let end = obtained.credentials.expiration;
            end.is_none_or(|end| now < renew_at(end, obtained.at))
        };
        let obtained = match obtained.filter(lasts) {
            Some(obtained) => obtained,
            None => ready.wanted.get(self.ctx)?,
        };
        let mut variables = obtained.variables(self.ctx)?;
        variables.extend(self.restored.iter().cloned());
        let mut words = self.args.command.clone();
        words[0] = self.ctx.startable(&words[0]);
        let mut child = batch::new_command(&words)?;
        command::give(&mut child, &HIDDEN_FROM_CHILD, &variables);
        if let Some(directory) = &self.directories[ready.index] {
            child.current_dir(directory);
        }
        Ok(child)
    }

    /// Where the commands' output goes.
    fn outputs(&self, ready: &[ReadyTarget<'_>]) -> Result<Vec<Printed>> {
        let names = || ready.iter().map(|ready| self.targets[ready.index].name.as_str());
        let Some(directory) = &self.args.output_dir else {
            let width = names().map(UnicodeWidthStr::width).max().unwrap_or_default();
            let named = |name: &str| {
                let blanks = " ".repeat(width - name.width());
                // An account's name may contain anything.
                Printed::Named(format!("{}{blanks} | ", escape::foreign(name)))
            };
            return Ok(names().map(named).collect());
        };
        fs::create_dir_all(directory).map_err(|e| {
            Error::new(Kind::Other, format!("cannot create {}", directory.display())).source(e)
        })?;
        let file = |name: &str, end| {
            let name = utf8_percent_encode(name, IN_FILE_NAME).to_string();
            // The file must not be hidden or mean the directory itself.
            let name = name.strip_prefix('.').map_or(name.clone(), |rest| format!("%2E{rest}"));
            directory.join(format!("{name}.{end}"))
        };
        Ok(names().map(|name| Printed::Files([file(name, "out"), file(name, "err")])).collect())
    }
}
