//! What labelling jobs published, a page at a time.

use std::borrow::Cow;

use entity::JobId;
use poem_openapi::param::{Path, Query};
use poem_openapi::payload::Json;
use poem_openapi::registry::{MetaSchema, MetaSchemaRef};
use poem_openapi::types::{ParseError, ParseFromParameter, ParseResult, Type};
use poem_openapi::{Object, OpenApi};

use super::Groups;
use super::figures::GroupFigures;
use super::published::published;
use crate::http::Who;
use crate::http::error::Failure;
use crate::systems::labelling::api::samples::SampleRow;
use crate::systems::labelling::{Labelling, PublishedRow, RowFilter, RowPlace, WantedRows};

/// The operations.
pub(crate) struct RowsApi(pub Labelling);

/// Published rows, group by group.
#[derive(Object)]
struct RowPage {
    rows: Vec<GroupedRow>,
    /// Give it as `after` to get the next page; null on the last one. A search looks through so many rows
    /// at once, so that a page may have fewer rows than asked for, or none, and not be the last.
    next: Option<String>,
    /// All groups of the job, with the rows that it has published there; null: nobody has counted them.
    groups: Vec<GroupRows>,
    /// All panels of the job; null: nobody knows them, for it was adopted.
    panels: Option<Vec<String>>,
}

/// A published row.
#[derive(Object)]
struct GroupedRow {
    #[oai(flatten)]
    row: SampleRow,
    group: String,
}

/// How many rows a group has.
#[derive(Object)]
struct GroupRows {
    group: String,
    rows: Option<u64>,
}

#[OpenApi(tag = "Groups::Results")]
impl RowsApi {
    /// List what a job published
    ///
    /// In the order of the download. `match_content` is cut after 64 KiB.
    #[oai(
        path = "/v1/jobs/:job_id/rows",
        method = "get",
        operation_id = "list_rows"
    )]
    #[expect(clippy::too_many_arguments, reason = "each is a parameter of the call")]
    async fn list_rows(
        &self,
        who: Who,
        job_id: Path<String>,
        /// Only rows of this group, e.g. `fbfans`. May be given several times.
        group: Query<Vec<String>>,
        /// Only rows of this panel, e.g. `/female` or `female`. May be given several times.
        panel: Query<Vec<String>>,
        /// Only rows in whose author or matched text this text stands, in capitals or not.
        #[oai(validator(max_length = 200))]
        q: Query<Option<String>>,
        /// Only rows that have their label by this rule.
        #[oai(validator(max_length = 1000))]
        rule: Query<Option<String>>,
        /// Rows on a page.
        #[oai(
            default = "fifty",
            validator(minimum(value = "1"), maximum(value = "200"))
        )]
        limit: Query<u32>,
        /// `next` of the page before.
        after: Query<Option<RowCursor>>,
    ) -> poem::Result<Json<RowPage>> {
        let id: JobId = published(&self.0, &who, &job_id).await?;
        let given = |text: Query<Option<String>>| text.0.filter(|text| !text.is_empty());
        let all = |names: Query<Vec<String>>| -> Vec<String> {
            names
                .0
                .into_iter()
                .filter(|name| !name.is_empty())
                .collect()
        };
        let filter = RowFilter {
            wanted: WantedRows {
                groups: all(group),
                panels: all(panel),
            },
            text: given(q),
            rule: given(rule),
        };
        let from = after.0.map(|RowCursor(place)| place).unwrap_or_default();
        let found = self.0.rows(&id, filter, from, limit.0 as usize).await;
        let found = found.map_err(Failure::from)?;
        let counted = self.counted(&id).await?;
        let groups = found.groups.into_iter().map(|group| {
            let mut counted = counted.iter();
            let rows = counted.find(|counted| counted.group == group);
            GroupRows {
                rows: rows.map(|counted| counted.rows_published),
                group,
            }
        });
        Ok(Json(RowPage {
            rows: found.rows.into_iter().map(GroupedRow::from).collect(),
            next: found.next.map(|place| place.to_string()),
            groups: groups.collect(),
            panels: found.panels,
        }))
    }
}

impl RowsApi {
    /// The groups of a job that have rows. One that was adopted is none of ours.
    async fn counted(&self, id: &JobId) -> Result<Vec<GroupFigures>, Failure> {
        let view = self.0.view(id).await?;
        let state = view.and_then(|view| view.state);
        Ok(state
            .as_ref()
            .map(super::figures::groups)
            .unwrap_or_default())
    }
}

impl From<PublishedRow> for GroupedRow {
    fn from(PublishedRow { group, row }: PublishedRow) -> Self {
        Self {
            row: SampleRow::from(row),
            group: group.to_string(),
        }
    }
}

/// Where a page of rows begins, which callers got as the `next` of the page before.
struct RowCursor(RowPlace);

impl Type for RowCursor {
    const IS_REQUIRED: bool = true;

    type RawValueType = Self;
    type RawElementValueType = Self;

    fn name() -> Cow<'static, str> {
        "RowCursor".into()
    }

    fn schema_ref() -> MetaSchemaRef {
        MetaSchemaRef::Inline(Box::new(MetaSchema {
            pattern: Some(r"^\d+\.\d+$".to_owned()),
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

impl ParseFromParameter for RowCursor {
    fn parse_from_parameter(text: &str) -> ParseResult<Self> {
        let place = text.parse().map(Self);
        place.map_err(|()| ParseError::custom("expected the `next` value of an earlier page"))
    }
}

fn fifty() -> u32 {
    50
}
