//! The rules to follow where readers of these files differ.

/// The rules of one reader. All else is common to every reader.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Dialect {
    /// A name may also be bare in the brackets: without its type (`[foo]`), with its quotes.
    pub literal_names: bool,
    /// Every section has the keys of `[DEFAULT]` too.
    pub inherits_default: bool,
    /// Any `sso_*` key makes a profile one of Identity Center; the session may say the rest. Else
    /// only an account or a role does (SPEC 2.2).
    pub any_sso_key_counts: bool,
    /// In a source profile with an access key the `role_arn` doesn't count.
    pub keys_displace_role: bool,
    /// A `role_arn` without a source counts for nothing. Else it is an error.
    pub role_needs_source: bool,
    /// If a profile and its session disagree, the profile wins. Otherwise it is an error.
    pub profile_overrides_session: bool,
    /// `region` of the session counts as the profile's.
    pub session_region_counts: bool,
}

impl Dialect {
    /// The AWS CLI's and the SDKs'.
    pub(crate) const AWS: Self = Self {
        literal_names: false,
        inherits_default: false,
        any_sso_key_counts: false,
        keys_displace_role: true,
        role_needs_source: false,
        profile_overrides_session: false,
        session_region_counts: true,
    };

    /// aws2-wrap's: everything that works with it keeps working with ssowrap.
    pub(crate) const AWS2_WRAP: Self = Self {
        literal_names: true,
        inherits_default: true,
        any_sso_key_counts: true,
        keys_displace_role: false,
        role_needs_source: true,
        profile_overrides_session: true,
        session_region_counts: false,
    };
}
