//! The tables of `keyword_analysis.xlsx`, as a preview.

use askama::Template;

use super::data::{Brief, read};
use super::shown::{brief_calls, brief_path, export_path};
use super::workbook::{self, CellText};
use crate::ui::{Answer, Asked, Frame, PageError, query};

const FILE: &str = "keyword_analysis.xlsx";

/// Rows of a page.
const ROWS: usize = 100;

#[derive(Template)]
#[template(path = "systems/briefs/pages/tables.html")]
struct TablesPage<'a> {
    frame: &'a Frame,
    brief: &'a Brief,
    back: String,
    stage: u64,
    download: String,
    /// Names of sheets with their addresses, and which is shown.
    sheets: Vec<(String, String, bool)>,
    sheet: String,
    headings: Vec<CellText>,
    rows: Vec<Vec<CellText>>,
    first: Option<String>,
    next: Option<String>,
}

pub(super) async fn show(asked: &Asked<'_>, id: &str) -> Result<Answer, PageError> {
    let brief: Brief = read(asked.get(&brief_calls(id)).await?);
    let given = asked.parameter("stage").parse().ok();
    let stage: u64 = given.or(brief.stage).unwrap_or(1);
    let data = export_path(&brief.job_id, stage, Some(FILE));
    let bytes = asked.get_bytes(&data).await?;
    let opened = workbook::read(bytes, &asked.parameter("sheet"));
    let (names, sheet, table) = opened.ok_or_else(PageError::internal)?;
    let from: usize = asked.parameter("from").parse().unwrap_or_default();
    let frame = &asked.frame.clone().with_data(data.as_str());
    let here = format!("{}/tables", brief_path(&brief.job_id));
    let stage_text = stage.to_string();
    let address = |name: &str, from: usize| {
        let from = match from {
            0 => String::new(),
            from => from.to_string(),
        };
        let parameters = [
            ("stage", stage_text.as_str()),
            ("sheet", name),
            ("from", from.as_str()),
        ];
        frame.path(&format!("{here}{}", query(&parameters)))
    };
    let count = table.rows.len();
    let rows = table.rows.into_iter().skip(from).take(ROWS);
    let template = TablesPage {
        frame,
        back: frame.path(&brief_path(&brief.job_id)),
        stage,
        download: frame.path(&data),
        sheets: names
            .iter()
            .map(|name| (name.clone(), address(name, 0), *name == sheet))
            .collect(),
        headings: table.headings,
        rows: rows.collect(),
        first: (from > 0).then(|| address(&sheet, 0)),
        next: (from.saturating_add(ROWS) < count).then(|| address(&sheet, from + ROWS)),
        sheet,
        brief: &brief,
    };
    Answer::page(&template)
}
