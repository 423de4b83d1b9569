//! A file system that contains only the program and its files, like an image made `FROM scratch`:
//! no shell, passwd, resolv.conf, certificates, /proc or /dev. Each verb works there, or names what
//! is missing.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use fake_aws::{Consent, FakeAws, Options};

use crate::support::{DEV, Home, KEYS, Run, SSOWRAP, skip, tool};

const CLUSTER: &str = "arn:aws:eks:eu-west-1:123456789012:cluster/blue";

const HELPER: &str = "
[profile helper]
credential_process = /helper
";

/// Nothing exists except a test's home directory.
struct Root {
    home: Home,
    enter: Vec<String>,
}

impl Root {
    /// None if this user can't have such a root: then the test is skipped by name.
    fn new(home: Home) -> Option<Self> {
        let directory = home.path("").display().to_string();
        let mut enter = if is_root() {
            vec!["chroot".to_owned(), directory]
        } else {
            ["unshare", "--map-root-user", "chroot", &directory].map(str::to_owned).to_vec()
        };
        // The tests' PATH lacks /usr/sbin.
        enter[0] = tool(&enter[0])?.display().to_string();
        for file in needed() {
            let inside = home.path(file.trim_start_matches('/'));
            fs::create_dir_all(inside.parent().expect("a directory")).expect("directories");
            fs::copy(&file, inside).expect("a copy");
        }
        fs::copy(SSOWRAP, home.path("ssowrap")).expect("a copy");
        let root = Self { home: home.env("HOME", "/"), enter };
        let may = root.run(&["--version"]).into_command().stdout(Stdio::null()).status();
        if !may.is_ok_and(|status| status.success()) {
            skip("this user may not have a root directory of their own");
            return None;
        }
        Some(root)
    }

    fn run(&self, arguments: &[&str]) -> Run<'_> {
        let words = self.enter[1..].iter().map(String::as_str).chain(["/ssowrap"]);
        self.home.tool(&self.enter[0], words.chain(arguments.iter().copied()))
    }

    fn prints(&self, arguments: &[&str]) -> String {
        let output = self.run(arguments).output();
        assert!(output.status.success(), "{arguments:?}: {}", output.stderr);
        output.stdout().to_owned()
    }

    fn fails(&self, arguments: &[&str], code: i32, words: &str) {
        let output = self.run(arguments).report();
        assert_eq!(output.status.code(), Some(code), "{arguments:?}: {}", output.stderr);
        assert!(output.stderr.contains(words), "{arguments:?}: {}", output.stderr);
    }
}

fn is_root() -> bool {
    let output = Command::new("id").arg("-u").output().expect("id");
    output.stdout == b"0\n"
}

/// The libraries that the program needs, if it isn't static.
fn needed() -> Vec<String> {
    let output = Command::new("ldd").arg(SSOWRAP).output().expect("ldd");
    let text = String::from_utf8(output.stdout).expect("text");
    let paths = text.split_whitespace().filter(|word| word.starts_with('/'));
    paths.filter(|path| Path::new(path).is_file()).map(str::to_owned).collect()
}

#[test]
fn what_needs_only_its_files_works() {
    let home = Home::with_aws().config(&format!("{DEV}{KEYS}")).login("corp");
    home.aws().set_consent(Consent::Approve);
    let Some(root) = Root::new(home) else { return };
    assert!(root.prints(&["-p", "dev", "export"]).contains("AWS_SESSION_TOKEN="));
    let token = ["-p", "dev", "eks", "get-token", "--cluster-name", "blue"];
    for words in [
        &["-p", "dev", "credential-process"][..],
        &["-p", "dev", "whoami"],
        &["-p", "dev", "explain"],
        &["profiles"],
        &["status"],
        &["accounts", "--roles"],
        &["cache", "list"],
        &["-p", "dev", "console", "--url"],
        &token,
        &["init", "bash"],
        &["completions", "zsh"],
    ] {
        assert_ne!(root.prints(words), "", "{words:?}");
    }
    let version = concat!("ssowrap ", env!("CARGO_PKG_VERSION"), "\n");
    assert_eq!(root.prints(&["-p", "dev", "exec", "--", "/ssowrap", "--version"]), version);
    root.prints(&["-p", "dev", "generate", "--as", "written"]);
    assert!(root.home.path(".aws/credentials").is_file());
    let write = ["--account", "*", "--role-name", "ReadOnly", "--region", "eu-west-1", "--yes"];
    root.prints(&[&["configure"][..], &write].concat());
    root.prints(&["configure", "--undo", "--yes"]);
    root.prints(&["man", "/man"]);
    assert!(root.home.path("man/ssowrap.1").is_file());
    root.prints(&["cache", "clear"]);
    root.prints(&["-p", "dev", "logout"]);
    root.prints(&["-p", "dev", "login", "--use-device-code"]);
    root.prints(&["aws2-wrap", "--profile", "dev", "--export"]);
}

#[test]
fn what_is_missing_is_named() {
    let config = format!("{DEV}{KEYS}{HELPER}");
    let Some(root) = Root::new(Home::with_aws().config(&config).login("corp")) else { return };
    root.home.aws().add_cluster(CLUSTER);
    let version = ["--", "/ssowrap", "--version"];
    let around = |verb: &[&'static str]| [&["-p", "dev"], verb, &version].concat();
    root.fails(&around(&["exec", "--renew"]), 1, "Is /proc mounted?");
    root.fails(&around(&["exec", "--write-credentials"]), 1, "Is /proc mounted?");
    root.fails(&around(&["each"]), 1, "Is /proc mounted?");
    root.fails(&["init", "--aws2-wrap", "/"], 1, "Is /proc mounted?");
    let update = ["-p", "dev", "eks", "update-kubeconfig", "--name", "blue", "--dry-run"];
    root.fails(&update, 1, "Is /proc mounted?");
    root.fails(&["-p", "keys", "exec", "--", "terraform"], 127, "`terraform`: command not found");
    root.fails(&["-p", "helper", "export"], 1, "cannot be started: there is no /dev/null");
    fs::create_dir(root.home.path("dev")).expect("a directory");
    fs::write(root.home.path("dev/null"), "").expect("a file");
    root.fails(&["-p", "helper", "export"], 1, "cannot be started: there is no /bin/sh");
    let nobody = root.run(&["-p", "keys", "export"]).without("HOME").output();
    assert_eq!(nobody.stderr, "error: there is no home directory\nhint: set HOME\n");
}

#[test]
fn what_the_network_takes_is_named() {
    let Some(root) = Root::new(Home::with_aws().config(DEV).login("corp")) else { return };
    let says = |url: &str| {
        let run = root.run(&["-p", "dev", "export"]).env("AWS_ENDPOINT_URL", url);
        run.output().stderr
    };
    let tls = FakeAws::start(Options { tls: true, ..Options::default() });
    let untrusting = says(&tls.url());
    assert!(untrusting.contains("there is no certificate to trust"), "{untrusting}");
    let nameless = says("http://aws.invalid");
    assert!(nameless.contains("the address of aws.invalid cannot be found: "), "{nameless}");
    let asked = "(asked: 127.0.0.1, because there is no /etc/resolv.conf)";
    assert_eq!(nameless.contains(asked), needed().is_empty(), "{nameless}");
}
