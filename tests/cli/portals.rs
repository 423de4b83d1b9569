//! Two organisations in one home: two config files use the same session name, and therefore the
//! same AWS CLI file for each role. Neither ever gets the other's credentials.
//!
//! `PORTALS=n` sets the number of rounds of the storm; the default is 3.

use std::fs;
use std::time::Duration;

use fake_aws::{Consent, FakeAws, Options};

use crate::crowd::{Running, number};
use crate::entries::{access_key, after_login, dev_file};
use crate::support::{DEV, Home, Output, Run, SSOWRAP, Token, tool};

/// The organisations: the home's fake AWS, and another one.
struct Two {
    home: Home,
    other: FakeAws,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Org {
    One,
    Other,
}

impl Org {
    const BOTH: [Self; 2] = [Self::One, Self::Other];
}

impl Two {
    /// Signed in to both. The token doesn't name its portal, like old ones.
    fn new() -> Self {
        let other = FakeAws::start(Options::default());
        let token = Token::new();
        other.add_token(&token.access_token, Duration::from_secs(3600));
        let text = token.to_json().replace("\"startUrl\"", "\"unknown\"");
        let home = Home::with_aws().config(DEV).login("corp").raw_token("corp", text);
        let config = DEV.replace("corp.awsapps.com", "other.awsapps.com");
        Self { home: home.file(".aws/other", config), other }
    }

    fn run<'a>(&'a self, org: Org, program: &str, words: &[&str]) -> Run<'a> {
        let run = self.home.tool(program, words);
        match org {
            Org::One => run,
            Org::Other => run
                .env("AWS_ENDPOINT_URL", self.other.url())
                .env("AWS_CONFIG_FILE", self.home.path(".aws/other")),
        }
    }

    fn helper(&self, org: Org) -> Run<'_> {
        self.run(org, SSOWRAP, &["-p", "dev", "credential-process"])
    }

    /// Whether an access key belongs to an organisation.
    fn is_of(&self, org: Org, key: &str) -> bool {
        let aws = match org {
            Org::One => self.home.aws(),
            Org::Other => &self.other,
        };
        aws.person_of(key).is_some()
    }

    fn check(&self, org: Org, key: &str, when: &str) {
        assert!(self.is_of(org, key), "{org:?} was given {key}, {when}");
    }

    fn cool(&self) {
        let _ = fs::remove_file(dev_file(&self.home));
    }
}

#[test]
fn a_storm_of_two_organisations() {
    let two = Two::new();
    for round in 0..number("PORTALS", 3) {
        two.cool();
        let crowd: Vec<(Org, Running)> = (0..20)
            .map(|number| Org::BOTH[number % 2])
            .map(|org| (org, Running::of(two.helper(org))))
            .collect();
        for (org, running) in crowd {
            let ended = running.ends();
            assert!(ended.status.success(), "{}", ended.stderr);
            let printed: serde_json::Value = serde_json::from_slice(&ended.stdout).expect("JSON");
            two.check(org, printed["AccessKeyId"].as_str().expect("a key"), &format!("in {round}"));
        }
        for org in Org::BOTH {
            two.check(org, &access_key(&two.helper(org).succeeds()), "afterwards");
        }
    }
}

/// Killed at each step of writing: the next process is not affected.
#[test]
fn a_kill_at_every_step() {
    let Some(strace) = tool("strace") else { return };
    let strace = strace.to_str().expect("UTF-8");
    let steps = "?open,openat,write,fsync,fchmod,rename,renameat,renameat2,linkat,unlink,unlinkat";
    let mut kills = 0;
    for step in ["fsync", "rename,renameat,renameat2", "unlink,unlinkat", "write"] {
        for when in 1..40 {
            let two = Two::new();
            // What is there belongs to the other organisation.
            let before = access_key(&two.helper(Org::Other).succeeds());
            let fault = format!("inject={step}:signal=SIGKILL:when={when}");
            let traced = ["-f", "-o", "/dev/null", "-e", &format!("trace={steps}"), "-e", &fault];
            let words = [&traced[..], &[SSOWRAP, "-p", "dev", "credential-process"]].concat();
            let output: Output = two.run(Org::One, strace, &words).report();
            let is_killed = !output.status.success();
            for org in [Org::Other, Org::One, Org::Other] {
                let key = access_key(&two.helper(org).succeeds());
                two.check(org, &key, &format!("after {step} {when}, before {before}"));
            }
            if !is_killed {
                break;
            }
            kills += 1;
        }
    }
    assert!(kills > 10, "{kills}");
}

/// The AWS CLI's own entry: neither editing the start URL nor signing in to the new portal makes it
/// an entry of that portal.
#[test]
fn what_the_aws_cli_obtained_from_the_earlier_portal() {
    let home = Home::with_aws().config(DEV).login("corp");
    after_login(&home, "corp");
    let run = |home: &Home| home.run(["-p", "dev", "credential-process"]).output();
    let old = access_key(&run(&home));
    // As if the AWS CLI had written it.
    fs::remove_dir_all(home.path(".cache/ssowrap/notes")).expect("notes");
    assert_eq!(access_key(&run(&home)), old, "it counts");
    fs::remove_dir_all(home.path(".cache/ssowrap/notes")).expect("notes");
    home.write(".aws/config", DEV.replace("corp.awsapps.com", "other.awsapps.com"));
    assert_eq!(run(&home).status.code(), Some(3));
    let new = Token::new().start_url("https://other.awsapps.com/start");
    let new = Token { access_token: "aoaFAKEtoken-new".to_owned(), ..new };
    let home = home.token("corp", &new);
    assert_ne!(access_key(&run(&home)), old);
}

/// Two sessions with the same name share a token file: whoever signs in to one is told which login
/// that ends.
#[test]
fn a_login_replaces_that_of_the_other_portal() {
    let options = Options { consent: Consent::Approve, ..Options::default() };
    let home = Home::with_options(options).config(DEV).login("corp");
    let login = ["-p", "dev", "login", "--force", "--use-device-code", "--no-browser"];
    let warning = "warning: this login replaces the one for start URL \
                   `https://corp.awsapps.com/start`: sessions with the same name share a token file\n";
    assert!(!home.run(login).output().stderr.contains("warning"));
    home.write(".aws/config", DEV.replace("corp.awsapps.com", "other.awsapps.com"));
    let output = home.run(login).output();
    assert!(output.status.success() && output.stderr.contains(warning), "{}", output.stderr);
}
