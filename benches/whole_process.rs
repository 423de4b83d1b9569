//! Whole-process times as ratios to a floor measured in the same run: `cargo bench`.
//!
//! Absolute times mean nothing on a shared machine. So every round runs each command of a group
//! once, in turn, and the report shows the median of the per-round ratios to the group's first
//! command, the floor. `ROUNDS=300 cargo bench` gives steadier figures, `ONLY=warm` runs one group,
//! `AGAINST=PROGRAM` adds another build of ssowrap.
#![expect(
    clippy::disallowed_methods,
    clippy::print_stdout,
    reason = "a benchmark reads and prints for itself"
)]

use std::ffi::OsStr;
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use fake_aws::{FakeAws, Options};
use wait4::Wait4;

/// Argument that makes this program the fake.
const SERVE: &str = "--serve-fake-aws";

const TOKEN: &str = "bench-FAKEtoken";

fn main() {
    if std::env::args().nth(1).as_deref() == Some(SERVE) {
        return serve(std::env::args().nth(2).as_deref() == Some("tls"));
    }
    let home = tempfile::tempdir().expect("a temporary directory");
    let ca = home.path().join("ca.pem");
    let (plain, tls) = (Server::start("plain", &ca), Server::start("tls", &ca));
    let bench = Bench { home: home.path(), plain: &plain.url, tls: &tls.url, ca: &ca };
    for profiles in [10, 10_000] {
        bench.make_home(profiles);
    }
    println!("rounds: {}", rounds());
    bench.start();
    bench.profiles();
    bench.complete();
    bench.warm();
    bench.cold();
    bench.cold_tls();
    bench.chain();
    bench.crowd();
}

fn rounds() -> usize {
    std::env::var("ROUNDS").ok().and_then(|n| n.parse().ok()).unwrap_or(100)
}

/// The fake runs in a process of its own, because the kernel counts this process's memory into the
/// peak of the processes that it starts.
fn serve(tls: bool) {
    let fake = FakeAws::start(Options { tls, ..Options::default() });
    fake.grant("123456789012", "Admin");
    fake.add_token(TOKEN, Duration::from_secs(86_400));
    println!("{}", fake.url());
    if let Some(pem) = fake.ca_pem() {
        print!("{pem}");
    }
    println!("ready");
    let mut line = String::new();
    let mut stdin = std::io::stdin().lock();
    // Each line is a latency in milliseconds for GetRoleCredentials.
    while stdin.read_line(&mut line).is_ok_and(|length| length > 0) {
        let latency = line.trim().parse().expect("milliseconds");
        fake.set_latency("GetRoleCredentials", Duration::from_millis(latency));
        line.clear();
    }
}

/// A fake in a process of its own, which ends with its stdin.
struct Server {
    child: Child,
    url: String,
}

impl Server {
    fn start(kind: &str, ca: &Path) -> Self {
        let mut child = Command::new(std::env::current_exe().expect("this program"))
            .args([SERVE, kind])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("the fake starts");
        let stdout = BufReader::new(child.stdout.take().expect("a pipe"));
        let mut lines = stdout.lines().map(|line| line.expect("a line"));
        let url = lines.next().expect("the fake's address");
        let pem: Vec<String> = lines.take_while(|line| line != "ready").collect();
        if !pem.is_empty() {
            fs::write(ca, pem.join("\n") + "\n").expect("a file");
        }
        Self { child, url }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.child.stdin.take());
        let _ = self.child.wait();
    }
}

struct Bench<'a> {
    home: &'a Path,
    plain: &'a str,
    tls: &'a str,
    ca: &'a Path,
}

impl Bench<'_> {
    fn home(&self, profiles: usize) -> PathBuf {
        self.home.join(profiles.to_string())
    }

    /// Creates a home with this many profiles and a valid token.
    fn make_home(&self, profiles: usize) {
        let aws = self.home(profiles).join(".aws");
        fs::create_dir_all(aws.join("sso/cache")).expect("a home");
        let mut config = "\
[sso-session corp]
sso_start_url = https://d-1234567890.awsapps.com/start
sso_region = eu-central-1

[profile hop1]
role_arn = arn:aws:iam::210987654321:role/one
source_profile = p5
region = eu-west-1

[profile hop2]
role_arn = arn:aws:iam::345678901234:role/two
source_profile = hop1
region = eu-west-1
"
        .to_owned();
        for n in 0..profiles {
            config.push_str(&format!(
                "\n# team {n}\n[profile p{n}]\nsso_session = corp\nsso_account_id = 123456789012\n\
                 sso_role_name = Admin\nregion = eu-west-1\noutput = json\n"
            ));
        }
        println!("config with {profiles} profiles: {} KiB", config.len() / 1024);
        fs::write(aws.join("config"), config).expect("a config");
        let token = aws.join("sso/cache").join(format!("{}.json", sha1("corp")));
        let json = format!(
            "{{\"startUrl\": \"https://d-1234567890.awsapps.com/start\", \"region\": \
             \"eu-central-1\", \"accessToken\": \"{TOKEN}\", \"expiresAt\": \
             \"2099-01-01T00:00:00Z\"}}"
        );
        fs::write(token, json).expect("a token");
    }

    fn ssowrap(&self, profiles: usize, arguments: &[&str]) -> Case {
        let mut command = Command::new(env!("CARGO_BIN_EXE_ssowrap"));
        command
            .args(arguments)
            .env_clear()
            .env("HOME", self.home(profiles))
            .env("AWS_ENDPOINT_URL", self.plain);
        Case::new(format!("ssowrap {}", arguments.join(" ")), command)
    }

    /// The same with nothing cached.
    fn cold(&self) {
        group(
            "cold, one request",
            vec![
                self.curl(self.plain),
                self.ssowrap(10, &["-p", "p5", "credential-process"]).cold(self.home(10)),
                self.ssowrap(10, &["-p", "p5", "--no-cache", "credential-process"]),
            ],
        );
    }

    fn start(&self) {
        group(
            "start",
            vec![
                true_(),
                self.ssowrap(10, &["--version"]),
                self.ssowrap(10, &["-p", "p5", "explain"]),
                self.ssowrap(10, &["-p", "p5", "status", "--short"]),
                self.ssowrap(10, &["status"]),
            ],
        );
    }

    fn profiles(&self) {
        group(
            "10,000 profiles",
            vec![
                self.ssowrap(10, &["-p", "p5", "explain"]),
                self.ssowrap(10_000, &["-p", "p9999", "explain"]),
                self.ssowrap(10_000, &["-p", "p9999", "status", "--short"]),
                self.ssowrap(10_000, &["status"]),
                self.ssowrap(10_000, &["profiles"]),
            ],
        );
    }

    /// The user presses TAB.
    fn complete(&self) {
        let line = ["__complete", "bash", "--", "ssowrap -p p999", "p999"];
        group(
            "complete a profile name",
            vec![true_(), self.ssowrap(10, &line), self.ssowrap(10_000, &line)],
        );
    }

    fn warm(&self) {
        for profiles in [10, 10_000] {
            Run::of(&self.ssowrap(profiles, &["-p", "p5", "credential-process"]));
            Run::of(&self.ssowrap(profiles, &["-p", "hop2", "credential-process"]));
        }
        group(
            "warm",
            vec![
                true_(),
                self.ssowrap(10, &["-p", "p5", "credential-process"]),
                self.ssowrap(10, &["-p", "hop2", "credential-process"]),
                self.ssowrap(10, &["-p", "p5", "export"]),
            ],
        );
        group(
            "warm, 10,000 profiles",
            vec![
                self.ssowrap(10, &["-p", "p5", "credential-process"]),
                self.ssowrap(10_000, &["-p", "p9999", "credential-process"]),
            ],
        );
    }

    fn cold_tls(&self) {
        let system = PathBuf::from("/etc/ssl/certs/ca-certificates.crt");
        let with_ca = |name: &str, bundle: &Path| {
            let mut curl = self.curl(self.tls);
            curl.command.arg("--cacert").arg(bundle);
            let mut ours =
                self.ssowrap(10, &["-p", "p5", "credential-process"]).cold(self.home(10));
            ours.command.env("AWS_ENDPOINT_URL", self.tls).env("AWS_CA_BUNDLE", bundle);
            group(name, vec![curl, ours]);
        };
        with_ca("cold, TLS, a bundle of one CA", self.ca);
        if let Ok(mut bundle) = fs::read(&system) {
            bundle.extend(fs::read(self.ca).expect("the fake's CA"));
            let whole = self.home.join("whole.pem");
            fs::write(&whole, bundle).expect("a bundle");
            with_ca("cold, TLS, the system's bundle", &whole);
            let mut curl = self.curl(self.tls);
            curl.command.env("SSL_CERT_FILE", &whole).arg("--cacert").arg(&whole);
            let mut ours =
                self.ssowrap(10, &["-p", "p5", "credential-process"]).cold(self.home(10));
            ours.command.env("AWS_ENDPOINT_URL", self.tls).env("SSL_CERT_FILE", &whole);
            group("the same as system trust", vec![curl, ours]);
        }
    }

    /// Two hops send three requests; the floor is three curl processes.
    fn chain(&self) {
        let mut floor = Command::new("sh");
        let url = get(self.plain);
        let one = format!("curl -sf -H 'x-amz-sso_bearer_token: {TOKEN}' '{url}'");
        floor.arg("-c").arg(format!("{one};{one};{one}"));
        group(
            "cold, chain of two hops",
            vec![
                Case::new("curl three times".into(), floor),
                self.ssowrap(10, &["-p", "hop2", "credential-process"]).cold(self.home(10)),
            ],
        );
    }

    /// A hundred processes at once with nothing cached, against a portal that takes 100 ms.
    fn crowd(&self) {
        if !wanted("crowd") {
            return;
        }
        let mut server = Server::start("plain", self.ca);
        writeln!(server.child.stdin.as_mut().expect("a pipe"), "100").expect("a pipe");
        let case = |server: &Server| {
            let mut case = self.ssowrap(10, &["-p", "p5", "credential-process"]);
            case.command.env("AWS_ENDPOINT_URL", &server.url);
            case
        };
        println!("\na hundred at once, cold, 100 ms latency");
        let cores = std::thread::available_parallelism().map_or(1, usize::from) as f64;
        for _ in 0..5 {
            clear(&self.home(10));
            let cold = Run::of(&case(&server)).seconds;
            let warm = median((0..20).map(|_| Run::of(&case(&server)).seconds));
            clear(&self.home(10));
            let started = Instant::now();
            let children: Vec<Child> =
                (0..100).map(|_| again(&case(&server)).spawn().expect("a process")).collect();
            for mut child in children {
                assert!(child.wait().expect("a child").success());
            }
            let all = started.elapsed().as_secs_f64();
            let budget = cold + 100.0 * warm / cores;
            println!(
                "  all done after {:.0} ms; one cold call + 100 warm ones / {cores} cores = {:.0} \
                 ms; ratio {:.2}",
                1e3 * all,
                1e3 * budget,
                all / budget
            );
        }
    }

    /// The same GET with curl.
    fn curl(&self, server: &str) -> Case {
        let mut command = Command::new("curl");
        command.args(["-sf", "-H"]).arg(format!("x-amz-sso_bearer_token: {TOKEN}"));
        command.arg(get(server));
        Case::new("curl".into(), command)
    }
}

fn get(server: &str) -> String {
    format!("{server}/federation/credentials?role_name=Admin&account_id=123456789012")
}

fn true_() -> Case {
    Case::new("/bin/true".into(), Command::new("/bin/true"))
}

fn sha1(key: &str) -> String {
    use sha1::Digest;
    sha1::Sha1::digest(key.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Removes all role credentials.
fn clear(home: &Path) {
    for directory in [".aws/cli/cache", ".cache/ssowrap"] {
        match fs::remove_dir_all(home.join(directory)) {
            Err(e) if e.kind() != std::io::ErrorKind::NotFound => panic!("{e}"),
            _ => {}
        }
    }
}

struct Case {
    label: String,
    command: Command,
    /// The home to clear before each run.
    cold: Option<PathBuf>,
}

impl Case {
    fn new(label: String, command: Command) -> Self {
        Self { label, command, cold: None }
    }

    fn cold(mut self, home: PathBuf) -> Self {
        self.cold = Some(home);
        self
    }

    /// The case, and if it runs ssowrap, the same with the program of `AGAINST`.
    fn with_rival(self) -> impl Iterator<Item = Self> {
        let ours = self.command.get_program() == env!("CARGO_BIN_EXE_ssowrap");
        let rival = std::env::var_os("AGAINST").filter(|_| ours).map(|program| {
            let mut command = Command::new(program);
            command.args(self.command.get_args()).env_clear().envs(set(&self.command));
            Self { label: "  the other build".into(), command, cold: self.cold.clone() }
        });
        std::iter::once(self).chain(rival)
    }
}

fn wanted(name: &str) -> bool {
    std::env::var("ONLY").map_or(true, |only| name.contains(&only))
}

/// Runs a group and prints its table. The first command is the floor.
fn group(name: &str, cases: Vec<Case>) {
    if !wanted(name) {
        return;
    }
    let cases: Vec<Case> = cases.into_iter().flat_map(Case::with_rival).collect();
    let mut runs: Vec<Vec<Run>> = cases.iter().map(|_| Vec::new()).collect();
    for round in 0..rounds() + 2 {
        for (case, runs) in cases.iter().zip(&mut runs) {
            let run = Run::of(case);
            // The first two rounds warm the page cache.
            if round >= 2 {
                runs.push(run);
            }
        }
    }
    println!("\n{name:44}  median ms  ratio to floor  more ms  peak MiB");
    for (Case { label, .. }, case) in cases.iter().zip(&runs) {
        let pairs = || case.iter().zip(&runs[0]);
        println!(
            "{label:44}  {:9.2}  {:14.2}  {:7.2}  {:8.1}",
            1e3 * median(case.iter().map(|run| run.seconds)),
            median(pairs().map(|(a, floor)| a.seconds / floor.seconds)),
            median(pairs().map(|(a, floor)| 1e3 * (a.seconds - floor.seconds))),
            case.iter().map(|run| run.peak_mib).fold(0.0, f64::max),
        );
    }
}

struct Run {
    seconds: f64,
    peak_mib: f64,
}

impl Run {
    fn of(case: &Case) -> Self {
        if let Some(home) = &case.cold {
            clear(home);
        }
        let mut command = again(case);
        let start = Instant::now();
        let mut child = command.spawn().unwrap_or_else(|e| panic!("{}: {e}", case.label));
        let used = child.wait4().unwrap_or_else(|e| panic!("{}: {e}", case.label));
        let seconds = start.elapsed().as_secs_f64();
        assert!(used.status.success(), "{} failed", case.label);
        Self { seconds, peak_mib: used.rusage.maxrss as f64 / 1024.0 / 1024.0 }
    }
}

/// The variables that a command sets.
fn set(command: &Command) -> impl Iterator<Item = (&OsStr, &OsStr)> {
    command.get_envs().filter_map(|(name, value)| Some((name, value?)))
}

/// The same command again, without standard streams.
fn again(case: &Case) -> Command {
    let mut again = Command::new(case.command.get_program());
    again.args(case.command.get_args()).stdin(Stdio::null()).stdout(Stdio::null());
    if case.command.get_envs().next().is_some() {
        again.env_clear();
    }
    again.envs(set(&case.command));
    again
}

fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}
