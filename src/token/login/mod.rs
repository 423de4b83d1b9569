//! Signing in: a person approves in a browser, and the token file is written as the AWS CLI would
//! write it, so that every other tool is signed in too.
//!
//! One login per session at a time, across all processes: the others wait for it and use it.

mod callback;
mod device;
mod page;
mod pkce;
mod portal;
mod refused;
mod waiting;
mod way;

use std::net::TcpListener;
use std::path::PathBuf;
use std::time::Duration;

use chrono::{DateTime, Utc};
use secrecy::SecretString;
use tokio::time::{Instant, sleep};

use super::problem::{login_hint, owner};
use super::registration::{BROWSER_GRANTS, Flow, Registration, Registrations};
use super::{SsoToken, encode, file, look, usable};
use crate::aws::{
    Aws, BrowserClient, Client, ClientRequest, Endpoint, Failure, NewToken, Service, TokenGrant,
};
use crate::context::Context;
use crate::error::{Error, Kind, Result};
use crate::profile::plan::SsoSource;
use crate::storage::atomic;
use crate::storage::lock::Lock;
use portal::Portal;
use refused::Stop;
use way::Way;

/// What a person has for it. AWS's own codes last as long.
const LIMIT: Duration = Duration::from_secs(600);

/// A bit more than the login of another process can take.
const PATIENCE: Duration = Duration::from_secs(660);

/// Between two looks at whether another process has signed in. It announces nothing.
const PAUSE: Duration = Duration::from_millis(100);

/// The scope without which there is no refresh token (SPEC 3.6).
const DEFAULT_SCOPE: &str = "sso:account:access";

/// How to sign in.
#[derive(Clone, Debug, Default)]
pub struct Manner {
    /// Also where the login is still good.
    pub force: bool,
    /// With a code, although a browser could come back.
    pub use_device_code: bool,
    /// Start no browser.
    pub no_browser: bool,
    /// The port the browser comes back to; a free one otherwise.
    pub port: Option<u16>,
    /// Hand the URL to the clipboard of the terminal.
    pub copy: bool,
}

/// What became of a login.
#[derive(Debug)]
pub enum Outcome {
    /// There was one, perhaps after a refresh.
    Valid(SsoToken),
    /// It was made, here or by a process that was waited for.
    SignedIn(SsoToken),
}

/// Signs in to the session or start URL of `source`, unless that is signed in to.
///
/// # Errors
/// `LoginRequired` where the person denies it or takes too long, `Interrupted` at Ctrl-C,
/// `InvalidSetting` and `NoRegion` where the settings make no login, `AccessDenied` and `Network` as
/// of any request, `Other` where the token cannot be kept.
pub fn login(ctx: &Context, aws: &Aws<'_>, source: &SsoSource, manner: &Manner) -> Result<Outcome> {
    SignIn::new(ctx, aws, source, manner)?.outcome()
}

/// One login on its way.
struct SignIn<'a> {
    ctx: &'a Context,
    aws: &'a Aws<'a>,
    source: &'a SsoSource,
    manner: &'a Manner,
    start_url: &'a str,
    sso_region: &'a str,
    home: PathBuf,
    /// The token file.
    path: PathBuf,
}

/// A token, and the client it was issued to.
struct Granted {
    token: NewToken,
    /// Before the token was asked for: its lifetime counts from here at the latest.
    asked_at: DateTime<Utc>,
}

/// Whose turn it is to sign in.
enum Turn {
    Ours(Lock),
    /// Another process has done it.
    Done(SsoToken),
}

impl<'a> SignIn<'a> {
    fn new(
        ctx: &'a Context,
        aws: &'a Aws<'a>,
        source: &'a SsoSource,
        manner: &'a Manner,
    ) -> Result<Self> {
        let lacks = |kind, what: &str| {
            let message = format!("signing in to {} needs {what}", owner(source));
            let options = match source.session {
                Some(_) => {
                    "add it to the section of the session, or give `--start-url URL \
                            --sso-region REGION`"
                }
                None => "add it to the profile, or give `--start-url URL --sso-region REGION`",
            };
            Error::new(kind, message).hint(options)
        };
        let start_url = source.start_url.as_deref();
        let start_url = start_url.ok_or_else(|| lacks(Kind::MissingSetting, "a start URL"))?;
        let sso_region = source.sso_region.as_deref();
        let sso_region = sso_region.ok_or_else(|| lacks(Kind::MissingSetting, "an SSO region"))?;
        let home = ctx.home()?;
        let path = file(&home, source);
        Ok(Self { ctx, aws, source, manner, start_url, sso_region, home, path })
    }

    fn outcome(&self) -> Result<Outcome> {
        self.aws.catch_interrupts()?;
        let before = self.end_of_token();
        if !self.manner.force
            && let Some(token) = self.present()?
        {
            return Ok(Outcome::Valid(token));
        }
        // Now, and not when a person has signed in for nothing.
        self.check_place()?;
        let _lock = match self.turn(before)? {
            Turn::Ours(lock) => lock,
            Turn::Done(token) => return Ok(Outcome::SignedIn(token)),
        };
        self.sign_in().map(Outcome::SignedIn)
    }

    /// The login there is, refreshed where that is due and can be done.
    fn present(&self) -> Result<Option<SsoToken>> {
        match usable(self.ctx, self.aws, self.source, self.ctx.now()) {
            Ok(token) => Ok(Some(token)),
            Err(error) => match error.kind {
                Kind::LoginRequired | Kind::AccessDenied | Kind::UnreadableFile => {
                    self.ctx.printer.info(|| error.message.clone());
                    Ok(None)
                }
                _ => Err(error),
            },
        }
    }

    fn check_place(&self) -> Result<()> {
        let directory = self.path.parent().unwrap_or(&self.path);
        atomic::make_dir(directory).and_then(|()| atomic::check(&self.path)).map_err(|e| {
            let message = format!(
                "the token of {} could not be kept in {}",
                owner(self.source),
                self.path.display()
            );
            Error::new(Kind::Other, message)
                .source(e)
                .hint("make that place writable, then sign in again")
        })
    }

    /// Waits until nobody else signs in to the same. `before` is the end of the token there was at
    /// the start.
    fn turn(&self, before: Option<DateTime<Utc>>) -> Result<Turn> {
        let stem = self.path.file_stem().unwrap_or_default().to_string_lossy();
        let key = format!("login-{stem}");
        let started = Instant::now();
        let mut told = false;
        loop {
            let lock = Lock::try_take(self.ctx, &key);
            if let Some(token) = self.newer(before) {
                return Ok(Turn::Done(token));
            }
            if let Some(lock) = lock {
                return Ok(Turn::Ours(lock));
            }
            if !told {
                let owner = owner(self.source);
                self.ctx
                    .printer
                    .say(&format!("another ssowrap is signing in to {owner}: waiting for it"));
                told = true;
            }
            if started.elapsed() > PATIENCE {
                let message =
                    format!("another ssowrap has not come to an end with {}", owner(self.source));
                return Err(Error::new(Kind::LoginRequired, message).hint(login_hint(self.source)));
            }
            self.aws.wait(async { sleep(PAUSE).await })?;
        }
    }

    /// A login that is good and ends later than the one there was.
    fn newer(&self, before: Option<DateTime<Utc>>) -> Option<SsoToken> {
        let token = look(self.ctx, self.source, &self.path).ok()?.token;
        let is_newer = before.is_none_or(|end| token.expires_at > end);
        (is_newer && token.is_live(self.ctx.now())).then_some(token)
    }

    fn end_of_token(&self) -> Option<DateTime<Utc>> {
        look(self.ctx, self.source, &self.path).ok().map(|login| login.token.expires_at)
    }

    fn sign_in(&self) -> Result<SsoToken> {
        let portal = portal::resolve(self.ctx, self.aws, self.start_url, self.sso_region)?;
        let endpoint = self.aws.endpoint(Service::SsoOidc, &portal.region)?;
        let way = Way::choose(self.ctx, self.source, self.manner);
        let asking = Asking { sign_in: self, portal: &portal, endpoint: &endpoint, way: &way };
        let (registration, granted) = asking.grant()?;
        self.keep(&registration, granted, portal)
    }

    /// Writes the token file.
    fn keep(
        &self,
        registration: &Registration,
        granted: Granted,
        portal: Portal,
    ) -> Result<SsoToken> {
        let token = SsoToken {
            access_token: granted.token.access_token,
            expires_at: granted.asked_at + granted.token.expires_in,
            start_url: Some(self.start_url.to_owned()),
            region: Some(portal.region),
        };
        let before = look(self.ctx, self.source, &self.path).map(|login| login.contents);
        let before = before.unwrap_or_default();
        let refresh_token = granted.token.refresh_token.as_ref();
        encode::encode(&token, registration, refresh_token, &before)
            .map_err(|e| e.to_string())
            .and_then(|text| atomic::write(&self.path, text.as_bytes()).map_err(|e| e.to_string()))
            .map_err(|why| {
                let owner = owner(self.source);
                let path = self.path.display();
                let message = format!("the new token of {owner} cannot be kept in {path}: {why}");
                Error::new(Kind::Other, message)
                    .hint("make that place writable, then sign in again")
            })?;
        Ok(token)
    }
}

/// A login that has found its way.
struct Asking<'a> {
    sign_in: &'a SignIn<'a>,
    portal: &'a Portal,
    endpoint: &'a Endpoint,
    way: &'a Way,
}

impl Asking<'_> {
    /// A token, with a registration of an earlier login where AWS still takes that.
    fn grant(&self) -> Result<(Registration, Granted)> {
        let SignIn { ctx, source, home, .. } = self.sign_in;
        let registrations = Registrations::new(ctx, home, source, self.way.flow);
        // Before anything is asked: it may be taken.
        let mut listener = match self.way.flow {
            Flow::Browser => Some(pkce::listen(self.sign_in.manner.port)?),
            Flow::Device => None,
        };
        ctx.printer.say(&self.way.words(source));
        let mut cached = registrations.cached();
        loop {
            let is_new = cached.is_none();
            let registration = match cached.take() {
                Some(registration) => registration,
                None => self.register(&registrations)?,
            };
            match self.attempt(registration.client(), listener.take()) {
                Ok(granted) => return Ok((registration, granted)),
                Err(Stop::Client(_)) if !is_new => {
                    ctx.printer.info(|| "AWS does not know the client registration".to_owned());
                    registrations.forget();
                }
                Err(Stop::Late(error)) => {
                    // A browser may have said that it does not know the client, and AWS leaves it
                    // at that page.
                    registrations.forget();
                    return Err(error);
                }
                Err(Stop::Client(error) | Stop::Final(error)) => return Err(error),
            }
        }
    }

    fn attempt(&self, client: Client<'_>, listener: Option<TcpListener>) -> Result<Granted, Stop> {
        match (self.way.flow, listener) {
            (Flow::Device, _) => device::grant(self, client),
            (Flow::Browser, Some(listener)) => pkce::grant(self, client, listener),
            (Flow::Browser, None) => {
                pkce::grant(self, client, pkce::listen(self.sign_in.manner.port)?)
            }
        }
    }

    fn register(&self, registrations: &Registrations<'_>) -> Result<Registration> {
        let SignIn { ctx, aws, source, .. } = self.sign_in;
        let scopes = self.scopes();
        let browser = (self.way.flow == Flow::Browser).then(|| BrowserClient {
            grant_types: &BROWSER_GRANTS,
            redirect_uri: pkce::REDIRECT_URI,
            issuer_url: &self.portal.url,
        });
        let name = match &source.session {
            Some(session) => format!("ssowrap-client-{session}"),
            None => format!("ssowrap-client-{}", ctx.now().timestamp()),
        };
        let request = ClientRequest { name: &name, scopes: &scopes, browser };
        let client = aws
            .register_client(self.endpoint, request)
            .map_err(|failure| self.refused(failure).into_error())?;
        let registration = Registration {
            client_id: client.id,
            client_secret: client.secret,
            expires_at: client.expires_at,
        };
        registrations.keep(&registration, &scopes);
        Ok(registration)
    }

    /// What the login is for. One without a session has no scope: it is not refreshed by anybody.
    fn scopes(&self) -> Vec<String> {
        let source = self.sign_in.source;
        match source.scopes.as_ref().filter(|scopes| !scopes.is_empty()) {
            Some(scopes) => scopes.clone(),
            None if source.session.is_some() => vec![DEFAULT_SCOPE.to_owned()],
            None => Vec::new(),
        }
    }

    /// The token for what came back.
    fn token(&self, client: Client<'_>, grant: TokenGrant<'_>) -> Result<Granted, Failure> {
        let asked_at = self.sign_in.ctx.now();
        let token = self.sign_in.aws.create_token(self.endpoint, client, grant)?;
        Ok(Granted { token, asked_at })
    }

    fn refused(&self, failure: Failure) -> Stop {
        refused::of(self.sign_in.source, self.portal, failure)
    }
}

/// So many random bytes in URL-safe base64.
fn random<const N: usize>() -> Result<SecretString> {
    let mut bytes = zeroize::Zeroizing::new([0_u8; N]);
    getrandom::fill(&mut *bytes)
        .map_err(|e| Error::new(Kind::Other, "the system gives no random numbers").source(e))?;
    Ok(base64_simd::URL_SAFE_NO_PAD.encode_to_string(*bytes).into())
}
