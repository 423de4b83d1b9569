//! The credentials of several profiles at once.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use super::{Obtained, Wanted};
use crate::context::Context;
use crate::error::Result;
use crate::exchange::Binding;
use crate::profile::plan::Source;

/// Exchanges at one time.
const AT_ONCE: usize = 8;

/// Walks all plans, eight at a time.
///
/// Those that may ask a person something come first, one after the other: two questions on one
/// terminal help nobody. Of several profiles of one login the first signs in, for all of them, and
/// no other person does in between.
///
/// # Errors
/// The first failure, in the order of `wanted`.
pub(crate) fn obtain_all(ctx: &Context, mut wanted: Vec<Wanted>) -> Result<Vec<Obtained>> {
    let mut bindings: HashMap<_, Arc<Binding>> = HashMap::new();
    let mut obtained: Vec<Option<Result<Obtained>>> = Vec::new();
    for wanted in &mut wanted {
        let binding = login_of(wanted).map(|login| bindings.entry(login));
        let is_first = matches!(binding, Some(Entry::Vacant(_)));
        wanted.options.binding = binding.map(|entry| Arc::clone(entry.or_default()));
        let outcome = (is_first || may_ask(wanted)).then(|| wanted.get(ctx));
        if let Some(Err(error)) = outcome {
            return Err(error);
        }
        obtained.push(outcome);
    }
    let left = (0..wanted.len()).filter(|index| obtained[*index].is_none()).collect::<Vec<_>>();
    let slots = Mutex::new(obtained);
    let next = AtomicUsize::new(0);
    let work = || {
        while let Some(index) = left.get(next.fetch_add(1, Ordering::Relaxed)) {
            let outcome = wanted[*index].get(ctx);
            slots.lock().unwrap_or_else(PoisonError::into_inner)[*index] = Some(outcome);
        }
    };
    thread::scope(|scope| {
        for _ in 1..left.len().min(AT_ONCE) {
            // Where the system has no thread left, there are fewer of them, at least this one.
            if thread::Builder::new().spawn_scoped(scope, work).is_err() {
                break;
            }
        }
        work();
    });
    let slots = slots.into_inner().unwrap_or_else(PoisonError::into_inner);
    slots.into_iter().flatten().collect()
}

/// The login that a plan uses.
fn login_of(wanted: &Wanted) -> Option<(Option<String>, Option<String>)> {
    match &wanted.plan.source {
        Source::Sso(sso) => Some((sso.session.clone(), sso.start_url.clone())),
        _ => None,
    }
}

/// Whether a walk may need a person for something else than a login.
fn may_ask(wanted: &Wanted) -> bool {
    let has_mfa = wanted.plan.hops.iter().any(|hop| hop.mfa_serial.is_some());
    has_mfa || matches!(wanted.plan.source, Source::CredentialProcess(_))
}
