//! Shares out connections and requests, so that no peer takes up what another needs.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio_util::sync::CancellationToken;

use crate::peer::{Peer, may_have_more};
use crate::verifier::gateways::Origin;

/// As many connections as may be open at the same time.
///
/// Where all are taken, a newcomer gets the place of the least useful connection of the peer that has most of them. So a
/// peer may have all of them while nobody else comes, and as many as anybody else where others do.
pub struct Seats {
    capacity: usize,
    table: Mutex<Table>,
    /// Counts what happens on connections, to tell which has been idle for longest.
    moments: AtomicU64,
}

/// How much is taken of something that there is a bounded number of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Occupancy {
    /// What is taken.
    pub taken: usize,
    /// What there is.
    pub capacity: usize,
}

#[derive(Default)]
struct Table {
    taken: usize,
    next: u64,
    groups: HashMap<Peer, Group>,
}

/// The connections of one peer.
#[derive(Default)]
struct Group {
    places: HashMap<u64, Arc<Place>>,
    requests: Arc<Counts>,
}

/// One connection, as others see it.
struct Place {
    evicted: CancellationToken,
    has_asked: AtomicBool,
    has_read: AtomicBool,
    is_answering: AtomicBool,
    last_moment: AtomicU64,
}

impl Seats {
    /// Makes this number of places, all of them free.
    #[must_use]
    pub fn new(capacity: usize) -> Arc<Self> {
        Arc::new(Self {
            capacity,
            table: Mutex::default(),
            moments: AtomicU64::new(0),
        })
    }

    /// A place for a newcomer. None where all are taken by those who have shown the API key and are being answered.
    #[must_use]
    pub fn take(self: &Arc<Self>, peer: Peer) -> Option<Seat> {
        let mut table = self.table();
        if table.taken >= self.capacity {
            table.make_room(Some(peer))?;
        }
        let place = Arc::new(Place {
            evicted: CancellationToken::new(),
            has_asked: AtomicBool::new(false),
            has_read: AtomicBool::new(false),
            is_answering: AtomicBool::new(false),
            last_moment: AtomicU64::new(self.moment()),
        });
        let id = table.next;
        table.next = table.next.wrapping_add(1);
        let requests = table.seat(peer, id, Arc::clone(&place));
        Some(Seat {
            seats: Arc::clone(self),
            id,
            place,
            holder: Mutex::new(Holder { peer, requests }),
            origin: Origin::UnixSocket,
        })
    }

    /// How many connections are open, and how many there may be.
    #[must_use]
    pub fn occupancy(&self) -> Occupancy {
        Occupancy {
            taken: self.table().taken,
            capacity: self.capacity,
        }
    }

    /// Ends one connection, for whoever cannot even be accepted.
    pub fn make_room(&self) {
        // There may be none.
        let _ = self.table().make_room(None);
    }

    fn moment(&self) -> u64 {
        self.moments.fetch_add(1, Ordering::Relaxed)
    }

    fn table(&self) -> MutexGuard<'_, Table> {
        self.table.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Table {
    fn seat(&mut self, peer: Peer, id: u64, place: Arc<Place>) -> Arc<Counts> {
        self.taken = self.taken.saturating_add(1);
        let group = self.groups.entry(peer).or_default();
        group.places.insert(id, place);
        Arc::clone(&group.requests)
    }

    fn leave(&mut self, peer: Peer, id: u64) -> Option<Arc<Place>> {
        let group = self.groups.get_mut(&peer)?;
        let place = group.places.remove(&id)?;
        if group.places.is_empty() {
            self.groups.remove(&peer);
        }
        self.taken = self.taken.saturating_sub(1);
        Some(place)
    }

    /// Takes a place away from the peer that would have most of them with the newcomer; from itself where others have as
    /// many, or two peers would push each other out for ever.
    fn make_room(&mut self, newcomer: Option<Peer>) -> Option<()> {
        // Holders of the API key are Prosody: they lose a place only where nobody else has one, and never during an
        // answer.
        let others = self.groups.iter().filter(|(peer, group)| {
            **peer != Peer::KeyHolder || group.places.values().any(|place| !place.is_answering())
        });
        let (peer, group) = others.max_by_key(|(peer, group)| {
            let is_newcomer = Some(**peer) == newcomer;
            let places = group.places.len().saturating_add(usize::from(is_newcomer));
            (**peer != Peer::KeyHolder, places, is_newcomer)
        })?;
        // A connection that is being answered may have somebody's join on it; an idle one costs its owner only a new
        // connection.
        let least_useful = |(_, place): &(&u64, &Arc<Place>)| {
            let last_moment = place.last_moment.load(Ordering::Relaxed);
            (place.is_answering(), last_moment)
        };
        let (peer, (id, _)) = (*peer, group.places.iter().min_by_key(least_useful)?);
        let id = *id;
        self.leave(peer, id)?.evicted.cancel();
        Some(())
    }
}

impl Place {
    fn is_answering(&self) -> bool {
        self.is_answering.load(Ordering::Relaxed)
    }
}

/// The place of one connection; dropping this frees it.
pub struct Seat {
    seats: Arc<Seats>,
    id: u64,
    place: Arc<Place>,
    holder: Mutex<Holder>,
    origin: Origin,
}

#[derive(Clone)]
struct Holder {
    peer: Peer,
    requests: Arc<Counts>,
}

impl Seat {
    /// The same for a connection from this address.
    #[must_use]
    pub fn at(mut self, address: IpAddr) -> Self {
        self.origin = Origin::Address(address);
        self
    }

    /// Where the connection comes from.
    #[must_use]
    pub const fn origin(&self) -> Origin {
        self.origin
    }

    /// Who has it.
    #[must_use]
    pub fn peer(&self) -> Peer {
        self.holder().peer
    }

    /// How many connections are open with this one, and how many there may be.
    #[must_use]
    pub fn connections(&self) -> Occupancy {
        self.seats.occupancy()
    }

    /// Waits until a newcomer has got the place.
    pub async fn evicted(&self) {
        self.place.evicted.cancelled().await;
    }

    /// Counts the connection to those of whoever has the API key, which was shown on it.
    pub fn key_was_shown(&self) {
        let mut holder = self.holder();
        if holder.peer == Peer::KeyHolder {
            return;
        }
        let mut table = self.seats.table();
        if let Some(place) = table.leave(holder.peer, self.id) {
            holder.requests = table.seat(Peer::KeyHolder, self.id, place);
        }
        holder.peer = Peer::KeyHolder;
    }

    /// Says that a request is being answered, for as long as the guard is there.
    pub fn answering(&self) -> Answering<'_> {
        self.place.has_asked.store(true, Ordering::Relaxed);
        self.place.is_answering.store(true, Ordering::Relaxed);
        Answering(self)
    }

    /// Says that something came on it.
    pub fn note_read(&self) {
        self.place.has_read.store(true, Ordering::Relaxed);
    }

    /// Whether bytes arrived since the last call. If not, the next request arrived together with the one before it.
    #[must_use]
    pub fn take_read(&self) -> bool {
        self.place.has_read.swap(false, Ordering::Relaxed)
    }

    /// Whether any request came on it.
    #[must_use]
    pub fn has_asked(&self) -> bool {
        self.place.has_asked.load(Ordering::Relaxed)
    }

    /// A share of what all requests have together, where the peer may have one more from this pool.
    #[must_use]
    pub fn share(&self, all: &Arc<Shares>, pool: Pool) -> Option<Share> {
        let Holder { peer, requests } = self.holder().clone();
        let others = all.taken.of(pool).fetch_add(1, Ordering::AcqRel);
        let own = requests.of(pool).fetch_add(1, Ordering::AcqRel);
        let share = Share {
            all: Arc::clone(all),
            own: requests,
            pool,
        };
        may_have_more(peer, own, all.capacity.saturating_sub(others)).then_some(share)
    }

    fn holder(&self) -> MutexGuard<'_, Holder> {
        self.holder.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        let peer = self.peer();
        self.seats.table().leave(peer, self.id);
    }
}

/// A request is being answered on this connection.
pub struct Answering<'a>(&'a Seat);

impl Drop for Answering<'_> {
    fn drop(&mut self) {
        let place = &self.0.place;
        place
            .last_moment
            .store(self.0.seats.moment(), Ordering::Relaxed);
        place.is_answering.store(false, Ordering::Relaxed);
    }
}

/// What requests take their shares from. Each pool is bounded by itself, so that those who want to know why somebody was
/// denied keep nobody who joins waiting.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pool {
    /// Decisions that Prosody waits for.
    Decisions,
    /// Explanations, which take longer.
    Explanations,
    /// What administrators do.
    Revocations,
    /// Providers that tell of users who have signed out, whoever says to be one.
    Logouts,
    /// Consumers and credentials.
    Registry,
    /// Requests that proxies ask about.
    Gateways,
}

impl Pool {
    /// All of them, with their names.
    pub const ALL: [(&str, Self); 6] = [
        ("decisions", Self::Decisions),
        ("explanations", Self::Explanations),
        ("revocations", Self::Revocations),
        ("logouts", Self::Logouts),
        ("registry", Self::Registry),
        ("gateways", Self::Gateways),
    ];
}

/// As many requests as may be in work at the same time, in each pool.
pub struct Shares {
    capacity: usize,
    taken: Counts,
}

/// How many shares of each pool are taken: by one peer, or by all.
#[derive(Default)]
struct Counts {
    decisions: AtomicUsize,
    explanations: AtomicUsize,
    revocations: AtomicUsize,
    logouts: AtomicUsize,
    registry: AtomicUsize,
    gateways: AtomicUsize,
}

impl Counts {
    const fn of(&self, pool: Pool) -> &AtomicUsize {
        match pool {
            Pool::Decisions => &self.decisions,
            Pool::Explanations => &self.explanations,
            Pool::Revocations => &self.revocations,
            Pool::Logouts => &self.logouts,
            Pool::Registry => &self.registry,
            Pool::Gateways => &self.gateways,
        }
    }
}

impl Shares {
    /// Makes pools that each have this number of shares.
    #[must_use]
    pub fn new(capacity: usize) -> Arc<Self> {
        Arc::new(Self {
            capacity,
            taken: Counts::default(),
        })
    }

    /// How many shares of a pool are taken, and how many there are.
    #[must_use]
    pub fn occupancy(&self, pool: Pool) -> Occupancy {
        Occupancy {
            // One that is refused is counted for a moment, too.
            taken: self
                .taken
                .of(pool)
                .load(Ordering::Relaxed)
                .min(self.capacity),
            capacity: self.capacity,
        }
    }
}

/// One request's share, which is free again when this goes.
pub struct Share {
    all: Arc<Shares>,
    own: Arc<Counts>,
    pool: Pool,
}

impl Drop for Share {
    fn drop(&mut self) {
        self.own.of(self.pool).fetch_sub(1, Ordering::AcqRel);
        self.all.taken.of(self.pool).fetch_sub(1, Ordering::AcqRel);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const A: Peer = Peer::User(1);
    const B: Peer = Peer::User(2);

    fn take(seats: &Arc<Seats>, peer: Peer, count: usize) -> Vec<Seat> {
        (0..count).map(|_| seats.take(peer).unwrap()).collect()
    }

    fn left(held: &[Seat]) -> usize {
        let is_there = |seat: &&Seat| !seat.place.evicted.is_cancelled();
        held.iter().filter(is_there).count()
    }

    #[test]
    fn one_peer_may_have_every_place_while_nobody_else_comes() {
        let seats = Seats::new(4);
        let held = take(&seats, A, 4);
        assert_eq!(left(&held), 4);
    }

    #[test]
    fn a_newcomer_gets_a_place_from_the_peer_that_has_most() {
        let seats = Seats::new(4);
        let (many, few) = (take(&seats, A, 3), take(&seats, B, 1));
        let third = take(&seats, Peer::User(3), 1);
        assert_eq!((left(&many), left(&few), left(&third)), (2, 1, 1));
    }

    #[test]
    fn peers_end_up_with_as_many_each_and_push_nobody_out_after_that() {
        let seats = Seats::new(4);
        let (a, b) = (take(&seats, A, 4), take(&seats, B, 2));
        assert_eq!((left(&a), left(&b)), (2, 2));
        let more_of_a = take(&seats, A, 5);
        assert_eq!(left(&b), 2);
        assert_eq!(left(&a) + left(&more_of_a), 2);
    }

    #[test]
    fn the_place_goes_that_was_idle_for_longest_and_none_where_an_answer_is_due() {
        let seats = Seats::new(3);
        let held = take(&seats, A, 3);
        let _answering = held[0].answering();
        drop(held[1].answering());
        let _newcomer = seats.take(B).unwrap();
        let is_gone = |seat: &Seat| seat.place.evicted.is_cancelled();
        assert_eq!(
            held.iter().map(is_gone).collect::<Vec<_>>(),
            [false, false, true]
        );
    }

    #[test]
    fn who_showed_the_key_gives_up_nothing_to_those_who_did_not() {
        let seats = Seats::new(3);
        let known = take(&seats, A, 2);
        known.iter().for_each(Seat::key_was_shown);
        let others = take(&seats, A, 4);
        assert_eq!((left(&known), left(&others)), (2, 1));
        let _answering: Vec<_> = known.iter().map(Seat::answering).collect();
        others[3].key_was_shown();
        let _answering_too = others[3].answering();
        assert!(seats.take(B).is_none());
    }

    #[test]
    fn a_place_is_free_again_when_its_connection_ends() {
        let seats = Seats::new(2);
        let held = take(&seats, A, 2);
        drop(held);
        let (first, second) = (seats.take(A).unwrap(), seats.take(B).unwrap());
        assert_eq!(left(&[first, second]), 2);
        assert_eq!(seats.table().taken, 0);
        assert!(seats.table().groups.is_empty());
    }

    #[test]
    fn no_peer_takes_the_last_share_of_requests_from_another() {
        let (seats, shares) = (Seats::new(9), Shares::new(8));
        let (a, b, c) = (
            seats.take(A).unwrap(),
            seats.take(B).unwrap(),
            seats.take(Peer::User(3)).unwrap(),
        );
        let held = |seat: &Seat| -> Vec<Share> {
            (0..8)
                .map_while(|_| seat.share(&shares, Pool::Decisions))
                .collect()
        };
        let (of_a, of_b, of_c) = (held(&a), held(&b), held(&c));
        assert_eq!((of_a.len(), of_b.len(), of_c.len()), (4, 2, 1));
        c.key_was_shown();
        assert_eq!(held(&c).len(), 1);
        drop((of_a, of_b, of_c));
        assert_eq!(shares.taken.decisions.load(Ordering::Acquire), 0);
    }

    #[test]
    fn no_pool_takes_a_share_from_another() {
        let (seats, shares) = (Seats::new(1), Shares::new(4));
        let seat = seats.take(A).unwrap();
        let held = Pool::ALL.map(|(_, pool)| -> Vec<Share> {
            (0..8).map_while(|_| seat.share(&shares, pool)).collect()
        });
        for (shares, (name, _)) in held.iter().zip(Pool::ALL) {
            assert_eq!(shares.len(), 2, "{name}");
        }
    }
}
