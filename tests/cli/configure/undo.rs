//! `configure --undo`.

use std::fs;

use super::{SESSION, config, configure, empty, home};
use crate::entries::{mode, names};
use crate::terminal::Terminal;

const OTHERS_STAY: &str = "~/.aws/config: undid the last `configure`; later changes to the \
                           file stay\n";

#[test]
fn the_last_run_is_undone() {
    let home = home().config(&format!("# top\r\n{SESSION}[profile x]\r\ny=z"));
    let before = config(&home);
    configure(&home, &["--all"]);
    let said = configure(&home, &["--undo"]);
    assert_eq!(said, "~/.aws/config is as it was before the last `configure`\n");
    assert_eq!(config(&home), before, "without a last line end");
    home.write(".aws/config", before + "\r\n");
    let before = config(&home);
    configure(&home, &["--all"]);
    // Lines are added above and below.
    let more = format!("# above\n{}\n# below\n", config(&home));
    home.write(".aws/config", &more);
    let output = home.run(["configure", "--undo", "--dry-run"]).output();
    assert!(output.stdout().contains("\n-[profile Sandbox.Developer]\n"), "{}", output.stdout());
    let said = configure(&home, &["--undo"]);
    assert_eq!(said, OTHERS_STAY);
    assert_eq!(config(&home), format!("# above\n{before}\n# below\n"));
    home.run(["configure", "--undo", "--yes"])
        .fails(1, "error: there is nothing to undo in ~/.aws/config\n");
}

#[test]
fn what_has_changed_since_is_left_alone() {
    let home = home();
    configure(&home, &["--account", "Sandbox"]);
    let changed = config(&home).replace("Developer\n", "Admin\n");
    home.write(".aws/config", &changed);
    home.run(["configure", "--undo", "--yes"]).fails(
        1,
        "error: the lines that were written to ~/.aws/config have changed since\nhint: edit the \
         file, or run `ssowrap configure` again\n",
    );
    assert_eq!(config(&home), changed);
}

/// Other profiles that are based on the removed ones are named before the question.
#[test]
fn what_needs_the_profiles_that_go_is_named() {
    let home = empty();
    let portal = ["--start-url", "https://corp.awsapps.com/start", "--sso-region", "eu-central-1"];
    configure(&home, &[&portal[..], &["--account", "Sandbox"]].concat());
    let mine = "\n[profile role]\nrole_arn = arn:aws:iam::1:role/r\nsource_profile = \
                Sandbox.Developer\n[profile other]\nsso_session = corp\n[profile gone]\n\
                role_arn = arn:aws:iam::1:role/r\nsource_profile = no-such\n[profile \
                process]\ncredential_process = ssowrap -p Sandbox.Developer credential-process\n";
    home.write(".aws/config", config(&home) + mine);
    let warnings = "warning: `role` needs profile `Sandbox.Developer`, which `--undo` removes\n\
                    warning: `other` needs sso-session `corp`, which `--undo` removes\n\
                    warning: `process` needs profile `Sandbox.Developer`, which `--undo` removes\n";
    let output = home.run(["configure", "--undo", "--dry-run"]).output();
    let dry = "removes 1 sso-session and 1 profile; changes none\nnothing was written: this was only a \
               dry run\n";
    assert_eq!(output.stderr, format!("{warnings}{dry}"));
    let before = config(&home);
    let terminal = Terminal::start(home.run(["configure", "--undo"]));
    terminal.expect("removes 1 sso-session and 1 profile; changes none\r\nWrite this to");
    terminal.expect("[y]es, [N]o: ");
    terminal.send("\n");
    assert!(terminal.ends().0.success());
    assert_eq!(config(&home), before);
    let said = configure(&home, &["--undo"]);
    assert_eq!(said, format!("{warnings}{OTHERS_STAY}"));
    assert_eq!(config(&home), mine);
}

/// Only the changed lines are stored, in a file of our own.
#[test]
fn nothing_else_of_the_file_is_kept() {
    let secret = "[profile keys]\naws_secret_access_key = FAKEsecret\n";
    let home = home().config(&format!("{SESSION}{secret}"));
    configure(&home, &["--all"]);
    let directory = home.path(".local/state/ssowrap/configure");
    let [name] = <[String; 1]>::try_from(names(&directory)).expect("one file");
    let file = directory.join(name);
    assert_eq!(mode(&file), 0o600);
    let kept = fs::read_to_string(file).expect("a file");
    let line = base64_simd::STANDARD.encode_to_string("aws_secret_access_key = FAKEsecret\n");
    assert!(!kept.contains("FAKEsecret") && !kept.contains(&line), "{kept}");
}

/// A run that was killed while storing its lines has already written the config: the next one has
/// nothing to write.
#[test]
fn what_a_killed_run_left_is_removed() {
    let home = home();
    configure(&home, &["--all"]);
    let directory = ".local/state/ssowrap/configure";
    let before = names(&home.path(directory));
    home.write(&format!("{directory}/.ssowrap-dead.tmp"), "{");
    assert_eq!(configure(&home, &["--all"]), "nothing to change\n");
    assert_eq!(names(&home.path(directory)), before);
}
