//! ListAccounts and ListAccountRoles, page by page.

use crate::client::{HOUR, Reply, TOKEN, portal};
use fake_aws::{EndOfList, FakeAws, Options};
use serde_json::Value;

/// All items of a list, and how many pages it took.
fn walk(fake: &FakeAws, path: &str, list: &str) -> (Vec<Value>, usize) {
    let (mut items, mut pages) = (Vec::new(), 0);
    let mut next = String::new();
    loop {
        let reply = portal(fake, &format!("{path}{next}"));
        assert_eq!(reply.status, 200, "{reply:?}");
        let page = reply.json();
        items.extend(page[list].as_array().expect("a list").clone());
        pages += 1;
        let Some(token) = page["nextToken"].as_str() else {
            return (items, pages);
        };
        let mark = if path.contains('?') { '&' } else { '?' };
        next = format!("{mark}next_token={token}");
    }
}

fn fake() -> FakeAws {
    let fake = FakeAws::start(Options::default());
    fake.add_token(TOKEN, HOUR);
    fake.clear_grants();
    for number in 0..25 {
        fake.grant(&format!("{number:012}"), "Admin");
    }
    for number in 0..7 {
        fake.grant("000000000003", &format!("Role{number}"));
    }
    fake
}

#[test]
fn pages_come_in_order_and_complete() {
    let fake = fake();
    assert_eq!(walk(&fake, "/assignment/accounts", "accountList").1, 1);
    fake.page_size(10);
    let (accounts, pages) = walk(&fake, "/assignment/accounts", "accountList");
    assert_eq!((accounts.len(), pages), (25, 3));
    assert_eq!(accounts[24]["accountId"], "000000000024");
    let (roles, pages) =
        walk(&fake, "/assignment/roles?account_id=000000000003&max_result=3", "roleList");
    assert_eq!((roles.len(), pages), (8, 3));
    assert_eq!(roles[1]["roleName"], "Role0");
    assert_eq!(roles[1]["accountId"], "000000000003");
}

#[test]
fn bad_pages_are_refused() {
    let fake = fake();
    fake.page_size(1);
    let page = portal(&fake, "/assignment/accounts").json();
    let token = page["nextToken"].as_str().expect("a token");
    let invalid = |reply: Reply| {
        assert_eq!(reply.status, 400, "{reply:?}");
        assert!(reply.body.contains("InvalidRequestException"));
    };
    invalid(portal(&fake, "/assignment/accounts?next_token=nonsense"));
    invalid(portal(&fake, "/assignment/accounts?max_result=0"));
    invalid(portal(&fake, "/assignment/accounts?max_result=101"));
    invalid(portal(&fake, "/assignment/roles"));
    // A token of one list is not one of the other.
    let other = format!("/assignment/roles?account_id=000000000003&next_token={token}");
    invalid(portal(&fake, &other));
    assert_eq!(portal(&fake, "/assignment/roles?account_id=111111111111").status, 403);
}

#[test]
fn a_token_lists_what_it_may_use() {
    let fake = fake();
    fake.grant_to(TOKEN, "000000000005", "Admin");
    let (accounts, _) = walk(&fake, "/assignment/accounts", "accountList");
    assert_eq!(accounts.len(), 1);
    assert_eq!(portal(&fake, "/assignment/roles?account_id=000000000006").status, 403);
}

#[test]
fn the_last_page_ends_as_configured() {
    let fake = fake();
    for (end, expected) in [
        (EndOfList::Null, Some(Value::Null)),
        (EndOfList::Absent, None),
        (EndOfList::Empty, Some(Value::from(""))),
    ] {
        fake.end_of_list(end);
        fake.page_size(100);
        let page = portal(&fake, "/assignment/accounts").json();
        assert_eq!(page.get("nextToken").cloned(), expected, "{end:?}");
        fake.page_size(10);
        assert!(portal(&fake, "/assignment/accounts").json()["nextToken"].is_string());
    }
}

#[test]
fn organisations_of_any_size_and_with_any_names() {
    let fake = fake();
    fake.set_json(r#"{"organisation": {"accounts": 1000, "roles": 3}}"#).expect("valid settings");
    let (accounts, pages) = walk(&fake, "/assignment/accounts?max_result=100", "accountList");
    assert_eq!((accounts.len(), pages), (1000, 10));
    assert_eq!(accounts[999]["accountName"], "Account 1000");
    let id = accounts[999]["accountId"].as_str().expect("an id");
    let path = format!("/assignment/roles?account_id={id}");
    assert_eq!(walk(&fake, &path, "roleList").0.len(), 3);
    let names = r#"{"accounts": [{"id": "000000000001", "name": "a\u001b[2J\n", "roles": ["x"]},
                                 {"id": "000000000002", "roles": ["y"]}],
                    "closedAccounts": ["000000000002"]}"#;
    fake.set_json(names).expect("valid settings");
    let (accounts, _) = walk(&fake, "/assignment/accounts", "accountList");
    assert_eq!(accounts[0]["accountName"], "a\u{1b}[2J\n");
    assert_eq!(accounts[1], serde_json::json!({"accountId": "000000000002"}));
    assert_eq!(portal(&fake, "/assignment/roles?account_id=000000000001").status, 200);
    assert_eq!(portal(&fake, "/assignment/roles?account_id=000000000002").status, 403);
}
