//! AWS_PROFILE and AWS_DEFAULT_PROFILE in a shell that gets keys. The JavaScript SDK prefers the
//! profile to the keys, so a profile of another principal is unset. SSOWRAP_SAVED_PROFILE keeps it,
//! and it is restored when the keys are removed.

use super::caller::Caller;
use super::variable::Variable;
use crate::text::escape::shell_word;
use crate::text::words::words;
use crate::variables::{AWS_DEFAULT_PROFILE, AWS_PROFILE, Name, SSOWRAP_SAVED_PROFILE};

/// In order of precedence.
pub(crate) const NAMES: [Name; 2] = [AWS_PROFILE, AWS_DEFAULT_PROFILE];

/// Unsets variables that name a profile other than `handed_over`, whose keys the shell gets. Saves
/// them in addition to those saved before.
pub(super) fn put_away(caller: &Caller<'_>, handed_over: Option<&str>) -> Vec<Variable> {
    let mut gone = Vec::new();
    let mut kept = kept(caller);
    for name in NAMES.into_iter().filter(|name| caller.has(*name)) {
        let profile = caller.text(name);
        if profile.is_some() && profile.as_deref() == handed_over {
            continue;
        }
        gone.push(Variable::removed(name));
        if let Some(profile) = profile {
            kept.retain(|(earlier, _)| *earlier != name);
            kept.push((name, profile));
        }
    }
    if !gone.is_empty() && !kept.is_empty() {
        let word = |(name, profile): &(Name, String)| format!("{name}={}", shell_word(profile));
        let words = Vec::from_iter(kept.iter().map(word));
        gone.push(Variable::set(SSOWRAP_SAVED_PROFILE, &words.join(" ")));
    }
    gone
}

/// Restores the saved variables, unless the user has set one of them since.
pub(super) fn give_back(caller: &Caller<'_>) -> Vec<Variable> {
    if !caller.has(SSOWRAP_SAVED_PROFILE) {
        return Vec::new();
    }
    let is_decided = NAMES.into_iter().any(|name| caller.text(name).is_some());
    let kept = if is_decided { Vec::new() } else { kept(caller) };
    let back = kept.iter().map(|(name, profile)| Variable::set(*name, profile));
    back.chain([Variable::removed(SSOWRAP_SAVED_PROFILE)]).collect()
}

/// The contents of SSOWRAP_SAVED_PROFILE: `NAME=PROFILE`, as words of a shell.
fn kept(caller: &Caller<'_>) -> Vec<(Name, String)> {
    let text = caller.text(SSOWRAP_SAVED_PROFILE).unwrap_or_default();
    let pair = |word: String| {
        let (name, profile) = word.split_once('=')?;
        let name = NAMES.into_iter().find(|known| known.as_str() == name)?;
        Some((name, profile.to_owned()))
    };
    words(&text).into_iter().filter_map(pair).collect()
}

/// The variable, and its profile, that would take precedence over the keys of `handed_over`.
pub(crate) fn in_the_way(caller: &Caller<'_>, handed_over: Option<&str>) -> Option<(Name, String)> {
    let (name, profile) = NAMES.into_iter().find_map(|name| Some((name, caller.text(name)?)))?;
    (Some(profile.as_str()) != handed_over).then_some((name, profile))
}

#[cfg(test)]
#[expect(clippy::disallowed_methods, reason = "compares what is handed over")]
mod tests {
    use secrecy::ExposeSecret;

    use super::*;
    use crate::context::Environment;

    fn after(
        variables: &[(&str, &str)],
        change: impl Fn(&Caller<'_>) -> Vec<Variable>,
    ) -> Vec<String> {
        let environment: Environment = variables.iter().copied().collect();
        let text = |variable: Variable| match variable.value {
            Some(value) => format!("{}={}", variable.name, value.expose_secret()),
            None => format!("-{}", variable.name),
        };
        change(&Caller::new(&environment)).into_iter().map(text).collect()
    }

    fn put(variables: &[(&str, &str)]) -> Vec<String> {
        after(variables, |caller| put_away(caller, Some("prod")))
    }

    #[test]
    fn another_profile_is_removed_and_saved() {
        assert!(put(&[]).is_empty());
        assert!(put(&[("AWS_PROFILE", "prod"), ("AWS_DEFAULT_PROFILE", "prod")]).is_empty());
        assert_eq!(
            put(&[("AWS_PROFILE", "My Corp"), ("AWS_DEFAULT_PROFILE", "d")]),
            [
                "-AWS_PROFILE",
                "-AWS_DEFAULT_PROFILE",
                "SSOWRAP_SAVED_PROFILE=AWS_PROFILE='My Corp' AWS_DEFAULT_PROFILE=d"
            ]
        );
        // An empty value breaks the AWS CLI, and there is nothing to keep.
        assert_eq!(put(&[("AWS_PROFILE", "")]), ["-AWS_PROFILE"]);
        let kept = ("SSOWRAP_SAVED_PROFILE", "AWS_PROFILE=old");
        assert!(put(&[kept]).is_empty());
        assert_eq!(
            put(&[kept, ("AWS_PROFILE", "new")]),
            ["-AWS_PROFILE", "SSOWRAP_SAVED_PROFILE=AWS_PROFILE=new"]
        );
        assert_eq!(
            put(&[kept, ("AWS_DEFAULT_PROFILE", "new")]),
            [
                "-AWS_DEFAULT_PROFILE",
                "SSOWRAP_SAVED_PROFILE=AWS_PROFILE=old AWS_DEFAULT_PROFILE=new"
            ]
        );
        // A role without a profile.
        let role = after(&[("AWS_PROFILE", "prod")], |caller| put_away(caller, None));
        assert_eq!(role[0], "-AWS_PROFILE");
    }

    #[test]
    fn what_was_stored_comes_back() {
        assert!(after(&[("AWS_PROFILE", "x")], give_back).is_empty());
        let kept = ("SSOWRAP_SAVED_PROFILE", "AWS_PROFILE='My Corp' AWS_DEFAULT_PROFILE=d PATH=x");
        assert_eq!(
            after(&[kept], give_back),
            ["AWS_PROFILE=My Corp", "AWS_DEFAULT_PROFILE=d", "-SSOWRAP_SAVED_PROFILE"]
        );
        assert_eq!(after(&[kept, ("AWS_PROFILE", "x")], give_back), ["-SSOWRAP_SAVED_PROFILE"]);
    }
}
