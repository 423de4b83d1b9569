//! What the process beside the command has to do.

use std::path::PathBuf;

use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};

use super::renewal::Renewal;
use super::written_file::WrittenFile;
use crate::context::Context;
use crate::credentials::Credentials;
use crate::error::Result;
use crate::text::serial;

/// What to do, and for how long.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Orders {
    /// The process whose end ends it all: the command.
    pub process: u32,
    pub task: Task,
}

/// One of the things that stay beside a command.
#[derive(Debug, Serialize, Deserialize)]
pub(super) enum Task {
    /// The endpoint of `exec --renew`.
    Serve {
        renewal: Box<Renewal>,
        /// What clients have to show.
        #[serde(with = "serial::secret")]
        token: SecretString,
        /// The first credentials.
        credentials: Credentials,
    },
    /// The file of `exec --write-credentials`.
    Write {
        /// Where; none for a private directory.
        path: Option<PathBuf>,
        #[serde(with = "serial::secret")]
        contents: SecretString,
    },
}

/// A task that has begun.
#[derive(Debug)]
pub(crate) struct Begun {
    /// What the command has to know: the port of the endpoint, the path of the file.
    pub answer: String,
    /// The file, where this process is the one that keeps it.
    pub file: Option<WrittenFile>,
}

impl Task {
    /// Begins it. The endpoint goes on by itself, the file is there until it is dropped.
    ///
    /// # Errors
    /// Where there is no port, thread or place for it.
    #[expect(clippy::disallowed_methods, reason = "this is the file the user asked for")]
    pub(super) fn begin(self, ctx: &Context) -> Result<Begun> {
        match self {
            Self::Serve { renewal, token, credentials } => {
                let port = renewal.serve(ctx, token, credentials)?;
                Ok(Begun { answer: port.to_string(), file: None })
            }
            Self::Write { path, contents } => {
                let contents = contents.expose_secret().as_bytes();
                let file = WrittenFile::new(ctx, path.as_deref(), contents)?;
                Ok(Begun { answer: file.path_text()?, file: Some(file) })
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::profile::plan::{Hop, Plan, Source, StaticKeys};

    /// A plan with a secret in it and a path that is no text: what is sent is what was resolved.
    #[cfg(unix)]
    #[test]
    #[expect(clippy::disallowed_methods, reason = "compares what was sent")]
    fn what_is_written_is_read() {
        use std::os::unix::ffi::OsStrExt;
        let file = std::path::Path::new(std::ffi::OsStr::from_bytes(b"/config\xff"));
        let keys = StaticKeys {
            access_key_id: "AKIA".into(),
            secret_access_key: "s\n\"e".into(),
            session_token: None,
            profile: "a\nb".into(),
            location: crate::error::Location::new(file, 7),
        };
        let mut plan = Plan::of_sso(Default::default());
        plan.source = Source::Static(keys);
        plan.hops.push(Hop::ad_hoc("a", "arn:aws:iam::000000000042:role/r"));
        let credentials = Credentials {
            access_key_id: "ASIA".into(),
            secret_access_key: "s\n".into(),
            session_token: Some("t".into()),
            expiration: crate::text::timestamp::parse("2199-01-01T00:00:00Z"),
            account_id: None,
        };
        let renewal = Box::new(Renewal::of_plan(plan, Some("eu-west-1".into())));
        let task = Task::Serve { renewal, token: "FAKEtoken".into(), credentials };
        let sent = serde_json::to_vec(&Orders { process: 7, task }).expect("JSON");
        let read: Orders = serde_json::from_slice(&sent).expect("the same");
        assert_eq!(serde_json::to_vec(&read).expect("JSON"), sent);
        let Task::Serve { token, credentials, .. } = read.task else { panic!("another task") };
        assert_eq!(token.expose_secret(), "FAKEtoken");
        assert_eq!(credentials.secret_access_key.expose_secret(), "s\n");
        serde_json::from_slice::<Orders>(&sent[..20]).expect_err("half of it");
    }
}
