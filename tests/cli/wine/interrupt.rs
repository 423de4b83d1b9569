//! Ctrl-C in a console.

use super::{Windows, program};
use crate::support::{Home, KEYS};

/// The command hears it, and ssowrap ends as the command does.
#[test]
fn is_for_the_command() {
    let Some(windows) = Windows::start(Home::new().config(KEYS)) else { return };
    let [interrupt, ssowrap] = ["interrupt.exe", "ssowrap.exe"].map(program);
    let begun = r"C:\users\bin\begun";
    let line = [begun, &ssowrap, "-p", "keys", "exec", "--", &interrupt, "wait", begun];
    let output = windows.tool("interrupt.exe", &line).report();
    assert_eq!(output.status.code(), Some(42), "{}", output.stderr);
}
