//! Deliveries of forges.

use std::sync::Arc;

use poem::http::{HeaderMap, StatusCode};
use poem::{FromRequest, Request, RequestBody};
use poem_openapi::param::Path;
use poem_openapi::payload::Json;
use poem_openapi::registry::{MetaMediaType, MetaRequest, MetaSchema, MetaSchemaRef};
use poem_openapi::{
    ApiExtractor, ApiExtractorType, ApiResponse, ExtractParamOptions, Object, OpenApi,
};

use super::Groups;
use crate::engine::triggers::Triggers;
use crate::http::error::Failure;
use crate::systems::pipelines::hooks::{HookAnswer, HookError};
use crate::systems::pipelines::pipelines::Pipelines;
use crate::systems::pipelines::secrets::Secrets;

/// The operations.
pub(crate) struct HooksApi {
    pub pipelines: Pipelines,
    pub triggers: Triggers,
    pub secrets: Arc<Secrets>,
}

/// A body as it was signed, and the headers that say by whom.
struct Delivered {
    headers: HeaderMap,
    body: Vec<u8>,
}

/// What a delivery starts: one of the two is there.
#[derive(Object)]
struct HookStart {
    /// The run that it has started.
    #[oai(skip_serializing_if_is_none)]
    run: Option<String>,
    /// The fire of the trigger whose run starts later: after an earlier one, or once what it needs is
    /// there.
    #[oai(skip_serializing_if_is_none)]
    fire: Option<String>,
}

/// What a delivery has come to: one of the two is there.
#[derive(Object)]
struct HookOutcome {
    /// The run that it started when it was sent before.
    #[oai(skip_serializing_if_is_none)]
    run: Option<String>,
    /// Why it starts nothing.
    #[oai(skip_serializing_if_is_none)]
    ignored: Option<String>,
}

#[derive(ApiResponse)]
enum HookAnswered {
    /// A run was started, or will be.
    #[oai(status = 202)]
    Started(Json<HookStart>),
    /// It was received before, or does not count.
    #[oai(status = 200)]
    Nothing(Json<HookOutcome>),
}

#[OpenApi(tag = "Groups::Pipelines")]
impl HooksApi {
    /// Receive a webhook
    ///
    /// Called by GitHub, GitLab or Gitea for a trigger of the kind `webhook`. It needs no token but a
    /// signature with the trigger's secret: `X-Hub-Signature-256`, `X-Gitea-Signature`, `webhook-signature`
    /// or `X-Gitlab-Token`. A delivery that is sent again is answered with the same run.
    #[oai(
        path = "/v1/hooks/:project/:trigger",
        method = "post",
        operation_id = "receive_hook"
    )]
    async fn receive_hook(
        &self,
        project: Path<String>,
        trigger: Path<String>,
        delivered: Delivered,
    ) -> poem::Result<HookAnswered> {
        let Delivered { headers, body } = delivered;
        let hook = (project.as_str(), trigger.as_str());
        let received =
            self.pipelines
                .receive_hook(&self.triggers, &self.secrets, hook, &headers, &body);
        Ok(match received.await.map_err(failure)? {
            HookAnswer::Run { id, is_new: true } => HookAnswered::Started(Json(HookStart {
                run: Some(id),
                fire: None,
            })),
            HookAnswer::Waits(fire) => HookAnswered::Started(Json(HookStart {
                run: None,
                fire: Some(fire),
            })),
            HookAnswer::Run { id, is_new: false } => HookAnswered::Nothing(Json(HookOutcome {
                run: Some(id),
                ignored: None,
            })),
            HookAnswer::Ignored(reason) => HookAnswered::Nothing(Json(HookOutcome {
                run: None,
                ignored: Some(reason),
            })),
        })
    }
}

fn failure(error: HookError) -> Failure {
    match error {
        HookError::Unknown => Failure::not_found(error.to_string()),
        HookError::Refused(refused) if refused.is_unauthorized() => {
            Failure::new(StatusCode::UNAUTHORIZED, refused.to_string())
        }
        HookError::Refused(_) | HookError::OtherCommit | HookError::NoRun(_) => {
            Failure::invalid(error.to_string())
        }
        HookError::Trigger(error) => error.into(),
    }
}

impl<'a> ApiExtractor<'a> for Delivered {
    const TYPES: &'static [ApiExtractorType] = &[ApiExtractorType::RequestObject];

    type ParamType = ();
    type ParamRawType = ();

    fn request_meta() -> Option<MetaRequest> {
        let schema = MetaSchema {
            description: Some(
                "What the forge sends; a form with the field `payload` is taken, too.",
            ),
            additional_properties: Some(Box::new(MetaSchemaRef::Inline(Box::new(MetaSchema::ANY)))),
            ..MetaSchema::new("object")
        };
        Some(MetaRequest {
            description: None,
            content: vec![MetaMediaType {
                content_type: "application/json",
                schema: MetaSchemaRef::Inline(Box::new(schema)),
            }],
            required: true,
        })
    }

    async fn from_request(
        request: &'a Request,
        body: &mut RequestBody,
        _: ExtractParamOptions<()>,
    ) -> poem::Result<Self> {
        Ok(Self {
            headers: request.headers().clone(),
            body: <Vec<u8> as FromRequest>::from_request(request, body).await?,
        })
    }
}
