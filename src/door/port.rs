//! Binds an address, or says who has it.

use std::io;
use std::net::{SocketAddr, TcpListener, UdpSocket};

/// An address that somebody else has, or that cannot be had.
#[derive(Debug, thiserror::Error)]
#[error("cannot bind {address}{}", holder.as_ref().map(|it| format!(": {it} has it")).unwrap_or_default())]
pub struct TakenPort {
    /// The address.
    pub address: SocketAddr,
    /// Who has it, or who probably does.
    pub holder: Option<String>,
    /// What the system said.
    #[source]
    pub source: io::Error,
}

/// Binds `address` for TCP; port 0 lets the system choose.
///
/// # Errors
/// With the name of the process that has the port, where the system tells, or with who usually has it.
pub fn bind(address: SocketAddr) -> Result<tokio::net::TcpListener, TakenPort> {
    let bound = TcpListener::bind(address).and_then(|listener| {
        listener.set_nonblocking(true)?;
        tokio::net::TcpListener::from_std(listener)
    });
    bound.map_err(|source| taken(address, Protocol::Tcp, source))
}

// Callers come in bursts, and one that finds the queue full is turned away by the system after it was let in.
const MOST_QUEUED: i32 = 1_024;

/// Lets more callers wait to be accepted than the system usually does.
pub(super) fn queue_more(listener: &tokio::net::TcpListener) {
    // Where the system has a bound of its own, that one holds.
    let _ = socket2::SockRef::from(listener).listen(MOST_QUEUED);
}

/// Binds `address` for UDP and asks for a receive buffer of so many bytes; returns how many the system gave,
/// which may be fewer, or more for its own needs.
///
/// # Errors
/// As for [`bind`].
pub fn bind_udp(
    address: SocketAddr,
    receive_buffer_bytes: usize,
) -> Result<(UdpSocket, usize), TakenPort> {
    let socket = UdpSocket::bind(address);
    let socket = socket.map_err(|source| taken(address, Protocol::Udp, source))?;
    let sized = socket2::SockRef::from(&socket);
    // A system that gives less still gives something, and it is asked what.
    let _ = sized.set_recv_buffer_size(receive_buffer_bytes);
    let given = sized.recv_buffer_size().unwrap_or(0);
    Ok((socket, given))
}

#[derive(Clone, Copy)]
enum Protocol {
    Tcp,
    Udp,
}

fn taken(address: SocketAddr, protocol: Protocol, source: io::Error) -> TakenPort {
    let is_taken = source.kind() == io::ErrorKind::AddrInUse;
    let port = address.port();
    let holder = || process_on(port, protocol).or_else(|| usual_holder(port).map(str::to_string));
    TakenPort {
        address,
        holder: is_taken.then(holder).flatten(),
        source,
    }
}

// Source: the ports in Cruddur's own compose file, and those of OpenTelemetry's collector.
fn usual_holder(port: u16) -> Option<&'static str> {
    Some(match port {
        3000 => "probably Cruddur's front end",
        4317 | 4318 => "probably an OpenTelemetry collector or another cruddurctl",
        4567 => "probably Cruddur's back end",
        8000 => "probably DynamoDB local",
        5432 => "probably PostgreSQL",
        2000 => "probably the X-Ray daemon",
        _ => return None,
    })
}

#[cfg(not(target_os = "linux"))]
fn process_on(_port: u16, _protocol: Protocol) -> Option<String> {
    None
}

// Linux lists listening sockets with their inodes, and each process's open sockets by inode.
#[cfg(target_os = "linux")]
fn process_on(port: u16, protocol: Protocol) -> Option<String> {
    use std::fs;
    // Listening for TCP; what is bound for UDP and has no other end is "closed" in the same table of states.
    let (files, listening) = match protocol {
        Protocol::Tcp => (["/proc/net/tcp", "/proc/net/tcp6"], "0A"),
        Protocol::Udp => (["/proc/net/udp", "/proc/net/udp6"], "07"),
    };
    let tables = files
        .iter()
        .filter_map(|path| fs::read_to_string(path).ok());
    let inode = tables
        .flat_map(|table| table.lines().map(str::to_string).collect::<Vec<_>>())
        .find_map(|line| {
            let columns: Vec<&str> = line.split_whitespace().collect();
            let own_port = columns.get(1)?.rsplit(':').next()?;
            let is_it = u16::from_str_radix(own_port, 16).ok()? == port
                && columns.get(3) == Some(&listening);
            is_it.then(|| columns.get(9).map(|inode| format!("socket:[{inode}]")))?
        })?;
    for process in fs::read_dir("/proc").ok()?.flatten() {
        // `/proc/self` is a process too, but not by number.
        if !process
            .file_name()
            .to_string_lossy()
            .bytes()
            .all(|byte| byte.is_ascii_digit())
        {
            continue;
        }
        let Ok(files) = fs::read_dir(process.path().join("fd")) else {
            continue;
        };
        let has_it = files.flatten().any(|file| {
            fs::read_link(file.path()).is_ok_and(|target| target.as_os_str() == inode.as_str())
        });
        if has_it {
            let name = fs::read_to_string(process.path().join("comm")).unwrap_or_default();
            return Some(format!(
                "{} (process {})",
                name.trim(),
                process.file_name().to_string_lossy()
            ));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_taken_port_is_named_with_its_holder() {
        let first = bind(([127, 0, 0, 1], 0).into()).unwrap();
        let address = first.local_addr().unwrap();
        let error = bind(address).unwrap_err().to_string();
        assert!(
            error.starts_with(&format!("cannot bind {address}")),
            "{error}"
        );
        if cfg!(target_os = "linux") {
            assert!(
                error.contains(&format!("(process {})", std::process::id())),
                "{error}"
            );
        }
        let (first, given) = bind_udp(([127, 0, 0, 1], 0).into(), 1 << 20).unwrap();
        assert!(given > 0);
        let error = bind_udp(first.local_addr().unwrap(), 0).unwrap_err();
        if cfg!(target_os = "linux") {
            let own = format!("(process {})", std::process::id());
            assert!(error.holder.unwrap().ends_with(&own));
        }
    }
}
