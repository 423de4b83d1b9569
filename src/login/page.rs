//! The pages that the browser shows at the end of a login. They load nothing and run nothing.

use std::fmt::Write;

use http::header::{
    CACHE_CONTROL, CONNECTION, CONTENT_SECURITY_POLICY, CONTENT_TYPE, REFERRER_POLICY,
    X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
};
use http::{HeaderName, HeaderValue, StatusCode};
use sha2::{Digest, Sha256};

use crate::error::{Error, Result};
use crate::text::clock::Clock;
use crate::token::SsoToken;

const STYLE: &str = "\
:root{color-scheme:light dark}\
body{margin:0;min-height:100vh;display:grid;place-items:center;background:#f4f5f7;color:#1c2430;\
font:16px/1.5 system-ui,sans-serif}\
main{max-width:26rem;margin:1rem;padding:2.5rem 2rem;border-radius:12px;background:#fff;\
text-align:center;box-shadow:0 2px 16px rgba(0,0,0,.12)}\
.mark{width:3.5rem;height:3.5rem;margin:0 auto 1rem;border-radius:50%;color:#fff;\
font-size:2rem;line-height:3.5rem}\
.good{background:#1f8a4c}.bad{background:#b3372f}.other{background:#6b7280}\
h1{margin:0 0 .5rem;font-size:1.4rem}\
p{margin:.5rem 0 0;overflow-wrap:anywhere;text-wrap:balance}\
footer{margin-top:1.5rem;color:#6b7280;font-size:.85rem}\
@media(prefers-color-scheme:dark){body{background:#14181f;color:#e6e9ee}main{background:#1f2630}\
footer{color:#9aa3b0}}";

/// One page.
#[derive(Clone)]
pub(super) struct Page {
    pub status: StatusCode,
    /// The `Allow` header, if the method is wrong.
    pub allow: Option<&'static str>,
    mark: Mark,
    title: &'static str,
    /// A sentence, escaped when it is written.
    text: String,
    /// What to do next.
    advice: &'static str,
}

#[derive(Clone, Copy)]
enum Mark {
    Good,
    Bad,
    Other,
}

/// The page for a login to which AWS has given a token.
pub(super) fn of_login(subject: &str, kept: &Result<SsoToken>, clock: Clock) -> Page {
    match kept {
        Ok(token) => signed_in(subject, &clock.until(token.expires_at)),
        Err(error) => failed(subject, error),
    }
}

fn signed_in(subject: &str, until: &str) -> Page {
    let text = format!("You are signed in to {} until {until}.", plain(subject));
    let advice = "You can close this window and go back to the terminal.";
    Page { text, advice, ..page(Mark::Good, "Signed in") }
}

/// The page for a login that AWS or the user refused.
pub(super) fn of_answer(subject: &str, code: &str) -> Page {
    if code == "access_denied" { denied(subject) } else { not_signed_in(subject, code) }
}

fn denied(subject: &str) -> Page {
    let text = format!("You were not signed in to {}.", plain(subject));
    Page { text, ..page(Mark::Bad, "Request denied") }
}

/// The page for a login that failed after AWS had approved it.
pub(super) fn failed(subject: &str, error: &Error) -> Page {
    not_signed_in(subject, &plain(&error.lines().swap_remove(0)))
}

fn not_signed_in(subject: &str, why: &str) -> Page {
    let text = format!("You were not signed in to {}: {why}.", plain(subject));
    Page { text, ..page(Mark::Bad, "Sign-in failed") }
}

/// A page, with what most pages have in common.
fn page(mark: Mark, title: &'static str) -> Page {
    let advice = "You can close this window. The terminal says how to try again.";
    Page { status: StatusCode::OK, allow: None, mark, title, text: String::new(), advice }
}

pub(super) fn forged() -> Page {
    let text = "This is not the answer that ssowrap is waiting for, so it was ignored.".to_owned();
    let status = StatusCode::BAD_REQUEST;
    Page { status, text, advice: CLOSE, ..page(Mark::Bad, "Not accepted") }
}

pub(super) fn answered() -> Page {
    let text = "This sign-in has already been answered.".to_owned();
    Page { status: StatusCode::GONE, text, advice: CLOSE, ..page(Mark::Other, "Already answered") }
}

pub(super) fn not_found() -> Page {
    let text = "ssowrap uses this address only to finish a sign-in.".to_owned();
    Page { status: StatusCode::NOT_FOUND, text, advice: "", ..page(Mark::Other, "Not found") }
}

pub(super) fn wrong_method() -> Page {
    let status = StatusCode::METHOD_NOT_ALLOWED;
    Page { status, allow: Some("GET"), title: "Method not allowed", ..not_found() }
}

const CLOSE: &str = "You can close this window.";

impl Page {
    pub(super) fn html(&self) -> String {
        let (class, mark) = match self.mark {
            Mark::Good => ("good", "&#10003;"),
            Mark::Bad => ("bad", "&#10005;"),
            Mark::Other => ("other", "?"),
        };
        let (title, text, advice) = (self.title, escape(&self.text), self.advice);
        // The empty icon keeps browsers from requesting one.
        format!(
            "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\">\
             <meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\
             <link rel=\"icon\" href=\"data:,\"><title>{title} - ssowrap</title>\
             <style>{STYLE}</style></head><body><main>\
             <div class=\"mark {class}\" aria-hidden=\"true\">{mark}</div>\
             <h1>{title}</h1><p>{text}</p><p>{advice}</p><footer>ssowrap</footer></main></body></html>\n"
        )
    }
}

/// The headers of every page: it may use its own style, and must not be framed, stored or sent as a
/// referrer. Its address contains a code, which is useless without the verifier.
pub(super) fn headers() -> Vec<(HeaderName, HeaderValue)> {
    let style = base64_simd::STANDARD.encode_to_string(Sha256::digest(STYLE));
    let policy = format!(
        "default-src 'none'; style-src 'sha256-{style}'; img-src data:; base-uri 'none'; \
         form-action 'none'; frame-ancestors 'none'"
    );
    let mut headers = vec![
        (CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8")),
        (CACHE_CONTROL, HeaderValue::from_static("no-store")),
        (X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
        (X_FRAME_OPTIONS, HeaderValue::from_static("DENY")),
        (REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
        (CONNECTION, HeaderValue::from_static("close")),
    ];
    for (name, value) in [
        ("cross-origin-opener-policy", "same-origin"),
        ("cross-origin-resource-policy", "same-origin"),
    ] {
        headers.push((HeaderName::from_static(name), HeaderValue::from_static(value)));
    }
    if let Ok(policy) = HeaderValue::from_str(&policy) {
        headers.push((CONTENT_SECURITY_POLICY, policy));
    }
    headers
}

/// A subject as in messages, without the backticks.
fn plain(subject: &str) -> String {
    subject.replace('`', "")
}

/// Escapes untrusted text in HTML, so that none of it acts as markup or moves other text.
fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in crate::text::escape::foreign(text).chars() {
        match c {
            '&' | '<' | '>' | '"' | '\'' => {
                // Writing to a String cannot fail.
                let _ = write!(out, "&#{};", c as u32);
            }
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn foreign_text_is_no_markup() {
        let html = not_signed_in("sso-session `<b>`", "<script>alert('&')</script>\u{202e}").html();
        assert!(html.contains("sso-session &#60;b&#62;: &#60;script&#62;alert(&#39;&#38;&#39;)"));
        assert!(html.contains("\\u{202e}"));
        assert!(!html.contains("<script") && !html.contains("<b>"));
    }
}
