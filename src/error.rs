//! What can go wrong, as data: a kind, a message, a place, hints. Rendering and exit codes live
//! here too, so that every verb fails in the same voice.

use std::error::Error as StdError;
use std::fmt;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use serde::{Deserialize, Serialize};

use crate::exit::Exit;
use crate::text::serial;

/// Result of anything that can fail with an [`Error`].
pub(crate) type Result<T, E = Error> = std::result::Result<T, E>;

/// The classes of failure. Each has one stable name (in `explain --json`) and one exit code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The command line does not fit together.
    Usage,
    /// No usable SSO token: a person has to sign in.
    LoginRequired,
    /// AWS refuses the SSO token: a person has to sign in again.
    TokenRefused,
    /// The requested profile is in neither file.
    ProfileNotFound,
    /// No account of the organisation has that name or id, or several have it.
    AccountNotFound,
    /// A `source_profile` names a profile that is in neither file.
    SourceProfileNotFound,
    /// The `sso_session` of a profile (or of `--sso-session`) has no section.
    SessionNotFound,
    /// A profile and its sso-session give different values for one key.
    SessionMismatch,
    /// The `services` section a profile names does not exist.
    ServicesNotFound,
    /// The chain of `source_profile` comes back to a profile it has passed.
    SourceProfileLoop,
    /// `role_arn` with neither `source_profile` nor `credential_source`.
    MissingSource,
    /// Both `source_profile` and `credential_source`.
    ConflictingSources,
    /// One half of an access key pair.
    PartialKeys,
    /// An SSO or web identity profile lacks a required key.
    MissingSetting,
    /// A key holds a value AWS cannot accept.
    InvalidSetting,
    /// The profile exists and holds nothing that gives credentials.
    NoCredentials,
    /// The profile relies on `aws login`, which ssowrap does not read.
    LoginSession,
    /// A `credential_process` leads back to ssowrap for the same profile.
    CredentialProcessLoop,
    /// A broken line in a section the profile uses.
    Syntax,
    /// A config, credentials or token file that exists and cannot be read.
    UnreadableFile,
    /// No region for a request that needs one.
    NoRegion,
    /// AWS says these credentials or this token may not do that.
    AccessDenied,
    /// AWS does not take the credentials a role is asked for with: they have ended or are gone.
    CredentialsRefused,
    /// Network, timeout, throttling or a fault of the service.
    Network,
    /// A configured `credential_process`, metadata service or variable gave no credentials.
    SourceFailed,
    /// An MFA code is needed and nobody can be asked.
    MfaRequired,
    /// The command of `exec` exists and cannot be run.
    NotExecutable,
    /// The command of `exec` is not there.
    CommandNotFound,
    /// Ctrl-C.
    Interrupted,
    /// Anything else.
    Other,
}

impl Kind {
    /// The stable name used in JSON.
    pub fn name(self) -> &'static str {
        match self {
            Kind::Usage => "usage",
            Kind::LoginRequired => "login_required",
            Kind::TokenRefused => "token_refused",
            Kind::ProfileNotFound => "profile_not_found",
            Kind::AccountNotFound => "account_not_found",
            Kind::SourceProfileNotFound => "source_profile_not_found",
            Kind::SessionNotFound => "sso_session_not_found",
            Kind::SessionMismatch => "sso_session_mismatch",
            Kind::ServicesNotFound => "services_not_found",
            Kind::SourceProfileLoop => "source_profile_loop",
            Kind::MissingSource => "missing_source",
            Kind::ConflictingSources => "conflicting_sources",
            Kind::PartialKeys => "partial_keys",
            Kind::MissingSetting => "missing_setting",
            Kind::InvalidSetting => "invalid_setting",
            Kind::NoCredentials => "no_credentials",
            Kind::LoginSession => "login_session",
            Kind::CredentialProcessLoop => "credential_process_loop",
            Kind::Syntax => "syntax",
            Kind::UnreadableFile => "unreadable_file",
            Kind::NoRegion => "no_region",
            Kind::AccessDenied => "access_denied",
            Kind::CredentialsRefused => "credentials_refused",
            Kind::Network => "network",
            Kind::SourceFailed => "source_failed",
            Kind::MfaRequired => "mfa_required",
            Kind::NotExecutable => "not_executable",
            Kind::CommandNotFound => "command_not_found",
            Kind::Interrupted => "interrupted",
            Kind::Other => "other",
        }
    }

    /// How a program ends that failed with this.
    pub fn exit(self) -> Exit {
        match self {
            Kind::Usage => Exit::Usage,
            Kind::LoginRequired | Kind::TokenRefused => Exit::LoginRequired,
            Kind::ProfileNotFound
            | Kind::AccountNotFound
            | Kind::SourceProfileNotFound
            | Kind::SessionNotFound
            | Kind::SessionMismatch
            | Kind::ServicesNotFound
            | Kind::SourceProfileLoop
            | Kind::MissingSource
            | Kind::ConflictingSources
            | Kind::PartialKeys
            | Kind::MissingSetting
            | Kind::InvalidSetting
            | Kind::NoCredentials
            | Kind::LoginSession
            | Kind::CredentialProcessLoop
            | Kind::Syntax
            | Kind::UnreadableFile
            | Kind::NoRegion => Exit::Configuration,
            Kind::AccessDenied | Kind::CredentialsRefused => Exit::AccessDenied,
            Kind::Network => Exit::Network,
            Kind::NotExecutable => Exit::NotExecutable,
            Kind::CommandNotFound => Exit::CommandNotFound,
            Kind::Interrupted => Exit::Interrupted,
            Kind::SourceFailed | Kind::MfaRequired | Kind::Other => Exit::Other,
        }
    }
}

/// A place in a file: the path as opened and the line, counted from 1.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Location {
    /// The file.
    #[serde(with = "serial::path")]
    pub file: PathBuf,
    /// The line, counted from 1.
    pub line: u32,
}

impl Location {
    /// A place in `file`.
    pub fn new(file: &Path, line: u32) -> Self {
        Self { file: file.to_path_buf(), line }
    }
}

impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.file.display(), self.line)
    }
}

/// What a failure is about, for a caller that needs it apart from the words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Subject {
    /// A profile that is not there.
    Profile(String),
    /// An sso-session that is not there.
    Session(String),
    /// A key that a profile lacks.
    Key {
        /// The profile.
        profile: String,
        /// The key.
        key: &'static str,
    },
    /// The Identity Center credentials of a profile.
    Login(String),
    /// A role that is assumed: its ARN.
    Role(String),
}

/// A failure: what, where, why, and what mends it.
///
/// `message` is one sentence without a final period; it may hold foreign text (names from files,
/// words of a server), which is escaped when it is printed. It never holds a secret.
#[derive(Debug)]
pub struct Error {
    /// The class; decides the exit code.
    pub kind: Kind,
    /// What happened.
    pub message: String,
    /// The line of the file that is to blame, if one is.
    pub location: Option<Location>,
    /// Commands or edits that mend it, most likely first.
    pub hints: Vec<String>,
    /// What it is about, where that is known.
    pub subject: Option<Box<Subject>>,
    source: Option<Box<dyn StdError + Send + Sync>>,
}

impl Error {
    /// A failure with no place and no hints yet.
    pub fn new(kind: Kind, message: impl Into<String>) -> Self {
        let message = message.into();
        Self { kind, message, location: None, hints: Vec::new(), subject: None, source: None }
    }

    /// Names the line that is to blame.
    #[must_use]
    pub fn at(mut self, location: impl Into<Option<Location>>) -> Self {
        self.location = location.into();
        self
    }

    /// Says what it is about.
    #[must_use]
    pub fn about(mut self, subject: Subject) -> Self {
        self.subject = Some(Box::new(subject));
        self
    }

    /// Adds a hint.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hints.push(hint.into());
        self
    }

    /// Adds the lower-level error this one comes from; printed after the message.
    #[must_use]
    pub fn source(mut self, source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        self.source = Some(source.into());
        self
    }

    /// The lines for stderr, without the `error: ` in front of the first: the message with its
    /// causes, then the place. Hints are kept apart because they are coloured apart.
    pub fn lines(&self) -> Vec<String> {
        let mut first = self.message.clone();
        let mut cause = self.source.as_deref().map(|e| e as &dyn StdError);
        while let Some(error) = cause {
            let text = error.to_string();
            // Wrapped errors often repeat the text of what they wrap.
            if !text.is_empty() && !first.contains(&text) {
                first.push_str(": ");
                first.push_str(&text);
            }
            cause = error.source();
        }
        let mut lines = vec![first];
        lines.extend(self.location.as_ref().map(|at| format!("  --> {at}")));
        lines
    }

    /// The exit code as the process hands it on.
    pub fn exit_code(&self) -> ExitCode {
        self.kind.exit().into()
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.source.as_deref().map(|e| e as &(dyn StdError + 'static))
    }
}

/// A command line whose parts do not fit together.
pub(crate) fn usage(message: impl Into<String>) -> Error {
    Error::new(Kind::Usage, message)
}
