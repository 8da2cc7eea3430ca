//! The body of a call that pushes articles: a list in JSON, or an article a line.

use poem::http::StatusCode;
use poem::{FromRequest, Request, RequestBody};
use poem_openapi::registry::{MetaMediaType, MetaRequest, Registry};
use poem_openapi::types::Type;
use poem_openapi::{ApiExtractor, ApiExtractorType, ExtractParamOptions};
use serde_json::Value;

use super::models::PushedArticle;
use crate::http::error::Failure;
use crate::strict_json;

/// Articles as they were sent, one by one, not read yet.
pub(super) struct PushedBody {
    bytes: Vec<u8>,
    is_lines: bool,
}

const JSON: &str = "application/json";
const LINES: &str = "application/x-ndjson";

/// Other names of the second.
const LINES_TOO: [&str; 3] = [LINES, "application/jsonl", "application/ndjson"];

/// More articles are not taken at once.
const ARTICLES_MAX: usize = 10_000;

impl PushedBody {
    /// The articles. Takes as long as parsing does.
    pub fn items(&self) -> Result<Vec<Value>, Failure> {
        let items = match self.is_lines {
            true => self.lines()?,
            false => match strict_json::parse(&self.bytes) {
                Ok(Value::Array(items)) => items,
                Ok(_) => return Err(Failure::invalid("body: expected a list of articles")),
                Err(reason) => {
                    return Err(Failure::invalid(format!("body: expected JSON: {reason}")));
                }
            },
        };
        if items.len() > ARTICLES_MAX {
            let found = items.len();
            let detail = format!("body: expected at most {ARTICLES_MAX} articles, found {found}");
            return Err(Failure::invalid(detail));
        }
        Ok(items)
    }

    fn lines(&self) -> Result<Vec<Value>, Failure> {
        let bytes = strict_json::without_mark(&self.bytes);
        let lines = bytes.split(|byte| *byte == b'\n').enumerate();
        let lines = lines.filter(|(_, line)| !line.trim_ascii().is_empty());
        let parsed = lines.map(|(no, line)| {
            strict_json::parse(line).map_err(|reason| {
                let line = no + 1;
                Failure::invalid(format!("body: line {line}: expected JSON: {reason}"))
            })
        });
        parsed.collect()
    }
}

impl<'a> ApiExtractor<'a> for PushedBody {
    const TYPES: &'static [ApiExtractorType] = &[ApiExtractorType::RequestObject];

    type ParamType = ();
    type ParamRawType = ();

    fn register(registry: &mut Registry) {
        <Vec<PushedArticle> as Type>::register(registry);
    }

    fn request_meta() -> Option<MetaRequest> {
        // Lines are described and not listed: generators of clients know no such type.
        Some(MetaRequest {
            description: Some(
                "The articles, or as `application/x-ndjson` one a line. With `end` there need be none.",
            ),
            content: vec![MetaMediaType {
                content_type: JSON,
                schema: Vec::<PushedArticle>::schema_ref(),
            }],
            required: false,
        })
    }

    async fn from_request(
        request: &'a Request,
        body: &mut RequestBody,
        _: ExtractParamOptions<()>,
    ) -> poem::Result<Self> {
        let bytes = <Vec<u8> as FromRequest>::from_request(request, body).await?;
        if bytes.is_empty() && request.content_type().is_none() {
            // Who ends a platform need not have an article left.
            return Ok(Self {
                bytes,
                is_lines: true,
            });
        }
        let essence = request.content_type().unwrap_or("no Content-Type");
        let essence = essence.split(';').next().unwrap_or_default().trim();
        let is = |name: &str| essence.eq_ignore_ascii_case(name);
        let is_lines = LINES_TOO.into_iter().any(is);
        if !is_lines && !is(JSON) {
            let detail = format!("body: expected {JSON} or {LINES}, found {essence}");
            return Err(Failure::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, detail).into());
        }
        Ok(Self { bytes, is_lines })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn items(text: &str, is_lines: bool) -> Result<Vec<Value>, String> {
        let body = PushedBody {
            bytes: text.as_bytes().to_vec(),
            is_lines,
        };
        body.items().map_err(|failure| failure.detail)
    }

    #[test]
    fn a_list_and_lines_are_the_same() {
        let list = items(r#"[{"id":"1"},{"id":"2"}]"#, false).unwrap();
        let lines = items("\u{feff}{\"id\":\"1\"}\r\n\n{\"id\":\"2\"}\n", true).unwrap();
        assert_eq!(list, lines);
        assert_eq!(items("", true).unwrap().len(), 0);
        for (text, is_lines, expected) in [
            ("{}", false, "body: expected a list of articles"),
            ("{}\n{", true, "body: line 2: expected JSON"),
            ("", false, "body: expected JSON"),
        ] {
            let detail = items(text, is_lines).unwrap_err();
            assert!(detail.starts_with(expected), "{detail}");
        }
    }
}
