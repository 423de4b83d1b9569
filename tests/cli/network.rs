//! Endpoints, TLS, and malfunctioning servers.

use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::thread;

use fake_aws::{Fault, Options};

use crate::support::{DEV, Home, Output};

const OPERATION: &str = "GetRoleCredentials";

/// A profile with a role on top of `dev`.
const ROLE: &str = "
[profile role]
role_arn = arn:aws:iam::210987654321:role/Deploy
source_profile = dev
";

pub(crate) fn home() -> Home {
    Home::with_aws().config(DEV).login("corp")
}

pub(crate) fn tls() -> Home {
    let home = Home::with_options(Options { tls: true, ..Options::default() });
    let pem = home.aws().ca_pem().expect("TLS");
    home.config(DEV).login("corp").file("ca.pem", pem)
}

pub(crate) fn fails(output: &Output, code: i32, words: &str) {
    assert!(output.stderr.contains(words), "{words:?} is not in:\n{}", output.stderr);
    assert_eq!(output.status.code(), Some(code));
}

#[test]
fn invalid_answers() {
    let unexpected = [
        (Fault::Garbage, "its body is malformed"),
        (Fault::Empty, "its credentials have no access key id"),
        (Fault::Endless, "it is larger than 1024 KiB"),
        (Fault::Truncated, "its body is malformed"),
        (Fault::HtmlPage(200), "its body is malformed"),
        (Fault::HtmlPage(302), "HTTP 302 without an AWS error"),
        (Fault::HtmlPage(403), "HTTP 403 without an AWS error"),
        (Fault::HtmlPage(401), "HTTP 401 without an AWS error"),
        (Fault::HtmlPage(407), "the proxy requires a user name and password"),
    ];
    let home = home();
    let host = home.aws().url().replace("http://", "");
    for (fault, words) in unexpected {
        home.aws().clear_faults();
        home.aws().clear_log();
        home.aws().fail_always(OPERATION, fault.clone());
        let output = home.run(["-p", "dev", "export"]).output();
        fails(&output, 6, &format!("unexpected answer from {host}: {words}\n"));
        assert_eq!(home.aws().count(OPERATION), 1, "{fault:?}");
    }
}

/// Only the service refuses without a message.
#[test]
fn refusals_without_a_word() {
    let bare = |status| Fault::Raw {
        status,
        content_type: "application/json".to_owned(),
        body: String::new(),
    };
    let config = format!("{DEV}{ROLE}");
    let home = Home::with_aws().config(&config).login("corp");
    for (operation, profile, status, code, words) in [
        (OPERATION, "dev", 401, 3, "AWS refuses the token of sso-session `corp`: HTTP 401"),
        (OPERATION, "dev", 403, 5, "no access to role `Admin` in account `123456789012`"),
        (OPERATION, "dev", 404, 6, "HTTP 404 without an AWS error\n"),
        ("AssumeRole", "role", 403, 5, " says HTTP 403"),
    ] {
        home.aws().clear_faults();
        home.aws().clear_log();
        home.aws().fail_always(operation, bare(status));
        let output = home.run(["-p", profile, "--no-cache", "export"]).output();
        fails(&output, code, words);
        assert_eq!(home.aws().count(operation), 1, "{status}");
    }
}

#[test]
fn credentials_that_are_not_all_there() {
    let id = r#""accessKeyId":"A""#;
    let secret = r#""secretAccessKey":"FAKEsecret""#;
    let token = r#""sessionToken":"t""#;
    let end = r#""expiration":4294967295000"#;
    let of = |fields: &[&str]| format!("{{{}}}", fields.join(","));
    let cases = [
        ("null".to_owned(), "access key id"),
        (of(&[secret, token, end]), "access key id"),
        (of(&[r#""accessKeyId":"""#, secret, token, end]), "access key id"),
        (of(&[id, token, end]), "secret access key"),
        (of(&[id, secret, end]), "session token"),
        (of(&[id, secret, token]), "expiration"),
        (of(&[id, secret, token, r#""expiration":9223372036854775807"#]), "expiration"),
    ];
    let home = home();
    for (credentials, lacks) in cases {
        home.aws().fail(OPERATION, json(&credentials), 1);
        let output = home.run(["-p", "dev", "export"]).output();
        fails(&output, 6, &format!(": its credentials have no {lacks}\n"));
    }
    let two_lines = of(&[id, r#""secretAccessKey":"FAKE\nsecret""#, token, end]);
    home.aws().fail(OPERATION, json(&two_lines), 1);
    let output = home.run(["-p", "dev", "export"]).output();
    fails(&output, 6, ": its secret access key holds control characters\n");
}

/// A portal answer with these credentials.
fn json(credentials: &str) -> Fault {
    Fault::Raw {
        status: 200,
        content_type: "application/json".to_owned(),
        body: format!(r#"{{"roleCredentials":{credentials}}}"#),
    }
}

#[test]
fn credentials_that_have_ended_point_to_the_clock() {
    let home = home();
    let raw = json(
        r#"{"accessKeyId":"A","secretAccessKey":"FAKEsecret","sessionToken":"t",
            "expiration":1000000000000}"#,
    );
    home.aws().fail(OPERATION, raw.clone(), 1);
    let output = home.run(["-p", "dev", "export"]).output();
    fails(
        &output,
        6,
        "gave credentials that expired at 2001-09-09 01:46:40 UTC, but this \
                       machine's clock",
    );
    fails(&output, 6, "\nhint: check this machine's clock\n");
    home.aws().date_skew(-3600);
    home.aws().fail(OPERATION, raw, 1);
    let output = home.run(["-p", "dev", "export"]).output();
    fails(&output, 6, "\nhint: set the clock: 127.0.0.1:");
}

/// If the clock is wrong, expired credentials and denied access look different.
#[test]
fn every_refusal_tells_of_a_wrong_clock() {
    let config = format!("{DEV}{ROLE}");
    let home = Home::with_aws().config(&config).login("corp");
    home.aws().date_skew(-3600);
    for (operation, profile, fault) in [
        (OPERATION, "dev", Fault::error(401, "UnauthorizedException", "no")),
        (OPERATION, "dev", Fault::error(403, "ForbiddenException", "no")),
        (OPERATION, "dev", Fault::error(400, "InvalidRequestException", "no")),
        ("AssumeRole", "role", Fault::error(403, "AccessDenied", "no")),
        ("AssumeRole", "role", Fault::error(403, "SignatureDoesNotMatch", "Signature expired: x")),
        ("AssumeRole", "role", Fault::error(403, "SomethingNew", "no")),
    ] {
        home.aws().clear_faults();
        home.aws().fail_always(operation, fault.clone());
        let output = home.run(["-p", profile, "--no-cache", "export"]).output();
        for hint in ["\nhint: set the clock: 127.0.0.1:", "\nhint: set the clock"] {
            let told = output.stderr.matches(hint).count();
            assert_eq!(told, 1, "{fault:?}: {}", output.stderr);
        }
    }
    // A page comes from a proxy, whose clock may be the wrong one.
    for status in [403, 407] {
        home.aws().clear_faults();
        home.aws().fail_always(OPERATION, Fault::HtmlPage(status));
        let output = home.run(["-p", "dev", "--no-cache", "export"]).output();
        assert_eq!(output.status.code(), Some(6), "{status}");
        assert!(!output.stderr.contains("clock"), "{status}: {}", output.stderr);
    }
}

#[test]
fn nobody_listens() {
    let home = Home::new().config(DEV).login("corp");
    home.run(["-p", "dev", "export"]).fails(
        6,
        "error: GetRoleCredentials for profile `dev` failed: cannot connect to 127.0.0.1:9: \
         Connection refused\n\
         hint: check the network, the VPN and HTTPS_PROXY\n\
         hint: requests go to 127.0.0.1:9 because of AWS_ENDPOINT_URL\n",
    );
}

#[test]
fn a_host_without_an_address() {
    let home = Home::new().config(DEV).login("corp");
    let run = home.run(["-p", "dev", "export"]).env("AWS_ENDPOINT_URL", "http://aws.invalid");
    fails(&run.output(), 6, "failed: the address of aws.invalid cannot be found: ");
}

/// The host of a region that does not exist has no address either.
#[test]
fn a_misspelled_region() {
    let home = home();
    for (region, doubt) in [
        ("eu-cental-1", "hint: is `eu-cental-1` a misspelled `eu-central-1`?\n"),
        ("Frankfurt", "hint: is `Frankfurt` a region? They look like `eu-central-1`\n"),
    ] {
        let run = home.run(["-p", "dev", "--region", region, "whoami"]);
        let run = run.without("AWS_ENDPOINT_URL").env("AWS_ENDPOINT_URL_SSO", home.aws().url());
        fails(&run.report(), 6, &format!("\n{doubt}hint: check the network"));
    }
}

/// Answers every connection with the same bytes and leaves it open.
fn server(answer: &'static [u8]) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    thread::spawn(move || {
        let mut open = Vec::new();
        for stream in listener.incoming().map_while(Result::ok) {
            let mut reader = BufReader::new(stream);
            let mut line = String::new();
            while reader.read_line(&mut line).is_ok_and(|n| n > 2) {
                line.clear();
            }
            let mut stream = reader.into_inner();
            let written = stream.write_all(answer);
            open.push((stream, written));
        }
    });
    url
}

#[test]
fn something_that_is_not_http() {
    let home =
        Home::new().config(DEV).login("corp").env("AWS_ENDPOINT_URL", server(b"SSH-2.0-x\r\n"));
    fails(&home.run(["-p", "dev", "export"]).output(), 6, ": it is not HTTP\n");
}

/// The longest possible wait: half a minute for all attempts together.
#[test]
fn a_server_that_never_ends_its_answer() {
    let answer = b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{";
    let home = Home::new().config(DEV).login("corp").env("AWS_ENDPOINT_URL", server(answer));
    let output = home.run(["-p", "dev", "export"]).output();
    fails(&output, 6, "no complete answer from 127.0.0.1:");
    assert!(output.stderr.contains(" within 30 s\n"), "{}", output.stderr);
}

#[test]
fn paths_of_endpoints_are_kept() {
    let home = Home::with_options(Options { prefix: "/gate/way".to_owned(), ..Options::default() });
    let config = format!(
        "{DEV}[profile hop]\nrole_arn = arn:aws:iam::210987654321:role/r\n\
         source_profile = dev\n"
    );
    let home = home.config(&config).login("corp");
    for slash in ["", "/"] {
        let url = home.aws().url() + slash;
        home.run(["-p", "hop", "--no-cache", "export"]).env("AWS_ENDPOINT_URL", url).succeeds();
    }
    let paths: Vec<String> = home
        .aws()
        .log()
        .into_iter()
        .map(|entry| entry.path.split('?').next().unwrap_or_default().to_owned())
        .collect();
    let [portal, sts] = ["/gate/way/federation/credentials", "/gate/way/"];
    assert_eq!(paths, [portal, sts, portal, sts]);
}

#[test]
fn services_have_endpoints_of_their_own() {
    let home = home();
    let url = home.aws().url();
    let config = format!(
        "{DEV}services = s\n[services s]\nsso =\n  endpoint_url = {url}\n[profile of-services]\n\
         sso_session = corp\nsso_account_id = 123456789012\nsso_role_name = Admin\nservices = s\n\
         endpoint_url = http://127.0.0.1:9\n[profile of-profile]\nsso_session = corp\n\
         sso_account_id = 123456789012\nsso_role_name = Admin\nendpoint_url = {url}\n"
    );
    let home = home.config(&config.replacen("services = s\n", "", 1));
    for profile in ["of-services", "of-profile"] {
        home.run(["-p", profile, "export"]).without("AWS_ENDPOINT_URL").succeeds();
    }
    home.run(["-p", "of-profile", "export"])
        .env("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
        .env("AWS_ENDPOINT_URL_SSO", url)
        .succeeds();
}

#[test]
fn endpoints_that_cannot_be() {
    let home = home();
    home.run(["-p", "dev", "export"]).env("AWS_ENDPOINT_URL_SSO", "localhost:4566").fails(
        4,
        "error: AWS_ENDPOINT_URL_SSO is not an http or https URL: `localhost:4566`\n\
         hint: write it as `https://host[:port][/path]`, or leave it empty\n",
    );
    home.run(["-p", "dev", "export"]).env("AWS_USE_FIPS_ENDPOINT", "true").fails(
        4,
        "error: AWS_USE_FIPS_ENDPOINT cannot be combined with a custom endpoint \
         (AWS_ENDPOINT_URL)\n\
         hint: unset one of the two, or set AWS_IGNORE_CONFIGURED_ENDPOINT_URLS=true\n",
    );
    assert_eq!(home.aws().log().len(), 0);
}

#[test]
fn an_untrusted_certificate() {
    tls().run(["-p", "dev", "export"]).refused(
        6,
        "error: GetRoleCredentials for profile `dev` failed: the certificate of AWS is not \
         trusted: it was issued by an untrusted authority\n\
         hint: if your organisation's proxy inspects TLS, set AWS_CA_BUNDLE (or `ca_bundle` in \
         the profile) to the file with its certificate\n\
         hint: requests go to AWS because of AWS_ENDPOINT_URL\n",
    );
}

#[test]
fn custom_certificates() {
    let home = tls();
    for name in ["AWS_CA_BUNDLE", "REQUESTS_CA_BUNDLE", "SSL_CERT_FILE"] {
        let run = home.run(["-p", "dev", "--no-cache", "export"]);
        run.env(name, home.path("ca.pem")).succeeds();
    }
    // The profile's bundle; a broken one before it doesn't matter.
    let pem = home.aws().ca_pem().expect("TLS");
    let broken = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
    let config = DEV.replace("region = eu-west-1", "ca_bundle = ~/both.pem");
    let home = home.config(&config).file("both.pem", broken.to_owned() + &pem);
    let run = || home.run(["-p", "dev", "--no-cache", "export"]);
    run().succeeds();
    // The caller's own bundle comes first; the one that botocore uses for other programs comes
    // last.
    let output = run().env("AWS_CA_BUNDLE", home.path("none.pem")).output();
    assert!(output.stderr.contains(": AWS_CA_BUNDLE names ~/none.pem"), "{}", output.stderr);
    run().env("REQUESTS_CA_BUNDLE", home.path("none.pem")).succeeds();
    // As Windows' editors write it.
    let home = home.file("bom.pem", format!("\u{feff}{}", pem.replace('\n', "\r\n")));
    let run = home.run(["-p", "dev", "--no-cache", "export"]);
    run.env("AWS_CA_BUNDLE", home.path("bom.pem")).succeeds();
}

/// Build tools leave variables behind that name a deleted file.
#[test]
fn system_certificates_that_cannot_be_read() {
    let home = tls();
    for name in ["SSL_CERT_FILE", "SSL_CERT_DIR"] {
        let output = home.run(["-p", "dev", "export"]).env(name, home.path("none")).output();
        fails(&output, 4, "failed: there is no certificate to trust: ");
        let words = "No such file or directory (os error 2) at '~/none'\nhint: check SSL_CERT_FILE \
                     and SSL_CERT_DIR, or set AWS_CA_BUNDLE\n";
        fails(&output, 4, words);
    }
}

#[test]
fn bundles_that_cannot_be_used() {
    let home = tls().file("empty.pem", "").file("root.der", b"0\x82\x01\x0a0\x82");
    let convert = "hint: `openssl x509 -inform der -in FILE -out FILE.pem` converts a certificate in DER \
                   format\n";
    for (bundle, words, hint) in [
        (
            "none.pem",
            "~/none.pem, which cannot be read: No such file or directory (os error 2)",
            "",
        ),
        ("empty.pem", "~/empty.pem, which has no certificate in PEM format", convert),
        ("root.der", "~/root.der, which has no certificate in PEM format", convert),
        ("/dev/zero", "/dev/zero, which cannot be read: it is larger than 16 MiB", ""),
    ] {
        home.run(["-p", "dev", "export"]).env("AWS_CA_BUNDLE", home.path(bundle)).refused(
            4,
            &format!(
                "error: GetRoleCredentials for profile `dev` failed: AWS_CA_BUNDLE names {words}\n\
                 {hint}hint: requests go to AWS because of AWS_ENDPOINT_URL\n"
            ),
        );
    }
}

#[test]
fn a_bundle_is_not_read_for_plain_http() {
    let home = home();
    home.run(["-p", "dev", "export"]).env("AWS_CA_BUNDLE", home.path("none.pem")).succeeds();
}
