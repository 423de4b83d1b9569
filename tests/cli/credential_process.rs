//! `ssowrap credential-process`.

use serde_json::Value;

use crate::support::{DEV, Home, KEYS};

#[test]
fn one_line_of_json_and_nothing_else() {
    let home = Home::with_aws().config(DEV).login("corp");
    for flags in [&[][..], &["-vv"], &["-q"]] {
        let output = home.run(flags.iter().chain(&["-p", "dev", "credential-process"])).output();
        assert!(output.status.success(), "{}", output.stderr);
        assert_eq!(output.stdout.iter().filter(|byte| **byte == b'\n').count(), 1);
        let answer: Value = serde_json::from_slice(&output.stdout).expect("JSON");
        let names: Vec<&str> =
            answer.as_object().expect("an object").keys().map(String::as_str).collect();
        assert_eq!(
            names,
            [
                "Version",
                "AccessKeyId",
                "SecretAccessKey",
                "SessionToken",
                "Expiration",
                "AccountId"
            ]
        );
        assert_eq!(answer["Version"], 1);
        assert_eq!(answer["AccountId"], "123456789012");
        let log = home.aws().log();
        let request = log.last().expect("a request");
        assert_eq!(answer["AccessKeyId"].as_str(), request.issued_access_key_id.as_deref());
    }
}

#[test]
fn static_keys_have_no_token_and_no_end() {
    Home::new().config(KEYS).run(["-p", "keys", "credential-process"]).prints(
        "{\"Version\":1,\"AccessKeyId\":\"AKIAEXAMPLE\",\"SecretAccessKey\":\"FAKEsecret/+key\"}\n",
    );
}

#[test]
fn a_failure_prints_nothing() {
    Home::new().config(KEYS).run(["-p", "kays", "credential-process"]).output();
    let output = Home::new().config(DEV).run(["-p", "dev", "credential-process"]).output();
    assert_eq!(output.status.code(), Some(3));
    assert_eq!(output.stdout(), "");
}
