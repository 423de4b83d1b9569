//! `configure` with a user at the terminal.

use super::{SESSION, config, empty, home, profiles};
use crate::support::Home;
use crate::terminal::Terminal;

/// The question for the region.
const REGION: &str = "without a region, programs rely on AWS_REGION\r\nDefault AWS region for these \
                      profiles, for example us-east-1 (Enter for none): ";

fn start(home: &Home, line: &[&str]) -> Terminal {
    let run = home.run(["configure"].iter().chain(line));
    Terminal::of_size(run.env("TERM", "xterm").env("NO_COLOR", "1"), 40, 100)
}

#[test]
fn from_nothing() {
    let home = empty();
    let terminal = start(&home, &[]);
    terminal.expect("Start URL of your organisation's portal: ");
    terminal.send("corp.example.com\n");
    terminal.expect("write it like https://corp.awsapps.com/start");
    terminal.send("corp.awsapps.com\n");
    terminal.expect("the start URL is https://corp.awsapps.com/start\r\n");
    terminal.expect("your portal shows its region beside each role, under `Access keys`");
    terminal.expect("Region of the portal (sso_region): ");
    terminal.send("europe\n");
    terminal.expect("regions look like eu-central-1");
    terminal.send("eu-cental-1\n");
    terminal.expect("did you mean eu-central-1? Press Enter to accept it");
    terminal.expect("Region of the portal (sso_region) [eu-central-1]: ");
    terminal.send("\n");
    terminal.expect("roles>   6/6 (0 marked; Tab marks, Ctrl-A all)");
    terminal.send("developer");
    terminal.expect("roles> developer  2/6");
    terminal.send("\u{1}");
    terminal.expect("(2 marked;");
    terminal.send("\r");
    terminal.expect(
        "2 roles: Developer in Sandbox, Developer in Staging\r\nssowrap replaces the fields in braces: `{account_name}.{role_name}` becomes \
         `Sandbox.Developer`\r\nProfile names [{account_name}.{role_name}]: ",
    );
    terminal.send("{nobody}\n");
    terminal.expect("the fields are {account_name}, {account_id}, {role_name} and {session}");
    terminal.send("\n");
    terminal.expect(REGION);
    terminal.send("eu-west-1\n");
    terminal.expect("+[profile Staging.Developer]");
    terminal.expect("Write this to");
    terminal.expect("[Y]es, [n]o, [b]ack: ");
    // One question back, where earlier answers are the defaults, and further back from there.
    terminal.send("b\n");
    terminal.expect("Default AWS region for these profiles (- for none), [b]ack [eu-west-1]: ");
    terminal.send("b\n");
    terminal.expect("Profile names, [b]ack [{account_name}.{role_name}]: ");
    terminal.send("prod\n");
    terminal.expect(
        "`prod` names only one profile, but you marked 2 roles: put `{role_name}` or \
         `{account_name}` into the name\r\nProfile names, [b]ack ",
    );
    terminal.send("x-{account_name}\n");
    terminal.expect("Default AWS region for these profiles (- for none), [b]ack [eu-west-1]: ");
    terminal.send("b\n");
    terminal.expect(
        "`{account_name}.{role_name}` becomes `Sandbox.Developer`\r\nProfile names, [b]ack [x-{account_name}]: ",
    );
    terminal.send("b\n");
    terminal.expect("roles>   6/6 (2 marked;");
    terminal.send("staging developer");
    terminal.expect("roles> staging developer  1/6");
    terminal.send("\t");
    terminal.expect("(1 marked;");
    terminal.send("\r");
    terminal.expect("1 role: Developer in Sandbox\r\n");
    terminal.expect("Profile names, [b]ack [x-{account_name}]: ");
    terminal.send("{account_name}\n");
    terminal.expect("Default AWS region for these profiles (- for none), [b]ack [eu-west-1]: ");
    terminal.send("\n");
    terminal.expect("[b]ack: ");
    terminal.send("\n");
    let (status, shown) = terminal.ends();
    assert!(status.success(), "{shown}");
    let end = "1 added; `ssowrap configure --undo` undoes that\r\nnext: eval \"$(ssowrap -p Sandbox \
               export)\"\r\n";
    assert!(shown.ends_with(end), "{shown}");
    let expected = "\n[profile Sandbox]\nsso_session = corp\nsso_account_id = \
                    000000000042\nsso_role_name = Developer\nregion = eu-west-1\nssowrap_generated = \
                    corp\n";
    assert_eq!(config(&home), format!("{SESSION}{expected}"));
}

/// The same role is chosen again by Enter, and a name that suits only one role is not proposed for two.
#[test]
fn a_single_role_and_back() {
    let home = home();
    let terminal = start(&home, &["--region", "eu-west-1"]);
    terminal.expect("6/6 (0 marked;");
    terminal.send("\u{1b}[B\u{1b}[B\r");
    let shown = terminal.expect("Profile names [{account_name}.{role_name}]: ");
    let (_, role) = shown.split_once("1 role: ").expect("a role");
    let role = role.split("\r\n").next().unwrap_or_default().to_owned();
    assert!(shown.contains("you can type a plain name such as `prod`"), "{shown}");
    terminal.send("mine\n");
    terminal.expect("[b]ack: ");
    terminal.send("b\n");
    terminal.expect("Profile names, [b]ack [mine]: ");
    terminal.send("b\n");
    terminal.expect("6/6 (0 marked;");
    terminal.send("\r");
    terminal.expect(&format!("1 role: {role}\r\n"));
    terminal.expect("Profile names, [b]ack [mine]: ");
    terminal.send("b\n");
    terminal.expect("6/6 (0 marked;");
    terminal.send("\u{1}\r");
    terminal.expect("6 roles: ");
    terminal.expect("Profile names, [b]ack [{account_name}.{role_name}]: ");
    terminal.send("\u{3}");
    assert!(!terminal.ends().0.success());
}

/// The session is in no file yet, so the command that signs in with a code contains the answers.
#[test]
fn with_a_code_instead() {
    let home = Home::with_aws();
    let run = home.run(["configure"]).env("TERM", "xterm").env("BROWSER", "true");
    let terminal = Terminal::start(run);
    terminal.expect("portal: ");
    terminal.send("https://corp.awsapps.com/start\n");
    let shown = terminal.expect("(sso_region): ");
    assert!(!shown.contains("the start URL is"), "{shown}");
    terminal.send("eu-central-1\n");
    terminal.expect(
        "signing in to sso-session `corp` in the browser\r\nto sign in with a code instead: `ssowrap login \
         --use-device-code --sso-session corp --start-url https://corp.awsapps.com/start \
         --sso-region eu-central-1`\r\n",
    );
    terminal.send("\u{3}");
    assert!(!terminal.ends().0.success());
}

/// An empty answer chooses the portal of a legacy profile, or of one that granted wrote.
#[test]
fn portals_of_profiles_are_proposed() {
    for prefix in ["sso_", "granted_sso_"] {
        let profile = format!(
            "[profile p]\n{prefix}start_url = https://corp.awsapps.com/start\n{prefix}region = \
             eu-central-1\n"
        );
        let home = empty().config(&profile);
        let terminal = start(&home, &["--sso-session", "corp"]);
        terminal.expect("portal [https://corp.awsapps.com/start]: ");
        terminal.send("\n");
        terminal.expect("(sso_region) [eu-central-1]: ");
        terminal.send("\n");
        terminal.expect("roles>");
        terminal.send("\u{3}");
        assert!(!terminal.ends().0.success());
    }
}

/// If nothing can be drawn, marks still stay: an empty answer means them.
#[test]
fn going_back_at_a_dumb_terminal() {
    let home = home();
    let terminal = Terminal::start(home.run(["configure", "--region", "-"]).env("TERM", "dumb"));
    terminal.expect("roles, numbers: ");
    terminal.send("3,6\n");
    terminal.expect("Profile names");
    terminal.send("\n");
    terminal.expect("[Y]es, [n]o, [b]ack: ");
    terminal.send("b\n");
    terminal.expect("Profile names, [b]ack [{account_name}.{role_name}]: ");
    terminal.send("back\n");
    let listed = terminal.expect("roles, numbers [those marked +]: ");
    assert!(listed.contains("   3+ ") && listed.contains("   5  "), "{listed}");
    terminal.send("\n");
    terminal.expect("Profile names");
    terminal.send("\n");
    terminal.expect("[Y]es, [n]o, [b]ack: ");
    terminal.send("\n");
    assert!(terminal.ends().0.success());
    assert_eq!(profiles(&home).len(), 2);
}

/// If two roles would get the same name, another template can be entered.
#[test]
fn one_name_for_two_roles() {
    let home = home().config(&format!("{SESSION}[profile Admin]\nregion = x\n"));
    let terminal = start(&home, &["--region", "-"]);
    terminal.expect("roles>");
    terminal.send("production");
    terminal.expect("roles> production  2/6");
    terminal.send("\u{1}");
    terminal.expect("(2 marked;");
    terminal.send("\r");
    terminal.expect("Profile names [{account_name}.{role_name}]: ");
    terminal.send("prod\n");
    terminal.expect("`prod` names only one profile, but you marked 2 roles");
    terminal.send("{account_name}\n");
    terminal.expect(
        "`{account_name}` gives several roles in Production the same name: put `{role_name}` into \
         the name\r\nProfile names",
    );
    // The user's own profile has this name.
    terminal.send("{role_name}\n");
    terminal.expect("; choose again");
    terminal.expect("Profile names, [b]ack [{account_name}.{role_name}]: ");
    terminal.send("p.{role_name}\n");
    terminal.expect("Write this to");
    terminal.send("y\n");
    assert!(terminal.ends().0.success());
    assert_eq!(profiles(&home), ["Admin", "p.Admin", "p.ReadOnly"]);
}

/// Ctrl-C at any question leaves every file unchanged; so does answering no.
#[test]
fn leaving() {
    let steps = [
        ("roles>", "\u{3}", 130),
        ("Profile names", "\u{3}", 130),
        ("Default AWS region", "\u{3}", 130),
        ("Write this to", "\u{3}", 130),
        ("Write this to", "n\n", 0),
        ("Write this to", "\u{4}", 130),
    ];
    for (question, keys, code) in steps {
        let home = home();
        let terminal = start(&home, &[]);
        for (asked, answer) in [
            ("roles>", "\r"),
            ("Profile names", "\n"),
            ("Default AWS region", "\n"),
            ("Write this to", ""),
        ] {
            terminal.expect(asked);
            if asked == question {
                break;
            }
            terminal.send(answer);
        }
        terminal.send(keys);
        let (status, shown) = terminal.ends();
        use std::os::unix::process::ExitStatusExt;
        let ended = status.code().or_else(|| status.signal().map(|signal| 128 + signal));
        assert_eq!(ended, Some(code), "{question}: {shown:?}");
        assert_eq!(config(&home), SESSION, "{question}");
    }
}

/// What the options set isn't asked.
#[test]
fn options_answer() {
    let home = home();
    let terminal = start(&home, &["--account", "Sandbox"]);
    terminal.expect(REGION);
    terminal.send("\n");
    terminal.expect("+[profile Sandbox.Developer]");
    terminal.expect("[Y]es, [n]o: ");
    terminal.send("y\n");
    let (status, _) = terminal.ends();
    assert!(status.success());
    assert_eq!(profiles(&home), ["Sandbox.Developer"]);
    let terminal = start(&home, &["--undo"]);
    terminal.expect("[Y]es, [n]o: ");
    terminal.send("\n");
    let (status, _) = terminal.ends();
    assert!(status.success());
    assert_eq!(config(&home), SESSION);
}

/// Only what is needed for what is missing is asked, and the last line fits what was written.
#[test]
fn roles_that_have_profiles_already() {
    let theirs = "\n[profile mine]\nsso_session = corp\nsso_account_id = 000000000042\n\
                  sso_role_name = Developer\n";
    let home = home().config(&format!("{SESSION}{theirs}region = eu-west-1\n"));
    let run = |line: &[&str]| {
        let words = ["configure"].iter().chain(line);
        let terminal = Terminal::start(home.run(words).env("TERM", "dumb"));
        terminal.expect("roles, numbers: ");
        terminal.send("3\n");
        terminal
    };
    let (status, shown) = run(&[]).ends();
    assert!(status.success(), "{shown}");
    assert!(
        shown.ends_with(
            "1 role: Developer in Sandbox\r\nthese roles have profiles already; to change \
             those that `configure` wrote, use `--name` or `--region`\r\nnothing to change\r\n"
        ),
        "{shown}"
    );
    // The second profile is named after the first and has its region.
    let terminal = run(&["--credential-process"]);
    let shown = terminal.expect("[Y]es, [n]o, [b]ack: ");
    assert!(!shown.contains("Profile names") && !shown.contains("Default AWS region"), "{shown}");
    terminal.send("y\n");
    let (_, shown) = terminal.ends();
    let next = "next: set AWS_PROFILE=mine-process for a program without SSO support\r\n";
    assert!(shown.ends_with(next), "{shown}");
    assert_eq!(profiles(&home), ["mine", "mine-process"]);
    // Without a region to take over, that is asked.
    let home = super::home().config(&format!("{SESSION}{theirs}"));
    let line = ["configure", "--account", "Sandbox", "--credential-process"];
    let terminal = Terminal::start(home.run(line).env("TERM", "dumb"));
    terminal.expect(REGION);
    terminal.send("\u{3}");
    terminal.ends();
    // The same without a terminal.
    home.run(line.iter().chain(&["--yes"])).fails(
        2,
        "error: configure needs to know the region of the new profiles\nhint: give `--region \
         REGION`, or `--region -` for none\n",
    );
    let home = home.config(&format!("{SESSION}{theirs}region = eu-west-1\n"));
    home.run(line.iter().chain(&["--yes", "-q"])).succeeds();
    assert_eq!(profiles(&home), ["mine", "mine-process"]);
}

/// The file changes during the question: the change that was shown is not written.
#[test]
fn a_file_that_changes_meanwhile() {
    let home = home();
    let terminal = start(&home, &["--account", "Sandbox", "--region", "-"]);
    terminal.expect("[Y]es, [n]o: ");
    let new = format!("{SESSION}[profile Sandbox.Developer]\nregion = x\n");
    home.write(".aws/config", &new);
    terminal.send("y\n");
    terminal.expect("has changed in the meantime: starting over");
    let (status, shown) = terminal.ends();
    assert_eq!(status.code(), Some(4), "{shown}");
    assert!(shown.contains("is already the name of a profile that you wrote"), "{shown}");
    assert_eq!(config(&home), new);
}
