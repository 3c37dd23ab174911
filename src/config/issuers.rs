//! The further issuers of a host: `[[hosts."DOMAIN".issuers]]`.

use std::borrow::Cow;

use crate::keys::source::KeySources;
use crate::options;
use crate::origin::problem::ProblemKind;
use crate::origin::{Origin, Origins};
use crate::token::algorithm::Algorithm;
use crate::token::bounds::Bounds;
use crate::token::glob::Glob;
use crate::token::issuer::{self, Accepted, AcceptedTypes, Issuer, LifetimePolicy, SourceId};
use crate::token::mapping::Mapping;
use crate::token::policy::RoomPolicy;

use super::inputs::{self, HostInputs};
use super::keys::{self, HostKeys, Whose};
use super::mapping::{self, Noted};
use super::raw::Section;
use super::written::Written;

/// Where the options of a further issuer came from.
#[derive(Debug, Clone)]
pub struct IssuerOrigins {
    /// The issuer's name.
    pub name: String,
    origins: Origins,
    /// How its options are written.
    pub written: Written,
    /// Where its section is.
    pub place: Origin,
}

/// An issuer as it was read.
pub struct ReadIssuer {
    pub issuer: Issuer,
    pub sources: KeySources,
    /// None for the one that the host's own options describe.
    pub origins: Option<IssuerOrigins>,
}

/// What the host says for issuers that say nothing of it.
pub struct Inherited {
    algorithm: Option<Algorithm>,
    audiences: Option<Accepted>,
    types: AcceptedTypes,
    lifetime: LifetimePolicy,
    require_room_claim: bool,
    wildcards: bool,
    once: bool,
    host: String,
    written: Written,
}

impl IssuerOrigins {
    /// Where an option was set, by its name or by the one that hosts have for it. None if it was not.
    #[must_use]
    pub fn origin_of(&self, option: &str) -> Option<&Origin> {
        let origin = self.origins.get(options::for_issuers(option));
        origin.filter(|origin| **origin != Origin::Default)
    }
}

impl Inherited {
    /// Reads what issuers may take from their host.
    pub fn read(section: &Section<'_>) -> Self {
        // What Prosody's modules accept where nobody has said anything is too much for a provider with other customers.
        let is_said = section.origin("asap_accepted_audiences") != Origin::ProsodyDefault;
        let audiences = inputs::list(section, "asap_accepted_audiences").map(Accepted::only);
        let audiences = audiences.filter(|_| is_said);
        let app_id = section
            .has("app_id")
            .then(|| section.string("app_id"))
            .flatten();
        let types = section.strings("accepted_types");
        let algorithm = section
            .has("signature_algorithm")
            .then(|| section.string("signature_algorithm"));
        Self {
            algorithm: algorithm
                .flatten()
                .and_then(|name| Algorithm::from_name(&name)),
            audiences: audiences.or_else(|| Some(Accepted::only([app_id?]))),
            types: types.map_or(AcceptedTypes::Jwt, |types| AcceptedTypes::listed(&types)),
            lifetime: inputs::lifetime(section),
            require_room_claim: inputs::flag(section, "asap_require_room_claim", true),
            wildcards: inputs::flag(section, "allow_wildcards", true),
            once: inputs::flag(section, "once", false),
            host: section.name().unwrap_or_default().to_owned(),
            written: Written::of(section),
        }
    }
}

/// Reads all of them, of which the first has this place among all issuers of the host. None for each in which something is
/// wrong; the mistakes are noted in its section.
pub fn read(
    sections: &[Section<'_>],
    first: usize,
    inputs: &HostInputs<'_>,
    inherited: &Inherited,
    rooms: &RoomPolicy,
    warnings: &mut Vec<String>,
) -> Vec<Option<ReadIssuer>> {
    let places = (first..).map(SourceId);
    let sections = sections.iter().zip(places);
    sections
        .map(|(section, place)| one(section, place, inputs, inherited, rooms, warnings))
        .collect()
}

fn one(
    section: &Section<'_>,
    place: SourceId,
    inputs: &HostInputs<'_>,
    inherited: &Inherited,
    rooms: &RoomPolicy,
    warnings: &mut Vec<String>,
) -> Option<ReadIssuer> {
    let whose = Whose::Issuers(inherited.algorithm);
    let keys = keys::read(section, inputs, whose, place, warnings);
    let domain = domain(rooms, &inherited.host);
    let mapping = mapping::read(section, &domain);
    let issuer = issuer(section, inputs, keys.as_ref(), inherited, mapping);
    section.refuse_unknown();
    let (issuer, HostKeys { sources, .. }) = (issuer?, keys?);
    keys::refuse_useless(section, whose, &issuer);
    refuse_contradictions(section, &issuer);
    Some(ReadIssuer {
        origins: Some(IssuerOrigins {
            name: issuer.name.clone(),
            origins: section.origins(),
            written: inherited.written.of_issuer(&issuer.name),
            place: section.origin(""),
        }),
        issuer,
        sources,
    })
}

fn issuer(
    section: &Section<'_>,
    inputs: &HostInputs<'_>,
    keys: Option<&HostKeys>,
    inherited: &Inherited,
    mapping: Result<Option<Mapping>, Noted>,
) -> Option<Issuer> {
    let name = name(section);
    let accepted = accepted(section);
    let audiences = audiences(section, inherited);
    let types = section.strings("accepted_types");
    let audience_claim = section.string("audience_claim");
    let lifetime = lifetime(section, inherited.lifetime);
    let accept_audience_array = inputs::flag(section, "accept_audience_array", true);
    let require_room_claim = inputs::flag(
        section,
        "asap_require_room_claim",
        inherited.require_room_claim,
    );
    let bounds = bounds(section, inherited);
    let once = inputs::once(section, inputs, inherited.once);
    let keys = keys?;
    Some(Issuer {
        name: name?,
        accepted: accepted?,
        audience_claim: audience_claim.map_or(Cow::Borrowed("aud"), Cow::Owned),
        audiences: audiences?,
        accept_audience_array,
        algorithms: keys.algorithms.clone(),
        keys: keys.keys.clone(),
        types: types.map_or_else(
            || inherited.types.clone(),
            |types| AcceptedTypes::listed(&types),
        ),
        lifetime: inputs::ending(lifetime, once),
        require_room_claim,
        once,
        bounds,
        mapping: mapping.ok()?,
    })
}

fn name(section: &Section<'_>) -> Option<String> {
    const EXPECTED: &str = "a name of at most 64 letters, digits, - and _, such as \"keycloak\"";
    if !section.has("name") {
        section.problem("name", ProblemKind::Missing, "nothing", EXPECTED);
        return None;
    }
    let name = section.string("name")?;
    let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    if name == issuer::DEFAULT {
        let expected =
            "another name: this one is that of the issuer that the host's own options describe";
        section.problem("name", ProblemKind::Conflict, "\"default\"", expected);
        return None;
    }
    if name.len() > 64 || !name.chars().all(is_plain) {
        section.problem(
            "name",
            ProblemKind::WrongValue,
            &format!("{name:?}"),
            EXPECTED,
        );
        return None;
    }
    Some(name)
}

fn accepted(section: &Section<'_>) -> Option<Accepted> {
    let any = inputs::flag(section, "any_issuer", false);
    let names = section.has("issuer").then(|| section.names("issuer"));
    match (names, any) {
        (Some(_), true) => {
            section.problem(
                "any_issuer",
                ProblemKind::Conflict,
                "any_issuer beside issuer",
                "one of them",
            );
            None
        }
        (None, true) => Some(Accepted::Any),
        (None, false) => {
            section.problem(
                "issuer",
                ProblemKind::Missing,
                "nothing",
                "the iss of its tokens, or any_issuer = true",
            );
            None
        }
        (Some(names), false) => {
            let names = names?;
            if names.iter().any(|name| name.contains('*')) {
                let expected = "the whole iss: there are no patterns; any_issuer = true in its place accepts any";
                section.problem(
                    "issuer",
                    ProblemKind::WrongValue,
                    &format!("{names:?}"),
                    expected,
                );
                return None;
            }
            Some(Accepted::Only(names))
        }
    }
}

fn audiences(section: &Section<'_>, inherited: &Inherited) -> Option<Accepted> {
    if section.has("audiences") {
        return section.names("audiences").map(Accepted::only);
    }
    if inherited.audiences.is_none() {
        let expected =
            "the aud of its tokens, such as [\"account\"]: the host has none that could count here";
        section.problem("audiences", ProblemKind::Missing, "nothing", expected);
    }
    inherited.audiences.clone()
}

fn lifetime(section: &Section<'_>, inherited: LifetimePolicy) -> LifetimePolicy {
    let own = inputs::lifetime(section);
    LifetimePolicy {
        leeway: if section.has("leeway") {
            own.leeway
        } else {
            inherited.leeway
        },
        require_expiration: if section.has("require_exp") {
            own.require_expiration
        } else {
            inherited.require_expiration
        },
        longest: own.longest.or(inherited.longest),
    }
}

fn bounds(section: &Section<'_>, inherited: &Inherited) -> Bounds {
    let globs = |name| {
        let texts = section.has(name).then(|| section.names(name)).flatten()?;
        Some(texts.iter().map(|text| Glob::of_rooms(text)).collect())
    };
    let features = section
        .has("features")
        .then(|| section.texts("features"))
        .flatten();
    Bounds {
        rooms: globs("rooms"),
        tenants: globs("tenants"),
        moderators: inputs::flag(section, "moderators", true),
        features: features.map(|names| names.into_iter().collect()),
        wildcards: inputs::flag(section, "allow_wildcards", inherited.wildcards),
    }
}

/// The domain that `sub` names: the MUC's without its prefix, else the host's own. Where the MUC's is known, `*` stands for
/// it and for all tenants.
fn domain(rooms: &RoomPolicy, host: &str) -> String {
    if rooms.muc_domain.is_some() {
        "*".to_owned()
    } else {
        host.to_owned()
    }
}

/// Refuses what would deny every token of the issuer.
fn refuse_contradictions(section: &Section<'_>, issuer: &Issuer) {
    let Some(mapping) = &issuer.mapping else {
        return;
    };
    if !issuer.bounds.wildcards && mapping.is_for_all_rooms() {
        section.problem(
            "claims",
            ProblemKind::Conflict,
            "a room or sub that is always \"*\", beside allow_wildcards = false, so that every token is denied",
            "a pointer to the claim that names the room, or allow_wildcards = true",
        );
    }
    if !issuer.bounds.moderators && mapping.can_make_moderators() {
        section.problem(
            "claims",
            ProblemKind::Conflict,
            "a condition that makes moderators, beside moderators = false, so that those are denied",
            "one of them",
        );
    }
}

/// Refuses two issuers of one name, or of one `iss`: it would be a matter of their order whose keys count. The sections are
/// those of the last of them.
pub fn refuse_doubles(sections: &[Section<'_>], all: &[ReadIssuer]) {
    let own = all.len().saturating_sub(sections.len());
    for (place, ReadIssuer { issuer, .. }) in all.iter().enumerate() {
        let Some(section) = place.checked_sub(own).and_then(|place| sections.get(place)) else {
            continue;
        };
        let before = all.iter().take(place).map(|read| &read.issuer);
        for other in before {
            refuse_double(section, issuer, other);
        }
    }
}

fn refuse_double(section: &Section<'_>, issuer: &Issuer, other: &Issuer) {
    if issuer.name == other.name {
        let found = format!("a second issuer {:?}", issuer.name);
        section.problem("name", ProblemKind::Conflict, &found, "another name");
    }
    let (option, found) = match (&issuer.accepted, &other.accepted) {
        (Accepted::Any, Accepted::Any) => ("any_issuer", "any iss".to_owned()),
        (Accepted::Only(own), Accepted::Only(others)) => {
            let Some(same) = own.iter().find(|iss| others.contains(iss)) else {
                return;
            };
            ("issuer", format!("the iss {same:?}"))
        }
        (Accepted::Any, Accepted::Only(_)) | (Accepted::Only(_), Accepted::Any) => return,
    };
    let found = format!("{found}, which the issuer {} has as well", other.name);
    section.problem(
        option,
        ProblemKind::Conflict,
        &found,
        "one issuer for each iss: it says whose keys count",
    );
}
