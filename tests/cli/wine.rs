//! The program of Windows, under wine: what differs there.
//!
//! `tests/windows/build` builds it, and `hold`, which keeps a file open as programs of Windows do, and
//! `interrupt`, which presses Ctrl-C.

mod interrupt;
mod login;
mod verbs;

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use chrono::TimeDelta;
use fake_aws::{Consent, Options};

use crate::support::{
    CLIENT_ID, DEV, Home, KEYS, Output, REFRESH_TOKEN, Run, Token, token_file, tool,
};

const WINE: &str = "/usr/lib/wine/wine64";
const SERVER: &str = "/usr/lib/wine/wineserver";
const PROGRAMS: &str =
    concat!(env!("CARGO_MANIFEST_DIR"), "/target/other-systems/x86_64-pc-windows-gnu/debug");

/// A Windows whose home directory is that of a test.
struct Windows {
    home: Home,
}

impl Windows {
    /// None where it isn't installed: then the test is skipped by name.
    fn start(home: Home) -> Option<Self> {
        let program = format!("{PROGRAMS}/ssowrap.exe");
        let [hold, interrupt] = ["hold", "interrupt"].map(|name| format!("{PROGRAMS}/{name}.exe"));
        [WINE, SERVER, &program, &hold, &interrupt]
            .iter()
            .all(|file| tool(file).is_some())
            .then_some(())?;
        is_fresh(&program);
        let prefix = home.path("wine");
        prepare(&home, &prefix);
        let home = home
            .env("WINEPREFIX", &prefix)
            // Its socket stays there when it is gone. No slash may be at the end.
            .env("TMPDIR", &prefix)
            .env("WINEDEBUG", "-all")
            .env("WINEDLLOVERRIDES", "mscoree,mshtml=")
            .env("WINEARCH", "win64")
            .env("WINEPATH", r"C:\users\bin;C:\windows\system32");
        let windows = Self { home };
        let silent = |mut command: Command| {
            command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).status()
        };
        // It lives for as long as the test, and the first program starts what would keep pipes open.
        silent(windows.home.tool(SERVER, ["-p"]).into_command()).expect("the server of wine");
        silent(windows.run(["--version"]).into_command()).expect("a first start");
        Some(windows)
    }

    fn tool(&self, program: &str, arguments: &[&str]) -> Run<'_> {
        let program = format!("{PROGRAMS}/{program}");
        self.home.tool(WINE, [&[program.as_str()], arguments].concat())
    }

    fn run<const N: usize>(&self, arguments: [&str; N]) -> Run<'_> {
        self.tool("ssowrap.exe", &arguments)
    }

    /// Runs it; it must end with this code.
    fn ends<const N: usize>(&self, code: i32, arguments: [&str; N]) -> Output {
        let output = self.run(arguments).output();
        assert_eq!(output.status.code(), Some(code), "{}", output.stderr);
        output
    }

    /// Keeps a file of the home directory open, until it is dropped or again and again.
    fn hold(&self, file: &str, again: bool) -> Holder {
        let path = format!("C:\\users\\{}\\{}", user(), file.replace('/', "\\"));
        let arguments = if again { vec![path.as_str(), "3"] } else { vec![path.as_str()] };
        let mut command = self.tool("hold.exe", &arguments).into_command();
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("hold");
        let mut line = String::new();
        BufReader::new(child.stdout.take().expect("piped")).read_line(&mut line).expect("a line");
        assert_eq!(line.trim(), "held");
        Holder(child)
    }
}

impl Drop for Windows {
    fn drop(&mut self) {
        let _ = self.home.tool(SERVER, ["-k", "-w"]).into_command().status();
    }
}

struct Holder(Child);

impl Drop for Holder {
    fn drop(&mut self) {
        drop(self.0.stdin.take());
        let _ = self.0.wait();
    }
}

/// The path of what `tests/windows/build` has built, as Windows names it.
fn program(name: &str) -> String {
    format!("Z:{PROGRAMS}/{name}").replace('/', "\\")
}

/// A program that is older than its sources would be another one.
fn is_fresh(program: &str) {
    let built = fs::metadata(program).and_then(|file| file.modified()).expect("a file");
    let mut directories = vec![PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/src"))];
    while let Some(directory) = directories.pop() {
        for entry in fs::read_dir(directory).expect("sources").flatten() {
            let metadata = entry.metadata().expect("a file");
            if metadata.is_dir() {
                directories.push(entry.path());
            } else {
                let changed = metadata.modified().expect("a time");
                assert!(changed <= built, "{program} is old: run tests/windows/build");
            }
        }
    }
}

/// The name of this user, as wine asks for it.
fn user() -> String {
    let output = Command::new("id").arg("-un").output().expect("id");
    String::from_utf8(output.stdout).expect("a name").trim().to_owned()
}

/// A system that takes no time to make: all of it are links.
fn prepare(home: &Home, prefix: &Path) {
    let link = |to: &Path, name: &str| {
        std::os::unix::fs::symlink(to, prefix.join(name)).expect("a link");
    };
    for directory in ["drive_c/windows", "drive_c/users/bin", "dosdevices"] {
        fs::create_dir_all(prefix.join(directory)).expect("directories");
    }
    let system = Path::new("/usr/lib/x86_64-linux-gnu/wine/x86_64-windows");
    link(system, "drive_c/windows/system32");
    link(&home.path(""), &format!("drive_c/users/{}", user()));
    link(&prefix.join("drive_c"), "dosdevices/c:");
    link(Path::new("/"), "dosdevices/z:");
    fs::write(prefix.join(".update-timestamp"), "disable\n").expect("a file");
}

fn token(windows: &Windows) -> String {
    fs::read_to_string(windows.home.path(&token_file("corp"))).expect("a token file")
}

fn expired() -> Token {
    Token::new().expires_in(TimeDelta::minutes(-150))
}

#[test]
fn what_needs_no_aws() {
    let Some(windows) = Windows::start(Home::new().config(&format!("{DEV}{KEYS}"))) else { return };
    let version = windows.ends(0, ["--version"]);
    assert_eq!(version.stdout(), concat!("ssowrap ", env!("CARGO_PKG_VERSION"), "\n"));
    let explained = windows.ends(0, ["-p", "dev", "explain"]);
    assert!(explained.stdout().contains(r"\.aws\config:2  sso_session = corp"));
    let mut list = windows.run(["profiles"]).env("AWS_CONFIG_FILE", "nul").output();
    assert_eq!((list.status.code(), list.stdout()), (Some(0), ""));
    list = windows.run(["profiles"]).output();
    assert_eq!(list.stdout().lines().count(), 3, "{}", list.stdout());
    for shell in ["bash", "zsh", "fish"] {
        assert!(!windows.ends(0, ["init", shell]).stdout().contains('\r'), "{shell}");
    }
}

#[test]
fn exec_ends_as_the_command_does() {
    let Some(windows) = Windows::start(Home::new().config(KEYS)) else { return };
    let batch = "@echo %1 %AWS_ACCESS_KEY_ID%\r\n@exit /b 3\r\n";
    fs::write(windows.home.path("wine/drive_c/users/bin/cdk.cmd"), batch).expect("a file");
    // As npm does it.
    fs::write(windows.home.path("wine/drive_c/users/bin/cdk"), "#!/bin/sh\n").expect("a file");
    let cdk = windows.ends(3, ["-p", "keys", "exec", "--", "cdk", "a b"]);
    assert_eq!(cdk.stdout(), "\"a b\" AKIAEXAMPLE\r\n");
    windows.ends(7, ["-p", "keys", "exec", "--", "cmd.exe", "/c", "exit", "7"]);
    windows.ends(127, ["-p", "keys", "exec", "--", "nothing-of-that-name"]);
    windows.ends(126, ["-p", "keys", "exec", "--", "cdk", "a\nb"]);
}

#[test]
fn the_file_of_write_credentials_can_be_read_and_goes() {
    let Some(windows) = Windows::start(Home::new().config(KEYS)) else { return };
    let typed = "echo %AWS_SHARED_CREDENTIALS_FILE%& type %AWS_SHARED_CREDENTIALS_FILE%";
    let exec = ["-p", "keys", "exec", "--write-credentials", "--", "cmd.exe", "/c", typed];
    let output = windows.ends(0, exec);
    let (path, contents) = output.stdout().split_once("\r\n").expect("a path");
    assert!(contents.starts_with("[keys]\naws_access_key_id = AKIAEXAMPLE\n"), "{contents}");
    let unix = path.trim().replace('\\', "/").replacen("C:", "wine/drive_c", 1);
    let directory = windows.home.path(&unix);
    let directory = directory.parent().expect("a directory");
    assert!(directory.parent().expect("a place").is_dir() && !directory.exists(), "{path}");
}

#[test]
fn cold_then_warm() {
    let home = Home::with_aws().config(DEV).login("corp");
    let Some(windows) = Windows::start(home) else { return };
    let cold = windows.ends(0, ["-p", "dev", "credential-process"]);
    let warm = windows.ends(0, ["-p", "dev", "credential-process"]);
    assert_eq!(cold.stdout(), warm.stdout());
    assert_eq!(windows.home.aws().count("GetRoleCredentials"), 1);
}

#[test]
fn signs_in_with_a_code_and_out() {
    let options = Options { consent: Consent::Ask, ..Options::default() };
    let home = Home::with_options(options).config(DEV);
    let Some(windows) = Windows::start(home) else { return };
    let mut login = windows.run(["-p", "dev", "login", "--use-device-code"]).spawn();
    let mut said = BufReader::new(login.stderr.take().expect("piped")).lines();
    said.find(|line| line.as_ref().is_ok_and(|line| line.contains("shows the code")));
    assert_eq!(windows.home.aws().approve_devices(None), 1);
    let rest = said.map_while(Result::ok).collect::<Vec<_>>();
    assert!(login.wait().expect("a child").success(), "{rest:?}");
    windows.ends(0, ["-p", "dev", "export", "--format", "json"]);
    windows.ends(0, ["-p", "dev", "logout"]);
    assert!(!windows.home.path(&token_file("corp")).exists());
}

/// Each of the refresh tokens is spent once: a file that could not be replaced would lose the login.
#[test]
fn a_refresh_beside_readers_loses_nothing() {
    let home = Home::with_aws().config(DEV).token("corp", &expired()).refreshable();
    let Some(windows) = Windows::start(home) else { return };
    let _readers = [(); 3].map(|()| windows.hold(&token_file("corp"), true));
    for _ in 0..12 {
        windows.home.write(&token_file("corp"), expired().to_json());
        windows.home.aws().add_refresh_token(REFRESH_TOKEN, CLIENT_ID);
        let output = windows.ends(0, ["-p", "dev", "--no-cache", "credential-process"]);
        assert_eq!(output.stderr, "");
        assert!(!token(&windows).contains(&expired().access_token));
    }
    assert_eq!(windows.home.aws().count("CreateToken"), 12);
}

#[test]
fn a_reader_that_never_lets_go_costs_no_login() {
    let home = Home::with_aws().config(DEV).token("corp", &expired()).refreshable();
    let Some(windows) = Windows::start(home) else { return };
    let _reader = windows.hold(&token_file("corp"), false);
    windows.ends(0, ["-p", "dev", "--no-cache", "credential-process"]);
    assert!(!token(&windows).contains(&expired().access_token));
    serde_json::from_str::<serde_json::Value>(&token(&windows)).expect("a whole file");
}

#[test]
fn writers_of_the_config_beside_readers_lose_nothing() {
    const ROLES: [(&str, &str); 6] = [
        ("123456789012", "Admin"),
        ("123456789012", "ReadOnly"),
        ("210987654321", "Admin"),
        ("210987654321", "Developer"),
        ("210987654321", "ReadOnly"),
        ("000000000042", "Developer"),
    ];
    let (_, session) = DEV.split_once("\n\n").expect("a session");
    let Some(windows) = Windows::start(Home::with_aws().config(session).login("corp")) else {
        return;
    };
    let _readers = [(); 3].map(|()| windows.hold(".aws/config", true));
    let children = ROLES.map(|(account, role)| {
        let which = ["--sso-session", "corp", "--account", account, "--role-name", role];
        let how = ["--name", "{account_id}.{role_name}", "--region", "eu-west-1", "--yes"];
        windows.tool("ssowrap.exe", &[&["configure"][..], &which, &how].concat()).spawn()
    });
    for child in children {
        let output = child.wait_with_output().expect("a child");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }
    let config = fs::read_to_string(windows.home.path(".aws/config")).expect("a file");
    for (account, role) in ROLES {
        let section = format!("[profile {account}.{role}]");
        assert!(config.contains(&section), "{section} is lost:\n{config}");
    }
}
