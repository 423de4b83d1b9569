//! Roles and policies that ssowrap or AWS refuses.

use super::{READ_ONLY, ROLE, VIEW, home, on_top};

#[test]
fn what_is_refused() {
    let home = home();
    let long = format!("{{\"Sid\": \"{}\"}}", "x".repeat(2040));
    for (name, text) in
        [("long", long.as_str()), ("list", "[]"), ("broken", "{\"a\": "), ("empty", "")]
    {
        home.write(name, text);
    }
    let refused = |words: &[&str], error: &str| {
        let words = [&["-p", "dev"], words, &["export"]].concat();
        home.run(words).fails(2, &format!("error: {error}\n"));
    };
    for (option, value, key) in [
        ("--external-id", "x", "external_id"),
        ("--duration", "1h", "duration_seconds"),
        ("--role-session-name", "x", "role_session_name"),
    ] {
        let error = format!(
            "{option} needs --assume ARN, the role it is for\nhint: add `--assume ARN`; for a \
             profile's own role, write `{key}` into the profile"
        );
        refused(&[option, value], &error);
    }
    refused(&["--assume", ROLE, "--external-id", ""], "the value of --external-id is empty");
    let looks = "hint: role ARNs look like `arn:aws:iam::123456789012:role/deploy`";
    refused(
        &["--assume", "deploy"],
        &format!("--assume `deploy` is not the ARN of a role\n{looks}"),
    );
    refused(
        &["--assume", ROLE, "--duration", "2h"],
        "--duration can be one hour at most: AWS allows no more for a role that is assumed with \
         the credentials of another role",
    );
    refused(
        &["--assume", ROLE, "--duration", "1m"],
        "--duration `1m`: a role's session lasts from 15 minutes to 12 hours",
    );
    refused(
        &["--assume", ROLE, "--policy-arn", ROLE],
        &format!(
            "--policy-arn `{ROLE}` is not the ARN of a policy\nhint: policy ARNs look like \
             `arn:aws:iam::aws:policy/ReadOnlyAccess`"
        ),
    );
    let many = [&["--assume", ROLE][..], &["--policy-arn", VIEW].repeat(11)].concat();
    refused(&many, "--policy-arn is given 11 times, but AWS accepts 10");
    let policy = |name: &str, error: &str| {
        refused(&["--assume", ROLE, "--policy", name], error);
    };
    let how = "hint: `--policy` takes a JSON file with an IAM policy, `--policy-arn` the ARN of a \
               managed policy";
    policy(
        "none",
        &format!("cannot read the policy ~/none: No such file or directory (os error 2)\n{how}"),
    );
    policy(
        "long",
        "the policy ~/long has 2050 characters, not counting white space, but AWS accepts \
         2048\nhint: make it a managed policy and give its ARN with `--policy-arn`",
    );
    policy("list", &format!("the policy ~/list is not a JSON object\n{how}"));
    let cut = "is not JSON: EOF while parsing a value at line 1";
    policy("broken", &format!("the policy ~/broken {cut} column 6\n{how}"));
    policy("empty", &format!("the policy ~/empty {cut} column 0\n{how}"));
    assert_eq!(home.aws().log().len(), 0);
    // A role on top of narrowed credentials has all its rights.
    let hint =
        "hint: assume the role with `--assume ARN` instead: session policies restrict that one\n";
    let words = ["eks", "get-token", "--cluster-name", "blue", "--role-arn", ROLE];
    home.run(on_top(&["--policy-arn", VIEW], &words)).fails(
        2,
        &format!("error: session policies would not restrict the role of --role-arn\n{hint}"),
    );
    home.run(on_top(&["--policy-arn", VIEW], &["serve", "--allow-role", ROLE])).fails(
        2,
        &format!("error: session policies would not restrict the role of --allow-role\n{hint}"),
    );
}

/// Passes on what AWS says.
#[test]
fn what_aws_refuses() {
    let home = home();
    let long = format!("{{\"Statement\":[\"{}\"]}}", "x".repeat(2000));
    home.write("long", long);
    let words = ["--policy", "long", "--policy-arn", READ_ONLY, "--policy-arn", VIEW];
    home.run(on_top(&words, &["export"])).refused(
        4,
        &format!(
            "error: the session policies of role `{ROLE}` are too large for AWS: \
             PackedPolicyTooLarge: Packed size of session tags consumes 102% of allotted \
             space.\nhint: AWS counts the policy and the ARNs together: shorten the policy or \
             leave out some ARNs\n"
        ),
    );
    home.write("odd", "{}");
    home.run(on_top(&["--policy", "odd"], &["export"])).refused(
        4,
        &format!(
            "error: AWS does not accept the session policy of role `{ROLE}`: \
             MalformedPolicyDocument: This policy contains invalid Json\nhint: check the file of \
             `--policy`: it must be an IAM policy\n"
        ),
    );
}
