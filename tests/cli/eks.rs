//! `ssowrap eks get-token`: the token that kubectl sends.

mod kubeconfig;

use std::collections::BTreeMap;

use base64_simd::URL_SAFE_NO_PAD;
use serde_json::Value;

use crate::clients::installed;
use crate::support::{DEV, Home};

const GET_TOKEN: [&str; 6] = ["-p", "dev", "eks", "get-token", "--cluster-name", "blue"];

fn home() -> Home {
    Home::with_aws().config(DEV).login("corp")
}

/// The answer to kubectl.
fn answer(text: &str) -> Value {
    serde_json::from_str(text).expect("JSON")
}

/// The request in a token: its host and query.
fn signed(answer: &Value) -> (String, BTreeMap<String, String>) {
    let token = answer["status"]["token"].as_str().expect("a token");
    let token = token.strip_prefix("k8s-aws-v1.").expect("its beginning");
    let url = URL_SAFE_NO_PAD.decode_to_vec(token).expect("base64");
    let url = String::from_utf8(url).expect("a URL");
    let (host, query) = url.split_once("/?").expect("a query");
    let pair = |pair: &str| pair.split_once('=').map(|(k, v)| (k.to_owned(), v.to_owned()));
    (host.to_owned(), query.split('&').filter_map(pair).collect())
}

#[test]
fn one_exchange_for_any_number_of_tokens() {
    let home = home();
    for _ in 0..3 {
        let output = home.run(GET_TOKEN).succeeds();
        let answer = answer(output.stdout());
        assert_eq!(answer["kind"], "ExecCredential");
        assert_eq!(answer["apiVersion"], "client.authentication.k8s.io/v1beta1");
        assert_eq!(answer["spec"], serde_json::json!({}));
        // Whatever our endpoint of STS is, EKS uses AWS's own.
        let (host, query) = signed(&answer);
        assert_eq!(host, "https://sts.eu-west-1.amazonaws.com");
        assert_eq!(query["X-Amz-SignedHeaders"], "host%3Bx-k8s-aws-id");
        assert_eq!(query["X-Amz-Expires"], "60");
    }
    assert_eq!(home.aws().count("GetRoleCredentials"), 1);
    assert_eq!(home.aws().count("GetCallerIdentity"), 0);
}

#[test]
fn the_command_line_of_the_aws_cli() {
    let home = home();
    let words = ["--region", "us-east-1", "eks", "get-token", "--cluster-name", "blue"];
    let output = home.run(words.iter().chain(&["--output", "json"])).env("AWS_PROFILE", "dev");
    let (host, _) = signed(&answer(output.succeeds().stdout()));
    assert_eq!(host, "https://sts.us-east-1.amazonaws.com");
}

#[test]
fn a_role_on_top() {
    let role = "arn:aws:iam::210987654321:role/deploy";
    for option in ["--role-arn", "--role"] {
        let home = home();
        home.run(GET_TOKEN.iter().chain(&[option, role])).succeeds();
        let log = home.aws().log_of("AssumeRole");
        let query = format!("{log:?}");
        assert!(query.contains("EKSGetTokenAuth") && log.len() == 1, "{query}");
    }
}

/// kubectl accepts only its own version.
#[test]
fn the_version_of_kubectl() {
    let home = home();
    for (info, version) in [
        (r#"{"apiVersion":"client.authentication.k8s.io/v1","spec":{"interactive":true}}"#, "v1"),
        (r#"{"apiVersion":"client.authentication.k8s.io/v1beta1"}"#, "v1beta1"),
        ("nonsense", "v1beta1"),
    ] {
        let output = home.run(GET_TOKEN).env("KUBERNETES_EXEC_INFO", info).succeeds();
        let answer = answer(output.stdout());
        assert_eq!(answer["apiVersion"], format!("client.authentication.k8s.io/{version}"));
    }
}

#[test]
fn no_region() {
    let home = Home::with_aws().config(&DEV.replace("region = eu-west-1\n", "")).login("corp");
    home.run(GET_TOKEN).fails(
        4,
        "error: the cluster's region is unknown\nhint: give `--region REGION`, or set `region` in \
         the profile\n",
    );
    let output = home.run(["-p", "dev", "eks", "get-token"]).output();
    assert_eq!((output.status.code(), output.stdout()), (Some(2), ""));
}

/// Invalid values are reported by the name of their option, before any request.
#[test]
fn words_that_are_no_names() {
    let home = home();
    home.run(["-p", "dev", "eks", "get-token", "--cluster-name", "blue\nx"])
        .fails(2, "error: --cluster-name `blue\\nx` is not a cluster id\n");
    home.run(["-p", "dev", "eks", "get-token", "--cluster-id", "a b"])
        .fails(2, "error: --cluster-id `a b` is not a cluster id\n");
    home.run(GET_TOKEN.iter().chain(&["--role-arn", "deploy"]))
        .fails(2, "error: --role-arn `deploy` is not the ARN of a role\n");
    assert_eq!(home.aws().count("*"), 0);
}

/// The AWS CLI creates the same token from the same credentials in the same second.
#[test]
fn the_token_of_the_aws_cli() {
    let Some(aws) = installed("aws-cli/aws") else { return };
    let home = home();
    let ours = || answer(home.run(GET_TOKEN).succeeds().stdout());
    let theirs = || {
        let words = ["eks", "get-token", "--cluster-name", "blue", "--profile", "dev"];
        let output = home.tool(&aws, words).env("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "true");
        let output = output.report();
        assert!(output.status.success(), "{}", output.stderr);
        answer(output.stdout())
    };
    // From here on, the cache has the credentials.
    ours();
    // The clock advances, but some attempts fall within one second.
    for _ in 0..20 {
        let (theirs, ours) = (theirs(), ours());
        if signed(&theirs).1["X-Amz-Date"] == signed(&ours).1["X-Amz-Date"] {
            assert_eq!(theirs["status"]["token"], ours["status"]["token"]);
            assert_eq!(theirs["apiVersion"], ours["apiVersion"]);
            return;
        }
    }
    panic!("never in one second");
}
