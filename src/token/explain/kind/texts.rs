//! What is said of kinds of tokens, and what to send in their place.

pub const BACK: &str = "for its token endpoint alone";
pub const LOGOUT: &str = "which logs nobody in";
pub const FOR_CLIENT: &str = "for the client that the user logged in at";
pub const FOR_API: &str = "for the API that aud names";

pub const OWN_SERVER: &str =
    "log in at a custom authorization server of Okta (…/oauth2/default), and send its access token";
pub const OWN_SCOPE: &str =
    "ask for a token with a scope of your own application (api://…/.default) and send that";
pub const SEND_ACCESS: &str =
    "send the access token that came beside it, made for this server (aud, room), and not this one";
pub const MAPPERS: &str = "add mappers to the client in Keycloak that put in the audience, sub and room that are needed here, or send a token that is made for Jitsi";
pub const MAKE_OWN: &str =
    "send a token that is made for Jitsi, with iss, aud, sub and room as they are needed here";
