//! The fake as a program. It prints its URL as soon as it listens and serves until its standard
//! input ends.
#![forbid(unsafe_code)]

use fake_aws::{Consent, FakeAws, Options};
use std::ffi::OsString;
use std::io::{self, Read, Write};
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

const HELP: &str = "\
A faithful AWS IAM Identity Center portal, SSO-OIDC and STS on one port of 127.0.0.1.

Usage: fake-aws [OPTIONS]

Options:
  --port N          port to listen on (default: a free one)
  --tls             serve HTTPS; the authority is at /_fake/ca.pem and in --ca-out
  --ca-out FILE     write the certificate of the authority to this file (implies --tls)
  --prefix PATH     path before every service, for example /gateway
  --token TOKEN     make an access token known, good for 8 hours (may be repeated)
  --approve         approve every login at once instead of asking on a page
  --set FILE        apply a JSON document of settings, as POST /_fake/set does
  -h, --help        print this text

The first line of output is the URL, which is the endpoint of every service. The program ends when
its standard input ends or when it is terminated. Settings, faults and the request log are below
/_fake/ of the URL; see the README.
";

/// What the command line asks for.
#[derive(Default)]
struct Args {
    options: Options,
    ca_out: Option<PathBuf>,
    tokens: Vec<String>,
    set: Option<PathBuf>,
    help: bool,
}

fn main() -> ExitCode {
    let done = parse(std::env::args_os().skip(1))
        .map_err(|error| (2, error))
        .and_then(|args| run(args).map_err(|error| (1, error)));
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err((code, error)) => {
            // If standard error is closed, there is nowhere to report that.
            let _ = writeln!(io::stderr(), "fake-aws: {error}");
            ExitCode::from(code)
        }
    }
}

fn parse(args: impl Iterator<Item = OsString>) -> Result<Args, String> {
    let mut parsed = Args::default();
    let mut args = args.peekable();
    while let Some(arg) = args.next() {
        let name = arg.to_str().ok_or("an option is not text")?.to_owned();
        let mut value = || args.next().ok_or_else(|| format!("{name} needs a value"));
        match name.as_str() {
            "--port" => {
                parsed.options.port =
                    text(value()?)?.parse().map_err(|_| "--port needs a number")?;
            }
            "--tls" => parsed.options.tls = true,
            "--ca-out" => {
                parsed.options.tls = true;
                parsed.ca_out = Some(value()?.into());
            }
            "--prefix" => parsed.options.prefix = text(value()?)?,
            "--token" => parsed.tokens.push(text(value()?)?),
            "--approve" => parsed.options.consent = Consent::Approve,
            "--set" => parsed.set = Some(value()?.into()),
            "-h" | "--help" => parsed.help = true,
            other => return Err(format!("unknown option {other}; see --help")),
        }
    }
    Ok(parsed)
}

fn text(value: OsString) -> Result<String, String> {
    value.into_string().map_err(|_| "a value is not text".to_owned())
}

fn run(args: Args) -> Result<(), String> {
    let mut out = io::stdout();
    if args.help {
        return out.write_all(HELP.as_bytes()).map_err(|error| error.to_string());
    }
    let settings = match &args.set {
        None => None,
        Some(path) => Some(
            std::fs::read_to_string(path)
                .map_err(|error| format!("{}: {error}", path.display()))?,
        ),
    };
    let fake =
        FakeAws::try_start(args.options).map_err(|error| format!("cannot start: {error}"))?;
    for token in &args.tokens {
        fake.add_token(token, Duration::from_secs(8 * 3600));
    }
    if let Some(settings) = settings {
        fake.set_json(&settings)?;
    }
    if let (Some(path), Some(pem)) = (&args.ca_out, fake.ca_pem()) {
        std::fs::write(path, pem).map_err(|error| format!("{}: {error}", path.display()))?;
    }
    writeln!(out, "{}", fake.url())
        .and_then(|()| out.flush())
        .map_err(|error| error.to_string())?;
    wait()
}

/// Waits until standard input ends. Its contents are ignored.
fn wait() -> Result<(), String> {
    let mut buffer = [0; 512];
    let mut input = io::stdin().lock();
    loop {
        match input.read(&mut buffer) {
            Ok(0) => return Ok(()),
            Ok(_) => {}
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error.to_string()),
        }
    }
}
