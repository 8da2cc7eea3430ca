//! What somebody who is new here can start by one click.

use poem::http::{Method, StatusCode};

use super::asked::Asked;

/// A button with what it stands for.
pub(super) struct ExampleShown {
    pub icon: &'static str,
    pub title: String,
    pub text: String,
    /// Where its form is sent.
    pub action: String,
    pub values: &'static [(&'static str, &'static str)],
}

/// Those that this server can do; none for those who may start nothing.
pub(super) async fn of(asked: &Asked<'_>) -> Vec<ExampleShown> {
    let frame = &asked.frame;
    let mut shown = Vec::new();
    if !frame.may_operate() {
        return shown;
    }
    for flow in asked.flows.iter().filter(|flow| flow.form().is_some()) {
        let schema = format!("/v1/schemas/{}", flow.flow());
        let schema = asked.visit.call(Method::GET, &schema, None).await;
        if schema.status != StatusCode::OK {
            continue;
        }
        let examples = flow.examples(frame, &schema.body).into_iter();
        shown.extend(examples.map(|example| ExampleShown {
            icon: flow.icon(),
            title: example.title,
            text: example.text,
            action: frame.path(&format!("/new/{}", flow.flow())),
            values: example.values,
        }));
    }
    shown
}
