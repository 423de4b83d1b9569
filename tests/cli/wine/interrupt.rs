//! Ctrl-C and Ctrl-Break in a console, and the closing of its window.

use std::fs;
use std::io::{BufRead, BufReader, Write};

use fake_aws::Consent;

use super::{Windows, expired, json, program, signed_in, token};
use crate::support::{CLIENT_ID, DEV, Home, KEYS, REFRESH_TOKEN, Run, TIMEOUT, token_file};

/// What a console tells its programs, as Windows numbers it.
#[derive(Clone, Copy, Debug)]
enum Event {
    ControlC = 0,
    ControlBreak = 1,
    Close = 2,
}

const EVENTS: [Event; 3] = [Event::ControlC, Event::ControlBreak, Event::Close];

/// Where `interrupt` keeps what is printed.
const PRINTED: &str = "printed";

/// ssowrap in a console that has this event once `text` has been printed.
fn interrupted<'a>(windows: &'a Windows, event: Event, text: &str, command: &[&str]) -> Run<'a> {
    let (number, printed) = ((event as u8).to_string(), windows.path(PRINTED));
    let words = [number.as_str(), &printed, text, &program("ssowrap.exe")];
    windows.tool("interrupt.exe", &[&words, command].concat())
}

/// Runs it. Returns the exit code and all that was printed.
fn interrupt(
    windows: &Windows,
    event: Event,
    text: &str,
    command: &[&str],
) -> (Option<i32>, String) {
    let output = interrupted(windows, event, text, command).report();
    let printed = fs::read_to_string(windows.home.path(PRINTED)).expect("a file");
    (output.status.code(), printed)
}

/// The command handles it, and ssowrap exits as the command does.
#[test]
fn is_for_the_command() {
    let Some(windows) = Windows::start(Home::new().config(KEYS)) else { return };
    let exec = ["-p", "keys", "exec", "--", &program("interrupt.exe"), "wait"];
    for (event, code) in EVENTS.into_iter().zip([42, 43, 44]) {
        let ended = interrupt(&windows, event, "waiting", &exec);
        assert_eq!(ended, (Some(code), "waiting\r\n".to_owned()), "{event:?}");
    }
}

#[test]
fn takes_the_file_of_write_credentials_with_it() {
    let Some(windows) = Windows::start(Home::new().config(KEYS)) else { return };
    let show = "echo %AWS_SHARED_CREDENTIALS_FILE%";
    windows.batch("job.cmd", &[show, &format!("{} wait", program("interrupt.exe"))]);
    let exec = ["-p", "keys", "exec", "--write-credentials", "--", "job"];
    for event in EVENTS {
        let (_, printed) = interrupt(&windows, event, "waiting", &exec);
        let (path, _) = printed.split_once("\r\n").expect("a path");
        let unix = path.trim().replace('\\', "/").replacen("C:", "wine/drive_c", 1);
        let directory = windows.home.path(&unix);
        let directory = directory.parent().expect("a directory");
        let is_gone = directory.parent().expect("a place").is_dir() && !directory.exists();
        assert!(is_gone, "{event:?}: {path}");
    }
}

#[test]
fn ends_serve() {
    let Some(windows) = Windows::start(signed_in()) else { return };
    for event in EVENTS {
        let serve = ["-p", "dev", "serve"];
        let (code, printed) = interrupt(&windows, event, "until Ctrl-C", &serve);
        assert_eq!(code, Some(0), "{event:?}: {printed}");
        // Both streams used one file, of which only stdout was closed.
        assert!(printed.contains("AWS_CONTAINER_AUTHORIZATION_TOKEN"), "{printed}");
    }
}

#[test]
fn ends_a_login() {
    let home = Home::with_aws().config(DEV);
    home.aws().set_consent(Consent::Ask);
    let Some(windows) = Windows::start(home) else { return };
    for event in EVENTS {
        for login in [&["login", "--no-browser"][..], &["login", "--use-device-code"]] {
            let words = [&["-p", "dev"], login].concat();
            let (code, printed) = interrupt(&windows, event, "http", &words);
            assert_eq!(code, Some(130), "{event:?}: {printed}");
        }
    }
}

/// The refresh token has been spent: the answer is waited for and kept.
#[test]
fn comes_after_a_refresh() {
    let home = Home::with_aws().config(DEV).token("corp", &expired()).refreshable();
    let Some(windows) = Windows::start(home) else { return };
    let aws = windows.home.aws();
    for event in EVENTS {
        windows.home.write(&token_file("corp"), expired().to_json());
        aws.add_refresh_token(REFRESH_TOKEN, CLIENT_ID);
        aws.clear_log();
        aws.hold("CreateToken");
        let run = interrupted(&windows, event, "asked", &["-p", "dev", "credential-process"]);
        let mut child = run.spawn();
        assert!(aws.wait_for("CreateToken", 1, TIMEOUT), "{event:?}");
        let printed = fs::File::options().append(true).open(windows.home.path(PRINTED));
        printed.expect("a file").write_all(b"asked").expect("a word");
        let mut line = String::new();
        let stdout = child.stdout.take().expect("piped");
        BufReader::new(stdout).read_line(&mut line).expect("a line");
        assert_eq!(line.trim(), "delivered");
        aws.release("CreateToken");
        let status = child.wait().expect("own child");
        // The last eight bits of what Windows has programs end with for Ctrl-C.
        assert_eq!(status.code(), Some(0x3a), "{event:?}");
        assert_ne!(json(&token(&windows))["accessToken"], expired().access_token, "{event:?}");
    }
}
