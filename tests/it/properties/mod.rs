//! What holds for every token, policy and room, however odd they are.

mod explanations;
mod generators;
mod issuers;
mod recall;
mod registry;
mod rooms;
mod several;
mod shown;
mod tokens;
