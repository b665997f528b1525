//! A port for UDP and TCP alike.

use std::net::{SocketAddr, UdpSocket};

use tokio::net::TcpListener;

use super::port::{TakenPort, bind, bind_udp};

/// Both sockets of a door.
pub struct Sockets {
    /// For segments.
    pub udp: UdpSocket,
    /// How large its buffer is, in bytes.
    pub receive_buffer_bytes: usize,
    /// For everything else.
    pub tcp: TcpListener,
    /// Where both are; where TCP is, if they were asked for apart.
    pub address: SocketAddr,
}

// A port that the system chose for one protocol may be taken for the other.
const MOST_TRIES: usize = 50;

/// Binds UDP and TCP; if both ask for port 0 of one address, they get the same port. The system is asked for
/// a UDP buffer of so many bytes.
///
/// # Errors
/// With who has the port.
pub fn bind_both(
    udp: SocketAddr,
    tcp: SocketAddr,
    receive_buffer_bytes: usize,
) -> Result<Sockets, TakenPort> {
    let mut n_tries = 0;
    loop {
        n_tries += 1;
        let listener = bind(tcp)?;
        let bound = listener.local_addr().unwrap_or(tcp);
        let is_free_choice = udp == tcp && tcp.port() == 0;
        let wanted = if is_free_choice { bound } else { udp };
        match bind_udp(wanted, receive_buffer_bytes) {
            Ok((udp, receive_buffer_bytes)) => {
                return Ok(Sockets {
                    udp,
                    receive_buffer_bytes,
                    tcp: listener,
                    address: bound,
                });
            }
            Err(_) if is_free_choice && n_tries < MOST_TRIES => {}
            Err(taken) => return Err(taken),
        }
    }
}
