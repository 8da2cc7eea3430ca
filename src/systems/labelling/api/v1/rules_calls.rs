//! Rules tried out: what a set would do on a table, and why a row or a person is where it is.

use poem_openapi::OpenApi;

use super::Groups;
use super::rules_answers::{Explained, PreviewAnswered};
use super::rules_bodies::{ExplainBody, PreviewBody};
use crate::http::body::{JsonBody, WrittenJson};
use crate::http::error::Failure;
use crate::systems::labelling::Labelling;
use crate::systems::labelling::rules::document::limits::DRAFT_BYTES;

/// The operations.
pub(crate) struct RulesCallsApi(pub Labelling);

/// What a body holds besides a document, which takes up to twice its bytes as a text in JSON.
const BODY_BYTES: usize = 2 * DRAFT_BYTES + (2 << 20);

/// How long the bodies of the operations may be.
pub(crate) fn longer_bodies() -> Vec<(&'static str, usize)> {
    vec![("preview_rules", BODY_BYTES), ("explain_rules", BODY_BYTES)]
}

#[OpenApi(tag = "Groups::Rules")]
impl RulesCallsApi {
    /// Preview rules
    ///
    /// Says what a set would do on the rows of a table, and writes nothing: its health, what its authors should look
    /// at, rows of each label and without one, and the slowest rules. Without `sample` the figures are those that a
    /// job would have. A sample is drawn from windows of the range in the order of hashes, so that the same seed
    /// gives the same rows. At a million rows or 30 seconds the answer is `partial`; rows that were read are kept
    /// for ten minutes, for the next preview. At most four run at once.
    #[oai(
        path = "/v1/rules/preview",
        method = "post",
        operation_id = "preview_rules"
    )]
    async fn preview_rules(
        &self,
        body: JsonBody<PreviewBody>,
    ) -> poem::Result<WrittenJson<PreviewAnswered>> {
        let request = body.value.into_request().map_err(Failure::from)?;
        let answer = self.0.preview_rules(request).await;
        Ok(WrittenJson::new(answer.map_err(Failure::from)?))
    }

    /// Explain a row or a person
    ///
    /// Of a row, brought along or published by a job: all rules that are true and where, which one is reported and
    /// why, and the rules that were nearly true. Of a person: its votes for each panel, what became of them, and its
    /// rows, each explained; they are looked for in the source for at most five seconds, at most a thousand of them.
    #[oai(
        path = "/v1/rules/explain",
        method = "post",
        operation_id = "explain_rules"
    )]
    async fn explain_rules(
        &self,
        body: JsonBody<ExplainBody>,
    ) -> poem::Result<WrittenJson<Explained>> {
        let request = body.value.into_request().map_err(Failure::from)?;
        let answer = self.0.explain(request).await;
        Ok(WrittenJson::new(answer.map_err(Failure::from)?))
    }
}
