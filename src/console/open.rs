//! Opens a link in a browser.

use std::io;
use std::time::Duration;

use tokio::time::{Instant, sleep};
use zeroize::Zeroizing;

use super::once::Once;
use crate::aws::Aws;
use crate::context::Context;
use crate::error::{Error, Kind, Result};
use crate::ui::browser::{self, Browser};
use crate::ui::surroundings::Surroundings;

/// How long a browser may take to start and open the address.
const LIMIT: Duration = Duration::from_secs(60);

/// The pause between two checks whether the opener has failed.
const PAUSE: Duration = Duration::from_millis(100);

/// What happened to a link.
pub(crate) enum Opening {
    Opened,
    /// No browser took it, and why.
    Left(Zeroizing<String>, String),
}

/// Opens `link` in a browser as `profile`, and waits until the browser has it. A link without a
/// secret is passed to the browser directly.
///
/// # Errors
/// `Other` if waiting is impossible.
pub(crate) fn in_browser(
    ctx: &Context,
    aws: &Aws<'_>,
    link: Zeroizing<String>,
    profile: &str,
    is_secret: bool,
) -> Result<Opening> {
    let place = Surroundings::of(ctx);
    let place = Surroundings { named_browser: browser::is_named_for_console(ctx), ..place };
    if place.obstacle(true).is_some() {
        return Ok(Opening::Left(link, "no browser can be opened here".to_owned()));
    }
    if !is_secret {
        return Ok(match start(ctx, &link, profile) {
            Ok(_) => Opening::Opened,
            Err(why) => Opening::Left(link, why),
        });
    }
    let handed = aws.wait(hand_over(ctx, link, profile))?;
    handed.map_err(|e| Error::new(Kind::Other, "cannot wait for the browser").source(e))
}

async fn hand_over(ctx: &Context, link: Zeroizing<String>, profile: &str) -> io::Result<Opening> {
    let mut once = Once::start(link)?;
    let why = match start(ctx, &once.address.clone(), profile) {
        Ok(mut browser) => {
            ctx.printer.status("waiting for the browser (Ctrl-C cancels)");
            let why = tokio::select! {
                biased;
                () = once.taken() => String::new(),
                why = failure(ctx, &mut browser) => why,
            };
            ctx.printer.end_status();
            why
        }
        Err(why) => why,
    };
    Ok(match once.take() {
        Some(link) => Opening::Left(link, why),
        None => {
            once.finish().await;
            Opening::Opened
        }
    })
}

fn start(ctx: &Context, url: &str, profile: &str) -> Result<Browser, String> {
    match browser::open_as(ctx, url, profile) {
        Some(Ok(browser)) => Ok(browser),
        Some(Err((program, e))) => Err(format!("the browser `{program}` cannot be started: {e}")),
        None => Err("there is no browser to start".to_owned()),
    }
}

/// Why the browser will not come.
async fn failure(ctx: &Context, browser: &mut Browser) -> String {
    let started = Instant::now();
    // The exit codes of Windows' openers mean nothing.
    let tells = !browser::is_wsl(ctx);
    while started.elapsed() < LIMIT {
        if let Some(status) = browser.failure().filter(|_| tells) {
            return format!("the browser `{}` failed ({status})", browser.program);
        }
        sleep(PAUSE).await;
    }
    let (program, after) = (&browser.program, LIMIT.as_secs());
    format!("the browser `{program}` did not open the link within {after} s")
}
