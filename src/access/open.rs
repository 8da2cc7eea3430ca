//! What may be called without a token.

use serde::Deserialize;

/// A path that shows how the program is doing, or what it can do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub enum OpenPath {
    #[serde(rename = "/livez", alias = "livez")]
    Livez,
    #[serde(rename = "/readyz", alias = "readyz")]
    Readyz,
    #[serde(rename = "/metrics", alias = "metrics")]
    Metrics,
    #[serde(rename = "/docs", alias = "docs")]
    Docs,
    /// The OpenAPI documents.
    #[serde(rename = "documents", alias = "/openapi.json")]
    Documents,
}

impl OpenPath {
    pub const ALL: [Self; 5] = [
        Self::Livez,
        Self::Readyz,
        Self::Metrics,
        Self::Docs,
        Self::Documents,
    ];
}
