//! The variables that are handed over, and what must go because it describes other credentials.

use crate::context::Context;
use crate::credentials::Credentials;
use crate::error::Result;
use crate::output::aws2_wrap as output;
use crate::output::caller::Caller;
use crate::output::region::{NAMES, RegionMark};
use crate::output::variable::Variable;
use crate::settings::{is_narrowed, region};
use crate::variables::{self, AWS_DEFAULT_REGION, Name, SSOWRAP_REGION};

/// The variables for `credentials` of a profile with this region.
pub(super) fn variables(
    ctx: &Context,
    credentials: &Credentials,
    region: Option<&str>,
) -> Result<Vec<Variable>> {
    let given = given_regions(ctx);
    // Not even an empty one of the caller's own is replaced.
    let stays = ctx.has_var(AWS_DEFAULT_REGION) && !given.contains(&AWS_DEFAULT_REGION);
    let region = region.filter(|_| !stays);
    let mut variables = output::variables(credentials, region)?;
    variables.extend(of_other_keys(ctx));
    if !given.is_empty() {
        let set = |name: Name| name == AWS_DEFAULT_REGION && region.is_some();
        variables.extend(given.into_iter().filter(|name| !set(*name)).map(Variable::removed));
        let mark = region.map(|region| RegionMark::text(region, &[AWS_DEFAULT_REGION]));
        let removed = Variable::removed(SSOWRAP_REGION);
        variables.push(mark.map_or(removed, |mark| Variable::set(SSOWRAP_REGION, &mark)));
    }
    Ok(variables)
}

/// The variables that hold the region of an outer ssowrap's profile, not the caller's own.
fn given_regions(ctx: &Context) -> Vec<Name> {
    let caller = Caller::new(ctx.environment());
    let own = region::of_caller(&caller).map(|(_, region)| region);
    let mark = RegionMark::of(&caller);
    let is_given = |name: &Name| {
        let value = caller.text(*name).filter(|value| own.as_ref() != Some(value));
        value.is_some_and(|value| mark.covers(*name, &value))
    };
    NAMES.into_iter().filter(is_given).collect()
}

/// Removes the variables in which an outer ssowrap describes the keys that these replace.
fn of_other_keys(ctx: &Context) -> impl Iterator<Item = Variable> {
    let (profile, role) = (variables::SSOWRAP_PROFILE, variables::SSOWRAP_ROLE);
    let said = [
        profile,
        role,
        variables::SSOWRAP_EXPIRES_AT,
        variables::SSOWRAP_RENEW_AT,
        variables::AWS_CREDENTIAL_EXPIRATION,
        variables::AWS_ACCOUNT_ID,
    ];
    let is_said = ctx.has_var(profile) || ctx.has_var(role);
    // Credentials obtained with narrowed keys still count as narrowed.
    let stays = move |name| name == role && is_narrowed(ctx);
    let gone = move |name: &Name| is_said && ctx.has_var(*name) && !stays(*name);
    said.into_iter().filter(gone).map(Variable::removed)
}
