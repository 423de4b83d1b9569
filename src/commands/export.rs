//! `ssowrap export`: the credentials as variables, for a shell or for a file.

use std::path::{Path, PathBuf};

use crate::cli::{ExportArgs, Global};
use crate::context::Context;
use crate::error::{Error, Kind, Result, usage};
use crate::exchange::Login;
use crate::output::environment::{self, Variable, variables};
use crate::output::format::github::{self, Github};
use crate::output::format::{self, Format, Removal, Syntax};
use crate::output::json;
use crate::output::section::{self, Section};
use crate::settings::Obtained;
use crate::settings::Settings;
use crate::storage::append::Appending;
use crate::text::buffer::Buffer;
use crate::variables;

/// Prints the variables, or what removes them.
pub(super) fn run(ctx: &Context, global: Global, args: &ExportArgs) -> Result<()> {
    let format = args.format.unwrap_or_else(|| callers_format(ctx));
    check(format, args)?;
    let prefix = args.prefix.as_deref().unwrap_or_default();
    let names = Names { ctx, prefix };
    let github_env = (format == Format::Github).then(|| github_env(ctx)).transpose()?;
    if args.unset {
        let text = text(format, prefix, &names.removed())?;
        return match github_env {
            Some(path) => append(&path, &text, || Ok(())),
            None => ctx.printer.data(text.as_bytes()),
        };
    }
    let obtained = Obtained::get(ctx, &Settings::new(ctx, global)?, Login::Attended)?;
    let handover = obtained.handover();
    match format {
        Format::Process => {
            return ctx.printer.data(json::process(handover.credentials)?.as_bytes());
        }
        Format::Ini => {
            let text = section::text(&[Section::new(&handover)])?;
            return ctx.printer.data(text.as_bytes());
        }
        _ => {}
    }
    let mut variables = variables(&handover, &|name| names.has(name))?;
    variables.retain(|variable| names.is_worth_a_line(variable, format));
    let text = text(format, prefix, &variables)?;
    match github_env {
        // Hidden first, so that nothing can show them in between.
        Some(path) => append(&path, &text, || {
            ctx.printer.data(github::masks(handover.credentials).as_bytes())
        }),
        None => ctx.printer.data(text.as_bytes()),
    }
}

/// The format of the shell that asks. Only where it is certain: else that of most.
fn callers_format(ctx: &Context) -> Format {
    ctx.parent_program().and_then(|program| Format::of_shell(&program)).unwrap_or(Format::Sh)
}

/// Whether the options fit together.
fn check(format: Format, args: &ExportArgs) -> Result<()> {
    let is_word = |b: u8| b.is_ascii_alphanumeric() || b == b'_';
    let is_name = |name: &str| {
        !name.is_empty() && name.bytes().all(is_word) && !name.as_bytes()[0].is_ascii_digit()
    };
    if let Some(prefix) = args.prefix.as_deref().filter(|prefix| !is_name(prefix)) {
        return Err(usage(format!("--prefix `{prefix}` cannot begin a variable's name"))
            .hint("letters, digits and `_` make names, and the first is no digit"));
    }
    let has_no_variables = matches!(format, Format::Ini | Format::Process);
    if has_no_variables && args.prefix.is_some() {
        return Err(usage("--prefix is for formats with variables: this one has none"));
    }
    if args.unset && format.removal() == Removal::None {
        return Err(usage("--unset is for shells: a file in this format removes nothing")
            .hint("remove the file, or write it anew"));
    }
    Ok(())
}

/// The variables in their format.
fn text(format: Format, prefix: &str, variables: &[Variable]) -> Result<Buffer> {
    let github;
    let syntax: &dyn Syntax = match format {
        Format::Sh => &format::sh::Sh,
        Format::EnvNoExport => &format::sh::Assignments,
        Format::Fish => &format::fish::Fish,
        Format::Powershell => &format::powershell::Powershell,
        Format::Cmd => &format::cmd::Cmd,
        Format::Nushell => &format::nushell::Nushell,
        Format::Elvish => &format::elvish::Elvish,
        Format::Tcsh => &format::tcsh::Tcsh,
        Format::Xonsh => &format::xonsh::Xonsh,
        Format::Dotenv => &format::dotenv::Dotenv,
        Format::Systemd => &format::systemd::Systemd,
        Format::Github => {
            github = Github { delimiter: delimiter()? };
            &github
        }
        Format::Json | Format::Ini | Format::Process => {
            return format::json::object(prefix, variables);
        }
    };
    format::lines(syntax, prefix, variables)
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

fn delimiter() -> Result<String> {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes)
        .map_err(|e| Error::new(Kind::Other, "the system gives no random numbers").source(e))?;
    Ok(format!("ssowrap-{:032x}", u128::from_ne_bytes(bytes)))
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
    fn is_worth_a_line(&self, variable: &Variable, format: Format) -> bool {
        let does_harm = matches!(variable.name, "AWS_SESSION_TOKEN" | "AWS_CREDENTIAL_EXPIRATION");
        variable.value.is_some()
            || match format.removal() {
                Removal::Words => does_harm || self.has(variable.name),
                Removal::WordsIfNeeded => self.has(variable.name),
                Removal::None => false,
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
