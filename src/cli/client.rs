//! The client for a daemon that runs, for all commands that ask one.

use std::path::Path;
use std::time::Duration;

use reqwest::header::CONTENT_TYPE;
use reqwest::{Client, ClientBuilder, RequestBuilder, Response};
use serde::de::DeserializeOwned;
use serde_json::Value;
use thiserror::Error;

use crate::api::problem::ProblemDetails;
use crate::api::registry::Told;

/// Asks the daemon at one address.
pub struct DaemonClient {
    client: Client,
    base: String,
    key: Option<String>,
    most_bytes: usize,
}

/// How a command asks.
pub struct Manner {
    /// As whom, in `User-Agent`.
    pub agent: String,
    /// How long it waits for an answer.
    pub patience: Duration,
    /// The longest answer that it takes.
    pub most_bytes: usize,
}

/// An answer, whoever it is from.
#[derive(Clone)]
pub struct Answer {
    pub status: u16,
    body: Vec<u8>,
}

/// Why there is no answer.
#[derive(Debug, Error)]
pub enum Unanswered {
    #[error(transparent)]
    Broken(#[from] reqwest::Error),
    #[error("an answer of more than {0} bytes")]
    TooLong(usize),
}

impl Manner {
    /// What clients begin with. No proxy knows what is on this machine.
    pub fn builder(&self) -> ClientBuilder {
        let builder = Client::builder().timeout(self.patience).no_proxy();
        builder.user_agent(&self.agent)
    }

    /// A client that goes without certificates where this machine has none, over a Unix socket where one is named.
    pub fn plain_client(&self, socket: Option<&Path>) -> reqwest::Result<Client> {
        let builder = || match socket {
            Some(path) => self.builder().unix_socket(path),
            None => self.builder(),
        };
        let client = builder().build();
        client.or_else(|_| builder().tls_certs_only([]).build())
    }
}

impl DaemonClient {
    /// Asks below this URL, with the API key where there is one.
    pub fn new(
        manner: &Manner,
        base: &str,
        socket: Option<&Path>,
        key: Option<&str>,
    ) -> reqwest::Result<Self> {
        Ok(Self {
            client: manner.plain_client(socket)?,
            base: base.trim_end_matches('/').to_owned(),
            key: key.map(str::to_owned),
            most_bytes: manner.most_bytes,
        })
    }

    /// Whether it runs. Nobody needs the key for that, and whoever else answers there does not get it.
    pub async fn health(&self) -> Result<Answer, Unanswered> {
        self.ask(self.client.get(self.url("/healthz"))).await
    }

    /// Whether it can decide.
    pub async fn ready(&self) -> Result<Answer, Unanswered> {
        let request = self.client.get(self.url("/readyz"));
        self.ask(self.with_key(request)).await
    }

    /// What keys it has loaded.
    pub async fn keys(&self) -> Result<Answer, Unanswered> {
        let request = self.client.get(self.url(KEYS));
        self.ask(self.with_key(request)).await
    }

    /// Where [`DaemonClient::keys`] asks.
    pub fn keys_url(&self) -> String {
        self.url(KEYS)
    }

    /// Every check of a token.
    pub async fn explain(&self, question: &Value) -> Result<Answer, Unanswered> {
        let request = self.client.post(self.url("/v1/explain"));
        let request = request.header(CONTENT_TYPE, "application/json");
        self.ask(self.with_key(request).body(question.to_string()))
            .await
    }

    /// Takes something back.
    pub async fn revoke(&self, asked: &Value) -> Result<Answer, Unanswered> {
        let request = self.client.post(self.url(REVOCATIONS));
        let request = request.header(CONTENT_TYPE, "application/json");
        self.ask(self.with_key(request).body(asked.to_string()))
            .await
    }

    /// A page of what was taken back: the first one, or that behind this ID.
    pub async fn revocations(&self, after: Option<&str>) -> Result<Answer, Unanswered> {
        let after = after.map_or_else(String::new, |after| format!("&after={after}"));
        let url = self.url(&format!("{REVOCATIONS}?limit=1000{after}"));
        self.ask(self.with_key(self.client.get(url))).await
    }

    /// Takes a revocation back.
    pub async fn unrevoke(&self, id: &str) -> Result<Answer, Unanswered> {
        let url = self.url(&format!("{REVOCATIONS}/{id}"));
        self.ask(self.with_key(self.client.delete(url))).await
    }

    /// Looks something up in Kong's Admin API.
    pub async fn get(&self, path: &str) -> Result<Answer, Unanswered> {
        self.ask(self.with_key(self.client.get(self.url(path))))
            .await
    }

    /// Makes something there.
    pub async fn post(&self, path: &str, asked: &Value) -> Result<Answer, Unanswered> {
        let request = self.client.post(self.url(path));
        let request = request.header(CONTENT_TYPE, "application/json");
        self.ask(self.with_key(request).body(asked.to_string()))
            .await
    }

    /// Deletes something there.
    pub async fn delete(&self, path: &str) -> Result<Answer, Unanswered> {
        self.ask(self.with_key(self.client.delete(self.url(path))))
            .await
    }

    fn url(&self, path: &str) -> String {
        format!("{}{path}", self.base)
    }

    fn with_key(&self, request: RequestBuilder) -> RequestBuilder {
        match &self.key {
            Some(key) => request.bearer_auth(key),
            None => request,
        }
    }

    async fn ask(&self, request: RequestBuilder) -> Result<Answer, Unanswered> {
        let response = request.send().await?;
        Ok(Answer {
            status: response.status().as_u16(),
            body: body(response, self.most_bytes).await?,
        })
    }
}

impl Answer {
    /// The answer's JSON body, where it is of this type.
    pub fn read<T: DeserializeOwned>(&self) -> Option<T> {
        serde_json::from_slice(&self.body).ok()
    }

    /// The `detail` of a problem, or Kong's `message`, where the answer is one.
    pub fn detail(&self) -> Option<String> {
        let told = || Some(self.read::<Told>()?.message);
        let problem = self.read::<ProblemDetails>();
        problem.and_then(|problem| problem.detail).or_else(told)
    }
}

/// The body of a response, up to a bound.
pub async fn body(mut response: Response, most_bytes: usize) -> Result<Vec<u8>, Unanswered> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await? {
        body.extend_from_slice(&chunk);
        if body.len() > most_bytes {
            return Err(Unanswered::TooLong(most_bytes));
        }
    }
    Ok(body)
}

const KEYS: &str = "/v1/keys";
const REVOCATIONS: &str = "/v1/revocations";
