//! What `each` prints about its commands: the selection, and the table at the end.

use serde::Serialize;

use super::targets::EachTarget;
use crate::context::Context;
use crate::error::{Kind, Result};
use crate::handover::batch::CommandOutcome;
use crate::ui::table::{self, Cell, Tone};

/// The result of a command that was never started.
const NOT_BEGUN: &str = "not started";

/// A row of `each --json`.
#[derive(Serialize)]
struct EachRow<'a> {
    profile: &'a str,
    account_id: Option<&'a str>,
    account_name: Option<&'a str>,
    role_name: Option<&'a str>,
    /// Null if the command was not started.
    exit_code: Option<i32>,
    /// The seconds it ran.
    seconds: Option<f64>,
    /// Why it was not started.
    error: Option<String>,
}

/// Prints what a pattern has chosen.
pub(super) fn chosen(ctx: &Context, targets: &[EachTarget]) {
    let has_profiles = targets.iter().any(EachTarget::is_profile);
    let cells = |target: &EachTarget| {
        let text = |value: &Option<String>| value.clone().unwrap_or_default();
        let EachTarget { name, request: _, account_id, account_name, role_name } = target;
        let all = [name.clone(), text(account_id), text(account_name), text(role_name)];
        all.map(Cell::from).into_iter().skip(usize::from(!has_profiles)).collect()
    };
    let rows: Vec<Vec<Cell>> = targets.iter().map(cells).collect();
    // Without a profile, the name is that of the account.
    let heading = ["PROFILE", "ACCOUNT", "ACCOUNT NAME", "ROLE"];
    let heading = &heading[usize::from(!has_profiles)..];
    ctx.printer.say_lines(&table::columns_of_messages(&ctx.printer, heading, rows));
}

/// Prints the results of all commands.
pub(super) fn ended(
    ctx: &Context,
    targets: &[EachTarget],
    outcomes: &[CommandOutcome],
    json: bool,
) -> Result<()> {
    let rows = targets.iter().zip(outcomes).map(|(target, outcome)| EachRow::new(target, outcome));
    let rows: Vec<EachRow<'_>> = rows.collect();
    if json {
        return ctx.printer.json(&rows);
    }
    let name = if targets.iter().any(EachTarget::is_profile) { "PROFILE" } else { "NAME" };
    let heading = [name, "ACCOUNT", "EXIT", "SECONDS"];
    let cells = rows.iter().zip(outcomes).map(|(row, outcome)| row.cells(outcome)).collect();
    ctx.printer.say_lines(&table::columns_of_messages(&ctx.printer, &heading, cells));
    Ok(())
}

impl<'a> EachRow<'a> {
    fn new(target: &'a EachTarget, outcome: &CommandOutcome) -> Self {
        let (exit_code, seconds, error) = match outcome {
            CommandOutcome::Ended { code, took } => {
                (Some(*code), Some((took.as_secs_f64() * 10.0).round() / 10.0), None)
            }
            CommandOutcome::NotRun(error) => (None, None, Some(error.lines().swap_remove(0))),
            CommandOutcome::NotBegun => (None, None, Some(NOT_BEGUN.to_owned())),
        };
        Self {
            profile: &target.name,
            account_id: target.account_id.as_deref(),
            account_name: target.account_name.as_deref(),
            role_name: target.role_name.as_deref(),
            exit_code,
            seconds,
            error,
        }
    }

    fn cells(&self, outcome: &CommandOutcome) -> Vec<Cell<'_>> {
        let exit = match outcome {
            CommandOutcome::Ended { code: 0, .. } => Cell::new("0", Tone::Good),
            CommandOutcome::Ended { code, .. } => Cell::new(code.to_string(), Tone::Bad),
            CommandOutcome::NotRun(e) if e.kind == Kind::Other => Cell::new("not run", Tone::Bad),
            CommandOutcome::NotRun(_) => Cell::new("no credentials", Tone::Bad),
            CommandOutcome::NotBegun => Cell::from(NOT_BEGUN),
        };
        let seconds = self.seconds.map(|seconds| format!("{seconds:.1}")).unwrap_or_default();
        vec![self.profile.into(), self.account_id.unwrap_or("-").into(), exit, seconds.into()]
    }
}
