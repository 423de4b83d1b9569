//! Checks with a grammar that the output for PowerShell is valid, because `tests/run` can't install
//! PowerShell itself.

use crate::clients::installed;
use crate::support::{DEV, Home, KEYS};

#[test]
fn scripts_and_lines() {
    let Some(python) = installed("python/bin/python") else { return };
    let home = Home::with_aws().config(&format!("{DEV}{KEYS}")).login("corp");
    let problems = |script: &str| {
        let grammar = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/clients/powershell.py");
        let output = home.tool(&python, [grammar]).stdin(script).report();
        format!("{}{}", output.stdout(), output.stderr)
    };
    assert_ne!(problems("if ($x { $y = 1 }\n"), "");
    let lines = ["export", "--format", "powershell"];
    let runs = [
        home.run(["init", "powershell"]),
        home.run(["init", "powershell", "--auto-refresh", "--prompt"]),
        home.run(["completions", "powershell"]),
        home.run(["-p", "dev"].iter().chain(&lines)),
        home.run(["-p", "keys"].iter().chain(&lines)),
        home.run(lines.iter().chain(&["--unset"])),
        home.run(["-p", "dev"].iter().chain(&lines).chain(&["--prefix", "B_"])),
    ];
    for run in runs {
        let script = run.succeeds();
        assert_eq!(problems(script.stdout()), "", "{}", script.stdout());
    }
}
