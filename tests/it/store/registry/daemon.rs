//! What a daemon is asked about consumers and credentials.

use std::sync::Arc;

use prosody_tokend::gateway::consumer::Consumer;
use prosody_tokend::gateway::credential::{Credential, SecretText};
use prosody_tokend::gateway::credentials::{Credentials, Material};
use prosody_tokend::store::StoreError;
use prosody_tokend::store::registry::{
    ConsumerName, CredentialName, Expected, Kept, Listed, RegistryError,
};
use prosody_tokend::token::algorithm::Algorithm;
use uuid::Uuid;

use super::super::daemon::Daemon;
use support::until;

impl Daemon {
    pub fn put_consumer(
        &self,
        consumer: Consumer,
        expected: Expected,
    ) -> Result<Kept<Consumer>, RegistryError> {
        self.runtime
            .block_on(self.store.put_consumer(consumer, expected))
    }

    pub fn put_credential(
        &self,
        credential: Credential,
        expected: Expected,
    ) -> Result<Kept<Credential>, RegistryError> {
        self.runtime
            .block_on(self.store.put_credential(credential, expected))
    }

    /// Adds a consumer, and nothing may go wrong about it.
    pub fn add_consumer(&self, number: u32) -> Kept<Consumer> {
        self.put_consumer(consumer(number), Expected::Nothing)
            .unwrap()
    }

    /// Adds a credential of a consumer, and nothing may go wrong about it.
    pub fn add(&self, number: u32, of: u32) -> Kept<Credential> {
        self.put_credential(credential(number, of), Expected::Nothing)
            .unwrap()
    }

    pub fn delete_consumer(&self, number: u32) -> Result<bool, RegistryError> {
        let deleting = self.store.delete_consumer(consumer(number).id);
        self.runtime.block_on(deleting)
    }

    pub fn delete(&self, number: u32) -> Result<bool, RegistryError> {
        let deleting = self.store.delete_credential(id(number));
        self.runtime.block_on(deleting)
    }

    pub fn find_consumer(&self, name: ConsumerName) -> Result<Option<Kept<Consumer>>, StoreError> {
        self.runtime.block_on(self.store.find_consumer(name))
    }

    pub fn find_credential(
        &self,
        name: CredentialName,
    ) -> Result<Option<Kept<Credential>>, StoreError> {
        self.runtime.block_on(self.store.find_credential(name))
    }

    pub fn list_consumers(&self, listed: Listed) -> Vec<Consumer> {
        let listing = self.store.list_consumers(listed);
        self.runtime.block_on(listing).unwrap()
    }

    pub fn list_credentials(&self, of: Option<Uuid>, listed: Listed) -> Vec<Credential> {
        let listing = self.store.list_credentials(of, listed);
        self.runtime.block_on(listing).unwrap()
    }

    /// The keys of all credentials that are listed.
    pub fn keys(&self) -> Vec<String> {
        let mut found: Vec<Credential> = Vec::new();
        loop {
            let page = self.list_credentials(
                None,
                Listed {
                    after: found.last().map(|last| last.id),
                    size: 1_000,
                    ..Listed::default()
                },
            );
            if page.is_empty() {
                break;
            }
            found.extend(page);
        }
        let mut keys: Vec<String> = found.into_iter().map(|found| found.key).collect();
        keys.sort();
        keys
    }

    /// What is in force.
    pub fn credentials(&self) -> Arc<Credentials> {
        let credentials = self.seen.credentials.lock().unwrap();
        Arc::clone(credentials.as_ref().expect("credentials were published"))
    }

    /// Whether tokens that name this key are taken, as a decision finds it.
    pub fn admits(&self, key: &str) -> bool {
        let credentials = self.credentials();
        let found = credentials.find(key);
        found.is_some_and(|found| credentials.consumer(&found.consumer).is_some())
    }

    /// The secret in force of this key.
    pub fn secret(&self, key: &str) -> Option<String> {
        match &self.credentials().find(key)?.material {
            Material::Secret(secret) => Some(secret.text().to_owned()),
            Material::Public(_) | Material::Unusable(_) => None,
        }
    }

    pub fn until_admits(&self, key: &str, admits: bool) {
        until(&format!("{key} to be admitted: {admits}"), || {
            (self.admits(key) == admits).then_some(())
        });
    }
}

pub fn id(number: u32) -> Uuid {
    let mut bytes = [0; 16];
    bytes[..4].copy_from_slice(&number.to_be_bytes());
    bytes[15] = 1;
    Uuid::from_bytes(bytes)
}

pub fn consumer(number: u32) -> Consumer {
    let mut bytes = *id(number).as_bytes();
    bytes[15] = 2;
    Consumer {
        id: Uuid::from_bytes(bytes),
        username: Some(format!("consumer-{number}")),
        custom_id: None,
        tags: None,
        created_at: 1_700_000_000,
        updated_at: 1_700_000_000,
    }
}

pub fn key(number: u32) -> String {
    format!("key-{number}")
}

pub fn credential(number: u32, of: u32) -> Credential {
    Credential {
        id: id(number),
        consumer: consumer(of).id,
        key: key(number),
        secret: Some(SecretText::from(format!("secret-{number}"))),
        rsa_public_key: None,
        algorithm: Algorithm::Hs256,
        tags: None,
        created_at: 1_700_000_000,
    }
}
