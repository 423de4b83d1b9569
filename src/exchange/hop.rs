//! The link of a chain that assumes a role.

use secrecy::SecretString;

use super::{Walk, mfa, name, name_of, refused};
use crate::aws::{AssumeRole, Mfa};
use crate::credentials::Credentials;
use crate::error::{Error, Kind, Result};
use crate::profile::plan::{CHAINED, DURATIONS, Hop, Source};

/// Checks that the settings of a hop can be sent.
pub(super) fn check(hop: &Hop) -> Result<()> {
    match hop.duration_seconds {
        Some(seconds) if !DURATIONS.contains(&seconds) => Err(Error::new(
            Kind::InvalidSetting,
            format!(
                "duration_seconds = {seconds} of {}: AWS allows {} to {}",
                name_of(hop),
                DURATIONS.start(),
                DURATIONS.end()
            ),
        )
        .at(hop.location.clone())),
        _ => Ok(()),
    }
}

impl Walk<'_> {
    /// Assumes the role of hop `index` with the credentials of the link below.
    pub(super) fn hop(&self, index: usize, below: &Credentials) -> Result<Credentials> {
        let hop = &self.plan.hops[index];
        let endpoint = self.sts_endpoint()?;
        let generated = self.generated_session_name();
        let role = AssumeRole {
            role_arn: &hop.role_arn,
            session_name: hop.role_session_name.as_deref().unwrap_or(&generated),
            external_id: hop.external_id.as_deref(),
            duration_seconds: self.duration(index),
            policy: hop.policies.document.as_deref(),
            policy_arns: &hop.policies.arns,
            // Last, so that the code is still fresh when it arrives.
            mfa: match &hop.mfa_serial {
                Some(serial) => {
                    Some(Mfa { serial, code: self.mfa_code(serial, hop.profile.as_deref())? })
                }
                None => None,
            },
        };
        let with = self.link_below(index);
        self.ctx.printer.info(|| format!("assuming {} with {with}", hop.role_arn));
        self.aws.assume_role(&endpoint, below, &role).map_err(|failure| {
            let caller =
                refused::Requester { words: with, is_role: self.plan.is_role_below(index) };
            refused::of_hop(hop, &caller, failure)
        })
    }

    /// The name of a session for which none is set. Unlike the role's ARN and other settings, it
    /// does not affect the principal's rights, so nothing may depend on it.
    pub(super) fn generated_session_name(&self) -> String {
        format!("ssowrap-{}", self.ctx.now().timestamp())
    }

    /// The `duration_seconds` that AWS will accept.
    fn duration(&self, index: usize) -> Option<i32> {
        let hop = &self.plan.hops[index];
        let asked = hop.duration_seconds?;
        if asked <= CHAINED || !self.plan.is_role_below(index) {
            return Some(asked);
        }
        let place = hop.location.as_ref().map(|at| format!(" ({at})")).unwrap_or_default();
        self.ctx.printer.warn(&format!(
            "duration_seconds = {asked} of {}{place} is reduced to {CHAINED}: AWS allows no more \
             for a role that is assumed with the credentials of another role",
            name_of(hop)
        ));
        Some(CHAINED)
    }

    /// The link below hop `index`, in words.
    fn link_below(&self, index: usize) -> String {
        if let Some(hop) = index.checked_sub(1).and_then(|below| self.plan.hops.get(below)) {
            return format!("the credentials of {}", name_of(hop));
        }
        let whose = match &self.plan.source {
            Source::Sso(sso) => super::subject(sso),
            Source::LoginSession(session) => name(&session.profile),
            Source::Static(keys) => name(&keys.profile),
            Source::CredentialProcess(helper) => name(&helper.profile),
            Source::WebIdentity(identity) => name(&identity.profile),
            Source::Environment => "the environment".to_owned(),
            Source::Ec2InstanceMetadata => "the instance".to_owned(),
            Source::EcsContainer => "the container".to_owned(),
        };
        format!("the credentials of {whose}")
    }

    /// The code given on the command line, which can be used once: AWS accepts no code twice.
    fn mfa_code(&self, serial: &str, profile: Option<&str>) -> Result<SecretString> {
        if let Some(code) = &self.options.mfa_code
            && !self.mfa_code_used.replace(true)
        {
            return Ok(code.clone().into());
        }
        if self.options.unattended {
            return Err(mfa::nobody_to_ask(serial, profile));
        }
        mfa::ask(serial, profile).map(Into::into)
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::context::Context;
    use crate::context::Fake;
    use crate::error::Location;
    use crate::exchange::Options;
    use crate::profile::plan::{Plan, SsoSource, StaticKeys};
    use crate::profile::reach::Reach;

    fn hop(duration_seconds: Option<i32>) -> Hop {
        Hop {
            profile: Some("p".into()),
            duration_seconds,
            location: Some(Location::new(Path::new("config"), 7)),
            ..Hop::ad_hoc("arn:aws:iam::123456789012:role/r")
        }
    }

    fn plan(source: Source, hops: Vec<Hop>) -> Plan {
        Plan {
            chain: vec!["p".into()],
            source,
            hops,
            region: None,
            fallback_region: None,
            account_id: None,
            reach: Reach::default(),
            own_reach: None,
        }
    }

    fn static_keys() -> Source {
        Source::Static(StaticKeys {
            access_key_id: "AKIA".into(),
            secret_access_key: "s".to_owned().into(),
            session_token: Some("t".to_owned().into()),
            profile: "p".into(),
            location: Location::new(Path::new("config"), 1),
        })
    }

    fn sso() -> Source {
        Source::Sso(SsoSource {
            profile: None,
            session: Some("corp".into()),
            start_url: None,
            sso_region: Some("eu-west-1".into()),
            account_id: "123456789012".into(),
            role_name: "Admin".into(),
            ..SsoSource::default()
        })
    }

    fn with_walk<T>(plan: &Plan, look: impl FnOnce(&Walk<'_>) -> T) -> T {
        let ctx = Context::fake(&[], Fake::default());
        let options = Options::default();
        look(&Walk::new(&ctx, plan, &options))
    }

    #[test]
    fn a_role_assumed_with_a_role_lasts_an_hour() {
        let of = |source, durations: [Option<i32>; 2]| {
            let plan = plan(source, durations.map(hop).into());
            with_walk(&plan, |walk| [walk.duration(0), walk.duration(1)])
        };
        let long = Some(43_200);
        assert_eq!(of(sso(), [long, long]), [Some(CHAINED), Some(CHAINED)]);
        assert_eq!(of(Source::Ec2InstanceMetadata, [long, None]), [Some(CHAINED), None]);
        assert_eq!(of(Source::EcsContainer, [Some(3601), Some(900)]), [Some(CHAINED), Some(900)]);
        // The keys may be a user's, for whom AWS allows more.
        assert_eq!(of(static_keys(), [long, long]), [long, Some(CHAINED)]);
        assert_eq!(of(Source::Environment, [long, Some(3600)]), [long, Some(3600)]);
    }

    #[test]
    fn durations_aws_takes() {
        for seconds in [900, 43_200] {
            check(&hop(Some(seconds))).expect("a duration");
        }
        check(&hop(None)).expect("none");
        for seconds in [i32::MIN, 0, 899, 43_201] {
            let error = check(&hop(Some(seconds))).expect_err("too much or too little");
            assert_eq!(error.kind, Kind::InvalidSetting);
            assert_eq!(error.location, Some(Location::new(Path::new("config"), 7)));
        }
    }

    #[test]
    fn generated_session_names_are_valid() {
        let plan = plan(sso(), vec![hop(None)]);
        let session = with_walk(&plan, |walk| walk.generated_session_name());
        let seconds = session.strip_prefix("ssowrap-").expect("the prefix");
        assert!(!seconds.is_empty() && seconds.bytes().all(|b| b.is_ascii_digit()), "{session}");
        assert!(session.len() <= 64);
    }

    /// A person takes longer than AWS, and two questions must not mix on one terminal.
    #[test]
    fn patience_with_people() {
        let with_mfa = Hop { mfa_serial: Some("arn:aws:iam::1:mfa/me".into()), ..hop(None) };
        let plan = plan(static_keys(), vec![hop(None), with_mfa, hop(None)]);
        let seconds = [0, 1, 2, 3].map(|link| with_walk(&plan, |w| w.patience(link).as_secs()));
        assert_eq!(seconds, [10, 10, 60, 60]);
    }

    #[test]
    fn who_calls() {
        let plan = plan(static_keys(), vec![hop(None), hop(None)]);
        with_walk(&plan, |walk| {
            assert_eq!(walk.link_below(0), "the credentials of profile `p`");
            assert!(!walk.plan.is_role_below(0) && walk.plan.is_role_below(1));
        });
    }
}
