//! Verified signatures that are remembered: nothing but the cost of a verdict depends on it.

use std::fmt::Write as _;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, LazyLock};

use aws_lc_rs::encoding::{AsDer, PublicKeyX509Der};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{self, KeySize};
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _, RSA_PKCS1_SHA256, RSA_PSS_SHA256,
    RsaEncoding,
};
use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};
use prosody_tokend::config::{self, layers::Inputs};
use prosody_tokend::keys::source;
use prosody_tokend::keys::store::RecordedAnswers;
use prosody_tokend::peer::Peer;
use prosody_tokend::token::decision::Presented;
use prosody_tokend::verifier::Verifier;
use prosody_tokend::verifier::overrides::Overrides;
use prosody_tokend::verifier::policies::Policies;
use prosody_tokend::verifier::question::TokenQuestion;
use prosody_tokend::worker::Worker;
use serde_json::{Value, json};
use tokio::runtime::{Builder, Runtime};

use super::generators::{NOW, SECRET, sign};

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn what_is_remembered_changes_no_verdict(
        start in configurations(), bytes in cache_sizes(), events in vec(events(), 1..40),
    ) {
        let server = Server::start(&start, bytes);
        let mut asked = None;
        for event in events {
            match event {
                Event::Ask(question) => asked = Some(question),
                Event::Later(seconds) => { server.now.fetch_add(seconds, Ordering::Relaxed); }
                Event::Reload(configuration) => server.reload(&configuration, bytes),
                Event::Again => {}
                Event::Elsewhere(host, key_server) => {
                    asked = asked.map(|asked| Question { host, key_server, ..asked });
                }
                Event::Changed(index, bits) => {
                    asked = asked.map(|asked| asked.changed(index, bits));
                }
            }
            if let Some(question) = &asked {
                let (remembered, decided) = server.verdicts(question);
                prop_assert_eq!(remembered, decided, "{:?}", question);
            }
        }
    }
}

#[test]
fn the_verifiers_that_are_compared_let_good_tokens_in() {
    let configuration = Configuration {
        key_servers: [0, 0, 2, 2],
        issuer: "my_app",
    };
    let server = Server::start(&configuration, 0);
    for (host, token) in [(0, 0), (1, 0), (2, 4), (3, 6), (4, 8)] {
        let question = Question {
            host,
            token: TOKENS[token].clone(),
            key_server: None,
        };
        let (remembered, decided) = server.verdicts(&question);
        assert!(decided.contains("\"session\""), "{question:?}: {decided}");
        assert_eq!(remembered, decided);
    }
}

#[derive(Debug, Clone)]
enum Event {
    Ask(Question),
    /// The last question once more.
    Again,
    /// Its token at another host or for another key server.
    Elsewhere(usize, Option<usize>),
    /// Its token with one byte changed.
    Changed(Index, u8),
    Later(i64),
    Reload(Configuration),
}

#[derive(Debug, Clone)]
struct Question {
    host: usize,
    token: String,
    /// Asks another key server than the host's: there the key may be gone, or another one of the same `kid`.
    key_server: Option<usize>,
}

/// What changes with a reload.
#[derive(Debug, Clone)]
struct Configuration {
    /// The key server of each host but the last, which has a secret.
    key_servers: [usize; 4],
    issuer: &'static str,
}

fn events() -> impl Strategy<Value = Event> {
    prop_oneof![
        10 => questions().prop_map(Event::Ask),
        6 => Just(Event::Again),
        6 => (0..HOSTS.len(), asked_key_servers()).prop_map(|(host, server)| Event::Elsewhere(host, server)),
        4 => (any::<Index>(), 1_u8..128).prop_map(|(index, bits)| Event::Changed(index, bits)),
        2 => (1_i64..400).prop_map(Event::Later),
        1 => configurations().prop_map(Event::Reload),
    ]
}

fn asked_key_servers() -> impl Strategy<Value = Option<usize>> {
    prop_oneof![Just(None), (0..KEY_SERVERS).prop_map(Some)]
}

prop_compose! {
    fn questions()(host in 0..HOSTS.len(), token in 0..TOKENS.len(), key_server in asked_key_servers()) -> Question {
        Question { host, token: TOKENS[token].clone(), key_server }
    }
}

fn configurations() -> impl Strategy<Value = Configuration> {
    let key_servers = [
        0..KEY_SERVERS,
        0..KEY_SERVERS,
        0..KEY_SERVERS,
        0..KEY_SERVERS,
    ];
    let issuers = prop_oneof![3 => Just("my_app"), 1 => Just("other")];
    (key_servers, issuers).prop_map(|(key_servers, issuer)| Configuration {
        key_servers,
        issuer,
    })
}

/// None, a few signatures, all of them.
fn cache_sizes() -> impl Strategy<Value = usize> {
    select(vec![0, 200, 400, 1_000, 1_048_576])
}

/// Two that differ only in that one of them remembers.
struct Server {
    remembering: Verifier,
    forgetful: Verifier,
    now: Arc<AtomicI64>,
    runtime: Runtime,
}

impl Server {
    fn start(configuration: &Configuration, bytes: usize) -> Self {
        let now = Arc::new(AtomicI64::new(NOW));
        let verifier = |bytes| {
            let now = Arc::clone(&now);
            let clock = Box::new(move || now.load(Ordering::Relaxed));
            let policies = configuration.policies(bytes);
            Verifier::new(policies, ANSWERS.clone(), Arc::clone(&WORKER), clock)
        };
        Self {
            remembering: verifier(bytes),
            forgetful: verifier(0),
            runtime: Builder::new_current_thread().build().unwrap(),
            now,
        }
    }

    fn reload(&self, configuration: &Configuration, bytes: usize) {
        self.remembering.replace(configuration.policies(bytes));
        self.forgetful.replace(configuration.policies(0));
    }

    fn verdicts(&self, question: &Question) -> (String, String) {
        let verdict = |verifier| self.runtime.block_on(question.verdict(verifier));
        (verdict(&self.remembering), verdict(&self.forgetful))
    }
}

impl Question {
    fn changed(self, index: Index, bits: u8) -> Self {
        let mut token = self.token.into_bytes();
        let length = token.len();
        token[index.index(length)] ^= bits;
        let token = String::from_utf8(token).unwrap();
        Self { token, ..self }
    }

    /// Everything that is answered.
    async fn verdict(&self, verifier: &Verifier) -> String {
        let question = TokenQuestion {
            asker: Peer::Own,
            presented: Presented {
                token: Some(&self.token),
                other_scheme: None,
                context_required: false,
            },
            opens_session: false,
            room: None,
            overrides: Overrides {
                asap_key_server: self.key_server.map(key_server),
                ..Overrides::default()
            },
        };
        let verdict = verifier.verify(Some(HOSTS[self.host].0), &question).await;
        let verdict = verdict.unwrap_or_else(|undecided| panic!("{undecided}"));
        let admission = match &verdict.admission {
            Ok(admitted) => json!({"session": admitted.session, "claims": admitted.claims}),
            Err(denial) => {
                json!({"reason": format!("{:?}", denial.reason), "explanation": denial.explanation})
            }
        };
        json!({"host": verdict.host, "token_id": verdict.token_id, "admission": admission})
            .to_string()
    }
}

impl Configuration {
    fn policies(&self, bytes: usize) -> Policies {
        let urls: Vec<String> = (0..KEY_SERVERS).map(key_server).collect();
        let mut text = format!("allowed_key_urls = {urls:?}\n");
        for (index, (host, algorithm)) in HOSTS.iter().enumerate() {
            let issuer = self.issuer;
            let keys = self.key_servers.get(index).map_or_else(
                || format!("app_secret = \"{SECRET}\""),
                |server| format!("asap_key_server = \"{}\"", key_server(*server)),
            );
            writeln!(
                text,
                "[hosts.\"{host}\"]\napp_id = \"my_app\"\nasap_accepted_issuers = [\"{issuer}\"]\n\
                 signature_algorithm = \"{algorithm}\"\n{keys}"
            )
            .unwrap();
        }
        let sources = Inputs {
            file: Some(("tokend.toml".into(), text)),
            ..Inputs::default()
        };
        let config = config::load(&sources).unwrap_or_else(|refused| panic!("{refused}"));
        Policies::new(config.hosts, &config.allowed_key_urls).remembering(bytes)
    }
}

/// Hosts, and the algorithm of each.
const HOSTS: [(&str, &str); 5] = [
    ("one.example.com", "ES256"),
    ("two.example.com", "ES256"),
    ("three.example.com", "RS256"),
    ("four.example.com", "PS256"),
    ("five.example.com", "HS256"),
];

/// The first two have another key of the same `kid`, the third one of another type, the last has none.
const KEY_SERVERS: usize = 4;

fn key_server(number: usize) -> String {
    format!("https://keys-{number}.example.com")
}

static WORKER: LazyLock<Arc<Worker>> = LazyLock::new(|| Arc::new(Worker::start(1, 1).unwrap()));

static ANSWERS: LazyLock<RecordedAnswers> = LazyLock::new(|| {
    let [first, second] = &ISSUERS.points;
    let pems = [
        pem(first.public_key()),
        pem(second.public_key()),
        pem(ISSUERS.rsa.public_key()),
    ];
    let answer = |(server, pem)| (source::key_url(&key_server(server), KID), pem);
    pems.into_iter().enumerate().map(answer).collect()
});

/// Of each issuer one token that expires soon and one that does later.
static TOKENS: LazyLock<Vec<String>> = LazyLock::new(|| {
    let Issuers { points, rsa } = &*ISSUERS;
    let [first, second] = points.each_ref().map(|pair| {
        move |input: &[u8]| {
            pair.sign(&SystemRandom::new(), input)
                .unwrap()
                .as_ref()
                .to_vec()
        }
    });
    let with = |encoding: &'static dyn RsaEncoding| {
        move |input: &[u8]| {
            let mut signature = vec![0; rsa.public_modulus_len()];
            rsa.sign(encoding, &SystemRandom::new(), input, &mut signature)
                .unwrap();
            signature
        }
    };
    let mut tokens = Vec::new();
    for lifetime in [3_000, 300] {
        tokens.push(signed("ES256", lifetime, &first));
        tokens.push(signed("ES256", lifetime, &second));
    }
    for lifetime in [3_000, 300] {
        tokens.push(signed("RS256", lifetime, &with(&RSA_PKCS1_SHA256)));
    }
    for lifetime in [3_000, 300] {
        tokens.push(signed("PS256", lifetime, &with(&RSA_PSS_SHA256)));
    }
    for lifetime in [3_000, 300] {
        tokens.push(sign(&header("HS256"), &claims(lifetime)));
    }
    tokens
});

fn signed(algorithm: &str, lifetime: i64, sign: &dyn Fn(&[u8]) -> Vec<u8>) -> String {
    let encode = |bytes: &[u8]| BASE64_URL_SAFE_NO_PAD.encode(bytes);
    let (header, claims) = (header(algorithm), claims(lifetime));
    let input = format!(
        "{}.{}",
        encode(header.as_bytes()),
        encode(claims.as_bytes())
    );
    let signature = encode(&sign(input.as_bytes()));
    format!("{input}.{signature}")
}

fn header(algorithm: &str) -> String {
    json!({"alg": algorithm, "typ": "JWT", "kid": KID}).to_string()
}

fn claims(lifetime: i64) -> String {
    let claims: Value = json!({
        "iss": "my_app", "aud": "my_app", "sub": "*", "room": "*", "exp": NOW + lifetime,
    });
    claims.to_string()
}

struct Issuers {
    points: [EcdsaKeyPair; 2],
    rsa: rsa::KeyPair,
}

static ISSUERS: LazyLock<Issuers> = LazyLock::new(|| Issuers {
    points: [(); 2].map(|()| EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap()),
    rsa: rsa::KeyPair::generate(KeySize::Rsa2048).unwrap(),
});

fn pem<'a>(key: &'a impl AsDer<PublicKeyX509Der<'a>>) -> String {
    let der = key.as_der().unwrap();
    pem::encode(&pem::Pem::new("PUBLIC KEY", der.as_ref()))
}

const KID: &str = "key-1";
