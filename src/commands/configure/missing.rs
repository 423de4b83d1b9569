//! The answers that are missing where nobody can be asked. One error names all of them.

use crate::error::{Error, Kind, Result, usage};

/// What `configure` needs to know, and the options that say it.
pub(super) struct Answer {
    what: &'static str,
    options: &'static str,
}

pub(super) const ROLES: Answer = Answer {
    what: "which accounts and roles get a profile",
    options: "give `--account PATTERN`, `--role-name PATTERN`, or `--all`",
};

pub(super) const REGION: Answer = Answer {
    what: "the region of the new profiles",
    options: "give `--region REGION`, or `--region -` for none",
};

/// Refuses a session if answers are needed. If the session itself is missing, its error names them
/// too.
pub(super) fn refuse<T>(session: Result<T>, answers: &[(bool, Answer)]) -> Result<T> {
    let needed = || answers.iter().filter(|(is_needed, _)| *is_needed).map(|(_, answer)| answer);
    let error = match session {
        Err(error) if error.kind == Kind::Usage => error,
        Ok(_) if needed().next().is_some() => {
            let what: Vec<&str> = needed().map(|answer| answer.what).collect();
            usage(format!("configure needs to know {}", what.join(", and ")))
        }
        session => return session,
    };
    Err(needed().map(|answer| answer.options).fold(error, Error::hint))
}
