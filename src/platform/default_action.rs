//! The default action of signals, in a process that once installed handlers for them.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};

use signal_hook::consts::{SIGALRM, SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2, SIGXCPU};
use signal_hook::flag::register_conditional_default;

/// The flags of the handlers, which can't be uninstalled. While its flag is set, a handler does what
/// the system would do. None for a signal that is ignored, as under `nohup`.
static FLAGS: [OnceLock<Option<Arc<AtomicBool>>>; ENDING.len()] =
    [const { OnceLock::new() }; ENDING.len()];

/// The signals with which a user, the system, a timer (`alarm`) or a system that runs jobs ends a
/// program, and that it may defer.
pub(crate) const ENDING: [i32; 8] =
    [SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGALRM, SIGUSR1, SIGUSR2, SIGXCPU];

/// The flag of `signal`: whether it ends the process.
pub(crate) fn of(signal: i32) -> Option<Arc<AtomicBool>> {
    let place = ENDING.iter().position(|this| *this == signal)?;
    FLAGS[place]
        .get_or_init(|| {
            let is_default = match Disposition::of(signal) {
                Disposition::Ignored => return None,
                Disposition::Handled => false,
                Disposition::Default => true,
            };
            let flag = Arc::new(AtomicBool::new(is_default));
            register_conditional_default(signal, Arc::clone(&flag)).ok()?;
            Some(flag)
        })
        .clone()
}

/// From now on, `signal` does not end the process, because other code handles it.
pub(crate) fn disable(signal: i32) {
    if let Some(flag) = of(signal) {
        flag.store(false, Ordering::SeqCst);
    }
}

enum Disposition {
    #[cfg_attr(not(target_os = "linux"), expect(dead_code, reason = "nobody tells"))]
    Ignored,
    #[cfg_attr(not(target_os = "linux"), expect(dead_code, reason = "nobody tells"))]
    Handled,
    Default,
}

impl Disposition {
    #[cfg(target_os = "linux")]
    fn of(signal: i32) -> Self {
        let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
        let is_in = |set: &str| {
            let line = status.lines().find_map(|line| line.strip_prefix(set)?.strip_prefix(":\t"));
            let mask = line.and_then(|mask| u64::from_str_radix(mask, 16).ok());
            mask.is_some_and(|mask| mask & (1 << (signal - 1)) != 0)
        };
        if is_in("SigIgn") {
            Self::Ignored
        } else if is_in("SigCgt") {
            Self::Handled
        } else {
            Self::Default
        }
    }

    /// Asking the system would need unsafe code.
    #[cfg(not(target_os = "linux"))]
    fn of(_: i32) -> Self {
        Self::Default
    }
}
