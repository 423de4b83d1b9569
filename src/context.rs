//! The process as the rest of the program sees it: environment, home directory, parent, clock,
//! printer.
//! Nothing below reads these by itself.

use std::env;
use std::ffi::{OsStr, OsString};
use std::fs::{self, Metadata};
use std::io;
use std::path::{self, Path, PathBuf, absolute};
use std::time::SystemTime;

use chrono::{DateTime, Utc};

use crate::error::{Error, Kind, Result};
use crate::ui::printer::Printer;

/// The file of this program.
pub(crate) const OWN_FILE: &str = if cfg!(windows) { "ssowrap.exe" } else { "ssowrap" };

/// What a command may know of the process it runs in.
#[derive(Clone, Debug)]
pub struct Context {
    /// stdout and stderr.
    pub printer: Printer,
}

#[expect(clippy::disallowed_methods, reason = "this is the one room that reads the process")]
impl Context {
    /// A context around `printer`.
    pub fn new(printer: Printer) -> Self {
        Self { printer }
    }

    /// An environment variable. One that is set to nothing counts as unset. One that is not UTF-8
    /// does not: what cannot be read in it is replaced, so that it is refused rather than passed
    /// over.
    pub fn var(&self, name: &str) -> Option<String> {
        var(name)
    }

    /// An environment variable as bytes; empty counts as unset.
    pub fn var_os(&self, name: &str) -> Option<OsString> {
        env::var_os(name).filter(|value| !value.is_empty())
    }

    /// Whether a variable is in the environment at all, even with an empty value.
    pub fn has_var(&self, name: &str) -> bool {
        env::var_os(name).is_some()
    }

    /// The home directory: `HOME`, else what the system says (SPEC 1.1).
    pub fn home(&self) -> Result<PathBuf> {
        self.var_os("HOME")
            .map(PathBuf::from)
            .or_else(dirs::home_dir)
            .ok_or_else(|| Error::new(Kind::Other, "there is no home directory").hint("set HOME"))
    }

    /// ssowrap's own state: lock files. `$XDG_STATE_HOME/ssowrap` or what the platform has in its
    /// place; none where there is no home.
    pub fn state_dir(&self) -> Option<PathBuf> {
        dirs::state_dir().or_else(dirs::data_local_dir).map(|dir| dir.join("ssowrap"))
    }

    /// ssowrap's own cache: `$XDG_CACHE_HOME/ssowrap` or what the platform has in its place.
    pub fn cache_dir(&self) -> Option<PathBuf> {
        dirs::cache_dir().map(|dir| dir.join("ssowrap"))
    }

    /// Where files may lie that need not last, best first: `$XDG_RUNTIME_DIR`, which is the user's
    /// alone and in memory, and the directory of temporary files.
    pub fn runtime_dirs(&self) -> Vec<PathBuf> {
        dirs::runtime_dir().into_iter().chain([env::temp_dir()]).collect()
    }

    /// What a shell would try to run for `program`: the path as given where it has a slash, else the
    /// first file of that name in PATH.
    pub(crate) fn find_program(&self, program: &OsStr) -> Option<(PathBuf, Metadata)> {
        let look = |path: PathBuf| fs::metadata(&path).ok().map(|metadata| (path, metadata));
        if program.is_empty() {
            return None;
        }
        if has_separator(program) {
            return look(PathBuf::from(program));
        }
        let directories = self.var_os("PATH")?;
        env::split_paths(&directories)
            // An empty entry is the current directory.
            .map(|directory| if directory.as_os_str().is_empty() { ".".into() } else { directory })
            .filter_map(|directory| look(directory.join(program)))
            .find(|(_, metadata)| metadata.is_file())
    }

    /// The absolute name that this program is to be called by from other programs' files: the one
    /// in PATH that leads here. The file behind it carries the version in its path where a package
    /// manager installed it (Homebrew's Cellar, the nix store, Scoop, mise), and goes with the next
    /// upgrade.
    ///
    /// # Errors
    /// Where the system doesn't tell which program this is.
    pub(crate) fn own_path(&self) -> io::Result<PathBuf> {
        let this = env::current_exe()?;
        let in_path = self.find_program(OsStr::new(OWN_FILE));
        let in_path = in_path.and_then(|(path, _)| absolute(path).ok());
        Ok(in_path.filter(|path| is_same_file(path, &this)).unwrap_or(this))
    }

    /// The program that started this one, by its file's name; a program that Python runs by its
    /// own name. None where the system does not tell, as all but Linux.
    pub fn parent_program(&self) -> Option<String> {
        if !cfg!(target_os = "linux") {
            return None;
        }
        let process = PathBuf::from(format!("/proc/{}", parent_id()?));
        let file = fs::read_link(process.join("exe")).ok()?;
        let name = file.file_name()?.to_str()?;
        if name.starts_with("python") {
            // Some put their arguments behind it.
            let name = fs::read_to_string(process.join("comm")).ok()?;
            return name.split_whitespace().next().map(str::to_owned);
        }
        // An upgrade has replaced the file meanwhile.
        Some(name.strip_suffix(" (deleted)").unwrap_or(name).to_owned())
    }

    /// The current time.
    pub fn now(&self) -> DateTime<Utc> {
        DateTime::<Utc>::from(SystemTime::now())
    }
}

/// Whether a program is given as a path rather than as a name to look for.
pub(crate) fn has_separator(program: &OsStr) -> bool {
    program.as_encoded_bytes().iter().any(|byte| path::is_separator(char::from(*byte)))
}

/// Whether two paths lead to one file.
pub(crate) fn is_same_file(one: &Path, other: &Path) -> bool {
    matches!((fs::canonicalize(one), fs::canonicalize(other)), (Ok(one), Ok(other)) if one == other)
}

#[cfg(unix)]
fn parent_id() -> Option<u32> {
    Some(std::os::unix::process::parent_id())
}

#[cfg(not(unix))]
fn parent_id() -> Option<u32> {
    None
}

/// Whether the terminal knows no escape sequences, as that of an editor.
pub(crate) fn is_dumb() -> bool {
    var("TERM").is_some_and(|term| term == "dumb")
}

/// Whether there is to be no colour.
pub(crate) fn no_color() -> bool {
    var("NO_COLOR").is_some() || is_dumb()
}

/// [`Context::var`] for what is needed before there is a context: colour.
#[expect(clippy::disallowed_methods, reason = "this is the one room that reads the process")]
pub(crate) fn var(name: &str) -> Option<String> {
    env::var_os(name)
        .filter(|value| !value.is_empty())
        .map(|value| value.to_string_lossy().into_owned())
}
