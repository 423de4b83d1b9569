//! The rules that differ between the readers of these files.

/// The rules of one reader. All others are common to all readers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Dialect {
    /// A name in brackets may also be bare: without its type (`[foo]`), or with its quotes.
    pub literal_names: bool,
    /// Any `sso_*` key makes it an Identity Center profile, and the session may contain the rest.
    /// Otherwise only an account or a role does (SPEC 2.2).
    pub any_sso_key_counts: bool,
    /// In a source profile with an access key, `role_arn` is ignored.
    pub keys_displace_role: bool,
    /// A `role_arn` without a source is ignored. Otherwise it is an error.
    pub role_needs_source: bool,
    /// If a profile and its session disagree, the profile wins. Otherwise it is an error.
    pub profile_overrides_session: bool,
    /// The session's `region` counts as the profile's.
    pub session_region_counts: bool,
    /// If no profile is named, `default` counts as if it were. Otherwise one without a source of
    /// credentials counts as missing.
    pub default_counts_as_named: bool,
    /// The option that names a profile, for hints.
    pub profile_option: &'static str,
}

impl Dialect {
    /// The rules of the AWS CLI and the SDKs.
    pub(crate) const AWS: Self = Self {
        literal_names: false,
        any_sso_key_counts: false,
        keys_displace_role: true,
        role_needs_source: false,
        profile_overrides_session: false,
        session_region_counts: true,
        default_counts_as_named: false,
        profile_option: "-p",
    };

    /// The rules of aws2-wrap: everything that works with it keeps working with ssowrap.
    pub(crate) const AWS2_WRAP: Self = Self {
        literal_names: true,
        any_sso_key_counts: true,
        keys_displace_role: false,
        role_needs_source: true,
        profile_overrides_session: true,
        session_region_counts: false,
        default_counts_as_named: true,
        profile_option: "--profile",
    };
}
