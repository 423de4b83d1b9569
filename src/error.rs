//! Errors as data: a kind, a message, a place, and hints. Rendering and exit codes are here too, so
//! that all verbs report failures in the same way.

use std::error::Error as StdError;
use std::fmt;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use serde::{Deserialize, Serialize};

use crate::exit::Exit;
use crate::text::serial;

/// Result of anything that can fail with an [`Error`].
pub(crate) type Result<T, E = Error> = std::result::Result<T, E>;

/// Defines [`Kind`] and its properties in one table, so that no kind lacks a column.
macro_rules! kinds {
    ($($(#[$doc:meta])* $kind:ident = $name:literal, $exit:ident;)+) => {
        /// The kinds of failure. *Denied* means that AWS doesn't allow what was asked for,
        /// *refused* that AWS doesn't accept the caller, *expired* that only time has passed;
        /// everything else *failed*.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Kind { $($(#[$doc])* $kind,)+ }

        impl Kind {
            /// The stable name in JSON.
            pub fn name(self) -> &'static str {
                match self { $(Kind::$kind => $name),+ }
            }

            /// How the program exits after this failure.
            pub fn exit(self) -> Exit {
                match self { $(Kind::$kind => Exit::$exit),+ }
            }
        }
    };
}

kinds! {
    /// Options that contradict each other.
    Usage = "usage", Usage;
    /// There is no usable SSO token, so the user has to sign in.
    LoginRequired = "login_required", LoginRequired;
    /// AWS no longer accepts the SSO token, so the user has to sign in again.
    TokenRefused = "token_refused", LoginRequired;
    /// Somebody other than the person whom a running process serves has signed in.
    LoginChanged = "login_changed", LoginRequired;
    /// The requested profile is in neither file.
    ProfileNotFound = "profile_not_found", Configuration;
    /// No account in the organisation has that name or id, or several have it.
    AccountNotFound = "account_not_found", Configuration;
    /// A `source_profile` names a profile that is in neither file.
    SourceProfileNotFound = "source_profile_not_found", Configuration;
    /// The `sso_session` of a profile (or of `--sso-session`) has no section.
    SessionNotFound = "sso_session_not_found", Configuration;
    /// A profile and its sso-session give different values for one key.
    SessionMismatch = "sso_session_mismatch", Configuration;
    /// The `services` section that a profile names does not exist.
    ServicesNotFound = "services_not_found", Configuration;
    /// A chain of `source_profile` settings returns to a profile that it has passed.
    SourceProfileLoop = "source_profile_loop", Configuration;
    /// `role_arn` with neither `source_profile` nor `credential_source`.
    MissingSource = "missing_source", Configuration;
    /// Both `source_profile` and `credential_source`.
    ConflictingSources = "conflicting_sources", Configuration;
    /// One half of an access key pair.
    PartialKeys = "partial_keys", Configuration;
    /// An SSO or web identity profile lacks a required key.
    MissingSetting = "missing_setting", Configuration;
    /// A key holds a value that AWS can't accept.
    InvalidSetting = "invalid_setting", Configuration;
    /// The profile exists but has no source of credentials.
    NoCredentials = "no_credentials", Configuration;
    /// A `credential_process` runs ssowrap for the same profile again.
    CredentialProcessLoop = "credential_process_loop", Configuration;
    /// A broken line in a section that the profile uses.
    Syntax = "syntax", Configuration;
    /// A config, credentials or token file exists but cannot be read.
    UnreadableFile = "unreadable_file", Configuration;
    /// No region for a request that needs one.
    NoRegion = "no_region", Configuration;
    /// AWS denies an action to these credentials or this token.
    AccessDenied = "access_denied", AccessDenied;
    /// AWS no longer accepts the credentials used to assume a role.
    CredentialsRefused = "credentials_refused", AccessDenied;
    /// Network, timeout, throttling or an AWS service error.
    Network = "network", Network;
    /// A `credential_process`, a metadata service or a variable gave no credentials.
    SourceFailed = "source_failed", Other;
    /// An MFA code is needed, and there is no terminal to ask on.
    MfaRequired = "mfa_required", Other;
    /// The command of `exec` exists but cannot be run.
    NotExecutable = "not_executable", NotExecutable;
    /// The command of `exec` does not exist.
    CommandNotFound = "command_not_found", CommandNotFound;
    /// Ctrl-C.
    Interrupted = "interrupted", Interrupted;
    /// Anything else.
    Other = "other", Other;
}

/// A place in a file: the path that was opened, and the line.
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

/// What a failure is about, for callers that need it as data.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Subject {
    /// A profile that does not exist.
    Profile(String),
    /// An sso-session that does not exist.
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
    /// The ARN of a role that is assumed.
    Role(String),
}

/// A failure: what, where, why, and how to fix it.
///
/// `message` is one sentence without a period at the end. It may contain untrusted text (names from
/// files, a server's words), which is escaped when it is printed. It never contains a secret.
#[derive(Debug)]
pub struct Error {
    /// The kind, which decides the exit code.
    pub kind: Kind,
    /// What happened.
    pub message: String,
    /// The line of the file that caused it, if one did.
    pub location: Option<Location>,
    /// Commands or edits that fix it, most likely first. An alternative begins with `or`.
    pub hints: Vec<String>,
    /// What it is about, if known.
    pub subject: Option<Box<Subject>>,
    source: Option<Box<dyn StdError + Send + Sync>>,
}

impl Error {
    /// A failure without a place and without hints.
    pub fn new(kind: Kind, message: impl Into<String>) -> Self {
        let message = message.into();
        Self { kind, message, location: None, hints: Vec::new(), subject: None, source: None }
    }

    /// Sets the line that caused it.
    #[must_use]
    pub fn at(mut self, location: impl Into<Option<Location>>) -> Self {
        self.location = location.into();
        self
    }

    /// Sets what it is about.
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

    /// Adds a hint that is another way: it begins with `or`, so that nobody follows them all.
    #[must_use]
    pub fn or_hint(self, hint: impl Into<String>) -> Self {
        let (hint, is_first) = (hint.into(), self.hints.is_empty());
        self.hint(if is_first { hint } else { format!("or {hint}") })
    }

    /// Sets the lower-level error that caused it, which is printed after the message.
    #[must_use]
    pub fn source(mut self, source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        self.source = Some(source.into());
        self
    }

    /// The lines for stderr: the message with its causes, then the place. The first line lacks its
    /// `error: `, and hints are left out, because both have their own colour.
    pub fn lines(&self) -> Vec<String> {
        let mut first = self.message.clone();
        let mut cause = self.source.as_deref().map(|e| e as &dyn StdError);
        while let Some(error) = cause {
            let text = error.to_string();
            // Wrapped errors often repeat the text of the error they wrap.
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

    /// The exit code of the process.
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

/// A command line whose parts contradict each other.
pub(crate) fn usage(message: impl Into<String>) -> Error {
    Error::new(Kind::Usage, message)
}
