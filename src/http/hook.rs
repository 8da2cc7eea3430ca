//! Deliveries of forges as calls: what is sent, and what it is answered.

use poem::http::{HeaderMap, StatusCode};
use poem::{FromRequest, Request, RequestBody};
use poem_openapi::payload::Json;
use poem_openapi::registry::{MetaMediaType, MetaRequest, MetaSchema, MetaSchemaRef};
use poem_openapi::{ApiExtractor, ApiExtractorType, ApiResponse, ExtractParamOptions, Object};
use serde_json::{Map, Value};

use super::error::Failure;
use crate::clock;
use crate::engine::triggers::{FireCall, FireView, Triggers};
use crate::webhooks::{COMMIT, Hook, Received, Refused};
use entity::FireState;

const MICROS: i64 = 1_000_000;

/// A body as it was signed, and the headers that say by whom.
pub(crate) struct Delivered {
    headers: HeaderMap,
    body: Vec<u8>,
}

/// What a delivery starts: one of the two is there.
#[derive(Object)]
pub(crate) struct HookStart {
    /// The run that it has started; of a schedule, the job.
    #[oai(skip_serializing_if_is_none)]
    run: Option<String>,
    /// The fire of the trigger whose run starts later: after an earlier one, or once what it needs is
    /// there.
    #[oai(skip_serializing_if_is_none)]
    fire: Option<String>,
}

/// What a delivery has come to: one of the two is there.
#[derive(Object)]
pub(crate) struct HookOutcome {
    /// The run, or the job of a schedule, that it started when it was sent before.
    #[oai(skip_serializing_if_is_none)]
    run: Option<String>,
    /// Why it starts nothing.
    #[oai(skip_serializing_if_is_none)]
    ignored: Option<String>,
}

#[derive(ApiResponse)]
pub(crate) enum HookAnswer {
    /// A run was started, or will be.
    #[oai(status = 202)]
    Started(Json<HookStart>),
    /// It was received before, or does not count.
    #[oai(status = 200)]
    Nothing(Json<HookOutcome>),
}

impl Delivered {
    /// Fires a trigger if the delivery is signed and counts: once, however often it is sent, since its
    /// id is the key of the fire.
    pub async fn fire(
        self,
        hook: Hook<'_>,
        triggers: &Triggers,
        trigger: String,
    ) -> Result<HookAnswer, Failure> {
        let now_s = clock::now_micros() / MICROS;
        let (id, commit) = match hook.receive(&self.headers, &self.body, now_s)? {
            Received::Counts { id, commit } => (id, commit),
            Received::Ignored(reason) => return Ok(ignored(reason)),
        };
        let commit = commit.map(|commit| (COMMIT.to_owned(), commit.as_str().into()));
        let params: Map<String, Value> = commit.into_iter().collect();
        let call = FireCall {
            trigger,
            key: Some(format!("delivery:{id}")),
            params: params.clone(),
            fired_by: hook.forge.as_str().to_owned(),
            though_paused: false,
            again_if_failed: true,
        };
        let fire = triggers.fire(call).await?;
        if fire.params != params {
            let problem = "this delivery was received before, with another commit";
            return Err(Failure::invalid(problem.to_owned()));
        }
        answer(fire)
    }
}

pub(crate) fn no_hook() -> Failure {
    Failure::not_found("there is no such hook".to_owned())
}

fn ignored(reason: String) -> HookAnswer {
    HookAnswer::Nothing(Json(HookOutcome {
        run: None,
        ignored: Some(reason),
    }))
}

fn answer(fire: FireView) -> Result<HookAnswer, Failure> {
    let is_new = fire.is_new;
    let message = fire.message.unwrap_or_default();
    let (run, fire) = match (fire.state, fire.started) {
        (FireState::Failed, _) => return Err(Failure::invalid(message)),
        (FireState::Skipped | FireState::Ignored, _) => return Ok(ignored(message)),
        (_, Some(run)) if is_new => (Some(run), None),
        (_, Some(run)) => {
            return Ok(HookAnswer::Nothing(Json(HookOutcome {
                run: Some(run),
                ignored: None,
            })));
        }
        (_, None) => (None, Some(fire.id)),
    };
    Ok(HookAnswer::Started(Json(HookStart { run, fire })))
}

impl From<Refused> for Failure {
    fn from(refused: Refused) -> Self {
        match refused.is_unauthorized() {
            true => Self::new(StatusCode::UNAUTHORIZED, refused.to_string()),
            false => Self::invalid(refused.to_string()),
        }
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
