//! The command of `exec` and `exec --renew` in the foreground of a terminal: keys, jobs, window and
//! end are as without ssowrap, and no process of ssowrap remains after it.

#![cfg(target_os = "linux")]

use std::os::unix::process::ExitStatusExt;

use crate::clients::installed;
use crate::processes;
use crate::support::{DEV, Home, until};
use crate::terminal::Terminal;

const PLAIN: &[&str] = &["exec", "--"];
const RENEWING: &[&str] = &["exec", "--renew", "--"];

fn home() -> Home {
    Home::with_aws().config(DEV).login("corp").env("AWS_PROFILE", "dev").env("TERM", "dumb")
}

/// A command in its own terminal.
fn start(home: &Home, exec: &[&str], command: &[&str]) -> Terminal {
    Terminal::start(home.run(exec.iter().chain(command)))
}

/// A shell that waits for commands, with the prompt `>`.
fn shell(home: &Home) -> Terminal {
    let terminal =
        Terminal::start(home.tool("bash", ["--norc", "--noprofile", "-i"]).env("PS1", "> "));
    terminal.expect("> ");
    terminal
}

/// The endpoint whose address a command has printed, if there is one.
struct Endpoint(Option<(u16, String)>);

/// Prints that address, or none. The terminal also shows what is typed, which must not be taken for
/// the address.
const ADDRESS: &str = "echo at\" <$AWS_CONTAINER_CREDENTIALS_FULL_URI>\"; ";

impl Endpoint {
    /// The endpoint of a running command.
    fn of(terminal: &Terminal, exec: &[&str]) -> Self {
        terminal.expect("at <");
        let uri = terminal.expect(">");
        let port = uri.trim_end_matches('/').rsplit_once(':').map(|(_, port)| port);
        assert_eq!(port.is_some(), exec == RENEWING, "{uri}");
        Self(port.map(|port| {
            let port = port.parse().expect("a port");
            (port, processes::listener(port).expect("it listens"))
        }))
    }

    fn listens(&self) -> bool {
        let listener = |port: &u16| processes::listener(*port);
        self.0.as_ref().is_some_and(|(port, socket)| listener(port).as_ref() == Some(socket))
    }

    /// The command has ended, so the endpoint ends too.
    fn has_ended(&self) {
        until("the end of the endpoint", || (!self.listens()).then_some(()));
    }
}

/// No process that was started in this home is left.
fn nothing_is_left(home: &Home) {
    until("the end of all", || processes::of(home).is_empty().then_some(()));
}

#[test]
fn one_interrupt_is_one() {
    let Some(python) = installed("python/bin/python") else { return };
    // A shell may miss a signal that comes right before its `read`; here it waits until the signal
    // is handled.
    let script = "
import signal
both = [signal.SIGINT, signal.SIGQUIT]
signal.pthread_sigmask(signal.SIG_BLOCK, both)
print(\"ready\", flush=True)
hits = 0
while signal.sigwait(both) == signal.SIGINT:
    hits += 1
    print(\"hit\", hits, flush=True)
print(hits, \"in all\", flush=True)
exit(7)";
    let script = format!("{ADDRESS}exec {} -c '{script}'", python.display());
    for exec in [PLAIN, RENEWING] {
        let home = home();
        let terminal = start(&home, exec, &["sh", "-c", &script]);
        let endpoint = Endpoint::of(&terminal, exec);
        terminal.expect("ready");
        terminal.send("\x03");
        terminal.expect("hit 1");
        terminal.send("\x03");
        terminal.expect("hit 2");
        // The signal is not for the endpoint.
        assert_eq!(endpoint.listens(), exec == RENEWING);
        terminal.send("\x1c");
        terminal.expect("2 in all");
        assert_eq!(terminal.ends().0.code(), Some(7));
        endpoint.has_ended();
        nothing_is_left(&home);
    }
}

#[test]
fn an_interrupt_ends_the_command() {
    for exec in [PLAIN, RENEWING] {
        let home = home();
        let script = format!("{ADDRESS}exec sleep 600");
        let terminal = start(&home, exec, &["sh", "-c", &script]);
        let endpoint = Endpoint::of(&terminal, exec);
        terminal.send("\x03");
        assert_eq!(terminal.ends().0.signal(), Some(2));
        endpoint.has_ended();
        nothing_is_left(&home);
    }
}

/// Exit codes and deaths by signal, as the shell sees them.
#[test]
fn every_end() {
    for exec in [PLAIN, RENEWING] {
        let home = home();
        let terminal = shell(&home);
        let ends = |script: &str, code: i32| {
            let words = exec.join(" ");
            let script = format!("{ADDRESS}read -r line; {script}");
            terminal.send(&format!("ssowrap {words} sh -c '{script}'; echo \"[$?]\"\n"));
            let endpoint = Endpoint::of(&terminal, exec);
            terminal.send("\n");
            terminal.expect(&format!("[{code}]"));
            endpoint.has_ended();
        };
        for code in [0, 1, 7, 126, 127, 130, 143, 255] {
            ends(&format!("exit {code}"), code);
        }
        for signal in [9, 15] {
            ends(&format!("kill -{signal} $$"), 128 + signal);
        }
        terminal.send("exit\n");
        assert!(terminal.ends().0.success());
        nothing_is_left(&home);
    }
}

#[test]
fn stopped_and_continued() {
    for exec in [PLAIN, RENEWING] {
        let home = home();
        let terminal = shell(&home);
        let words = exec.join(" ");
        terminal.send(&format!("ssowrap {words} sh -c '{ADDRESS}exec cat'\n"));
        let endpoint = Endpoint::of(&terminal, exec);
        terminal.send("one\n");
        terminal.expect("one\r\none\r\n");
        terminal.send("\x1a");
        terminal.expect("Stopped");
        terminal.expect("> ");
        // The shell has its terminal back, and the credentials stay.
        terminal.send("echo $((6 * 7))\n");
        terminal.expect("42\r\n> ");
        assert_eq!(endpoint.listens(), exec == RENEWING);
        terminal.send("fg\n");
        terminal.expect("ssowrap exec");
        terminal.send("two\n");
        terminal.expect("two\r\ntwo\r\n");
        terminal.send("\x1a");
        terminal.expect("Stopped");
        terminal.expect("> ");
        // In the background, it may not read.
        terminal.send("bg; wait %1; echo \"[$?]\"\n");
        terminal.expect("[149]\r\n> ");
        terminal.send("fg\n");
        terminal.expect("ssowrap exec");
        terminal.send("\x04");
        terminal.expect("> ");
        terminal.send("echo \"[$?]\"; exit 0\n");
        terminal.expect("[0]");
        assert!(terminal.ends().0.success());
        endpoint.has_ended();
        nothing_is_left(&home);
    }
}

/// A shell as the command has its own jobs.
#[test]
fn a_shell_as_the_command() {
    for exec in [PLAIN, RENEWING] {
        let home = home().env("PS1", "> ");
        let terminal = start(&home, exec, &["bash", "--norc", "--noprofile", "-i"]);
        // No message about a missing terminal.
        assert_eq!(terminal.expect("> "), "");
        terminal.send(&format!("sh -c '{ADDRESS}exec cat'\n"));
        let endpoint = Endpoint::of(&terminal, exec);
        terminal.send("one\n");
        terminal.expect("one\r\none\r\n");
        terminal.send("\x1a");
        terminal.expect("Stopped");
        terminal.expect("> ");
        terminal.send("fg\n");
        terminal.expect("exec cat'\r\n");
        terminal.send("two\n");
        terminal.expect("two\r\ntwo\r\n");
        terminal.send("\x03");
        terminal.expect("> ");
        terminal.send("echo \"[$?]\"\n");
        terminal.expect("[130]");
        assert_eq!(endpoint.listens(), exec == RENEWING);
        terminal.send("exit 3\n");
        assert_eq!(terminal.ends().0.code(), Some(3));
        endpoint.has_ended();
        nothing_is_left(&home);
    }
}

#[test]
fn the_window() {
    let script = "sleep 600 & trap 'kill $!; echo \"now $(stty size)\"; exit 0' WINCH; [ -t 0 ] && \
                  [ -t 1 ] && [ -t 2 ] && echo \"at first $(stty size)\"; wait";
    for exec in [PLAIN, RENEWING] {
        let home = home();
        let terminal = start(&home, exec, &["bash", "-c", script]);
        terminal.expect("at first 24 80");
        terminal.resize(50, 132);
        terminal.expect("now 50 132");
        assert!(terminal.ends().0.success());
        nothing_is_left(&home);
    }
}
