//! `ssowrap accounts`.

use std::time::Duration;

use fake_aws::{Account, EndOfList, Fault};
use serde_json::json;

use crate::entries::mode;
use crate::support::{DEV, Home, Token, token_file, until};
use crate::terminal::Terminal;

fn home() -> Home {
    Home::with_aws().config(DEV).login("corp")
}

/// How often each list was requested since the last check.
fn asked(home: &Home) -> (usize, usize) {
    let counts = (home.aws().count("ListAccounts"), home.aws().count("ListAccountRoles"));
    home.aws().clear_log();
    counts
}

#[test]
fn accounts_and_roles_in_columns_csv_and_json() {
    let home = home();
    home.run(["accounts"]).prints(
        "ACCOUNT       NAME        EMAIL\n\
         123456789012  Production  production@example.com\n\
         000000000042  Sandbox     sandbox@example.com\n\
         210987654321  Staging     staging@example.com\n",
    );
    assert_eq!(asked(&home), (1, 0));
    home.run(["accounts", "--roles", "--csv"]).prints(
        "account_id,account_name,email,role\n\
         123456789012,Production,production@example.com,Admin\n\
         123456789012,Production,production@example.com,ReadOnly\n\
         000000000042,Sandbox,sandbox@example.com,Developer\n\
         210987654321,Staging,staging@example.com,Admin\n\
         210987654321,Staging,staging@example.com,Developer\n\
         210987654321,Staging,staging@example.com,ReadOnly\n",
    );
    // The accounts were already known.
    assert_eq!(asked(&home), (0, 3));
    let output = home.run(["accounts", "SAND", "--json", "--roles"]).succeeds();
    let found: serde_json::Value = serde_json::from_str(output.stdout()).expect("JSON");
    assert_eq!(
        found,
        json!([{"account_id": "000000000042", "account_name": "Sandbox",
                "email": "sandbox@example.com", "roles": ["Developer"], "denied": null}])
    );
    assert_eq!(asked(&home), (0, 0));
    home.run(["accounts", "--refresh", "*ing"])
        .prints("ACCOUNT       NAME     EMAIL\n210987654321  Staging  staging@example.com\n");
    assert_eq!(asked(&home), (1, 0));
}

#[test]
fn what_is_listed_is_kept_for_this_login_alone() {
    let home = home();
    home.run(["accounts", "--roles"]).succeeds();
    let kept = home.path(".cache/ssowrap/organisations");
    let file = std::fs::read_dir(&kept).expect("a directory").next().expect("a file");
    assert_eq!(mode(&file.expect("a file").path()), 0o600);
    asked(&home);
    home.run(["accounts", "--roles"]).succeeds();
    assert_eq!(asked(&home), (0, 0));
    home.run(["cache", "clear"]).output();
    assert!(!kept.exists());
    home.run(["accounts"]).succeeds();
    assert_eq!(asked(&home), (1, 0));
    home.run(["-p", "dev", "logout"]).output();
    assert_eq!(std::fs::read_dir(&kept).expect("a directory").count(), 0);
    home.run(["accounts"]).fails(
        3,
        "error: a login is needed: there is no token for sso-session `corp` \
         (~/.aws/sso/cache/ee0bfd2552fbd840c02cc48b6e823320543c450f.json does not exist)\nhint: run \
         `ssowrap login --sso-session corp`\n",
    );
}

/// Another person may have access to other accounts.
#[test]
fn another_login_sees_its_own_accounts() {
    let home = home();
    home.run(["accounts"]).succeeds();
    let other =
        Token { access_token: "aoaFAKEtoken-of-bob".into(), ..Token::new().without_refresh() };
    let home = home.token("corp", &other);
    home.aws().grant_to(&other.access_token, "000000000042", "Developer");
    asked(&home);
    let output = home.run(["accounts"]).succeeds();
    assert!(output.stdout().contains("Sandbox") && !output.stdout().contains("Production"));
    assert_eq!(asked(&home), (1, 0));
}

/// A list that was requested with one login is not stored for the next one.
#[test]
fn another_person_signs_in_while_a_list_is_asked_for() {
    let home = home();
    home.aws().hold("ListAccounts");
    std::thread::scope(|scope| {
        let listing = scope.spawn(|| home.run(["accounts"]).output());
        assert!(home.aws().wait_for("ListAccounts", 1, Duration::from_secs(30)));
        let bob = Token { access_token: "aoaFAKEtoken-of-bob".into(), ..Token::new() };
        home.aws().add_token(&bob.access_token, Duration::from_secs(3600));
        home.aws().grant_to(&bob.access_token, "000000000042", "Developer");
        home.write(&token_file("corp"), bob.without_refresh().to_json());
        home.aws().release("ListAccounts");
        assert!(listing.join().expect("it ends").stdout().contains("Production"));
    });
    let output = home.run(["accounts"]).succeeds();
    assert!(output.stdout().contains("Sandbox") && !output.stdout().contains("Production"));
}

/// If there are several sessions, one must be named.
#[test]
fn whose_accounts() {
    let two = format!(
        "{DEV}\n[sso-session other]\nsso_start_url = https://other.awsapps.com/start\nsso_region = \
         eu-west-1\n[profile keys]\naws_access_key_id = AKIA\naws_secret_access_key = FAKEsecret\n"
    );
    let home = Home::with_aws().config(&two).login("corp");
    home.run(["accounts"]).fails(
        4,
        "error: the config has several logins: sso-session `corp`, sso-session `other`\nhint: choose one with `--sso-session NAME`, `--start-url URL` or `-p PROFILE`\n",
    );
    for line in [&["-p", "dev", "accounts"][..], &["accounts", "--sso-session", "corp"]] {
        assert!(home.run(line).succeeds().stdout().contains("Staging"), "{line:?}");
    }
    home.run(["-p", "keys", "accounts"]).fails(
        4,
        "error: profile `keys` does not use Identity Center: it has no login\nhint: `ssowrap \
         status --all` lists the logins\n",
    );
    Home::new().run(["accounts"]).fails(
        4,
        "error: the config has no Identity Center login\nhint: `ssowrap configure` adds one, with \
         profiles that use it\n",
    );
    home.run(["-p", "dev", "accounts", "stagging"]).fails(
        4,
        "error: no account matches `stagging`\nhint: did you mean `Staging`?\nhint: `ssowrap \
         accounts --sso-session corp` lists them; `--refresh` asks AWS again\n",
    );
}

#[test]
fn an_account_whose_roles_are_denied_is_listed_with_the_reason() {
    let home = home();
    home.aws().close_account("000000000042");
    let output = home.run(["accounts", "--roles", "--csv"]).succeeds();
    let line = "\n000000000042,Sandbox,sandbox@example.com,(ForbiddenException: No access";
    assert!(output.stdout().contains(line), "{}", output.stdout());
    assert!(output.stdout().contains("Staging,staging@example.com,Developer\n"));
}

#[test]
fn names_are_foreign_text() {
    let home = home();
    let mut accounts = vec![
        Account::new("000000000001", "\u{1b}[2J$(id)\n\u{202e}", &["R\u{1b}"]),
        Account::new("000000000002", "a, \"b\"", &["=cmd"]),
        Account::new("000000000003", "", &[]),
    ];
    accounts[2].name = None;
    accounts[2].email = None;
    accounts[2].roles = vec!["x".into()];
    home.aws().set_accounts(accounts);
    home.aws().end_of_list(EndOfList::Empty);
    let output = home.run(["accounts", "--roles"]).succeeds();
    assert!(output.stdout().contains("000000000001  \\u{1b}[2J$(id)\\n\\u{202e}  "));
    assert!(output.stdout().contains("\n000000000003  -  "), "{}", output.stdout());
    let output = home.run(["accounts", "--csv"]).succeeds();
    assert!(output.stdout().contains("\n000000000002,\"a, \"\"b\"\"\",\""), "{}", output.stdout());
    assert_eq!(output.stdout().lines().count(), 4);
}

/// Follows pages to the end, in each of its forms. Each page is requested once.
#[test]
fn a_big_organisation_page_by_page() {
    for end in [EndOfList::Null, EndOfList::Absent, EndOfList::Empty] {
        let home = home();
        home.aws().set_accounts(Account::organisation(12, 12));
        home.aws().end_of_list(end);
        home.aws().page_size(10);
        let output = home.run(["accounts", "--roles", "--csv"]).succeeds();
        assert_eq!(output.stdout().lines().count(), 145, "{end:?}");
        assert_eq!(asked(&home), (2, 24));
        for entry in home.aws().log_of("ListAccounts") {
            assert_eq!(entry.param("max_result"), "100");
        }
    }
}

/// Everything AWS has listed is stored, however much it is.
#[test]
fn five_thousand_accounts_are_kept() {
    let home = home();
    let mut accounts = Account::organisation(5_000, 1);
    for account in &mut accounts {
        let padding = "x".repeat(180);
        account.name = account.name.take().map(|name| format!("{name} {padding}"));
    }
    home.aws().set_accounts(accounts);
    for requests in [50, 0] {
        let output = home.run(["accounts", "--csv"]).succeeds();
        assert_eq!(output.stdout().lines().count(), 5_001);
        assert_eq!(asked(&home), (requests, 0));
    }
}

/// A first page of accounts, after which every request fails.
fn broken_off(id: &str) -> Fault {
    let account = json!({"accountId": id, "accountName": "Sandbox", "emailAddress": "x"});
    Fault::Raw {
        status: 200,
        content_type: "application/json".to_owned(),
        body: json!({"nextToken": "no token", "accountList": [account]}).to_string(),
    }
}

/// A listing that breaks off among the accounts starts again. It doesn't replace a complete one,
/// and isn't used to find an account by its name.
#[test]
fn a_listing_that_breaks_off_among_the_accounts() {
    let home = home();
    let twins = ["000000000001", "000000000002"].map(|id| Account::new(id, "Sandbox", &["Admin"]));
    home.aws().set_accounts(twins.to_vec());
    let breaks_off = |words: &str| {
        let output = home.run(["accounts", "--refresh"]).output();
        assert_ne!(output.status.code(), Some(0));
        assert!(output.stderr.contains(words), "{}", output.stderr);
    };
    home.aws().fail("ListAccounts", broken_off("000000000001"), 1);
    breaks_off("Invalid next_token");
    let words = ["--sso-session", "corp", "--account", "Sandbox", "--role-name", "Admin", "export"];
    let output = home.run(words).output();
    assert!(output.stderr.starts_with("error: several accounts are called"), "{}", output.stderr);
    home.run(["cache", "clear", "-q"]).succeeds();
    home.aws().fail("ListAccounts", broken_off("000000000001"), 1);
    breaks_off("Invalid next_token");
    let whole = home.run(["accounts", "--csv"]).succeeds();
    assert_eq!(whole.stdout().lines().count(), 3);
    home.aws().fail("ListAccounts", broken_off("000000000001"), 1);
    breaks_off("Invalid next_token");
    asked(&home);
    assert_eq!(home.run(["accounts", "--csv"]).succeeds().stdout(), whole.stdout());
    assert_eq!(asked(&home), (0, 0));
    home.aws().fail("ListAccounts", broken_off("12"), 1);
    breaks_off("an account id is not twelve digits");
}

#[test]
fn a_listing_that_breaks_off_is_continued() {
    let home = home();
    home.aws().set_accounts(Account::organisation(40, 1));
    home.aws().fail("ListAccountRoles", Fault::error(400, "InvalidRequestException", "no"), 1);
    let output = home.run(["accounts", "--roles"]).output();
    assert_eq!(output.status.code(), Some(1), "{}", output.stderr);
    assert!(output.stderr.starts_with("error: ListAccountRoles for sso-session `corp` failed: "));
    // Others were already running.
    let (_, first) = asked(&home);
    assert!(first < 40, "{first}");
    let output = home.run(["accounts", "--roles", "--csv"]).succeeds();
    assert_eq!(output.stdout().lines().count(), 41);
    let (accounts, second) = asked(&home);
    assert_eq!(accounts, 0);
    assert!((40..=41 + 16).contains(&(first + second)), "{first} {second}");
}

#[test]
fn a_login_that_aws_refuses() {
    let home = home();
    home.aws().revoke_token(&Token::new().access_token);
    home.run(["accounts"]).refused(
        3,
        "error: AWS refuses the token of sso-session `corp`: UnauthorizedException: Session token \
         not found or invalid\nhint: run `ssowrap login --force --sso-session corp`\n",
    );
}

#[test]
fn progress_and_an_end_at_ctrl_c() {
    let home = home();
    home.aws().set_accounts(Account::organisation(50, 1));
    home.aws().hold("ListAccountRoles");
    let terminal = Terminal::start(home.run(["accounts", "--roles"]));
    terminal.expect("50 accounts");
    until("requests", || (home.aws().count("ListAccountRoles") >= 16).then_some(()));
    home.aws().release("ListAccountRoles");
    terminal.expect(" of 50 accounts");
    home.aws().hold("ListAccountRoles");
    let before = home.aws().count("ListAccountRoles");
    until("requests", || (home.aws().count("ListAccountRoles") >= before).then_some(()));
    terminal.send("\u{3}");
    let (status, shown) = terminal.ends();
    assert_eq!(status.code(), Some(130), "{shown}");
    assert!(shown.contains("interrupted"), "{shown}");
    assert!(shown.contains(" of 50 accounts are saved so far"), "{shown}");
    home.aws().release("ListAccountRoles");
    let (_, first) = asked(&home);
    let output = home.run(["accounts", "--roles", "--csv"]).succeeds();
    assert_eq!(output.stdout().lines().count(), 51);
    let (accounts, second) = asked(&home);
    assert_eq!(accounts, 0);
    assert!(second < 50 && first + second < 50 + 40, "{first} {second}");
}
