//! Bodies with tensors: JSON, or JSON with binary data behind it.

use poem::http::{HeaderValue, StatusCode, header};
use poem::{FromRequest, IntoResponse, Request, RequestBody, Response};
use poem_openapi::payload::{Binary, Json, Payload};
use poem_openapi::registry::{
    MetaHeader, MetaMediaType, MetaRequest, MetaResponse, MetaResponses, MetaSchema, MetaSchemaRef,
    Registry,
};
use poem_openapi::types::Type;
use poem_openapi::{ApiExtractor, ApiExtractorType, ApiResponse, ExtractParamOptions};

use super::documents::{InferenceAnswer, RequestInput, RequestOutput};
use crate::http::error::Failure;
use crate::systems::prediction::protocol::{JSON_LENGTH, Written};

const JSON: &str = "application/json";
const BYTES: &str = "application/octet-stream";

/// The body of a request, as it came.
pub(super) struct TensorBody(pub Vec<u8>);

impl<'a> ApiExtractor<'a> for TensorBody {
    const TYPES: &'static [ApiExtractorType] = &[ApiExtractorType::RequestObject];

    type ParamType = ();
    type ParamRawType = ();

    fn register(registry: &mut Registry) {
        RequestInput::register(registry);
        RequestOutput::register(registry);
    }

    fn request_meta() -> Option<MetaRequest> {
        let media = |content_type, schema| MetaMediaType {
            content_type,
            schema,
        };
        Some(MetaRequest {
            description: None,
            content: vec![
                media(JSON, inline(request())),
                media(BYTES, Binary::<Vec<u8>>::schema_ref()),
            ],
            required: true,
        })
    }

    async fn from_request(
        request: &'a Request,
        body: &mut RequestBody,
        _: ExtractParamOptions<()>,
    ) -> poem::Result<Self> {
        let encodings = request.headers().get_all(header::CONTENT_ENCODING);
        let mut encodings = encodings.iter().map(HeaderValue::as_bytes);
        if let Some(other) = encodings.find(|name| !name.eq_ignore_ascii_case(b"identity")) {
            let found = String::from_utf8_lossy(other);
            let detail = format!("body: expected no Content-Encoding, found {found}");
            return Err(unsupported(detail));
        }
        let content_type = request.content_type().unwrap_or(JSON);
        let essence = content_type.split(';').next().unwrap_or_default().trim();
        if ![JSON, BYTES]
            .iter()
            .any(|known| known.eq_ignore_ascii_case(essence))
        {
            return Err(unsupported(format!(
                "body: expected {JSON} or {BYTES}, found {essence}"
            )));
        }
        let bytes = <Vec<u8> as FromRequest>::from_request(request, body).await?;
        Ok(Self(bytes))
    }
}

fn unsupported(detail: String) -> poem::Error {
    Failure::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, detail).into()
}

/// The schema of a request. It has others besides: what is not known is passed over.
fn request() -> MetaSchema {
    let text = MetaSchema {
        description: Some("Answered as it is."),
        ..MetaSchema::new("string")
    };
    let parameters = MetaSchema {
        description: Some(
            "`binary_data_output`: whether outputs are answered as binary data that do not say how they are.",
        ),
        additional_properties: Some(Box::new(inline(MetaSchema::ANY))),
        ..MetaSchema::new("object")
    };
    let list = |items, description| MetaSchema {
        description: Some(description),
        items: Some(Box::new(items)),
        ..MetaSchema::new("array")
    };
    let inputs = list(
        RequestInput::schema_ref(),
        "One for each feature, or one with all of them.",
    );
    let outputs = list(
        RequestOutput::schema_ref(),
        "Without them, all outputs are answered.",
    );
    MetaSchema {
        required: vec!["inputs"],
        properties: vec![
            ("id", inline(text)),
            ("parameters", inline(parameters)),
            ("inputs", inline(inputs)),
            ("outputs", inline(outputs)),
        ],
        additional_properties: Some(Box::new(inline(MetaSchema::ANY))),
        ..MetaSchema::new("object")
    }
}

fn inline(schema: MetaSchema) -> MetaSchemaRef {
    MetaSchemaRef::Inline(Box::new(schema))
}

/// An answer with tensors.
pub(super) struct Tensors(pub Written);

impl IntoResponse for Tensors {
    fn into_response(self) -> Response {
        let Written { bytes, json_length } = self.0;
        let response = match json_length {
            None => Response::builder().content_type(JSON),
            Some(length) => Response::builder()
                .content_type(BYTES)
                .header(JSON_LENGTH, length.to_string()),
        };
        response.body(bytes)
    }
}

impl ApiResponse for Tensors {
    fn meta() -> MetaResponses {
        let media = |content_type, schema| MetaMediaType {
            content_type,
            schema,
        };
        let header = MetaHeader {
            name: JSON_LENGTH.to_owned(),
            description: Some(
                "How many bytes of the body are JSON, if binary data stands behind it.".to_owned(),
            ),
            required: false,
            deprecated: false,
            schema: String::schema_ref(),
        };
        MetaResponses {
            responses: vec![MetaResponse {
                description: "The outputs.",
                status: Some(200),
                status_range: None,
                content: vec![
                    media(JSON, Json::<InferenceAnswer>::schema_ref()),
                    media(BYTES, Binary::<Vec<u8>>::schema_ref()),
                ],
                headers: vec![header],
            }],
        }
    }

    fn register(registry: &mut Registry) {
        InferenceAnswer::register(registry);
    }
}
