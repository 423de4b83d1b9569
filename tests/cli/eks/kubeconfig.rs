//! `ssowrap eks update-kubeconfig`, and a real kubectl that uses the result.

use std::fs;
use std::io::{BufRead, BufReader};

use fake_aws::{Fault, Options};
use serde_json::{Value, json};

use crate::support::{DEV, Home, SSOWRAP, tool};

const ARN: &str = "arn:aws:eks:eu-west-1:123456789012:cluster/blue";

const READER: &str = "
[profile reader]
sso_session = corp
sso_account_id = 123456789012
sso_role_name = ReadOnly
region = eu-west-1
";

const UPDATE: [&str; 7] = ["-q", "-p", "dev", "eks", "update-kubeconfig", "--name", "blue"];

fn home() -> Home {
    prepared(Home::with_aws())
}

fn prepared(home: Home) -> Home {
    let home = home.config(&format!("{DEV}{READER}")).login("corp");
    home.aws().add_cluster(ARN);
    home
}

/// A home in which the fake is the cluster's API server.
fn with_api_server() -> Home {
    let home = Home::with_options(Options { tls: true, ..Options::default() });
    let pem = home.aws().ca_pem().expect("an authority");
    let home = home.file("ca.pem", pem);
    let bundle = home.path("ca.pem");
    prepared(home.env("AWS_CA_BUNDLE", bundle))
}

/// kubectl's own view of its file.
fn view(home: &Home) -> Value {
    let output = home.tool("kubectl", ["config", "view", "--raw", "-o", "json"]).succeeds();
    serde_json::from_str(output.stdout()).expect("JSON")
}

fn names(view: &Value, kind: &str) -> Vec<String> {
    let entries = view[kind].as_array().cloned().unwrap_or_default();
    entries.iter().map(|entry| entry["name"].as_str().expect("a name").to_owned()).collect()
}

fn kubeconfig(home: &Home) -> String {
    fs::read_to_string(home.path(".kube/config")).expect("a kubeconfig")
}

#[test]
fn what_kubectl_reads() {
    let Some(_) = tool("kubectl") else { return };
    let home = home();
    let output = home.run(UPDATE.iter().skip(1)).output();
    let told = format!("wrote context `dev@{ARN}`: with it, kubectl acts as `dev`\n");
    assert_eq!(
        (output.status.code(), output.stdout(), output.stderr.as_str()),
        (Some(0), "", &*told)
    );
    let view = view(&home);
    assert_eq!(names(&view, "clusters"), [ARN]);
    assert_eq!(names(&view, "users"), [format!("dev@{ARN}")]);
    assert_eq!(view["current-context"], format!("dev@{ARN}"));
    assert_eq!(
        view["contexts"][0]["context"],
        json!({"cluster": ARN, "user": format!("dev@{ARN}")})
    );
    let exec = &view["users"][0]["user"]["exec"];
    assert_eq!(exec["command"], SSOWRAP);
    assert_eq!(exec["apiVersion"], "client.authentication.k8s.io/v1beta1");
    let words =
        ["-p", "dev", "--region", "eu-west-1", "eks", "get-token", "--cluster-name", "blue"];
    let words: Vec<&str> = words.into_iter().chain(["--output", "json"]).collect();
    assert_eq!(exec["args"], json!(words));
    let cluster = &view["clusters"][0]["cluster"];
    assert_eq!(cluster["server"], "https://blue.gr7.example.eks.amazonaws.com");
    assert_eq!(cluster["certificate-authority-data"], "YSBQRU0K");
    // Signed, in the cluster's region.
    let log = home.aws().log_of("DescribeCluster");
    assert_eq!((log.len(), log[0].path.as_str(), log[0].status), (1, "/clusters/blue", Some(200)));
    assert!(log[0].principal.as_ref().is_some_and(|arn| arn.contains("AWSReservedSSO_Admin_")));
    // Existing entries stay unchanged.
    let before = kubeconfig(&home);
    let output = home.run(UPDATE.iter().skip(1)).output();
    assert_eq!(output.stderr, format!("context `dev@{ARN}` already exists: nothing to change\n"));
    assert_eq!(kubeconfig(&home), before);
}

/// The API server checks the signature, the cluster and the query, and knows the caller.
#[test]
fn kubectl_is_let_in() {
    let Some(_) = tool("kubectl") else { return };
    let home = with_api_server();
    home.run(UPDATE).prints("");
    let reader =
        ["-q", "-p", "reader", "eks", "update-kubeconfig", "--name", "blue", "--keep-current"];
    home.run(reader).prints("");
    let role = "arn:aws:iam::123456789012:role/deploy";
    home.run(UPDATE.iter().chain(&["--role-arn", role, "--alias", "deploy"])).prints("");
    let contexts = [
        (format!("dev@{ARN}"), "AWSReservedSSO_Admin_"),
        (format!("reader@{ARN}"), "AWSReservedSSO_ReadOnly_"),
        ("deploy".to_owned(), "assumed-role/deploy/EKSGetTokenAuth"),
    ];
    for (context, principal) in contexts {
        home.aws().clear_log();
        // Another principal's exported keys don't matter.
        let words = ["--context", &context, "get", "namespaces", "-o", "name"];
        let run = home.tool("kubectl", words).env("AWS_PROFILE", "nobody");
        let output =
            run.env("AWS_ACCESS_KEY_ID", "AKIA").env("AWS_SECRET_ACCESS_KEY", "x").report();
        assert_eq!(output.stdout(), "namespace/of-blue\n", "{}", output.stderr);
        for entry in home.aws().log_of("Kubernetes") {
            let found = entry.principal.clone().unwrap_or_default();
            assert!(found.contains(principal), "{context}: {entry:?}");
        }
    }
    // A token for another cluster is not valid for this one.
    home.aws().add_cluster("arn:aws:eks:eu-west-1:123456789012:cluster/green");
    let config = kubeconfig(&home).replace("\n      - blue\n", "\n      - green\n");
    home.write(".kube/config", config);
    let output = home.tool("kubectl", ["get", "namespaces"]).report();
    assert_eq!(output.status.code(), Some(1));
}

/// Two principals of one cluster never share a user entry, and there is only one cluster entry.
#[test]
fn two_profiles_of_one_cluster() {
    let Some(_) = tool("kubectl") else { return };
    let home = home();
    let role = "arn:aws:iam::123456789012:role/deploy";
    let update = |words: &[&str]| {
        home.run([&["-q"], words, &["eks", "update-kubeconfig", "--name", "blue"]].concat())
            .prints("");
    };
    update(&["-p", "dev"]);
    update(&["-p", "reader"]);
    update(&["-p", "dev", "--assume", role]);
    let without = ["--sso-session", "corp", "--account-id", "123456789012", "--role-name", "Admin"];
    update(&[&without[..], &["--region", "eu-west-1"]].concat());
    // The same name for another command line would be another principal's entry.
    let output = home.run(UPDATE.iter().chain(&["--role-arn", role])).output();
    assert_eq!(output.status.code(), Some(4), "{}", output.stderr);
    let view = view(&home);
    assert_eq!(names(&view, "clusters"), [ARN]);
    let users = ["123456789012/Admin", &format!("dev+{role}"), "dev", "reader"];
    let users: Vec<String> = users.iter().map(|label| format!("{label}@{ARN}")).collect();
    assert_eq!(names(&view, "users"), users);
    assert_eq!(names(&view, "contexts"), users);
    let args = &view["users"][1]["user"]["exec"]["args"];
    assert_eq!((&args[2], &args[3]), (&json!("--assume"), &json!(role)));
}

/// The entry says which files it was written with: their profiles may be other principals. kubectl
/// may run in another shell, where the variables are not set or lead elsewhere.
#[test]
fn a_profile_of_another_config_file() {
    let Some(_) = tool("kubectl") else { return };
    let home = home().file("other, config", DEV).file("keys", "");
    let other = home.path("other, config");
    let update = || home.run(UPDATE).env("AWS_CONFIG_FILE", &other);
    update().prints("");
    update().prints("");
    let variable = json!({"name": "AWS_CONFIG_FILE", "value": "~/other, config"});
    assert_eq!(view(&home)["users"][0]["user"]["exec"]["env"], json!([variable]));
    for run in [home.run(UPDATE), update().env("AWS_SHARED_CREDENTIALS_FILE", home.path("keys"))] {
        assert_eq!(run.output().status.code(), Some(4), "the name is taken");
    }
    let printed = home.run(UPDATE.iter().chain(&["--dry-run"])).env("AWS_CONFIG_FILE", &other);
    home.write("printed", printed.succeeds().stdout);
    let printed = home.tool("kubectl", ["config", "view", "--raw", "-o", "json"]);
    let printed = printed.env("KUBECONFIG", home.path("printed")).succeeds();
    assert_eq!(serde_json::from_str::<Value>(printed.stdout()).expect("JSON"), view(&home));
}

/// kubectl merges new entries into existing ones, so entries with other content are not touched.
#[test]
fn edited_entries() {
    let Some(_) = tool("kubectl") else { return };
    let edits: [(&[&str], i32); 6] = [
        (&["set-credentials", "--token=secret", "--", "USER"], 4),
        (&["set-credentials", "--exec-env=AWS_PROFILE=other", "--", "USER"], 4),
        (&["set-credentials", "--exec-command=/bin/aws", "--", "USER"], 4),
        (&["set-context", "--user=other", "--", "USER"], 4),
        (&["set-context", "--namespace=mine", "--", "USER"], 0),
        (&["set-cluster", "--proxy-url=http://proxy", "--", "ARN"], 0),
    ];
    for (edit, code) in edits {
        let home = home();
        home.run(UPDATE).prints("");
        let user = format!("dev@{ARN}");
        let words = edit.iter().map(|word| word.replace("USER", &user).replace("ARN", ARN));
        let words: Vec<String> = ["config".to_owned()].into_iter().chain(words).collect();
        home.tool("kubectl", &words).report();
        let before = kubeconfig(&home);
        let output = home.run(UPDATE).output();
        assert_eq!(output.status.code(), Some(code), "{edit:?}: {}", output.stderr);
        assert_eq!(kubeconfig(&home), before, "{edit:?}");
    }
    // If the program has moved, that isn't other content.
    let home = home();
    home.run(UPDATE).prints("");
    let moved = kubeconfig(&home).replace(SSOWRAP, "/old/ssowrap");
    home.write(".kube/config", moved);
    home.run(UPDATE).prints("");
    assert_eq!(view(&home)["users"][0]["user"]["exec"]["command"], SSOWRAP);
    // Another name leaves the existing entry unchanged.
    home.tool("kubectl", ["config", "set-credentials", "--token=x", "--", "mine"]).report();
    let output = home.run(UPDATE.iter().chain(&["--user-alias", "mine"])).output();
    assert_eq!(
        output.stderr,
        "error: the kubeconfig has a user `mine` with different content, which stays as it is\nhint: \
         give another name with `--user-alias NAME`\n"
    );
}

/// kubectl doesn't wait for its own lock, and leaves half of the entries unwritten.
#[test]
fn many_at_once() {
    let Some(_) = tool("kubectl") else { return };
    let home = home();
    for number in 0..6 {
        home.aws().add_cluster(&format!("arn:aws:eks:eu-west-1:123456789012:cluster/c{number}"));
    }
    home.run(["-p", "dev", "credential-process"]).succeeds();
    let children: Vec<_> = (0..6)
        .map(|number| {
            let name = format!("c{number}");
            home.run(["-q", "-p", "dev", "eks", "update-kubeconfig", "--name", &name]).spawn()
        })
        .collect();
    for child in children {
        let output = child.wait_with_output().expect("own child");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }
    let view = view(&home);
    for kind in ["clusters", "users", "contexts"] {
        assert_eq!(names(&view, kind).len(), 6, "{kind}");
    }
}

/// A home whose kubectl runs `after` after each call of the real one.
fn with_kubectl(after: &str) -> Option<Home> {
    let kubectl = tool("kubectl")?;
    let script = format!(
        "#!/bin/sh\nkubectl='{}'\n\"$kubectl\" \"$@\"\ncode=$?\n{after}\nexit $code\n",
        kubectl.display()
    );
    let home = home().script("kubectl", &script);
    let path = format!("{}:/usr/bin:/bin", home.path("").display());
    Some(home.env("PATH", path))
}

/// Waits for another program that edits the file; kubectl itself would give up.
#[test]
fn a_lock_in_use() {
    let Some(_) = tool("kubectl") else { return };
    let home = home();
    fs::create_dir(home.path(".kube")).expect("a directory");
    home.write(".kube/config.lock", "");
    let mut child = home.run(["-v"].iter().chain(&UPDATE)).spawn();
    let mut lines = BufReader::new(child.stderr.take().expect("piped")).lines();
    let waits = lines.by_ref().map_while(Result::ok).any(|line| line.contains("waiting until"));
    assert!(waits && child.try_wait().expect("own child").is_none());
    fs::remove_file(home.path(".kube/config.lock")).expect("our file");
    let rest: Vec<String> = lines.map_while(Result::ok).collect();
    assert!(child.wait().expect("own child").success(), "{rest:?}");
    assert_eq!(names(&view(&home), "contexts").len(), 1);
}

/// If another program writes the same user entry meanwhile, it stays, and nobody acts as that user
/// by mistake.
#[test]
fn edited_meanwhile() {
    let theirs = format!("\"$kubectl\" config set-credentials --token=x -- 'dev@{ARN}'");
    let after = format!("case $2 in set-credentials) {theirs} ;; esac");
    let Some(home) = with_kubectl(&after) else { return };
    let output = home.run(UPDATE).output();
    assert_eq!(
        output.stderr,
        format!(
            "error: the kubeconfig has a user `dev@{ARN}` with different content, which stays as it \
             is\n\
             hint: give another name with `--user-alias NAME`\n"
        )
    );
    assert_eq!(view(&home)["current-context"], "");
}

/// Names the lock that a killed kubectl left.
#[test]
fn a_lock_left_behind() {
    let Some(_) = tool("kubectl") else { return };
    let home = home();
    fs::create_dir(home.path(".kube")).expect("a directory");
    home.write(".kube/config.lock", "");
    home.run(UPDATE).fails(
        1,
        "error: `kubectl config set-cluster` failed: another program is editing the file, \
         according to ~/.kube/config.lock\nhint: if not, remove ~/.kube/config.lock\n",
    );
}

#[test]
fn chosen_names_and_files() {
    let Some(_) = tool("kubectl") else { return };
    let home = home().file("one", "").file("two", "");
    let mine = home.path("mine/config");
    let words =
        ["--kubeconfig", mine.to_str().expect("UTF-8"), "--alias", "blue", "--user-alias", "me"];
    home.run(UPDATE.iter().chain(&words)).prints("");
    assert!(!home.path(".kube/config").exists());
    let several = format!("{}:{}", home.path("one").display(), mine.display());
    let home = home.env("KUBECONFIG", several);
    let view = view(&home);
    assert_eq!(names(&view, "contexts"), ["blue"]);
    assert_eq!(names(&view, "users"), ["me"]);
    assert_eq!(view["current-context"], "blue");
    // An entry in one of several files is not written to another.
    home.run(UPDATE.iter().chain(&words[2..])).prints("");
    assert_eq!(fs::read_to_string(home.path("one")).expect("a file"), "");
}

/// Names are neither options nor lists.
#[test]
fn odd_names() {
    let Some(_) = tool("kubectl") else { return };
    let config = DEV.replace("profile dev", "profile '-a,b c: #{x} é'");
    let home = Home::with_aws().config(&config).login("corp");
    home.aws().add_cluster(ARN);
    let name = "-a,b c: #{x} é";
    let option = format!("--profile={name}");
    home.run(["-q", &option, "eks", "update-kubeconfig", "--name", "blue"]).prints("");
    let view = view(&home);
    assert_eq!(names(&view, "users"), [format!("{name}@{ARN}")]);
    assert_eq!(view["users"][0]["user"]["exec"]["args"][1], name);
}

/// Prints everything if nothing can be written, and with `--dry-run`.
#[test]
fn without_kubectl() {
    let home = home();
    let dry = home.run(UPDATE.iter().chain(&["--dry-run"])).succeeds();
    let program = std::path::Path::new(SSOWRAP).parent().expect("a directory");
    let output = home.run(UPDATE).env("PATH", program).report();
    assert_eq!(
        (output.status.code(), output.stderr.as_str()),
        (
            Some(1),
            "error: kubectl is not in PATH: cannot write the entries\nhint: save the printed \
             entries in a file, and set KUBECONFIG to its path\n"
        )
    );
    assert_eq!(output.stdout, dry.stdout);
    assert!(!home.path(".kube").exists());
    // The output is what kubectl would have written.
    let Some(_) = tool("kubectl") else { return };
    home.write("printed", &dry.stdout);
    home.run(UPDATE).prints("");
    let printed = home.tool("kubectl", ["config", "view", "--raw", "-o", "json"]);
    let printed = printed.env("KUBECONFIG", home.path("printed")).succeeds();
    assert_eq!(serde_json::from_str::<Value>(printed.stdout()).expect("JSON"), view(&home));
}

#[test]
fn what_cannot_be() {
    let home = home();
    for name in ["", "-x", "../x", "a b", "a/b", "é", "x\n", &"x".repeat(101)] {
        let option = format!("--name={name}");
        let output = home.run(["-p", "dev", "eks", "update-kubeconfig", &option]).output();
        assert_eq!(output.status.code(), Some(2), "{name}: {}", output.stderr);
    }
    for option in ["--role-arn=x", "--assume-role-arn=x", "--alias=", "--user-alias=a\nb"] {
        let output = home.run(UPDATE.iter().chain(&[option])).output();
        assert_eq!(output.status.code(), Some(2), "{option}: {}", output.stderr);
    }
    assert_eq!(home.aws().count("*"), 0);
    home.run(["-p", "dev", "eks", "update-kubeconfig", "--name", "red"]).refused(
        1,
        "error: DescribeCluster for cluster `red` failed: AWS says ResourceNotFoundException: No \
         cluster found for name: red.\nhint: requests go to AWS because of AWS_ENDPOINT_URL\nhint: \
         ssowrap looked in eu-west-1: `--region` chooses another one\n",
    );
    assert!(!home.path(".kube").exists());
}

/// AWS's answer is written to a file that kubectl trusts.
#[test]
fn hostile_answers() {
    let home = home();
    let cluster = |change: fn(&mut Value)| {
        let mut cluster = json!({
            "name": "blue", "arn": ARN, "status": "ACTIVE", "endpoint": "https://x.eks.amazonaws.com",
            "certificateAuthority": {"data": "YSBQRU0K"},
        });
        change(&mut cluster);
        json!({"cluster": cluster}).to_string()
    };
    let bodies = [
        (cluster(|c| c["endpoint"] = json!("http://x")), 6),
        (cluster(|c| c["endpoint"] = json!("https://x\n- name: y")), 6),
        (cluster(|c| c["endpoint"] = json!("https://u:p@x")), 6),
        (cluster(|c| c["endpoint"] = json!("--insecure-skip-tls-verify")), 6),
        (cluster(|c| c["arn"] = json!("arn:aws:eks:eu-west-1:123456789012:cluster/red")), 6),
        (cluster(|c| c["arn"] = json!("arn:aws:eks:eu-west-1:1\u{0}:cluster/blue")), 6),
        (cluster(|c| c["arn"] = json!("-x")), 6),
        (cluster(|c| c["certificateAuthority"] = json!({"data": "?"})), 6),
        (cluster(|c| c["certificateAuthority"] = json!({"data": ""})), 6),
        ("{}".to_owned(), 6),
        ("[".repeat(100_000), 6),
        (String::new(), 6),
    ];
    for (body, code) in bodies {
        let shown: String = body.chars().take(300).collect();
        let fault = Fault::Raw { status: 200, content_type: "application/json".into(), body };
        home.aws().fail("DescribeCluster", fault, 1);
        let output = home.run(UPDATE).output();
        assert_eq!(output.status.code(), Some(code), "{shown}: {}", output.stderr);
        assert!(!home.path(".kube").exists());
    }
    for fault in [Fault::redirect("https://evil.example/"), Fault::Endless, Fault::HtmlPage(200)] {
        home.aws().fail("DescribeCluster", fault, 1);
        assert_eq!(home.run(UPDATE).output().status.code(), Some(6));
    }
}

#[test]
fn a_cluster_without_an_endpoint() {
    let home = home();
    for (status, hint) in [
        ("CREATING", "try again when it is ACTIVE"),
        (
            "ACTIVE",
            "a cluster that is only registered with EKS has none: connect to it where it runs",
        ),
    ] {
        let cluster = json!({"cluster": {"name": "blue", "arn": ARN, "status": status}});
        let (body, content_type) = (cluster.to_string(), "application/json".into());
        home.aws().fail("DescribeCluster", Fault::Raw { status: 200, content_type, body }, 1);
        home.run(UPDATE).fails(
            1,
            &format!(
                "error: cluster `blue` has no endpoint: its status is {status}\nhint: {hint}\n"
            ),
        );
    }
}

/// The token for a local cluster on an Outpost contains its id.
#[test]
fn a_local_cluster() {
    let home = home();
    let body = json!({"cluster": {
        "name": "blue", "arn": ARN, "status": "ACTIVE", "endpoint": "https://x",
        "certificateAuthority": {"data": "YSBQRU0K"}, "id": "0f1e", "outpostConfig": {"outpostArns": []},
    }});
    let body = body.to_string();
    let fault = Fault::Raw { status: 200, content_type: "application/json".into(), body };
    home.aws().fail("DescribeCluster", fault, 1);
    let output = home.run(UPDATE.iter().chain(&["--dry-run"])).succeeds();
    assert!(
        output.stdout().contains("- \"--cluster-id\"\n      - \"0f1e\"\n"),
        "{}",
        output.stdout()
    );
}

/// The signature is for EKS, whatever answers.
#[test]
fn another_endpoint_and_another_role() {
    let home = home();
    let url = home.aws().url();
    let role = "arn:aws:iam::123456789012:role/finder";
    let run = home.run(UPDATE.iter().chain(&["--dry-run", "--assume-role-arn", role]));
    let run = run.without("AWS_ENDPOINT_URL").env("AWS_ENDPOINT_URL_SSO", &url);
    let run = run.env("AWS_ENDPOINT_URL_STS", &url).env("AWS_ENDPOINT_URL_EKS", &url);
    let output = run.succeeds();
    assert!(!output.stdout().contains("finder"), "kubectl acts as the profile");
    let log = home.aws().log_of("DescribeCluster");
    assert!(log[0].principal.as_ref().is_some_and(|arn| arn.contains("assumed-role/finder/")));
    let signed = ["host", "x-amz-date", "x-amz-security-token"];
    assert_eq!(log[0].signed_headers, signed);
    // The path of an endpoint is part of what is signed.
    let options = Options { prefix: "/base".to_owned(), ..Options::default() };
    prepared(Home::with_options(options)).run(UPDATE.iter().chain(&["--dry-run"])).succeeds();
    // A missing login is reported as usual.
    let home = Home::with_aws().config(DEV);
    let output = home.run(UPDATE).output();
    assert_eq!(output.status.code(), Some(3), "{}", output.stderr);
}
