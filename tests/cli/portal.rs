//! The Identity Center portal's answers, and what ssowrap does with them.

use std::time::{Duration, Instant};

use fake_aws::Fault;

use crate::crowd::Running;
use crate::support::{DEV, Home, TIMEOUT, Token, token_file};

const OPERATION: &str = "GetRoleCredentials";

fn home() -> Home {
    Home::with_aws().config(DEV).login("corp")
}

#[test]
fn a_refused_token_needs_a_login() {
    let home = home();
    home.aws().revoke_token(&Token::new().access_token);
    home.run(["-p", "dev", "export"]).refused(
        3,
        "error: profile `dev` needs a login: AWS refuses the token of sso-session `corp`: \
         UnauthorizedException: Session token not found or invalid\n\
         hint: run `ssowrap login --force --sso-session corp`\n",
    );
    assert_eq!(home.aws().count(OPERATION), 1);
}

#[test]
fn a_token_of_another_region_says_so() {
    let token = Token { region: "us-east-1".to_owned(), ..Token::new() };
    let home = Home::with_aws().config(DEV).token("corp", &token);
    home.aws().revoke_token(&token.access_token);
    home.run(["-p", "dev", "export"]).refused(
        3,
        "error: profile `dev` needs a login: AWS refuses the token of sso-session `corp`: \
         UnauthorizedException: Session token not found or invalid\n\
         hint: run `ssowrap login --force --sso-session corp`\n\
         hint: or correct `sso_region`: it says `eu-central-1`, but the token was issued in \
         `us-east-1`\n",
    );
}

/// The file says it is valid, and its refresh token works: nobody needs to sign in.
#[test]
fn a_refused_token_is_refreshed_once() {
    let home = home().refreshable();
    home.aws().revoke_token(&Token::new().access_token);
    home.run(["-p", "dev", "export"]).succeeds();
    let counts = [OPERATION, "CreateToken"].map(|operation| home.aws().count(operation));
    assert_eq!(counts, [2, 1]);
    // If the new one is refused too, the user must sign in.
    let home = self::home().refreshable();
    let fault = Fault::error(401, "UnauthorizedException", "Session token not found or invalid");
    home.aws().fail_always(OPERATION, fault);
    home.run(["-p", "dev", "--no-cache", "export"]).refused(
        3,
        "error: profile `dev` needs a login: AWS refuses the token of sso-session `corp`: \
         UnauthorizedException: Session token not found or invalid\n\
         hint: run `ssowrap login --force --sso-session corp`\n",
    );
    let counts = [OPERATION, "CreateToken"].map(|operation| home.aws().count(operation));
    assert_eq!(counts, [2, 1]);
}

/// Another tool has refreshed it meanwhile, or somebody has signed in.
#[test]
fn a_token_that_is_in_the_file_by_now_is_used() {
    let home = home();
    home.aws().hold(OPERATION);
    let running = Running::helper(&home, "dev");
    assert!(home.aws().wait_for(OPERATION, 1, TIMEOUT));
    home.aws().revoke_token(&Token::new().access_token);
    let new = Token { access_token: "aoaFAKEtoken-new".to_owned(), ..Token::new() };
    home.aws().add_token(&new.access_token, Duration::from_secs(3600));
    home.write(&token_file("corp"), new.to_json());
    home.aws().release(OPERATION);
    running.succeeds();
    assert_eq!(home.aws().count("CreateToken"), 0);
}

/// The portal knows a token only in the region that issued it. A vanity start URL may have led
/// there.
#[test]
fn the_region_of_the_token_is_asked() {
    let token = Token { region: "us-west-2".to_owned(), ..Token::new() };
    let home = Home::with_aws().config(DEV).token("corp", &token);
    let run = home.run(["-p", "dev", "-v", "export"]).without("AWS_ENDPOINT_URL");
    let output = run.env("HTTPS_PROXY", "http://127.0.0.1:1").output();
    let asked = "asking portal.sso.us-west-2.amazonaws.com for GetRoleCredentials";
    assert!(output.stderr.contains(asked), "{}", output.stderr);
}

/// Another login would not help, so no hint suggests one.
#[test]
fn no_access() {
    let home = home();
    home.aws().revoke_grant("123456789012", "Admin");
    home.run(["-p", "dev", "export"]).refused(
        5,
        "error: no access to role `Admin` in account `123456789012` (profile `dev`): \
         ForbiddenException: No access\nhint: your roles there are `ReadOnly`\nhint: check \
         `sso_account_id`, and that `sso_role_name` is the permission set's name (case \
         matters)\nhint: if both are right, you are not assigned to the role: ask an \
         administrator\nhint: if you were assigned a few minutes ago, sign out and in again: \
         `ssowrap logout --sso-session corp`, then `ssowrap login --sso-session corp`\n",
    );
    assert_eq!(home.aws().count(OPERATION), 1);
}

/// If nothing is known to be right, a hint names the command that finds it.
#[test]
fn no_role_in_the_account() {
    let home = home();
    for role in ["Admin", "ReadOnly"] {
        home.aws().revoke_grant("123456789012", role);
    }
    home.run(["-p", "dev", "export"]).refused(
        5,
        "error: no access to role `Admin` in account `123456789012` (profile `dev`): \
         ForbiddenException: No access\nhint: `ssowrap accounts --roles --sso-session corp` lists \
         what you may use\nhint: check `sso_account_id`, and that `sso_role_name` is the permission \
         set's name (case matters)\nhint: if both are right, you are not assigned to the \
         role: ask an administrator\nhint: if you were assigned a few minutes ago, sign out and in \
         again: `ssowrap logout --sso-session corp`, then `ssowrap login --sso-session corp`\n",
    );
}

#[test]
fn the_name_of_the_role_is_not_that_of_the_permission_set() {
    let name = "AWSReservedSSO_Power_User_0123456789abcdef";
    let home = Home::with_aws().login("corp").config(&DEV.replace("Admin", name));
    home.run(["-p", "dev", "export"]).refused(
        5,
        &format!(
            "error: no access to role `{name}` in account `123456789012` (profile `dev`): \
             ForbiddenException: No access\nhint: your roles there are `Admin`, `ReadOnly`\nhint: \
             check `sso_account_id`, and that `sso_role_name` is the permission set's name (case \
             matters)\nhint: `{name}` is the name of an IAM role; the permission set is \
             called `Power_User`\n"
        ),
    );
}

#[test]
fn flags_are_named_where_flags_were_given() {
    let home = home();
    let role = ["--sso-session", "corp", "--account-id", "123456789012", "--role-name", "Nobody"];
    home.run(role.iter().chain(&["export"])).refused(
        5,
        "error: no access to role `Nobody` in account `123456789012`: ForbiddenException: No \
         access\nhint: your roles there are `Admin`, `ReadOnly`\nhint: check `--account-id`, and \
         that `--role-name` is the permission set's name (case matters)\nhint: if both are \
         right, you are not assigned to the role: ask an administrator\nhint: if you were assigned \
         a few minutes ago, sign out and in again: `ssowrap logout --sso-session corp`, then `ssowrap \
         login --sso-session corp`\n",
    );
}

#[test]
fn a_refusal_is_not_repeated_even_if_it_calls_itself_throttling() {
    for (status, code) in [(401, 3), (403, 5)] {
        let home = home();
        home.aws().fail_always(OPERATION, Fault::error(status, "ThrottlingException", "no"));
        assert_eq!(home.run(["-p", "dev", "export"]).output().status.code(), Some(code));
        assert_eq!(home.aws().count(OPERATION), 1);
    }
}

#[test]
fn five_attempts() {
    for fault in [Fault::internal(), Fault::unavailable(), Fault::Drop] {
        let home = home();
        home.aws().fail(OPERATION, fault.clone(), 4);
        home.run(["-p", "dev", "--no-cache", "export"]).succeeds();
        assert_eq!(home.aws().count(OPERATION), 5, "{fault:?}");
        home.aws().clear_log();
        home.aws().fail(OPERATION, fault.clone(), 5);
        assert_eq!(home.run(["-p", "dev", "--no-cache", "export"]).output().status.code(), Some(6));
        assert_eq!(home.aws().count(OPERATION), 5, "{fault:?}");
    }
}

/// A request refused by the quota is retried for longer, because others may be in the queue too.
#[test]
fn sixteen_attempts_under_the_quota() {
    let home = home();
    home.aws().fail(OPERATION, Fault::throttled(), 9);
    home.run(["-p", "dev", "--no-cache", "export"]).succeeds();
    assert_eq!(home.aws().count(OPERATION), 10);
}

#[test]
fn what_is_said_after_the_last_attempt() {
    let home = home();
    home.aws().fail_always(OPERATION, Fault::throttled());
    home.run(["-p", "dev", "export"]).refused(
        6,
        "error: GetRoleCredentials for profile `dev` failed: AWS is throttling requests (16 \
         attempts): TooManyRequestsException: HTTP 429 Too Many Requests\nhint: try again in a \
         moment\nhint: requests go to AWS because of AWS_ENDPOINT_URL\n",
    );
}

#[test]
fn the_service_says_when_to_come_back() {
    let home = home();
    home.aws().fail(OPERATION, Fault::throttled().with_retry_after("2"), 1);
    let started = Instant::now();
    home.run(["-p", "dev", "--no-cache", "export"]).succeeds();
    assert!(started.elapsed() >= Duration::from_secs(2));
    // Twice, and together longer than anybody waits.
    home.aws().clear_log();
    home.aws().fail_always(OPERATION, Fault::throttled().with_retry_after("15"));
    let output = home.run(["-p", "dev", "--no-cache", "export"]).output();
    assert_eq!((output.status.code(), home.aws().count(OPERATION)), (Some(6), 2));
    // One pause that is too long.
    home.aws().clear_faults();
    home.aws().clear_log();
    home.aws().fail(OPERATION, Fault::throttled().with_retry_after("90"), 1);
    let output = home.run(["-p", "dev", "--no-cache", "export"]).output();
    assert_eq!(output.status.code(), Some(6));
    assert_eq!(home.aws().count(OPERATION), 1);
    assert!(output.stderr.contains("\nhint: it asks clients to wait until "), "{}", output.stderr);
    assert!(output.stderr.contains(" UTC (90 s)\n"), "{}", output.stderr);
}

#[test]
fn a_message_is_shown_harmlessly_and_without_what_was_sent() {
    let home = home();
    let message = format!("\u{1b}[2J{} is bad\u{202e}", Token::new().access_token);
    home.aws().fail(OPERATION, Fault::error(403, "ForbiddenException", &message), 1);
    let output = home.run(["-p", "dev", "export"]).output();
    let words = ": ForbiddenException: \\u{1b}[2J*** is bad\\u{202e} (request id";
    assert!(output.stderr.contains(words), "{}", output.stderr);
    // A code that is part of the token isn't shown either.
    home.aws().fail(OPERATION, Fault::error(403, "aoaFAKEtoken", "no"), 1);
    let output = home.run(["-p", "dev", "export"]).output();
    assert!(output.stderr.contains(": no (request id"), "{}", output.stderr);
}

/// Role credentials work only in regions that the account has opted in to.
#[test]
fn a_region_that_the_account_has_not_opted_into() {
    let role = "[profile role]\nrole_arn = arn:aws:iam::123456789012:role/r\n\
                source_profile = dev\nregion = af-south-1\n";
    let home = Home::with_aws().config(&format!("{DEV}{role}")).login("corp");
    let text = "The security token included in the request is invalid";
    home.aws().fail_always("AssumeRole", Fault::error(403, "InvalidClientTokenId", text));
    let output = home.run(["-p", "role", "export"]).output();
    let hint = "hint: the account may not have opted into `af-south-1`: choose another region with \
                `--region`";
    assert!(output.stderr.contains(hint), "{}", output.stderr);
    assert!(!output.stderr.contains("deleted"), "{}", output.stderr);
    // Every account has this region.
    let output = home.run(["-p", "role", "--region", "eu-west-1", "export"]).output();
    let hint = "hint: they may belong to another partition: check the region `eu-west-1`\n";
    assert!(output.stderr.contains(hint), "{}", output.stderr);
}
