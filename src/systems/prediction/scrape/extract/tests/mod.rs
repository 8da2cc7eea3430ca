mod encodings;
mod hostile;
mod html;
mod json;
mod workbooks;

use std::sync::Arc;

use url::Url;

use super::{ExtractError, Extracted, Page, extract};
use crate::systems::prediction::import::Value;
use crate::systems::prediction::scrape::plan::Plan;

/// What is read of a page.
fn read(plan: &Plan, content_type: Option<&str>, body: &[u8]) -> Result<Extracted, ExtractError> {
    let url = Url::parse("https://site.example/list/page?x=1").unwrap();
    extract(
        plan,
        &Page {
            number: 2,
            url: &url,
            content_type,
            body: &Arc::from(body),
        },
    )
}

/// Rows as texts, NULL as `-`.
fn texts(extracted: &Extracted) -> Vec<Vec<String>> {
    let shown = |value: &Value| match value {
        Value::Null => "-".to_owned(),
        value => value.to_string(),
    };
    let rows = extracted.rows.iter();
    rows.map(|row| row.values.iter().map(shown).collect())
        .collect()
}

fn problems(extracted: &Extracted) -> Vec<String> {
    let problems = extracted.problems.iter();
    let shown = problems.map(|problem| {
        let column = problem.column.as_deref().unwrap_or_default();
        format!("{} {column} {}", problem.cell, problem.code.name())
    });
    shown.collect()
}
