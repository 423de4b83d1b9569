//! `ssowrap console`: the link that signs in, and the browser that gets it.

mod browser;
mod faults;

use std::collections::BTreeMap;

use fake_aws::Fault;

use crate::login::person::{Page, ask};
use crate::support::{DEV, Home, KEYS};
use crate::terminal::Terminal;

const CHAIN: &str = "
[profile deploy]
role_arn = arn:aws:iam::210987654321:role/deploy
source_profile = dev
role_session_name = job
region = eu-west-1
";

fn home() -> Home {
    Home::with_aws().config(&format!("{DEV}{CHAIN}{KEYS}")).login("corp")
}

/// The answer to a browser that opens a link.
fn open(link: &str) -> Page {
    ask("GET", link.trim_end(), "")
}

fn query(link: &str) -> BTreeMap<String, String> {
    let (_, query) = link.trim_end().split_once('?').expect("a query");
    form_urlencoded::parse(query.as_bytes()).into_owned().collect()
}

/// An Identity Center role, and a chain based on it, in every partition.
#[test]
fn every_partition() {
    for (partition, region, console) in [
        ("aws", "eu-west-1", "console.aws.amazon.com"),
        ("aws-cn", "cn-north-1", "console.amazonaws.cn"),
        ("aws-us-gov", "us-gov-west-1", "console.amazonaws-us-gov.com"),
        ("aws-eusc", "eusc-de-east-1", "console.amazonaws-eusc.eu"),
    ] {
        let config = format!("{DEV}{CHAIN}")
            .replace("eu-west-1", region)
            .replace("eu-central-1", region)
            .replace("arn:aws:", &format!("arn:{partition}:"));
        let home = Home::with_aws().config(&config).login("corp");
        for (profile, name) in [("dev", "AWSReservedSSO_Admin_"), ("deploy", "deploy/job")] {
            let output = home.run(["-p", profile, "console", "--url"]).succeeds();
            let link = output.stdout();
            let start = format!("{}/federation?Action=login&", home.aws().url());
            assert!(link.starts_with(&start), "{link}");
            assert_eq!(query(link)["Issuer"], "https://corp.awsapps.com/start");
            let page = open(link);
            let place = format!("https://{region}.{console}/console/home?region={region}");
            assert_eq!((page.status, page.header("location")), (302, Some(place.as_str())));
            let log = home.aws().log_of("ConsoleLogin");
            let principal = log.last().and_then(|entry| entry.principal.clone()).expect("somebody");
            assert!(principal.contains(&format!("assumed-role/{name}")), "{principal}");
        }
        for entry in home.aws().log_of("GetSigninToken") {
            assert_eq!((entry.method.as_str(), entry.path.as_str()), ("POST", "/federation"));
            assert_eq!(entry.param("SessionDuration"), "");
        }
    }
}

#[test]
fn where_in_the_console() {
    let home = home();
    let destination = |words: &[&str]| {
        let output = home.run([&["-p", "dev", "console", "--url"], words].concat()).succeeds();
        query(output.stdout())["Destination"].clone()
    };
    let page = |path: &str, region: &str| format!("https://{region}.console.aws.amazon.com{path}");
    assert_eq!(destination(&["--service", "s3"]), page("/s3/home?region=eu-west-1", "eu-west-1"));
    assert_eq!(
        destination(&["--service", "ec2", "--region", "us-east-1"]),
        page("/ec2/home?region=us-east-1", "us-east-1")
    );
    let url = page("/s3/buckets/b?region=eu-west-1&tab=objects#x", "s3");
    assert_eq!(destination(&["--destination", &url]), url);
    assert_eq!(destination(&["--destination", "/s3/x"]), page("/s3/x", "eu-west-1"));
    for url in [
        "http://console.aws.amazon.com/",
        "https://evil.example/",
        "https://evilconsole.aws.amazon.com/",
        "https://console.amazonaws.cn/",
    ] {
        let output = home.run(["-p", "dev", "console", "--url", "--destination", url]).output();
        assert_eq!(output.status.code(), Some(2), "{url}: {}", output.stderr);
    }
    for service in ["", "/", "s3?x=1", "s3#x", "../s3", "s3//x", "s 3", "s3@evil.example"] {
        let output = home.run(["-p", "dev", "console", "--url", "--service", service]).output();
        let error = format!("error: --service `{service}` is not the name of a service\nhint: ");
        assert!(output.stderr.starts_with(&error), "{service}: {}", output.stderr);
        assert_eq!(output.status.code(), Some(2), "{service}: {}", output.stderr);
    }
    home.run(["-p", "dev", "console", "--url", "--region", "cn-north-1"]).fails(
        4,
        "error: region `cn-north-1` is not in aws, the partition of these credentials\nhint: \
         choose a region there with `--region REGION`\n",
    );
    let home = Home::with_aws()
        .config(&DEV.replace("eu-central-1", "us-iso-east-1").replace("region = eu-west-1\n", ""))
        .login("corp");
    home.run(["-p", "dev", "console", "--url"])
        .fails(4, "error: no sign-in link is known for the console of aws-iso\n");
    assert_eq!(home.aws().count("*"), 0);
}

#[test]
fn how_long() {
    let home = home();
    let sent = |words: &[&str]| {
        home.run([&["-p", "dev", "console", "--url"], words].concat()).succeeds();
        home.aws().log_of("GetSigninToken").last().expect("one").param("SessionDuration").to_owned()
    };
    assert_eq!(sent(&[]), "");
    assert_eq!(sent(&["--duration", "12h"]), "43200");
    assert_eq!(sent(&["--duration", "15m"]), "900");
    home.aws().clear_log();
    for duration in ["14m", "13h", "x", ""] {
        let output = home.run(["-p", "dev", "console", "--duration", duration]).output();
        assert_eq!(output.status.code(), Some(2), "{duration}: {}", output.stderr);
    }
    home.run(["-p", "deploy", "console", "--duration", "2h"]).fails(
        2,
        "error: --duration is not possible for profile `deploy`: its role is assumed with the \
         credentials of another role, so the console session ends when they expire\nhint: leave \
         out `--duration`\n",
    );
    assert_eq!(home.aws().count("*"), 0);
}

/// A role that is assumed with a user's access key is not a chain.
#[test]
fn a_role_of_a_user() {
    let role = "[profile role]\nrole_arn = arn:aws:iam::123456789012:role/r\nsource_profile = keys\n\
                region = eu-west-1\n";
    let home = Home::with_aws().config(&format!("{KEYS}{role}"));
    home.aws().add_user("AKIAEXAMPLE", "FAKEsecret/+key", "arn:aws:iam::123456789012:user/me");
    let output = home.run(["-p", "role", "console", "--url", "--duration", "1h"]).succeeds();
    assert!(!query(output.stdout()).contains_key("Issuer"), "nobody would know");
    assert_eq!(open(output.stdout()).status, 302);
}

#[test]
fn keys_of_a_user() {
    let home = home();
    home.run(["-p", "keys", "console", "--url"]).fails(
        4,
        "error: profile `keys` has the access key of a user: only temporary credentials of a role \
         can sign in to the console\nhint: assume a role with `--assume ARN`, or with a profile \
         that has this one as `source_profile`\n",
    );
    assert_eq!(home.aws().count("*"), 0);
}

/// A user's session has a session token, and only AWS knows that it isn't a role's.
#[test]
fn refused_credentials() {
    let token = "aws_session_token = FAKEtoken-of-a-user\n";
    let home = Home::with_aws().config(&format!("{KEYS}{token}"));
    home.run(["-p", "keys", "console", "--url"]).refused(
        5,
        "error: getSigninToken for profile `keys` failed: AWS says BadRequest\nhint: requests go \
         to AWS because of AWS_ENDPOINT_URL\nhint: only credentials of a role can sign in, not a \
         user's session\n",
    );
}

#[test]
fn signing_out_first() {
    let home = home();
    let output = home.run(["-p", "dev", "console", "--url", "--sign-out"]).succeeds();
    let url = home.aws().url();
    let start = format!("{url}/oauth?Action=logout&redirect_uri=");
    assert!(output.stdout().starts_with(&start), "{}", output.stdout());
    let page = open(output.stdout());
    let link = page.header("location").expect("a redirect");
    assert!(link.starts_with(&format!("{url}/federation?Action=login&")), "{link}");
    assert_eq!(open(link).status, 302);
}

/// The portal has a link of its own, which needs no request.
#[test]
fn through_the_portal() {
    let home = Home::with_aws().config(&format!("{DEV}{CHAIN}{KEYS}"));
    let start = "https://corp.awsapps.com/start/#/console?account_id=123456789012&role_name=Admin";
    home.run(["-p", "dev", "console", "--portal", "--url"]).prints(&format!("{start}\n"));
    let output =
        home.run(["-p", "dev", "console", "--portal", "--url", "--service", "s3"]).succeeds();
    let destination = "&destination=https%3A%2F%2Feu-west-1.console.aws.amazon.com%2Fs3%2Fhome%3F\
                       region%3Deu-west-1\n";
    assert_eq!(output.stdout(), format!("{start}{destination}"));
    for profile in ["deploy", "keys"] {
        let output = home.run(["-p", profile, "console", "--portal", "--url"]).output();
        assert_eq!(output.status.code(), Some(2), "{}", output.stderr);
    }
    let output = home.run(["-p", "dev", "console", "--portal", "--sign-out"]).output();
    assert_eq!(output.status.code(), Some(2), "{}", output.stderr);
    assert_eq!(home.aws().count("*"), 0);
}

#[test]
fn another_endpoint() {
    let home = home();
    let url = home.aws().url();
    let run = home.run(["-p", "dev", "console", "--url"]);
    let run =
        run.env("AWS_ENDPOINT_URL_SSO", &url).env("AWS_ENDPOINT_URL_SIGNIN", format!("{url}/"));
    let output = run.without("AWS_ENDPOINT_URL").succeeds();
    assert!(output.stdout().starts_with(&format!("{url}/federation?")), "{}", output.stdout());
}

/// Like other verbs that a user runs.
#[test]
fn a_person_chooses_the_profile() {
    let home = home().env("TERM", "xterm").env("NO_COLOR", "1");
    let terminal = Terminal::start(home.run(["console", "--url"]));
    terminal.expect("profile> ");
    terminal.send("dev\r");
    terminal.expect("/federation?Action=login&");
    assert!(terminal.ends().0.success());
    // There is nobody to choose.
    let output = home.run(["console", "--url"]).output();
    assert_eq!(output.status.code(), Some(4), "{}", output.stderr);
}

#[test]
fn into_the_clipboard() {
    let home = home();
    let terminal = Terminal::start(home.run(["-p", "dev", "console", "--copy"]));
    terminal.expect("\u{1b}]52;c;");
    let copied = terminal.expect("\u{7}");
    let link = base64_simd::STANDARD.decode_to_vec(copied).expect("base64");
    assert_eq!(open(&String::from_utf8(link).expect("a link")).status, 302);
    assert!(terminal.ends().0.success());
    home.aws().clear_log();
    home.run(["-p", "dev", "console", "--copy"]).fails(
        2,
        "error: --copy needs a terminal: stderr is not one\nhint: `--url` prints the link\n",
    );
    assert_eq!(home.aws().count("GetSigninToken"), 0);
}

/// Retries a temporary failure, as for other services.
#[test]
fn tried_again() {
    let home = home();
    home.aws().fail("GetSigninToken", Fault::unavailable(), 2);
    home.run(["-p", "dev", "console", "--url"]).succeeds();
    assert_eq!(home.aws().count("GetSigninToken"), 3);
}

/// `--duration` applies to the role on top, if there is one.
#[test]
fn a_role_on_top() {
    let home = home();
    let role = "arn:aws:iam::210987654321:role/deploy";
    let words = ["-p", "dev", "console", "--url", "--assume", role, "--duration", "30m"];
    let output = home.run(words).succeeds();
    assert_eq!(open(output.stdout()).status, 302);
    let log = home.aws().log_of("ConsoleLogin");
    let principal = log[0].principal.as_deref().expect("somebody");
    assert!(principal.contains("assumed-role/deploy/"), "{principal}");
    assert_eq!(home.aws().log_of("AssumeRole")[0].param("DurationSeconds"), "1800");
    assert_eq!(home.aws().log_of("GetSigninToken")[0].param("SessionDuration"), "");
    // Also before the verb.
    let words = ["-p", "dev", "--duration", "1h", "console", "--url"];
    home.run(words).succeeds();
    assert_eq!(home.aws().log_of("GetSigninToken")[1].param("SessionDuration"), "3600");
}
