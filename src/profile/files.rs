//! Where the two files are, and how they are read together (SPEC 1.1, 1.3.13).

use std::collections::{HashMap, HashSet};
use std::ffi::OsStr;
use std::path::{Path, PathBuf, absolute};
use std::{fs, io, mem};

use super::body::LineProblem;
use super::parse::{Document, FileKind, Section, SectionKind};
use super::{Warning, expand};
use crate::context::Context;
use crate::error::{Error, Kind, Location, Result};
use crate::platform::{IS_WINDOWS, access, null};
use crate::storage::foreign;
use crate::variables::{self, Name};

pub(crate) use expand::{home as expand_home, path as expand_path};

/// One of the two files, read and indexed. A missing file counts as empty.
#[derive(Debug)]
pub struct ConfigFile {
    /// The path as opened.
    pub path: PathBuf,
    /// Whether the file exists.
    pub exists: bool,
    /// The variable that names it, if there is one.
    pub(crate) named_by: Option<Name>,
    /// Its sections.
    pub document: Document,
}

impl ConfigFile {
    /// Reads `path`. A missing file counts as empty; any other failure is an error.
    pub fn read(kind: FileKind, path: PathBuf) -> Result<Self> {
        if null::is(path.as_os_str()) {
            // Windows reports nothing about it, not even that it is empty.
            return Ok(Self::of_text(kind, path, Vec::new()));
        }
        match foreign::read(&path) {
            Ok(file) if is_utf_16(&file.bytes) => Err(utf_16(kind, &path)),
            Ok(mut file) => Ok(Self::of_text(kind, path, mem::take(&mut *file.bytes))),
            Err(e)
                if matches!(e.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) =>
            {
                Ok(Self::unread(kind, path))
            }
            Err(e) => Err(unreadable(kind, &path, e)),
        }
    }

    /// A file that is not read.
    pub fn unread(kind: FileKind, path: PathBuf) -> Self {
        Self { exists: false, ..Self::of_text(kind, path, Vec::new()) }
    }

    /// A file with this text.
    pub fn of_text(kind: FileKind, path: PathBuf, text: Vec<u8>) -> Self {
        Self { path, exists: true, named_by: None, document: Document::parse(kind, text) }
    }

    /// A place in this file.
    pub fn at(&self, line: u32) -> Location {
        Location::new(&self.path, line)
    }

    /// Problems anywhere in the file, in line order.
    fn warnings(&self) -> Vec<Warning> {
        let document = &self.document;
        let mut problems: Vec<LineProblem> = document.problems().to_vec();
        let mut seen = HashMap::with_capacity(document.sections().len());
        let plain = document.is_plain();
        for section in document.sections() {
            if !plain {
                problems.extend(document.properties(section).1.iter().filter(|p| p.broken));
            }
            if let Some(message) = self.oddity(section, &mut seen) {
                problems.push(LineProblem { line: document.line(section), message, broken: false });
            }
        }
        if let Some(line) =
            document.first_not_utf8().filter(|line| problems.iter().all(|p| p.line != *line))
        {
            let message = "the line is not UTF-8: the AWS CLI refuses the file";
            problems.push(LineProblem { line, message, broken: false });
        }
        problems.sort_by_key(|p| p.line);
        problems.iter().map(|p| self.warning(p)).collect()
    }

    fn oddity<'a>(
        &'a self,
        section: &'a Section,
        seen: &mut HashMap<(u8, &'a str), &'a Section>,
    ) -> Option<&'static str> {
        let document = &self.document;
        if document.python_defaults().any(|default| std::ptr::eq(default, section)) {
            return Some(
                "the AWS CLI adds the keys of this section to every other one, and the AWS SDKs \
                 ignore it",
            );
        }
        match (section.kind, document.kind()) {
            (SectionKind::Broken, _) => None,
            (SectionKind::Other, FileKind::Config) => Some(
                "no AWS SDK reads this section: profiles of the config file are written \
                 `[profile NAME]`",
            ),
            (SectionKind::Other, FileKind::Credentials) => Some(
                "no AWS SDK reads this section: profiles of the credentials file are written \
                 `[NAME]`",
            ),
            (SectionKind::BareDefault, _) if document.has_prefixed_default() => {
                Some("the section is ignored, because there is a `[profile default]`")
            }
            (kind, _) => {
                let first = seen.insert((kind as u8, document.name(section)), section)?;
                Some(match document.brackets(first) == document.brackets(section) {
                    true => {
                        "the section appears twice: it is read as one, and the AWS CLI refuses the \
                         file"
                    }
                    false => {
                        "another section has this name in another spelling: the AWS CLI reads only \
                         one of them"
                    }
                })
            }
        }
    }

    /// A problem in this file, as a warning.
    pub fn warning(&self, problem: &LineProblem) -> Warning {
        Warning {
            message: problem.message.to_owned(),
            location: self.at(problem.line),
            is_urgent: false,
        }
    }
}

/// The config and the credentials file.
#[derive(Debug)]
pub struct Files {
    /// `AWS_CONFIG_FILE`, else `~/.aws/config`.
    pub config: ConfigFile,
    /// `AWS_SHARED_CREDENTIALS_FILE`, else `~/.aws/credentials`.
    pub credentials: ConfigFile,
}

impl Files {
    /// Reads both files from where the environment says.
    pub fn load(ctx: &Context) -> Result<Self> {
        let [config, credentials] = paths(ctx)?.map(|(kind, path)| {
            let named_by = ctx.var_os(variable(kind)).map(|_| variable(kind));
            ConfigFile::read(kind, path).map(|file| ConfigFile { named_by, ..file })
        });
        Ok(Self { config: config?, credentials: credentials? })
    }

    /// Both files, the config file first: the order in which they are merged.
    pub fn both(&self) -> [&ConfigFile; 2] {
        [&self.config, &self.credentials]
    }

    /// Everything odd in either file, even outside what a profile uses.
    pub fn warnings(&self) -> Vec<Warning> {
        self.both().iter().flat_map(|file| file.warnings()).collect()
    }

    /// The names of all profiles in file order, each once.
    pub fn profile_names(&self) -> Vec<&str> {
        self.names(|kind| matches!(kind, SectionKind::Profile | SectionKind::BareDefault))
    }

    /// The names of all sso-sessions in file order, each once.
    pub fn session_names(&self) -> Vec<&str> {
        self.names(|kind| kind == SectionKind::SsoSession)
    }

    fn names(&self, wanted: impl Fn(SectionKind) -> bool) -> Vec<&str> {
        let mut seen = HashSet::new();
        self.both()
            .into_iter()
            .flat_map(|file| file.document.sections().iter().map(move |s| (file, s)))
            .filter(|(_, section)| wanted(section.kind))
            .map(|(file, section)| file.document.name(section))
            .filter(|name| seen.insert(*name))
            .collect()
    }
}

/// The names of all profiles, for messages; none if the files cannot be read.
pub(crate) fn known_profiles(ctx: &Context) -> Vec<String> {
    let names = |files: &Files| files.profile_names().into_iter().map(str::to_owned).collect();
    Files::load(ctx).as_ref().map(names).unwrap_or_default()
}

/// Where the two files are, whether or not they exist.
pub fn paths(ctx: &Context) -> Result<[(FileKind, PathBuf); 2]> {
    Ok([
        (FileKind::Config, path_of(ctx, FileKind::Config)?),
        (FileKind::Credentials, path_of(ctx, FileKind::Credentials)?),
    ])
}

/// The files that are not in the usual place, and the variables that name them.
pub(crate) fn elsewhere(ctx: &Context) -> Result<Vec<(Name, PathBuf)>> {
    let mut found = Vec::new();
    for (kind, path) in paths(ctx)? {
        let path = absolute(&path).unwrap_or(path);
        if path != usual_path(ctx, kind)? {
            found.push((variable(kind), path));
        }
    }
    Ok(found)
}

/// The path from the variable, with references expanded, or the default path.
fn path_of(ctx: &Context, kind: FileKind) -> Result<PathBuf> {
    expand::path(ctx, &literal_path(ctx, kind)?)
}

/// The path from the variable, unchanged, or the default path.
pub fn literal_path(ctx: &Context, kind: FileKind) -> Result<PathBuf> {
    match (ctx.var_os(variable(kind)), ctx.var_os(hidden_variable(kind))) {
        (None, _) => usual_path(ctx, kind),
        (Some(value), Some(hidden)) if is_ours(ctx, kind, &value) => Ok(hidden.into()),
        (Some(value), _) => Ok(value.into()),
    }
}

/// `~/.aws/NAME`
pub fn usual_path(ctx: &Context, kind: FileKind) -> Result<PathBuf> {
    Ok(ctx.home()?.join(".aws").join(kind.name()))
}

/// The variable that names the file that a command gets in place of its own.
pub fn written_variable(kind: FileKind) -> Name {
    match kind {
        FileKind::Config => variables::SSOWRAP_WRITTEN_CONFIG,
        FileKind::Credentials => variables::SSOWRAP_WRITTEN_CREDENTIALS,
    }
}

/// Whether the path of a file is one that ssowrap set to hide the file.
pub fn is_ours(ctx: &Context, kind: FileKind, path: &OsStr) -> bool {
    null::is(path) || ctx.var_os(written_variable(kind)).is_some_and(|written| path == written)
}

/// The variable with the path of a file that is hidden from a command, so that ssowrap can still
/// find it.
pub fn hidden_variable(kind: FileKind) -> Name {
    match kind {
        FileKind::Config => variables::SSOWRAP_CONFIG_FILE,
        FileKind::Credentials => variables::SSOWRAP_SHARED_CREDENTIALS_FILE,
    }
}

/// The variable that names a file.
pub fn variable(kind: FileKind) -> Name {
    match kind {
        FileKind::Config => variables::AWS_CONFIG_FILE,
        FileKind::Credentials => variables::AWS_SHARED_CREDENTIALS_FILE,
    }
}

/// Whether this is text as some editors on Windows save it: with a byte order mark, or with every
/// other byte 0.
fn is_utf_16(bytes: &[u8]) -> bool {
    matches!(
        bytes,
        [0xff, 0xfe, ..] | [0xfe, 0xff, ..] | [b'[' | b'#', 0, ..] | [0, b'[' | b'#', ..]
    )
}

fn utf_16(kind: FileKind, path: &Path) -> Error {
    let message = format!(
        "cannot read the AWS {} file {}: it is UTF-16 text, and AWS programs read UTF-8",
        kind.name(),
        path.display()
    );
    Error::new(Kind::UnreadableFile, message).hint(if IS_WINDOWS {
        "save it as UTF-8: in Notepad, use `Save as`"
    } else {
        "save it as UTF-8, for example with `iconv -f UTF-16 -t UTF-8`"
    })
}

/// The error for a file that exists but cannot be read.
pub(crate) fn unreadable(kind: FileKind, path: &Path, error: io::Error) -> Error {
    let variable = variable(kind);
    let message = format!("cannot read the AWS {} file {}", kind.name(), path.display());
    let hint = match error.kind() {
        io::ErrorKind::PermissionDenied => give_access(path),
        _ => format!("put a file in its place, or set {variable} to the path of one"),
    };
    Error::new(Kind::UnreadableFile, message).source(error).hint(hint)
}

/// The owner or mode to change: the file's, or that of the directory that makes it inaccessible.
fn give_access(path: &Path) -> String {
    if IS_WINDOWS {
        return "give yourself the right to read it: in Explorer, Properties > Security".into();
    }
    let (mode, place) = match path.ancestors().find(|place| fs::symlink_metadata(place).is_ok()) {
        Some(directory) if directory != path => ("u+rx", directory),
        _ => ("u+r", path),
    };
    let shown = crate::text::escape::shell_word(&place.to_string_lossy());
    if fs::metadata(place).is_ok_and(|found| !access::belongs_to_us(place, &found)) {
        return format!("it belongs to another user: `sudo chown \"$USER\" {shown}` takes it back");
    }
    format!("give yourself access: `chmod {mode} {shown}`")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mode_that_is_in_the_way() {
        let home = tempfile::tempdir().expect("a directory");
        let file = home.path().join("config");
        fs::write(&file, "").expect("a file");
        let hint = |path: &Path| give_access(path).replace(&home.path().display().to_string(), "~");
        assert_eq!(hint(&file), "give yourself access: `chmod u+r ~/config`");
        // Without permission, it looks as if nothing were there.
        let hidden = home.path().join("a/b/config");
        assert_eq!(hint(&hidden), "give yourself access: `chmod u+rx ~`");
        // As after `sudo aws configure`.
        #[cfg(unix)]
        if std::os::unix::fs::chown(&file, Some(1), None).is_ok() {
            let expected =
                "it belongs to another user: `sudo chown \"$USER\" ~/config` takes it back";
            assert_eq!(hint(&file), expected);
        }
    }
}

#[cfg(test)]
mod fuzz {
    use super::*;
    use crate::fuzz::fuzz;
    use crate::profile::edit::{Edit, SectionPlace};
    use crate::profile::{Request, Resolver};

    const CONFIG: &[&[u8]] = &[
        b"[default]\nregion = eu-west-1\n[profile dev]\nsso_session = corp\nsso_account_id = 123456789012\nsso_role_name = Admin\n[sso-session corp]\nsso_start_url = https://corp.awsapps.com/start\nsso_region = eu-west-1\nsso_registration_scopes = sso:account:access\n",
        b"[profile a]\nrole_arn = arn:aws:iam::123456789012:role/a\nsource_profile = b\nmfa_serial = m\nduration_seconds = 900\n[profile b]\ncredential_process = ssowrap -p c credential-process\n[profile c]\nservices = s\nendpoint_url = http://x\nsource_profile = a\n[services s]\nsso =\n  endpoint_url = http://y\n",
        b"[profile 'x y']\r\ns3 =\r\n  max = 1\r\nweb_identity_token_file = /t\r\nrole_arn=r\r\n[profile e]\ncredential_source = Environment\nrole_arn = r\n",
        b"[default]\naws_access_key_id = AKIA\naws_secret_access_key = S ; comment\n# comment\n",
    ];

    fn file(kind: FileKind, text: &[u8]) -> ConfigFile {
        ConfigFile::of_text(kind, PathBuf::from(kind.name()), text.to_vec())
    }

    /// Both files at once, cut from one input.
    #[test]
    fn config_and_credentials() {
        fuzz(CONFIG, |bytes| {
            let (config, credentials) = bytes.split_at(bytes.len() / 3 * 2);
            let config = file(FileKind::Config, config);
            let files = Files { config, credentials: file(FileKind::Credentials, credentials) };
            let resolver = Resolver::new(&files);
            for name in files.profile_names() {
                let request = Request::Profile { name: name.to_owned(), origin: None };
                drop(resolver.resolve(&request));
                drop(resolver.login(&request));
            }
            drop(resolver.logins());
            drop(files.warnings());
        });
    }

    /// Every other line survives an edit, whatever it is.
    #[test]
    fn edits() {
        fuzz(CONFIG, |bytes| {
            let document = Document::parse(FileKind::Config, bytes.to_vec());
            let Ok(mut edit) = Edit::new(&document, SectionPlace::profile("dev")) else { return };
            if edit.set("region", "eu-north-1").is_ok()
                && let Ok(text) = edit.finish()
            {
                let again = Document::parse(FileKind::Config, text.to_vec());
                assert!(again.sections().len() >= document.sections().len());
            }
        });
    }
}
