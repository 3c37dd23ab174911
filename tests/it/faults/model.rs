//! Who may be in.

use std::fs;
use std::path::PathBuf;

use fastrand::Rng;
use serde_json::{Value, json};

use support::deployment::Host;
use support::issuer::{alice, bob};
use support::time::in_seconds;
use support::token::{encode, mint, with};

pub const ROOM: &str = "standup";
pub const SECRET: Host = Host {
    name: "secret.example.com",
    app_id: "my_app",
    app_secret: "the-secret-of-the-tests-of-faults-0123456789",
    policy: "",
};
pub const FOLDER: &str = "folder.example.com";
pub const FETCHED: &str = "fetched.example.com";

/// Somebody who comes with a token: what kind of one, or by whose key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bearer {
    Secret,
    ExpiredToken,
    TokenToCome,
    ForgedToken,
    UnsignedToken,
    TokenForAnotherRoom,
    TokenForAnotherHost,
    KeyInFolder,
    KeyThatComesAndGoes,
    ForgedKeyInFolder,
    FetchedKey,
    KeyThatIsNotFetched,
}

/// Whether somebody may be in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Right {
    Now,
    /// Not now, but at another time: the daemon may not have heard of it yet.
    Withdrawn,
    Never,
}

impl Bearer {
    pub const ALL: &[Self] = &[
        Self::Secret,
        Self::ExpiredToken,
        Self::TokenToCome,
        Self::ForgedToken,
        Self::UnsignedToken,
        Self::TokenForAnotherRoom,
        Self::TokenForAnotherHost,
        Self::KeyInFolder,
        Self::KeyThatComesAndGoes,
        Self::ForgedKeyInFolder,
        Self::FetchedKey,
        Self::KeyThatIsNotFetched,
    ];

    pub fn any(random: &mut Rng) -> Self {
        Self::ALL[random.usize(..Self::ALL.len())]
    }

    /// The host to which somebody comes.
    pub const fn host(self) -> &'static str {
        match self {
            Self::Secret
            | Self::ExpiredToken
            | Self::TokenToCome
            | Self::ForgedToken
            | Self::UnsignedToken
            | Self::TokenForAnotherRoom
            | Self::TokenForAnotherHost => SECRET.name,
            Self::KeyInFolder | Self::KeyThatComesAndGoes | Self::ForgedKeyInFolder => FOLDER,
            Self::FetchedKey | Self::KeyThatIsNotFetched => FETCHED,
        }
    }

    pub fn token(self) -> String {
        let claims = json!({"iss": "my_app", "aud": "my_app", "sub": self.host(), "room": ROOM,
            "nbf": in_seconds(-10), "exp": in_seconds(7_200)});
        let by_secret = |changes: Value| mint(&with(claims.clone(), &changes), SECRET.app_secret);
        match self {
            Self::Secret => by_secret(json!({})),
            Self::ExpiredToken => by_secret(json!({"exp": in_seconds(-60)})),
            Self::TokenToCome => by_secret(json!({"nbf": in_seconds(3_600)})),
            Self::ForgedToken => mint(&claims, "another-secret-of-the-tests-of-faults-01234"),
            Self::UnsignedToken => unsigned(&claims),
            Self::TokenForAnotherRoom => by_secret(json!({"room": "planning"})),
            Self::TokenForAnotherHost => by_secret(json!({"sub": FOLDER})),
            Self::KeyInFolder | Self::FetchedKey => bob().sign(Some("bob"), &claims),
            Self::KeyThatComesAndGoes | Self::KeyThatIsNotFetched => {
                alice().sign(Some("alice"), &claims)
            }
            Self::ForgedKeyInFolder => alice().sign(Some("bob"), &claims),
        }
    }
}

fn unsigned(claims: &Value) -> String {
    let header = encode(br#"{"alg":"none","typ":"JWT"}"#);
    format!("{header}.{}.", encode(claims.to_string().as_bytes()))
}

pub struct Model {
    folder: PathBuf,
    has_alice: bool,
}

impl Model {
    /// Bob's key is in this folder for good, alice's for now.
    pub fn new(folder: PathBuf) -> Self {
        fs::write(folder.join("bob.pem"), bob().public_pem()).unwrap();
        let mut model = Self {
            folder,
            has_alice: false,
        };
        model.set_alice(true);
        model
    }

    pub fn right(&self, bearer: Bearer) -> Right {
        match bearer {
            Bearer::Secret | Bearer::KeyInFolder | Bearer::FetchedKey => Right::Now,
            Bearer::KeyThatComesAndGoes if self.has_alice => Right::Now,
            Bearer::KeyThatComesAndGoes => Right::Withdrawn,
            Bearer::ExpiredToken
            | Bearer::TokenToCome
            | Bearer::ForgedToken
            | Bearer::UnsignedToken
            | Bearer::TokenForAnotherRoom
            | Bearer::TokenForAnotherHost
            | Bearer::ForgedKeyInFolder
            | Bearer::KeyThatIsNotFetched => Right::Never,
        }
    }

    /// Adds alice's key to the folder, or withdraws it.
    pub fn change_keys(&mut self, random: &mut Rng) {
        self.set_alice(random.bool());
    }

    fn set_alice(&mut self, is_there: bool) {
        let path = self.folder.join("alice.pem");
        if is_there && !self.has_alice {
            fs::write(path, alice().public_pem()).unwrap();
        } else if !is_there && self.has_alice {
            fs::remove_file(path).unwrap();
        }
        self.has_alice = is_there;
    }
}
