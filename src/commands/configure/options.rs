//! The options of `configure`, checked.

use crate::cli::{ConfigureArgs, Global};
use crate::context::Context;
use crate::error::{Error, Kind, Result, usage};
use crate::organisation::generate::Rules;
use crate::organisation::name::Template;
use crate::profile::key::{Decides, Key};
use crate::profile::regions;
use crate::profile::value::check_region;
use crate::text::escape;

/// The answer that means no region.
pub(super) const NO_REGION: &str = "-";

/// How profiles are written.
///
/// # Errors
/// `Usage` for templates and keys that don't make a profile.
pub(super) fn rules(ctx: &Context, global: &Global, args: &ConfigureArgs) -> Result<Rules> {
    let name = args.name.as_deref().map(|text| template("--name", text)).transpose()?;
    let assume = match (&args.assume, &args.assume_name) {
        (Some(arn), Some(name)) => {
            Some((template("--assume", arn)?, template("--assume-name", name)?))
        }
        _ => None,
    };
    let region = global.region.as_deref().filter(|region| *region != NO_REGION);
    region.map_or(Ok(()), is_region).map_err(|why| {
        let region = region.unwrap_or_default();
        usage(format!("--region `{region}`: {why}; `{NO_REGION}` means none"))
    })?;
    let sso_region = global.sso_region.as_deref();
    if let Some((region, meant)) = sso_region.and_then(|r| Some((r, regions::meant(r)?))) {
        ctx.printer.warn(&format!("--sso-region `{region}`: did you mean `{meant}`?"));
    }
    Ok(Rules {
        name,
        region: region.map(str::to_owned),
        set: args.set.iter().map(|text| key_and_value(text)).collect::<Result<_>>()?,
        assume,
        process: process(ctx, args)?,
        migrate: args.migrate,
    })
}

/// Whether the options set the region of new profiles.
pub(super) fn say_region(global: &Global, rules: &Rules) -> bool {
    global.region.is_some() || rules.set.iter().any(|(key, _)| key == "region")
}

/// Whether text looks like a region. Refuses a city or a zone at once, rather than failing later
/// with a host that doesn't exist.
pub(super) fn is_region(text: &str) -> Result<(), &'static str> {
    if looks_like_region(text) && check_region(text, || None).is_ok() {
        Ok(())
    } else {
        Err("regions look like eu-central-1")
    }
}

pub(super) fn looks_like_region(text: &str) -> bool {
    text.matches('-').count() >= 2 && text.ends_with(|c: char| c.is_ascii_digit())
}

/// Refuses options next to `--undo`.
pub(super) fn only_undo(global: &Global, args: &ConfigureArgs) -> Result<()> {
    let others = [
        ("--all", args.all),
        ("--account", !global.account.is_empty()),
        ("--role-name", global.role_name.is_some()),
        ("--prune", args.prune),
        ("--migrate", args.migrate),
        ("--name", args.name.is_some()),
        ("--set", !args.set.is_empty()),
        ("--assume", args.assume.is_some()),
        ("--credential-process", args.credential_process),
    ];
    match others.iter().find(|(_, is_given)| *is_given) {
        Some((flag, _)) => Err(usage(format!("--undo and {flag} cannot be used together"))),
        None => Ok(()),
    }
}

fn template(flag: &str, text: &str) -> Result<Template> {
    if text.is_empty() {
        return Err(usage(format!("the value of {flag} is empty")));
    }
    Template::parse(text).map_err(|why| usage(format!("{flag} `{text}`: {why}")))
}

fn key_and_value(text: &str) -> Result<(String, String)> {
    let Some((key, value)) = text.split_once('=') else {
        return Err(usage(format!("--set `{text}`: write it as KEY=VALUE")));
    };
    // The value may be a secret.
    let refuse = |why: &str| Err(usage(format!("--set `{key}=...`: {why}")));
    let (key, value) = (key.trim().to_ascii_lowercase(), value.trim());
    let is_key = !key.is_empty() && key.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
    if !is_key || value.is_empty() {
        return refuse("write it as KEY=VALUE");
    }
    let decides = Key::named(&key).map(Key::decides);
    let is_ours = key.starts_with("sso_")
        || matches!(decides, Some(Decides::Source | Decides::AccessKey))
        || key == Key::SsowrapGenerated.name();
    if is_ours {
        return refuse("that key decides whose credentials the profile gives");
    }
    Ok((key, value.to_owned()))
}

/// The command line with which the AWS SDKs start this program, and the name of the profile that
/// contains it.
fn process(ctx: &Context, args: &ConfigureArgs) -> Result<Option<(String, String)>> {
    if !args.credential_process {
        return Ok(None);
    }
    let name = args.credential_process_name.as_deref().unwrap_or("{name}-process");
    if name.replace("{name}", "").contains(['{', '}']) {
        let words =
            "the only field is {name}: the name of the profile that the new one is added for";
        return Err(usage(format!("--credential-process-name `{name}`: {words}")));
    }
    let path = ctx
        .own_path()
        .map_err(|e| Error::new(Kind::Other, "cannot find the path of ssowrap").source(e))?;
    let Some(path) = path.to_str().filter(|path| !path.contains(['"', '\n', '\r'])) else {
        let message =
            format!("cannot write the path of ssowrap to a config file: {}", path.display());
        return Err(Error::new(Kind::Other, message).hint("install it in another directory"));
    };
    // Both Windows and POSIX shells understand double quotes, and no `\` needs escaping.
    let program = if escape::is_shell_word(path) { path.to_owned() } else { format!("\"{path}\"") };
    Ok(Some((program, name.to_owned())))
}
