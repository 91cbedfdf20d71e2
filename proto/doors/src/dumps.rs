//! No image of the process on the disk: it holds keys, tokens, and what people carry.

use std::io;

/// Has the system write no image of this process should it crash, whatever the limits of the shell are and wherever the
/// system would send it.
///
/// # Errors
///
/// The system refuses.
#[expect(unsafe_code, reason = "two calls of the system that take numbers only")]
pub fn refuse_core_dumps() -> io::Result<()> {
    let nothing = libc::rlimit { rlim_cur: 0, rlim_max: 0 };
    // SAFETY: the limit is read during the call only.
    outcome(unsafe { libc::setrlimit(libc::RLIMIT_CORE, &raw const nothing) })?;
    // A limit does not hold for images that the system hands to a program.
    #[cfg(target_os = "linux")]
    // SAFETY: it takes no pointer.
    outcome(unsafe { libc::prctl(libc::PR_SET_DUMPABLE, 0, 0, 0, 0) })?;
    Ok(())
}

fn outcome(code: libc::c_int) -> io::Result<()> {
    if code == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    #[expect(unsafe_code, reason = "what was set is asked for")]
    fn a_crash_leaves_no_image() {
        refuse_core_dumps().unwrap();
        // SAFETY: it takes no pointer.
        assert_eq!(unsafe { libc::prctl(libc::PR_GET_DUMPABLE, 0, 0, 0, 0) }, 0);
        let mut limit = libc::rlimit { rlim_cur: 1, rlim_max: 1 };
        // SAFETY: the limit is written during the call only.
        assert_eq!(unsafe { libc::getrlimit(libc::RLIMIT_CORE, &raw mut limit) }, 0);
        assert_eq!((limit.rlim_cur, limit.rlim_max), (0, 0));
    }
}
