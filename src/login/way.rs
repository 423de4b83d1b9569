//! The way to sign in: through a browser on this machine, or with a code typed into any browser
//! anywhere.

use super::Manner;
use crate::context::Context;
use crate::profile::plan::SsoSource;
use crate::token::{Flow, code_command, owner};
use crate::ui::surroundings::{Obstacle, Surroundings};

/// The way of one login.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Way {
    pub flow: Flow,
    /// Why a code is used although nobody asked for one.
    why: Option<&'static str>,
    /// Whether a browser can be started here.
    pub opens_browser: bool,
    /// The port that the user chose.
    port: Option<u16>,
}

impl Way {
    pub(super) fn choose(ctx: &Context, source: &SsoSource, manner: &Manner) -> Self {
        Self::within(&Surroundings::of(ctx), source.session.is_none(), manner)
    }

    fn within(place: &Surroundings, is_legacy: bool, manner: &Manner) -> Self {
        let obstacle = place.obstacle(!manner.no_browser);
        let (flow, why) = match obstacle {
            _ if manner.use_device_code => (Flow::Device, None),
            // Like the AWS CLI; such logins are not refreshed anyway.
            _ if is_legacy => (Flow::Device, Some("a login without a code needs an sso-session")),
            Some(obstacle) if manner.port.is_none() => (Flow::Device, Some(words(obstacle))),
            _ => (Flow::Browser, None),
        };
        let opens_browser = !manner.no_browser && obstacle.is_none();
        Self { flow, why, opens_browser, port: manner.port }
    }

    /// The way and its reason, in one line.
    pub(super) fn words(&self, source: &SsoSource) -> String {
        let owner = owner(source);
        match (self.flow, self.why, self.port) {
            (Flow::Device, Some(why), _) => format!("signing in to {owner} with a code: {why}"),
            (Flow::Device, None, _) => format!("signing in to {owner} with a code"),
            (Flow::Browser, _, Some(port)) => {
                format!("signing in to {owner} in the browser, which reports back to port {port}")
            }
            (Flow::Browser, ..) => format!("signing in to {owner} in the browser"),
        }
    }

    /// How to choose another way: for somebody who typed `login`, the option is enough.
    pub(super) fn alternative(&self, source: &SsoSource, manner: &Manner) -> Option<String> {
        let is_free = self.flow == Flow::Browser && self.port.is_none();
        is_free.then(|| match manner.is_wanted {
            true => format!("to sign in with a code instead: `{}`", code_command(source)),
            false => "to sign in with a code instead: `--use-device-code`".to_owned(),
        })
    }
}

fn words(obstacle: Obstacle) -> &'static str {
    match obstacle {
        Obstacle::Codespace => "a browser cannot report back into a codespace",
        Obstacle::CloudShell => "a browser cannot report back into CloudShell",
        Obstacle::Ssh => {
            "a browser cannot report back through SSH; to use one anyway, run `ssowrap login \
             --port N`"
        }
        Obstacle::Wsl => "no Windows browser can be started here",
        Obstacle::NoDisplay => "there is no display",
        Obstacle::Container => "a browser cannot report back into a container",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DESKTOP: Surroundings = Surroundings {
        codespace: false,
        cloud_shell: false,
        ssh: false,
        wsl_without_browser: false,
        no_display: false,
        container: false,
        named_browser: false,
    };

    fn way(place: Surroundings, manner: Manner) -> (Flow, bool) {
        let way = Way::within(&place, false, &manner);
        (way.flow, way.opens_browser)
    }

    #[test]
    fn a_browser_that_can_come_back_does() {
        let manner = Manner::default;
        assert_eq!(way(DESKTOP, manner()), (Flow::Browser, true));
        assert_eq!(way(DESKTOP, Manner { no_browser: true, ..manner() }), (Flow::Browser, false));
        let asked = Manner { use_device_code: true, ..manner() };
        assert_eq!(way(DESKTOP, asked), (Flow::Device, true));
    }

    #[test]
    fn without_a_browser_the_code_is_the_default() {
        for place in [
            Surroundings { ssh: true, ..DESKTOP },
            Surroundings { no_display: true, ..DESKTOP },
            Surroundings { container: true, ..DESKTOP },
            Surroundings { wsl_without_browser: true, ..DESKTOP },
        ] {
            let manner = Manner::default;
            assert_eq!(way(place, manner()), (Flow::Device, false), "{place:?}");
            let forwarded = Manner { port: Some(8400), ..manner() };
            assert_eq!(way(place, forwarded), (Flow::Browser, false), "{place:?}");
            let named = Surroundings { named_browser: true, ..place };
            assert_eq!(way(named, manner()), (Flow::Browser, true), "{place:?}");
            let unused = Manner { no_browser: true, ..manner() };
            assert_eq!(way(named, unused), (Flow::Device, false), "{place:?}");
        }
        for place in [
            Surroundings { codespace: true, named_browser: true, ..DESKTOP },
            Surroundings { cloud_shell: true, named_browser: true, ..DESKTOP },
        ] {
            assert_eq!(way(place, Manner::default()), (Flow::Device, false), "{place:?}");
        }
    }

    #[test]
    fn a_start_url_of_its_own_takes_the_code() {
        let manner = Manner { port: Some(8400), ..Manner::default() };
        assert_eq!(Way::within(&DESKTOP, true, &manner).flow, Flow::Device);
    }
}
