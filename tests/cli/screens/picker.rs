//! The picker.

use super::Screen;
use crate::picker::THREE;
use crate::support::Home;

fn home() -> Home {
    let home = Home::with_aws().config(THREE).login("corp");
    home.run(["accounts"]).succeeds();
    home
}

const LIST: &str = "\
>  alpha  Production  123456789012  Admin
   beta   Staging     210987654321  Developer
   gamma  Sandbox     000000000042  Developer
";

/// What the screen shows after it, in a shell that continues as before.
fn is_as_before(screen: &Screen<'_>, command: &str, code: i32) {
    let said = if code == 130 { "nothing was chosen\n" } else { "" };
    screen.shows(&format!("$ {command}\n{said}code {code}\n$"));
    assert!(screen.has_cursor());
    screen.types("echo still $((1 + 1)) here");
    screen.press("Enter");
    screen.shows(&format!(
        "$ {command}\n{said}code {code}\n$ echo still $((1 + 1)) here\nstill 2 here\n$"
    ));
}

const CHOOSE: &str = "ssowrap __choose > chosen; echo code $?";

#[test]
fn choosing() {
    let home = home();
    let Some(screen) = Screen::start(&home, 80, 20) else { return };
    screen.runs(CHOOSE);
    screen.shows(&format!("$ {CHOOSE}\nprofile>   3/3\n{LIST}"));
    screen.shows_in_colour(&format!(
        "$ {CHOOSE}\nprofile>   \u{1b}[2m3/3\n\u{1b}[0;1m\u{1b}[39m\u{1b}[49m>  alpha  Production  \
         123456789012  Admin\n\u{1b}[0m\u{1b}[39m\u{1b}[49m   beta   Staging     210987654321  \
         Developer\n   gamma  Sandbox     000000000042  Developer"
    ));
    screen.press("Down");
    screen.shows(&format!(
        "$ {CHOOSE}\nprofile>   3/3\n{}",
        LIST.replace(">  alpha", "   alpha").replace("   beta", ">  beta")
    ));
    screen.types("sandb");
    let gamma = ">  gamma  Sandbox     000000000042  Developer";
    screen.shows(&format!("$ {CHOOSE}\nprofile> sandb  1/3\n{gamma}"));
    screen.types("q");
    screen.shows(&format!("$ {CHOOSE}\nprofile> sandbq  0/3"));
    // There is nothing to choose.
    screen.press("Enter");
    screen.press("BSpace");
    screen.shows(&format!("$ {CHOOSE}\nprofile> sandb  1/3\n{gamma}"));
    screen.press("Enter");
    is_as_before(&screen, CHOOSE, 0);
    assert_eq!(std::fs::read_to_string(home.path("chosen")).expect("a file"), "gamma\n");
}

#[test]
fn leaving() {
    let home = home();
    let Some(screen) = Screen::start(&home, 80, 20) else { return };
    for key in ["Escape", "C-c", "C-d"] {
        screen.runs(CHOOSE);
        screen.shows(&format!("$ {CHOOSE}\nprofile>   3/3\n{LIST}"));
        screen.press(key);
        is_as_before(&screen, CHOOSE, 130);
    }
    for (signal, name, code) in [("-TERM", "Terminated", 143), ("-HUP", "Hangup", 129)] {
        screen.runs(CHOOSE);
        screen.shows(&format!("$ {CHOOSE}\nprofile>   3/3\n{LIST}"));
        screen.kills(signal);
        screen.shows(&format!("$ {CHOOSE}\n{name}\ncode {code}\n$"));
        assert!(screen.has_cursor());
    }
}

/// At the bottom of a full screen, it makes room, and gives it back.
#[test]
fn at_the_bottom_of_the_screen() {
    let home = home();
    let Some(screen) = Screen::start(&home, 80, 10) else { return };
    let command = format!("seq 20; {CHOOSE}");
    screen.runs(&command);
    screen.shows(&format!("15\n16\n17\n18\n19\n20\nprofile>   3/3\n{LIST}"));
    screen.press("Down");
    screen.press("Up");
    screen.types("al");
    screen.press("C-u");
    screen.shows(&format!("15\n16\n17\n18\n19\n20\nprofile>   3/3\n{LIST}"));
    screen.press("Escape");
    screen.shows("15\n16\n17\n18\n19\n20\nnothing was chosen\ncode 130\n$");
}

/// Even without colour, the cursor and the shell's current profile are visible.
#[test]
fn without_colour() {
    let home = home().env("NO_COLOR", "1").env("SSOWRAP_PROFILE", "beta");
    let Some(screen) = Screen::start(&home, 80, 20) else { return };
    screen.runs(CHOOSE);
    let list = LIST.replace("   beta", " * beta");
    screen.shows_in_colour(&format!("$ {CHOOSE}\nprofile>   3/3\nnow: beta\n{list}"));
    screen.press("Escape");
    is_as_before(&screen, CHOOSE, 130);
}

#[test]
fn dumb_terminals() {
    let home = home();
    let Some(screen) = Screen::start(&home, 80, 20) else { return };
    let command = format!("TERM=dumb {CHOOSE}");
    let list = "   1  alpha  Production  123456789012  Admin\n   2  beta  Staging  210987654321  \
                Developer\n   3  gamma  Sandbox  000000000042  Developer\n";
    screen.runs(&command);
    screen.shows(&format!("$ {command}\n{list}profile, a number:"));
    screen.types("4");
    screen.press("Enter");
    screen.shows(&format!(
        "$ {command}\n{list}profile, a number: 4\nthat number is not in the list\nprofile, a \
         number:"
    ));
    screen.types("3");
    screen.press("Enter");
    screen.shows(&format!(
        "$ {command}\n{list}profile, a number: 4\nthat number is not in the list\nprofile, a \
         number: 3\ncode 0\n$"
    ));
}

/// Forty columns, names that are wide or right-to-left, changes of size, and a paste.
#[test]
fn narrow_and_wide() {
    let names = "[profile 日本語日本語日本語日本語日本語日本語]\nregion = x\n[profile שלום]\nregion = x\n\
                 [profile e\u{301}te\u{301}]\nregion = x\n";
    let home = home().config(&format!("{THREE}{names}"));
    let Some(screen) = Screen::start(&home, 40, 12) else { return };
    let command = "ssowrap __choose";
    screen.runs(command);
    let narrow = "\
profile>   6/6
>  alpha               Product…  12345…
   beta                Staging   21098…
   gamma               Sandbox   00000…
   日本語日本語日本…
   שלום
   été";
    let wide = "\
profile>   6/6
>  alpha                                 Production  123456789012  Admin
   beta                                  Staging     210987654321  Developer
   gamma                                 Sandbox     000000000042  Developer
   日本語日本語日本語日本語日本語日本語
   שלום
   été";
    screen.shows(&format!("$ {command}\n{narrow}"));
    screen.resizes(100, 12);
    screen.shows(&format!("$ {command}\n{wide}"));
    screen.resizes(100, 5);
    let (three, _) = wide.split_once("\n   日").expect("it is there");
    screen.shows(&format!("$ {command}\n{three}"));
    screen.resizes(100, 12);
    screen.shows(&format!("$ {command}\n{wide}"));
    screen.resizes(40, 12);
    screen.ends_with(narrow);
    // Pasted text is text, whatever it contains: no key, no escape sequence.
    screen.pastes("日本\u{1b}[31m\n語");
    screen.ends_with("profile> 日本[31m語  0/6");
    screen.press("C-u");
    screen.pastes("שלו\r");
    screen.ends_with("profile> שלו  1/6\n>  שלום");
    screen.press("Escape");
    screen.ends_with("nothing was chosen\n$");
}
