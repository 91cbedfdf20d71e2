//! Keeps all cores busy: one thread reads and decompresses, the others make rows, in order.
//!
//! At most a few pieces are in memory at a time. Rows and errors come out in the order of the file, so
//! that the first fault of a file is reported however the cores took turns. Dropping the receiver
//! ends the threads.

use std::{io::BufRead, sync::Arc, thread};

use tokio::sync::{mpsc, oneshot};

use super::{
    IngestError,
    bounds::longest_line,
    lines::next_piece,
    rows::{Batch, Source, read_piece},
};

/// Pieces that are being worked on or wait to be taken.
const IN_FLIGHT: usize = 6;

/// Batches in order of the file.
pub(crate) struct Batches {
    /// Whether the file is a binary one, whose records are counted and not its lines.
    pub(crate) binary: bool,
    receiver: mpsc::Receiver<oneshot::Receiver<Result<Batch, IngestError>>>,
}

impl Batches {
    /// Starts to read a source; `bytes` stands at its first record.
    pub(crate) fn start(source: Arc<Source>, bytes: Box<dyn BufRead + Send>) -> Self {
        let (sender, receiver) = mpsc::channel(IN_FLIGHT);
        let binary = source.binary;
        thread::spawn(move || read(&source, bytes, &sender));
        Self { binary, receiver }
    }

    /// Returns the next batch; none after the last.
    pub(crate) async fn next(&mut self) -> Option<Result<Batch, IngestError>> {
        let batch = self.receiver.recv().await?;
        Some(batch.await.unwrap_or(Err(IngestError::Interrupted)))
    }
}

fn read(
    source: &Arc<Source>,
    mut bytes: Box<dyn BufRead + Send>,
    batches: &mpsc::Sender<oneshot::Receiver<Result<Batch, IngestError>>>,
) {
    let (mut line, longest) = (source.header.lines + 1, longest_line(source.header.samples.len()));
    loop {
        let piece = next_piece(&mut *bytes, &mut line, longest, &source.path);
        let last = !matches!(piece, Ok(Some(_)));
        let (sender, receiver) = oneshot::channel();
        // The place in the queue is taken first: a full queue stops the reading.
        if batches.blocking_send(receiver).is_err() {
            return;
        }
        match piece {
            Ok(Some(piece)) => {
                let source = Arc::clone(source);
                rayon::spawn(move || drop(sender.send(read_piece(&source, &piece))));
            }
            Ok(None) => drop(sender.send(Ok(Batch::default()))),
            Err(error) => drop(sender.send(Err(error))),
        }
        if last {
            return;
        }
    }
}
