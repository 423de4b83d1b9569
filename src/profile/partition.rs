//! The partitions of AWS, each with its own regions, accounts and console (SPEC 5.1, 8).

use crate::text::arn::Arn;

/// A partition.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Partition {
    /// Its name in ARNs.
    pub name: &'static str,
    /// The prefix of its regions.
    prefix: &'static str,
    /// None if the way to sign in is not public.
    pub console: Option<Console>,
}

/// The console of a partition.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Console {
    /// Its host. Each region has one below it.
    pub host: &'static str,
    /// The host of the sign-in.
    sign_in: &'static str,
    /// The region that uses the plain sign-in host.
    plain: Option<&'static str>,
    /// The region to sign in to if none is known.
    pub home: &'static str,
}

/// All partitions. A region belongs to the first whose prefix matches, or else to the last.
const ALL: [Partition; 8] = [
    Partition {
        name: "aws-us-gov",
        prefix: "us-gov-",
        console: Some(Console {
            host: "console.amazonaws-us-gov.com",
            sign_in: "signin.amazonaws-us-gov.com",
            plain: Some("us-gov-west-1"),
            home: "us-gov-west-1",
        }),
    },
    Partition {
        name: "aws-cn",
        prefix: "cn-",
        console: Some(Console {
            host: "console.amazonaws.cn",
            sign_in: "signin.amazonaws.cn",
            plain: Some("cn-north-1"),
            home: "cn-north-1",
        }),
    },
    Partition {
        name: "aws-eusc",
        prefix: "eusc-",
        console: Some(Console {
            host: "console.amazonaws-eusc.eu",
            sign_in: "signin.amazonaws-eusc.eu",
            plain: None,
            home: "eusc-de-east-1",
        }),
    },
    Partition { name: "aws-iso", prefix: "us-iso-", console: None },
    Partition { name: "aws-iso-b", prefix: "us-isob-", console: None },
    Partition { name: "aws-iso-e", prefix: "eu-isoe-", console: None },
    Partition { name: "aws-iso-f", prefix: "us-isof-", console: None },
    Partition {
        name: "aws",
        prefix: "",
        console: Some(Console {
            host: "console.aws.amazon.com",
            sign_in: "signin.aws.amazon.com",
            plain: None,
            home: "us-east-1",
        }),
    },
];

/// The regions of `aws` that every account can use. The list is final: newer ones require opting
/// in.
const OF_EVERY_ACCOUNT: [&str; 17] = [
    "ap-northeast-1",
    "ap-northeast-2",
    "ap-northeast-3",
    "ap-south-1",
    "ap-southeast-1",
    "ap-southeast-2",
    "ca-central-1",
    "eu-central-1",
    "eu-north-1",
    "eu-west-1",
    "eu-west-2",
    "eu-west-3",
    "sa-east-1",
    "us-east-1",
    "us-east-2",
    "us-west-1",
    "us-west-2",
];

/// Whether an account must opt in to a region before it can use it.
pub(crate) fn is_opt_in(region: &str) -> bool {
    Partition::of_region(region).name == "aws" && !OF_EVERY_ACCOUNT.contains(&region)
}

impl Partition {
    /// The partition of a region. An unknown region belongs to `aws`, as in the SDKs.
    pub(crate) fn of_region(region: &str) -> &'static Self {
        let found = ALL.iter().find(|partition| region.starts_with(partition.prefix));
        found.unwrap_or(&ALL[ALL.len() - 1])
    }

    /// The partition of an ARN, `arn:PARTITION:...`; none if it is unknown.
    pub(crate) fn of_arn(arn: &str) -> Option<&'static Self> {
        let name = Arn::parse(arn)?.partition;
        ALL.iter().find(|partition| partition.name == name)
    }
}

impl Console {
    /// The sign-in host in a region.
    pub(crate) fn sign_in_host(&self, region: &str) -> String {
        match self.plain == Some(region) {
            true => self.sign_in.to_owned(),
            false => format!("{region}.{}", self.sign_in),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn partitions_of_regions_and_arns() {
        for (region, name) in [
            ("eu-west-1", "aws"),
            ("xx-new-9", "aws"),
            ("us-gov-east-1", "aws-us-gov"),
            ("cn-northwest-1", "aws-cn"),
            ("eusc-de-east-1", "aws-eusc"),
            ("us-iso-east-1", "aws-iso"),
            ("us-isob-east-1", "aws-iso-b"),
            ("eu-isoe-west-1", "aws-iso-e"),
            ("us-isof-south-1", "aws-iso-f"),
        ] {
            assert_eq!(Partition::of_region(region).name, name, "{region}");
            let arn = format!("arn:{name}:iam::123456789012:role/x");
            assert_eq!(Partition::of_arn(&arn).map(|p| p.name), Some(name));
        }
        for arn in ["", "arn", "arn:", "arn:aws", "arn:aws-x:iam::1:role/x"] {
            assert_eq!(Partition::of_arn(arn), None, "{arn}");
        }
    }

    #[test]
    fn regions_to_opt_into() {
        for (region, expected) in [
            ("eu-west-1", false),
            ("af-south-1", true),
            ("xx-new-9", true),
            ("cn-north-1", false),
            ("us-gov-east-1", false),
        ] {
            assert_eq!(is_opt_in(region), expected, "{region}");
        }
    }

    #[test]
    fn sign_in_hosts() {
        for (region, host) in [
            ("us-east-1", "us-east-1.signin.aws.amazon.com"),
            ("eu-west-1", "eu-west-1.signin.aws.amazon.com"),
            ("cn-north-1", "signin.amazonaws.cn"),
            ("cn-northwest-1", "cn-northwest-1.signin.amazonaws.cn"),
            ("us-gov-west-1", "signin.amazonaws-us-gov.com"),
            ("us-gov-east-1", "us-gov-east-1.signin.amazonaws-us-gov.com"),
            ("eusc-de-east-1", "eusc-de-east-1.signin.amazonaws-eusc.eu"),
        ] {
            let console = Partition::of_region(region).console.as_ref().expect("a console");
            assert_eq!(console.sign_in_host(region), host);
        }
    }
}
