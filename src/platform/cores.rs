//! Keeps secrets out of core files.

/// From now on, this process leaves no core file, and other processes of the same user can't
/// inspect it. This lasts until the process becomes another program.
#[cfg(any(target_os = "linux", target_os = "android"))]
pub(crate) fn forbid() {
    use rustix::process::{DumpableBehavior, set_dumpable_behavior};
    let _ = set_dumpable_behavior(DumpableBehavior::NotDumpable);
}

/// Allows core files again for the command that this process becomes; on Linux, this happens by
/// itself.
#[cfg(any(target_os = "linux", target_os = "android"))]
pub(crate) fn allow() {}

#[cfg(all(unix, not(any(target_os = "linux", target_os = "android"))))]
pub(crate) use limit::{allow, forbid};

/// For systems where only a limit prevents core files. Programs inherit it, so it must be restored.
#[cfg(all(unix, not(any(target_os = "linux", target_os = "android"))))]
mod limit {
    use std::sync::OnceLock;

    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

    /// The limit before.
    static BEFORE: OnceLock<Option<u64>> = OnceLock::new();

    pub(crate) fn forbid() {
        let before = getrlimit(Resource::Core);
        let limit = Rlimit { current: Some(0), maximum: before.maximum };
        if setrlimit(Resource::Core, limit).is_ok() {
            let _ = BEFORE.set(before.current);
        }
    }

    pub(crate) fn allow() {
        if let Some(before) = BEFORE.get() {
            let maximum = getrlimit(Resource::Core).maximum;
            let _ = setrlimit(Resource::Core, Rlimit { current: *before, maximum });
        }
    }
}

/// Windows writes none by default.
#[cfg(not(unix))]
pub(crate) fn forbid() {}

#[cfg(not(unix))]
pub(crate) fn allow() {}
