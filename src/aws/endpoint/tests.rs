//! Endpoints of every partition, and what overrides them.

use std::collections::BTreeMap;

use super::*;
use crate::profile::reach::EndpointSettings;

/// How the host names begin.
const NAMES: [(Service, &str); 3] =
    [(Service::Sso, "portal.sso"), (Service::SsoOidc, "oidc"), (Service::Sts, "sts")];

fn nothing(_: Name) -> Option<String> {
    None
}

fn plain(service: Service, region: &str, fips: bool, dualstack: bool) -> String {
    let settings = EndpointSettings {
        use_fips: Some(fips),
        use_dualstack: Some(dualstack),
        ..EndpointSettings::default()
    };
    let reach = Reach { endpoints: settings, ..Reach::default() };
    Endpoints { variable: &nothing, reach: &reach }
        .resolve(service, region)
        .expect("an endpoint")
        .host
}

/// SPEC 5.1, all partitions.
#[test]
fn hosts_of_aws() {
    for (region, suffix, dual_suffix) in [
        ("us-east-1", "amazonaws.com", "api.aws"),
        ("eu-central-2", "amazonaws.com", "api.aws"),
        ("mx-central-1", "amazonaws.com", "api.aws"),
        ("xx-new-9", "amazonaws.com", "api.aws"),
        ("cn-north-1", "amazonaws.com.cn", "api.amazonwebservices.com.cn"),
        ("eusc-de-east-1", "amazonaws.eu", "api.amazonwebservices.eu"),
        ("us-iso-east-1", "c2s.ic.gov", "api.aws.ic.gov"),
        ("us-isob-east-1", "sc2s.sgov.gov", "api.aws.scloud"),
        ("eu-isoe-west-1", "cloud.adc-e.uk", "api.cloud-aws.adc-e.uk"),
        ("us-isof-south-1", "csp.hci.ic.gov", "api.aws.hci.ic.gov"),
    ] {
        for (service, name) in NAMES {
            let host = |fips, dualstack| plain(service, region, fips, dualstack);
            assert_eq!(host(false, false), format!("{name}.{region}.{suffix}"));
            assert_eq!(host(true, false), format!("{name}-fips.{region}.{suffix}"));
            assert_eq!(host(false, true), format!("{name}.{region}.{dual_suffix}"));
            assert_eq!(host(true, true), format!("{name}-fips.{region}.{dual_suffix}"));
        }
    }
}

/// From botocore's rules.
#[test]
fn hosts_of_aws_login() {
    for (region, host, suffix, dual_suffix) in [
        ("us-east-1", "us-east-1.signin.aws.amazon.com", "amazonaws.com", "api.aws"),
        ("xx-new-9", "xx-new-9.signin.aws.amazon.com", "amazonaws.com", "api.aws"),
        (
            "cn-north-1",
            "cn-north-1.signin.amazonaws.cn",
            "amazonaws.com.cn",
            "api.amazonwebservices.com.cn",
        ),
        ("us-gov-west-1", "us-gov-west-1.signin.amazonaws-us-gov.com", "amazonaws.com", "api.aws"),
        (
            "eusc-de-east-1",
            "signin.eusc-de-east-1.amazonaws.eu",
            "amazonaws.eu",
            "api.amazonwebservices.eu",
        ),
        ("us-iso-east-1", "signin.us-iso-east-1.c2s.ic.gov", "c2s.ic.gov", "api.aws.ic.gov"),
    ] {
        let of = |fips, dualstack| plain(Service::Login, region, fips, dualstack);
        assert_eq!(of(false, false), host);
        assert_eq!(of(true, false), format!("signin-fips.{region}.{suffix}"));
        assert_eq!(of(false, true), format!("signin.{region}.{dual_suffix}"));
        assert_eq!(of(true, true), format!("signin-fips.{region}.{dual_suffix}"));
    }
}

#[test]
fn hosts_of_govcloud_have_no_fips_of_their_own() {
    let region = "us-gov-west-1";
    for (service, name) in NAMES {
        let host = |fips, dualstack| plain(service, region, fips, dualstack);
        assert_eq!(host(false, false), format!("{name}.{region}.amazonaws.com"));
        assert_eq!(host(true, false), format!("{name}.{region}.amazonaws.com"));
        assert_eq!(host(true, true), format!("{name}-fips.{region}.api.aws"));
    }
}

/// From botocore.
#[test]
fn hosts_of_eks() {
    for (region, hosts) in [
        (
            "eu-west-1",
            [
                "eks.R.amazonaws.com",
                "eks.R.api.aws",
                "fips.eks.R.amazonaws.com",
                "eks-fips.R.api.aws",
            ],
        ),
        (
            "cn-north-1",
            [
                "eks.R.amazonaws.com.cn",
                "eks.R.api.amazonwebservices.com.cn",
                "eks-fips.R.amazonaws.com.cn",
                "eks-fips.R.api.amazonwebservices.com.cn",
            ],
        ),
        (
            "us-gov-west-1",
            ["eks.R.amazonaws.com", "eks.R.api.aws", "eks.R.amazonaws.com", "eks-fips.R.api.aws"],
        ),
        (
            "eusc-de-east-1",
            [
                "eks.R.amazonaws.eu",
                "eks.R.api.amazonwebservices.eu",
                "eks-fips.R.amazonaws.eu",
                "eks-fips.R.api.amazonwebservices.eu",
            ],
        ),
    ] {
        let kinds = [(false, false), (false, true), (true, false), (true, true)];
        for ((fips, dualstack), host) in kinds.into_iter().zip(hosts) {
            assert_eq!(plain(Service::Eks, region, fips, dualstack), host.replace('R', region));
        }
    }
}

#[test]
fn the_global_sts_endpoint_is_still_there() {
    assert_eq!(plain(Service::Sts, "aws-global", false, false), "sts.amazonaws.com");
}

#[test]
fn a_region_is_a_host_label() {
    let endpoints = Endpoints { variable: &nothing, reach: &Reach::default() };
    for region in ["", "-a", "a-", "evil.com/", "us east", "é", "a@b", "a\nb", &"a".repeat(64)] {
        let error = endpoints.resolve(Service::Sts, region).expect_err(region);
        assert_eq!(error.kind, Kind::InvalidSetting);
    }
}

fn resolve(
    service: Service,
    variables: &[(&str, &str)],
    settings: &EndpointSettings,
) -> Result<ServiceEndpoint> {
    let variable = |name: Name| {
        variables.iter().find(|(n, _)| **n == *name).map(|(_, value)| (*value).to_owned())
    };
    let reach =
        Reach { profile: Some("p".into()), endpoints: settings.clone(), ..Reach::default() };
    Endpoints { variable: &variable, reach: &reach }.resolve(service, "eu-west-1")
}

#[test]
fn the_nearest_override_wins() {
    let all = EndpointSettings {
        services: BTreeMap::from([
            (Service::Sso, "http://services-sso".into()),
            (Service::SsoOidc, "http://services-oidc".into()),
            (Service::Sts, "http://services-sts".into()),
        ]),
        global: Some("http://profile".into()),
        ..EndpointSettings::default()
    };
    let global = EndpointSettings { services: BTreeMap::new(), ..all.clone() };
    let env_all = ("AWS_ENDPOINT_URL", "http://env");
    let env_sts = ("AWS_ENDPOINT_URL_STS", "http://env-sts:81/p/");
    let env_oidc = ("AWS_ENDPOINT_URL_SSO_OIDC", "http://env-oidc");
    let both = [env_all, env_sts];
    for (service, variables, settings, host, origin) in [
        (Service::Sts, &both[..], &all, "env-sts:81", "AWS_ENDPOINT_URL_STS"),
        (Service::Sso, &both, &all, "env", "AWS_ENDPOINT_URL"),
        (Service::SsoOidc, &[env_all, env_oidc], &all, "env-oidc", "AWS_ENDPOINT_URL_SSO_OIDC"),
        (Service::Sso, &[env_all, env_oidc], &all, "env", "AWS_ENDPOINT_URL"),
        (
            Service::SsoOidc,
            &[],
            &all,
            "services-oidc",
            "`sso_oidc` in the services section of profile `p`",
        ),
        (
            Service::Sso,
            &both[1..],
            &all,
            "services-sso",
            "`sso` in the services section of profile `p`",
        ),
        (Service::Sso, &both[1..], &global, "profile", "`endpoint_url` of profile `p`"),
        (Service::Sts, &[], &all, "services-sts", "`sts` in the services section of profile `p`"),
    ] {
        let endpoint = resolve(service, variables, settings).expect("an endpoint");
        assert_eq!((endpoint.host.as_str(), endpoint.origin.as_deref()), (host, Some(origin)));
    }
}

#[test]
fn overrides_can_be_ignored_by_the_word_true_only() {
    let set = |ignore| EndpointSettings {
        global: Some("http://profile".into()),
        ignore_configured: ignore,
        ..EndpointSettings::default()
    };
    let name = "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS";
    for (variable, setting, ignored) in [
        (Some("true"), None, true),
        (Some("TRUE"), Some(false), true),
        (Some("1"), None, false),
        (Some("yes"), Some(true), false),
        (None, Some(true), true),
        (None, Some(false), false),
    ] {
        let variables: Vec<_> = variable.map(|value| (name, value)).into_iter().collect();
        let endpoint = resolve(Service::Sts, &variables, &set(setting)).expect("an endpoint");
        assert_eq!(endpoint.origin.is_none(), ignored, "{variable:?} {setting:?}");
    }
}

#[test]
fn fips_and_dualstack_exclude_an_override() {
    let settings = EndpointSettings {
        global: Some("http://profile".into()),
        use_dualstack: Some(true),
        ..EndpointSettings::default()
    };
    let error = resolve(Service::Sso, &[], &settings).expect_err("both");
    assert_eq!(
        error.message,
        "`use_dualstack_endpoint = true` of profile `p` cannot be combined with a custom \
         endpoint (`endpoint_url` of profile `p`)"
    );
    let variables = [("AWS_USE_FIPS_ENDPOINT", "true"), ("AWS_USE_DUALSTACK_ENDPOINT", "false")];
    let error = resolve(Service::Sso, &variables, &settings).expect_err("both");
    assert!(error.message.starts_with("AWS_USE_FIPS_ENDPOINT cannot"), "{}", error.message);
    // The environment can also turn off the profile's switch.
    resolve(Service::Sso, &variables[1..], &settings).expect("an endpoint");
}

#[test]
fn an_override_must_be_a_url() {
    let settings = EndpointSettings::default();
    for url in [
        "localhost:4566",
        "ftp://host",
        "http://",
        "http:///p",
        "http://h:x",
        "http://h?q",
        "http://h/#f",
        "https://a b",
    ] {
        let error = resolve(Service::Sso, &[("AWS_ENDPOINT_URL", url)], &settings).expect_err(url);
        assert_eq!(error.kind, Kind::InvalidSetting);
        assert_eq!(error.message, format!("AWS_ENDPOINT_URL is not an http or https URL: `{url}`"));
    }
    let secret = resolve(Service::Sso, &[("AWS_ENDPOINT_URL", "http://u:pw@h")], &settings)
        .expect_err("userinfo");
    assert!(!secret.message.contains("pw"), "{}", secret.message);
    // An empty or blank value counts as unset.
    let none = EndpointSettings {
        services: BTreeMap::from([(Service::Sso, " ".into())]),
        ..EndpointSettings::default()
    };
    assert_eq!(resolve(Service::Sso, &[], &none).expect("an endpoint").origin, None);
    for url in ["http://[::1]:8080", "HTTPS://Host.example", "http://127.0.0.1:4566/base/"] {
        resolve(Service::Sso, &[("AWS_ENDPOINT_URL", url)], &settings).expect(url);
    }
}
