//! `ssowrap export`: the credentials as variables, for a shell or a file.

use std::fs;
use std::io::{self, IsTerminal as _};
use std::path::{Path, PathBuf, absolute};

use chrono::DateTime;

use crate::cli::{ExportArgs, Global, words};
use crate::context::Context;
use crate::error::{Error, Kind, Result, usage};
use crate::exchange::Login;
use crate::organisation;
use crate::output::caller::Caller;
use crate::output::environment::{Handover, of_file, of_shell, removed, removed_from_shell};
use crate::output::format::{Content, Destination, Format, Removal, github};
use crate::output::saved_profile;
use crate::output::variable::Variable;
use crate::platform::IS_WINDOWS;
use crate::profile::Request;
use crate::profile::files::Files;
use crate::profile::plan::Plan;
use crate::settings::{GivenProfile, Obtained, Settings, Wanted, pick};
use crate::storage::append::Appending;
use crate::storage::atomic;
use crate::text::buffer::Buffer;
use crate::text::escape::{self, shell_option};
use crate::variables::{self, AWS_CREDENTIAL_EXPIRATION, AWS_SECURITY_TOKEN, AWS_SESSION_TOKEN};

/// Prints the variables, or with `--unset` the lines that remove them.
pub(super) fn run(ctx: &Context, global: Global, args: &ExportArgs) -> Result<()> {
    let format = args.format.unwrap_or_else(|| Format::of_caller(ctx));
    check(&format, args)?;
    let prefix = args.prefix.as_deref().unwrap_or_default();
    let asking =
        Export { format, prefix, caller: Caller::new(ctx.environment()).with_prefix(prefix) };
    let github_env = match format.destination {
        Destination::GithubEnv => Some(github_env(ctx)?),
        Destination::Stdout => None,
    };
    if args.unset {
        let text = format.variables(prefix, &asking.removed())?;
        match github_env {
            Some(path) => append(&path, &text, || Ok(()))?,
            None => write(ctx, args, &text)?,
        }
        if args.announce {
            ctx.printer.say("this shell no longer has credentials");
        }
        return Ok(());
    }
    let files = Files::load(ctx)?;
    let global = pick::where_none_is_named(ctx, global, &files)?;
    let again = match &global.profile {
        Some(name) => format!("ssowrap {} export", shell_option("-p", name)),
        None => "ssowrap export".to_owned(),
    };
    let settings = Settings::new(ctx, global, GivenProfile::Counts)?;
    let wanted = match Wanted::new(ctx, &files, &settings, Login::Attended) {
        Err(error) if args.announce => meant(ctx, &files, &settings, error)?,
        wanted => wanted?,
    };
    let obtained = wanted.get(ctx)?;
    let handover = obtained.handover();
    if let Content::Document(document) = format.content {
        return write(ctx, args, &document(&handover)?);
    }
    let text = format.variables(prefix, &asking.variables(ctx, &handover)?)?;
    match github_env {
        // Masked first, so that nothing can show them in between.
        Some(path) => append(&path, &text, || {
            ctx.printer.data(github::masks(handover.credentials).as_bytes())
        })?,
        None => write(ctx, args, &text)?,
    }
    if asking.format.is_evaluated() && args.output.is_none() && io::stdout().is_terminal() {
        let line = Format::of_caller(ctx).line(&again);
        ctx.printer.say(&format!("nothing is set yet; to load these into your shell: {line}"));
    }
    if args.announce {
        ctx.printer.say(&announcement(ctx, &wanted.plan, &obtained));
    }
    Ok(())
}

/// What the user of `sso` means by a word that is no profile: a profile that it matches.
fn meant(ctx: &Context, files: &Files, settings: &Settings, mut error: Error) -> Result<Wanted> {
    let Request::Profile { name, origin } = &settings.request else { return Err(error) };
    if settings.unattended || files.profile_names().contains(&name.as_str()) {
        return Err(error);
    }
    if let Some(hint) = words::for_aws_cli(&["sso", name]) {
        error.hints = vec![hint.to_owned()];
        return Err(error);
    }
    let Some(name) = pick::matching(ctx, files, name)? else { return Err(error) };
    let settings = settings.with_request(Request::Profile { name, origin: *origin });
    Wanted::new(ctx, files, &settings, Login::Attended)
}

/// A line that says whose credentials these are: `now prod: Admin in Production (123456789012),
/// until 17:01 (7 h left)`.
fn announcement(ctx: &Context, plan: &Plan, obtained: &Obtained) -> String {
    let account = obtained.credentials.account_id.as_ref().map(|id| {
        let name = organisation::account_name(ctx, &plan.source, id);
        name.map_or_else(|| id.clone(), |name| format!("{name} ({id})"))
    });
    let who = match (plan.role_name(), account.as_deref()) {
        (Some(role), Some(account)) => format!(": {role} in {account}"),
        (Some(one), None) | (None, Some(one)) => format!(": {one}"),
        (None, None) => String::new(),
    };
    let end = obtained.credentials.expiration.map(|end| ctx.clock().until(end));
    let end = end.map(|end| format!(", until {end}")).unwrap_or_default();
    format!("now {}{who}{end}", obtained.profile.as_deref().unwrap_or("a role"))
}

/// Prints the shell's profile and when its credentials expire: `prod, until 17:01 (7 h left)`.
pub(super) fn current(ctx: &Context) -> Result<()> {
    let Some(name) = ctx.var(variables::SSOWRAP_PROFILE) else {
        return Err(Error::new(Kind::Other, "this shell has no profile")
            .hint("`sso PROFILE` loads the credentials of one"));
    };
    let end = ctx.var(variables::SSOWRAP_EXPIRES_AT).and_then(|seconds| seconds.parse().ok());
    let end = end.and_then(|seconds| DateTime::from_timestamp(seconds, 0));
    let state = match end {
        Some(end) if end <= ctx.now() => ", expired".to_owned(),
        Some(end) => format!(", until {}", ctx.clock().until(end)),
        None => String::new(),
    };
    ctx.printer.data(format!("{}{state}\n", escape::foreign(&name)).as_bytes())
}

/// Checks that the options fit together.
fn check(format: &Format, args: &ExportArgs) -> Result<()> {
    let is_word = |b: u8| b.is_ascii_alphanumeric() || b == b'_';
    let is_name = |name: &str| {
        !name.is_empty() && name.bytes().all(is_word) && !name.as_bytes()[0].is_ascii_digit()
    };
    if let Some(prefix) = args.prefix.as_deref().filter(|prefix| !is_name(prefix)) {
        return Err(usage(format!("--prefix `{prefix}` cannot begin a variable's name"))
            .hint("a name is made of letters, digits and `_`, and does not begin with a digit"));
    }
    if args.prefix.is_some() && matches!(format.content, Content::Document(_)) {
        return Err(usage("--prefix is for formats with variables: this one has none"));
    }
    if args.output.is_some() && format.destination == Destination::GithubEnv {
        return Err(usage("--output cannot be used with this format, which appends to GITHUB_ENV"));
    }
    if args.unset && format.removal == Removal::Never {
        return Err(usage("--unset is for shells: a file in this format cannot remove variables")
            .hint("remove the file, or write it again"));
    }
    Ok(())
}

/// Writes to the file of `--output`, else to stdout.
fn write(ctx: &Context, args: &ExportArgs, text: &Buffer) -> Result<()> {
    let Some(path) = &args.output else { return ctx.printer.data(text.as_bytes()) };
    // A bare file name has no directory to check.
    let path = absolute(path).unwrap_or_else(|_| path.clone());
    let failed = |e| Error::new(Kind::Other, format!("cannot write {}", path.display())).source(e);
    // A missing directory is not created: its name may be misspelt.
    if let Some(Err(e)) = path.parent().map(Path::metadata) {
        let is_missing = e.kind() == io::ErrorKind::NotFound;
        let error = failed(e);
        return Err(if is_missing { error.hint("create its directory first") } else { error });
    }
    atomic::write(&path, text.as_bytes()).map_err(failed)?;
    if IS_WINDOWS && !is_below_home(ctx, &path) {
        ctx.printer.warn(&format!(
            "{} is outside your profile directory: anyone who can read the other files there can \
             read it too",
            path.display()
        ));
    }
    Ok(())
}

/// Whether a file is in the home directory. On Windows, where files have no modes, only that
/// directory is private.
fn is_below_home(ctx: &Context, path: &Path) -> bool {
    let (Ok(home), Some(directory)) = (ctx.home(), path.parent()) else { return false };
    let (home, directory) = (fs::canonicalize(home), fs::canonicalize(directory));
    matches!((home, directory), (Ok(home), Ok(directory)) if directory.starts_with(&home))
}

/// Calls `before` and, if that succeeds, appends `text` to the file named by GITHUB_ENV.
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

/// An export and its caller.
struct Export<'a> {
    format: Format,
    prefix: &'a str,
    caller: Caller<'a>,
}

impl Export<'_> {
    /// Whether this changes the caller's own credentials. A second set under a prefix does not.
    fn changes_caller(&self) -> bool {
        self.format.changes_caller && self.prefix.is_empty()
    }

    /// The variables of `handover` that need a line.
    fn variables(&self, ctx: &Context, handover: &Handover<'_>) -> Result<Vec<Variable>> {
        let mut variables = if self.changes_caller() {
            of_shell(handover, &self.caller, ctx.now())?
        } else {
            self.warn_of_profile(ctx, handover);
            of_file(handover, &self.caller)?
        };
        if self.format.removal == Removal::Emptied {
            self.replace_older_token(&mut variables);
        }
        variables.retain(|variable| self.is_worth_a_line(variable));
        Ok(variables)
    }

    /// A variable that the caller does not have need not be removed. Token and expiry are removed
    /// anyway: they would not match the new keys, and another shell may read the lines.
    fn is_worth_a_line(&self, variable: &Variable) -> bool {
        let does_harm = [AWS_SESSION_TOKEN, AWS_CREDENTIAL_EXPIRATION].contains(&variable.name);
        variable.value.is_some()
            || match self.format.removal {
                Removal::Words => does_harm || self.caller.has(variable.name),
                Removal::WordsIfNeeded | Removal::Emptied => self.caller.has(variable.name),
                Removal::Never => false,
            }
    }

    /// botocore reads the token's older name first, and some versions accept an empty one.
    fn replace_older_token(&self, variables: &mut Vec<Variable>) {
        let (older, newer) = (AWS_SECURITY_TOKEN, AWS_SESSION_TOKEN);
        let token = variables.iter().find(|v| v.name == newer).and_then(|v| v.value.clone());
        variables.retain(|variable| variable.name != older);
        if token.is_some() && self.caller.has(older) {
            variables.push(Variable { name: older, value: token });
        }
    }

    /// The variables that `--unset` removes.
    fn removed(&self) -> Vec<Variable> {
        if self.changes_caller() { removed_from_shell(&self.caller) } else { removed(&self.caller) }
    }

    /// Warns that a file can't unset the caller's profile for programs in this environment.
    fn warn_of_profile(&self, ctx: &Context, handover: &Handover<'_>) {
        let is_read_here = self.format.removal != Removal::Never && self.prefix.is_empty();
        let profile = handover.principal.profile();
        let found = saved_profile::in_the_way(&self.caller, profile).filter(|_| is_read_here);
        if let Some((variable, profile)) = found {
            ctx.printer.warn(&format!(
                "{variable} is `{profile}` here: unset it, because some programs prefer it to these keys"
            ));
        }
    }
}
