//! The two caches of role credentials: what is in which file, and who reads and writes it.

use std::fs;

use serde_json::{Value, json};

use crate::entries::{
    CHAIN, access_key, after_login, asked, chain, dev_file, key_of, last_issued, mode, names,
    own_file, own_files, read, write,
};
use crate::support::{DEV, Home, KEYS, Token};

/// A profile with its own start URL, without a session.
const LEGACY: &str = "\
[profile old]
sso_start_url = https://d-1234567890.awsapps.com/start
sso_region = eu-central-1
sso_account_id = 123456789012
sso_role_name = Admin
";

/// What the AWS CLI would write (SPEC 4.3) for the output of `credential-process`.
fn cli_bytes(printed: &Value) -> String {
    let of = |name: &str| printed[name].as_str().expect("text").to_owned();
    format!(
        "{{\"ProviderType\": \"sso\", \"Credentials\": {{\"AccessKeyId\": \"{}\", \
         \"SecretAccessKey\": \"{}\", \"SessionToken\": \"{}\", \"Expiration\": \"{}\", \
         \"AccountId\": \"123456789012\"}}}}",
        of("AccessKeyId"),
        of("SecretAccessKey"),
        of("SessionToken"),
        of("Expiration")
    )
}

/// Runs a profile and checks that the AWS CLI's cache contains exactly this file, with the right
/// bytes.
fn check_cli_file(home: &Home, profile: &str, file: &str) {
    let output = home.run(["-p", profile, "credential-process"]).succeeds();
    let printed: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let path = home.path(&format!(".aws/cli/cache/{file}.json"));
    assert_eq!(fs::read_to_string(&path).expect("the file"), cli_bytes(&printed));
    assert_eq!(mode(&path), 0o600);
    assert_eq!(names(&home.path(".aws/cli")), ["cache".to_owned(), format!("cache/{file}.json")]);
    for made in [".aws/cli", ".aws/cli/cache"] {
        assert_eq!(mode(&home.path(made)), 0o700, "{made}");
    }
    assert_eq!(own_files(home).len(), 0);
}

#[test]
fn the_aws_clis_file_of_a_session() {
    let config = DEV.replace("corp\n", "my-sso\n").replace("corp]", "my-sso]");
    let home = Home::with_aws().config(&config).login("my-sso");
    check_cli_file(&home, "dev", "c30b99aca80d8f5b3178e353f05b2abcc9a4ccd3");
}

#[test]
fn the_aws_clis_file_of_a_session_with_an_accent() {
    let config =
        DEV.replace("corp\n", "équipe\n").replace("[sso-session corp]", "[sso-session équipe]");
    let home = Home::with_aws().config(&config).login("équipe");
    check_cli_file(&home, "dev", "3e1a801b3e37640715d793f28021b84253acf308");
}

#[test]
fn the_aws_clis_file_of_a_start_url() {
    let url = "https://d-1234567890.awsapps.com/start";
    let home = Home::with_aws().config(LEGACY).token(url, &Token::new().start_url(url));
    check_cli_file(&home, "old", "84fb414419be704038110523505e04e6df696e23");
}

#[test]
fn directories_that_were_there_keep_their_mode() {
    let home = chain();
    for made in [".aws/cli/cache", ".cache"] {
        fs::create_dir_all(home.path(made)).expect("a directory");
        crate::entries::set_mode(&home.path(made), 0o755);
    }
    key_of(&home, "deploy");
    for (directory, expected) in [
        (".aws/cli/cache", 0o755),
        (".cache", 0o755),
        (".cache/ssowrap", 0o700),
        (".cache/ssowrap/roles", 0o700),
        (".local/state/ssowrap", 0o700),
        (".local/state/ssowrap/locks", 0o700),
    ] {
        assert_eq!(mode(&home.path(directory)), expected, "{directory}");
    }
}

#[test]
fn assumed_roles_are_kept_in_our_own_form() {
    let home = chain();
    let output = home.run(["-p", "deep", "credential-process"]).succeeds();
    let printed: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let (deploy, deep) = (own_file(&home, "/Deploy"), own_file(&home, "/Deep"));
    assert_eq!(own_files(&home).len(), 2);
    assert_eq!(names(&home.path(".aws/cli/cache")).len(), 1, "no assumed role where `aws` looks");
    for file in [&deploy, &deep] {
        assert_eq!(mode(file), 0o600);
    }
    let entry = read(&deep);
    assert_eq!(entry["version"], 2);
    for (ours, contract) in [
        ("access_key_id", "AccessKeyId"),
        ("secret_access_key", "SecretAccessKey"),
        ("session_token", "SessionToken"),
        ("expiration", "Expiration"),
        ("account_id", "AccountId"),
    ] {
        assert_eq!(entry[ours], printed[contract], "{ours}");
        assert!(entry[ours].is_string(), "{ours}");
    }
    let link = &entry["link"];
    assert_eq!(link["hops"].as_array().map(Vec::len), Some(2));
    assert!(!link.to_string().contains("FAKE"), "no secret in the key");
    // The only other files are empty lock files.
    for name in names(&home.path(".local/state/ssowrap/locks")) {
        let lock = home.path(".local/state/ssowrap/locks").join(&name);
        assert_eq!((fs::read(&lock).expect("a lock"), mode(&lock)), (Vec::new(), 0o600), "{name}");
    }
}

#[test]
fn a_second_call_asks_nobody_and_prints_the_same() {
    let home = chain();
    for profile in ["dev", "deploy", "deep"] {
        let run = || home.run(["-p", profile, "credential-process"]).succeeds().stdout;
        let first = run();
        home.aws().clear_log();
        assert_eq!(run(), first, "{profile}");
        let key = access_key(&home.run(["-p", profile, "export"]).succeeds());
        assert!(String::from_utf8_lossy(&first).contains(&key), "{profile}");
        home.run(["-p", profile, "exec", "--", "sh", "-c", "echo $AWS_ACCESS_KEY_ID"])
            .prints(&format!("{key}\n"));
        assert_eq!(asked(&home), [""; 0], "{profile}");
    }
}

/// The same role through `--sso-session` has the same entry, as in the AWS CLI.
#[test]
fn a_role_without_a_profile_shares_the_entry() {
    let home = chain();
    let key = key_of(&home, "dev");
    let role = ["--sso-session", "corp", "--account-id", "123456789012", "--role-name", "Admin"];
    let output = home.run(role.iter().chain(&["credential-process"])).succeeds();
    assert_eq!(access_key(&output), key);
    assert_eq!(home.aws().count("*"), 1);
}

#[test]
fn the_cache_directory_may_be_elsewhere() {
    let home = chain();
    let (cache, state) = (home.path("c"), home.path("s"));
    let home = home.env("XDG_CACHE_HOME", &cache).env("XDG_STATE_HOME", &state);
    let key = key_of(&home, "deploy");
    assert_eq!(names(&cache.join("ssowrap/roles")).len(), 1);
    assert!(state.join("ssowrap/locks").is_dir());
    for elsewhere in [".cache", ".local"] {
        assert!(!home.path(elsewhere).exists(), "{elsewhere}");
    }
    assert_eq!(key_of(&home, "deploy"), key);
}

#[test]
fn an_entry_of_another_version_is_ignored() {
    for version in [json!(0), json!(1), json!(3), json!("2"), Value::Null] {
        let home = chain();
        let old = key_of(&home, "deploy");
        let file = own_file(&home, "/Deploy");
        let mut entry = read(&file);
        entry["version"] = version.clone();
        write(&file, &entry);
        home.aws().clear_log();
        assert_ne!(key_of(&home, "deploy"), old, "{version}");
        assert_eq!(asked(&home), ["AssumeRole Deploy"], "{version}");
        assert_eq!(read(&file)["version"], 2, "it is replaced");
    }
}

#[test]
fn an_entry_of_another_chain_is_ignored() {
    let changes: [(&str, Value); 5] = [
        ("/link/source/account_id", json!("210987654321")),
        ("/link/source/session", json!("other")),
        ("/link/hops/0/role_arn", json!("arn:aws:iam::210987654321:role/Other")),
        ("/link/hops/0/external_id", json!("x")),
        ("/link", json!([])),
    ];
    for (place, value) in changes {
        let home = chain();
        let old = key_of(&home, "deploy");
        let file = own_file(&home, "/Deploy");
        let mut entry = read(&file);
        *entry.pointer_mut(place).expect("it is there") = value;
        write(&file, &entry);
        assert_ne!(key_of(&home, "deploy"), old, "{place}");
        assert_eq!(home.aws().count("AssumeRole"), 2, "{place}");
    }
}

/// Whatever wrote it, it is not what the config requests.
#[test]
fn an_entry_of_another_account_or_kind_is_ignored() {
    for (member, value) in
        [("/Credentials/AccountId", "210987654321"), ("/ProviderType", "assume-role")]
    {
        let home = chain();
        let old = key_of(&home, "dev");
        let right = read(&dev_file(&home));
        let mut entry = right.clone();
        *entry.pointer_mut(member).expect("a member") = json!(value);
        write(&dev_file(&home), &entry);
        assert_ne!(key_of(&home, "dev"), old, "{member}");
        assert_eq!(read(&dev_file(&home)).pointer(member), right.pointer(member));
    }
}

#[test]
fn entries_of_the_aws_cli_in_all_their_forms() {
    let times = ["%Y-%m-%dT%H:%M:%SZ", "%Y-%m-%dT%H:%M:%S+00:00", "%Y-%m-%dT%H:%M:%SUTC"];
    let home = Home::new().config(CHAIN).login("corp");
    fs::create_dir_all(home.path(".aws/cli/cache")).expect("a directory");
    after_login(&home, "corp");
    for format in times {
        for leave_out in ["", "AccountId", "ProviderType"] {
            let _ = fs::remove_dir_all(home.path(".cache/ssowrap/notes"));
            let end = crate::support::now() + chrono::TimeDelta::hours(1);
            let mut entry = json!({
                "ProviderType": "sso",
                "Credentials": {
                    "AccessKeyId": "ASIAOFTHECLI",
                    "SecretAccessKey": "FAKEsecret-cli",
                    "SessionToken": "FAKEtoken-cli",
                    "Expiration": end.format(format).to_string(),
                    "AccountId": "123456789012",
                },
                "Unknown": [1],
            });
            for object in [String::new(), "/Credentials".to_owned()] {
                let members = entry.pointer_mut(&object).and_then(Value::as_object_mut);
                members.expect("an object").remove(leave_out);
            }
            fs::write(dev_file(&home), entry.to_string()).expect("an entry");
            crate::entries::set_mode(&dev_file(&home), 0o600);
            assert_eq!(key_of(&home, "dev"), "ASIAOFTHECLI", "{format} without {leave_out:?}");
        }
    }
}

/// The time of an AWS CLI entry decides whether it counts. A time in the future means nothing.
#[test]
fn an_entry_from_the_future_is_ignored() {
    let home = chain();
    after_login(&home, "corp");
    let key = key_of(&home, "dev");
    // Without a note, it counts as the AWS CLI's.
    let forget_note =
        || fs::remove_dir_all(home.path(".cache/ssowrap/notes")).expect("a directory");
    forget_note();
    assert_eq!(key_of(&home, "dev"), key);
    forget_note();
    let entry = fs::File::options().write(true).open(dev_file(&home)).expect("own file");
    entry.set_modified((crate::support::now() + chrono::TimeDelta::hours(1)).into()).expect("own");
    assert_ne!(key_of(&home, "dev"), key);
}

#[test]
fn nothing_is_kept_of_what_needs_no_exchange() {
    let home = Home::with_aws().config(&format!(
        "{KEYS}[profile helper]\ncredential_process = {} -p keys credential-process\n",
        crate::support::SSOWRAP
    ));
    for profile in ["keys", "helper"] {
        key_of(&home, profile);
    }
    assert_eq!(names(&home.path("")), [".aws", ".aws/config", ".aws/sso", ".aws/sso/cache"]);
    assert_eq!(home.aws().count("*"), 0);
}

/// The role is cached under the key that it was assumed with; the key is not cached.
#[test]
fn the_environment_and_the_container_are_asked_every_time() {
    let of = |source: &str| {
        let role = "role_arn = arn:aws:iam::210987654321:role/Deploy\nregion = eu-west-1\n";
        Home::with_aws().config(&format!("[profile p]\n{role}credential_source = {source}\n"))
    };
    let home = of("Environment");
    home.aws().add_user("AKIA1", "FAKEsecret-1", "arn:aws:iam::123456789012:user/one");
    let home = home.env("AWS_ACCESS_KEY_ID", "AKIA1").env("AWS_SECRET_ACCESS_KEY", "FAKEsecret-1");
    let key = key_of(&home, "p");
    assert_eq!(key_of(&home, "p"), key);
    assert_eq!(home.aws().count("*"), 1);
    let kept = fs::read_to_string(&own_files(&home)[0]).expect("an entry");
    assert!(!kept.contains("FAKEsecret-1"), "the source is not kept");

    let home = of("EcsContainer");
    let url = format!("{}/ecs/credentials", home.aws().url());
    let home = home.env("AWS_CONTAINER_CREDENTIALS_FULL_URI", url);
    for _ in 0..2 {
        key_of(&home, "p");
    }
    // There is a new access key each time, so a new role session each time.
    let once = ["ContainerCredentials", "AssumeRole Deploy"];
    assert_eq!(asked(&home), [once, once].concat());
}

#[test]
fn without_the_cache_nothing_is_read_or_written() {
    let home = chain();
    // The quota is shared by all logins, and the note about the login is not a credential.
    let is_no_cache = |name: &str| {
        name.starts_with(".local/state/ssowrap")
            || ".local/state/ssowrap".starts_with(name)
            || name.starts_with(".cache/ssowrap/logins")
            || ".cache/ssowrap/logins".starts_with(name)
    };
    let written = || {
        let mut names = names(&home.path(""));
        names.retain(|name| !is_no_cache(name));
        names
    };
    let before = written();
    let run = || access_key(&home.run(["--no-cache", "-p", "deep", "export"]).succeeds());
    let first = run();
    assert_eq!(written(), before);
    assert_ne!(run(), first);
    assert_eq!(home.aws().count("*"), 6);

    let kept = key_of(&home, "deep");
    let tree = || {
        let mut tree = crate::entries::tree(&home.path(""));
        // A login is noted once its file is old enough to compare.
        tree.retain(|path, _| {
            !path.starts_with(home.path(".local/state/ssowrap"))
                && !path.starts_with(home.path(".cache/ssowrap/logins"))
        });
        tree
    };
    let before = tree();
    assert_ne!(run(), kept);
    assert_eq!(tree(), before);
    assert_eq!(key_of(&home, "deep"), kept);
}

/// Only `-p` chooses what is listed and removed: AWS_PROFILE is usually set for other commands.
#[test]
fn a_profile_stands_for_its_sources_too() {
    let home = chain().env("AWS_PROFILE", "dev");
    key_of(&home, "deep");
    let listed = |options: &[&str]| {
        let line = options.iter().chain(&["cache", "list", "--json"]);
        let output = home.run(line).succeeds();
        let entries: Vec<Value> = serde_json::from_slice(&output.stdout).expect("JSON");
        entries.into_iter().map(|entry| entry["profiles"][0].clone()).collect::<Vec<_>>()
    };
    assert_eq!(listed(&[]), ["deep", "deploy", "dev"]);
    assert_eq!(listed(&["-p", "deep"]), ["deep", "deploy", "dev"]);
    assert_eq!(listed(&["-p", "deploy"]), ["deploy", "dev"]);
    assert_eq!(listed(&["-p", "dev"]), ["dev"]);
    let role = ["--sso-session", "corp", "--account-id", "123456789012", "--role-name", "Admin"];
    assert_eq!(listed(&role), ["dev"]);
    let missing = home.run(["-p", "missing", "cache", "list"]).output();
    assert_eq!(missing.status.code(), Some(4), "{}", missing.stderr);

    let cleared = home.run(["-p", "deploy", "cache", "clear"]).output();
    assert_eq!(cleared.stderr, "removed the cached credentials of 2 roles\n");
    assert_eq!(listed(&[]), ["deep"]);
    assert!(listed(&["-p", "dev"]).is_empty());
}

#[test]
fn refreshing_asks_for_every_link_and_keeps_each() {
    let home = chain();
    let old = key_of(&home, "deep");
    home.aws().clear_log();
    let new = access_key(&home.run(["--refresh", "-p", "deep", "export"]).succeeds());
    assert_ne!(new, old);
    assert_eq!(asked(&home), ["GetRoleCredentials", "AssumeRole Deploy", "AssumeRole Deep"]);
    assert_eq!(last_issued(&home, "AssumeRole"), new);
    for (profile, file, member) in [
        ("dev", dev_file(&home), "/Credentials/AccessKeyId"),
        ("deploy", own_file(&home, "/Deploy"), "/access_key_id"),
        ("deep", own_file(&home, "/Deep"), "/access_key_id"),
    ] {
        let kept = read(&file).pointer(member).cloned();
        assert_eq!(kept, Some(json!(key_of(&home, profile))), "{profile}");
    }
    assert_eq!(home.aws().count("*"), 3);
    home.run(["--refresh", "--no-cache", "-p", "dev", "export"])
        .fails(2, "error: --no-cache and --refresh cannot be used together\n");
}

/// If keys or tokens change, each change creates a new file.
#[test]
fn entries_that_ended_long_ago_are_removed() {
    let home = chain();
    key_of(&home, "deep");
    let (deploy, deep) = (own_file(&home, "/Deploy"), own_file(&home, "/Deep"));
    let other = home.path(".cache/ssowrap/roles/notes.txt");
    fs::write(&other, "not ours").expect("a file");
    for path in [&deep, &other] {
        let long_ago =
            std::time::SystemTime::from(crate::support::now() - chrono::TimeDelta::hours(14));
        let file = fs::File::options().write(true).open(path).expect("a file");
        file.set_modified(long_ago).expect("own file");
    }
    home.run(["--refresh", "-p", "deploy", "export"]).succeeds();
    assert!(!deep.exists() && deploy.exists() && other.exists());
}

/// What `aws sso logout` looks for (SPEC 3.7).
#[test]
fn only_entries_of_identity_center_are_marked_as_such() {
    let home = chain();
    key_of(&home, "deep");
    assert_eq!(read(&dev_file(&home))["ProviderType"], "sso");
    for file in own_files(&home) {
        assert_eq!(read(&file).get("ProviderType"), None);
    }
}

/// An entry and a mark as version 0.1 wrote them. Neither contains everything that decides the
/// principal.
fn of_version_1(home: &Home) -> [std::path::PathBuf; 3] {
    key_of(home, "dev");
    fs::remove_dir_all(home.path(".cache/ssowrap/notes")).expect("notes");
    for directory in [".cache/ssowrap/portals", ".cache/ssowrap/roles"] {
        fs::create_dir(home.path(directory)).expect("a directory");
    }
    let entry = json!({
        "version": 1,
        "chain": [
            {"type": "sso", "session": "corp", "home": home.path("").display().to_string()},
            {"role_arn": "arn:aws:iam::210987654321:role/Deploy"},
        ],
        "access_key_id": "ASIAOLD",
        "secret_access_key": "FAKEsecret-old",
        "session_token": "FAKEtoken-old",
        "expiration": "2999-01-01T00:00:00Z",
        "account_id": "210987654321",
    });
    let stem = dev_file(home).file_stem().expect("a name").to_string_lossy().into_owned();
    let (role, mark) =
        (".cache/ssowrap/roles/0123.json", format!(".cache/ssowrap/portals/{stem}.0123"));
    home.write(role, entry.to_string());
    home.write(&mark, "corp");
    for path in [role, &mark] {
        crate::entries::set_mode(&home.path(path), 0o600);
    }
    [home.path(role), home.path(&mark), dev_file(home)]
}

#[test]
fn what_version_1_left_is_neither_used_nor_kept() {
    let home = chain();
    let [role, mark, dev] = of_version_1(&home);
    let old = access_key_in(&dev);
    assert_ne!(key_of(&home, "dev"), old, "nobody can tell which portal it is of");
    assert!(!mark.exists());
    home.run(["cache", "list"]).succeeds();
    assert!(!role.exists() && dev.exists());
    let everything = ["cache", "clear"];
    for verb in [&["logout"][..], &["logout", "--all"], &everything] {
        let home = chain().env("AWS_PROFILE", "deploy");
        let paths = of_version_1(&home);
        assert!(home.run(verb).output().status.success(), "{verb:?}");
        for path in paths {
            assert!(!path.exists(), "{verb:?}: {}", path.display());
        }
    }
}

fn access_key_in(path: &std::path::Path) -> String {
    read(path)["Credentials"]["AccessKeyId"].as_str().expect("text").to_owned()
}
