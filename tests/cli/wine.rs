//! The Windows program, under wine: what differs there.
//!
//! `tests/windows/build` builds it, and three helpers that behave like Windows programs: `hold`
//! keeps a file open, `interrupt` presses Ctrl-C, `read` reads a program's output to the end.

mod dropin;
mod exec;
mod files;
mod formats;
mod held;
mod interrupt;
mod login;
mod organisation;
mod resolver;
mod roles;
mod serve;

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::LazyLock;

use chrono::TimeDelta;
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

use crate::support::{DEV, Home, KEYS, Output, Run, Token, token_file, tool};

const WINE: &str = "/usr/lib/wine/wine64";
const SERVER: &str = "/usr/lib/wine/wineserver";
const PROGRAMS: &str =
    concat!(env!("CARGO_MANIFEST_DIR"), "/target/other-systems/x86_64-pc-windows-gnu/wine");

/// Starts wine. It must lie at one address and have others for itself, but Linux puts the heap of a
/// program that lies at one somewhere in the gigabyte that follows: one start of some thousands then
/// failed.
static LOADER: LazyLock<&[&str]> = LazyLock::new(|| {
    let in_order = ["setarch", "-R", WINE].as_slice();
    // Containers may refuse that.
    let is_possible = Command::new("setarch").args(["-R", "true"]).stderr(Stdio::null()).status();
    if is_possible.is_ok_and(|status| status.success()) { in_order } else { &in_order[2..] }
});

/// A Windows system whose home directory is a test's.
struct Windows {
    home: Home,
}

impl Windows {
    /// None if wine isn't installed: then the test is skipped by name.
    fn start(home: Home) -> Option<Self> {
        let program = native("ssowrap.exe");
        let helpers = ["hold", "interrupt", "read"].map(|name| native(&format!("{name}.exe")));
        let files = [WINE, SERVER, &program].into_iter().chain(helpers.iter().map(String::as_str));
        files.fold(true, |all, file| all & tool(file).is_some()).then_some(())?;
        is_fresh(&program);
        let prefix = home.path("wine");
        prepare(&home, &prefix);
        let home = home
            .env("WINEPREFIX", &prefix)
            // wine leaves its socket there. There must be no slash at the end.
            .env("TMPDIR", &prefix)
            .env("WINEDEBUG", "fixme-all")
            .env("WINEDLLOVERRIDES", "explorer.exe,mscoree,mshtml=")
            .env("WINEARCH", "win64")
            .env("WINEPATH", r"C:\users\bin;C:\windows\system32");
        let windows = Self { home };
        let silent = |mut command: Command| {
            command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).status()
        };
        // It runs as long as the test. The first program starts services that would keep pipes
        // open.
        silent(windows.home.tool(SERVER, ["-p"]).into_command()).expect("the server of wine");
        silent(windows.run(["--version"]).into_command()).expect("a first start");
        Some(windows)
    }

    fn tool(&self, program: &str, arguments: &[&str]) -> Run<'_> {
        let program = native(program);
        let words = [*LOADER, &[program.as_str()], arguments].concat();
        self.home.tool(words[0], &words[1..])
    }

    fn run<const N: usize>(&self, arguments: [&str; N]) -> Run<'_> {
        self.tool("ssowrap.exe", &arguments)
    }

    /// Runs it; it must exit with this code.
    fn ends<const N: usize>(&self, code: i32, arguments: [&str; N]) -> Output {
        let output = self.run(arguments).output();
        assert_eq!(output.status.code(), Some(code), "{}", output.told());
        output
    }

    /// Runs it; it must fail with this exit code and this text on stderr.
    fn fails<const N: usize>(&self, code: i32, arguments: [&str; N], stderr: &str) {
        let output = self.ends(code, arguments);
        assert_eq!((output.stdout(), output.stderr.as_str()), ("", stderr));
    }

    /// A file in the directory where programs are found by name.
    fn file(&self, name: &str) -> PathBuf {
        self.home.path("wine/drive_c/users/bin").join(name)
    }

    /// Writes a batch file for `cmd`.
    fn batch(&self, name: &str, lines: &[&str]) {
        fs::write(self.file(name), format!("@echo off\r\n{}\r\n", lines.join("\r\n")))
            .expect("a file");
    }

    /// Makes the program findable by name.
    fn install(&self) {
        for name in ["ssowrap.exe", "bcryptprimitives.dll"] {
            std::os::unix::fs::symlink(native(name), self.file(name)).expect("a link");
        }
    }

    /// Keeps a file in the home directory open, in the given way.
    fn hold(&self, file: &str, how: Hold) -> Holder {
        let path = self.path(file);
        let how: &[&str] = match how {
            Hold::Open => &[],
            Hold::AgainAndAgain => &["3"],
            Hold::Locked => &["locked"],
        };
        let mut command = self.tool("hold.exe", &[&[path.as_str()], how].concat()).into_command();
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("hold");
        let mut line = String::new();
        BufReader::new(child.stdout.take().expect("piped")).read_line(&mut line).expect("a line");
        assert_eq!(line.trim(), "held");
        Holder(child)
    }

    /// A file in the home directory, as a Windows path.
    fn path(&self, file: &str) -> String {
        format!("C:\\users\\{}\\{}", user(), file.replace('/', "\\"))
    }
}

/// Ends all of its programs. The server would need half a second for that.
impl Drop for Windows {
    fn drop(&mut self) {
        let variable = format!("WINEPREFIX={}", self.home.path("wine").display());
        // One of them may be starting another.
        while end_all(&variable) {}
    }
}

/// Kills the processes that have this variable. Returns whether there were any.
fn end_all(variable: &str) -> bool {
    let having = fs::read_dir("/proc").expect("processes").flatten().filter_map(|entry| {
        let variables = fs::read(entry.path().join("environ")).ok()?;
        variables.split(|byte| *byte == 0).find(|one| *one == variable.as_bytes())?;
        Pid::from_raw(entry.file_name().to_str()?.parse().ok()?)
    });
    having.filter(|process| kill_process(*process, Signal::KILL).is_ok()).count() > 0
}

/// How a file is held open, and what others may do with it meanwhile.
#[derive(Clone, Copy)]
enum Hold {
    Open,
    AgainAndAgain,
    /// Others may only read it.
    Locked,
}

/// Closes the file when it is dropped.
struct Holder(Child);

impl Drop for Holder {
    fn drop(&mut self) {
        drop(self.0.stdin.take());
        let _ = self.0.wait();
    }
}

/// How often a test of random events is repeated: `ROUNDS`, or `usual`.
#[expect(clippy::disallowed_methods, reason = "a switch of the tests")]
fn rounds(usual: usize) -> usize {
    std::env::var("ROUNDS").ok().and_then(|rounds| rounds.parse().ok()).unwrap_or(usual)
}

/// The path of a program built by `tests/windows/build`.
fn native(name: &str) -> String {
    format!("{PROGRAMS}/{name}")
}

/// The same as a Windows path.
fn program(name: &str) -> String {
    format!("Z:{}", native(name)).replace('/', "\\")
}

/// Fails if a program is older than its sources.
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

/// This user's name, as wine uses it.
fn user() -> String {
    let output = Command::new("id").arg("-un").output().expect("id");
    String::from_utf8(output.stdout).expect("a name").trim().to_owned()
}

/// Prepares a Windows system quickly: it consists of links.
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

fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|e| panic!("{e}: {text}"))
}

/// A home with keys, a login, and the roles that it gives.
fn signed_in() -> Home {
    let more = r"
[profile deploy]
role_arn = arn:aws:iam::210987654321:role/deploy
source_profile = dev
role_session_name = job
region = eu-west-1

[profile called]
credential_process = C:\users\bin\helper.cmd

[profile ours]
credential_process = C:\users\bin\ssowrap.exe -p keys credential-process
";
    Home::with_aws().config(&format!("{DEV}{more}{KEYS}")).login("corp")
}
