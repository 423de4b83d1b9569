//! Waits for the user: the time left, and whether the browser has started.

use std::io;
use std::time::Duration;

use tokio::time::{Instant, sleep_until};

use super::{Asking, SignIn, refused};
use crate::context::Context;
use crate::error::Result;
use crate::ui::browser::{self, Browser};

/// The wait for a user, who may have a browser open.
pub(super) struct Waiting<'a> {
    ctx: &'a Context,
    sign_in: &'a SignIn<'a>,
    browser: Option<Browser>,
    deadline: Instant,
}

impl<'a> Waiting<'a> {
    /// Starts a browser with `url` if wanted, and shows `url` in any case. `elsewhere` says what to
    /// do with it if no browser was started.
    ///
    /// # Errors
    /// `LoginRequired` if neither a browser nor a user has the URL.
    pub(super) fn start(
        asking: &Asking<'a>,
        url: &str,
        elsewhere: &str,
        limit: Duration,
    ) -> Result<Self> {
        let ctx = asking.sign_in.ctx;
        let browser = if asking.way.opens_browser { start(ctx, url) } else { None };
        let what = match browser {
            Some(_) => "if no browser opens, open this URL:",
            None => elsewhere,
        };
        ctx.printer.show(what);
        ctx.printer.show(url);
        if asking.sign_in.manner.copy {
            copy(ctx, url);
        }
        let sign_in = asking.sign_in;
        let waiting = Self { ctx, sign_in, browser, deadline: Instant::now() + limit };
        waiting.check_company()?;
        sign_in.is_shown.set(true);
        Ok(waiting)
    }

    /// Shows the time left every second, until there is none.
    ///
    /// # Errors
    /// See [`Waiting::start`], if the browser fails later.
    pub(super) async fn count_down(&mut self) -> Result<()> {
        loop {
            let now = Instant::now();
            let left = self.deadline.saturating_duration_since(now);
            if left.is_zero() {
                return Ok(());
            }
            self.look_after_browser();
            self.check_company()?;
            // Counts the second that has begun.
            let seconds = left.as_millis().div_ceil(1000);
            let (minutes, seconds) = (seconds / 60, seconds % 60);
            self.ctx.printer.status(&format!(
                "waiting for the approval: {minutes}:{seconds:02} left (Ctrl-C cancels)"
            ));
            sleep_until((now + Duration::from_secs(1)).min(self.deadline)).await;
        }
    }

    /// If no user sees the URL and no browser has it, there is nothing to wait for.
    fn check_company(&self) -> Result<()> {
        match self.browser {
            None if self.sign_in.is_alone() => Err(refused::alone(self.sign_in)),
            _ => Ok(()),
        }
    }

    fn look_after_browser(&mut self) {
        if let Some(status) = self.browser.as_mut().and_then(Browser::failure)
            && let Some(browser) = self.browser.take()
        {
            self.ctx.printer.end_status();
            self.ctx.printer.warn(&format!(
                "the browser `{}` failed ({status}): open the URL yourself",
                browser.program
            ));
        }
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.ctx.printer.end_status();
    }
}

/// A missing browser is no reason to stop, because the URL is shown.
fn start(ctx: &Context, url: &str) -> Option<Browser> {
    match browser::open(ctx, url)? {
        Ok(browser) => Some(browser),
        Err((_, e)) if e.kind() == io::ErrorKind::NotFound && !browser::is_named(ctx) => {
            ctx.printer.info(|| "there is no browser to start".to_owned());
            None
        }
        Err((program, e)) => {
            ctx.printer.warn(&format!("cannot start the browser `{program}`: {e}"));
            None
        }
    }
}

fn copy(ctx: &Context, url: &str) {
    if ctx.printer.reaches_terminal() {
        ctx.printer.copy(url);
    } else {
        ctx.printer.warn("--copy does nothing: stderr is not a terminal");
    }
}
