//! What a monitoring system is told: every metric by its name, and the text that carries them.
//!
//! [`family`] is what is known of a metric, [`families`] the table of all, [`readings`] the numbers of one moment, and
//! [`exposition`] writes these down. [`process`] reads what the kernel knows of this process.

pub mod exposition;
pub mod families;
pub mod family;
mod page;
pub mod process;
pub mod readings;
