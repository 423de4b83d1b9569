//! What killed processes leave is removed; what another process still uses stays.

use std::fs::{self, File};
use std::time::{Duration, SystemTime};

use crate::entries::names;
use crate::support::{DEV, Home};

const LOCKS: &str = ".local/state/ssowrap/locks";

/// Where ssowrap writes.
const PLACES: [&str; 5] = [
    ".aws/sso/cache",
    ".aws/cli/cache",
    ".cache/ssowrap/roles",
    ".cache/ssowrap/notes",
    ".local/state/ssowrap/refresh",
];

fn home() -> Home {
    let home = Home::with_aws().config(DEV).login("corp");
    home.run(["-p", "dev", "export"]).succeeds();
    for place in PLACES {
        fs::create_dir_all(home.path(place)).expect("a directory");
        fs::write(home.path(place).join(".ssowrap-dead.tmp"), "FAKEtoken").expect("a file");
    }
    home
}

#[test]
fn logout_and_cache_clear_sweep() {
    for verb in [&["logout", "--all"][..], &["-p", "dev", "logout"], &["cache", "clear"]] {
        let home = home();
        let busy = home.path(".aws/sso/cache/.ssowrap-busy.tmp");
        let writer = File::create(&busy).and_then(|file| file.lock().map(|()| file));
        let held = File::create(home.path(LOCKS).join("held"));
        let held = held.and_then(|file| file.lock().map(|()| file));
        assert!(names(&home.path(LOCKS)).len() > 1, "one of the link, too");
        assert!(home.run(verb).output().status.success(), "{verb:?}");
        for place in PLACES {
            assert!(!home.path(place).join(".ssowrap-dead.tmp").exists(), "{verb:?}: {place}");
        }
        assert!(busy.exists());
        assert_eq!(names(&home.path(LOCKS)), ["held"], "{verb:?}");
        drop((writer.expect("a lock"), held.expect("a lock")));
    }
}

/// Each key that is used once leaves a lock for its link: their number does not grow forever.
#[test]
fn old_locks_are_removed_when_a_new_one_is_created() {
    let home = Home::with_aws().config(DEV).login("corp");
    fs::create_dir_all(home.path(LOCKS)).expect("a directory");
    for (name, hours) in [("old", 25), ("young", 23), ("held", 100)] {
        let file = File::create(home.path(LOCKS).join(name)).expect("a file");
        #[expect(clippy::disallowed_methods, reason = "tests have a clock too")]
        let then = SystemTime::now() - Duration::from_secs(hours * 3600);
        file.set_modified(then).expect("own file");
    }
    let held = File::open(home.path(LOCKS).join("held")).expect("a file");
    held.lock().expect("a lock");
    home.run(["-p", "dev", "export"]).succeeds();
    let left = names(&home.path(LOCKS));
    assert!(!left.contains(&"old".to_owned()), "{left:?}");
    assert!(left.contains(&"young".to_owned()) && left.contains(&"held".to_owned()), "{left:?}");
    assert!(left.len() > 2, "and those of this run: {left:?}");
}
