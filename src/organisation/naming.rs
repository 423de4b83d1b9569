//! Gives profiles their names: existing names stay, clashing names get the account's id appended,
//! and profiles that `configure` did not write are never touched.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::name::with_id;

/// A profile that needs a name.
#[derive(Clone, Debug)]
pub(super) struct Candidate<'a> {
    /// The account it is for.
    pub account_id: &'a str,
    /// What the name must distinguish, for messages.
    pub what: String,
    /// Its current name, if it has been written already.
    pub current: Option<&'a str>,
    /// The name it should get.
    pub wanted: String,
}

/// The names that are taken.
pub(super) struct TakenNames<'a> {
    /// Names of profiles that this run may rename.
    own: HashSet<String>,
    /// All other names.
    foreign: HashSet<&'a str>,
    /// Notes for the user.
    pub notes: Vec<String>,
    /// Names that can't be used, each with the reason.
    pub clashes: Vec<String>,
}

impl<'a> TakenNames<'a> {
    /// The names written so far.
    pub(super) fn new(
        own: impl Iterator<Item = &'a str>,
        foreign: impl Iterator<Item = &'a str>,
    ) -> Self {
        Self {
            own: own.map(str::to_owned).collect(),
            foreign: foreign.collect(),
            notes: Vec::new(),
            clashes: Vec::new(),
        }
    }

    /// The names for `candidates`, in their order.
    pub(super) fn give(&mut self, candidates: &[Candidate<'_>]) -> Vec<String> {
        // A renamed profile frees its old name.
        for candidate in candidates {
            candidate.current.map(|current| self.own.remove(current));
        }
        let mut names: Vec<Option<String>> = vec![None; candidates.len()];
        let mut wanting: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
        for (place, candidate) in candidates.iter().enumerate() {
            if candidate.current == Some(&candidate.wanted) {
                self.own.insert(candidate.wanted.clone());
                names[place] = Some(candidate.wanted.clone());
            } else {
                wanting.entry(&candidate.wanted).or_default().push(place);
            }
        }
        for (wanted, places) in wanting {
            let is_shared = places.len() > 1 || self.own.contains(wanted);
            for place in places {
                names[place] = Some(self.give_one(&candidates[place], is_shared));
            }
        }
        names.into_iter().flatten().collect()
    }

    fn give_one(&mut self, candidate: &Candidate<'_>, is_shared: bool) -> String {
        let wanted = &candidate.wanted;
        let name = if is_shared && !self.foreign.contains(wanted.as_str()) {
            with_id(wanted, candidate.account_id)
        } else {
            wanted.clone()
        };
        if self.foreign.contains(name.as_str()) {
            let what = &candidate.what;
            self.clashes.push(format!(
                "`{name}`, for {what}, is already the name of a profile that you wrote"
            ));
        } else if !self.own.insert(name.clone()) {
            let what = &candidate.what;
            self.clashes.push(format!(
                "`{name}` would be the name of several profiles, one of them for {what}"
            ));
        } else if is_shared && candidate.current != Some(&name) {
            self.notes.push(format!(
                "several profiles would be called `{wanted}`: the one for {} is `{name}`",
                candidate.what
            ));
        }
        name
    }
}

/// Old names and their new names, if they differ.
pub(super) type Renamed<'a> = HashMap<&'a str, String>;

#[cfg(test)]
mod tests {
    use super::*;

    fn candidate<'a>(account_id: &'a str, current: Option<&'a str>, wanted: &str) -> Candidate<'a> {
        Candidate { account_id, what: format!("A in {account_id}"), current, wanted: wanted.into() }
    }

    fn given(own: &[&str], foreign: &[&str], candidates: &[Candidate<'_>]) -> Vec<String> {
        let mut names = TakenNames::new(own.iter().copied(), foreign.iter().copied());
        let given = names.give(candidates);
        if names.clashes.is_empty() { given } else { names.clashes }
    }

    const A: &str = "111111111111";
    const B: &str = "222222222222";

    #[test]
    fn a_name_that_is_written_stays() {
        let candidates = [candidate(A, Some("prod"), "prod"), candidate(B, None, "prod")];
        assert_eq!(given(&["prod"], &[], &candidates), ["prod", "prod-222222222222"]);
        let candidates = [candidate(A, None, "prod"), candidate(B, None, "prod")];
        assert_eq!(given(&[], &[], &candidates), ["prod-111111111111", "prod-222222222222"]);
        // Again, with the resulting names.
        let candidates = [
            candidate(A, Some("prod-111111111111"), "prod"),
            candidate(B, Some("prod-222222222222"), "prod"),
        ];
        let own = ["prod-111111111111", "prod-222222222222"];
        assert_eq!(given(&own, &[], &candidates), own);
    }

    #[test]
    fn names_may_change_places() {
        let candidates = [candidate(A, Some("a"), "b"), candidate(B, Some("b"), "a")];
        assert_eq!(given(&["a", "b"], &[], &candidates), ["b", "a"]);
    }

    #[test]
    fn what_is_taken_by_somebody_else() {
        let clash =
            "`prod`, for A in 111111111111, is already the name of a profile that you wrote";
        assert_eq!(given(&[], &["prod"], &[candidate(A, None, "prod")]), [clash]);
        // One account, one name, two roles: the id doesn't distinguish them.
        let two = [candidate(A, None, "prod"), candidate(A, None, "prod")];
        assert_eq!(
            given(&[], &[], &two),
            [
                "`prod-111111111111` would be the name of several profiles, one of them for A in 111111111111"
            ]
        );
        // Another profile of ours that isn't among the candidates.
        assert_eq!(given(&["prod"], &[], &[candidate(A, None, "prod")]), ["prod-111111111111"]);
    }
}
