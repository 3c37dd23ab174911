//! Reads the configuration once, from the top: the daemon's own settings, what Prosody says where these name it, and then
//! all of it as one.

use std::path::PathBuf;

use super::layers::{Inputs, Layers};
use super::listen::ListenAddress;
use super::listening;
use super::named_files::named_files;
use super::prosody_part::ProsodyPart;
use super::prosody_source;
use super::raw::{Problems, Section};
use super::refused::Refused;
use super::whole::{self, Config, described_beside};

/// A configuration that was read, whether it is right or not.
pub struct Loaded {
    /// The checked configuration, or every mistake in it.
    pub config: Result<Config, Refused>,
    /// The files and folders that it consists of, as far as it says: the file itself, and what it names.
    pub files: Vec<PathBuf>,
    /// Its settings, merged; none where a source has no settings.
    pub layers: Option<Layers>,
    /// Prosody's configuration, where the daemon's own settings name it.
    pub prosody: Option<ProsodyPart>,
}

/// Reads and checks the configuration; every mistake in it is reported at once.
pub fn load(sources: &Inputs) -> Result<Config, Refused> {
    Loaded::read(sources).config
}

/// Where the daemon listens by these sources, whatever else is wrong with them.
pub fn addresses(sources: &Inputs) -> Result<Vec<ListenAddress>, Refused> {
    let layers = Layers::own(sources)?;
    let problems = Problems::default();
    let addresses = listening::listen(&Section::root(&layers, &problems), true);
    addresses.ok_or_else(|| Refused {
        problems: problems.into_inner(),
        warnings: Vec::new(),
    })
}

impl Loaded {
    /// Reads all sources.
    pub fn read(sources: &Inputs) -> Self {
        match Layers::own(sources) {
            Ok(own) => {
                let prosody = prosody_source::read(&own, sources);
                Self::complete(own, sources, prosody)
            }
            Err(refused) => Self::refused(sources, None, refused),
        }
    }

    /// Reads the sources with this part of Prosody's in place of the one that they name.
    pub fn with_prosody(sources: &Inputs, prosody: ProsodyPart) -> Self {
        match Layers::own(sources) {
            Ok(own) => Self::complete(own, sources, Some(prosody)),
            Err(refused) => Self::refused(sources, Some(prosody), refused),
        }
    }

    fn complete(own: Layers, sources: &Inputs, prosody: Option<ProsodyPart>) -> Self {
        match own.complete(sources, prosody.as_ref()) {
            Ok(layers) => Self {
                config: config(&layers, sources, prosody.as_ref()),
                files: files(sources, prosody.as_ref(), Some(&layers)),
                layers: Some(layers),
                prosody,
            },
            Err(refused) => Self::refused(sources, prosody, refused),
        }
    }

    fn refused(sources: &Inputs, prosody: Option<ProsodyPart>, refused: Refused) -> Self {
        Self {
            config: Err(refused),
            files: files(sources, prosody.as_ref(), None),
            layers: None,
            prosody,
        }
    }
}

fn config(
    layers: &Layers,
    sources: &Inputs,
    prosody: Option<&ProsodyPart>,
) -> Result<Config, Refused> {
    let outcome = prosody.map(|source| &source.outcome);
    let problems = match outcome {
        Some(Err(problems)) => problems,
        Some(Ok(_)) | None => &layers.prosody().problems,
    };
    let problems = Problems::new(problems.clone());
    let config = whole::read(layers, sources, outcome, &problems);
    let problems = problems.into_inner();
    match config {
        Some(config) if problems.is_empty() => Ok(config),
        Some(_) | None => Err(Refused {
            problems,
            warnings: described_beside(layers),
        }),
    }
}

fn files(sources: &Inputs, prosody: Option<&ProsodyPart>, layers: Option<&Layers>) -> Vec<PathBuf> {
    let own = sources.file.iter().map(|(path, _)| path.clone());
    let of_prosody = prosody.into_iter().flat_map(|source| source.files.clone());
    let credentials = sources.credentials();
    let named = layers.map(|layers| named_files(layers, credentials.as_deref()));
    let named = named.into_iter().flatten().map(|(_, path)| path);
    own.chain(of_prosody).chain(named).collect()
}
