//! AssumeRole and its relatives.

use crate::client::{Call, role_keys, sts, xml_keys};
use aws_credential_types::Credentials;
use base64_simd::URL_SAFE_NO_PAD;
use fake_aws::{FakeAws, Options, Trust, sso_role_arn};
use std::time::Duration;

const ROLE: &str = "arn:aws:iam::210987654321:role/team/Deploy";
const SERIAL: &str = "arn:aws:iam::123456789012:mfa/alice";

fn fake() -> (FakeAws, Credentials) {
    let fake = FakeAws::start(Options::default());
    let keys = role_keys(&fake, "123456789012", "Admin");
    (fake, keys)
}

fn user(fake: &FakeAws) -> Credentials {
    fake.add_user("AKIAALICE", "FAKEsecret-alice", "arn:aws:iam::123456789012:user/alice");
    Credentials::new("AKIAALICE", "FAKEsecret-alice", None, None, "test")
}

fn assume(rest: &str) -> String {
    let arn = ROLE.replace(':', "%3A").replace('/', "%2F");
    format!("Action=AssumeRole&RoleArn={arn}&RoleSessionName=ci{rest}")
}

#[test]
fn a_chain_is_walked_to_its_end() {
    let (fake, keys) = fake();
    let reply = sts(&fake, &keys, &assume(""));
    assert_eq!(reply.status, 200, "{reply:?}");
    let arn = "arn:aws:sts::210987654321:assumed-role/Deploy/ci";
    assert_eq!(reply.xml("Arn"), arn);
    assert!(reply.xml("AssumedRoleId").ends_with(":ci"));
    assert!(reply.xml("Expiration").ends_with('Z'));
    let second = xml_keys(&reply);
    let reply = sts(&fake, &second, "Action=GetCallerIdentity");
    assert_eq!(reply.xml("Arn"), arn);
    let entry = fake.log_of("AssumeRole").pop().expect("an entry");
    assert_eq!(entry.issued_access_key_id.as_deref(), Some(second.access_key_id()));
    assert_eq!(entry.param("RoleArn"), ROLE);
}

#[test]
fn the_limits_of_the_model_hold() {
    let (fake, keys) = fake();
    let body = assume("");
    let cases = [
        (body.replace("=ci", "=c"), "Member must have length greater than or equal to 2"),
        (body.replace("=ci", "=a%20b"), "Member must satisfy regular expression pattern"),
        (body.replace("&RoleSessionName=ci", ""), "at 'roleSessionName' failed"),
        (body.replace("role%2F", "user%2F"), "is invalid"),
        (assume("&DurationSeconds=899"), "greater than or equal to 900"),
        (assume("&DurationSeconds=43201"), "less than or equal to 43200"),
        (assume("&ExternalId=x"), "at 'externalId' failed"),
        (assume("&TokenCode=12345"), "at 'tokenCode' failed"),
        (assume("&Nonsense=1"), "Parameter Nonsense"),
        (assume("&RoleSessionName=ci"), "sent twice"),
        (assume("&Tags.member.1.Key=team"), "at 'tags.member.1.Value' failed"),
    ];
    for (body, text) in cases {
        let reply = sts(&fake, &keys, &body);
        assert_eq!((reply.status, reply.code().as_str()), (400, "ValidationError"), "{body}");
        assert!(reply.xml("Message").contains(text), "{body}: {reply:?}");
    }
    let reply = sts(&fake, &keys, &assume("&Policy=%7Bnot"));
    assert_eq!((reply.status, reply.code().as_str()), (400, "MalformedPolicyDocument"));
    let reply = sts(&fake, &keys, &assume("&DurationSeconds=1h"));
    assert_eq!((reply.status, reply.code().as_str()), (400, "MalformedInput"));
    let reply = sts(&fake, &keys, "Action=DeleteEverything");
    assert_eq!((reply.status, reply.code().as_str()), (400, "InvalidAction"));
}

#[test]
fn policies_and_tags_are_taken() {
    let (fake, keys) = fake();
    let policy = "%7B%22Version%22%3A%222012-10-17%22%2C%22Statement%22%3A%5B%5D%7D";
    let tags = "&Tags.member.1.Key=team&Tags.member.1.Value=a&Tags.member.2.Key=env\
                &Tags.member.2.Value=&TransitiveTagKeys.member.1=team";
    let reply = sts(&fake, &keys, &assume(&format!("&Policy={policy}{tags}")));
    assert_eq!(reply.status, 200, "{reply:?}");
    assert!(reply.xml("PackedPolicySize").parse::<u32>().is_ok());
    let tags = tags.replace("env", "TEAM");
    let reply = sts(&fake, &keys, &assume(&tags));
    assert_eq!(reply.code(), "InvalidParameterValue");
}

#[test]
fn a_session_may_chain_for_an_hour() {
    let (fake, keys) = fake();
    assert_eq!(sts(&fake, &keys, &assume("&DurationSeconds=3600")).status, 200);
    let reply = sts(&fake, &keys, &assume("&DurationSeconds=3601"));
    assert_eq!((reply.status, reply.code().as_str()), (400, "ValidationError"));
    let text = "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed \
                by role chaining.";
    assert_eq!(reply.xml("Message"), text);
    let alice = user(&fake);
    assert_eq!(sts(&fake, &alice, &assume("&DurationSeconds=7200")).status, 200);
    fake.set_max_duration(ROLE, Duration::from_secs(3600));
    let reply = sts(&fake, &alice, &assume("&DurationSeconds=7200"));
    assert!(reply.xml("Message").contains("MaxSessionDuration"));
}

#[test]
fn denials_name_the_caller_and_the_role() {
    let (fake, keys) = fake();
    let denied = |what: &str| {
        let reply = sts(&fake, &keys, &assume("&ExternalId=wrong"));
        assert_eq!((reply.status, reply.code().as_str()), (403, "AccessDenied"), "{what}");
        let text = reply.xml("Message");
        assert!(text.starts_with("User: arn:aws:sts::123456789012:assumed-role/AWSReservedSSO_"));
        let end =
            format!("/fake-user is not authorized to perform: sts:AssumeRole on resource: {ROLE}");
        assert!(text.ends_with(&end), "{what}: {text}");
    };
    fake.deny_role(ROLE);
    denied("role");
    fake.trust(ROLE, Trust::default());
    fake.require_external_id(ROLE, "right/id");
    denied("external id");
    assert_eq!(sts(&fake, &keys, &assume("&ExternalId=right%2Fid")).status, 200);
    fake.trust(ROLE, Trust::default());
    fake.trust_only(ROLE, &["arn:aws:iam::123456789012:role/Other"]);
    denied("principal");
    for principal in [
        sso_role_arn("123456789012", "Admin").as_str(),
        "arn:aws:iam::123456789012:root",
        "123456789012",
        "*",
    ] {
        fake.trust_only(ROLE, &[principal]);
        assert_eq!(sts(&fake, &keys, &assume("")).status, 200, "{principal}");
    }
}

#[test]
fn a_second_factor_is_checked() {
    let (fake, _) = fake();
    let alice = user(&fake);
    fake.require_mfa(ROLE, SERIAL, "123456");
    let serial = format!("&SerialNumber={}", SERIAL.replace(':', "%3A").replace('/', "%2F"));
    let cases = [
        (String::new(), "is not authorized to perform"),
        (serial.clone(), "must provide both MFA serial number and one time pass code."),
        (format!("{serial}&TokenCode=654321"), "with invalid MFA one time pass code."),
        ("&SerialNumber=GAHT12345678&TokenCode=123456".to_owned(), "unable to validate MFA code."),
    ];
    for (rest, text) in cases {
        let reply = sts(&fake, &alice, &assume(&rest));
        assert_eq!((reply.status, reply.code().as_str()), (403, "AccessDenied"), "{rest}");
        assert!(reply.xml("Message").contains(text), "{rest}: {reply:?}");
    }
    let good = assume(&format!("{serial}&TokenCode=123456"));
    assert_eq!(sts(&fake, &alice, &good).status, 200);
    let entry = fake.log_of("AssumeRole").pop().expect("an entry");
    assert!(entry.param("TokenCode").starts_with("sha256:"));
}

#[test]
fn a_user_may_take_a_session_of_its_own() {
    let (fake, keys) = fake();
    let alice = user(&fake);
    let session = xml_keys(&sts(&fake, &alice, "Action=GetSessionToken&DurationSeconds=900"));
    let reply = sts(&fake, &session, "Action=GetCallerIdentity");
    assert_eq!(reply.xml("Arn"), "arn:aws:iam::123456789012:user/alice");
    for keys in [keys, session] {
        let reply = sts(&fake, &keys, "Action=GetSessionToken");
        assert_eq!((reply.status, reply.code().as_str()), (403, "AccessDenied"));
    }
}

fn web_identity(fake: &FakeAws, token: &str) -> crate::client::Reply {
    let arn = ROLE.replace(':', "%3A").replace('/', "%2F");
    let body = format!(
        "Action=AssumeRoleWithWebIdentity&RoleArn={arn}&RoleSessionName=pod&WebIdentityToken={token}"
    );
    Call::post(&body).send(fake)
}

#[test]
fn a_web_identity_needs_no_signature() {
    let (fake, _) = fake();
    let jwt = |claims: &str| format!("e30.{}.c2ln", URL_SAFE_NO_PAD.encode_to_string(claims));
    let reply =
        web_identity(&fake, &jwt(r#"{"sub":"system:serviceaccount:a:b","exp":9999999999}"#));
    assert_eq!(reply.xml("SubjectFromWebIdentityToken"), "system:serviceaccount:a:b");
    let reply = sts(&fake, &xml_keys(&reply), "Action=GetCallerIdentity");
    assert_eq!(reply.xml("Arn"), "arn:aws:sts::210987654321:assumed-role/Deploy/pod");
    let reply = web_identity(&fake, &jwt(r#"{"sub":"a","exp":1}"#));
    assert_eq!((reply.status, reply.code().as_str()), (400, "ExpiredTokenException"));
    let reply = web_identity(&fake, "plain");
    assert_eq!((reply.status, reply.code().as_str()), (400, "InvalidIdentityToken"));
    fake.add_web_identity_token("plain", "someone");
    assert_eq!(web_identity(&fake, "plain").status, 200);
    fake.deny_role(ROLE);
    let reply = web_identity(&fake, "plain");
    assert_eq!((reply.status, reply.code().as_str()), (403, "AccessDenied"));
}
