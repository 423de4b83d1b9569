//! The access portal: GetRoleCredentials, ListAccounts, ListAccountRoles, Logout.

use crate::answer::{Answer, Shape};
use crate::log::Entry;
use crate::options::EndOfList;
use crate::request::Request;
use crate::world::{AccessToken, World};
use base64_simd::URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use std::collections::HashSet;
use std::time::Duration;

const BEARER: &str = "x-amz-sso_bearer_token";

/// The operation a path belongs to.
pub(crate) fn operation(path: &str) -> Option<&'static str> {
    Some(match path {
        "/federation/credentials" => "GetRoleCredentials",
        "/assignment/accounts" => "ListAccounts",
        "/assignment/roles" => "ListAccountRoles",
        "/logout" => "Logout",
        _ => return None,
    })
}

pub(crate) fn handle(
    world: &mut World,
    operation: &str,
    request: &Request,
    entry: &mut Entry,
) -> Result<Answer, Answer> {
    let bearer = request.header(BEARER).unwrap_or_default();
    if !world.quota.take(bearer) {
        let text = "HTTP 429 Too Many Requests";
        return Err(Shape::Portal.error(429, "TooManyRequestsException", text));
    }
    match operation {
        "GetRoleCredentials" => role_credentials(world, request, entry),
        "ListAccounts" => list_accounts(world, request),
        "ListAccountRoles" => list_roles(world, request),
        _ => logout(world, request),
    }
}

fn role_credentials(
    world: &mut World,
    request: &Request,
    entry: &mut Entry,
) -> Result<Answer, Answer> {
    get(request, &["role_name", "account_id"])?;
    let token = session(world, request)?;
    let role = wanted(request, "role_name")?.to_owned();
    let account = account_id(world, request)?;
    if !world.grants(&token).contains(&(account.clone(), role.clone())) {
        return Err(Shape::Portal.error(403, "ForbiddenException", "No access"));
    }
    let principal = world.sso_principal(&account, &role, token.session);
    entry.principal = Some(principal.arn.clone());
    let issued = world.issue(principal, "GetRoleCredentials", Duration::from_secs(3600));
    entry.issued_access_key_id = Some(issued.access_key_id.clone());
    Ok(Answer::json(
        200,
        &json!({"roleCredentials": {
            "accessKeyId": issued.access_key_id,
            "secretAccessKey": issued.secret,
            "sessionToken": issued.session_token,
            "expiration": issued.expires_ms,
        }}),
    ))
}

fn list_accounts(world: &mut World, request: &Request) -> Result<Answer, Answer> {
    get(request, &["next_token", "max_result"])?;
    let token = session(world, request)?;
    let granted: HashSet<String> =
        world.grants(&token).into_iter().map(|(account, _)| account).collect();
    let accounts = world.options.accounts.iter();
    let items = accounts
        .filter(|account| granted.contains(&account.id))
        .map(|account| {
            let mut item = json!({"accountId": account.id});
            for (member, value) in
                [("accountName", &account.name), ("emailAddress", &account.email)]
            {
                if let Some(value) = value {
                    item[member] = json!(value);
                }
            }
            item
        })
        .collect();
    page(world, request, "accountList", items)
}

fn list_roles(world: &mut World, request: &Request) -> Result<Answer, Answer> {
    get(request, &["account_id", "next_token", "max_result"])?;
    let token = session(world, request)?;
    let account = account_id(world, request)?;
    let items: Vec<Value> = world
        .grants(&token)
        .into_iter()
        .filter(|(granted, _)| *granted == account)
        .map(|(account, role)| json!({"roleName": role, "accountId": account}))
        .collect();
    if items.is_empty() || world.closed_accounts.contains(&account) {
        return Err(Shape::Portal.error(403, "ForbiddenException", "No access"));
    }
    page(world, request, "roleList", items)
}

fn logout(world: &mut World, request: &Request) -> Result<Answer, Answer> {
    if request.method != hyper::Method::POST {
        return Err(wrong_method());
    }
    if !request.body.is_empty() {
        return Err(invalid("Logout takes no body"));
    }
    let ended = session(world, request)?.session;
    world.tokens.retain(|_, token| token.session != ended);
    world.refresh.retain(|_, refresh| refresh.session != ended);
    Ok(Answer::empty(200))
}

/// Refuses everything except a plain GET with only these parameters.
fn get(request: &Request, known: &[&str]) -> Result<(), Answer> {
    if request.method != hyper::Method::GET || !request.body.is_empty() {
        return Err(wrong_method());
    }
    let query = request.query.as_ref().ok_or_else(|| invalid("The query is malformed"))?;
    for (at, (name, _)) in query.iter().enumerate() {
        if !known.contains(&name.as_str()) {
            return Err(invalid(&format!("Unknown query parameter {name}")));
        }
        if query[..at].iter().any(|(earlier, _)| earlier == name) {
            return Err(invalid(&format!("Query parameter {name} was sent twice")));
        }
    }
    Ok(())
}

/// The valid session of the bearer token.
fn session(world: &World, request: &Request) -> Result<AccessToken, Answer> {
    let unauthorized = || {
        let text = "Session token not found or invalid";
        Shape::Portal.error(401, "UnauthorizedException", text)
    };
    let bearer = request.header(BEARER).ok_or_else(unauthorized)?;
    let token = world.tokens.get(bearer).ok_or_else(unauthorized)?;
    if token.expires_ms <= world.now() {
        return Err(unauthorized());
    }
    Ok(token.clone())
}

fn wanted<'a>(request: &'a Request, name: &str) -> Result<&'a str, Answer> {
    match request.param(name) {
        Some(value) if !value.is_empty() => Ok(value),
        _ => Err(invalid(&format!("Query parameter {name} is missing or empty"))),
    }
}

fn account_id(world: &World, request: &Request) -> Result<String, Answer> {
    let id = wanted(request, "account_id")?;
    if id.len() != 12 || !id.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(invalid("account_id must be twelve digits"));
    }
    if world.gone_accounts.contains(id) {
        return Err(Shape::Portal.error(404, "ResourceNotFoundException", "Account not found"));
    }
    Ok(id.to_owned())
}

/// One page of a list. The token says which list it is and where to continue.
fn page(
    world: &World,
    request: &Request,
    name: &str,
    mut items: Vec<Value>,
) -> Result<Answer, Answer> {
    let size = match request.param("max_result") {
        None => world.options.page_size,
        Some(text) => match text.parse::<usize>() {
            Ok(size @ 1..=100) => size.min(world.options.page_size),
            _ => return Err(invalid("max_result must be a number from 1 to 100")),
        },
    }
    .max(1);
    let start = match request.param("next_token") {
        None => 0,
        Some(token) => offset(token, name).ok_or_else(|| invalid("Invalid next_token"))?,
    };
    let mut rest = items.split_off(start.min(items.len()));
    let next = (rest.len() > size).then(|| {
        rest.truncate(size);
        URL_SAFE_NO_PAD.encode_to_string(format!("{name}:{}", start + size))
    });
    let mut answer = json!({name: rest, "nextToken": next});
    match world.options.end_of_list {
        _ if next.is_some() => {}
        EndOfList::Null => {}
        EndOfList::Absent => drop(answer.as_object_mut().map(|page| page.remove("nextToken"))),
        EndOfList::Empty => answer["nextToken"] = json!(""),
    }
    Ok(Answer::json(200, &answer))
}

fn offset(token: &str, name: &str) -> Option<usize> {
    let bytes = URL_SAFE_NO_PAD.decode_to_vec(token).ok()?;
    let text = String::from_utf8(bytes).ok()?;
    text.strip_prefix(name)?.strip_prefix(':')?.parse().ok()
}

fn invalid(message: &str) -> Answer {
    Shape::Portal.error(400, "InvalidRequestException", message)
}

fn wrong_method() -> Answer {
    Shape::Portal.error(405, "MethodNotAllowedException", "Method Not Allowed")
}
