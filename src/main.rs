//! The `prosody-tokend` command.

fn main() {}
