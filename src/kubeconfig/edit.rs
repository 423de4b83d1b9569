//! Has kubectl write what is missing.

use std::ffi::{OsStr, OsString};
use std::io::Write;
use std::thread;
use std::time::{Duration, Instant};

use tempfile::NamedTempFile;

use super::entries::{ClusterEntry, Entries, Missing, Present, UserEntry};
use super::kubectl::Kubectl;
use crate::context::{Context, OWN_FILE};
use crate::error::{Error, Kind, Result};
use crate::storage::lock::Lock;

/// For another program to write the file to its end.
const PATIENCE: Duration = Duration::from_secs(1);

/// For others of us: each needs a second or so.
const PATIENCE_OF_MANY: Duration = Duration::from_secs(60);

/// The pause between looks at a file that another program may be writing; nothing announces its end.
const PAUSE: Duration = Duration::from_millis(50);

/// What became of a kubeconfig.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Edited {
    Written,
    /// All of it was there.
    Unchanged,
    /// There is no kubectl.
    Impossible,
}

/// Puts entries into the kubeconfig, and makes their context the current one if that is wanted.
/// `file` is the one to edit, else kubectl's own choice.
///
/// # Errors
/// `InvalidSetting` for an entry of the same name and other content, `Other` if kubectl fails.
pub(crate) fn write(
    ctx: &Context,
    entries: &Entries,
    file: Option<&OsStr>,
    is_current: bool,
) -> Result<Edited> {
    let Some(kubectl) = Kubectl::find(ctx, file) else { return Ok(Edited::Impossible) };
    // kubectl reads the file before it waits for its turn to write: two at once would lose entries.
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

/// What is there. Programs that write the file don't replace it at once, and `view` waits for none.
fn present(kubectl: &Kubectl<'_>) -> Result<Present> {
    settled(|| {
        let words = ["view", "--raw", "-o", "json"].map(OsString::from);
        let shown = kubectl.config(&words)?;
        // The error would quote what is there.
        serde_json::from_slice(&shown)
            .map_err(|_| Error::new(Kind::Other, "`kubectl config view` prints no kubeconfig"))
    })
}

/// kubectl adds to the file. Check that nothing has come in between and that kubectl understood
/// everything: this decides who kubectl acts as.
fn check(kubectl: &Kubectl<'_>, entries: &Entries) -> Result<()> {
    settled(|| match entries.missing(&present(kubectl)?, OWN_FILE)? {
        Missing { cluster: false, user: false, context: false } => Ok(()),
        _ => Err(Error::new(Kind::Other, "`kubectl config` did not write everything")),
    })
}

/// The outcome of a look at a file that another program may be writing.
fn settled<T>(mut look: impl FnMut() -> Result<T>) -> Result<T> {
    let started = Instant::now();
    loop {
        match look() {
            Err(error) if error.kind == Kind::Other && started.elapsed() < PATIENCE => {
                thread::sleep(PAUSE);
            }
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
    kubectl
        .config(&line("set-credentials", fixed.into_iter().chain(arguments), &user.name))
        .map(drop)
}

fn option(name: &str, value: &str) -> OsString {
    format!("{name}={value}").into()
}

/// A command line of `kubectl config`. The name may begin with a hyphen.
fn line(verb: &str, options: impl IntoIterator<Item = OsString>, name: &str) -> Vec<OsString> {
    let end = [OsString::from("--"), OsString::from(name)];
    [OsString::from(verb)].into_iter().chain(options).chain(end).collect()
}

/// A value that kubectl reads as a line of CSV, as one field of it.
fn field(value: &str) -> String {
    format!("\"{}\"", value.replace('"', "\"\""))
}
