//! Amazon Resource Names.

/// Whether `text` is the ARN of an IAM role: `arn:PARTITION:iam::ACCOUNT:role/[PATH/]NAME`.
pub(crate) fn is_role(text: &str) -> bool {
    let mut fields = text.splitn(6, ':');
    let mut next = || fields.next().unwrap_or_default();
    let head = [next(), next(), next(), next(), next()];
    let ["arn", partition, "iam", "", account] = head else { return false };
    let is_name = |c: char| c.is_ascii_alphanumeric() || "+=,.@_-/".contains(c);
    let name = next().strip_prefix("role/").unwrap_or_default();
    partition.starts_with("aws")
        && account.len() == 12
        && account.bytes().all(|byte| byte.is_ascii_digit())
        && !name.is_empty()
        && !name.ends_with('/')
        && name.chars().all(is_name)
}

/// Whether `text` is the ARN of a managed policy, of an account or of AWS itself:
/// `arn:PARTITION:iam::aws:policy/[PATH/]NAME`.
pub(crate) fn is_policy(text: &str) -> bool {
    let as_role = text.replacen(":aws:policy/", ":000000000000:policy/", 1);
    is_role(&as_role.replacen(":policy/", ":role/", 1)) && !text.contains(":role/")
}

#[cfg(test)]
mod tests {
    use super::*;

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
