//! `ssowrap init --aws2-wrap DIR`: a link named aws2-wrap to ssowrap.

use std::env;
use std::ffi::OsStr;
use std::fs;
use std::io;
use std::path::{Path, absolute};

use super::super::aws2_wrap;
use crate::context::{Context, OWN_FILE, is_same_file};
use crate::error::{Error, Kind, Result};
use crate::output::format::Format;
use crate::platform::{IS_WINDOWS, program_link};
use crate::variables;

/// The name of the link.
const FILE: &str = if IS_WINDOWS { "aws2-wrap.exe" } else { aws2_wrap::NAME };

/// Creates a link to this program in `dir`, which it creates if it is missing. Replaces a link to any
/// ssowrap, and anything else only with `force`.
pub(super) fn run(ctx: &Context, dir: &Path, force: bool) -> Result<()> {
    let failed = |what: String| move |e: io::Error| Error::new(Kind::Other, what).source(e);
    let program = ctx.own_path().map_err(failed("cannot find the path of ssowrap".into()))?;
    let dir = absolute(dir).unwrap_or(dir.to_owned());
    if !dir.is_dir() {
        let shown = dir.display();
        fs::create_dir_all(&dir).map_err(failed(format!("cannot create the directory {shown}")))?;
        ctx.printer.say(&format!("created {shown}"));
    }
    let link = dir.join(FILE);
    let shown = link.display();
    match occupant(&link, &program).map_err(failed(format!("cannot look at {shown}")))? {
        Occupant::ThisOne => {}
        Occupant::Foreign if !force => return Err(foreign(&link)),
        Occupant::Directory => {
            return Err(Error::new(Kind::Other, format!("{shown} is a directory"))
                .hint("choose another directory, or remove this one"));
        }
        Occupant::Nothing | Occupant::Ours | Occupant::Foreign => {
            program_link::put(&program, &link).map_err(failed(format!("cannot create {shown}")))?;
        }
    }
    ctx.printer.say(&format!("{shown} -> {}", program.display()));
    warn_if_not_first(ctx, &link);
    Ok(())
}

/// What already has the name of the link.
enum Occupant {
    Nothing,
    /// A link to this very program.
    ThisOne,
    /// A link to another ssowrap, perhaps one that no longer exists.
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

/// Warns if a shell would not run the link for `aws2-wrap`.
fn warn_if_not_first(ctx: &Context, link: &Path) {
    let dir = link.parent().unwrap_or(link);
    let path = ctx.var_os(variables::PATH).unwrap_or_default();
    if !env::split_paths(&path).any(|entry| is_same_file(&entry, dir)) {
        let shown = dir.display();
        ctx.printer.warn(&format!(
            "{shown} is not in PATH: add it to PATH, before the directory of an older aws2-wrap"
        ));
        let shell = Format::of_caller(ctx);
        // On Windows, no shell's file decides.
        let line = dir.to_str().filter(|_| !IS_WINDOWS).and_then(|dir| shell.path_line(dir));
        if let Some(line) = line {
            ctx.printer.say(&format!("hint: for the startup file of your shell: `{line}`"));
        }
    } else if let Some((first, _)) = ctx.find_program(OsStr::new(FILE))
        && !first.parent().is_some_and(|first| is_same_file(first, dir))
    {
        let (first, link) = (first.display(), link.display());
        ctx.printer.warn(&format!("{first} comes before {link} in PATH"));
    }
}
