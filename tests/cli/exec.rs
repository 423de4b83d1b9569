//! `ssowrap exec`.

#![cfg(unix)]

use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::process::ExitStatusExt;

use crate::support::{DEV, Home, KEYS};
use crate::terminal::Terminal;

fn home() -> Home {
    Home::new().config(KEYS).env("AWS_PROFILE", "keys")
}

#[test]
fn the_program_is_replaced() {
    let output = home().run(["exec", "--", "sh", "-c", "echo $$"]).succeeds();
    assert_eq!(output.stdout(), format!("{}\n", output.pid));
}

#[test]
fn exit_codes_and_signals_are_the_commands() {
    let home = home();
    for code in [0, 1, 2, 3, 42, 126, 127, 255] {
        let output = home.run(["exec", "--", "sh", "-c", &format!("exit {code}")]).output();
        assert_eq!(output.status.code(), Some(code));
    }
    for (name, signal) in [("TERM", 15), ("KILL", 9), ("PIPE", 13)] {
        let output = home.run(["exec", "--", "sh", "-c", &format!("kill -{name} $$")]).output();
        assert_eq!(output.status.signal(), Some(signal), "{name}");
    }
}

#[test]
fn a_broken_pipe_kills_the_command_as_usual() {
    // A program that ignores SIGPIPE passes that on to its children, unless it prevents this.
    let home = home();
    let output = home.tool("bash", ["-c", "ssowrap exec yes | head -1; echo ${PIPESTATUS[0]}"]);
    output.prints("y\n141\n");
}

#[test]
fn stdin_belongs_to_the_command() {
    let input: Vec<u8> = (0..=255).cycle().take(100_000).collect();
    let output = home().run(["exec", "cat"]).stdin(input.clone()).succeeds();
    assert!(output.stdout == input);
}

#[test]
fn arguments_pass_byte_for_byte() {
    let home = home();
    let bytes = OsStr::from_bytes;
    let hostile = [
        bytes(b""),
        bytes(b"two words"),
        bytes(b"$(touch pwned)`touch pwned`"),
        bytes(b"caf\xe9 \xff\xfe"),
        bytes(b"--profile"),
        bytes(b"-p"),
        bytes(b"--"),
        bytes(b"*"),
        bytes(b"a\nb"),
    ];
    let print = ["printf", "[%s]"].map(OsStr::new);
    let expected: Vec<u8> =
        hostile.iter().flat_map(|word| [b"[", word.as_bytes(), b"]"].concat()).collect();
    for before in [&["exec", "--"][..], &["exec"], &["-q", "exec", "-p", "keys"]] {
        let arguments = before.iter().map(OsStr::new).chain(print).chain(hostile);
        let output = home.run(arguments).succeeds();
        assert_eq!(output.stdout, expected, "{before:?}");
    }
}

#[test]
fn an_inner_exec_wins() {
    let config = format!(
        "{KEYS}[profile inner]\naws_access_key_id = AKIAINNER\naws_secret_access_key = x\n\
         region = eu-west-1\n"
    );
    let home = home().config(&config);
    let print = "echo $AWS_ACCESS_KEY_ID $AWS_REGION $SSOWRAP_PROFILE";
    let words = ["--region=us-east-1", "exec", "ssowrap", "-p", "inner", "exec", "sh", "-c", print];
    home.run(words).prints("AKIAINNER eu-west-1 inner\n");
}

#[test]
fn options_behind_the_command_are_the_commands() {
    home()
        .run(["exec", "echo", "--help", "-v", "--", "--version", "-p", "x"])
        .prints("--help -v -- --version -p x\n");
    home().run(["exec", "--", "echo", "--", "-p"]).prints("-- -p\n");
}

#[test]
fn the_environment_of_the_command() {
    let mut home = home();
    for name in [
        "AWS_DEFAULT_PROFILE",
        "AWS_SECURITY_TOKEN",
        "AWS_SESSION_TOKEN",
        "AWS_CREDENTIAL_EXPIRATION",
        "AWS_CREDENTIAL_FILE",
        "AWS_BEARER_TOKEN_BEDROCK",
        "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
        "AWS_CONTAINER_CREDENTIALS_FULL_URI",
        "AWS_CONTAINER_AUTHORIZATION_TOKEN",
        "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE",
        "AWS_WEB_IDENTITY_TOKEN_FILE",
        "AWS_ROLE_ARN",
        "AWS_ROLE_SESSION_NAME",
        "AWS_ACCESS_KEY_ID",
        "AWS_SECRET_ACCESS_KEY",
        "SSOWRAP_PROCESS_CHAIN",
        "SSOWRAP_PROFILE",
        "SSOWRAP_REGION",
        "SSOWRAP_ROLE",
        "SSOWRAP_EXPIRES_AT",
        "SSOWRAP_RENEW_AT",
        "UNRELATED",
    ] {
        home = home.env(name, "of-the-caller");
    }
    let run = home.run(["-q", "--region", "eu-west-3", "exec", "env"]);
    let output = run.without("PATH").env("PATH", "/usr/bin:/bin").succeeds();
    let mut lines: Vec<&str> = output.stdout().lines().collect();
    lines.sort_unstable();
    assert_eq!(
        lines,
        [
            "AWS_ACCESS_KEY_ID=AKIAEXAMPLE",
            "AWS_DEFAULT_REGION=eu-west-3",
            "AWS_ENDPOINT_URL=http://127.0.0.1:9",
            "AWS_REGION=eu-west-3",
            "AWS_SECRET_ACCESS_KEY=FAKEsecret/+key",
            "HOME=~",
            "PATH=/usr/bin:/bin",
            "SSOWRAP_PROFILE=keys",
            "SSOWRAP_REGION=eu-west-3:AWS_REGION,AWS_DEFAULT_REGION",
            "TZ=UTC",
            "UNRELATED=of-the-caller",
        ]
    );
}

/// Windows programs get from WSL only the variables named in WSLENV.
#[test]
fn a_program_of_windows_below_wsl() {
    let home = home().script("show.exe", "#!/bin/sh\necho \"${WSLENV-none}\"\n");
    home.run(["exec", "./show.exe"]).prints("none\n");
    let run = home.run(["exec", "./show.exe"]).env("WSL_DISTRO_NAME", "Debian");
    let names = "AWS_ACCESS_KEY_ID/w:AWS_SECRET_ACCESS_KEY/w:SSOWRAP_PROFILE/w";
    run.env("WSLENV", "MINE/p").prints(&format!("MINE/p:{names}\n"));
    let run = home.run(["exec", "sh", "-c", "echo ${WSLENV-none}"]);
    run.env("WSL_DISTRO_NAME", "Debian").prints("none\n");
}

#[test]
fn variables_that_are_not_utf8_pass() {
    let odd = OsStr::from_bytes(b"caf\xe9");
    let output = home().run(["exec", "sh", "-c", "printf %s \"$ODD\""]).env("ODD", odd).succeeds();
    assert_eq!(output.stdout, odd.as_bytes());
}

#[test]
fn temporary_credentials_reach_the_command() {
    let home = Home::with_aws().config(DEV).login("corp");
    let script = "echo $AWS_ACCESS_KEY_ID ${AWS_SESSION_TOKEN:+token} $AWS_CREDENTIAL_EXPIRATION";
    let output = home.run(["-p", "dev", "exec", "sh", "-c", script]).succeeds();
    let words: Vec<&str> = output.stdout().split_whitespace().collect();
    let log = home.aws().log();
    assert_eq!(Some(words[0]), log[0].issued_access_key_id.as_deref());
    assert_eq!((words[1], words[2].len()), ("token", 20));
}

#[test]
fn nothing_runs_without_credentials() {
    let home = Home::new().config(DEV);
    let output = home.run(["-p", "dev", "exec", "touch", "ran"]).output();
    assert_eq!(output.status.code(), Some(3));
    assert!(!home.path("ran").exists());
}

#[test]
fn commands_that_are_not_there() {
    let home = home();
    for (name, hint) in [
        ("no-such-command", "it is not in PATH"),
        ("", "it is not in PATH"),
        ("./no/such/file", "there is no such file"),
        ("terraform apply", "give the command and its arguments as separate words"),
        ("a | b", "to run it in a shell: `-- sh -c 'a | b'`"),
        ("echo 'x' >y", "to run it in a shell: `-- sh -c 'echo '\\''x'\\'' >y'`"),
        ("./a&&./b", "to run it in a shell: `-- sh -c './a&&./b'`"),
    ] {
        home.run(["exec", "--", name])
            .fails(127, &format!("error: `{name}`: command not found\nhint: {hint}\n"));
    }
    home.run(["exec", "no-such-command"])
        .without("PATH")
        .fails(127, "error: `no-such-command`: command not found\nhint: it is not in PATH\n");
    // A directory in PATH is not a command.
    fs::create_dir_all(home.path("bin/folder")).expect("a directory");
    home.run(["exec", "folder"])
        .env("PATH", home.path("bin"))
        .fails(127, "error: `folder`: command not found\nhint: it is not in PATH\n");
}

#[test]
fn commands_that_cannot_be_run() {
    let home = home()
        .file("plain", "#!/bin/sh\n")
        .script("bad", "#!/no/such/interpreter -x\n")
        .script("dos", "#!/bin/sh\r\necho hello\r\n");
    fs::create_dir(home.path("folder")).expect("a directory");
    home.run(["exec", "./folder"]).fails(126, "error: cannot run `./folder`: it is a directory\n");
    home.run(["exec", "./plain"]).fails(
        126,
        "error: cannot run `./plain`: permission denied\n\
         hint: check that ./plain is marked executable, and that its file system allows execution\n",
    );
    home.run(["exec", "plain"]).env("PATH", home.path("")).fails(
        126,
        "error: cannot run `plain`: permission denied\n\
         hint: check that ~/plain is marked executable, and that its file system allows execution\n",
    );
    home.run(["exec", "./plain/x"])
        .fails(126, "error: cannot run `./plain/x`: Not a directory (os error 20)\n");
    home.run(["exec", "./bad"]).fails(
        126,
        "error: cannot run `./bad`: its interpreter `/no/such/interpreter` does not exist\nhint: \
         correct the first line of ./bad\n",
    );
    home.run(["exec", "./dos"]).fails(
        126,
        "error: cannot run `./dos`: its interpreter `/bin/sh\\r` does not exist\nhint: ./dos has \
         Windows line endings: convert it, for example with `dos2unix`\n",
    );
}

/// Without PATH, `env` and shells look in the system's directories.
#[test]
fn commands_are_found_without_a_path() {
    home().run(["exec", "echo", "x"]).without("PATH").prints("x\n");
}

#[test]
fn a_script_without_a_first_line_is_run_by_sh() {
    let home = home().script("script", "echo \"$AWS_ACCESS_KEY_ID $1\"\n");
    home.run(["exec", "./script", "x"]).prints("AKIAEXAMPLE x\n");
}

/// Without a command, it starts the user's shell at a terminal, and fails otherwise.
#[test]
fn without_a_command() {
    let home =
        home().script("shell", "#!/bin/sh\necho \"shell with $AWS_ACCESS_KEY_ID\"; exit 7\n");
    let shell = home.path("shell");
    let terminal = Terminal::start(home.run(["exec"]).env("SHELL", &shell));
    terminal.expect("shell with AKIAEXAMPLE");
    assert_eq!(terminal.ends().0.code(), Some(7));
    home.run(["exec"]).env("SHELL", &shell).fails(
        2,
        "error: `exec` needs a command\n\
         hint: `ssowrap exec -- COMMAND` runs one; at a terminal, `exec` alone starts your shell\n",
    );
    // A missing word: it would be a shell with a file of that name.
    let terminal = Terminal::start(home.run(["exec", "--write-credentials", "terraform"]));
    terminal.expect("without FILE, put `--` before the command");
    assert_eq!(terminal.ends().0.code(), Some(2));
}
