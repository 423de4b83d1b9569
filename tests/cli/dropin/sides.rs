//! Compares the real aws2-wrap with ssowrap in two equal homes, in which `aws2-wrap` is one of the
//! two. The original uses a stub of the AWS CLI, which answers with the credentials that ssowrap
//! got from the fake AWS.

use std::fs;
use std::os::unix::fs::symlink;
use std::os::unix::process::ExitStatusExt;
use std::path::Path;

use serde_json::{Value, json};

use crate::clients::installed;
use crate::support::{Home, Output, SSOWRAP, START_URL, Token};

/// Profiles of every kind.
pub(super) const CONFIG: &str = "\
[default]
sso_start_url = https://corp.awsapps.com/start
sso_region = eu-central-1
sso_account_id = 123456789012
sso_role_name = Admin
region = eu-west-1

[profile dev]
sso_session = corp
sso_account_id = 210987654321
sso_role_name = Developer

[sso-session corp]
sso_start_url = https://corp.awsapps.com/start
sso_region = eu-central-1
region = ap-south-1

[profile disagrees]
sso_session = corp
sso_account_id = 210987654321
sso_role_name = Developer
region = us-east-2

[profile shared]
sso_session = all
region = eu-north-1

[sso-session all]
sso_start_url = https://corp.awsapps.com/start
sso_region = eu-central-1
sso_account_id = 123456789012
sso_role_name = ReadOnly

[bare]
sso_session = bare-session
sso_account_id = 210987654321
sso_role_name = Bare

[bare-session]
sso_start_url = https://corp.awsapps.com/start
sso_region = eu-central-1

[profile \"my prof\"]
sso_session = corp
sso_account_id = 210987654321
sso_role_name = Developer
region = eu-west-2

[profile deploy]
role_arn = arn:aws:iam::210987654321:role/Deploy
source_profile = default

[profile deep]
role_arn = arn:aws:iam::000000000042:role/Deep
source_profile = deploy
region = us-west-1

[profile both]
role_arn = arn:aws:iam::210987654321:role/Deploy
source_profile = default
sso_session = corp
sso_account_id = 210987654321
sso_role_name = Developer

[profile mixed]
sso_session = corp
sso_account_id = 210987654321
sso_role_name = Developer
aws_access_key_id = AKIAOTHER
aws_secret_access_key = FAKEsecret/other

[profile on-mixed]
role_arn = arn:aws:iam::210987654321:role/OnMixed
source_profile = mixed

[profile no-source]
role_arn = arn:aws:iam::210987654321:role/Deploy
sso_session = corp
sso_account_id = 210987654321
sso_role_name = Developer

[profile old]
sso_session = old
sso_account_id = 123456789012
sso_role_name = Admin

[sso-session old]
sso_start_url = https://old.awsapps.com/start
sso_region = eu-central-1

[profile on-old]
role_arn = arn:aws:iam::210987654321:role/Deploy
source_profile = old

[profile denied]
sso_session = corp
sso_account_id = 123456789012
sso_role_name = Nobody

[profile on-denied]
role_arn = arn:aws:iam::210987654321:role/Deploy
source_profile = denied

[profile distrusted]
role_arn = arn:aws:iam::210987654321:role/Distrusted
source_profile = default

[profile no-session]
sso_session = nowhere
sso_account_id = 123456789012
sso_role_name = Admin

[profile no-base]
role_arn = arn:aws:iam::210987654321:role/Deploy
source_profile = nowhere

[profile no-role]
sso_session = corp
sso_account_id = 123456789012

[profile no-account]
sso_session = corp
sso_role_name = Admin

[profile no-url]
sso_region = eu-central-1
sso_account_id = 123456789012
sso_role_name = Admin

[profile nothing]

[profile no-arn]
source_profile = default
";

/// Profiles whose credentials the stub must know, and how it finds them.
const KNOWN: [(&str, &str); 7] = [
    ("default", "sso-Admin"),
    ("dev", "sso-Developer"),
    ("shared", "sso-ReadOnly"),
    ("bare", "sso-Bare"),
    ("deploy", "sts-Deploy"),
    ("deep", "sts-Deep"),
    ("on-mixed", "sts-OnMixed"),
];

/// Answers from files. Refuses everything for which it has no file.
const STUB: &str = "\
#!/bin/sh
kind=$1
while [ $# -gt 0 ]; do
    case $1 in
        --role-name) file=$HOME/answers/$kind-$2 ;;
        --role-arn) file=$HOME/answers/$kind-${2##*/} ;;
    esac
    shift
done
[ -n \"$file\" ] || exit 0
cat \"$file\" 2>/dev/null && exit
echo 'An error occurred (ForbiddenException)' >&2
exit 254
";

/// The two homes.
pub(super) struct Sides {
    /// ssowrap's, with a fake AWS.
    pub ours: Home,
    /// The original's.
    pub theirs: Home,
}

impl Sides {
    /// Both with [`CONFIG`]; none if the original is not installed.
    pub(super) fn new() -> Option<Self> {
        let real = installed("python/bin/aws2-wrap")?;
        let ours = in_place(Home::with_aws(), Path::new(SSOWRAP));
        ours.aws().grant("210987654321", "Bare");
        ours.aws().deny_role("arn:aws:iam::210987654321:role/Distrusted");
        let theirs = in_place(Home::new(), &real).script("bin/aws", STUB);
        fs::create_dir(theirs.path("answers")).expect("a directory");
        for (profile, file) in KNOWN {
            let json = ours.run(["aws2-wrap", "--profile", profile, "--process"]).succeeds();
            let json: Value = serde_json::from_slice(&json.stdout).expect("JSON");
            theirs.write(
                &format!("answers/{file}"),
                answer(&json, file.starts_with("sso")).to_string(),
            );
        }
        Some(Self { ours, theirs })
    }

    /// Writes a file to both homes.
    pub(super) fn write(&self, path: &str, text: &str) {
        self.ours.write(path, text);
        self.theirs.write(path, text);
    }

    /// Runs a command line in both homes. Returns our result, then the original's.
    pub(super) fn run(&self, line: &[&str], variables: &[(&str, &str)]) -> (Ended, Ended) {
        (run(&self.ours, line, variables), run(&self.theirs, line, variables))
    }
}

/// Everything that a run leaves behind.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Ended {
    pub code: i32,
    pub stdout: String,
    pub stderr: String,
}

/// A home in which `aws2-wrap` is `program`.
pub(super) fn in_place(home: Home, program: &Path) -> Home {
    let path = format!("{}:/usr/local/bin:/usr/bin:/bin", home.path("bin").display());
    let home = home.config(CONFIG).env("PATH", path);
    fs::create_dir(home.path("bin")).expect("a directory");
    symlink(program, home.path("bin/aws2-wrap")).expect("a link");
    let keys = [START_URL, "corp", "all", "bare-session"];
    let home = keys.into_iter().fold(home, |home, key| home.token(key, &Token::new()));
    let ended = Token::new().start_url("https://old.awsapps.com/start").without_refresh();
    home.raw_token("old", ended.expires_at("2020-01-01T00:00:00Z").to_json())
}

fn run(home: &Home, line: &[&str], variables: &[(&str, &str)]) -> Ended {
    let (program, arguments) = line.split_first().expect("a program");
    let mut run = home.tool(home.path("bin").join(program), arguments);
    for (name, value) in variables {
        run = run.env(name, value);
    }
    let output: Output = run.report();
    let code = output.status.code().or(output.status.signal().map(|signal| 128 + signal));
    Ended { code: code.expect("an end"), stdout: output.stdout().to_owned(), stderr: output.stderr }
}

/// What the AWS CLI would print for the credentials that `--process` printed.
fn answer(process: &Value, is_sso: bool) -> Value {
    let field = |name: &str| process[name].clone();
    let (id, secret, token) =
        (field("AccessKeyId"), field("SecretAccessKey"), field("SessionToken"));
    let ends = process["Expiration"].as_str().expect("an end");
    if is_sso {
        let ends: chrono::DateTime<chrono::Utc> = ends.parse().expect("a time");
        return json!({"roleCredentials": {"accessKeyId": id, "secretAccessKey": secret,
            "sessionToken": token, "expiration": ends.timestamp_millis()}});
    }
    json!({"Credentials": {"AccessKeyId": id, "SecretAccessKey": secret, "SessionToken": token,
        "Expiration": ends.replace('Z', "+00:00")}})
}
