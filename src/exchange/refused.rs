//! What a refusal by STS means, and how to fix it.

use crate::aws::{ErrorResponse, RequestError, of_odd_key};
use crate::error::{Error, Kind};
use crate::profile::plan::{Hop, WebIdentity};

const CHECK_KEY: &str = "the access key may have been deleted or deactivated, or belong to \
                         another partition: check it and the region";

/// The credentials that a role was requested with.
pub(super) struct Requester {
    /// In words, for example `the credentials of profile ...`.
    pub words: String,
    /// Whether they are known to belong to a role.
    pub is_role: bool,
}

/// A failed AssumeRole.
pub(super) fn of_hop(hop: &Hop, caller: &Requester, failure: RequestError) -> Error {
    if let Some(part) = failure.odd_key() {
        let what = format!("{} cannot use {}", super::name_of(hop), caller.words);
        return of_odd_key(&what, part).at(hop.location.clone());
    }
    let known = failure.refusal().and_then(|response| {
        of_signature(hop, caller, &failure, response)
            .or_else(|| of_access(hop, caller, response))
            .or_else(|| of_settings(hop, response))
    });
    match known {
        Some(error) => failure.with_clock(error).at(hop.location.clone()),
        None => failure.into_error(&super::name_of(hop)).at(hop.location.clone()),
    }
}

fn refused(kind: Kind, what: &str, response: &ErrorResponse) -> Error {
    Error::new(kind, format!("{what}: {}", response.text()))
}

/// A refused signature, or refused keys.
fn of_signature(
    hop: &Hop,
    caller: &Requester,
    failure: &RequestError,
    response: &ErrorResponse,
) -> Option<Error> {
    let (profile, words) = (super::name_of(hop), &caller.words);
    let error = |kind, what: String| refused(kind, &what, response);
    Some(match response.code() {
        _ if is_about_clock(response) => {
            let what = format!("AWS refuses the signature of the request for {profile}");
            let error = error(Kind::AccessDenied, what);
            // If the answer shows the time, all refusals mention it.
            if failure.shows_a_wrong_clock() {
                return Some(error);
            }
            error
                .hint("correct this machine's clock: AWS allows it to be off by only a few minutes")
        }
        "ExpiredToken" | "ExpiredTokenException" => {
            let what = format!("{profile} cannot use {words}: they have expired");
            error(Kind::CredentialsRefused, what).hint("renew them at their source")
        }
        _ if response.is_of_unknown_keys() => {
            let what = format!("AWS does not know {words}, which {profile} uses");
            let error = error(Kind::CredentialsRefused, what);
            match (failure.opt_in_hint(), caller.is_role) {
                (Some(opt_in), true) => error.hint(opt_in),
                (Some(opt_in), false) => error.hint(opt_in).or_hint(CHECK_KEY),
                (None, true) => error.hint(format!(
                    "they may belong to another partition: check the region `{}`",
                    failure.region
                )),
                (None, false) => error.hint(CHECK_KEY),
            }
        }
        "SignatureDoesNotMatch" if response.says("valid region") => {
            let what = format!("AWS does not know the region of the request for {profile}");
            error(Kind::InvalidSetting, what)
                .hint("check `region` of the profile, AWS_REGION and `--region`")
        }
        "SignatureDoesNotMatch" | "IncompleteSignature" => {
            error(Kind::AccessDenied, format!("AWS refuses {words}, which {profile} uses"))
                .hint("the secret access key does not belong to the access key id; check both")
        }
        _ => return None,
    })
}

/// A caller that may not assume the role.
fn of_access(hop: &Hop, caller: &Requester, response: &ErrorResponse) -> Option<Error> {
    let (profile, words) = (super::name_of(hop), &caller.words);
    Some(match response.code() {
        "AccessDenied" | "AccessDeniedException" => {
            let what = match hop.profile {
                Some(_) => format!("{profile} may not assume {} with {words}", hop.role_arn),
                None => format!("{words} may not assume {}", hop.role_arn),
            };
            denied(hop, caller, response, refused(Kind::AccessDenied, &what, response))
        }
        "RegionDisabledException" | "RegionDisabled" => region_disabled(&profile, response),
        _ => return None,
    })
}

/// Settings that STS does not accept.
fn of_settings(hop: &Hop, response: &ErrorResponse) -> Option<Error> {
    let profile = super::name_of(hop);
    let error = |what: String| refused(Kind::InvalidSetting, &what, response);
    Some(match response.code() {
        "ValidationError" | "InvalidParameterValue" | "InvalidParameterCombination" => {
            let error = error(format!("AWS does not accept the settings of {profile}"));
            match validation_hint(hop, response) {
                Some(hint) => error.hint(hint),
                None => error,
            }
        }
        "PackedPolicyTooLarge" | "PackedPolicyTooLargeException" => {
            error(format!("the session policies of {profile} are too large for AWS")).hint(
                "AWS counts the policy and the ARNs together: shorten the policy or leave out some \
                 ARNs",
            )
        }
        "MalformedPolicyDocument" | "MalformedPolicyDocumentException" => {
            error(format!("AWS does not accept the session policy of {profile}"))
                .hint("check the file of `--policy`: it must be an IAM policy")
        }
        _ => return None,
    })
}

/// A failed AssumeRoleWithWebIdentity.
pub(super) fn of_web_identity(
    identity: &WebIdentity,
    has_line_end: bool,
    failure: RequestError,
) -> Error {
    let profile = super::name(&identity.profile);
    let location = identity.location.clone();
    let Some(response) = failure.refusal() else {
        return failure.into_error(&profile).at(location);
    };
    let file = identity.token_file.display();
    let refused = |kind, what: String| refused(kind, &what, response);
    let error = match response.code() {
        "ExpiredTokenException" | "ExpiredToken" => refused(
            Kind::AccessDenied,
            format!("the web identity token of {profile}, {file}, has expired"),
        )
        .hint("whatever writes the file must renew it; check the clock too"),
        "InvalidIdentityToken" if has_line_end => refused(
            Kind::AccessDenied,
            format!("AWS refuses the web identity token of {profile}, {file}"),
        )
        .hint("the file contains a line break: it must hold only the token"),
        "InvalidIdentityToken" | "IDPRejectedClaim" => refused(
            Kind::AccessDenied,
            format!("AWS refuses the web identity token of {profile}, {file}"),
        )
        .hint("check that the role trusts its issuer and audience"),
        "AccessDenied" | "AccessDeniedException" => refused(
            Kind::AccessDenied,
            format!("{profile} may not assume {} with the token in {file}", identity.role_arn),
        )
        .hint("check the role's trust policy: provider, audience and subject"),
        "RegionDisabledException" | "RegionDisabled" => region_disabled(&profile, response),
        "ValidationError" => {
            refused(Kind::InvalidSetting, format!("AWS does not accept the settings of {profile}"))
                .hint("check `role_arn`, `role_session_name` and the file's contents")
        }
        _ => return failure.into_error(&profile).at(location),
    };
    failure.with_clock(error).at(location)
}

fn region_disabled(profile: &str, response: &ErrorResponse) -> Error {
    Error::new(
        Kind::AccessDenied,
        format!("STS is not active in the region of {profile}: {}", response.text()),
    )
    .hint("choose another region with `--region`, or have STS activated in this one")
}

fn denied(hop: &Hop, caller: &Requester, response: &ErrorResponse, error: Error) -> Error {
    if hop.mfa_serial.is_some() && response.says("MultiFactorAuthentication") {
        return error
            .hint("wait for the next MFA code: each works only once")
            .or_hint("check `mfa_serial`");
    }
    let error = error.hint(
        "check the role's trust policy, and that the caller's own policies allow sts:AssumeRole",
    );
    let error = match &hop.external_id {
        Some(_) => {
            error.hint(format!("the trust policy may require a different {}", EXTERNAL_ID.of(hop)))
        }
        None => error.hint(match hop.profile {
            Some(_) => "if the trust policy requires an external id, set `external_id`",
            None => "if the trust policy requires an external id, give `--external-id`",
        }),
    };
    // A role has no MFA device.
    match &hop.profile {
        Some(name) if hop.mfa_serial.is_none() && !caller.is_role => error.hint(format!(
            "if the trust policy requires MFA, set `mfa_serial` in profile `{name}`: the one in \
             another profile does not count"
        )),
        _ => error,
    }
}

/// For a wrong clock, STS uses the code of a wrong signature.
fn is_about_clock(response: &ErrorResponse) -> bool {
    match response.code() {
        "RequestExpired" | "RequestTimeTooSkewed" => true,
        "SignatureDoesNotMatch" | "InvalidSignatureException" => {
            response.says("Signature expired") || response.says("Signature not yet current")
        }
        _ => false,
    }
}

/// The name of a role's setting: the key in a profile, and the equivalent option.
struct SettingName(&'static str, &'static str);

const DURATION: SettingName = SettingName("duration_seconds", "--duration");
const EXTERNAL_ID: SettingName = SettingName("external_id", "--external-id");
const ROLE_ARN: SettingName = SettingName("role_arn", "--assume");
const ROLE_SESSION_NAME: SettingName = SettingName("role_session_name", "--role-session-name");

impl SettingName {
    /// The name under which `hop` got it, quoted.
    fn of(&self, hop: &Hop) -> String {
        let name = if hop.profile.is_some() { self.0 } else { self.1 };
        format!("`{name}`")
    }
}

fn validation_hint(hop: &Hop, response: &ErrorResponse) -> Option<String> {
    let has = |part: &str| response.says(part);
    let duration = DURATION.of(hop);
    Some(if has("role chaining") {
        format!("set {duration} to one hour or less: the caller's credentials are those of a role")
    } else if has("MaxSessionDuration") {
        format!("lower {duration}: the role only allows shorter sessions")
    } else if has("durationSeconds") || has("DurationSeconds") {
        format!("check {duration}")
    } else if has("roleSessionName") || has("RoleSessionName") {
        let name = ROLE_SESSION_NAME.of(hop);
        format!("check {name}: 2 to 64 letters, digits and any of `_+=,.@-`")
    } else if has("externalId") || has("ExternalId") {
        let id = EXTERNAL_ID.of(hop);
        format!("check {id}: 2 to 1224 letters, digits and any of `_+=,.@:/-`")
    } else if has("serialNumber") || has("SerialNumber") {
        "check `mfa_serial`: the serial number or ARN of the device".to_owned()
    } else if has("policyArns") || has("PolicyArns") {
        "check `--policy-arn`: arn:aws:iam::ACCOUNT:policy/NAME, of the role's account or AWS's own"
            .to_owned()
    } else if has("roleArn") || has("RoleArn") || has("is invalid") {
        format!("check {}: arn:aws:iam::ACCOUNT:role/NAME", ROLE_ARN.of(hop))
    } else {
        return None;
    })
}
