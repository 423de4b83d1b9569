//! A temporary home directory with config, logins and its own AWS, in which the program runs with a
//! cleared environment. Checks exact output, and that no secret is where it shouldn't be.
//!
//! ```ignore
//! let home = Home::with_aws().config(CONFIG).login("corp");
//! home.run(["-p", "dev", "export"]).succeeds().prints("...");
//! home.run(["-p", "typo", "export"]).fails(4, "error: ...\n");
//! ```

mod tools;

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::fs;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant, SystemTime};

use chrono::{DateTime, TimeDelta, Utc};
use fake_aws::{FakeAws, MARKERS, Options};
use sha1::{Digest, Sha1};
use tempfile::TempDir;

pub(crate) use tools::{injected, skip, tool, tool_if_any, with_fault};

/// The program under test: the one that cargo built with the tests, or the one that `TEST_PROGRAM`
/// named when they were compiled.
pub(crate) const SSOWRAP: &str = match option_env!("TEST_PROGRAM") {
    Some(path) => path,
    None => env!("CARGO_BIN_EXE_ssowrap"),
};

/// No run takes this long, however slow the machine.
pub(crate) const TIMEOUT: Duration = Duration::from_secs(60);

/// The start URL and region of the logins that [`Token::new`] makes.
pub(crate) const START_URL: &str = "https://corp.awsapps.com/start";
/// See [`START_URL`].
pub(crate) const SSO_REGION: &str = "eu-central-1";

/// The client registration and the refresh token of those logins.
pub(crate) const CLIENT_ID: &str = "client-of-corp";
/// See [`CLIENT_ID`].
pub(crate) const CLIENT_SECRET: &str = "FAKEsecret.client";
/// See [`CLIENT_ID`].
pub(crate) const REFRESH_TOKEN: &str = "aorFAKEtoken-refresh";

/// One session and a profile `dev` for a role in it.
pub(crate) const DEV: &str = "\
[profile dev]
sso_session = corp
sso_account_id = 123456789012
sso_role_name = Admin
region = eu-west-1

[sso-session corp]
sso_start_url = https://corp.awsapps.com/start
sso_region = eu-central-1
";

/// A profile `keys` with an access key in the config file.
pub(crate) const KEYS: &str = "\
[profile keys]
aws_access_key_id = AKIAEXAMPLE
aws_secret_access_key = FAKEsecret/+key
";

/// The SSO token file that the AWS CLI writes, and variations of it.
#[derive(Clone, Debug)]
pub(crate) struct Token {
    pub start_url: String,
    pub region: String,
    pub access_token: String,
    pub expires_at: String,
    /// Whether it comes with a refresh token and a client registration.
    pub refreshable: bool,
}

impl Token {
    /// A login for [`START_URL`] that lasts an hour.
    pub(crate) fn new() -> Self {
        Self {
            start_url: START_URL.to_owned(),
            region: SSO_REGION.to_owned(),
            access_token: "aoaFAKEtoken-of-corp:xyz/+".to_owned(),
            expires_at: timestamp(now() + TimeDelta::hours(1)),
            refreshable: true,
        }
    }

    /// The same, as the AWS CLI wrote it before there were refresh tokens.
    pub(crate) fn without_refresh(self) -> Self {
        Self { refreshable: false, ..self }
    }

    /// The same with this much time left.
    pub(crate) fn expires_in(self, left: TimeDelta) -> Self {
        self.expires_at(timestamp(now() + left))
    }

    /// The same with another expiration, as text in the file.
    pub(crate) fn expires_at(mut self, text: impl Into<String>) -> Self {
        self.expires_at = text.into();
        self
    }

    /// The same for another start URL.
    pub(crate) fn start_url(mut self, url: &str) -> Self {
        self.start_url = url.to_owned();
        self
    }

    /// The bytes that the AWS CLI writes (SPEC 3.2).
    pub(crate) fn to_json(&self) -> String {
        let mut json = format!(
            "{{\"startUrl\": \"{}\", \"region\": \"{}\", \"accessToken\": \"{}\", \"expiresAt\": \
             \"{}\"",
            self.start_url, self.region, self.access_token, self.expires_at
        );
        if self.refreshable {
            json.push_str(&format!(
                ", \"clientId\": \"{CLIENT_ID}\", \"clientSecret\": \"{CLIENT_SECRET}\", \
                 \"registrationExpiresAt\": \"2099-01-01T00:00:00Z\", \"refreshToken\": \
                 \"{REFRESH_TOKEN}\""
            ));
        }
        json + "}"
    }
}

/// A home directory with `.aws` in it, which is removed when this is dropped.
pub(crate) struct Home {
    directory: TempDir,
    variables: BTreeMap<OsString, OsString>,
    aws: Option<FakeAws>,
}

impl Home {
    /// A home without an AWS: requests would go to a port where nothing listens.
    pub(crate) fn new() -> Self {
        Self::start(None)
    }

    /// A home with a fake AWS.
    pub(crate) fn with_aws() -> Self {
        Self::start(Some(FakeAws::start(Options::default())))
    }

    /// A home with a fake AWS that has other options.
    pub(crate) fn with_options(options: Options) -> Self {
        Self::start(Some(FakeAws::start(options)))
    }

    fn start(aws: Option<FakeAws>) -> Self {
        let directory = tempfile::tempdir().expect("a temporary directory");
        let url = aws.as_ref().map_or("http://127.0.0.1:9".to_owned(), FakeAws::url);
        let program = Path::new(SSOWRAP).parent().expect("a directory").display();
        let variables = [
            ("PATH", format!("{program}:/usr/local/bin:/usr/bin:/bin")),
            ("HOME", directory.path().display().to_string()),
            ("AWS_ENDPOINT_URL", url),
            ("TZ", "UTC".to_owned()),
        ];
        let variables = variables.map(|(name, value)| (name.into(), value.into())).into();
        let home = Self { directory, variables, aws };
        fs::create_dir_all(home.path(".aws/sso/cache")).expect("directories");
        home
    }

    /// The same after the fake AWS has gone: nothing listens on its port any more.
    pub(crate) fn aws_gone(mut self) -> Self {
        self.aws = None;
        self
    }

    /// The fake AWS.
    pub(crate) fn aws(&self) -> &FakeAws {
        self.aws.as_ref().expect("a home made by `with_aws`")
    }

    /// A path in the home directory.
    pub(crate) fn path(&self, relative: &str) -> PathBuf {
        self.directory.path().join(relative)
    }

    /// Writes `.aws/config`.
    pub(crate) fn config(self, text: &str) -> Self {
        self.file(".aws/config", text)
    }

    /// Writes `.aws/credentials`.
    pub(crate) fn credentials(self, text: &str) -> Self {
        self.file(".aws/credentials", text)
    }

    /// Writes a file.
    pub(crate) fn file(self, relative: &str, contents: impl AsRef<[u8]>) -> Self {
        self.write(relative, contents);
        self
    }

    /// Writes a file later.
    pub(crate) fn write(&self, relative: &str, contents: impl AsRef<[u8]>) {
        let path = self.path(relative);
        fs::write(&path, contents).expect("a file can be written");
        if [".aws/sso/cache/", ".aws/login/cache/"].iter().any(|cache| relative.starts_with(cache))
        {
            // With the mode that the AWS CLI uses.
            use std::os::unix::fs::PermissionsExt;
            fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).expect("own file");
        }
    }

    /// For a fish at a terminal: where this directory is missing, it reads every manual page in the
    /// background, and goes on when the home directory has gone.
    pub(crate) fn without_manuals(&self) {
        let completions = self.path(".local/share/fish/generated_completions");
        fs::create_dir_all(completions).expect("directories");
    }

    /// Writes an executable script.
    pub(crate) fn script(self, relative: &str, text: &str) -> Self {
        use std::os::unix::fs::PermissionsExt;
        self.write(relative, text);
        let executable = fs::Permissions::from_mode(0o755);
        fs::set_permissions(self.path(relative), executable).expect("own file");
        self
    }

    /// Signs in to an sso-session, as `aws sso login` would.
    pub(crate) fn login(self, session: &str) -> Self {
        self.token(session, &Token::new())
    }

    /// Writes a token for a session's name or a start URL, and makes the fake AWS accept it.
    pub(crate) fn token(self, key: &str, token: &Token) -> Self {
        if let Some(aws) = &self.aws {
            aws.add_token(&token.access_token, Duration::from_secs(3600));
        }
        self.raw_token(key, token.to_json())
    }

    /// Makes the fake AWS accept the refresh token of [`Token::new`].
    pub(crate) fn refreshable(self) -> Self {
        self.aws().add_client(CLIENT_ID, CLIENT_SECRET, Duration::from_secs(86_400));
        self.aws().add_refresh_token(REFRESH_TOKEN, CLIENT_ID);
        self
    }

    /// Writes a token file with arbitrary contents.
    pub(crate) fn raw_token(self, key: &str, contents: impl AsRef<[u8]>) -> Self {
        let file = token_file(key);
        self.file(&file, contents)
    }

    /// Sets a variable for every run.
    pub(crate) fn env(mut self, name: &str, value: impl AsRef<OsStr>) -> Self {
        self.variables.insert(name.into(), value.as_ref().to_owned());
        self
    }

    /// ssowrap with these arguments.
    pub(crate) fn run<S: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = S>) -> Run<'_> {
        self.tool(SSOWRAP, arguments)
    }

    /// Another program in the same environment.
    pub(crate) fn tool<S: AsRef<OsStr>>(
        &self,
        program: impl AsRef<OsStr>,
        arguments: impl IntoIterator<Item = S>,
    ) -> Run<'_> {
        let mut command = Command::new(program);
        command.args(arguments).env_clear().envs(&self.variables).current_dir(&self.directory);
        Run { home: self, command, input: Vec::new(), stdout: Stdio::piped() }
    }
}

/// A program about to run.
pub(crate) struct Run<'a> {
    home: &'a Home,
    command: Command,
    input: Vec<u8>,
    stdout: Stdio,
}

impl Run<'_> {
    /// Sets a variable.
    pub(crate) fn env(mut self, name: &str, value: impl AsRef<OsStr>) -> Self {
        self.command.env(name, value);
        self
    }

    /// Removes a variable.
    pub(crate) fn without(mut self, name: &str) -> Self {
        self.command.env_remove(name);
        self
    }

    /// Passes this to its stdin, which is empty otherwise.
    pub(crate) fn stdin(mut self, input: impl Into<Vec<u8>>) -> Self {
        self.input = input.into();
        self
    }

    /// Redirects its stdout.
    pub(crate) fn stdout_to(mut self, target: impl Into<Stdio>) -> Self {
        self.stdout = target.into();
        self
    }

    /// Runs it, and checks what must hold for every run: it ends in time, no secret is on stderr,
    /// and if ssowrap fails, stdout is empty (except for `explain`, see [`Run::report`]).
    pub(crate) fn output(self) -> Output {
        let is_ssowrap = self.command.get_program() == SSOWRAP;
        let output = self.report();
        if is_ssowrap && output.stderr.starts_with("error: ") {
            assert_eq!(output.stdout(), "", "a failing run printed data");
        }
        output
    }

    /// [`Run::output`] for a program that may print something although it fails.
    pub(crate) fn report(mut self) -> Output {
        self.command.stdin(Stdio::piped()).stdout(self.stdout).stderr(Stdio::piped());
        let child = self.command.spawn().expect("the program starts");
        let pid = child.id();
        // It holds the other end of what stdout was redirected to.
        drop(self.command);
        let (status, stdout, stderr) = wait(child, self.input);
        let stderr = self.home.masked(&stderr);
        for marker in MARKERS {
            assert!(!stderr.contains(marker), "a secret ({marker}) on stderr:\n{stderr}");
        }
        Output { status, text: self.home.masked(&stdout), stdout, stderr, pid }
    }

    /// The command itself, for a test that starts it in its own way.
    pub(crate) fn into_command(self) -> Command {
        self.command
    }

    /// Starts it, for a test that does something meanwhile. Nothing is checked.
    pub(crate) fn spawn(mut self) -> Child {
        self.command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        self.command.spawn().expect("the program starts")
    }

    /// Runs it; it must succeed without messages.
    pub(crate) fn succeeds(self) -> Output {
        let output = self.output();
        assert_eq!(output.stderr, "");
        assert!(output.status.success(), "{}", output.status);
        output
    }

    /// Runs it; it must print exactly this and succeed.
    pub(crate) fn prints(self, stdout: &str) {
        assert_eq!(self.succeeds().stdout(), stdout);
    }

    /// Runs it; it must fail with this exit code and exactly this text on stderr, in which `~` is
    /// the home directory.
    pub(crate) fn fails(self, code: i32, stderr: &str) {
        let output = self.output();
        assert_eq!(output.stderr, stderr);
        assert_eq!(output.status.code(), Some(code), "{}", output.status);
    }

    /// [`Run::fails`] after requests to AWS. In the text, the host is `AWS`, and request ids are
    /// left out.
    pub(crate) fn refused(self, code: i32, stderr: &str) {
        let host = self.home.aws().url().replace("http://", "").replace("https://", "");
        let output = self.output();
        let mut words = output.stderr.replace(&host, "AWS");
        while let Some(start) = words.find(" (request id ") {
            let end = words[start..].find(')').expect("a bracket") + start;
            words.replace_range(start..=end, "");
        }
        assert_eq!(words, stderr);
        assert_eq!(output.status.code(), Some(code), "{}", output.status);
    }
}

/// Messages that musl words differently.
const MUSL_WORDS: [(&str, &str); 2] = [
    ("Address in use", "Address already in use"),
    ("Symbolic link loop", "Too many levels of symbolic links"),
];

/// The result of a run. The home directory is `~` in texts.
pub(crate) struct Output {
    /// How it ended.
    pub status: ExitStatus,
    /// The bytes on stdout, unchanged.
    pub stdout: Vec<u8>,
    /// The text on stderr.
    pub stderr: String,
    /// Its process id.
    pub pid: u32,
    text: String,
}

impl Output {
    /// The text on stdout.
    pub(crate) fn stdout(&self) -> &str {
        &self.text
    }

    /// All of it, for a test that fails.
    pub(crate) fn told(&self) -> String {
        format!("{}\nstdout: {}\nstderr: {}", self.status, self.text, self.stderr)
    }

    /// The variables that `export` printed, by name.
    pub(crate) fn exported(&self) -> BTreeMap<String, String> {
        let unquoted = |line: &str| {
            let (name, value) = line.strip_prefix("export ")?.split_once('=')?;
            let value = value.strip_prefix('\'')?.strip_suffix('\'')?;
            Some((name.to_owned(), value.to_owned()))
        };
        self.stdout().lines().filter_map(unquoted).collect()
    }
}

impl Home {
    fn masked(&self, bytes: &[u8]) -> String {
        let home = self.directory.path().display().to_string();
        let text = String::from_utf8_lossy(bytes).replace(&home, "~");
        MUSL_WORDS.iter().fold(text, |text, (musl, glibc)| text.replace(musl, glibc))
    }
}

/// Passes `input` to a process, waits for it, and kills it if it takes too long.
fn wait(mut child: Child, input: Vec<u8>) -> (ExitStatus, Vec<u8>, Vec<u8>) {
    let mut stdin = child.stdin.take().expect("piped");
    let (stdout, stderr) = (reader(child.stdout.take()), reader(child.stderr.take()));
    // A program may not read its input.
    thread::spawn(move || stdin.write_all(&input));
    // Both pipes end when the last process that holds them does.
    let (Ok(stdout), Ok(stderr)) = (stdout.recv_timeout(TIMEOUT), stderr.recv_timeout(TIMEOUT))
    else {
        let killed = child.kill();
        panic!("the program did not end within {TIMEOUT:?} ({killed:?})");
    };
    (child.wait().expect("a child"), stdout, stderr)
}

/// Asks again until there is an answer, but not forever.
pub(crate) fn until<T>(what: &str, mut ask: impl FnMut() -> Option<T>) -> T {
    let started = Instant::now();
    loop {
        if let Some(answer) = ask() {
            return answer;
        }
        assert!(started.elapsed() < TIMEOUT, "not within {TIMEOUT:?}: {what}");
        thread::yield_now();
    }
}

/// Reads `pipe` in the background until it ends.
pub(crate) fn reader(pipe: Option<impl Read + Send + 'static>) -> mpsc::Receiver<Vec<u8>> {
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || {
        let mut bytes = Vec::new();
        let read = pipe.map_or(Ok(0), |mut pipe| pipe.read_to_end(&mut bytes));
        // After the timeout, nobody receives it.
        let _ = read.map(|_| sender.send(bytes));
    });
    receiver
}

/// The token file of a session's name or start URL, relative to the home directory.
pub(crate) fn token_file(key: &str) -> String {
    let name: String = Sha1::digest(key).iter().map(|byte| format!("{byte:02x}")).collect();
    format!(".aws/sso/cache/{name}.json")
}

/// The time.
#[expect(clippy::disallowed_methods, reason = "tests have a clock too")]
pub(crate) fn now() -> DateTime<Utc> {
    SystemTime::now().into()
}

/// `YYYY-MM-DDTHH:MM:SSZ`.
pub(crate) fn timestamp(time: DateTime<Utc>) -> String {
    time.format("%Y-%m-%dT%H:%M:%SZ").to_string()
}
