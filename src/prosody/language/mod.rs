//! What a configuration of Prosody can say, and what that means: its globals, hosts, includes and files, and Lua's library.

pub mod convert;
pub mod errors;
pub mod evaluation;
mod files;
mod hosts;
pub mod include;
pub mod library;
mod lines;
mod path;
mod reading;
mod references;
mod scope;
mod text_file;
