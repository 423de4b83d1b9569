//! Whether PowerShell started this process.

use crate::context::Context;
use crate::platform::IS_WINDOWS;
use crate::variables;

/// The names of PowerShell's process.
const POWERSHELL: [&str; 3] = ["pwsh", "pwsh.exe", "powershell.exe"];

/// Whether PowerShell reads the output.
pub(super) fn is_powershell(ctx: &Context) -> bool {
    match ctx.parent_name() {
        Some(name) => POWERSHELL.contains(&name.as_str()),
        None => IS_WINDOWS && has_own_modules(ctx).unwrap_or_default(),
    }
}

/// Whether PowerShell's module path contains the user's own directory, which PowerShell adds for
/// the programs it starts.
fn has_own_modules(ctx: &Context) -> Option<bool> {
    let modules = ctx.var(variables::PS_MODULE_PATH)?.to_ascii_lowercase();
    let user = ctx.var(variables::USERPROFILE)?.to_ascii_lowercase();
    Some(modules.contains(&user))
}
