//! Logs and metrics.
//!
//! Decides their form and where they go. Never in either: coordinates, alleles, tokens, query strings.

use std::{
    io::{self, IsTerminal},
    sync::{Arc, OnceLock},
    time::{Duration, Instant},
};

use ::metrics::{Counter, Gauge, Histogram};
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};
use tokio_util::sync::CancellationToken;
use tracing::{Level, Metadata};
use tracing_subscriber::{
    EnvFilter, Layer,
    filter::{FilterExt, ParseError, filter_fn},
    layer::SubscriberExt,
    util::SubscriberInitExt,
};

/// Upper bounds of the latency buckets, seconds.
const BUCKETS: [f64; 12] = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5, 1.0, 5.0, 10.0];

/// Starts logging to standard error: text on a terminal, JSON elsewhere.
///
/// `FYR_LOG`, or else `RUST_LOG`, says what is logged; where neither is set, `info` of Fyr and warnings of
/// everything else. A second call in one process changes nothing. Other people's code is never logged below
/// `info`, whatever the filter says.
///
/// # Errors
///
/// A filter that cannot be read.
pub fn init() -> Result<(), ParseError> {
    let directives = ["FYR_LOG", "RUST_LOG"].iter().find_map(|name| std::env::var(name).ok());
    let filter = EnvFilter::builder().parse(directives.as_deref().unwrap_or("warn,fyr=info"))?;
    let lines = tracing_subscriber::fmt::layer().with_writer(io::stderr);
    let lines = if io::stderr().is_terminal() { lines.boxed() } else { lines.json().boxed() };
    let lines = lines.with_filter(filter.and(filter_fn(is_discreet)));
    let _ = tracing_subscriber::registry().with(lines).try_init();
    Ok(())
}

/// Returns false for what could hold a token or a question: below `info`, libraries for HTTP, TLS and databases
/// write headers, paths and parameters. Fyr's own lines hold none of that at any level.
fn is_discreet(metadata: &Metadata<'_>) -> bool {
    let target = metadata.target();
    let own = target == "fyr" || target.starts_with("fyr_");
    own || *metadata.level() <= Level::INFO
}

/// Returns the metrics of this process, installing the recorder at the first call.
pub fn metrics() -> &'static PrometheusHandle {
    static HANDLE: OnceLock<PrometheusHandle> = OnceLock::new();
    HANDLE.get_or_init(|| {
        let latency = Matcher::Full(LATENCY.to_owned());
        let builder = PrometheusBuilder::new();
        let builder = match builder.set_buckets_for_metric(latency, &BUCKETS) {
            Ok(builder) => builder,
            Err(_) => PrometheusBuilder::new(),
        };
        let recorder = builder.build_recorder();
        let handle = recorder.handle();
        let _ = ::metrics::set_global_recorder(recorder);
        handle
    })
}

const LATENCY: &str = "fyr_request_seconds";
const REQUESTS: &str = "fyr_requests_total";
/// The code of a request that was answered.
pub(crate) const ANSWERED: &str = "OK";
const IN_FLIGHT: &str = "fyr_requests_in_flight";

/// Installs the recorder, and folds collected samples into the histograms now and then, so that they take bounded memory.
pub(crate) async fn upkeep(stop: CancellationToken) {
    let handle = metrics();
    while tokio::time::timeout(Duration::from_secs(5), stop.cancelled()).await.is_err() {
        handle.run_upkeep();
    }
}

/// The metrics of one endpoint of a door. Labels are names from the code, never input.
#[derive(Debug)]
pub(crate) struct Meters {
    door: &'static str,
    endpoint: &'static str,
    in_flight: Gauge,
    answered: Counter,
    seconds: Histogram,
}

impl Meters {
    /// Registers them, installing the recorder at the first call.
    pub(crate) fn new(door: &'static str, endpoint: &'static str) -> Self {
        metrics();
        Self {
            door,
            endpoint,
            in_flight: ::metrics::gauge!(IN_FLIGHT, "door" => door),
            answered: ::metrics::counter!(REQUESTS, "door" => door, "endpoint" => endpoint, "code" => ANSWERED),
            seconds: ::metrics::histogram!(LATENCY, "door" => door, "endpoint" => endpoint),
        }
    }

    fn count(&self, code: &'static str) {
        let Self { door, endpoint, .. } = *self;
        match code {
            ANSWERED => self.answered.increment(1),
            code => ::metrics::counter!(REQUESTS, "door" => door, "endpoint" => endpoint, "code" => code)
                .increment(1),
        }
    }
}

/// One request in flight, from its arrival to its answer.
pub(crate) struct Observed {
    meters: Arc<Meters>,
    code: &'static str,
    start: Instant,
}

impl Observed {
    /// Counts an arrival.
    pub(crate) fn start(meters: Arc<Meters>) -> Self {
        meters.in_flight.increment(1.0);
        Self { meters, code: "cancelled", start: Instant::now() }
    }

    /// Counts the answer.
    pub(crate) fn end(mut self, code: &'static str) {
        self.code = code;
    }
}

impl Drop for Observed {
    fn drop(&mut self) {
        self.meters.in_flight.decrement(1.0);
        self.meters.count(self.code);
        self.meters.seconds.record(self.start.elapsed().as_secs_f64());
    }
}
