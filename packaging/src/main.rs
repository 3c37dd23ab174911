//! Writes the files that describe the daemon: `prosody-tokend-packaging FOLDER`, where FOLDER stands for `/usr/share`.
//! Manual pages have the date of `SOURCE_DATE_EPOCH`.

#![expect(
    clippy::disallowed_methods,
    reason = "writes files, and reads its one setting"
)]

use std::error::Error;
use std::path::{Path, PathBuf};
use std::{env, fs};

use jiff::Timestamp;

fn main() -> Result<(), Box<dyn Error>> {
    let folder = env::args_os().nth(1).ok_or("name a folder to write to")?;
    for file in packaging::files(&date()?)? {
        write(&PathBuf::from(&folder).join(&file.path), &file.content)?;
    }
    Ok(())
}

fn write(path: &Path, content: &[u8]) -> Result<(), Box<dyn Error>> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    fs::write(path, content).map_err(|error| format!("{}: {error}", path.display()).into())
}

/// The date of the source, and never that of today.
fn date() -> Result<String, Box<dyn Error>> {
    let seconds = env::var("SOURCE_DATE_EPOCH")
        .map_err(|_| "set SOURCE_DATE_EPOCH to the time of the source, in Unix seconds")?;
    let time = Timestamp::from_second(seconds.parse()?)?;
    Ok(time.strftime("%Y-%m-%d").to_string())
}
