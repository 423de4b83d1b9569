//! What the endpoint of `exec --renew` has to do, and its way from one process to another: through
//! a pipe, because nobody else can read that.

use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::context::Context;
use crate::credentials::Credentials;
use crate::credentials::SERVE_WINDOW;
use crate::endpoint::Fetch;
use crate::error::{Error, Kind, Result};
use crate::exchange::{self, Caching};
use crate::output::environment::Region;
use crate::output::json;
use crate::profile::Request;
use crate::profile::files::Files;
use crate::profile::plan::Plan;
use crate::profile::resolve::resolve;
use crate::settings::{Obtained, Settings};

/// What to renew, and for whom.
#[derive(Debug)]
pub(super) struct Errand {
    /// Everything that is no secret.
    pub orders: Orders,
    /// What clients have to show.
    pub token: SecretString,
    /// The first credentials.
    pub credentials: Credentials,
}

/// Everything that is no secret.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Orders {
    /// The process whose end is the end of the endpoint.
    pub process: u32,
    request: Request,
    region: Option<String>,
    no_cache: bool,
}

impl Errand {
    /// To renew what was obtained, for this process and for the command it becomes.
    pub(super) fn new(settings: &Settings, obtained: &Obtained, token: SecretString) -> Self {
        let orders = Orders {
            process: std::process::id(),
            request: settings.request.clone(),
            region: obtained.region.as_ref().map(Region::name).map(str::to_owned),
            no_cache: settings.caching == Caching::Off,
        };
        Self { orders, token, credentials: obtained.credentials.clone() }
    }

    /// The way to new credentials. It is found once: a command has one principal from beginning to
    /// end, whatever becomes of the config meanwhile.
    ///
    /// # Errors
    /// Those of the resolver.
    pub(super) fn fetch(&self, ctx: &Context) -> Result<Fetch> {
        let plan = resolve(&Files::load(ctx)?, &self.orders.request).plan?;
        let caching = if self.orders.no_cache { Caching::Off } else { Caching::On };
        Ok(renewal(plan, self.orders.region.clone(), caching))
    }

    /// Three lines: the orders, the token, the credentials.
    ///
    /// # Errors
    /// For what JSON cannot hold.
    #[expect(clippy::disallowed_methods, reason = "written into a pipe between two ssowraps")]
    pub(super) fn to_bytes(&self) -> Result<Zeroizing<Vec<u8>>> {
        let orders = serde_json::to_vec(&self.orders).map_err(|e| broken().source(e))?;
        let token = self.token.expose_secret().as_bytes();
        let credentials = json::process(&self.credentials)?;
        let length = orders.len() + token.len() + credentials.as_bytes().len() + 2;
        let mut bytes = Zeroizing::new(Vec::with_capacity(length));
        for part in [&orders, b"\n".as_slice(), token, b"\n", credentials.as_bytes()] {
            bytes.extend_from_slice(part);
        }
        Ok(bytes)
    }

    /// Reads what [`Self::to_bytes`] wrote.
    ///
    /// # Errors
    /// For anything else.
    pub(super) fn from_bytes(ctx: &Context, bytes: &[u8]) -> Result<Self> {
        let mut lines = bytes.splitn(3, |byte| *byte == b'\n');
        let mut line = || lines.next().ok_or_else(broken);
        let orders = serde_json::from_slice(line()?).map_err(|e| broken().source(e))?;
        let token = str::from_utf8(line()?).map_err(|_| broken())?;
        let credentials = exchange::parse_process_json(line()?, None, ctx.now())
            .map_err(|why| Error::new(Kind::Other, why))?;
        Ok(Self { orders, token: token.into(), credentials })
    }
}

/// The way to new credentials, with nobody there to help.
pub(crate) fn renewal(plan: Plan, region: Option<String>, caching: Caching) -> Fetch {
    // `--refresh` has done its work with the first credentials.
    let caching = if caching == Caching::Off { Caching::Off } else { Caching::On };
    let window = Some(SERVE_WINDOW);
    let options = exchange::Options {
        region,
        caching,
        window,
        unattended: true,
        ..exchange::Options::default()
    };
    Box::new(move |ctx| exchange::credentials(ctx, &plan, &options))
}

fn broken() -> Error {
    Error::new(Kind::Other, "the endpoint has not been told what to do")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ui::printer::{Color, Printer};

    #[test]
    #[expect(clippy::disallowed_methods, reason = "compares what was sent")]
    fn what_is_written_is_read() {
        let ctx = Context::new(Printer::new(true, 0, Color::Never, true));
        let request = Request::Profile { name: "a\nb".into(), origin: None };
        let orders = Orders { process: 7, request, region: None, no_cache: true };
        let credentials = Credentials {
            access_key_id: "ASIA".into(),
            secret_access_key: "s\n".into(),
            session_token: Some("t".into()),
            expiration: crate::text::timestamp::parse("2199-01-01T00:00:00Z"),
            account_id: None,
        };
        let errand = Errand { orders, token: "FAKEtoken".into(), credentials };
        let bytes = errand.to_bytes().expect("text");
        let read = Errand::from_bytes(&ctx, &bytes).expect("the same");
        assert_eq!(read.orders.request, errand.orders.request);
        assert_eq!(read.token.expose_secret(), "FAKEtoken");
        assert_eq!(read.credentials.secret_access_key.expose_secret(), "s\n");
        Errand::from_bytes(&ctx, b"").expect_err("nothing");
        Errand::from_bytes(&ctx, &bytes[..20]).expect_err("half of it");
    }
}
