//! One piece of work at a time, which all who need its outcome wait for.

use std::future::Future;

use tokio::sync::watch;

/// Work in progress.
#[derive(Clone)]
pub struct Flight(watch::Receiver<()>);

impl Flight {
    /// Starts the work as a task of its own: it goes on when those who wait for it have gone.
    pub fn start(work: impl Future<Output = ()> + Send + 'static) -> Self {
        let (sender, receiver) = watch::channel(());
        tokio::spawn(async move {
            work.await;
            drop(sender);
        });
        Self(receiver)
    }

    /// Whether it is still going on.
    pub fn is_under_way(&self) -> bool {
        self.0.has_changed().is_ok()
    }

    /// Waits until it has ended, in whatever way.
    pub async fn end(mut self) {
        while self.0.changed().await.is_ok() {}
    }
}
