//! How to reach AWS: the config's settings for endpoints and certificates. `aws` applies the
//! environment on top.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::key::Key;
use crate::variables::{self, Name};

/// The services that a login uses.
const OF_LOGIN: [Service; 2] = [Service::Sso, Service::SsoOidc];

/// What the config says about reaching AWS (SPEC 5.1, 5.2).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reach {
    /// The profile with these settings, for messages.
    pub profile: Option<String>,
    /// Custom endpoints, FIPS and dual-stack.
    pub endpoints: EndpointSettings,
    /// `ca_bundle`.
    pub ca_bundle: Option<String>,
    /// The instance's own service.
    pub metadata: MetadataSettings,
}

/// Where the EC2 instance metadata service is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct MetadataSettings {
    /// `ec2_metadata_service_endpoint`.
    pub endpoint: Option<String>,
    /// `ec2_metadata_service_endpoint_mode`.
    pub mode: Option<String>,
}

/// Custom endpoints and the switches that choose between AWS's own.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct EndpointSettings {
    /// `endpoint_url` of each service in the services section.
    pub services: BTreeMap<Service, String>,
    /// The profile's `endpoint_url`.
    pub global: Option<String>,
    /// `ignore_configured_endpoint_urls`.
    pub ignore_configured: Option<bool>,
    /// `use_fips_endpoint`.
    pub use_fips: Option<bool>,
    /// `use_dualstack_endpoint`.
    pub use_dualstack: Option<bool>,
}

impl Reach {
    /// Whether it is empty.
    pub(super) fn is_empty(&self) -> bool {
        self.is_same_way(&Self::default())
    }

    /// Whether both say the same.
    pub(super) fn is_same_way(&self, other: &Self) -> bool {
        let Self { profile: _, endpoints, ca_bundle, metadata } = self;
        *endpoints == other.endpoints
            && *ca_bundle == other.ca_bundle
            && *metadata == other.metadata
    }

    /// The same, with missing settings taken from `other`. Endpoints belong together: parts of two
    /// profiles cannot be combined.
    #[must_use]
    pub(super) fn or(self, other: Self) -> Self {
        if other.is_empty() {
            return self;
        }
        // One name is needed to say whose setting is wrong.
        let profile = if self.is_empty() { other.profile } else { None };
        let endpoints = if self.endpoints.are_of_login() {
            self.endpoints
        } else {
            let mut endpoints = other.endpoints;
            endpoints.services.extend(self.endpoints.services);
            endpoints
        };
        Self { profile, endpoints, ca_bundle: self.ca_bundle.or(other.ca_bundle), ..self }
    }

    /// Adds the settings of another profile with the same login. Leaves out what matters only to
    /// other services.
    ///
    /// # Errors
    /// The key they disagree on.
    pub(super) fn join(&mut self, other: &Self) -> Result<(), Key> {
        let Self { profile, endpoints, ca_bundle, metadata: _ } = other;
        let EndpointSettings { services, global, ignore_configured, use_fips, use_dualstack } =
            endpoints;
        let mine = &mut self.endpoints;
        join(&mut self.ca_bundle, ca_bundle, Key::CaBundle)?;
        join(&mut mine.global, global, Key::EndpointUrl)?;
        let key = Key::IgnoreConfiguredEndpointUrls;
        join(&mut mine.ignore_configured, ignore_configured, key)?;
        join(&mut mine.use_fips, use_fips, Key::UseFipsEndpoint)?;
        join(&mut mine.use_dualstack, use_dualstack, Key::UseDualstackEndpoint)?;
        for service in OF_LOGIN {
            let mut url = mine.services.get(&service).cloned();
            join(&mut url, &services.get(&service).cloned(), Key::Services)?;
            mine.services.extend(url.map(|url| (service, url)));
        }
        if self.profile.is_none() && !other.is_empty() {
            self.profile.clone_from(profile);
        }
        Ok(())
    }
}

impl EndpointSettings {
    /// Whether any of it matters to a login.
    fn are_of_login(&self) -> bool {
        let Self { services, global, ignore_configured, use_fips, use_dualstack } = self;
        let flags = [ignore_configured, use_fips, use_dualstack];
        global.is_some()
            || flags.into_iter().any(Option::is_some)
            || OF_LOGIN.iter().any(|service| services.contains_key(service))
    }
}

fn join<T: Clone + PartialEq>(
    mine: &mut Option<T>,
    theirs: &Option<T>,
    key: Key,
) -> Result<(), Key> {
    match (&mine, theirs) {
        (Some(one), Some(other)) if one != other => return Err(key),
        (None, Some(other)) => *mine = Some(other.clone()),
        _ => {}
    }
    Ok(())
}

/// Defines [`Service`] and its properties in one table, so that no service lacks a column or is
/// missing from [`Service::ALL`].
macro_rules! services {
    ($($(#[$doc:meta])* $service:ident = $name:literal, $section_key:literal, $variable:expr;)+) => {
        /// The services of AWS that ssowrap sends requests to.
        #[derive(
            Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize,
        )]
        pub enum Service { $($(#[$doc])* $service,)+ }

        impl Service {
            /// All services.
            pub const ALL: &[Service] = &[$(Service::$service),+];

            /// Its name in messages.
            pub fn name(self) -> &'static str {
                match self { $(Service::$service => $name),+ }
            }

            /// Its block in a services section.
            pub fn section_key(self) -> &'static str {
                match self { $(Service::$service => $section_key),+ }
            }

            /// The variable with its custom endpoint, which takes precedence over
            /// `AWS_ENDPOINT_URL`.
            pub fn variable(self) -> Name {
                match self { $(Service::$service => $variable),+ }
            }
        }
    };
}

// The hosts come from the SDK's rules, in `aws/endpoint.rs`.
services! {
    /// The Identity Center portal: role credentials, accounts and roles.
    Sso = "the Identity Center portal", "sso", variables::AWS_ENDPOINT_URL_SSO;
    /// The OIDC service of Identity Center: logins.
    SsoOidc = "SSO OIDC", "sso_oidc", variables::AWS_ENDPOINT_URL_SSO_OIDC;
    /// STS, the Security Token Service: assumed roles.
    Sts = "STS", "sts", variables::AWS_ENDPOINT_URL_STS;
    /// The console's sign-in.
    SignIn = "the console's sign-in", "signin", variables::AWS_ENDPOINT_URL_SIGNIN;
    /// The Elastic Kubernetes Service: clusters.
    Eks = "EKS", "eks", variables::AWS_ENDPOINT_URL_EKS;
    /// The sign-in of `aws login`.
    Login = "AWS Sign-In", "signin", variables::AWS_ENDPOINT_URL_SIGNIN;
}

#[cfg(test)]
mod tests {
    use super::*;

    /// SPEC 5.2: the variable's name is derived from the section's key.
    #[test]
    fn variables_follow_the_keys() {
        for service in Service::ALL {
            let derived = format!("AWS_ENDPOINT_URL_{}", service.section_key().to_uppercase());
            assert_eq!(service.variable().as_str(), derived);
        }
    }
}
