//! Many processes at once, dying processes, places that take no file.

use fake_aws::RefreshTokens;

use super::{ARN, EXPORT, KEY, OPERATION};
use super::{asking, contents, ended, fields, file, home, leave, minutes, path, refreshes};
use crate::crowd::{Running, agree, death_at_any_moment, in_time, number};
use crate::disk::{READ_ONLY, namespace};
use crate::entries::names;

#[test]
fn one_process_of_many_asks() {
    in_time(|| {
        let home = ended();
        agree(Running::helpers(&home, "me", number("STORM", 40)));
        assert_eq!(refreshes(&home), 1);
    });
}

/// Nobody needs to wait while the current credentials are good enough.
#[test]
fn what_is_valid_is_used_while_another_process_refreshes_it() {
    let home = home(minutes(6));
    let leader = asking(&home, EXPORT);
    assert_eq!(super::key(&home), KEY);
    home.aws().release(OPERATION);
    leader.succeeds();
    assert_ne!(super::key(&home), KEY);
    assert_eq!(refreshes(&home), 1);
}

#[test]
fn a_place_that_takes_no_file() {
    let cache = "\"$HOME/.aws/login/cache\"";
    let full = format!(
        "cp -r {cache} \"$HOME/copy\"; mount -t tmpfs -o size=64k none {cache}; \
         cp \"$HOME\"/copy/* {cache}; cat /dev/zero > {cache}/filler 2> /dev/null || true"
    );
    for (script, why) in [
        (format!("{READ_ONLY}; cd \"$HOME\""), "read-only"),
        (full, "space"),
        (format!("mount --bind {cache} {cache}; mount -o remount,ro,bind {cache}"), "read-only"),
    ] {
        for left in [minutes(3), minutes(-3)] {
            let home = home(left);
            let script = format!("{script}; ssowrap -p me export");
            let Some(output) = namespace(&home, &script) else { return };
            assert_eq!(refreshes(&home), 0, "{script}: {}", output.stderr);
            if left > minutes(0) {
                assert_eq!(output.exported()["AWS_ACCESS_KEY_ID"], KEY);
                assert_eq!(output.stderr, "");
            } else {
                assert_eq!(output.status.code(), Some(3), "{}", output.stderr);
                let said = format!("and is not refreshed, because ~/{} cannot be", path(ARN));
                assert!(output.stderr.contains(&said), "{}", output.stderr);
                assert!(output.stderr.contains(why), "{}", output.stderr);
            }
            // The login survives, and works once there is room again.
            super::key(&home);
            assert_eq!(refreshes(&home), 1, "{script}");
        }
    }
}

/// The file is complete, and the next refresh removes what killed processes left.
#[test]
fn killed_at_any_moment() {
    in_time(|| {
        let home = ended();
        // Whether the service has sent an answer that was lost is a matter of luck here.
        home.aws().set_refresh_tokens(RefreshTokens::Keep);
        let old = file(minutes(-5));
        death_at_any_moment(
            || Running::start(&home, EXPORT),
            || leave(&home, &old),
            || assert_eq!(fields(&home).as_object().expect("an object").len(), 6),
        );
        assert_eq!(names(&home.path(".aws/login/cache")).len(), 1);
    });
}

/// A signal waits until the answer is on disk.
#[test]
fn an_interrupt_waits_for_the_answer() {
    let home = ended();
    let running = asking(&home, EXPORT);
    running.signal(rustix::process::Signal::TERM);
    home.aws().release(OPERATION);
    let ended = running.ends();
    assert!(!ended.status.success());
    assert!(ended.stderr.contains("finishing the refresh (at most 30 s)"), "{}", ended.stderr);
    assert_ne!(fields(&home)["accessToken"]["accessKeyId"], KEY);
    assert!(contents(&home).contains("dpopKey"));
}

/// Somebody signs in or out during the refresh: their change stays.
#[test]
fn what_happens_meanwhile() {
    let home = ended();
    let running = asking(&home, EXPORT);
    std::fs::remove_file(home.path(&path(ARN))).expect("own file");
    home.aws().release(OPERATION);
    running.succeeds();
    assert!(!home.path(&path(ARN)).exists(), "a logout");

    let home = ended();
    let running = asking(&home, EXPORT);
    let mut login = file(minutes(60));
    login["accessToken"]["accessKeyId"] = serde_json::json!("ASIANEWER");
    leave(&home, &login);
    home.aws().release(OPERATION);
    running.succeeds();
    assert_eq!(fields(&home), login);
}
