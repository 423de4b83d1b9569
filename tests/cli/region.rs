//! Which region is handed over, and what becomes of the variables that carry it.

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

#[test]
fn the_rule() {
    let home = Home::new().config(CONFIG);
    for (profile, flag, caller, expected) in [
        // The profile's, unless the caller or the option says otherwise.
        ("without", None, ["", "", ""], ["-", "-", "-"]),
        ("with", None, ["", "", ""], ["profile-region", "profile-region", "profile-region"]),
        ("with", None, ["r", "", ""], ["r", "r", "-"]),
        ("with", None, ["", "d", ""], ["d", "d", "-"]),
        ("with", None, ["r", "d", ""], ["r", "r", "-"]),
        ("without", None, ["r", "d", ""], ["r", "r", "-"]),
        ("with", Some("f"), ["r", "d", ""], ["f", "f", "f"]),
        ("without", Some("f"), ["", "", ""], ["f", "f", "f"]),
        // What an earlier ssowrap left does not count, and does not stay.
        ("with", None, ["x", "x", "x"], ["profile-region", "profile-region", "profile-region"]),
        ("without", None, ["x", "x", "x"], ["-", "-", "-"]),
        ("without", Some("f"), ["x", "x", "x"], ["f", "f", "f"]),
        // What the caller has set since does.
        ("with", None, ["r", "x", "x"], ["r", "r", "-"]),
        ("with", None, ["x", "d", "x"], ["d", "d", "-"]),
        ("with", None, ["", "", "x"], ["profile-region", "profile-region", "profile-region"]),
        ("without", None, ["", "", "x"], ["-", "-", "-"]),
    ] {
        for verb in ["export", "exec"] {
            assert_eq!(
                after(&home, profile, flag, caller, verb),
                expected,
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
mine mine none
mine
";
    home.tool("sh", ["-c", script]).prints(expected);
}
