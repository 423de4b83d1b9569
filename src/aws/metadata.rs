//! Credentials of the machine or container that ssowrap runs on, from the SDK's own providers.
//!
//! Requests never go through a proxy: the addresses exist only on this machine, and the proxy would
//! see the container's authorization token.

use std::error::Error as StdError;
use std::time::Duration;

use aws_config::ecs::EcsCredentialsProvider;
use aws_config::imds;
use aws_config::imds::credentials::ImdsCredentialsProvider;
use aws_config::provider_config::ProviderConfig;
use aws_credential_types::provider::ProvideCredentials;
use aws_credential_types::provider::error::CredentialsError;
use aws_smithy_async::rt::sleep::TokioSleep;
use http::Uri;

use super::Aws;
use super::dial::{Dialer, Proxies};
use super::http::Transport;
use super::transport_error::TransportError;
use crate::credentials::Credentials;
use crate::profile::key::Key;
use crate::profile::reach::MetadataSettings;
use crate::storage::foreign;
use crate::text::arn::is_account_id;
use crate::text::server::mask;
use crate::text::timestamp;
use crate::variables;

/// Setting names in the SDK's messages that are as long as tokens.
const SETTINGS: [&str; 4] = [
    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
    "AWS_CONTAINER_CREDENTIALS_FULL_URI",
    "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE",
    "AWS_CONTAINER_AUTHORIZATION_TOKEN",
];

/// How the SDK says that a container's endpoint refuses.
const STATUS: &str = "Non-success status from HTTP credential provider: StatusCode(";

/// The limit for everything together. If the service is missing, the connection often isn't even
/// refused.
const TIMEOUT: Duration = Duration::from_secs(15);

impl Aws<'_> {
    /// Credentials of the instance's role, from the EC2 metadata service.
    ///
    /// # Errors
    /// What went wrong, in words.
    pub(crate) fn instance_credentials(&self) -> Result<Credentials, String> {
        let (endpoint, setting) = self.metadata_endpoint();
        self.ctx.printer.info(|| format!("asking {endpoint} for the instance's credentials"));
        self.provided(|config| {
            let client = imds::Client::builder()
                .configure(config)
                .endpoint(&endpoint)
                .map_err(|_| format!("{setting} is not a URL"))?
                .build();
            Ok(ImdsCredentialsProvider::builder().configure(config).imds_client(client).build())
        })
    }

    /// The address of the EC2 metadata service, and the setting that it comes from. Read here, because
    /// otherwise the SDK would read the config file for it.
    fn metadata_endpoint(&self) -> (String, &'static str) {
        let MetadataSettings { endpoint, mode } = self.reach.metadata.clone();
        let variable = variables::AWS_EC2_METADATA_SERVICE_ENDPOINT;
        if let Some(endpoint) = self.ctx.var(variable) {
            return (endpoint, variable.as_str());
        }
        let key = Key::Ec2MetadataServiceEndpoint.name();
        if let Some(endpoint) = endpoint {
            return (endpoint, key);
        }
        let mode = self.ctx.var(variables::AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE).or(mode);
        let v6 = mode.is_some_and(|mode| mode.eq_ignore_ascii_case("ipv6"));
        (if v6 { "http://[fd00:ec2::254]" } else { "http://169.254.169.254" }.to_owned(), key)
    }

    /// Credentials of the container's role, from the address in
    /// `AWS_CONTAINER_CREDENTIALS_RELATIVE_URI` or `AWS_CONTAINER_CREDENTIALS_FULL_URI` (SPEC 6.4).
    ///
    /// # Errors
    /// What went wrong, in words.
    pub(crate) fn container_credentials(&self) -> Result<Credentials, String> {
        self.ctx.printer.info(|| "asking the container's credentials endpoint".to_owned());
        self.check_token_file()?;
        self.provided(|config| Ok(EcsCredentialsProvider::builder().configure(config).build()))
            .map_err(|why| self.with_host(why))
    }

    /// Adds the host of the full URI, if it is what the SDK refuses. The rest of it may be a secret.
    fn with_host(&self, why: String) -> String {
        let variable = variables::AWS_CONTAINER_CREDENTIALS_FULL_URI;
        let uri = self.ctx.var(variable).and_then(|uri| uri.parse::<Uri>().ok());
        match uri.as_ref().and_then(Uri::host) {
            Some(host) if why.starts_with("invalid full URI") => format!(
                "{variable} names the host {host}: without TLS, credentials may come only from this \
                 machine or from AWS's own addresses"
            ),
            _ => why,
        }
    }

    /// Checks the token file first: the SDK reads any kind of file and doesn't say what is wrong
    /// with it.
    fn check_token_file(&self) -> Result<(), String> {
        let variable = variables::AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE;
        let Some(path) = self.ctx.var_os(variable) else { return Ok(()) };
        let of_file = |what: &str| format!("{variable} names {}, which {what}", path.display());
        let file = foreign::read_regular(path.as_ref())
            .map_err(|e| of_file(&format!("cannot be read: {e}")))?;
        match file.bytes.iter().any(|byte| matches!(byte, b'\r' | b'\n')) {
            true => Err(of_file("contains a line break: it must hold only the token")),
            false => Ok(()),
        }
    }

    fn provided<P: ProvideCredentials>(
        &self,
        provider: impl FnOnce(&ProviderConfig) -> Result<P, String>,
    ) -> Result<Credentials, String> {
        let network = self.network().map_err(|e| format!("networking cannot be set up: {e}"))?;
        let dialer = Dialer::new(Proxies::none(), self.trust());
        let config = ProviderConfig::without_region()
            .with_http_client(Transport::new(dialer, self.ctx.printer.clone()))
            .with_sleep_impl(TokioSleep::new());
        let provider = provider(&config)?;
        let found = network.block_on(async {
            tokio::time::timeout(TIMEOUT, provider.provide_credentials()).await
        });
        let found = match found {
            Ok(answer) => answer.map_err(|error| reason(&error))?,
            Err(_elapsed) => return Err(format!("no answer within {} s", TIMEOUT.as_secs())),
        };
        if found.access_key_id().is_empty() || found.secret_access_key().is_empty() {
            return Err("the answer has no access key".into());
        }
        let expiration = found.expiry().and_then(timestamp::of_system);
        if expiration.is_some_and(|at| at <= self.ctx.now()) {
            return Err("the credentials have already expired; check the clock".into());
        }
        Ok(Credentials {
            access_key_id: found.access_key_id().to_owned(),
            secret_access_key: found.secret_access_key().into(),
            session_token: found.session_token().map(Into::into),
            expiration,
            account_id: found
                .account_id()
                .map(|id| id.as_str().to_owned())
                .filter(|id| is_account_id(id)),
        })
    }
}

/// The most specific cause: ours if the network failed, else the SDK's innermost. Uses only
/// `Display`, because `Debug` of these errors shows whole answers.
fn reason(error: &CredentialsError) -> String {
    let chain = || std::iter::successors(Some(error as &(dyn StdError + 'static)), |&e| e.source());
    if let Some(error) = chain().find_map(|e| e.downcast_ref::<TransportError>()) {
        return error.to_string();
    }
    let innermost = chain().last().map_or_else(|| error.to_string(), ToString::to_string);
    let status = innermost.strip_prefix(STATUS).and_then(|rest| rest.strip_suffix(')'));
    if let Some(status) = status {
        return format!("it answers with HTTP status {status}");
    }
    // The message may come from the service, or mention the SDK's settings.
    let settings = SETTINGS.iter().enumerate();
    let marked = settings
        .clone()
        .fold(innermost, |text, (number, setting)| text.replace(setting, &format!("<{number}>")));
    settings.fold(mask(&marked), |text, (number, setting)| {
        text.replace(&format!("<{number}>"), setting)
    })
}
