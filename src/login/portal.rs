//! Where a start URL leads. An organisation may use a host name of its own (SPEC 3.6).

use http::{Method, Uri};

use crate::aws::Aws;
use crate::context::Context;
use crate::error::Result;
use crate::profile::key::Key;
use crate::profile::plan::SsoSource;
use crate::profile::value::check_region;
use crate::text::server::mask;

/// AWS's own hosts: these names, and everything below them.
const OWNED: [&str; 12] = [
    "app.aws",
    "portal.amazonaws.com",
    "portal.amazonaws.com.cn",
    "portal.amazonaws.eu",
    "app.amazonwebservices.com.cn",
    "api.amazonwebservices.eu",
    "awsapps.com",
    "awsapps.cn",
    "identitycenter.amazonaws.com",
    "identitycenter.amazonaws.com.cn",
    "identitycenter.amazonaws.eu",
    "identitycenter.us-gov.amazonaws.com",
];

/// Where the login's requests go.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Portal {
    /// The start URL as AWS knows it.
    pub url: String,
    /// The region of the Identity Center instance.
    pub region: String,
}

/// Warns if an AWS start URL and `sso_region` name different regions: one of them is wrong, and
/// AWS's answer doesn't say so.
pub(super) fn check_region_of(
    ctx: &Context,
    source: &SsoSource,
    start_url: &str,
    sso_region: &str,
) {
    let host = host_of(start_url);
    if let Some(region) = region_in(&host).filter(|region| *region != sso_region) {
        let at = source.sso_region_at.as_ref().map(|at| format!(" ({at})")).unwrap_or_default();
        let key = source.key(Key::SsoRegion);
        ctx.printer.warn(&format!(
            "`{key}` says `{sso_region}`, but `{start_url}` is a start URL in {region}: correct \
             `{key}`{at}"
        ));
    }
}

/// The portal behind a start URL. An AWS host needs no request; any other host is asked once where
/// it redirects. One without a redirect is used as it is: AWS decides.
///
/// # Errors
/// Only `Interrupted`.
pub(super) fn resolve(
    ctx: &Context,
    aws: &Aws<'_>,
    source: &SsoSource,
    start_url: &str,
    sso_region: &str,
) -> Result<Portal> {
    let given = Portal { url: start_url.to_owned(), region: sso_region.to_owned() };
    let Ok(uri) = start_url.parse::<Uri>() else { return Ok(given) };
    if uri.scheme_str() != Some("https") || uri.host().is_none_or(is_owned) {
        return Ok(given);
    }
    ctx.printer.info(|| format!("asking {} where it leads", uri.host().unwrap_or_default()));
    let target = aws.wait(leads_to(aws, &uri))?;
    let found = match &target {
        Ok(Some(target)) => portal(target, sso_region),
        Ok(None) | Err(_) => None,
    };
    let Some(portal) = found else {
        let why = match target {
            Ok(Some(target)) => {
                format!("it leads to {}, which does not belong to AWS", mask(&target))
            }
            Ok(None) => "it does not redirect".to_owned(),
            Err(why) => why,
        };
        ctx.printer.warn(&format!("start URL `{start_url}` is used as given: {why}"));
        return Ok(given);
    };
    if portal.region != sso_region {
        let key = source.key(Key::SsoRegion);
        ctx.printer.warn(&format!(
            "`{key}` says `{sso_region}`, but `{start_url}` leads to {}: correct `{key}`",
            portal.region
        ));
    }
    Ok(portal)
}

/// The `Location` that a URL redirects to.
async fn leads_to(aws: &Aws<'_>, uri: &Uri) -> Result<Option<String>, String> {
    let transport = aws.transport().map_err(|e| e.to_string())?;
    let ask = |method: Method| transport.ask(method, uri.clone());
    let mut answer = ask(Method::HEAD).await.map_err(|error| error.to_string())?;
    if matches!(answer.status().as_u16(), 405 | 501) {
        answer = ask(Method::GET).await.map_err(|error| error.to_string())?;
    }
    let location = answer.headers().get(http::header::LOCATION);
    let location = location.filter(|_| answer.status().is_redirection());
    Ok(location.and_then(|value| value.to_str().ok()).map(str::to_owned))
}

impl Portal {
    /// Whether the portal is one of those that also use IPv6. The older OIDC host's codes lead to a
    /// page that cannot sign in to such a portal.
    pub(super) fn is_dual_stack(&self) -> bool {
        let host = host_of(&self.url);
        host.ends_with(".app.aws") && region_in(&host).is_some()
    }
}

/// The portal at the target of a redirect, if it is one of AWS's and uses https.
fn portal(target: &str, sso_region: &str) -> Option<Portal> {
    // A target without a scheme keeps that of the start URL.
    let target = if target.starts_with("//") { format!("https:{target}") } else { target.into() };
    let uri: Uri = target.parse().ok()?;
    let authority = uri.authority()?;
    let host = uri.host()?.to_ascii_lowercase();
    let is_plain = uri.scheme_str() == Some("https")
        && authority.port().is_none_or(|port| port.as_str() == "443")
        && !authority.as_str().contains('@');
    if !is_plain || !is_owned(&host) {
        return None;
    }
    let region = region_in(&host).map_or_else(|| sso_region.to_owned(), str::to_owned);
    let url = format!("https://{host}{}", uri.path().trim_end_matches('/'));
    check_region(&region, || None).ok().map(|()| Portal { url, region })
}

/// The host of a URL in lower case; empty if there is none.
fn host_of(url: &str) -> String {
    let uri = url.parse::<Uri>().ok();
    uri.as_ref().and_then(Uri::host).unwrap_or_default().to_ascii_lowercase()
}

fn is_owned(host: &str) -> bool {
    let host = host.to_ascii_lowercase();
    let host = host.trim_end_matches('.');
    OWNED.iter().any(|name| {
        let above = host.strip_suffix(name);
        above.is_some_and(|above| above.is_empty() || above.ends_with('.'))
    })
}

/// The region in `ID.portal.REGION.app.aws`, in `ID.REGION.portal.amazonaws.com`, or in the
/// equivalents of other partitions.
fn region_in(host: &str) -> Option<&str> {
    let host = host.trim_end_matches('.');
    let labels: Vec<&str> = host.split('.').collect();
    match labels[..] {
        [_, "portal", region, "app", "aws"]
        | [_, "portal", region, "app", "amazonwebservices", "com", "cn"]
        | [_, "portal", region, "api", "amazonwebservices", "eu"]
        | [_, region, "portal", "amazonaws", "com" | "eu"]
        | [_, region, "portal", "amazonaws", "com", "cn"] => Some(region),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_of_aws() {
        for host in
            ["d-1.awsapps.com", "D-1.AwsApps.com.", "ssoins-1.portal.eu-west-1.app.aws", "app.aws"]
        {
            assert!(is_owned(host), "{host}");
        }
        for host in ["evilawsapps.com", "awsapps.com.evil.example", "sso.example.com", ""] {
            assert!(!is_owned(host), "{host}");
        }
    }

    #[test]
    fn targets() {
        let found = |target| portal(target, "eu-central-1").map(|p| (p.url, p.region));
        let some = |url: &str, region: &str| Some((url.to_owned(), region.to_owned()));
        for (target, expected) in [
            (
                "https://ssoins-1.portal.us-west-2.app.aws/",
                some("https://ssoins-1.portal.us-west-2.app.aws", "us-west-2"),
            ),
            (
                "https://d-1.eu-west-1.portal.amazonaws.com/x/#/y",
                some("https://d-1.eu-west-1.portal.amazonaws.com/x", "eu-west-1"),
            ),
            (
                "https://D-1.awsapps.com/start",
                some("https://d-1.awsapps.com/start", "eu-central-1"),
            ),
            (
                "https://d-1.awsapps.com:443/start",
                some("https://d-1.awsapps.com/start", "eu-central-1"),
            ),
            ("//d-1.awsapps.com/start", some("https://d-1.awsapps.com/start", "eu-central-1")),
            (
                "https://s-1.portal.cn-north-1.app.amazonwebservices.com.cn",
                some("https://s-1.portal.cn-north-1.app.amazonwebservices.com.cn", "cn-north-1"),
            ),
            (
                "https://s-1.cn-northwest-1.portal.amazonaws.com.cn/",
                some("https://s-1.cn-northwest-1.portal.amazonaws.com.cn", "cn-northwest-1"),
            ),
            (
                "https://s-1.portal.eusc-de-east-1.api.amazonwebservices.eu",
                some(
                    "https://s-1.portal.eusc-de-east-1.api.amazonwebservices.eu",
                    "eusc-de-east-1",
                ),
            ),
            (
                "https://s-1.eusc-de-east-1.portal.amazonaws.eu",
                some("https://s-1.eusc-de-east-1.portal.amazonaws.eu", "eusc-de-east-1"),
            ),
            ("http://d-1.awsapps.com/start", None),
            ("https://d-1.awsapps.com:8443/start", None),
            ("https://me@d-1.awsapps.com/start", None),
            ("https://evil.example/start", None),
            ("/start", None),
            ("", None),
        ] {
            assert_eq!(found(target), expected, "{target}");
        }
    }
}
