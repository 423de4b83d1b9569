//! The questions of `configure`, as they appear on the screen.

use std::fs;

use super::Screen;
use crate::support::Home;

const COMMAND: &str = "ssowrap configure; echo code $?";

/// The questions and answers so far, and the answer that leads to the next question.
const STEPS: [(&str, &str); 6] = [
    ("Start URL of your organisation's portal:", " https://corp.awsapps.com/start\n"),
    (
        "\
your portal shows its region beside each role, under `Access keys`, as `SSO Region`
Region of the portal (sso_region):",
        " eu-central-1\n",
    ),
    (
        "\
roles>   6/6 (0 marked; Tab marks, Ctrl-A all)
>  Production  123456789012  Admin
   Production  123456789012  ReadOnly
   Sandbox     000000000042  Developer
   Staging     210987654321  Admin
   Staging     210987654321  Developer
   Staging     210987654321  ReadOnly",
        "sandbox\n",
    ),
    (
        "\
1 role: Developer in Sandbox
ssowrap replaces the fields in braces: `{account_name}.{role_name}` becomes `Sandbox.Developer`
for a single role, you can type a plain name such as `prod`
Profile names [{account_name}.{role_name}]:",
        "\n",
    ),
    (
        "\
without a region, programs rely on AWS_REGION
Default AWS region for these profiles, for example us-east-1 (Enter for none):",
        " eu-west-1\n",
    ),
    (
        "\
--- /dev/null
+++ ~/.aws/config
@@ -0,0 +1,11 @@
+[sso-session corp]
+sso_start_url = https://corp.awsapps.com/start
+sso_region = eu-central-1
+sso_registration_scopes = sso:account:access
+
+[profile Sandbox.Developer]
+sso_session = corp
+sso_account_id = 000000000042
+sso_role_name = Developer
+region = eu-west-1
+ssowrap_generated = corp
adds 1 sso-session and 1 profile; changes none
Write this to ~/.aws/config? [Y]es, [n]o, [b]ack:",
        " y\n",
    ),
];

/// Continues to the step with this number. Returns the screen at that point.
fn up_to(screen: &Screen<'_>, last: usize) -> String {
    screen.runs(COMMAND);
    let mut before = format!("$ {COMMAND}\n");
    for (question, answer) in &STEPS[..last] {
        screen.shows(&format!("{before}{question}"));
        answers(screen, answer);
        // The list disappears after the choice.
        if !question.starts_with("roles>") {
            before.push_str(&format!("{question}{answer}"));
        }
    }
    let all = format!("{before}{}", STEPS[last].0);
    screen.shows(&all);
    if STEPS[last].0.starts_with("roles>") { before } else { all }
}

fn answers(screen: &Screen<'_>, answer: &str) {
    let text = answer.trim();
    if !text.is_empty() {
        screen.types(text);
    }
    screen.press("Enter");
}

#[test]
fn every_question() {
    let home = Home::with_aws().login("corp");
    let Some(screen) = Screen::start(&home, 100, 40) else { return };
    let shown = up_to(&screen, STEPS.len() - 1);
    answers(&screen, "y");
    screen.shows(&format!(
        "{shown} y\nprofiles in ~/.aws/config: 1 added; `ssowrap configure --undo` undoes \
         that\nnext: eval \"$(ssowrap -p Sandbox.Developer export)\"\ncode 0\n$"
    ));
    assert!(home.path(".aws/config").exists());
}

/// Ctrl-C at each question: nothing is written, and the shell continues below the question.
#[test]
fn leaving() {
    let home = Home::with_aws().login("corp");
    let Some(screen) = Screen::start(&home, 100, 40) else { return };
    for (step, (question, _)) in STEPS.iter().enumerate() {
        let shown = up_to(&screen, step);
        screen.press("C-c");
        let said = if question.starts_with("roles>") {
            format!("{shown}nothing was chosen\ncode 130\n$")
        } else {
            format!("{shown} ^C\n$")
        };
        screen.shows(&said);
        assert!(screen.has_cursor() && !home.path(".aws/config").exists(), "{question}");
    }
    assert_eq!(fs::read_dir(home.path(".aws")).expect("a directory").count(), 1, "sso alone");
}
