//! What a profile says about reaching AWS (SPEC 5.1, 5.2).

use super::key::Key;
use super::merged::Merged;
use super::reach::{EndpointSettings, MetadataSettings, Reach, Service};
use super::sections::Sections;
use super::trail::Trail;
use crate::error::{Error, Kind, Result};

/// The network settings of a profile and of the services section it names.
pub(super) fn reach<'a>(
    sections: &Sections<'a>,
    profile: &Merged<'a>,
    trail: &mut Trail<'a>,
) -> Result<Reach> {
    Ok(Reach {
        profile: Some(profile.name.to_string()),
        endpoints: endpoints(sections, profile, trail)?,
        ca_bundle: profile.optional(Key::CaBundle),
        metadata: MetadataSettings {
            endpoint: profile.optional(Key::Ec2MetadataServiceEndpoint),
            mode: profile.optional(Key::Ec2MetadataServiceEndpointMode),
        },
    })
}

fn endpoints<'a>(
    sections: &Sections<'a>,
    profile: &Merged<'a>,
    trail: &mut Trail<'a>,
) -> Result<EndpointSettings> {
    let mut endpoints = EndpointSettings {
        global: profile.optional(Key::EndpointUrl),
        ignore_configured: flag(profile, Key::IgnoreConfiguredEndpointUrls, trail),
        use_fips: flag(profile, Key::UseFipsEndpoint, trail),
        use_dualstack: flag(profile, Key::UseDualstackEndpoint, trail),
        ..EndpointSettings::default()
    };
    let Some(setting) = profile.decisive(Key::Services)? else {
        return Ok(endpoints);
    };
    let name = setting.text();
    let services = sections.services(&name).ok_or_else(|| {
        let message = format!("profile `{}`: there is no `[services {name}]`", profile.name);
        Error::new(Kind::ServicesNotFound, message)
            .at(setting.location())
            .hint(format!("add the section `[services {name}]`, or remove the line"))
    })?;
    trail.pass(&services)?;
    let url_of = |service: &Service| services.nested(service.section_key(), Key::EndpointUrl);
    endpoints.services =
        Service::ALL.iter().filter_map(|service| Some((*service, url_of(service)?))).collect();
    Ok(endpoints)
}

/// `true` or `false` in any case; anything else counts as missing, with a warning.
fn flag(profile: &Merged<'_>, key: Key, trail: &mut Trail<'_>) -> Option<bool> {
    let setting = profile.get(key)?;
    match setting.text().to_ascii_lowercase().as_str() {
        "true" => Some(true),
        "false" => Some(false),
        _ => {
            let message = format!("`{}` is neither `true` nor `false` and is ignored", key.name());
            trail.warn(message, setting.location());
            None
        }
    }
}
