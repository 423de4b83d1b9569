//! `ssowrap export`: the credentials as variables, for a shell or for a file.

use std::path::{Path, PathBuf};

use crate::cli::{ExportArgs, Global};
use crate::context::Context;
use crate::error::{Error, Kind, Result, usage};
use crate::exchange::Login;
use crate::output::environment::{self, Variable, variables};
use crate::output::format::{Content, Destination, Format, Removal, github};
use crate::settings::Obtained;
use crate::settings::Settings;
use crate::storage::append::Appending;
use crate::text::buffer::Buffer;
use crate::variables;

/// Prints the variables, or what removes them.
pub(super) fn run(ctx: &Context, global: Global, args: &ExportArgs) -> Result<()> {
    let format = args.format.unwrap_or_else(|| Format::of_parent(ctx.parent_program().as_deref()));
    check(&format, args)?;
    let prefix = args.prefix.as_deref().unwrap_or_default();
    let names = Names { ctx, prefix };
    let github_env = match format.destination {
        Destination::GithubEnv => Some(github_env(ctx)?),
        Destination::Stdout => None,
    };
    if args.unset {
        let text = format.variables(prefix, &names.removed())?;
        return match github_env {
            Some(path) => append(&path, &text, || Ok(())),
            None => ctx.printer.data(text.as_bytes()),
        };
    }
    let obtained = Obtained::get(ctx, &Settings::new(ctx, global)?, Login::Attended)?;
    let handover = obtained.handover();
    if let Content::Document(document) = format.content {
        return ctx.printer.data(document(&handover)?.as_bytes());
    }
    let mut variables = variables(&handover, &|name| names.has(name))?;
    variables.retain(|variable| names.is_worth_a_line(variable, &format));
    let text = format.variables(prefix, &variables)?;
    match github_env {
        // Hidden first, so that nothing can show them in between.
        Some(path) => append(&path, &text, || {
            ctx.printer.data(github::masks(handover.credentials).as_bytes())
        }),
        None => ctx.printer.data(text.as_bytes()),
    }
}

/// Whether the options fit together.
fn check(format: &Format, args: &ExportArgs) -> Result<()> {
    let is_word = |b: u8| b.is_ascii_alphanumeric() || b == b'_';
    let is_name = |name: &str| {
        !name.is_empty() && name.bytes().all(is_word) && !name.as_bytes()[0].is_ascii_digit()
    };
    if let Some(prefix) = args.prefix.as_deref().filter(|prefix| !is_name(prefix)) {
        return Err(usage(format!("--prefix `{prefix}` cannot begin a variable's name"))
            .hint("letters, digits and `_` make names, and the first is no digit"));
    }
    if args.prefix.is_some() && matches!(format.content, Content::Document(_)) {
        return Err(usage("--prefix is for formats with variables: this one has none"));
    }
    if args.unset && format.removal == Removal::Never {
        return Err(usage("--unset is for shells: a file in this format removes nothing")
            .hint("remove the file, or write it anew"));
    }
    Ok(())
}

/// Appends `text` to the file of GITHUB_ENV, after `before` and if that succeeds.
fn append(path: &Path, text: &Buffer, before: impl FnOnce() -> Result<()>) -> Result<()> {
    let failed = |e| {
        let message = format!("cannot append to {} (GITHUB_ENV)", path.display());
        Error::new(Kind::Other, message).source(e)
    };
    let file = Appending::open(path).map_err(failed)?;
    before()?;
    file.write(text.as_str()).map_err(failed)
}

fn github_env(ctx: &Context) -> Result<PathBuf> {
    ctx.var_os(variables::GITHUB_ENV).map(PathBuf::from).ok_or_else(|| {
        Error::new(Kind::Other, "GITHUB_ENV, which names the file to append to, is not set")
            .hint("the format `github` is for the steps of a GitHub Actions job")
    })
}

/// The variables as the caller knows them: with the prefix.
struct Names<'a> {
    ctx: &'a Context,
    prefix: &'a str,
}

impl Names<'_> {
    fn has(&self, name: &str) -> bool {
        self.ctx.environment().has(&format!("{}{name}", self.prefix))
    }

    /// What the caller does not have needs no removing. Token and expiry are removed anyway: beside
    /// keys without them they do harm, and the lines may be meant for another shell.
    fn is_worth_a_line(&self, variable: &Variable, format: &Format) -> bool {
        let does_harm = matches!(variable.name, "AWS_SESSION_TOKEN" | "AWS_CREDENTIAL_EXPIRATION");
        variable.value.is_some()
            || match format.removal {
                Removal::Words => does_harm || self.has(variable.name),
                Removal::WordsIfNeeded => self.has(variable.name),
                Removal::Never => false,
            }
    }

    /// What `--unset` removes.
    fn removed(&self) -> Vec<Variable> {
        environment::removed(&|name| {
            // Under a prefix nothing is the caller's own.
            let is_region = matches!(name, "AWS_REGION" | "AWS_DEFAULT_REGION");
            let is_looked_up = self.prefix.is_empty() || !is_region;
            is_looked_up
                .then(|| self.ctx.environment().text(&format!("{}{name}", self.prefix)))
                .flatten()
        })
    }
}
