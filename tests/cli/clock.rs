//! Clocks that disagree, and files whose times make no sense.

use std::fs::{self, File};
use std::path::PathBuf;
use std::process::Command;
use std::time::{Duration, SystemTime};

use chrono::TimeDelta;

use crate::entries::{access_key, chain, key_of};
use crate::support::{DEV, Home, Token, skip, tool};

/// Moves the clock of a program, but not that of the files it writes.
const AHEAD: &str = r"
#define _GNU_SOURCE
#include <dlfcn.h>
#include <time.h>
int clock_gettime(clockid_t clock, struct timespec *time) {
    int (*real)(clockid_t, struct timespec *) = dlsym(RTLD_NEXT, NAME);
    int result = real(clock, time);
    if (clock == CLOCK_REALTIME) time->tv_sec += 2 * 24 * 3600;
    return result;
}
";

/// The library that does so.
fn ahead(home: &Home) -> Option<PathBuf> {
    let (source, library) = (home.path("ahead.c"), home.path("ahead.so"));
    fs::write(&source, AHEAD).expect("a file");
    let mut compiler = Command::new(tool("cc")?);
    compiler
        .args(["-shared", "-fPIC", "-o"])
        .args([&library, &source])
        .args(["-DNAME=\"clock_gettime\"", "-ldl"]);
    assert!(compiler.status().expect("the compiler starts").success());
    Some(library)
}

/// A file server's clock may be days behind. What was just written there isn't old, so it isn't
/// swept: neither the lock that is about to be taken, nor what says whose the credentials are.
#[test]
fn files_of_a_server_whose_clock_is_days_behind() {
    let token = Token::new().expires_in(TimeDelta::days(9));
    let home = Home::with_aws().config(DEV).token("corp", &token);
    home.aws().credential_lifetime_of("GetRoleCredentials", Duration::from_secs(9 * 24 * 3600));
    let Some(library) = ahead(&home) else { return };
    let run = || {
        let run = home.run(["-p", "dev", "export"]).env("LD_PRELOAD", &library);
        access_key(&run.succeeds())
    };
    let first = run();
    assert_eq!(run(), first, "it is cached");
    assert_eq!(home.aws().count("*"), 1);
}

/// Some file systems hold times that no calendar does.
#[test]
fn times_beyond_every_calendar() {
    let Ok(memory) = tempfile::tempdir_in("/dev/shm") else {
        return skip("there is no /dev/shm");
    };
    let home = chain().env("XDG_CACHE_HOME", memory.path());
    for profile in ["deploy", "dev"] {
        let first = key_of(&home, profile);
        for kind in ["roles", "notes", "logins"] {
            let directory = memory.path().join("ssowrap").join(kind);
            for entry in fs::read_dir(directory).expect("a directory") {
                let file = File::open(entry.expect("an entry").path()).expect("a file");
                let far = SystemTime::UNIX_EPOCH + Duration::from_secs(1 << 60);
                file.set_modified(far).expect("tmpfs takes any time");
            }
        }
        assert_eq!(key_of(&home, profile), first);
        home.run(["-p", profile, "export", "--refresh"]).succeeds();
    }
}
