//! Choosing at the terminal: a profile, or the roles of `configure`.

use std::sync::mpsc;
use std::{fs, thread};

use crate::support::{DEV, Home, SSOWRAP, TIMEOUT};
use crate::terminal::Terminal;

/// Three profiles of one session.
pub(crate) const THREE: &str = "\
[profile alpha]
sso_session = corp
sso_account_id = 123456789012
sso_role_name = Admin
[profile beta]
sso_session = corp
sso_account_id = 210987654321
sso_role_name = Developer
[profile gamma]
sso_session = corp
sso_account_id = 000000000042
sso_role_name = Developer
[sso-session corp]
sso_start_url = https://corp.awsapps.com/start
sso_region = eu-central-1
";

fn home() -> Home {
    Home::with_aws().config(THREE).login("corp").env("TERM", "xterm")
}

const DOWN: &str = "\u{1b}[B";

/// The lines between the first one and the cursor's return to it.
fn lines(shown: &str) -> Vec<String> {
    let start = shown.rfind("\u{1b}[J").map_or(0, |at| at + 3);
    let text = &shown[start..];
    let plain = without_escapes(text);
    plain.lines().map(|line| line.trim_end().to_owned()).filter(|line| !line.is_empty()).collect()
}

fn without_escapes(text: &str) -> String {
    let mut plain = String::new();
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        if c == '\u{1b}' {
            let _ = chars.by_ref().find(char::is_ascii_alphabetic);
        } else {
            plain.push(c);
        }
    }
    plain
}

#[test]
fn export_lets_a_person_choose() {
    let home = home();
    home.run(["accounts"]).succeeds();
    let terminal = Terminal::start(home.run(["export"]).env("NO_COLOR", "1"));
    let shown = terminal.expect("gamma  Sandbox     000000000042  Developer");
    assert_eq!(
        lines(&shown),
        [
            "profile>   3/3",
            ">  alpha  Production  123456789012  Admin",
            "   beta   Staging     210987654321  Developer",
        ]
    );
    terminal.send("sand");
    terminal.expect("profile> sand  2/3");
    terminal.send("\r");
    let shown = terminal.expect("export AWS_ACCESS_KEY_ID=");
    assert!(shown.contains("\u{1b}[J"), "the list goes: {shown:?}");
    let (status, shown) = terminal.ends();
    assert!(status.success() && shown.contains("SSOWRAP_PROFILE='gamma'"), "{shown}");
    // It comes first the next time.
    let terminal = Terminal::start(home.run(["export"]).env("NO_COLOR", "1"));
    let shown = terminal.expect("beta ");
    assert!(lines(&shown)[1].starts_with(">  gamma  Sandbox "), "{shown:?}");
    assert!(lines(&shown)[1].ends_with(" min left"), "{shown:?}");
    terminal.send(DOWN);
    terminal.expect(">  alpha");
    terminal.send("\r");
    let (_, shown) = terminal.ends();
    assert!(shown.contains("SSOWRAP_PROFILE='alpha'"), "{shown}");
}

/// Esc, Ctrl-C, and a signal: the screen is restored.
/// Nobody chooses a profile for a command line that is wrong.
#[test]
fn what_is_refused_without_a_list() {
    let home = home().env("NO_COLOR", "1");
    for (line, shown) in [
        (&["export", "--prefix", "1x"][..], "--prefix `1x` cannot begin a variable's name"),
        (&["serve", "--allow-role", "x"], "--allow-role `x` is not the ARN of a role"),
        (&["exec", "--write-credentials", "file"], "`exec` needs a command"),
        (&["exec", "alpha", "--", "env"], "`alpha`: command not found"),
        (&["exec", "A=b", "env"], "`A=...`: command not found"),
    ] {
        let (_, text) = Terminal::start(home.run(line)).ends();
        assert!(text.starts_with(&format!("error: {shown}")), "{line:?}: {text:?}");
    }
}

#[test]
fn leaving() {
    let home = home();
    for keys in ["\u{1b}", "\u{3}", "\u{4}"] {
        let terminal = Terminal::start(home.run(["export"]));
        terminal.expect("gamma");
        terminal.send(keys);
        let (status, shown) = terminal.ends();
        assert_eq!(status.code(), Some(130), "{shown:?}");
        assert!(shown.contains("nothing was chosen"), "{shown:?}");
        assert!(shown.contains("\u{1b}[?25h") && shown.contains("\u{1b}[?2004l"), "{shown:?}");
    }
    assert_eq!(home.aws().count("*"), 0);
}

#[cfg(unix)]
#[test]
fn a_signal_leaves_the_terminal_as_it_was() {
    for (signal, code) in [("TERM", 143), ("QUIT", 131)] {
        let home = home();
        let picker = format!("echo $$ >pid; exec {SSOWRAP} export");
        let script = format!("sh -c '{picker}'; echo \"code $?\"; stty -a | grep -o ' -*icanon'");
        let terminal = Terminal::start(home.tool("/bin/sh", ["-c", &script]));
        terminal.expect("gamma");
        home.tool("/bin/sh", ["-c", &format!("kill -{signal} $(cat pid)")]).succeeds();
        terminal.expect(&format!("code {code}"));
        let (_, shown) = terminal.ends();
        assert_eq!(shown.trim(), "icanon", "{signal}");
    }
}

/// A closed window leaves no process that reads from it forever.
#[cfg(target_os = "linux")]
#[test]
fn it_ends_with_its_terminal() {
    let home = home();
    let chosen = home.path("chosen");
    home.tool("/usr/bin/mkfifo", [&chosen]).succeeds();
    // `script` has a terminal to close. The signal alone would not be enough, because `nohup`
    // ignores it.
    let script = format!("trap '' HUP; {SSOWRAP} export >'{}'", chosen.display());
    let terminal = Terminal::start(home.tool("/usr/bin/script", ["-qc", &script, "/dev/null"]));
    let (ended, end) = mpsc::channel();
    thread::spawn(move || ended.send(fs::read(chosen).map(|text| text.len())));
    terminal.expect("gamma");
    drop(terminal);
    let printed = end.recv_timeout(TIMEOUT).expect("the end of the last who could write");
    assert_eq!(printed.expect("a pipe"), 0);
}

/// If there is nobody to choose, it is an error as usual.
#[test]
fn nobody_to_choose() {
    let home = home();
    home.run(["export"]).fails(
        4,
        "error: there is no `default` profile in ~/.aws/config or ~/.aws/credentials, and none was \
         chosen\nhint: choose one with `-p NAME` or AWS_PROFILE; `ssowrap profiles` lists them\n",
    );
    let terminal = Terminal::start(home.run(["export"]).env("CI", "true"));
    let (status, shown) = terminal.ends();
    assert_eq!(status.code(), Some(4), "{shown:?}");
    // A program runs it, whatever terminal it has.
    let terminal = Terminal::start(home.run(["credential-process"]));
    let (status, _) = terminal.ends();
    assert_eq!(status.code(), Some(4));
    // A wrong name is reported as usual.
    let terminal = Terminal::start(home.run(["-p", "alpah", "export"]));
    let (status, shown) = terminal.ends();
    assert!(status.code() == Some(4) && shown.contains("did you mean `alpha`?"), "{shown:?}");
    // A `default` that gives credentials is used.
    let home = Home::with_aws().login("corp").config(&DEV.replace("profile dev", "default"));
    let terminal = Terminal::start(home.run(["export"]));
    let (status, shown) = terminal.ends();
    assert!(status.success(), "{shown:?}");
}

#[test]
fn what_was_typed_before_does_not_count() {
    let home = home();
    let script = format!("read go; exec {SSOWRAP} __choose");
    let terminal = Terminal::start(home.tool("/bin/sh", ["-c", &script]).env("NO_COLOR", "1"));
    terminal.send("\ngamma\r");
    terminal.expect("profile>   3/3");
    terminal.send(DOWN);
    terminal.expect(">  beta");
    terminal.send("\r");
    let (status, shown) = terminal.ends();
    assert!(status.success(), "{shown:?}");
    assert!(without_escapes(&shown).trim().ends_with("beta"), "{shown:?}");
}

/// The function `sso` offers the profiles that match a word. It goes on to the one that is chosen,
/// and back to the one before.
#[test]
fn a_word_that_matches_profiles() {
    let home = home().env("NO_COLOR", "1").env("SSOWRAP_PROFILE", "beta");
    home.run(["accounts"]).succeeds();
    let script =
        "eval \"$(ssowrap init bash)\"; sso admi; echo \"code $?\"; echo \"1 $SSOWRAP_PROFILE\"
        sso develop; echo \"code $?\"; echo \"2 $SSOWRAP_PROFILE\"
        sso -; echo \"3 $SSOWRAP_PROFILE\"; sso nobodys; echo \"code $?\"";
    let terminal = Terminal::start(home.tool("bash", ["-c", script]));
    let shown = terminal.expect("alpha  Production");
    assert_eq!(lines(&shown), ["profile> admi  1/3", "there is no profile `admi`", ">"]);
    terminal.send("\r");
    terminal.expect("now alpha: Admin in Production");
    terminal.expect("code 0\r\n1 alpha\r\n");
    terminal.expect("profile> develop  2/3");
    terminal.send("\u{1b}");
    terminal.expect("nothing was chosen");
    terminal.expect("code 130\r\n2 alpha\r\n");
    terminal.expect("3 beta\r\n");
    let (_, shown) = terminal.ends();
    assert!(shown.contains("there is no profile `nobodys` in ~/.aws/config"), "{shown}");
    assert!(shown.ends_with("code 4\r\n"), "{shown}");
}

/// The current profile is marked, even without colour.
#[test]
fn the_profile_of_this_shell() {
    let home = home().env("SSOWRAP_PROFILE", "beta").env("NO_COLOR", "1");
    let terminal = Terminal::start(home.run(["__choose"]));
    let shown = terminal.expect("gamma");
    assert_eq!(lines(&shown)[1], "now: beta");
    assert!(lines(&shown)[3].starts_with(" * beta"), "{shown:?}");
    terminal.send("\u{1b}");
    terminal.ends();
}

#[test]
fn narrow_terminals_pastes_and_names_of_any_kind() {
    let config = format!(
        "{THREE}[profile 'a name of many words that goes on and on']\nregion = x\n[profile \
         日本語日本語日本語日本語日本語]\nregion = x\n"
    );
    let home = home().config(&config).env("NO_COLOR", "1");
    let terminal = Terminal::of_size(home.run(["__choose"]), 10, 40);
    let shown = terminal.expect("日本語日本語");
    for line in lines(&shown) {
        assert!(line.chars().count() < 40, "{line:?}");
    }
    terminal.resize(10, 20);
    terminal.send("\u{1b}[200~gam\u{1b}[31m\nma\u{1b}[201~");
    terminal.expect("> gam");
    terminal.send("\u{15}be");
    terminal.expect("> be");
    terminal.send("\r");
    let (status, _) = terminal.ends();
    assert!(status.success());
}

#[test]
fn a_dumb_terminal_shows_numbers() {
    let home = home().env("TERM", "dumb");
    let terminal = Terminal::start(home.run(["__choose"]));
    let shown = terminal.expect("profile, a number: ");
    assert!(!shown.contains('\u{1b}') && shown.contains("   2  beta"), "{shown:?}");
    terminal.send("9\n");
    terminal.expect("that number is not in the list");
    terminal.send("2\n");
    let (status, shown) = terminal.ends();
    assert!(status.success() && shown.trim().ends_with("beta"), "{shown:?}");
}

#[test]
fn login_chooses_among_logins() {
    let other = "[sso-session other]\nsso_start_url = https://other.awsapps.com/start\nsso_region = \
                 eu-central-1\n";
    let home = home().config(&format!("{THREE}{other}"));
    let terminal = Terminal::start(home.run(["login"]).env("NO_COLOR", "1"));
    terminal.expect("other.awsapps.com");
    terminal.send("corp");
    terminal.expect("login> corp");
    terminal.send("\r");
    let (status, shown) = terminal.ends();
    assert!(status.success(), "{shown:?}");
    assert!(shown.contains("already signed in to sso-session `corp`"), "{shown:?}");
}
