//! A moment as a parameter.

use std::borrow::Cow;

use poem_openapi::registry::{MetaSchema, MetaSchemaRef};
use poem_openapi::types::{ParseError, ParseFromParameter, ParseResult, Type};

use crate::clock;

/// Microseconds since 1970. A date means its first moment, in UTC.
pub(super) struct Moment(pub i64);

impl Type for Moment {
    const IS_REQUIRED: bool = true;

    type RawValueType = Self;
    type RawElementValueType = Self;

    fn name() -> Cow<'static, str> {
        "Moment".into()
    }

    fn schema_ref() -> MetaSchemaRef {
        let written = |format| {
            let schema = MetaSchema::new_with_format("string", format);
            MetaSchemaRef::Inline(Box::new(schema))
        };
        MetaSchemaRef::Inline(Box::new(MetaSchema {
            any_of: vec![written("date-time"), written("date")],
            ..MetaSchema::ANY
        }))
    }

    fn as_raw_value(&self) -> Option<&Self> {
        Some(self)
    }

    fn raw_element_iter<'a>(&'a self) -> Box<dyn Iterator<Item = &'a Self> + 'a> {
        Box::new(std::iter::once(self))
    }
}

impl ParseFromParameter for Moment {
    fn parse_from_parameter(text: &str) -> ParseResult<Self> {
        let wrong = || ParseError::custom("expected a date or a moment (RFC 3339)");
        clock::parse(text).map(Self).ok_or_else(wrong)
    }
}
