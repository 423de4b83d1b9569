//! Special files: whatever reads a file that the user names fails with an error that names it, and
//! reads a pipe with a writer to its end.

use std::fs::{self, File};
use std::path::Path;

use crate::support::{DEV, Home, KEYS};

const WEB: &str = "\
[profile web]
role_arn = arn:aws:iam::123456789012:role/Deploy
web_identity_token_file = special
region = eu-west-1
";

/// The places that name a file, and the run that reads it.
const READERS: [(&str, &str); 4] = [
    ("AWS_CONFIG_FILE", "dev"),
    ("AWS_SHARED_CREDENTIALS_FILE", "dev"),
    ("AWS_CA_BUNDLE", "dev"),
    ("", "web"),
];

/// Creates a special file.
type Make = fn(&Home, &Path);

fn home(special: Make) -> Home {
    let home = Home::with_options(fake_aws::Options { tls: true, ..Default::default() });
    let home = home.config(&format!("{DEV}{WEB}")).login("corp");
    special(&home, &home.path("special"));
    home
}

fn mkfifo(home: &Home, path: &Path) {
    home.tool("mkfifo", [path]).succeeds();
}

#[test]
fn what_cannot_be_read_is_an_error_that_names_the_file() {
    let link = |_: &Home, path: &Path| {
        std::os::unix::fs::symlink("/dev/zero", path).expect("a link");
    };
    let directory = |_: &Home, path: &Path| fs::create_dir(path).expect("a directory");
    let large = |_: &Home, path: &Path| {
        File::create(path).and_then(|file| file.set_len(4 << 30)).expect("a sparse file");
    };
    let kinds: [(Make, &str); 4] = [
        (mkfifo, "it is a pipe that nobody writes to"),
        (link, "it is larger than 16 MiB"),
        (directory, "it is a directory"),
        (large, "it is larger than 16 MiB"),
    ];
    for (special, why) in kinds {
        let home = home(special);
        for (variable, profile) in READERS {
            let run = home.run(["-p", profile, "--no-cache", "export"]);
            let run = match variable {
                // The web identity's bundle would be read first.
                "" => run.env("AWS_CA_BUNDLE", home.path("none")),
                _ => run.env(variable, home.path("special")),
            };
            let output = run.output();
            assert_eq!(output.status.code(), Some(4), "{variable}: {}", output.stderr);
            let first = output.stderr.lines().next().expect("an error");
            assert!(first.contains("special") && first.contains(why), "{variable}: {first}");
        }
    }
}

/// A container's token file, which is not a pipe.
#[test]
fn the_token_file_of_a_container() {
    let text = |_: &Home, path: &Path| fs::write(path, "FAKEtoken\n").expect("a file");
    let link = |_: &Home, path: &Path| {
        std::os::unix::fs::symlink("/dev/zero", path).expect("a link");
    };
    let directory = |_: &Home, path: &Path| fs::create_dir(path).expect("a directory");
    let large = |_: &Home, path: &Path| {
        File::create(path).and_then(|file| file.set_len(4 << 30)).expect("a sparse file");
    };
    let missing = |_: &Home, _: &Path| {};
    let kinds: [(Make, &str); 6] = [
        (mkfifo, "cannot be read: it is not a regular file"),
        (link, "cannot be read: it is not a regular file"),
        (directory, "cannot be read: it is a directory"),
        (large, "cannot be read: it is larger than 16 MiB"),
        (missing, "cannot be read: No such file or directory (os error 2)"),
        (text, "contains a line break: it must hold only the token"),
    ];
    for (special, why) in kinds {
        let config = "[profile box]\nrole_arn = arn:aws:iam::123456789012:role/Deploy\n\
                      credential_source = EcsContainer\nregion = eu-west-1\n";
        let home = Home::with_aws().config(config);
        special(&home, &home.path("special"));
        let url = format!("{}/container", home.aws().url());
        let run = home.run(["-p", "box", "export"]).env("AWS_CONTAINER_CREDENTIALS_FULL_URI", url);
        let file = home.path("special");
        let output = run.env("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", file).output();
        assert_eq!(output.status.code(), Some(1), "{}", output.stderr);
        let expected =
            format!("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE names ~/special, which {why}\n");
        let first = output.stderr.split_inclusive('\n').next().expect("an error");
        assert!(first.ends_with(&expected), "{first}");
    }
}

/// `AWS_CONFIG_FILE=<(sops -d ...)`, which starts to write when it is read.
#[test]
fn a_writer_is_waited_for() {
    let home = Home::new();
    let (start, rest) = KEYS.split_at(20);
    home.write("start", start);
    home.write("rest", rest);
    let script = "
        mkfifo first second gate
        (cat first; cat second) > gate &
        AWS_CONFIG_FILE=gate ssowrap -p keys export &
        cat start > first
        cat rest > second
        wait";
    let output = home.tool("sh", ["-c", script]).succeeds();
    assert_eq!(output.exported()["AWS_ACCESS_KEY_ID"], "AKIAEXAMPLE");
    // An anonymous pipe whose writer is gone.
    let script = "AWS_CONFIG_FILE=<(cat start rest) ssowrap -p keys export";
    let output = home.tool("bash", ["-c", script]).succeeds();
    assert_eq!(output.exported()["AWS_ACCESS_KEY_ID"], "AKIAEXAMPLE");
    let script = "AWS_CONFIG_FILE=<(true) ssowrap -p keys export";
    let output = home.tool("bash", ["-c", script]).output();
    assert!(output.stderr.starts_with("error: there is no profile `keys` in /dev/fd/"));
}

/// Elsewhere, a pipe that a writer has left can't be told from one that nobody has opened.
#[cfg(target_os = "linux")]
#[test]
fn a_writer_that_writes_nothing_is_not_waited_for() {
    let home = Home::new();
    let script = "
        mkfifo gate
        : > gate &
        AWS_CONFIG_FILE=gate ssowrap -p keys export";
    let output = home.tool("sh", ["-c", script]).output();
    let message = "error: there is no profile `keys` in gate";
    assert!(output.stderr.starts_with(message), "{}", output.stderr);
}
