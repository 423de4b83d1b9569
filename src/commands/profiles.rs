//! `ssowrap profiles`: lists the profiles in both files. Offline.

use std::borrow::Cow;

use serde::Serialize;

use crate::cli::ProfilesArgs;
use crate::context::Context;
use crate::error::{Error, Kind, Result};
use crate::organisation::pattern::Pattern;
use crate::profile::files::Files;
use crate::profile::listing::ListedProfile;
use crate::profile::{Resolver, suggest};
use crate::settings;
use crate::ui::table::{self, Cell, Tone};

/// One profile as `profiles --json` lists it.
#[derive(Serialize)]
struct ProfileRow<'a> {
    profile: Cow<'a, str>,
    kind: &'static str,
    account: Option<Cow<'a, str>>,
    role: Option<Cow<'a, str>>,
    region: Option<Cow<'a, str>>,
    file: Cow<'a, str>,
    line: u32,
}

/// Lists the profiles of both files in the order of the files.
pub(super) fn run(ctx: &Context, args: &ProfilesArgs) -> Result<()> {
    let files = Files::load(ctx)?;
    let profiles = Resolver::new(&files).profiles();
    if ctx.printer.is_verbose() {
        for warning in files.warnings() {
            ctx.printer.warn(&format!("{}: {}", warning.location, warning.message));
        }
    }
    let all: Vec<ProfileRow<'_>> = profiles.into_iter().map(ProfileRow::from).collect();
    let rows: Vec<&ProfileRow<'_>> = match &args.pattern {
        None => all.iter().collect(),
        Some(pattern) => matching(&all, pattern)?,
    };
    if args.json {
        return ctx.printer.json(&rows);
    }
    if rows.is_empty() {
        ctx.printer.say("no profiles yet: `ssowrap configure` writes them");
        return Ok(());
    }
    let current = settings::current_profile(ctx);
    let rows = rows.iter().map(|row| row.cells(current.as_deref())).collect();
    let heading = ["PROFILE", "KIND", "ACCOUNT", "ROLE", "REGION"];
    ctx.printer.data(table::columns(&ctx.printer, &heading, rows).as_bytes())
}

/// The rows whose name, account or role matches the pattern.
fn matching<'r, 'a>(rows: &'r [ProfileRow<'a>], text: &str) -> Result<Vec<&'r ProfileRow<'a>>> {
    let pattern = Pattern::search(text);
    let is_meant = |row: &&ProfileRow<'_>| {
        [Some(&row.profile), row.account.as_ref(), row.role.as_ref()]
            .into_iter()
            .flatten()
            .any(|text| pattern.matches(text))
    };
    let found: Vec<&ProfileRow<'_>> = rows.iter().filter(is_meant).collect();
    if !found.is_empty() {
        return Ok(found);
    }
    let names = rows.iter().map(|row| &*row.profile).collect();
    let error = Error::new(Kind::ProfileNotFound, format!("no profile matches `{text}`"));
    Err(suggest::names(error, text, names).hint("`ssowrap profiles` lists them all"))
}

impl<'a> ProfileRow<'a> {
    fn cells(&'a self, current: Option<&str>) -> Vec<Cell<'a>> {
        let or_dash = |value: &'a Option<Cow<'_, str>>| value.as_deref().unwrap_or("-").into();
        let mut cells = vec![
            Cell::from(&*self.profile),
            self.kind.into(),
            or_dash(&self.account),
            or_dash(&self.role),
            or_dash(&self.region),
        ];
        if current == Some(&*self.profile) {
            cells.push(Cell::new("(current)", Tone::Good));
        }
        cells
    }
}

impl<'a> From<ListedProfile<'a>> for ProfileRow<'a> {
    fn from(profile: ListedProfile<'a>) -> Self {
        Self {
            profile: profile.name,
            kind: profile.kind,
            account: profile.account,
            role: profile.role,
            region: profile.region,
            file: profile.file.to_string_lossy(),
            line: profile.line,
        }
    }
}
