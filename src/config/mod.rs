//! The configuration: read from layers, checked whole, and turned into values that cannot be wrong.

mod algorithms;
pub mod asap;
pub mod audit;
mod caller_key;
pub mod console;
mod discovery;
mod document;
pub mod effective;
mod expiry;
mod formats;
pub mod gateways;
pub mod host;
mod hosts;
mod inputs;
pub mod issuers;
mod key_files;
pub mod key_places;
mod keys;
pub mod layers;
mod limits;
pub mod listen;
pub mod listening;
mod loaded;
mod log;
mod looks;
pub mod mapping;
mod named_files;
mod names;
mod presets;
pub mod prosody_part;
pub mod prosody_settings;
pub mod prosody_source;
mod providers;
pub mod raw;
pub mod recorded;
pub mod refused;
pub mod secret_files;
mod secrets;
pub mod settings;
pub mod store;
pub mod token_options;
mod unknown;
mod values;
mod whole;
pub mod written;

pub use self::limits::Limits;
pub use self::loaded::{Loaded, addresses, load};
pub use self::log::{Log, LogFormat};
pub use self::named_files::named_files;
pub use self::whole::Config;

#[cfg(test)]
mod tests;
