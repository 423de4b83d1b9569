//! The first minute with ssowrap, without an AWS account: a fake AWS on loopback and an empty home
//! directory. Then a sign-in, profiles for every role, credentials, and twenty programs that ask
//! for them at once.
//!
//! `cargo run --example demo`

#![expect(
    clippy::disallowed_methods,
    clippy::print_stdout,
    reason = "a demonstration reads and prints for itself"
)]

use std::error::Error;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use fake_aws::{Consent, FakeAws, Options};

const PORTAL: [&str; 6] = [
    "--sso-session",
    "corp",
    "--start-url",
    "https://corp.awsapps.com/start",
    "--sso-region",
    "eu-central-1",
];

const EXCHANGE: &str = "GetRoleCredentials";

const RECIPE: &str = r#"
In your own organisation, start with `ssowrap configure`: at a terminal it asks for what it needs, signs you
in, and lets you choose accounts and roles.

    ssowrap configure
    eval "$(ssowrap export)"
    ssowrap -p Production.Admin exec -- terraform plan
"#;

fn main() -> Result<(), Box<dyn Error>> {
    println!("# Building ssowrap: this takes a minute or two the first time.");
    let ssowrap = build()?;
    // Every sign-in is approved at once.
    let fake = FakeAws::start(Options { consent: Consent::Approve, ..Options::default() });
    let home = tempfile::tempdir()?;
    let demo = Demo { ssowrap, home: home.path().to_owned(), fake };

    println!("# An empty home, and a fake AWS on {}. Sign in, with a code:", demo.fake.url());
    demo.run(&[&PORTAL[..], &["login", "--use-device-code", "--no-browser"]].concat())?;
    println!("# A profile for every role in every account:");
    demo.run(
        &[&PORTAL[..], &["configure", "--all", "--region", "eu-west-1", "--yes", "-q"]].concat(),
    )?;
    demo.run(&["profiles"])?;
    println!("# Credentials of a role, for this shell:");
    demo.run(&["-p", "Production.Admin", "export"])?;
    println!("# The same around a command, from the cache:");
    let script = r#"echo "key $AWS_ACCESS_KEY_ID, region $AWS_REGION""#;
    demo.run(&["-p", "Production.Admin", "exec", "--", "sh", "-c", script])?;
    println!("# Credential requests to AWS so far: {}\n", demo.fake.count(EXCHANGE));
    println!("# Twenty programs that want another role at the same moment:");
    demo.run_at_once(&["-p", "Staging.Admin", "credential-process"], 20)?;
    println!("# Credential requests to AWS so far: {}", demo.fake.count(EXCHANGE));
    print!("{RECIPE}");
    Ok(())
}

/// Builds the program and returns its path. The example is named too: otherwise cargo would choose
/// other features, and build most dependencies a second time.
fn build() -> Result<PathBuf, Box<dyn Error>> {
    let me = std::env::current_exe()?;
    let profile_dir = me.parent().and_then(Path::parent).ok_or("no target directory")?;
    let target_dir = profile_dir.parent().ok_or("no target directory")?;
    let mut cargo = Command::new(env!("CARGO"));
    cargo.args(["build", "--quiet", "--bin", "ssowrap", "--example", "demo", "--manifest-path"]);
    cargo.arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.toml"));
    cargo.arg("--target-dir").arg(target_dir);
    if profile_dir.ends_with("release") {
        cargo.arg("--release");
    }
    if !cargo.status()?.success() {
        return Err("ssowrap does not build".into());
    }
    Ok(profile_dir.join(format!("ssowrap{}", std::env::consts::EXE_SUFFIX)))
}

struct Demo {
    ssowrap: PathBuf,
    home: PathBuf,
    fake: FakeAws,
}

impl Demo {
    /// Runs ssowrap as a user would, and prints the command and its output.
    fn run(&self, arguments: &[&str]) -> Result<(), Box<dyn Error>> {
        self.show(arguments, "");
        let output = self.command(arguments).output()?;
        print!("{}", String::from_utf8_lossy(&output.stderr));
        for line in String::from_utf8(output.stdout)?.lines() {
            println!("{}", masked(line));
        }
        println!();
        if output.status.success() {
            Ok(())
        } else {
            Err(format!("ssowrap ended with {}", output.status).into())
        }
    }

    /// Runs it many times at once. All must get the same output.
    fn run_at_once(&self, arguments: &[&str], count: usize) -> Result<(), Box<dyn Error>> {
        self.show(arguments, &format!("   # {count} times"));
        let start = |_| self.command(arguments).stdout(Stdio::piped()).spawn();
        let running = (0..count).map(start).collect::<Result<Vec<Child>, _>>()?;
        let mut answers = Vec::new();
        for child in running {
            let output = child.wait_with_output()?;
            if !output.status.success() {
                return Err(format!("ssowrap ended with {}", output.status).into());
            }
            answers.push(output.stdout);
        }
        answers.dedup();
        println!("{} answers, {} of them different", count, answers.len() - 1);
        Ok(())
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(&self.ssowrap);
        command
            .args(arguments)
            .env_clear()
            .env("HOME", &self.home)
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("AWS_ENDPOINT_URL", self.fake.url());
        command
    }

    fn show(&self, arguments: &[&str], comment: &str) {
        let shown: Vec<String> = arguments.iter().map(|a| quoted(a)).collect();
        println!("$ ssowrap {}{comment}", shown.join(" "));
    }
}

fn quoted(word: &str) -> String {
    match word.contains([' ', '"', '$']) {
        true => format!("'{word}'"),
        false => word.to_owned(),
    }
}

/// The line with every secret shortened: the fake marks those it issues.
fn masked(line: &str) -> String {
    let is_secret = |word: &str| fake_aws::MARKERS.iter().any(|marker| word.contains(marker));
    let words = line.split_inclusive(['\'', '"']).map(|word| match is_secret(word) {
        true => format!("****{}", &word[word.len() - 1..]),
        false => word.to_owned(),
    });
    words.collect()
}
