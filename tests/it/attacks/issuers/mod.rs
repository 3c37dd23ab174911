//! Issuers of one host against one another: none signs for another, and each keeps within its own bounds.

mod bounds;
mod confusion;
mod mapping;
mod overrides;
mod pairs;
mod remembered;
mod rooms;
mod spellings;
mod world;
