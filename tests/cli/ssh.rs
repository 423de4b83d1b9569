//! `ProxyCommand ssowrap ... exec -- RELAY`: a real ssh reaches a real sshd through it, as through
//! the relay alone.

#![cfg(target_os = "linux")]

use std::fs;
use std::net::{Ipv4Addr, TcpListener};
use std::os::fd::OwnedFd;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::thread;

use crate::clients::installed;
use crate::processes;
use crate::support::{DEV, Home, Run, tool, until};

const SSHD: &str = "/usr/sbin/sshd";
const EXECS: [&str; 2] = ["exec --", "exec --renew --"];

/// A home with the keys and settings of both sides. None if a program is missing.
fn home() -> Option<Home> {
    let (keygen, sshd, _) = (tool("ssh-keygen")?, installed(SSHD)?, tool("socat")?);
    if rustix::process::geteuid().is_root() {
        // Then sshd needs this directory, which stays empty.
        installed("/run/sshd")?;
    }
    let home = Home::with_aws().config(DEV).login("corp");
    for name in ["host", "user"] {
        let words = ["-q", "-t", "ed25519", "-N", "", "-f", name];
        home.tool(&keygen, words).succeeds();
    }
    let at = |name: &str| home.path(name).display().to_string();
    let settings = format!(
        "HostKey {}\nAuthorizedKeysFile {}\nPidFile none\nStrictModes no\nUsePAM no\n\
         PasswordAuthentication no\nPermitRootLogin prohibit-password\n",
        at("host"),
        at("user.pub")
    );
    home.write("sshd_config", settings);
    let port = listen(sshd, home.path("sshd_config"), home.path("sshd.log"));
    let user = Command::new("id").arg("-un").output().expect("a name").stdout;
    let settings = format!(
        "HostName 127.0.0.1\nPort {port}\nUser {}\nIdentityFile {}\nIdentitiesOnly yes\nIdentityAgent \
         none\nBatchMode yes\nStrictHostKeyChecking no\nUserKnownHostsFile \
         /dev/null\nGlobalKnownHostsFile /dev/null\nLogLevel ERROR\n",
        String::from_utf8_lossy(&user).trim(),
        at("user")
    );
    home.write("ssh_config", settings);
    Some(home)
}

/// Starts an sshd for each connection to the returned port, like inetd.
fn listen(sshd: PathBuf, settings: PathBuf, log: PathBuf) -> u16 {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port");
    let port = listener.local_addr().expect("an address").port();
    thread::spawn(move || {
        while let Ok((stream, _)) = listener.accept() {
            let stream = OwnedFd::from(stream);
            let mut command = Command::new(&sshd);
            command.arg("-ie").arg("-f").arg(&settings).env_clear();
            command.stdin(stream.try_clone().expect("a descriptor")).stdout(stream);
            let log = fs::File::options().create(true).append(true).open(&log).expect("a log");
            let mut child = command.stderr(log).spawn().expect("an sshd");
            thread::spawn(move || child.wait());
        }
    });
    port
}

/// Runs this command on that host with ssh.
fn ssh<'a>(home: &'a Home, exec: &str, command: &str) -> Run<'a> {
    let proxy = format!("ProxyCommand=ssowrap -p dev {exec} socat - TCP:%h:%p");
    let settings = home.path("ssh_config");
    let settings = settings.to_str().expect("UTF-8");
    home.tool("ssh", ["-F", settings, "-o", &proxy, "there", command])
}

/// Every byte arrives, in each direction and in both at once.
#[test]
fn copies() {
    for exec in EXECS {
        let Some(home) = home() else { return };
        let mut bytes = vec![0; 4 << 20];
        getrandom::fill(&mut bytes).expect("random bytes");
        let file = home.path("copy").display().to_string();
        ssh(&home, exec, &format!("cat > {file}")).stdin(bytes.clone()).prints("");
        assert!(fs::read(&file).expect("a copy") == bytes);
        assert!(ssh(&home, exec, &format!("cat {file}")).succeeds().stdout == bytes);
        assert!(ssh(&home, exec, "cat").stdin(bytes.clone()).succeeds().stdout == bytes);
        assert_eq!(home.aws().count("GetRoleCredentials"), 1);
    }
}

/// ssowrap's messages appear on ssh's stderr, and there is no connection.
#[test]
fn no_credentials() {
    let Some(home) = home() else { return };
    fs::remove_dir_all(home.path(".aws/sso")).expect("a login");
    let output = ssh(&home, EXECS[0], "true").output();
    assert_eq!(output.status.code(), Some(255));
    let start = "error: profile `dev` needs a login: ";
    assert!(output.stderr.starts_with(start), "{}", output.stderr);
}

/// When ssh has ended, for whatever reason, nothing of it is left.
#[test]
fn it_ends_with_ssh() {
    for exec in EXECS {
        for kill in [true, false] {
            let Some(home) = home() else { return };
            let mut command = ssh(&home, exec, "echo ready; cat").into_command();
            command.stdin(Stdio::piped()).stdout(Stdio::piped());
            let mut child = command.spawn().expect("it starts");
            let mut line = String::new();
            let stdout = child.stdout.take().expect("piped");
            std::io::BufRead::read_line(&mut std::io::BufReader::new(stdout), &mut line)
                .expect("text");
            assert_eq!(line, "ready\n");
            let names = || -> Vec<String> {
                processes::of(&home).into_iter().map(|process| process.command).collect()
            };
            // ssh, the relay that replaced ssowrap, and perhaps the endpoint.
            assert_eq!(names().len(), if exec == EXECS[0] { 2 } else { 3 }, "{:?}", names());
            if kill {
                child.kill().expect("own child");
            } else {
                drop(child.stdin.take());
            }
            assert_eq!(child.wait().expect("own child").success(), !kill);
            until("the end of all", || names().is_empty().then_some(()));
        }
    }
}
