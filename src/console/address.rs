//! Where pages and their parts are.

/// Where one begins.
pub const ROOT: &str = "/console/";
/// Where one logs in.
pub const LOG_IN: &str = "/console/login";
/// Where one logs out.
pub const LOG_OUT: &str = "/console/logout";
/// What is wrong with a token.
pub const TOKEN: &str = "/console/token";
/// What was decided lately.
pub const JOINS: &str = "/console/joins";
/// The same, as it happens.
pub const JOINS_LIVE: &str = "/console/joins/live";
/// How the server is.
pub const SERVER: &str = "/console/server";
/// Where something is taken back before its time.
pub const REVOKE: &str = "/console/server/revoke";
/// Where that is taken back.
pub const TAKE_BACK: &str = "/console/server/take-back";
/// A token for trying things.
pub const MINT: &str = "/console/mint";
/// What the names of style and scripts follow on.
pub const ASSETS: &str = "/console/assets/";
