//! `ssowrap configure`: profiles for the accounts and roles of a login.

mod ask;
mod missing;
mod options;
mod selection;
mod session;
mod summary;
mod undo;
mod write;

use std::collections::HashSet;
use std::path::PathBuf;

use chrono::TimeDelta;

use crate::aws::Aws;
use crate::cli::{ConfigureArgs, Global};
use crate::context::Context;
use crate::error::{Error, Kind, Result};
use crate::login;
use crate::organisation::generate::{self, Outcome, Rules};
use crate::organisation::{self, ListWanted, Listing};
use crate::output::format::Format;
use crate::profile::Resolver;
use crate::profile::edit::changes;
use crate::profile::files::{self, ConfigFile, Files};
use crate::profile::parse::FileKind;
use crate::profile::plan::SsoSource;
use crate::settings;
use crate::storage::rewrite::Original;
use crate::text::escape::shell_option;
use crate::token::{self, State, login_hint, owner};
use crate::ui::prompt::{self, Question};
use ask::Answers;
use selection::Chosen;
use session::SessionTarget;
use write::{Change, Written};

/// Said if the user chose only such roles.
const ALL_PRESENT: &str = "these roles have profiles already; to change those that `configure` wrote, \
                           use `--name` or `--region`";

/// How old a stored listing may be: enough for `accounts`, a look at it, and `configure`.
const MAX_AGE: TimeDelta = TimeDelta::minutes(10);

/// Writes the profiles, or undoes that with `--undo`.
pub(super) fn run(ctx: &Context, global: &Global, args: &ConfigureArgs) -> Result<()> {
    let [(_, config), (_, credentials)] = files::paths(ctx)?;
    if args.undo {
        options::only_undo(global, args)?;
        return undo::run(ctx, &config, credentials, args);
    }
    settings::check_start_url(global)?;
    let selection = Chosen::new(global, args)?;
    let is_asked = prompt::is_attended(ctx) && !ctx.environment().is_ci();
    let rules = options::rules(ctx, global, args)?;
    let mut job =
        Job { ctx, args, selection, is_asked, config, credentials, answers: Answers::default() };
    // Writes only what was shown: if the file changes meanwhile, it is read again.
    loop {
        match job.once(&mut global.clone(), &mut rules.clone())? {
            Written::Nothing => {
                undo::sweep(ctx);
                ctx.printer.say("nothing to change");
            }
            Written::Changed => {
                let path = job.config.display();
                ctx.printer.say(&format!("{path} has changed in the meantime: starting over"));
                job.answers.start_over();
                continue;
            }
            Written::Back => continue,
            Written::Shown | Written::Declined | Written::All => {}
        }
        return Ok(());
    }
}

struct Job<'a> {
    ctx: &'a Context,
    args: &'a ConfigureArgs,
    selection: Chosen,
    /// Whether there is somebody to ask.
    is_asked: bool,
    config: PathBuf,
    credentials: PathBuf,
    answers: Answers,
}

impl Job<'_> {
    fn once(&mut self, global: &mut Global, rules: &mut Rules) -> Result<Written> {
        self.answers.begin();
        let (original, files) = self.read()?;
        let resolver = Resolver::new(&files);
        if self.is_asked {
            self.answers.portal(self.ctx, global, &resolver)?;
        }
        let is_chosen_here = self.selection.is_empty(self.args);
        let is_region_open = !options::say_region(global, rules);
        let present = resolver.present_profiles();
        let target = session::target(self.ctx, global, &resolver);
        let known_region = match &target {
            Ok(target) => generate::shared_region(&target.session, &present),
            Err(_) => None,
        };
        // For roles that options name, the region may turn out to be unnecessary.
        let needs_region = is_region_open
            && known_region.is_none()
            && (is_chosen_here || self.selection.is_given() && target.is_err());
        let needed = [(is_chosen_here, missing::ROLES), (needs_region, missing::REGION)];
        let target = match self.is_asked {
            true => target?,
            false => missing::refuse(target, &needed)?,
        };
        let listing = match self.selection.needs_listing(self.args) || is_chosen_here {
            true => Some(self.listing(global, &target)?),
            false => None,
        };
        let choices = match &listing {
            Some(listing) if is_chosen_here => self.answers.choices(self.ctx, listing)?,
            Some(listing) => {
                self.selection.choices(self.ctx, listing, &target.source, self.args)?
            }
            None => Vec::new(),
        };
        let pruned = listing.as_ref().filter(|_| self.args.prune);
        let changes =
            |rules: &Rules| generate::changes(&target.session, &present, &choices, rules, pruned);
        // What is asked depends on what is missing.
        let draft = changes(rules)?;
        let is_named_here = is_chosen_here && rules.name.is_none() && draft.names_any;
        if is_named_here {
            match self.answers.names(self.ctx, &choices, &target.session.name)? {
                Some(name) => rules.name = name,
                None => return Ok(Written::Back),
            }
        } else {
            draft.check()?;
        }
        let is_open = is_region_open && (is_chosen_here || self.selection.is_given());
        if is_open && draft.lacks_region {
            match self.region(known_region, is_chosen_here)? {
                Some(region) => rules.region = region,
                None => return Ok(Written::Back),
            }
        }
        let mut outcome = changes(rules)?;
        // A name that the user typed here can be corrected.
        if let Err(error) = outcome.check() {
            self.ctx.printer.show(&format!("{}; choose again", error.message));
            self.answers.reject_names();
            return Ok(Written::Back);
        }
        if is_chosen_here && !choices.is_empty() && outcome.changes.is_empty() {
            outcome.notes.push(ALL_PRESENT.to_owned());
        }
        self.write(&original, &files, &outcome, &target.source)
    }

    /// Shows, asks, writes and reports.
    fn write(
        &mut self,
        original: &Original,
        files: &Files,
        outcome: &Outcome,
        source: &SsoSource,
    ) -> Result<Written> {
        let path = &self.config;
        let new = changes::apply(&files.config.document, &outcome.changes).map_err(|why| {
            let message = format!("{} is left as it is: {why}", path.display());
            Error::new(Kind::InvalidSetting, message)
        })?;
        let change = Change {
            path,
            original,
            new: &new,
            notes: &outcome.notes,
            renamed: &outcome.renamed,
            question: Question {
                can_go_back: self.selection.is_empty(self.args),
                is_yes_usual: true,
            },
        };
        let written = write::write(self.ctx, self.args, &change)?;
        if let Written::Back = written {
            self.answers.go_back();
        }
        if let Written::All = written {
            undo::keep(self.ctx, path, original.bytes(), &new);
            self.report(outcome, &summary::changed(original.bytes(), &new), source);
        }
        Ok(written)
    }

    /// The region of new profiles: `known` from those written before, or else as the user says. None
    /// if the user wants to go back.
    fn region(
        &mut self,
        known: Option<Option<String>>,
        is_chosen_here: bool,
    ) -> Result<Option<Option<String>>> {
        match known {
            Some(region) if !is_chosen_here => Ok(Some(region)),
            None if !self.is_asked => missing::refuse(Ok(None), &[(true, missing::REGION)]),
            known => {
                self.answers.propose_region(known.flatten());
                self.answers.region(self.ctx)
            }
        }
    }

    fn read(&self) -> Result<(Original, Files)> {
        let original = Original::read(&self.config)
            .map_err(|e| files::unreadable(FileKind::Config, &self.config, e))?;
        let text = original.bytes().to_vec();
        let config = ConfigFile {
            exists: original.exists(),
            ..ConfigFile::of_text(FileKind::Config, self.config.clone(), text)
        };
        let credentials = ConfigFile::read(FileKind::Credentials, self.credentials.clone())?;
        Ok((original, Files { config, credentials }))
    }

    fn listing(&self, global: &Global, target: &SessionTarget) -> Result<Listing> {
        let aws = Aws::new(self.ctx, &target.reach);
        let is_made = settings::login::is_made(self.ctx, global)?;
        let token = login::ensure(self.ctx, &aws, &target.source, is_made)?;
        let max_age = match global.refresh || self.args.prune {
            true => TimeDelta::zero(),
            false => MAX_AGE,
        };
        let wanted =
            ListWanted { max_age, roles_in: &|account| self.selection.has_account(account) };
        organisation::list(self.ctx, &aws, &target.source, &token, &wanted)
    }

    /// `changed` are the profiles that have other settings now, whatever the reason.
    fn report(&self, outcome: &Outcome, changed: &[String], source: &SsoSource) {
        let renamed = outcome.renamed.iter().map(|(_, name)| name);
        let listed = [&outcome.added, &outcome.migrated, &outcome.removed].into_iter().flatten();
        let listed: HashSet<&String> = listed.chain(renamed).collect();
        let parts = [
            (outcome.added.len(), "added"),
            (outcome.renamed.len(), "renamed"),
            (outcome.migrated.len(), "migrated"),
            (outcome.removed.len(), "removed"),
            (changed.iter().filter(|name| !listed.contains(name)).count(), "changed"),
        ];
        let counts: Vec<String> = parts
            .iter()
            .filter(|(count, _)| *count > 0)
            .map(|(count, verb)| format!("{count} {verb}"))
            .collect();
        let what = if counts.is_empty() { "changed".to_owned() } else { counts.join(", ") };
        let path = self.config.display();
        self.ctx
            .printer
            .say(&format!("profiles in {path}: {what}; `ssowrap configure --undo` undoes that"));
        if !outcome.migrated.is_empty() && self.say_where_to_sign_in(source) {
            return;
        }
        if let Some(name) = outcome.processes.first() {
            let who = "for a program without SSO support";
            self.ctx.printer.say(&format!("next: set AWS_PROFILE={name} {who}"));
            return;
        }
        let renamed = outcome.renamed.iter().map(|(_, name)| name);
        if let Some(name) = outcome.added.iter().chain(renamed).chain(&outcome.migrated).next() {
            let shell = Format::of_caller(self.ctx);
            let next = shell.line(&format!("ssowrap {} export", shell_option("-p", name)));
            self.ctx.printer.say(&format!("next: {next}"));
        }
    }

    /// Points out that the session's login isn't the one that migrated profiles used before, if
    /// nobody is signed in to it. Returns whether it did.
    fn say_where_to_sign_in(&self, source: &SsoSource) -> bool {
        // It is in the config now.
        let source = SsoSource { unlisted: false, ..source.clone() };
        let found = token::inspect(self.ctx, &source);
        let is_signed_in =
            found.is_ok_and(|found| matches!(found.state, State::Valid | State::Refreshable));
        if !is_signed_in {
            self.ctx.printer.say(&format!(
                "the migrated profiles now need the login of {}, in the AWS CLI too, and nobody is \
                 signed in to it: {}",
                owner(&source),
                login_hint(&source)
            ));
        }
        !is_signed_in
    }
}
