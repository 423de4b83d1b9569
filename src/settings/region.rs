//! Decides which region is handed over.

use crate::output::caller::Caller;
use crate::output::region::{NAMES, Region, RegionMark};
use crate::variables::Name;

/// The caller's region, and the variable with it: AWS_REGION before AWS_DEFAULT_REGION. What an
/// earlier ssowrap set doesn't count, or an earlier profile's region would stay in the shell
/// forever.
pub(crate) fn of_caller(caller: &Caller<'_>) -> Option<(Name, String)> {
    let mark = RegionMark::of(caller);
    let mut all = NAMES.into_iter().filter_map(|name| Some((name, caller.text(name)?)));
    all.find(|(name, region)| !mark.covers(*name, region))
}

/// `--region`, else the caller's own, else the profile's.
pub(crate) fn choose(
    flag: Option<&str>,
    callers: Option<&str>,
    profile: Option<&str>,
) -> Option<Region> {
    let chosen = |name: &str| Region::Chosen(name.to_owned());
    flag.map(chosen)
        .or_else(|| callers.map(|name| Region::Callers(name.to_owned())))
        .or_else(|| profile.map(chosen))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::context::Environment;

    fn pick(flag: &'static str, caller: [&str; 3], profile: &'static str) -> Option<Region> {
        let names = ["AWS_REGION", "AWS_DEFAULT_REGION", "SSOWRAP_REGION"];
        let environment: Environment = names.into_iter().zip(caller).collect();
        let callers = of_caller(&Caller::new(&environment)).map(|(_, region)| region);
        let some = |text: &'static str| Some(text).filter(|text| !text.is_empty());
        choose(some(flag), callers.as_deref(), some(profile))
    }

    #[test]
    fn the_rule() {
        let chosen = |name: &str| Some(Region::Chosen(name.into()));
        let callers = |name: &str| Some(Region::Callers(name.into()));
        for (flag, caller, profile, expected) in [
            ("", ["", "", ""], "", None),
            ("", ["", "", ""], "p", chosen("p")),
            ("f", ["r", "d", ""], "p", chosen("f")),
            ("", ["r", "d", ""], "p", callers("r")),
            ("", ["", "d", ""], "p", callers("d")),
            ("", ["r", "", ""], "", callers("r")),
            // Both are left from an earlier ssowrap.
            ("", ["x", "x", "x"], "p", chosen("p")),
            ("", ["x", "x", "x"], "", None),
            ("f", ["x", "x", "x"], "p", chosen("f")),
            // The caller has since changed one of them.
            ("", ["r", "x", "x"], "p", callers("r")),
            ("", ["x", "d", "x"], "p", callers("d")),
            ("", ["", "x", "x:AWS_DEFAULT_REGION"], "p", chosen("p")),
            // The caller set one of them, ssowrap the other.
            ("", ["x", "x", "x:AWS_DEFAULT_REGION"], "p", callers("x")),
            // The mark alone, or for another region, means nothing.
            ("", ["", "", "x"], "p", chosen("p")),
            ("", ["r", "r", "x"], "p", callers("r")),
        ] {
            assert_eq!(pick(flag, caller, profile), expected, "{flag} {caller:?} {profile}");
        }
    }
}
