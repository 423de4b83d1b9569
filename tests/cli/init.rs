//! `ssowrap init`: the function `sso` in real shells.

use chrono::TimeDelta;
use fake_aws::Account;

use crate::support::{DEV, Home, KEYS, now, timestamp, tool};
use crate::terminal::Terminal;

mod prompt;

/// Two profiles with keys, one of them with a region, and one whose credentials expire.
const CONFIG: &str = "\
[profile more keys]
aws_access_key_id = AKIAMORE
aws_secret_access_key = FAKEsecret
region = eu-west-1

[profile ends]
credential_process = cat answer.json
";

fn home() -> Home {
    let home = Home::new().config(&format!("{KEYS}{CONFIG}"));
    answer(&home, "ASIAFIRST", TimeDelta::seconds(3570));
    home
}

/// Sets what the profile `ends` gives from now on.
fn answer(home: &Home, key: &str, left: TimeDelta) {
    let end = timestamp(now() + left);
    let json = format!(
        "{{\"Version\": 1, \"AccessKeyId\": \"{key}\", \"SecretAccessKey\": \"FAKEsecret\", \
         \"SessionToken\": \"FAKEtoken\", \"Expiration\": \"{end}\"}}"
    );
    home.write("answer.json", json);
}

/// A session of commands that all these shells understand, and its output. `show` prints what
/// programs get, `code` how the last command ended.
const SESSION: &str = "\
sso -; code
sso --current; code
sso keys; code; show
sso -; code; show
sso
sso 'more keys'; show
sso -; show
sso -q -; show
sso -q 'more keys'; sso - -q; show
sso no-such; code; show
sso login; code; show
sso populate; code
sso login --profile keys; code
sso logout no-such; code
sso ends -q; show
sso --current; sso -q
sso --unset; code; show
sso; code
sso -; show
sso -; sso -q -; sso -q --unset; sso --unset -q; show
sso one two; code
sso -x; code
sso -c 'more keys'; code
sso ''; code
sso -q -q; code
sso --help; code
";

const SHOWN: &str = "\
sso: there is no previous profile
1
error: this shell has no profile
hint: `sso PROFILE` loads the credentials of one
1
now keys
0
AKIAEXAMPLE//keys
sso: there is no previous profile
1
AKIAEXAMPLE//keys
keys
now more keys
AKIAMORE/eu-west-1/more keys
now keys
AKIAEXAMPLE//keys
AKIAMORE/eu-west-1/more keys
AKIAEXAMPLE//keys
error: there is no profile `no-such` in ~/.aws/config or ~/.aws/credentials
hint: `ssowrap profiles` lists the profiles; `ssowrap configure` adds more
4
AKIAEXAMPLE//keys
error: there is no profile `login` in ~/.aws/config or ~/.aws/credentials
hint: `ssowrap -p NAME login` signs in
4
AKIAEXAMPLE//keys
error: there is no profile `populate` in ~/.aws/config or ~/.aws/credentials
hint: `ssowrap configure --all` writes a profile for every role you may use
4
error: `sso` has no option `--profile`
hint: `ssowrap -p keys login` signs in
2
error: `sso` takes either a profile or an option, and `-q` with either
hint: `ssowrap -p NAME logout` signs out; `ssowrap logout --all` ends every login
2
ASIAFIRST//ends
ends, until THEN
ends, until THEN
this shell no longer has credentials
0
//
error: this shell has no profile
hint: `sso PROFILE` loads the credentials of one
1
now ends, until THEN
ASIAFIRST//ends
this shell no longer has credentials
//
error: `sso` takes either a profile or an option, and `-q` with either
hint: `sso [-q] [PROFILE | - | --current | --unset]`
2
error: `sso` has no option `-x`
hint: `sso [-q] [PROFILE | - | --current | --unset]`
2
error: `sso` has no option `-c`
hint: `ssowrap -p 'more keys' console` opens the AWS console in a browser
hint: `sso [-q] [PROFILE | - | --current | --unset]`
2
error: `sso` takes either a profile or an option, and `-q` with either
hint: `sso [-q] [PROFILE | - | --current | --unset]`
2
error: `sso` takes either a profile or an option, and `-q` with either
hint: `sso [-q] [PROFILE | - | --current | --unset]`
2
sso            choose a profile from a list
sso PROFILE    load the credentials of a profile
sso -          go back to the previous profile
sso --current  show the profile and when its credentials expire
sso --unset    remove the credentials from this shell
-q             print nothing about the new profile
0
";

/// The text without the current time.
fn without_time(text: &str) -> String {
    let line = |line: &str| match line.split_once(", until ") {
        Some((before, end)) => {
            assert!(end.contains(" (") && end.ends_with(" min left)"), "{line}");
            format!("{before}, until THEN\n")
        }
        None => format!("{line}\n"),
    };
    text.lines().map(line).collect()
}

const SHOW: &str = r#"/bin/sh -c 'echo "$AWS_ACCESS_KEY_ID/$AWS_REGION/$SSOWRAP_PROFILE"'"#;

fn session(shell: &str, options: &[&str]) {
    let Some(program) = tool(shell) else { return };
    let script = match shell {
        "fish" => format!(
            "function show; {SHOW}; end; function code; echo $status; end\n\
             ssowrap init fish | source\n{SESSION}"
        ),
        _ => format!(
            "show() {{ {SHOW}; }}; code() {{ echo $?; }}\n\
             eval \"$(ssowrap init {shell})\"\n{SESSION}"
        ),
    };
    let home = home();
    let program = program.to_str().expect("UTF-8");
    let arguments = ["-c", "exec \"$0\" \"$@\" 2>&1", program];
    let arguments = arguments.iter().chain(options).copied().chain(["-c", &script]);
    let output = home.tool("sh", arguments).succeeds();
    assert_eq!(without_time(output.stdout()), SHOWN, "{shell} {options:?}");
    // `sso --current` prints the same as `sso`.
    let ends: Vec<&str> = output
        .stdout()
        .lines()
        .filter_map(|line| line.split_once(", until "))
        .map(|l| l.1)
        .collect();
    assert!(ends.iter().all(|end| *end == ends[0] && end.ends_with("(59 min left)")), "{ends:?}");
}

#[test]
fn bash() {
    session("bash", &[]);
    session("bash", &["-u", "-a", "-f", "-C"]);
    session("bash", &["--posix"]);
}

#[test]
fn zsh() {
    session("zsh", &[]);
    let options = ["nounset", "kshglob", "shwordsplit", "noglob", "ksharrays", "rcquotes"];
    let options: Vec<&str> = options.iter().flat_map(|option| ["-o", option]).collect();
    session("zsh", &options);
    // Emulating other shells for their scripts.
    session("zsh", &["--emulate", "ksh"]);
}

#[test]
fn fish() {
    session("fish", &[]);
}

/// Habits from other tools, in any position. The line is in the shell's own syntax.
#[test]
fn options_of_other_tools() {
    let console = ["-c", "`ssowrap -p keys console` opens the AWS console in a browser"];
    let exec = ["--exec", "`ssowrap -p keys exec -- aws ...` runs a command"];
    let bare = ["--exec", "`ssowrap -p keys exec -- aws` runs a command"];
    for (shell, line) in
        [("bash", "eval \"$({})\""), ("zsh", "eval \"$({})\""), ("fish", "{} | source")]
    {
        let Some(program) = tool(shell) else { continue };
        let line = line.replace("{}", "ssowrap -p keys export --region us-east-1");
        let load = format!("`{line}` loads the credentials with a region of your choice");
        let region = |option| [option, load.as_str()];
        for (words, [option, hint]) in [
            ("keys -c", console),
            ("-c keys", console),
            ("-q keys -c", console),
            ("keys --exec 'aws s3 ls'", exec),
            ("keys --exec -- aws s3 ls", bare),
            ("--exec 'aws s3 ls' keys", exec),
            ("keys --region us-east-1", region("--region")),
            ("keys --region=us-east-1", region("--region")),
            ("-r us-east-1 keys", region("-r")),
        ] {
            let set_up = match shell {
                "fish" => "ssowrap init fish | source".to_owned(),
                _ => format!("eval \"$(ssowrap init {shell})\""),
            };
            let script = format!("{set_up}; sso {words}; true");
            let home = home();
            let output = home.tool(&program, ["-c", &script]).output();
            let told = format!(
                "error: `sso` has no option `{option}`\nhint: {hint}\nhint: `sso [-q] \
                 [PROFILE | - | --current | --unset]`\n"
            );
            assert!(output.stderr.starts_with(&told), "{shell} {words}: {}", output.stderr);
        }
    }
}

/// A shell that exits at the first failure does so only if something fails, and tracing shows no
/// secret.
#[test]
fn strict_and_tracing_shells() {
    let script = "eval \"$(ssowrap init $1)\"; sso keys; sso 'more keys'; sso -; sso --unset; sso -
        PS4='+ '; set -x; sso keys; set +x; sso; sso no-such; echo not reached";
    for shell in ["bash", "zsh"] {
        let Some(program) = tool(shell) else { continue };
        let home = home();
        let arguments = ["-eu", "-c", script, "script", shell];
        let output = home.tool(&program, arguments).output();
        assert_eq!(output.stdout(), "keys\n", "{shell}: {}", output.stderr);
        assert!(output.stderr.contains("sso keys"), "{}", output.stderr);
        assert_eq!(output.status.code(), Some(4), "{shell}");
    }
}

/// Only what `export` prints reaches the environment.
#[test]
fn no_variable_of_its_own_is_handed_on() {
    for shell in ["bash", "zsh", "fish"] {
        let Some(program) = tool(shell) else { continue };
        let eval = match shell {
            "fish" => "ssowrap init fish --prompt --auto-refresh | source".to_owned(),
            _ => format!("eval \"$(ssowrap init {shell} --prompt --auto-refresh)\""),
        };
        let home = home();
        let script = format!("{eval}; sso -q ends; sso -q keys; sso -q --unset; env");
        let output = home.tool(&program, ["-c", &script]).succeeds();
        for line in output.stdout().lines() {
            let name = line.split('=').next().unwrap_or_default();
            let is_ours = name.contains("sso") || name.contains("SSO") || name.contains("KEY");
            assert!(!is_ours, "{shell}: {line}");
        }
    }
}

#[test]
fn an_alias_of_that_name_gives_way() {
    for shell in ["bash", "zsh"] {
        let Some(program) = tool(shell) else { continue };
        let script =
            format!("alias sso='echo alias'\neval \"$(ssowrap init {shell})\"\nsso -q keys\nsso\n");
        let home = home().file("script", format!("shopt -s expand_aliases 2>/dev/null\n{script}"));
        home.tool(&program, ["script"]).prints("keys\n");
    }
}

#[test]
fn nushell() {
    let Some(program) = crate::clients::installed("node/node_modules/@nushell/linux-x64/bin/nu")
    else {
        return;
    };
    let home = home();
    let script = home.run(["init", "nushell"]).succeeds().stdout().to_owned();
    home.write("sso.nu", script);
    home.write(
        "session.nu",
        "source sso.nu
        def show [] { ^/bin/sh -c 'echo \"$AWS_ACCESS_KEY_ID/$AWS_REGION/$SSOWRAP_PROFILE\"' }
        try { sso - } catch {|e| print $e.msg }
        sso keys; try { sso - } catch {|e| print $e.msg }; sso -q --unset
        $env.sso_state = ($env.sso_state | reject previous)
        try { sso --current } catch {|e| print $e.exit_code }
        try { sso } catch {|e| print $e.exit_code }
        sso keys; show; sso; sso --current; sso 'more keys'; show; sso -; show; sso - -q; show
        try { sso no-such } catch {|e| print $e.exit_code }
        show; sso ends; show; sso; sso --unset; show; sso -; show
        try { sso '-x' } catch {|e| print $e.exit_code }
        sso --unset -q
        print (_sso profiles | get value | str join '|')
        let complete = $env.config.completions.external.completer
        print (do $complete [ssowrap -p 'more'] | get value | str join '|')
        print (do $complete [ssowrap man ''] | describe)",
    );
    let output = home.tool(&program, ["--no-config-file", "session.nu"]).output();
    assert_eq!(
        without_time(output.stdout()),
        "there is no previous profile\nthere is no previous profile\n1\n1\nAKIAEXAMPLE//keys\nkeys\nkeys\nAKIAMORE/eu-west-1/more \
         keys\nAKIAEXAMPLE//keys\nAKIAMORE/eu-west-1/more keys\n4\nAKIAMORE/eu-west-1/more \
         keys\nASIAFIRST//ends\nends, until THEN\n//\nASIAFIRST//ends\n2\nends|keys|\"more \
         keys\"\n\"more keys\"\nnothing\n"
    );
    assert!(output.stderr.contains("there is no profile `no-such`"), "{}", output.stderr);
    assert!(output.stderr.contains("this shell has no profile"), "{}", output.stderr);
    assert!(output.stderr.contains("`sso` has no option `-x`"), "{}", output.stderr);
    let said = output
        .stderr
        .lines()
        .filter(|line| line.starts_with("now ") || line.ends_with(" credentials"));
    let said: Vec<&str> = said.map(|line| line.split(',').next().unwrap_or_default()).collect();
    let expected = [
        "now keys",
        "now keys",
        "now more keys",
        "now keys",
        "now ends",
        "this shell no longer has credentials",
        "now ends",
    ];
    assert_eq!(said, expected);
}

/// An Identity Center role: what is known about it, in a line that nothing parses.
#[test]
fn the_current_identity() {
    let home = Home::with_aws().config(DEV).login("corp");
    let script = "eval \"$(ssowrap init bash)\"; sso dev; sso -q --unset; sso -q -; sso --current";
    let said = |who: &str| {
        let output = home.tool("bash", ["-c", script]).output();
        assert!(output.stdout().starts_with("dev, "), "{}", output.stdout());
        let line = without_time(&output.stderr);
        assert_eq!(line, format!("now dev: {who}, until THEN\n"));
    };
    said("Admin in 123456789012");
    home.run(["accounts"]).succeeds();
    said("Admin in Production (123456789012)");
    // A name can't control the terminal.
    home.aws().set_accounts(vec![Account::new("123456789012", "\u{1b}[2J\n$(id)", &["Admin"])]);
    home.run(["accounts", "--refresh"]).succeeds();
    said("Admin in \\u{1b}[2J\\n$(id) (123456789012)");
}

#[test]
fn nobody_is_asked_for_a_code_when_a_prompt_is_drawn() {
    let config = format!(
        "{KEYS}[profile admin]\nrole_arn = arn:aws:iam::1:role/r\nsource_profile = keys\n\
         mfa_serial = arn:aws:iam::1:mfa/me\nregion = eu-west-1\n"
    );
    let home = Home::new().config(&config);
    let terminal = Terminal::start(home.run(["-p", "admin", "--unattended", "export"]));
    terminal.expect("an MFA code for arn:aws:iam::1:mfa/me is needed");
    assert_eq!(terminal.ends().0.code(), Some(1));
}
