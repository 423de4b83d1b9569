//! The questions that `configure` asks at a terminal. Each has an option, too.

use std::collections::BTreeSet;

use crate::cli::Global;
use crate::context::Context;
use crate::error::{Result, usage};
use crate::organisation::generate::{Choice, Rules};
use crate::organisation::name::{FieldValues, Template};
use crate::organisation::{Account, Listing};
use crate::profile::Resolver;
use crate::profile::present::PresentLogin;
use crate::ui::picker::{self, Picker, Row};
use crate::ui::prompt;

use super::options::{self, is_region, looks_like_region};

/// The answers so far, which become the defaults if the questions are asked again.
#[derive(Clone, Debug, Default)]
pub(super) struct Answers {
    start_url: String,
    sso_region: String,
    /// The marked roles: account id and role name.
    roles: BTreeSet<(String, String)>,
    name: String,
    region: String,
}

impl Answers {
    /// Asks for the portal, if neither the options nor the config name it.
    pub(super) fn portal(
        &mut self,
        ctx: &Context,
        global: &mut Global,
        resolver: &Resolver<'_>,
    ) -> Result<()> {
        let is_new =
            global.sso_session.as_ref().is_none_or(|name| resolver.session(name).is_none());
        let needs_url = global.start_url.is_none()
            && (global.sso_session.is_some() || resolver.logins().logins.is_empty());
        if !is_new || !(needs_url || global.start_url.is_some()) {
            return Ok(());
        }
        if needs_url {
            if self.start_url.is_empty() {
                self.start_url = portals(resolver).next().unwrap_or_default().0;
            }
            self.start_url =
                ask(ctx, "Start URL of your organisation's portal", &self.start_url, |text| {
                    let is_url =
                        text.starts_with("https://") && !text.contains(char::is_whitespace);
                    if is_url {
                        Ok(())
                    } else {
                        Err("write it like https://corp.awsapps.com/start")
                    }
                })?;
            global.start_url = Some(self.start_url.clone());
        }
        let is_known = global.start_url.as_deref().is_some_and(|url| {
            resolver
                .logins()
                .logins
                .iter()
                .any(|login| login.name.is_some() && login.start_url.as_deref() == Some(url))
        });
        if global.sso_region.is_none() && !is_known {
            if self.sso_region.is_empty() {
                self.sso_region = known_region(ctx, global, resolver);
            }
            self.sso_region =
                ask(ctx, "Region of the portal (sso_region)", &self.sso_region, is_region)?;
            global.sso_region = Some(self.sso_region.clone());
        }
        Ok(())
    }

    /// Lets the user choose among all roles in all accounts.
    pub(super) fn choices<'a>(
        &mut self,
        ctx: &Context,
        listing: &'a Listing,
    ) -> Result<Vec<Choice<'a>>> {
        let roles = |account: &'a Account| {
            account.roles.names().iter().map(move |role_name| Choice { account, role_name })
        };
        let all: Vec<Choice<'_>> = listing.accounts.iter().flat_map(roles).collect();
        if all.is_empty() {
            return Ok(all);
        }
        let role = |choice: &Choice<'_>| (choice.account.id.clone(), choice.role_name.to_owned());
        let row = |choice: &Choice<'_>| {
            let columns = [choice.account.title(), &choice.account.id, choice.role_name];
            let columns = columns.map(str::to_owned).to_vec();
            Row { columns, is_marked: self.roles.contains(&role(choice)), ..Row::default() }
        };
        let picker = Picker {
            prompt: "roles".to_owned(),
            rows: all.iter().map(row).collect(),
            is_multiple: true,
            ..Picker::default()
        };
        let taken = picker::pick(ctx, &picker)?;
        let taken: Vec<Choice<'_>> = taken.into_iter().map(|place| all[place]).collect();
        // A role that was only under the cursor does not count as marked.
        self.roles = taken.iter().filter(|_| taken.len() > 1).map(role).collect();
        Ok(taken)
    }

    /// Asks how to write the profiles, of which `example` is one.
    pub(super) fn rules(
        &mut self,
        ctx: &Context,
        global: &Global,
        rules: &mut Rules,
        example: Option<&FieldValues<'_>>,
    ) -> Result<()> {
        if rules.name.is_none() {
            let usual = "{account_name}.{role_name}";
            let default = if self.name.is_empty() { usual } else { &self.name };
            if let (Ok(template), Some(fields)) = (Template::parse(default), example) {
                let name = template.profile_name(fields);
                ctx.printer
                    .show(&format!("the fields in braces are filled in: `{name}`, for example"));
            }
            self.name = ask(ctx, "Profile names", default, |text| {
                Template::parse(text).map(drop).map_err(
                    |_| "the fields are {account_name}, {account_id}, {role_name} and {session}",
                )
            })?;
            // Only a changed template renames existing profiles.
            if self.name != usual {
                rules.name = Some(Template::parse(&self.name).map_err(usage)?);
            }
        }
        if !options::say_region(global, rules) {
            rules.region = self.region(ctx)?;
        }
        Ok(())
    }

    /// Proposes a region if none has been entered yet.
    pub(super) fn propose_region(&mut self, region: Option<String>) {
        if self.region.is_empty() {
            self.region = region.unwrap_or_default();
        }
    }

    /// Asks for the region of the profiles; the answer may be none.
    pub(super) fn region(&mut self, ctx: &Context) -> Result<Option<String>> {
        ctx.printer
            .show("the region in which programs work if you name no other, such as eu-central-1");
        let question = "Default region, - for none";
        let default = if self.region.is_empty() { "-" } else { &self.region };
        self.region = ask(ctx, question, default, |text| match text {
            options::NO_REGION => Ok(()),
            text => is_region(text),
        })?;
        Ok(Some(self.region.clone()).filter(|region| region != options::NO_REGION))
    }
}

/// Asks until the answer is valid; an empty one means `default`.
fn ask(
    ctx: &Context,
    question: &str,
    default: &str,
    check: impl Fn(&str) -> Result<(), &'static str>,
) -> Result<String> {
    let shown = if default.is_empty() { String::new() } else { format!(" [{default}]") };
    loop {
        let line = prompt::line(ctx, &format!("{question}{shown}: "))?;
        let answer = line.trim();
        let answer = if answer.is_empty() { default } else { answer };
        match check(answer) {
            Ok(()) => return Ok(answer.to_owned()),
            Err(why) => ctx.printer.show(why),
        }
    }
}

/// Start URLs and regions of legacy profiles and of profiles that granted wrote.
fn portals(resolver: &Resolver<'_>) -> impl Iterator<Item = (String, Option<String>)> {
    resolver.present_profiles().into_iter().filter_map(|profile| match profile.portal {
        PresentLogin::Legacy { start_url, sso_region }
        | PresentLogin::Granted { start_url, sso_region } => Some((start_url, sso_region)),
        PresentLogin::None | PresentLogin::Session(_) => None,
    })
}

/// The region in the start URL (`https://x.portal.eu-west-1.app.aws`), of a profile with that URL,
/// or of another login.
fn known_region(ctx: &Context, global: &Global, resolver: &Resolver<'_>) -> String {
    let url = global.start_url.as_deref().unwrap_or_default();
    let of_host = url.split(['.', '/']).find(|label| looks_like_region(label));
    let of_host = of_host.filter(|_| url.contains(".portal.") || url.ends_with(".app.aws"));
    let of_profile = || portals(resolver).find_map(|(of, region)| region.filter(|_| of == url));
    let of_logins = || resolver.logins().logins.into_iter().find_map(|login| login.sso_region);
    let of_caller = || ctx.var(crate::variables::AWS_REGION);
    of_host
        .map(str::to_owned)
        .or_else(of_profile)
        .or_else(of_logins)
        .or_else(of_caller)
        .unwrap_or_default()
}
