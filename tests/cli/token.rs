//! The login: which file it is in, what can be wrong with it, and the messages about that.

use std::fs;
use std::thread;

use chrono::TimeDelta;

use crate::entries::{mode, set_mode};
use crate::meanwhile::{self, End};
use crate::support::{DEV, Home, START_URL, Token, now, timestamp, token_file};

/// A legacy profile without a session.
const OLDER: &str = "\
[profile older]
sso_start_url = https://corp.awsapps.com/start
sso_region = eu-central-1
sso_account_id = 123456789012
sso_role_name = Admin
";

const LOGIN: &str = "hint: run `ssowrap login --sso-session corp`\n";

/// `export` of profile `dev` with this token file must request a login with this message.
fn needs_login(contents: impl AsRef<[u8]>, words: &str) {
    let home = Home::new().config(DEV).raw_token("corp", contents);
    home.run(["-p", "dev", "export"])
        .fails(3, &format!("error: profile `dev` needs a login: {words}\n{LOGIN}"));
}

fn broken(contents: impl AsRef<[u8]>, why: &str) {
    let file = token_file("corp");
    needs_login(contents, &format!("the token of sso-session `corp` is broken: {why} (~/{file})"));
}

#[test]
fn missing() {
    let file = token_file("corp");
    Home::new().config(DEV).run(["-p", "dev", "export"]).fails(
        3,
        &format!(
            "error: profile `dev` needs a login: there is no token for sso-session `corp` \
             (~/{file} does not exist)\n{LOGIN}"
        ),
    );
    let file = token_file(START_URL);
    Home::new().config(OLDER).run(["-p", "older", "exec", "true"]).fails(
        3,
        &format!(
            "error: profile `older` needs a login: there is no token for start URL `{START_URL}` \
             (~/{file} does not exist)\nhint: run `ssowrap -p older login`\n"
        ),
    );
}

#[test]
fn missing_for_flags() {
    let role = ["--account-id", "123456789012", "--role-name", "Admin", "export"];
    let file = token_file("corp");
    Home::new().run(["--sso-session", "corp"].iter().chain(&role)).fails(
        3,
        &format!(
            "error: a login is needed: there is no token for sso-session `corp` (~/{file} does \
             not exist)\n\
             hint: run `ssowrap login --sso-session corp --start-url URL --sso-region REGION`\n"
        ),
    );
    let file = token_file(START_URL);
    let flags = ["--start-url", START_URL, "--sso-region", "eu-central-1"];
    Home::new().run(flags.iter().chain(&role)).fails(
        3,
        &format!(
            "error: a login is needed: there is no token for start URL `{START_URL}` (~/{file} \
             does not exist)\n\
             hint: run `ssowrap login --start-url {START_URL} --sso-region eu-central-1`\n"
        ),
    );
}

#[test]
fn expired() {
    let now = now();
    for (age, form, ago) in [
        (TimeDelta::minutes(150), "%H:%M", "2 h ago"),
        (TimeDelta::minutes(75 * 60), "%Y-%m-%d %H:%M", "3 days ago"),
    ] {
        let end = now - age;
        needs_login(
            Token::new().without_refresh().expires_at(timestamp(end)).to_json(),
            &format!("the token of sso-session `corp` expired at {} ({ago})", end.format(form)),
        );
    }
}

#[test]
fn broken_files() {
    let token = Token::new().to_json();
    broken("", "it is empty");
    broken("   \n", "it is empty");
    broken(&token[..token.len() / 2], "its JSON is cut off");
    broken("FAKEtoken", "it is not JSON (line 1, column 1)");
    broken("[\"FAKEtoken\"]", "it contains no JSON object");
    broken("{\"startUrl\": \"x\"}", "it has no `accessToken`");
    broken(token.replace("accessToken", "AccessToken"), "it has no `accessToken`");
    broken(token.replace("expiresAt", "expiry"), "it has no `expiresAt`");
    broken(token.replace("\"aoaFAKEtoken-of-corp:xyz/+\"", "17"), "its `accessToken` is not text");
    broken(token.replace("-of-corp", "\\r\\nX-Evil: 1"), "its `accessToken` is malformed");
    broken(Token::new().expires_at("tomorrow").to_json(), "its `expiresAt` is not a time");
    broken(
        Token::new().to_json().replace("eu-central-1", "eu.central/1"),
        "its `region` is not a region",
    );
    broken("x".repeat((16 << 20) + 1), "it is larger than 16 MiB");
}

#[test]
fn unreadable() {
    let file = token_file("corp");
    let home = Home::new().config(DEV);
    let fails = |why: &str| {
        home.run(["-p", "dev", "export"]).fails(
            4,
            &format!(
                "error: profile `dev`: cannot read the token of sso-session `corp`: {why} (~/{file})\n\
                 hint: make that file readable or move it away\n{LOGIN}"
            ),
        );
    };
    fs::create_dir(home.path(&file)).expect("a directory");
    fails("it is a directory");
    fs::remove_dir(home.path(&file)).expect("a directory");
    home.tool("mkfifo", [&file]).succeeds();
    fails("it is not a regular file");
    fs::remove_file(home.path(&file)).expect("a pipe");
    std::os::unix::fs::symlink(home.path(&file), home.path(&file)).expect("a link");
    fails("Too many levels of symbolic links (os error 40)");
}

#[test]
fn a_file_that_others_may_read_is_taken_from_them() {
    let home = Home::with_aws().config(DEV).login("corp");
    let file = token_file("corp");
    for open in [0o644, 0o640, 0o604, 0o666] {
        set_mode(&home.path(&file), open);
        let run = || home.run(["-p", "dev", "--no-cache", "export"]);
        let said =
            format!("warning: ~/{file} could be read by other users; its mode is now 0600\n");
        assert_eq!(run().output().stderr, said);
        assert_eq!(mode(&home.path(&file)), 0o600);
        run().succeeds();
    }
}

#[test]
fn a_token_of_another_portal_is_not_used() {
    let home = Home::with_aws().config(DEV);
    let home = home.token("corp", &Token::new().start_url("https://other.awsapps.com/start"));
    home.run(["-p", "dev", "export"]).fails(
        3,
        &format!(
            "error: profile `dev` needs a login: the token of sso-session `corp` was issued for \
             start URL `https://other.awsapps.com/start`, not for `{START_URL}`\n{LOGIN}"
        ),
    );
    assert_eq!(home.aws().count("*"), 0);
    // Another spelling means the same portal.
    for url in ["https://CORP.awsapps.com/start/#/", "https://corp.awsapps.com/start#", ""] {
        let home = Home::with_aws().config(DEV).token("corp", &Token::new().start_url(url));
        home.run(["-p", "dev", "export"]).succeeds();
    }
}

#[test]
fn every_form_of_time_is_read() {
    for expires_at in [
        "2099-01-01T00:00:00Z",
        "2099-01-01T00:00:00UTC",
        "2099-01-01T00:00:00.123Z",
        "2099-01-01T00:00:00.632177Z",
        "2099-01-01T00:00:00+00:00",
        "2099-01-01T00:00:00-05:00",
        "2099-01-01T00:00:00+0000",
        "2099-01-01 00:00:00 UTC",
        "2099-01-01T00:00:00",
    ] {
        let home = Home::with_aws().config(DEV).token("corp", &Token::new().expires_at(expires_at));
        home.run(["-p", "dev", "export"]).succeeds();
    }
}

#[test]
fn files_of_other_writers_are_read() {
    let home = Home::with_aws().config(DEV);
    let end = timestamp(now() + TimeDelta::hours(1));
    let access = Token::new().access_token;
    for contents in [
        // An old AWS CLI.
        format!(
            "{{\"startUrl\": \"{START_URL}\", \"region\": \"eu-central-1\", \"accessToken\": \"{access}\", \"expiresAt\": \"{}\"}}",
            end.replace('Z', "UTC")
        ),
        // JavaScript: indented, milliseconds.
        format!(
            "{{\n  \"accessToken\": \"{access}\",\n  \"expiresAt\": \"{}\"\n}}",
            end.replace('Z', ".123Z")
        ),
        // The minimum, with something unknown.
        format!(
            "{{\"accessToken\":\"{access}\",\"expiresAt\":\"{end}\",\"new\":{{\"x\":[1,null]}}}}\n"
        ),
    ] {
        let home = Home::with_aws().config(DEV).login("corp").raw_token("corp", contents);
        home.run(["-p", "dev", "export"]).succeeds();
    }
    drop(home);
}

#[test]
fn stray_bytes_behind_the_json_are_dropped() {
    for stray in
        ["\"}", "}", "Z\", \"clientId\": \"FAKEsecret\"}", "\n{\"accessToken\": \"FAKEtoken\"}"]
    {
        let home = Home::with_aws().config(DEV).login("corp");
        let contents = Token::new().to_json() + stray;
        let home = home.raw_token("corp", contents);
        home.run(["-p", "dev", "export"]).succeeds();
        let output = home.run(["-v", "--no-cache", "-p", "dev", "export"]).output();
        let said = format!("info: dropped {} stray bytes at the end of", stray.trim().len());
        assert!(output.stderr.contains(&said), "{}", output.stderr);
    }
}

#[test]
fn a_writer_at_work_is_waited_for() {
    let home = Home::with_aws().config(DEV).login("corp");
    let path = home.path(&token_file("corp"));
    let end = End::default();
    thread::scope(|scope| {
        scope.spawn(|| meanwhile::rewrites(&path, &end));
        end.of(|| {
            for _ in 0..60 {
                home.run(["-p", "dev", "credential-process"]).succeeds();
            }
        });
    });
}

/// The keys of a profile that granted wrote have other names.
#[test]
fn a_login_under_another_key_than_granted_s() {
    let granted = OLDER.replace("sso_", "granted_sso_")
        + "credential_process = granted credential-process --profile older\n";
    let slash = "https://corp.awsapps.com/start/";
    let home = Home::new().config(&format!("{granted}{DEV}"));
    home.token(slash, &Token::new().start_url(slash)).login("corp").run(["-p", "older", "export"]).fails(
        3,
        &format!(
            "error: profile `older` needs a login: there is no token for start URL `{START_URL}` \
             (~/{} does not exist)\n\
             hint: run `ssowrap configure --migrate --sso-session corp`: profile `older` then uses \
             sso-session `corp`, which has a token for this start URL\n\
             hint: or in profile `older`, set `granted_sso_start_url = {slash}`: there is a token \
             under this spelling\n\
             hint: or run `ssowrap -p older login`\n",
            token_file(START_URL)
        ),
    );
}

#[test]
fn a_login_under_another_key_is_mentioned() {
    // Another spelling of the start URL.
    for spelling in ["https://corp.awsapps.com/start/", "https://corp.awsapps.com/start#/"] {
        let token = Token::new().start_url(spelling);
        let home = Home::new().config(OLDER).token(spelling, &token);
        let file = token_file(START_URL);
        home.run(["-p", "older", "export"]).fails(
            3,
            &format!(
                "error: profile `older` needs a login: there is no token for start URL \
                 `{START_URL}` (~/{file} does not exist)\n\
                 hint: in profile `older`, set `sso_start_url = {spelling}`: there is a token under \
                 this spelling\n\
                 hint: or run `ssowrap -p older login`\n"
            ),
        );
    }
    // A session, seen from a legacy profile.
    let config = format!("{OLDER}{DEV}");
    Home::new().config(&config).login("corp").run(["-p", "older", "export"]).fails(
        3,
        &format!(
            "error: profile `older` needs a login: there is no token for start URL `{START_URL}` \
             (~/{} does not exist)\n\
             hint: in profile `older`, put `sso_session = corp` in place of `sso_start_url` and \
             `sso_region`: sso-session `corp` has a token for this start URL\n\
             hint: or run `ssowrap -p older login`\n",
            token_file(START_URL)
        ),
    );
    // A legacy profile, seen from a session.
    Home::new().config(DEV).login(START_URL).run(["-p", "dev", "export"]).fails(
        3,
        &format!(
            "error: profile `dev` needs a login: there is no token for sso-session `corp` \
             (~/{} does not exist)\n\
             hint: there is a token for its start URL `{START_URL}`, left by a profile without a \
             session; a session needs a login of its own\n{LOGIN}",
            token_file("corp")
        ),
    );
    // An expired one doesn't help.
    let old = Token::new().expires_at("2020-01-01T00:00:00Z");
    let output =
        Home::new().config(DEV).token(START_URL, &old).run(["-p", "dev", "export"]).output();
    assert_eq!(output.stderr.matches("hint:").count(), 1, "{}", output.stderr);
}

#[test]
fn names_are_shown_harmlessly_and_quoted_for_the_shell() {
    let config = "\
[profile p]
sso_session = My Corp's\u{1b}[2J
sso_account_id = 123456789012
sso_role_name = Admin
[sso-session \"My Corp's\u{1b}[2J\"]
sso_start_url = https://corp.awsapps.com/start
sso_region = eu-central-1
";
    let output = Home::new().config(config).run(["-p", "p", "export"]).output();
    assert_eq!(output.status.code(), Some(3));
    assert!(
        output
            .stderr
            .ends_with("hint: run `ssowrap login --sso-session 'My Corp'\\''s\\u{1b}[2J'`\n"),
        "{}",
        output.stderr
    );
}
