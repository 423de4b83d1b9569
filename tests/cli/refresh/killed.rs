//! A process is killed at any moment of a refresh. `KILLS=n` sets how often.

use std::fs;

use fake_aws::RefreshTokens;

use super::{EXPORT, end, expired, fields, minutes};
use crate::crowd::{Running, death_at_any_moment, in_time};
use crate::entries::names;
use crate::support::{SSOWRAP, Token, now, token_file, tool};

/// The token file is complete, and the next refresh removes what killed processes left.
#[test]
fn nothing_is_torn_and_nothing_stays() {
    in_time(|| {
        let home = expired();
        // Whether the service has sent an answer that was lost is a matter of luck here.
        home.aws().set_refresh_tokens(RefreshTokens::Keep);
        let old = Token::new().expires_in(minutes(-150)).to_json();
        death_at_any_moment(
            || Running::start(&home, EXPORT),
            || home.write(&token_file("corp"), &old),
            // JSON, with all its keys.
            || assert_eq!(fields(&home).as_object().expect("an object").len(), 8),
        );
        assert_eq!(names(&home.path(".aws/sso/cache")).len(), 1);
        let state = home.path(".local/state/ssowrap/refresh");
        let left = fs::read_dir(state).expect("a directory").flatten();
        let left: Vec<_> = left.map(|entry| entry.file_name()).collect();
        assert!(left.iter().all(|name| !name.to_string_lossy().ends_with(".tmp")), "{left:?}");
    });
}

/// The next process finds a fresh token and writes none, so what the killed one left must be gone
/// by then.
#[cfg(target_os = "linux")]
#[test]
fn a_process_killed_right_after_the_write_has_swept() {
    let Some(strace) = tool("strace") else { return };
    let home = expired();
    home.write(".aws/sso/cache/.ssowrap-dead.tmp", "{");
    let directory = home.path(".aws/sso/cache");
    let directory = directory.to_str().expect("UTF-8");
    let words = ["-f", "-o", "/dev/null", "-e", "inject=fsync:signal=KILL", "-P", directory];
    let output = home.tool(strace, words.iter().chain(&[SSOWRAP]).chain(&EXPORT)).report();
    assert!(!output.status.success());
    assert!(end(&home) > now(), "it was killed before it had written");
    assert_eq!(names(&home.path(".aws/sso/cache")).len(), 1);
}
