//! Which region is handed over.

use crate::output::environment::Region;

/// The region variables of the caller.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct CallersRegion {
    /// `AWS_REGION`.
    pub region: Option<String>,
    /// `AWS_DEFAULT_REGION`.
    pub default_region: Option<String>,
    /// `SSOWRAP_REGION`: what an earlier ssowrap put into the other two.
    pub mark: Option<String>,
}

impl CallersRegion {
    /// What the caller chose: AWS_REGION, else AWS_DEFAULT_REGION, leaving out what an earlier
    /// ssowrap put there. Otherwise the region of the profile used before would stick to the shell
    /// for good.
    fn own(&self) -> Option<&String> {
        [&self.region, &self.default_region]
            .into_iter()
            .flatten()
            .find(|region| Some(*region) != self.mark.as_ref())
    }
}

/// `--region`, else the caller's own, else the profile's.
pub(crate) fn choose(
    flag: Option<&str>,
    caller: &CallersRegion,
    profile: Option<&str>,
) -> Option<Region> {
    let chosen = |name: &str| Region::Chosen(name.to_owned());
    flag.map(chosen)
        .or_else(|| caller.own().cloned().map(Region::Callers))
        .or_else(|| profile.map(chosen))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pick(flag: &str, caller: [&str; 3], profile: &str) -> Option<Region> {
        let some = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
        let [region, default_region, mark] = caller.map(some);
        choose(
            some(flag).as_deref(),
            &CallersRegion { region, default_region, mark },
            some(profile).as_deref(),
        )
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
            // Both are left over from an earlier ssowrap.
            ("", ["x", "x", "x"], "p", chosen("p")),
            ("", ["x", "x", "x"], "", None),
            ("f", ["x", "x", "x"], "p", chosen("f")),
            // The caller has changed one of them since.
            ("", ["r", "x", "x"], "p", callers("r")),
            ("", ["x", "d", "x"], "p", callers("d")),
            // The mark alone, or of another region, says nothing.
            ("", ["", "", "x"], "p", chosen("p")),
            ("", ["r", "r", "x"], "p", callers("r")),
        ] {
            assert_eq!(pick(flag, caller, profile), expected, "{flag} {caller:?} {profile}");
        }
    }
}
