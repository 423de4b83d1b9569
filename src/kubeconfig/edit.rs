//! Has kubectl write the missing entries.

use std::ffi::{OsStr, OsString};
use std::io::Write;
use std::time::Duration;

use tempfile::NamedTempFile;

use super::entries::{ClusterEntry, Entries, Missing, Present, UserEntry};
use super::kubectl::Kubectl;
use crate::context::{Context, OWN_FILE};
use crate::error::{Error, Kind, Result};
use crate::platform::pauses::Pauses;
use crate::storage::lock::Lock;

/// How long another program may take to finish writing the file.
const PATIENCE: Duration = Duration::from_secs(1);

/// How long to wait for other ssowraps: each needs about a second.
const PATIENCE_OF_MANY: Duration = Duration::from_secs(60);

/// The pause between two reads of a file that another program may be writing. kubectl, which
/// chooses and reads it, takes about as long.
const PAUSE: Duration = Duration::from_millis(50);

/// What happened to a kubeconfig.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Edited {
    Written,
    /// It already contained everything.
    Unchanged,
    /// There is no kubectl.
    Impossible,
}

/// Adds entries to the kubeconfig and, if wanted, makes their context the current one. `file` is
/// the file to edit; if none, kubectl chooses.
///
/// # Errors
/// `InvalidSetting` for an entry with the same name and other content, `Other` if kubectl fails.
pub(crate) fn write(
    ctx: &Context,
    entries: &Entries,
    file: Option<&OsStr>,
    is_current: bool,
) -> Result<Edited> {
    let Some(kubectl) = Kubectl::find(ctx, file) else { return Ok(Edited::Impossible) };
    // kubectl reads the file before it waits for its turn to write, so two at once would lose
    // entries.
    let _lock = Lock::wait(ctx, "kubeconfig", "editing the kubeconfig", PATIENCE_OF_MANY).ok();
    let present = present(&kubectl)?;
    let missing = entries.missing(&present, OWN_FILE)?;
    let becomes_current = is_current && present.current != entries.context;
    if missing == Missing::default() && !becomes_current {
        return Ok(Edited::Unchanged);
    }
    // An interruption leaves entries that nothing refers to yet, and the next run continues.
    if missing.cluster {
        add_cluster(&kubectl, &entries.cluster)?;
    }
    if missing.user {
        add_user(&kubectl, &entries.user)?;
    }
    if missing.context {
        let words =
            [option("--cluster", &entries.cluster.name), option("--user", &entries.user.name)];
        kubectl.config(&line("set-context", words, &entries.context))?;
    }
    check(&kubectl, entries)?;
    if becomes_current {
        kubectl.config(&line("use-context", [], &entries.context))?;
    }
    Ok(Edited::Written)
}

/// The current content. Programs don't replace the file atomically, and `view` doesn't wait for
/// them.
fn present(kubectl: &Kubectl<'_>) -> Result<Present> {
    settled(|| {
        let words = ["view", "--raw", "-o", "json"].map(OsString::from);
        let shown = kubectl.config(&words)?;
        // The error would quote the content.
        serde_json::from_slice(&shown).map_err(|_| {
            Error::new(Kind::Other, "`kubectl config view` did not print a kubeconfig")
        })
    })
}

/// kubectl adds to the file. This checks that nothing came in between and that kubectl understood
/// everything, because it decides who kubectl acts as.
fn check(kubectl: &Kubectl<'_>, entries: &Entries) -> Result<()> {
    settled(|| match entries.missing(&present(kubectl)?, OWN_FILE)? {
        Missing { cluster: false, user: false, context: false } => Ok(()),
        _ => Err(Error::new(Kind::Other, "`kubectl config` did not write everything")),
    })
}

/// Repeats `look` while another program may be writing the file.
fn settled<T>(mut look: impl FnMut() -> Result<T>) -> Result<T> {
    let mut pauses = Pauses::new(PAUSE, PAUSE, PATIENCE);
    loop {
        match look() {
            Err(error) if error.kind == Kind::Other && pauses.pause() => {}
            outcome => return outcome,
        }
    }
}

fn add_cluster(kubectl: &Kubectl<'_>, cluster: &ClusterEntry) -> Result<()> {
    let failed = |e| Error::new(Kind::Other, "cannot pass on the cluster's certificate").source(e);
    let mut file = NamedTempFile::new().map_err(failed)?;
    file.write_all(&cluster.authority).map_err(failed)?;
    let mut authority = OsString::from("--certificate-authority=");
    authority.push(file.path());
    let words = [option("--server", &cluster.server), authority, "--embed-certs=true".into()];
    kubectl.config(&line("set-cluster", words, &cluster.name)).map(drop)
}

fn add_user(kubectl: &Kubectl<'_>, user: &UserEntry) -> Result<()> {
    let fixed = [
        option("--exec-api-version", UserEntry::api_version()),
        option("--exec-command", &user.command),
    ];
    let arguments = user.arguments.iter().map(|argument| option("--exec-arg", &field(argument)));
    let variables = user.variables.iter();
    let variables = variables.map(|(name, value)| option("--exec-env", &format!("{name}={value}")));
    let words = fixed.into_iter().chain(arguments).chain(variables);
    kubectl.config(&line("set-credentials", words, &user.name)).map(drop)
}

fn option(name: &str, value: &str) -> OsString {
    format!("{name}={value}").into()
}

/// A command line of `kubectl config`. The name may begin with a hyphen.
fn line(verb: &str, options: impl IntoIterator<Item = OsString>, name: &str) -> Vec<OsString> {
    let end = [OsString::from("--"), OsString::from(name)];
    [OsString::from(verb)].into_iter().chain(options).chain(end).collect()
}

/// Quotes a value as one field, because kubectl reads it as a line of CSV.
fn field(value: &str) -> String {
    format!("\"{}\"", value.replace('"', "\"\""))
}
