//! A body in JSON as it was sent, and an answer as it was written, for calls that are made often and know better
//! than a general reader what is in them.

use std::marker::PhantomData;

use poem::{IntoResponse, Request, RequestBody, Response};
use poem_openapi::payload::Payload;
use poem_openapi::registry::{
    MetaMediaType, MetaRequest, MetaResponse, MetaResponses, MetaSchemaRef, Registry,
};
use poem_openapi::types::Type;
use poem_openapi::{ApiExtractor, ApiExtractorType, ApiResponse, ExtractParamOptions};

use super::bytes_of;

/// A body that is documented as `T`.
pub(crate) struct JsonBytes<T> {
    pub bytes: Vec<u8>,
    documented: PhantomData<fn() -> T>,
}

/// An answer that is documented as `T`.
pub(crate) struct WrittenJson<T> {
    text: String,
    documented: PhantomData<fn() -> T>,
}

const CONTENT_TYPE: &str = "application/json";

impl<'a, T: Type> ApiExtractor<'a> for JsonBytes<T> {
    const TYPES: &'static [ApiExtractorType] = &[ApiExtractorType::RequestObject];

    type ParamType = ();
    type ParamRawType = ();

    fn register(registry: &mut Registry) {
        T::register(registry);
    }

    fn request_meta() -> Option<MetaRequest> {
        Some(MetaRequest {
            description: None,
            content: vec![MetaMediaType {
                content_type: CONTENT_TYPE,
                schema: T::schema_ref(),
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
            bytes: bytes_of(request, body).await?,
            documented: PhantomData,
        })
    }
}

impl<T> WrittenJson<T> {
    pub fn new(text: String) -> Self {
        Self {
            text,
            documented: PhantomData,
        }
    }
}

impl<T: Type> Payload for WrittenJson<T> {
    const CONTENT_TYPE: &'static str = "application/json; charset=utf-8";

    fn schema_ref() -> MetaSchemaRef {
        T::schema_ref()
    }

    fn register(registry: &mut Registry) {
        T::register(registry);
    }
}

impl<T: Type> IntoResponse for WrittenJson<T> {
    fn into_response(self) -> Response {
        Response::builder()
            .content_type(Self::CONTENT_TYPE)
            .body(self.text)
    }
}

impl<T: Type> ApiResponse for WrittenJson<T> {
    fn meta() -> MetaResponses {
        MetaResponses {
            responses: vec![MetaResponse {
                description: "",
                status: Some(200),
                status_range: None,
                content: vec![MetaMediaType {
                    content_type: Self::CONTENT_TYPE,
                    schema: Self::schema_ref(),
                }],
                headers: vec![],
            }],
        }
    }

    fn register(registry: &mut Registry) {
        T::register(registry);
    }
}
