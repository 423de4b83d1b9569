//! What a logout leaves usable, and says.

use super::*;
use crate::entries::{age, own_files};

/// What is said about profiles, without the time.
fn told(stderr: &str) -> Vec<String> {
    let about = stderr.lines().filter(|line| line.starts_with("profile `"));
    about
        .map(|line| {
            let (what, rest) = line.split_once(" accepts until ").expect("a time");
            let (time, mend) = rest.split_once("; to remove them: ").expect("the command");
            assert!(time.ends_with(" left)"), "{time}");
            format!("{what}: {mend}")
        })
        .collect()
}

/// Runs it, and returns what it said.
fn ok(home: &Home, words: &[&str]) -> String {
    let output = home.run(words).output();
    assert!(output.status.success(), "{}", output.stderr);
    output.stderr
}

/// Keys in the credentials file stay valid, so their profiles are named, with the way to remove
/// them.
#[test]
fn keys_in_the_credentials_file() {
    let home = home();
    for (profile, name) in [("dev", "default"), ("deploy", "a b"), ("old", "of-old")] {
        ok(&home, &["-p", profile, "generate", "--as", name]);
    }
    let left = |name: &str, word: &str| {
        format!(
            "profile `{name}` in ~/.aws/credentials still has keys obtained with this login, which \
             AWS: ssowrap generate --as {word} --remove"
        )
    };
    let stderr = ok(&home, &["-p", "dev", "logout"]);
    assert_eq!(told(&stderr), [left("default", "default"), left("a b", "'a b'")]);
    for name in ["default", "a b"] {
        ok(&home, &["generate", "--as", name, "--remove"]);
    }
    let stderr = ok(&home, &["logout", "--all"]);
    assert_eq!(told(&stderr), [left("of-old", "of-old")]);
}

/// Nobody needs to remove keys that no longer work.
#[test]
fn keys_that_have_expired() {
    let home = home();
    ok(&home, &["-p", "deploy", "generate", "--as", "tools"]);
    own_files(&home).iter().for_each(|file| age(file, 3600, -1));
    assert!(told(&ok(&home, &["logout", "--all"])).is_empty());
}

/// `generate --remove` refuses a profile that has another source, too.
#[test]
fn keys_that_generate_would_not_remove() {
    let home = home();
    ok(&home, &["-p", "dev", "generate", "--as", "tools"]);
    let path = home.path(".aws/config");
    let config = fs::read_to_string(&path).expect("a config");
    fs::write(path, config + "credential_process = x\n").expect("written");
    let stderr = ok(&home, &["-p", "dev", "logout"]);
    let told = told(&stderr);
    assert!(told[0].ends_with("AWS: delete their lines there"), "{told:?}");
}

/// Where keys of the login stand beside others, or in the config file, `generate --remove` would
/// remove too much or nothing.
#[test]
fn keys_beside_others() {
    let other = "aws_access_key_id = ASIAOTHER\naws_secret_access_key = FAKEsecret/2\n\
                 aws_session_token = FAKEtoken-2\n";
    for (file, header) in [("credentials", "[tools]\n"), ("config", "[profile tools]\n")] {
        let (last, first) = (format!("{header}KEYS{other}"), format!("{header}{other}KEYS"));
        let sections = format!("{header}KEYS{header}{other}");
        for text in [last, first, sections] {
            let home = home();
            ok(&home, &["-p", "dev", "generate", "--as", "tools"]);
            let path = home.path(".aws/credentials");
            let keys = fs::read_to_string(&path).expect("a file");
            fs::remove_file(&path).expect("own file");
            let text = text.replace("KEYS", &keys.replace("[tools]\n", ""));
            let path = home.path(&format!(".aws/{file}"));
            let before = fs::read_to_string(&path).unwrap_or_default();
            fs::write(&path, format!("{before}\n{text}")).expect("written");
            let told = told(&ok(&home, &["-p", "dev", "logout"]));
            let expected = format!(
                "profile `tools` in ~/.aws/{file} still has keys obtained with this login, which \
                 AWS: delete their lines there"
            );
            assert_eq!(told, [expected], "{text}");
        }
    }
}
