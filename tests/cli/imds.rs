//! `serve --imds`: instance metadata, version 2, with raw requests and from SDKs.

#![cfg(unix)]

use std::path::Path;

use crate::clients::installed;
use crate::endpoint::{Answer, Client};
use crate::support::{DEV, Home, token_file, tool, until};

fn home() -> Home {
    Home::with_aws().config(DEV).login("corp")
}

fn serve(home: &Home) -> Client {
    Client::read(home.run(["-q", "-p", "dev", "serve", "--imds"]))
}

const TOKEN: &str = "/latest/api/token";
const ROLES: &str = "/latest/meta-data/iam/security-credentials/";

fn request(client: &Client, method: &str, path: &str, headers: &[&str]) -> Answer {
    let mut text = format!("{method} {path} HTTP/1.1\r\nHost: 127.0.0.1:{}\r\n", client.port);
    for header in headers {
        text.push_str(header);
        text.push_str("\r\n");
    }
    client.send(&(text + "Content-Length: 0\r\n\r\n"))
}

fn lifetime(seconds: &str) -> String {
    format!("X-aws-ec2-metadata-token-ttl-seconds: {seconds}")
}

/// A session token.
fn session(client: &Client, seconds: &str) -> String {
    let answer = request(client, "PUT", TOKEN, &[&lifetime(seconds)]);
    assert_eq!(answer.status, 200, "{}", answer.body);
    let echo = format!("\r\nx-aws-ec2-metadata-token-ttl-seconds: {seconds}\r\n");
    assert!(answer.head.contains(&echo), "{}", answer.head);
    answer.body
}

fn get(client: &Client, path: &str, token: &str) -> Answer {
    request(client, "GET", path, &[&format!("X-aws-ec2-metadata-token: {token}")])
}

#[test]
fn a_session_comes_first() {
    let home = home();
    let client = serve(&home);
    for seconds in ["0", "21601", "-1", "x", "", "6e1"] {
        let answer = request(&client, "PUT", TOKEN, &[&lifetime(seconds)]);
        assert_eq!(answer.status, 400, "{seconds}");
    }
    assert_eq!(request(&client, "PUT", TOKEN, &[]).status, 400);
    assert_eq!(request(&client, "PUT", TOKEN, &[&lifetime("60"), &lifetime("60")]).status, 400);
    assert_eq!(request(&client, "GET", TOKEN, &[&lifetime("60")]).status, 405);
    session(&client, "1");
    let token = session(&client, "21600");
    assert_eq!(get(&client, ROLES, &token).status, 200);
    // There is no version 1, and no guessing.
    assert_eq!(request(&client, "GET", ROLES, &[]).status, 401);
    let other = serve(&home);
    let mut changed = token.clone();
    let first = if token.starts_with('B') { "C" } else { "B" };
    changed.replace_range(..1, first);
    for wrong in ["", "x", &token[1..], &format!("{token}A"), &changed, &session(&other, "60")] {
        let answer = get(&client, ROLES, wrong);
        assert_eq!((answer.status, answer.body.as_str()), (401, ""), "{wrong}");
    }
    let twice = format!("X-aws-ec2-metadata-token: {token}");
    assert_eq!(request(&client, "GET", ROLES, &[&twice, &twice]).status, 401);
    // The two tokens are different things.
    assert_eq!(get(&client, ROLES, &client.token).status, 401);
    let authorization = format!("Authorization: {token}");
    assert_eq!(request(&client, "GET", "/", &[&authorization]).status, 403);
    let authorization = format!("Authorization: {}", client.token);
    assert_eq!(request(&client, "GET", ROLES, &[&authorization]).status, 401);
}

#[test]
fn a_session_ends() {
    let home = home();
    let client = serve(&home);
    let token = session(&client, "1");
    let ended = until("the end of the session", || {
        Some(get(&client, ROLES, &token).status).filter(|status| *status != 200)
    });
    assert_eq!(ended, 401);
}

#[test]
fn neither_browsers_nor_proxies() {
    let home = home();
    let client = serve(&home);
    let token = session(&client, "60");
    let token = format!("X-aws-ec2-metadata-token: {token}");
    let forwarded = "X-Forwarded-For: 192.0.2.1";
    assert_eq!(request(&client, "PUT", TOKEN, &[&lifetime("60"), forwarded]).status, 403);
    assert_eq!(request(&client, "GET", ROLES, &[&token, forwarded]).status, 403);
    for method in ["OPTIONS", "POST", "PUT", "HEAD"] {
        assert_eq!(request(&client, method, ROLES, &[&token]).status, 405, "{method}");
    }
    for host in ["evil.example", "169.254.169.254", "127.0.0.1"] {
        let head = format!("PUT {TOKEN} HTTP/1.1\r\nHost: {host}\r\n{}\r\n\r\n", lifetime("60"));
        assert_eq!(client.send(&head).status, 403, "{host}");
    }
}

#[test]
fn documents() {
    let home = home();
    let client = serve(&home);
    let token = session(&client, "60");
    let text = |path: &str| {
        let answer = get(&client, path, &token);
        assert_eq!(answer.status, 200, "{path}");
        assert!(answer.head.contains("\r\ncontent-type: text/plain\r\n"), "{}", answer.head);
        answer.body
    };
    assert_eq!(text(ROLES), "Admin");
    assert_eq!(text(ROLES.trim_end_matches('/')), "Admin");
    assert_eq!(text("/latest/meta-data/placement/region"), "eu-west-1");
    assert_eq!(text("/latest/meta-data/placement/availability-zone/"), "eu-west-1a");
    let json = get(&client, "/latest/dynamic/instance-identity/document", &token).json();
    assert_eq!(json["region"], "eu-west-1");
    let json = get(&client, &format!("{ROLES}Admin"), &token).json();
    let names: Vec<&String> = json.as_object().expect("an object").keys().collect();
    assert_eq!(
        names,
        ["Code", "LastUpdated", "Type", "AccessKeyId", "SecretAccessKey", "Token", "Expiration"]
    );
    assert_eq!((&json["Code"], &json["Type"]), (&"Success".into(), &"AWS-HMAC".into()));
    let issued = home.aws().log_of("GetRoleCredentials")[0].issued_access_key_id.clone();
    assert_eq!(json["AccessKeyId"].as_str(), issued.as_deref());
    assert_eq!(client.get("/").key(), json["AccessKeyId"]);
    for path in [
        &format!("{ROLES}Other"),
        &format!("{ROLES}Admin/x"),
        "/latest/meta-data/iam/security-credentials-extended/",
        "/latest/meta-data/iam/security-credentials-extended/Admin",
        "/latest/meta-data/",
        "/latest/user-data",
        "/latest/",
    ] {
        assert_eq!(get(&client, path, &token).status, 404, "{path}");
    }
    assert_eq!(home.aws().count("*"), 1);
}

#[test]
fn only_where_it_is_asked_for() {
    let home = home();
    let client = Client::read(home.run(["-q", "-p", "dev", "serve"]));
    assert_eq!(request(&client, "PUT", TOKEN, &[&lifetime("60")]).status, 405);
    assert_eq!(request(&client, "GET", ROLES, &[]).status, 403);
    let authorization = format!("Authorization: {}", client.token);
    assert_eq!(request(&client, "GET", ROLES, &[&authorization]).status, 404);
}

/// A client that knows only the address.
fn check(program: &Path, arguments: &[&str], expected: &str) {
    let home = home();
    let client = serve(&home);
    let run = home.tool(
        program,
        arguments.iter().map(|word| match *word {
            "URL" => home.aws().url(),
            word => word.to_owned(),
        }),
    );
    let url = format!("http://127.0.0.1:{}", client.port);
    let run = run.env("AWS_EC2_METADATA_SERVICE_ENDPOINT", url);
    let run = run.env("AWS_EC2_METADATA_DISABLED", "false").env("AWS_REGION", "eu-west-1");
    let run = run.env("AWS_CONFIG_FILE", "/dev/null").env("AWS_DEFAULT_REGION", "eu-west-1");
    let output = run.report();
    assert!(output.stdout().starts_with(expected), "{}{}", output.stdout(), output.stderr);
    assert_eq!(home.aws().count("ImdsToken"), 0, "the fake's own metadata were asked");
}

const ADMIN: &str = "arn:aws:sts::123456789012:assumed-role/AWSReservedSSO_Admin_";

#[test]
fn botocore() {
    let Some(python) = installed("python/bin/python") else { return };
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/clients/chain.py");
    check(&python, &[script, "URL"], ADMIN);
    let region = "from botocore.utils import InstanceMetadataRegionFetcher as F; import os\n\
                  print(F(base_url=os.environ['AWS_EC2_METADATA_SERVICE_ENDPOINT'])\
                  .retrieve_region())";
    check(&python, &["-c", region], "eu-west-1\n");
}

#[test]
fn the_javascript_sdk() {
    let (Some(node), Some(script)) = (tool("node"), installed("node/chain.mjs")) else { return };
    check(&node, &[script.to_str().expect("UTF-8"), "URL"], ADMIN);
}

/// The Rust SDK, which ssowrap itself uses.
#[test]
fn ssowrap() {
    let home = home();
    let client = serve(&home);
    home.write(
        ".aws/config",
        "[profile instance]\n\
         role_arn = arn:aws:iam::123456789012:role/inner\n\
         credential_source = Ec2InstanceMetadata\n\
         region = eu-west-1\n",
    );
    let url = format!("http://127.0.0.1:{}", client.port);
    let run = home.run(["-p", "instance", "export"]);
    run.env("AWS_EC2_METADATA_SERVICE_ENDPOINT", url).succeeds();
    let log = home.aws().log_of("AssumeRole");
    assert_eq!(log[0].param("RoleArn"), "arn:aws:iam::123456789012:role/inner");
    assert!(log[0].principal.as_deref().is_some_and(|arn| arn.starts_with(ADMIN)), "{log:?}");
}

#[test]
fn what_is_wrong_is_said() {
    let home = home();
    home.aws().credential_lifetime(std::time::Duration::from_secs(1));
    let client = serve(&home);
    std::fs::remove_file(home.path(&token_file("corp"))).expect("own file");
    let token = session(&client, "60");
    let answer = until("the end of the credentials", || {
        let answer = get(&client, &format!("{ROLES}Admin"), &token);
        Some(answer).filter(|answer| !matches!(answer.status, 200 | 503))
    });
    assert_eq!((answer.status, answer.json()["Code"].as_str()), (400, Some("login_required")));
}
