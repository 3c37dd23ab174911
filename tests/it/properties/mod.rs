//! What holds for every token, policy and room, however odd they are.

mod explanations;
mod generators;
mod recall;
mod rooms;
mod shown;
mod tokens;
