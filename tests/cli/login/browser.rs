//! The login in a real browser: Chromium opens the URL that ssowrap shows, clicks the buttons of
//! AWS's pages, and ends at our page.

use std::fs;
use std::process::Command;

use fake_aws::Consent;
use serde_json::{Value, json};

use super::person::{SigningIn, open};
use super::{home, json};
use crate::clients::installed;
use crate::support::{Home, reader, token_file, tool};

/// A home whose pages ask for approval.
fn asking() -> Home {
    let home = home();
    home.aws().set_consent(Consent::Ask);
    home
}

/// Opens a URL in Chromium and clicks these. Returns what the last page shows; nothing if there is
/// no Chromium.
fn walk(home: &Home, url: &str, presses: &[&str]) -> Option<Value> {
    let (node, chromium) = (tool("node")?, tool("chromium")?);
    let script = installed("node/browser.mjs")?;
    let directory = home.path("");
    let words = [script.as_os_str(), chromium.as_os_str(), url.as_ref(), directory.as_os_str()];
    let words = words.into_iter().chain(presses.iter().map(AsRef::as_ref));
    let output = home.tool(node, words).env("TMPDIR", &directory).report();
    assert!(output.status.success(), "{}", output.stderr);
    for picture in ["light.png", "dark.png"] {
        let bytes = fs::read(home.path(picture)).expect("a picture");
        assert!(bytes.starts_with(b"\x89PNG"), "{picture}");
    }
    Some(serde_json::from_str(output.stdout()).expect("JSON"))
}

/// Checks that the page is ours: it is styled, in light and in dark, although it loads nothing.
fn is_ours(page: &Value, heading: &str, url: &str) {
    assert_eq!(page["heading"], heading, "{page}");
    assert_eq!(page["title"], format!("{heading} - ssowrap"));
    assert_eq!(
        page["looks"]["light"],
        json!({"body": "rgb(244, 245, 247)", "main": "rgb(255, 255, 255)"})
    );
    assert_eq!(
        page["looks"]["dark"],
        json!({"body": "rgb(20, 24, 31)", "main": "rgb(31, 38, 48)"})
    );
    let callback = SigningIn::callback(url);
    let of_ours = |request: &&Value| request.as_str().is_some_and(|url| url.starts_with(&callback));
    let requests = page["requests"].as_array().expect("a list");
    assert_eq!(requests.iter().filter(of_ours).count(), 1, "{page}");
    assert!(requests.last().is_some_and(|last| of_ours(&last)), "{page}");
    assert!(page["address"].as_str().is_some_and(|address| address.starts_with(&callback)));
}

#[test]
fn approved() {
    let home = asking();
    let mut login = SigningIn::start(home.run(["-p", "dev", "login"]));
    let url = login.url();
    let Some(page) = walk(&home, &url, &["#approve"]) else { return };
    is_ours(&page, "Signed in", &url);
    assert_eq!((&page["status"], &page["complaints"]), (&json!(200), &json!([])));
    let text = page["text"].as_str().expect("text");
    assert!(text.contains("You are signed in to sso-session corp until "), "{text}");
    assert_eq!(login.ends().0, Some(0));
    home.run(["-p", "dev", "export"]).succeeds();
}

#[test]
fn denied() {
    let home = asking();
    let mut login = SigningIn::start(home.run(["-p", "dev", "login"]));
    let url = login.url();
    let Some(page) = walk(&home, &url, &["#deny"]) else { return };
    is_ours(&page, "Request denied", &url);
    assert_eq!((&page["status"], &page["complaints"]), (&json!(200), &json!([])));
    let (code, said) = login.ends();
    assert!(code == Some(3) && said.contains("was denied in the browser"), "{said}");
    assert!(!home.path(&token_file("corp")).exists());
}

/// A page from somebody else sends the browser to ours, and the login keeps waiting.
#[test]
fn forged() {
    let home = asking();
    let mut login = SigningIn::start(home.run(["-p", "dev", "login"]));
    let url = login.url();
    let forged = format!("{}?code=forged&state=forged", SigningIn::callback(&url));
    let Some(page) = walk(&home, &forged, &[]) else { return };
    is_ours(&page, "Not accepted", &url);
    assert_eq!(page["status"], 400);
    let complaint =
        "Failed to load resource: the server responded with a status of 400 (Bad Request)";
    assert_eq!(page["complaints"], json!([complaint]));
    home.aws().set_consent(Consent::Approve);
    assert_eq!(open(&url).status, 200);
    assert_eq!(login.ends().0, Some(0));
}

/// With a code, everything happens on AWS's page, which shows the same code as the terminal.
#[test]
fn with_a_code() {
    for (press, title, code) in
        [("#approve", "Request approved", 0), ("#deny", "Request denied", 3)]
    {
        let home = asking();
        let mut login = SigningIn::start(home.run(["-p", "dev", "login", "--use-device-code"]));
        let url = login.url();
        let shown =
            login.line("check that it shows the code ").split(' ').next_back().map(str::to_owned);
        let Some(page) = walk(&home, &url, &[]) else { return };
        let text = page["text"].as_str().expect("text");
        assert!(shown.is_some_and(|code| text.contains(&code)), "{text}");
        let page = walk(&home, &url, &[press]).expect("Chromium");
        assert_eq!((&page["title"], &page["complaints"]), (&json!(title), &json!([])));
        assert_eq!(login.ends().0, Some(code));
        assert_eq!(home.path(&token_file("corp")).exists(), code == 0);
    }
}

/// Chromium as `$BROWSER`: ssowrap starts it, and continues while it runs.
#[test]
fn started_by_ssowrap() {
    let Some(chromium) = tool("chromium") else { return };
    let home = home().script(
        "browser",
        &format!(
            "#!/bin/sh\n'{}' --headless --no-sandbox --disable-gpu --disable-quic --no-first-run \
             --disable-background-networking --disable-component-update --disable-sync \
             --user-data-dir=\"$HOME/chromium\" --dump-dom \"$1\" > \"$HOME/page\"\n\
             echo > \"$HOME/over\"\n",
            chromium.display()
        ),
    );
    let over = home.path("over");
    assert!(Command::new("mkfifo").arg(&over).status().is_ok_and(|status| status.success()));
    let browser = home.path("browser");
    let login = SigningIn::start(home.run(["-p", "dev", "login"]).env("BROWSER", browser));
    let (code, said) = login.ends();
    assert_eq!(code, Some(0), "{said}");
    assert!(json(&home, "corp")["refreshToken"].is_string());
    reader(Some(fs::File::open(over).expect("a pipe"))).recv().expect("its end");
    let page = fs::read_to_string(home.path("page")).expect("a page");
    assert!(page.contains("<h1>Signed in</h1>"), "{page}");
}
