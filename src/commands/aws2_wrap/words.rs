//! Failures in aws2-wrap's words, which scripts look for, followed by ours.

use std::path::{Component, Path, PathBuf, absolute};

use crate::cli::aws2_wrap::python::repr;
use crate::context::Context;
use crate::error::{Error, Subject};

/// Prints why something failed, without a prefix.
pub(super) fn tell(ctx: &Context, error: &Error, config: &Path) {
    let first = error.subject.as_deref().map(|subject| first_line(subject, config));
    // aws2-wrap's words for these two say everything.
    let is_said =
        matches!(error.subject.as_deref(), Some(Subject::Profile(_) | Subject::Session(_)));
    let ours = error.lines().into_iter().filter(|_| !is_said);
    let hints = error.hints.iter().map(|hint| format!("hint: {hint}"));
    first.into_iter().chain(ours).chain(hints).for_each(|line| ctx.printer.show(&line));
}

fn first_line(subject: &Subject, config: &Path) -> String {
    let path = normal(config);
    let path = path.display();
    match subject {
        Subject::Profile(name) => format!("Cannot find profile {} in {path}", repr(name)),
        Subject::Session(name) => format!("Cannot find sso-session {} in {path}", repr(name)),
        // aws2-wrap shows the whole profile here, including its keys.
        Subject::Key { profile, key } => format!("'{key}' not found in profile: {}", repr(profile)),
        Subject::Login(profile) => format!("Please login with 'aws sso login --profile={profile}'"),
        Subject::Role(arn) => format!("Failed to assume-role '{arn}'"),
    }
}

/// The absolute path, without access to the file system.
fn normal(path: &Path) -> PathBuf {
    let whole = absolute(path).unwrap_or(path.to_owned());
    whole.components().fold(PathBuf::new(), |mut normal, component| {
        match component {
            Component::ParentDir => drop(normal.pop()),
            component => normal.push(component),
        }
        normal
    })
}
