//! The end of the file, and of the process that keeps it.

use std::fs;
use std::io::Read;
use std::os::unix::process::ExitStatusExt;
use std::path::PathBuf;
use std::process::{Child, ChildStdout, Stdio};

use rustix::process::{Pid, Signal, kill_process, test_kill_process};

use super::{BOTH, home, names};
use crate::processes::{companion_of, none_stays};
use crate::support::{Home, Run, tool, until};

/// A command that has printed a line and reads one. Returns it, its further output, and the process
/// that keeps its file.
fn waiting(home: &Home, run: Run<'_>) -> (Child, ChildStdout, Pid) {
    let mut command = run.into_command();
    let mut child =
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("it starts");
    let mut stdout = child.stdout.take().expect("piped");
    stdout.read_exact(&mut [0]).expect("a line");
    (child, stdout, companion_of(home).expect("a keeper"))
}

/// Even if the machine can start no more threads, the file is written and removed again.
#[test]
fn what_keeps_the_file_needs_no_threads() {
    let home = home();
    let words = ["-p", "keys", "exec", "--write-credentials", "--", "sh", "-c", "echo; read -r _"];
    let (mut child, _, keeper) = waiting(&home, home.run(words));
    let tasks = format!("/proc/{}/task", keeper.as_raw_nonzero());
    let threads = fs::read_dir(tasks).expect("threads").count();
    assert_eq!(threads, 1);
    drop(child.stdin.take());
    child.wait().expect("own child");
    none_stays(&home);
    assert!(names(&home.path("run")).is_empty());
}

#[test]
fn it_is_removed_however_the_command_ends() {
    let home = home();
    let see = "test -s \"$AWS_SHARED_CREDENTIALS_FILE\" && echo seen";
    for path in [None, Some("file"), Some("sub/file")] {
        fs::create_dir_all(home.path("sub")).expect("a directory");
        let arguments = |end: &str| {
            let words = path.into_iter().chain(["--", "sh", "-c"]).map(str::to_owned);
            let words = BOTH.map(str::to_owned).into_iter().chain(words);
            words.chain([format!("{see}; {end}")]).collect::<Vec<_>>()
        };
        let gone = |end: &str| {
            let output = home.run(arguments(end)).output();
            assert_eq!(output.stdout(), "seen\n", "{end}");
            none_stays(&home);
            assert_eq!(names(&home.path("run")), [] as [PathBuf; 0], "{end}");
            assert_eq!(names(&home.path("sub")), [] as [PathBuf; 0], "{end}");
            assert!(!home.path("file").exists(), "{end}");
            output.status
        };
        for code in [0, 7, 255] {
            assert_eq!(gone(&format!("exit {code}")).code(), Some(code));
        }
        for signal in [2, 9, 15] {
            assert_eq!(gone(&format!("kill -{signal} $$; sleep 60")).signal(), Some(signal));
        }
        // Even if the command has written to it, or removed it.
        gone("echo '[more]' >> \"$AWS_SHARED_CREDENTIALS_FILE\"");
        gone("rm \"$AWS_SHARED_CREDENTIALS_FILE\"");
    }
    let output = home.run([&BOTH[..], &["--", "no-such-command"]].concat()).report();
    assert_eq!(output.status.code(), Some(127));
    none_stays(&home);
    assert_eq!(names(&home.path("run")), [] as [PathBuf; 0]);
}

/// At the end of a session, every process is asked to end.
#[test]
fn it_is_removed_when_its_keeper_is_asked_to_end() {
    let home = home();
    for signal in [Signal::TERM, Signal::HUP, Signal::INT] {
        let script = "echo; read -r line; test -e \"$AWS_SHARED_CREDENTIALS_FILE\" || echo gone";
        let (mut child, mut stdout, keeper) =
            waiting(&home, home.run([&BOTH[..], &["--", "sh", "-c", script]].concat()));
        kill_process(keeper, signal).expect("own process");
        until("the end of the keeper", || test_kill_process(keeper).err());
        assert_eq!(names(&home.path("run")), [] as [PathBuf; 0]);
        drop(child.stdin.take());
        let mut text = String::new();
        stdout.read_to_string(&mut text).expect("text");
        assert_eq!(text, "gone\n");
        child.wait().expect("own child");
    }
}

/// If the system can't start a process, that is reported once, with the reason.
#[cfg(target_os = "linux")]
#[test]
fn the_process_in_between_says_why_it_starts_no_keeper() {
    let Some(strace) = tool("strace") else { return };
    let home = home();
    let line = "-f -o /dev/null -e inject=clone,clone3,vfork:error=EAGAIN ssowrap companion";
    let output = home.tool(strace, line.split(' ')).report();
    assert_eq!((output.status.code(), output.stderr.as_str()), (Some(1), ""));
    let why = "cannot start the helper process: Resource temporarily unavailable (os error 11)";
    assert!(output.stdout().contains(why), "{}", output.stdout());
}

/// It isn't in our directory, but is removed anyway. A file that somebody else has put there stays.
#[test]
fn a_named_file_of_a_killed_keeper_is_removed_later() {
    let home = home();
    let line = ["-p", "dev", "exec", "--write-credentials", "keys", "--", "sh", "-c"];
    let abandon = || {
        let script = "echo; read -r line; exit 7";
        let (mut child, _, keeper) = waiting(&home, home.run(line.iter().chain(&[script])));
        home.run(["cache", "clear"]).output();
        assert!(home.path("keys").exists(), "it is in use");
        kill_process(keeper, Signal::KILL).expect("own process");
        until("the end of the keeper", || test_kill_process(keeper).err());
        drop(child.stdin.take());
        child.wait().expect("own child");
        assert!(home.path("keys").exists());
    };
    abandon();
    home.run(["cache", "clear"]).output();
    assert!(!home.path("keys").exists());
    abandon();
    home.run(line.iter().chain(&["test -s keys"])).succeeds();
    none_stays(&home);
    abandon();
    home.write("keys", "mine");
    home.run(["logout", "--all"]).output();
    assert_eq!(fs::read(home.path("keys")).expect("a file"), b"mine");
}
