//! `ssowrap whoami`.

use fake_aws::Fault;

use crate::support::{DEV, Home};

const CHAIN: &str = "
[profile deploy]
role_arn = arn:aws:iam::210987654321:role/ci/deploy
source_profile = dev
role_session_name = job
region = eu-west-1
";

fn home() -> Home {
    Home::with_aws().config(&format!("{DEV}{CHAIN}")).login("corp")
}

#[test]
fn a_role_of_identity_center() {
    let home = home();
    let output = home.run(["-p", "dev", "whoami", "--format", "json"]).succeeds();
    let identity: serde_json::Value = serde_json::from_str(output.stdout()).expect("JSON");
    assert_eq!(identity["profile"], "dev");
    assert_eq!(identity["account_id"], "123456789012");
    let role = identity["role_arn"].as_str().expect("a role");
    let name = role.strip_prefix("arn:aws:iam::123456789012:role/").expect("no path");
    assert!(name.starts_with("AWSReservedSSO_Admin_"), "{name}");
    let with_path = format!(
        "arn:aws:iam::123456789012:role/aws-reserved/sso.amazonaws.com/eu-central-1/{name}"
    );
    assert_eq!(identity["role_arn_with_path"], with_path);
    let user = identity["user"].as_str().expect("a user");
    let arn = format!("arn:aws:sts::123456789012:assumed-role/{name}/{user}");
    assert_eq!(identity["arn"], arn);
    home.run(["-p", "dev", "whoami", "--format", "role-arn"]).prints(&format!("{role}\n"));
    home.run(["-p", "dev", "whoami", "--format", "arn"]).prints(&format!("{arn}\n"));
    home.run(["-p", "dev", "whoami", "--format", "account"]).prints("123456789012\n");
    assert_eq!(home.aws().count("GetRoleCredentials"), 1);
    assert_eq!(home.aws().count("GetCallerIdentity"), 4);
    let output = home.run(["-p", "dev", "whoami"]).succeeds();
    for part in ["profile ", "123456789012", &arn, role, &with_path, "until "] {
        assert!(output.stdout().contains(part), "{part}: {}", output.stdout());
    }
}

/// An assumed role's path comes from the config, because AWS leaves it out.
#[test]
fn a_chain() {
    let output = home().run(["-p", "deploy", "whoami", "--format", "json"]).succeeds();
    let identity: serde_json::Value = serde_json::from_str(output.stdout()).expect("JSON");
    assert_eq!(identity["arn"], "arn:aws:sts::210987654321:assumed-role/deploy/job");
    assert_eq!(identity["role_arn"], "arn:aws:iam::210987654321:role/deploy");
    assert_eq!(identity["role_arn_with_path"], "arn:aws:iam::210987654321:role/ci/deploy");
    assert_eq!(identity["user"], "job");
}

#[test]
fn a_region_that_the_account_has_not_opted_into() {
    let text = "The security token included in the request is invalid";
    let home = home();
    home.aws().fail_always("GetCallerIdentity", Fault::error(403, "InvalidClientTokenId", text));
    let output = home.run(["-p", "dev", "--region", "me-south-1", "whoami"]).output();
    let hint = "hint: the account may not have opted into `me-south-1`: choose another region with \
                `--region`";
    assert!(output.stderr.contains(hint), "{}", output.stderr);
    let output = home.run(["-p", "dev", "whoami"]).output();
    assert!(!output.stderr.contains("opted"), "{}", output.stderr);
}

/// The role was deleted and created anew: the cached credentials are those of the old one.
#[test]
fn credentials_that_were_revoked_in_the_cache() {
    let home = home();
    home.run(["-p", "dev", "export"]).succeeds();
    let refusal = Fault::error(403, "InvalidClientTokenId", "It is invalid.");
    home.aws().fail("GetCallerIdentity", refusal, 1);
    let output = home.run(["-p", "dev", "whoami"]).output();
    let hint = "hint: if the credentials were cached before AWS revoked them, `--refresh` gets new \
                ones\n";
    assert!(output.stderr.contains(hint), "{}", output.stderr);
    assert_eq!(output.status.code(), Some(5));
    home.run(["-p", "dev", "--refresh", "whoami"]).succeeds();
}

/// An answer that names nobody is not accepted, and another account doesn't get this one's name.
#[test]
fn invalid_answers() {
    let home = home();
    let answers = |arn: &str| {
        let body = format!(
            "<GetCallerIdentityResponse><GetCallerIdentityResult><Arn>{arn}</Arn>\
             </GetCallerIdentityResult></GetCallerIdentityResponse>"
        );
        let fault = Fault::Raw { status: 200, content_type: "text/xml".to_owned(), body };
        home.aws().fail("GetCallerIdentity", fault, 1);
        home.run(["-p", "dev", "whoami"]).report()
    };
    for arn in ["", "bad", "arn:aws:sts::1:assumed-role/r/s", "arn:aws:sts::123456789012:r/&#10;x"]
    {
        let output = answers(arn);
        assert_eq!(output.status.code(), Some(6), "{arn}: {}", output.stderr);
        let why = "it does not say whose credentials these are\n";
        assert!(output.stderr.contains(why), "{arn}: {}", output.stderr);
        assert!(output.stdout().contains("123456789012"), "{arn}: {}", output.stdout());
    }
    home.run(["accounts", "--sso-session", "corp"]).succeeds();
    let output = answers("arn:aws:sts::210987654321:assumed-role/r/s");
    assert!(output.stdout().contains("\naccount         210987654321\n"), "{}", output.stdout());
}

/// What is known without AWS is printed anyway.
#[test]
fn out_of_reach() {
    let home = home();
    home.run(["-p", "dev", "credential-process"]).succeeds();
    let unreachable = "http://127.0.0.1:9";
    let output = home.run(["-p", "dev", "whoami", "--format", "account"]);
    let output = output.env("AWS_ENDPOINT_URL_STS", unreachable).report();
    assert_eq!((output.status.code(), output.stdout()), (Some(6), "123456789012\n"));
    assert!(output.stderr.starts_with("error: "), "{}", output.stderr);
    let output = home.run(["-p", "dev", "whoami", "--format", "arn"]);
    let output = output.env("AWS_ENDPOINT_URL_STS", unreachable).report();
    assert_eq!((output.status.code(), output.stdout()), (Some(6), ""));
}
