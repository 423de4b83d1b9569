//! The variables for clients, in the form that was asked for.

use crate::cli::EnvFormat;
use crate::context::Context;
use crate::error::Result;
use crate::output::environment::Variable;
use crate::output::format::{self, json};

/// Prints them, and lets go of stdout: whoever waits for its end has everything.
pub fn print(ctx: &Context, format: EnvFormat, mut variables: Vec<Variable>) -> Result<()> {
    let text = match format {
        EnvFormat::Sh => format::lines(&format::sh::Sh, "", &variables)?,
        EnvFormat::Dotenv => format::lines(&format::dotenv::Dotenv, "", &variables)?,
        EnvFormat::Json => {
            variables.retain(|variable| variable.value.is_some());
            json::object("", &variables)
        }
    };
    ctx.printer.data(text.as_bytes())?;
    ctx.printer.end_data()
}
