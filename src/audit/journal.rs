//! The audit log in systemd's journal, by its own protocol: one datagram a line. It has an identifier of its own there, so that
//! it can be told from the daemon's log, which standard output could not be.

use std::io;
use std::os::unix::net::UnixDatagram;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// A socket that the journal is reached from.
pub struct Journal {
    socket: UnixDatagram,
    address: PathBuf,
}

impl Journal {
    /// The journal of this machine.
    pub fn new() -> io::Result<Self> {
        Self::at(Path::new(ADDRESS))
    }

    fn at(address: &Path) -> io::Result<Self> {
        let socket = UnixDatagram::unbound()?;
        socket.set_write_timeout(Some(PATIENCE))?;
        Ok(Self {
            socket,
            address: address.to_owned(),
        })
    }

    /// Whether somebody listens.
    pub fn check(&self) -> io::Result<()> {
        UnixDatagram::unbound()?.connect(&self.address)
    }

    /// Sends each line. It is addressed anew each time: the journal may have been restarted.
    pub fn put(&self, lines: &[u8]) -> io::Result<()> {
        let mut lines = lines.split(|byte| *byte == b'\n');
        lines
            .by_ref()
            .filter(|line| !line.is_empty())
            .try_for_each(|line| {
                let message = [HEAD, line, b"\n"].concat();
                self.socket.send_to(&message, &self.address).map(drop)
            })
    }
}

/// Where the journal listens (systemd's `JOURNAL_NATIVE_PROTOCOL`).
const ADDRESS: &str = "/run/systemd/journal/socket";

/// What stands before a line, which has no line break itself.
const HEAD: &[u8] = b"PRIORITY=6\nSYSLOG_IDENTIFIER=prosody-tokend-audit\nMESSAGE=";

/// How long a line waits for a journal that stands still.
const PATIENCE: Duration = Duration::from_secs(1);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_a_message_with_an_identifier_of_its_own() {
        let folder = tempfile::tempdir().unwrap();
        let address = folder.path().join("socket");
        let socket = UnixDatagram::bind(&address).unwrap();
        let journal = Journal::at(&address).unwrap();
        journal.check().unwrap();
        journal.put(b"{\"a\":1}\n{\"a\":2}\n").unwrap();
        for line in ["{\"a\":1}", "{\"a\":2}"] {
            let mut bytes = [0; 1_024];
            let length = socket.recv(&mut bytes).unwrap();
            let expected =
                format!("PRIORITY=6\nSYSLOG_IDENTIFIER=prosody-tokend-audit\nMESSAGE={line}\n");
            assert_eq!(str::from_utf8(&bytes[..length]).unwrap(), expected);
        }
    }

    #[test]
    fn a_journal_that_is_not_there_is_told_of_and_found_once_it_is() {
        let folder = tempfile::tempdir().unwrap();
        let address = folder.path().join("socket");
        let journal = Journal::at(&address).unwrap();
        assert!(journal.check().is_err() && journal.put(b"a\n").is_err());
        let _socket = UnixDatagram::bind(&address).unwrap();
        journal.put(b"a\n").unwrap();
    }
}
