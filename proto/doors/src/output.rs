//! What programs print. Nobody panics because a reader stops reading or a disk is full.

use std::{
    fmt,
    io::{self, ErrorKind, Write},
    sync::OnceLock,
};

static FAILURE: OnceLock<String> = OnceLock::new();

/// Something could not be printed, so that the output of a command is not whole.
#[derive(Debug, thiserror::Error)]
#[error("the output cannot be written: {0}")]
pub struct NotPrinted(String);

/// Prints a line, as [`println!`] does.
#[macro_export]
macro_rules! say {
    ($($text:tt)*) => { $crate::print_line(format_args!($($text)*)) };
}

/// Prints a line. Whoever reads may stop reading: what is left then is not missed.
pub fn print_line(text: fmt::Arguments<'_>) {
    if let Err(error) = print_to(&mut io::stdout().lock(), text) {
        let _ = FAILURE.set(error.to_string());
    }
}

/// Returns whether all was printed; to be asked before a command ends well.
///
/// # Errors
///
/// Something was not, such as on a full disk.
pub fn all_printed() -> Result<(), NotPrinted> {
    FAILURE.get().map_or(Ok(()), |error| Err(NotPrinted(error.clone())))
}

fn print_to(out: &mut impl Write, text: fmt::Arguments<'_>) -> io::Result<()> {
    match writeln!(out, "{text}").and_then(|()| out.flush()) {
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
        outcome => outcome,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Fails(ErrorKind);

    impl Write for Fails {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            Err(self.0.into())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_reader_may_stop_and_a_disk_may_not() {
        let mut lines = Vec::new();
        print_to(&mut lines, format_args!("{} of {}", 3, 412)).unwrap();
        assert_eq!(lines, b"3 of 412\n");
        assert!(print_to(&mut Fails(ErrorKind::BrokenPipe), format_args!("x")).is_ok());
        assert!(print_to(&mut Fails(ErrorKind::StorageFull), format_args!("x")).is_err());
        assert!(all_printed().is_ok());
    }
}
