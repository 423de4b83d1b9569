//! `ssowrap man`: man pages, made from the definitions of the command line.

use std::fs;
use std::path::Path;

use clap::{Command, ValueEnum};
use clap_mangen::Man;
use clap_mangen::roff::{Roff, roman};

use crate::cli;
use crate::context::Context;
use crate::error::{Error, Kind, Result};
use crate::exit::Exit;

/// Writes `ssowrap.1`, and a page for each verb, to `directory`.
///
/// # Errors
/// `Other` if the directory cannot be created or a page cannot be written.
pub(super) fn run(ctx: &Context, directory: &Path) -> Result<()> {
    fs::create_dir_all(directory)
        .map_err(|e| failed(format!("cannot create the directory {}", directory.display()), e))?;
    // A page for `ssowrap help` would say nothing that `man ssowrap` does not.
    let mut root = cli::command().disable_help_subcommand(true);
    root.build();
    let mut pages = vec![root];
    let mut names = Vec::new();
    while let Some(command) = pages.pop() {
        let name = name_of(&command);
        let path = directory.join(format!("{name}.1"));
        let text = page(&command).map_err(|e| failed("cannot create a man page", e))?;
        fs::write(&path, text)
            .map_err(|e| failed(format!("cannot write {}", path.display()), e))?;
        names.push(name);
        pages.extend(command.get_subcommands().filter(|verb| !verb.is_hide_set()).cloned());
    }
    ctx.printer.info(|| format!("wrote {} man pages to {}", names.len(), directory.display()));
    Ok(())
}

/// `ssowrap-cache-list`
fn name_of(command: &Command) -> String {
    command.get_display_name().unwrap_or_else(|| command.get_name()).to_owned()
}

fn page(command: &Command) -> std::io::Result<Vec<u8>> {
    let name = name_of(command);
    let title = name.to_uppercase();
    // Written here rather than by clap_mangen, because the date stays empty: a version's pages are
    // the same in every build.
    let mut text = format!(
        ".ie \\n(.g .ds Aq \\(aq\n.el .ds Aq '\n.TH {title} 1 \"\" \"ssowrap {}\" \"\"\n",
        env!("CARGO_PKG_VERSION")
    )
    .into_bytes();
    // A page shows everything, but clap_mangen leaves out what `-h` hides.
    let man = Man::new(command.clone().mut_args(|option| option.hide_short_help(false)));
    man.render_name_section(&mut text)?;
    man.render_synopsis_section(&mut text)?;
    man.render_description_section(&mut text)?;
    man.render_options_section(&mut text)?;
    if command.has_subcommands() {
        man.render_subcommands_section(&mut text)?;
    }
    let mut end = Roff::new();
    if let Some(examples) = command.get_after_long_help() {
        end.control("SH", ["EXAMPLES"]).control("nf", []);
        // The first line is a heading.
        for line in examples.to_string().lines().skip(1) {
            end.text([roman(line.strip_prefix("  ").unwrap_or(line))]);
        }
        end.control("fi", []);
    }
    end.control("SH", ["EXIT STATUS"]);
    for exit in Exit::value_variants() {
        end.control("TP", []).text([roman(exit.code().to_string())]).text([roman(exit.meaning())]);
    }
    end.control("SH", ["SEE ALSO"]);
    end.text([roman(match name.as_str() {
        "ssowrap" => "aws(1)",
        _ => "ssowrap(1)",
    })]);
    end.to_writer(&mut text)?;
    Ok(text)
}

fn failed(message: impl Into<String>, error: std::io::Error) -> Error {
    Error::new(Kind::Other, message).source(error).hint("name a directory you may write to")
}
