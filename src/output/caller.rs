//! The process that gets the variables.

use crate::context::Environment;
use crate::variables::Name;

/// The environment of the process that gets the variables, as far as known.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Caller<'a> {
    environment: &'a Environment,
    prefix: &'a str,
}

impl<'a> Caller<'a> {
    pub(crate) fn new(environment: &'a Environment) -> Self {
        Self { environment, prefix: "" }
    }

    /// The same, for a set of variables whose names begin with `prefix`.
    pub(crate) fn with_prefix(self, prefix: &'a str) -> Self {
        Self { prefix, ..self }
    }

    /// The value of a variable; none if it is empty.
    pub(crate) fn text(&self, name: Name) -> Option<String> {
        self.environment.text(&self.name(name))
    }

    /// Whether a variable is set, even to an empty value.
    pub(crate) fn has(&self, name: Name) -> bool {
        self.environment.has(&self.name(name))
    }

    /// Whether this is a second set of variables, with a prefix.
    pub(super) fn has_prefix(&self) -> bool {
        !self.prefix.is_empty()
    }

    fn name(&self, name: Name) -> String {
        format!("{}{name}", self.prefix)
    }
}
