//! Finds the credentials for a path.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

use super::renewal::Renewal;
use crate::context::Context;
use crate::endpoint::{Keep, Supply, Trouble};
use crate::error::{Kind, Result, usage};
use crate::settings::Wanted;
use crate::text::arn;

/// How many roles are kept at a time: a pattern may allow any number of them.
const MOST: usize = 64;

const PROFILE: &str = "/profile/";
const ROLE: &str = "/role-arn/";

/// Characters that are escaped in a path.
const ESCAPED: &AsciiSet =
    &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~').remove(b'/').remove(b':');

/// The supplies of credentials, by path.
pub(crate) struct Routes {
    first: Arc<Supply>,
    profiles: HashMap<String, Arc<Supply>>,
    /// Set if roles are allowed.
    ad_hoc: Option<AdHoc>,
}

impl Routes {
    /// One supply for each of `wanted`. The first is also used for `/` and for the roles.
    pub(crate) fn new(ctx: &Context, wanted: Vec<Wanted>, roles: AllowedRoles) -> Self {
        let base = wanted.first().filter(|_| !roles.0.is_empty()).map(|wanted| AdHoc {
            ctx: ctx.clone(),
            renewal: Renewal::of(ctx, wanted),
            roles,
            known: Mutex::default(),
        });
        let supplies = wanted.into_iter().map(|wanted| {
            let fetch = Renewal::of(ctx, &wanted).fetch(ctx, None);
            (wanted.profile().map(str::to_owned), Supply::new(ctx, Keep::WhileAskedFor, fetch))
        });
        let supplies: Vec<_> = supplies.collect();
        let first = Arc::clone(&supplies[0].1);
        let profiles = supplies.into_iter().filter_map(|(name, supply)| Some((name?, supply)));
        Self { first, profiles: profiles.collect(), ad_hoc: base }
    }

    /// The supply for `/`.
    pub(crate) fn first(&self) -> &Arc<Supply> {
        &self.first
    }

    /// The supply for a path.
    ///
    /// # Errors
    /// If nothing is served there.
    pub(crate) fn find(&self, path: &str) -> Result<Arc<Supply>, Trouble> {
        if path == "/" {
            return Ok(Arc::clone(&self.first));
        }
        if let Some(name) = path.strip_prefix(PROFILE).and_then(decoded) {
            return self.profiles.get(&name).cloned().ok_or_else(|| Trouble {
                kind: Kind::ProfileNotFound,
                message: format!(
                    "the profile `{name}` is not served: add `-p NAME` when you start `serve`"
                ),
            });
        }
        if let Some(arn) = path.strip_prefix(ROLE).and_then(decoded) {
            return match &self.ad_hoc {
                Some(roles) => roles.find(&arn),
                None => Err(not_allowed(&arn)),
            };
        }
        Err(Trouble {
            kind: Kind::Usage,
            message: "nothing is served there: ask for `/`, `/profile/NAME` or `/role-arn/ARN`"
                .to_owned(),
        })
    }
}

/// The path of a profile.
pub(crate) fn of_profile(name: &str) -> String {
    format!("{PROFILE}{}", utf8_percent_encode(name, ESCAPED))
}

fn decoded(text: &str) -> Option<String> {
    percent_decode_str(text).decode_utf8().ok().map(Into::into)
}

fn not_allowed(arn: &str) -> Trouble {
    Trouble {
        kind: Kind::AccessDenied,
        message: format!(
            "the role `{arn}` is not allowed: add `--allow-role ARN` when you start `serve`"
        ),
    }
}

/// Roles that clients may request by ARN.
#[derive(Debug)]
pub(crate) struct AllowedRoles(Vec<String>);

impl AllowedRoles {
    /// Each of `patterns` is an ARN, or the beginning of one followed by `*`.
    ///
    /// # Errors
    /// `Usage` for anything else. A pattern must at least contain the account.
    pub(crate) fn allowed(patterns: &[String]) -> Result<Self> {
        for pattern in patterns {
            let is_good = match pattern.strip_suffix('*') {
                Some(start) => arn::begins_role(start),
                None => arn::is_role(pattern),
            };
            if !is_good {
                let message = format!("--allow-role `{pattern}` is not the ARN of a role");
                return Err(usage(message).hint(
                    "role ARNs look like `arn:aws:iam::123456789012:role/app`; the last character may \
                     be a `*`, which matches any ending",
                ));
            }
        }
        Ok(Self(patterns.to_owned()))
    }

    fn allow(&self, arn: &str) -> bool {
        let allows = |pattern: &String| match pattern.strip_suffix('*') {
            Some(start) => arn.starts_with(start),
            None => arn == pattern,
        };
        arn::is_role(arn) && self.0.iter().any(allows)
    }
}

/// Roles on top of a plan.
struct AdHoc {
    ctx: Context,
    renewal: Renewal,
    roles: AllowedRoles,
    known: Mutex<HashMap<String, Arc<Supply>>>,
}

impl AdHoc {
    fn find(&self, arn: &str) -> Result<Arc<Supply>, Trouble> {
        if !self.roles.allow(arn) {
            return Err(not_allowed(arn));
        }
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(supply) = known.get(arn) {
            return Ok(Arc::clone(supply));
        }
        if known.len() >= MOST {
            return Err(Trouble {
                kind: Kind::Usage,
                message: format!("{MOST} roles are served already: start another `ssowrap serve`"),
            });
        }
        let fetch = self.renewal.with_role(arn).fetch(&self.ctx, None);
        let supply = Supply::new(&self.ctx, Keep::WhileAskedFor, fetch);
        known.insert(arn.to_owned(), Arc::clone(&supply));
        Ok(supply)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn allowed(patterns: &[&str]) -> Result<AllowedRoles> {
        let patterns: Vec<String> = patterns.iter().map(|&pattern| pattern.to_owned()).collect();
        AllowedRoles::allowed(&patterns)
    }

    #[test]
    fn patterns() {
        const ROLE: &str = "arn:aws:iam::123456789012:role/";
        let roles = allowed(&[
            "arn:aws:iam::123456789012:role/a",
            "arn:aws:iam::123456789012:role/app-*",
            "arn:aws-cn:iam::210987654321:role/path/*",
        ])
        .expect("patterns");
        for (arn, expected) in [
            (format!("{ROLE}a"), true),
            (format!("{ROLE}app-x"), true),
            (format!("{ROLE}app-x/y"), true),
            ("arn:aws-cn:iam::210987654321:role/path/to/r".into(), true),
            (format!("{ROLE}b"), false),
            (format!("{ROLE}aa"), false),
            (format!("{ROLE}app"), false),
            (format!("{ROLE}app-x "), false),
            (format!("{ROLE}app-*"), false),
            ("arn:aws:iam::210987654321:role/a".into(), false),
            ("arn:aws-cn:iam::210987654321:role/path/".into(), false),
            (String::new(), false),
            (format!("{ROLE}app-{}", "x".repeat(3000)), false),
        ] {
            assert_eq!(roles.allow(&arn), expected, "{arn}");
        }
        for pattern in [
            "",
            "*",
            "arn:*",
            "arn:aws:iam::*",
            "arn:aws:iam::123456789012:*",
            "arn:aws:iam::123456789012:role/",
            "arn:aws:iam::123456789012:role/a*b",
            "arn:aws:iam::123456789012:role/a**",
            "arn:aws:iam::12345678901:role/a",
            "arn:aws:iam:eu-west-1:123456789012:role/a",
            "arn:aws:iam::123456789012:user/a",
            "arn:aws:sts::123456789012:assumed-role/a/b",
            "deploy",
        ] {
            assert_eq!(allowed(&[pattern]).expect_err(pattern).kind, Kind::Usage);
        }
        allowed(&["arn:aws:iam::123456789012:role/*"]).expect("a whole account");
    }

    #[test]
    fn paths_of_profiles_lead_back() {
        for name in ["dev", "a/b", "my profile", "100%", "ü?#", "a+b@c:d.e"] {
            let path = of_profile(name);
            assert!(path.is_ascii() && !path.contains([' ', '?', '#']), "{path}");
            assert_eq!(path.strip_prefix(PROFILE).and_then(decoded).as_deref(), Some(name));
        }
    }
}
