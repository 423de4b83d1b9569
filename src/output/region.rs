//! The region that is handed over, and how a later ssowrap tells its own from the user's.

use crate::variables::{AWS_DEFAULT_REGION, AWS_REGION, Name, SSOWRAP_REGION};

use super::caller::Caller;

/// The variables for it: some SDKs read one, some the other (SPEC 6.3).
pub(crate) const NAMES: [Name; 2] = [AWS_REGION, AWS_DEFAULT_REGION];

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Region {
    /// From `--region` or the profile.
    Chosen(String),
    /// From a variable that the caller has set.
    Callers(String),
}

impl Region {
    pub(crate) fn name(&self) -> &str {
        match self {
            Region::Chosen(name) | Region::Callers(name) => name,
        }
    }

    pub(crate) fn into_name(self) -> String {
        match self {
            Region::Chosen(name) | Region::Callers(name) => name,
        }
    }
}

/// `SSOWRAP_REGION`: a region, and the variables that ssowrap has set to it, as `NAME:VARIABLE,...`
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct RegionMark(Option<String>);

impl RegionMark {
    pub(crate) fn of(caller: &Caller<'_>) -> Self {
        Self(caller.text(SSOWRAP_REGION))
    }

    /// The mark for `region` when it is handed over to `caller`. A variable that the caller has set
    /// to the same value stays the caller's own.
    pub(super) fn new(region: Option<&Region>, caller: &Caller<'_>) -> Self {
        let earlier = Self::of(caller);
        let is_ours = |name: &Name| match region {
            Some(Region::Callers(region)) => {
                let value = caller.text(*name);
                value.as_ref() != Some(region) || earlier.covers(*name, region)
            }
            Some(Region::Chosen(_)) => true,
            None => false,
        };
        let ours: Vec<Name> = NAMES.into_iter().filter(is_ours).collect();
        Self(region.filter(|_| !ours.is_empty()).map(|region| Self::text(region.name(), &ours)))
    }

    /// The mark for a region that ssowrap has set in these variables.
    pub(crate) fn text(region: &str, names: &[Name]) -> String {
        let names: Vec<&str> = names.iter().map(|name| name.as_str()).collect();
        format!("{region}:{}", names.join(","))
    }

    /// Whether ssowrap gave the variable this value. If the user has changed it since, it is
    /// theirs.
    pub(crate) fn covers(&self, name: Name, value: &str) -> bool {
        let Some(mark) = self.0.as_deref() else { return false };
        match mark.split_once(':') {
            Some((region, names)) => {
                region == value && names.split(',').any(|marked| marked == name.as_str())
            }
            // The form that ssowrap wrote before it listed the variables.
            None => mark == value,
        }
    }

    pub(super) fn into_text(self) -> Option<String> {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::context::Environment;

    fn mark(region: Option<Region>, variables: &[(&str, &str)]) -> Option<String> {
        let environment: Environment = variables.iter().copied().collect();
        RegionMark::new(region.as_ref(), &Caller::new(&environment)).into_text()
    }

    #[test]
    fn what_the_caller_has_set_is_not_marked() {
        let chosen = || Some(Region::Chosen("x".into()));
        let callers = || Some(Region::Callers("x".into()));
        let both = Some("x:AWS_REGION,AWS_DEFAULT_REGION".to_owned());
        let default = Some("x:AWS_DEFAULT_REGION".to_owned());
        assert_eq!(mark(None, &[("SSOWRAP_REGION", "x:AWS_REGION")]), None);
        assert_eq!(mark(chosen(), &[("AWS_REGION", "x")]), both);
        assert_eq!(mark(callers(), &[("AWS_REGION", "x")]), default);
        assert_eq!(mark(callers(), &[("AWS_REGION", "x"), ("AWS_DEFAULT_REGION", "y")]), default);
        let set = [("AWS_REGION", "x"), ("AWS_DEFAULT_REGION", "x")];
        assert_eq!(mark(callers(), &set), None);
        // What ssowrap has set stays ssowrap's.
        let marked = [&set[..], &[("SSOWRAP_REGION", "x:AWS_DEFAULT_REGION")]].concat();
        assert_eq!(mark(callers(), &marked), default);
    }

    #[test]
    fn an_older_mark_is_for_both() {
        let mark = RegionMark(Some("x".into()));
        assert!(mark.covers(AWS_REGION, "x") && mark.covers(AWS_DEFAULT_REGION, "x"));
        assert!(!mark.covers(AWS_REGION, "y"));
        let mark = RegionMark(Some("x:AWS_REGION".into()));
        assert!(mark.covers(AWS_REGION, "x") && !mark.covers(AWS_DEFAULT_REGION, "x"));
    }
}
