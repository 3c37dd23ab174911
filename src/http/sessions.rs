//! Who has logged in at the console.

use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use aws_lc_rs::error::Unspecified;
use aws_lc_rs::rand;
use aws_lc_rs::{constant_time, digest};
use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use tokio_util::sync::CancellationToken;

use crate::clock;

/// Those who have logged in, a bounded number of them.
#[derive(Default)]
pub struct Sessions(Mutex<Vec<Known>>);

/// One login.
#[derive(Clone, PartialEq, Eq)]
pub struct Session {
    /// What its forms send along, which no other page can know.
    pub form_token: String,
    /// When it ends.
    pub ends: Instant,
}

impl Session {
    /// Whether a form was sent along with what this session's forms have.
    pub fn has_form_token(&self, sent: Option<&str>) -> bool {
        let known = self.form_token.as_bytes();
        let is_same = |sent: &str| constant_time::verify_slices_are_equal(known, sent.as_bytes());
        sent.is_some_and(|sent| is_same(sent).is_ok())
    }
}

impl fmt::Debug for Session {
    /// Without what its forms send along.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = formatter.debug_struct("Session");
        shown.field("ends", &self.ends).finish_non_exhaustive()
    }
}

/// A session by the digest of its ID; the ID itself is the browser's alone.
struct Known {
    id: [u8; 32],
    session: Session,
    over: CancellationToken,
}

impl Drop for Known {
    fn drop(&mut self) {
        self.over.cancel();
    }
}

impl Sessions {
    /// Begins a session that lasts for so long. Where there are many it takes the place of the one that ends first.
    ///
    /// # Errors
    /// [`Unspecified`], where the system has no random numbers.
    pub fn begin(&self, lasts: Duration) -> Result<String, Unspecified> {
        self.begin_at(clock::instant(), lasts)
    }

    fn begin_at(&self, now: Instant, lasts: Duration) -> Result<String, Unspecified> {
        let (id, form_token) = (random()?, random()?);
        let ends = now.checked_add(lasts).unwrap_or(now);
        let mut known = self.known(now);
        if known.len() >= MOST {
            let first = known
                .iter()
                .enumerate()
                .min_by_key(|(_, known)| known.session.ends);
            if let Some((first, _)) = first {
                known.swap_remove(first);
            }
        }
        known.push(Known {
            id: digest_of(&id),
            session: Session { form_token, ends },
            over: CancellationToken::new(),
        });
        Ok(id)
    }

    /// The session of this ID, as long as it lasts.
    pub fn find(&self, id: &str) -> Option<Session> {
        self.find_at(clock::instant(), id)
    }

    fn find_at(&self, now: Instant, id: &str) -> Option<Session> {
        // Digests are compared, so that how long it takes tells nothing of an ID.
        let id = digest_of(id);
        let known = self.known(now);
        let mut found = known.iter().filter(|known| known.id == id);
        found.next().map(|known| known.session.clone())
    }

    /// What is cancelled when the session of this ID is ended, or is found to have ended.
    pub fn over(&self, id: &str) -> Option<CancellationToken> {
        let id = digest_of(id);
        let known = self.known(clock::instant());
        let mut found = known.iter().filter(|known| known.id == id);
        found.next().map(|known| known.over.clone())
    }

    /// Ends the session of this ID.
    pub fn end(&self, id: &str) {
        let id = digest_of(id);
        self.known(clock::instant()).retain(|known| known.id != id);
    }

    /// Ends all of them.
    pub fn end_all(&self) {
        self.known(clock::instant()).clear();
    }

    /// Those that have not ended by now.
    fn known(&self, now: Instant) -> MutexGuard<'_, Vec<Known>> {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.retain(|known| known.session.ends > now);
        known
    }
}

fn random() -> Result<String, Unspecified> {
    let mut bytes = [0; 32];
    rand::fill(&mut bytes)?;
    Ok(BASE64_URL_SAFE_NO_PAD.encode(bytes))
}

fn digest_of(id: &str) -> [u8; 32] {
    let digest = digest::digest(&digest::SHA256, id.as_bytes());
    digest.as_ref().try_into().unwrap_or_default()
}

const MOST: usize = 64;

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: Duration = Duration::from_hours(1);

    #[test]
    fn a_session_is_known_by_its_id_until_it_ends_and_by_nothing_else() {
        let (sessions, now) = (Sessions::default(), clock::instant());
        let id = sessions.begin_at(now, HOUR).unwrap();
        let session = sessions.find_at(now, &id).unwrap();
        assert_ne!(session.form_token, id);
        assert!(!format!("{session:?}").contains(&session.form_token));
        assert!(session.has_form_token(Some(&session.form_token)));
        for other in [None, Some(""), Some("x"), Some(id.as_str())] {
            assert!(!session.has_form_token(other), "{other:?}");
        }
        for other in [
            "",
            "x",
            &id.to_uppercase(),
            &session.form_token,
            &format!("{id} "),
        ] {
            assert_eq!(sessions.find_at(now, other), None, "{other}");
        }
        let last = now + Duration::from_millis(3_599_999);
        assert_eq!(sessions.find_at(last, &id), Some(session));
        assert_eq!(sessions.find_at(now + HOUR, &id), None);
        assert_eq!(
            sessions.find_at(now, &id),
            None,
            "what has ended does not come back"
        );
    }

    #[test]
    fn each_session_is_another_one_and_who_ends_one_ends_no_other() {
        let (sessions, now) = (Sessions::default(), clock::instant());
        let ids = [(); 3].map(|()| sessions.begin_at(now, HOUR).unwrap());
        sessions.end(&ids[1]);
        let are_known = ids.each_ref().map(|id| sessions.find_at(now, id).is_some());
        assert_eq!(are_known, [true, false, true]);
        sessions.end_all();
        assert_eq!(sessions.find_at(now, &ids[0]), None);
    }

    #[test]
    fn whoever_follows_a_session_learns_when_it_is_over() {
        let (sessions, now) = (Sessions::default(), clock::instant());
        let ids = [(); 3].map(|()| sessions.begin_at(now, HOUR).unwrap());
        let over = ids.each_ref().map(|id| sessions.over(id).unwrap());
        let are_over = || over.each_ref().map(CancellationToken::is_cancelled);
        sessions.end(&ids[1]);
        assert_eq!(are_over(), [false, true, false]);
        assert!(sessions.over(&ids[1]).is_none());
        sessions.end_all();
        assert_eq!(are_over(), [true; 3]);
    }

    #[test]
    fn where_there_are_many_the_one_goes_that_ends_first() {
        let (sessions, now) = (Sessions::default(), clock::instant());
        let first = sessions.begin_at(now, HOUR).unwrap();
        let shortest = sessions.begin_at(now, HOUR / 2).unwrap();
        for _ in 2..=MOST {
            sessions.begin_at(now, HOUR).unwrap();
        }
        assert_eq!(sessions.find_at(now, &shortest), None);
        assert!(sessions.find_at(now, &first).is_some());
        assert_eq!(sessions.known(now).len(), MOST);
    }
}
