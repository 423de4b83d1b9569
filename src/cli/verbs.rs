//! What each verb is for and which options it takes: one row per verb. A test fails if a verb has
//! no row, or a row no verb.

use clap::{Arg, Command};

/// What people use a verb for, in the order of the help.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Group {
    Credentials,
    SignIn,
    Organisation,
    Inspect,
    SetUp,
}

impl Group {
    pub(super) const ALL: [Self; 5] =
        [Self::Credentials, Self::SignIn, Self::Organisation, Self::Inspect, Self::SetUp];

    pub(super) fn heading(self) -> &'static str {
        match self {
            Self::Credentials => "Get credentials",
            Self::SignIn => "Sign in and out",
            Self::Organisation => "Accounts and roles",
            Self::Inspect => "Inspect",
            Self::SetUp => "Set up",
        }
    }
}

/// Options that belong together, by their ids in [`super::Global`].
type OptionGroup = &'static [&'static str];

/// `-p`.
const PROFILE: OptionGroup = &["profile"];
/// A login without a profile.
const LOGIN: OptionGroup = &["sso_session", "start_url", "sso_region"];
/// A role without a profile, together with [`LOGIN`].
const ROLE: OptionGroup = &["account", "account_id", "role_name"];
/// One more role, assumed on top.
const ON_TOP: OptionGroup =
    &[ASSUME, "external_id", "role_session_name", "duration", "policy_arn", "policy"];
/// The one without which the others mean nothing.
const ASSUME: &str = "assume";
/// How credentials are obtained.
const HOW: OptionGroup =
    &["region", "mfa_code", "login", "min_ttl", "no_cache", "refresh", "unattended"];
/// Options of every verb.
const MESSAGES: OptionGroup = &["verbose", "quiet", "color"];

/// When a line for another verb repeats a global option that the verb takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Repeated {
    Always,
    /// The profile has its place in the line, and messages are not what it is for.
    Never,
    /// It requests a role instead of a profile.
    WithoutProfile,
    /// It means nothing without this option.
    With(&'static str),
}

impl Repeated {
    pub(super) fn of(id: &str) -> Self {
        let is_in = |group: OptionGroup| group.contains(&id);
        match id {
            ASSUME => Self::Always,
            _ if is_in(PROFILE) || is_in(MESSAGES) => Self::Never,
            _ if is_in(LOGIN) || is_in(ROLE) => Self::WithoutProfile,
            _ if is_in(ON_TOP) => Self::With(ASSUME),
            _ => Self::Always,
        }
    }
}

/// A command line and its meaning.
pub(super) type Example = (&'static str, &'static str);

/// One verb.
pub(super) struct VerbRow {
    pub(super) verb: &'static str,
    pub(super) group: Group,
    /// The global options that affect it.
    takes: &'static [OptionGroup],
    /// Command lines for its long help.
    pub(super) examples: &'static [Example],
}

const EVERYTHING: &[OptionGroup] = &[PROFILE, LOGIN, ROLE, ON_TOP, HOW];

pub(super) const ROWS: &[VerbRow] = &[
    VerbRow {
        verb: "export",
        group: Group::Credentials,
        takes: EVERYTHING,
        examples: &[
            ("eval \"$(ssowrap -p prod export)\"", "puts the credentials into this shell"),
            ("eval \"$(ssowrap export --unset)\"", "removes them"),
            ("ssowrap -p prod export --format dotenv", "prints a file for `docker run`"),
        ],
    },
    VerbRow {
        verb: "credential-process",
        group: Group::Credentials,
        takes: EVERYTHING,
        examples: &[(
            "credential_process = ssowrap -p prod credential-process",
            "the line for a second profile in ~/.aws/config",
        )],
    },
    VerbRow {
        verb: "exec",
        group: Group::Credentials,
        takes: EVERYTHING,
        examples: &[
            ("ssowrap -p prod exec -- terraform plan", "keys in the environment"),
            ("ssowrap -p prod exec --renew -- terraform apply", "for more than an hour"),
            (
                "ssowrap -p prod -p dns exec --write-credentials -- terraform apply",
                "several profiles",
            ),
        ],
    },
    VerbRow {
        verb: "each",
        group: Group::Credentials,
        takes: EVERYTHING,
        examples: &[
            ("ssowrap -p 'prod-*' each -- aws s3 ls", "for each matching profile"),
            (
                "ssowrap each --account '*' --role-name Audit -- aws iam list-users",
                "in each account of the organisation",
            ),
            (
                "ssowrap -p a -p b each --chdir 'envs/{profile}' -- terraform plan",
                "each in its directory",
            ),
        ],
    },
    VerbRow {
        verb: "serve",
        group: Group::Credentials,
        takes: EVERYTHING,
        examples: &[
            ("ssowrap -p prod serve --print-env dotenv", "prints what a container needs"),
            ("ssowrap -p prod -p dev serve --port 9911", "prod at /, dev at /profile/dev"),
        ],
    },
    VerbRow {
        verb: "console",
        group: Group::Credentials,
        takes: EVERYTHING,
        examples: &[
            ("ssowrap -p prod console", "signs the browser in"),
            ("ssowrap -p prod console --service s3 --url", "prints the link"),
        ],
    },
    VerbRow {
        verb: "eks",
        group: Group::Credentials,
        takes: EVERYTHING,
        examples: &[
            ("ssowrap -p prod eks update-kubeconfig --name blue", "sets up kubectl for a cluster"),
            (
                "ssowrap -p prod eks get-token --cluster-name blue --region eu-west-1",
                "a token for kubectl",
            ),
        ],
    },
    VerbRow {
        verb: "generate",
        group: Group::Credentials,
        takes: EVERYTHING,
        examples: &[
            ("ssowrap -p prod generate --as prod-keys", "writes the profile prod-keys"),
            ("ssowrap generate --as prod-keys --remove", "removes it"),
        ],
    },
    VerbRow {
        verb: "login",
        group: Group::SignIn,
        takes: &[PROFILE, LOGIN],
        examples: &[
            ("ssowrap -p prod login", "the session of a profile"),
            ("ssowrap --sso-session corp login --use-device-code", "with a code"),
            ("ssowrap login --all", "every session in the config"),
        ],
    },
    VerbRow {
        verb: "logout",
        group: Group::SignIn,
        takes: &[PROFILE, LOGIN],
        examples: &[
            ("ssowrap -p prod logout", "the login of a profile"),
            ("ssowrap logout --all", "every login on this machine"),
        ],
    },
    VerbRow {
        verb: "status",
        group: Group::SignIn,
        takes: &[PROFILE, LOGIN],
        examples: &[
            ("ssowrap status", "every login, or that of AWS_PROFILE"),
            ("ssowrap -p prod status --short", "for a prompt: `valid 42`"),
        ],
    },
    VerbRow {
        verb: "configure",
        group: Group::Organisation,
        takes: &[
            PROFILE,
            LOGIN,
            ROLE,
            // A template of its own, not the global option.
            &["assume"],
            &["region", "login", "refresh", "unattended"],
        ],
        examples: &[
            (
                "ssowrap configure --start-url https://corp.awsapps.com/start --sso-region \
                 eu-central-1 --all",
                "from scratch: signs in, writes every role",
            ),
            ("ssowrap configure --account 'prod*' --role-name Admin", "one role in some accounts"),
            ("ssowrap configure --all --prune", "adds new roles, removes old ones"),
            ("ssowrap configure --undo", "undoes the last run"),
        ],
    },
    VerbRow {
        verb: "accounts",
        group: Group::Organisation,
        takes: &[PROFILE, LOGIN, &["login", "refresh", "unattended"]],
        examples: &[
            ("ssowrap accounts", "every account the login may use"),
            ("ssowrap accounts 'prod*' --roles", "some accounts with their roles"),
        ],
    },
    VerbRow {
        verb: "whoami",
        group: Group::Inspect,
        takes: EVERYTHING,
        examples: &[
            ("ssowrap -p prod whoami", "account, person, role, expiry"),
            ("ssowrap -p prod whoami --format role-arn", "the ARN to put in EKS's `aws-auth`"),
        ],
    },
    VerbRow {
        verb: "profiles",
        group: Group::Inspect,
        takes: &[],
        examples: &[("ssowrap profiles", "every profile, its account and role")],
    },
    VerbRow {
        verb: "explain",
        group: Group::Inspect,
        takes: &[PROFILE, LOGIN, ROLE, ON_TOP, &["region"]],
        examples: &[("ssowrap -p prod explain", "each value with its file and line")],
    },
    VerbRow {
        verb: "cache",
        group: Group::Inspect,
        takes: &[PROFILE, LOGIN, ROLE, ON_TOP],
        examples: &[
            ("ssowrap cache list", "what is cached"),
            ("ssowrap -p prod cache clear", "removes what belongs to a profile"),
        ],
    },
    VerbRow {
        verb: "init",
        group: Group::SetUp,
        takes: &[],
        examples: &[
            ("eval \"$(ssowrap init bash)\"", "a line for ~/.bashrc"),
            ("eval \"$(ssowrap init zsh --prompt)\"", "with the profile in the prompt"),
        ],
    },
    VerbRow {
        verb: "completions",
        group: Group::SetUp,
        takes: &[],
        examples: &[("ssowrap completions fish", "only the script")],
    },
    VerbRow {
        verb: "man",
        group: Group::SetUp,
        takes: &[],
        examples: &[("ssowrap man ~/.local/share/man/man1", "then `man ssowrap`")],
    },
    VerbRow {
        verb: "aws2-wrap",
        group: Group::SetUp,
        takes: &[],
        examples: &[("ssowrap aws2-wrap --profile prod --export", "as aws2-wrap does")],
    },
];

impl VerbRow {
    /// The row of a verb; none for a hidden verb, which accepts every option.
    pub(super) fn of(verb: &str) -> Option<&'static Self> {
        ROWS.iter().find(|row| row.verb == verb)
    }

    /// Whether an option, given by its id, affects the verb.
    pub(super) fn takes(&self, id: &str) -> bool {
        self.takes.iter().any(|options| options.contains(&id)) || MESSAGES.contains(&id)
    }
}

/// Whether only some verbs take an option.
pub(super) fn is_optional(id: &str) -> bool {
    EVERYTHING.iter().any(|options| options.contains(&id))
}

/// The verbs that take an option, for the error if another verb is given it.
pub(super) fn takers(id: &str) -> impl Iterator<Item = &'static str> {
    ROWS.iter().filter(move |row| row.takes(id)).map(|row| row.verb)
}

/// Hides global options from the help of verbs that don't take them, by adding a hidden copy that
/// replaces the global one.
pub(super) fn hide_what_is_not_taken(mut command: Command) -> Command {
    let optional = |arg: &&Arg| is_optional(arg.get_id().as_str());
    let options: Vec<Arg> = command.get_arguments().filter(optional).cloned().collect();
    for row in ROWS {
        if command.find_subcommand(row.verb).is_none() {
            continue;
        }
        let foreign = options.iter().filter(|option| !row.takes(option.get_id().as_str()));
        // Without their headings, which would otherwise come before those of the other options.
        let hide = |option: &Arg| option.clone().hide(true).help_heading(None::<&str>);
        let hidden: Vec<Arg> = foreign.map(hide).collect();
        command = command.mut_subcommand(row.verb, |verb| verb.args(hidden));
    }
    command
}

#[cfg(test)]
mod tests {
    use clap::Args;

    use super::*;
    use crate::cli::OnTopArgs;

    #[test]
    fn the_role_on_top_has_its_own_options() {
        let command = OnTopArgs::augment_args(Command::new("x"));
        let options = command.get_arguments().map(|option| option.get_id().as_str());
        assert_eq!(options.collect::<Vec<_>>(), ON_TOP);
    }
}
