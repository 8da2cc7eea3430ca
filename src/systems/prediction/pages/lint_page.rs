//! How readable a file is for programs: a report that whoever has made the file can read.

use askama::Template;
use http::{Method, StatusCode, header};

use super::data::{Finding, Lint, read};
use super::upload_page::accepted;
use crate::http::V1Call;
use crate::ui::{Answer, Asked, Frame, PageError, number};

/// Cells of a finding that are listed.
const CELLS: usize = 40;

#[derive(Template)]
#[template(path = "systems/prediction/pages/lint.html")]
struct LintPage<'a> {
    frame: &'a Frame,
    fault: Option<String>,
    report: Option<Report>,
}

struct Report {
    file: String,
    format: String,
    summary: String,
    sheets: Vec<(String, Vec<FindingRow>)>,
    /// Rules that no program can judge.
    not_judged: String,
}

struct FindingRow {
    rule: String,
    message: String,
    advice: String,
    count: String,
    cells: String,
}

pub(super) fn show(asked: &Asked<'_>) -> Result<Answer, PageError> {
    page(asked, None, None, None)
}

pub(super) async fn judge(asked: &Asked<'_>) -> Result<Answer, PageError> {
    let Some(file) = asked.file_form().await?.file else {
        let fault = asked.frame.say("imports-choose-file");
        let status = StatusCode::UNPROCESSABLE_ENTITY;
        return page(asked, None, Some(fault), Some(status));
    };
    let (content_type, body) = file.form(&[]);
    let answer = asked.send(V1Call {
        method: Method::POST,
        uri: "/v1/imports/lint",
        headers: vec![(header::CONTENT_TYPE, content_type)],
        body,
    });
    match accepted(answer.await)? {
        Ok(answer) => {
            let lint: Lint = read(answer.body);
            let report = report(&asked.frame, &file.name, &lint);
            page(asked, Some(report), None, None)
        }
        Err(answer) => {
            let fault = answer.detail().to_owned();
            page(asked, None, Some(fault), Some(answer.status))
        }
    }
}

fn report(frame: &Frame, file: &str, lint: &Lint) -> Report {
    let sheets = lint.sheets.iter().map(|sheet| {
        let own = lint.findings.iter().filter(|found| found.sheet == *sheet);
        let rows = own.map(|found| row(frame, found)).collect();
        (sheet.clone(), rows)
    });
    Report {
        file: file.to_owned(),
        format: lint.format.clone(),
        summary: frame
            .words
            .count("imports-lint-count", lint.findings.len() as u64),
        sheets: sheets.collect(),
        not_judged: lint.not_judged.join(", "),
    }
}

/// In the language of the page, where there are words for the rule.
fn row(frame: &Frame, found: &Finding) -> FindingRow {
    let said = |id: String, otherwise: &str| match frame.words.has(&id) {
        true => frame.say(&id),
        false => otherwise.to_owned(),
    };
    let mut cells: Vec<&str> = found.cells.iter().take(CELLS).map(String::as_str).collect();
    if found.count > cells.len() as u64 && !cells.is_empty() {
        cells.push("…");
    }
    FindingRow {
        message: said(format!("imports-rule-{}", found.rule), &found.message),
        advice: said(format!("imports-advice-{}", found.rule), &found.advice),
        count: number(found.count),
        cells: match cells.is_empty() {
            // It says what was found instead.
            true => found.message.clone(),
            false => cells.join(", "),
        },
        rule: found.rule.clone(),
    }
}

fn page(
    asked: &Asked<'_>,
    report: Option<Report>,
    fault: Option<String>,
    status: Option<StatusCode>,
) -> Result<Answer, PageError> {
    let template = LintPage {
        frame: &asked.frame.clone().with_data("/v1/imports"),
        fault,
        report,
    };
    let fault = status.map(PageError::of_status);
    Answer::page_or_fault(&template, fault.as_ref())
}
