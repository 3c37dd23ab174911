//! What was revoked is in force, and stays so, whatever happens to the file or the database that has it.

mod daemon;
mod damage;
mod database;
mod disk;
mod file;
mod fleet;
mod kills;
mod load;
mod registry;
mod schedule;
