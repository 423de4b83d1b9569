//! The credentials of one principal, kept in memory and renewed.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use tokio::sync::watch;
use tokio::time::{sleep, timeout};

use super::{schedule, workers};
use crate::context::Context;
use crate::credentials::Credentials;
use crate::error::{Error, Kind, Result};

/// Gets credentials. Blocks, and must not ask the user anything.
pub(crate) type Fetch = Box<dyn Fn(&Context) -> Result<Credentials> + Send + Sync>;

/// How long a request waits if there are no credentials yet: the JavaScript and Java SDKs give up
/// after a second and ask again (SPEC 6.4).
const PATIENCE: Duration = Duration::from_millis(900);

/// Without credentials, every request triggers an attempt, but not more often than this.
const GAP: Duration = Duration::from_secs(1);

/// When credentials are renewed ahead of time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Keep {
    /// Always.
    Ready,
    /// Only if a client has asked for the current ones.
    WhileAskedFor,
}

/// Why there are no credentials.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Trouble {
    /// The kind of failure.
    pub kind: Kind,
    /// The failure and its fix, on one line, without secrets.
    pub message: String,
}

impl From<&Error> for Trouble {
    fn from(error: &Error) -> Self {
        let mut message = error.lines().swap_remove(0);
        if let Some(at) = &error.location {
            message.push_str(&format!(" ({at})"));
        }
        for hint in &error.hints {
            message.push_str(&format!("; {hint}"));
        }
        Self { kind: error.kind, message }
    }
}

/// Credentials that are kept ready for requests.
pub(crate) struct Supply {
    ctx: Context,
    fetch: Fetch,
    keep: Keep,
    held: Mutex<Stock>,
    /// Changes whenever an exchange ends, whether or not it succeeded.
    ended: watch::Sender<()>,
}

/// The current state.
#[derive(Default)]
struct Stock {
    good: Option<Good>,
    trouble: Option<(Trouble, Instant)>,
    /// The number of failures in a row.
    failures: u32,
    /// Whether an exchange is running.
    running: bool,
    /// Whether a client has asked for the current credentials.
    asked: bool,
    /// Whether there is nothing more to get.
    is_over: bool,
}

/// Credentials and their times.
struct Good {
    credentials: Credentials,
    expiration: DateTime<Utc>,
    /// When to renew them.
    due: DateTime<Utc>,
}

impl fmt::Debug for Supply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Supply").field("keep", &self.keep).finish_non_exhaustive()
    }
}

impl Supply {
    /// An empty supply.
    pub(crate) fn new(ctx: &Context, keep: Keep, fetch: Fetch) -> Arc<Self> {
        let (held, ended) = (Mutex::default(), watch::Sender::new(()));
        Arc::new(Self { ctx: ctx.clone(), fetch, keep, held, ended })
    }

    /// Starts with `credentials`, and renews them from now on.
    pub(crate) fn stock(self: &Arc<Self>, credentials: Credentials) {
        let pause = self.take_in(Ok(credentials));
        self.renew_after(pause);
    }

    /// Valid credentials; at once if there are any.
    ///
    /// # Errors
    /// Why there are none.
    pub(crate) async fn credentials(self: &Arc<Self>) -> Result<Credentials, Trouble> {
        let mut ended = self.ended.subscribe();
        if let Some(answer) = self.at_once() {
            return answer;
        }
        // The answer is in `held`, however the wait ends.
        let _ = timeout(PATIENCE, ended.changed()).await;
        self.held().answer(self.ctx.now())
    }

    /// The answer without waiting. Starts an exchange if one is due.
    fn at_once(self: &Arc<Self>) -> Option<Result<Credentials, Trouble>> {
        let now = self.ctx.now();
        let mut held = self.held();
        held.asked = true;
        if !held.running && held.is_due(now) {
            held.running = true;
            self.start();
        }
        (!held.running || held.lives(now)).then(|| held.answer(now))
    }

    /// Gets new credentials in the background, and keeps renewing them.
    fn start(self: &Arc<Self>) {
        let supply = Arc::clone(self);
        tokio::spawn(async move {
            let worker = Arc::clone(&supply);
            let outcome = workers::run(move || (worker.fetch)(&worker.ctx)).await;
            let pause = supply.take_in(outcome);
            supply.renew_after(pause);
        });
    }

    /// Starts the next exchange when it is due, unless a request starts one earlier.
    fn renew_after(self: &Arc<Self>, pause: Option<Duration>) {
        let Some(pause) = pause else { return };
        let supply = Arc::clone(self);
        tokio::spawn(async move {
            sleep(pause).await;
            let mut held = supply.held();
            let wanted = held.asked || supply.keep == Keep::Ready;
            if wanted && !held.running && held.is_due(supply.ctx.now()) {
                held.running = true;
                supply.start();
            }
        });
    }

    /// Stores the result of an exchange. Returns when to try again; none if there is nothing left
    /// to renew.
    fn take_in(&self, outcome: Result<Credentials>) -> Option<Duration> {
        let now = self.ctx.now();
        let mut held = self.held();
        held.running = false;
        match outcome.and_then(with_end) {
            // The cache returned them again because AWS could not be asked.
            Ok((_, expiration))
                if held.good.as_ref().is_some_and(|g| g.expiration == expiration) =>
            {
                held.failures = held.failures.saturating_add(1);
            }
            Ok((credentials, expiration)) => {
                let due = schedule::due(expiration, now);
                *held =
                    Stock { good: Some(Good { credentials, expiration, due }), ..Stock::default() };
            }
            // There will never be any again.
            Err(error) if error.kind == Kind::LoginChanged => {
                self.ctx.printer.error(&error);
                let trouble = Some((Trouble::from(&error), Instant::now()));
                *held = Stock { trouble, is_over: true, ..Stock::default() };
            }
            Err(error) => {
                self.ctx.printer.warn(&Trouble::from(&error).message);
                held.failures = held.failures.saturating_add(1);
                held.trouble = Some((Trouble::from(&error), Instant::now()));
            }
        }
        let failures = held.failures;
        let lives = held.lives(now);
        let pause = held.good.as_mut().filter(|_| lives).map(|good| {
            if failures > 0 {
                good.due = schedule::again(good.expiration, now, failures);
            }
            schedule::until(good.due, now)
        });
        drop(held);
        self.ended.send_replace(());
        pause
    }

    fn held(&self) -> MutexGuard<'_, Stock> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Stock {
    fn lives(&self, now: DateTime<Utc>) -> bool {
        self.good.as_ref().is_some_and(|good| good.expiration > now)
    }

    fn is_due(&self, now: DateTime<Utc>) -> bool {
        if self.is_over {
            return false;
        }
        match &self.good {
            Some(good) if good.expiration > now => good.due <= now,
            _ => self.trouble.as_ref().is_none_or(|(_, at)| at.elapsed() >= GAP),
        }
    }

    fn answer(&self, now: DateTime<Utc>) -> Result<Credentials, Trouble> {
        match (&self.good, &self.trouble) {
            (Some(good), _) if good.expiration > now => Ok(good.credentials.clone()),
            // Another attempt may be running, but the last failure's reason is the better answer.
            (_, Some((trouble, _))) => Err(trouble.clone()),
            _ => Err(Trouble {
                kind: Kind::Network,
                message: "the credentials are not available yet: try again".into(),
            }),
        }
    }
}

fn with_end(credentials: Credentials) -> Result<(Credentials, DateTime<Utc>)> {
    check_form(&credentials).map(|expiration| (credentials, expiration))
}

/// When credentials expire. The protocol has no form for credentials without an expiration or a
/// session token.
///
/// # Errors
/// If either is missing.
pub(crate) fn check_form(credentials: &Credentials) -> Result<DateTime<Utc>> {
    match credentials.expiration {
        Some(expiration) if credentials.session_token.is_some() => Ok(expiration),
        _ => Err(Error::new(
            Kind::SourceFailed,
            "the endpoint can serve only temporary credentials, with a session token and an expiration",
        )
        .hint("give these to the client directly, with `ssowrap export` or plain `ssowrap exec`")),
    }
}
