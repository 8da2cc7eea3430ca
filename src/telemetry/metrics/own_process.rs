//! What gauges show of this process.

use std::sync::LazyLock;
use std::sync::atomic::Ordering;
use std::time::SystemTime;

use super::{Gauge, HTTP_IN_FLIGHT, Sample, observe};
use crate::process;

/// When this was first asked, which is when the engine starts.
static STARTED: LazyLock<SystemTime> = LazyLock::new(SystemTime::now);

/// Called when the engine starts, so that the start is not taken to be the first look.
pub(super) fn remember_start() {
    LazyLock::force(&STARTED);
}

/// What the operating system knows of this process.
#[derive(Clone, Copy, Debug)]
pub struct ProcessView {
    /// In seconds since 1970.
    pub started: f64,
    pub memory_bytes: f64,
    pub memory_peak_bytes: f64,
    pub cpu_seconds: f64,
}

pub fn process() -> ProcessView {
    let memory = process::memory();
    let started = STARTED.duration_since(SystemTime::UNIX_EPOCH);
    ProcessView {
        started: started.unwrap_or_default().as_secs_f64(),
        memory_bytes: memory.bytes,
        memory_peak_bytes: memory.peak_bytes,
        cpu_seconds: process::cpu_seconds(),
    }
}

/// Looks up what the process itself knows for those who ask for metrics.
pub fn observe_process() {
    let process = process();
    observe(Gauge::Memory, vec![Sample::of(process.memory_bytes)]);
    let peak = process.memory_peak_bytes;
    observe(Gauge::MemoryPeak, vec![Sample::of(peak)]);
    observe(Gauge::Cpu, vec![Sample::of(process.cpu_seconds)]);
    observe(Gauge::Started, vec![Sample::of(process.started)]);
    let in_flight = HTTP_IN_FLIGHT.load(Ordering::Relaxed);
    observe(Gauge::HttpInFlight, vec![Sample::of(in_flight as f64)]);
    let build = Sample::of(1.0).with("version", env!("CARGO_PKG_VERSION"));
    observe(Gauge::Build, vec![build]);
}
