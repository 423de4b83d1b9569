//! docs/reference/json.md names the members that the program prints, and no others.

use std::collections::BTreeSet;

use serde_json::Value;

use super::{code, page};
use crate::support::Home;

/// One profile of each kind.
const CONFIG: &str = "\
[sso-session corp]
sso_start_url = https://corp.awsapps.com/start
sso_region = eu-central-1

[profile prod]
sso_session = corp
sso_account_id = 123456789012
sso_role_name = Admin
region = eu-west-1

[profile chain]
role_arn = arn:aws:iam::210987654321:role/deploy
source_profile = prod

[profile keys]
aws_access_key_id = AKIA
aws_secret_access_key = FAKEsecret

[profile process]
credential_process = other

[profile web]
role_arn = arn:aws:iam::210987654321:role/web
web_identity_token_file = /token

[profile console]
login_session = arn:aws:iam::123456789012:user/alice

[profile empty]
region = eu-west-1
";

fn home() -> Home {
    let home = Home::with_aws().config(CONFIG).login("corp");
    home.run(["-p", "chain", "credential-process"]).succeeds();
    home
}

fn json(home: &Home, words: &[&str]) -> Value {
    serde_json::from_str(home.run(words).report().stdout()).expect("JSON")
}

fn members(value: &Value) -> BTreeSet<&str> {
    let object = value.as_array().map_or(Some(value), |rows| rows.first());
    let object = object.and_then(Value::as_object).expect("an object");
    object.keys().map(String::as_str).collect()
}

/// A text without its parentheses.
fn outside(text: &str) -> String {
    let kept = text.split('(').enumerate();
    kept.map(|(n, part)| if n == 0 { part } else { part.split_once(')').expect("its end").1 })
        .collect()
}

#[test]
fn rows_name_the_members() {
    let (home, text) = (home(), page("docs/reference/json.md"));
    let rows = text.lines().filter_map(|line| line.strip_prefix("| `"));
    let mut count = 0;
    for row in rows {
        let (command, row) = row.split_once("` | ").expect("a command");
        let told = outside(row.split_once(" | ").expect("two columns").1);
        let told: BTreeSet<&str> = code(&told).collect();
        let words = match command {
            "each --json" => "-p prod each --json -- true".to_owned(),
            "cache list --json" | "status --json" | "profiles --json" | "accounts --json" => {
                command.to_owned()
            }
            _ => format!("-p chain {command}"),
        };
        let words: Vec<&str> = words.split(' ').collect();
        assert_eq!(told, members(&json(&home, &words)), "{command}");
        count += 1;
    }
    assert_eq!(count, 8);
}

/// The list items on the page that begin with `start`.
fn point<'a>(text: &'a str, start: &str) -> &'a str {
    let found = text.split(&format!("\n- {start}")).nth(1).expect(start);
    found.split("\n- ").next().and_then(|point| point.split("\n\n").next()).expect("its end")
}

#[test]
fn points_explain_the_members() {
    let (home, text) = (home(), page("docs/reference/json.md"));
    let told = |start| point(&text, start);
    let has = |start: &str, value: &Value| {
        let told: BTreeSet<&str> = code(point(&text, start)).collect();
        for member in members(value) {
            assert!(told.contains(member), "{start}: {member}");
        }
    };

    let kinds = |rows: &Value| -> BTreeSet<String> {
        let rows = rows.as_array().expect("rows").iter();
        rows.map(|row| row["kind"].as_str().expect("a kind").to_owned()).collect()
    };
    let named = |text: &str| -> BTreeSet<String> { code(text).map(str::to_owned).collect() };
    let profiles = json(&home, &["profiles", "--json"]);
    assert_eq!(named(&outside(told("A profile's `kind`"))), kinds(&profiles));

    let cached = json(&home, &["cache", "list", "--json"]);
    assert_eq!(named(told("A cached entry's `kind`")), kinds(&cached));
    has("`link`", &cached[0]["link"]);

    let explained = json(&home, &["-p", "chain", "explain", "--json"]);
    has("`explain`'s `plan`", &explained["plan"]);
    has("`explain`'s `settings`", &explained["settings"]);
    has("`token`", &explained["token"]);
    let failed = json(&home, &["-p", "nobody", "explain", "--json"]);
    has("`explain`'s `error`", &failed["error"]);
    assert!(
        told("`explain`'s `error`").contains(failed["error"]["kind"].as_str().expect("a kind"))
    );

    has("`cached`", &json(&home, &["status", "--json"])[0]["cached"]);
}
