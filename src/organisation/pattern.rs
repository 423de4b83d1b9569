//! Patterns for accounts and roles: `*` matches any text and `?` one character; case does not
//! matter.

use wildmatch::WildMatchPattern;

use super::Account;

/// A pattern for a whole name or id.
#[derive(Clone, Debug)]
pub(crate) struct Pattern(WildMatchPattern<'*', '?'>);

impl Pattern {
    /// A pattern for the whole text.
    pub(crate) fn new(pattern: &str) -> Self {
        Self(WildMatchPattern::new_case_insensitive(pattern))
    }

    /// A pattern for any part of the text, unless it contains wildcards.
    pub(crate) fn search(pattern: &str) -> Self {
        if pattern.contains(['*', '?']) {
            Self::new(pattern)
        } else {
            Self::new(&format!("*{pattern}*"))
        }
    }

    /// Whether it matches `text`.
    pub(crate) fn matches(&self, text: &str) -> bool {
        self.0.matches(text)
    }

    /// Whether it matches the id or name of `account`.
    pub(crate) fn matches_account(&self, account: &Account) -> bool {
        self.matches(&account.id) || account.name.as_deref().is_some_and(|name| self.matches(name))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_or_part() {
        for (pattern, text, whole, part) in [
            ("prod", "prod", true, true),
            ("PROD", "prod", true, true),
            ("prod", "prod-eu", false, true),
            ("prod*", "prod-eu", true, true),
            ("*-eu", "prod-eu", true, true),
            ("p?od*", "prod", true, true),
            ("", "prod", false, true),
            ("*", "", true, true),
            ("[a]", "[a]", true, true),
            ("É*", "équipe", true, true),
        ] {
            assert_eq!(Pattern::new(pattern).matches(text), whole, "{pattern} {text}");
            assert_eq!(Pattern::search(pattern).matches(text), part, "{pattern} {text}");
        }
    }
}
