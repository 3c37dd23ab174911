//! What needs the built daemon or the project's files, as one program: it is linked once.
//!
//! What must run alone, or with another Prosody, is a program of its own beside this folder.
#![cfg(test)]

mod attacks;
mod commands;
mod conformance;
mod console;
mod container;
mod daemon;
mod descriptions;
mod doctor;
mod explain;
mod faults;
mod issuers_page;
mod keys;
mod kong;
mod measurements;
mod metrics;
mod options;
mod project;
mod properties;
mod prosody_config;
mod providers;
mod reasons;
mod store;
mod systemd;
