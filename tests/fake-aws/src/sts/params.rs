//! The limits of the STS model, checked one by one with the service's wording.

use crate::answer::{Answer, Shape};
use crate::form::{self, Pairs};
use std::time::Duration;

/// Refuses parameters that the operation does not have, and duplicates. A name ending in `.` stands
/// for a list below it.
pub(crate) fn only(sent: &Pairs, known: &[&str]) -> Result<(), Answer> {
    for (at, (name, _)) in sent.iter().enumerate() {
        let fits = |known: &&str| match known.strip_suffix('.') {
            Some(list) => name.strip_prefix(list).is_some_and(|rest| rest.starts_with('.')),
            None => name == known,
        };
        if name != "Action" && name != "Version" && !known.iter().any(fits) {
            return Err(validation(&format!("Parameter {name} is not part of this operation")));
        }
        if sent[..at].iter().any(|(earlier, _)| earlier == name) {
            return Err(validation(&format!("Parameter {name} was sent twice")));
        }
    }
    Ok(())
}

/// A required parameter.
pub(crate) fn required<'a>(sent: &'a Pairs, name: &str) -> Result<&'a str, Answer> {
    form::get(sent, name).ok_or_else(|| {
        let text = format!(
            "1 validation error detected: Value null at '{}' failed to satisfy constraint: Member \
             must not be null",
            member(name)
        );
        validation(&text)
    })
}

/// Checks a text against its length and the characters allowed besides `[A-Za-z0-9_]`.
pub(crate) fn text(
    name: &str,
    value: &str,
    lengths: std::ops::RangeInclusive<usize>,
    also: &str,
) -> Result<(), Answer> {
    let count = value.chars().count();
    let constraint = if count < *lengths.start() {
        format!("Member must have length greater than or equal to {}", lengths.start())
    } else if count > *lengths.end() {
        format!("Member must have length less than or equal to {}", lengths.end())
    } else if !value.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || also.contains(c)) {
        format!("Member must satisfy regular expression pattern: [\\w{also}]*")
    } else {
        return Ok(());
    };
    Err(violated(name, value, &constraint))
}

/// `DurationSeconds`, if it was sent.
pub(crate) fn duration(sent: &Pairs, longest: u64) -> Result<Option<Duration>, Answer> {
    let Some(value) = form::get(sent, "DurationSeconds") else {
        return Ok(None);
    };
    let seconds: u64 = value.parse().map_err(|_| {
        let text = format!("For input string: \"{value}\"");
        Shape::Sts.error(400, "MalformedInput", &text)
    })?;
    let constraint = if seconds < 900 {
        "Member must have value greater than or equal to 900".to_owned()
    } else if seconds > longest {
        format!("Member must have value less than or equal to {longest}")
    } else {
        return Ok(Some(Duration::from_secs(seconds)));
    };
    Err(violated("DurationSeconds", value, &constraint))
}

/// An inline session policy must be a JSON object with a `Statement`.
pub(crate) fn policy(sent: &Pairs) -> Result<(), Answer> {
    let Some(policy) = form::get(sent, "Policy") else {
        return Ok(());
    };
    if policy.is_empty() || policy.len() > 2048 {
        let constraint = "Member must have length between 1 and 2048";
        return Err(violated("Policy", policy, constraint));
    }
    let parsed: Option<serde_json::Value> = serde_json::from_str(policy).ok();
    if parsed.is_some_and(|policy| policy.get("Statement").is_some()) {
        return Ok(());
    }
    let text = "This policy contains invalid Json";
    Err(Shape::Sts.error(400, "MalformedPolicyDocument", text))
}

/// `PolicyArns.member.N.arn`, numbered from 1 without a gap, ten at most.
pub(crate) fn policy_arns(sent: &Pairs) -> Result<(), Answer> {
    let count = sent.iter().filter(|(name, _)| name.starts_with("PolicyArns.")).count();
    if count > 10 {
        let constraint = "Member must have length less than or equal to 10";
        return Err(violated("PolicyArns", "…", constraint));
    }
    for number in 1..=count {
        let arn = required(sent, &format!("PolicyArns.member.{number}.arn"))?;
        let name = arn.strip_prefix("arn:aws").and_then(|rest| rest.split_once(":policy/"));
        if name.is_none_or(|(account, name)| !account.contains(":iam::") || name.is_empty()) {
            return Err(validation(&format!("The specified policy ARN {arn} is invalid")));
        }
    }
    Ok(())
}

/// `Tags.member.N.Key` and `.Value`, numbered from 1 without a gap.
pub(crate) fn tags(sent: &Pairs) -> Result<Vec<(String, String)>, Answer> {
    let mut tags: Vec<(String, String)> = Vec::new();
    let count = sent.iter().filter(|(name, _)| name.starts_with("Tags.member.")).count();
    for number in 1..=count.div_ceil(2) {
        let key = required(sent, &format!("Tags.member.{number}.Key"))?;
        let value = required(sent, &format!("Tags.member.{number}.Value"))?;
        text("tags.key", key, 1..=128, " .:/=+@-")?;
        text("tags.value", value, 0..=256, " .:/=+@-")?;
        if tags.iter().any(|(earlier, _)| earlier.eq_ignore_ascii_case(key)) {
            let text = "Duplicate tag keys found. Please note that Tag keys are case insensitive.";
            return Err(Shape::Sts.error(400, "InvalidParameterValue", text));
        }
        tags.push((key.to_owned(), value.to_owned()));
    }
    if tags.len() > 50 {
        return Err(violated("Tags", "…", "Member must have length less than or equal to 50"));
    }
    Ok(tags)
}

/// `arn:aws*:iam::ACCOUNT:role/PATH/NAME`, as partition, account and name.
pub(crate) fn role_arn(arn: &str) -> Result<(&str, &str, &str), Answer> {
    if arn.len() < 20 {
        let constraint = "Member must have length greater than or equal to 20";
        return Err(violated("RoleArn", arn, constraint));
    }
    let invalid = || validation(&format!("{arn} is invalid"));
    let parts: Vec<_> = arn.splitn(6, ':').collect();
    let ["arn", partition, "iam", "", account, resource] = parts[..] else {
        return Err(invalid());
    };
    let partition_fits = partition == "aws"
        || partition.strip_prefix("aws-").is_some_and(|rest| {
            !rest.is_empty() && rest.bytes().all(|b| b.is_ascii_lowercase() || b == b'-')
        });
    let path = resource.strip_prefix("role/").ok_or_else(invalid)?;
    let name = path.rsplit('/').next().unwrap_or_default();
    let name_fits = !name.is_empty()
        && path.chars().all(|c| c.is_ascii_alphanumeric() || "+=,.@-_/".contains(c));
    let digits = account.len() == 12 && account.bytes().all(|b| b.is_ascii_digit());
    if partition_fits && digits && name_fits {
        Ok((partition, account, name))
    } else {
        Err(invalid())
    }
}

/// A ValidationError with this message.
pub(crate) fn validation(message: &str) -> Answer {
    Shape::Sts.error(400, "ValidationError", message)
}

fn violated(name: &str, value: &str, constraint: &str) -> Answer {
    validation(&format!(
        "1 validation error detected: Value '{value}' at '{}' failed to satisfy constraint: \
         {constraint}",
        member(name)
    ))
}

/// `RoleArn` is `roleArn` in the service's messages.
fn member(name: &str) -> String {
    let mut chars = name.chars();
    match chars.next() {
        Some(first) => first.to_ascii_lowercase().to_string() + chars.as_str(),
        None => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn role_arns() {
        let good = "arn:aws:iam::123456789012:role/path/to/demo";
        assert_eq!(role_arn(good).ok(), Some(("aws", "123456789012", "demo")));
        assert!(role_arn("arn:aws-us-gov:iam::123456789012:role/demo").is_ok());
        for bad in [
            "demo",
            "arn:aws:iam::123456789012:user/demo",
            "arn:aws:iam::12345678901:role/demo",
            "arn:aws:iam:us-east-1:123456789012:role/demo",
            "arn:awsx:iam::123456789012:role/demo",
            "arn:aws:iam::123456789012:role/",
            "arn:aws:iam::123456789012:role/a b",
        ] {
            assert!(role_arn(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn unknown_and_doubled_parameters_are_refused() {
        let sent = |text: &str| form::parse(text).expect("a form");
        let known = ["RoleArn", "Tags."];
        assert!(only(&sent("Action=A&RoleArn=r&Tags.member.1.Key=k"), &known).is_ok());
        assert!(only(&sent("Action=A&Rolearn=r"), &known).is_err());
        assert!(only(&sent("RoleArn=r&RoleArn=s"), &known).is_err());
    }
}
