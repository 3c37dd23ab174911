//! The credentials in force: an immutable value, looked up in by each request.

use std::collections::HashMap;
use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher as _, Hash};
use std::sync::Arc;

use uuid::Uuid;

use super::consumer::Consumer;
use super::credential::{Credential, SecretText};
use crate::token::algorithm::{Algorithm, Family};
use crate::token::key::{Key, KeyError};

/// The consumers in force and their credentials. A copy shares what it has with the one that it is of, and so does the next set with the
/// last one, but for the parts in which they differ.
#[derive(Clone, Default)]
pub struct Credentials {
    by_key: Parts<Box<str>, Arc<Verifying>>,
    keys: Parts<Uuid, Box<str>>,
    consumers: Parts<Uuid, Arc<Known>>,
    by_username: Parts<Box<str>, Uuid>,
}

/// What of a consumer goes to whoever is behind the proxy.
#[derive(Debug, PartialEq, Eq)]
pub struct Known {
    /// Its name for good.
    pub id: Uuid,
    /// What people call it.
    pub username: Option<Box<str>>,
    /// What another system calls it.
    pub custom_id: Option<Box<str>>,
}

/// What of a credential decides.
#[derive(Debug)]
pub struct Verifying {
    /// Its name for good.
    pub id: Uuid,
    /// Whose it is.
    pub consumer: Uuid,
    /// The one algorithm of its tokens.
    pub algorithm: Algorithm,
    /// What signatures are verified with.
    pub material: Material,
}

/// What signatures are verified with.
#[derive(Debug)]
pub enum Material {
    /// A secret, as text: what bytes it stands for is each gateway's to say (`secret_is_base64`).
    Secret(SecretText),
    /// A public key.
    Public(Key),
    /// There is none, or one that verifies nothing here.
    Unusable(Unusable),
}

/// Why nothing is verified with a credential. Whoever sends its tokens is told nothing of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unusable {
    /// There is no secret, or one that cannot be read.
    NoSecret,
    /// There is no public key.
    NoPublicKey,
    /// What should be one is none that counts.
    NotPublicKey(KeyError),
    /// It is a key of this type, which its algorithm has no use for.
    OfOtherType(&'static str),
}

impl Credentials {
    /// The credential that tokens name by this key.
    #[must_use]
    pub fn find(&self, key: &str) -> Option<&Arc<Verifying>> {
        self.by_key.get(key)
    }

    /// The consumer with this ID.
    #[must_use]
    pub fn consumer(&self, id: &Uuid) -> Option<&Arc<Known>> {
        self.consumers.get(id)
    }

    /// The consumer with this ID or, where it is none, with this username.
    #[must_use]
    pub fn consumer_called(&self, name: &str) -> Option<&Arc<Known>> {
        let by_id = Uuid::parse_str(name).ok();
        let by_id = by_id.and_then(|id| self.consumer(&id));
        by_id.or_else(|| self.consumer(self.by_username.get(name)?))
    }

    /// All credentials, each with what tokens name it by, in no order.
    pub fn each(&self) -> impl Iterator<Item = (&str, &Verifying)> {
        let all = self.by_key.each();
        all.map(|(key, verifying)| (&**key, &**verifying))
    }

    /// What tokens name the credential with this ID by.
    #[must_use]
    pub fn key_with_id(&self, id: &Uuid) -> Option<&str> {
        self.keys.get(id).map(|key| &**key)
    }

    /// All consumers, in no order.
    pub fn each_consumer(&self) -> impl Iterator<Item = &Arc<Known>> {
        self.consumers.each().map(|(_, known)| known)
    }

    /// How many credentials there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.by_key.len
    }

    /// Whether there is no credential.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// How many consumers there are.
    #[must_use]
    pub fn consumers(&self) -> usize {
        self.consumers.len
    }

    /// Puts a consumer in force, in place of the one with the same ID.
    pub fn put_consumer(&mut self, consumer: &Consumer) {
        self.forget_username(&consumer.id);
        let username = consumer.username.as_deref().map(Box::from);
        if let Some(username) = &username {
            self.by_username.insert(Box::clone(username), consumer.id);
        }
        let known = Known {
            id: consumer.id,
            username,
            custom_id: consumer.custom_id.as_deref().map(Box::from),
        };
        self.consumers.insert(consumer.id, Arc::new(known));
    }

    /// Takes a consumer out. Its credentials verify nothing from then on, whether they are taken out or not.
    pub fn remove_consumer(&mut self, id: &Uuid) {
        self.forget_username(id);
        self.consumers.remove(id);
    }

    /// Puts a credential in force, in place of the one with the same ID.
    pub fn put(&mut self, credential: &Credential) {
        self.remove(&credential.id);
        let verifying = Verifying {
            id: credential.id,
            consumer: credential.consumer,
            algorithm: credential.algorithm,
            material: Material::of(credential),
        };
        let key: Box<str> = credential.key.as_str().into();
        self.keys.insert(credential.id, Box::clone(&key));
        self.by_key.insert(key, Arc::new(verifying));
    }

    /// Takes a credential out. Another one may have its key by now, and stays.
    pub fn remove(&mut self, id: &Uuid) {
        let Some(key) = self.keys.remove(id) else {
            return;
        };
        if self.find(&key).is_some_and(|found| found.id == *id) {
            self.by_key.remove(&key);
        }
    }

    /// Another consumer may have the username by now, and keeps it.
    fn forget_username(&mut self, id: &Uuid) {
        let username = self.consumer(id).and_then(|known| known.username.clone());
        let Some(username) = username else { return };
        if self.by_username.get(&username) == Some(id) {
            self.by_username.remove(&username);
        }
    }
}

impl Material {
    fn of(credential: &Credential) -> Self {
        if credential.algorithm.family() == Family::Hmac {
            let secret = credential.secret.clone();
            return secret.map_or(Self::Unusable(Unusable::NoSecret), Self::Secret);
        }
        let pem = credential.rsa_public_key.as_deref();
        let key = pem.map(|pem| Key::from_pem(pem.as_bytes()));
        match key {
            None => Self::Unusable(Unusable::NoPublicKey),
            Some(Err(error)) => Self::Unusable(Unusable::NotPublicKey(error)),
            Some(Ok(key)) if key.is_for(credential.algorithm) => Self::Public(key),
            Some(Ok(key)) => Self::Unusable(Unusable::OfOtherType(key.facts().key_type)),
        }
    }
}

/// A map in parts, each of which is copied only when something in it changes and somebody still has the last one.
#[derive(Clone)]
struct Parts<K, V> {
    hasher: RandomState,
    maps: Box<[Arc<HashMap<K, V>>]>,
    len: usize,
}

impl<K, V> Default for Parts<K, V> {
    fn default() -> Self {
        Self {
            hasher: RandomState::new(),
            maps: Box::default(),
            len: 0,
        }
    }
}

impl<K: Hash + Eq + Clone, V: Clone> Parts<K, V> {
    fn get<Q>(&self, key: &Q) -> Option<&V>
    where
        K: std::borrow::Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        self.maps.get(self.place(key))?.get(key)
    }

    fn each(&self) -> impl Iterator<Item = (&K, &V)> {
        self.maps.iter().flat_map(|map| map.iter())
    }

    fn insert(&mut self, key: K, value: V) {
        if self.maps.is_empty() {
            // Not one for all: each would have to be copied before it is changed.
            self.maps = (0..PARTS).map(|_| Arc::default()).collect();
        }
        let place = self.place(&key);
        if let Some(part) = self.maps.get_mut(place) {
            let before = Arc::make_mut(part).insert(key, value);
            self.len = self.len.saturating_add(usize::from(before.is_none()));
        }
    }

    fn remove<Q>(&mut self, key: &Q) -> Option<V>
    where
        K: std::borrow::Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        let place = self.place(key);
        let part = self.maps.get_mut(place)?;
        if !part.contains_key(key) {
            return None;
        }
        self.len = self.len.saturating_sub(1);
        Arc::make_mut(part).remove(key)
    }

    fn place(&self, key: &(impl Hash + ?Sized)) -> usize {
        usize::try_from(self.hasher.hash_one(key) >> (u64::BITS - PART_BITS)).unwrap_or_default()
    }
}

const PARTS: usize = 1 << PART_BITS;
const PART_BITS: u32 = 12;

#[cfg(test)]
mod tests {
    use super::*;

    const PUBLIC: &str = include_str!("../../tests/data/rsa-public.pem");

    fn id(number: u8) -> Uuid {
        Uuid::from_bytes([number; 16])
    }

    fn consumer(number: u8, username: Option<&str>) -> Consumer {
        Consumer {
            id: id(number),
            username: username.map(str::to_owned),
            custom_id: Some(format!("custom-{number}")),
            tags: None,
            created_at: 1,
            updated_at: 1,
        }
    }

    fn credential(number: u8, key: &str) -> Credential {
        Credential {
            id: id(number),
            consumer: id(100),
            key: key.to_owned(),
            secret: Some(format!("secret-{number}").into()),
            rsa_public_key: None,
            algorithm: Algorithm::Hs256,
            tags: None,
            created_at: 1,
        }
    }

    fn owner_of(credentials: &Credentials, key: &str) -> Option<Uuid> {
        credentials.find(key).map(|found| found.id)
    }

    /// All orders of these steps.
    fn orders(steps: usize) -> Vec<Vec<usize>> {
        let Some(last) = steps.checked_sub(1) else {
            return vec![Vec::new()];
        };
        let shorter = orders(last);
        let longer = shorter.iter().flat_map(|order| {
            (0..=order.len()).map(move |place| {
                let mut order = order.clone();
                order.insert(place, last);
                order
            })
        });
        longer.collect()
    }

    #[test]
    fn a_key_that_moves_belongs_to_whoever_has_it_in_the_end_whichever_change_comes_first() {
        // The first one had K and gets L, the second one had L and gets M, and the third one, which is new, gets K.
        let last = [credential(1, "L"), credential(2, "M"), credential(3, "K")];
        for order in orders(last.len()) {
            let mut credentials = Credentials::default();
            credentials.put(&credential(1, "K"));
            credentials.put(&credential(2, "L"));
            for step in &order {
                credentials.put(&last[*step]);
            }
            for credential in &last {
                let found = owner_of(&credentials, &credential.key);
                assert_eq!(found, Some(credential.id), "{order:?}: {}", credential.key);
            }
            assert_eq!(credentials.len(), 3, "{order:?}");
        }
    }

    #[test]
    fn two_that_swap_their_keys_have_each_others_after_the_second_change() {
        for order in orders(2) {
            let mut credentials = Credentials::default();
            credentials.put(&credential(1, "K"));
            credentials.put(&credential(2, "L"));
            let swapped = [credential(1, "L"), credential(2, "K")];
            for step in order {
                credentials.put(&swapped[step]);
            }
            assert_eq!(owner_of(&credentials, "L"), Some(id(1)));
            assert_eq!(owner_of(&credentials, "K"), Some(id(2)));
            assert_eq!(credentials.len(), 2);
        }
    }

    #[test]
    fn what_is_taken_out_takes_no_key_along_that_another_one_has_by_now() {
        let mut credentials = Credentials::default();
        credentials.put(&credential(1, "K"));
        credentials.put(&credential(2, "K"));
        credentials.remove(&id(1));
        assert_eq!(owner_of(&credentials, "K"), Some(id(2)));
        for _ in 0..2 {
            credentials.remove(&id(2));
            credentials.remove(&id(9));
            assert_eq!(owner_of(&credentials, "K"), None);
            assert!(credentials.is_empty());
        }
    }

    #[test]
    fn a_username_that_moves_belongs_to_whoever_has_it_in_the_end_whichever_change_comes_first() {
        let last = [
            consumer(1, Some("b")),
            consumer(2, None),
            consumer(3, Some("a")),
        ];
        for order in orders(last.len()) {
            let mut credentials = Credentials::default();
            credentials.put_consumer(&consumer(1, Some("a")));
            credentials.put_consumer(&consumer(2, Some("b")));
            for step in &order {
                credentials.put_consumer(&last[*step]);
            }
            let called = |name| credentials.consumer_called(name).map(|known| known.id);
            assert_eq!(called("a"), Some(id(3)), "{order:?}");
            assert_eq!(called("b"), Some(id(1)), "{order:?}");
            assert_eq!(credentials.consumers(), 3);
        }
    }

    #[test]
    fn a_consumer_is_called_by_its_id_first_and_no_more_once_it_is_taken_out() {
        let mut credentials = Credentials::default();
        credentials.put_consumer(&consumer(1, Some(&id(2).to_string())));
        let by_name = credentials.consumer_called(&id(2).to_string());
        assert_eq!(by_name.map(|known| known.id), Some(id(1)));
        credentials.put_consumer(&consumer(2, Some("anna")));
        for (name, expected) in [
            (id(2).to_string(), Some(id(2))),
            (id(2).to_string().to_uppercase(), Some(id(2))),
            ("anna".to_owned(), Some(id(2))),
            ("Anna".to_owned(), None),
            ("custom-2".to_owned(), None),
            (String::new(), None),
        ] {
            let found = credentials.consumer_called(&name).map(|known| known.id);
            assert_eq!(found, expected, "{name}");
        }
        credentials.remove_consumer(&id(2));
        assert!(credentials.consumer_called("anna").is_none());
        credentials.remove_consumer(&id(2));
        assert_eq!(credentials.consumers(), 1);
    }

    #[test]
    fn the_credentials_of_a_consumer_that_is_taken_out_have_none() {
        let mut credentials = Credentials::default();
        credentials.put_consumer(&consumer(100, Some("anna")));
        credentials.put(&credential(1, "K"));
        credentials.remove_consumer(&id(100));
        let found = credentials.find("K").unwrap();
        assert!(credentials.consumer(&found.consumer).is_none());
    }

    #[test]
    fn a_set_that_was_handed_on_stays_as_it_was() {
        let mut credentials = Credentials::default();
        credentials.put_consumer(&consumer(100, Some("anna")));
        credentials.put(&credential(1, "K"));
        let handed_on = credentials.clone();
        credentials.put(&credential(2, "K"));
        credentials.remove(&id(1));
        credentials.remove_consumer(&id(100));
        assert_eq!(owner_of(&handed_on, "K"), Some(id(1)));
        assert!(handed_on.consumer_called("anna").is_some());
        assert_eq!((handed_on.len(), handed_on.consumers()), (1, 1));
    }

    #[test]
    fn what_verifies_is_the_secret_or_the_key_that_the_algorithm_asks_for_and_else_nothing() {
        let with = |algorithm, secret: Option<&str>, public: Option<&str>| Credential {
            algorithm,
            secret: secret.map(|secret| secret.to_owned().into()),
            rsa_public_key: public.map(str::to_owned),
            ..credential(1, "K")
        };
        for (case, credential, expected) in [
            (
                "a secret",
                with(Algorithm::Hs512, Some("s"), None),
                "secret",
            ),
            (
                "and a key beside it",
                with(Algorithm::Hs256, Some("s"), Some(PUBLIC)),
                "secret",
            ),
            (
                "a key",
                with(Algorithm::Rs256, None, Some(PUBLIC)),
                "public",
            ),
            (
                "and a secret beside it",
                with(Algorithm::Rs256, Some("s"), Some(PUBLIC)),
                "public",
            ),
            (
                "no secret that can be read",
                with(Algorithm::Hs256, None, None),
                "nothing",
            ),
            (
                "a key for a secret",
                with(Algorithm::Hs256, None, Some(PUBLIC)),
                "nothing",
            ),
            ("no key", with(Algorithm::Rs256, None, None), "nothing"),
            (
                "a secret for a key",
                with(Algorithm::Rs256, Some(PUBLIC), None),
                "nothing",
            ),
            (
                "a key of another kind",
                with(Algorithm::Es256, None, Some(PUBLIC)),
                "nothing",
            ),
            (
                "no key at all",
                with(Algorithm::Rs256, None, Some("-----BEGIN")),
                "nothing",
            ),
        ] {
            let mut credentials = Credentials::default();
            credentials.put(&credential);
            let found = match credentials.find("K").unwrap().material {
                Material::Secret(_) => "secret",
                Material::Public(_) => "public",
                Material::Unusable(_) => "nothing",
            };
            assert_eq!(found, expected, "{case}");
        }
    }
}
