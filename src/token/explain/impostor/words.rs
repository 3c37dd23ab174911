//! Words by which what is no token is known.

/// What programs write for a variable that holds nothing.
pub const EMPTY: [&str; 12] = [
    "undefined",
    "null",
    "none",
    "nil",
    "false",
    "true",
    "nan",
    "void",
    "empty",
    "(null)",
    "\"\"",
    "''",
];

/// What templates and shells put around a name.
pub const MARKS: [(&str, &str); 13] = [
    ("%", "%"),
    ("${", "}"),
    ("$(", ")"),
    ("{{", "}}"),
    ("{%", "%}"),
    ("<%", "%>"),
    ("<?", "?>"),
    ("<", ">"),
    ("#{", "}"),
    ("{", "}"),
    ("[", "]"),
    ("__", "__"),
    ("@@", "@@"),
];

/// Names that stand where a token is to be put.
pub const PLACEHOLDERS: [&str; 14] = [
    "TOKEN",
    "JWT",
    "JWT_TOKEN",
    "MY_TOKEN",
    "THE_TOKEN",
    "ACCESS_TOKEN",
    "ID_TOKEN",
    "SECRET_TOKEN",
    "TODO",
    "CHANGEME",
    "CHANGE_ME",
    "EXAMPLE",
    "PLACEHOLDER",
    "JITSI_JWT",
];

/// Schemes of HTTP that log in with something else.
pub const SCHEMES: [&str; 8] = [
    "Basic",
    "Digest",
    "Negotiate",
    "NTLM",
    "HOBA",
    "Mutual",
    "SCRAM-SHA-256",
    "AWS4-HMAC-SHA256",
];

/// How names of files end.
pub const ENDINGS: [&str; 9] = [
    ".txt", ".jwt", ".json", ".pem", ".key", ".token", ".log", ".env", ".toml",
];

/// How the tokens of PASETO begin.
pub const PASETO: [&str; 8] = [
    "v1.local.",
    "v1.public.",
    "v2.local.",
    "v2.public.",
    "v3.local.",
    "v3.public.",
    "v4.local.",
    "v4.public.",
];
