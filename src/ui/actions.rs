//! What buttons do: the calls of `/v1` that they stand for.

use poem::http::Method;

use super::asked::{Answer, Asked};
use super::error_page::PageError;
use super::forms;

/// The actions on a job.
const ACTIONS: [&str; 3] = ["cancel", "resume", "rerun"];

pub(super) async fn act(asked: &Asked<'_>, id: &str, action: &str) -> Result<Answer, PageError> {
    if !ACTIONS.contains(&action) {
        return Err(PageError::nothing_here());
    }
    let job = format!("/jobs/{}", forms::encoded(id));
    let call = format!("/v1{job}/{action}");
    let answer = asked.visit.call(Method::POST, &call, None).await;
    match answer.status.is_success() {
        true => Ok(asked.elsewhere(&job)),
        false => Err(PageError::of(&answer)),
    }
}
