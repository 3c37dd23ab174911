//! Makes the next set in force out of the last one and what has changed.

use std::collections::HashSet;
use std::mem;
use std::sync::Arc;

use super::in_force::{Entry, Grounds, PARTS, Revocations, part_of};
use super::{Kind, Revocation};

/// The set in force, and what its entries have in common, which is kept once.
#[derive(Default)]
pub struct Ledger {
    set: Arc<Revocations>,
    grounds: HashSet<Arc<Grounds>>,
    /// From how many grounds on it is looked which of them are of use.
    many: usize,
}

/// One change of the set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change<'a> {
    /// It counts from now on, in place of the one with the same name.
    Made(&'a Revocation),
    /// It counts no longer.
    Withdrawn(&'a Revocation),
}

impl Ledger {
    /// The set in force.
    #[must_use]
    pub fn set(&self) -> Arc<Revocations> {
        Arc::clone(&self.set)
    }

    /// Puts changes in force, all of them at once.
    pub fn apply<'a>(&mut self, changes: impl IntoIterator<Item = Change<'a>>) -> Arc<Revocations> {
        let mut next = self.next();
        if next.parts.is_empty() {
            // Not one for all: each would have to be copied before it is changed.
            next.parts = (0..PARTS).map(|_| Arc::default()).collect();
        }
        for change in changes {
            self.apply_one(&mut next, change);
        }
        self.replace(next);
        self.set()
    }

    /// Takes those out whose time was over at `time`, in Unix seconds. Says whether there were any.
    pub fn sweep(&mut self, time: i64) -> bool {
        let is_over = |entry: &Entry| entry.until <= time;
        let is_due = |part: &Arc<Vec<Entry>>| part.iter().any(is_over);
        if !self.set.parts.iter().any(is_due) {
            return false;
        }
        let mut next = self.next();
        let Revocations { parts, counts } = &mut next;
        for part in parts.iter_mut().filter(|part| is_due(part)) {
            let part = Arc::make_mut(part);
            let over = part.iter().filter(|entry| is_over(entry));
            over.for_each(|entry| count(counts, entry.grounds.kind, 0, 1));
            part.retain(|entry| !is_over(entry));
            part.shrink_to_fit();
        }
        self.replace(next);
        true
    }

    /// What the next set begins as. Where nobody has the last one, that is it, and nothing of it has to be copied.
    fn next(&mut self) -> Revocations {
        Arc::unwrap_or_clone(mem::take(&mut self.set))
    }

    fn replace(&mut self, next: Revocations) {
        self.set = Arc::new(next);
        self.forget_unused();
    }

    /// How many grounds are kept.
    #[cfg(test)]
    pub(super) fn known_grounds(&self) -> usize {
        self.grounds.len()
    }

    fn apply_one(&mut self, set: &mut Revocations, change: Change<'_>) {
        let (Change::Made(revocation) | Change::Withdrawn(revocation)) = change;
        let fingerprint = revocation.target.fingerprint();
        let Some(part) = set.parts.get_mut(part_of(fingerprint)) else {
            return;
        };
        let part = Arc::make_mut(part);
        let removed = remove(part, revocation, fingerprint);
        let made = matches!(change, Change::Made(_));
        if made {
            make_room(part);
            let place = part.partition_point(|entry| entry.fingerprint < fingerprint);
            part.insert(place, self.entry(revocation, fingerprint));
        }
        let kind = revocation.target.kind();
        count(
            &mut set.counts,
            kind,
            usize::from(made),
            usize::from(removed),
        );
    }

    fn entry(&mut self, revocation: &Revocation, fingerprint: u64) -> Entry {
        Entry {
            fingerprint,
            digest: revocation.target.digest(),
            until: revocation.until.unwrap_or(i64::MAX),
            made_at: revocation.made_at,
            grounds: self.shared(grounds(revocation)),
        }
    }

    fn shared(&mut self, grounds: Grounds) -> Arc<Grounds> {
        if let Some(known) = self.grounds.get(&grounds) {
            return Arc::clone(known);
        }
        let grounds = Arc::new(grounds);
        self.grounds.insert(Arc::clone(&grounds));
        grounds
    }

    /// Looks through them as often as they have doubled, so that a look costs each but a constant.
    fn forget_unused(&mut self) {
        if self.grounds.len() >= self.many {
            self.grounds
                .retain(|grounds| Arc::strong_count(grounds) > 1);
            self.grounds.shrink_to_fit();
            self.many = self.grounds.len().saturating_mul(2).max(FEW);
        }
    }
}

/// So many grounds take no room to speak of.
const FEW: usize = 64;

fn count(counts: &mut [usize], kind: Kind, more: usize, fewer: usize) {
    if let Some(count) = counts.get_mut(kind as usize) {
        *count = count.saturating_add(more).saturating_sub(fewer);
    }
}

fn remove(part: &mut Vec<Entry>, revocation: &Revocation, fingerprint: u64) -> bool {
    let digest = revocation.target.digest();
    let is_of_earlier = revocation.target.issued_before().is_some();
    let place = part.iter().position(|entry| {
        entry.fingerprint == fingerprint
            && entry.digest == digest
            && entry.grounds.host == revocation.host
            && entry.grounds.issued_before.is_some() == is_of_earlier
    });
    if let Some(place) = place {
        part.remove(place);
    }
    place.is_some()
}

/// Room for one more, and not for twice as many: a part is to take little more than what is in it.
fn make_room(part: &mut Vec<Entry>) {
    if part.len() == part.capacity() {
        part.reserve_exact(part.len() / 16 + 1);
    }
}

fn grounds(revocation: &Revocation) -> Grounds {
    Grounds {
        kind: revocation.target.kind(),
        host: revocation.host.clone(),
        issued_before: revocation.target.issued_before(),
        reason: revocation.reason.clone(),
        made_by: revocation.made_by.clone(),
    }
}

/// The kinds are numbered from zero, as counts are.
const _: () = assert!(Kind::Token as usize == 0);
