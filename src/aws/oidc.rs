//! The token service of Identity Center, SSO-OIDC (SPEC 5.4).

use std::time::Duration;

use aws_sdk_ssooidc::config::Builder;
use aws_sdk_ssooidc::operation::create_token::CreateTokenOutput;
use aws_types::SdkConfig;
use chrono::{DateTime, Datelike, TimeDelta, Utc};
use http::Uri;
use secrecy::{ExposeSecret, SecretString};

use crate::text::server;

use super::call::Call;
use super::error::Cause;
use super::retry::Classifier;
use super::single_use::SingleUse;
use super::{Aws, RequestError, ServiceEndpoint};

const REGISTER_CLIENT: &str = "RegisterClient";
const START_DEVICE_AUTHORIZATION: &str = "StartDeviceAuthorization";
const CREATE_TOKEN: &str = "CreateToken";

/// The pause between two polls if the service names none (RFC 8628, 3.2).
const INTERVAL: Duration = Duration::from_secs(5);

/// The client registration that a request names.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Client<'a> {
    /// `clientId`.
    pub id: &'a str,
    /// `clientSecret`.
    pub secret: &'a SecretString,
}

/// What a token is requested with.
#[derive(Clone, Copy, Debug)]
pub(crate) enum TokenGrant<'a> {
    /// A refresh token, which may work only once.
    RefreshToken(&'a SecretString),
    /// The code of a device login.
    DeviceCode(&'a SecretString),
    /// What the browser brought back.
    AuthorizationCode {
        /// `code`, which works only once.
        code: &'a SecretString,
        /// `codeVerifier`, from which the challenge was made.
        verifier: &'a SecretString,
        /// The address that the browser came back to, with the port.
        redirect_uri: &'a str,
    },
}

impl TokenGrant<'_> {
    /// Whether sending it uses it up. A device code can be sent until the login is approved.
    fn is_single_use(&self) -> bool {
        match self {
            TokenGrant::RefreshToken(_) | TokenGrant::AuthorizationCode { .. } => true,
            TokenGrant::DeviceCode(_) => false,
        }
    }

    fn name(&self) -> &'static str {
        match self {
            TokenGrant::RefreshToken(_) => "refresh_token",
            TokenGrant::DeviceCode(_) => "urn:ietf:params:oauth:grant-type:device_code",
            TokenGrant::AuthorizationCode { .. } => "authorization_code",
        }
    }
}

/// The answer of CreateToken.
#[derive(Debug)]
pub(crate) struct NewToken {
    /// The access token: printable ASCII, as HTTP headers require.
    pub access_token: SecretString,
    /// How long it lasts; more than zero.
    pub expires_in: TimeDelta,
    /// The next refresh token, if there is one.
    pub refresh_token: Option<SecretString>,
}

/// A client to be registered.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ClientRequest<'a> {
    /// `clientName`.
    pub name: &'a str,
    /// `scopes`, omitted if there are none.
    pub scopes: &'a [String],
    /// For a client that gets its answers from a browser; none for device logins.
    pub browser: Option<BrowserClient<'a>>,
}

/// See [`ClientRequest::browser`].
#[derive(Clone, Copy, Debug)]
pub(crate) struct BrowserClient<'a> {
    /// `grantTypes`.
    pub grant_types: &'a [&'a str],
    /// The address the browser may come back to. A loopback address without a port allows every
    /// port.
    pub redirect_uri: &'a str,
    /// The start URL.
    pub issuer_url: &'a str,
}

/// The answer of RegisterClient.
#[derive(Debug)]
pub(crate) struct NewClient {
    /// `clientId`.
    pub id: String,
    /// `clientSecret`.
    pub secret: SecretString,
    /// When the registration expires.
    pub expires_at: DateTime<Utc>,
}

/// A device login that waits for the user.
#[derive(Debug)]
pub(crate) struct DeviceAuthorization {
    /// The code that the token is requested with.
    pub device_code: SecretString,
    /// The code that the user compares or types.
    pub user_code: String,
    /// The page to type it in. Safe to pass to a browser.
    pub verification_uri: String,
    /// The same page with the code filled in, if the service offers one.
    pub verification_uri_complete: Option<String>,
    /// How long the code is valid; more than zero.
    pub expires_in: Duration,
    /// The minimum pause between two polls; more than zero.
    pub interval: Duration,
}

impl Aws<'_> {
    /// Registers a client.
    pub(crate) fn register_client(
        &self,
        endpoint: &ServiceEndpoint,
        request: ClientRequest<'_>,
    ) -> Result<NewClient, RequestError> {
        let output = self.call(&call(REGISTER_CLIENT, endpoint, &[]), |sdk, classifier| {
            let mut call = client(sdk, endpoint, classifier)
                .register_client()
                .client_name(request.name)
                .client_type("public")
                .set_scopes(Some(request.scopes.to_vec()).filter(|scopes| !scopes.is_empty()));
            if let Some(browser) = request.browser {
                let grants = browser.grant_types.iter().map(|name| (*name).to_owned());
                call = call
                    .set_grant_types(Some(grants.collect()))
                    .redirect_uris(browser.redirect_uri)
                    .issuer_url(browser.issuer_url);
            }
            call.send()
        })?;
        let lacks = |what| lacks(REGISTER_CLIENT, endpoint, what);
        Ok(NewClient {
            id: filled(output.client_id()).ok_or_else(|| lacks("client id"))?.to_owned(),
            secret: filled(output.client_secret()).ok_or_else(|| lacks("client secret"))?.into(),
            // The SDK turns a missing value into zero.
            expires_at: Some(output.client_secret_expires_at())
                .filter(|seconds| *seconds > 0)
                .and_then(|seconds| DateTime::from_timestamp(seconds, 0))
                // No program that reads the file accepts a year above 9999.
                .filter(|at| at.year() <= 9999)
                .ok_or_else(|| lacks("expiration"))?,
        })
    }

    /// Starts a device login at `start_url`.
    #[expect(clippy::disallowed_methods, reason = "the request is written here")]
    pub(crate) fn start_device_authorization(
        &self,
        endpoint: &ServiceEndpoint,
        of: Client<'_>,
        start_url: &str,
    ) -> Result<DeviceAuthorization, RequestError> {
        let secret = of.secret.expose_secret();
        let operation = START_DEVICE_AUTHORIZATION;
        let output = self.call(&call(operation, endpoint, &[secret]), |sdk, classifier| {
            client(sdk, endpoint, classifier)
                .start_device_authorization()
                .client_id(of.id)
                .client_secret(secret)
                .start_url(start_url)
                .send()
        })?;
        let lacks = |what| lacks(operation, endpoint, what);
        let seconds = |value: i32| u64::try_from(value).ok().filter(|seconds| *seconds > 0);
        let page = filled(output.verification_uri()).ok_or_else(|| lacks("verification URL"))?;
        let complete = filled(output.verification_uri_complete());
        let user_code = filled(output.user_code()).ok_or_else(|| lacks("user code"))?;
        // These are shown to the user, and could repeat a secret from the request.
        if server::mask(user_code) != user_code {
            return Err(unexpected(operation, endpoint, "its user code is malformed"));
        }
        let is_shown = |url: &str| is_page(url) && !url.contains(secret);
        if ![page].into_iter().chain(complete).all(is_shown) {
            let reason = "its verification URL is not a web address";
            return Err(unexpected(operation, endpoint, reason));
        }
        Ok(DeviceAuthorization {
            device_code: filled(output.device_code()).ok_or_else(|| lacks("device code"))?.into(),
            user_code: user_code.to_owned(),
            verification_uri: page.to_owned(),
            verification_uri_complete: complete.map(str::to_owned),
            // The SDK turns a missing value into zero.
            expires_in: seconds(output.expires_in())
                .map(Duration::from_secs)
                .ok_or_else(|| lacks("lifetime"))?,
            interval: seconds(output.interval()).map_or(INTERVAL, Duration::from_secs),
        })
    }

    /// Gets a token for `grant`.
    #[expect(clippy::disallowed_methods, reason = "the request is written here")]
    pub(crate) fn create_token(
        &self,
        endpoint: &ServiceEndpoint,
        of: Client<'_>,
        grant: TokenGrant<'_>,
    ) -> Result<NewToken, RequestError> {
        let mut secrets = vec![of.secret.expose_secret()];
        secrets.extend(match grant {
            TokenGrant::RefreshToken(token) | TokenGrant::DeviceCode(token) => {
                vec![token.expose_secret()]
            }
            TokenGrant::AuthorizationCode { code, verifier, .. } => {
                vec![code.expose_secret(), verifier.expose_secret()]
            }
        });
        let call =
            Call { single_use: grant.is_single_use(), ..call(CREATE_TOKEN, endpoint, &secrets) };
        let ask = || {
            self.call(&call, |sdk, classifier| {
                let config = config(sdk, endpoint, classifier);
                let config =
                    if call.single_use { config.retry_classifier(SingleUse) } else { config };
                let request = aws_sdk_ssooidc::Client::from_conf(config.build())
                    .create_token()
                    .client_id(of.id)
                    .client_secret(of.secret.expose_secret())
                    .grant_type(grant.name());
                match grant {
                    TokenGrant::RefreshToken(token) => request.refresh_token(token.expose_secret()),
                    TokenGrant::DeviceCode(code) => request.device_code(code.expose_secret()),
                    TokenGrant::AuthorizationCode { code, verifier, redirect_uri } => request
                        .code(code.expose_secret())
                        .code_verifier(verifier.expose_secret())
                        .redirect_uri(redirect_uri),
                }
                .send()
            })
        };
        let output = match grant {
            // An interrupt here would lose the login.
            TokenGrant::RefreshToken(_) => self.uninterrupted(ask)?,
            TokenGrant::DeviceCode(_) | TokenGrant::AuthorizationCode { .. } => ask()?,
        };
        new_token(endpoint, &output)
    }
}

fn new_token(
    endpoint: &ServiceEndpoint,
    output: &CreateTokenOutput,
) -> Result<NewToken, RequestError> {
    let access_token = filled(output.access_token());
    let access_token = access_token.ok_or_else(|| lacks(CREATE_TOKEN, endpoint, "access token"))?;
    if !access_token.bytes().all(|b| (b' '..=b'~').contains(&b)) {
        return Err(unexpected(CREATE_TOKEN, endpoint, "its access token is malformed"));
    }
    // The SDK turns a missing value into zero.
    if output.expires_in() <= 0 {
        return Err(unexpected(CREATE_TOKEN, endpoint, "its access token has no lifetime"));
    }
    Ok(NewToken {
        access_token: access_token.into(),
        expires_in: TimeDelta::seconds(output.expires_in().into()),
        refresh_token: filled(output.refresh_token()).map(Into::into),
    })
}

fn call<'a>(
    operation: &'static str,
    endpoint: &'a ServiceEndpoint,
    secrets: &'a [&'a str],
) -> Call<'a> {
    Call { operation, endpoint, secrets, pace: None, single_use: false }
}

fn client(
    sdk: &SdkConfig,
    endpoint: &ServiceEndpoint,
    retry: Classifier,
) -> aws_sdk_ssooidc::Client {
    aws_sdk_ssooidc::Client::from_conf(config(sdk, endpoint, retry).build())
}

fn config(sdk: &SdkConfig, endpoint: &ServiceEndpoint, retry: Classifier) -> Builder {
    Builder::from(sdk).endpoint_resolver(endpoint.clone()).retry_classifier(retry)
}

/// The text, unless it is empty: services leave out a missing value, or send null or an empty text.
fn filled(text: Option<&str>) -> Option<&str> {
    text.filter(|text| !text.is_empty())
}

/// Whether it is safe to pass this URL to a browser and to a terminal's clipboard: it is a web URL
/// (RFC 3986). Two characters that a shell interprets even within quotes, as in a command in
/// `$BROWSER`, are refused; AWS's URLs contain neither.
fn is_page(url: &str) -> bool {
    let is_plain = |b: u8| b.is_ascii_alphanumeric() || b"-._~:/?#[]@!&()*+,;=%".contains(&b);
    let uri = url.bytes().all(is_plain).then(|| url.parse::<Uri>().ok()).flatten();
    uri.is_some_and(|uri| {
        matches!(uri.scheme_str(), Some("http" | "https"))
            && uri.authority().is_some_and(|authority| !authority.as_str().contains('@'))
            && uri.host().is_some_and(|host| !host.is_empty())
    })
}

fn lacks(operation: &'static str, endpoint: &ServiceEndpoint, what: &str) -> RequestError {
    unexpected(operation, endpoint, &format!("it has no {what}"))
}

fn unexpected(operation: &'static str, endpoint: &ServiceEndpoint, reason: &str) -> RequestError {
    RequestError::new(operation, endpoint, Cause::Unexpected(reason.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages() {
        for url in [
            "https://device.sso.eu-central-1.amazonaws.com/?user_code=ABCD-EFGH",
            "https://corp.awsapps.com/start/#/device?user_code=ABCD-EFGH",
            "HTTP://127.0.0.1:8080/device",
            "https://[::1]/",
        ] {
            assert!(is_page(url), "{url}");
        }
        for url in [
            "",
            "/device",
            "device.example/",
            "--version",
            "javascript:alert(1)",
            "file:///etc/passwd",
            "ftp://device.example/",
            "https://",
            "https:///device",
            "https://aws.example@evil.example/",
            "https://device.example/ x",
            "https://device.example/\u{1b}[2J",
            "https://device.example/\n",
            "https://device.example/$(id)",
            "https://device.example/'x",
            "https://device.example/`x`",
            "https://d\u{e9}vice.example/",
        ] {
            assert!(!is_page(url), "{url}");
        }
    }
}
