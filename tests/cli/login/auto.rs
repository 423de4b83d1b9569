//! `--login auto`: signs in when a login is missing, if there is somebody to do it.

use std::fs;
use std::net::TcpListener;

use fake_aws::{Consent, Fault, MARKERS};

use super::person::{SigningIn, open};
use super::{files, free_port, home};
use crate::clients::installed;
use crate::crowd::Running;
use crate::entries::{CHAIN, asked, last_issued};
use crate::support::{DEV, Home, Run, SSOWRAP, Token, token_file, tool, until};
use crate::terminal::Terminal;

/// The first message.
const MISSING: &str = "profile `dev` needs a login: there is no token for sso-session `corp` (";

/// The start of the errors without a login.
const NO_LOGIN: &str = "error: profile `dev` needs a login: ";

/// The hint if nobody is there.
pub(super) const BY_HAND: &str = "hint: run `ssowrap login --sso-session corp`\n";

/// A home without a token, and a browser that only records its URL.
pub(super) fn noting() -> Home {
    let home = home()
        .script("browser", "#!/bin/sh\nprintf '%s\\n' \"$1\" >> \"$HOME/opened\"\n")
        .env("NO_COLOR", "1");
    let browser = home.path("browser");
    home.env("BROWSER", browser)
}

/// The URLs that browsers were started with so far.
pub(super) fn opened(home: &Home) -> Vec<String> {
    let text = fs::read_to_string(home.path("opened")).unwrap_or_default();
    text.lines().map(str::to_owned).collect()
}

/// The URL of the `n`th browser, from 1, once it has started.
pub(super) fn shown(home: &Home, n: usize) -> String {
    until("the browser", || opened(home).into_iter().nth(n - 1))
}

/// Runs ssowrap without any terminal, whatever the tests run on.
pub(super) fn detached<'a>(home: &'a Home, arguments: &[&str]) -> Option<Run<'a>> {
    let setsid = tool("setsid")?;
    Some(home.tool(setsid, [&[SSOWRAP], arguments].concat()))
}

/// `credential-process --login auto` without a terminal.
pub(super) fn helper(home: &Home) -> Option<Running> {
    detached(home, &["-p", "dev", "credential-process", "--login", "auto"]).map(Running::of)
}

/// The same, waiting for another process's login.
pub(super) fn waiting(home: &Home) -> SigningIn {
    let arguments = ["-v", "-p", "dev", "credential-process", "--login", "auto"];
    let mut helper = SigningIn::start(detached(home, &arguments).expect("setsid"));
    helper.line("info: another ssowrap is signing in to sso-session `corp`: waiting for it");
    helper
}

/// The key in a helper's output.
pub(super) fn key(stdout: &[u8]) -> String {
    let printed: serde_json::Value = serde_json::from_slice(stdout).expect("JSON");
    printed["AccessKeyId"].as_str().expect("a key").to_owned()
}

/// Reads the messages of a login on a terminal up to its URL.
pub(super) fn url_on(terminal: &Terminal) -> String {
    terminal.expect("signing in to sso-session `corp` in the browser");
    terminal.expect("if no browser opens, open this URL:\r\n");
    let url = terminal.expect("\r\n");
    terminal.expect("left (Ctrl-C cancels)");
    url
}

fn port_of(url: &str) -> String {
    SigningIn::callback(url).replace("http://", "").replace("/oauth/callback", "")
}

/// The user types the line from the manual into a shell.
#[test]
fn in_an_eval() {
    for (shell, options) in
        [("bash", &["--norc", "--noprofile", "-i"][..]), ("dash", &["-i"]), ("zsh", &["-f", "-i"])]
    {
        let Some(shell) = tool(shell) else { continue };
        let home = noting();
        let terminal = Terminal::start(home.tool(shell, options).env("PS1", "$ "));
        terminal.send("eval \"$(ssowrap -p dev export)\"\n");
        terminal.expect(MISSING);
        let url = url_on(&terminal);
        assert_eq!(shown(&home, 1), url);
        assert_eq!(open(&url).status, 200);
        let rest = terminal.expect("signed in to sso-session `corp` until ");
        assert!(rest.ends_with("\r\x1b[K"), "the status line stays: {rest:?}");
        terminal.send("echo \"got=$AWS_ACCESS_KEY_ID\"\n");
        terminal.expect("got=ASIA");
        let key = format!("ASIA{}", terminal.expect("\r\n"));
        assert_eq!(key, last_issued(&home, "GetRoleCredentials"));
        terminal.send("exit 7\n");
        assert_eq!(terminal.ends().0.code(), Some(7));
    }
}

/// Ctrl-C cancels the login, and the shell continues without credentials.
#[test]
fn interrupted_in_an_eval() {
    let Some(bash) = tool("bash") else { return };
    let home = noting();
    let bash = home.tool(bash, ["--norc", "--noprofile", "-i"]).env("PS1", "$ ");
    let terminal = Terminal::start(bash);
    terminal.send("eval \"$(ssowrap -p dev export)\"\n");
    let port = port_of(&url_on(&terminal));
    terminal.send("\x03");
    terminal.expect("interrupted\r\n");
    terminal.send("echo \"code=$? key=$AWS_ACCESS_KEY_ID.\"\n");
    terminal.expect("code=130 key=.");
    TcpListener::bind(port).expect("the port is free again");
    assert!(!home.path(&token_file("corp")).exists());
    assert_eq!(files(&home).len(), 1, "the registration alone");
    terminal.send("exit\n");
    terminal.ends();
}

/// Asking for the accounts of a login by its name reports no missing file.
#[test]
fn a_first_sign_in_has_no_reason_but_itself() {
    let ended = Token::new().without_refresh().expires_at("2020-01-01T00:00:00Z");
    for (home, is_told) in [(noting(), false), (noting().token("corp", &ended), true)] {
        let terminal = Terminal::start(home.run(["--sso-session", "corp", "accounts"]));
        let before = terminal.expect("signing in to sso-session `corp` in the browser");
        assert_eq!(before.contains("a login is needed: "), is_told, "{before}");
        terminal.send("\x03");
        assert_eq!(terminal.ends().0.code(), Some(130));
    }
}

/// Ctrl-C before a command: it is not run, and all locks are released.
#[test]
fn interrupted_before_a_command() {
    for arguments in [&["exec"][..], &["exec", "--renew"]] {
        let home = noting();
        let arguments = [&["-p", "dev"], arguments, &["--", "touch", "ran"]].concat();
        let terminal = Terminal::start(home.run(&arguments));
        let port = port_of(&url_on(&terminal));
        terminal.send("\x03");
        let (status, said) = terminal.ends();
        assert_eq!(status.code(), Some(130));
        assert!(said.ends_with("\r\x1b[Kinterrupted\r\n"), "{said:?}");
        TcpListener::bind(port).expect("the port is free again");
        assert!(!home.path("ran").exists() && !home.path(&token_file("corp")).exists());
        assert_eq!(files(&home).len(), 1, "the registration alone");
        // The lock is free, so another sign-in starts at once.
        let said = super::sign_in(home.run(["-p", "dev", "login"]));
        assert!(!said.contains("another ssowrap"), "{said}");
        assert!(Terminal::start(home.run(&arguments)).ends().0.success());
        assert!(home.path("ran").exists());
    }
}

/// The command then runs as requested.
#[test]
fn before_a_command() {
    for options in [&["exec"][..], &["exec", "--renew"]] {
        let home = noting();
        let script = "echo \"got=$AWS_ACCESS_KEY_ID$AWS_CONTAINER_CREDENTIALS_FULL_URI\"; exit 9";
        let arguments = [&["-p", "dev"], options, &["sh", "-c", script]].concat();
        let terminal = Terminal::start(home.run(arguments));
        terminal.expect(MISSING);
        open(&url_on(&terminal));
        terminal.expect(match options.len() {
            1 => "got=ASIA",
            _ => "got=http://127.0.0.1:",
        });
        let (status, rest) = terminal.ends();
        assert_eq!(status.code(), Some(9));
        assert!(!MARKERS.iter().any(|marker| rest.contains(marker)), "{rest:?}");
        assert_eq!(asked(&home).len(), 4);
    }
}

/// The login at the base of a role chain. The MFA code is asked for after it.
#[test]
fn below_a_chain_of_roles() {
    let serial = "arn:aws:iam::123456789012:mfa/me";
    let home = noting()
        .config(&CHAIN.replace("role/Deploy\n", &format!("role/Deploy\nmfa_serial = {serial}\n")));
    home.aws().require_mfa("arn:aws:iam::210987654321:role/Deploy", serial, "123456");
    let terminal = Terminal::start(home.run(["-p", "deep", "export"]));
    open(&url_on(&terminal));
    terminal.expect("Enter MFA code for ");
    terminal.send("123456\n");
    terminal.expect("export AWS_ACCESS_KEY_ID='ASIA");
    assert!(terminal.ends().0.success());
    let expected =
        ["RegisterClient", "Authorize", "CreateToken", "GetRoleCredentials", "AssumeRole Deploy"];
    assert_eq!(asked(&home)[..5], expected);
    // Ctrl-C at that prompt works as usual.
    fs::remove_file(home.path(&token_file("corp"))).expect("a token");
    let terminal = Terminal::start(home.run(["-p", "deep", "export", "--no-cache"]));
    open(&url_on(&terminal));
    terminal.expect("Enter MFA code for ");
    terminal.send("\x03");
    let status = terminal.ends().0;
    let signal = std::os::unix::process::ExitStatusExt::signal(&status);
    assert_eq!(status.code().or(signal.map(|signal| 128 + signal)), Some(130));
}

/// If there is nobody, nothing is started, as if the option didn't exist.
#[test]
fn nobody_at_the_terminal() {
    let home = noting();
    let export = ["-p", "dev", "export"];
    let missing = format!(
        "{NO_LOGIN}there is no token for sso-session `corp` (~/{} does not exist)\n{BY_HAND}",
        token_file("corp")
    );
    home.run(export).fails(3, &missing);
    home.run(["-p", "dev", "exec", "true"]).fails(3, &missing);
    let refuses = |run: Run<'_>| {
        let (status, said) = Terminal::start(run).ends();
        assert_eq!(status.code(), Some(3), "{said:?}");
        assert!(said.starts_with(NO_LOGIN), "{said:?}");
    };
    for ci in ["true", "1", "yes"] {
        refuses(home.run(export).env("CI", ci));
    }
    refuses(home.run(["-p", "dev", "credential-process"]));
    refuses(home.run(["-p", "dev", "export", "--login", "never"]));
    refuses(home.run(export).env("SSOWRAP_LOGIN", "never"));
    refuses(home.run(["--login", "never", "-p", "dev", "export"]).env("SSOWRAP_LOGIN", "auto"));
    // Something that looks like a terminal, but from which no Ctrl-C can come.
    if let Some(setsid) = tool("setsid") {
        refuses(home.tool(setsid, [&["--wait", SSOWRAP], &export[..]].concat()));
    }
    assert_eq!((home.aws().count("*"), opened(&home).len()), (0, 0));
    for (name, value) in [("CI", "false"), ("CI", "0"), ("CI", ""), ("SSOWRAP_LOGIN", "")] {
        let terminal = Terminal::start(home.run(export).env(name, value));
        terminal.expect("signing in to sso-session `corp`");
    }
    // Signing in can't help here.
    let home = noting().login("corp");
    home.aws().fail("GetRoleCredentials", Fault::error(403, "ForbiddenException", "No access"), 1);
    assert_eq!(Terminal::start(home.run(export)).ends().0.code(), Some(5));
    // The second request is for the hint: what the user may use there instead.
    assert_eq!(asked(&home), ["GetRoleCredentials", "ListAccountRoles"]);
}

#[test]
fn what_cannot_be_meant() {
    let home = noting();
    let output = home.run(["-p", "dev", "export", "--login", "sometimes"]).output();
    assert_eq!(output.status.code(), Some(2));
    assert!(output.stderr.starts_with("error: invalid value `sometimes` for `--login`"));
    for verb in ["export", "credential-process"] {
        home.run(["-p", "dev", verb]).env("SSOWRAP_LOGIN", "Auto").fails(
            2,
            "error: SSOWRAP_LOGIN `Auto` is neither `auto` nor `never`\nhint: set it to one of them, \
             or unset it\n",
        );
    }
    let Some(run) = detached(&home, &["-p", "dev", "export", "--login", "auto"]) else { return };
    run.env("SSOWRAP_CALLBACK_PORT", "http").fails(
        2,
        "error: SSOWRAP_CALLBACK_PORT `http` is not a port\nhint: set it to a number from 1 to \
         65535, or unset it\n",
    );
}

/// With an explicit option, it works without a terminal too: an SDK starts the helper, and the user
/// sees only the browser.
#[test]
fn without_a_terminal() {
    let home = noting();
    let arguments = ["-p", "dev", "credential-process"];
    let port = free_port();
    let Some(run) = detached(&home, &arguments) else { return };
    let run = run.env("SSOWRAP_LOGIN", "auto").env("SSOWRAP_CALLBACK_PORT", &port);
    let helper = Running::of(run.env("CI", "true"));
    let url = shown(&home, 1);
    assert_eq!(SigningIn::callback(&url), format!("http://127.0.0.1:{port}/oauth/callback"));
    assert_eq!(open(&url).status, 200);
    let ended = helper.ends();
    assert!(ended.status.success(), "{}", ended.stderr);
    assert_eq!(key(&ended.stdout), last_issued(&home, "GetRoleCredentials"));
    let said: Vec<_> = ended.stderr.lines().collect();
    assert!(said[0].starts_with(MISSING), "{said:?}");
    assert_eq!(
        said[1..3].join(" "),
        format!(
            "signing in to sso-session `corp` in the browser, which reports back to port {port} if \
             no browser opens, open this URL:"
        )
    );
    assert_eq!(said[3], url);
    assert!(said[4].starts_with("signed in to sso-session `corp` until "), "{said:?}");
    assert_eq!(said.len(), 5);
}

/// A real SDK waits for it, and gets the result.
#[test]
fn started_by_an_sdk() {
    let (Some(setsid), Some(python)) = (tool("setsid"), installed("python/bin/python")) else {
        return;
    };
    let command = format!("{SSOWRAP} -p dev credential-process --login auto");
    let config = format!("{DEV}[profile tools]\ncredential_process = {command}\n");
    let home = noting().config(&config);
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/clients/identity.py");
    let url = home.aws().url();
    let arguments = [python.as_os_str(), script.as_ref(), "tools".as_ref(), url.as_ref()];
    let sdk = Running::of(home.tool(setsid, arguments));
    assert_eq!(open(&shown(&home, 1)).status, 200);
    let ended = sdk.ends();
    assert!(ended.status.success(), "{}", ended.stderr);
    let arn = "arn:aws:sts::123456789012:assumed-role/AWSReservedSSO_Admin_";
    assert!(String::from_utf8_lossy(&ended.stdout).starts_with(arn));
}

/// With neither a user nor a browser, nothing is waited for.
#[test]
fn neither_a_browser_nor_a_terminal() {
    let home = noting();
    let run = || detached(&home, &["-p", "dev", "credential-process", "--login", "auto"]);
    let Some(none) = run() else { return };
    let missing = run().expect("setsid").env("BROWSER", "no-such-browser");
    for run in [none.without("BROWSER"), missing] {
        run.fails(
            3,
            &format!(
                "{NO_LOGIN}there is no token for sso-session `corp` (~/{} does not \
                 exist)\n{BY_HAND}hint: not signing in: there is neither a browser nor a \
                 terminal\n",
                token_file("corp")
            ),
        );
    }
    assert_eq!(home.aws().count("*"), 0);
    let alone = "error: nobody can approve the login of sso-session `corp`: there is neither a \
                 browser nor a terminal\nhint: in a terminal, run `ssowrap login --sso-session \
                 corp`\n";
    // It is found, but its interpreter is not.
    let home = noting().script("broken", "#!/no/such/shell\n");
    let run = || detached(&home, &["-p", "dev", "credential-process", "--login", "auto"]);
    let broken = run().expect("setsid").env("BROWSER", home.path("broken")).output();
    let warning = "warning: cannot start the browser `~/broken`: No such file";
    assert!(broken.stderr.contains(warning), "{}", broken.stderr);
    let home = noting();
    let run = || detached(&home, &["-p", "dev", "credential-process", "--login", "auto"]);
    let failing = run().expect("setsid").env("BROWSER", "false").output();
    let warning = "warning: the browser `false` failed (exit status: 1)";
    assert!(failing.stderr.contains(warning), "{}", failing.stderr);
    for output in [broken, failing] {
        assert_eq!(output.status.code(), Some(3));
        assert!(output.stderr.ends_with(alone), "{}", output.stderr);
    }
}

/// If another program reads a helper's stderr, the helper talks on the terminal. Its warnings and
/// errors go to stderr.
#[test]
fn beside_stderr() {
    let home = noting();
    home.aws().set_consent(Consent::Ask);
    let script = "ssowrap -p dev credential-process --login auto >out 2>err";
    let sh = home.tool("sh", ["-c", script]).without("BROWSER").env("LANG", "C.UTF-8");
    let terminal = Terminal::start(sh);
    terminal.expect("signing in to sso-session `corp` with a code: there is no display\r\n");
    let shown = terminal.expect("▀▀▀");
    assert!(shown.contains("check that it shows the code"), "{shown:?}");
    assert_eq!(home.aws().approve_devices(None), 1);
    let rest = terminal.expect("signed in to sso-session `corp` until ");
    assert!(!rest.contains("left (Ctrl-C cancels)"), "{rest:?}");
    assert!(terminal.ends().0.success());
    assert_eq!(fs::read_to_string(home.path("err")).expect("a file"), "");
    let out = fs::read(home.path("out")).expect("a file");
    assert_eq!(key(&out), last_issued(&home, "GetRoleCredentials"));
}
