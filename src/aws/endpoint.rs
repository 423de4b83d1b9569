//! Where a request goes: the SDK's endpoint rules, which the environment and the config can
//! override (SPEC 5.1, 5.2).
//!
//! They are evaluated here, not by the client for each request, because messages name the host
//! before anything is sent.

use std::fmt;
use std::pin::pin;
use std::task::{Poll, Waker};

use aws_smithy_types::endpoint::Endpoint as SdkEndpoint;
use http::Uri;

use crate::error::{Error, Kind, Result};
use crate::profile::partition::Partition;
use crate::profile::reach::{Reach, Service};
use crate::profile::value::is_region;
use crate::variables::{self, Name};

/// The SDK's endpoint rules for a service.
macro_rules! rules {
    ($sdk:ident, $region:expr, $fips:expr, $dualstack:expr) => {{
        use $sdk::config::endpoint::{DefaultResolver, Params, ResolveEndpoint};
        let params = Params::builder()
            .region($region)
            .use_fips($fips)
            .use_dual_stack($dualstack)
            .build()
            .map_err(|e| e.to_string())?;
        now(DefaultResolver::new().resolve_endpoint(&params))
    }};
}

/// AWS's own endpoint for a service.
fn rules(
    service: Service,
    region: &str,
    fips: bool,
    dualstack: bool,
) -> Result<SdkEndpoint, String> {
    match service {
        Service::Sso => rules!(aws_sdk_sso, region, fips, dualstack),
        Service::SsoOidc => rules!(aws_sdk_ssooidc, region, fips, dualstack),
        Service::Sts => rules!(aws_sdk_sts, region, fips, dualstack),
        Service::SignIn => sign_in(region),
        Service::Login => login(region, fips, dualstack),
        Service::Eks => eks(region, fips, dualstack),
    }
}

/// The console's sign-in host. Browsers go there too, so FIPS and dual-stack don't apply.
fn sign_in(region: &str) -> Result<SdkEndpoint, String> {
    let partition = Partition::of_region(region);
    let console = partition.console.as_ref();
    let console = console.ok_or_else(|| format!("none is known in {}", partition.name))?;
    Ok(SdkEndpoint::builder().url(format!("https://{}", console.sign_in_host(region))).build())
}

/// The sign-in host of `aws login`: in most partitions, each region has one below the console's
/// host; in the others, it is STS's host under another name.
fn login(region: &str, fips: bool, dualstack: bool) -> Result<SdkEndpoint, String> {
    let below = match Partition::of_region(region).name {
        "aws" => Some("signin.aws.amazon.com"),
        "aws-cn" => Some("signin.amazonaws.cn"),
        "aws-us-gov" => Some("signin.amazonaws-us-gov.com"),
        _ => None,
    };
    let url = match below.filter(|_| !fips && !dualstack) {
        Some(below) => format!("https://{region}.{below}"),
        None => {
            let sts = rules(Service::Sts, region, false, dualstack)?;
            let rest = sts.url().strip_prefix("https://sts").ok_or("its host is unknown")?;
            format!("https://signin{}{rest}", if fips { "-fips" } else { "" })
        }
    };
    Ok(SdkEndpoint::builder().url(url).build())
}

/// EKS: STS's host under another name. With FIPS in the partition `aws`, the name is different
/// again.
fn eks(region: &str, fips: bool, dualstack: bool) -> Result<SdkEndpoint, String> {
    let sts = rules(Service::Sts, region, fips, dualstack)?;
    let host = sts.url().trim_start_matches("https://");
    let host = match (host.strip_prefix("sts-fips"), host.strip_prefix("sts")) {
        (Some(rest), _) if rest.ends_with(".amazonaws.com") => format!("fips.eks{rest}"),
        (Some(rest), _) => format!("eks-fips{rest}"),
        (None, Some(rest)) => format!("eks{rest}"),
        (None, None) => return Err("its host is unknown".into()),
    };
    Ok(SdkEndpoint::builder().url(format!("https://{host}")).build())
}

/// AWS's own STS host in a region, whatever the environment and the config say. For requests that
/// another program will send.
///
/// # Errors
/// `InvalidSetting` if the region is not valid.
pub(crate) fn own_host_of_sts(region: &str) -> Result<String> {
    let unknown = |why: String| {
        Error::new(Kind::InvalidSetting, format!("no STS host is known for region `{region}`"))
            .source(why)
    };
    let endpoint = rules(Service::Sts, region, false, false).map_err(unknown)?;
    let uri: Uri = endpoint.url().parse().map_err(|_| unknown("its URL is invalid".into()))?;
    uri.host().map(str::to_owned).ok_or_else(|| unknown("its URL has no host".into()))
}

/// The SDK's resolvers return futures, but evaluating rules never waits.
fn now(
    future: impl Future<Output = Result<SdkEndpoint, aws_smithy_runtime_api::box_error::BoxError>>,
) -> Result<SdkEndpoint, String> {
    match pin!(future).poll(&mut std::task::Context::from_waker(Waker::noop())) {
        Poll::Ready(answer) => answer.map_err(|e| e.to_string()),
        Poll::Pending => Err("the endpoint rules gave no answer".into()),
    }
}

/// Where requests to one service go.
#[derive(Clone, Debug)]
pub(crate) struct ServiceEndpoint {
    /// The region of the requests. For STS, also the region they are signed for, unless the rules
    /// say otherwise.
    pub region: String,
    /// The host, with the port if it is not the scheme's default.
    pub host: String,
    /// What set the address, if it is not AWS's own, for example `AWS_ENDPOINT_URL`.
    pub origin: Option<String>,
    sdk: SdkEndpoint,
}

/// The clients use the endpoint as it is, because it is already resolved.
macro_rules! resolve_endpoint {
    ($($sdk:ident),+) => {$(
        impl $sdk::config::endpoint::ResolveEndpoint for ServiceEndpoint {
            fn resolve_endpoint<'a>(
                &'a self,
                _params: &'a $sdk::config::endpoint::Params,
            ) -> $sdk::config::endpoint::EndpointFuture<'a> {
                $sdk::config::endpoint::EndpointFuture::ready(Ok(self.sdk.clone()))
            }
        }
    )+};
}

resolve_endpoint!(aws_sdk_sso, aws_sdk_ssooidc, aws_sdk_sts);

/// Looks up an environment variable; an empty one counts as unset.
type LookUp<'a> = &'a dyn Fn(Name) -> Option<String>;

/// What decides the endpoints: the environment, then the config.
pub(super) struct Endpoints<'a> {
    /// Looks up environment variables.
    pub variable: LookUp<'a>,
    /// What the config says.
    pub reach: &'a Reach,
}

impl fmt::Debug for Endpoints<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Endpoints").field("reach", self.reach).finish_non_exhaustive()
    }
}

impl ServiceEndpoint {
    /// Scheme and host of the address, `https://host[:port]`, without the path.
    pub(crate) fn root(&self) -> String {
        let url = self.sdk.url();
        let start = url.find("://").map_or(0, |at| at + 3);
        let end = url[start..].find('/').map_or(url.len(), |at| start + at);
        url[..end].to_owned()
    }

    /// The address without a trailing slash, so that a path can be appended.
    pub(crate) fn base(&self) -> &str {
        self.sdk.url().trim_end_matches('/')
    }
}

impl Endpoints<'_> {
    /// The endpoint of `service` in `region`.
    ///
    /// # Errors
    /// `InvalidSetting` if the region is not a host label, if an override is not an http(s) URL,
    /// and for FIPS or dual-stack together with an override, because a custom endpoint has neither.
    pub(super) fn resolve(&self, service: Service, region: &str) -> Result<ServiceEndpoint> {
        self.find(service, region, false)
    }

    /// The same with dual-stack, whatever the switch says. A custom endpoint stays as it is.
    ///
    /// # Errors
    /// See [`Endpoints::resolve`].
    pub(super) fn resolve_dual_stack(
        &self,
        service: Service,
        region: &str,
    ) -> Result<ServiceEndpoint> {
        self.find(service, region, true)
    }

    fn find(&self, service: Service, region: &str, is_dual: bool) -> Result<ServiceEndpoint> {
        check_region(service, region)?;
        let settings = &self.reach.endpoints;
        let fips =
            self.switch(variables::AWS_USE_FIPS_ENDPOINT, settings.use_fips, "use_fips_endpoint");
        let dualstack = self.switch(
            variables::AWS_USE_DUALSTACK_ENDPOINT,
            settings.use_dualstack,
            "use_dualstack_endpoint",
        );
        let Some((url, origin)) = self.custom(service) else {
            let is_dual = is_dual || dualstack.is_some();
            let sdk = rules(service, region, fips.is_some(), is_dual).map_err(|reason| {
                Error::new(
                    Kind::InvalidSetting,
                    format!("no endpoint for {} in `{region}`: {reason}", service.name()),
                )
            })?;
            let host = host(sdk.url()).unwrap_or_default();
            return Ok(ServiceEndpoint { region: region.to_owned(), host, origin: None, sdk });
        };
        if let Some(switch) = fips.or(dualstack) {
            return Err(Error::new(
                Kind::InvalidSetting,
                format!("{switch} cannot be combined with a custom endpoint ({origin})"),
            )
            .hint("unset one of the two, or set AWS_IGNORE_CONFIGURED_ENDPOINT_URLS=true"));
        }
        let host = host(&url).ok_or_else(|| not_a_url(&url, &origin))?;
        let sdk = SdkEndpoint::builder().url(url).build();
        Ok(ServiceEndpoint { region: region.to_owned(), host, origin: Some(origin), sdk })
    }

    /// The custom endpoint of `service`, and the setting it comes from.
    pub(super) fn custom(&self, service: Service) -> Option<(String, String)> {
        if self.ignores_configured() {
            return None;
        }
        let settings = &self.reach.endpoints;
        let of_environment = |name: Name| Some(((self.variable)(name)?, name.to_string()));
        let of_profile =
            |value: Option<&String>, key: String| Some((value?.clone(), key + &self.of_profile()));
        let block = format!("`{}` in the services section", service.section_key());
        [
            of_environment(service.variable()),
            of_environment(variables::AWS_ENDPOINT_URL),
            of_profile(settings.services.get(&service), block),
            of_profile(settings.global.as_ref(), "`endpoint_url`".to_owned()),
        ]
        .into_iter()
        .flatten()
        .map(|(url, origin)| (url.trim().to_owned(), origin))
        .find(|(url, _)| !url.is_empty())
    }

    fn ignores_configured(&self) -> bool {
        (self.variable)(variables::AWS_IGNORE_CONFIGURED_ENDPOINT_URLS)
            .map_or(self.reach.endpoints.ignore_configured == Some(true), |value| is_true(&value))
    }

    /// What turned a switch on, if it is on.
    fn switch(&self, variable: Name, setting: Option<bool>, key: &str) -> Option<String> {
        match (self.variable)(variable) {
            Some(value) => is_true(&value).then(|| variable.to_string()),
            None => (setting == Some(true)).then(|| format!("`{key} = true`{}", self.of_profile())),
        }
    }

    fn of_profile(&self) -> String {
        self.reach.profile.as_ref().map(|name| format!(" of profile `{name}`")).unwrap_or_default()
    }
}

/// Like botocore: only the word `true` counts (SPEC 5.2).
fn is_true(value: &str) -> bool {
    value.trim().eq_ignore_ascii_case("true")
}

/// A region becomes part of a host name and of a signature. If it weren't a host label, it could
/// send the bearer token to somebody else's host.
fn check_region(service: Service, region: &str) -> Result<()> {
    if is_region(region) {
        return Ok(());
    }
    let (key, hint) = match service {
        Service::Sso | Service::SsoOidc => {
            ("sso_region", "it is the region of the Identity Center instance")
        }
        Service::Sts | Service::SignIn | Service::Login | Service::Eks => {
            ("region", "check `--region`, AWS_REGION and the profile's `region`")
        }
    };
    Err(Error::new(
        Kind::InvalidSetting,
        format!("{key} `{region}` cannot be a region: letters, digits and hyphens only"),
    )
    .hint(hint))
}

/// Host and port of an http or https URL that has only a path after them.
fn host(url: &str) -> Option<String> {
    let uri: Uri = url.parse().ok()?;
    let authority = uri.authority()?.as_str();
    let plain = matches!(uri.scheme_str(), Some("http" | "https"))
        && uri.query().is_none()
        && !url.contains('#')
        && !authority.contains('@')
        && !uri.host()?.is_empty()
        // A port that is not a number stays in the authority.
        && (uri.port().is_some() || authority == uri.host()?);
    plain.then(|| authority.to_owned())
}

fn not_a_url(url: &str, origin: &str) -> Error {
    // A password in a URL must not end up in a log.
    let value = if url.contains('@') { String::new() } else { format!(": `{url}`") };
    Error::new(Kind::InvalidSetting, format!("{origin} is not an http or https URL{value}"))
        .hint("write it as `https://host[:port][/path]`, or leave it empty")
}

#[cfg(test)]
mod tests;
