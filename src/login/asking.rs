//! The requests to AWS that both kinds of login share.

use std::net::TcpListener;

use super::portal::Portal;
use super::refused::{self, Stop};
use super::way::Way;
use super::{Approval, DEFAULT_SCOPE, SignIn, device, pkce};
use crate::aws::{BrowserClient, Client, ClientRequest, RequestError, ServiceEndpoint, TokenGrant};
use crate::error::Result;
use crate::token::{BROWSER_GRANTS, ClientRegistration, Flow, Granted, RegistrationCache};

/// A login whose way has been chosen.
pub(super) struct Asking<'a> {
    pub sign_in: &'a SignIn<'a>,
    pub portal: &'a Portal,
    pub endpoint: &'a ServiceEndpoint,
    pub way: &'a Way,
}

impl Asking<'_> {
    /// Gets a token, with the registration of an earlier login if AWS still accepts it.
    pub(super) fn grant(&self) -> Result<(ClientRegistration, Approval)> {
        let SignIn { ctx, source, home, .. } = self.sign_in;
        let registrations = RegistrationCache::new(ctx, home, source, self.way.flow);
        // Before any request, because the port may be taken.
        let mut listener = match self.way.flow {
            Flow::Browser => Some(pkce::listen(self.sign_in.manner.port, source)?),
            Flow::Device => None,
        };
        ctx.printer.say(&self.way.words(source));
        if let Some(alternative) = self.way.alternative(source, self.sign_in.manner) {
            ctx.printer.say(&alternative);
        }
        let mut cached = registrations.cached();
        loop {
            let is_new = cached.is_none();
            let registration = match cached.take() {
                Some(registration) => registration,
                None => self.register(&registrations)?,
            };
            match self.attempt(registration.client(), listener.take()) {
                Ok(approval) => return Ok((registration, approval)),
                Err(Stop::Client(_)) if !is_new => {
                    ctx.printer.info(|| "AWS does not know the client registration".to_owned());
                    registrations.forget();
                }
                Err(Stop::Late(error)) => {
                    // If AWS does not know the client, it says so only on its page in the browser.
                    registrations.forget();
                    return Err(error);
                }
                Err(Stop::Client(error) | Stop::Final(error)) => return Err(error),
            }
        }
    }

    fn attempt(&self, client: Client<'_>, listener: Option<TcpListener>) -> Result<Approval, Stop> {
        match (self.way.flow, listener) {
            (Flow::Device, _) => {
                let granted = device::grant(self, client)?;
                Ok(Approval { granted, callback: None })
            }
            (Flow::Browser, Some(listener)) => pkce::grant(self, client, listener),
            (Flow::Browser, None) => pkce::grant(
                self,
                client,
                pkce::listen(self.sign_in.manner.port, self.sign_in.source)?,
            ),
        }
    }

    fn register(&self, registrations: &RegistrationCache<'_>) -> Result<ClientRegistration> {
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
        let registration = ClientRegistration {
            client_id: client.id,
            client_secret: client.secret,
            expires_at: client.expires_at,
        };
        registrations.keep(&registration, &scopes);
        Ok(registration)
    }

    /// The scopes of the login. Without a session there are none: nothing refreshes such a login.
    pub(super) fn scopes(&self) -> Vec<String> {
        let source = self.sign_in.source;
        match source.scopes.as_ref().filter(|scopes| !scopes.is_empty()) {
            Some(scopes) => scopes.clone(),
            None if source.session.is_some() => vec![DEFAULT_SCOPE.to_owned()],
            None => Vec::new(),
        }
    }

    /// Exchanges what came back for a token.
    pub(super) fn token(
        &self,
        client: Client<'_>,
        grant: TokenGrant<'_>,
    ) -> Result<Granted, RequestError> {
        let asked_at = self.sign_in.ctx.now();
        let token = self.sign_in.aws.create_token(self.endpoint, client, grant)?;
        Ok(Granted { token, asked_at })
    }

    pub(super) fn refused(&self, failure: RequestError) -> Stop {
        refused::of(self, failure)
    }
}
