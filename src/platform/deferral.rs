//! Work that must not be interrupted: signals that would end the program wait until it is done.

#[cfg(unix)]
pub(crate) use unix::{Deferral, wait};

#[cfg(unix)]
mod unix {
    use std::io::Read;
    use std::os::unix::net::UnixStream;
    use std::sync::atomic::{AtomicBool, Ordering};
    use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
    use std::thread;
    use std::time::Duration;

    use signal_hook::SigId;
    use signal_hook::low_level::{emulate_default_handler, pipe, unregister};

    use crate::platform::default_action::{self, ENDING};

    /// The process's end is never deferred for longer than this.
    const LONGEST: Duration = Duration::from_secs(40);

    /// Defers signals while it exists. Then they do what they would have done. A second signal is
    /// not deferred.
    #[derive(Debug)]
    pub(crate) struct Deferral(());

    /// The deferrals of all threads.
    static ACTIVE: Mutex<Active> = Mutex::new(Active { count: 0, signals: Vec::new() });
    static ENDED: Condvar = Condvar::new();

    struct Active {
        count: usize,
        signals: Vec<PutOff>,
    }

    struct PutOff {
        signal: i32,
        /// True once the signal has come: then it does what it does by default.
        default: Arc<AtomicBool>,
        was_default: bool,
        actions: Vec<SigId>,
    }

    impl Deferral {
        /// Starts a deferral. Calls `notice` in a thread of its own when the first signal comes.
        pub(crate) fn new(notice: impl FnOnce() + Send + 'static) -> Self {
            let mut active = active();
            if active.count == 0 {
                let pipe = notice_pipe(notice);
                active.signals = ENDING
                    .into_iter()
                    .filter_map(|signal| PutOff::new(signal, pipe.as_ref()))
                    .collect();
            }
            active.count += 1;
            Self(())
        }
    }

    impl Drop for Deferral {
        fn drop(&mut self) {
            let mut active = active();
            active.count -= 1;
            if active.count > 0 {
                return;
            }
            let signals = std::mem::take(&mut active.signals);
            drop(active);
            ENDED.notify_all();
            let come: Vec<i32> = signals.into_iter().filter_map(PutOff::end).collect();
            for signal in come {
                // Ends the process.
                let _ = emulate_default_handler(signal);
            }
        }
    }

    impl PutOff {
        fn new(signal: i32, pipe: Option<&UnixStream>) -> Option<Self> {
            let default = default_action::of(signal)?;
            let was_default = default.swap(false, Ordering::SeqCst);
            let set = signal_hook::flag::register(signal, Arc::clone(&default)).ok();
            let told = pipe.and_then(|pipe| pipe::register(signal, pipe.try_clone().ok()?).ok());
            let actions = [set, told].into_iter().flatten().collect();
            Some(Self { signal, default, was_default, actions })
        }

        /// The signal, if it has come and would have ended the process.
        fn end(self) -> Option<i32> {
            let has_come = self.default.swap(self.was_default, Ordering::SeqCst);
            self.actions.into_iter().for_each(|action| {
                unregister(action);
            });
            if !self.was_default {
                // It may have come just now: other handlers have seen it.
                self.default.store(false, Ordering::SeqCst);
                return None;
            }
            has_come.then_some(self.signal)
        }
    }

    /// Waits until all deferrals of other threads have ended. For a process about to exit.
    pub(crate) fn wait() {
        let _ = ENDED.wait_timeout_while(active(), LONGEST, |active| active.count > 0);
    }

    /// A panic while it is locked ends the program.
    fn active() -> MutexGuard<'static, Active> {
        ACTIVE.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The pipe through which a signal handler has `notice` called; none if there are no threads or
    /// descriptors.
    fn notice_pipe(notice: impl FnOnce() + Send + 'static) -> Option<UnixStream> {
        let (mut ours, signals) = UnixStream::pair().ok()?;
        let thread = thread::Builder::new().name("signals".into());
        thread
            .spawn(move || {
                if ours.read_exact(&mut [0]).is_ok() {
                    notice();
                }
            })
            .ok()?;
        Some(signals)
    }
}

#[cfg(windows)]
pub(crate) use windows::{Deferral, wait};

#[cfg(windows)]
mod windows {
    use std::sync::{Condvar, Mutex, PoisonError};
    use std::time::Duration;

    use crate::platform::console::ConsoleEvents;

    /// The exit code of a program that Ctrl-C ends.
    const CONTROL_C_EXIT: i32 = 0xC000_013A_u32 as i32;

    /// The system ends the programs of a closed window after this time.
    const LONGEST: Duration = Duration::from_secs(5);

    /// Defers Ctrl-C, Ctrl-Break and the closing of the window while it exists.
    #[derive(Debug)]
    pub(crate) struct Deferral(());

    /// The number of deferrals, and the first one's callback.
    static ACTIVE: Mutex<(usize, Option<ConsoleEvents>)> = Mutex::new((0, None));
    static ENDED: Condvar = Condvar::new();

    impl Deferral {
        pub(crate) fn new(_: impl FnOnce() + Send + 'static) -> Self {
            let mut active = ACTIVE.lock().unwrap_or_else(PoisonError::into_inner);
            if active.0 == 0 {
                active.1 = ConsoleEvents::listen().ok();
            }
            active.0 += 1;
            Self(())
        }
    }

    impl Drop for Deferral {
        fn drop(&mut self) {
            let mut active = ACTIVE.lock().unwrap_or_else(PoisonError::into_inner);
            active.0 -= 1;
            if active.0 > 0 {
                return;
            }
            let has_come = active.1.take().is_some_and(|mut events| events.has_come());
            drop(active);
            ENDED.notify_all();
            if has_come {
                std::process::exit(CONTROL_C_EXIT);
            }
        }
    }

    /// Waits until all deferrals of other threads have ended. For a process about to exit.
    pub(crate) fn wait() {
        let active = ACTIVE.lock().unwrap_or_else(PoisonError::into_inner);
        let _ = ENDED.wait_timeout_while(active, LONGEST, |active| active.0 > 0);
    }
}
