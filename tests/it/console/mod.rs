//! The console, as it answers.

mod access;
mod answers;
mod joins;
mod mint;
mod server;
mod sessions;
mod site;
mod token;
mod visitor;
