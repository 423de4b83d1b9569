//! The profile or role that a shell was given counts for the next ssowrap in it: SSOWRAP_PROFILE
//! and SSOWRAP_ROLE.

use crate::support::{DEV, Home, KEYS};

const DEFAULT: &str = "[default]\naws_access_key_id = AKIADEFAULT\naws_secret_access_key = x\n";

fn home() -> Home {
    Home::new().config(&format!("{DEFAULT}{KEYS}"))
}

const KEY: [&str; 4] = ["exec", "sh", "-c", "echo $AWS_ACCESS_KEY_ID $SSOWRAP_PROFILE"];

#[test]
fn it_comes_before_the_default_profile_and_after_all_else() {
    let home = home();
    home.run(KEY).prints("AKIADEFAULT default\n");
    home.run(KEY).env("SSOWRAP_PROFILE", "keys").prints("AKIAEXAMPLE keys\n");
    home.run(KEY).env("SSOWRAP_PROFILE", "").prints("AKIADEFAULT default\n");
    for variable in ["AWS_PROFILE", "AWS_DEFAULT_PROFILE"] {
        let run = home.run(KEY).env("SSOWRAP_PROFILE", "keys").env(variable, "default");
        run.prints("AKIADEFAULT default\n");
    }
    let named = home.run([&["-p", "default"], &KEY[..]].concat()).env("SSOWRAP_PROFILE", "keys");
    named.prints("AKIADEFAULT default\n");
    // A nested command acts as the one around it.
    let nested = [&["-p", "keys", "exec", "ssowrap"], &KEY[..]].concat();
    home.run(nested).prints("AKIAEXAMPLE keys\n");
    let script = "eval \"$(ssowrap -p keys export)\"; eval \"$(ssowrap export)\"; \
                  echo $AWS_ACCESS_KEY_ID; ssowrap explain | head -1";
    let shell = home.tool("sh", ["-c", script]);
    shell.prints("AKIAEXAMPLE\nprofile      keys (named by SSOWRAP_PROFILE)\n");
}

#[test]
fn one_that_is_not_in_this_config() {
    let home = home();
    home.run(KEY).env("SSOWRAP_PROFILE", "elsewhere").fails(
        4,
        "error: there is no profile `elsewhere` (named by SSOWRAP_PROFILE) in ~/.aws/config or \
         ~/.aws/credentials\nhint: `ssowrap profiles` lists the profiles; `ssowrap configure` adds more\n",
    );
}

/// A line in a file must not depend on a shell.
#[test]
fn what_does_not_look_at_it() {
    let home = home().env("SSOWRAP_PROFILE", "elsewhere").env("SSOWRAP_ROLE", "--role-name x");
    let json = home.run(["credential-process"]).succeeds();
    assert!(json.stdout().contains("AKIADEFAULT"), "{}", json.stdout());
    home.run(["-q", "generate", "--as", "copy"]).succeeds();
    let file = std::fs::read_to_string(home.path(".aws/credentials")).expect("a file");
    assert!(file.contains("AKIADEFAULT"), "{file}");
    let json = home.run(["aws2-wrap", "--process"]).succeeds();
    assert!(json.stdout().contains("AKIADEFAULT"), "{}", json.stdout());
    assert_eq!(home.run(["cache", "clear"]).output().status.code(), Some(0));
    let logout = home.run(["logout"]).output();
    assert!(!logout.stderr.contains("elsewhere"), "{}", logout.stderr);
}

#[test]
fn a_role_has_to_be_asked_for_again() {
    let home = Home::with_aws().config(&format!("{DEFAULT}{DEV}")).login("corp");
    let role =
        ["--sso-session", "corp", "--account-id", "210987654321", "--role-name", "Developer"];
    let inner = ["exec", "ssowrap", "exec", "true"];
    let told = "error: no profile is given, and this environment has the credentials of a role \
                without a profile (SSOWRAP_ROLE)\nhint: give its options again: `--sso-session \
                corp --account-id 210987654321 --role-name Developer`\nhint: or choose a profile \
                with `-p NAME`\n";
    home.run(role.iter().chain(&inner)).fails(2, told);
    let named = ["exec", "ssowrap", "-p", "default", "exec", "sh", "-c", "echo ${SSOWRAP_ROLE-}"];
    home.run(role.iter().chain(&named)).prints("\n");
}

/// Programs use the keys, while the user expects AWS_PROFILE to count.
#[test]
fn keys_beside_a_later_profile_of_another() {
    let home = home();
    let script = "eval \"$(ssowrap -p keys export)\"; export AWS_PROFILE=default; \
                  ssowrap explain >explained; echo $?";
    let output = home.tool("sh", ["-c", script]).report();
    assert_eq!(
        output.stderr,
        "warning: AWS_PROFILE is `default`, but this environment also has the keys of `keys` \
         (SSOWRAP_PROFILE), and most programs prefer keys\n"
    );
    let script = "eval \"$(ssowrap -p keys export)\"; export AWS_PROFILE=keys; ssowrap explain; \
                  ssowrap -p default explain; AWS_PROFILE=default ssowrap credential-process";
    assert_eq!(home.tool("sh", ["-c", script]).report().stderr, "");
}
