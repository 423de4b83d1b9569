//! `configure --undo`: undoes the last run, unless somebody has changed its lines since.
//!
//! Only the removed and added lines are stored, nothing else of the file.

use std::fs;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use similar::{Algorithm, DiffTag, capture_diff_slices};
use zeroize::Zeroizing;

use crate::cli::ConfigureArgs;
use crate::context::Context;
use crate::error::{Error, Kind, Result};
use crate::organisation::prune::base;
use crate::profile::Resolver;
use crate::profile::files::{ConfigFile, Files};
use crate::profile::parse::FileKind;
use crate::profile::present::{PresentLogin, PresentProfile};
use crate::storage::private::{self, Found};
use crate::storage::rewrite::Original;
use crate::storage::{atomic, litter};
use crate::text::hex::hex;
use crate::ui::prompt::Question;

use super::write::{Change, Written, failed, write};

/// The last run.
#[derive(Debug, Serialize, Deserialize)]
struct Undo {
    path: PathBuf,
    /// A digest of the file before; none if an earlier version stored this.
    #[serde(default)]
    old: Option<String>,
    /// In the order of the file.
    hunks: Vec<Hunk>,
}

/// Adjacent lines that were replaced, with their line breaks. They are stored in base64, because
/// they may not be UTF-8.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Hunk {
    /// How many lines are above them.
    line: usize,
    removed: Vec<String>,
    added: Vec<String>,
    /// Digests of the lines above and below. If nothing was added, only these show the place.
    above: Option<String>,
    below: Option<String>,
}

/// Stores how to turn `new` back into `old`.
pub(super) fn keep(ctx: &Context, path: &Path, old: &[u8], new: &[u8]) {
    let undo = Undo { path: path.to_owned(), old: digest(Some(&old)), hunks: hunks(old, new) };
    let written = file(ctx, path).ok_or("there is no home directory".to_owned()).and_then(|file| {
        let bytes = serde_json::to_vec(&undo).map_err(|e| e.to_string())?;
        atomic::write(&file, &bytes).map_err(|e| e.to_string())
    });
    if let Err(why) = written {
        ctx.printer.warn(&format!(
            "`ssowrap configure --undo` will not be able to undo these changes: {why}"
        ));
    }
}

/// Undoes what the last run wrote to `path`.
pub(super) fn run(
    ctx: &Context,
    path: &Path,
    credentials: PathBuf,
    args: &ConfigureArgs,
) -> Result<()> {
    let nothing = || {
        let message = format!("there is nothing to undo in {}", path.display());
        Error::new(Kind::Other, message)
    };
    let file = file(ctx, path).ok_or_else(nothing)?;
    let Found::File { bytes, .. } = private::read(&file) else { return Err(nothing()) };
    let undo: Undo = serde_json::from_slice(&bytes).map_err(|_| nothing())?;
    if undo.path != path {
        return Err(nothing());
    }
    let original = Original::read(path).map_err(|e| failed(path, "cannot read", &e))?;
    let Some(new) = reverted(original.bytes(), &undo.hunks) else {
        let message =
            format!("the lines that were written to {} have changed since", path.display());
        return Err(Error::new(Kind::Other, message)
            .hint("edit the file, or run `ssowrap configure` again"));
    };
    let config =
        |text: &[u8]| ConfigFile::of_text(FileKind::Config, path.to_owned(), text.to_vec());
    let credentials = ConfigFile::read(FileKind::Credentials, credentials)?;
    let mut files = Files { config: config(original.bytes()), credentials };
    let before = [files.profile_names(), files.session_names()]
        .map(|names| names.into_iter().map(str::to_owned).collect());
    files.config = config(&new);
    let left = left_without(&before, &files);
    for (profile, needed) in &left {
        ctx.printer.warn(&format!("`{profile}` needs {needed}, which `--undo` removes"));
    }
    let change = Change {
        path,
        original: &original,
        new: &new,
        notes: &[],
        renamed: &[],
        question: Question { can_go_back: false, is_yes_usual: left.is_empty() },
    };
    match write(ctx, args, &change)? {
        Written::Shown | Written::Declined | Written::Back => {}
        Written::Changed => {
            let message = format!("{} has changed in the meantime", path.display());
            let error = Error::new(Kind::Other, message);
            return Err(error.hint("run `ssowrap configure --undo` again"));
        }
        Written::Nothing | Written::All => {
            // It can be undone only once.
            let _ = fs::remove_file(file);
            let path = path.display();
            let is_as_before = undo.old.as_ref() == digest(Some(&&**new)).as_ref();
            ctx.printer.say(&match is_as_before {
                true => format!("{path} is as it was before the last `configure`"),
                false => {
                    format!("{path}: undid the last `configure`; later changes to the file stay")
                }
            });
        }
    }
    Ok(())
}

/// Profiles that stay although the profile or session they need is removed, each with the missing
/// one.
fn left_without(before: &[Vec<String>; 2], after: &Files) -> Vec<(String, String)> {
    let gone = |before: &[String], after: Vec<&str>| -> Vec<String> {
        before.iter().filter(|name| !after.contains(&name.as_str())).cloned().collect()
    };
    let profiles = gone(&before[0], after.profile_names());
    let sessions = gone(&before[1], after.session_names());
    let needed = |profile: &PresentProfile| match &profile.portal {
        PresentLogin::Session(name) if sessions.contains(name) => {
            Some(format!("sso-session `{name}`"))
        }
        _ => base(profile)
            .filter(|name| profiles.contains(name))
            .map(|name| format!("profile `{name}`")),
    };
    let profiles = Resolver::new(after).present_profiles().into_iter();
    profiles.filter_map(|profile| needed(&profile).map(|needed| (profile.name, needed))).collect()
}

/// Removes what a killed run left behind while storing this: the next run may have nothing to
/// store.
pub(super) fn sweep(ctx: &Context) {
    if let Some(directory) = directory(ctx) {
        litter::sweep_directory(&directory);
    }
}

fn file(ctx: &Context, path: &Path) -> Option<PathBuf> {
    let digest = Sha256::digest(path.as_os_str().as_encoded_bytes());
    Some(directory(ctx)?.join(format!("{}.json", hex(&digest))))
}

fn directory(ctx: &Context) -> Option<PathBuf> {
    Some(ctx.state_dir()?.join("configure"))
}

fn lines(text: &[u8]) -> Vec<&[u8]> {
    text.split_inclusive(|byte| *byte == b'\n').collect()
}

fn hunks(old: &[u8], new: &[u8]) -> Vec<Hunk> {
    let (old, new) = (lines(old), lines(new));
    let changes = capture_diff_slices(Algorithm::Myers, &old, &new);
    let changes = changes.iter().filter(|change| change.tag() != DiffTag::Equal);
    let encoded = |lines: &[&[u8]]| -> Vec<String> {
        lines.iter().map(|line| base64_simd::STANDARD.encode_to_string(line)).collect()
    };
    changes
        .map(|change| {
            let added = change.new_range();
            Hunk {
                line: added.start,
                removed: encoded(&old[change.old_range()]),
                above: digest(added.start.checked_sub(1).and_then(|at| new.get(at))),
                below: digest(new.get(added.end)),
                added: encoded(&new[added]),
            }
        })
        .collect()
}

fn digest(line: Option<&&[u8]>) -> Option<String> {
    line.map(|line| hex(&Sha256::digest(line)))
}

/// The text before `hunks`; none unless each is found at exactly one place.
fn reverted(text: &[u8], hunks: &[Hunk]) -> Option<Zeroizing<Vec<u8>>> {
    let mut lines: Vec<Vec<u8>> = lines(text).into_iter().map(<[u8]>::to_vec).collect();
    for hunk in hunks.iter().rev() {
        let [added, removed] = [&hunk.added, &hunk.removed].map(|lines| {
            let decode = |line: &String| base64_simd::STANDARD.decode_to_vec(line).ok();
            lines.iter().map(decode).collect::<Option<Vec<_>>>()
        });
        let (added, removed) = (added?, removed?);
        let at = place(&lines, hunk, &added)?;
        lines.splice(at..at + added.len(), removed);
    }
    Some(Zeroizing::new(lines.concat()))
}

fn place(lines: &[Vec<u8>], hunk: &Hunk, added: &[Vec<u8>]) -> Option<usize> {
    let is_there =
        |at: &usize| lines.get(*at..at + added.len()).is_some_and(|found| found == added);
    let neighbour =
        |at: Option<usize>| at.and_then(|at| lines.get(at)).map(|l| hex(&Sha256::digest(l)));
    let is_between = |at: &usize| {
        neighbour(at.checked_sub(1)) == hunk.above
            && neighbour(Some(at + added.len())) == hunk.below
    };
    let fits = |at: &usize| is_there(at) && (!added.is_empty() || is_between(at));
    if fits(&hunk.line) {
        return Some(hunk.line);
    }
    let mut places = (0..=lines.len()).filter(fits);
    let found = places.next()?;
    places.next().is_none().then_some(found)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn undone(old: &str, new: &str, now: &str) -> Option<String> {
        let hunks = hunks(old.as_bytes(), new.as_bytes());
        reverted(now.as_bytes(), &hunks).map(|text| String::from_utf8_lossy(&text).into_owned())
    }

    #[test]
    fn lines_are_found_where_they_have_moved() {
        let (old, new) = ("[a]\nx=1\n", "[a]\nx=2\n\n[b]\ny=1\n");
        assert_eq!(undone(old, new, new).as_deref(), Some(old));
        assert_eq!(
            undone(old, new, &format!("# top\n{new}")).as_deref(),
            Some("# top\n[a]\nx=1\n")
        );
        let more = format!("{new}[c]\n");
        assert_eq!(undone(old, new, &more).as_deref(), Some("[a]\nx=1\n[c]\n"));
        assert_eq!(undone(old, new, "[a]\nx=2\n\n[b]\ny=9\n"), None);
        // Lines that were only removed go back between the same neighbours, or nowhere.
        assert_eq!(undone("a\nb\nc\n", "a\nc\n", "0\na\nc\n").as_deref(), Some("0\na\nb\nc\n"));
        assert_eq!(undone("a\nb\nc\n", "a\nc\n", "a\nx\nc\n"), None);
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..Default::default() })]

        #[test]
        fn any_change_is_undone(old in "([ab\r]{0,2}\n){0,6}[ab]?", new in "([ab\r]{0,2}\n){0,6}[ab]?") {
            let undone = undone(&old, &new, &new);
            prop_assert_eq!(undone.as_deref(), Some(old.as_str()));
        }
    }
}
