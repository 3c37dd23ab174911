//! What is asked for the keys of a host's issuers, and who said so.

use crate::keys::source::KeySources;
use crate::origin::Origin;

use super::host::Host;

/// What one option has asked for keys: an address, or an issuer whose metadata has one.
pub struct KeyPlace<'a> {
    /// The option.
    pub option: &'static str,
    /// The address, or the issuer.
    pub address: &'a str,
    /// All sources of the same issuer.
    pub sources: &'a KeySources,
    /// The option as it is named in TOML.
    pub key: String,
    /// Where it was set.
    pub origin: Origin,
}

/// Everything that is asked for the keys of the issuers of a host with this name.
pub fn of<'a>(name: &'a str, host: &'a Host) -> impl Iterator<Item = KeyPlace<'a>> {
    let issuers = host.policy.issuers.iter().zip(&host.sources);
    issuers.flat_map(move |(issuer, sources)| {
        sources.asked().map(move |(option, address)| {
            let origin = host.origin_at(&issuer.name, option);
            let of = host
                .further(&issuer.name)
                .map_or_else(String::new, |further| format!(".issuers.{}", further.name));
            KeyPlace {
                option,
                address,
                sources,
                key: format!("hosts.\"{name}\"{of}.{option}"),
                origin: origin.cloned().unwrap_or(Origin::Default),
            }
        })
    })
}
