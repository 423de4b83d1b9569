//! `ssowrap generate`.

mod writing;

use std::fs;
use std::os::unix::fs::MetadataExt;

use crate::clients::installed;
use crate::entries::{mode, set_mode, tree};
use crate::support::{DEV, Home, KEYS};

/// A profile `src` with temporary credentials and a region, and one without a region.
const SOURCES: &str = "\
[profile src]
credential_process = cat answer.json
region = eu-west-1
[profile bare]
credential_process = cat answer.json
";

const ANSWER: &str = r#"{"Version": 1, "AccessKeyId": "ASIAEXAMPLE",
    "SecretAccessKey": "FAKEsecret/+key", "SessionToken": "IQoFAKEtoken/+==",
    "Expiration": "2099-01-01T00:00:00Z"}"#;

/// The written section.
const TOOLS: &str = "\
[tools]
aws_access_key_id = ASIAEXAMPLE
aws_secret_access_key = FAKEsecret/+key
aws_session_token = IQoFAKEtoken/+==
";

fn home() -> Home {
    with(SOURCES)
}

/// A home with something else in its config file.
fn with(config: &str) -> Home {
    Home::new().config(config).file("answer.json", ANSWER)
}

fn read(home: &Home, file: &str) -> String {
    fs::read_to_string(home.path(file)).expect("a file")
}

fn config(home: &Home) -> String {
    read(home, ".aws/config")
}

fn credentials(home: &Home) -> String {
    read(home, ".aws/credentials")
}

/// `generate --as tools` from `src`; it must succeed.
fn generate(home: &Home) -> String {
    let output = home.run(["-p", "src", "generate", "--as", "tools"]).output();
    assert!(output.status.success(), "{}", output.stderr);
    assert_eq!(output.stdout(), "");
    output.stderr
}

#[test]
fn keys_and_region_are_written_and_taken_out_again() {
    let home = home();
    let told = generate(&home);
    let words = "profile `tools`: keys in ~/.aws/credentials, region in ~/.aws/config; valid until \
                 2099-01-01 00:00 (";
    assert!(told.starts_with(words), "{told}");
    assert_eq!(credentials(&home), TOOLS);
    assert_eq!(config(&home), format!("{SOURCES}\n[profile tools]\nregion = eu-west-1\n"));
    assert_eq!(mode(&home.path(".aws/credentials")), 0o600);

    let output = home.run(["generate", "--as", "tools", "--remove"]).output();
    assert_eq!(
        output.stderr,
        "profile `tools`: removed keys and region from ~/.aws/credentials and ~/.aws/config\n"
    );
    assert_eq!((credentials(&home).as_str(), config(&home).as_str()), ("", SOURCES));
    let output = home.run(["generate", "--as", "tools", "--remove"]).output();
    assert!(output.status.success());
    assert_eq!(
        output.stderr,
        "nothing to remove: profile `tools` has no keys in ~/.aws/credentials\n"
    );
}

/// The config file has the region, but the keys are in a file that must be named again.
#[test]
fn keys_in_another_file() {
    let home = home();
    let other = ["--credentials-file", "other"];
    let write = ["-p", "src", "generate", "--as", "tools"];
    assert!(home.run(write.iter().chain(&other)).output().status.success());
    let remove = ["generate", "--as", "tools", "--remove"];
    let output = home.run(remove).output();
    assert_eq!(
        output.stderr,
        "nothing to remove: profile `tools` has no keys in ~/.aws/credentials; if they are in \
         another file, name it with `--credentials-file FILE`\n"
    );
    home.run(["-p", "tools", "export"]).fails(
        4,
        "error: profile `tools` has no source of credentials\n  --> ~/.aws/config:7\nhint: \
         `ssowrap profiles` lists the others; `ssowrap configure` writes new ones\nhint: or set \
         AWS_SHARED_CREDENTIALS_FILE to the credentials file that has its keys\n",
    );
    let variable = ("AWS_SHARED_CREDENTIALS_FILE", "other");
    home.run(["-p", "tools", "export"]).env(variable.0, variable.1).succeeds();
    let output = home.run(remove.iter().chain(&other)).output();
    assert!(output.stderr.contains(": removed keys and region from ~/other"), "{}", output.stderr);
    let output = home.run(remove.iter().chain(&other)).output();
    assert!(output.stderr.ends_with(" has no keys in ~/other\n"), "{}", output.stderr);
}

/// The region that was there before is given back, and the user's own stays.
#[test]
fn only_what_was_written_is_taken_out() {
    let default = "[default]\nregion = us-east-1\noutput = json\n";
    let home = with(&format!("{SOURCES}{default}"));
    let write = |profile: &str| {
        home.run(["-q", "-p", profile, "generate", "--as", "default"]).succeeds();
    };
    let remove = || home.run(["generate", "--as", "default", "--remove"]).output().stderr;
    let with_region = |region: &str| format!("{SOURCES}{}", default.replace("us-east-1", region));
    let begins = "profile `default`: removed keys from ~/.aws/credentials; its region ";
    for profiles in [&["src"][..], &["src", "src"], &["src", "bare"]] {
        profiles.iter().for_each(|profile| write(profile));
        assert_eq!(config(&home), with_region("eu-west-1"));
        assert_eq!(remove(), format!("{begins}in ~/.aws/config is `us-east-1` again\n"));
        assert_eq!(config(&home), with_region("us-east-1"));
    }
    // aws2-wrap removes the region if the other profile has none.
    home.run(["aws2-wrap", "--profile", "src", "--generate"]).succeeds();
    home.run(["aws2-wrap", "--profile", "bare", "--generate"]).succeeds();
    assert_eq!(config(&home), format!("{SOURCES}[default]\noutput = json\n"));
    let given_back = format!("{SOURCES}[default]\noutput = json\nregion = us-east-1\n");
    assert_eq!(remove(), format!("{begins}in ~/.aws/config is `us-east-1` again\n"));
    assert_eq!(config(&home), given_back);
    // Changed by hand since.
    write("src");
    fs::write(home.path(".aws/config"), with_region("af-south-1")).expect("own file");
    assert_eq!(remove(), format!("{begins}`af-south-1` in ~/.aws/config stays\n"));
    assert_eq!(config(&home), with_region("af-south-1"));
    // The same before as after.
    fs::write(home.path(".aws/config"), with_region("eu-west-1")).expect("own file");
    write("src");
    assert_eq!(remove(), format!("{begins}`eu-west-1` in ~/.aws/config stays\n"));
    // Never written.
    write("bare");
    home.run(["generate", "--as", "default", "--remove", "--dry-run"])
        .succeeds()
        .stdout()
        .lines()
        .for_each(|line| assert!(!line.contains("region"), "{line}"));
    assert_eq!(remove(), format!("{begins}`eu-west-1` in ~/.aws/config stays\n"));
    assert_eq!(config(&home), with_region("eu-west-1"));
}

#[test]
fn everything_else_is_unchanged() {
    let before = "# mine\r\n[other]\r\naws_access_key_id=AKIA\r\n\r\n[tools]\r\n; keys\r\n\
                  aws_session_token: old\r\n\r\n\r\n# the end\r\n[tools.b]\r\nx=y # z";
    let after = before.replace(
        "aws_session_token: old\r\n",
        "aws_session_token: IQoFAKEtoken/+==\r\naws_access_key_id = ASIAEXAMPLE\r\n\
         aws_secret_access_key = FAKEsecret/+key\r\n",
    );
    let other = "[profile tools]\noutput = json\nregion=us-east-1\ns3 =\n  max_queue_size = 5\n";
    let home = with(&format!("{SOURCES}{other}")).credentials(before);
    generate(&home);
    assert_eq!(credentials(&home), after);
    assert_eq!(config(&home), format!("{SOURCES}{}", other.replace("us-east-1", "eu-west-1")));
    let before = tree(&home.path(".aws"));
    let written = |home: &Home| fs::metadata(home.path(".aws/credentials")).expect("a file").ino();
    let inode = written(&home);
    generate(&home);
    assert_eq!(tree(&home.path(".aws")), before);
    assert_eq!(written(&home), inode, "what does not change is not written");
}

#[test]
fn a_profile_without_a_region_leaves_that_of_the_file() {
    let home = with(&format!("{SOURCES}[profile tools]\nregion = us-east-1\n"));
    let output = home.run(["-p", "bare", "generate", "--as", "tools"]).output();
    assert!(output.stderr.starts_with("profile `tools`: keys in ~/.aws/credentials; valid"));
    assert_eq!(config(&home), format!("{SOURCES}[profile tools]\nregion = us-east-1\n"));
    // `--region` first, then the profile's own region, then the caller's, because the file outlives
    // the shell.
    for (profile, flags, expected) in [
        ("src", &["--region", "eu-north-1"][..], "eu-north-1"),
        ("src", &[], "eu-west-1"),
        ("bare", &[], "ap-south-1"),
    ] {
        let line = ["-p", profile, "generate", "--as", "tools"];
        let run = home.run(line.iter().chain(flags)).env("AWS_REGION", "ap-south-1");
        assert!(run.output().status.success());
        let expected = format!("{SOURCES}[profile tools]\nregion = {expected}\n");
        assert_eq!(config(&home), expected);
    }
}

#[test]
fn keys_without_a_token_leave_no_token() {
    let old = "[tools]\naws_session_token = old\naws_security_token = older\nx = y\n";
    let home = Home::new().config(KEYS).credentials(old);
    set_mode(&home.path(".aws/credentials"), 0o600);
    let output = home.run(["-p", "keys", "generate", "--as", "tools"]).output();
    assert_eq!(output.stderr, "profile `tools`: keys in ~/.aws/credentials; they do not expire\n");
    assert_eq!(
        credentials(&home),
        "[tools]\nx = y\naws_access_key_id = AKIAEXAMPLE\naws_secret_access_key = FAKEsecret/+key\n"
    );
}

/// Settings that would win over the keys, or be hidden by them, in either file.
#[test]
fn a_profile_that_gets_its_credentials_elsewhere_is_not_replaced() {
    for key in [
        "sso_session",
        "sso_account_id",
        "sso_start_url",
        "role_arn",
        "source_profile",
        "credential_source",
        "credential_process",
        "web_identity_token_file",
        "login_session",
        "SSO_Role_Name",
    ] {
        let section = format!("output = json\n{key} = x # why\n");
        let shown = key.to_ascii_lowercase();
        for file in ["config", "credentials"] {
            let (header, line) = match file {
                "config" => ("[profile tools]", 7),
                _ => ("[tools]", 3),
            };
            let section = format!("{header}\n{section}");
            let home = match file {
                "config" => with(&format!("{SOURCES}{section}")),
                _ => home().credentials(&section),
            };
            let before = tree(&home.path(".aws"));
            let line = if file == "config" { line + 1 } else { line };
            for flags in [&[][..], &["--dry-run"]] {
                home.run(["-p", "src", "generate", "--as", "tools"].iter().chain(flags)).fails(
                    4,
                    &format!(
                        "error: profile `tools` is not replaced: it holds `{shown}`, which decides \
                         where its credentials come from\n  --> ~/.aws/{file}:{line}\nhint: name \
                         another profile with `--as NAME`, or replace it with `--force`\n"
                    ),
                );
            }
            assert_eq!(tree(&home.path(".aws")), before);
            let output = home.run(["-p", "src", "generate", "--as", "tools", "--force"]).output();
            assert!(output.status.success(), "{}", output.stderr);
            let keys = TOOLS.trim_start_matches("[tools]\n");
            if file == "config" {
                assert_eq!(
                    config(&home),
                    format!("{SOURCES}{header}\noutput = json\nregion = eu-west-1\n# why\n")
                );
                assert_eq!(credentials(&home), TOOLS);
            } else {
                assert_eq!(credentials(&home), format!("{header}\noutput = json\n{keys}# why\n"));
            }
        }
    }
}

/// A user's own keys are long-term keys even if a repeated section or line has temporary ones.
#[test]
fn long_term_keys_beside_temporary_ones() {
    let own = "aws_access_key_id = AKIAOTHER\naws_secret_access_key = FAKEsecret\n";
    let temporary = "aws_access_key_id = ASIAOLD\naws_secret_access_key = FAKEsecret\n\
                     aws_session_token = FAKEtoken\n";
    for (text, line) in [
        (format!("[tools]\n{own}[tools]\n{temporary}"), 2),
        (format!("[tools]\n{temporary}[tools]\n{own}"), 6),
        (format!("[tools]\n{own}{temporary}"), 2),
    ] {
        let home = home().credentials(&text);
        for words in [
            &["-p", "src", "generate", "--as", "tools"][..],
            &["generate", "--as", "tools", "--remove"],
        ] {
            home.run(words).fails(
                4,
                &format!(
                    "error: profile `tools` is not replaced: it holds a long-term access key\n  \
                     --> ~/.aws/credentials:{line}\nhint: name another profile with `--as NAME`, or \
                     replace it with `--force`\n"
                ),
            );
            assert_eq!(credentials(&home), text);
        }
    }
}

/// They could not be restored.
#[test]
fn keys_of_a_user_are_not_replaced() {
    let keys = "[tools]\naws_access_key_id = AKIAOTHER\naws_secret_access_key = FAKEsecret\n";
    let home = home().credentials(keys);
    for line in [
        &["-p", "src", "generate", "--as", "tools"][..],
        &["generate", "--as", "tools", "--remove"],
    ] {
        home.run(line).fails(
            4,
            "error: profile `tools` is not replaced: it holds a long-term access key\n  --> \
             ~/.aws/credentials:2\nhint: name another profile with `--as NAME`, or replace it with \
             `--force`\n",
        );
        assert_eq!(credentials(&home), keys);
    }
    let run = home.run(["-p", "src", "generate", "--as", "tools", "--force"]);
    assert!(run.output().status.success());
    assert_eq!(credentials(&home), TOOLS);
    // A key with a session token is a temporary one, whatever it looks like.
    home.write(".aws/credentials", format!("{keys}aws_session_token = FAKEtoken\n"));
    assert!(home.run(["-p", "src", "generate", "--as", "tools"]).output().status.success());
    assert_eq!(credentials(&home), TOOLS);
}

#[test]
fn a_dry_run_shows_all_but_the_secrets() {
    let home = with(&format!("{SOURCES}[profile tools]\n")).credentials(
        "[a]\naws_secret_access_key = FAKEsecret\n[tools]\naws_session_token = FAKEtoken",
    );
    let before = tree(&home.path(".aws"));
    let output = home.run(["-p", "src", "generate", "--as", "tools", "--dry-run"]).succeeds();
    assert_eq!(
        output.stdout(),
        "--- ~/.aws/credentials\n+++ ~/.aws/credentials\n@@ -1,4 +1,6 @@\n [a]\n \
         aws_secret_access_key = ***\n [tools]\n-aws_session_token = ***\n\\ No newline at end of \
         file\n+aws_session_token = ***\n+aws_access_key_id = ASIAEXAMPLE\n+aws_secret_access_key = \
         ***\n\\ No newline at end of file\n--- ~/.aws/config\n+++ ~/.aws/config\n@@ -4,3 +4,4 @@\n \
         [profile bare]\n credential_process = cat answer.json\n [profile tools]\n+region = \
         eu-west-1\n"
    );
    assert_eq!(tree(&home.path(".aws")), before);
    generate(&home);
    home.run(["-p", "src", "generate", "--as", "tools", "--dry-run"]).prints("");
    let output = home.run(["generate", "--as", "tools", "--remove", "--dry-run"]).succeeds();
    assert!(output.stdout().contains("\n-aws_secret_access_key = ***\n"), "{}", output.stdout());
}

/// A value that another tool keeps in these files may be a secret, whatever its name.
#[test]
fn a_dry_run_hides_what_looks_like_a_secret() {
    let home =
        home().credentials("[tools]\nother_tool = FAKEx9Utn/K7MDENGbPxRfiCYz\nplain = yes\n");
    let output = home.run(["-p", "src", "generate", "--as", "tools", "--dry-run"]).succeeds();
    assert!(output.stdout().contains("\n other_tool = ***\n"), "{}", output.stdout());
    assert!(output.stdout().contains("\n plain = yes\n"), "{}", output.stdout());
}

#[test]
fn the_files_are_those_of_the_environment_or_of_the_options() {
    let home = home();
    let run = home.run([
        "-p",
        "src",
        "generate",
        "--as",
        "tools",
        "--config-file",
        "~/c",
        "--credentials-file",
        "k",
    ]);
    assert!(run.output().status.success());
    assert_eq!(
        (read(&home, "c").as_str(), read(&home, "k").as_str()),
        ("[profile tools]\nregion = eu-west-1\n", TOOLS)
    );
    let run = home
        .run(["-p", "src", "generate", "--as", "default"])
        .env("AWS_SHARED_CREDENTIALS_FILE", "~/new/k2");
    let run = run.env("AWS_CONFIG_FILE", home.path(".aws/config"));
    let told = run.output().stderr;
    assert!(
        told.starts_with("profile `default`: keys in ~/new/k2, region in ~/.aws/config"),
        "{told}"
    );
    assert_eq!(read(&home, "new/k2"), TOOLS.replace("tools", "default"));
    assert_eq!(config(&home), format!("{SOURCES}\n[default]\nregion = eu-west-1\n"));
    assert_eq!(mode(&home.path("new")) & 0o777, 0o700);
    assert!(!home.path(".aws/credentials").exists());
}

#[test]
fn the_command_line() {
    let home = home();
    home.run(["generate", "--as", ""]).fails(2, "error: the value of --as is empty\n");
    for arguments in [&["-p", "src", "generate"][..], &["generate", "--remove"]] {
        home.run(arguments).fails(
            2,
            "error: generate needs `--as NAME`, the profile to write\nhint: `--as default` writes \
             the profile that programs use if none is chosen\n",
        );
    }
    home.run(["-p", "src", "generate", "--as", "tools", "--remove"]).fails(
        2,
        "error: --remove and --profile cannot be used together: --as names what to remove\nhint: run \
         the command again without --profile\n",
    );
    home.run(["-p", "src", "generate", "--as", "DEFAULT"]).fails(
        4,
        "error: ~/.aws/credentials is left as it is: `DEFAULT` cannot be the name of a section\n",
    );
    assert_eq!(config(&home), SOURCES);
    // The options' names in aws2-wrap.
    let line = ["-p", "src", "generate", "--outprofile", "tools"];
    assert!(home.run(line).output().status.success());
    assert_eq!(credentials(&home), TOOLS);
    let files = ["--credentialsfile", "k", "--configfile=c"];
    assert!(home.run(line.iter().chain(&files)).output().status.success());
    assert_eq!(read(&home, "k"), TOOLS);
    assert_eq!(read(&home, "c"), "[profile tools]\nregion = eu-west-1\n");
}

/// A real SDK signs with the written keys.
#[test]
fn botocore_uses_it() {
    let Some(python) = installed("python/bin/python") else { return };
    let home = Home::with_aws().config(DEV).login("corp");
    home.run(["-q", "-p", "dev", "generate", "--as", "my tools"]).succeeds();
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/clients/identity.py");
    let url = home.aws().url();
    let output = home.tool(python, [script, "my tools", &url]).report();
    let arn = "arn:aws:sts::123456789012:assumed-role/AWSReservedSSO_Admin_";
    assert!(output.stdout().starts_with(arn), "{}{}", output.stdout(), output.stderr);
    home.run(["-p", "my tools", "explain"]).succeeds();
}

#[test]
fn nobody_signs_in_for_what_cannot_be_written() {
    let home = Home::new().config(DEV);
    let output = home.run(["-p", "dev", "generate", "--as", "dev"]).output();
    assert_eq!(output.status.code(), Some(4));
    assert!(output.stderr.starts_with("error: profile `dev` is not replaced"), "{}", output.stderr);
}
