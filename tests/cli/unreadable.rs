//! The config file as a file of text: not there, not a file, in another encoding, with broken lines.

use std::fs;

use serde_json::Value;

use crate::misread;
use crate::resolver::explained;
use crate::support::{Home, KEYS};
use crate::unresolved::fails;

#[test]
fn a_broken_line_costs_only_its_own_section() {
    let config = "[profile bad]\nregion = x\naws_secret_access_key FAKEsecret/1\n[profile lost\n\
                  [profile good]\naws_access_key_id = AKIA\naws_secret_access_key = FAKEsecret/2\n";
    let report = explained(config, "good");
    let warnings = report["warnings"].as_array().expect("a list");
    let lines: Vec<_> = warnings.iter().map(|w| w["line"].as_u64().unwrap_or(0)).collect();
    assert_eq!(lines, [3, 4]);
    fails(
        config,
        "bad",
        "syntax",
        3,
        "error: profile `bad` cannot be read: there is no `=` between a name and a value\n  --> \
         ~/.aws/config:3\nhint: correct the line, or turn it into a comment with `#`\n",
    );
}

#[test]
fn unreadable_files() {
    let home = Home::new();
    fs::create_dir(home.path(".aws/config")).expect("a directory");
    let stderr = "error: cannot read the AWS config file ~/.aws/config: it is a directory\n\
                  hint: put a file in its place, or set AWS_CONFIG_FILE to the path of one\n";
    home.run(["export"]).fails(4, stderr);
    home.run([
        "--start-url",
        "https://a.example",
        "--sso-region",
        "eu-west-1",
        "configure",
        "--all",
    ])
    .fails(4, stderr);
    let output = home.run(["explain", "--json"]).report();
    assert_eq!((output.status.code(), output.stderr.as_str()), (Some(4), stderr));
    let report: Value = serde_json::from_str(output.stdout()).expect("JSON");
    assert_eq!(report["error"]["kind"], "unreadable_file");
    assert_eq!(report["files"][0]["exists"], true);
}

#[test]
fn a_pipe_instead_of_a_file() {
    let home = Home::new();
    home.tool("mkfifo", [".aws/config"]).succeeds();
    home.run(["-p", "p", "export"]).fails(
        4,
        "error: cannot read the AWS config file ~/.aws/config: it is a pipe that nobody writes \
         to\nhint: put a file in its place, or set AWS_CONFIG_FILE to the path of one\n",
    );
    let script = format!("echo '{}' > .aws/config & ssowrap -p keys export", KEYS);
    let output = home.tool("sh", ["-c", &script]).succeeds();
    assert_eq!(output.exported()["AWS_ACCESS_KEY_ID"], "AKIAEXAMPLE");
}

#[test]
fn other_white_space() {
    let config = misread::profile(
        "sso_account_id\u{a0}= 123456789012\nsso_role_name =\u{a0}R\u{2003}\u{a0}",
    )
    .replace("eu-central-1", "\u{3000}eu-central-1\u{a0}# here");
    let source = &explained(&config, "p")["plan"]["source"];
    assert_eq!(source["account_id"], "123456789012");
    assert_eq!(source["role_name"], "R");
    assert_eq!(source["sso_region"], "eu-central-1");
}

#[test]
fn utf_16() {
    let text: Vec<u8> =
        "\u{feff}[default]\n".encode_utf16().flat_map(|unit| unit.to_le_bytes()).collect();
    let home = Home::new().config("");
    fs::write(home.path(".aws/config"), text).expect("a file");
    home.run(["export"]).fails(
        4,
        "error: cannot read the AWS config file ~/.aws/config: it is UTF-16 text, and AWS programs \
         read UTF-8\nhint: save it as UTF-8, for example with `iconv -f UTF-16 -t UTF-8`\n",
    );
}

#[test]
fn latin_1() {
    let comment = b"# f\xfcr\n".as_slice();
    let text = [comment, KEYS.as_bytes(), comment, b"region = r-1 # \xfc\n"].concat();
    let home = Home::new().file(".aws/config", &text[..text.len() - 4]);
    home.run(["-p", "keys", "export"]).succeeds();
    let output = home.run(["-p", "keys", "explain", "--json"]).succeeds();
    let report: Value = serde_json::from_str(output.stdout()).expect("JSON");
    assert_eq!(report["warnings"].as_array().map(Vec::len), Some(1), "{}", report["warnings"]);
    let warning = &report["warnings"][0];
    assert_eq!(warning["message"], "the line is not UTF-8: the AWS CLI refuses the file");
    assert_eq!(warning["line"], 1);
    let home = home.file(".aws/config", &text);
    home.run(["-p", "keys", "export"]).fails(
        4,
        "error: profile `keys` cannot be read: the line is not UTF-8\n  --> ~/.aws/config:6\nhint: \
         correct the line, or turn it into a comment with `#`\n",
    );
}
