//! Which of AWS's hosts a login uses.

use chrono::TimeDelta;

use crate::proxy::Proxy;
use crate::support::{DEV, Home, Output, Token};

/// Runs a command through a proxy that refuses everything. Returns its output, and the first host
/// it wanted.
fn asked(home: &Home, arguments: &[&str]) -> (Output, String) {
    let proxy = Proxy::start();
    let run = home.run(arguments).without("AWS_ENDPOINT_URL");
    let output = run.env("HTTPS_PROXY", format!("http://{}", proxy.address)).output();
    (output, proxy.seen().swap_remove(0))
}

fn of_start_url(url: &str) -> Home {
    Home::new().config(&DEV.replace("https://corp.awsapps.com/start", url))
}

const CODE: [&str; 4] = ["-p", "dev", "login", "--use-device-code"];
const BROWSER: [&str; 3] = ["-p", "dev", "login"];

/// A code from the older host leads to a page where nobody can sign in to a newer portal.
#[test]
fn a_code_for_a_newer_portal() {
    let newer = "https://ssoins-1.portal.eu-central-1.app.aws";
    let [old, dual] =
        ["amazonaws.com", "api.aws"].map(|end| format!("CONNECT oidc.eu-central-1.{end}:443"));
    for (url, way, host) in [
        (newer, &CODE[..], &dual),
        ("https://corp.awsapps.com/start", &CODE, &old),
        (newer, &BROWSER, &old),
    ] {
        let home = of_start_url(url).env("DISPLAY", ":9").env("BROWSER", "true");
        let (output, first) = asked(&home, way);
        assert_eq!(first, format!("{host} HTTP/1.1"), "{url} {way:?}: {}", output.stderr);
        assert!(!output.stderr.contains("warning"), "{}", output.stderr);
    }
}

/// The warning comes before any request, with the place, however the login is named.
#[test]
fn a_start_url_of_another_region() {
    let url = "https://ssoins-1.portal.eu-west-1.app.aws";
    let home = of_start_url(url);
    let warning = format!(
        "warning: `sso_region` says `eu-central-1`, but `{url}` is a start URL in eu-west-1: \
         correct `sso_region` (~/.aws/config:9)\n"
    );
    for way in [&["-p", "dev"][..], &["--sso-session", "corp"], &["--all"], &[]] {
        let line = [&["login", "--use-device-code"], way].concat();
        let (output, first) = asked(&home, &line);
        assert!(output.stderr.starts_with(&warning), "{line:?}: {}", output.stderr);
        assert_eq!(first, "CONNECT oidc.eu-central-1.api.aws:443 HTTP/1.1");
    }
    let legacy = format!("[profile dev]\nsso_start_url = {url}\nsso_region = eu-central-1\n");
    let (output, _) = asked(&Home::new().config(&legacy), &CODE);
    assert!(output.stderr.starts_with(&warning.replace(":9", ":3")), "{}", output.stderr);
}

/// The token was issued in the region that a vanity start URL led to.
#[test]
fn a_refresh_is_asked_of_the_region_in_the_token() {
    let token = Token { region: "us-east-1".to_owned(), ..Token::new() };
    let home = Home::new().config(DEV).token("corp", &token.expires_in(TimeDelta::minutes(-5)));
    let (_, first) = asked(&home, &["-p", "dev", "export"]);
    assert_eq!(first, "CONNECT oidc.us-east-1.amazonaws.com:443 HTTP/1.1");
}
