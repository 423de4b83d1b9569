//! `/_fake/…`: the handle's functions for other processes, as JSON.

use crate::answer::Answer;
use crate::fault::{ALWAYS, Fault};
use crate::form::Pairs;
use crate::options::{Account, Consent, EndOfList, RefreshTokens};
use crate::request::Request;
use crate::service::Shared;
use crate::world::World;
use crate::{form, oidc};
use hyper::Method;
use serde_json::{Map, Value, json};
use std::time::Duration;

pub(crate) fn handle(shared: &Shared, request: &Request) -> Answer {
    let done = match (request.method.clone(), request.path.as_str()) {
        (Method::GET, "/_fake/log") => Ok(log(shared, request.query.as_ref())),
        (Method::GET, "/_fake/devices") => {
            Ok(Answer::json(200, &json!({"userCodes": shared.world().pending_devices()})))
        }
        (Method::GET, "/_fake/ca.pem") => match &shared.ca_pem {
            Some(pem) => Ok(Answer::new(200, "application/x-pem-file", pem.clone())),
            None => Err("the fake runs without TLS".to_owned()),
        },
        (Method::POST, "/_fake/reset") => {
            shared.reset();
            Ok(Answer::json(200, &json!({})))
        }
        (Method::POST, "/_fake/set") => set(shared, request),
        (Method::POST, "/_fake/approve") => decide(shared, request, true),
        (Method::POST, "/_fake/deny") => decide(shared, request, false),
        (method, path) => {
            return Answer::json(404, &json!({"error": format!("there is no {method} {path}")}));
        }
    };
    done.unwrap_or_else(|error| Answer::json(400, &json!({"error": error})))
}

/// The log, or the entries of one operation.
fn log(shared: &Shared, query: Option<&Pairs>) -> Answer {
    let operation = query.and_then(|query| form::get(query, "operation"));
    let operation = operation.filter(|operation| *operation != "*");
    let entries = shared.log.entries();
    let chosen = entries
        .iter()
        .filter(|entry| operation.is_none_or(|operation| entry.operation == operation));
    let entries: Vec<_> = chosen.map(crate::Entry::to_json).collect();
    Answer::json(200, &json!({"count": entries.len(), "entries": entries}))
}

fn decide(shared: &Shared, request: &Request, approve: bool) -> Result<Answer, String> {
    let body = if request.body.is_empty() {
        Map::new()
    } else {
        request.json().ok_or("the body must be a JSON object")?
    };
    let user_code = body.get("userCode").and_then(Value::as_str);
    let decided = oidc::decide(&mut shared.world(), user_code, approve);
    Ok(Answer::json(200, &json!({"decided": decided})))
}

fn set(shared: &Shared, request: &Request) -> Result<Answer, String> {
    let body = request.json().ok_or("the body must be a JSON object")?;
    if body.get("clearLog") == Some(&Value::Bool(true)) {
        shared.log.clear();
    }
    apply(&mut shared.world(), &body)?;
    Ok(Answer::json(200, &json!({})))
}

/// Applies a document of settings, member by member. Stops at the first invalid one.
pub(crate) fn apply(world: &mut World, document: &Map<String, Value>) -> Result<(), String> {
    // Removals come before additions.
    if document.get("clearFaults") == Some(&Value::Bool(true)) {
        world.plan.clear();
    }
    if document.get("clearGrants") == Some(&Value::Bool(true)) {
        world.options.accounts.clear();
    }
    for (name, value) in document {
        member(world, name, value).map_err(|error| format!("{name}: {error}"))?;
    }
    Ok(())
}

fn member(world: &mut World, name: &str, value: &Value) -> Result<(), String> {
    match name {
        "clearFaults" | "clearGrants" | "clearLog" => boolean(value).map(drop),
        "tokens" => each(value, |item| token(world, item)),
        "clients" => each(value, |item| {
            let lifetime = item.seconds("lifetimeSeconds")?.unwrap_or(DAY);
            world.add_client(item.text("clientId")?, item.text("clientSecret")?, lifetime);
            Ok(())
        }),
        "refreshTokens" => each(value, |item| {
            world.add_refresh_token(item.text("refreshToken")?, item.text("clientId")?);
            Ok(())
        }),
        "loginSessions" => each(value, |item| {
            world.add_login_session(item.text("refreshToken")?, item.text("arn")?);
            Ok(())
        }),
        "grants" => each(value, |item| {
            world.grant(item.text("account")?, item.text("role")?);
            Ok(())
        }),
        "accounts" => {
            world.options.accounts.clear();
            each(value, |item| {
                let account = account(item)?;
                world.options.accounts.push(account);
                Ok(())
            })
        }
        "organisation" => {
            let item = Item(value.as_object().ok_or("must be an object")?);
            let size = |name| item.0.get(name).ok_or_else(|| format!("`{name}` is missing"));
            let (accounts, roles) = (self::size(size("accounts")?)?, self::size(size("roles")?)?);
            world.options.accounts = Account::organisation(accounts, roles);
            Ok(())
        }
        "closedAccounts" => {
            world.closed_accounts = names(value)?.into_iter().collect();
            Ok(())
        }
        "users" => each(value, |item| {
            let id = item.text("accessKeyId")?;
            world.add_user(id, item.text("secretAccessKey")?, item.text("arn")?);
            Ok(())
        }),
        "sessions" => each(value, |item| {
            let lifetime = item.seconds("lifetimeSeconds")?.unwrap_or(HOUR);
            let (id, secret) = (item.text("accessKeyId")?, item.text("secretAccessKey")?);
            world.add_session(id, secret, item.text("sessionToken")?, item.text("arn")?, lifetime);
            Ok(())
        }),
        "roles" => each(value, |item| role(world, item)),
        "webIdentityTokens" => each(value, |item| {
            let subject = item.text("subject")?.to_owned();
            world.web_tokens.insert(item.text("token")?.to_owned(), subject);
            Ok(())
        }),
        "quota" => {
            let item = Item(value.as_object().ok_or("must be an object")?);
            let of = |name| item.0.get(name).ok_or_else(|| format!("`{name}` is missing"));
            let number = |name| {
                u32::try_from(number(of(name)?)?).map_err(|_| format!("`{name}` is too large"))
            };
            world.set_quota(number("burst")?, number("perSecond")?);
            Ok(())
        }
        "faults" => each(value, |item| fault(world, item)),
        "hold" => names(value)?.into_iter().try_for_each(|operation| {
            world.holds.insert(operation, tokio::sync::watch::Sender::new(false));
            Ok(())
        }),
        "release" => {
            names(value)?.iter().for_each(|operation| world.release(operation));
            Ok(())
        }
        _ => knob(world, name, value),
    }
}

const HOUR: Duration = Duration::from_secs(3600);
const DAY: Duration = Duration::from_secs(86_400);

fn knob(world: &mut World, name: &str, value: &Value) -> Result<(), String> {
    match name {
        "latencyMs" => world.latency.extend(durations(value, Duration::from_millis)?),
        "lifetimeSeconds" => world.lifetimes.extend(durations(value, Duration::from_secs)?),
        "credentialLifetimeSeconds" => {
            world.options.credential_lifetime = Some(Duration::from_secs(number(value)?));
        }
        "tokenLifetimeSeconds" => {
            world.options.token_lifetime = Duration::from_secs(number(value)?);
        }
        "deviceLifetimeSeconds" => {
            world.options.device_lifetime = Duration::from_secs(number(value)?);
        }
        "deviceIntervalSeconds" => {
            world.options.device_interval =
                if value.is_null() { None } else { Some(number(value)?) };
        }
        "sessionTokenLength" => world.options.session_token_length = size(value)?,
        "pageSize" => world.options.page_size = size(value)?,
        "endOfList" => {
            world.options.end_of_list = match text(value)? {
                "null" => EndOfList::Null,
                "absent" => EndOfList::Absent,
                "empty" => EndOfList::Empty,
                _ => return Err("must be null, absent or empty".to_owned()),
            };
        }
        "clockSkewSeconds" => world.clock_skew = signed(value)?,
        "dateSkewSeconds" => world.date_skew = signed(value)?,
        "startUrl" => world.options.start_url = optional(value)?,
        "containerToken" => world.options.container_token = optional(value)?,
        "userName" => world.options.user_name = text(value)?.to_owned(),
        "refreshMode" => {
            world.options.refresh_tokens = match text(value)? {
                "rotate" => RefreshTokens::Rotate,
                "keep" => RefreshTokens::Keep,
                "omit" => RefreshTokens::Omit,
                "null" => RefreshTokens::Null,
                _ => return Err("must be rotate, keep, omit or null".to_owned()),
            };
        }
        "consent" => {
            world.options.consent = match text(value)? {
                "ask" => Consent::Ask,
                "approve" => Consent::Approve,
                "deny" => Consent::Deny,
                _ => return Err("must be ask, approve or deny".to_owned()),
            };
        }
        _ => return Err("there is no such setting".to_owned()),
    }
    Ok(())
}

fn token(world: &mut World, item: &Item<'_>) -> Result<(), String> {
    let access_token = item.text("accessToken")?;
    let lifetime = item.seconds("lifetimeSeconds")?.unwrap_or(world.options.token_lifetime);
    world.add_token(access_token, lifetime);
    let Some(grants) = item.0.get("grants") else {
        return Ok(());
    };
    each(grants, |grant| {
        world.grant_to(access_token, grant.text("account")?, grant.text("role")?);
        Ok(())
    })
}

fn account(item: &Item<'_>) -> Result<Account, String> {
    let optional = |name: &str| item.0.get(name).map_or(Ok(None), optional);
    let roles = item.0.get("roles").map_or(Ok(Vec::new()), names)?;
    Ok(Account {
        id: item.text("id")?.to_owned(),
        name: optional("name")?,
        email: optional("email")?,
        roles,
    })
}

fn role(world: &mut World, item: &Item<'_>) -> Result<(), String> {
    let trust = world.trust(item.text("arn")?);
    for (name, value) in item.0 {
        match name.as_str() {
            "arn" => {}
            "denied" => trust.denied = boolean(value)?,
            "principals" => trust.principals = Some(names(value)?),
            "externalId" => trust.external_id = optional(value)?,
            "mfaSerial" => {
                trust.mfa = Some((text(value)?.to_owned(), item.text("mfaCode")?.to_owned()));
            }
            "mfaCode" => drop(item.text("mfaSerial")?),
            "maxDurationSeconds" => trust.max_duration = Duration::from_secs(number(value)?),
            _ => return Err(format!("a role has no `{name}`")),
        }
    }
    Ok(())
}

fn fault(world: &mut World, item: &Item<'_>) -> Result<(), String> {
    let times = match item.0.get("times") {
        None => 1,
        Some(Value::String(text)) if text == "always" => ALWAYS,
        Some(times) => size(times)?,
    };
    let fault = item.0.get("fault").ok_or("`fault` is missing")?;
    world.plan_fault(item.text("operation")?, Fault::from_json(fault)?, times);
    Ok(())
}

/// One object of a list.
struct Item<'a>(&'a Map<String, Value>);

impl Item<'_> {
    fn text(&self, name: &str) -> Result<&str, String> {
        let value = self.0.get(name).ok_or_else(|| format!("`{name}` is missing"))?;
        text(value).map_err(|error| format!("`{name}` {error}"))
    }

    fn seconds(&self, name: &str) -> Result<Option<Duration>, String> {
        self.0.get(name).map(|value| Ok(Duration::from_secs(number(value)?))).transpose()
    }
}

fn each(
    value: &Value,
    mut apply: impl FnMut(&Item<'_>) -> Result<(), String>,
) -> Result<(), String> {
    let items = value.as_array().ok_or("must be a list of objects")?;
    for item in items {
        apply(&Item(item.as_object().ok_or("must be a list of objects")?))?;
    }
    Ok(())
}

fn text(value: &Value) -> Result<&str, String> {
    value.as_str().ok_or_else(|| "must be a string".to_owned())
}

fn optional(value: &Value) -> Result<Option<String>, String> {
    if value.is_null() { Ok(None) } else { text(value).map(|text| Some(text.to_owned())) }
}

fn boolean(value: &Value) -> Result<bool, String> {
    value.as_bool().ok_or_else(|| "must be true or false".to_owned())
}

fn number(value: &Value) -> Result<u64, String> {
    value.as_u64().ok_or_else(|| "must be a whole number, not negative".to_owned())
}

fn signed(value: &Value) -> Result<i64, String> {
    value.as_i64().ok_or_else(|| "must be a whole number".to_owned())
}

fn size(value: &Value) -> Result<usize, String> {
    usize::try_from(number(value)?).map_err(|_| "is too large".to_owned())
}

fn names(value: &Value) -> Result<Vec<String>, String> {
    let items = value.as_array().ok_or("must be a list of strings")?;
    items.iter().map(|item| text(item).map(str::to_owned)).collect()
}

fn durations(value: &Value, unit: fn(u64) -> Duration) -> Result<Vec<(String, Duration)>, String> {
    let members = value.as_object().ok_or("must be an object of numbers by operation")?;
    members.iter().map(|(name, value)| Ok((name.clone(), unit(number(value)?)))).collect()
}
