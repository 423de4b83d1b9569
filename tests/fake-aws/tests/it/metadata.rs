//! The container credentials endpoint and IMDSv2.

use crate::client::{send, sts};
use aws_credential_types::Credentials;
use fake_aws::{FakeAws, Options};
use serde_json::Value;

fn caller(fake: &FakeAws, keys: &Value) -> String {
    let text = |name: &str| keys[name].as_str().expect("text").to_owned();
    let token = Some(text("Token"));
    let keys = Credentials::new(text("AccessKeyId"), text("SecretAccessKey"), token, None, "test");
    sts(fake, &keys, "Action=GetCallerIdentity").xml("Arn")
}

#[test]
fn the_container_endpoint() {
    let fake = FakeAws::start(Options::default());
    let get = |headers: crate::client::Headers<'_>| {
        send(&fake.url(), "GET", "/ecs/credentials", headers, "")
    };
    let reply = get(&[]);
    assert_eq!(reply.header("content-type"), "application/json");
    assert!(caller(&fake, &reply.json()).contains("assumed-role/fake-task-role/"));
    fake.set_container_token(Some("FAKEtoken-container"));
    assert_eq!(get(&[]).status, 401);
    assert_eq!(get(&[("authorization", "FAKEtoken-other")]).status, 401);
    assert_eq!(get(&[("authorization", "FAKEtoken-container")]).status, 200);
    let entry = fake.log_of("ContainerCredentials").pop().expect("an entry");
    assert!(entry.headers["authorization"].starts_with("sha256:"));
}

#[test]
fn the_instance_metadata_service() {
    let fake = FakeAws::start(Options::default());
    let url = fake.url();
    let path = "/latest/meta-data/iam/security-credentials/";
    assert_eq!(send(&url, "GET", path, &[], "").status, 401);
    assert_eq!(send(&url, "PUT", "/latest/api/token", &[], "").status, 400);
    let ttl = ("x-aws-ec2-metadata-token-ttl-seconds", "21600");
    let through_a_proxy = [ttl, ("x-forwarded-for", "10.0.0.1")];
    assert_eq!(send(&url, "PUT", "/latest/api/token", &through_a_proxy, "").status, 403);
    let token = send(&url, "PUT", "/latest/api/token", &[ttl], "").body;
    let headers = [("x-aws-ec2-metadata-token", token.as_str())];
    let role = send(&url, "GET", path, &headers, "").body;
    let reply = send(&url, "GET", &format!("{path}{role}"), &headers, "");
    assert_eq!(reply.json()["Code"], "Success");
    assert!(caller(&fake, &reply.json()).contains(&format!("assumed-role/{role}/i-")));
    assert_eq!(send(&url, "GET", &format!("{path}other"), &headers, "").status, 404);
}
