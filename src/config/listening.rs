//! Where the daemon listens: for Prosody, for monitoring, for proxies and for administrators.

use super::caller_key::SetKeys;
use super::gateways::Gateways;
use super::listen::{self, ListenAddress};
use super::raw::Section;
use crate::origin::problem::ProblemKind;

/// All addresses that the daemon listens on.
pub struct Places {
    /// For Prosody; none where something is wrong with it.
    pub listen: Option<Vec<ListenAddress>>,
    /// Of the metrics' own.
    pub metrics: Option<ListenAddress>,
    /// For proxies.
    pub forward_auth: ForwardAuth,
    /// For administrators.
    pub admin: Admin,
}

impl Places {
    /// Reads them, each of which is an address of its own.
    pub fn read(
        root: &Section<'_>,
        keys: SetKeys,
        gateways: &Gateways,
        has_store: bool,
        warnings: &mut Vec<String>,
    ) -> Self {
        let listen = listen(root, keys.api);
        let mut taken = named("listen", listen.iter().flatten());
        let metrics = metrics(root.section("metrics"), &taken);
        taken.extend(named("metrics.listen", &metrics));
        let proxies = root.section("forward_auth");
        let forward_auth = forward_auth(proxies, gateways, &mut taken, warnings);
        let section = root.section("admin");
        let admin = admin(section, keys.admin, has_store, &mut taken, warnings);
        Self {
            listen,
            metrics,
            forward_auth,
            admin,
        }
    }
}

/// Addresses with the option that has them.
fn named<'a>(
    option: &'static str,
    addresses: impl IntoIterator<Item = &'a ListenAddress>,
) -> Taken {
    let addresses = addresses.into_iter().cloned();
    addresses.map(|address| (option, address)).collect()
}

/// Where proxies ask.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ForwardAuth {
    /// Addresses of its own. Without them it is answered where everything else is.
    pub listen: Vec<ListenAddress>,
    /// The number of worker threads that answer there.
    pub threads: usize,
}

/// Where consumers and credentials are changed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Admin {
    /// Its addresses; there is none of it without.
    pub listen: Vec<ListenAddress>,
    /// Whether it asks for no key.
    pub open: bool,
}

/// The addresses that are taken already, each with the option that has it.
type Taken = Vec<(&'static str, ListenAddress)>;

/// Where to listen; only with an API key where other machines can reach it.
pub fn listen(root: &Section<'_>, has_api_key: bool) -> Option<Vec<ListenAddress>> {
    let texts = root
        .strings("listen")
        .unwrap_or_else(|| vec!["127.0.0.1:5290".to_owned()]);
    let expected = "a loopback address, or api_key_file, since other machines reach this one";
    let addresses = texts.iter().filter_map(|text| {
        let address = address(root, text)?;
        let may_be = address.is_local() || has_api_key;
        allowed(root, text, address, may_be, expected)
    });
    let addresses: Vec<ListenAddress> = addresses.collect();
    (!addresses.is_empty()).then_some(addresses)
}

/// An address of the metrics' own. Who serves everything there serves no metrics without a key.
fn metrics(metrics: Section<'_>, taken: &Taken) -> Option<ListenAddress> {
    let text = metrics.string("listen");
    let address = text.as_ref().and_then(|text| address(&metrics, text));
    if let Some(address) = address
        .as_ref()
        .filter(|address| is_taken(address, taken).is_some())
    {
        let expected =
            "another address than those above all sections, where /metrics is served as well";
        let found = format!("{:?}", address.to_string());
        metrics.problem("listen", ProblemKind::Conflict, &found, expected);
    }
    metrics.finish();
    address
}

/// Reads the section on proxies. Other machines may reach it where it is said of every gateway whom it trusts.
fn forward_auth(
    section: Section<'_>,
    gateways: &Gateways,
    taken: &mut Taken,
    warnings: &mut Vec<String>,
) -> ForwardAuth {
    let unsaid = gateways.trusting_loopback.first();
    let expected = unsaid.map_or_else(String::new, |name| {
        format!("a loopback address, or trusted_proxies in [gateways.{name}], since other machines reach this one")
    });
    let listen = own(
        &section,
        "forward_auth.listen",
        taken,
        |address| address.is_local() || unsaid.is_none(),
        &expected,
    );
    let threads = section.integer("threads", 1..=512).unwrap_or(2);
    if !listen.is_empty() && !gateways.are_meant {
        let option = section.shown("listen");
        warnings.push(format!(
            "{option}: nothing is answered there without a section [gateways.NAME]"
        ));
    }
    section.finish();
    ForwardAuth { listen, threads }
}

/// Reads the section on administrators. What they send stays on this machine, and somebody has to be told apart.
fn admin(
    section: Section<'_>,
    has_admin_key: bool,
    has_store: bool,
    taken: &mut Taken,
    warnings: &mut Vec<String>,
) -> Admin {
    let expected = "a loopback address, or unix: and an absolute path: whoever is to reach it from elsewhere goes through a proxy with TLS";
    let listen = own(
        &section,
        "admin.listen",
        taken,
        ListenAddress::is_local,
        expected,
    );
    let open = section.boolean("open").unwrap_or(false);
    if section.has("listen") && !has_admin_key && section.boolean("open") != Some(true) {
        section.problem(
            "listen",
            ProblemKind::Conflict,
            "it, and no admin_key",
            EXPECTED_KEY,
        );
    }
    if !listen.is_empty() && !has_store {
        let option = section.shown("listen");
        warnings.push(format!("{option}: {NO_STORE}"));
    }
    section.finish();
    Admin { listen, open }
}

/// The addresses that an option of a section of its own has.
fn own(
    section: &Section<'_>,
    option: &'static str,
    taken: &mut Taken,
    may_be: impl Fn(&ListenAddress) -> bool,
    expected: &str,
) -> Vec<ListenAddress> {
    let texts = section.strings("listen").unwrap_or_default();
    let mut addresses = Vec::new();
    for text in &texts {
        let Some(address) = address(section, text) else {
            continue;
        };
        refuse_double(section, &address, taken);
        taken.push((option, address.clone()));
        let may_be = may_be(&address);
        addresses.extend(allowed(section, text, address, may_be, expected));
    }
    addresses
}

fn address(section: &Section<'_>, text: &str) -> Option<ListenAddress> {
    let address = text.parse().ok();
    if address.is_none() {
        no_address(section, text);
    }
    address
}

fn no_address(section: &Section<'_>, text: &str) {
    let meant = listen::intended_address(text);
    let expected = if meant == text {
        EXPECTED_ADDRESS.to_owned()
    } else {
        format!("{meant:?}")
    };
    let found = format!("{text:?}");
    section.problem("listen", ProblemKind::WrongValue, &found, &expected);
}

fn allowed(
    section: &Section<'_>,
    text: &str,
    address: ListenAddress,
    may_be: bool,
    expected: &str,
) -> Option<ListenAddress> {
    if may_be {
        return Some(address);
    }
    section.problem(
        "listen",
        ProblemKind::Conflict,
        &format!("{text:?}"),
        expected,
    );
    None
}

/// The option that has this address already. Ports that the system chooses differ.
fn is_taken(address: &ListenAddress, taken: &Taken) -> Option<&'static str> {
    let mut same = taken.iter().filter(|(_, other)| other == address);
    let (option, _) = same.next().filter(|_| !address.is_any_port())?;
    Some(option)
}

fn refuse_double(section: &Section<'_>, address: &ListenAddress, taken: &Taken) {
    if let Some(option) = is_taken(address, taken) {
        let found = format!("{:?}, which {option} has as well", address.to_string());
        section.problem(
            "listen",
            ProblemKind::Conflict,
            &found,
            "an address of its own",
        );
    }
}

const EXPECTED_ADDRESS: &str =
    "an address and port such as 127.0.0.1:5290, or unix: and an absolute path";
const EXPECTED_KEY: &str = "admin_key_file above all sections (openssl rand -hex 32 makes a key), or open = true beside it, so \
    that every program of this machine can make credentials";
const NO_STORE: &str = "nothing can be kept without a store: set path = \"/var/lib/prosody-tokend/state.db\" in [store]";
