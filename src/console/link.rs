//! Links into the console. Pure: link targets are checked here, before any request.

use http::Uri;
use percent_encoding::utf8_percent_encode;
use secrecy::{ExposeSecret, SecretString};
use zeroize::Zeroizing;

use crate::aws::FEDERATION;
use crate::error::{Error, Kind, Result, usage};
use crate::profile::mask;
use crate::profile::partition::{Console, Partition};
use crate::profile::value::canonical_start_url;
use crate::text::percent::UNRESERVED;

/// What people call a part of the console, and its name in URLs.
const SERVICES: [(&str, &str); 8] = [
    ("cfn", "cloudformation"),
    ("dynamodb", "dynamodbv2"),
    ("eventbridge", "events"),
    ("identity-center", "singlesignon"),
    ("logs", "cloudwatch"),
    ("ssm", "systems-manager"),
    ("sso", "singlesignon"),
    ("stepfunctions", "states"),
];

/// The console of one partition, in a region if one is known.
#[derive(Debug)]
pub(crate) struct ConsoleSite {
    console: &'static Console,
    region: Option<String>,
}

impl ConsoleSite {
    /// The console of `partition`.
    ///
    /// # Errors
    /// `InvalidSetting` if it isn't public, or if the region belongs to another partition.
    pub(crate) fn new(partition: &'static Partition, region: Option<&str>) -> Result<Self> {
        let name = partition.name;
        if let Some(region) = region
            && Partition::of_region(region) != partition
        {
            let message =
                format!("region `{region}` is not in {name}, the partition of these credentials");
            return Err(Error::new(Kind::InvalidSetting, message)
                .hint("choose a region there with `--region REGION`"));
        }
        let console = partition.console.as_ref().ok_or_else(|| {
            let message = format!("no sign-in link is known for the console of {name}");
            Error::new(Kind::InvalidSetting, message)
        })?;
        Ok(Self { console, region: region.map(str::to_owned) })
    }

    /// The region to sign in to.
    pub(crate) fn sign_in_region(&self) -> &str {
        self.region.as_deref().unwrap_or(self.console.home)
    }

    /// The console's home page.
    pub(crate) fn home(&self) -> String {
        self.page("/console/home")
    }

    /// The page of a service.
    ///
    /// # Errors
    /// `Usage` if it can't be the name of a service.
    pub(crate) fn service(&self, text: &str) -> Result<String> {
        let is_name = text.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_/".contains(&b));
        let name = text.trim_matches('/');
        if !is_name || name.is_empty() || name.contains("//") {
            return Err(usage(format!("--service `{text}` is not the name of a service"))
                .hint("write it as in the console's URLs: `s3`, `ec2`, `cloudwatch`"));
        }
        let found = SERVICES.iter().find(|(called, _)| *called == name);
        Ok(self.page(&format!("/{}/home", found.map_or(name, |(_, own)| own))))
    }

    /// A page of this console, given by its URL or by the part after the host.
    ///
    /// # Errors
    /// `Usage` for any other page, because the browser arrives there signed in.
    pub(crate) fn destination(&self, text: &str) -> Result<String> {
        if text.starts_with('/') && !text.starts_with("//") && !text.contains('\\') {
            let url = format!("https://{}{text}", self.host());
            return self.destination(&url);
        }
        if self.is_own(text) {
            return Ok(text.to_owned());
        }
        let host = self.console.host;
        let message = format!(
            "--destination `{}` is not a page of the console at {host}",
            mask::without_userinfo(text)
        );
        Err(usage(message).hint(format!(
            "give the address of a page, `https://REGION.{host}/...`, or the part after the host"
        )))
    }

    fn is_own(&self, text: &str) -> bool {
        // The part after `#` belongs to the page and is not sent.
        let url = text.split('#').next().unwrap_or_default();
        let is_plain = text.bytes().all(|b| b.is_ascii_graphic() && b != b'\\');
        let Ok(uri) = url.parse::<Uri>() else { return false };
        let authority = uri.authority().map(|authority| authority.as_str().to_ascii_lowercase());
        is_plain
            && uri.scheme_str() == Some("https")
            && authority.is_some_and(|host| {
                // Then it contains neither a port nor a user.
                let above = host.strip_suffix(self.console.host);
                let is_label = |c: char| c.is_ascii_alphanumeric() || "-.".contains(c);
                above.is_some_and(|above| {
                    above.is_empty() || (above.ends_with('.') && above.chars().all(is_label))
                })
            })
    }

    fn host(&self) -> String {
        match &self.region {
            Some(region) => format!("{region}.{}", self.console.host),
            None => self.console.host.to_owned(),
        }
    }

    fn page(&self, path: &str) -> String {
        let host = self.host();
        match &self.region {
            Some(region) => format!("https://{host}{path}?region={region}"),
            None => format!("https://{host}{path}"),
        }
    }
}

/// The link that signs a browser in and leads to `destination`. `base` is the address of the
/// sign-in endpoint, `issuer` where the console sends people whose session has ended.
#[expect(clippy::disallowed_methods, reason = "it is the link that a browser gets")]
pub(crate) fn sign_in(
    base: &str,
    issuer: Option<&str>,
    destination: &str,
    token: &SecretString,
) -> Zeroizing<String> {
    let mut link = Zeroizing::new(format!("{base}{FEDERATION}?Action=login"));
    let issuer = issuer.map(|issuer| ("Issuer", issuer));
    let rest = [("Destination", destination), ("SigninToken", token.expose_secret())];
    for (name, value) in issuer.into_iter().chain(rest) {
        link.push_str(&format!("&{name}="));
        link.extend(utf8_percent_encode(value, UNRESERVED));
    }
    link
}

/// The same link, which first ends an existing console session.
pub(crate) fn signed_out_first(base: &str, link: &str) -> Zeroizing<String> {
    let mut first = Zeroizing::new(format!("{base}/oauth?Action=logout&redirect_uri="));
    first.extend(utf8_percent_encode(link, UNRESERVED));
    first
}

/// The access portal's own link to a role. A person who is signed in there needs no credentials.
pub(crate) fn portal(
    start_url: &str,
    account_id: &str,
    role_name: &str,
    destination: Option<&str>,
) -> String {
    let mut link = format!("{}/#/console", canonical_start_url(start_url));
    let values = [("?account_id", account_id), ("&role_name", role_name)];
    let destination = destination.map(|destination| ("&destination", destination));
    for (name, value) in values.into_iter().chain(destination) {
        link.push_str(&format!("{name}="));
        link.extend(utf8_percent_encode(value, UNRESERVED));
    }
    link
}

#[cfg(test)]
mod tests {
    use super::*;

    fn site(region: &str) -> ConsoleSite {
        ConsoleSite::new(Partition::of_region(region), Some(region)).expect("a console")
    }

    #[test]
    fn pages() {
        let site = site("eu-west-1");
        let page =
            |path| format!("https://eu-west-1.console.aws.amazon.com{path}?region=eu-west-1");
        assert_eq!(site.home(), page("/console/home"));
        assert_eq!(site.service("s3").expect("a page"), page("/s3/home"));
        assert_eq!(site.service("ssm").expect("a page"), page("/systems-manager/home"));
        assert_eq!(site.service("route53/v2").expect("a page"), page("/route53/v2/home"));
        for name in ["", "/", "s3?x", "a b", "s3#", "../x", "a//b", "é", "s3\n"] {
            assert!(site.service(name).is_err(), "{name}");
        }
        let nowhere = ConsoleSite::new(Partition::of_region("x"), None).expect("a console");
        assert_eq!(nowhere.home(), "https://console.aws.amazon.com/console/home");
        assert_eq!(nowhere.sign_in_region(), "us-east-1");
    }

    #[test]
    fn destinations_are_pages_of_the_console() {
        let site = site("eu-west-1");
        for url in [
            "https://console.aws.amazon.com/",
            "https://s3.console.aws.amazon.com/s3/buckets/x?region=eu-west-1&tab=objects",
            "https://123456789012-abc.us-east-1.console.aws.amazon.com/ec2/home?region=x#Instances:",
            "HTTPS://Console.AWS.Amazon.com/x",
        ] {
            assert_eq!(site.destination(url).expect(url), url);
        }
        assert_eq!(
            site.destination("/s3/buckets/x?region=y#z").expect("a path"),
            "https://eu-west-1.console.aws.amazon.com/s3/buckets/x?region=y#z"
        );
        for url in [
            "",
            "s3",
            "http://console.aws.amazon.com/",
            "https://evilconsole.aws.amazon.com/",
            "https://console.aws.amazon.com.evil.example/",
            "https://evil.example/console.aws.amazon.com",
            "https://evil.example#.console.aws.amazon.com",
            "https://evil.example?.console.aws.amazon.com",
            "https://evil.example\\.console.aws.amazon.com",
            "https://user@console.aws.amazon.com/",
            "https://evil.example:x@console.aws.amazon.com/",
            "https://console.aws.amazon.com:8443/",
            "https://console.amazonaws.cn/",
            "https://console.aws.amazon.com/\n",
            "https://console.aws.amazon.com/ x",
            "//evil.example/",
            "/\\evil.example/",
            "javascript:alert(1)",
        ] {
            assert!(site.destination(url).is_err(), "{url}");
        }
    }

    #[test]
    fn a_region_of_another_partition() {
        let error = ConsoleSite::new(Partition::of_region("cn-north-1"), Some("eu-west-1"));
        let error = error.expect_err("another");
        assert_eq!(
            error.message,
            "region `eu-west-1` is not in aws-cn, the partition of these credentials"
        );
        let error =
            ConsoleSite::new(Partition::of_region("us-iso-east-1"), None).expect_err("none");
        assert_eq!(error.message, "no sign-in link is known for the console of aws-iso");
    }

    #[test]
    fn links() {
        let token = SecretString::from("a+/=&".to_owned());
        let link =
            sign_in("https://x", Some("https://c.awsapps.com/start#/"), "https://d/?r=e", &token);
        assert_eq!(
            *link,
            "https://x/federation?Action=login&Issuer=https%3A%2F%2Fc.awsapps.com%2Fstart%23%2F\
             &Destination=https%3A%2F%2Fd%2F%3Fr%3De&SigninToken=a%2B%2F%3D%26"
        );
        assert_eq!(
            *signed_out_first("https://x", "https://x/f?a=b%26"),
            "https://x/oauth?Action=logout&redirect_uri=https%3A%2F%2Fx%2Ff%3Fa%3Db%2526"
        );
        assert_eq!(
            portal("https://c.awsapps.com/start/#/", "123456789012", "A B", Some("https://d/")),
            "https://c.awsapps.com/start/#/console?account_id=123456789012&role_name=A%20B\
             &destination=https%3A%2F%2Fd%2F"
        );
    }
}
