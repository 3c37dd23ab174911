//! Issuers with their keys, and a host that has some of them.

use jsonwebtoken::{EncodingKey, crypto};
use prosody_tokend::token::algorithm::Algorithm;
use prosody_tokend::token::bounds::Bounds;
use prosody_tokend::token::decision::{Admission, Found, Moment, Opened, Presented};
use prosody_tokend::token::explain::{Examined, checks};
use prosody_tokend::token::glob::Glob;
use prosody_tokend::token::issuer::{Accepted, Issuer, Issuers, Keys, SourceId};
use prosody_tokend::token::key::Key;
use prosody_tokend::token::policy::Policy;
use prosody_tokend::token::recall::Recall;
use prosody_tokend::token::room::{self, Join, Participant, RoomState};
use prosody_tokend::token::session::Session;
use serde_json::{Value, json};

use support::issuer::{alice, bob};
use support::token::{encode, with};

pub const NOW: i64 = 1_765_139_000;
pub const MUC: &str = "conference.meet.example.com";
/// Every key by name has this one: `kid`s are no secret, and nobody keeps another issuer from using the same.
pub const KID: &str = "key-1";

/// Who can sign.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Signer {
    Secret(&'static str),
    Alice,
    Bob,
    P256,
    Ed25519,
}

pub const ONE: Signer = Signer::Secret("the secret of the first issuer, 0123456789");
pub const OTHER: Signer = Signer::Secret("the secret of the second issuer, 9876543210");

/// How a host comes by an issuer's keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Held {
    /// In its configuration.
    Fixed,
    /// By `kid`, in a source of the issuer's own.
    ById,
}

/// An issuer, and who signs for it.
#[derive(Clone)]
pub struct Party {
    pub issuer: Issuer,
    pub keys: Vec<(&'static str, Key)>,
}

/// A host with some issuers.
pub struct World {
    pub policy: Policy,
    sources: Vec<Vec<(&'static str, Key)>>,
}

impl Signer {
    /// The algorithm that it signs with where nobody says otherwise.
    pub fn algorithm(self) -> Algorithm {
        match self {
            Self::Secret(_) => Algorithm::Hs256,
            Self::Alice | Self::Bob => Algorithm::Rs256,
            Self::P256 => Algorithm::Es256,
            Self::Ed25519 => Algorithm::EdDsa,
        }
    }

    /// What its signatures are verified with.
    pub fn key(self) -> Key {
        match self {
            Self::Secret(secret) => Key::from_secret(secret.as_bytes()).unwrap(),
            Self::Alice => Key::from_pem(alice().public_pem().as_bytes()).unwrap(),
            Self::Bob => Key::from_pem(bob().public_pem().as_bytes()).unwrap(),
            Self::P256 => Key::from_pem(include_bytes!("../../../data/p256-public.pem")).unwrap(),
            Self::Ed25519 => {
                Key::from_pem(include_bytes!("../../../data/ed25519-public.pem")).unwrap()
            }
        }
    }

    fn signing_key(self) -> EncodingKey {
        match self {
            Self::Secret(secret) => EncodingKey::from_secret(secret.as_bytes()),
            Self::Alice => EncodingKey::from_rsa_pem(alice().private_pem().as_bytes()).unwrap(),
            Self::Bob => EncodingKey::from_rsa_pem(bob().private_pem().as_bytes()).unwrap(),
            Self::P256 => {
                EncodingKey::from_ec_pem(include_bytes!("../../../data/p256-private.pem")).unwrap()
            }
            Self::Ed25519 => {
                EncodingKey::from_ed_pem(include_bytes!("../../../data/ed25519-private.pem"))
                    .unwrap()
            }
        }
    }

    /// A token with these claims beside the usual ones, or without those that are null.
    pub fn sign(self, claims: &Value) -> String {
        self.sign_text(&with(usual(), claims).to_string())
    }

    /// A token with this payload.
    pub fn sign_text(self, payload: &str) -> String {
        self.sign_as(self.algorithm(), KID, payload)
    }

    /// A token with this payload whose header says this.
    pub fn sign_as(self, algorithm: Algorithm, kid: &str, payload: &str) -> String {
        let header = json!({"alg": algorithm.name(), "typ": "JWT", "kid": kid});
        self.sign_under(&header.to_string(), algorithm, payload)
    }

    /// A token with this header that is signed with this algorithm, whatever the header says.
    pub fn sign_under(self, header: &str, algorithm: Algorithm, payload: &str) -> String {
        let input = format!(
            "{}.{}",
            encode(header.as_bytes()),
            encode(payload.as_bytes())
        );
        let key = self.signing_key();
        let algorithm = serde_json::from_value(json!(algorithm.name())).unwrap();
        let signature = crypto::sign(input.as_bytes(), &key, algorithm).unwrap();
        format!("{input}.{signature}")
    }
}

/// Claims that every issuer here is content with, without `iss`.
pub fn usual() -> Value {
    json!({"aud": "jitsi", "sub": "*", "room": "*", "exp": NOW + 600})
}

/// An issuer without bounds.
pub fn party(name: &str, iss: &str, signer: Signer, held: Held) -> Party {
    let keys = match held {
        Held::Fixed => Keys::Fixed(vec![signer.key()]),
        // Which source it is says the host.
        Held::ById => Keys::ById(SourceId::FIRST),
    };
    let named = match held {
        Held::Fixed => Vec::new(),
        Held::ById => vec![(KID, signer.key())],
    };
    Party {
        issuer: Issuer {
            name: name.to_owned(),
            audiences: Accepted::Any,
            ..Issuer::strict(iss, signer.algorithm(), keys)
        },
        keys: named,
    }
}

impl Party {
    pub fn with(mut self, change: impl FnOnce(&mut Issuer)) -> Self {
        change(&mut self.issuer);
        self
    }

    pub fn bounded(self, bounds: Bounds) -> Self {
        self.with(|issuer| issuer.bounds = bounds)
    }
}

/// Globs of rooms' names.
pub fn globs(patterns: &[&str]) -> Vec<Glob> {
    patterns.iter().map(|text| Glob::of_rooms(text)).collect()
}

impl World {
    /// The first one is the host's own.
    pub fn of(parties: impl IntoIterator<Item = Party>) -> Self {
        let parties: Vec<Party> = parties.into_iter().collect();
        let sources = parties.iter().map(|party| party.keys.clone()).collect();
        let placed = parties.into_iter().enumerate();
        let placed = placed.map(|(place, Party { issuer, .. })| Issuer {
            keys: match issuer.keys {
                Keys::ById(_) => Keys::ById(SourceId(place)),
                fixed @ Keys::Fixed(_) => fixed,
            },
            ..issuer
        });
        let mut issuers = placed.into_iter();
        let policy = Policy {
            max_token_bytes: 1_048_576,
            ..Policy::strict(issuers.next().unwrap())
        };
        let first = policy.issuers.first().clone();
        Self {
            policy: Policy {
                issuers: Issuers::new(first, issuers.collect()),
                ..policy
            }
            .with_muc_domain(MUC),
            sources,
        }
    }

    /// The same without `enable_domain_verification`.
    pub fn without_domains(mut self) -> Self {
        self.policy.rooms.verify_domain = false;
        self
    }

    /// The session that a token makes, or the code of the denial, on which the explanation agrees.
    pub fn session(&self, token: &str) -> Result<Session, &'static str> {
        self.recalled(token, Recall::NOTHING)
    }

    pub fn recalled(&self, token: &str, recall: Recall<'_>) -> Result<Session, &'static str> {
        let opened = Opened::new(&self.policy, presented(token));
        let found = self.found(&opened);
        let decided = match opened.decide(
            &found,
            &Moment {
                recall,
                ..Moment::at(NOW)
            },
        ) {
            Ok(Admission::Member(member)) => Ok(member.session),
            Ok(Admission::Guest) => panic!("a token makes no guest"),
            Err(reason) => Err(reason.code()),
        };
        let examined = Examined::alone("meet.example.com", &self.policy, token, &found, NOW);
        let checks = checks::token(&examined);
        let mut failed = checks
            .iter()
            .filter_map(|check| check.outcome.as_ref().err());
        let explained = failed.next().map(|failed| failed.code);
        assert_eq!(explained, decided.as_ref().err().copied(), "{token:.300}");
        decided
    }

    /// `allowed`, or the code of the denial.
    pub fn verdict(&self, token: &str) -> &'static str {
        self.session(token).err().unwrap_or("allowed")
    }

    /// The name of the issuer that judges a token.
    pub fn judge<'a>(&'a self, token: &'a str) -> Option<&'a str> {
        let issuer = Opened::new(&self.policy, presented(token)).issuer();
        issuer.map(|issuer| issuer.name.as_str())
    }

    /// What comes of a token, and then of its session at this room.
    pub fn joins(&self, token: &str, room_jid: &str) -> &'static str {
        match self.session(token) {
            Ok(session) => self.enters(&session, room_jid),
            Err(code) => code,
        }
    }

    /// What comes of a session at this room.
    pub fn enters(&self, session: &Session, room_jid: &str) -> &'static str {
        let join = Join {
            room_jid,
            state: RoomState::default(),
            query_prefix: None,
            participant: Participant::Member(session),
        };
        let decision = room::decide(&self.policy, &join).decision;
        decision.map_or_else(|reason| reason.code(), |()| "allowed")
    }

    fn found(&self, opened: &Opened<'_>) -> Found {
        let wanted = opened.wanted_key()?;
        let mut keys = self.sources[wanted.source.0].iter();
        keys.find_map(|(kid, key)| (*kid == wanted.kid).then(|| Ok(key.clone())))
    }
}

pub const fn presented(token: &str) -> Presented<'_> {
    Presented {
        token: Some(token),
        other_scheme: None,
        context_required: false,
    }
}

/// A session's fields, read as `/v1/room` reads them.
pub fn session(fields: &Value) -> Session {
    serde_json::from_value(fields.clone()).unwrap()
}
