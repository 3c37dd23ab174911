//! The audit log as a file. Lines are added at its end, whole ones alone: what was cut off is taken back, or at least ended.

use std::fs::File;
use std::io::{self, Write as _};
use std::os::unix::fs::{FileExt as _, MetadataExt as _};
use std::path::{Path, PathBuf};

use crate::files;

/// The file, which may have to be opened anew.
pub struct AuditFile {
    path: PathBuf,
    open: Option<Open>,
}

/// The file as it is open.
struct Open {
    file: File,
    /// Whether its last line ends in the middle.
    is_torn: bool,
}

impl AuditFile {
    /// The file of this path. It is opened once it is needed.
    pub const fn new(path: PathBuf) -> Self {
        Self { path, open: None }
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Opens it, where it is not open yet.
    pub fn check(&mut self) -> io::Result<()> {
        self.opened().map(drop)
    }

    /// Adds lines, all of them or nothing.
    pub fn put(&mut self, lines: &[u8]) -> io::Result<()> {
        self.opened()?.put(lines)
    }

    /// Opens what is under its name now. Where that fails, lines go on to where they went before.
    pub fn reopen(&mut self) -> io::Result<()> {
        self.open = Some(Open::at(&self.path)?);
        Ok(())
    }

    /// The open file. One that was deleted is no place to write to.
    fn opened(&mut self) -> io::Result<&mut Open> {
        let open = match self.open.take() {
            Some(open) if !open.is_deleted() => open,
            Some(_) | None => Open::at(&self.path)?,
        };
        Ok(self.open.insert(open))
    }
}

impl Open {
    fn at(path: &Path) -> io::Result<Self> {
        let file = files::append(path, MODE)?;
        let is_torn = is_torn(&file)?;
        Ok(Self { file, is_torn })
    }

    fn is_deleted(&self) -> bool {
        self.file.metadata().is_ok_and(|found| found.nlink() == 0)
    }

    fn put(&mut self, lines: &[u8]) -> io::Result<()> {
        let end: &[u8] = if self.is_torn { b"\n" } else { b"" };
        let bytes = [end, lines].concat();
        let mut rest = bytes.as_slice();
        while !rest.is_empty() {
            // Usually this is one call, so that a kill leaves a whole line or none.
            let failure = match self.file.write(rest) {
                Ok(0) => io::ErrorKind::WriteZero.into(),
                Ok(written) => {
                    rest = rest.get(written..).unwrap_or_default();
                    continue;
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => error,
            };
            self.take_back(bytes.len().saturating_sub(rest.len()));
            return Err(failure);
        }
        self.is_torn = false;
        Ok(())
    }

    /// Cuts the beginning of a line off that found no room. Where the file may only grow, the line is ended by the next one.
    fn take_back(&mut self, written: usize) {
        if written == 0 {
            return;
        }
        let shortened = self.file.metadata().and_then(|found| {
            let written = u64::try_from(written).unwrap_or(u64::MAX);
            self.file.set_len(found.len().saturating_sub(written))
        });
        self.is_torn |= shortened.is_err();
    }
}

/// Whether a file ends in the middle of a line, as a machine leaves it that lost its power.
fn is_torn(file: &File) -> io::Result<bool> {
    let Some(last) = file.metadata()?.len().checked_sub(1) else {
        return Ok(false);
    };
    let mut byte = [b'\n'];
    let _ = file.read_at(&mut byte, last)?;
    Ok(byte != [b'\n'])
}

/// The daemon writes, its group may read, and nobody else.
const MODE: u32 = 0o640;

#[cfg(test)]
#[expect(clippy::disallowed_methods, reason = "looks at what was written")]
mod tests {
    use std::fs;
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    fn text(path: &Path) -> String {
        fs::read_to_string(path).unwrap()
    }

    #[test]
    fn a_new_file_can_be_read_by_its_group_and_nobody_else_and_an_old_one_keeps_its_mode() {
        let folder = tempfile::tempdir().unwrap();
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o7777;
        let [new, old] = ["new", "old"].map(|name| folder.path().join(name));
        fs::write(&old, "").unwrap();
        fs::set_permissions(&old, fs::Permissions::from_mode(0o600)).unwrap();
        for (path, expected) in [(&new, 0o640), (&old, 0o600)] {
            AuditFile::new(path.clone()).put(b"a\n").unwrap();
            assert_eq!(mode(path), expected, "{}", path.display());
        }
    }

    #[test]
    fn lines_are_added_and_one_that_was_cut_off_is_ended() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("audit.jsonl");
        for (before, after) in [
            ("", "a\nb\n"),
            ("old\n", "old\na\nb\n"),
            ("cut o", "cut o\na\nb\n"),
        ] {
            fs::write(&path, before).unwrap();
            let mut file = AuditFile::new(path.clone());
            file.put(b"a\n").unwrap();
            file.put(b"b\n").unwrap();
            assert_eq!(text(&path), after);
        }
    }

    #[test]
    fn a_file_that_was_moved_away_gets_lines_until_it_is_opened_anew() {
        let folder = tempfile::tempdir().unwrap();
        let [path, moved] = ["a", "a.1"].map(|name| folder.path().join(name));
        let mut file = AuditFile::new(path.clone());
        file.put(b"1\n").unwrap();
        fs::rename(&path, &moved).unwrap();
        file.put(b"2\n").unwrap();
        file.reopen().unwrap();
        file.put(b"3\n").unwrap();
        assert_eq!(
            (text(&moved).as_str(), text(&path).as_str()),
            ("1\n2\n", "3\n")
        );
    }

    #[test]
    fn where_nothing_new_can_be_opened_lines_go_on_to_where_they_went() {
        let folder = tempfile::tempdir().unwrap();
        let [path, moved] = ["a", "a.1"].map(|name| folder.path().join(name));
        let mut file = AuditFile::new(path.clone());
        file.put(b"1\n").unwrap();
        fs::rename(&path, &moved).unwrap();
        fs::create_dir(&path).unwrap();
        assert!(file.reopen().is_err());
        file.put(b"2\n").unwrap();
        assert_eq!(text(&moved), "1\n2\n");
    }

    #[test]
    fn a_file_that_was_deleted_is_made_anew() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        let mut file = AuditFile::new(path.clone());
        file.put(b"1\n").unwrap();
        fs::remove_file(&path).unwrap();
        file.put(b"2\n").unwrap();
        assert_eq!(text(&path), "2\n");
    }

    #[test]
    fn a_folder_that_is_not_there_yet_is_waited_for() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("later/a");
        let mut file = AuditFile::new(path.clone());
        assert!(file.check().is_err() && file.put(b"1\n").is_err());
        fs::create_dir(folder.path().join("later")).unwrap();
        file.put(b"2\n").unwrap();
        assert_eq!(text(&path), "2\n");
    }
}
