//! What commands print.

use std::io::{self, ErrorKind, Write};

use crate::ClientError;

/// Prints a text and a line end. Whoever reads may stop reading: what is left then is not missed.
///
/// # Errors
///
/// Nothing can be written, such as on a full disk.
pub(crate) fn print(text: &str) -> Result<(), ClientError> {
    let mut out = io::stdout().lock();
    told(writeln!(out, "{text}").and_then(|()| out.flush())).map_err(ClientError::Print)
}

fn told(written: io::Result<()>) -> io::Result<()> {
    match written {
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reader_may_stop_and_a_disk_may_not() {
        assert!(told(Err(ErrorKind::BrokenPipe.into())).is_ok());
        assert!(told(Err(ErrorKind::StorageFull.into())).is_err());
    }
}
