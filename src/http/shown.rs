//! An answer that is at hand as JSON and is documented by an object.

use std::marker::PhantomData;

use poem::{IntoResponse, Response};
use poem_openapi::ApiResponse;
use poem_openapi::payload::{Json, Payload};
use poem_openapi::registry::{MetaResponses, MetaSchemaRef, Registry};
use poem_openapi::types::{ToJSON, Type};
use serde_json::Value;

/// `S` says what the value looks like.
pub(crate) struct Shown<S>(Value, PhantomData<fn() -> S>);

impl<S> Shown<S> {
    pub fn new(value: Value) -> Self {
        Self(value, PhantomData)
    }
}

impl<S> IntoResponse for Shown<S> {
    fn into_response(self) -> Response {
        Json(self.0).into_response()
    }
}

impl<S: Type> Payload for Shown<S> {
    const CONTENT_TYPE: &'static str = <Json<Value> as Payload>::CONTENT_TYPE;

    fn schema_ref() -> MetaSchemaRef {
        S::schema_ref()
    }

    fn register(registry: &mut Registry) {
        S::register(registry);
    }
}

impl<S: Type + ToJSON> ApiResponse for Shown<S> {
    fn meta() -> MetaResponses {
        Json::<S>::meta()
    }

    fn register(registry: &mut Registry) {
        S::register(registry);
    }
}
