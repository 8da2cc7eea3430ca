//! What backtests have found, row by row and member by member.

use std::borrow::Cow;

use poem::Body;
use poem_openapi::param::{Path, Query};
use poem_openapi::payload::{Binary, Json};
use poem_openapi::registry::{MetaSchema, MetaSchemaRef};
use poem_openapi::types::{ParseError, ParseFromParameter, ParseResult, Type};
use poem_openapi::{ApiResponse, Object, OpenApi, ResponseContent};
use strum::{IntoStaticStr, VariantArray};

use super::Groups;
use super::any_rows;
use super::results::failure;
use super::workbook::Book;
use crate::http::DownloadPlace;
use crate::http::body::{Vocabulary, Word, WordFilter};
use crate::http::error::Failure;
use crate::http::v1::views::job_id;
use crate::systems::labelling::Labelling;
use crate::systems::labelling::backtest::{ChangeFilter, ChangePage, ChangePlace, ChangesOf};
use crate::systems::labelling::rules::backtest::{ChangeKind, ChangedMember, ChangedRow, joined};

/// The operations.
pub(crate) struct ChangesApi(pub Labelling);

/// How changes are written.
#[derive(Clone, Copy, IntoStaticStr, VariantArray)]
#[strum(serialize_all = "snake_case")]
enum ChangeFormat {
    /// A page.
    Json,
    Csv,
    Jsonl,
    Xlsx,
}

struct ChangeFormats;

impl Vocabulary for ChangeFormats {
    type Item = ChangeFormat;
    const NAME: &'static str = "ChangeFormat";
    const DESCRIPTION: &'static str =
        "How changes are written: a page of them, or a download of all.";
    const ITEMS: &'static [ChangeFormat] = ChangeFormat::VARIANTS;
}

struct ChangeSubjects;

impl Vocabulary for ChangeSubjects {
    type Item = ChangesOf;
    const NAME: &'static str = "ChangesOf";
    const DESCRIPTION: &'static str = "What has changed.";
    const ITEMS: &'static [ChangesOf] = ChangesOf::VARIANTS;
}

struct ChangeKinds;

impl Vocabulary for ChangeKinds {
    type Item = ChangeKind;
    const NAME: &'static str = "ChangeKind";
    const DESCRIPTION: &'static str =
        "How the labels of a row differ, or whether a member entered or left.";
    const ITEMS: &'static [ChangeKind] = ChangeKind::VARIANTS;
}

/// A row on which two sets differ.
#[derive(Object)]
struct RowView {
    id: String,
    post_time: String,
    group: String,
    source_author: String,
    /// `entered`, `left` or `changed`.
    kind: String,
    /// Labels that the base gives, joined by `+`; null: none.
    from: Option<String>,
    /// Labels that the candidate gives.
    to: Option<String>,
    /// Ids of the changed rules that are true on it.
    rules: Vec<String>,
}

/// An author whom only one of the sets would publish in a panel.
#[derive(Object)]
struct MemberView {
    group: String,
    source_author: String,
    panel: String,
    /// `entered` or `left`.
    kind: String,
}

/// A page of changes: of rows, or of members.
#[derive(Object)]
struct ChangeList {
    #[oai(skip_serializing_if_is_none)]
    rows: Option<Vec<RowView>>,
    #[oai(skip_serializing_if_is_none)]
    members: Option<Vec<MemberView>>,
    /// Give it as `after` to get the next page; null on the last one. A search looks through so many rows
    /// at once, so that a page may have fewer than asked for, or none, and not be the last.
    next: Option<String>,
}

#[derive(ApiResponse)]
enum ChangesAnswer {
    /// Changes.
    #[oai(status = 200)]
    Changes(
        ChangeForms,
        /// A name for the file of a download.
        #[oai(header = "Content-Disposition")]
        Option<String>,
    ),
}

#[derive(ResponseContent)]
enum ChangeForms {
    Json(Json<ChangeList>),
    #[oai(content_type = "text/csv; charset=utf-8")]
    Csv(Binary<Body>),
    #[oai(content_type = "application/x-ndjson")]
    Jsonl(Binary<Body>),
    #[oai(content_type = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")]
    Xlsx(Binary<Body>),
}

#[OpenApi(tag = "Groups::Results")]
impl ChangesApi {
    /// List what a backtest has found
    ///
    /// The rows to which two sets give other labels, in the order in which they were read, or the members that
    /// only one of them would publish. As `csv`, `jsonl` or `xlsx` all of them that fit, whatever `limit` and
    /// `after` are. The texts of rows are in the source.
    #[oai(
        path = "/v1/jobs/:job_id/changes",
        method = "get",
        operation_id = "list_changes"
    )]
    #[expect(clippy::too_many_arguments, reason = "each is a parameter of the call")]
    async fn list_changes(
        &self,
        place: DownloadPlace,
        job_id: Path<String>,
        #[oai(default = "rows")] of: Query<Word<ChangeSubjects>>,
        /// Only such changes; members have not `changed`.
        kind: Query<Option<WordFilter<ChangeKinds>>>,
        /// Only rows that got or lost this label, or members of its panel.
        #[oai(validator(max_length = 255))]
        label: Query<Option<String>>,
        /// Only rows on which this changed rule is true, by its id.
        #[oai(validator(max_length = 1000))]
        rule: Query<Option<String>>,
        /// Changes on a page.
        #[oai(
            default = "fifty",
            validator(minimum(value = "1"), maximum(value = "200"))
        )]
        limit: Query<u32>,
        /// `next` of the page before.
        after: Query<Option<ChangeCursor>>,
        #[oai(default = "json")] format: Query<Word<ChangeFormats>>,
    ) -> poem::Result<ChangesAnswer> {
        let id = self::job_id(&job_id)?;
        let given = |text: Query<Option<String>>| text.0.filter(|text| !text.is_empty());
        let filter = ChangeFilter {
            kind: kind.0.and_then(|WordFilter(kind)| kind),
            label: given(label),
            rule: given(rule),
        };
        let (Word(changes), Word(format)) = (of.0, format.0);
        if let ChangeFormat::Json = format {
            let from = after.0.map(|ChangeCursor(place)| place);
            let most = limit.0 as usize;
            let page = self.0.backtest_changes(&id, changes, &filter, from, most);
            let page = page.await.map_err(Failure::from)?;
            let list = Json(ChangeList::of(changes, page));
            return Ok(ChangesAnswer::Changes(ChangeForms::Json(list), None));
        }
        let rows = self.0.all_backtest_changes(&id, changes, filter).await;
        let rows = rows.map_err(Failure::from)?;
        let (forms, ending) = match format {
            ChangeFormat::Json | ChangeFormat::Csv => {
                let body = any_rows::csv(rows, true, id.clone());
                (ChangeForms::Csv(Binary(place.send(body))), "csv")
            }
            ChangeFormat::Jsonl => {
                let body = any_rows::jsonl(rows, id.clone());
                (ChangeForms::Jsonl(Binary(place.send(body))), "jsonl")
            }
            ChangeFormat::Xlsx => {
                let book = place.prepare(Book::of_any(rows)).await?.map_err(failure)?;
                let body = book.into_body(id.clone());
                (ChangeForms::Xlsx(Binary(place.send(body))), "xlsx")
            }
        };
        let name = format!("attachment; filename=\"audience-{id}-changes.{ending}\"");
        Ok(ChangesAnswer::Changes(forms, Some(name)))
    }
}

impl ChangeList {
    fn of(changes: ChangesOf, page: ChangePage) -> Self {
        let is_of_rows = changes == ChangesOf::Rows;
        let rows = page.rows.into_iter().map(RowView::from).collect();
        let members = page.members.into_iter().map(MemberView::from).collect();
        Self {
            rows: is_of_rows.then_some(rows),
            members: (!is_of_rows).then_some(members),
            next: page.next.map(|place| place.to_string()),
        }
    }
}

impl From<ChangedRow> for RowView {
    fn from(row: ChangedRow) -> Self {
        Self {
            from: joined(&row.from),
            to: joined(&row.to),
            kind: row.kind.as_str().to_owned(),
            id: row.id,
            post_time: row.post_time,
            group: row.group,
            source_author: row.source_author,
            rules: row.rules,
        }
    }
}

impl From<ChangedMember> for MemberView {
    fn from(member: ChangedMember) -> Self {
        Self {
            kind: member.kind().as_str().to_owned(),
            group: member.group,
            source_author: member.source_author,
            panel: member.panel,
        }
    }
}

/// Where a page of changes begins, which callers got as the `next` of the page before.
struct ChangeCursor(ChangePlace);

impl Type for ChangeCursor {
    const IS_REQUIRED: bool = true;

    type RawValueType = Self;
    type RawElementValueType = Self;

    fn name() -> Cow<'static, str> {
        "ChangeCursor".into()
    }

    fn schema_ref() -> MetaSchemaRef {
        MetaSchemaRef::Inline(Box::new(MetaSchema {
            pattern: Some(r"^\d+\.\d+\.\d+\.\d+$".to_owned()),
            ..MetaSchema::new("string")
        }))
    }

    fn as_raw_value(&self) -> Option<&Self> {
        Some(self)
    }

    fn raw_element_iter<'a>(&'a self) -> Box<dyn Iterator<Item = &'a Self> + 'a> {
        Box::new(std::iter::once(self))
    }
}

impl ParseFromParameter for ChangeCursor {
    fn parse_from_parameter(text: &str) -> ParseResult<Self> {
        let place = text.parse().map(Self);
        place.map_err(|()| ParseError::custom("expected the `next` value of an earlier page"))
    }
}

fn rows() -> Word<ChangeSubjects> {
    Word(ChangesOf::Rows)
}

fn json() -> Word<ChangeFormats> {
    Word(ChangeFormat::Json)
}

fn fifty() -> u32 {
    50
}
