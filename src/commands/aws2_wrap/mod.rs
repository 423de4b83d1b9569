//! ssowrap as a replacement for aws2-wrap, with its command line, output, files, messages and exit
//! codes.
//!
//! Where it differs, the outcome is the same, or something works that fails there;
//! docs/aws2-wrap.md lists the differences.

mod environment;
mod parent;
mod words;

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf, absolute};
use std::process::{Command, ExitCode};

use crate::cli::aws2_wrap::{self as arguments, Arguments, Parsed};
use crate::cli::words::profile_of_command;
use crate::context::{Context, Environment};
use crate::credentials::{Credentials, HELPER_PATIENCE};
use crate::error::{Error, Kind, Result, Subject};
use crate::exchange;
use crate::handover::command::become_command;
use crate::handover::{PrivateFiles, aws_files};
use crate::output::aws2_wrap as output;
use crate::output::caller::Caller;
use crate::output::json;
use crate::output::region::Region;
use crate::platform::IS_WINDOWS;
use crate::platform::process::shell;
use crate::printer::{Color, Printer};
use crate::profile::edit::region::RegionChange;
use crate::profile::edit::target::{Force, Keys, Target};
use crate::profile::files::{ConfigFile, Files, expand_home, literal_path, usual_path};
use crate::profile::parse::FileKind;
use crate::profile::plan::Plan;
use crate::profile::{Dialect, Request, Resolver};
use crate::settings::{default_profile, refuse_wider, region};
use crate::text::escape::{shell_option, shell_word};
use crate::variables;

/// The program name that selects it.
pub(crate) const NAME: &str = "aws2-wrap";

/// The release that this replaces.
const VERSION: &str = "1.4.0";

const USAGE: &str = "\
usage: aws2-wrap [--profile NAME] [--export | --process | --generatestdout]
       aws2-wrap [--profile NAME] --generate [--outprofile NAME]
                 [--configfile PATH] [--credentialsfile PATH] [--force]
       aws2-wrap [--profile NAME] --exec LINE
       aws2-wrap [--profile NAME] [--] COMMAND [ARGUMENT]...";

const HELP: &str = "

Replaces aws2-wrap: gives a shell, file, program or command the credentials of
an IAM Identity Center profile.

  --profile NAME          profile [default: AWS_PROFILE, AWS_DEFAULT_PROFILE]
  --export                print lines that export the credentials
  --process               print the JSON of a credential_process
  --exec LINE             run a shell command line
  --generatestdout        print a section for a credentials file
  --generate              write the credentials and the region into the files
  --outprofile NAME       the profile to write [default: default]
  --configfile PATH       config file [default: ~/.aws/config]
  --credentialsfile PATH  credentials file [default: ~/.aws/credentials]
  --force                 overwrite a profile that has another source
  -v, --version           print the version of aws2-wrap that this replaces
  -h, --help              print this text

Options come before the command. `ssowrap --help` shows all of ssowrap.
Example: eval \"$(aws2-wrap --profile prod --export)\"
";

/// Words that a shell runs without a file of that name.
const BUILTINS: [&str; 14] = [
    ".", ":", "cd", "command", "eval", "exec", "exit", "export", "read", "set", "trap", "type",
    "ulimit", "umask",
];

/// The arguments for aws2-wrap, if it is called by its name or by the first word after ours.
pub(crate) fn called(mut words: impl Iterator<Item = OsString>) -> Option<Vec<OsString>> {
    let program = words.next()?;
    if is_name(&program) {
        return Some(words.collect());
    }
    words.next().filter(|word| word == NAME).map(|_| words.collect())
}

fn is_name(program: &OsStr) -> bool {
    let name = Path::new(program).file_name().unwrap_or_default();
    let is_windows_name =
        || name.eq_ignore_ascii_case(NAME) || name.eq_ignore_ascii_case("aws2-wrap.exe");
    name == NAME || (IS_WINDOWS && is_windows_name())
}

/// Does what aws2-wrap would do with these arguments.
pub(crate) fn run(arguments: Vec<OsString>) -> ExitCode {
    let environment = Environment::of_process();
    let no_color = environment.no_color();
    let ctx = Context::new(environment, Printer::new(false, 0, Color::Auto, no_color));
    let text = match arguments::parse(arguments) {
        Ok(Parsed::Run(arguments)) => return perform(&ctx, &arguments),
        Ok(Parsed::Help) => format!("{USAGE}{HELP}"),
        Ok(Parsed::Version) => format!("{NAME} {VERSION}\n"),
        Err(refused) => {
            USAGE.lines().for_each(|line| ctx.printer.show(line));
            // argparse's error is the last line.
            refused.hint.iter().for_each(|hint| ctx.printer.show(&format!("hint: {hint}")));
            ctx.printer.show(&format!("{NAME}: error: {}", refused.message));
            return ExitCode::from(2);
        }
    };
    ctx.printer.data(text.as_bytes()).map_or(ExitCode::FAILURE, |()| ExitCode::SUCCESS)
}

fn perform(ctx: &Context, arguments: &Arguments) -> ExitCode {
    let config = match literal_path(ctx, FileKind::Config) {
        Ok(config) => config,
        Err(error) => return fail(ctx, &error, Path::new("")),
    };
    hand_over(ctx, arguments, &config).unwrap_or_else(|error| fail(ctx, &error, &config))
}

/// Every failure exits with 1, except a command that cannot be run.
fn fail(ctx: &Context, error: &Error, config: &Path) -> ExitCode {
    words::tell(ctx, error, config);
    match error.kind {
        Kind::NotExecutable | Kind::CommandNotFound | Kind::Interrupted => error.exit_code(),
        _ => ExitCode::FAILURE,
    }
}

/// Gets the credentials and hands them over in the form that was asked for.
fn hand_over(ctx: &Context, arguments: &Arguments, config: &Path) -> Result<ExitCode> {
    let request = request(ctx, arguments)?;
    let mut files = Files {
        config: ConfigFile::read(FileKind::Config, config.to_owned())?,
        credentials: ConfigFile::unread(
            FileKind::Credentials,
            literal_path(ctx, FileKind::Credentials)?,
        ),
    };
    let outcome = hand_over_to(ctx, arguments, &mut files, &request);
    outcome.map_err(|error| match (&request, error.kind) {
        (
            Request::Profile { origin: None, .. },
            Kind::ProfileNotFound | Kind::NoCredentials | Kind::CommandNotFound,
        ) => misplaced(ctx, error, &mut files, &arguments.command),
        _ => error,
    })
}

/// The same for a given request.
fn hand_over_to(
    ctx: &Context,
    arguments: &Arguments,
    files: &mut Files,
    request: &Request,
) -> Result<ExitCode> {
    let plan = plan(ctx, request, files)?;
    refuse_wider(ctx, &plan)?;
    let credentials = exchange::credentials(ctx, &plan, &options(ctx, arguments, &plan))?;
    // aws2-wrap doesn't pass on the account.
    let credentials = Credentials { account_id: None, ..credentials };
    let region = plan.region.as_deref();
    let outprofile = outprofile(arguments)?;
    if arguments.export {
        let variables = environment::variables(ctx, &credentials, region)?;
        let is_powershell = parent::is_powershell(ctx);
        let form = if is_powershell { output::powershell } else { output::posix };
        ctx.printer.data(form(&variables).as_bytes())?;
    } else if arguments.generatestdout {
        ctx.printer.data(output::section(outprofile, &credentials)?.as_bytes())?;
    } else if arguments.generate {
        generate(ctx, arguments, outprofile, &credentials, region)?;
    } else if arguments.process {
        ctx.printer.data(json::python_process(&credentials)?.as_bytes())?;
    } else {
        return command(ctx, arguments, &credentials, region);
    }
    Ok(ExitCode::SUCCESS)
}

/// The profile to use. An empty variable names the profile with the empty name: aws2-wrap does not
/// look further either.
fn request(ctx: &Context, arguments: &Arguments) -> Result<Request> {
    let names = [variables::AWS_PROFILE, variables::AWS_DEFAULT_PROFILE];
    let set = || names.into_iter().find(|name| ctx.has_var(*name));
    let (name, origin) = match (&arguments.profile, set()) {
        (Some(name), _) => (name.clone(), "--profile"),
        (None, Some(name)) => (ctx.var_os(name).unwrap_or_default(), name.as_str()),
        (None, None) => return Ok(default_profile()),
    };
    let name = name.into_string().map_err(|name| {
        let shown = name.to_string_lossy().into_owned();
        let error = Error::new(Kind::ProfileNotFound, format!("there is no profile `{shown}`"));
        error.about(Subject::Profile(shown))
    })?;
    Ok(Request::Profile { name, origin: Some(origin) })
}

/// Replaces the hints if the profile is among the words of the command.
fn misplaced(ctx: &Context, mut error: Error, files: &mut Files, command: &[OsString]) -> Error {
    if !files.credentials.exists {
        read_credentials(ctx, files);
    }
    let profiles = files.profile_names();
    let Some(program) = command.first().map(|word| word.to_string_lossy()) else { return error };
    let shown = shell_word(&program);
    if profiles.contains(&&*program) {
        let profile = shell_option("--profile", &program);
        error.hints = vec![format!("`{shown}` is a profile: `{profile}`")];
    } else if error.kind != Kind::CommandNotFound
        && let Some((option, name)) = profile_of_command(command, &profiles)
    {
        let line = format!("{NAME} {} {shown} ...", shell_option("--profile", name));
        let hint = format!("`{option}` belongs to the command: put it before, as in `{line}`");
        error.hints = vec![hint];
    }
    error
}

/// The profile to write.
fn outprofile(arguments: &Arguments) -> Result<&str> {
    let Some(name) = &arguments.outprofile else { return Ok("default") };
    name.to_str().ok_or_else(|| Error::new(Kind::Other, "the value of --outprofile is not UTF-8"))
}

/// aws2-wrap never reads the credentials file, so it is used only for a profile that doesn't
/// resolve without it.
fn plan(ctx: &Context, request: &Request, files: &mut Files) -> Result<Plan> {
    let resolve =
        |files: &Files| Resolver::with_dialect(files, Dialect::AWS2_WRAP).resolve(request).plan;
    let plan = resolve(files);
    match plan.is_err() && read_credentials(ctx, files) {
        true => resolve(files),
        false => plan,
    }
}

/// Reads the credentials file, if it can be read.
fn read_credentials(ctx: &Context, files: &mut Files) -> bool {
    let path = expand_home(ctx, &files.credentials.path);
    let file = path.and_then(|path| ConfigFile::read(FileKind::Credentials, path));
    file.map(|file| files.credentials = file).is_ok()
}

fn options(ctx: &Context, arguments: &Arguments, plan: &Plan) -> exchange::Options {
    let callers = region::of_caller(&Caller::new(ctx.environment())).map(|(_, region)| region);
    let region = region::choose(None, callers.as_deref(), plan.region.as_deref());
    let region = region.map(Region::into_name);
    let patience = arguments.process.then_some(HELPER_PATIENCE);
    exchange::Options { region, patience, any_login: true, ..exchange::Options::default() }
}

/// Runs the command, if there is one.
fn command(
    ctx: &Context,
    arguments: &Arguments,
    credentials: &Credentials,
    region: Option<&str>,
) -> Result<ExitCode> {
    let mut variables = environment::variables(ctx, credentials, region)?;
    variables.extend(aws_files::restored(ctx));
    // A command started here does not run inside a credential_process.
    let hidden = [variables::SSOWRAP_PROCESS_CHAIN];
    let run =
        |child: Command| become_command(ctx, child, &hidden, &variables, PrivateFiles::default());
    match (&arguments.exec, arguments.command.split_first()) {
        (Some(line), _) if line.is_empty() => Ok(ExitCode::SUCCESS),
        (Some(line), _) => run(shell(line)),
        (None, None) => Ok(ExitCode::SUCCESS),
        (None, Some((program, words))) => {
            let mut child = Command::new(ctx.startable(program));
            child.args(words);
            run(child).or_else(|error| {
                let is_builtin = !IS_WINDOWS && BUILTINS.iter().any(|name| program == name);
                if error.kind != Kind::CommandNotFound || !is_builtin {
                    return Err(error);
                }
                let mut child = shell("\"$@\"");
                child.arg(NAME).args(&arguments.command);
                run(child)
            })
        }
    }
}

fn generate(
    ctx: &Context,
    arguments: &Arguments,
    name: &str,
    credentials: &Credentials,
    region: Option<&str>,
) -> Result<()> {
    let path = |option: &Option<OsString>, kind: FileKind| -> Result<PathBuf> {
        option
            .as_ref()
            .map_or_else(|| usual_path(ctx, kind), |path| expand_home(ctx, Path::new(path)))
    };
    let config = path(&arguments.configfile, FileKind::Config)?;
    let file = path(&arguments.credentialsfile, FileKind::Credentials)?;
    let whole = |path: &Path| absolute(path).unwrap_or(path.to_owned());
    let target = Target {
        name,
        config: whole(&config),
        credentials: whole(&file),
        force: match arguments.force {
            true => Force::Forced,
            false => Force::Refuse { option: "--outprofile" },
        },
        keeps_long_term_keys: false,
    };
    // Another profile's region would be wrong for these keys.
    let region = region.map_or(RegionChange::Remove, |region| RegionChange::Set(region.to_owned()));
    target.apply(ctx, &Keys::Write(credentials), &region)?;
    let end = match credentials.expiration {
        Some(at) => format!("The credentials will expire at {}", output::expiry(at)),
        None => "The credentials do not expire".to_owned(),
    };
    let text = format!(
        "Credentials written to {}\nConfiguration written to {}\n{end}\n",
        file.display(),
        config.display()
    );
    ctx.printer.data(text.as_bytes())
}
