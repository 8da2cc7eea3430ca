//! Files of models that are sent on to `/v1`.

use http::{Method, StatusCode, header};

use super::room::model_calls;
use crate::http::V1Call;
use crate::ui::{Asked, FileForm, PageError, find};

/// The fields of the form besides the file.
const FIELDS: [&str; 2] = ["golden", "model_yaml"];

/// Sends the file of a form as the next version of a model.
pub(super) async fn send_version(
    asked: &Asked<'_>,
    name: &str,
    form: &FileForm,
) -> Result<(), PageError> {
    let Some(file) = &form.file else {
        return Err(PageError::invalid(asked.frame.say("models-choose-file")));
    };
    let filled = FIELDS.map(|field| (field, find(&form.fields, field).unwrap_or_default()));
    let filled: Vec<(&str, &str)> = filled
        .into_iter()
        .filter(|(_, text)| !text.trim().is_empty())
        .collect();
    let (content_type, body) = file.form(&filled);
    let uri = format!("{}/versions", model_calls(name));
    let answer = asked
        .send(V1Call {
            method: Method::POST,
            uri: &uri,
            headers: vec![(header::CONTENT_TYPE, content_type)],
            body,
        })
        .await;
    match answer.status {
        StatusCode::CREATED => Ok(()),
        _ => Err(PageError::of(&answer)),
    }
}

/// Whether a page says what went wrong beside the form, where it can be mended.
pub(super) fn is_mended_here(error: &PageError) -> bool {
    let others = [StatusCode::NOT_FOUND, StatusCode::PAYLOAD_TOO_LARGE];
    error.is_of_request() || others.contains(&error.status)
}
