//! GetCallerIdentity and GetSessionToken.

use super::assume_role::{credentials, multi_factor};
use super::params::{self, only};
use crate::answer::{Answer, Shape, sts_result};
use crate::form::{Pairs, escape_text};
use crate::log::Entry;
use crate::world::{Kind, Principal, World};
use std::time::Duration;

pub(crate) fn caller(caller: &Principal, sent: &Pairs) -> Result<Answer, Answer> {
    only(sent, &[])?;
    Ok(sts_result(
        "GetCallerIdentity",
        &format!(
            "    <Arn>{}</Arn>\n    <UserId>{}</UserId>\n    <Account>{}</Account>\n",
            escape_text(&caller.arn),
            escape_text(&caller.user_id),
            escape_text(&caller.account)
        ),
    ))
}

pub(crate) fn session_token(
    world: &mut World,
    caller: &Principal,
    sent: &Pairs,
    entry: &mut Entry,
) -> Result<Answer, Answer> {
    only(sent, &["DurationSeconds", "SerialNumber", "TokenCode"])?;
    if caller.kind != Kind::User {
        let text = "Cannot call GetSessionToken with session credentials";
        return Err(Shape::Sts.error(403, "AccessDenied", text));
    }
    let asked = params::duration(sent, 129_600)?.unwrap_or(Duration::from_secs(43_200));
    multi_factor(world, sent)?;
    let session = Principal { kind: Kind::UserSession, ..caller.clone() };
    let issued = world.issue(session, "GetSessionToken", asked);
    entry.issued_access_key_id = Some(issued.access_key_id.clone());
    Ok(sts_result("GetSessionToken", &credentials(&issued)))
}
