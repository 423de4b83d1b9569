//! What to sign in to: by profile, session, start URL, or all of them, and where a start URL leads.

use fake_aws::{Consent, Fault, Options};

use super::person::SigningIn;
use super::{files, home, json, sign_in, signed_in, text};
use crate::support::{Home, KEYS, START_URL, Token, token_file};

/// Every kind of profile around the session `corp`.
const PROFILES: &str = "\
[profile dev]
sso_session = corp
sso_account_id = 123456789012
sso_role_name = Admin
[profile deploy]
role_arn = arn:aws:iam::210987654321:role/Deploy
source_profile = dev
[profile bearer]
sso_session = corp
[profile older]
sso_start_url = https://old.awsapps.com/start#/
sso_region = us-east-1
sso_account_id = 123456789012
sso_role_name = Admin
[profile older-bearer]
sso_start_url = https://old.awsapps.com/start#/
sso_region = us-east-1
[profile broken]
sso_start_url = https://broken.awsapps.com/start
[sso-session corp]
sso_start_url = https://corp.awsapps.com/start
sso_region = eu-central-1
[sso-session unused]
sso_start_url = https://unused.awsapps.com/start
sso_region = eu-west-1
";
const OLD: &str = "https://old.awsapps.com/start#/";

fn succeeds(home: &Home, arguments: &[&str]) -> String {
    let (code, said) = SigningIn::start(home.run(arguments)).ends();
    assert_eq!(code, Some(0), "{said}");
    said
}

#[test]
fn one_login() {
    for (arguments, key) in [
        (&["-p", "dev", "login"][..], "corp"),
        (&["-p", "deploy", "login"], "corp"),
        (&["-p", "bearer", "login"], "corp"),
        (&["--sso-session", "corp", "login"], "corp"),
        (&["login", "--sso-session", "unused"], "unused"),
        (&["-p", "older", "login"], OLD),
        (&["-p", "older-bearer", "login"], OLD),
        (&["--start-url", START_URL, "--sso-region", "eu-west-3", "login"], START_URL),
        (
            &["--sso-session", "new", "--start-url", START_URL, "--sso-region", "r-1", "login"],
            "new",
        ),
    ] {
        let home = home().config(PROFILES);
        if arguments.contains(&"older") || key == OLD || key == START_URL {
            succeeds(&home, arguments);
        } else {
            sign_in(home.run(arguments));
        }
        assert!(home.path(&token_file(key)).exists(), "{arguments:?}");
        assert_eq!(files(&home).len(), 2, "{arguments:?}");
    }
}

/// The start URL has a login already, which only a session can share.
#[test]
fn a_start_url_that_a_session_is_signed_in_to() {
    let home =
        home().config(&PROFILES.replace(OLD, START_URL).replace("us-east-1", "eu-central-1"));
    let home = home.login("corp");
    let said = succeeds(&home, &["-p", "older", "login"]);
    let start = "sso-session `corp` is signed in to this start URL: `ssowrap configure --migrate \
                 --sso-session corp` makes profile `older` share that login\nsigning in to start URL";
    assert!(said.starts_with(start), "{said}");
    home.run(["configure", "--migrate", "--sso-session", "corp", "--yes"]).output();
    home.run(["-p", "older", "--login", "never", "export"]).succeeds();
}

/// A legacy login: with a code, without scopes, in the AWS CLI's form and key.
#[test]
fn a_start_url_of_its_own() {
    let home = home().config(PROFILES);
    let said = succeeds(&home, &["-p", "older", "login"]);
    let start = format!(
        "signing in to start URL `{OLD}` with a code: a login without a code needs an sso-session\nif no browser opens, open this URL:\n"
    );
    assert!(said.starts_with(&start), "{said}");
    let end = signed_in(&home, OLD, &format!("start URL `{OLD}`"));
    assert!(said.ends_with(&end), "{said}");
    let asked = &home.aws().log_of("RegisterClient")[0].params;
    assert!(asked["clientName"].starts_with("ssowrap-client-1"), "{asked:?}");
    assert_eq!(asked.get("scopes"), None);
    let key = "{\"region\": \"us-east-1\", \"scopes\": null, \"session_name\": null, \"startUrl\": \
               \"https://old.awsapps.com/start#/\", \"tool\": \"botocore\"}";
    let client = json(&home, key);
    assert_eq!(
        text(&home, key),
        format!(
            "{{\"clientId\": {}, \"clientSecret\": {}, \"expiresAt\": {}}}",
            client["clientId"], client["clientSecret"], client["expiresAt"]
        )
    );
    let token = json(&home, OLD);
    let names: Vec<_> = token.as_object().expect("an object").keys().collect();
    assert_eq!(
        names,
        [
            "startUrl",
            "region",
            "accessToken",
            "expiresAt",
            "clientId",
            "clientSecret",
            "registrationExpiresAt",
        ]
    );
    assert_eq!((&token["startUrl"], &token["region"]), (&OLD.into(), &"us-east-1".into()));
}

#[test]
fn nothing_to_sign_in_to() {
    let home = home().config(&format!("{PROFILES}{KEYS}"));
    home.run(["-p", "keys", "login"]).fails(
        4,
        "error: profile `keys` does not use Identity Center: it has no login\nhint: `ssowrap \
         status --all` lists the logins\n",
    );
    home.run(["login"]).fails(
        4,
        "error: the config has several logins: sso-session `corp`, sso-session `unused`, start URL `https://old.awsapps.com/start#/`\nhint: choose one with \
         `--sso-session NAME`, `--start-url URL` or `-p PROFILE`\n",
    );
    Home::new().config(KEYS).run(["login", "--all"]).fails(
        4,
        "error: the config has nothing to sign in to\nhint: `ssowrap configure` adds an Identity Center login, with profiles that use it\n",
    );
    Home::new().run(["--sso-session", "gone", "login"]).fails(
        4,
        "error: signing in to sso-session `gone` needs a start URL\nhint: add it to the section of \
         the session, or give `--start-url URL --sso-region REGION`\n",
    );
    home.run(["login", "--all", "-p", "dev"])
        .fails(2, "error: --all and --profile cannot be used together\n");
}

/// Without a chosen profile and a default profile, the only login in the config is used.
#[test]
fn the_only_login() {
    let home = home().config(crate::support::DEV).login("corp");
    let output = home.run(["login"]).output();
    assert_eq!(output.status.code(), Some(0), "{}", output.stderr);
    assert!(output.stderr.starts_with("already signed in to sso-session `corp`"));
}

/// Each login once, in file order. One that fails does not stop the others.
#[test]
fn all() {
    let home = home()
        .config(PROFILES)
        .token("unused", &Token::new().start_url("https://unused.awsapps.com/start"));
    let mut login = SigningIn::start(home.run(["login", "--all"]));
    let url = login.url();
    super::open(&url);
    let (code, said) = login.ends();
    assert_eq!(code, Some(4), "{said}");
    let lines: Vec<_> = said.lines().filter(|line| !line.starts_with("http")).collect();
    let expected = [
        "signing in to sso-session `corp` in the browser",
        "to sign in with a code instead: `--use-device-code`",
        "if no browser opens",
        "signed in to sso-session `corp`",
        "already signed in to sso-session `unused`",
        "signing in to start URL `https://old.awsapps.com/start#/` with a code",
        "if no browser opens",
        "check that it shows the code",
        "signed in to start URL `https://old.awsapps.com/start#/`",
        "error: the SSO settings of profile `broken` are incomplete: sso_region missing",
        "  --> ",
        "hint: add the lines, or let `ssowrap configure` write the profile",
    ];
    assert_eq!(lines.len(), expected.len(), "{said}");
    for (line, expected) in lines.iter().zip(expected) {
        assert!(line.starts_with(expected), "{line}");
    }
    // Ctrl-C ends all of it.
    let run = home.run(["login", "--all", "--force"]);
    let mut login = SigningIn::start(run);
    login.url();
    login.interrupt();
    assert_eq!(login.ends().0, Some(130));
}

/// A home with TLS whose start URL is on a host that is not AWS's.
fn vanity(fault: Option<Fault>) -> (Home, String) {
    let home =
        Home::with_options(Options { tls: true, consent: Consent::Approve, ..Options::default() });
    let url = format!("{}/go", home.aws().url());
    let config = format!("[sso-session corp]\nsso_start_url = {url}\nsso_region = eu-central-1\n");
    let bundle = home.aws().ca_pem().expect("an authority");
    let path = home.path("ca.pem");
    let home = home.config(&config).file("ca.pem", bundle).env("AWS_CA_BUNDLE", path);
    if let Some(fault) = fault {
        home.aws().fail("Unknown", fault, 1);
    }
    (home, url)
}

const CODE: [&str; 4] = ["--sso-session", "corp", "login", "--use-device-code"];

/// Requests go to the portal behind the start URL, in its region. Every key uses the URL as
/// configured.
#[test]
fn a_start_url_that_leads_to_aws() {
    let target = "https://ssoins-1.portal.eu-west-1.app.aws/";
    let (home, url) = vanity(Some(Fault::redirect(target)));
    let said = succeeds(&home, &CODE);
    let warning = format!(
        "warning: `sso_region` says `eu-central-1`, but `{url}` leads to eu-west-1: correct \
         `sso_region`\n"
    );
    assert!(said.starts_with(&warning), "{said}");
    let log = home.aws().log();
    let asked: Vec<_> = log.iter().map(|e| (e.method.as_str(), e.path.as_str())).collect();
    assert_eq!(asked[0], ("HEAD", "/go"));
    assert_eq!(asked.len(), 4);
    let start = &home.aws().log_of("StartDeviceAuthorization")[0].params["startUrl"];
    assert_eq!(start, target.trim_end_matches('/'));
    let token = json(&home, "corp");
    assert_eq!((&token["startUrl"], &token["region"]), (&url.clone().into(), &"eu-west-1".into()));
    let key = format!(
        "{{\"region\": \"eu-central-1\", \"scopes\": null, \"session_name\": \"corp\", \
         \"startUrl\": \"{url}\", \"tool\": \"botocore\"}}"
    );
    assert!(home.path(&token_file(&key)).exists());
}

/// A server without HEAD is asked with GET.
#[test]
fn a_server_without_head() {
    let (home, _) = vanity(Some(Fault::error(405, "x", "no")));
    home.aws().fail("Unknown", Fault::redirect("https://d-1.awsapps.com/start"), 1);
    let said = succeeds(&home, &CODE);
    assert!(!said.contains("warning"), "{said}");
    let start = &home.aws().log_of("StartDeviceAuthorization")[0].params["startUrl"];
    assert_eq!(start, "https://d-1.awsapps.com/start");
}

/// A start URL that leads elsewhere, or nowhere, is used as it is: AWS decides.
#[test]
fn a_start_url_that_does_not() {
    for (fault, why) in [
        (None, "it does not redirect".to_owned()),
        (Some(Fault::HtmlPage(502)), "it does not redirect".to_owned()),
        (
            Some(Fault::redirect("https://evil.example/start")),
            "it leads to https://evil.example/start, which does not belong to AWS".to_owned(),
        ),
        (
            Some(Fault::redirect("http://d-1.awsapps.com/start")),
            "it leads to http://d-1.awsapps.com/start, which does not belong to AWS".to_owned(),
        ),
        (Some(Fault::Drop), "AWS closed the connection before its answer was complete".to_owned()),
    ] {
        let (home, url) = vanity(fault);
        let said = succeeds(&home, &CODE);
        let host = home.aws().url().replace("https://", "");
        let said = said.replace(&format!(": {host}"), ": AWS");
        let warning = format!("warning: start URL `{url}` is used as given: {why}\n");
        assert!(said.starts_with(&warning), "{said}\n{warning}");
        let start = &home.aws().log_of("StartDeviceAuthorization")[0].params["startUrl"];
        assert_eq!(*start, url);
    }
}
