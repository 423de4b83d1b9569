//! A table of command lines and environments, which the real aws2-wrap and ssowrap both run.

use std::thread;

use super::sides::{Ended, Sides};

/// What the two must have in common.
enum Verdict {
    /// Output and exit code, and the line on stderr that scripts look for.
    Same,
    /// Not the same: our exit code and output, and why they are better.
    Differs(i32, &'static str, &'static str),
}

use Verdict::{Differs, Same};

type Row = (&'static [&'static str], &'static [(&'static str, &'static str)], Verdict);

const AWS: &str = "aws2-wrap";

/// The variables that a command sees.
const SEES: &str = "env | grep '^AWS_' | grep -v '^AWS_ENDPOINT_URL' | sort";

const ROWS: &[Row] = &[
    // Profiles and regions.
    (&[AWS, "--export"], &[], Same),
    (&[AWS, "--export"], &[("AWS_DEFAULT_REGION", "x")], Same),
    (&[AWS, "--export"], &[("AWS_DEFAULT_REGION", "")], Same),
    (&[AWS, "--export"], &[("AWS_REGION", "x")], Same),
    (&[AWS, "--export"], &[("AWS_PROFILE", "dev")], Same),
    (&[AWS, "--export"], &[("AWS_DEFAULT_PROFILE", "shared")], Same),
    (&[AWS, "--export"], &[("AWS_DEFAULT_PROFILE", "nope"), ("AWS_PROFILE", "dev")], Same),
    (&[AWS, "--profile", "shared", "--export"], &[("AWS_PROFILE", "dev")], Same),
    (&[AWS, "--profile=a", "--profile", "disagrees", "--export"], &[], Same),
    (&[AWS, "--profile", "bare", "--export"], &[], Same),
    (&[AWS, "--profile", "profile dev", "--export"], &[], Same),
    (&[AWS, "--profile", "\"my prof\"", "--export"], &[], Same),
    (&[AWS, "--profile", "deploy", "--export"], &[], Same),
    (&[AWS, "--profile", "deep", "--export"], &[], Same),
    (&[AWS, "--profile", "both", "--export"], &[], Same),
    (&[AWS, "--profile", "mixed", "--export"], &[], Same),
    (&[AWS, "--profile", "on-mixed", "--export"], &[], Same),
    (&[AWS, "--profile", "no-source", "--export"], &[], Same),
    // Modes, and which of them wins.
    (&[AWS, "--process"], &[], Same),
    (&[AWS, "--profile", "deep", "--process"], &[], Same),
    (&[AWS, "--generatestdout"], &[], Same),
    (&[AWS, "--generatestdout", "--outprofile", "o"], &[], Same),
    (&[AWS, "--generatestdout", "--process"], &[], Same),
    (&[AWS, "--generatestdout", "--export"], &[], Same),
    (&[AWS, "--generate", "--generatestdout", "--outprofile=a b"], &[], Same),
    (&[AWS, "--export", "echo", "--generate"], &[], Same),
    (&["pwsh", "-c", "aws2-wrap --export; true"], &[], Same),
    (&["pwsh.exe", "-c", "aws2-wrap --export; true"], &[], Same),
    (&["powershell.exe", "-c", "aws2-wrap --profile dev --export; true"], &[], Same),
    (&["pwsh-preview", "-c", "aws2-wrap --export; true"], &[], Same),
    // Commands.
    (&[AWS], &[], Same),
    (&[AWS, "--exec", ""], &[], Same),
    (&[AWS, "echo", "$HOME", "it's", "--profile", "foo", "*"], &[], Same),
    (&[AWS, "--profile", "dev", "sh", "-c", SEES], &[("AWS_PROFILE", "default")], Same),
    (
        &[AWS, "sh", "-c", SEES],
        &[("AWS_DEFAULT_PROFILE", "default"), ("AWS_SESSION_TOKEN", "old")],
        Same,
    ),
    (&[AWS, "sh", "-c", SEES], &[("AWS_DEFAULT_REGION", "us-east-1")], Same),
    (&[AWS, "--exec", SEES], &[("AWS_REGION", "us-east-1")], Same),
    (&[AWS, "--exec", "echo \"$AWS_DEFAULT_REGION\" | tr a-z A-Z; exit 3"], &[], Same),
    (&[AWS, "--exec", "echo one", "echo", "two"], &[], Same),
    (&[AWS, "sh", "-c", "exit 255"], &[], Same),
    (&[AWS, "sh", "-c", "kill -9 $$"], &[], Same),
    (&[AWS, "/etc/passwd"], &[], Same),
    (&[AWS, "nosuchcommand"], &[], Same),
    (&[AWS, "terraform plan"], &[], Same),
    (&[AWS, "eval", "echo $AWS_DEFAULT_REGION; exit 4"], &[], Same),
    (&[AWS, "exit", "5"], &[], Same),
    (&[AWS, "--", "echo", "hi"], &[], Differs(0, "hi\n", "a `--` before the command is none")),
    (&[AWS, "echo", "a\\tb"], &[], Differs(0, "a\\tb\n", "no shell that has an echo of its own")),
    (&[AWS, "--exec", "kill -15 $$"], &[], Differs(143, "", "128 and the signal, always")),
    // Failures.
    (&[AWS, "--profile", "nope", "--export"], &[], Same),
    (&[AWS, "--profile", "it's", "--export"], &[], Same),
    (&[AWS, "--profile", "a\n\"b'\u{1b}", "--export"], &[], Same),
    (&[AWS, "--profile=", "echo"], &[], Same),
    (&[AWS, "--export"], &[("AWS_PROFILE", "")], Same),
    (&[AWS, "--export"], &[("AWS_PROFILE", ""), ("AWS_DEFAULT_PROFILE", "dev")], Same),
    (&[AWS, "--profile", "no-session"], &[], Same),
    (&[AWS, "--profile", "no-base", "--process"], &[], Same),
    (&[AWS, "--profile", "no-role"], &[], Same),
    (&[AWS, "--profile", "no-account"], &[], Same),
    (&[AWS, "--profile", "no-url"], &[], Same),
    (&[AWS, "--profile", "nothing"], &[], Same),
    (&[AWS, "--profile", "no-arn"], &[], Same),
    (&[AWS, "--profile", "old", "--export"], &[], Same),
    (&[AWS, "--profile", "on-old", "--export"], &[], Same),
    (&[AWS, "--profile", "denied", "echo"], &[], Same),
    (&[AWS, "--profile", "on-denied", "--process"], &[], Same),
    (&[AWS, "--profile", "distrusted", "--generate"], &[], Same),
    (
        &[AWS, "--profile", "my prof", "echo", "x"],
        &[],
        Differs(0, "x\n", "quotes around a name are none of it"),
    ),
    // Other config files.
    (&[AWS, "--profile", "nope"], &[("AWS_CONFIG_FILE", ".aws/../.aws/./config")], Same),
    (&[AWS, "--export"], &[("AWS_CONFIG_FILE", "")], Same),
    (&[AWS, "--export"], &[("AWS_CONFIG_FILE", "indented")], Same),
    (&[AWS, "--profile", "dev", "--export"], &[("AWS_CONFIG_FILE", "inherits")], Same),
    (&[AWS, "--export"], &[("AWS_CONFIG_FILE", "both-defaults")], Same),
    (&[AWS, "echo", "x"], &[("AWS_CONFIG_FILE", "/nowhere")], Differs(1, "", "no traceback")),
    (&[AWS, "echo", "x"], &[("AWS_CONFIG_FILE", "~/.aws/config")], Differs(1, "", "no traceback")),
    (&[AWS, "echo", "x"], &[("AWS_CONFIG_FILE", "loop")], Differs(1, "", "no traceback")),
    (
        &[AWS, "echo", "x"],
        &[("AWS_CONFIG_FILE", "bom")],
        Differs(0, "x\n", "a byte order mark is none of the text"),
    ),
    (
        &[AWS, "echo", "x"],
        &[("AWS_CONFIG_FILE", "twice")],
        Differs(0, "x\n", "a section may stand twice"),
    ),
    // The grammar.
    (&[AWS, "--version"], &[], Same),
    (&[AWS, "-vv", "--bogus"], &[], Same),
    (&[AWS, "--bogus", "-v"], &[], Same),
    (&[AWS, "--export", "--generate"], &[], Same),
    (&[AWS, "--exec", "x", "--process", "--bogus"], &[], Same),
    (&[AWS, "--export", "--export", "--prof", "x"], &[], Same),
    (&[AWS, "--bogus=1", "-x", "echo"], &[], Same),
    (&[AWS, "--exec", "-x"], &[], Same),
    (&[AWS, "--profile"], &[], Same),
    (&[AWS, "--export=1"], &[], Same),
    (&[AWS, "-vx"], &[], Same),
    (&[AWS, "--exec", "--", "x"], &[], Same),
];

const OTHER_CONFIGS: [(&str, &str); 6] = [
    (
        "indented",
        "    [default]
    sso_start_url = https://corp.awsapps.com/start
    sso_region = eu-central-1
    sso_account_id = 123456789012
    sso_role_name = Admin
",
    ),
    (
        "inherits",
        "[DEFAULT]
sso_start_url = https://corp.awsapps.com/start
sso_region = eu-central-1
region = eu-south-2
[profile dev]
sso_account_id = 123456789012
sso_role_name = Admin
",
    ),
    (
        "both-defaults",
        "[profile default]
sso_start_url = https://corp.awsapps.com/start
sso_region = eu-central-1
sso_account_id = 123456789012
sso_role_name = Admin
[default]
region = eu-south-2
",
    ),
    (
        "loop",
        "[default]\nrole_arn = arn:aws:iam::210987654321:role/Deploy\nsource_profile = default\n",
    ),
    (
        "bom",
        "\u{feff}[default]
sso_start_url = https://corp.awsapps.com/start
sso_region = eu-central-1
sso_account_id = 123456789012
sso_role_name = Admin
",
    ),
    (
        "twice",
        "[default]
sso_start_url = https://corp.awsapps.com/start
sso_region = eu-central-1
[default]
sso_account_id = 123456789012
sso_role_name = Admin
",
    ),
];

/// The line that scripts look for: the original's last one, without the dump of a profile.
fn key_line(stderr: &str) -> Option<&str> {
    let line = stderr.lines().rfind(|line| !line.trim().is_empty())?;
    let line = line.split_inclusive("profile:").next()?;
    let starts =
        ["Cannot find ", "Please login ", "Failed to assume-role ", "'", "aws2-wrap: error: "];
    starts.iter().any(|start| line.starts_with(start)).then_some(line)
}

fn check(row: &Row, ours: &Ended, theirs: &Ended) -> Result<(), String> {
    let (_, _, verdict) = row;
    match verdict {
        Same => {
            if (ours.code, &ours.stdout) != (theirs.code, &theirs.stdout) {
                return Err("they differ".into());
            }
            let Some(line) = key_line(&theirs.stderr) else {
                // A shell's own message, or none.
                let is_silent = theirs.stderr.is_empty() && !ours.stderr.is_empty();
                return if is_silent { Err("ours complains".into()) } else { Ok(()) };
            };
            // The usage comes before the error, everything else after it.
            let mut lines = ours.stderr.lines();
            let found = if ours.code == 2 { lines.next_back() } else { lines.next() };
            match found.is_some_and(|found| found.starts_with(line)) {
                true => Ok(()),
                false => Err(format!("ours does not say {line:?}")),
            }
        }
        Differs(code, stdout, why) => {
            if (ours.code, ours.stdout.as_str()) != (*code, *stdout) {
                return Err(format!("ours is not as said: {why}"));
            }
            let is_same = (ours.code, &ours.stdout, &ours.stderr)
                == (theirs.code, &theirs.stdout, &theirs.stderr);
            if is_same { Err(format!("there is no difference any more: {why}")) } else { Ok(()) }
        }
    }
}

#[test]
fn as_the_real_one() {
    let Some(sides) = Sides::new() else { return };
    for (name, text) in OTHER_CONFIGS {
        sides.write(name, text);
    }
    for name in ["pwsh", "pwsh.exe", "powershell.exe", "pwsh-preview"] {
        for home in [&sides.ours, &sides.theirs] {
            std::fs::copy("/bin/dash", home.path("bin").join(name)).expect("a copy");
        }
    }
    let compare = |row: &Row| {
        let (ours, theirs) = sides.run(row.0, row.1);
        check(row, &ours, &theirs).map_err(|why| {
            format!("{:?} {:?}: {why}\n  ours: {ours:?}\n  theirs: {theirs:?}", row.0, row.1)
        })
    };
    // Most of the time, one of them waits for the other.
    let quarters = ROWS.chunks(ROWS.len().div_ceil(4));
    let failures: Vec<String> = thread::scope(|scope| {
        let threads: Vec<_> = quarters
            .map(|rows| {
                scope.spawn(|| rows.iter().filter_map(|row| compare(row).err()).collect::<Vec<_>>())
            })
            .collect();
        threads.into_iter().flat_map(|thread| thread.join().expect("no panic")).collect()
    });
    assert!(failures.is_empty(), "{} of {}:\n{}", failures.len(), ROWS.len(), failures.join("\n"));
}
