//! The browser gets an address on this machine that redirects it once, and no token.

use std::fs;
use std::io::{Read, Write};
use std::net::TcpStream;

use super::home;
use crate::login::person::ask;
use crate::support::{Home, TIMEOUT, tool, until};
use crate::terminal::Terminal;

/// Records its arguments, and opens the address.
const BROWSER: &str = "#!/bin/sh
printf '<%s>' \"$@\" > \"$HOME/words\"
for url; do :; done
curl -sS -o /dev/null -D \"$HOME/head\" \"$url\" 2> \"$HOME/trouble\"
";

fn with_browser() -> Option<Home> {
    tool("curl")?;
    fn text(home: &Home, path: &str) -> String {
        home.path(path).display().to_string()
    }
    let home = home().script("a browser", BROWSER);
    let browser = format!("'{}'", text(&home, "a browser"));
    Some(home.env("SSOWRAP_BROWSER", browser))
}

fn read(home: &Home, path: &str) -> String {
    fs::read_to_string(home.path(path)).expect(path)
}

/// The page that the browser was redirected to. The browser may end after ssowrap.
fn led_to(home: &Home) -> String {
    let head = until("the browser", || {
        fs::read_to_string(home.path("head")).ok().filter(|head| head.ends_with("\r\n\r\n"))
    });
    assert!(head.starts_with("HTTP/1.1 303 "), "{head}");
    assert!(head.to_lowercase().contains("cache-control: no-store"), "{head}");
    let line = head.lines().find_map(|line| line.strip_prefix("location: "));
    line.expect("a redirect").to_owned()
}

#[test]
fn no_token_in_the_list_of_processes() {
    let Some(home) = with_browser() else { return };
    home.run(["-p", "dev", "console"]).prints("");
    let words = read(&home, "words");
    assert!(words.starts_with("<http://127.0.0.1:"), "{words}");
    for secret in ["Signin", "FAKE", "federation", "amazon"] {
        assert!(!words.contains(secret), "{words}");
    }
    let link = led_to(&home);
    assert!(link.starts_with(&format!("{}/federation?Action=login&", home.aws().url())), "{link}");
    assert_eq!(ask("GET", &link, "").status, 302);
    // Nothing listens there any more.
    let address = words.trim_matches(['<', '>']).trim_start_matches("http://");
    let port = address.split('/').next().expect("a port");
    assert!(TcpStream::connect(port).is_err(), "{port}");
}

/// Fills in `%s`, `%u` and `%p`, and uses no shell.
#[test]
fn the_command_line_of_the_browser() {
    let Some(home) = with_browser() else { return };
    let config = fs::read_to_string(home.path(".aws/config")).expect("the config");
    let home = home.config(&config.replace("[profile dev]", "[profile \"a 'b' $(touch x);%s\"]"));
    let browser = home.path("a browser").display().to_string();
    let named = format!("'{browser}' \"c d\" 'ext+container:name=%p&url=%u' --profile=%p %s");
    let profile = "a 'b' $(touch x);%s";
    home.run(["-p", profile, "console"]).env("SSOWRAP_BROWSER", named).prints("");
    let words = read(&home, "words");
    let address = words.rsplit('<').next().expect("a word").trim_end_matches('>');
    let encoded = address.replace(':', "%3A").replace('/', "%2F");
    assert_eq!(
        words,
        format!(
            "<c d><ext+container:name={profile}&url={encoded}><--profile={profile}><{address}>"
        )
    );
    assert!(!home.path("x").exists());
    led_to(&home);
}

/// The usual browser, if none is set for the console.
#[test]
fn the_usual_browser() {
    let Some(home) = with_browser() else { return };
    let browser = home.path("a browser").display().to_string().replace(' ', "\\ ");
    let run = home.run(["-p", "dev", "console", "--service", "s3"]).without("SSOWRAP_BROWSER");
    run.env("BROWSER", format!("no-such-browser:{browser}")).prints("");
    assert!(led_to(&home).contains("%2Fs3%2Fhome"));
}

/// A portal's link is not secret, and nothing needs to wait for the browser.
#[test]
fn the_portal() {
    let Some(home) = with_browser() else { return };
    let script = "#!/bin/sh\nprintf %s \"$1\" > \"$HOME/words.new\"\n\
                  mv \"$HOME/words.new\" \"$HOME/words\"\n";
    let home = home.script("a browser", script);
    home.run(["-p", "dev", "console", "--portal"]).prints("");
    let words = until("the browser", || fs::read_to_string(home.path("words")).ok());
    assert!(words.starts_with("https://corp.awsapps.com/start/#/console?account_id="), "{words}");
    assert_eq!(home.aws().count("*"), 0);
}

/// If the browser fails or is missing, the user gets the link.
#[test]
fn without_a_browser() {
    let home = home();
    for (variable, value, why) in [
        ("SSOWRAP_BROWSER", "false", "the browser `false` failed (exit status: 1)"),
        (
            "SSOWRAP_BROWSER",
            "no-such-browser",
            "the browser `no-such-browser` cannot be started: No such file or directory (os error 2)",
        ),
        ("SSOWRAP_BROWSER", " ", "there is no browser to start"),
        ("SSH_CONNECTION", "1 2 3 4", "no browser can be opened here"),
        ("CODESPACES", "true", "no browser can be opened here"),
    ] {
        let output = home.run(["-p", "dev", "console"]).env(variable, value).output();
        let told = format!("{why}: open this link yourself within 15 minutes\n");
        assert_eq!((output.status.code(), output.stderr.as_str()), (Some(0), told.as_str()));
        assert_eq!(ask("GET", output.stdout().trim_end(), "").status, 302, "{value}");
    }
}

/// The address redirects only once, and only a client that knows it.
#[test]
fn once() {
    let home =
        home().script("browser", "#!/bin/sh\nprintf %s \"$1\" > \"$HOME/url\"\n: > \"$HOME/go\"\n");
    // A user who sees the final message.
    let terminal = Terminal::start(
        home.run(["-p", "dev", "console"]).env("SSOWRAP_BROWSER", home.path("browser")),
    );
    until("the browser", || home.path("go").exists().then_some(()));
    let url = read(&home, "url");
    let (base, path) = url.rsplit_once('/').expect("a path");
    assert_eq!(ask("GET", &format!("{base}/"), "").status, 404);
    assert_eq!(ask("GET", &format!("{base}/{}", &path[1..]), "").status, 404);
    assert_eq!(ask("HEAD", &url, "").status, 405);
    assert_eq!(ask("POST", &url, "Content-Length: 0\r\n").status, 405);
    // A client that connects without sending anything blocks nobody.
    let mut silent = TcpStream::connect(base.trim_start_matches("http://")).expect("it listens");
    silent.write_all(b"GET /").expect("it reads");
    let page = ask("GET", &url, "");
    assert!(page.header("location").is_some_and(|link| link.contains("SigninToken=")));
    let (status, shown) = terminal.ends();
    assert!(
        status.success() && shown.contains("opened the console for profile `dev`"),
        "{shown:?}"
    );
    assert!(!shown.contains("SigninToken"), "{shown:?}");
    silent.set_read_timeout(Some(TIMEOUT)).expect("a timeout");
    let mut rest = Vec::new();
    // It doesn't matter how this ends.
    let _ = silent.read_to_end(&mut rest);
    assert!(!String::from_utf8_lossy(&rest).contains("SigninToken"));
}
