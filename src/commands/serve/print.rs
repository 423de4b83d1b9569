//! The variables for clients, in the form that was asked for.

use secrecy::ExposeSecret;
use serde_json::{Map, Value};
use zeroize::Zeroizing;

use crate::cli::EnvFormat;
use crate::context::Context;
use crate::error::{Error, Kind, Result};
use crate::output::environment::Variable;
use crate::output::sh;

/// Prints them, and lets go of stdout: whoever waits for its end has everything.
pub fn print(ctx: &Context, format: EnvFormat, variables: &[Variable]) -> Result<()> {
    match format {
        EnvFormat::Sh => ctx.printer.data(sh::lines(variables).as_bytes()),
        EnvFormat::Dotenv => ctx.printer.data(dotenv(variables)?.as_bytes()),
        EnvFormat::Json => ctx.printer.data(&json(variables)?),
    }?;
    ctx.printer.end_data()
}

/// `NAME=VALUE` lines. Docker takes them as they are, others take off quotes: there are none.
#[expect(clippy::disallowed_methods, reason = "this is the output the user asked for")]
fn dotenv(variables: &[Variable]) -> Result<Zeroizing<String>> {
    let mut text = Zeroizing::new(String::with_capacity(4 * 1024));
    for variable in variables {
        let Some(value) = &variable.value else { continue };
        let value = value.expose_secret();
        if value.contains(['\n', '\r']) {
            let message = format!("the value of {} has no place on one line", variable.name);
            return Err(Error::new(Kind::Other, message).hint("use `--print-env json`"));
        }
        for part in [variable.name, "=", value, "\n"] {
            text.push_str(part);
        }
    }
    Ok(text)
}

/// One object of those that are set.
#[expect(clippy::disallowed_methods, reason = "this is the output the user asked for")]
fn json(variables: &[Variable]) -> Result<Zeroizing<Vec<u8>>> {
    let set = variables.iter().filter_map(|variable| {
        let value = variable.value.as_ref()?.expose_secret();
        Some((variable.name.to_owned(), Value::from(value)))
    });
    let object: Map<String, Value> = set.collect();
    let mut text = Zeroizing::new(Vec::with_capacity(4 * 1024));
    serde_json::to_writer_pretty(&mut *text, &object)
        .map_err(|e| Error::new(Kind::Other, "cannot write JSON").source(e))?;
    text.push(b'\n');
    Ok(text)
}
