//! What the operating system says of this process.

/// The most memory this process has had in use at once, in MB; `0.0` where that is not known.
pub fn peak_memory_mb() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let kib = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))
        .and_then(|rest| rest.trim().strip_suffix("kB"))
        .and_then(|number| number.trim().parse::<f64>().ok());
    kib.map_or(0.0, |kib| (kib * 1024.0 / 10_000.0).round() / 100.0)
}
