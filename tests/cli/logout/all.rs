//! `logout --all`.

use super::*;

#[test]
fn all_of_them() {
    let home = home()
        .token("not-in-the-config", &token_of("unknown"))
        .file(".aws/sso/cache/other-tool.json", "{\"accessToken\": \"aoaFAKEtoken\"}")
        .file(".aws/sso/cache/torn.json", "{\"startUrl\": \"x\", \"accessToken\": \"aoaFAKEtok")
        .file(".aws/sso/cache/registration.json", "{\"clientId\": \"c\", \"clientSecret\": \"s\"}")
        .file(".aws/sso/cache/not.json", "garbage")
        .file(".aws/cli/cache/anothers.json", "{\"ProviderType\": \"sso\", \"Credentials\": {}}")
        .file(".aws/cli/cache/assumed.json", "{\"Credentials\": {\"AccessKeyId\": \"A\"}}")
        .file(".aws/cli/cache/list.json", "[\"sso\"]")
        .file(".aws/cli/cache/session.db", "SQLite");
    let before = tree(&home);
    let output = home.run(["logout", "--all"]).output();
    let mut lines: Vec<&str> = output.stderr.lines().collect();
    assert_eq!(lines.pop(), Some("removed the cached credentials of 6 roles"));
    lines.sort_unstable();
    assert_eq!(
        lines,
        [
            "error: cannot sign out of ~/.aws/sso/cache/other-tool.json at AWS: its token has no \
             region",
            "hint: the token is removed here anyway; at AWS it stays valid until it expires, \
             unless an administrator ends the session",
            "signed out of sso-session `corp`",
            "signed out of sso-session `other`",
            "signed out of start URL `https://corp.awsapps.com/start`",
            "signed out of start URL `https://corp.awsapps.com/start`",
            "signed out of ~/.aws/sso/cache/torn.json",
            "warning: cannot sign out at AWS: there is no token in ~/.aws/sso/cache/torn.json",
        ]
    );
    assert_eq!(output.status.code(), Some(4));
    let gone = removed(&before, &home);
    let left: Vec<_> = before.keys().filter(|name| !gone.contains(name)).collect();
    assert_eq!(
        left,
        [
            ".aws/cli/cache/assumed.json",
            ".aws/cli/cache/list.json",
            ".aws/cli/cache/session.db",
            ".aws/config",
            ".aws/sso/cache/not.json",
            ".aws/sso/cache/registration.json",
        ]
    );
    assert_eq!(home.aws().count(LOGOUT), 4);
}

#[test]
fn all_of_none() {
    let home = Home::new().config(DEV);
    let output = home.run(["logout", "--all"]).output();
    assert_eq!(output.stderr, "nobody was signed in\n");
    assert_eq!(output.status.code(), Some(0));
}

/// The others are signed out even if one fails.
#[test]
fn all_of_them_although_one_fails() {
    let home = home();
    home.aws().fail(LOGOUT, Fault::error(403, "ForbiddenException", "no"), 1);
    let output = home.run(["logout", "--all"]).output();
    assert_eq!(output.status.code(), Some(5));
    assert_eq!(output.stderr.matches("signed out of ").count(), 2, "{}", output.stderr);
    assert_eq!(names(&home.path(".aws/sso/cache")), [""; 0]);
}
