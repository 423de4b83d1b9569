//! `ssowrap generate`: writes credentials to a profile in the credentials file.

use std::path::{Path, PathBuf};

use crate::cli::{GenerateArgs, Global};
use crate::context::Context;
use crate::credentials::Credentials;
use crate::error::{Result, usage};
use crate::exchange::Login;
use crate::output::region::Region;
use crate::profile::edit::region::RegionChange;
use crate::profile::edit::target::{Force, Keys, Target};
use crate::profile::files::{Files, expand_home};
use crate::profile::value::check_region;
use crate::settings::{GivenProfile, Obtained, Settings, Wanted};

/// Writes the profile, removes it with `--remove`, or shows either with `--dry-run`.
pub(super) fn run(ctx: &Context, global: Global, args: &GenerateArgs) -> Result<()> {
    let name = name(args)?;
    if args.remove && global.profile.is_some() {
        let message = "--remove and --profile cannot be used together: --as names what to remove";
        return Err(usage(message).hint("run the command again without --profile"));
    }
    let usual = Target::usual(ctx, name)?;
    let target = Target {
        config: chosen(ctx, args.config_file.as_deref(), usual.config)?,
        credentials: chosen(ctx, args.credentials_file.as_deref(), usual.credentials)?,
        force: if args.force { Force::Forced } else { usual.force },
        ..usual
    };
    if args.remove {
        return remove(ctx, &target, args);
    }
    let settings = Settings::new(ctx, global, GivenProfile::Ignored)?;
    // The user should not have to sign in to learn that.
    target.check()?;
    let obtained = Wanted::new(ctx, &Files::load(ctx)?, &settings, Login::Attended)?.get(ctx)?;
    let region = region(&obtained)?;
    let keys = Keys::Write(&obtained.credentials);
    if args.dry_run {
        return target.show(ctx, &keys, &region);
    }
    target.apply(ctx, &keys, &region)?;
    ctx.printer.say(&told(ctx, &target, &obtained.credentials, &region));
    Ok(())
}

/// The profile to write. There is no good default: programs without a profile use `default`, so
/// keys there would reach programs that should not have them.
fn name(args: &GenerateArgs) -> Result<&str> {
    match args.name.as_deref() {
        Some("") => Err(usage("the value of --as is empty")),
        Some(name) => Ok(name),
        None => Err(usage("generate needs `--as NAME`, the profile to write")
            .hint("`--as default` writes the profile that programs use if none is chosen")),
    }
}

/// The file that an option names, else the one that every SDK reads.
fn chosen(ctx: &Context, option: Option<&Path>, usual: PathBuf) -> Result<PathBuf> {
    let path = option.map_or(Ok(usual), |path| expand_home(ctx, path))?;
    // A bare file name has no directory to write to.
    Ok(std::path::absolute(&path).unwrap_or(path))
}

/// Unlike elsewhere, the profile's region comes before the caller's, because the file outlives the
/// shell.
fn region(obtained: &Obtained) -> Result<RegionChange> {
    let name = match (&obtained.region, &obtained.profile_region) {
        (Some(Region::Callers(_)), Some(name)) => name,
        (Some(region), _) => region.name(),
        (None, _) => return Ok(RegionChange::Keep),
    };
    check_region(name, || None)?;
    Ok(RegionChange::Set(name.to_owned()))
}

fn remove(ctx: &Context, target: &Target<'_>, args: &GenerateArgs) -> Result<()> {
    let name = target.name;
    if !target.holds_keys()? {
        let file = target.credentials.display();
        let is_elsewhere = args.credentials_file.is_none() && target.region()?.is_some();
        let hint = match is_elsewhere {
            true => "; if they are in another file, name it with `--credentials-file FILE`",
            false => "",
        };
        let what = format!("profile `{name}` has no keys in {file}");
        ctx.printer.say(&format!("nothing to remove: {what}{hint}"));
        return Ok(());
    }
    if args.dry_run {
        return target.show(ctx, &Keys::Remove, &RegionChange::GiveBack);
    }
    let done = target.apply(ctx, &Keys::Remove, &RegionChange::GiveBack)?;
    let (credentials, config) = (target.credentials.display(), target.config.display());
    let what = match (done, target.region()?) {
        (RegionChange::Remove, _) => format!("keys and region from {credentials} and {config}"),
        (RegionChange::Set(region), _) => {
            format!("keys from {credentials}; its region in {config} is `{region}` again")
        }
        (_, Some(region)) => {
            format!("keys from {credentials}; its region `{region}` in {config} stays")
        }
        (_, None) => format!("keys from {credentials}"),
    };
    ctx.printer.say(&format!("profile `{name}`: removed {what}"));
    Ok(())
}

/// Says what was written where, and how long it is valid.
fn told(
    ctx: &Context,
    target: &Target<'_>,
    credentials: &Credentials,
    region: &RegionChange,
) -> String {
    let region = match region {
        RegionChange::Set(_) => format!(", region in {}", target.config.display()),
        _ => String::new(),
    };
    let end = match credentials.expiration {
        Some(at) => format!("valid until {}", ctx.clock().until(at)),
        None => "they do not expire".to_owned(),
    };
    format!("profile `{}`: keys in {}{region}; {end}", target.name, target.credentials.display())
}
