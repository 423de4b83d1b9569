//! The login with a code, which the user types into any browser on any device (RFC 8628, SPEC 5.4).

use std::time::Duration;

use tokio::time::{Instant, sleep};

use super::refused::{self, Stop};
use super::waiting::Waiting;
use super::{Asking, Granted};
use crate::aws::{Client, DeviceAuthorization, RequestError, TokenGrant};
use crate::error::Error;
use crate::ui::qr;

/// How much longer the pauses become when the service asks for it (RFC 8628, 3.5).
const SLOW_DOWN: Duration = Duration::from_secs(5);

/// After this many polls in a row that don't reach AWS, the login ends. Each of them has already
/// been retried.
const LOST_POLLS: u32 = 3;

/// The meaning of a poll that gave no token.
enum Poll {
    Pending,
    SlowDown,
    /// AWS could not be reached; this may pass.
    Lost,
    Over,
}

/// Shows the code, and polls until it is approved.
pub(super) fn grant(asking: &Asking<'_>, client: Client<'_>) -> Result<Granted, Stop> {
    let sign_in = asking.sign_in;
    let authorization = sign_in
        .aws
        .start_device_authorization(asking.endpoint, client, &asking.portal.url)
        .map_err(|failure| asking.refused(failure))?;
    let deadline = Instant::now() + authorization.expires_in;
    let mut waiting = show(asking, &authorization)?;
    let mut interval = authorization.interval;
    let mut lost = 0;
    while Instant::now() < deadline {
        sign_in.aws.wait(async {
            tokio::select! {
                () = sleep(interval) => Ok(()),
                over = waiting.count_down() => over,
            }
        })??;
        let grant = TokenGrant::DeviceCode(&authorization.device_code);
        let failure = match asking.token(client, grant) {
            Ok(granted) => return Ok(granted),
            Err(failure) => failure,
        };
        match poll(&failure) {
            Poll::Pending => lost = 0,
            Poll::SlowDown => (lost, interval) = (0, interval + SLOW_DOWN),
            Poll::Lost if lost + 1 < LOST_POLLS => lost += 1,
            Poll::Lost | Poll::Over => return Err(asking.refused(failure)),
        }
    }
    Err(refused::too_late(sign_in, authorization.expires_in))
}

fn poll(failure: &RequestError) -> Poll {
    match failure.response().map(|response| response.code()) {
        Some("AuthorizationPendingException" | "authorization_pending") => Poll::Pending,
        Some("SlowDownException" | "slow_down") => Poll::SlowDown,
        _ if failure.may_pass() => Poll::Lost,
        _ => Poll::Over,
    }
}

fn show<'a>(
    asking: &Asking<'a>,
    authorization: &DeviceAuthorization,
) -> Result<Waiting<'a>, Error> {
    let printer = &asking.sign_in.ctx.printer;
    let complete = authorization.verification_uri_complete.as_ref();
    let url = complete.unwrap_or(&authorization.verification_uri);
    let waiting = Waiting::start(
        asking,
        url,
        "open this URL in any browser, on any device:",
        authorization.expires_in,
    )?;
    let what = if complete.is_some() { "check that it shows" } else { "then enter" };
    printer.show(&format!("{what} the code {}", authorization.user_code));
    if printer.reaches_terminal()
        && qr::is_drawable(asking.sign_in.ctx)
        && let Some(picture) =
            qr::draw(url, printer.is_colored(), printer.columns().unwrap_or(usize::MAX))
    {
        printer.picture(&picture);
    }
    Ok(waiting)
}
