//! Ports that a node keeps while it is switched off.

use std::{
    net::TcpListener,
    process,
    sync::atomic::{AtomicU16, Ordering},
};

/// Where they start, and how many there are: below the ports that systems hand out to whoever names none, which may
/// be anybody's while a node is off.
const FIRST: u16 = 10_000;
const HOW_MANY: u16 = 20_000;

/// Returns a port that is free, and that nobody is given who does not ask for it by its number.
///
/// # Errors
///
/// None is free.
pub(super) fn port_to_keep() -> std::io::Result<u16> {
    static NEXT: AtomicU16 = AtomicU16::new(0);
    // Test programs that run beside each other start apart.
    let start = process::id().wrapping_mul(251) % u32::from(HOW_MANY);
    let mut last = None;
    for _ in 0..HOW_MANY {
        let step = u32::from(NEXT.fetch_add(1, Ordering::Relaxed));
        let port = FIRST + u16::try_from((start + step) % u32::from(HOW_MANY)).unwrap_or_default();
        match TcpListener::bind(("127.0.0.1", port)) {
            Ok(_) => return Ok(port),
            Err(error) => last = Some(error),
        }
    }
    Err(last.unwrap_or_else(|| std::io::ErrorKind::AddrInUse.into()))
}
