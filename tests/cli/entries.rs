//! The entries of the two caches of role credentials: where they are, what they contain, and how a
//! test makes them old.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use chrono::{DateTime, TimeDelta};
use serde_json::Value;
use sha1::{Digest, Sha1};

use crate::support::{Home, Output, now, timestamp, token_file, until};

/// `deep` is assumed with `deploy`, which is assumed with `dev`, an Identity Center role.
pub(crate) const CHAIN: &str = "\
[profile dev]
sso_session = corp
sso_account_id = 123456789012
sso_role_name = Admin
region = eu-west-1

[sso-session corp]
sso_start_url = https://corp.awsapps.com/start
sso_region = eu-central-1

[profile deploy]
role_arn = arn:aws:iam::210987654321:role/Deploy
source_profile = dev
role_session_name = ci
region = eu-west-1

[profile deep]
role_arn = arn:aws:iam::000000000042:role/Deep
source_profile = deploy
role_session_name = ci
region = eu-west-1
";

/// A home with the profiles of [`CHAIN`] and a login.
pub(crate) fn chain() -> Home {
    Home::with_aws().config(CHAIN).login("corp")
}

/// Where the AWS CLI caches the role credentials whose key is this JSON (SPEC 4.2), relative to the
/// home directory.
pub(crate) fn cli_file(key: &str) -> String {
    let name: String = Sha1::digest(key).iter().map(|byte| format!("{byte:02x}")).collect();
    format!(".aws/cli/cache/{name}.json")
}

/// The AWS CLI's file of profile `dev`.
pub(crate) fn dev_file(home: &Home) -> PathBuf {
    let key = r#"{"accountId":"123456789012","roleName":"Admin","sessionName":"corp"}"#;
    home.path(&cli_file(key))
}

/// Our own files, in any order.
pub(crate) fn own_files(home: &Home) -> Vec<PathBuf> {
    let Ok(directory) = fs::read_dir(home.path(".cache/ssowrap/roles")) else {
        return Vec::new();
    };
    directory.map(|entry| entry.expect("a directory entry").path()).collect()
}

/// Our own file for the role whose ARN ends like this.
pub(crate) fn own_file(home: &Home, role: &str) -> PathBuf {
    let is_it = |path: &PathBuf| {
        let hops = &read(path)["link"]["hops"];
        let last = hops.as_array().and_then(|hops| hops.last());
        last.is_some_and(|hop| hop["role_arn"].as_str().is_some_and(|arn| arn.ends_with(role)))
    };
    let found: Vec<PathBuf> = own_files(home).into_iter().filter(is_it).collect();
    assert_eq!(found.len(), 1, "entries of {role}");
    found.into_iter().next().expect("one")
}

/// An entry as JSON.
pub(crate) fn read(path: &Path) -> Value {
    serde_json::from_slice(&fs::read(path).expect("an entry")).expect("JSON")
}

/// Writes an entry as JSON, without changing its mode.
pub(crate) fn write(path: &Path, entry: &Value) {
    fs::write(path, entry.to_string()).expect("an entry can be written");
}

/// Makes an entry look as if it had been written with `lifetime` seconds left, of which `left`
/// seconds are left now.
pub(crate) fn age(path: &Path, lifetime: i64, left: i64) {
    let expiration = now() + TimeDelta::seconds(left);
    let mut entry = read(path);
    let text = Value::from(timestamp(expiration));
    match entry.pointer_mut("/Credentials/Expiration") {
        Some(place) => *place = text,
        None => entry["expiration"] = text,
    }
    write(path, &entry);
    let written = SystemTime::from(expiration - TimeDelta::seconds(lifetime));
    File::options().write(true).open(path).and_then(|f| f.set_modified(written)).expect("own file");
}

/// Waits until new files have a later time than the token file of `key`.
pub(crate) fn after_login(home: &Home, key: &str) {
    let file = home.path(&token_file(key));
    until("time passes", || {
        let metadata = fs::metadata(&file).expect("a token");
        let changed = DateTime::from_timestamp(metadata.ctime(), 0).expect("a time");
        (now() - changed > TimeDelta::milliseconds(3100)).then_some(())
    });
}

/// The permission bits.
pub(crate) fn mode(path: &Path) -> u32 {
    fs::symlink_metadata(path).expect("it exists").permissions().mode() & 0o7777
}

/// Gives a directory and everything in it to another user.
pub(crate) fn chown_all(path: &Path, owner: u32) {
    std::os::unix::fs::lchown(path, Some(owner), Some(owner)).expect("root may");
    if path.is_dir() && !path.is_symlink() {
        for entry in fs::read_dir(path).expect("a directory") {
            chown_all(&entry.expect("an entry").path(), owner);
        }
    }
}

/// Sets the permission bits.
pub(crate) fn set_mode(path: &Path, mode: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).expect("own file");
}

/// Everything below a directory: kind, mode and bytes by path. If two of them are equal, nothing
/// was changed.
pub(crate) fn tree(directory: &Path) -> BTreeMap<PathBuf, (String, Vec<u8>)> {
    let mut found = BTreeMap::new();
    let mut rest = vec![directory.to_path_buf()];
    while let Some(path) = rest.pop() {
        let metadata = fs::symlink_metadata(&path).expect("it exists");
        let bytes = match metadata.file_type() {
            kind if kind.is_dir() => {
                let entries = fs::read_dir(&path).expect("a directory");
                rest.extend(entries.map(|entry| entry.expect("an entry").path()));
                Vec::new()
            }
            kind if kind.is_file() => fs::read(&path).expect("a file"),
            _ => Vec::new(),
        };
        let kind = format!("{:?} {:o}", metadata.file_type(), metadata.permissions().mode());
        found.insert(path, (kind, bytes));
    }
    found
}

/// The names of the files and directories below a directory, relative to it, sorted.
pub(crate) fn names(directory: &Path) -> Vec<String> {
    let relative = |path: &PathBuf| path.strip_prefix(directory).map(|p| p.display().to_string());
    tree(directory)
        .keys()
        .filter_map(|path| relative(path).ok())
        .filter(|n| !n.is_empty())
        .collect()
}

/// The access key in the output of `credential-process` or `export`.
pub(crate) fn access_key(output: &Output) -> String {
    let printed: Option<Value> = serde_json::from_slice(&output.stdout).ok();
    let key = match printed {
        Some(json) => json["AccessKeyId"].as_str().map(str::to_owned),
        None => output.exported().remove("AWS_ACCESS_KEY_ID"),
    };
    key.expect("an access key")
}

/// Runs `credential-process` for a profile, which must print no messages. Returns the access key.
pub(crate) fn key_of(home: &Home, profile: &str) -> String {
    access_key(&home.run(["-p", profile, "credential-process"]).succeeds())
}

/// The access key in the last answer of an operation.
pub(crate) fn last_issued(home: &Home, operation: &str) -> String {
    let entry = home.aws().log_of(operation).pop().expect("a request");
    entry.issued_access_key_id.expect("credentials")
}

/// The requested operations, in order; for AssumeRole with the role's name.
pub(crate) fn asked(home: &Home) -> Vec<String> {
    let name = |entry: fake_aws::Entry| match entry.param("RoleArn").rsplit_once('/') {
        Some((_, role)) => format!("{} {role}", entry.operation),
        None => entry.operation,
    };
    home.aws().log().into_iter().map(name).collect()
}
