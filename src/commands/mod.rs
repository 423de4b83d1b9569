//! One file per verb. Each resolves its settings, calls the rooms below, and prints.

mod accounts;
pub(crate) mod aws2_wrap;
mod cache;
mod completions;
mod configure;
mod console;
mod credential_process;
mod each;
mod eks;
mod exec;
mod explain;
mod export;
mod generate;
mod init;
mod login;
mod logout;
mod man;
mod profiles;
mod serve;
mod status;
mod whoami;

use std::process::ExitCode;

use crate::cli::{CacheAction, Cli, EksAction, Verb};
use crate::context::Context;
use crate::error::{Result, usage};
use crate::profile::files::Files;
use crate::settings::{account, pick};
use crate::ui::picker;

/// Runs the verb.
///
/// # Errors
/// Whatever the verb fails with. Except by `explain`, nothing has been written to stdout then.
pub(crate) fn run(ctx: &Context, mut cli: Cli) -> Result<ExitCode> {
    // For these two, `--account` is a pattern.
    if !matches!(cli.verb, Verb::Configure(_) | Verb::Each(_)) {
        account::resolve(ctx, &mut cli.global)?;
    }
    match cli.verb {
        Verb::Aws2Wrap { .. } => {
            return Err(usage("aws2-wrap takes none of ssowrap's options: it has its own")
                .hint("put its options after it: `ssowrap aws2-wrap --profile NAME ...`"));
        }
        Verb::Export(args) => export::run(ctx, cli.global, &args)?,
        Verb::CredentialProcess => credential_process::run(ctx, cli.global)?,
        Verb::Exec(args) => return exec::run(ctx, cli.global, &args),
        Verb::Each(args) => return each::run(ctx, &cli.global, &args),
        Verb::Serve(args) => return serve::run(ctx, cli.global, &args),
        #[cfg(unix)]
        Verb::Session { words } => return crate::handover::batch::become_in_session(ctx, &words),
        #[cfg(unix)]
        Verb::Companion { detached } => return Ok(crate::handover::companion::run(ctx, detached)),
        Verb::Explain { json } => explain::run(ctx, cli.global, json)?,
        Verb::Logout { all } => return logout::run(ctx, &cli.global, all),
        Verb::Status { all, json, short } => {
            let form = match (json, short) {
                (true, _) => status::StatusFormat::Json,
                (_, true) => status::StatusFormat::Short,
                _ => status::StatusFormat::Text,
            };
            return status::run(ctx, &cli.global, all, form);
        }
        Verb::Configure(args) => configure::run(ctx, &cli.global, &args)?,
        Verb::Accounts(args) => accounts::run(ctx, &cli.global, &args)?,
        Verb::Cache { action: CacheAction::List { json } } => cache::list(ctx, cli.global, json)?,
        Verb::Cache { action: CacheAction::Clear } => cache::clear(ctx, cli.global)?,
        Verb::Console(args) => console::run(ctx, cli.global, &args)?,
        Verb::Eks { action: EksAction::GetToken(args) } => {
            eks::get_token(ctx, cli.global, &args)?;
        }
        Verb::Eks { action: EksAction::UpdateKubeconfig(args) } => {
            eks::update_kubeconfig(ctx, cli.global, &args)?;
        }
        Verb::Generate(args) => generate::run(ctx, cli.global, &args)?,
        Verb::Login(args) => return login::run(ctx, &cli.global, &args),
        Verb::Whoami { format } => whoami::run(ctx, cli.global, format)?,
        Verb::Profiles(args) => profiles::run(ctx, &args)?,
        Verb::Init(args) => init::run(ctx, &args)?,
        Verb::Completions { shell } => completions::run(ctx, shell)?,
        Verb::Man { directory } => man::run(ctx, &directory)?,
        Verb::Choose if !picker::is_possible(ctx) => {}
        Verb::Choose => {
            let name = pick::profile(ctx, &Files::load(ctx)?)?;
            ctx.printer.data(format!("{name}\n").as_bytes())?;
        }
        Verb::Current => export::current(ctx)?,
        Verb::Misused { words } => return Err(init::misused(ctx, &words)),
        Verb::Complete { shell, words } => completions::complete(ctx, shell, &words),
    }
    Ok(ExitCode::SUCCESS)
}
