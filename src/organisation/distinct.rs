//! Names that tell accounts apart, because AWS lets several have the same name.

use std::collections::{HashMap, HashSet};

use super::Account;

/// The names of some accounts. An account's name has its id added if it could also mean another
/// account.
pub(crate) struct DistinctNames {
    /// How many accounts each text could mean.
    meanings: HashMap<String, usize>,
}

impl DistinctNames {
    /// The names of `accounts`.
    pub(crate) fn new(accounts: &[&Account]) -> Self {
        let mut meanings = HashMap::new();
        for account in accounts {
            // Anybody who may name an account can give it the id of another, or what another is
            // called with its id.
            let all = [account.title(), &account.id, &account.name_and_id()].map(folded);
            for text in HashSet::from(all) {
                *meanings.entry(text).or_insert(0) += 1;
            }
        }
        Self { meanings }
    }

    /// The name of one of them.
    pub(crate) fn of(&self, account: &Account) -> String {
        match self.meanings.get(&folded(account.title())) {
            Some(2..) => account.name_and_id(),
            _ => account.title().to_owned(),
        }
    }
}

/// Names become names of files, and some systems ignore case in those.
fn folded(text: &str) -> String {
    text.to_lowercase()
}
