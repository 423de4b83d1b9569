//! Amazon Resource Names.

use std::fmt;

/// The longest role ARN that AWS accepts.
const LONGEST: usize = 2048;

/// `arn:PARTITION:SERVICE:REGION:ACCOUNT:RESOURCE`
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Arn<'a> {
    pub partition: &'a str,
    pub service: &'a str,
    pub region: &'a str,
    pub account: &'a str,
    pub resource: &'a str,
}

impl<'a> Arn<'a> {
    /// The fields of `text`, unchecked.
    pub(crate) fn parse(text: &'a str) -> Option<Self> {
        let mut fields = text.strip_prefix("arn:")?.splitn(5, ':');
        Some(Self {
            partition: fields.next()?,
            service: fields.next()?,
            region: fields.next()?,
            account: fields.next()?,
            resource: fields.next()?,
        })
    }

    /// The `[PATH/]NAME` of a resource of this kind, `role` or `policy`.
    fn iam(self, kind: &str) -> Option<&'a str> {
        let is_iam =
            self.partition.starts_with("aws") && self.service == "iam" && self.region.is_empty();
        self.resource.strip_prefix(kind)?.strip_prefix('/').filter(|_| is_iam)
    }

    /// The IAM role that it names: `[PATH/]NAME`.
    pub(crate) fn role(self) -> Option<&'a str> {
        self.iam("role")
    }

    /// The text after the last slash: the name of a role, a user, a session.
    pub(crate) fn name(self) -> Option<&'a str> {
        self.resource.rsplit_once('/').map(|(_, name)| name).filter(|name| !name.is_empty())
    }

    /// The account, if it has one.
    pub(crate) fn account_id(self) -> Option<&'a str> {
        Some(self.account).filter(|account| !account.is_empty())
    }
}

impl fmt::Display for Arn<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { partition, service, region, account, resource } = self;
        write!(f, "arn:{partition}:{service}:{region}:{account}:{resource}")
    }
}

/// Whether `text` is the ARN of an IAM role: `arn:PARTITION:iam::ACCOUNT:role/[PATH/]NAME`.
pub(crate) fn is_role(text: &str) -> bool {
    let arn = Arn::parse(text).filter(|arn| is_account_id(arn.account));
    arn.and_then(Arn::role).is_some_and(is_path_with_name) && text.len() <= LONGEST
}

/// Whether `text` begins like the ARN of an IAM role, at least up to `role/`.
pub(crate) fn begins_role(text: &str) -> bool {
    let arn = Arn::parse(text).filter(|arn| is_account_id(arn.account));
    arn.and_then(Arn::role).is_some_and(|path| path.chars().all(is_of_path))
}

/// Whether `text` is the ARN of a managed policy, an account's or AWS's own:
/// `arn:PARTITION:iam::aws:policy/[PATH/]NAME`.
pub(crate) fn is_policy(text: &str) -> bool {
    let arn = Arn::parse(text).filter(|arn| arn.account == "aws" || is_account_id(arn.account));
    arn.and_then(|arn| arn.iam("policy")).is_some_and(is_path_with_name)
}

fn is_path_with_name(text: &str) -> bool {
    let is_of_name = |c: char| c.is_ascii_alphanumeric() || "+=,.@_-".contains(c);
    let name = text.rsplit('/').next().unwrap_or_default();
    !name.is_empty() && name.chars().all(is_of_name) && text.chars().all(is_of_path)
}

/// Whether a path may contain the character. IAM accepts a few more, which nobody uses.
fn is_of_path(c: char) -> bool {
    c.is_ascii_graphic() && !"*:".contains(c)
}

/// Whether STS uses such an ARN for a caller: a session, a user, an account's root.
pub(crate) fn is_caller(text: &str) -> bool {
    let arn = Arn::parse(text).filter(|_| !text.contains(char::is_control));
    arn.is_some_and(|arn| {
        ["sts", "iam"].contains(&arn.service)
            && is_account_id(arn.account)
            && !arn.resource.is_empty()
    })
}

/// Whether `text` is twelve digits.
pub(crate) fn is_account_id(text: &str) -> bool {
    text.len() == 12 && text.bytes().all(|b| b.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields() {
        let text = "arn:aws-cn:sts::012345678901:assumed-role/x/y:z";
        let arn = Arn::parse(text).expect("an ARN");
        assert_eq!((arn.account_id(), arn.name()), (Some("012345678901"), Some("y:z")));
        assert_eq!(arn.role(), None);
        assert_eq!(arn.to_string(), text);
        let nobody = Arn::parse("arn:aws:sts:::assumed-role/x/").expect("an ARN");
        assert_eq!((nobody.account_id(), nobody.name()), (None, None));
        let role = Arn::parse("arn:aws:iam::012345678901:role/a/b");
        assert_eq!(role.and_then(Arn::role), Some("a/b"));
        for text in ["", "x", "arn:aws:iam::012345678901", "urn:aws:iam::012345678901:role/x"] {
            assert_eq!(Arn::parse(text), None, "{text}");
        }
    }

    #[test]
    fn roles_and_others() {
        for arn in ["arn:aws:iam::123456789012:role/x", "arn:aws-cn:iam::123456789012:role/a/b/x.y"]
        {
            assert!(is_role(arn), "{arn}");
        }
        for arn in [
            "",
            "arn:aws:iam::123456789012:role/",
            "arn:aws:iam::123456789012:user/x",
            "arn:aws:iam::12345678901:role/x",
            "arn:aws:sts::123456789012:role/x",
            "arn:aws:iam::123456789012:role/A B",
            "arn:aws:iam::123456789012:role/a/",
        ] {
            assert!(!is_role(arn), "{arn}");
        }
        for (arn, expected) in [
            ("arn:aws:iam::aws:policy/ReadOnlyAccess", true),
            ("arn:aws-cn:iam::aws:policy/job-function/ViewOnlyAccess", true),
            ("arn:aws:iam::123456789012:policy/x", true),
            ("arn:aws:iam::123456789012:role/x", false),
            ("arn:aws:iam::aws:role/x", false),
            ("ReadOnlyAccess", false),
            ("arn:aws:iam::aws:policy/", false),
        ] {
            assert_eq!(is_policy(arn), expected, "{arn}");
        }
    }
}
