//! The questions that `configure` asks at a terminal. Each has an option, too.

use std::collections::{BTreeSet, HashSet};
use std::fmt::Display;

use crate::cli::Global;
use crate::context::Context;
use crate::error::{Result, usage};
use crate::organisation::generate::Choice;
use crate::organisation::name::Template;
use crate::organisation::{Account, Listing};
use crate::profile::Resolver;
use crate::profile::present::PresentLogin;
use crate::profile::regions;
use crate::ui::picker::{self, Picker, Row};
use crate::ui::prompt;

use super::options::{self, is_region, looks_like_region};

/// How many of the chosen roles are listed one by one.
const MOST_TOLD: usize = 5;

/// A question, in the order in which they are asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Step {
    StartUrl,
    PortalRegion,
    Roles,
    Names,
    Region,
}

/// The answers so far, which become the defaults if the questions are asked again.
#[derive(Clone, Debug, Default)]
pub(super) struct Answers {
    start_url: String,
    sso_region: String,
    /// The chosen roles: account id and role name.
    roles: BTreeSet<(String, String)>,
    name: String,
    region: String,
    /// The questions of this round so far.
    passed: Vec<Step>,
    /// The first question to ask again; those before it keep their answers.
    first: Option<Step>,
}

impl Answers {
    /// Begins a round of questions.
    pub(super) fn begin(&mut self) {
        self.passed.clear();
    }

    /// Asks all questions again.
    pub(super) fn start_over(&mut self) {
        self.first = None;
    }

    /// Goes back to the last question.
    pub(super) fn go_back(&mut self) {
        self.first = self.passed.last().copied();
    }

    /// Goes back to the question for the names, because those entered won't do.
    pub(super) fn reject_names(&mut self) {
        self.name.clear();
        self.first = Some(Step::Names);
    }

    /// Whether to ask a question, rather than to use the answer to it.
    fn is_open(&mut self, step: Step) -> bool {
        self.passed.push(step);
        self.first.is_none_or(|first| step >= first)
    }

    /// Asks a question; none if the user wants to go back to the previous one. That is offered only
    /// after the user has gone back to these questions.
    fn ask_or_back<E: Display>(
        &mut self,
        ctx: &Context,
        question: &str,
        default: &str,
        check: impl Fn(&str) -> Result<(), E>,
    ) -> Result<Option<String>> {
        if self.first.is_none() || self.passed.len() < 2 {
            return ask(ctx, question, default, check).map(Some);
        }
        let is_back = |text: &str| matches!(text, "b" | "back");
        let check = |text: &str| if is_back(text) { Ok(()) } else { check(text) };
        let answer = ask(ctx, &format!("{question}, [b]ack"), default, check)?;
        if !is_back(&answer) {
            return Ok(Some(answer));
        }
        self.passed.pop();
        self.go_back();
        Ok(None)
    }

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
            if self.is_open(Step::StartUrl) {
                let question = "Start URL of your organisation's portal";
                let url = ask(ctx, question, &self.start_url, is_start_url)?;
                self.start_url = completed(&url);
                if self.start_url != url {
                    ctx.printer.show(&format!("the start URL is {}", self.start_url));
                }
            }
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
            if self.is_open(Step::PortalRegion) {
                self.sso_region = sso_region(ctx, &self.sso_region)?;
            }
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
        if !self.is_open(Step::Roles) {
            return Ok(all
                .into_iter()
                .filter(|choice| self.roles.contains(&role(choice)))
                .collect());
        }
        // A single role may only have been under the cursor. There it is again, but not marked.
        let is_single = self.roles.len() == 1;
        let row = |choice: &Choice<'_>| {
            let columns = [choice.account.title(), &choice.account.id, choice.role_name];
            let columns = columns.map(str::to_owned).to_vec();
            let is_taken = self.roles.contains(&role(choice));
            Row { columns, is_current: is_taken && is_single, is_marked: is_taken && !is_single }
        };
        let picker = Picker {
            prompt: "roles".to_owned(),
            rows: all.iter().map(row).collect(),
            is_multiple: true,
            ..Picker::default()
        };
        let taken = picker::pick(ctx, &picker)?;
        let taken: Vec<Choice<'_>> = taken.into_iter().map(|place| all[place]).collect();
        self.roles = taken.iter().map(role).collect();
        ctx.printer.show(&told(&taken));
        Ok(taken)
    }

    /// Asks how to name the profiles of `choices`. The answer may be none, for the usual names; None
    /// if the user wants to go back.
    pub(super) fn names(
        &mut self,
        ctx: &Context,
        choices: &[Choice<'_>],
        session: &str,
    ) -> Result<Option<Option<Template>>> {
        if self.is_open(Step::Names) {
            let Some(name) = self.template(ctx, choices, session)? else { return Ok(None) };
            self.name = name;
        }
        // Only a changed template renames existing profiles.
        let changed = (self.name != Template::USUAL).then(|| Template::parse(&self.name));
        Ok(Some(changed.transpose().map_err(usage)?))
    }

    /// Asks for the template of the names.
    fn template(
        &mut self,
        ctx: &Context,
        choices: &[Choice<'_>],
        session: &str,
    ) -> Result<Option<String>> {
        if let Some(example) = choices.first() {
            let name = Template::usual().profile_name(&example.fields(session));
            ctx.printer.show(&format!(
                "ssowrap replaces the fields in braces: `{}` becomes `{name}`",
                Template::USUAL
            ));
        }
        if choices.len() == 1 {
            ctx.printer.show("for a single role, you can type a plain name such as `prod`");
        }
        // An earlier answer may not suit the roles that are chosen now.
        let earlier =
            Some(&*self.name).filter(|name| distinguishes(name, choices, session).is_ok());
        let default = earlier.filter(|name| !name.is_empty()).unwrap_or(Template::USUAL).to_owned();
        self.ask_or_back(ctx, "Profile names", &default, |text| {
            distinguishes(text, choices, session)
        })
    }

    /// Proposes a region if none has been entered yet.
    pub(super) fn propose_region(&mut self, region: Option<String>) {
        if self.region.is_empty() {
            self.region = region.unwrap_or_default();
        }
    }

    /// Asks for the region of the profiles; the answer may be none. None if the user wants to go
    /// back.
    pub(super) fn region(&mut self, ctx: &Context) -> Result<Option<Option<String>>> {
        if self.is_open(Step::Region) {
            let (how, default) = match self.region.as_str() {
                "" | options::NO_REGION => {
                    ctx.printer.show("without a region, programs rely on AWS_REGION");
                    (", for example us-east-1 (Enter for none)", "")
                }
                region => (" (- for none)", region),
            };
            let question = format!("Default AWS region for these profiles{how}");
            let default = default.to_owned();
            let answer = self.ask_or_back(ctx, &question, &default, |text| match text {
                "" | options::NO_REGION => Ok(()),
                text => is_region(text),
            })?;
            let Some(region) = answer else { return Ok(None) };
            // Not empty, because an answer has been given.
            self.region = if region.is_empty() { options::NO_REGION.to_owned() } else { region };
        }
        Ok(Some(Some(self.region.clone()).filter(|region| region != options::NO_REGION)))
    }
}

/// Whether it is the host of a portal, which has only one start URL.
fn is_portal(host: &str) -> bool {
    let label = host.strip_suffix(".awsapps.com").unwrap_or_default();
    !label.is_empty() && label.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
}

/// The start URL for an answer that may lack `https://`, and `/start` after the host of a portal.
fn completed(url: &str) -> String {
    let rest = url.strip_prefix("https://").unwrap_or(url);
    let host = rest.strip_suffix('/').unwrap_or(rest);
    if is_portal(host) { format!("https://{host}/start") } else { format!("https://{rest}") }
}

/// Accepts one without `https://`, too.
fn is_start_url(text: &str) -> Result<(), &'static str> {
    let is_host = |host: &str| host.contains('.') && !host.contains(':');
    let is_short = text.split_once('/').is_some_and(|(host, _)| is_host(host));
    if (is_short || is_portal(text) || text.starts_with("https://"))
        && !text.contains(char::is_whitespace)
    {
        Ok(())
    } else {
        Err("write it like https://corp.awsapps.com/start")
    }
}

/// Asks for the region of the portal, and again if the answer looks like a typing error. A region
/// that is typed twice is taken, because AWS may have new ones.
fn sso_region(ctx: &Context, default: &str) -> Result<String> {
    let question = "Region of the portal (sso_region)";
    if default.is_empty() {
        let place = "beside each role, under `Access keys`, as `SSO Region`";
        ctx.printer.show(&format!("your portal shows its region {place}"));
    }
    let answer = ask(ctx, question, default, is_region)?;
    let Some(meant) = regions::meant(&answer) else { return Ok(answer) };
    ctx.printer.show(&format!("did you mean {meant}? Press Enter to accept it"));
    ask(ctx, question, meant, is_region)
}

/// Says which roles were chosen, because the list has gone from the screen.
fn told(taken: &[Choice<'_>]) -> String {
    let each = taken.iter().take(MOST_TOLD);
    let each: Vec<String> =
        each.map(|role| format!("{} in {}", role.role_name, role.account.title())).collect();
    let more = match taken.len().saturating_sub(MOST_TOLD) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    let roles = if taken.len() == 1 { "role" } else { "roles" };
    format!("{} {roles}: {}{more}", taken.len(), each.join(", "))
}

/// Checks whether a template distinguishes the roles. If only their accounts differ, the account's
/// id is appended.
fn distinguishes(text: &str, choices: &[Choice<'_>], session: &str) -> Result<(), String> {
    let template = Template::parse(text).map_err(|_| {
        "the fields are {account_name}, {account_id}, {role_name} and {session}".to_owned()
    })?;
    let count = choices.len();
    if count > 1 && !text.contains('{') {
        return Err(format!(
            "`{text}` names only one profile, but you marked {count} roles: put `{{role_name}}` or \
             `{{account_name}}` into the name"
        ));
    }
    let mut names = HashSet::new();
    let twice = choices.iter().find(|choice| {
        !names.insert((&choice.account.id, template.profile_name(&choice.fields(session))))
    });
    match twice {
        Some(choice) => Err(format!(
            "`{text}` gives several roles in {} the same name: put `{{role_name}}` into the name",
            choice.account.title()
        )),
        None => Ok(()),
    }
}

/// Asks until the answer is valid; an empty one means `default`.
fn ask<E: Display>(
    ctx: &Context,
    question: &str,
    default: &str,
    check: impl Fn(&str) -> Result<(), E>,
) -> Result<String> {
    let shown = if default.is_empty() { String::new() } else { format!(" [{default}]") };
    loop {
        let line = prompt::line(ctx, &format!("{question}{shown}: "))?;
        let answer = line.trim();
        let answer = if answer.is_empty() { default } else { answer };
        match check(answer) {
            Ok(()) => return Ok(answer.to_owned()),
            Err(why) => ctx.printer.show(&why.to_string()),
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
