//! Bodies of requests: read strictly, documented by a schema, refused with the name of the field.
//!
//! A body is one struct, which is both: poem-openapi's `Object` writes the document, serde reads.
//! poem-openapi's own reader takes the number 1 for a text and drops what it does not know, so
//! that a [`Reader`](reader::Reader) is used instead, which is strict for every struct.

mod fault;
mod fields;
mod flag;
mod json_bytes;
mod reader;
mod sent_file;
mod words;
mod yaml;

use poem::http::{HeaderValue, StatusCode, header};
use poem::{FromRequest, Request, RequestBody};
use poem_openapi::payload::{ParsePayload, Payload};
use poem_openapi::registry::{MetaMediaType, MetaRequest, MetaSchemaRef, Registry};
use poem_openapi::types::Type;
use poem_openapi::{ApiExtractor, ApiExtractorType, ExtractParamOptions};
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use tokio::sync::Semaphore;
use tokio::task::spawn_blocking;

use super::error::Failure;
use crate::engine::store::blob_digest;
use crate::strict_json;

pub(crate) use fault::Misfit;
pub(crate) use fields::{
    DocumentedAs, object, optional_object, optional_share, queue_name, whole_number,
};
pub(crate) use flag::Flag;
pub(crate) use json_bytes::{JsonBytes, WrittenJson};
pub(crate) use sent_file::{FileForm, Part, SentFile};
pub(crate) use words::{Vocabulary, Word, WordFilter};
pub(crate) use yaml::YamlBody;

/// What a body is read as and documented by.
pub(crate) trait Body: Type + DeserializeOwned + Send + 'static {
    /// Whether the document calls the body required. A missing body is read as an object without
    /// members.
    const REQUIRED: bool = true;

    /// Brings another spelling that callers use into the one that is read.
    fn normalize(body: Value) -> Result<Value, Misfit> {
        Ok(body)
    }
}

/// A body in JSON.
pub(crate) struct JsonBody<T> {
    pub value: T,
    /// Shows whether two bodies say the same.
    pub digest: String,
}

/// A body in JSON, or why it is none, for calls that also concern themselves with what does not fit.
pub(crate) enum AnyBody<T> {
    Fits(JsonBody<T>),
    Misfit { bytes: Vec<u8>, failure: Failure },
}

/// Reads a body that was parsed already; names the field that does not fit.
pub(crate) fn read<T: Body>(body: Value) -> Result<T, Misfit> {
    let body = T::normalize(body)?;
    serde_path_to_error::deserialize(reader::Reader(body)).map_err(|error| {
        let path = error.path().clone();
        error.into_inner().at(&path)
    })
}

impl<T: Body> Payload for JsonBody<T> {
    const CONTENT_TYPE: &'static str = "application/json";

    fn check_content_type(content_type: &str) -> bool {
        is_json(content_type)
    }

    fn schema_ref() -> MetaSchemaRef {
        T::schema_ref()
    }

    fn register(registry: &mut Registry) {
        T::register(registry);
    }
}

impl<T: Body> ParsePayload for JsonBody<T> {
    const IS_REQUIRED: bool = T::REQUIRED;

    async fn from_request(request: &Request, body: &mut RequestBody) -> poem::Result<Self> {
        let bytes = bytes_of(request, body).await?;
        let (parsed, _) = parsed(bytes).await?;
        Ok(parsed?)
    }
}

/// The bytes of a body that says that it is JSON and nothing but JSON, or of none: a page can send any
/// other to any server without being asked.
async fn bytes_of(request: &Request, body: &mut RequestBody) -> poem::Result<Vec<u8>> {
    let bytes = <Vec<u8> as FromRequest>::from_request(request, body).await?;
    if bytes.trim_ascii().is_empty() {
        return Ok(bytes);
    }
    let encodings = request.headers().get_all(header::CONTENT_ENCODING);
    let mut encodings = encodings.iter().map(HeaderValue::as_bytes);
    if let Some(other) = encodings.find(|name| !name.eq_ignore_ascii_case(b"identity")) {
        let found = String::from_utf8_lossy(other);
        let detail = format!("body: expected no Content-Encoding, found {found}");
        return Err(Failure::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, detail).into());
    }
    let content_type = request.content_type();
    if !content_type.is_some_and(is_json) {
        let found = content_type.unwrap_or("no Content-Type");
        let detail = format!("body: expected application/json, found {found}");
        return Err(Failure::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, detail).into());
    }
    Ok(bytes)
}

/// A body, with its bytes. A long one is parsed where nobody else waits for the thread, and only so many
/// at once that others get some of the processor.
async fn parsed<T: Body>(
    bytes: Vec<u8>,
) -> Result<(Result<JsonBody<T>, Failure>, Vec<u8>), Failure> {
    const LONG: usize = 64 << 10;
    static AT_ONCE: Semaphore = Semaphore::const_new(2);
    if bytes.len() <= LONG {
        return Ok((JsonBody::parse(&bytes), bytes));
    }
    let turn = AT_ONCE.acquire().await;
    let parsed = spawn_blocking(move || (JsonBody::parse(&bytes), bytes)).await;
    drop(turn);
    parsed.map_err(|_| Failure::internal())
}

fn is_json(content_type: &str) -> bool {
    let essence = content_type.split(';').next().unwrap_or_default().trim();
    essence.eq_ignore_ascii_case("application/json")
}

impl<T: Body> JsonBody<T> {
    fn parse(bytes: &[u8]) -> Result<Self, Failure> {
        if bytes.trim_ascii().is_empty() {
            return Self::empty();
        }
        let body = strict_json::parse(bytes)
            .map_err(|reason| Failure::invalid(format!("body: expected JSON: {reason}")))?;
        let digest = blob_digest(body.to_string().as_bytes());
        let value = read(body)?;
        Ok(Self { value, digest })
    }

    fn empty() -> Result<Self, Failure> {
        // Keys that were used with an empty body are stored with this digest.
        let digest = blob_digest(Value::Null.to_string().as_bytes());
        let value = read(Value::Object(Map::new()))?;
        Ok(Self { value, digest })
    }
}

impl<'a, T: Body> ApiExtractor<'a> for JsonBody<T> {
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

impl<'a, T: Body> ApiExtractor<'a> for AnyBody<T> {
    const TYPES: &'static [ApiExtractorType] = <JsonBody<T> as ApiExtractor>::TYPES;

    type ParamType = ();
    type ParamRawType = ();

    fn register(registry: &mut Registry) {
        <JsonBody<T> as ApiExtractor>::register(registry);
    }

    fn request_meta() -> Option<MetaRequest> {
        <JsonBody<T> as ApiExtractor>::request_meta()
    }

    async fn from_request(
        request: &'a Request,
        body: &mut RequestBody,
        _: ExtractParamOptions<()>,
    ) -> poem::Result<Self> {
        let bytes = bytes_of(request, body).await?;
        let (parsed, bytes) = parsed(bytes).await?;
        Ok(match parsed {
            Ok(body) => Self::Fits(body),
            Err(failure) => Self::Misfit { bytes, failure },
        })
    }
}
