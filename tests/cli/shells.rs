//! Real shells evaluate the output of `export`.

mod path;
mod profile;

use std::path::PathBuf;

use proptest::prelude::*;

use crate::clients::installed;
use crate::formats::{Triple, few_cases, home_with, triples};
use crate::support::{DEV, Home, KEYS, tool};

/// Characters that shells might execute, expand, split, strip or join.
const HOSTILE: [&str; 20] = [
    "plain",
    "it's",
    "'",
    "''''",
    "'; touch pwned; '",
    "$(touch pwned) `touch pwned` ${HOME} $HOME $$ $'x'",
    "a \"double\" quote and \"$(touch pwned)\"",
    "back\\slash \\' \\\\ \\n",
    "line one\nline two\n\n",
    "\n",
    "carriage\r\nreturn\r",
    "tab\tand  blanks ",
    "bang!! !touch !$ #hash ~ %s %n",
    "* ? [a-z] {a,b} ; & | < > ( )",
    "-n -e --",
    "équipe 漢字 \u{1F600} \u{202e} \u{85}",
    "\u{1b}[2J\u{7}\u{7f}\u{1}",
    "‘; touch pwned; ’ ‚ ‛ “ ” „",
    "!touch pwned\n^a^b\n~\n",
    "\\",
];

/// A shell, and how it reads the lines of `export`.
struct Shell {
    program: &'static str,
    /// Options that change how it reads quotes, or keep it from reading its startup files.
    options: &'static [&'static str],
    format: &'static str,
    /// The code that evaluates the output of `{}`.
    evaluate: &'static str,
    /// Locales in which it accepts any text.
    locales: &'static [&'static str],
}

const BOTH: &[&str] = &["C.UTF-8", "C"];

const fn posix(program: &'static str, options: &'static [&'static str]) -> Shell {
    Shell { program, options, format: "sh", evaluate: "eval \"$({})\"", locales: BOTH }
}

const SHELLS: [Shell; 12] = [
    posix("bash", &[]),
    posix("bash", &["--posix"]),
    posix("bash", &["-H", "-eu"]),
    posix("dash", &["-eu"]),
    posix("zsh", &["-eu"]),
    posix("zsh", &["-o", "rcquotes", "-o", "extendedglob", "-o", "bashrematch"]),
    posix("ksh", &["-eu"]),
    posix("mksh", &["-eu"]),
    posix("busybox", &["sh", "-eu"]),
    // It works on characters and refuses bytes that are not valid in its locale.
    Shell { locales: &["C.UTF-8"], ..posix("yash", &["-eu"]) },
    Shell { evaluate: ALL_EXPORT, format: "env-no-export", ..posix("bash", &["-eu"]) },
    Shell { evaluate: ALL_EXPORT, format: "env-no-export", ..posix("dash", &["-eu"]) },
];

const ALL_EXPORT: &str = "set -a; eval \"$({})\"; set +a";

const OTHER_SHELLS: [Shell; 7] = [
    Shell {
        program: "fish",
        options: &["--no-config"],
        format: "fish",
        evaluate: "{} | source",
        locales: BOTH,
    },
    Shell {
        program: "fish",
        options: &["--no-config"],
        format: "fish",
        evaluate: "eval ({})",
        locales: BOTH,
    },
    Shell {
        program: "tcsh",
        options: &["-f"],
        format: "tcsh",
        evaluate: "eval \"`{}`\"",
        locales: BOTH,
    },
    Shell {
        program: "tcsh",
        options: &["-f"],
        format: "tcsh",
        evaluate: "set backslash_quote; eval \"`{}`\"",
        locales: BOTH,
    },
    Shell {
        program: "elvish",
        options: &["-norc"],
        format: "elvish",
        evaluate: "eval ({} | slurp)",
        locales: BOTH,
    },
    Shell {
        program: "xonsh",
        options: &["--no-rc"],
        format: "xonsh",
        // Its own `$(...)` sometimes loses the output of fast programs (0.13, on a busy machine).
        evaluate: "execx(__import__('subprocess').check_output('{}'.split(), text=True))",
        locales: BOTH,
    },
    Shell {
        program: "nu",
        options: &["-n"],
        format: "json",
        evaluate: "^{} | from json | load-env",
        locales: BOTH,
    },
];

/// It cannot express a control character.
const CSH: Shell = Shell {
    program: "bsd-csh",
    options: &["-f"],
    format: "tcsh",
    evaluate: "eval \"`{}`\"",
    locales: BOTH,
};

/// It reads the files before it runs anything.
const NU: Shell = Shell {
    program: "nu",
    options: &["-n"],
    format: "nushell",
    evaluate: "source {}",
    locales: BOTH,
};

/// Shows the variables, separated by NULs.
const SHOW: &str = "\
printf '%s\\0' \"$AWS_ACCESS_KEY_ID\" \"$AWS_SECRET_ACCESS_KEY\" \"$AWS_SESSION_TOKEN\"
";

impl Shell {
    fn find(&self) -> Option<PathBuf> {
        match self.program {
            "nu" => installed("node/node_modules/@nushell/linux-x64/bin/nu"),
            program => tool(program),
        }
    }

    /// The option for its format, if ssowrap does not choose that by itself.
    fn chosen_format(&self) -> String {
        match self.format {
            "json" | "env-no-export" => format!(" --format {}", self.format),
            _ => String::new(),
        }
    }

    /// The code that evaluates the output of `command`.
    fn evaluate(&self, command: &str) -> String {
        self.evaluate.replace("{}", command)
    }

    /// Evaluates the output of each of `commands` in one shell, one after the other, and compares
    /// the shell's environment with `expected`.
    fn evaluates(&self, home: &Home, commands: &[String], expected: &[Triple]) {
        let Some(program) = self.find() else { return };
        let script: String = commands
            .iter()
            .map(|command| format!("{}\nsh show\n", self.evaluate(command)))
            .collect();
        home.write("script", script);
        for locale in self.locales {
            let output =
                home.tool(&program, self.options.iter().chain(&["script"])).env("LC_ALL", locale);
            let output = output.succeeds();
            let shown = String::from_utf8(output.stdout).expect("UTF-8");
            let values: Vec<&str> = shown.split_terminator('\0').collect();
            let values: Vec<_> = values.chunks(3).collect();
            let (name, options) = (self.program, self.options);
            assert_eq!(values.len(), expected.len(), "{name} {options:?} {locale}");
            for (values, expected) in values.iter().zip(expected) {
                assert_eq!(values, expected, "{name} {options:?} {locale}");
            }
            assert!(!home.path("pwned").exists(), "{name} {options:?} {locale} executed something");
        }
    }
}

fn fixed() -> Vec<Triple> {
    let at = |i: usize| HOSTILE[i % HOSTILE.len()].to_owned();
    (0..HOSTILE.len()).map(|i| [at(i), at(i + 5), at(i + 7)]).collect()
}

/// The shell runs ssowrap without an option, and ssowrap recognises it.
fn by_itself(shell: &Shell, values: &[Triple]) {
    let format = shell.chosen_format();
    let ask = |i| format!("ssowrap -p p{i} export{format}");
    let commands: Vec<String> = (0..values.len()).map(ask).collect();
    shell.evaluates(&home_with(values).file("show", SHOW), &commands, values);
}

#[test]
fn exact_bytes_come_back_from_posix_shells() {
    for shell in &SHELLS {
        by_itself(shell, &fixed());
    }
}

#[test]
fn exact_bytes_come_back_from_other_shells() {
    for shell in &OTHER_SHELLS {
        by_itself(shell, &fixed());
    }
    let has_control = |value: &String| value.contains(|c: char| c.is_ascii_control());
    let values: Vec<Triple> =
        fixed().into_iter().filter(|triple| !triple.iter().any(has_control)).collect();
    assert!(values.len() > 5);
    by_itself(&CSH, &values);
}

/// Writes the output of `export` for each profile in a format to files. Returns their names.
fn write_all(home: &Home, format: &str, count: usize) -> Vec<String> {
    let write = |i: usize| {
        let run = home.run(["-p", &format!("p{i}"), "export", "--format", format]);
        let name = format!("{i}.{format}.out");
        home.write(&name, run.succeeds().stdout);
        name
    };
    (0..count).map(write).collect()
}

/// Every shell evaluates the output for `values`.
fn all_evaluate(values: &[Triple]) {
    let home = home_with(values).file("show", SHOW);
    let formats = ["sh", "env-no-export", "fish", "tcsh", "elvish", "xonsh", "json", "nushell"];
    let files = formats.map(|format| (format, write_all(&home, format, values.len())));
    for shell in SHELLS.iter().chain(&OTHER_SHELLS).chain([&NU]) {
        let (_, files) = files.iter().find(|(f, _)| *f == shell.format).expect("a format");
        let command = |file: &String| match shell.format {
            "nushell" => file.clone(),
            _ => format!("cat {file}"),
        };
        let commands: Vec<String> = files.iter().map(command).collect();
        shell.evaluates(&home, &commands, values);
    }
}

#[test]
fn exact_bytes_come_back_from_files_that_nushell_sources() {
    let values = fixed();
    let home = home_with(&values).file("show", SHOW);
    NU.evaluates(&home, &write_all(&home, "nushell", values.len()), &values);
}

proptest! {
    #![proptest_config(few_cases())]

    /// Many values per case, because starting a shell takes longer than reading them.
    #[test]
    fn exact_bytes_come_back_whatever_they_are(values in triples(1..24)) {
        all_evaluate(&values);
    }
}

#[test]
fn names_of_profiles_are_quoted_too() {
    let name = "it's $(touch pwned)`touch pwned`!\\";
    let config =
        "[profile \"it's $(touch pwned)`touch pwned`!\\\\\"]\ncredential_process = cat 0.json\n";
    let keys = ["AKIA".to_owned(), "FAKEsecret".to_owned(), "FAKEtoken".to_owned()];
    for shell in ["bash", "dash", "zsh"] {
        let Some(program) = tool(shell) else { continue };
        let home = home_with(std::slice::from_ref(&keys)).config(config);
        let script = "eval \"$(ssowrap -p \"$1\" export)\"; \
                      exec /bin/sh -c 'printf \"%s\" \"$SSOWRAP_PROFILE\"'";
        home.tool(program, ["-c", script, "script", name]).prints(name);
        assert!(!home.path("pwned").exists());
    }
}

#[test]
fn unset_removes_what_was_there_even_without_quotes_around_the_substitution() {
    let home = Home::new().config(KEYS);
    let home = home.env("AWS_SESSION_TOKEN", "FAKEtoken").env("AWS_SECURITY_TOKEN", "FAKEtoken");
    for shell in ["bash", "dash", "ksh", "mksh", "yash"] {
        let Some(program) = tool(shell) else { continue };
        for substitution in ["\"$(ssowrap -p keys export)\"", "$(ssowrap -p keys export)"] {
            let script = format!(
                "eval {substitution}; exec /bin/sh -c 'echo ${{AWS_SESSION_TOKEN-gone}} \
                 ${{AWS_SECURITY_TOKEN-gone}} $AWS_ACCESS_KEY_ID $AWS_SECRET_ACCESS_KEY'"
            );
            home.tool(&program, ["-c", &script]).prints("gone gone AKIAEXAMPLE FAKEsecret/+key\n");
        }
    }
}

/// What is left of the variables that `export` sets, in POSIX shell.
const LEFT: &str = "\
env | grep -a '^\\(AWS_[ACDPRS]\\|SSOWRAP\\)' | cut -d= -f1 | sort
echo end
";

#[test]
fn unset_takes_back_what_export_has_set() {
    let home = Home::with_aws().config(DEV).login("corp").file("show", LEFT);
    let set = "AWS_ACCESS_KEY_ID\nAWS_ACCOUNT_ID\nAWS_CREDENTIAL_EXPIRATION\nAWS_DEFAULT_REGION\n\
               AWS_REGION\nAWS_SECRET_ACCESS_KEY\nAWS_SESSION_TOKEN\n";
    let marks = "SSOWRAP_EXPIRES_AT\nSSOWRAP_PROFILE\nSSOWRAP_REGION\nSSOWRAP_RENEW_AT\n";
    let marks_in_files = "SSOWRAP_PROFILE\nSSOWRAP_REGION\n";
    for shell in SHELLS.iter().chain(&OTHER_SHELLS).chain([&CSH]) {
        let Some(program) = shell.find() else { continue };
        let format = shell.chosen_format();
        let export = shell.evaluate(&format!("ssowrap -p dev export{format}"));
        let unset = shell.evaluate(&format!("ssowrap export --unset{format}"));
        // The second time, there is nothing to unset.
        home.write("script", format!("{export}\nsh show\n{unset}\nsh show\n{unset}\nsh show\n"));
        let run = home.tool(&program, shell.options.iter().chain(&["script"]));
        let marks = if shell.format == "env-no-export" { marks_in_files } else { marks };
        run.prints(&format!("{set}{marks}end\nend\nend\n"));
    }
}

/// A script that stops at the first failure goes on, also if nothing was set.
#[test]
fn unset_and_export_succeed() {
    let home = Home::new().config(KEYS);
    for shell in SHELLS.iter().chain(&OTHER_SHELLS).chain([&CSH]) {
        let Some(program) = shell.find() else { continue };
        let format = shell.chosen_format();
        let check = match shell.program {
            "fish" | "tcsh" | "bsd-csh" => "echo $status",
            // They stop at a failure by themselves.
            "elvish" | "xonsh" | "nu" => "echo 0",
            _ => "echo $?",
        };
        for command in ["export --unset", "-p keys export"] {
            let line = shell.evaluate(&format!("ssowrap {command}{format}"));
            home.write("script", format!("{line}\n{check}\n"));
            home.tool(&program, shell.options.iter().chain(&["script"])).prints("0\n");
        }
    }
}
