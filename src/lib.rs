//! ssowrap: credentials from AWS IAM Identity Center (AWS SSO) profiles.
//!
//! Data flows from left to right and never back; `CONTRIBUTING.md` shows the structure on one page:
//!
//! ```text
//! argv -> cli -> commands/VERB -> profile -> exchange -> output -> handover
//!                                            |
//!                                            +-> login, token, cache
//! ```
//!
//! # Glossary
//!
//! | word | meaning |
//! | --- | --- |
//! | profile | a `[profile NAME]` of the config file and the `[NAME]` of the credentials file, merged |
//! | sso-session | a `[sso-session NAME]`: start URL, region and scopes that profiles share |
//! | legacy profile | a profile with `sso_start_url` of its own and no sso-session |
//! | login | the result of a sign-in: the token of one session or start URL |
//! | token | the bearer token of a login, in the AWS CLI's own file |
//! | refresh token | gets the next token without a person; it can be used once |
//! | client registration | the OIDC client that a login was made with |
//! | portal | the Identity Center service that exchanges a token for role credentials |
//! | plan | how to get credentials: a source, then hops |
//! | source | where the first credentials come from: Identity Center, keys, a process, ... |
//! | hop | one AssumeRole on the way |
//! | link | what decides whose credentials a cache entry holds: the source and the hops so far |
//! | role credentials | access key, secret, session token and their expiration |
//! | handover | giving credentials to a program |
//! | drop-in | ssowrap called as `aws2-wrap` |

use std::env;
use std::process::ExitCode;

use cli::{Caller, Cli, Refusal};
use context::{Context, Environment};
use error::Error;
use output::format::Format;
use printer::{Color, Printer, Stream};
use profile::files::known_profiles;

mod aws;
mod cache;
mod cli;
mod commands;
mod completion;
mod console;
mod context;
mod credentials;
mod endpoint;
mod error;
mod exchange;
mod exit;
#[cfg(test)]
mod fuzz;
mod handover;
mod kubeconfig;
mod login;
mod loopback;
mod organisation;
mod output;
mod platform;
mod printer;
pub mod profile;
mod settings;
mod storage;
mod text;
mod token;
mod ui;
mod variables;

/// The whole program: parses the command line, runs the verb, reports a failure.
pub fn run() -> ExitCode {
    platform::cores::forbid();
    let code = run_verb();
    // A thread of an endpoint may be refreshing a login.
    platform::deferral::wait();
    code
}

fn run_verb() -> ExitCode {
    if let Some(arguments) = commands::aws2_wrap::called(env::args_os()) {
        return commands::aws2_wrap::run(arguments);
    }
    let environment = Environment::of_process();
    let (no_color, is_dumb) = (environment.no_color(), environment.is_dumb());
    let mut ctx = Context::new(environment, Printer::new(false, 0, Color::Auto, no_color));
    let caller = Caller {
        profiles: &|| known_profiles(&ctx),
        is_program: &|word| ctx.find_program(word.as_ref()).is_some(),
        format: &|| Format::of_caller(&ctx),
    };
    let cli = match Cli::read(env::args_os(), &caller) {
        Ok(cli) => cli,
        Err(Refusal::Text(text)) => return print(&ctx, &text),
        Err(Refusal::Usage(error)) => return fail(&ctx, &error),
    };
    let global = &cli.global;
    let home = ctx.home().ok();
    ctx.printer = Printer::new(global.quiet, global.verbose, global.color, no_color)
        .dumb(is_dumb)
        .home(home.as_deref());
    commands::run(&ctx, cli).unwrap_or_else(|error| fail(&ctx, &error))
}

fn fail(ctx: &Context, error: &Error) -> ExitCode {
    ctx.printer.error(error);
    error.exit_code()
}

/// Prints the help or the version to stdout. If the command line is empty, prints the help to
/// stderr and exits with 2.
fn print(ctx: &Context, text: &clap::Error) -> ExitCode {
    let (to_stderr, styled) = (text.use_stderr(), text.render());
    let printer = &ctx.printer;
    let colored = if to_stderr { printer.is_colored() } else { printer.is_data_colored() };
    let words = if colored { styled.ansi().to_string() } else { styled.to_string() };
    if to_stderr {
        drop(printer.pass_on(Stream::Stderr, words.as_bytes()));
    } else if let Err(error) = printer.data(words.as_bytes()) {
        return fail(ctx, &error);
    }
    u8::try_from(text.exit_code()).map_or(ExitCode::FAILURE, ExitCode::from)
}
