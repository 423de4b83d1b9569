//! The regions of AWS, in the partitions aws, aws-cn, aws-us-gov, aws-eusc and the isolated ones
//! (from botocore's `endpoints.json` and `partitions.json`). These are suggestions: every other
//! name is accepted too.

use super::suggest;

/// In the order of their partitions.
pub(crate) const REGIONS: [&str; 46] = [
    "af-south-1",
    "ap-east-1",
    "ap-east-2",
    "ap-northeast-1",
    "ap-northeast-2",
    "ap-northeast-3",
    "ap-south-1",
    "ap-south-2",
    "ap-southeast-1",
    "ap-southeast-2",
    "ap-southeast-3",
    "ap-southeast-4",
    "ap-southeast-5",
    "ap-southeast-6",
    "ap-southeast-7",
    "ca-central-1",
    "ca-west-1",
    "eu-central-1",
    "eu-central-2",
    "eu-north-1",
    "eu-south-1",
    "eu-south-2",
    "eu-west-1",
    "eu-west-2",
    "eu-west-3",
    "il-central-1",
    "me-central-1",
    "me-south-1",
    "mx-central-1",
    "sa-east-1",
    "us-east-1",
    "us-east-2",
    "us-west-1",
    "us-west-2",
    "cn-north-1",
    "cn-northwest-1",
    "us-gov-east-1",
    "us-gov-west-1",
    "eusc-de-east-1",
    "us-iso-east-1",
    "us-iso-west-1",
    "us-isob-east-1",
    "us-isob-west-1",
    "us-isof-east-1",
    "us-isof-south-1",
    "eu-isoe-west-1",
];

/// The region that `text` misspells, with one error or in capitals. A name made of the words of known
/// regions may be a new region: `eu-central-3`, `ca-east-1`.
pub(crate) fn meant(text: &str) -> Option<&'static str> {
    if let Some(region) = REGIONS.into_iter().find(|region| region.eq_ignore_ascii_case(text)) {
        return (region != text).then_some(region);
    }
    let words = || REGIONS.iter().flat_map(|region| region.split('-'));
    let is_number = |word: &str| word.bytes().all(|byte| byte.is_ascii_digit());
    let is_new = text.split('-').all(|word| is_number(word) || words().any(|known| known == word));
    if is_new { None } else { suggest::typo_of(text, REGIONS, 1) }
}

/// A hint for a region whose host cannot be found, unless it is a known one.
pub(crate) fn doubt(region: &str) -> Option<String> {
    if region.is_empty() || REGIONS.contains(&region) {
        return None;
    }
    Some(match meant(region) {
        Some(meant) => format!("is `{region}` a misspelled `{meant}`?"),
        None => format!("is `{region}` a region? They look like `eu-central-1`"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn misspelt_and_new_regions() {
        for (text, expected) in [
            ("eu-cental-1", Some("eu-central-1")),
            ("us-esat-1", Some("us-east-1")),
            ("ue-west-1", Some("eu-west-1")),
            ("EU-West-1", Some("eu-west-1")),
            ("eu-central-1", None),
            ("eu-central-9", None),
            ("ca-east-1", None),
            ("nz-north-1", None),
            ("localhost", None),
        ] {
            assert_eq!(meant(text), expected, "{text}");
        }
    }
}
