//! Whom a description of somebody else's request is believed.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnet::{IpNet, Ipv4Net, Ipv6Net};
use thiserror::Error;

/// The addresses from which proxies ask. Who asks over a Unix socket is believed always, and has no address to look for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrustedProxies(Vec<IpNet>);

/// Why a text names no addresses.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum NetworkError {
    /// It is neither an address nor a network.
    #[error("neither an address nor a network")]
    NoNetwork,
    /// Its address has bits that the network does not count, so that another one may be meant.
    #[error("an address within the network {0}, and not that network")]
    HostBits(IpNet),
}

impl TrustedProxies {
    /// Reads addresses and networks, such as `192.0.2.1` and `10.0.0.0/8`. All that are none come back.
    ///
    /// # Errors
    /// Each text that is none, and why.
    pub fn parse(texts: &[String]) -> Result<Self, Vec<(String, NetworkError)>> {
        let mut networks = Vec::new();
        let mut mistakes = Vec::new();
        for text in texts {
            match network(text) {
                Ok(network) => networks.push(network),
                Err(error) => mistakes.push((text.clone(), error)),
            }
        }
        if mistakes.is_empty() {
            Ok(Self(networks))
        } else {
            Err(mistakes)
        }
    }

    /// Whether who asks from this address is believed. An IPv4 address that is written as one of IPv6 is the same one.
    #[must_use]
    pub fn contains(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        self.0.iter().any(|network| network.contains(&address))
    }

    /// Whether everybody is believed, of one family of addresses at least.
    #[must_use]
    pub fn is_everybody(&self) -> bool {
        self.0.iter().any(|network| network.prefix_len() == 0)
    }
}

impl Default for TrustedProxies {
    /// This machine.
    fn default() -> Self {
        Self(LOOPBACK.to_vec())
    }
}

fn network(text: &str) -> Result<IpNet, NetworkError> {
    let network = match text.parse::<IpAddr>() {
        Ok(address) => IpNet::from(address),
        Err(_) => text.parse().map_err(|_| NetworkError::NoNetwork)?,
    };
    let network = plain(network);
    if network.addr() != network.network() {
        return Err(NetworkError::HostBits(network.trunc()));
    }
    Ok(network)
}

/// The network of IPv4 where it is written as one of IPv6, since addresses are compared as such.
fn plain(network: IpNet) -> IpNet {
    let IpNet::V6(six) = network else {
        return network;
    };
    let four = six.addr().to_ipv4_mapped();
    let length = six.prefix_len().checked_sub(MAPPED_BITS);
    let four = four
        .zip(length)
        .and_then(|(address, length)| Ipv4Net::new(address, length).ok());
    four.map_or(network, IpNet::V4)
}

const LOOPBACK: [IpNet; 2] = [
    IpNet::V4(Ipv4Net::new_assert(Ipv4Addr::new(127, 0, 0, 0), 8)),
    IpNet::V6(Ipv6Net::new_assert(Ipv6Addr::LOCALHOST, 128)),
];

/// What stands before an IPv4 address that is written as one of IPv6 (RFC 4291 section 2.5.5.2).
const MAPPED_BITS: u8 = 96;

#[cfg(test)]
mod tests {
    use super::*;

    fn trusted(texts: &[&str]) -> Result<TrustedProxies, Vec<(String, NetworkError)>> {
        let texts: Vec<String> = texts.iter().map(|text| (*text).to_owned()).collect();
        TrustedProxies::parse(&texts)
    }

    #[test]
    fn an_address_is_believed_if_it_is_listed_or_in_a_network_that_is() {
        let both = [
            "192.0.2.1",
            "10.0.0.0/8",
            "2001:db8::/32",
            "::ffff:172.16.0.0/108",
        ];
        for (listed, address, is_believed) in [
            (&both[..], "192.0.2.1", true),
            (&both, "192.0.2.2", false),
            (&both, "10.255.0.1", true),
            (&both, "11.0.0.1", false),
            (&both, "::ffff:10.1.2.3", true),
            (&both, "::ffff:11.1.2.3", false),
            (&both, "::10.1.2.3", false),
            (&both, "2001:db8:1::1", true),
            (&both, "2001:db9::1", false),
            (&both, "172.31.0.1", true),
            (&both, "172.32.0.1", false),
            (&both, "127.0.0.1", false),
            (&both, "::1", false),
            (&["0.0.0.0/0"], "203.0.113.9", true),
            (&["0.0.0.0/0"], "2001:db8::1", false),
        ] {
            let trusted = trusted(listed).unwrap();
            let found = trusted.contains(address.parse().unwrap());
            assert_eq!(found, is_believed, "{address}");
        }
    }

    #[test]
    fn this_machine_is_believed_where_nothing_is_said() {
        for (address, is_believed) in [
            ("127.0.0.1", true),
            ("127.9.9.9", true),
            ("::1", true),
            ("::ffff:127.0.0.1", true),
            ("::2", false),
            ("10.0.0.1", false),
            ("0.0.0.0", false),
        ] {
            let found = TrustedProxies::default().contains(address.parse().unwrap());
            assert_eq!(found, is_believed, "{address}");
        }
    }

    #[test]
    fn what_is_no_network_is_refused_with_every_other_mistake() {
        for text in [
            "",
            "10.0.0.0/33",
            "10.0.0",
            "localhost",
            "10.0.0.0/8 ",
            "10.0.0.1:80",
            "::/129",
            "*",
            "unix:/run/x",
        ] {
            let expected = vec![(text.to_owned(), NetworkError::NoNetwork)];
            assert_eq!(trusted(&["10.0.0.1", text]), Err(expected), "{text}");
        }
        let mistakes = trusted(&["10.0.0.1/8", "x", "2001:db8::1/32"]).unwrap_err();
        let texts = mistakes
            .iter()
            .map(|(text, error)| format!("{text}: {error}"));
        assert_eq!(
            texts.collect::<Vec<_>>(),
            [
                "10.0.0.1/8: an address within the network 10.0.0.0/8, and not that network",
                "x: neither an address nor a network",
                "2001:db8::1/32: an address within the network 2001:db8::/32, and not that network",
            ]
        );
    }

    #[test]
    fn who_believes_everybody_is_told_apart() {
        for (texts, expected) in [
            (&["0.0.0.0/0"][..], true),
            (&["10.0.0.1", "::/0"], true),
            (&["10.0.0.0/8"], false),
        ] {
            assert_eq!(trusted(texts).unwrap().is_everybody(), expected);
        }
    }
}
