//! `ssowrap console`: the AWS console in a browser.

use std::time::Duration;

use chrono::TimeDelta;
use zeroize::Zeroizing;

use crate::aws::{Aws, Service};
use crate::cli::{ConsoleArgs, Global};
use crate::console::link::{self, ConsoleSite};
use crate::console::open::{self, Opening};
use crate::context::Context;
use crate::error::{Error, Kind, Result, usage};
use crate::exchange::Login;
use crate::output::region::Region;
use crate::profile::files::Files;
use crate::profile::partition::Partition;
use crate::profile::plan::{Plan, Source};
use crate::settings::{GivenProfile, Settings, Wanted, duration, pick};

/// The durations that AWS accepts for a console session.
const DURATIONS: [TimeDelta; 2] = [TimeDelta::minutes(15), TimeDelta::hours(12)];

/// Opens the console, or prints the link.
pub(super) fn run(ctx: &Context, mut global: Global, args: &ConsoleArgs) -> Result<()> {
    // `--duration` is for the role on top if there is one, else for the console session.
    if global.on_top.assume.is_none() {
        global.on_top.duration = None;
    }
    if args.copy && !ctx.printer.reaches_terminal() {
        return Err(
            usage("--copy needs a terminal: stderr is not one").hint("`--url` prints the link")
        );
    }
    let files = Files::load(ctx)?;
    let global = pick::where_none_is_named(ctx, global, &files)?;
    let settings = Settings::new(ctx, global, GivenProfile::Counts)?;
    let wanted = Wanted::new(ctx, &files, &settings, Login::Attended)?;
    let site = ConsoleSite::new(partition(&wanted), wanted.region.as_ref().map(Region::name))?;
    let destination = match (&args.service, &args.destination) {
        (Some(name), _) => Some(site.service(name)?),
        (None, Some(url)) => Some(site.destination(url)?),
        (None, None) => None,
    };
    let aws = Aws::new(ctx, wanted.plan.reach_with());
    let subject = subject(&wanted);
    let link = match args.portal {
        true => Zeroizing::new(of_portal(&wanted.plan, &subject, destination.as_deref())?),
        false => {
            let destination = destination.unwrap_or_else(|| site.home());
            let duration = session_duration(&wanted.plan, &subject, args)?;
            signing_in(ctx, &aws, &wanted, &site, &destination, duration, args.sign_out)?
        }
    };
    hand_over(ctx, &aws, &wanted, link, args)
}

/// Opens, prints or copies the link.
fn hand_over(
    ctx: &Context,
    aws: &Aws<'_>,
    wanted: &Wanted,
    link: Zeroizing<String>,
    args: &ConsoleArgs,
) -> Result<()> {
    if args.copy {
        ctx.printer.copy(&link);
        return Ok(());
    }
    if args.url {
        return print(ctx, &link);
    }
    let name = wanted.profile().map_or_else(|| role_name(&wanted.plan), str::to_owned);
    match open::in_browser(ctx, aws, link, &name, !args.portal)? {
        Opening::Opened => {
            ctx.printer.notice(|| format!("opened the console for {}", subject(wanted)))
        }
        Opening::Left(link, why) => {
            let advice = if args.portal { "" } else { " within 15 minutes" };
            ctx.printer.show(&format!("{why}: open this link yourself{advice}"));
            print(ctx, &link)?;
        }
    }
    Ok(())
}

fn print(ctx: &Context, link: &str) -> Result<()> {
    ctx.printer.data(Zeroizing::new(format!("{link}\n")).as_bytes())
}

/// Who the console session belongs to, for messages.
fn subject(wanted: &Wanted) -> String {
    let on_top = wanted.plan.hops.last().filter(|hop| hop.profile.is_none());
    match (on_top, wanted.profile()) {
        (Some(hop), _) => format!("role `{}`", hop.role_arn),
        (None, Some(name)) => format!("profile `{name}`"),
        (None, None) => format!("role `{}`", role_name(&wanted.plan)),
    }
}

/// The role of a plan without a profile.
fn role_name(plan: &Plan) -> String {
    match &plan.source {
        Source::Sso(sso) => format!("{}-{}", sso.account_id, sso.role_name),
        _ => String::new(),
    }
}

/// The partition of the role or, if unknown, of whatever else names one.
fn partition(wanted: &Wanted) -> &'static Partition {
    let Plan { source, hops, .. } = &wanted.plan;
    let region = wanted.region.as_ref().map(Region::name);
    let of_source = || match source {
        Source::Sso(sso) => sso.sso_region.as_deref().map(Partition::of_region),
        Source::WebIdentity(identity) => Partition::of_arn(&identity.role_arn),
        _ => None,
    };
    let of_role = hops.last().and_then(|hop| Partition::of_arn(&hop.role_arn));
    of_role.or_else(of_source).unwrap_or_else(|| Partition::of_region(region.unwrap_or_default()))
}

/// The checked `--duration` of the console session; with `--assume`, the option is for the role
/// instead.
fn session_duration(plan: &Plan, subject: &str, args: &ConsoleArgs) -> Result<Option<Duration>> {
    let is_of_role = plan.hops.last().is_some_and(|hop| hop.profile.is_none());
    let Some(text) = args.duration.as_ref().filter(|_| !is_of_role) else { return Ok(None) };
    let duration = duration::of_option("--duration", text)?;
    let [least, most] = DURATIONS;
    if duration < least || duration > most {
        return Err(usage(format!("--duration `{text}` is not between 15 minutes and 12 hours")));
    }
    if plan.hops.len().checked_sub(1).is_some_and(|last| plan.is_role_below(last)) {
        return Err(usage(format!(
            "--duration is not possible for {subject}: its role is assumed with the credentials of \
             another role, so the console session ends when they expire"
        ))
        .hint("leave out `--duration`"));
    }
    Ok(duration.to_std().ok())
}

/// The access portal's link, where the browser signs in by itself.
fn of_portal(plan: &Plan, subject: &str, destination: Option<&str>) -> Result<String> {
    let Source::Sso(sso) = &plan.source else {
        return Err(usage(format!(
            "--portal is for Identity Center roles, but {subject} is not one"
        )));
    };
    if !plan.hops.is_empty() {
        return Err(usage(format!(
            "--portal cannot open {subject}: the portal offers only the Identity Center role that it \
             is based on"
        ))
        .hint("leave out `--portal`"));
    }
    let start_url = sso.start_url.as_deref().ok_or_else(|| {
        usage(format!("--portal needs the start URL of {subject}")).hint("give `--start-url URL`")
    })?;
    Ok(link::portal(start_url, &sso.account_id, &sso.role_name, destination))
}

/// The link that signs the browser in with the credentials.
fn signing_in(
    ctx: &Context,
    aws: &Aws<'_>,
    wanted: &Wanted,
    site: &ConsoleSite,
    destination: &str,
    duration: Option<Duration>,
    sign_out: bool,
) -> Result<Zeroizing<String>> {
    let endpoint = aws.endpoint(Service::SignIn, site.sign_in_region())?;
    let obtained = wanted.get(ctx)?;
    if obtained.credentials.session_token.is_none() {
        return Err(no_session(&subject(wanted)));
    }
    let token = aws.sign_in_token(&endpoint, &obtained.credentials, duration);
    let token = token.map_err(|error| {
        let is_refused = error.refusal().is_some();
        let error = error.into_error(&subject(wanted));
        if is_refused { refused(error, duration.is_some()) } else { error }
    })?;
    let issuer = match &wanted.plan.source {
        Source::Sso(sso) => sso.start_url.as_deref(),
        _ => None,
    };
    let issuer = issuer.filter(|url| url.starts_with("https://"));
    let link = link::sign_in(endpoint.base(), issuer, destination, &token);
    Ok(match sign_out {
        true => link::signed_out_first(endpoint.base(), &link),
        false => link,
    })
}

fn no_session(subject: &str) -> Error {
    let message = format!(
        "{subject} has the access key of a user: only temporary credentials of a role can sign in \
         to the console"
    );
    Error::new(Kind::InvalidSetting, message).hint(
        "assume a role with `--assume ARN`, or with a profile that has this one as \
               `source_profile`",
    )
}

/// Explains a refusal: AWS says only that the request is bad.
fn refused(mut error: Error, has_duration: bool) -> Error {
    error.kind = Kind::AccessDenied;
    match has_duration {
        true => error
            .hint("leave out `--duration`, or make it shorter: the role may not allow that much"),
        false => error.hint("only credentials of a role can sign in, not a user's session"),
    }
}
