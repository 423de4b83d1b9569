//! `ssowrap profiles`: what the two files hold. Offline.

use serde::Serialize;

use crate::context::Context;
use crate::error::Result;
use crate::profile::Resolver;
use crate::profile::files::Files;
use crate::profile::listing::ListedProfile;
use crate::ui::table;

/// One profile as `profiles --json` lists it.
#[derive(Serialize)]
struct ProfileRow {
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
    let profiles = Resolver::new(&files).profiles();
    let rows: Vec<ProfileRow> = profiles.into_iter().map(ProfileRow::from).collect();
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
    table.extend(rows.into_iter().map(ProfileRow::cells));
    ctx.printer.data(table::render(&table).as_bytes())
}

impl ProfileRow {
    fn cells(self) -> Vec<String> {
        let or_dash = |value: Option<String>| value.unwrap_or_else(|| "-".into());
        let (account, role, region) =
            (or_dash(self.account), or_dash(self.role), or_dash(self.region));
        vec![self.profile, self.kind.into(), account, role, region]
    }
}

impl From<ListedProfile> for ProfileRow {
    fn from(profile: ListedProfile) -> Self {
        Self {
            profile: profile.name,
            kind: profile.kind,
            account: profile.account,
            role: profile.role,
            region: profile.region,
            file: profile.location.file.display().to_string(),
            line: profile.location.line,
        }
    }
}
