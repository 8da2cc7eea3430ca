//! Bodies of requests: read strictly, documented by a schema, refused with the name of the field.
//!
//! poem-openapi's own objects take the number 1 for a text and drop what they do not know, so
//! they only describe here ([`FromBody::Schema`]); reading is done by [`Fields`].

use poem::http::StatusCode;
use poem::{FromRequest, Request, RequestBody};
use poem_openapi::payload::{ParsePayload, Payload};
use poem_openapi::registry::{MetaMediaType, MetaRequest, MetaSchemaRef, Registry};
use poem_openapi::types::Type;
use poem_openapi::{ApiExtractor, ApiExtractorType, ExtractParamOptions};
use serde_json::Value;

use super::error::Failure;
use super::strict_json;
use crate::engine::store::blob_digest;

/// What a body is read as.
pub(crate) trait FromBody: Sized + Send {
    /// The object of the OpenAPI document.
    type Schema: Type;
    const REQUIRED: bool;

    /// `null` stands for an empty body.
    fn from_body(body: Value) -> Result<Self, Failure>;
}

/// A body in JSON.
pub(crate) struct JsonBody<T> {
    pub value: T,
    /// Tells whether two bodies say the same.
    pub digest: String,
}

impl<T: FromBody> Payload for JsonBody<T> {
    const CONTENT_TYPE: &'static str = "application/json";

    fn check_content_type(content_type: &str) -> bool {
        let essence = content_type.split(';').next().unwrap_or_default().trim();
        let essence = essence.to_ascii_lowercase();
        essence == "application/json"
            || (essence.starts_with("application/") && essence.ends_with("+json"))
    }

    fn schema_ref() -> MetaSchemaRef {
        T::Schema::schema_ref()
    }

    fn register(registry: &mut Registry) {
        T::Schema::register(registry);
    }
}

impl<T: FromBody> ParsePayload for JsonBody<T> {
    const IS_REQUIRED: bool = T::REQUIRED;

    async fn from_request(request: &Request, body: &mut RequestBody) -> poem::Result<Self> {
        let bytes = <Vec<u8> as FromRequest>::from_request(request, body).await?;
        if bytes.trim_ascii().is_empty() {
            return Ok(Self::read(Value::Null)?);
        }
        if let Some(other) = request
            .content_type()
            .filter(|of| !Self::check_content_type(of))
        {
            let detail = format!("body: expected application/json, found {other}");
            return Err(Failure::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, detail).into());
        }
        let body = strict_json::parse(&bytes)
            .map_err(|reason| Failure::invalid(format!("body: expected JSON: {reason}")))?;
        if body.is_null() {
            return Err(Failure::invalid("body: expected an object, found null").into());
        }
        Ok(Self::read(body)?)
    }
}

impl<T: FromBody> JsonBody<T> {
    fn read(body: Value) -> Result<Self, Failure> {
        let digest = blob_digest(body.to_string().as_bytes());
        let value = T::from_body(body)?;
        Ok(Self { value, digest })
    }
}

impl<'a, T: FromBody> ApiExtractor<'a> for JsonBody<T> {
    const TYPES: &'static [ApiExtractorType] = &[ApiExtractorType::RequestObject];

    type ParamType = ();
    type ParamRawType = ();

    fn register(registry: &mut Registry) {
        <Self as Payload>::register(registry);
    }

    fn request_meta() -> Option<MetaRequest> {
        Some(MetaRequest {
            description: None,
            content: vec![MetaMediaType {
                content_type: Self::CONTENT_TYPE,
                schema: Self::schema_ref(),
            }],
            required: Self::IS_REQUIRED,
        })
    }

    async fn from_request(
        request: &'a Request,
        body: &mut RequestBody,
        _: ExtractParamOptions<()>,
    ) -> poem::Result<Self> {
        <Self as ParsePayload>::from_request(request, body).await
    }
}
