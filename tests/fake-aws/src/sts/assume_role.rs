//! AssumeRole: first the model's limits, then the trust policy, then credentials.

use super::params::{self, only, required, validation};
use crate::answer::{Answer, Shape, sts_result};
use crate::clock;
use crate::form::{self, Pairs, escape_text};
use crate::log::Entry;
use crate::world::{Issued, Kind, Principal, World, stable_id};
use std::time::Duration;

const KNOWN: [&str; 12] = [
    "RoleArn",
    "RoleSessionName",
    "DurationSeconds",
    "ExternalId",
    "SerialNumber",
    "TokenCode",
    "Policy",
    "PolicyArns.",
    "Tags.",
    "TransitiveTagKeys.",
    "SourceIdentity",
    "ProvidedContexts.",
];

/// The longest session of a caller that is itself a session.
const CHAINED: Duration = Duration::from_secs(3600);

pub(crate) fn handle(
    world: &mut World,
    caller: &Principal,
    sent: &Pairs,
    entry: &mut Entry,
) -> Result<Answer, Answer> {
    only(sent, &KNOWN)?;
    let role_arn = required(sent, "RoleArn")?;
    let session = required(sent, "RoleSessionName")?;
    limits(sent, session)?;
    let is_chained = caller.kind == Kind::Role;
    let role = Principal { is_chained, ..assumed(role_arn, session)? };
    let asked = params::duration(sent, 43_200)?;
    if caller.kind != Kind::User && asked.is_some_and(|asked| asked > CHAINED) {
        return Err(validation(
            "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by \
             role chaining.",
        ));
    }
    multi_factor(world, sent)?;
    let longest = allowed(world, caller, role_arn, sent)?;
    if asked.is_some_and(|asked| asked > longest) {
        return Err(validation(
            "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.",
        ));
    }
    let lifetime = asked.unwrap_or(CHAINED);
    let role = Principal { person: caller.person.clone(), ..role };
    let issued = world.issue(role.clone(), "AssumeRole", lifetime);
    entry.issued_access_key_id = Some(issued.access_key_id.clone());
    Ok(sts_result("AssumeRole", &(assumed_user(&role) + &packed(sent)? + &credentials(&issued))))
}

/// The limits of every optional parameter.
fn limits(sent: &Pairs, session: &str) -> Result<(), Answer> {
    params::text("RoleSessionName", session, 2..=64, "+=,.@-")?;
    let checks = [
        ("ExternalId", 2..=1224, "+=,.@:/-"),
        ("SerialNumber", 9..=256, "+=/:,.@-"),
        ("TokenCode", 6..=6, ""),
        ("SourceIdentity", 2..=64, "+=,.@-"),
    ];
    for (name, lengths, also) in checks {
        if let Some(value) = form::get(sent, name) {
            params::text(name, value, lengths, also)?;
        }
    }
    params::tags(sent)?;
    params::policy(sent)?;
    params::policy_arns(sent)
}

/// The session of an assumed role.
pub(crate) fn assumed(role_arn: &str, session: &str) -> Result<Principal, Answer> {
    let (partition, account, name) = params::role_arn(role_arn)?;
    Ok(Principal {
        arn: format!("arn:{partition}:sts::{account}:assumed-role/{name}/{session}"),
        account: account.to_owned(),
        user_id: format!("{}:{session}", stable_id("AROA", role_arn)),
        role_arn: Some(role_arn.to_owned()),
        kind: Kind::Role,
        is_chained: false,
        person: None,
    })
}

/// A device and a code must be given together, and must belong to a device that some role requires.
pub(crate) fn multi_factor(world: &World, sent: &Pairs) -> Result<(), Answer> {
    let denied = |text: &str| Err(Shape::Sts.error(403, "AccessDenied", text));
    let (serial, code) = match (form::get(sent, "SerialNumber"), form::get(sent, "TokenCode")) {
        (None, None) => return Ok(()),
        (Some(serial), Some(code)) => (serial, code),
        _ => {
            return denied(
                "MultiFactorAuthentication failed, must provide both MFA serial number and one \
                 time pass code.",
            );
        }
    };
    let mut devices = world.roles.values().filter_map(|trust| trust.mfa.as_ref());
    match devices.find(|(known, _)| known == serial) {
        Some((_, good)) if good == code => Ok(()),
        Some(_) => denied("MultiFactorAuthentication failed with invalid MFA one time pass code."),
        None => denied(
            "MultiFactorAuthentication failed, unable to validate MFA code.  Please verify your \
             MFA serial number is valid and associated with this user.",
        ),
    }
}

/// Checks whether the role's trust policy lets the caller in. Returns the longest session.
fn allowed(
    world: &World,
    caller: &Principal,
    role_arn: &str,
    sent: &Pairs,
) -> Result<Duration, Answer> {
    let Some(trust) = world.roles.get(role_arn) else {
        return Ok(Duration::from_secs(43_200));
    };
    let known = trust.principals.as_ref().is_none_or(|list| {
        let root = format!(":iam::{}:root", caller.account);
        list.iter().any(|entry| {
            entry == "*"
                || *entry == caller.arn
                || Some(entry) == caller.role_arn.as_ref()
                || *entry == caller.account
                || entry.ends_with(&root)
        })
    });
    let external_id = trust.external_id.as_deref();
    let external = external_id.is_none() || external_id == form::get(sent, "ExternalId");
    let mfa = trust.mfa.as_ref().map(|(serial, _)| serial.as_str());
    let mfa = mfa.is_none() || mfa == form::get(sent, "SerialNumber");
    if trust.denied || !known || !external || !mfa {
        let text = format!(
            "User: {} is not authorized to perform: sts:AssumeRole on resource: {role_arn}",
            caller.arn
        );
        return Err(Shape::Sts.error(403, "AccessDenied", &text));
    }
    Ok(trust.max_duration)
}

/// The packed size of policies and tags is returned if there are any, and refused if it is too
/// large.
fn packed(sent: &Pairs) -> Result<String, Answer> {
    let lists = ["Policy", "PolicyArns.", "Tags."];
    let size: usize = sent
        .iter()
        .filter(|(name, _)| lists.iter().any(|list| name.starts_with(list)))
        .map(|(_, value)| value.len())
        .sum();
    if size == 0 {
        return Ok(String::new());
    }
    let percent = (size * 100 / 2048).max(1);
    if percent > 100 {
        let text = format!("Packed size of session tags consumes {percent}% of allotted space.");
        return Err(Shape::Sts.error(400, "PackedPolicyTooLarge", &text));
    }
    Ok(format!("    <PackedPolicySize>{percent}</PackedPolicySize>\n"))
}

pub(crate) fn assumed_user(role: &Principal) -> String {
    format!(
        "    <AssumedRoleUser>\n      <AssumedRoleId>{}</AssumedRoleId>\n      <Arn>{}</Arn>\n    \
         </AssumedRoleUser>\n",
        escape_text(&role.user_id),
        escape_text(&role.arn)
    )
}

pub(crate) fn credentials(issued: &Issued) -> String {
    format!(
        "    <Credentials>\n      <AccessKeyId>{}</AccessKeyId>\n      \
         <SecretAccessKey>{}</SecretAccessKey>\n      <SessionToken>{}</SessionToken>\n      \
         <Expiration>{}</Expiration>\n    </Credentials>\n",
        issued.access_key_id,
        escape_text(&issued.secret),
        escape_text(&issued.session_token),
        clock::iso(issued.expires_ms)
    )
}
