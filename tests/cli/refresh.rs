//! The refresh of a login: when it is due, what is sent, what is written, and the messages if it
//! fails. One of many processes does it, while other tools write the same file.

mod failures;
mod killed;
mod patience;
mod place;
mod races;

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use fake_aws::{RefreshTokens, fingerprint};
use serde_json::{Value, json};

use crate::clients::installed;
use crate::support::{
    CLIENT_ID, CLIENT_SECRET, DEV, Home, REFRESH_TOKEN, SSO_REGION, START_URL, Token, now,
    timestamp, token_file,
};

const OPERATION: &str = "CreateToken";
const LOGIN: &str = "hint: run `ssowrap login --sso-session corp`\n";

/// A home with a refreshable login that has this much time left, or expired this long ago.
fn home(left: TimeDelta) -> Home {
    Home::with_aws().config(DEV).token("corp", &Token::new().expires_in(left)).refreshable()
}

fn expired() -> Home {
    home(TimeDelta::minutes(-150))
}

fn minutes(n: i64) -> TimeDelta {
    TimeDelta::minutes(n)
}

/// The token file as text.
fn contents(home: &Home) -> String {
    fs::read_to_string(home.path(&token_file("corp"))).expect("a token file")
}

fn fields(home: &Home) -> Value {
    serde_json::from_str(&contents(home)).expect("JSON")
}

/// When the token in the file expires.
fn end(home: &Home) -> DateTime<Utc> {
    fields(home)["expiresAt"].as_str().and_then(|text| text.parse().ok()).expect("a time")
}

/// Runs ssowrap without cached credentials, so that it needs the token.
const EXPORT: [&str; 4] = ["-p", "dev", "--no-cache", "export"];

/// Runs it, which must print no messages. Returns the number of CreateToken requests.
fn refreshes(home: &Home) -> usize {
    let before = home.aws().count(OPERATION);
    home.run(EXPORT).succeeds();
    home.aws().count(OPERATION) - before
}

/// Fingerprint of the token in the last GetRoleCredentials request.
fn used(home: &Home) -> String {
    let log = home.aws().log_of("GetRoleCredentials");
    log.last().expect("a request").headers["x-amz-sso_bearer_token"].clone()
}

#[test]
fn due_when_a_quarter_of_an_hour_is_left() {
    for (left, due) in [
        (minutes(480), 0),
        (minutes(16), 0),
        (minutes(15), 1),
        (minutes(1), 1),
        (TimeDelta::seconds(-1), 1),
        (minutes(-480), 1),
    ] {
        let home = home(left);
        let before = contents(&home);
        assert_eq!(refreshes(&home), due, "{left}");
        if due == 0 {
            assert_eq!(contents(&home), before);
            assert_eq!(used(&home), fingerprint(&Token::new().access_token));
        } else {
            let access = fields(&home)["accessToken"].as_str().expect("text").to_owned();
            assert_eq!(used(&home), fingerprint(&access));
            // The new one is good for the next call.
            assert_eq!(refreshes(&home), 0);
        }
    }
}

#[test]
fn what_is_asked() {
    let home = expired();
    assert_eq!(refreshes(&home), 1);
    let request = &home.aws().log_of(OPERATION)[0];
    assert_eq!(request.path, "/token");
    let params: Vec<_> = request.params.iter().map(|(k, v)| (k.as_str(), v.as_str())).collect();
    let (secret, token) = (fingerprint(CLIENT_SECRET), fingerprint(REFRESH_TOKEN));
    let expected = [
        ("clientId", CLIENT_ID),
        ("clientSecret", &secret),
        ("grantType", "refresh_token"),
        ("refreshToken", &token),
    ];
    assert_eq!(params, expected);
    assert_eq!(request.headers.get("authorization"), None);
    assert_eq!(request.notes, [""; 0]);
}

/// The file is identical to the AWS CLI's (SPEC 3.2).
#[test]
fn what_is_written() {
    let home = expired();
    home.aws().token_lifetime(Duration::from_secs(28_800));
    let before = now();
    assert_eq!(refreshes(&home), 1);
    let after = now();
    let fields = fields(&home);
    let text = |name: &str| fields[name].as_str().expect("text");
    assert_eq!(
        contents(&home),
        format!(
            "{{\"startUrl\": \"{START_URL}\", \"region\": \"{SSO_REGION}\", \"accessToken\": \"{}\", \
             \"expiresAt\": \"{}\", \"clientId\": \"{CLIENT_ID}\", \"clientSecret\": \
             \"{CLIENT_SECRET}\", \"registrationExpiresAt\": \"2099-01-01T00:00:00Z\", \
             \"refreshToken\": \"{}\"}}",
            text("accessToken"),
            text("expiresAt"),
            text("refreshToken"),
        )
    );
    let issued = end(&home) - TimeDelta::hours(8);
    assert!(before - TimeDelta::seconds(1) <= issued && issued <= after);
    assert_ne!(text("refreshToken"), REFRESH_TOKEN);
    let file = home.path(&token_file("corp"));
    let mode = fs::metadata(&file).expect("a file").permissions().mode();
    assert_eq!(mode & 0o7777, 0o600);
    // Nothing else is left next to it.
    let directory = file.parent().expect("a directory");
    assert_eq!(fs::read_dir(directory).expect("a directory").count(), 1);
}

#[test]
fn a_mode_that_is_too_wide_is_not_taken_over() {
    let home = expired();
    let file = home.path(&token_file("corp"));
    fs::set_permissions(&file, fs::Permissions::from_mode(0o644)).expect("own file");
    assert!(home.run(EXPORT).output().stderr.ends_with("; its mode is now 0600\n"));
    assert_eq!(home.aws().count(OPERATION), 1);
    let mode = fs::metadata(&file).expect("a file").permissions().mode();
    assert_eq!(mode & 0o7777, 0o600);
}

#[test]
fn a_refresh_token_that_does_not_come_is_dropped() {
    for mode in [RefreshTokens::Omit, RefreshTokens::Null] {
        let home = expired();
        home.aws().set_refresh_tokens(mode);
        assert_eq!(refreshes(&home), 1);
        let fields = fields(&home);
        let keys: Vec<_> = fields.as_object().expect("an object").keys().collect();
        assert_eq!(
            keys,
            [
                "startUrl",
                "region",
                "accessToken",
                "expiresAt",
                "clientId",
                "clientSecret",
                "registrationExpiresAt"
            ],
            "{mode:?}"
        );
    }
}

/// Another tool's file: indented, in another order, with other forms of times and its own keys.
#[test]
fn other_keys_are_kept() {
    let file = json!({
        "vendor": {"scopes": ["a", "é\u{1f600}"], "n": [1, -2.5, null, true], "": ""},
        "expiresAt": timestamp(now() - minutes(5)).replace('Z', ".123Z"),
        "refreshToken": REFRESH_TOKEN,
        "clientSecret": CLIENT_SECRET,
        "AccessToken": "FAKEtoken-of-somebody",
        "registrationExpiresAt": "2099-01-01T00:00:00.999UTC",
        "accessToken": "FAKEtoken-old",
        "clientId": CLIENT_ID,
    });
    let file = serde_json::to_string_pretty(&file).expect("JSON") + "\n";
    let home = Home::with_aws().config(DEV).refreshable().raw_token("corp", &file);
    assert_eq!(refreshes(&home), 1);
    let contents = contents(&home);
    let start = format!("{{\"startUrl\": \"{START_URL}\", \"region\": \"{SSO_REGION}\", \"acc");
    assert!(contents.starts_with(&start), "{contents}");
    let registration = ", \"registrationExpiresAt\": \"2099-01-01T00:00:00Z\", \"refreshToken\": ";
    assert!(contents.contains(registration), "{contents}");
    let vendor = file.split_once("\"vendor\": ").expect("it").1;
    let vendor = vendor.split_once(",\n  \"expiresAt\"").expect("the next").0;
    let end = format!(", \"vendor\": {vendor}, \"AccessToken\": \"FAKEtoken-of-somebody\"}}");
    assert!(contents.ends_with(&end), "{contents}");
    // And again, from the current form.
    let expired = timestamp(now() - minutes(5));
    let at = fields(&home)["expiresAt"].as_str().expect("text").to_owned();
    home.write(&token_file("corp"), contents.replace(&at, &expired));
    assert_eq!(refreshes(&home), 1);
    assert!(self::contents(&home).ends_with(&end));
}

/// Everything that a refresh needs, or nothing.
#[test]
fn a_login_that_lacks_something_is_used_until_it_ends() {
    let whole = |left| Token::new().expires_in(left).to_json();
    for key in ["clientId", "clientSecret", "registrationExpiresAt", "refreshToken"] {
        let with = |left| whole(left).replace(&format!("\"{key}\""), "\"other\"");
        let home = Home::with_aws().login("corp").config(DEV).refreshable();
        let home = home.raw_token("corp", with(minutes(5)));
        assert_eq!(refreshes(&home), 0, "{key}");
        let home = home.raw_token("corp", with(minutes(-150)));
        home.run(EXPORT).fails(
            3,
            &format!(
                "error: profile `dev` needs a login: the token of sso-session `corp` expired at {} \
                 (2 h ago)\n{LOGIN}",
                end(&home).format("%H:%M")
            ),
        );
    }
}

#[test]
fn an_ended_registration_says_so() {
    let ended = now() - minutes(60 * 75);
    let registration = timestamp(ended);
    let with = |left| {
        let json = Token::new().expires_in(left).to_json();
        json.replace("2099-01-01T00:00:00Z", &registration)
    };
    let home = Home::with_aws().login("corp").config(DEV).refreshable();
    let home = home.raw_token("corp", with(minutes(5)));
    assert_eq!(refreshes(&home), 0);
    let home = home.raw_token("corp", with(minutes(-150)));
    home.run(EXPORT).fails(
        3,
        &format!(
            "error: profile `dev` needs a login: the token of sso-session `corp` expired at {} (2 \
             h ago), and its client registration expired at {} (3 days ago)\n{LOGIN}",
            end(&home).format("%H:%M"),
            ended.format("%Y-%m-%d %H:%M"),
        ),
    );
    assert_eq!(home.aws().count(OPERATION), 0);
    let output = home.run(["-p", "dev", "explain"]).succeeds();
    let words = format!(": its client registration expired at {registration}, so it cannot be");
    assert!(output.stdout().contains(&words), "{}", output.stdout());
}

/// Profiles without a session have tokens that nobody refreshes (SPEC 3.4).
#[test]
fn a_login_by_start_url_is_never_refreshed() {
    let older = format!(
        "[profile older]\nsso_start_url = {START_URL}\nsso_region = {SSO_REGION}\n\
         sso_account_id = 123456789012\nsso_role_name = Admin\n"
    );
    let arguments = ["-p", "older", "--no-cache", "export"];
    let home = Home::with_aws().config(&older).refreshable();
    let home = home.token(START_URL, &Token::new().expires_in(minutes(5)));
    home.run(arguments).succeeds();
    let ended = now() - minutes(150);
    let home = home.token(START_URL, &Token::new().expires_at(timestamp(ended)));
    home.run(arguments).fails(
        3,
        &format!(
            "error: profile `older` needs a login: the token of start URL `{START_URL}` expired at \
             {} (2 h ago)\nhint: run `ssowrap -p older login`\n",
            ended.format("%H:%M")
        ),
    );
    assert_eq!(home.aws().count(OPERATION), 0);
}

/// A session that is in no config file: the token file contains its portal.
#[test]
fn a_session_without_a_section() {
    let home = expired().config("");
    let role = ["--account-id", "123456789012", "--role-name", "Admin", "--no-cache", "export"];
    let before = fields(&home);
    home.run(["--sso-session", "corp"].iter().chain(&role)).succeeds();
    let after = fields(&home);
    assert_ne!(before["accessToken"], after["accessToken"]);
    assert_eq!([&before["startUrl"], &before["region"]], [&after["startUrl"], &after["region"]]);
}

#[test]
fn endpoints_of_the_token_service() {
    let home = expired();
    let url = home.aws().url();
    let nowhere = "http://127.0.0.1:9";
    let run =
        || home.run(EXPORT).env("AWS_ENDPOINT_URL", nowhere).env("AWS_ENDPOINT_URL_SSO", &url);
    assert_eq!(run().output().status.code(), Some(6));
    run().env("AWS_ENDPOINT_URL_SSO_OIDC", &url).succeeds();
    // The same in the config.
    let home = expired();
    let block = |service| format!("{service} =\n  endpoint_url = {}\n", home.aws().url());
    let config = DEV.replace("eu-west-1\n", "eu-west-1\nservices = s\n");
    home.write(".aws/config", format!("{config}[services s]\n{}", block("sso")));
    let run = || home.run(EXPORT).env("AWS_ENDPOINT_URL", "").env("HTTPS_PROXY", nowhere);
    assert_eq!(run().output().status.code(), Some(6));
    let both = format!("{config}[services s]\n{}{}", block("sso"), block("sso_oidc"));
    home.write(".aws/config", both);
    run().succeeds();
    assert_eq!(home.aws().count(OPERATION), 1);
}

/// Otherwise each process would refresh it again.
#[test]
fn a_new_token_that_is_short_is_used_for_a_while() {
    let home = expired();
    home.aws().token_lifetime(Duration::from_secs(600));
    assert_eq!(refreshes(&home), 1);
    for _ in 0..3 {
        assert_eq!(refreshes(&home), 0);
    }
}

#[test]
fn explain_tells_what_can_be_refreshed() {
    let home = expired();
    let output = home.run(["-p", "dev", "explain", "--json"]).succeeds();
    let report: Value = serde_json::from_str(output.stdout()).expect("JSON");
    assert_eq!(report["token"]["state"], "refreshable");
    let at = fields(&home)["expiresAt"].clone();
    assert_eq!(report["token"]["expires_at"], at);
    let output = home.run(["-p", "dev", "explain"]).succeeds();
    let time = &at.as_str().expect("text")[11..16];
    let line = format!("\ntoken        refreshable, expired at {time} (2 h ago)\ntoken file   ~/");
    assert!(output.stdout().contains(&line), "{}", output.stdout());
    assert_eq!(home.aws().log().len(), 0);
}

/// Makes the token in the file look as if this much time were left.
fn age(home: &Home, left: TimeDelta) {
    let at = fields(home)["expiresAt"].as_str().expect("text").to_owned();
    home.write(&token_file("corp"), contents(home).replace(&at, &timestamp(now() + left)));
}

/// The file with its values masked: order and format.
fn form(home: &Home) -> String {
    let mut text = contents(home);
    for value in fields(home).as_object().expect("an object").values() {
        text = text.replace(value.as_str().expect("text"), "*");
    }
    text
}

#[test]
fn botocore_and_ssowrap_refresh_each_others_tokens() {
    let Some(python) = installed("python/bin/python") else {
        return;
    };
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/clients/sso_token.py");
    let botocore = |home: &Home| {
        let output = home.tool(&python, [script, "dev"]).report();
        assert!(output.status.success(), "{}", output.stderr);
        output.stdout().trim().to_owned()
    };
    let home = expired();
    assert_eq!(refreshes(&home), 1);
    let ours = form(&home);
    // It uses ours as it is, then refreshes it.
    assert_eq!(botocore(&home), used(&home));
    assert_eq!(home.aws().count(OPERATION), 1);
    for left in [minutes(5), minutes(-5)] {
        age(&home, left);
        let before = home.aws().count(OPERATION);
        let theirs = botocore(&home);
        assert_eq!(home.aws().count(OPERATION), before + 1);
        assert_eq!(form(&home), ours);
        // We use its token, then refresh it.
        assert_eq!(refreshes(&home), 0);
        assert_eq!(used(&home), theirs);
        age(&home, left);
        assert_eq!(refreshes(&home), 1);
        assert_ne!(used(&home), theirs);
        assert_eq!(botocore(&home), used(&home));
    }
    assert_eq!(home.aws().count(OPERATION), 5);
}
