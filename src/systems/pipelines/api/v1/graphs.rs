//! The graph of a run and of a project, as JSON or as a picture.

use poem_openapi::param::{Header, Path, Query};
use poem_openapi::{ApiResponse, OpenApi, ResponseContent};

use super::Groups;
use super::graph_format::{GraphFormat, Svg, WrittenJson};
use super::graph_view::GraphView;
use crate::engine::store::blob_digest;
use crate::http::Who;
use crate::http::body::Word;
use crate::http::error::Failure;
use crate::http::tagged::matches;
use crate::systems::pipelines::api::scope::{self, sees_instance};
use crate::systems::pipelines::api::words::{Collapse, Collapses};
use crate::systems::pipelines::error::PipelineError;
use crate::systems::pipelines::graph::{Graph, picture};
use crate::systems::pipelines::graphs::{GraphRequest, draw_apart, graph_of_project, graph_of_run};
use crate::systems::pipelines::pipelines::Pipelines;

/// The operations.
pub(crate) struct GraphsApi(pub Pipelines);

#[derive(ApiResponse)]
enum GraphAnswer {
    /// As it is now.
    #[oai(status = 200)]
    Now(
        GraphContent,
        /// Changes with the answer.
        #[oai(header = "ETag")]
        String,
    ),
    /// It is still the one that the caller has.
    #[oai(status = 304)]
    NotModified(#[oai(header = "ETag")] String),
}

#[derive(ResponseContent)]
enum GraphContent {
    Json(WrittenJson<GraphView>),
    /// With `Accept: image/svg+xml`: the same as a picture, for bright and dark surroundings.
    Svg(Svg),
}

#[OpenApi(tag = "Groups::Pipelines")]
impl GraphsApi {
    /// Look at the graph of a project
    ///
    /// Its tasks and what they need, before any run. A requirement of a task on itself, and one that closes a
    /// circle, as on the day before, is not shown.
    #[oai(
        path = "/v1/projects/:project/graph",
        method = "get",
        operation_id = "get_project_graph"
    )]
    async fn get_project_graph(
        &self,
        who: Who,
        project: Path<String>,
        /// The `ETag` of the answer that the caller has.
        #[oai(name = "If-None-Match")]
        if_none_match: Header<Option<String>>,
        /// `image/svg+xml` for a picture.
        #[oai(name = "Accept")]
        accept: Header<Option<String>>,
    ) -> poem::Result<GraphAnswer> {
        let known = scope::project(&self.0, &who, &project)?;
        let request = GraphRequest {
            collapses: false,
            focus: None,
            hops: 0,
        };
        let answer = AnswerTo {
            title: format!("Tasks of project {}", known.project.name),
            format: GraphFormat::of(accept.as_deref()),
            known: if_none_match.0,
        };
        let mut graph = graph_of_project(&known.project);
        graph.retain(|_, node| sees_instance(&who, &node.name));
        answer.draw(request, move || graph).await
    }

    /// Look at the graph of a run
    ///
    /// Its instances with their states, and what they need. In a graph of more than 150, those of a task in the
    /// same layer are one box, unless `collapse` is `none`.
    #[oai(
        path = "/v1/runs/:run_id/graph",
        method = "get",
        operation_id = "get_run_graph"
    )]
    #[expect(clippy::too_many_arguments, reason = "each is a parameter of the call")]
    async fn get_run_graph(
        &self,
        who: Who,
        run_id: Path<String>,
        #[oai(default = "auto")] collapse: Query<Word<Collapses>>,
        /// A job of the run, or an instance: only what is near it.
        focus: Query<Option<String>>,
        /// How many edges away from `focus`, both to what it needs and to what needs it.
        #[oai(default = "two", validator(maximum(value = "1000")))]
        hops: Query<u32>,
        /// The `ETag` of the answer that the caller has.
        #[oai(name = "If-None-Match")]
        if_none_match: Header<Option<String>>,
        /// `image/svg+xml` for a picture.
        #[oai(name = "Accept")]
        accept: Header<Option<String>>,
    ) -> poem::Result<GraphAnswer> {
        let run = scope::run(&self.0, &who, &run_id).await?;
        let request = GraphRequest {
            collapses: collapse.0.0 == Collapse::Auto,
            focus: focus.0.filter(|focus| !focus.is_empty()),
            hops: hops.0,
        };
        let answer = AnswerTo {
            title: format!("Run {} of project {}", run.id, run.project),
            format: GraphFormat::of(accept.as_deref()),
            known: if_none_match.0,
        };
        let rows = self.0.store.graph_rows(&run.id).await;
        let mut rows = rows.map_err(Failure::from)?;
        rows.retain(|row| sees_instance(&who, &row.identity));
        answer.draw(request, move || graph_of_run(rows)).await
    }
}

/// How a caller wants its answer.
struct AnswerTo {
    /// Of the picture.
    title: String,
    format: GraphFormat,
    /// The tags of what the caller has.
    known: Option<String>,
}

impl AnswerTo {
    async fn draw(
        self,
        request: GraphRequest,
        graph: impl FnOnce() -> Graph + Send + 'static,
    ) -> poem::Result<GraphAnswer> {
        let answer = draw_apart(move || self.drawn(&request, graph())).await;
        Ok(answer.map_err(Failure::from)?)
    }

    fn drawn(self, request: &GraphRequest, graph: Graph) -> Result<GraphAnswer, PipelineError> {
        let drawn = request.draw(graph)?;
        let text = match self.format {
            GraphFormat::Json => serde_json::to_string(&GraphView::of(&drawn)),
            GraphFormat::Svg => Ok(picture(&drawn, &self.title)),
        };
        let text = text.expect("texts and numbers are JSON");
        let tag = format!("\"{}\"", blob_digest(text.as_bytes()));
        if self.known.is_some_and(|known| matches(&known, &tag)) {
            return Ok(GraphAnswer::NotModified(tag));
        }
        let content = match self.format {
            GraphFormat::Json => GraphContent::Json(WrittenJson::new(text)),
            GraphFormat::Svg => GraphContent::Svg(Svg(text)),
        };
        Ok(GraphAnswer::Now(content, tag))
    }
}

fn two() -> u32 {
    2
}

fn auto() -> Word<Collapses> {
    Word(Collapse::Auto)
}
