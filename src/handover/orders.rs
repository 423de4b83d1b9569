//! The orders for the process beside the command.

use secrecy::SecretString;
use serde::{Deserialize, Serialize};

use super::private_files::{PrivateFile, PrivateFiles};
use super::renewal::Renewal;
use crate::context::Context;
use crate::credentials::Credentials;
use crate::error::Result;
use crate::text::serial;

/// What to provide for a command as long as it runs.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct Orders {
    /// The endpoint of `exec --renew`.
    pub endpoint: Option<Endpoint>,
    /// Files that only this command uses.
    pub files: Vec<PrivateFile>,
}

/// An endpoint to start.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Endpoint {
    pub renewal: Renewal,
    /// The token that clients must show.
    #[serde(with = "serial::secret")]
    pub token: SecretString,
    /// The first credentials.
    pub credentials: Credentials,
}

/// What is ready, for the command.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct Ready {
    /// The port of the endpoint.
    pub port: Option<u16>,
    /// The paths of the files.
    pub paths: Vec<String>,
}

impl Orders {
    /// Carries out the orders. The endpoint runs in the background, and the files exist until they
    /// are dropped.
    ///
    /// # Errors
    /// If there is no port, no thread, or no place for a file.
    pub(super) fn carry_out(self, ctx: &Context) -> Result<(Ready, PrivateFiles)> {
        let files = PrivateFiles::write(ctx, &self.files)?;
        let paths = files.paths()?;
        let port = self.endpoint.map(|endpoint| endpoint.serve(ctx)).transpose()?;
        Ok((Ready { port, paths }, files))
    }
}

impl Endpoint {
    fn serve(self, ctx: &Context) -> Result<u16> {
        self.renewal.serve(ctx, self.token, self.credentials)
    }
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret;

    use super::*;
    use crate::profile::plan::{Hop, Plan, Source, StaticKeys};

    /// A plan with a secret and a non-UTF-8 path arrives unchanged.
    #[cfg(unix)]
    #[test]
    #[expect(clippy::disallowed_methods, reason = "compares what was sent")]
    fn what_is_written_is_read() {
        use std::os::unix::ffi::OsStrExt;
        let file = std::path::Path::new(std::ffi::OsStr::from_bytes(b"/config\xff"));
        let keys = StaticKeys {
            access_key_id: "AKIA".into(),
            secret_access_key: "s\n\"e".into(),
            session_token: None,
            profile: "a\nb".into(),
            location: crate::error::Location::new(file, 7),
        };
        let mut plan = Plan::of_sso(Default::default());
        plan.source = Source::Static(keys);
        plan.hops.push(Hop::ad_hoc("arn:aws:iam::000000000042:role/r"));
        let credentials = Credentials {
            access_key_id: "ASIA".into(),
            secret_access_key: "s\n".into(),
            session_token: Some("t".into()),
            expiration: crate::text::timestamp::parse("2199-01-01T00:00:00Z"),
            account_id: None,
        };
        let renewal = Renewal::of_plan(plan, Some("eu-west-1".into()));
        let endpoint = Endpoint { renewal, token: "FAKEtoken".into(), credentials };
        let orders = Orders { endpoint: Some(endpoint), files: Vec::new() };
        let sent = serde_json::to_vec(&orders).expect("JSON");
        let read: Orders = serde_json::from_slice(&sent).expect("the same");
        assert_eq!(serde_json::to_vec(&read).expect("JSON"), sent);
        let Endpoint { token, credentials, .. } = read.endpoint.expect("an endpoint");
        assert_eq!(token.expose_secret(), "FAKEtoken");
        assert_eq!(credentials.secret_access_key.expose_secret(), "s\n");
        serde_json::from_slice::<Orders>(&sent[..20]).expect_err("half of it");
    }
}
