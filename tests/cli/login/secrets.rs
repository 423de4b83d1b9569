//! A secret that a server repeats appears neither on the page that the browser returns to nor on
//! stderr.

use fake_aws::Fault;

use super::person::{Page, SigningIn, ask};
use super::{home, parameter};
use crate::echo::{SHORTEST, echoes};

/// Long enough, and with the characters of real ones.
const CODE: &str = "eyJraWQiOiJrZXktMTU2/x+8b3qYh2Tz9LmN4oP7rS1uV5wX";

fn is_kept(secret: &str, page: &Page, said: &str) {
    for start in 0..secret.len() - SHORTEST {
        let part = &secret[start..start + SHORTEST];
        assert!(!page.body.contains(part), "{part} in {}", page.body);
        assert!(!said.contains(part), "{part} in {said}");
    }
}

/// The URL that the user opens, and the state in it, are shown on purpose: they belong to the
/// browser, and are useless without what only this process knows.
fn answered(login: &mut SigningIn, query: &str) -> Page {
    let url = login.url();
    let (callback, state) = (SigningIn::callback(&url), parameter(&url, "state"));
    ask("GET", &format!("{callback}?{query}&state={state}"), "")
}

#[test]
fn what_aws_says_of_the_code() {
    for echo in echoes(CODE) {
        for (code, message) in [("SomeException", echo.as_str()), (&echo[5..echo.len() - 7], "no")]
        {
            for status in [400, 401, 403] {
                let home = home();
                home.aws().fail_always("CreateToken", Fault::error(status, code, message));
                let mut login = SigningIn::start(home.run(["-p", "dev", "login", "-vv"]));
                let page = answered(&mut login, &format!("code={CODE}"));
                assert!(page.body.contains("<h1>Sign-in failed</h1>"), "{}", page.body);
                is_kept(CODE, &page, &login.ends().1);
            }
        }
    }
}

#[test]
fn what_the_browser_comes_back_with() {
    for echo in echoes(CODE) {
        let echo = echo.replace('%', "%25").replace(' ', "%20");
        for query in [
            format!("error=server_error&error_description={echo}"),
            format!("error={}", CODE.replace('/', "_")),
            format!("error={CODE}&error_description=no"),
        ] {
            let home = home();
            let mut login = SigningIn::start(home.run(["-p", "dev", "login", "-vv"]));
            let page = answered(&mut login, &query);
            assert!(page.body.contains("<h1>Sign-in failed</h1>"), "{query}: {}", page.body);
            is_kept(CODE, &page, &login.ends().1);
        }
    }
}

/// After success, the page only says whose login it is.
#[test]
fn what_the_page_says() {
    let home = home();
    let mut login = SigningIn::start(home.run(["-p", "dev", "login", "-vv"]));
    let page = super::open(&login.url());
    let said = login.ends().1;
    let token = super::json(&home, "corp");
    for key in ["accessToken", "refreshToken", "clientSecret"] {
        is_kept(token[key].as_str().expect("a secret"), &page, &said);
    }
    let asked = &home.aws().log_of("CreateToken")[0].params;
    for key in ["code", "codeVerifier"] {
        assert!(asked.get(key).is_some_and(|secret| secret.len() > SHORTEST), "{asked:?}");
        is_kept(&asked[key], &page, &said);
    }
}
