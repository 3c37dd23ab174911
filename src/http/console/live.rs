//! Decisions as they happen, told for as long as whoever watches may look.
//!
//! What is told is read when the connection takes more: whoever reads slowly holds nothing but what is on the way.

use std::convert::Infallible;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::{Duration, Instant};

use hyper::body::{Body, Bytes, Frame};
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

use crate::clock;
use crate::http::joins::{Place, RecentJoins, Watching};
use crate::http::payload::Live;
use crate::joins::Filter;

use super::events;

/// Somebody who watches.
pub struct Watcher {
    pub watching: Watching,
    pub joins: Arc<RecentJoins>,
    /// What is shown, and to whom, as it was when they began; none where that has changed meanwhile.
    pub version: Option<u64>,
    /// How far they have seen it.
    pub place: Option<Place>,
    /// What they want to see.
    pub filter: Filter,
    /// Whether they know that they have seen all there was.
    pub is_up_to_date: bool,
    pub ends: Ends,
}

/// What ends it.
pub struct Ends {
    /// The daemon is about to end.
    pub draining: CancellationToken,
    /// When the login ends, and what is cancelled where it does so before. Where nobody logs in there is none.
    pub session: Option<(Instant, CancellationToken)>,
}

/// What is sent next, and who gets what comes after it.
struct Step {
    text: Option<String>,
    then: Option<Watcher>,
}

/// A body that is made step by step.
struct Stream(Option<Pin<Box<dyn Future<Output = Step> + Send>>>);

impl Watcher {
    /// What is sent to them.
    pub fn into_body(self) -> Live {
        Box::pin(Stream::of(Some(self)))
    }

    /// Waits for something to tell.
    async fn step(mut self) -> Step {
        let mut silence = pin!(sleep(LONGEST_SILENCE));
        loop {
            if let Some(end) = self.end() {
                return end;
            } else if let Some(text) = self.unseen() {
                return self.after(text);
            } else if !self.is_up_to_date {
                return self.silent();
            }
            tokio::select! {
                () = self.ends.reached() => {}
                () = self.watching.news() => {}
                () = &mut silence => return self.silent(),
            }
        }
    }

    /// The last step, where it is time for that.
    fn end(&self) -> Option<Step> {
        if self.ends.draining.is_cancelled() {
            Some(Step::last(None))
        } else if self.ends.is_login_over() {
            Some(Step::last(Some(events::ended())))
        } else if self.version != Some(self.joins.version()) {
            Some(Step::last(Some(events::changed())))
        } else {
            None
        }
    }

    /// What they want to see and have not, as far as it is sent at once.
    fn unseen(&mut self) -> Option<String> {
        loop {
            let batch = self.joins.after(self.place, &self.filter);
            self.place = Some(batch.place);
            if batch.missed > 0 || !batch.joins.is_empty() {
                return Some(events::of(&batch));
            } else if batch.is_last {
                return None;
            }
        }
    }

    /// Tells that there is nothing else.
    fn silent(mut self) -> Step {
        self.is_up_to_date = true;
        let text = events::nothing_new(self.place);
        self.after(text)
    }

    const fn after(self, text: String) -> Step {
        Step {
            text: Some(text),
            then: Some(self),
        }
    }
}

impl Step {
    const fn last(text: Option<String>) -> Self {
        Self { text, then: None }
    }
}

impl Ends {
    fn is_login_over(&self) -> bool {
        let session = self.session.as_ref();
        session.is_some_and(|(ends, over)| over.is_cancelled() || *ends <= clock::instant())
    }

    async fn reached(&self) {
        let Some((ends, over)) = &self.session else {
            return self.draining.cancelled().await;
        };
        let left = ends.saturating_duration_since(clock::instant());
        tokio::select! {
            () = self.draining.cancelled() => {}
            () = over.cancelled() => {}
            () = sleep(left) => {}
        }
    }
}

impl Stream {
    fn of(watcher: Option<Watcher>) -> Self {
        let step = watcher.map(Watcher::step);
        Self(step.map(|step| Box::pin(step) as _))
    }
}

impl Body for Stream {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        let Some(step) = &mut self.0 else {
            return Poll::Ready(None);
        };
        let Step { text, then } = ready!(step.as_mut().poll(context));
        *self = Self::of(then);
        Poll::Ready(text.map(|text| Ok(Frame::data(Bytes::from(text)))))
    }

    fn is_end_stream(&self) -> bool {
        self.0.is_none()
    }
}

/// After so long somebody learns that they are still connected, and the daemon whether they are.
const LONGEST_SILENCE: Duration = Duration::from_secs(15);

#[cfg(test)]
mod tests {
    use http_body_util::BodyExt as _;

    use super::*;
    use crate::http::offered::Offered;
    use crate::joins::{Join, Outcome, What};

    const OFFERED: Offered = Offered {
        recent: 200,
        names: false,
        mint: false,
        session: Duration::from_mins(1),
    };

    fn joins(count: usize) -> Arc<RecentJoins> {
        let joins = RecentJoins::new(7);
        joins.keep(Some(OFFERED), true);
        (0..count).for_each(|_| joins.remember(join()));
        Arc::new(joins)
    }

    fn join() -> Join {
        Join {
            number: 0,
            time: 0,
            what: What::Login,
            host: "a".to_owned(),
            issuer: None,
            code: None,
            token_id: None,
            room: None,
            name: None,
        }
    }

    fn watcher(joins: &Arc<RecentJoins>) -> Watcher {
        Watcher {
            watching: joins.watch().unwrap(),
            joins: Arc::clone(joins),
            version: Some(joins.version()),
            place: None,
            filter: Filter::default(),
            is_up_to_date: false,
            ends: Ends {
                draining: CancellationToken::new(),
                session: None,
            },
        }
    }

    async fn next(body: &mut Live) -> Option<String> {
        let frame = body.frame().await?.unwrap();
        let bytes = frame.into_data().unwrap();
        Some(String::from_utf8(bytes.to_vec()).unwrap())
    }

    #[tokio::test]
    async fn whoever_reads_slowly_has_few_on_the_way_and_learns_how_many_are_gone() {
        let joins = joins(150);
        let mut body = watcher(&joins).into_body();
        let first = next(&mut body).await.unwrap();
        assert!(first.matches("event: message").count() <= 64);
        (0..1_000).for_each(|_| joins.remember(join()));
        let second = next(&mut body).await.unwrap();
        assert!(second.starts_with("event: missed\ndata: 886\n"), "{second}");
        assert!(second.matches("event: message").count() <= 64);
    }

    #[tokio::test(start_paused = true)]
    async fn whoever_is_told_nothing_learns_now_and_then_that_they_are_still_connected() {
        let joins = joins(1);
        let mut watcher = watcher(&joins);
        watcher.filter.outcome = Outcome::Denied;
        let mut body = watcher.into_body();
        for number in 1..4 {
            let place = format!(": still here\nevent: place\nid: 7.{number}\ndata: 7.{number}\n\n");
            assert_eq!(next(&mut body).await, Some(place));
            joins.remember(join());
        }
    }

    #[tokio::test]
    async fn whoever_may_look_no_longer_is_told_why_and_nothing_after_that() {
        let over = CancellationToken::new();
        over.cancel();
        let (now, later) = (clock::instant(), clock::instant() + OFFERED.session);
        for (session, version, expected) in [
            (Some((later, over)), Some(1), "event: ended\n"),
            (
                Some((now, CancellationToken::new())),
                Some(1),
                "event: ended\n",
            ),
            (None, None, "event: changed\n"),
            (None, Some(99), "event: changed\n"),
        ] {
            let joins = joins(3);
            assert_eq!(joins.version(), 1);
            let mut watcher = watcher(&joins);
            (watcher.ends.session, watcher.version) = (session, version);
            let mut body = watcher.into_body();
            let told = next(&mut body).await.unwrap();
            assert!(told.starts_with(expected), "{told}");
            assert!(body.is_end_stream());
            assert_eq!(next(&mut body).await, None);
        }
    }

    #[tokio::test(start_paused = true)]
    async fn it_ends_at_once_and_without_a_word_when_the_daemon_is_about_to() {
        let joins = joins(0);
        let watcher = watcher(&joins);
        let draining = watcher.ends.draining.clone();
        let mut body = watcher.into_body();
        assert!(next(&mut body).await.unwrap().contains("event: place"));
        let (rest, ()) = tokio::join!(next(&mut body), async { draining.cancel() });
        assert_eq!(rest, None);
    }
}
