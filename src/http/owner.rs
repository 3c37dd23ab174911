//! Asks the kernel which user of this machine has the other end of a connection.

use std::io;
use std::net::{IpAddr, Ipv6Addr, SocketAddr};

use netlink_packet_core::{NLM_F_REQUEST, NetlinkHeader, NetlinkMessage, NetlinkPayload};
use netlink_packet_sock_diag::SockDiagMessage;
use netlink_packet_sock_diag::constants::{AF_INET, AF_INET6, IPPROTO_TCP};
use netlink_packet_sock_diag::inet::{ExtensionFlags, InetRequest, SocketId, StateFlags};
use netlink_sys::protocols::NETLINK_SOCK_DIAG;
use netlink_sys::{Socket, SocketAddr as KernelAddress};

use crate::peer::Peer;

/// The peer of a TCP connection: the user who owns its socket, where that is on this machine, else its address.
pub fn of_tcp(remote: SocketAddr, local: SocketAddr) -> Peer {
    let remote = SocketAddr::new(remote.ip().to_canonical(), remote.port());
    let local = SocketAddr::new(local.ip().to_canonical(), local.port());
    match owner(remote, local) {
        Ok(Some(user)) => Peer::User(user),
        // A container's end is not to be seen from here, and neither is another machine's.
        Ok(None) | Err(_) => Peer::Address(subscriber(remote.ip())),
    }
}

/// The address that stands for all that one subscriber has: of IPv6, that is a /64 at least (RFC 6177).
const fn subscriber(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V4(_) => address,
        IpAddr::V6(address) => {
            IpAddr::V6(Ipv6Addr::from_bits(address.to_bits() & !(u64::MAX as u128)))
        }
    }
}

/// The user whose socket is bound to `from` and connected to `to` (`sock_diag(7)`).
fn owner(from: SocketAddr, to: SocketAddr) -> io::Result<Option<u32>> {
    let socket = Socket::new(NETLINK_SOCK_DIAG)?;
    socket.connect(&KernelAddress::new(0, 0))?;
    socket.send(&question(from, to), 0)?;
    // The kernel has answered by the time that the question is sent.
    socket.set_non_blocking(true)?;
    let mut answer = Vec::with_capacity(MOST_ANSWER_BYTES);
    socket.recv(&mut answer, 0)?;
    let answer = NetlinkMessage::<SockDiagMessage>::deserialize(&answer);
    let answer = answer.map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error))?;
    Ok(match answer.payload {
        NetlinkPayload::InnerMessage(SockDiagMessage::InetResponse(found)) => {
            // A socket that nobody holds any more is said to be root's, and has no inode.
            (found.header.inode != 0).then_some(found.header.uid)
        }
        _ => None,
    })
}

fn question(from: SocketAddr, to: SocketAddr) -> Vec<u8> {
    let family = match to.ip() {
        IpAddr::V4(_) => AF_INET,
        IpAddr::V6(_) => AF_INET6,
    };
    let request = InetRequest {
        family,
        protocol: IPPROTO_TCP,
        extensions: ExtensionFlags::empty(),
        states: StateFlags::all(),
        socket_id: SocketId {
            source_port: from.port(),
            destination_port: to.port(),
            source_address: from.ip(),
            destination_address: to.ip(),
            interface_id: 0,
            cookie: ANY_COOKIE,
        },
    };
    let mut header = NetlinkHeader::default();
    header.flags = NLM_F_REQUEST;
    let mut message = NetlinkMessage::new(header, SockDiagMessage::InetRequest(request).into());
    message.finalize();
    let mut bytes = vec![0; message.buffer_len()];
    message.serialize(&mut bytes);
    bytes
}

/// `INET_DIAG_NOCOOKIE`, twice: whatever the kernel counts the socket as.
const ANY_COOKIE: [u8; 8] = [0xff; 8];
const MOST_ANSWER_BYTES: usize = 4_096;

#[cfg(test)]
mod tests {
    use std::net::{TcpListener, TcpStream};

    use super::*;

    #[test]
    fn the_owner_of_the_other_end_is_known_on_both_families() {
        let myself = rustix::process::geteuid().as_raw();
        for (address, asked) in [
            ("127.0.0.1:0", "127.0.0.1"),
            ("[::1]:0", "[::1]"),
            ("[::]:0", "127.0.0.1"),
        ] {
            let listener = TcpListener::bind(address).unwrap();
            let port = listener.local_addr().unwrap().port();
            let _client = TcpStream::connect(format!("{asked}:{port}")).unwrap();
            let (stream, remote) = listener.accept().unwrap();
            let peer = of_tcp(remote, stream.local_addr().unwrap());
            assert_eq!(peer, Peer::User(myself), "{address}");
        }
    }

    #[test]
    fn an_end_that_no_process_has_is_known_by_its_address() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        drop(TcpStream::connect(listener.local_addr().unwrap()).unwrap());
        let (stream, remote) = listener.accept().unwrap();
        let peer = of_tcp(remote, stream.local_addr().unwrap());
        assert_eq!(peer, Peer::Address(remote.ip()));
        let elsewhere = SocketAddr::from(([192, 0, 2, 1], 9));
        let peer = of_tcp(elsewhere, stream.local_addr().unwrap());
        assert_eq!(peer, Peer::Address(elsewhere.ip()));
    }
    #[test]
    fn all_addresses_of_an_ipv6_subscriber_are_one_peer() {
        let peer = |address: &str| subscriber(address.parse().unwrap());
        assert_eq!(peer("2001:db8::1"), peer("2001:db8::ffff:1:2:3"));
        assert_ne!(peer("2001:db8::1"), peer("2001:db8:0:1::1"));
        assert_ne!(peer("192.0.2.1"), peer("192.0.2.2"));
    }
}
