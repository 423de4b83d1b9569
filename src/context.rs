//! The process as values: environment, directories, parent, clock, and printer.
//!
//! Nothing else reads the process. Tests create their own context with `Context::fake`.

use std::collections::BTreeMap;
use std::env;
use std::ffi::{OsStr, OsString};
use std::fmt;
use std::fs::{self, Metadata};
use std::io;
use std::path::{self, Path, PathBuf, absolute};
use std::sync::Arc;
use std::time::SystemTime;

use chrono::{DateTime, Utc};

use crate::error::{Error, Kind, Result};
use crate::platform::{IS_WINDOWS, parent};
use crate::printer::Printer;
use crate::text::clock::{Clock, Zone};
use crate::variables::{self, Name};

/// The name of this program's file.
pub(crate) const OWN_FILE: &str = if IS_WINDOWS { "ssowrap.exe" } else { "ssowrap" };

/// What a command may know about the process it runs in.
#[derive(Clone, Debug)]
pub struct Context {
    /// stdout and stderr.
    pub printer: Printer,
    environment: Arc<Environment>,
    system: Arc<dyn System>,
}

/// What the system says about a process. Tests replace it.
trait System: fmt::Debug + Send + Sync {
    fn home(&self) -> Option<PathBuf>;
    fn state_dir(&self) -> Option<PathBuf>;
    fn cache_dir(&self) -> Option<PathBuf>;
    fn runtime_dirs(&self) -> Vec<PathBuf>;
    fn parent_program(&self) -> Option<String>;
    fn parent_name(&self) -> Option<String>;
    fn own_path(&self) -> io::Result<PathBuf>;
    fn now(&self) -> DateTime<Utc>;
    fn zone(&self) -> Zone;
}

impl Context {
    /// This process, which prints through `printer`.
    pub(crate) fn new(environment: Environment, printer: Printer) -> Self {
        Self { printer, environment: Arc::new(environment), system: Arc::new(Process) }
    }

    /// A process for tests that prints nothing.
    #[cfg(test)]
    pub(crate) fn fake(variables: &[(&str, &str)], fake: Fake) -> Self {
        Self {
            printer: Printer::silent(),
            environment: Arc::new(variables.iter().copied().collect()),
            system: Arc::new(fake),
        }
    }

    /// The same process with another printer.
    pub(crate) fn with_printer(&self, printer: Printer) -> Self {
        Self { printer, ..self.clone() }
    }

    /// All variables. For names that aren't ssowrap's own but come from a file or from the command
    /// line.
    pub(crate) fn environment(&self) -> &Environment {
        &self.environment
    }

    /// An environment variable; an empty one counts as unset. Bytes that aren't UTF-8 are replaced,
    /// so that the value is refused rather than ignored.
    pub(crate) fn var(&self, name: Name) -> Option<String> {
        self.environment.text(&name)
    }

    /// The value of any variable that a path refers to, even an empty one.
    pub(crate) fn referred_to(&self, name: &str) -> Option<String> {
        self.environment.get(name).map(|value| value.to_string_lossy().into_owned())
    }

    /// An environment variable as bytes; an empty one counts as unset.
    pub(crate) fn var_os(&self, name: Name) -> Option<OsString> {
        self.environment.get(&name).filter(|value| !value.is_empty()).map(OsStr::to_owned)
    }

    /// Whether a variable is set at all, even to an empty value.
    pub(crate) fn has_var(&self, name: Name) -> bool {
        self.environment.has(&name)
    }

    /// The home directory: `HOME`, on Windows `USERPROFILE`, else what the system says (SPEC 1.1).
    pub(crate) fn home(&self) -> Result<PathBuf> {
        let name = if IS_WINDOWS { variables::USERPROFILE } else { variables::HOME };
        self.var_os(name).map(PathBuf::from).or_else(|| self.system.home()).ok_or_else(|| {
            Error::new(Kind::Other, "there is no home directory").hint(format!("set {name}"))
        })
    }

    /// The directory of ssowrap's state, such as lock files: `$XDG_STATE_HOME/ssowrap` or the
    /// platform's equivalent; none if there is no home directory.
    pub(crate) fn state_dir(&self) -> Option<PathBuf> {
        self.system.state_dir().map(|directory| directory.join("ssowrap"))
    }

    /// The directory of ssowrap's cache: `$XDG_CACHE_HOME/ssowrap` or the platform's equivalent.
    pub(crate) fn cache_dir(&self) -> Option<PathBuf> {
        self.system.cache_dir().map(|directory| directory.join("ssowrap"))
    }

    /// Directories for short-lived files, best first: `$XDG_RUNTIME_DIR`, which is private and in
    /// memory, then the directory for temporary files.
    pub(crate) fn runtime_dirs(&self) -> Vec<PathBuf> {
        self.system.runtime_dirs()
    }

    /// The user's shell.
    pub(crate) fn shell(&self) -> OsString {
        let (variable, otherwise) = if IS_WINDOWS {
            (variables::COMSPEC, "cmd.exe")
        } else {
            (variables::SHELL, "/bin/sh")
        };
        self.var_os(variable).unwrap_or_else(|| otherwise.into())
    }

    /// The file that a shell would try to run for `program`: the path as given if it contains a
    /// slash, else the first file of that name in PATH.
    pub(crate) fn find_program(&self, program: &OsStr) -> Option<(PathBuf, Metadata)> {
        if program.is_empty() {
            return None;
        }
        let ends = self.program_ends(program);
        let look = |path: PathBuf| {
            ends.iter().find_map(|end| {
                let mut path = path.clone().into_os_string();
                path.push(end);
                fs::metadata(&path).ok().map(|metadata| (path.into(), metadata))
            })
        };
        if has_separator(program) {
            return look(PathBuf::from(program));
        }
        let directories = self.var_os(variables::PATH)?;
        env::split_paths(&directories)
            // An empty entry is the current directory.
            .map(|directory| if directory.as_os_str().is_empty() { ".".into() } else { directory })
            .filter_map(|directory| look(directory.join(program)))
            .find(|(_, metadata)| metadata.is_file())
    }

    /// The possible extensions of a program's file: on Windows those in PATHEXT, unless the name
    /// already has one.
    fn program_ends(&self, program: &OsStr) -> Vec<String> {
        if !IS_WINDOWS {
            return vec![String::new()];
        }
        let ends = self.var(variables::PATHEXT).unwrap_or_else(|| ".COM;.EXE;.BAT;.CMD".into());
        let ends = ends.split(';').filter(|end| !end.is_empty()).map(str::to_ascii_lowercase);
        // Next to `cdk.cmd`, npm puts a script `cdk` for Unix.
        let as_it_is = Path::new(program).extension().map(|_| String::new());
        as_it_is.into_iter().chain(ends).collect()
    }

    /// What to start for `program`. Windows itself finds only `.exe` files, so there it is the path
    /// that was found.
    pub(crate) fn startable(&self, program: &OsStr) -> OsString {
        let found = if IS_WINDOWS { self.find_program(program) } else { None };
        found.map_or_else(|| program.to_owned(), |(path, _)| path.into_os_string())
    }

    /// The absolute path of this program, for other programs' files: the one in PATH that leads
    /// here. If a package manager installed it (Homebrew's Cellar, the nix store, Scoop, mise), the
    /// real path contains the version and disappears with the next upgrade.
    ///
    /// # Errors
    /// If the system doesn't say which program this is.
    pub(crate) fn own_path(&self) -> io::Result<PathBuf> {
        let this = self.system.own_path()?;
        let in_path = self.find_program(OsStr::new(OWN_FILE));
        let in_path = in_path.and_then(|(path, _)| absolute(path).ok());
        Ok(in_path.filter(|path| is_same_file(path, &this)).unwrap_or(this))
    }

    /// The name of the program that started this one, from its executable, if the system says so.
    pub(crate) fn parent_program(&self) -> Option<String> {
        self.system.parent_program()
    }

    /// The name of the parent process, if the system says so.
    pub(crate) fn parent_name(&self) -> Option<String> {
        self.system.parent_name()
    }

    /// The current time.
    pub(crate) fn now(&self) -> DateTime<Utc> {
        self.system.now()
    }

    /// The current time, for times that people read.
    pub(crate) fn clock(&self) -> Clock {
        Clock::new(self.now(), self.system.zone())
    }
}

/// Whether a program is given as a path rather than as a name to look for.
pub(crate) fn has_separator(program: &OsStr) -> bool {
    program.as_encoded_bytes().iter().any(|byte| path::is_separator(char::from(*byte)))
}

/// Whether two paths lead to the same file.
pub(crate) fn is_same_file(one: &Path, other: &Path) -> bool {
    matches!((fs::canonicalize(one), fs::canonicalize(other)), (Ok(one), Ok(other)) if one == other)
}

/// The real process.
#[derive(Debug)]
struct Process;

#[expect(clippy::disallowed_methods, reason = "this is the one room that reads the process")]
impl System for Process {
    fn home(&self) -> Option<PathBuf> {
        dirs::home_dir()
    }

    fn state_dir(&self) -> Option<PathBuf> {
        dirs::state_dir().or_else(dirs::data_local_dir)
    }

    fn cache_dir(&self) -> Option<PathBuf> {
        dirs::cache_dir()
    }

    fn runtime_dirs(&self) -> Vec<PathBuf> {
        dirs::runtime_dir().into_iter().chain([env::temp_dir()]).collect()
    }

    fn parent_program(&self) -> Option<String> {
        parent::program()
    }

    fn parent_name(&self) -> Option<String> {
        parent::name()
    }

    fn own_path(&self) -> io::Result<PathBuf> {
        env::current_exe()
    }

    fn now(&self) -> DateTime<Utc> {
        SystemTime::now().into()
    }

    fn zone(&self) -> Zone {
        Zone::Local
    }
}

/// The environment as it was when the process started.
#[derive(Debug, Default)]
pub(crate) struct Environment(BTreeMap<OsString, OsString>);

impl Environment {
    #[expect(clippy::disallowed_methods, reason = "this is the one room that reads the process")]
    pub(crate) fn of_process() -> Self {
        env::vars_os().collect()
    }

    /// The value, unchanged.
    pub(crate) fn get(&self, name: &str) -> Option<&OsStr> {
        self.0.get(&*key(name.as_ref())).map(OsString::as_os_str)
    }

    /// See [`Context::var`].
    pub(crate) fn text(&self, name: &str) -> Option<String> {
        let value = self.get(name).filter(|value| !value.is_empty())?;
        Some(value.to_string_lossy().into_owned())
    }

    /// Whether a variable is set, even to an empty value.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.get(name).is_some()
    }

    /// Whether the terminal knows no escape sequences, like that of an editor.
    pub(crate) fn is_dumb(&self) -> bool {
        self.text(&variables::TERM).is_some_and(|term| term == "dumb")
    }

    /// Whether this is a build machine without a user at a terminal.
    pub(crate) fn is_ci(&self) -> bool {
        self.text(&variables::CI).is_some_and(|value| !["false", "0"].contains(&value.as_str()))
    }

    /// Whether the user doesn't want colour.
    pub(crate) fn no_color(&self) -> bool {
        self.text(&variables::NO_COLOR).is_some() || self.is_dumb()
    }
}

/// On Windows, names of variables ignore case.
fn key(name: &OsStr) -> std::borrow::Cow<'_, OsStr> {
    if IS_WINDOWS { name.to_ascii_uppercase().into() } else { name.into() }
}

impl FromIterator<(OsString, OsString)> for Environment {
    fn from_iter<T: IntoIterator<Item = (OsString, OsString)>>(variables: T) -> Self {
        Self(variables.into_iter().map(|(name, value)| (key(&name).into_owned(), value)).collect())
    }
}

#[cfg(test)]
impl<'a> FromIterator<(&'a str, &'a str)> for Environment {
    fn from_iter<T: IntoIterator<Item = (&'a str, &'a str)>>(variables: T) -> Self {
        variables
            .into_iter()
            .map(|(name, value)| (OsString::from(name), OsString::from(value)))
            .collect()
    }
}

#[cfg(test)]
pub(crate) use fake::Fake;

#[cfg(test)]
mod fake {
    use chrono::FixedOffset;

    use super::*;

    /// A process for tests. Its clock stands still.
    #[derive(Clone, Debug, Default)]
    pub(crate) struct Fake {
        pub now: DateTime<Utc>,
        /// Also contains the state, cache and runtime directories.
        pub home: Option<PathBuf>,
        pub parent: Option<String>,
        pub own_path: PathBuf,
    }

    impl Fake {
        fn below_home(&self, name: &str) -> Option<PathBuf> {
            self.home.as_ref().map(|home| home.join(name))
        }
    }

    impl System for Fake {
        fn home(&self) -> Option<PathBuf> {
            self.home.clone()
        }

        fn state_dir(&self) -> Option<PathBuf> {
            self.below_home("state")
        }

        fn cache_dir(&self) -> Option<PathBuf> {
            self.below_home("cache")
        }

        fn runtime_dirs(&self) -> Vec<PathBuf> {
            self.below_home("run").into_iter().collect()
        }

        fn parent_program(&self) -> Option<String> {
            self.parent.clone()
        }

        fn parent_name(&self) -> Option<String> {
            self.parent.clone()
        }

        fn own_path(&self) -> io::Result<PathBuf> {
            Ok(self.own_path.clone())
        }

        fn now(&self) -> DateTime<Utc> {
            self.now
        }

        fn zone(&self) -> Zone {
            Zone::Fixed(FixedOffset::east_opt(0).expect("UTC"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_that_is_made_up() {
        let now = DateTime::from_timestamp(1_800_000_000, 0).expect("a time");
        let fake = Fake {
            now,
            home: Some("/h".into()),
            parent: Some("fish".into()),
            own_path: "/bin/ssowrap".into(),
        };
        let ctx = Context::fake(&[("CI", ""), ("TERM", "dumb")], fake);
        assert_eq!((ctx.now(), ctx.parent_program().as_deref()), (now, Some("fish")));
        assert_eq!(ctx.home().expect("a home"), PathBuf::from("/h"));
        assert_eq!(ctx.cache_dir(), Some("/h/cache/ssowrap".into()));
        assert_eq!(ctx.own_path().expect("a path"), PathBuf::from("/bin/ssowrap"));
        assert!(ctx.has_var(variables::CI) && ctx.var(variables::CI).is_none());
        assert!(ctx.environment().is_dumb() && !ctx.has_var(variables::PATH));
        let ctx = Context::fake(&[("HOME", "/other")], Fake::default());
        assert_eq!(ctx.home().expect("a home"), PathBuf::from("/other"));
    }
}
