//! Counts the rows that no query of a portion returns because their id is NULL.
//!
//! Only where the column allows that; then they are counted time by time, so that memory does not
//! grow with them.

use super::dialect::ReadServer;
use super::divide::{Span, time_of};
use super::packed::moment_of_number;
use super::select::{PortionOf, value, whole};
use super::shape::ServerShape;
use super::time_kind::TimeKind;
use crate::tables::read::left_out::LeftOut;
use crate::tables::read::moment::{Moment, MomentText, ZoneReader};
use crate::tables::read::source::TableQuery;
use crate::tables::server::ServerSession;

/// Times that one query returns.
const TIMES_PER_QUERY: usize = 10_000;

pub(super) fn without_id<S: ReadServer>(
    session: &mut ServerSession<S>,
    shape: &ServerShape,
    query: &TableQuery,
) -> sqlx::Result<LeftOut> {
    let mut found = LeftOut::default();
    let (Some(key), time) = (shape.columns.first(), time_of::<S>(shape)) else {
        return Ok(found);
    };
    if !key.may_be_null {
        return Ok(found);
    }
    let name = |column: &str| format!("source.{}", S::dialect().quoted(column));
    let others = shape.columns.iter().skip(1);
    let others = others.filter(|column| column.name != key.name);
    let others: Vec<String> = others.map(|column| name(&column.name)).collect();
    let mut lacks = vec![format!("{} IS NULL", name(&key.name))];
    lacks.extend(whole(&others, query.nullable));
    let spans = Span::all(shape.times, query);
    let mut portions: Vec<_> = spans.iter().map(Span::portion).collect();
    if shape.times == TimeKind::Text {
        portions.push(PortionOf::OtherForms);
    }
    for portion in portions {
        let mut conditions = portion.conditions::<S>(shape.times, query, &time);
        conditions.extend(lacks.iter().cloned());
        count(session, shape, query, &conditions, &mut found)?;
    }
    Ok(found)
}

fn count<S: ReadServer>(
    session: &mut ServerSession<S>,
    shape: &ServerShape,
    query: &TableQuery,
    conditions: &[String],
    found: &mut LeftOut,
) -> sqlx::Result<()> {
    let (time, times) = (time_of::<S>(shape), shape.times);
    let head = format!(
        "SELECT {}, count(*) FROM {} AS source WHERE {}",
        S::readable_time(&time, times),
        shape.relation,
        conditions.join(" AND ")
    );
    let mut zone = ZoneReader::new(query.zone);
    let mut behind = String::new();
    loop {
        let rows = session.rows(format!(
            "{head}{behind} GROUP BY {time} ORDER BY {time} LIMIT {TIMES_PER_QUERY}"
        ))?;
        let is_last = rows.len() < TIMES_PER_QUERY;
        for row in rows {
            let [Some(text), Some(rows)] = &row[..] else {
                continue;
            };
            if let Some(moment) = moment(text, times, &mut zone)
                && query.start <= moment
                && moment <= query.end
            {
                found.count_without_id(rows.parse().unwrap_or(0), &query.zone.shown(moment));
            }
            behind = format!(" AND {time} > {}", value::<S>(times, text));
        }
        if is_last {
            return Ok(());
        }
    }
}

/// A time as `ReadServer::readable_time` shows it.
fn moment(text: &str, times: TimeKind, zone: &mut ZoneReader) -> Option<Moment> {
    match times {
        TimeKind::Number => moment_of_number(text),
        TimeKind::Zoned => Moment::parse(text),
        TimeKind::Stamp | TimeKind::Day | TimeKind::Text => {
            let mut room = MomentText::default();
            zone.read(text, &mut room).map(|read| read.moment)
        }
    }
}
