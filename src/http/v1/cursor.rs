//! Where a page of jobs begins.

use std::borrow::Cow;

use entity::JobId;
use poem_openapi::registry::{MetaSchema, MetaSchemaRef};
use poem_openapi::types::{ParseError, ParseFromParameter, ParseResult, Type};

/// The last job of the page before, which callers got as its `next`.
pub(super) struct JobCursor(pub JobId);

impl Type for JobCursor {
    const IS_REQUIRED: bool = true;

    type RawValueType = Self;
    type RawElementValueType = Self;

    fn name() -> Cow<'static, str> {
        "JobCursor".into()
    }

    fn schema_ref() -> MetaSchemaRef {
        MetaSchemaRef::Inline(Box::new(MetaSchema {
            pattern: Some("^[0-9a-f]{32}$".to_owned()),
            ..MetaSchema::new("string")
        }))
    }

    fn as_raw_value(&self) -> Option<&Self> {
        Some(self)
    }

    fn raw_element_iter<'a>(&'a self) -> Box<dyn Iterator<Item = &'a Self> + 'a> {
        Box::new(std::iter::once(self))
    }
}

impl ParseFromParameter for JobCursor {
    fn parse_from_parameter(text: &str) -> ParseResult<Self> {
        let job = text.parse().map(Self);
        job.map_err(|_| ParseError::custom("expected the `next` value of an earlier page"))
    }
}
