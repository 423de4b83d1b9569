//! The login through a browser that returns here: authorization code with PKCE (RFC 7636, SPEC
//! 5.4).

use std::net::{IpAddr, TcpListener};

use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};

use super::callback::{BrowserAnswer, Callback};
use super::page;
use super::refused::{self, Stop};
use super::waiting::Waiting;
use super::{Approval, Asking, LIMIT};
use crate::aws::{Client, TokenGrant};
use crate::context::Context;
use crate::error::{Error, Kind, Result};
use crate::loopback;
use crate::platform::random;
use crate::profile::plan::SsoSource;
use crate::text::escape;
use crate::token::{code_command, owner};
use crate::variables;

/// As it is registered: without the port, which changes every time.
pub(super) const REDIRECT_URI: &str = "http://127.0.0.1/oauth/callback";

/// Listens on the port that the browser returns to, only on this machine.
pub(super) fn listen(port: Option<u16>, source: &SsoSource) -> Result<TcpListener> {
    let port = port.unwrap_or_default();
    loopback::listen(port).map_err(|e| {
        let place = if port == 0 { "127.0.0.1".to_owned() } else { format!("127.0.0.1:{port}") };
        let message = format!("cannot listen on {place} for the browser");
        let another = match port {
            0 => "",
            _ => "choose another port with `--port N` or SSOWRAP_CALLBACK_PORT, or ",
        };
        let hint = format!("{another}sign in with `{}`", code_command(source));
        Error::new(Kind::Other, message).source(e).hint(hint)
    })
}

/// Sends the user to the browser and waits for the answer. The browser waits too, and is shown how
/// the login ended.
pub(super) fn grant(
    asking: &Asking<'_>,
    client: Client<'_>,
    listener: TcpListener,
) -> Result<Approval, Stop> {
    let sign_in = asking.sign_in;
    let other = |e| Error::new(Kind::Other, "cannot wait for the browser").source(e);
    let port = listener.local_addr().map_err(other)?.port();
    let redirect_uri = format!("http://127.0.0.1:{port}/oauth/callback");
    let (verifier, state) = (random::base64::<48>()?, random::base64::<32>()?);
    let url = authorize_url(asking, client, &redirect_uri, &state, &verifier);
    let elsewhere = elsewhere(sign_in.ctx, sign_in.manner.port);
    let mut waiting = Waiting::start(asking, &url, &elsewhere, LIMIT)?;
    let (callback, answer) = sign_in.aws.wait(async {
        let callback = Callback::start(listener, &state).map_err(other)?;
        let answer = tokio::select! {
            biased;
            answer = callback.answer() => Some(answer),
            over = waiting.count_down() => over.map(|()| None)?,
        };
        Ok::<_, Error>((callback, answer))
    })??;
    drop(waiting);
    let code = match answer {
        Some(BrowserAnswer::Code(code)) => code,
        Some(BrowserAnswer::Error { code, description }) => {
            let subject = owner(sign_in.source);
            callback.end(sign_in.aws, page::of_answer(&subject, refused::shown(&code)));
            return Err(refused::in_browser(sign_in, &code, description.as_deref()).into());
        }
        None => return Err(refused::too_late(sign_in, LIMIT)),
    };
    let grant = TokenGrant::AuthorizationCode {
        code: &code,
        verifier: &verifier,
        redirect_uri: &redirect_uri,
    };
    match asking.token(client, grant) {
        Ok(granted) => Ok(Approval { granted, callback: Some(callback) }),
        Err(failure) => {
            let stop = asking.refused(failure);
            callback.end(sign_in.aws, page::failed(&owner(sign_in.source), stop.error()));
            Err(stop)
        }
    }
}

/// The page to open. Its parameters are in the AWS CLI's order, and `scopes` is AWS's own spelling.
#[expect(clippy::disallowed_methods, reason = "the request is written here")]
fn authorize_url(
    asking: &Asking<'_>,
    client: Client<'_>,
    redirect_uri: &str,
    state: &SecretString,
    verifier: &SecretString,
) -> String {
    let scopes = asking.scopes().join(" ");
    let query = [
        ("response_type", "code"),
        ("client_id", client.id),
        ("redirect_uri", redirect_uri),
        ("state", state.expose_secret()),
        ("code_challenge_method", "S256"),
        ("scopes", &scopes),
        ("code_challenge", &challenge(verifier.expose_secret())),
    ];
    let mut form = form_urlencoded::Serializer::new(String::new());
    // A plus sign means a space only in forms.
    let query = form.extend_pairs(query).finish().replace('+', "%20");
    format!("{}/authorize?{query}", asking.endpoint.root())
}

fn challenge(verifier: &str) -> String {
    base64_simd::URL_SAFE_NO_PAD.encode_to_string(Sha256::digest(verifier))
}

/// What to do with the URL if no browser is started. If a port was chosen, the browser may be on
/// another machine that forwards it.
fn elsewhere(ctx: &Context, port: Option<u16>) -> String {
    match (port, ctx.var(variables::SSH_CONNECTION)) {
        (Some(port), Some(connection)) => {
            let user = ctx.var(variables::USER).or_else(|| ctx.var(variables::LOGNAME));
            let ssh = ssh_line(&connection, user.as_deref(), port);
            format!("on your own machine run `{ssh}`, then open this URL in its browser:")
        }
        _ => "open this URL in a browser on this machine:".to_owned(),
    }
}

/// The command that forwards `port` from the machine where the user sits. `connection` is
/// `SSH_CONNECTION`: the client's address and port, then the server's.
fn ssh_line(connection: &str, user: Option<&str>, port: u16) -> String {
    let mut fields = connection.split(' ').skip(2);
    let host = fields.next().filter(|host| host.parse::<IpAddr>().is_ok()).unwrap_or("HOST");
    let ssh_port = fields.next().and_then(|port| port.parse().ok()).unwrap_or(22_u16);
    let ssh_port = if ssh_port == 22 { String::new() } else { format!("-p {ssh_port} ") };
    let target = user.map_or_else(|| host.to_owned(), |user| format!("{user}@{host}"));
    format!("ssh -N -L {port}:127.0.0.1:{port} {ssh_port}{}", escape::shell_word(&target))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example in RFC 7636, appendix B.
    #[test]
    fn challenges() {
        assert_eq!(
            challenge("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"),
            "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
        );
    }

    #[test]
    fn forwarding_lines() {
        for (connection, user, expected) in [
            ("10.0.0.1 5 10.0.0.2 22", Some("ann"), "ssh -N -L 1:127.0.0.1:1 ann@10.0.0.2"),
            ("10.0.0.1 5 10.0.0.2 2222", None, "ssh -N -L 1:127.0.0.1:1 -p 2222 10.0.0.2"),
            ("::1 5 fd00::2 22", None, "ssh -N -L 1:127.0.0.1:1 fd00::2"),
            ("", None, "ssh -N -L 1:127.0.0.1:1 HOST"),
            ("a b 10.0.0.2 22", Some("a b"), "ssh -N -L 1:127.0.0.1:1 'a b@10.0.0.2'"),
            ("a b $(c) d", None, "ssh -N -L 1:127.0.0.1:1 HOST"),
        ] {
            assert_eq!(ssh_line(connection, user, 1), expected, "{connection}");
        }
    }
}
