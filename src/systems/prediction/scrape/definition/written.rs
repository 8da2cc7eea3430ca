//! A scrape as it is written. Unknown keys and wrong types are found by its types.

use serde::Deserialize;

use super::schedule::WrittenSchedule;
use crate::systems::prediction::import::{
    Kind, Ordered, Partial, Pattern, WrittenBound, WrittenConversion, WrittenUnit, converted,
};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct WrittenScrape {
    pub scrape: String,
    pub schedule: Option<WrittenSchedule>,
    pub request: WrittenRequest,
    pub pages: Option<WrittenPages>,
    #[serde(default)]
    pub polite: WrittenPolite,
    #[serde(default)]
    pub retry: WrittenRetry,
    pub extract: WrittenExtract,
    #[serde(default)]
    pub expect: WrittenExpect,
    pub output: Option<String>,
    pub into: Option<WrittenTarget>,
    pub stale_after_h: Option<f64>,
    pub keep_raw_days: Option<u32>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct WrittenRequest {
    pub url: String,
    #[serde(default)]
    pub headers: Ordered<String>,
    pub timeout_s: Option<f64>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct WrittenPages {
    pub from: Option<u32>,
    pub max: Option<u32>,
    pub next: Option<String>,
    pub param: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct WrittenPolite {
    pub robots: Option<Robots>,
    pub delay_ms: Option<u64>,
    pub user_agent: Option<String>,
}

#[derive(Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Robots {
    Obey,
    Ignore,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct WrittenRetry {
    pub tries: Option<u32>,
    pub first_s: Option<f64>,
    pub longest_s: Option<f64>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct WrittenExtract {
    pub html: Option<WrittenRows<WrittenCssField>>,
    pub json: Option<WrittenRows<WrittenJsonField>>,
    pub import: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct WrittenRows<F> {
    pub rows: String,
    pub fields: Ordered<F>,
}

converted!(WrittenCssField { css: String });
converted!(WrittenJsonField { path: String });

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct WrittenExpect {
    pub min_rows: Option<u64>,
    #[serde(default)]
    pub filled: Ordered<f64>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct WrittenTarget {
    pub table: String,
    #[serde(default)]
    pub key: Vec<String>,
}
