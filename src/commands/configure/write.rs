//! Showing the changes, asking, writing.

use std::io;
use std::path::Path;

use super::summary::summary;
use crate::cli::ConfigureArgs;
use crate::context::Context;
use crate::error::{Error, Kind, Result, usage};
use crate::profile::edit::shown;
use crate::profile::parse::FileKind;
use crate::storage::rewrite::{self, Original};
use crate::ui::diff;
use crate::ui::prompt::{self, Consent, Question};

/// What happened to the changes.
pub(super) enum Written {
    /// There was nothing to change.
    Nothing,
    /// They were only shown.
    Shown,
    /// The user said no.
    Declined,
    /// The user wants to answer the questions again.
    Back,
    /// Another program has changed the file.
    Changed,
    /// They were written.
    All,
}

/// A new version of the config file.
pub(super) struct Change<'a> {
    pub path: &'a Path,
    pub original: &'a Original,
    pub new: &'a [u8],
    /// What to say about it. After the diff, which may be longer than a screen.
    pub notes: &'a [String],
    /// Profiles that get another name, with their new names.
    pub renamed: &'a [(String, String)],
    /// How to ask.
    pub question: Question,
}

/// Shows the change, asks, and writes it.
///
/// # Errors
/// `Usage` if there is nobody to ask, `Other` if the system fails. Nothing has been written then.
pub(super) fn write(ctx: &Context, args: &ConfigureArgs, change: &Change<'_>) -> Result<Written> {
    let Change { path, original, new, notes, renamed, question } = *change;
    let say_notes = || notes.iter().for_each(|note| ctx.printer.say(note));
    if *new == *original.bytes() {
        say_notes();
        return Ok(Written::Nothing);
    }
    let diff = diff_of(path, original, new);
    if args.dry_run {
        ctx.printer.data(diff.as_bytes())?;
        say_notes();
        ctx.printer.say(&summary(original.bytes(), new, renamed));
        ctx.printer.say("nothing was written: this was only a dry run");
        return Ok(Written::Shown);
    }
    original.check(path).map_err(|e| failed(path, "cannot change", &e))?;
    if !args.yes && !prompt::is_attended(ctx) {
        return Err(usage("configure asks before it writes, and there is no terminal to ask on")
            .hint("give `--yes` to write, `--dry-run` to see the changes"));
    }
    ctx.printer.say_lines(&diff);
    say_notes();
    let ask = || {
        ctx.printer.show(&summary(original.bytes(), new, renamed));
        prompt::confirm(ctx, &format!("Write this to {}?", path.display()), question)
    };
    match if args.yes { Consent::Yes } else { ask()? } {
        Consent::Yes => {}
        Consent::Back => return Ok(Written::Back),
        Consent::No => {
            ctx.printer.say("nothing was written");
            return Ok(Written::Declined);
        }
    }
    let _lock = rewrite::lock(ctx, &[path]);
    let is_written = original.replace(path, new).map_err(|e| failed(path, "cannot change", &e))?;
    Ok(if is_written { Written::All } else { Written::Changed })
}

/// The changes as a diff, without secrets.
fn diff_of(path: &Path, original: &Original, new: &[u8]) -> String {
    let kind = FileKind::Config;
    let name = path.display().to_string();
    let (before, after) = (shown::lines(kind, original.bytes()), shown::lines(kind, new));
    let [before, after] = [&before, &after]
        .map(|lines| Vec::from_iter(lines.iter().map(|line| (line.bytes, line.text.as_str()))));
    let old_name = if original.exists() { name.as_str() } else { "/dev/null" };
    diff::unified((old_name, &before), (&name, &after))
}

/// The system's error about the config file.
pub(super) fn failed(path: &Path, what: &str, error: &io::Error) -> Error {
    let message = format!("{what} {}: {error}", path.display());
    let found = Error::new(Kind::Other, message);
    match error.kind() {
        io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => {
            found.hint(rewrite::hint(path))
        }
        _ => found,
    }
}
