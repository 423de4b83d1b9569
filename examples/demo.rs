//! The whole tool in one minute, without an AWS account: starts a fake AWS on loopback, makes a
//! throwaway home with four profiles and a login, and hands their credentials over in the three
//! ways ssowrap knows.
//!
//! `cargo run --example demo`

#![expect(
    clippy::disallowed_methods,
    clippy::print_stdout,
    reason = "a demonstration reads and prints for itself"
)]

use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use fake_aws::{FakeAws, Options};

const SESSION_START_URL: &str = "https://d-1234567890.awsapps.com/start";
const LEGACY_START_URL: &str = "https://d-0987654321.awsapps.com/start#/";

const CONFIG: &str = "\
[sso-session corp]
sso_start_url = https://d-1234567890.awsapps.com/start
sso_region = eu-central-1
sso_registration_scopes = sso:account:access

[profile dev]
sso_session = corp
sso_account_id = 123456789012
sso_role_name = Admin
region = eu-west-1

[profile old]
sso_start_url = https://d-0987654321.awsapps.com/start#/
sso_region = eu-central-1
sso_account_id = 210987654321
sso_role_name = ReadOnly

[profile deploy]
role_arn = arn:aws:iam::210987654321:role/deploy
source_profile = dev
region = eu-west-1

[profile audit]
role_arn = arn:aws:iam::345678901234:role/audit
source_profile = deploy
external_id = demo
region = us-east-1
";

const RECIPE: &str = r#"
Terraform, either way round:

    ssowrap -p deploy exec -- terraform plan
    lines="$(ssowrap -p deploy export)" && eval "$lines" && terraform plan

or once and for all, in ~/.aws/config, for everything that speaks AWS:

    [profile deploy-terraform]
    credential_process = ssowrap -p deploy credential-process
    region = eu-west-1
"#;

fn main() -> Result<(), Box<dyn Error>> {
    let ssowrap = build()?;
    let fake = FakeAws::start(Options::default());
    fake.grant("123456789012", "Admin");
    fake.grant("210987654321", "ReadOnly");
    fake.require_external_id("arn:aws:iam::345678901234:role/audit", "demo");
    let home = tempfile::tempdir()?;
    let demo = Demo { ssowrap, home: home.path().to_owned(), fake };
    demo.sign_in()?;

    println!("# A throwaway home with four profiles, and a fake AWS on {}", demo.fake.url());
    demo.run(&["profiles"])?;
    println!("# 1. Lines for a shell: a profile with an sso-session, and one of the older form");
    demo.run(&["-p", "dev", "export"])?;
    demo.run(&["-p", "old", "export"])?;
    println!("# 2. JSON for every AWS SDK: a role assumed with the credentials of `dev`");
    demo.run(&["-p", "deploy", "credential-process"])?;
    println!("# 3. Around a command: a role assumed with the credentials of `deploy`");
    let script =
        r#"echo "key $AWS_ACCESS_KEY_ID, region $AWS_REGION, until $AWS_CREDENTIAL_EXPIRATION""#;
    demo.run(&["-p", "audit", "exec", "--", "sh", "-c", script])?;
    println!("# Why is it so?");
    demo.run(&["-p", "audit", "explain"])?;
    println!("# What the fake AWS was asked:");
    for entry in demo.fake.log() {
        println!("  {} {}", entry.operation, entry.status.map_or("-".into(), |s| s.to_string()));
    }
    print!("{RECIPE}");
    Ok(())
}

/// Builds the program beside this example and says where it is.
fn build() -> Result<PathBuf, Box<dyn Error>> {
    let me = std::env::current_exe()?;
    let profile_dir = me.parent().and_then(Path::parent).ok_or("no target directory")?;
    let target_dir = profile_dir.parent().ok_or("no target directory")?;
    let mut cargo = Command::new(env!("CARGO"));
    cargo.args(["build", "--quiet", "--bin", "ssowrap", "--manifest-path"]);
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
    /// Leaves what `aws sso login` would leave, for both portals.
    fn sign_in(&self) -> Result<(), Box<dyn Error>> {
        let aws = self.home.join(".aws");
        let cache = aws.join("sso").join("cache");
        fs::create_dir_all(&cache)?;
        fs::write(aws.join("config"), CONFIG)?;
        let logins = [("corp", SESSION_START_URL), (LEGACY_START_URL, LEGACY_START_URL)];
        for (number, (key, start_url)) in logins.into_iter().enumerate() {
            let access_token = format!("demo-FAKEtoken-{number}");
            self.fake.add_token(&access_token, Duration::from_secs(3600));
            let token = serde_json::json!({
                "startUrl": start_url,
                "region": "eu-central-1",
                "accessToken": access_token,
                "expiresAt": (chrono::DateTime::<chrono::Utc>::from(std::time::SystemTime::now())
                    + chrono::TimeDelta::hours(1)).format("%Y-%m-%dT%H:%M:%SZ").to_string(),
            });
            fs::write(cache.join(format!("{}.json", sha1(key))), token.to_string())?;
        }
        Ok(())
    }

    /// Runs ssowrap as a person would, prints the command and what came back.
    fn run(&self, arguments: &[&str]) -> Result<(), Box<dyn Error>> {
        let shown: Vec<String> = arguments.iter().map(|a| quoted(a)).collect();
        println!("$ ssowrap {}", shown.join(" "));
        let output = Command::new(&self.ssowrap)
            .args(arguments)
            .env_clear()
            .env("HOME", &self.home)
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("AWS_ENDPOINT_URL", self.fake.url())
            .output()?;
        print!("{}", String::from_utf8_lossy(&output.stderr));
        for line in String::from_utf8(output.stdout)?.lines() {
            println!("{}", masked(line));
        }
        println!();
        match output.status.success() {
            true => Ok(()),
            false => Err(format!("ssowrap ended with {}", output.status).into()),
        }
    }
}

fn quoted(word: &str) -> String {
    match word.contains([' ', '"', '$']) {
        true => format!("'{word}'"),
        false => word.to_owned(),
    }
}

/// The line with every secret cut short: the fake marks what it hands out.
fn masked(line: &str) -> String {
    let is_secret = |word: &str| fake_aws::MARKERS.iter().any(|marker| word.contains(marker));
    let words = line.split_inclusive(['\'', '"']).map(|word| match is_secret(word) {
        true => format!("****{}", &word[word.len() - 1..]),
        false => word.to_owned(),
    });
    words.collect()
}

/// The name of a token file (the AWS CLI's: lower-case hexadecimal SHA-1 of the key).
fn sha1(key: &str) -> String {
    use sha1::Digest;
    sha1::Sha1::digest(key.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect()
}
