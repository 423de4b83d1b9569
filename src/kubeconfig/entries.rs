//! The wanted and the existing entries of a kubeconfig. Pure.

use std::fmt::Write;

use base64_simd::STANDARD;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::error::{Error, Kind, Result};

/// The version of the exec protocol between kubectl and its plugins. Every kubectl supports it, and
/// it requires no further settings.
const API_VERSION: &str = "client.authentication.k8s.io/v1beta1";

/// The entries of a cluster and of a principal that uses it.
#[derive(Debug)]
pub(crate) struct Entries {
    pub cluster: ClusterEntry,
    pub user: UserEntry,
    /// The name of the context that joins them.
    pub context: String,
}

/// The address of an API server.
#[derive(Debug)]
pub(crate) struct ClusterEntry {
    pub name: String,
    pub server: String,
    /// A PEM file.
    pub authority: Vec<u8>,
}

/// The principal: this command prints a token for it.
#[derive(Debug)]
pub(crate) struct UserEntry {
    pub name: String,
    /// The absolute path of this program.
    pub command: String,
    pub arguments: Vec<String>,
    /// Variables that decide whose token it is.
    pub variables: Vec<(&'static str, String)>,
}

/// The part of a kubeconfig needed to compare entries. It may contain other people's secrets, so it
/// must not be shown.
#[derive(Default, Deserialize)]
pub(super) struct Present {
    #[serde(default)]
    clusters: Option<Vec<NamedEntry>>,
    #[serde(default)]
    users: Option<Vec<NamedEntry>>,
    #[serde(default)]
    contexts: Option<Vec<NamedEntry>>,
    #[serde(default, rename = "current-context")]
    pub current: String,
}

/// An entry of any kind: its name and its content.
#[derive(Deserialize)]
struct NamedEntry {
    name: String,
    #[serde(flatten)]
    content: Map<String, Value>,
}

/// Which of the entries must be written.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Missing {
    pub cluster: bool,
    pub user: bool,
    pub context: bool,
}

impl UserEntry {
    pub(super) fn api_version() -> &'static str {
        API_VERSION
    }

    /// The entry as kubectl shows it.
    fn shown(&self) -> Value {
        let mut exec = json!({
            "apiVersion": API_VERSION, "command": self.command, "args": self.arguments,
        });
        if !self.variables.is_empty() {
            let variables = self.variables.iter();
            exec["env"] =
                variables.map(|(name, value)| json!({"name": name, "value": value})).collect();
        }
        json!({"exec": exec})
    }
}

impl Entries {
    /// Which entries are missing.
    ///
    /// # Errors
    /// `InvalidSetting` for an entry with the same name and other content: it may be another
    /// principal's, or the user may have edited it.
    pub(super) fn missing(&self, present: &Present, program: &str) -> Result<Missing> {
        let cluster = match content(&present.clusters, &self.cluster.name, "cluster") {
            Some(found) if !self.cluster.is(found) => {
                return Err(other("cluster", &self.cluster.name));
            }
            found => found.is_none(),
        };
        let user = match content(&present.users, &self.user.name, "user") {
            Some(found) => match self.user.is(found, program) {
                Some(is_same) => !is_same,
                None => return Err(other("user", &self.user.name)),
            },
            None => true,
        };
        let context = match content(&present.contexts, &self.context, "context") {
            Some(found) if !self.joins(found) => return Err(other("context", &self.context)),
            found => found.is_none(),
        };
        Ok(Missing { cluster, user, context })
    }

    /// Whether a context joins these two. A namespace in it is the user's choice.
    fn joins(&self, context: &Value) -> bool {
        context["cluster"] == *self.cluster.name && context["user"] == *self.user.name
    }

    /// A complete kubeconfig with only these entries.
    pub(crate) fn yaml(&self) -> String {
        let Self { cluster, user, context } = self;
        let mut text = "apiVersion: v1\nkind: Config\n".to_owned();
        let authority = STANDARD.encode_to_string(&cluster.authority);
        // JSON strings are valid YAML. Writing to a String cannot fail.
        let _ = write!(
            text,
            "clusters:\n- name: {}\n  cluster:\n    server: {}\n    certificate-authority-data: \
             {authority}\n",
            json!(cluster.name),
            json!(cluster.server),
        );
        let _ = write!(
            text,
            "users:\n- name: {}\n  user:\n    exec:\n      apiVersion: {API_VERSION}\n      \
             command: {}\n      args:\n",
            json!(user.name),
            json!(user.command),
        );
        for argument in &user.arguments {
            let _ = writeln!(text, "      - {}", json!(argument));
        }
        if !user.variables.is_empty() {
            text.push_str("      env:\n");
        }
        for (name, value) in &user.variables {
            let _ = write!(text, "      - name: {name}\n        value: {}\n", json!(value));
        }
        let _ = write!(
            text,
            "contexts:\n- name: {0}\n  context:\n    cluster: {1}\n    user: {2}\ncurrent-context: \
             {0}\n",
            json!(context),
            json!(cluster.name),
            json!(user.name),
        );
        text
    }
}

impl ClusterEntry {
    /// Whether an entry has the same server and authority. How to reach it (a proxy, for example)
    /// is the user's choice.
    fn is(&self, found: &Value) -> bool {
        let authority = found["certificate-authority-data"].as_str().unwrap_or_default();
        let authority = STANDARD.decode_to_vec(authority).unwrap_or_default();
        found["server"] == *self.server && authority == self.authority
    }
}

impl UserEntry {
    /// `Some(true)` if an entry is the same, `Some(false)` if only the directory of the program
    /// `program` differs, because the program has moved. None if anything else differs.
    fn is(&self, found: &Value, program: &str) -> Option<bool> {
        let mut found = without_defaults(found);
        if found == self.shown() {
            return Some(true);
        }
        let command = found["exec"]["command"].take();
        let is_ours = command.as_str()?.rsplit(['/', '\\']).next() == Some(program);
        found["exec"]["command"] = json!(self.command);
        (is_ours && found == self.shown()).then_some(false)
    }
}

/// A user entry without the defaults that kubectl adds.
fn without_defaults(user: &Value) -> Value {
    let mut user = user.clone();
    if let Some(exec) = user.get_mut("exec").and_then(Value::as_object_mut) {
        let is_default = |name: &str, value: &Value| match name {
            "env" => value.is_null(),
            "provideClusterInfo" => *value == false,
            "interactiveMode" => value == "IfAvailable",
            _ => false,
        };
        exec.retain(|name, value| !is_default(name, value));
    }
    user
}

/// The content of the entry with that name.
fn content<'a>(entries: &'a Option<Vec<NamedEntry>>, name: &str, kind: &str) -> Option<&'a Value> {
    let found = entries.iter().flatten().find(|entry| entry.name == name)?;
    Some(found.content.get(kind).unwrap_or(&Value::Null))
}

fn other(kind: &str, name: &str) -> Error {
    let message = format!(
        "the kubeconfig has a {kind} `{name}` with different content, which stays as it is"
    );
    let error = Error::new(Kind::InvalidSetting, message);
    match kind {
        "user" => error.hint("give another name with `--user-alias NAME`"),
        "context" => error.hint("give another name with `--alias NAME`"),
        _ => error.hint("if it is no longer needed: `kubectl config delete-cluster NAME`"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entries() -> Entries {
        Entries {
            cluster: ClusterEntry {
                name: "arn".into(),
                server: "https://x".into(),
                authority: b"PEM".to_vec(),
            },
            user: UserEntry {
                name: "dev@arn".into(),
                command: "/bin/ssowrap".into(),
                arguments: vec!["-p".into(), "dev: \"x\"".into()],
                variables: Vec::new(),
            },
            context: "blue".into(),
        }
    }

    fn present(change: impl Fn(&mut Value)) -> Present {
        let mut value = json!({
            "clusters": [{"name": "arn", "cluster": {
                "server": "https://x", "certificate-authority-data": "UEVN",
                "proxy-url": "http://proxy",
            }}],
            "users": [{"name": "dev@arn", "user": {"exec": {
                "apiVersion": API_VERSION, "command": "/bin/ssowrap", "args": ["-p", "dev: \"x\""],
                "env": null, "provideClusterInfo": false, "interactiveMode": "IfAvailable",
            }}}],
            "contexts": [{"name": "blue", "context": {
                "cluster": "arn", "user": "dev@arn", "namespace": "mine",
            }}],
            "current-context": "",
        });
        change(&mut value);
        serde_json::from_value(value).expect("a kubeconfig")
    }

    #[test]
    fn what_is_there_stays() {
        let missing = |present: &Present| entries().missing(present, "ssowrap");
        assert_eq!(missing(&present(|_| {})).expect("all"), Missing::default());
        let nothing = Missing { cluster: true, user: true, context: true };
        assert_eq!(missing(&Present::default()).expect("none"), nothing);
        let moved = present(|v| v["users"][0]["user"]["exec"]["command"] = json!("/old/ssowrap"));
        let user = Missing { user: true, ..Missing::default() };
        assert_eq!(missing(&moved).expect("moved"), user);
    }

    #[test]
    fn other_content_is_refused() {
        let changes: [fn(&mut Value); 10] = [
            |v| v["clusters"][0]["cluster"]["server"] = json!("https://y"),
            |v| v["clusters"][0]["cluster"]["certificate-authority-data"] = json!("WA=="),
            |v| v["users"][0]["user"]["token"] = json!("t"),
            |v| v["users"][0]["user"]["exec"]["args"] = json!(["-p", "other"]),
            |v| v["users"][0]["user"]["exec"]["command"] = json!("/bin/aws"),
            |v| {
                v["users"][0]["user"]["exec"]["env"] =
                    json!([{"name": "AWS_PROFILE", "value": "x"}])
            },
            |v| v["users"][0]["user"] = json!({"username": "x"}),
            |v| v["users"][0] = json!({"name": "dev@arn"}),
            |v| v["contexts"][0]["context"]["user"] = json!("other"),
            |v| v["contexts"][0]["context"]["cluster"] = json!("other"),
        ];
        for (number, change) in changes.into_iter().enumerate() {
            let present = present(change);
            assert!(entries().missing(&present, "ssowrap").is_err(), "{number}");
        }
    }

    #[test]
    fn yaml() {
        assert_eq!(
            entries().yaml(),
            "apiVersion: v1\nkind: Config\nclusters:\n- name: \"arn\"\n  cluster:\n    server: \
             \"https://x\"\n    certificate-authority-data: UEVN\nusers:\n- name: \"dev@arn\"\n  \
             user:\n    exec:\n      apiVersion: client.authentication.k8s.io/v1beta1\n      \
             command: \"/bin/ssowrap\"\n      args:\n      - \"-p\"\n      - \"dev: \\\"x\\\"\"\n\
             contexts:\n- name: \"blue\"\n  context:\n    cluster: \"arn\"\n    user: \"dev@arn\"\n\
             current-context: \"blue\"\n"
        );
    }
}
