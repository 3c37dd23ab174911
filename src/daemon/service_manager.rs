//! Messages to the service manager: ready, reloading, stopping.

use sd_notify::NotifyState;

/// The daemon serves.
pub fn ready(status: &str) {
    notify(&[NotifyState::Ready, NotifyState::Status(status)]);
}

/// The configuration is being loaded anew; [`ready`] must follow.
pub fn reloading() {
    match NotifyState::monotonic_usec_now() {
        Ok(time) => notify(&[NotifyState::Reloading, time]),
        Err(error) => tracing::debug!(%error, "cannot notify the service manager"),
    }
}

/// The daemon ends what is there.
pub fn stopping() {
    notify(&[
        NotifyState::Stopping,
        NotifyState::Status("answering what is in flight"),
    ]);
}

/// Without a service manager there is nobody to tell.
fn notify(states: &[NotifyState<'_>]) {
    if let Err(error) = sd_notify::notify(states) {
        tracing::debug!(%error, "cannot notify the service manager");
    }
}
