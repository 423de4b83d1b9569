//! Signatures made by the SDK's signer are valid; a request changed afterwards is not.

use crate::client::{Call, address, now, role_keys, send, sts};
use aws_credential_types::Credentials;
use fake_aws::{FakeAws, Options};
use std::time::Duration;

const IDENTITY: &str = "Action=GetCallerIdentity";
const MISMATCH: &str = "SignatureDoesNotMatch";

fn fake() -> (FakeAws, Credentials) {
    let fake = FakeAws::start(Options::default());
    let keys = role_keys(&fake, "123456789012", "Admin");
    (fake, keys)
}

#[test]
fn a_good_signature_proves_the_caller() {
    let (fake, keys) = fake();
    let reply = sts(&fake, &keys, IDENTITY);
    assert_eq!(reply.status, 200, "{reply:?}");
    let arn = reply.xml("Arn");
    assert!(arn.ends_with("/fake-user"), "{arn}");
    assert_eq!(reply.xml("Account"), "123456789012");
    assert_eq!(reply.xml("RequestId"), reply.header("x-amzn-requestid"));
    assert!(reply.body.contains("xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\""));
    let entry = fake.log_of("GetCallerIdentity").pop().expect("an entry");
    assert_eq!(entry.principal, Some(arn));
    assert_eq!(entry.access_key_id.as_deref(), Some(keys.access_key_id()));
    assert_eq!(entry.region.as_deref(), Some("eu-west-1"));
    assert!(entry.signed_headers.iter().any(|name| name == "x-amz-security-token"));
    assert!(entry.headers["authorization"].ends_with("Signature=…"));
    assert_eq!(entry.host(), address(&fake.url()).0);
}

#[test]
fn long_lived_keys_sign_without_a_token() {
    let (fake, _) = fake();
    let arn = "arn:aws:iam::123456789012:user/path/alice";
    fake.add_user("AKIAIOSFODNN7EXAMPLE", "FAKEsecret", arn);
    let user = Credentials::new("AKIAIOSFODNN7EXAMPLE", "FAKEsecret", None, None, "test");
    let reply = sts(&fake, &user, IDENTITY);
    assert_eq!(reply.xml("Arn"), arn);
    assert!(reply.xml("UserId").starts_with("AIDA"));
    let wrong = Credentials::new("AKIAIOSFODNN7EXAMPLE", "other", None, None, "test");
    let reply = sts(&fake, &wrong, IDENTITY);
    assert_eq!((reply.status, reply.code().as_str()), (403, MISMATCH));
}

#[test]
fn temporary_keys_can_be_added() {
    let (fake, _) = fake();
    let arn = "arn:aws:sts::123456789012:assumed-role/Admin/alice";
    fake.add_session("ASIAKNOWN", "FAKEsecret", "FAKEtoken", arn, Duration::from_secs(60));
    let token = Some("FAKEtoken".to_owned());
    let keys = Credentials::new("ASIAKNOWN", "FAKEsecret", token, None, "test");
    let reply = sts(&fake, &keys, IDENTITY);
    assert_eq!(reply.xml("Arn"), arn);
    assert!(reply.xml("UserId").starts_with("AROA") && reply.xml("UserId").ends_with(":alice"));
    fake.clock_skew(61);
    assert_eq!(sts(&fake, &keys, IDENTITY).code(), "ExpiredToken");
}

#[test]
fn both_a_path_and_a_query_are_covered() {
    let fake = FakeAws::start(Options { prefix: "/a b".replace(' ', "%20"), ..Options::default() });
    let keys = role_keys(&fake, "123456789012", "Admin");
    let mut call = Call::post(IDENTITY);
    call.method = "GET";
    call.path = format!("/?{}", call.body);
    call.body = String::new();
    call.headers.clear();
    let signed = call.sign(&fake, &keys);
    let reply = signed.send(&fake);
    assert_eq!(reply.status, 200, "{reply:?}");
    let mut bent = signed.clone();
    bent.path.push_str("&Extra=1");
    assert_eq!(bent.send(&fake).code(), MISMATCH);
    bent = signed;
    bent.path.replace_range(0..1, "/./");
    // The service resolves dots, so this is another spelling of the same path: no such operation.
    assert_eq!(bent.send(&fake).status, 404);
}

#[test]
fn bent_requests_are_refused() {
    let (fake, keys) = fake();
    let good = Call::post(IDENTITY).sign(&fake, &keys);
    assert_eq!(good.send(&fake).status, 200);

    let mut body = good.clone();
    body.body = body.body.replace("Version", "%56ersion");
    let signature = good.header("authorization");
    let (start, last) = signature.split_at(signature.len() - 1);
    let last = if last == "0" { "1" } else { "0" };
    let bent = [
        ("body", body),
        ("signature", good.clone().set("authorization", &format!("{start}{last}"))),
        ("content type", good.clone().set("content-type", "application/x-www-form-urlencoded")),
        ("host", good.clone().set("host", "sts.amazonaws.com")),
        ("scope", good.clone().set("authorization", &signature.replace("eu-west-1", "eu-west-2"))),
        (
            "signed headers",
            good.clone().set("authorization", &signature.replace("content-type;", "")),
        ),
    ];
    for (what, call) in bent {
        let reply = call.send(&fake);
        assert_eq!((reply.status, reply.code().as_str()), (403, MISMATCH), "{what}: {reply:?}");
        assert!(reply.xml("Message").contains("we calculated does not match"), "{what}");
        assert_eq!(reply.xml("Type"), "Sender");
    }
}

#[test]
fn what_must_be_signed_is_asked_for() {
    let (fake, keys) = fake();
    let good = Call::post(IDENTITY).sign(&fake, &keys);
    let signature = good.header("authorization");
    for name in ["host;", "x-amz-date;", ";x-amz-security-token"] {
        let bent = good.clone().set("authorization", &signature.replace(name, ""));
        let reply = bent.send(&fake);
        assert_eq!((reply.status, reply.code().as_str()), (403, MISMATCH), "{name}");
        assert!(reply.body.contains("must be a"), "{name}: {reply:?}");
    }
}

#[test]
fn the_scope_must_be_this_service() {
    let (fake, keys) = fake();
    let mut call = Call::post(IDENTITY);
    call.service = "iam";
    let reply = call.sign(&fake, &keys).send(&fake);
    assert_eq!(reply.code(), MISMATCH);
    assert!(reply.xml("Message").contains("correct service"));
    let mut call = Call::post(IDENTITY);
    call.region = "aws-global";
    let reply = call.sign(&fake, &keys).send(&fake);
    assert_eq!(reply.code(), MISMATCH);
    assert!(reply.xml("Message").contains("valid region"));
}

#[test]
fn dates_may_be_off_by_fifteen_minutes() {
    let (fake, keys) = fake();
    let at = |time| {
        let mut call = Call::post(IDENTITY);
        call.time = time;
        call.sign(&fake, &keys).send(&fake)
    };
    let (minute, now) = (Duration::from_secs(60), now());
    assert_eq!(at(now - 14 * minute).status, 200);
    assert_eq!(at(now + 14 * minute).status, 200);
    let reply = at(now - 16 * minute);
    assert_eq!((reply.status, reply.code().as_str()), (403, MISMATCH));
    let text = reply.xml("Message");
    assert!(text.starts_with("Signature expired: "), "{text}");
    assert!(text.contains(" is now earlier than ") && text.ends_with(" - 15 min.)"), "{text}");
    let text = at(now + 16 * minute).xml("Message");
    assert!(text.starts_with("Signature not yet current: "), "{text}");
    assert!(text.contains(" is still later than ") && text.ends_with(" + 15 min.)"), "{text}");
    // A service whose clock is off uses its own clock.
    fake.clock_skew(20 * 60);
    assert_eq!(at(now).code(), MISMATCH);
}

#[test]
fn a_date_that_is_not_the_signed_one() {
    let (fake, keys) = fake();
    let good = Call::post(IDENTITY).sign(&fake, &keys);
    let date = good.header("x-amz-date");
    let reply = good.clone().set("x-amz-date", &date.replace('T', "t")).send(&fake);
    assert_eq!((reply.status, reply.code().as_str()), (400, "IncompleteSignature"));
    let year = format!("1999{}", &date[4..]);
    let reply = good.clone().set("x-amz-date", &year).send(&fake);
    assert!(reply.xml("Message").starts_with("Date in Credential scope does not match"));
}

#[test]
fn keys_and_tokens_belong_together() {
    let (fake, keys) = fake();
    let other = role_keys(&fake, "210987654321", "ReadOnly");
    let mixed = |id: &Credentials, token: Option<&str>| {
        let token = token.map(str::to_owned);
        let keys =
            Credentials::new(id.access_key_id(), id.secret_access_key(), token, None, "test");
        sts(&fake, &keys, IDENTITY)
    };
    let unknown = Credentials::new("ASIAUNKNOWN", "FAKEsecret", None, None, "test");
    let replies = [
        mixed(&keys, None),
        mixed(&keys, other.session_token()),
        mixed(&keys, Some("FAKEtoken")),
        mixed(&unknown, None),
    ];
    for reply in replies {
        assert_eq!((reply.status, reply.code().as_str()), (403, "InvalidClientTokenId"));
        let text = "The security token included in the request is invalid.";
        assert_eq!(reply.xml("Message"), text);
    }
    fake.expire_key(keys.access_key_id());
    let reply = sts(&fake, &keys, IDENTITY);
    assert_eq!((reply.status, reply.code().as_str()), (403, "ExpiredToken"));
    assert_eq!(sts(&fake, &other, IDENTITY).status, 200);
}

#[test]
fn unsigned_and_half_signed_requests() {
    let (fake, keys) = fake();
    let reply = Call::post(IDENTITY).send(&fake);
    assert_eq!((reply.status, reply.code().as_str()), (403, "MissingAuthenticationToken"));
    let good = Call::post(IDENTITY).sign(&fake, &keys);
    for value in ["Bearer x", "AWS4-HMAC-SHA256 Credential=a/b", "AWS4-HMAC-SHA512 Credential=a"] {
        let reply = good.clone().set("authorization", value).send(&fake);
        assert_eq!((reply.status, reply.code().as_str()), (400, "IncompleteSignature"), "{value}");
    }
    let reply = send(&fake.url(), "DELETE", "/", &[], "");
    assert_eq!(reply.status, 405);
}
