//! Progress on a terminal as a bar, elsewhere as a plain line every few seconds.

use std::{
    io::{IsTerminal, Write, stderr},
    time::{Duration, Instant},
};

use fyr_ingest::{Phase, Progress};
use indicatif::{HumanBytes, HumanCount, HumanDuration, ProgressBar, ProgressStyle};
use tokio::{sync::oneshot, task::JoinHandle};

const FRAME: Duration = Duration::from_millis(100);
const LINE: Duration = Duration::from_secs(3);

/// A drawing in progress.
pub(super) struct Drawing {
    stop: oneshot::Sender<()>,
    task: JoinHandle<()>,
}

impl Drawing {
    /// Ends it and clears the bar.
    pub(super) async fn stop(self) {
        drop(self.stop);
        // A drawing that failed is no reason to fail.
        let _ = self.task.await;
    }
}

/// Starts to draw.
pub(super) fn start(progress: Progress) -> Drawing {
    let (stop, stopped) = oneshot::channel();
    let task = if stderr().is_terminal() {
        tokio::spawn(draw_bar(progress, stopped))
    } else {
        tokio::spawn(write_lines(progress, stopped))
    };
    Drawing { stop, task }
}

async fn draw_bar(progress: Progress, mut stopped: oneshot::Receiver<()>) {
    let bar = ProgressBar::new(0);
    if let Ok(style) = ProgressStyle::with_template("{msg} {wide_bar} {percent}% {eta}") {
        bar.set_style(style);
    }
    let mut rate = Rate::new();
    loop {
        bar.set_length(progress.total_bytes());
        bar.set_position(progress.bytes());
        bar.set_message(rate.describe(&progress));
        if is_over(&mut stopped, FRAME).await {
            bar.finish_and_clear();
            return;
        }
    }
}

async fn write_lines(progress: Progress, mut stopped: oneshot::Receiver<()>) {
    let mut rate = Rate::new();
    while !is_over(&mut stopped, LINE).await {
        let line = format!("{}{}", rate.describe(&progress), rate.remaining(&progress));
        let _ = writeln!(stderr(), "{line}");
    }
}

async fn is_over(stopped: &mut oneshot::Receiver<()>, pause: Duration) -> bool {
    tokio::time::timeout(pause, stopped).await.is_ok()
}

/// Variants a second since the reading began.
struct Rate {
    reading_since: Option<Instant>,
}

impl Rate {
    fn new() -> Self {
        Self { reading_since: None }
    }

    fn describe(&mut self, progress: &Progress) -> String {
        match progress.phase() {
            Phase::Spooling => format!("reading standard input: {}", HumanBytes(progress.bytes())),
            Phase::Hashing => format!("hashing {}", amount(progress)),
            Phase::Genome => format!("reading what is known of the genome: {}", HumanBytes(progress.bytes())),
            Phase::Reading => {
                let since = *self.reading_since.get_or_insert_with(Instant::now);
                let seconds = since.elapsed().as_secs_f64().max(0.1);
                let rate = (progress.alleles() as f64 / seconds) as u64;
                format!(
                    "reading {}, {} variants, {}/s",
                    amount(progress),
                    HumanCount(progress.alleles()),
                    HumanCount(rate)
                )
            }
            Phase::Writing => format!("writing {} variants", HumanCount(progress.alleles())),
        }
    }

    /// Returns how long the reading is going to take, at the speed so far.
    fn remaining(&self, progress: &Progress) -> String {
        let (done, total) = (progress.bytes(), progress.total_bytes());
        match self.reading_since {
            Some(since) if progress.phase() == Phase::Reading && done > 0 && total > done => {
                let left = since.elapsed().mul_f64((total - done) as f64 / done as f64);
                format!(", about {} left", HumanDuration(left))
            }
            _ => String::new(),
        }
    }
}

fn amount(progress: &Progress) -> String {
    format!("{} of {}", HumanBytes(progress.bytes()), HumanBytes(progress.total_bytes()))
}
