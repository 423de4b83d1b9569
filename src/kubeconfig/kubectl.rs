//! Runs `kubectl config`.

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use zeroize::Zeroizing;

use crate::context::Context;
use crate::error::{Error, Kind, Result};
use crate::platform::pauses::Pauses;

/// How long to wait for other programs that edit the same file; kubectl itself does not wait.
const PATIENCE: Duration = Duration::from_secs(10);

/// The pause between two checks of the lock.
const PAUSE: Duration = Duration::from_millis(10);

/// How kubectl says that another program is editing the file.
const LOCKED: &str = ".lock: file exists";

/// kubectl, and the file to edit.
pub(super) struct Kubectl<'a> {
    ctx: &'a Context,
    program: PathBuf,
    /// The file of `--kubeconfig`; if none, kubectl chooses.
    file: Option<&'a OsStr>,
}

impl<'a> Kubectl<'a> {
    /// None if kubectl is not in PATH.
    pub(super) fn find(ctx: &'a Context, file: Option<&'a OsStr>) -> Option<Self> {
        let name = if cfg!(windows) { "kubectl.exe" } else { "kubectl" };
        let (program, _) = ctx.find_program(OsStr::new(name))?;
        Some(Self { ctx, program, file })
    }

    /// Runs `kubectl config WORDS`. Returns its output, which may contain secrets.
    ///
    /// # Errors
    /// `Other` with kubectl's message.
    pub(super) fn config(&self, words: &[OsString]) -> Result<Zeroizing<Vec<u8>>> {
        let verb = words.first().map(|word| word.display().to_string()).unwrap_or_default();
        let failed =
            |why: String| Error::new(Kind::Other, format!("`kubectl config {verb}` failed: {why}"));
        self.ctx.printer.info(|| format!("running kubectl config {verb}"));
        let mut pauses = Pauses::new(PAUSE, PAUSE, PATIENCE);
        loop {
            let mut command = Command::new(&self.program);
            // Before the words, because those may contain a `--`.
            let file = self.file.into_iter().flat_map(|file| [OsStr::new("--kubeconfig"), file]);
            command.arg("config").args(file).args(words).stdin(Stdio::null());
            let output =
                command.output().map_err(|e| failed("it cannot be started".into()).source(e))?;
            let stdout = Zeroizing::new(output.stdout);
            if output.status.success() {
                return Ok(stdout);
            }
            let said = String::from_utf8_lossy(&output.stderr);
            let said = said.trim().trim_start_matches("error: ").to_owned();
            let Some(lock) = said.strip_suffix(": file exists").filter(|_| said.ends_with(LOCKED))
            else {
                let why = if said.is_empty() { output.status.to_string() } else { said };
                return Err(failed(why));
            };
            let lock = lock.trim_start_matches("open ");
            if !self.is_gone_in_time(&mut pauses, Path::new(lock)) {
                return Err(failed(format!(
                    "another program is editing the file, according to {lock}"
                ))
                .hint(format!("if not, remove {lock}")));
            }
        }
    }

    /// Whether another program's lock file disappears in time.
    fn is_gone_in_time(&self, pauses: &mut Pauses, lock: &Path) -> bool {
        // If it is gone after the first pause, nothing needs to be said.
        let mut is_said = false;
        while pauses.pause() {
            if !lock.exists() {
                return true;
            }
            if !is_said {
                self.ctx.printer.info(|| format!("waiting until {} is gone", lock.display()));
                is_said = true;
            }
        }
        false
    }
}
