//! ListAccounts and ListAccountRoles, page by page.

use crate::client::{HOUR, Reply, TOKEN, portal};
use fake_aws::{FakeAws, Options};
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
