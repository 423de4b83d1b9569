//! `ssowrap profiles`: what the two files hold. Offline.

use serde::Serialize;

use crate::context::Context;
use crate::error::Result;
use crate::profile::files::Files;
use crate::profile::merged::Merged;
use crate::profile::source;
use crate::ui::table;

/// One profile as `profiles --json` lists it.
#[derive(Serialize)]
struct Row {
    profile: String,
    kind: &'static str,
    account: Option<String>,
    role: Option<String>,
    region: Option<String>,
    file: String,
    line: u32,
}

/// Lists every profile of both files in file order.
pub(super) fn run(ctx: &Context, json: bool) -> Result<()> {
    let files = Files::load(ctx)?;
    let rows: Vec<Row> = Merged::all_profiles(&files).iter().map(|p| row(&files, p)).collect();
    if ctx.printer.is_verbose() {
        for warning in files.warnings() {
            ctx.printer.warn(&format!("{}: {}", warning.location, warning.message));
        }
    }
    if json {
        return ctx.printer.json(&rows);
    }
    let mut table =
        vec![["PROFILE", "KIND", "ACCOUNT", "ROLE", "REGION"].map(str::to_owned).into()];
    table.extend(rows.into_iter().map(Row::cells));
    ctx.printer.data(table::render(&table).as_bytes())
}

impl Row {
    fn cells(self) -> Vec<String> {
        let or_dash = |value: Option<String>| value.unwrap_or_else(|| "-".into());
        let (account, role, region) =
            (or_dash(self.account), or_dash(self.role), or_dash(self.region));
        vec![self.profile, self.kind.into(), account, role, region]
    }
}

fn row(files: &Files, profile: &Merged) -> Row {
    let kind = source::kind_of(profile);
    let (account, role) = match kind {
        "sso" => sso_principal(files, profile),
        "assume_role" | "web_identity" => {
            profile.optional("role_arn").map_or((None, None), |arn| arn_principal(&arn))
        }
        _ => (profile.optional("aws_account_id"), None),
    };
    Row {
        profile: profile.name.clone(),
        kind,
        account,
        role,
        region: profile.optional("region"),
        file: profile.location.file.display().to_string(),
        line: profile.location.line,
    }
}

/// Account and role, which may stand in the session (SPEC 2.2).
fn sso_principal(files: &Files, profile: &Merged) -> (Option<String>, Option<String>) {
    let own = (profile.optional("sso_account_id"), profile.optional("sso_role_name"));
    if own.0.is_some() && own.1.is_some() {
        return own;
    }
    let session = profile.optional("sso_session").and_then(|name| Merged::session(files, &name));
    let of = |key: &str| session.as_ref().and_then(|session| session.optional(key));
    (own.0.or_else(|| of("sso_account_id")), own.1.or_else(|| of("sso_role_name")))
}

/// `arn:aws:iam::ACCOUNT:role/PATH/NAME`
fn arn_principal(arn: &str) -> (Option<String>, Option<String>) {
    let mut fields = arn.splitn(6, ':').skip(4);
    let account = fields.next().filter(|account| !account.is_empty());
    let role = fields.next().and_then(|resource| resource.strip_prefix("role/"));
    (account.map(str::to_owned), role.map(str::to_owned))
}
