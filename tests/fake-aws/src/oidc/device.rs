//! StartDeviceAuthorization, and the page where a user approves it.

use super::{DEVICE_GRANT, Members, client, invalid, only, required};
use crate::answer::{Answer, Shape};
use crate::form::{encode, escape};
use crate::options::Consent;
use crate::request::Request;
use crate::secrets;
use crate::world::{Device, Verdict, World, millis};
use serde_json::json;

pub(super) fn start(world: &mut World, members: &Members) -> Result<Answer, Answer> {
    only(members, &["clientId", "clientSecret", "startUrl"])?;
    let client_id = client(world, members)?;
    let start_url = required(members, "startUrl")?;
    let known = match &world.options.start_url {
        Some(known) => start_url.trim_end_matches(['/', '#']) == known.trim_end_matches(['/', '#']),
        None => start_url.starts_with("https://") || start_url.starts_with("http://"),
    };
    if !known {
        // The real service says nothing more, whether the URL or the region is wrong.
        return Err(invalid(""));
    }
    let client = &world.clients[&client_id];
    if !client.grant_types.iter().any(|grant| grant == DEVICE_GRANT) {
        let text = "The client is not registered for device logins";
        return Err(Shape::Oidc.error(400, "UnauthorizedClientException", text));
    }
    let interval = world.options.device_interval;
    let device = Device {
        user_code: secrets::user_code(),
        client_id,
        verdict: match world.options.consent {
            Consent::Ask => Verdict::Pending,
            Consent::Approve => Verdict::Approved,
            Consent::Deny => Verdict::Denied,
        },
        expires_ms: world.now() + millis(world.options.device_lifetime),
        interval_ms: i64::try_from(interval.unwrap_or(5)).unwrap_or(5) * 1000,
        last_poll_ms: None,
        polls: 0,
    };
    let device_code = secrets::code();
    let page = format!("{}/device", world.url);
    let mut body = json!({
        "deviceCode": device_code,
        "userCode": device.user_code,
        "verificationUri": page,
        "verificationUriComplete": format!("{page}?user_code={}", encode(&device.user_code)),
        "expiresIn": world.options.device_lifetime.as_secs(),
    });
    if let Some(interval) = interval {
        body["interval"] = interval.into();
    }
    world.devices.insert(device_code, device);
    Ok(Answer::json(200, &body))
}

/// The verification page, and the links on it.
pub(super) fn page(world: &mut World, request: &Request) -> Result<Answer, Answer> {
    if request.method != hyper::Method::GET {
        return Err(Shape::Page.error(405, "Method not allowed", "This page is only for reading."));
    }
    let Some(user_code) = request.param("user_code") else {
        let ask =
            "<form><label>Code <input name=\"user_code\"></label> <button>Next</button></form>";
        return Ok(Answer::html(200, "Authorize a device", ask));
    };
    let found = world.devices.values().find(|device| device.user_code == user_code);
    let waiting = found.is_some_and(|device| {
        device.verdict == Verdict::Pending && device.expires_ms > world.now()
    });
    if !waiting {
        return Err(Shape::Page.error(
            400,
            "Invalid code",
            "The code is unknown, used or expired.",
        ));
    }
    if request.path == "/device/decide" {
        let approve = request.param("approve") == Some("true");
        decide(world, Some(user_code), approve);
        let title = if approve { "Request approved" } else { "Request denied" };
        return Ok(Answer::html(200, title, "<p>You can close this window.</p>"));
    }
    let code = encode(user_code);
    let decide = format!("{}/device/decide?user_code={code}&approve=", world.url);
    let decide = escape(&decide);
    let body = format!(
        "<p>Code: <b>{}</b></p><p><a id=\"approve\" href=\"{decide}true\">Approve</a> \
         <a id=\"deny\" href=\"{decide}false\">Deny</a></p>",
        escape(user_code)
    );
    Ok(Answer::html(200, "Authorize a device", &body))
}

/// Approves or denies a waiting device login, or all of them. Returns how many there were.
pub(crate) fn decide(world: &mut World, user_code: Option<&str>, approve: bool) -> usize {
    let verdict = if approve { Verdict::Approved } else { Verdict::Denied };
    let mut decided = 0;
    for device in world.devices.values_mut() {
        let meant = user_code.is_none_or(|code| code == device.user_code);
        if meant && device.verdict == Verdict::Pending {
            device.verdict = verdict;
            decided += 1;
        }
    }
    decided
}
