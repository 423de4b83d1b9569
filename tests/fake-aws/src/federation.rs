//! The console's federation endpoint: exchanges a role's credentials for a token, and the token for
//! a console session. It refuses with an empty 400, like AWS.

use crate::answer::{Answer, Shape};
use crate::form::Pairs;
use crate::log::Entry;
use crate::request::Request;
use crate::secrets;
use crate::world::{Key, Kind, World};
use hyper::Method;

/// How long a token can be used.
const LIFETIME_MS: i64 = 15 * 60 * 1000;

/// A token that signs in to the console.
#[derive(Debug, Clone)]
pub(crate) struct SignIn {
    pub arn: String,
    pub expires_ms: i64,
}

/// The operation a request belongs to.
pub(crate) fn operation(request: &Request) -> Option<&'static str> {
    match (request.path.as_str(), request.method == Method::GET) {
        ("/federation", true) => Some("ConsoleLogin"),
        ("/federation", false) => Some("GetSigninToken"),
        ("/oauth", _) => Some("ConsoleLogout"),
        _ => None,
    }
}

pub(crate) fn handle(
    world: &mut World,
    operation: &str,
    request: &Request,
    entry: &mut Entry,
) -> Result<Answer, Answer> {
    let done = match operation {
        "GetSigninToken" => token(world, request, entry),
        "ConsoleLogin" => login(world, request, entry),
        _ => logout(request),
    };
    done.map_err(|why| Shape::Page.error(400, "BadRequest", why))
}

fn token(world: &mut World, request: &Request, entry: &mut Entry) -> Result<Answer, &'static str> {
    if request.method != Method::POST {
        return Err("credentials belong into the body of a POST");
    }
    let sent = request.form().ok_or("the body is no form")?;
    let [action, session] = [only(&sent, "Action")?, only(&sent, "Session")?];
    let duration = optional(&sent, "SessionDuration")?;
    let known = ["Action", "Session", "SessionDuration"];
    if action != "getSigninToken" || sent.iter().any(|(name, _)| !known.contains(&name.as_str())) {
        return Err("the parameters are not those of getSigninToken");
    }
    let (id, key) = owner(world, session)?;
    entry.access_key_id = Some(id);
    entry.principal = Some(key.principal.arn.clone());
    if key.principal.kind != Kind::Role {
        return Err("only credentials of a role sign in");
    }
    if let Some(duration) = duration {
        let seconds: u64 = duration.parse().map_err(|_| "SessionDuration is no number")?;
        if !(900..=43_200).contains(&seconds) || key.principal.is_chained {
            return Err("such a session cannot last so long");
        }
    }
    let token = secrets::portal_token("signin");
    let sign_in = SignIn { arn: key.principal.arn, expires_ms: world.now() + LIFETIME_MS };
    world.sign_ins.insert(token.clone(), sign_in);
    Ok(Answer::json(200, &serde_json::json!({"SigninToken": token})))
}

/// The key in a `Session`: a JSON object of exactly three texts.
fn owner(world: &World, session: &str) -> Result<(String, Key), &'static str> {
    let session: serde_json::Value =
        serde_json::from_str(session).map_err(|_| "Session is no JSON")?;
    let members = session.as_object().ok_or("Session is no object")?;
    if members.len() != 3 {
        return Err("Session has three members");
    }
    let text = |name: &str| members.get(name).and_then(|value| value.as_str());
    let (Some(id), Some(secret), Some(token)) =
        (text("sessionId"), text("sessionKey"), text("sessionToken"))
    else {
        return Err("Session has sessionId, sessionKey and sessionToken");
    };
    let key = world.keys.get(id).filter(|key| {
        key.secret == secret
            && key.session_token.as_deref() == Some(token)
            && key.expires_ms.is_some_and(|expires| expires > world.now())
    });
    Ok((id.to_owned(), key.ok_or("no such credentials")?.clone()))
}

fn login(world: &World, request: &Request, entry: &mut Entry) -> Result<Answer, &'static str> {
    let sent = request.query.as_ref().ok_or("the query is broken")?;
    let [action, destination, token] =
        [only(sent, "Action")?, only(sent, "Destination")?, only(sent, "SigninToken")?];
    let known = ["Action", "Destination", "Issuer", "SigninToken"];
    if action != "login" || sent.iter().any(|(name, _)| !known.contains(&name.as_str())) {
        return Err("the parameters are not those of login");
    }
    optional(sent, "Issuer")?;
    let sign_in = world.sign_ins.get(token).filter(|sign_in| sign_in.expires_ms > world.now());
    entry.principal = Some(sign_in.ok_or("the token has ended")?.arn.clone());
    if !destination.starts_with("https://") {
        return Err("the destination is no page of the console");
    }
    Ok(Answer::redirect(destination))
}

fn logout(request: &Request) -> Result<Answer, &'static str> {
    let sent = request.query.as_ref().ok_or("the query is broken")?;
    if only(sent, "Action")? != "logout" || sent.len() != 2 {
        return Err("the parameters are not those of logout");
    }
    only(sent, "redirect_uri").map(Answer::redirect)
}

fn only<'a>(sent: &'a Pairs, name: &str) -> Result<&'a str, &'static str> {
    optional(sent, name)?.ok_or("a parameter is missing")
}

fn optional<'a>(sent: &'a Pairs, name: &str) -> Result<Option<&'a str>, &'static str> {
    let mut found = sent.iter().filter(|(key, _)| key == name);
    match (found.next(), found.next()) {
        (Some(_), Some(_)) => Err("a parameter stands there twice"),
        (first, _) => Ok(first.map(|(_, value)| value.as_str())),
    }
}
