//! `ssowrap whoami`: asks AWS whose credentials these are.

use serde::Serialize;

use crate::aws::{Aws, Service};
use crate::cache::link::LinkHop;
use crate::cli::{Global, WhoamiFormat};
use crate::context::Context;
use crate::error::{Kind, Result};
use crate::exchange::Login;
use crate::organisation;
use crate::output::region::Region;
use crate::profile::files::Files;
use crate::profile::plan::{Plan, Source};
use crate::settings::{GivenProfile, Obtained, Settings, Wanted};
use crate::text::arn::Arn;
use crate::text::timestamp;
use crate::ui::table::{self, Cell};

/// The region to ask if none is known: every region of the partition will do.
const ANY_REGION: &str = "us-east-1";

/// Whose credentials these are. What isn't known is null.
#[derive(Debug, Default, PartialEq, Eq, Serialize)]
struct Identity {
    profile: Option<String>,
    account_id: Option<String>,
    account_name: Option<String>,
    /// As AWS returns it.
    arn: Option<String>,
    /// The name of the session, which with Identity Center is the person's user name.
    user: Option<String>,
    /// The role without its path, as EKS's `aws-auth` needs it.
    role_arn: Option<String>,
    /// The role with its path, as EKS's access entries need it.
    role_arn_with_path: Option<String>,
    expires_at: Option<String>,
    /// The session policies.
    narrowed_by: Option<String>,
}

/// Prints the identity.
///
/// # Errors
/// If there are no credentials. If AWS can't be reached, it prints what is known without it first.
pub(super) fn run(ctx: &Context, global: Global, format: WhoamiFormat) -> Result<()> {
    let settings = Settings::new(ctx, global, GivenProfile::Counts)?;
    let wanted = Wanted::new(ctx, &Files::load(ctx)?, &settings, Login::Attended)?;
    let obtained = wanted.get(ctx)?;
    let mut identity = known(ctx, &wanted, &obtained);
    let asked = ask(ctx, &wanted, &obtained);
    if let Ok(arn) = &asked {
        identity.take_arn(arn, &wanted.plan);
    }
    let printed = match &asked {
        Err(error) if error.kind != Kind::Network => None,
        _ => identity.text(ctx, format)?,
    };
    if let Some(text) = printed {
        ctx.printer.data(text.as_bytes())?;
    }
    asked.map(|_| ())
}

/// What is known without AWS.
fn known(ctx: &Context, wanted: &Wanted, obtained: &Obtained) -> Identity {
    let account_id = obtained.credentials.account_id.clone();
    let account_name =
        account_id.as_ref().and_then(|id| organisation::account_name(ctx, &wanted.plan.source, id));
    Identity {
        profile: obtained.profile.clone(),
        account_id,
        account_name,
        expires_at: obtained.credentials.expiration.map(timestamp::format),
        narrowed_by: wanted.plan.hops.last().and_then(|hop| LinkHop::from(hop).narrowed_by()),
        ..Identity::default()
    }
}

fn ask(ctx: &Context, wanted: &Wanted, obtained: &Obtained) -> Result<String> {
    let of_login = match &wanted.plan.source {
        Source::Sso(sso) => sso.sso_region.as_deref(),
        _ => None,
    };
    let region = wanted.region.as_ref().map(Region::name).or(of_login).unwrap_or(ANY_REGION);
    let aws = Aws::new(ctx, wanted.plan.reach_with());
    let endpoint = aws.endpoint(Service::Sts, region)?;
    let arn = aws.caller_identity(&endpoint, &obtained.credentials);
    arn.map_err(|error| error.into_error("these credentials"))
}

impl Identity {
    /// Adds what the caller's ARN says: `arn:aws:sts::ACCOUNT:assumed-role/ROLE/SESSION`, or a
    /// user's ARN.
    fn take_arn(&mut self, arn: &str, plan: &Plan) {
        self.arn = Some(arn.to_owned());
        let Some(arn) = Arn::parse(arn) else { return };
        if self.account_id.as_deref() != arn.account_id() {
            self.account_id = arn.account_id().map(str::to_owned);
            self.account_name = None;
        }
        if let Some((role, session)) =
            arn.resource.strip_prefix("assumed-role/").and_then(|rest| rest.split_once('/'))
        {
            self.user = Some(session.to_owned());
            let role_arn = |path: &str| {
                let resource = &format!("role/{path}{role}");
                Arn { service: "iam", region: "", resource, ..arn }.to_string()
            };
            self.role_arn = Some(role_arn(""));
            self.role_arn_with_path = path_of(plan, role).as_deref().map(role_arn);
        } else {
            self.user = arn.name().map(str::to_owned);
        }
    }

    /// The identity in a format; none if there is nothing to show in it.
    fn text(&self, ctx: &Context, format: WhoamiFormat) -> Result<Option<String>> {
        let line = |value: &Option<String>| value.as_ref().map(|value| format!("{value}\n"));
        Ok(match format {
            WhoamiFormat::Text => Some(table::facts(&ctx.printer, self.rows(ctx))),
            WhoamiFormat::Json => {
                ctx.printer.json(self)?;
                None
            }
            WhoamiFormat::Arn => line(&self.arn),
            WhoamiFormat::RoleArn => line(&self.role_arn),
            WhoamiFormat::Account => line(&self.account_id),
        })
    }

    fn rows(&self, ctx: &Context) -> Vec<(&'static str, Cell<'_>)> {
        let Self {
            profile,
            account_id,
            account_name,
            arn,
            user,
            role_arn,
            role_arn_with_path,
            expires_at,
            narrowed_by,
        } = self;
        let account = account_id.as_ref().map(|id| match account_name {
            Some(name) => format!("{id} ({name})"),
            None => id.clone(),
        });
        let end = expires_at.as_deref().and_then(timestamp::parse);
        let rows = [
            ("profile", profile.clone()),
            ("account", account),
            ("user", user.clone()),
            ("arn", arn.clone()),
            ("role", role_arn.clone()),
            ("role with path", role_arn_with_path.clone()),
            ("restricted by", narrowed_by.clone()),
            ("until", end.map(|end| ctx.clock().until(end))),
        ];
        let row = |(name, value): (_, Option<String>)| Some((name, value?.into()));
        rows.into_iter().filter_map(row).collect()
    }
}

/// The role's path: Identity Center chooses its own (SPEC 7), and a hop names it.
fn path_of(plan: &Plan, role: &str) -> Option<String> {
    if let Some(hop) = plan.hops.last() {
        return Arn::parse(&hop.role_arn)?.role()?.strip_suffix(role).map(str::to_owned);
    }
    let Source::Sso(sso) = &plan.source else { return None };
    Some(match sso.sso_region.as_deref()? {
        "us-east-1" => "aws-reserved/sso.amazonaws.com/".to_owned(),
        region => format!("aws-reserved/sso.amazonaws.com/{region}/"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::profile::plan::SsoSource;

    #[test]
    fn arns_of_users_have_no_role() {
        let mut identity = Identity::default();
        let plan = Plan::of_sso(SsoSource::default());
        identity.take_arn("arn:aws-cn:iam::123456789012:user/team/alice", &plan);
        assert_eq!(identity.user.as_deref(), Some("alice"));
        assert_eq!(identity.account_id.as_deref(), Some("123456789012"));
        assert_eq!((identity.role_arn, identity.role_arn_with_path), (None, None));
    }
}
