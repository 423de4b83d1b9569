//! The valid values in these files and in options.

use super::mask::without_userinfo;
use crate::error::{Error, Kind, Location, Result};

/// A hint about start URLs.
pub(crate) const START_URLS: &str = "start URLs look like `https://corp.awsapps.com/start`";

/// What is wrong with a start URL that has userinfo.
pub(crate) const HAS_USERINFO: &str = "contains a user name or a password";

/// A region becomes part of a host name that receives the access token, so it must be a single
/// label.
pub(crate) fn check_region<T>(region: &str, at: impl FnOnce() -> T) -> Result<()>
where
    T: Into<Option<Location>>,
{
    let hint = match zoned(region) {
        Some(region) => format!("it is an availability zone of the region `{region}`"),
        None if is_region(region) => return Ok(()),
        None => "regions look like `eu-central-1`".to_owned(),
    };
    Err(Error::new(Kind::InvalidSetting, format!("`{region}` is not the name of a region"))
        .at(at())
        .hint(hint))
}

/// The region of an availability zone: `eu-west-1` of `eu-west-1a`.
fn zoned(text: &str) -> Option<&str> {
    let region = text.strip_suffix(|c: char| c.is_ascii_lowercase())?;
    let (area, number) = region.rsplit_once('-')?;
    let is_number = !number.is_empty() && number.bytes().all(|b| b.is_ascii_digit());
    let is_area = area.contains('-') && area.bytes().all(|b| b.is_ascii_lowercase() || b == b'-');
    (is_number && is_area && is_region(region)).then_some(region)
}

/// Whether a text is a single label of a host name.
pub(crate) fn is_region(region: &str) -> bool {
    !region.is_empty()
        && region.len() <= 63
        && region.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
        && !region.starts_with('-')
        && !region.ends_with('-')
}

/// A start URL in one spelling: others lead to the same portal, but to another token file. Leaves out
/// the portal page that the browser happened to show:
/// `https://corp.awsapps.com/start/#/?tab=accounts`.
pub(crate) fn canonical_start_url(url: &str) -> String {
    let trimmed = url.split('#').next().unwrap_or_default().trim_end_matches('/');
    match trimmed.split_once("://") {
        Some((scheme, rest)) => {
            let (host, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
            format!("{}://{}{path}", scheme.to_ascii_lowercase(), host.to_ascii_lowercase())
        }
        None => trimmed.to_owned(),
    }
}

/// Whether a URL contains a user name or a password.
pub(crate) fn has_userinfo(url: &str) -> bool {
    without_userinfo(url) != url
}

/// `a, b` as a list. The AWS CLI drops empty items.
pub(super) fn scopes(text: &str) -> Vec<String> {
    text.split(',').map(str::trim).filter(|scope| !scope.is_empty()).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings_of_one_portal() {
        let canonical = canonical_start_url("https://d-1.awsapps.com/start");
        for url in [
            "https://d-1.awsapps.com/start/",
            "https://d-1.awsapps.com/start#/",
            "https://d-1.awsapps.com/start/#",
            "HTTPS://D-1.awsapps.com/start",
        ] {
            assert_eq!(canonical_start_url(url), canonical, "{url}");
        }
        assert_ne!(canonical_start_url("https://d-1.awsapps.com/Start"), canonical);
    }

    #[test]
    fn regions_are_one_label() {
        assert!(check_region("eu-central-1", || None).is_ok());
        for region in ["", "evil.example/", "a.b", "-a", "a-", "é", "a b", "us-gov-west-1c"] {
            assert!(check_region(region, || None).is_err(), "{region}");
        }
        for region in ["local", "us-isob-east-1", "eu-west-1", "region1a", "my-1a", "a--b"] {
            assert!(check_region(region, || None).is_ok(), "{region}");
        }
    }
}
