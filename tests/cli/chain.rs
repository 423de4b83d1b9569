//! Role chains: who signs which request, with which parameters, in which region.

use std::time::Duration;

use fake_aws::{Entry, Fault};

use crate::support::{DEV, Home, KEYS, SSOWRAP};
use crate::terminal::Terminal;

const DEPLOY: &str = "arn:aws:iam::210987654321:role/Deploy";

/// `deep` is assumed with `deploy`, which is assumed with `dev`.
const CHAIN: &str = "\
[profile dev]
sso_session = corp
sso_account_id = 123456789012
sso_role_name = Admin
[sso-session corp]
sso_start_url = https://corp.awsapps.com/start
sso_region = eu-central-1
[profile deploy]
role_arn = arn:aws:iam::210987654321:role/Deploy
source_profile = dev
external_id = ext:1
role_session_name = me@example.com
duration_seconds = 1800
[profile deep]
role_arn = arn:aws:iam::000000000042:role/path/Deep
source_profile = deploy
region = us-west-2
";

/// `admin` is assumed with a user's keys.
const USER: &str = "\
[profile user]
aws_access_key_id = AKIAFAKEUSER
aws_secret_access_key = FAKEsecret/+user
[profile admin]
role_arn = arn:aws:iam::210987654321:role/Deploy
source_profile = user
region = eu-west-1
";

const SERIAL: &str = "arn:aws:iam::123456789012:mfa/me";

fn user(settings: &str) -> Home {
    let home = Home::with_aws().config(&format!("{USER}{settings}"));
    home.aws().add_user("AKIAFAKEUSER", "FAKEsecret/+user", "arn:aws:iam::123456789012:user/me");
    home
}

fn issued(entry: &Entry) -> &str {
    entry.issued_access_key_id.as_deref().expect("credentials")
}

fn signer(entry: &Entry) -> &str {
    entry.access_key_id.as_deref().expect("a signature")
}

#[test]
fn each_link_is_signed_with_the_one_below() {
    let home = Home::with_aws().config(CHAIN).login("corp");
    let exported = home.run(["-p", "deep", "export"]).succeeds().exported();
    let log = home.aws().log();
    let [source, deploy, deep] = &log[..] else {
        panic!("{} requests", log.len());
    };
    assert_eq!(source.operation, "GetRoleCredentials");
    assert_eq!(signer(deploy), issued(source));
    assert_eq!(signer(deep), issued(deploy));
    assert_eq!(exported["AWS_ACCESS_KEY_ID"], issued(deep));
    for (name, value) in [
        ("RoleArn", DEPLOY),
        ("ExternalId", "ext:1"),
        ("RoleSessionName", "me@example.com"),
        ("DurationSeconds", "1800"),
    ] {
        assert_eq!(deploy.param(name), value);
    }
    let names: Vec<&str> = deep.params.keys().map(String::as_str).collect();
    assert_eq!(names, ["Action", "RoleArn", "RoleSessionName", "Version"]);
    let session = deep.param("RoleSessionName").strip_prefix("ssowrap-");
    assert!(session.is_some_and(|time| time.parse::<u64>().is_ok()));
    for hop in [deploy, deep] {
        assert_eq!(hop.region.as_deref(), Some("us-west-2"), "of the requested profile");
        assert!(hop.user_agent().contains("app/ssowrap"), "{}", hop.user_agent());
    }
}

#[test]
fn the_account_is_that_of_the_last_role() {
    let home = Home::with_aws().config(CHAIN).login("corp");
    let output = home.run(["-p", "deep", "credential-process"]).succeeds();
    assert!(output.stdout().contains("\"AccountId\":\"000000000042\""));
}

/// A comment below a key is not part of it. Keys with invalid characters sign nothing.
#[test]
fn odd_keys_below_a_role() {
    let role = "[profile role]\nrole_arn = arn:aws:iam::210987654321:role/r\nregion = eu-west-1\n";
    let keys = "source_profile = keys\n[profile keys]\naws_access_key_id = AKIAFAKEUSER\n  # old\n\
                aws_secret_access_key = FAKEsecret/+user\n  ; older\n";
    let home = Home::with_aws().config(&format!("{role}{keys}"));
    home.aws().add_user("AKIAFAKEUSER", "FAKEsecret/+user", "arn:aws:iam::123456789012:user/me");
    home.run(["-p", "role", "export"]).succeeds();
    let home = home.config(&format!("{role}credential_source = Environment\n"));
    for (key, token, odd) in [
        ("AKIA\n", "FAKEtoken", "access key id"),
        ("AKIA\u{e9}", "FAKEtoken", "access key id"),
        ("ASIAFAKE", "FAKE token", "session token"),
    ] {
        let keys = |line: [&str; 3]| {
            let run = home.run(line).env("AWS_ACCESS_KEY_ID", key);
            run.env("AWS_SECRET_ACCESS_KEY", "FAKEsecret").env("AWS_SESSION_TOKEN", token)
        };
        let why = format!("the {odd} contains invalid characters\n");
        let hint = format!(
            "hint: set the {odd} again at its source: it must be ASCII, without spaces or line \
             breaks\n"
        );
        keys(["-p", "role", "export"]).fails(
            1,
            &format!(
                "error: profile `role` cannot use the credentials of the environment: {why}  --> \
                 ~/.aws/config:2\n{hint}"
            ),
        );
    }
    let keys =
        "[profile odd]\naws_access_key_id = AKIA\u{e9}\naws_secret_access_key = FAKEsecret\n";
    let home = home.config(keys);
    let why = "it cannot be signed: the access key id contains invalid characters";
    let hint = "set the access key id again at its source: it must be ASCII, without spaces or \
                line breaks";
    let error = |what: &str, whose: &str| {
        format!("error: {what} for {whose} failed: {why}\nhint: {hint}\n")
    };
    home.run(["-p", "odd", "whoami"]).fails(1, &error("GetCallerIdentity", "these credentials"));
}

/// It goes into environments, so nothing but an account id does.
#[test]
fn an_account_that_is_none() {
    let home = Home::with_aws().config(CHAIN).login("corp");
    for account in ["12345", "1&#10;EVIL=1", "&#27;[31m", ""] {
        let body = format!(
            "<AssumeRoleResponse><AssumeRoleResult><AssumedRoleUser>\
             <Arn>arn:aws:sts::{account}:assumed-role/r/s</Arn><AssumedRoleId>A:s</AssumedRoleId>\
             </AssumedRoleUser><Credentials><AccessKeyId>ASIAFAKE</AccessKeyId>\
             <SecretAccessKey>FAKEsecret</SecretAccessKey><SessionToken>FAKEtoken</SessionToken>\
             <Expiration>2099-01-01T00:00:00Z</Expiration></Credentials></AssumeRoleResult>\
             </AssumeRoleResponse>"
        );
        let content_type = "text/xml".to_owned();
        home.aws().fail_always("AssumeRole", Fault::Raw { status: 200, content_type, body });
        home.run(["-p", "deep", "--no-cache", "credential-process"]).prints(
            "{\"Version\":1,\"AccessKeyId\":\"ASIAFAKE\",\"SecretAccessKey\":\"FAKEsecret\",\
             \"SessionToken\":\"FAKEtoken\",\"Expiration\":\"2099-01-01T00:00:00Z\"}\n",
        );
        home.aws().clear_faults();
    }
}

#[test]
fn some_region_is_found() {
    let region = |config: &str, profile, arguments: &[&str]| {
        let home = Home::with_aws().config(config).login("corp");
        home.run(["-p", profile, "export"].iter().chain(arguments)).succeeds();
        home.aws().log_of("AssumeRole")[0].region.clone().expect("a signature")
    };
    assert_eq!(region(CHAIN, "deploy", &["--region", "ap-south-1"]), "ap-south-1");
    assert_eq!(region(CHAIN, "deploy", &[]), "eu-central-1", "that of Identity Center");
    let config = format!("{CHAIN}[profile top]\nrole_arn = {DEPLOY}\nsource_profile = deep\n");
    assert_eq!(region(&config, "top", &[]), "us-west-2", "of a profile below");
    assert_eq!(region(&config, "top", &["--region", "ap-south-1"]), "ap-south-1");
}

#[test]
fn no_region_at_all() {
    let config = USER.replace("region = eu-west-1\n", "") + KEYS;
    let home = Home::with_aws().config(&config);
    let hint = "hint: add `region = ...` to the profile, or give `--region`\n";
    let what = "the role of profile `admin`\n  --> ~/.aws/config:5";
    home.run(["-p", "admin", "export"])
        .fails(4, &format!("error: no region is set for assuming {what}\n{hint}"));
    home.run(["-p", "keys", "--assume", DEPLOY, "export"])
        .fails(4, &format!("error: no region is set for assuming the role `{DEPLOY}`\n{hint}"));
}

#[test]
fn a_chained_role_gets_an_hour_at_most() {
    let home = Home::with_aws().config(&CHAIN.replace("1800", "7200")).login("corp");
    let output = home.run(["-p", "deploy", "credential-process"]).output();
    assert!(output.status.success());
    assert_eq!(
        output.stderr,
        "warning: duration_seconds = 7200 of profile `deploy` (~/.aws/config:9) is reduced to 3600: \
         AWS allows no more for a role that is assumed with the credentials of another role\n"
    );
    assert_eq!(home.aws().log_of("AssumeRole")[0].param("DurationSeconds"), "3600");
}

#[test]
fn a_user_may_ask_for_more() {
    let home = user("duration_seconds = 43200\n");
    home.aws().set_max_duration(DEPLOY, Duration::from_secs(43_200));
    home.run(["-p", "admin", "export"]).succeeds();
    assert_eq!(home.aws().log_of("AssumeRole")[0].param("DurationSeconds"), "43200");
}

#[test]
fn a_duration_aws_would_refuse_refused_before_anything_is_asked() {
    let home = Home::with_aws().config(&CHAIN.replace("1800", "899")).login("corp");
    home.run(["-p", "deep", "export"]).fails(
        4,
        "error: duration_seconds = 899 of profile `deploy`: AWS allows 900 to 43200\n  \
         --> ~/.aws/config:9\n",
    );
    assert_eq!(home.aws().log().len(), 0);
}

#[test]
fn an_mfa_code_from_the_command_line() {
    let home = user(&format!("mfa_serial = {SERIAL}\n"));
    home.aws().require_mfa(DEPLOY, SERIAL, "123456");
    home.run(["-p", "admin", "--mfa-code", "123456", "export"]).succeeds();
    let request = &home.aws().log_of("AssumeRole")[0];
    assert_eq!(request.param("SerialNumber"), SERIAL);
    home.run(["-p", "admin", "--no-cache", "--mfa-code", "654321", "export"]).refused(
        5,
        "error: profile `admin` may not assume arn:aws:iam::210987654321:role/Deploy with the \
         credentials of profile `user`: AccessDenied: MultiFactorAuthentication failed with \
         invalid MFA one time pass code.\n  --> ~/.aws/config:5\n\
         hint: wait for the next MFA code: each works only once\nhint: or check `mfa_serial`\n",
    );
    home.aws().clear_log();
    home.run(["-p", "admin", "--mfa-code", "12345", "export"])
        .fails(2, "error: the value of --mfa-code is not six digits\n");
    assert_eq!(home.aws().log().len(), 0);
}

/// As in the AWS CLI, the device of the source profile is not asked for.
#[test]
fn an_mfa_device_of_the_source_profile() {
    let home = user("").credentials(&format!("[user]\nmfa_serial = {SERIAL}\n"));
    home.aws().require_mfa(DEPLOY, SERIAL, "123456");
    let output = home.run(["-p", "admin", "export"]).output();
    let hint = "hint: if the trust policy requires MFA, set `mfa_serial` in profile `admin`: the one \
                in another profile does not count\n";
    assert!(output.stderr.ends_with(hint), "{}", output.stderr);
    assert_eq!(output.status.code(), Some(5));
}

/// AWS accepts no code twice, so the next role needs another one.
#[test]
fn an_mfa_code_is_for_one_role() {
    let top = "[profile top]\nrole_arn = arn:aws:iam::000000000042:role/Top\n\
               source_profile = admin\nmfa_serial = other\nregion = eu-west-1\n";
    let home = user(&format!("mfa_serial = {SERIAL}\n{top}"));
    home.aws().require_mfa(DEPLOY, SERIAL, "123456");
    home.run(["-p", "top", "--mfa-code", "123456", "export"]).fails(
        1,
        "error: an MFA code for other is needed and there is no terminal to ask on\nhint: give it \
         with `--mfa-code 123456`, or run `ssowrap -p top whoami` in a terminal first: after that, \
         the credentials come from the cache\n",
    );
    let asked: Vec<_> = home.aws().log_of("AssumeRole");
    assert_eq!(asked.iter().map(|entry| entry.param("SerialNumber")).collect::<Vec<_>>(), [SERIAL]);
}

/// Asks on the terminal itself: stdin and stdout are not used, and what is typed is not shown.
#[test]
fn an_mfa_code_from_the_person() {
    let home = user(&format!("mfa_serial = {SERIAL}\n"));
    home.aws().require_mfa(DEPLOY, SERIAL, "123456");
    let command = "\"$0\" -p admin credential-process </dev/null >out";
    let terminal = Terminal::start(home.tool("sh", ["-c", command, SSOWRAP]));
    let prompt = format!("Enter MFA code for {SERIAL}: ");
    assert_eq!(terminal.expect(&prompt), "");
    terminal.send("12345\n");
    let again = format!("Enter MFA code for {SERIAL} (six digits): ");
    assert_eq!(terminal.expect(&again), "\r\n");
    // As authenticators show it.
    terminal.send(" 123 456 \n");
    let (status, shown) = terminal.ends();
    assert!(status.success(), "{shown}");
    assert_eq!(shown, "\r\n");
    let printed = std::fs::read_to_string(home.path("out")).expect("what it printed");
    assert!(printed.starts_with("{\"Version\":1,"), "{printed}");
    let requests = home.aws().log_of("AssumeRole");
    assert_eq!((requests.len(), requests[0].param("SerialNumber")), (1, SERIAL));
    // A process without a terminal gets the cached credentials.
    let output = home.run(["-p", "admin", "credential-process"]).succeeds();
    assert_eq!(output.stdout(), printed);
}

#[test]
fn a_person_who_gives_no_mfa_code() {
    let home = user(&format!("mfa_serial = {SERIAL}\n"));
    // What is typed afterwards is shown again.
    let command = "\"$0\" -p admin export; echo \"code $?\"; stty -a | grep -ow -- '-*echo'";
    for (keys, code) in [("\u{3}", 130), ("\u{1c}", 130), ("\u{4}", 1), ("1\n2\n3\n", 1)] {
        let terminal = Terminal::start(home.tool("sh", ["-c", command, SSOWRAP]));
        terminal.expect("Enter MFA code for ");
        terminal.send(keys);
        let (_, shown) = terminal.ends();
        assert!(shown.ends_with(&format!("\r\ncode {code}\r\necho\r\n")), "{keys:?}: {shown}");
        assert!(!shown.contains("no terminal"), "{keys:?}: {shown}");
    }
    assert_eq!(home.aws().count("AssumeRole"), 0);
}

#[test]
fn access_denied() {
    let home = Home::with_aws().config(CHAIN).login("corp");
    home.aws().deny_role("arn:aws:iam::000000000042:role/path/Deep");
    let output = home.run(["-p", "deep", "export"]).output();
    assert_eq!(output.status.code(), Some(5));
    let lines: Vec<&str> = output.stderr.lines().collect();
    assert!(
        lines[0].starts_with(
            "error: profile `deep` may not assume arn:aws:iam::000000000042:role/path/Deep with \
             the credentials of profile `deploy`: AccessDenied: User: arn:aws:sts::210987654321:"
        ),
        "{}",
        lines[0]
    );
    assert_eq!(
        lines[1..],
        [
            "  --> ~/.aws/config:15",
            "hint: check the role's trust policy, and that the caller's own policies allow \
             sts:AssumeRole",
            "hint: if the trust policy requires an external id, set `external_id`",
        ]
    );
}

#[test]
fn what_sts_means() {
    let cases = [
        (
            Fault::error(403, "ExpiredToken", "It is expired"),
            5,
            "profile `admin` cannot use the credentials of profile `user`: they have expired: \
             ExpiredToken: It is expired",
            "renew them at their source",
        ),
        (
            Fault::error(403, "InvalidClientTokenId", "It is invalid."),
            5,
            "AWS does not know the credentials of profile `user`, which profile `admin` uses: \
             InvalidClientTokenId: It is invalid.",
            "the access key may have been deleted or deactivated, or belong to another partition: \
             check it and the region",
        ),
        (
            Fault::error(403, "SignatureDoesNotMatch", "No match.\n\nFAKEtoken"),
            5,
            "AWS refuses the credentials of profile `user`, which profile `admin` uses: \
             SignatureDoesNotMatch: No match.",
            "the secret access key does not belong to the access key id; check both",
        ),
        (
            Fault::error(
                403,
                "SignatureDoesNotMatch",
                "Signature expired: 20261129T044500Z is now earlier than 20261129T044501Z \
                 (20261129T050001Z - 15 min.)",
            ),
            5,
            "AWS refuses the signature of the request for profile `admin`: \
             SignatureDoesNotMatch: Signature expired: 20261129T044500Z is now earlier than \
             20261129T044501Z (20261129T050001Z - 15 min.)",
            "correct this machine's clock: AWS allows it to be off by only a few minutes",
        ),
        (
            Fault::error(403, "RegionDisabledException", "Not activated"),
            5,
            "STS is not active in the region of profile `admin`: RegionDisabledException: Not \
             activated",
            "choose another region with `--region`, or have STS activated in this one",
        ),
        (
            Fault::error(400, "ValidationError", "DurationSeconds exceeds the MaxSessionDuration"),
            4,
            "AWS does not accept the settings of profile `admin`: ValidationError: \
             DurationSeconds exceeds the MaxSessionDuration",
            "lower `duration_seconds`: the role only allows shorter sessions",
        ),
        (
            Fault::error(403, "SomethingNew", "No."),
            5,
            "AssumeRole for profile `admin` failed: AWS says SomethingNew: No.",
            "requests go to AWS because of AWS_ENDPOINT_URL",
        ),
    ];
    let home = user("");
    for (fault, code, words, hint) in cases {
        home.aws().clear_faults();
        home.aws().clear_log();
        home.aws().fail_always("AssumeRole", fault);
        home.run(["-p", "admin", "export"])
            .refused(code, &format!("error: {words}\n  --> ~/.aws/config:5\nhint: {hint}\n"));
        assert_eq!(home.aws().count("AssumeRole"), 1, "{words}");
    }
}

/// No key is treated as deleted because of a region.
#[test]
fn keys_that_are_unknown_in_a_region_to_opt_into() {
    let home = user("");
    home.aws().fail_always("AssumeRole", Fault::error(403, "InvalidClientTokenId", "Invalid."));
    home.run(["-p", "admin", "--region", "af-south-1", "export"]).refused(
        5,
        "error: AWS does not know the credentials of profile `user`, which profile `admin` uses: \
         InvalidClientTokenId: Invalid.\n  --> ~/.aws/config:5\n\
         hint: the account may not have opted into `af-south-1`: choose another region with \
         `--region`\n\
         hint: or the access key may have been deleted or deactivated, or belong to another \
         partition: check it and the region\n",
    );
}

#[test]
fn throttling_is_waited_out_whatever_its_status() {
    let home = user("");
    home.aws().fail("AssumeRole", Fault::sts_throttled(), 2);
    home.run(["-p", "admin", "export"]).succeeds();
    assert_eq!(home.aws().count("AssumeRole"), 3);
}

#[test]
fn progress_is_shown_with_v_and_secrets_never() {
    let home = Home::with_aws().config(DEV).login("corp");
    let host = home.aws().url().replace("http://", "");
    let output = home.run(["-p", "dev", "-vv", "export"]).output();
    assert!(output.status.success());
    let progress = format!(
        "info: asking {host} for GetRoleCredentials\n\
         debug: GET http://{host}/federation/credentials: HTTP 200 ("
    );
    assert!(output.stderr.contains(&progress), "{}", output.stderr);
}
