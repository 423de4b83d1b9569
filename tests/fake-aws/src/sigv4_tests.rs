//! Signatures computed by another implementation (botocore), fixed clock 2024-01-02T03:04:05Z.

use super::*;
use hyper::HeaderMap;

const SECRET: &str = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";
const TOKEN: &str = "IQoJb3JpZ2luX2VjEXAMPLE//+/=";
const BODY: &str = "Action=AssumeRole&Version=2011-06-15\
    &RoleArn=arn%3Aaws%3Aiam%3A%3A123456789012%3Arole%2Fdemo\
    &RoleSessionName=botocore-session-1704164645";

fn headers(pairs: &[(&str, &str)]) -> HeaderMap {
    let mut map = HeaderMap::new();
    for (name, value) in pairs {
        let name = hyper::header::HeaderName::from_bytes(name.as_bytes()).expect("a name");
        map.append(name, value.parse().expect("a value"));
    }
    map
}

fn authorization(region: &str, signature: &str) -> String {
    format!(
        "AWS4-HMAC-SHA256 Credential=ASIAIOSFODNN7EXAMPLE/20240102/{region}/sts/aws4_request, \
         SignedHeaders=content-type;host;x-amz-date;x-amz-security-token, Signature={signature}"
    )
}

fn post_headers() -> HeaderMap {
    headers(&[
        ("host", "sts.us-east-1.amazonaws.com"),
        ("content-type", "application/x-www-form-urlencoded; charset=utf-8"),
        ("x-amz-date", "20240102T030405Z"),
        ("x-amz-security-token", TOKEN),
        ("authorization", &authorization("us-east-1", "f8cc")),
    ])
}

fn signature(headers: &HeaderMap, body: &str) -> Option<String> {
    let signed = Signed { method: "POST", path: "/", query: "", headers, body: body.as_bytes() };
    Claim::read(&signed).expect("a claim").expected(&signed, SECRET)
}

#[test]
fn the_post_vector() {
    assert_eq!(
        hex(&Sha256::digest(BODY.as_bytes())),
        "b764d2a829e96821950b8493d152ad6d750d8a03f2e201936000b3917f11e500"
    );
    assert_eq!(
        signature(&post_headers(), BODY).as_deref(),
        Some("f8cc479e35638d4b11521a741100cc88f506039efbd02738c9e947b384507d68")
    );
}

#[test]
fn every_part_counts() {
    let good = signature(&post_headers(), BODY);
    let mut changed = Vec::new();
    for (name, value) in [
        ("host", "sts.us-west-2.amazonaws.com"),
        ("content-type", "application/x-www-form-urlencoded"),
        ("x-amz-date", "20240102T030406Z"),
        ("x-amz-security-token", "other"),
    ] {
        let mut headers = post_headers();
        headers.insert(name, value.parse().expect("a value"));
        changed.push(signature(&headers, BODY));
    }
    changed.push(signature(&post_headers(), &BODY.replace("demo", "dema")));
    let mut headers = post_headers();
    let west = authorization("us-west-2", "f8cc").parse().expect("a value");
    headers.insert("authorization", west);
    changed.push(signature(&headers, BODY));
    for other in changed {
        assert!(other.is_some());
        assert_ne!(other, good);
    }
}

#[test]
fn spaces_in_header_values_do_not_count() {
    let mut headers = post_headers();
    let spaced = "application/x-www-form-urlencoded;   charset=utf-8 ".parse().expect("a value");
    headers.insert("content-type", spaced);
    assert_eq!(signature(&headers, BODY), signature(&post_headers(), BODY));
}

#[test]
fn a_header_that_was_not_sent_cannot_be_signed() {
    let mut headers = post_headers();
    headers.remove("content-type");
    assert_eq!(signature(&headers, BODY), None);
}

/// The presigned GetCallerIdentity of an EKS token.
fn presigned(region: &str, host: &str, token: Option<&str>) -> String {
    let token = token
        .map_or_else(String::new, |token| format!("&X-Amz-Security-Token={}", form::encode(token)));
    let query = format!(
        "Action=GetCallerIdentity&Version=2011-06-15&X-Amz-Algorithm=AWS4-HMAC-SHA256\
         &X-Amz-Credential=ASIAIOSFODNN7EXAMPLE%2F20240102%2F{region}%2Fsts%2Faws4_request\
         &X-Amz-Date=20240102T030405Z&X-Amz-Expires=60\
         &X-Amz-SignedHeaders=host%3Bx-k8s-aws-id{token}&X-Amz-Signature=0000"
    );
    let headers = headers(&[("host", host), ("x-k8s-aws-id", "demo-cluster")]);
    let signed = Signed { method: "GET", path: "/", query: &query, headers: &headers, body: b"" };
    let claim = Claim::read(&signed).expect("a claim");
    assert!(claim.presigned);
    assert_eq!(claim.region, region);
    claim.expected(&signed, SECRET).expect("a signature")
}

#[test]
fn the_presigned_vectors() {
    let cases = [
        (
            "us-east-1",
            "sts.us-east-1.amazonaws.com",
            "b53cfd4590c8f346580b5aa4df77948639ab46e69963f53f32b99cb255ed06ff",
        ),
        (
            "eu-west-1",
            "sts.eu-west-1.amazonaws.com",
            "ddb13df16401632cfaeaec5220580831b515f6882869d5845a4e5d295c87152a",
        ),
        (
            "cn-north-1",
            "sts.cn-north-1.amazonaws.com.cn",
            "3c74badf114b52baed5ee7b7017bacb2e10a60149fc0e1ebd14c47429b9a7112",
        ),
        (
            "us-gov-west-1",
            "sts.us-gov-west-1.amazonaws.com",
            "a8048145079de17df4acc1338340a40a7e42d9aa5a1de364d28e5d25521ccfc6",
        ),
    ];
    for (region, host, expected) in cases {
        assert_eq!(presigned(region, host, Some(TOKEN)), expected, "{region}");
    }
    assert_eq!(
        presigned("us-east-1", "sts.us-east-1.amazonaws.com", None),
        "d5fc2898d0ed130ab7b3cb3492b560aad88dadb0739e1972c7620ca581bddcaa"
    );
}

#[test]
fn a_broken_claim_is_named() {
    let read = |value: &str| {
        let map = headers(&[("x-amz-date", "20240102T030405Z"), ("authorization", value)]);
        Claim::read(&Signed { method: "POST", path: "/", query: "", headers: &map, body: b"" })
    };
    let incomplete = |value: &str| matches!(read(value), Err(Unreadable::Incomplete(_)));
    assert!(incomplete("Basic Zm9v"));
    assert!(incomplete("AWS4-HMAC-SHA256 Credential=A/B/C, SignedHeaders=host, Signature=0"));
    assert!(incomplete("AWS4-HMAC-SHA256 SignedHeaders=host, Signature=0"));
    assert!(incomplete("AWS4-HMAC-SHA256 Credential=A/20240102/r/sts/aws4_request, Signature=0"));
    let none = HeaderMap::new();
    let unsigned =
        Claim::read(&Signed { method: "POST", path: "/", query: "", headers: &none, body: b"" });
    assert_eq!(unsigned, Err(Unreadable::Unsigned));
}

#[test]
fn paths_are_coded_once_more() {
    let cases = [
        ("/", "/"),
        ("", "/"),
        ("/a/b/", "/a/b/"),
        ("/a/../b", "/b"),
        ("//a//b", "/a/b"),
        ("/a%20b", "/a%2520b"),
        ("/a/./b", "/a/b"),
    ];
    for (path, canonical) in cases {
        assert_eq!(canonical_path(path), canonical, "{path}");
    }
}

#[test]
fn queries_are_sorted_by_coded_name_and_value() {
    let canonical = canonical_query("b=2&a=z&a=A&c&d=x+y", false);
    assert_eq!(canonical.as_deref(), Some("a=A&a=z&b=2&c=&d=x%20y"));
}
