//! Which flows there are, and what is asked of them.

use poem_openapi::param::Path;
use poem_openapi::payload::Json;
use poem_openapi::{Object, OpenApi};
use serde_json::Value;

use super::Groups;
use crate::engine::seam::{Choice, FlowDescription};
use crate::http::document::request_schema;
use crate::http::error::Failure;
use crate::http::{Services, Who};

/// The operations.
pub(crate) struct SchemasApi(pub(super) Services);

/// Flows by name.
#[derive(Object)]
struct FlowList {
    flows: Vec<FlowShown>,
}

/// A flow that jobs are runs of.
#[derive(Object)]
struct FlowShown {
    /// As jobs carry it.
    name: String,
    /// What it does.
    summary: String,
    /// Its member in the body of `POST /v1/jobs`; null: it is started by other calls.
    member: Option<String>,
    /// What a step of another flow calls it; null: none has it as a step.
    uses: Option<String>,
}

#[OpenApi(tag = "Groups::Jobs")]
impl SchemasApi {
    /// List the flows
    ///
    /// Those that jobs are runs of.
    #[oai(path = "/v1/schemas", method = "get", operation_id = "list_schemas")]
    async fn list_schemas(&self) -> Json<FlowList> {
        let flows = self.0.flows.descriptions().map(|flow| FlowShown {
            name: flow.name.to_owned(),
            summary: flow.summary.to_owned(),
            member: flow.member.map(str::to_owned),
            uses: flow.uses.map(str::to_owned),
        });
        Json(FlowList {
            flows: flows.collect(),
        })
    }

    /// Get the schema of a request
    ///
    /// JSON Schema 2020-12 of what the flow is asked for, as strict as it is read. `enum` has what this
    /// server has to choose from, such as its sources, and `default` what it takes for what is left out.
    #[oai(
        path = "/v1/schemas/:flow",
        method = "get",
        operation_id = "get_schema"
    )]
    async fn get_schema(&self, who: Who, flow: Path<String>) -> poem::Result<Json<Value>> {
        let described = self.described(&flow)?;
        let choices = self.0.flows.find(&flow).map(|flow| flow.choices());
        let choices = choices.unwrap_or_default().into_iter();
        let choices: Vec<Choice> = choices.map(|choice| seen(&who, choice)).collect();
        Ok(Json(request_schema(described, &choices)))
    }
}

impl SchemasApi {
    fn described(&self, name: &str) -> Result<&FlowDescription, Failure> {
        let mut flows = self.0.flows.descriptions();
        let found = flows.find(|flow| flow.name == name);
        found.ok_or_else(|| {
            let known: Vec<&str> = self.0.flows.descriptions().map(|flow| flow.name).collect();
            let known = known.join(", ");
            Failure::not_found(format!("there is no flow `{name}`; known are: {known}"))
        })
    }
}

/// What the caller sees of it: the services of others are none of its choices.
fn seen(who: &Who, mut choice: Choice) -> Choice {
    if choice.member == "service" {
        let scope = who.scope();
        choice.values.retain(|name| scope.has_service(Some(name)));
    }
    choice
}
