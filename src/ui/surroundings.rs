//! Where this program runs, as far as it matters to browsers.

use std::path::Path;

use super::browser;
use crate::context::Context;
use crate::platform::IS_LINUX;
use crate::variables;

/// Why a browser can't be used that reports back here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Obstacle {
    Codespace,
    CloudShell,
    Ssh,
    Wsl,
    NoDisplay,
    Container,
}

/// What is known about the place.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Surroundings {
    pub codespace: bool,
    pub cloud_shell: bool,
    pub ssh: bool,
    pub wsl_without_browser: bool,
    pub no_display: bool,
    pub container: bool,
    /// Whether `$BROWSER` names one, as that of remote editors, which forward both URL and port.
    pub named_browser: bool,
}

impl Surroundings {
    /// The place where this process runs.
    pub(crate) fn of(ctx: &Context) -> Self {
        let has = |name| ctx.var(name).is_some();
        let is_wsl = IS_LINUX && browser::is_wsl(ctx);
        let has_display = has(variables::DISPLAY) || has(variables::WAYLAND_DISPLAY);
        let has_windows = is_wsl && browser::has_windows_opener(ctx);
        Self {
            codespace: ctx.var(variables::CODESPACES).is_some_and(|value| value == "true"),
            cloud_shell: ctx
                .var(variables::AWS_EXECUTION_ENV)
                .is_some_and(|value| value == "CloudShell"),
            ssh: has(variables::SSH_CONNECTION) || has(variables::SSH_TTY),
            wsl_without_browser: is_wsl && !has_windows && !has_display,
            no_display: IS_LINUX && !is_wsl && !has_display,
            container: IS_LINUX && is_container(ctx),
            named_browser: browser::is_at_hand(ctx),
        }
    }

    /// Why no browser can be started here and report back. A named browser counts only if starting
    /// one is wanted.
    pub(crate) fn obstacle(&self, is_wanted: bool) -> Option<Obstacle> {
        let named_browser = self.named_browser && is_wanted;
        // There the browser is on another machine, whatever its name.
        let elsewhere =
            [(self.codespace, Obstacle::Codespace), (self.cloud_shell, Obstacle::CloudShell)];
        let here = [
            (self.ssh, Obstacle::Ssh),
            (self.wsl_without_browser, Obstacle::Wsl),
            (self.no_display, Obstacle::NoDisplay),
            (self.container, Obstacle::Container),
        ];
        let here = here.into_iter().filter(|_| !named_browser);
        elsewhere.into_iter().chain(here).find_map(|(is_so, obstacle)| is_so.then_some(obstacle))
    }
}

/// Docker and Podman create a file, systemd-nspawn and LXC set a variable.
fn is_container(ctx: &Context) -> bool {
    ctx.var(variables::CONTAINER).is_some()
        || ["/.dockerenv", "/run/.containerenv"].iter().any(|path| Path::new(path).exists())
}
