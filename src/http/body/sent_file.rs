//! A file that is sent with what is to be done with it: `multipart/form-data`.

use std::collections::HashMap;
use std::marker::PhantomData;
use std::ops::RangeInclusive;

use poem::http::StatusCode;
use poem::web::Multipart;
use poem::{FromRequest, Request, RequestBody};
use poem_openapi::registry::{MetaMediaType, MetaRequest, MetaSchema, MetaSchemaRef};
use poem_openapi::{ApiExtractor, ApiExtractorType, ExtractParamOptions};

use crate::http::error::Failure;

const CONTENT_TYPE: &str = "multipart/form-data";

/// The part with the file.
const FILE: &str = "file";

/// The parts that a call takes besides `file`.
pub(crate) trait FileForm: Send + Sync + 'static {
    const PARTS: &'static [Part];

    /// Bytes of each of them.
    const TEXT_BYTES_MAX: usize = 1 << 20;
}

/// One of them.
pub(crate) struct Part {
    pub name: &'static str,
    pub description: &'static str,
    pub is_required: bool,
    pub is_flag: bool,
    /// What a page that sends the form begins with; pages fill in a word of their own otherwise.
    pub example: &'static str,
}

/// A file with its parts.
pub(crate) struct SentFile<F> {
    /// As the sender calls it.
    pub name: String,
    pub bytes: Vec<u8>,
    texts: HashMap<String, String>,
    form: PhantomData<fn() -> F>,
}

impl<F> SentFile<F> {
    /// A part; one that is empty counts as missing.
    pub fn text(&self, name: &str) -> Option<&str> {
        let text = self.texts.get(name).map(String::as_str);
        text.filter(|text| !text.trim().is_empty())
    }

    /// A part that is a whole number of a range; one that is missing is the usual one.
    pub fn number(
        &self,
        name: &str,
        range: RangeInclusive<u32>,
        usual: u32,
    ) -> Result<u32, Failure> {
        let Some(text) = self.text(name) else {
            return Ok(usual);
        };
        let number = text.trim().parse::<u32>().ok();
        number
            .filter(|number| range.contains(number))
            .ok_or_else(|| {
                let (first, last) = (range.start(), range.end());
                Failure::invalid(format!("{name}: expected a number from {first} to {last}"))
            })
    }

    /// A part that says yes or no; one that is missing says no.
    pub fn flag(&self, name: &str) -> Result<bool, Failure> {
        match self.text(name).map(str::trim) {
            None | Some("false" | "0") => Ok(false),
            Some("true" | "1" | "on") => Ok(true),
            Some(_) => Err(Failure::invalid(format!("{name}: expected true or false"))),
        }
    }
}

impl<'a, F: FileForm> ApiExtractor<'a> for SentFile<F> {
    const TYPES: &'static [ApiExtractorType] = &[ApiExtractorType::RequestObject];

    type ParamType = ();
    type ParamRawType = ();

    fn request_meta() -> Option<MetaRequest> {
        let inline = |schema| MetaSchemaRef::Inline(Box::new(schema));
        let file = MetaSchema {
            description: Some("The file, with its name."),
            ..MetaSchema::new_with_format("string", "binary")
        };
        let parts = F::PARTS.iter().map(|part| {
            let kind = if part.is_flag { "boolean" } else { "string" };
            let schema = MetaSchema {
                description: Some(part.description),
                example: Some(match part.is_flag {
                    true => (part.example == "true").into(),
                    false => part.example.into(),
                }),
                ..MetaSchema::new(kind)
            };
            (part.name, inline(schema))
        });
        let required = F::PARTS.iter().filter(|part| part.is_required);
        let schema = MetaSchema {
            required: [FILE]
                .into_iter()
                .chain(required.map(|part| part.name))
                .collect(),
            properties: [(FILE, inline(file))].into_iter().chain(parts).collect(),
            ..MetaSchema::new("object")
        };
        Some(MetaRequest {
            description: None,
            content: vec![MetaMediaType {
                content_type: CONTENT_TYPE,
                schema: inline(schema),
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
        if !essence.eq_ignore_ascii_case(CONTENT_TYPE) {
            let detail = format!("body: expected {CONTENT_TYPE}, found {essence}");
            return Err(Failure::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, detail).into());
        }
        let form = <Multipart as FromRequest>::from_request(request, body).await;
        Ok(read::<F>(form.map_err(|_| unreadable())?).await?)
    }
}

async fn read<F: FileForm>(mut form: Multipart) -> Result<SentFile<F>, Failure> {
    let mut file = None;
    let mut texts = HashMap::new();
    while let Some(field) = form.next_field().await.map_err(|_| unreadable())? {
        let name = field.name().unwrap_or_default().to_owned();
        let file_name = field.file_name().map(str::to_owned);
        let bytes = field.bytes().await.map_err(|_| unreadable())?;
        if name == FILE {
            let Some(file_name) = file_name.filter(|name| !name.is_empty()) else {
                return Err(Failure::invalid("file: expected a file with its name"));
            };
            if file.replace((file_name, bytes)).is_some() {
                return Err(Failure::invalid("file: expected one file"));
            }
            continue;
        }
        if !F::PARTS.iter().any(|part| part.name == name) {
            let known = F::PARTS.iter().map(|part| part.name);
            let known: Vec<&str> = [FILE].into_iter().chain(known).collect();
            let known = known.join(", ");
            return Err(Failure::invalid(format!(
                "{name}: unknown part; expected {known}"
            )));
        }
        let most = F::TEXT_BYTES_MAX;
        if bytes.len() > most {
            return Err(Failure::invalid(format!(
                "{name}: expected at most {most} bytes"
            )));
        }
        let text = String::from_utf8(bytes);
        let text = text.map_err(|_| Failure::invalid(format!("{name}: expected UTF-8")))?;
        if texts.insert(name.clone(), text).is_some() {
            return Err(Failure::invalid(format!("{name}: expected it once")));
        }
    }
    let missing = |name: &str| Failure::invalid(format!("{name}: missing"));
    let (name, bytes) = file.ok_or_else(|| missing(FILE))?;
    let sent = SentFile {
        name,
        bytes,
        texts,
        form: PhantomData,
    };
    for part in F::PARTS.iter().filter(|part| part.is_required) {
        if sent.text(part.name).is_none() {
            return Err(missing(part.name));
        }
    }
    Ok(sent)
}

fn unreadable() -> Failure {
    Failure::invalid("body: expected multipart/form-data with a boundary, up to its end")
}
