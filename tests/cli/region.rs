//! The region that is handed over, and what happens to the variables that contain it.

use std::collections::BTreeMap;

use crate::support::Home;

const CONFIG: &str = "\
[profile with]
aws_access_key_id = AKIAEXAMPLE
aws_secret_access_key = FAKEsecret
region = profile-region

[profile without]
aws_access_key_id = AKIAEXAMPLE
aws_secret_access_key = FAKEsecret
";

const NAMES: [&str; 3] = ["AWS_REGION", "AWS_DEFAULT_REGION", "SSOWRAP_REGION"];

/// The environment after `eval "$(ssowrap export)"` or under `ssowrap exec`.
fn after(
    home: &Home,
    profile: &str,
    flag: Option<&str>,
    caller: [&str; 3],
    verb: &str,
) -> [String; 3] {
    let flag = flag.map_or(String::new(), |region| format!(" --region {region}"));
    let show = "env; echo end";
    let script = match verb {
        "export" => format!("eval \"$(ssowrap -p {profile}{flag} export)\"; {show}"),
        _ => format!("ssowrap -p {profile}{flag} exec -- sh -c '{show}'"),
    };
    let mut run = home.tool("sh", ["-c", &script]);
    for (name, value) in NAMES.into_iter().zip(caller).filter(|(_, value)| !value.is_empty()) {
        run = run.env(name, value);
    }
    let output = run.succeeds();
    let variables: BTreeMap<_, _> =
        output.stdout().lines().filter_map(|line| line.split_once('=')).collect();
    NAMES.map(|name| variables.get(name).copied().unwrap_or("-").to_owned())
}

/// The `SSOWRAP_REGION` for a region that ssowrap has set in these variables.
fn mark(region: &str, variables: &str) -> String {
    match variables {
        "" => "-".to_owned(),
        "both" => format!("{region}:AWS_REGION,AWS_DEFAULT_REGION"),
        name => format!("{region}:{name}"),
    }
}

#[test]
fn the_rule() {
    let home = Home::new().config(CONFIG);
    for (profile, flag, caller, expected) in [
        // The profile's, unless the caller or the option says otherwise.
        ("without", None, ["", "", ""], ["-", ""]),
        ("with", None, ["", "", ""], ["profile-region", "both"]),
        ("with", None, ["r", "", ""], ["r", "AWS_DEFAULT_REGION"]),
        ("with", None, ["", "d", ""], ["d", "AWS_REGION"]),
        ("with", None, ["r", "d", ""], ["r", "AWS_DEFAULT_REGION"]),
        ("without", None, ["r", "d", ""], ["r", "AWS_DEFAULT_REGION"]),
        ("with", Some("f"), ["r", "d", ""], ["f", "both"]),
        ("without", Some("f"), ["", "", ""], ["f", "both"]),
        // What an earlier ssowrap set is ignored and replaced.
        ("with", None, ["x", "x", "x"], ["profile-region", "both"]),
        ("without", None, ["x", "x", "x"], ["-", ""]),
        ("without", Some("f"), ["x", "x", "x"], ["f", "both"]),
        // What the caller has set since counts.
        ("with", None, ["r", "x", "x"], ["r", "AWS_DEFAULT_REGION"]),
        ("with", None, ["x", "d", "x"], ["d", "AWS_REGION"]),
        ("with", None, ["", "", "x"], ["profile-region", "both"]),
        ("without", None, ["", "", "x"], ["-", ""]),
    ] {
        let [region, marked] = expected;
        for verb in ["export", "exec"] {
            assert_eq!(
                after(&home, profile, flag, caller, verb),
                [region.to_owned(), region.to_owned(), mark(region, marked)],
                "{verb} {profile} {flag:?} {caller:?}"
            );
        }
    }
}

#[test]
fn from_one_profile_to_the_next_in_one_shell() {
    let home = Home::new().config(CONFIG);
    let script = "\
eval \"$(ssowrap -p with export)\"; echo $AWS_REGION $SSOWRAP_PROFILE
eval \"$(ssowrap -p without export)\"; echo ${AWS_REGION-none} $SSOWRAP_PROFILE
eval \"$(ssowrap -p with export)\"; AWS_REGION=mine
eval \"$(ssowrap -p without export)\"; echo $AWS_REGION $AWS_DEFAULT_REGION ${SSOWRAP_REGION-none}
eval \"$(ssowrap -p with export)\"; echo $AWS_REGION
";
    let expected = "\
profile-region with
none without
mine mine mine:AWS_DEFAULT_REGION
mine
";
    home.tool("sh", ["-c", script]).prints(expected);
}

/// What ssowrap has set for the user isn't the user's own: it changes with the region, and is
/// removed with the rest.
#[test]
fn a_region_that_was_set_for_the_caller() {
    let home = Home::new().config(CONFIG);
    let script = "\
export AWS_REGION=mine
eval \"$(ssowrap -p without export)\"; echo $AWS_REGION $AWS_DEFAULT_REGION
unset AWS_REGION
eval \"$(ssowrap -p with export)\"; echo $AWS_REGION $AWS_DEFAULT_REGION
eval \"$(ssowrap export --unset)\"; echo ${AWS_REGION-none} ${AWS_DEFAULT_REGION-none}
export AWS_DEFAULT_REGION=mine
eval \"$(ssowrap -p with export)\"; echo $AWS_REGION $AWS_DEFAULT_REGION
eval \"$(ssowrap export --unset)\"; echo ${AWS_REGION-none} ${AWS_DEFAULT_REGION-none}
";
    let expected = "\
mine mine
profile-region profile-region
none none
mine mine
none mine
";
    home.tool("sh", ["-c", script]).prints(expected);
}
