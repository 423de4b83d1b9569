//! Every key in these files that ssowrap knows, and what each of them decides.
//!
//! The resolver reads no others: a new key starts here, and the matches below don't compile without
//! it.

/// A key of a profile or of an `[sso-session]`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::enum_variant_names, reason = "they are called what the keys are called")]
pub(crate) enum Key {
    RoleArn,
    SourceProfile,
    CredentialSource,
    WebIdentityTokenFile,
    SsoSession,
    SsoStartUrl,
    SsoRegion,
    SsoAccountId,
    SsoRoleName,
    SsoRegistrationScopes,
    LoginSession,
    CredentialProcess,
    AwsAccessKeyId,
    AwsSecretAccessKey,
    AwsSessionToken,
    /// The older name of `aws_session_token`, which botocore reads first.
    AwsSecurityToken,
    ExternalId,
    RoleSessionName,
    DurationSeconds,
    MfaSerial,
    AwsAccountId,
    Region,
    CaBundle,
    Services,
    EndpointUrl,
    IgnoreConfiguredEndpointUrls,
    UseFipsEndpoint,
    UseDualstackEndpoint,
    Ec2MetadataServiceEndpoint,
    Ec2MetadataServiceEndpointMode,
    /// The session for which `ssowrap configure` wrote the profile.
    SsowrapGenerated,
    /// granted's name for `sso_start_url`, which hides it from the AWS SDKs; and so on.
    GrantedSsoStartUrl,
    GrantedSsoRegion,
    GrantedSsoAccountId,
    GrantedSsoRoleName,
}

/// What a key decides.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Decides {
    /// Where a profile's credentials come from, or whose they are.
    Source,
    /// The access key itself.
    AccessKey,
    /// How an assumed role's session is requested.
    Session,
    /// What a login requests.
    Login,
    /// Nothing about the credentials: regions, how to reach AWS, marks.
    Network,
}

impl Key {
    /// Every key, each once.
    pub(crate) const ALL: [Self; 35] = [
        Self::RoleArn,
        Self::SourceProfile,
        Self::CredentialSource,
        Self::WebIdentityTokenFile,
        Self::SsoSession,
        Self::SsoStartUrl,
        Self::SsoRegion,
        Self::SsoAccountId,
        Self::SsoRoleName,
        Self::SsoRegistrationScopes,
        Self::LoginSession,
        Self::CredentialProcess,
        Self::AwsAccessKeyId,
        Self::AwsSecretAccessKey,
        Self::AwsSessionToken,
        Self::AwsSecurityToken,
        Self::ExternalId,
        Self::RoleSessionName,
        Self::DurationSeconds,
        Self::MfaSerial,
        Self::AwsAccountId,
        Self::Region,
        Self::CaBundle,
        Self::Services,
        Self::EndpointUrl,
        Self::IgnoreConfiguredEndpointUrls,
        Self::UseFipsEndpoint,
        Self::UseDualstackEndpoint,
        Self::Ec2MetadataServiceEndpoint,
        Self::Ec2MetadataServiceEndpointMode,
        Self::SsowrapGenerated,
        Self::GrantedSsoStartUrl,
        Self::GrantedSsoRegion,
        Self::GrantedSsoAccountId,
        Self::GrantedSsoRoleName,
    ];

    /// Its name in the files.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::RoleArn => "role_arn",
            Self::SourceProfile => "source_profile",
            Self::CredentialSource => "credential_source",
            Self::WebIdentityTokenFile => "web_identity_token_file",
            Self::SsoSession => "sso_session",
            Self::SsoStartUrl => "sso_start_url",
            Self::SsoRegion => "sso_region",
            Self::SsoAccountId => "sso_account_id",
            Self::SsoRoleName => "sso_role_name",
            Self::SsoRegistrationScopes => "sso_registration_scopes",
            Self::LoginSession => "login_session",
            Self::CredentialProcess => "credential_process",
            Self::AwsAccessKeyId => "aws_access_key_id",
            Self::AwsSecretAccessKey => "aws_secret_access_key",
            Self::AwsSessionToken => "aws_session_token",
            Self::AwsSecurityToken => "aws_security_token",
            Self::ExternalId => "external_id",
            Self::RoleSessionName => "role_session_name",
            Self::DurationSeconds => "duration_seconds",
            Self::MfaSerial => "mfa_serial",
            Self::AwsAccountId => "aws_account_id",
            Self::Region => "region",
            Self::CaBundle => "ca_bundle",
            Self::Services => "services",
            Self::EndpointUrl => "endpoint_url",
            Self::IgnoreConfiguredEndpointUrls => "ignore_configured_endpoint_urls",
            Self::UseFipsEndpoint => "use_fips_endpoint",
            Self::UseDualstackEndpoint => "use_dualstack_endpoint",
            Self::Ec2MetadataServiceEndpoint => "ec2_metadata_service_endpoint",
            Self::Ec2MetadataServiceEndpointMode => "ec2_metadata_service_endpoint_mode",
            Self::GrantedSsoStartUrl => "granted_sso_start_url",
            Self::GrantedSsoRegion => "granted_sso_region",
            Self::GrantedSsoAccountId => "granted_sso_account_id",
            Self::GrantedSsoRoleName => "granted_sso_role_name",
            Self::SsowrapGenerated => "ssowrap_generated",
        }
    }

    /// What it decides.
    pub(crate) fn decides(self) -> Decides {
        match self {
            Self::RoleArn
            | Self::SourceProfile
            | Self::CredentialSource
            | Self::WebIdentityTokenFile
            | Self::SsoSession
            | Self::SsoStartUrl
            | Self::SsoRegion
            | Self::SsoAccountId
            | Self::SsoRoleName
            | Self::LoginSession
            | Self::CredentialProcess
            | Self::GrantedSsoStartUrl
            | Self::GrantedSsoRegion
            | Self::GrantedSsoAccountId
            | Self::GrantedSsoRoleName => Decides::Source,
            Self::SsoRegistrationScopes => Decides::Login,
            Self::AwsAccessKeyId
            | Self::AwsSecretAccessKey
            | Self::AwsSessionToken
            | Self::AwsSecurityToken => Decides::AccessKey,
            Self::ExternalId | Self::RoleSessionName | Self::DurationSeconds | Self::MfaSerial => {
                Decides::Session
            }
            Self::AwsAccountId
            | Self::Region
            | Self::CaBundle
            | Self::Services
            | Self::EndpointUrl
            | Self::IgnoreConfiguredEndpointUrls
            | Self::UseFipsEndpoint
            | Self::UseDualstackEndpoint
            | Self::Ec2MetadataServiceEndpoint
            | Self::Ec2MetadataServiceEndpointMode
            | Self::SsowrapGenerated => Decides::Network,
        }
    }

    /// Whether its value is the name of a section, which can be anything.
    pub(super) fn is_name(self) -> bool {
        matches!(self, Self::SourceProfile | Self::SsoSession | Self::Services)
    }

    /// Whether its value is a command line, in which quotes and line breaks have a meaning.
    pub(super) fn is_command(self) -> bool {
        matches!(self, Self::CredentialProcess)
    }

    /// The key with this name (in lower case), if ssowrap knows it.
    pub(crate) fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|key| key.name() == name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_has_each_key_at_its_place() {
        for (place, key) in Key::ALL.into_iter().enumerate() {
            assert_eq!(key as usize, place, "{}", key.name());
            assert_eq!(Key::named(key.name()), Some(key));
        }
        // This is the last variant. If one is added after it, the array is too short.
        assert_eq!(Key::ALL.len(), Key::GrantedSsoRoleName as usize + 1);
    }
}
