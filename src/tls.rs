//! The cryptography of TLS connections whose makers take that of the process.

/// Chooses it. One that is chosen already stays.
pub fn use_ring() {
    rustls::crypto::ring::default_provider()
        .install_default()
        .ok();
}
