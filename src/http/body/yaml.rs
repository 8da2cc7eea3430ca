//! A body in YAML, as it is.

use poem::http::StatusCode;
use poem::{FromRequest, Request, RequestBody};
use poem_openapi::registry::{MetaMediaType, MetaRequest, MetaSchema, MetaSchemaRef};
use poem_openapi::{ApiExtractor, ApiExtractorType, ExtractParamOptions};

use crate::http::error::Failure;

const CONTENT_TYPE: &str = "application/yaml";

/// In the document: generators of clients know no YAML, and would leave the call out.
const DOCUMENTED: &str = "application/octet-stream";

/// Other names that people send.
const OTHERS: [&str; 4] = [DOCUMENTED, "application/x-yaml", "text/yaml", "text/x-yaml"];

pub(crate) struct YamlBody(pub Vec<u8>);

impl<'a> ApiExtractor<'a> for YamlBody {
    const TYPES: &'static [ApiExtractorType] = &[ApiExtractorType::RequestObject];

    type ParamType = ();
    type ParamRawType = ();

    fn request_meta() -> Option<MetaRequest> {
        let schema = MetaSchema {
            description: Some("YAML; `application/yaml` is taken, too."),
            ..MetaSchema::new_with_format("string", "binary")
        };
        Some(MetaRequest {
            description: None,
            content: vec![MetaMediaType {
                content_type: DOCUMENTED,
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
        let content_type = request.content_type().unwrap_or("no Content-Type");
        let essence = content_type.split(';').next().unwrap_or_default().trim();
        let essence = essence.to_ascii_lowercase();
        // A page can send anything else to any server without being asked.
        if essence != CONTENT_TYPE && !OTHERS.contains(&&*essence) {
            let detail = format!("body: expected {CONTENT_TYPE}, found {content_type}");
            return Err(Failure::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, detail).into());
        }
        Ok(Self(
            <Vec<u8> as FromRequest>::from_request(request, body).await?,
        ))
    }
}
