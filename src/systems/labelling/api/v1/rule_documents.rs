//! Documents of rules as bodies and as answers, in all their forms.

use poem::http::StatusCode;
use poem::{FromRequest, Request, RequestBody};
use poem_openapi::registry::{MetaMediaType, MetaRequest, MetaSchema, MetaSchemaRef};
use poem_openapi::{ApiExtractor, ApiExtractorType, ExtractParamOptions};
use strum::VariantArray;

use crate::http::body::Vocabulary;
use crate::http::error::Failure;
use crate::systems::labelling::rules::forms::Form;

/// In the document: generators of clients know no YAML, and would leave the call out.
const BYTES: &str = "application/octet-stream";

/// A document whose `Content-Type` says its form.
pub(super) struct DocumentBody {
    pub form: Form,
    pub bytes: Vec<u8>,
}

impl<'a> ApiExtractor<'a> for DocumentBody {
    const TYPES: &'static [ApiExtractorType] = &[ApiExtractorType::RequestObject];

    type ParamType = ();
    type ParamRawType = ();

    fn request_meta() -> Option<MetaRequest> {
        let of_form = |content_type, description| {
            let schema = MetaSchema {
                description: Some(description),
                ..MetaSchema::new_with_format("string", "binary")
            };
            MetaMediaType {
                content_type,
                schema: MetaSchemaRef::Inline(Box::new(schema)),
            }
        };
        let json = MetaSchema {
            description: Some("The document as an object."),
            additional_properties: Some(Box::new(MetaSchemaRef::Inline(Box::new(MetaSchema::ANY)))),
            ..MetaSchema::new("object")
        };
        Some(MetaRequest {
            description: None,
            content: vec![
                of_form(BYTES, "YAML; `application/yaml` is taken, too."),
                MetaMediaType {
                    content_type: "application/json",
                    schema: MetaSchemaRef::Inline(Box::new(json)),
                },
                of_form(
                    "application/zip",
                    "A tree of TSV files: `set.yaml`, `labels/<label>.tsv`.",
                ),
                of_form(
                    "text/csv",
                    "One table: part, label, text, match_type, in, id, note.",
                ),
                of_form(
                    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
                    "The same table as a workbook.",
                ),
            ],
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
        let form = match essence.eq_ignore_ascii_case(BYTES) {
            true => Some(Form::Yaml),
            false => Form::of_content_type(content_type),
        };
        // A page can send anything else to any server without being asked.
        let Some(form) = form else {
            let known: Vec<&str> = Form::VARIANTS
                .iter()
                .map(|form| form.content_type())
                .collect();
            let detail = format!("body: expected {}, found {content_type}", known.join(", "));
            return Err(Failure::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, detail).into());
        };
        Ok(Self {
            form,
            bytes: <Vec<u8> as FromRequest>::from_request(request, body).await?,
        })
    }
}

/// The forms that a version can be got in.
pub(super) struct DocumentForms;

impl Vocabulary for DocumentForms {
    type Item = Form;
    const NAME: &'static str = "RuleSetForm";
    const DESCRIPTION: &'static str = "How a rule set is written; `tsv` is a zip archive of files.";
    const ITEMS: &'static [Form] = Form::VARIANTS;
}
