//! Bars for what takes long.

use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

/// Shows how much of something is done.
pub(crate) fn bar(message: &'static str, length: u64) -> ProgressBar {
    let bar = ProgressBar::new(length).with_message(message);
    if let Ok(style) = ProgressStyle::with_template("{msg} {wide_bar} {percent}% {eta}") {
        bar.set_style(style);
    }
    bar
}

/// Shows that something goes on.
pub(crate) fn spinner(message: &'static str) -> ProgressBar {
    let bar = ProgressBar::new_spinner().with_message(message);
    bar.enable_steady_tick(Duration::from_millis(200));
    bar
}
