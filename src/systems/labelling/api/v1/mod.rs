//! Calls below `/v1`.

mod any_rows;
pub(crate) mod backtest_body;
pub(crate) mod catalog;
pub(crate) mod changes;
mod changes_examples;
mod download;
pub(crate) mod examples;
pub(crate) mod figures;
mod gate_examples;
mod gate_views;
pub(crate) mod gates;
pub(crate) mod health;
mod health_examples;
mod health_views;
mod published;
pub(crate) mod request;
pub(crate) mod results;
mod review_examples;
mod review_views;
pub(crate) mod reviews;
pub(crate) mod rows;
mod rule_documents;
mod rule_set_answers;
mod rule_set_examples;
pub(crate) mod rule_set_views;
pub(crate) mod rule_sets;
mod rules_answers;
mod rules_bodies;
pub(crate) mod rules_calls;
mod rules_examples;
mod workbook;

use poem_openapi::Tags;

#[derive(Tags)]
pub(crate) enum Groups {
    /// What jobs produced.
    Results,
    /// What requests may refer to.
    Catalog,
    /// Sets of rules: what they would do, and why a row or a person is where it is.
    Rules,
}
