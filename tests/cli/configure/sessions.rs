//! Chooses the session that profiles are written for, and migrates other profiles to it.

use super::granted::LOST;
use super::{SESSION, config, configure, empty, home};
use crate::support::{Home, Token};

#[test]
fn the_name_of_a_new_session() {
    for (line, name) in [
        (&["--start-url", "https://corp.awsapps.com/start"][..], "corp"),
        (&["--start-url", "https://corp.awsapps.com/start", "--sso-session", "my corp"], "my corp"),
    ] {
        let home = Home::with_aws().token(name, &Token::new());
        configure(
            &home,
            &[line, &["--sso-region", "eu-central-1", "--account", "Sandbox"]].concat(),
        );
        let header = if name.contains(' ') { format!("'{name}'") } else { name.to_owned() };
        let config = config(&home);
        assert!(config.starts_with(&format!("[sso-session {header}]\n")), "{config}");
        assert!(config.contains(&format!("\nsso_session = {name}\n")), "{config}");
        home.run(["-p", "Sandbox.Developer", "credential-process"]).succeeds();
    }
    // A session that leads to the same portal is used; so is one for a page of that portal in the
    // browser.
    for url in
        ["https://corp.awsapps.com/start/#/", "https://corp.awsapps.com/start/#/?tab=accounts"]
    {
        let portal = ["--start-url", url, "--sso-region", "eu-central-1", "--account", "Sandbox"];
        for home in [home(), empty()] {
            configure(&home, &portal);
            assert!(
                config(&home).starts_with(&format!("{SESSION}\n[profile Sandbox.Developer]\n"))
            );
        }
    }
}

/// A region that isn't known is taken, because AWS may have new ones.
#[test]
fn a_misspelt_region_of_the_portal() {
    for (region, told) in [
        ("eu-cental-1", "warning: --sso-region `eu-cental-1`: did you mean `eu-central-1`?"),
        ("eu-central-9", ""),
    ] {
        let home =
            Home::with_aws().token("x", &Token::new().start_url("https://x.awsapps.com/start"));
        let portal = ["--start-url", "https://x.awsapps.com/start", "--sso-region", region];
        let line = [&["configure", "--migrate", "--yes"][..], &portal].concat();
        let output = home.run(&line).output();
        let warning = output.stderr.lines().find(|line| line.starts_with("warning"));
        assert_eq!(warning.unwrap_or_default(), told, "{}", output.stderr);
        assert!(output.status.success(), "{}", output.stderr);
    }
}

#[test]
fn which_session_is_meant() {
    let other = "[sso-session other]\nsso_start_url = https://other.awsapps.com/start\nsso_region = \
                 us-east-1\n";
    let no_portal = "error: configure needs the start URL of your organisation's portal\nhint: give `--start-url \
         URL --sso-region REGION`: `https://….awsapps.com/start`\n";
    let no_roles = "hint: give `--account PATTERN`, `--role-name PATTERN`, or `--all`\n";
    let no_region = "hint: give `--region REGION`, or `--region -` for none\n";
    for (line, missing) in [
        (&["--all", "--region", "-"][..], &[no_portal][..]),
        (&["--all", "--yes"], &[no_portal, no_region]),
        (&["--region", "-"], &[no_portal, no_roles]),
        (&[], &[no_portal, no_roles, no_region]),
    ] {
        empty().run(["configure"].iter().chain(line)).fails(2, &missing.concat());
    }
    empty().run(["configure", "--all", "--start-url", "https://x.awsapps.com/start"]).fails(
        2,
        &format!("error: --start-url needs --sso-region REGION for a new session\n{no_region}"),
    );
    empty().run(["configure", "--all", "--start-url", "corp", "--sso-region", "eu-west-1"]).fails(
        2,
        "error: --start-url `corp` does not begin with https://\nhint: start URLs look like \
             `https://corp.awsapps.com/start`\n",
    );
    let home = home().config(&format!("{SESSION}{other}"));
    home.run(["configure", "--all", "--yes", "--region", "-"]).fails(
        2,
        "error: configure needs one session, but the config has sso-session `corp`, sso-session \
         `other`\nhint: choose one with `--sso-session NAME`, or another with `--start-url URL`\n",
    );
    configure(&home, &["--account", "Sandbox", "--sso-session", "corp"]);
    home.run(["configure", "--all", "--sso-session", "no", "--region", "-"]).fails(
        2,
        "error: there is no sso-session `no` yet: --start-url is missing\nhint: give `--start-url \
         URL --sso-region REGION`\n",
    );
}

/// A profile that is not there yet: a variable may name it already, but `-p` chooses a session.
#[test]
fn a_profile_without_a_session() {
    let other = "[profile r]\nregion = eu-west-1\n";
    for variable in ["AWS_PROFILE", "AWS_DEFAULT_PROFILE", "SSOWRAP_PROFILE"] {
        for name in ["prod", "r"] {
            let home = empty().env(variable, name);
            home.run(["configure", "--all", "--region", "-"]).fails(
                2,
                "error: configure needs the start URL of your organisation's portal\nhint: give \
                 `--start-url URL --sso-region REGION`: `https://….awsapps.com/start`\n",
            );
            let home = home.config(&format!("{SESSION}{other}"));
            configure(&home, &["--account", "Sandbox"]);
        }
    }
    let hint = "hint: `configure -p NAME` uses the portal of an existing profile: leave out `-p`, or \
                choose the portal with `--sso-session NAME` or `--start-url URL`\n";
    let line = ["-p", "prod", "configure", "--all", "--region", "-"];
    let missing = "error: there is no profile `prod` in ~/.aws/config or ~/.aws/credentials\n";
    empty().run(line).fails(4, &format!("{missing}{hint}"));
    let near = other.replace("profile r", "profile prods");
    let meant = "hint: did you mean `prods`?\n";
    home().config(&near).run(line).fails(4, &format!("{missing}{meant}{hint}"));
}

/// A session keeps its portal.
#[test]
fn a_session_is_not_changed() {
    let home = home();
    for (line, what) in [
        (["--start-url", "https://other.awsapps.com/start"], "start URL"),
        (["--sso-region", "us-east-1"], "region"),
    ] {
        let whole = [&["configure", "--all", "--yes", "--sso-session", "corp"][..], &line].concat();
        home.run(whole).fails(
            4,
            &format!(
                "error: sso-session `corp` has a different {what}, which `configure` doesn't \
                 change\n  --> ~/.aws/config:1\nhint: name a new session with `--sso-session \
                 NAME`, or change the section first\n"
            ),
        );
    }
    assert_eq!(config(&home), SESSION);
}

const LEGACY: &str = "\
[profile old]
# mine
sso_start_url = https://corp.awsapps.com/start/
sso_region = eu-central-1
sso_account_id = 123456789012
sso_role_name = Admin
region = eu-west-1

[profile elsewhere]
sso_start_url = https://other.awsapps.com/start
sso_region = eu-central-1
sso_account_id = 123456789012
sso_role_name = Admin

[profile far]
sso_start_url = https://corp.awsapps.com/start
sso_region = us-east-1
sso_account_id = 123456789012
sso_role_name = Admin

[profile granted]
granted_sso_start_url = https://corp.awsapps.com/start
granted_sso_region = eu-central-1
granted_sso_account_id = 000000000042
granted_sso_role_name = Developer
common_fate_generated_from = aws-sso
credential_process = granted credential-process --profile granted
";

#[test]
fn legacy_profiles_and_those_of_granted_are_migrated() {
    let home = home().config(&format!("{SESSION}{LEGACY}"));
    let said = configure(&home, &["--migrate"]);
    assert_eq!(
        said,
        format!(
            "`far` isn't migrated: its sso_region is us-east-1, but that of `corp` is \
             eu-central-1\n1 profile of https://other.awsapps.com/start stays as it is: `ssowrap \
             configure --migrate --start-url https://other.awsapps.com/start` converts \
             it\n{LOST}profiles in ~/.aws/config: 2 migrated; `ssowrap configure --undo` undoes \
             that\nnext: eval \"$(ssowrap -p old export)\"\n"
        )
    );
    let expected = LEGACY
        .replacen(
            "sso_start_url = https://corp.awsapps.com/start/\nsso_region = eu-central-1\n",
            "",
            1,
        )
        .replacen("region = eu-west-1\n", "region = eu-west-1\nsso_session = corp\n", 1);
    let (before, _) = expected.split_once("[profile granted]\n").expect("it is there");
    let granted = "[profile granted]\ncommon_fate_generated_from = aws-sso\nsso_session = \
                   corp\nsso_account_id = 000000000042\nsso_role_name = Developer\n";
    assert_eq!(config(&home), format!("{SESSION}{before}{granted}"));
    for profile in ["old", "granted"] {
        home.run(["-p", profile, "credential-process"]).succeeds();
    }
    assert_eq!(home.aws().count("ListAccounts"), 0);
    // What was migrated counts as existing.
    configure(&home, &["--account", "Sandbox"]);
    assert_eq!(config(&home), format!("{SESSION}{before}{granted}"));
    // No new sign-in is needed.
    home.run(["-p", "granted", "--login", "never", "export"]).succeeds();
    configure(&home, &["--undo"]);
    assert_eq!(config(&home), format!("{SESSION}{LEGACY}"));
}

/// If all profiles are legacy ones, their portal gets a session.
#[test]
fn a_session_for_a_legacy_portal() {
    let (old, _) = LEGACY.split_once("\n[profile elsewhere]").expect("it is there");
    let home = empty().config(old);
    configure(&home, &["--migrate", "--account", "Sandbox"]);
    let config = config(&home);
    assert!(config.contains("\n[sso-session corp]\n"), "{config}");
    assert!(config.contains("[profile old]\n# mine\nsso_account_id"), "{config}");
    assert!(config.contains("\n[profile Sandbox.Developer]\n"), "{config}");
    // It is in the config by now, so its name is enough.
    let said = configure(&Home::new().config(old), &["--migrate"]);
    assert!(
        said.ends_with(
            "the migrated profiles now need the login of sso-session `corp`, in the AWS CLI too, \
             and nobody is signed in to it: run `ssowrap login --sso-session corp`\n"
        ),
        "{said}"
    );
}
