//! Looks at the times of a table without reading it: whether they can be read at all, where they
//! begin and end, how they divide, and about how many there are.

use std::array;
use std::iter;

use super::dialect::ReadServer;
use super::select;
use super::shape::ServerShape;
use super::time_kind::TimeKind;
use crate::tables::read::moment::Moment;
use crate::tables::read::portion::{Portion, Share};
use crate::tables::read::range::cuts;
use crate::tables::read::source::{ReadPlan, TIMES_CHECKED, TableQuery};
use crate::tables::server::{ServerSession, TextCells};

/// What the column holds if that is not times: of text, the first cells are looked at.
pub(super) fn strange_times<S: ReadServer>(
    session: &mut ServerSession<S>,
    shape: &ServerShape,
) -> sqlx::Result<Option<String>> {
    if shape.times != TimeKind::Text {
        return Ok(None);
    }
    let time = format!("source.{}", S::dialect().quoted(&shape.time.name));
    let rows = session.rows(format!(
        "SELECT {} FROM {} AS source WHERE {time} IS NOT NULL LIMIT {TIMES_CHECKED}",
        S::readable_time(&time, shape.times),
        shape.relation
    ))?;
    let mut times = rows.iter().flatten().flatten();
    let is_usable = rows.is_empty() || times.any(|time| Moment::parse(time).is_some());
    Ok((!is_usable).then(|| "text of another form".to_owned()))
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
    let time = format!("source.{}", S::dialect().quoted(&shape.time.name));
    let (from, until) = select::range::<S>(shape.times, query, None, None);
    let until = until.map_or_else(String::new, |until| format!(" AND {time} < {until}"));
    let range = format!(
        "FROM {} AS source WHERE {time} >= {from}{until}",
        shape.relation
    );
    let [Some(least), Some(greatest)] = ends(session, shape, &time, &range)? else {
        plan.rows_estimate = Some(0);
        return Ok(());
    };
    let first = Moment::parse(&least).map_or(query.start, |first| first.max(query.start));
    let last = Moment::parse(&greatest).map_or(query.end, |last| last.min(query.end));
    // Without an index the server would have to look at the whole table for each portion.
    let wanted = if shape.index.is_some() { wanted } else { 1 };
    let cuts = cuts(first, last, wanted);
    let cuts: Vec<String> = cuts.iter().map(Moment::to_string).collect();
    let none = iter::once(None);
    let ends: Vec<Option<String>> = none
        .clone()
        .chain(cuts.into_iter().map(Some))
        .chain(none)
        .collect();
    plan.portions = ends
        .windows(2)
        .map(|pair| {
            Portion(Share::Times {
                from: pair[0].clone(),
                until: pair[1].clone(),
            })
        })
        .collect();
    plan.rows_estimate = S::estimate(session, &format!("SELECT {time} {range}"))?;
    Ok(())
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
