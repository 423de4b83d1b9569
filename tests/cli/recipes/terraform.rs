//! Terraform keeps its state in S3: each way of passing credentials reaches the backend as the
//! right principal.

use std::collections::BTreeSet;
use std::fs;
use std::io::{BufRead, BufReader, Lines, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};

use crate::clients::installed;
use crate::support::{DEV, Home, SSOWRAP, tool_if_any};

const DEPLOY: &str = "arn:aws:iam::210987654321:role/deploy";

/// A local S3 with a bucket, using moto. It ends when this is dropped.
struct S3 {
    child: Child,
    lines: Lines<BufReader<ChildStdout>>,
    url: String,
}

impl S3 {
    fn start(python: &Path) -> Self {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/clients/s3.py");
        let mut command = Command::new(python);
        command.arg(script).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().expect("it starts");
        let mut lines = BufReader::new(child.stdout.take().expect("piped")).lines();
        let url = lines.next().expect("an address").expect("text");
        Self { child, lines, url }
    }

    /// The requests since the last call: access key, method and path of each.
    fn requests(&mut self) -> Vec<String> {
        let address = self.url.trim_start_matches("http://");
        let mut stream = TcpStream::connect(address).expect("it listens");
        stream.write_all(b"GET /end HTTP/1.0\r\n\r\n").expect("it reads");
        let lines = self.lines.by_ref().map(|line| line.expect("text"));
        lines.take_while(|line| line != "/end").collect()
    }
}

impl Drop for S3 {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A way to pass credentials.
struct Way {
    name: &'static str,
    /// The backend's settings in the code.
    backend: &'static str,
    /// The command that runs `$TF`, which stores a state.
    command: &'static str,
    /// Whether it acts as the role on top.
    deploys: bool,
}

const fn way(name: &'static str, backend: &'static str, command: &'static str) -> Way {
    Way { name, backend, command, deploys: false }
}

const fn deploying(name: &'static str, backend: &'static str, command: &'static str) -> Way {
    Way { name, backend, command, deploys: true }
}

const ASSUME: &str = "assume_role = { role_arn = \"arn:aws:iam::210987654321:role/deploy\" }";

const WAYS: [Way; 9] = [
    way("exec", "", "ssowrap -p prod exec -- $TF"),
    way("renew", "", "ssowrap -p prod exec --renew -- $TF"),
    way("export", "", "eval \"$(ssowrap -p prod export)\"; $TF"),
    way("process", "profile = \"prod-process\"", "$TF"),
    way("written", "profile = \"prod\"", "ssowrap -p prod -p dns exec --write-credentials -- $TF"),
    deploying("exec-deploy", ASSUME, "ssowrap -p prod exec -- $TF"),
    deploying("renew-deploy", ASSUME, "ssowrap -p prod exec --renew -- $TF"),
    deploying("own-deploy", "", "ssowrap -p prod --assume $DEPLOY exec -- $TF"),
    deploying("process-deploy", "profile = \"deploy-process\"", "$TF"),
];

/// Two profiles, each with one for tools, and another principal's keys, which would be found first.
fn home(s3: &S3) -> Home {
    let prod = DEV.replace("profile dev", "profile prod");
    let config = format!(
        "{prod}
[profile dns]
sso_session = corp
sso_account_id = 000000000042
sso_role_name = Developer
[profile deploy]
source_profile = prod
role_arn = {DEPLOY}
[profile prod-process]
credential_process = {SSOWRAP} -p prod credential-process
[profile deploy-process]
credential_process = {SSOWRAP} -p deploy credential-process
"
    );
    let other = "[default]\naws_access_key_id = AKIAOTHER\naws_secret_access_key = FAKEsecret\n";
    let home = Home::with_aws().config(&config).credentials(other).login("corp");
    home.env("AWS_ENDPOINT_URL_S3", &s3.url).env("CHECKPOINT_DISABLE", "1").env("DEPLOY", DEPLOY)
}

/// The keys that were issued for the role, or for the one on top.
fn keys(home: &Home, deploys: bool) -> BTreeSet<String> {
    let operation = if deploys { "AssumeRole" } else { "GetRoleCredentials" };
    let is_it = |log: &fake_aws::Entry| match deploys {
        true => log.param("RoleArn") == DEPLOY,
        false => log.param("account_id") == "123456789012" && log.param("role_name") == "Admin",
    };
    let entries = home.aws().log_of(operation).into_iter().filter(is_it);
    entries.filter_map(|entry| entry.issued_access_key_id).collect()
}

#[test]
fn every_way_reaches_the_backend() {
    let (Some(_), Some(python)) = (tool_if_any("terraform"), installed("python/bin/python")) else {
        return;
    };
    let mut s3 = S3::start(&python);
    for Way { name, backend, command, deploys } in WAYS {
        let home = home(&s3);
        fs::create_dir(home.path("code")).expect("a directory");
        let code = format!(
            "terraform {{\n  backend \"s3\" {{\n    bucket = \"state\"\n    key = \"{name}\"\n    region \
             = \"eu-west-1\"\n    use_path_style = true\n    use_lockfile = true\n    {backend}\n  }}\n\
             }}\nresource \"terraform_data\" \"it\" {{}}\n"
        );
        home.write("code/main.tf", code);
        let script = "cd ~/code && terraform init -input=false && \
                      terraform apply -input=false -auto-approve";
        let home = home.script("apply", &format!("#!/bin/sh\n{script}\n"));
        let output = home.tool("bash", ["-c", command]).env("TF", home.path("apply")).report();
        assert!(output.status.success(), "{name}: {}\n{}", output.stdout(), output.stderr);
        let keys = keys(&home, deploys);
        let requests = s3.requests();
        let saved = format!(" PUT /state/{name}");
        assert!(requests.iter().any(|request| request.ends_with(&saved)), "{name}: {requests:?}");
        for request in &requests {
            let key = request.split(' ').next().expect("a key");
            assert!(keys.contains(key), "{name}: {request} is not of {keys:?}");
        }
        // STS was asked for the identity, and has verified the signature.
        let calls = home.aws().log_of("GetCallerIdentity");
        let last = calls.last().expect("a call");
        assert!(last.access_key_id.as_ref().is_some_and(|key| keys.contains(key)), "{name}");
    }
}
