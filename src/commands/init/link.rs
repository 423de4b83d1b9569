//! `ssowrap init --aws2-wrap DIR`: a link named aws2-wrap to ssowrap.

use std::env;
use std::ffi::OsStr;
use std::fs;
use std::io;
use std::path::{Path, absolute};

use super::super::aws2_wrap;
use crate::context::{Context, OWN_FILE, is_same_file};
use crate::error::{Error, Kind, Result};
use crate::platform::{IS_WINDOWS, program_link};
use crate::text::escape::shell_word;
use crate::variables;

/// The file to put there.
const FILE: &str = if IS_WINDOWS { "aws2-wrap.exe" } else { aws2_wrap::NAME };

/// Creates a link to this program in `dir`. It replaces a link to a ssowrap; anything else only
/// with `force`.
pub(super) fn run(ctx: &Context, dir: &Path, force: bool) -> Result<()> {
    let failed = |what: String| move |e: io::Error| Error::new(Kind::Other, what).source(e);
    let program = ctx.own_path().map_err(failed("cannot find the path of ssowrap".into()))?;
    if !dir.is_dir() {
        let word = shell_word(&dir.to_string_lossy());
        let message = format!("there is no directory {}", dir.display());
        let mkdir = if IS_WINDOWS { "mkdir" } else { "mkdir -p" };
        let hint = format!("create it with `{mkdir} {word}`");
        return Err(Error::new(Kind::Other, message).hint(hint));
    }
    let link = absolute(dir).unwrap_or(dir.to_owned()).join(FILE);
    let shown = link.display();
    match occupant(&link, &program).map_err(failed(format!("cannot look at {shown}")))? {
        Occupant::ThisOne => {}
        Occupant::Foreign if !force => return Err(foreign(&link)),
        Occupant::Directory => {
            return Err(Error::new(Kind::Other, format!("{shown} is a directory")));
        }
        Occupant::Nothing | Occupant::Ours | Occupant::Foreign => {
            program_link::put(&program, &link).map_err(failed(format!("cannot create {shown}")))?;
        }
    }
    ctx.printer.say(&format!("{shown} -> {}", program.display()));
    say_what_is_called(ctx, &link);
    Ok(())
}

/// The obstacle.
enum Occupant {
    Nothing,
    /// It leads to this very program.
    ThisOne,
    /// It leads, or led, to a ssowrap.
    Ours,
    Foreign,
    Directory,
}

fn occupant(link: &Path, program: &Path) -> io::Result<Occupant> {
    let metadata = match fs::symlink_metadata(link) {
        Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(Occupant::Nothing),
        metadata => metadata?,
    };
    if metadata.is_dir() {
        return Ok(Occupant::Directory);
    }
    if program_link::leads_to(program, link) {
        return Ok(Occupant::ThisOne);
    }
    let target = fs::read_link(link);
    let is_ours = target.is_ok_and(|target| target.file_name() == Some(OsStr::new(OWN_FILE)));
    Ok(if is_ours { Occupant::Ours } else { Occupant::Foreign })
}

fn foreign(link: &Path) -> Error {
    let what = match IS_WINDOWS {
        true => "is another program, perhaps an older ssowrap",
        false => "is not a link to ssowrap",
    };
    Error::new(Kind::Other, format!("{} already exists and {what}", link.display()))
        .hint("choose another directory, earlier in PATH, or replace it with `--force`")
}

/// What a shell runs for `aws2-wrap`, if it is not the link.
fn say_what_is_called(ctx: &Context, link: &Path) {
    let dir = link.parent().unwrap_or(link);
    let path = ctx.var_os(variables::PATH).unwrap_or_default();
    if !env::split_paths(&path).any(|entry| is_same_file(&entry, dir)) {
        ctx.printer.warn(&format!("{} is not in PATH", dir.display()));
    } else if let Some((first, _)) = ctx.find_program(OsStr::new(FILE))
        && !first.parent().is_some_and(|first| is_same_file(first, dir))
    {
        ctx.printer.warn(&format!("{} comes before it in PATH", first.display()));
    }
}
