//! Gets the credentials of several profiles at once.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use super::{Obtained, Wanted};
use crate::context::Context;
use crate::error::Result;
use crate::exchange::{Binding, Login};
use crate::profile::plan::Source;

/// How many exchanges run at a time. Only the quota should slow them down: at 20 requests per
/// second, this is enough for answers that take 0.8 s.
const AT_ONCE: usize = 16;

/// What identifies a login here: its session, or its start URL.
type LoginName = (Option<String>, Option<String>);

/// The results, in the order of `wanted`; none for those that were not started.
type Outcomes = Vec<Option<Result<Obtained>>>;

/// Gets the credentials of all plans.
///
/// # Errors
/// The first failure, in the order of `wanted`. After a failure, the user is asked nothing more.
pub(crate) fn obtain_all(ctx: &Context, wanted: &mut [Wanted]) -> Result<Vec<Obtained>> {
    obtain_each(ctx, wanted, &|outcome| outcome.is_ok()).into_iter().flatten().collect()
}

/// Gets the credentials of all plans, several at a time.
///
/// Plans that may need to ask the user something come first, one after the other, so that two
/// questions don't mix on one terminal. Later ones ask nothing. If several profiles have the same
/// login, the first one signs in for all of them; from then on, all are bound to that login. After
/// each result, `goes_on` decides whether to start more.
pub(crate) fn obtain_each(
    ctx: &Context,
    wanted: &mut [Wanted],
    goes_on: &(dyn Fn(&Result<Obtained>) -> bool + Sync),
) -> Vec<Option<Result<Obtained>>> {
    let mut bindings: HashMap<LoginName, Arc<Binding>> = HashMap::new();
    let mut outcomes: Outcomes = Vec::new();
    outcomes.resize_with(wanted.len(), || None);
    for (wanted, outcome) in wanted.iter_mut().zip(&mut outcomes) {
        let binding = login_of(wanted).map(|login| bindings.entry(login));
        let is_first = matches!(binding, Some(Entry::Vacant(_)));
        wanted.options.binding = binding.map(|entry| Arc::clone(entry.or_default()));
        if !is_first && !may_ask(wanted) {
            continue;
        }
        let obtained = wanted.get(ctx);
        let is_last = !goes_on(&obtained);
        *outcome = Some(obtained);
        if is_last {
            return outcomes;
        }
    }
    for wanted in wanted.iter_mut() {
        wanted.options.login = Login::Never;
        wanted.options.unattended = true;
    }
    in_parallel(ctx, wanted, &mut outcomes, goes_on);
    outcomes
}

/// Gets the credentials of the plans that have no result yet.
fn in_parallel(
    ctx: &Context,
    wanted: &[Wanted],
    outcomes: &mut Outcomes,
    goes_on: &(dyn Fn(&Result<Obtained>) -> bool + Sync),
) {
    let left = (0..wanted.len()).filter(|index| outcomes[*index].is_none()).collect::<Vec<_>>();
    let slots = Mutex::new(outcomes);
    let next = AtomicUsize::new(0);
    let work = || {
        while let Some(index) = left.get(next.fetch_add(1, Ordering::Relaxed)) {
            let outcome = wanted[*index].get(ctx);
            if !goes_on(&outcome) {
                next.store(left.len(), Ordering::Relaxed);
            }
            slots.lock().unwrap_or_else(PoisonError::into_inner)[*index] = Some(outcome);
        }
    };
    thread::scope(|scope| {
        for _ in 1..left.len().min(AT_ONCE) {
            // If the system can't start more threads, there are fewer, but at least this one.
            if thread::Builder::new().spawn_scoped(scope, work).is_err() {
                break;
            }
        }
        work();
    });
}

/// The login that a plan uses.
fn login_of(wanted: &Wanted) -> Option<LoginName> {
    match &wanted.plan.source {
        Source::Sso(sso) => Some((sso.session.clone(), sso.start_url.clone())),
        _ => None,
    }
}

/// Whether a plan may need the user for something other than a login.
fn may_ask(wanted: &Wanted) -> bool {
    let has_mfa = wanted.plan.hops.iter().any(|hop| hop.mfa_serial.is_some());
    has_mfa || matches!(wanted.plan.source, Source::CredentialProcess(_))
}
