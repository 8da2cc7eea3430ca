//! A graph as JSON or as a picture, as the caller asks.

use std::marker::PhantomData;
use std::sync::LazyLock;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use poem::http::{HeaderValue, header};
use poem::{IntoResponse, Response};
use poem_openapi::payload::Payload;
use poem_openapi::registry::{MetaSchema, MetaSchemaRef, Registry};
use poem_openapi::types::Type;
use sha2::{Digest, Sha256};

use crate::systems::pipelines::graph::STYLE;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum GraphFormat {
    Json,
    Svg,
}

impl GraphFormat {
    /// By the header `Accept`: what it wants more, and by name rather than by `*`; else JSON.
    pub(super) fn of(accept: Option<&str>) -> Self {
        let Some(accept) = accept else {
            return Self::Json;
        };
        let json = wanted(accept, "application", "json");
        let svg = wanted(accept, "image", "svg+xml");
        match svg > json {
            true => Self::Svg,
            false => Self::Json,
        }
    }
}

/// How much a type is wanted, in thousandths, and how exactly it is named.
fn wanted(accept: &str, family: &str, kind: &str) -> (u32, u32) {
    let ranges = accept.split(',').filter_map(|range| {
        let mut parts = range.split(';').map(str::trim);
        let (first, second) = parts.next()?.split_once('/')?;
        let exactness = match (first, second) {
            ("*", "*") => 1,
            (first, "*") if first.eq_ignore_ascii_case(family) => 2,
            (first, second)
                if first.eq_ignore_ascii_case(family) && second.eq_ignore_ascii_case(kind) =>
            {
                3
            }
            _ => return None,
        };
        let quality = parts.find_map(|part| part.strip_prefix("q=").or(part.strip_prefix("Q=")));
        let quality = quality.map_or(Some(1.0), |quality| quality.parse::<f32>().ok());
        let thousandths = (quality?.clamp(0.0, 1.0) * 1_000.0) as u32;
        Some((exactness, thousandths))
    });
    // The one that names it best counts.
    let (exactness, thousandths) = ranges.max().unwrap_or_default();
    match thousandths {
        0 => (0, 0),
        _ => (thousandths, exactness),
    }
}

/// JSON that has been written before.
pub(super) struct WrittenJson<T>(String, PhantomData<T>);

impl<T> WrittenJson<T> {
    pub(super) fn new(text: String) -> Self {
        Self(text, PhantomData)
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

impl<T: Send> IntoResponse for WrittenJson<T> {
    fn into_response(self) -> Response {
        let mut response = self.0.into_response();
        let headers = response.headers_mut();
        let content_type = HeaderValue::from_static("application/json; charset=utf-8");
        headers.insert(header::CONTENT_TYPE, content_type);
        headers.insert(header::VARY, HeaderValue::from_static("Accept"));
        response
    }
}

/// A picture that needs nothing but its own style sheet.
pub(super) struct Svg(pub String);

impl Payload for Svg {
    const CONTENT_TYPE: &'static str = "image/svg+xml";

    fn schema_ref() -> MetaSchemaRef {
        MetaSchemaRef::Inline(Box::new(MetaSchema::new("string")))
    }
}

impl IntoResponse for Svg {
    fn into_response(self) -> Response {
        let mut response = self.0.into_response();
        let headers = response.headers_mut();
        headers.insert(
            header::CONTENT_TYPE,
            HeaderValue::from_static(Self::CONTENT_TYPE),
        );
        headers.insert(header::VARY, HeaderValue::from_static("Accept"));
        if let Ok(policy) = HeaderValue::from_str(&POLICY) {
            headers.insert(header::CONTENT_SECURITY_POLICY, policy);
        }
        response
    }
}

/// A picture that is opened by itself may use its style sheet, and nothing else.
static POLICY: LazyLock<String> = LazyLock::new(|| {
    let digest = BASE64_STANDARD.encode(Sha256::digest(STYLE));
    format!("default-src 'none'; style-src 'sha256-{digest}'; frame-ancestors 'none'")
});

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn callers_get_what_they_want_more() {
        for svg in [
            "image/svg+xml",
            "IMAGE/SVG+XML",
            "image/*",
            "application/json;q=0.5, image/svg+xml;q=0.9",
            "image/svg+xml, */*",
            // Pictures in pages, by two browsers.
            "image/avif,image/webp,image/apng,image/svg+xml,image/*,*/*;q=0.8",
            "image/avif,image/webp,image/png,image/svg+xml,image/*;q=0.8,*/*;q=0.5",
        ] {
            assert_eq!(GraphFormat::of(Some(svg)), GraphFormat::Svg, "{svg}");
        }
        for json in [
            "",
            "*/*",
            "application/json",
            "text/html",
            "application/json, image/svg+xml",
            "image/svg+xml;q=0, */*",
            "image/svg+xml; q=nothing",
            "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
        ] {
            assert_eq!(GraphFormat::of(Some(json)), GraphFormat::Json, "{json}");
        }
        assert_eq!(GraphFormat::of(None), GraphFormat::Json);
    }
}
