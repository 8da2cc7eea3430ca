//! Looks at the times of a table without reading it: whether they can be read at all, where they
//! begin and end, how they divide, and about how many there are.

use std::array;
use std::iter;

use super::dialect::{ReadServer, is_of_these_years};
use super::invalid_dates;
use super::packed::moment_of_number;
use super::select::{self, PortionOf};
use super::shape::ServerShape;
use super::time_kind::TimeKind;
use crate::tables::read::first_times::{FirstTime, TIMES_CHECKED, strange};
use crate::tables::read::moment::{FIRST_MILLISECONDS, Moment};
use crate::tables::read::portion::{Portion, Share};
use crate::tables::read::range::cuts;
use crate::tables::read::source::{ReadPlan, TableQuery};
use crate::tables::read::unreadable::Unreadable;
use crate::tables::server::{ServerSession, TextCells};

/// What the column holds if that is not times: of text, the first cells are looked at.
pub(super) fn strange_times<S: ReadServer>(
    session: &mut ServerSession<S>,
    shape: &ServerShape,
) -> sqlx::Result<Option<String>> {
    if shape.times != TimeKind::Text {
        return Ok(None);
    }
    let time = time_of::<S>(shape);
    let rows = session.rows(format!(
        "SELECT {} FROM {} AS source WHERE {time} IS NOT NULL LIMIT {TIMES_CHECKED}",
        S::readable_time(&time, shape.times),
        shape.relation
    ))?;
    let times = rows.iter().flatten().flatten();
    strange(times.map(|time| Ok(FirstTime::of_text(time, Moment::parse(time).is_some()))))
}

/// Fills in the portions, by equal time between the first and the last row of the range, and what
/// else can be said about them.
pub(super) fn divide<S: ReadServer>(
    session: &mut ServerSession<S>,
    shape: &ServerShape,
    query: &TableQuery,
    wanted: u32,
    plan: &mut ReadPlan,
) -> sqlx::Result<()> {
    plan.rows_estimate = Some(0);
    for span in Span::all(shape.times, query) {
        divide_span(session, shape, query, (&span, wanted), plan)?;
    }
    if shape.times == TimeKind::Text && has_other_forms(session, shape, query)? {
        plan.portions.push(Portion(Share::OtherForms));
        plan.time_ordered = false;
        plan.rows_estimate = None;
    }
    Ok(())
}

fn divide_span<S: ReadServer>(
    session: &mut ServerSession<S>,
    shape: &ServerShape,
    query: &TableQuery,
    (span, wanted): (&Span, u32),
    plan: &mut ReadPlan,
) -> sqlx::Result<()> {
    let time = time_of::<S>(shape);
    let conditions = span.portion().conditions::<S>(shape.times, query, &time);
    let range = format!(
        "FROM {} AS source WHERE {}",
        shape.relation,
        conditions.join(" AND ")
    );
    let [Some(least), Some(greatest)] = ends(session, shape, &time, &range)? else {
        return Ok(());
    };
    let (start, end) = match shape.times {
        TimeKind::Number | TimeKind::Zoned => (query.start, query.end),
        TimeKind::Stamp | TimeKind::Day | TimeKind::Text => query.range_of_clock(),
    };
    let moment = |text: &str| match shape.times {
        TimeKind::Number => moment_of_number(text),
        _ => Moment::parse(text),
    };
    let first = moment(&least).map_or(start, |first| first.max(start));
    let last = moment(&greatest).map_or(end, |last| last.min(end));
    // Without an index the server would have to look at the whole table for each portion.
    let wanted = if shape.index.is_some() { wanted } else { 1 };
    let cuts = cuts(first, last, wanted)
        .into_iter()
        .map(|cut| span.cut(cut));
    let ends: Vec<Option<String>> = iter::once(span.from.clone())
        .chain(cuts.map(Some))
        .chain(iter::once(span.until.clone()))
        .collect();
    plan.time_ordered &= plan.portions.is_empty();
    plan.portions.extend(ends.windows(2).map(|pair| {
        Portion(Share::Times {
            from: pair[0].clone(),
            until: pair[1].clone(),
        })
    }));
    let estimate = S::estimate(session, &format!("SELECT {time} {range}"))?;
    plan.rows_estimate = plan
        .rows_estimate
        .zip(estimate)
        .map(|(before, rows)| before + rows);
    Ok(())
}

/// Times that are compared with each other.
pub(super) struct Span {
    /// `None`: as the query says.
    from: Option<String>,
    until: Option<String>,
    micros_per_unit: Option<i64>,
}

impl Span {
    pub(super) fn all(times: TimeKind, query: &TableQuery) -> Vec<Self> {
        if times != TimeKind::Number {
            return vec![Self {
                from: None,
                until: None,
                micros_per_unit: None,
            }];
        }
        let numbers = |micros_per_unit| {
            let from = query.start.micros().div_euclid(micros_per_unit);
            let until = query.end.micros().div_euclid(micros_per_unit) + 1;
            (from, until)
        };
        let (seconds, milliseconds) = (numbers(1_000_000), numbers(1_000));
        let span = |from: i64, until: i64, micros_per_unit| {
            (from < until).then(|| Self {
                from: Some(from.to_string()),
                until: Some(until.to_string()),
                micros_per_unit: Some(micros_per_unit),
            })
        };
        [
            span(seconds.0, seconds.1.min(FIRST_MILLISECONDS), 1_000_000),
            span(
                milliseconds.0.max(FIRST_MILLISECONDS),
                milliseconds.1,
                1_000,
            ),
        ]
        .into_iter()
        .flatten()
        .collect()
    }

    pub(super) fn portion(&self) -> PortionOf<'_> {
        PortionOf::Times {
            from: self.from.as_deref(),
            until: self.until.as_deref(),
        }
    }

    fn cut(&self, moment: Moment) -> String {
        match self.micros_per_unit {
            Some(micros) => moment.micros().div_euclid(micros).to_string(),
            None => moment.to_string(),
        }
    }
}

fn has_other_forms<S: ReadServer>(
    session: &mut ServerSession<S>,
    shape: &ServerShape,
    query: &TableQuery,
) -> sqlx::Result<bool> {
    let time = time_of::<S>(shape);
    let conditions = PortionOf::OtherForms.conditions::<S>(shape.times, query, &time);
    let rows = session.rows(format!(
        "SELECT 1 FROM {} AS source WHERE {} LIMIT 1",
        shape.relation,
        conditions.join(" AND ")
    ))?;
    Ok(!rows.is_empty())
}

/// The rows that no portion holds because their time cannot be read.
pub(super) fn unreadable<S: ReadServer>(
    session: &mut ServerSession<S>,
    shape: &ServerShape,
    query: &TableQuery,
) -> sqlx::Result<Unreadable> {
    let time = time_of::<S>(shape);
    let outside = || select::outside::<S>(shape.times, query, &time);
    let conditions = match shape.times {
        TimeKind::Text => {
            let other_forms = PortionOf::OtherForms.conditions::<S>(shape.times, query, &time);
            format!(
                "{} AND NOT ({}) AND NOT {}",
                outside(),
                other_forms.join(" AND "),
                S::is_time(&time, shape.times)
            )
        }
        TimeKind::Stamp | TimeKind::Day if S::KEEPS_INVALID_DATES => {
            return invalid_dates::outside(session, shape, &outside());
        }
        TimeKind::Number => format!("NOT {}", is_of_these_years::<S>(&time, shape.times)),
        TimeKind::Stamp | TimeKind::Day | TimeKind::Zoned => format!(
            "{} AND NOT {}",
            outside(),
            is_of_these_years::<S>(&time, shape.times)
        ),
    };
    let from = format!("FROM {} AS source WHERE {conditions}", shape.relation);
    counted_and_named(session, shape, &from)
}

/// Counts rows whose time cannot be read, and names the first.
pub(super) fn counted_and_named<S: ReadServer>(
    session: &mut ServerSession<S>,
    shape: &ServerShape,
    from: &str,
) -> sqlx::Result<Unreadable> {
    const NAMED: u32 = 3;
    let mut found = Unreadable {
        rows: count_of(session, from)?,
        ..Unreadable::default()
    };
    if found.rows > 0 {
        let key = shape.columns.first().map_or("", |column| &column.name);
        let id = S::streamed(&format!("source.{}", S::dialect().quoted(key)));
        let shown = S::readable_time(&time_of::<S>(shape), shape.times);
        let rows = session.rows(format!("SELECT {id}, {shown} {from} LIMIT {NAMED}"))?;
        for row in rows {
            let mut cells = row.into_iter().map(Option::unwrap_or_default);
            let name = (
                cells.next().unwrap_or_default(),
                cells.next().unwrap_or_default(),
            );
            found.name(name);
        }
    }
    Ok(found)
}

pub(super) fn count<S: ReadServer>(
    session: &mut ServerSession<S>,
    shape: &ServerShape,
) -> sqlx::Result<u64> {
    count_of(session, &format!("FROM {}", shape.relation))
}

fn count_of<S: ReadServer>(session: &mut ServerSession<S>, from: &str) -> sqlx::Result<u64> {
    let rows = session.rows(format!("SELECT count(*) {from}"))?;
    let count = rows.into_iter().flatten().flatten().next();
    Ok(count.and_then(|count| count.parse().ok()).unwrap_or(0))
}

pub(super) fn time_of<S: ReadServer>(shape: &ServerShape) -> String {
    format!("source.{}", S::dialect().quoted(&shape.time.name))
}

/// The least and the greatest time of a range, as text.
fn ends<S: ReadServer>(
    session: &mut ServerSession<S>,
    shape: &ServerShape,
    time: &str,
    range: &str,
) -> sqlx::Result<[Option<String>; 2]> {
    let readable = S::readable_time(time, shape.times);
    let sql = if shape.index.is_some() {
        // One end at a time: each is looked up.
        let end = |direction: &str| {
            format!("(SELECT {readable} {range} ORDER BY {time} {direction} LIMIT 1)")
        };
        format!("SELECT {}, {}", end("ASC"), end("DESC"))
    } else {
        let (least, greatest) = (format!("min({time})"), format!("max({time})"));
        format!(
            "SELECT {}, {} {range}",
            S::readable_time(&least, shape.times),
            S::readable_time(&greatest, shape.times)
        )
    };
    let row: TextCells = session.rows(sql)?.pop().unwrap_or_default();
    let mut cells = row.into_iter();
    Ok(array::from_fn(|_| cells.next().flatten()))
}
