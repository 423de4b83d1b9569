//! The output of the commands of `each`.

use std::collections::HashMap;
use std::os::unix::fs::PermissionsExt;
use std::process::{Command, Stdio};

use super::{home, lines, told};
use crate::support::{Home, SSOWRAP};

/// This many profiles with keys in a file.
fn many(count: usize) -> Home {
    let profile = |number: usize| {
        format!(
            "[profile p{number}]\naws_access_key_id = AKIA{number}\naws_secret_access_key = s\n"
        )
    };
    Home::new().config(&(0..count).map(profile).collect::<String>())
}

/// Many commands print long lines to both streams, which have the same destination: each line stays
/// whole.
#[test]
fn no_line_is_torn() {
    let home = many(12);
    let script = "i=0; while [ $i -lt 300 ]; do \
                  printf '%s-%s-' $AWS_ACCESS_KEY_ID $i; printf 'x%.0s' $(seq 150); echo; \
                  echo $AWS_ACCESS_KEY_ID:$i >&2; i=$((i+1)); done";
    let words = ["each", "-q", "-p", "p*", "-j12", "--", "sh", "-c", script];
    let mut command = Command::new("sh");
    command.args(["-c", "exec \"$@\" 2>&1", "sh", SSOWRAP]).args(words);
    command.env_clear().env("HOME", home.path("")).env("PATH", "/usr/local/bin:/usr/bin:/bin");
    let output = command.stdin(Stdio::null()).output().expect("it runs");
    let text = String::from_utf8(output.stdout).expect("text");
    let mut next: HashMap<String, usize> = HashMap::new();
    for line in text.lines() {
        let (name, rest) = line.split_once("| ").expect(line);
        let id = name.trim_end().replace('p', "AKIA");
        let separator = if rest.contains(':') { ':' } else { '-' };
        let number = next.entry(format!("{id}{separator}")).or_default();
        let expected = match separator {
            ':' => format!("{id}:{number}"),
            _ => format!("{id}-{number}-{}", "x".repeat(150)),
        };
        assert_eq!(rest, expected);
        *number += 1;
    }
    assert_eq!((next.len(), next.values().sum::<usize>()), (24, 24 * 300));
}

/// Bytes are passed on unchanged, and a line without an end gets one.
#[test]
fn binary_output() {
    let home = many(1);
    let script = "printf '\\000\\377\\n\\033[1m\\r\\n'; head -c 300000 /dev/zero; printf '\\nend'";
    let output = home.run(["each", "-q", "-p", "p0", "--", "sh", "-c", script]).succeeds();
    let mut expected = b"p0 | \0\xff\np0 | \x1b[1m\r\np0 | ".to_vec();
    expected.extend([0; 300_000]);
    expected.extend(b"\np0 | end\n");
    assert!(output.stdout == expected, "{} bytes", output.stdout.len());
}

/// More than any pipe holds, on a stream that nobody reads at first.
#[test]
fn a_stream_at_a_time() {
    let home = many(2);
    let script = "head -c 1000000 /dev/zero | tr '\\0' e >&2; echo out";
    let output = home.run(["each", "-q", "-p", "p*", "--", "sh", "-c", script]).output();
    assert_eq!(lines(&output), ["p0 | out", "p1 | out"]);
    assert_eq!(output.stderr.matches('e').count(), 2_000_000);
}

#[test]
fn into_files() {
    let home = home().file("envs", "");
    let script = "echo out $SSOWRAP_PROFILE; echo err >&2; exit 2";
    let words = ["each", "-p", "prod-*", "--output-dir", "logs/of", "--", "sh", "-c", script];
    // If an earlier run's file is readable by others, the new one isn't.
    std::fs::create_dir_all(home.path("logs/of")).expect("a directory");
    home.write("logs/of/prod-a.out", "earlier");
    let earlier = std::fs::Permissions::from_mode(0o644);
    std::fs::set_permissions(home.path("logs/of/prod-a.out"), earlier).expect("own file");
    for _ in 0..2 {
        let output = home.run(words).output();
        assert_eq!((output.status.code(), output.stdout()), (Some(1), ""));
        assert!(told(&output).ends_with("prod-a   111111111111  2 T\n"), "{}", output.stderr);
    }
    for (name, text) in [
        ("prod-a.out", "out prod-a\n"),
        ("prod-b.out", "out prod-b\n"),
        ("prod-a.err", "err\n"),
        ("prod-b.err", "err\n"),
    ] {
        let path = home.path("logs/of").join(name);
        assert_eq!(std::fs::read_to_string(&path).expect(name), text);
        let mode = path.metadata().expect(name).permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{name}");
    }
    // Names can't lead elsewhere.
    let config = "[profile ../../x]\naws_access_key_id = A\naws_secret_access_key = s\n";
    let home = Home::new().config(config);
    let words = ["each", "-q", "-p", "../../x", "--output-dir", "logs", "--", "echo", "out"];
    home.run(words).succeeds();
    let path = home.path("logs/%2E.%2F..%2Fx.out");
    assert_eq!(std::fs::read_to_string(path).expect("a file"), "out\n");
    let output = home.run(["each", "-q", "-p", "../../x", "--output-dir", "/dev/null", "true"]);
    assert_eq!(output.output().status.code(), Some(1));
    // An output file that can't be created is not reported as missing credentials.
    let home = many(1);
    std::fs::create_dir_all(home.path("logs/p0.err/x")).expect("directories");
    let output = home.run(["each", "-p", "p0", "--output-dir", "logs", "true"]).output();
    assert!(
        output.stderr.starts_with("error: p0: cannot write logs/p0.err: "),
        "{}",
        output.stderr
    );
    assert!(output.stderr.ends_with("p0       -        not run\n"), "{}", output.stderr);
}

/// The commands have no input and no terminal, and each leads a session.
#[test]
fn alone_in_a_session() {
    let home = many(2);
    let script = "cat; (exec 3</dev/tty) 2>/dev/null && echo terminal; \
                  ps -o pid=,pgid=,sid= -p $$ | tr -s ' '";
    let output = home.run(["each", "-q", "-p", "p*", "--", "sh", "-c", script]).stdin("typed\n");
    let output = output.succeeds();
    let numbers: Vec<Vec<&str>> = lines(&output)
        .iter()
        .map(|line| line.split_once("| ").expect("a prefix").1.split_whitespace().collect())
        .collect();
    assert_eq!(numbers.len(), 2);
    for ids in &numbers {
        assert!(ids.len() == 3 && ids.iter().all(|id| *id == ids[0]), "{ids:?}");
    }
    assert_ne!(numbers[0], numbers[1]);
}

/// A background process that a command leaves is not waited for, although it holds the pipe.
#[test]
fn what_stays_behind() {
    let home = many(1);
    let script = "sleep 1000 & echo $! >pid; echo done";
    let output = home.run(["each", "-q", "-p", "p0", "--", "sh", "-c", script]).succeeds();
    assert_eq!(output.stdout(), "p0 | done\n");
    let pid = std::fs::read_to_string(home.path("pid")).expect("a number");
    let status = Command::new("kill").arg(pid.trim()).status().expect("kill");
    assert!(status.success(), "it lives");
}

/// A reader that has gone ends no command.
#[test]
fn nobody_reads() {
    let home = many(3);
    let script = format!(
        "{} each -q -p 'p*' -- sh -c 'i=0; while [ $i -lt 5000 ]; do echo $i; i=$((i+1)); done; \
         touch $SSOWRAP_PROFILE' | head -n 1 >/dev/null",
        crate::support::SSOWRAP
    );
    home.tool("bash", ["-c", &format!("set -o pipefail; {script}")]).succeeds();
    for name in ["p0", "p1", "p2"] {
        assert!(home.path(name).exists(), "{name}");
    }
}

/// A full disk, or a closed stdout: the commands run to their end, and then the loss is an error.
#[test]
#[cfg(target_os = "linux")]
fn what_cannot_be_printed_is_an_error() {
    let home = many(2);
    let script = "echo out; echo \"$AWS_ACCESS_KEY_ID\" >> \"$HOME/ran\"";
    for (redirection, why) in [
        (">/dev/full", "No space left on device (os error 28)"),
        (">&-", "Bad file descriptor (os error 9)"),
    ] {
        let line = format!("exec \"$0\" \"$@\" {redirection}");
        let words = ["each", "-p", "p*", "-j1", "--yes", "--", "sh", "-c", script];
        let output = home.tool("sh", [&["-c", &line, SSOWRAP][..], &words].concat()).output();
        let told = format!("\nerror: cannot write to standard output: {why}\n");
        assert!(output.stderr.ends_with(&told), "{redirection}: {}", output.stderr);
        assert!(output.stderr.contains("\np1       -        0 "), "{}", output.stderr);
        assert_eq!(output.status.code(), Some(1), "{redirection}");
    }
    let ran = std::fs::read_to_string(home.path("ran")).expect("a file");
    assert_eq!(ran, "AKIA0\nAKIA1\n".repeat(2));
}
