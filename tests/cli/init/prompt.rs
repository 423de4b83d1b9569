//! What happens when the prompt is drawn: `--prompt` and `--auto-refresh`, on a terminal.

use std::time::{Duration, Instant};

use chrono::TimeDelta;
use fake_aws::Options;

use super::{answer, home};
use crate::support::{DEV, Home, TIMEOUT, tool};
use crate::terminal::Terminal;

const OPTIONS: &str = "--prompt --auto-refresh";

/// [`start`], after the first prompt.
fn shell(home: &Home, name: &str, before: &str, behind: &str) -> Option<Terminal> {
    let terminal = start(home, name, before, behind)?;
    terminal.expect("% ");
    Some(terminal)
}

/// A shell on a terminal with the prompt `% `, and with setup code before and after `init`.
fn start(home: &Home, name: &str, before: &str, behind: &str) -> Option<Terminal> {
    let program = tool(name)?;
    let (file, text, arguments): (_, _, &[&str]) = match name {
        "bash" => (
            ".bashrc",
            format!(
                "PS1='% '; bind 'set enable-bracketed-paste off'\n{before}\n\
                 eval \"$(ssowrap init bash {OPTIONS})\"\n"
            ),
            &["--noprofile", "-i"],
        ),
        "zsh" => (
            ".zshrc",
            format!(
                "PROMPT='%% '; unset zle_bracketed_paste; {before}\n\
                 eval \"$(ssowrap init zsh {OPTIONS})\"\nautoload -Uz compinit; compinit -u -D\n"
            ),
            &["-i"],
        ),
        "fish" => (
            ".config/fish/config.fish",
            format!(
                "set fish_greeting; function fish_prompt; echo '% '; end\n{before}\n\
                 ssowrap init fish {OPTIONS} | source\n"
            ),
            &["-i"],
        ),
        _ => (
            "rc.elv",
            format!(
                "set edit:prompt = {{ put '% ' }}; set edit:rprompt = {{ }}\n{before}\n\
                 eval (ssowrap init elvish {OPTIONS} | slurp)\n"
            ),
            &["-rc", "rc.elv"],
        ),
    };
    std::fs::create_dir_all(home.path(".config/fish")).expect("a directory");
    home.without_manuals();
    home.write(file, format!("{text}{behind}\n"));
    let run = home.tool(program, arguments).env("TERM", "xterm").env("LC_ALL", "C.UTF-8");
    Some(Terminal::start(run))
}

/// Shows what programs get, between `<` and `>`.
const SHOW: &str = "sh -c 'echo \"<$AWS_ACCESS_KEY_ID>\"'\r";

/// A command that sets a variable.
fn set(name: &str, variable: &str, value: &str) -> String {
    match name {
        "fish" => format!("set -gx {variable} {value}"),
        "elvish" => format!("set-env {variable} {value}"),
        _ => format!("export {variable}={value}"),
    }
}

/// A line that makes it look as if time had passed.
fn past(name: &str) -> String {
    let variables = ["SSOWRAP_EXPIRES_AT", "SSOWRAP_RENEW_AT"];
    variables.map(|variable| set(name, variable, "1500000000")).join("; ") + "\r"
}

fn prompts(name: &str) {
    let home = home();
    let Some(terminal) = shell(&home, name, "", "") else { return };
    terminal.send("sso ends\r");
    terminal.expect("(ends 59m) ");
    terminal.send("sso keys\r");
    terminal.expect("(keys) ");
    terminal.send("sso -\r");
    terminal.expect("(ends 59m) ");
    // TAB works as everywhere.
    terminal.send("sso ke\t\r");
    terminal.expect("(keys) ");
    terminal.send("sso more\t\r");
    terminal.expect("(more keys) ");
    terminal.send("sso -\r");
    terminal.expect("(keys) ");
    // With a choice from a list, or without.
    terminal.send("sso -q\r");
    terminal.expect("now: keys");
    terminal.expect("more keys");
    terminal.send("more\r");
    terminal.expect("(more keys) ");
    terminal.send("sso\r");
    terminal.expect("now: more keys");
    terminal.expect("ends");
    terminal.send("\u{3}");
    terminal.expect("nothing was chosen");
    terminal.expect("(more keys) ");
    terminal.send("sso -\r");
    terminal.expect("now keys");
    terminal.expect("(keys) ");
    // Late enough that they must be renewed; meanwhile there are new ones.
    terminal.send("sso ends\r");
    terminal.expect("(ends 59m) ");
    answer(&home, "ASIASECOND", TimeDelta::seconds(3570));
    terminal.send(&past(name));
    terminal.expect("(ends 59m) ");
    terminal.send(SHOW);
    terminal.expect("<ASIASECOND>");
    // A failure is reported once, and the old ones stay.
    std::fs::remove_file(home.path("answer.json")).expect("a file");
    terminal.send(&past(name));
    terminal.expect("the credential_process of profile `ends` failed");
    terminal.expect("(ends expired) ");
    terminal.send(SHOW);
    terminal.expect("<ASIASECOND>");
    terminal.send(SHOW);
    let shown = terminal.expect("<ASIASECOND>");
    assert!(!shown.contains("error"), "{name}: {shown:?}");
    // Keys from elsewhere are not renewed.
    answer(&home, "ASIATHIRD", TimeDelta::seconds(3570));
    terminal.send("sso ends\r");
    terminal.expect("(ends 59m) ");
    terminal.send(&(set(name, "AWS_ACCESS_KEY_ID", "AKIAOTHER") + "\r"));
    terminal.send(&past(name));
    terminal.expect("(ends expired) ");
    terminal.send(SHOW);
    terminal.expect("<AKIAOTHER>");
    terminal.send("sso --unset\r");
    terminal.send(SHOW);
    terminal.expect("<>");
    terminal.send("exit\r");
}

#[test]
fn bash() {
    prompts("bash");
}

#[test]
fn zsh() {
    prompts("zsh");
}

#[test]
fn fish() {
    prompts("fish");
}

/// It redraws only the parts of a prompt that have changed.
#[test]
fn elvish() {
    let home = home();
    let home = home.file("unusual-file", "");
    let words = "use str; fn ssowrap {|@words| echo '<'(str:join '><' $words)'>' }";
    let Some(terminal) = shell(&home, "elvish", "", words) else { return };
    terminal.send("sso ends\r");
    terminal.expect("59m) ");
    terminal.send("sso ke\t\r\r");
    terminal.expect("keys) ");
    terminal.send("sso -\r");
    terminal.expect("59m) ");
    terminal.send("sso\r");
    terminal.expect("now: ends");
    terminal.expect("more keys");
    terminal.send("more\r");
    terminal.expect("now more keys");
    terminal.expect("keys) ");
    terminal.send("sso -q ends\r");
    terminal.expect("59m) ");
    terminal.send("sso no-such\r");
    terminal.expect("there is no profile `no-such`");
    answer(&home, "ASIASECOND", TimeDelta::seconds(3570));
    terminal.send(&past("elvish"));
    terminal.send(SHOW);
    terminal.expect("<ASIASECOND>");
    std::fs::remove_file(home.path("answer.json")).expect("a file");
    terminal.send(&past("elvish"));
    terminal.expect("the credential_process of profile `ends` failed");
    terminal.expect("expired) ");
    terminal.send(SHOW);
    terminal.expect("<ASIASECOND>");
    terminal.send("sso -c ends\r");
    terminal.expect("`ssowrap -p ends console` opens the AWS console");
    terminal.send("sso --unset\r");
    terminal.expect("this shell no longer has credentials");
    terminal.send("sso --current\r");
    terminal.expect("this shell has no profile");
    terminal.send(SHOW);
    terminal.expect("<>");
    // Words and commands: Enter accepts what is offered.
    for (typed, arguments) in [
        ("ssowrap -p mo", "<-p><more keys>"),
        ("ssowrap --color nev", "<--color><never>"),
        ("ssowrap exec -- cat unus", "<exec><--><cat><unusual-file>"),
    ] {
        terminal.send(&format!("{typed}\t\r\r"));
        terminal.expect(arguments);
    }
    terminal.send("exit\r");
}

/// Identity Center credentials that last only for seconds.
#[test]
fn new_ones_are_there_before_the_old_ones_end() {
    for name in ["bash", "zsh", "fish"] {
        let lifetime = Some(Duration::from_secs(4));
        let home =
            Home::with_options(Options { credential_lifetime: lifetime, ..Options::default() });
        let home = home.config(DEV).login("corp");
        let Some(terminal) = shell(&home, name, "", "") else { continue };
        let key = || {
            // A prompt is drawn each time.
            terminal.send(SHOW);
            terminal.expect("<ASIA");
            terminal.expect(">")
        };
        terminal.send("sso dev\r");
        let first = key();
        let started = Instant::now();
        while key() == first {
            assert!(started.elapsed() < TIMEOUT, "{name} never renews");
        }
        assert!(home.aws().count("GetRoleCredentials") >= 2);
        terminal.send("exit\r");
    }
}

/// Other prompt hooks still run and see the status, and no program is started for them.
#[test]
fn other_hooks_stay() {
    let hook = "hook() { echo \"[hook $?]\"; }\n";
    let bash = "PS1='[status $?] % '";
    let zsh = "PROMPT='[status %?] %% '";
    for (name, before, behind) in [
        ("bash", format!("{hook}PROMPT_COMMAND=hook"), bash.to_owned()),
        ("bash", format!("{hook}PROMPT_COMMAND='hook ; '"), bash.to_owned()),
        ("bash", hook.to_owned(), format!("{bash}; PROMPT_COMMAND+=$'\\nhook'")),
        (
            "bash",
            format!("{hook}PROMPT_COMMAND=(other=1)"),
            format!("{bash}; PROMPT_COMMAND+=(hook)"),
        ),
        (
            "bash",
            format!("{hook}PROMPT_COMMAND=hook; set -u; IFS=:; shopt -s extglob nocasematch"),
            bash.to_owned(),
        ),
        ("zsh", format!("{hook}precmd_functions=(hook)"), zsh.to_owned()),
        (
            "zsh",
            format!("{hook}precmd() {{ hook; }}; setopt ksh_arrays no_unset prompt_subst"),
            zsh.to_owned(),
        ),
    ] {
        let home = home();
        // Evaluated twice, as if the user had reloaded the settings.
        let behind = format!("eval \"$(ssowrap init {name} {OPTIONS})\"\n{behind}");
        let Some(terminal) = shell(&home, name, &before, &behind) else { continue };
        terminal.send("sso ends\r");
        terminal.expect("(ends 59m) [status 0] % ");
        terminal.send("PATH=/nowhere\r");
        terminal.expect("(ends 59m) [status 0] % ");
        terminal.send("(exit 7)\r");
        terminal.expect("[hook 7]");
        let shown = terminal.expect("(ends 59m) [status 7] % ");
        assert!(!shown.contains("not found") && !shown.contains("[hook"), "{before}: {shown:?}");
        terminal.send("exit\r");
    }
}

/// A name is shown, not evaluated, and doesn't move the cursor.
#[test]
fn names_are_shown_as_they_stand() {
    let hostile = "a$(touch pwned)`touch pwned`%n!\\w\u{1b}[2J\u{202e}\u{e9}";
    for name in ["bash", "zsh", "fish", "elvish"] {
        let home = home().env("SSOWRAP_PROFILE", hostile);
        let before = if name == "zsh" { "setopt prompt_subst prompt_bang" } else { "" };
        let Some(terminal) = start(&home, name, before, "") else { continue };
        terminal.expect("(a$(touch pwned)");
        let shown = terminal.expect("\u{e9}) ");
        assert!(!shown.contains(['\u{1b}', '\u{202e}']), "{name}: {shown:?}");
        terminal.send("exit\r");
        terminal.ends();
        assert!(!home.path("pwned").exists(), "{name}");
    }
}
