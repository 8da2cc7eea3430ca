//! A file becomes rows: the sheet, the mapping, what it would make of it, and the import itself. Nothing is
//! kept between two looks: the browser sends the file with each.

use askama::Template;
use http::{Method, StatusCode, header};

use super::data::{Cells, Definition, MappingList, Preview, read};
use super::entered::{Entered, Step};
use super::faults::{FaultRow, faults_of};
use super::previewing::PreviewShown;
use super::sheet::{COLUMNS, ROWS, SheetShown};
use super::shown::mapping_path;
use crate::http::{V1Answer, V1Call};
use crate::ui::{Answer, Asked, Frame, PageError, encoded};

const IMPORTS: &str = "/v1/imports";

#[derive(Template)]
#[template(path = "systems/prediction/pages/upload.html")]
struct UploadPage<'a> {
    frame: &'a Frame,
    entered: &'a Entered,
    /// Names of mappings, and whether the text is from it.
    mappings: Vec<(String, bool)>,
    /// The text has been filled in just now.
    is_refilled: bool,
    fault: Option<&'a str>,
    /// What was done, and where that is.
    done: Option<(String, String)>,
    faults: &'a [FaultRow],
    sheet: Option<SheetShown>,
    preview: Option<PreviewShown>,
}

/// What has come of the form.
#[derive(Default)]
struct Outcome {
    status: Option<StatusCode>,
    /// What was refused, in the words of the API, unless the page has words of its own.
    fault: Option<String>,
    done: Option<(String, String)>,
    faults: Vec<FaultRow>,
    cells: Option<Cells>,
    preview: Option<Preview>,
    is_refilled: bool,
}

pub(super) async fn show(asked: &Asked<'_>) -> Result<Answer, PageError> {
    let mut entered = Entered::beginning_with(asked.parameter("from"));
    let mut outcome = Outcome::default();
    if !entered.from.is_empty() {
        fill(asked, &mut entered, &mut outcome).await?;
    }
    page(asked, &entered, &outcome).await
}

pub(super) async fn act(asked: &Asked<'_>) -> Result<Answer, PageError> {
    let mut entered = Entered::of(asked.file_form().await?);
    let mut outcome = Outcome::default();
    let Some(file) = entered.file.take() else {
        outcome.refuse(
            StatusCode::UNPROCESSABLE_ENTITY,
            asked.frame.say("imports-choose-file"),
        );
        if entered.is_to_fill() && !entered.from.is_empty() {
            fill(asked, &mut entered, &mut outcome).await?;
        }
        return page(asked, &entered, &outcome).await;
    };
    entered.file = Some(file);
    if entered.step == Step::Run
        && let Some(job) = run(asked, &entered, &mut outcome).await?
    {
        return Ok(asked.elsewhere(&format!("/jobs/{job}")));
    }
    look(asked, &mut entered, &mut outcome).await?;
    page(asked, &entered, &outcome).await
}

/// Reads the file, and what the mapping makes of it.
async fn look(
    asked: &Asked<'_>,
    entered: &mut Entered,
    outcome: &mut Outcome,
) -> Result<(), PageError> {
    read_sheet(asked, entered, outcome).await?;
    if outcome.cells.is_none() {
        // A file that cannot be read has no rows either.
        return Ok(());
    }
    if entered.is_to_fill() {
        fill(asked, entered, outcome).await?;
    }
    if entered.text.trim().is_empty() {
        return Ok(());
    }
    let answer = send(asked, entered, "preview", &[("mapping", &entered.yaml())]).await;
    match accepted(answer)? {
        Ok(answer) => outcome.preview = Some(read(answer.body)),
        // What a run was refused for is not said again.
        Err(answer) if outcome.status.is_none() => {
            outcome.refuse_mapping(&asked.frame, &answer, &entered.yaml());
        }
        Err(_) => {}
    }
    if entered.step == Step::Save
        && let Some(preview) = &outcome.preview
    {
        let name = preview.import.clone();
        save(asked, &name, entered, outcome).await?;
    }
    Ok(())
}

async fn read_sheet(
    asked: &Asked<'_>,
    entered: &mut Entered,
    outcome: &mut Outcome,
) -> Result<(), PageError> {
    let (rows, columns) = (ROWS.to_string(), COLUMNS.to_string());
    loop {
        let first_row = entered.first_row.to_string();
        let fields = [
            ("sheet", entered.sheet.as_str()),
            ("first_row", &first_row),
            ("rows", &rows),
            ("columns", &columns),
        ];
        match accepted(send(asked, entered, "cells", &fields).await)? {
            Ok(answer) => {
                let cells: Cells = read(answer.body);
                entered.first_row = entered.first_row.clamp(1, cells.height.max(1));
                entered.sheet.clone_from(&cells.sheet);
                outcome.cells = Some(cells);
            }
            // Another file was chosen, which has no such sheet or not so many rows.
            Err(_) if !entered.sheet.is_empty() || entered.first_row > 1 => {
                entered.sheet.clear();
                entered.first_row = 1;
                continue;
            }
            Err(answer) => outcome.refuse(answer.status, answer.detail().to_owned()),
        }
        return Ok(());
    }
}

/// Fills in the mapping that was chosen, or a draft.
async fn fill(
    asked: &Asked<'_>,
    entered: &mut Entered,
    outcome: &mut Outcome,
) -> Result<(), PageError> {
    if entered.from.is_empty() {
        match accepted(send(asked, entered, "suggest", &[]).await)? {
            Ok(answer) => {
                let text = answer.body["mapping"].as_str().unwrap_or_default();
                entered.fill(text.to_owned(), String::new());
                outcome.is_refilled = true;
            }
            Err(answer) => outcome.refuse(answer.status, answer.detail().to_owned()),
        }
        return Ok(());
    }
    match stored(asked, &entered.from).await? {
        Ok((mapping, tag)) => {
            entered.fill(mapping.text, tag);
            outcome.is_refilled = true;
        }
        Err(answer) => outcome.refuse(answer.status, answer.detail().to_owned()),
    }
    Ok(())
}

/// Starts the import; the job, unless it was refused.
async fn run(
    asked: &Asked<'_>,
    entered: &Entered,
    outcome: &mut Outcome,
) -> Result<Option<String>, PageError> {
    let mut mapping = entered.yaml();
    // A text that is stored counts as that version of its mapping.
    if !entered.from.is_empty()
        && let Ok((stored, _)) = stored(asked, &entered.from).await?
        && stored.text == entered.text
    {
        mapping.clone_from(&entered.from);
    }
    let strict = if entered.is_strict { "true" } else { "false" };
    let fields = [("mapping", mapping.as_str()), ("strict", strict)];
    match accepted(send(asked, entered, "", &fields).await)? {
        Ok(answer) => Ok(answer.body["job_id"].as_str().map(str::to_owned)),
        Err(answer) => {
            outcome.refuse_mapping(&asked.frame, &answer, &entered.yaml());
            Ok(None)
        }
    }
}

/// Stores the text under the name in it, unless another text is there than the one that was taken from there.
async fn save(
    asked: &Asked<'_>,
    name: &str,
    entered: &mut Entered,
    outcome: &mut Outcome,
) -> Result<(), PageError> {
    let frame = &asked.frame;
    let mut headers = vec![(header::CONTENT_TYPE, "application/yaml".to_owned())];
    if entered.from == name && !entered.tag.is_empty() {
        headers.push((header::IF_MATCH, entered.tag.clone()));
    } else if stored(asked, name).await?.is_ok() {
        let fault = frame.words.with("imports-name-taken", "name", name);
        outcome.refuse(StatusCode::CONFLICT, fault);
        return Ok(());
    }
    let uri = format!("/v1/mappings/{}", encoded(name));
    let answer = asked.send(V1Call {
        method: Method::PUT,
        uri: &uri,
        headers,
        body: entered.text.clone().into_bytes(),
    });
    match accepted(answer.await)? {
        Ok(answer) => {
            let tag = tag_of(&answer);
            let mapping: Definition = read(answer.body);
            let text = entered.text.clone();
            name.clone_into(&mut entered.from);
            entered.fill(text, tag);
            let texts: [(&str, &dyn std::fmt::Display); 2] =
                [("name", &name), ("version", &mapping.version)];
            let said = frame.words.with_all("imports-saved", &texts);
            outcome.done = Some((said, frame.path(&mapping_path(name))));
        }
        Err(answer) if answer.status == StatusCode::PRECONDITION_FAILED => {
            let fault = frame.words.with("imports-changed", "name", name);
            outcome.refuse(answer.status, fault);
        }
        Err(answer) => outcome.refuse_mapping(frame, &answer, &entered.text),
    }
    Ok(())
}

/// A stored mapping and its tag; or why there is none.
async fn stored(
    asked: &Asked<'_>,
    name: &str,
) -> Result<Result<(Definition, String), V1Answer>, PageError> {
    let uri = format!("/v1/mappings/{}", encoded(name));
    let answer = asked.send(V1Call {
        method: Method::GET,
        uri: &uri,
        headers: Vec::new(),
        body: Vec::new(),
    });
    let answer = accepted(answer.await)?;
    Ok(answer.map(|answer| {
        let tag = tag_of(&answer);
        (read(answer.body), tag)
    }))
}

/// Sends the file to a call about imports.
async fn send(
    asked: &Asked<'_>,
    entered: &Entered,
    call: &str,
    fields: &[(&str, &str)],
) -> V1Answer {
    let file = entered.file.as_ref();
    let (content_type, body) = file.map(|file| file.form(fields)).unwrap_or_default();
    let path = match call {
        "" => IMPORTS.to_owned(),
        call => format!("{IMPORTS}/{call}"),
    };
    asked
        .send(V1Call {
            method: Method::POST,
            uri: &path,
            headers: vec![(header::CONTENT_TYPE, content_type)],
            body,
        })
        .await
}

/// What was done, or what somebody can mend in the form; anything else is a page of its own.
pub(super) fn accepted(answer: V1Answer) -> Result<Result<V1Answer, V1Answer>, PageError> {
    const MENDED_HERE: [StatusCode; 6] = [
        StatusCode::BAD_REQUEST,
        StatusCode::NOT_FOUND,
        StatusCode::CONFLICT,
        StatusCode::PRECONDITION_FAILED,
        StatusCode::PAYLOAD_TOO_LARGE,
        StatusCode::UNPROCESSABLE_ENTITY,
    ];
    match answer.status {
        status if status.is_success() => Ok(Ok(answer)),
        status if MENDED_HERE.contains(&status) => Ok(Err(answer)),
        _ => Err(PageError::of(&answer)),
    }
}

/// The tag of what was answered.
pub(super) fn tag_of(answer: &V1Answer) -> String {
    let tag = answer.headers.get(header::ETAG);
    let tag = tag.and_then(|tag| tag.to_str().ok());
    tag.unwrap_or_default().to_owned()
}

impl Outcome {
    fn refuse(&mut self, status: StatusCode, why: String) {
        self.status = Some(status);
        self.fault = Some(why);
    }

    /// Faults with a place are said at the text.
    fn refuse_mapping(&mut self, frame: &Frame, answer: &V1Answer, text: &str) {
        self.faults = faults_of(frame, &answer.body, text);
        self.status = Some(answer.status);
        if self.faults.is_empty() {
            self.fault = Some(answer.detail().to_owned());
        }
    }
}

async fn page(
    asked: &Asked<'_>,
    entered: &Entered,
    outcome: &Outcome,
) -> Result<Answer, PageError> {
    let known: MappingList = read(asked.get("/v1/mappings").await?);
    let frame = &asked.frame.clone().with_data("/v1/mappings");
    let preview = outcome.preview.as_ref();
    let sheet = outcome.cells.as_ref();
    let sheet = sheet.map(|cells| SheetShown::of(frame, cells, entered.first_row, preview));
    let mappings = known.mappings.into_iter().map(|mapping| {
        let is_chosen = mapping.name == entered.from;
        (mapping.name, is_chosen)
    });
    let template = UploadPage {
        frame,
        entered,
        mappings: mappings.collect(),
        is_refilled: outcome.is_refilled,
        fault: outcome.fault.as_deref(),
        done: outcome.done.clone(),
        faults: &outcome.faults,
        preview: preview.map(|preview| PreviewShown::of(frame, preview, sheet.as_ref())),
        sheet,
    };
    let fault = outcome.status.map(PageError::of_status);
    Answer::page_or_fault(&template, fault.as_ref())
}
