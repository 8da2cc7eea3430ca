//! How tests call servers.

use audience::tls;

/// A client, which has to be given the cryptography of TLS even where it uses none.
pub(crate) fn http_client() -> reqwest::ClientBuilder {
    tls::use_ring();
    reqwest::Client::builder().tls_certs_only([])
}
