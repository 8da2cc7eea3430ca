//! Finds dates that no calendar has, which MySQL and MariaDB keep if they are allowed to.
//!
//! Along an index only the gaps between months are looked at: `2020-04-31` and `2020-05-00` sort
//! behind the last moment of April and before the first of May.

use super::dialect::ReadServer;
use super::divide::{counted_and_named, time_of};
use super::shape::ServerShape;
use crate::tables::read::moment::Moment;
use crate::tables::read::unreadable::Unreadable;
use crate::tables::server::ServerSession;

/// Those among the rows that meet a condition.
pub(super) fn outside<S: ReadServer>(
    session: &mut ServerSession<S>,
    shape: &ServerShape,
    outside: &str,
) -> sqlx::Result<Unreadable> {
    let time = time_of::<S>(shape);
    let Some(index) = &shape.index else {
        let from = format!(
            "FROM {} AS source WHERE {outside} AND ({}) IS NOT TRUE",
            shape.relation,
            S::is_time(&time, shape.times)
        );
        return counted_and_named(session, shape, &from);
    };
    let from = format!("FROM {} AS source{}", shape.relation, S::along(index));
    let mut found = Unreadable::default();
    let mut behind = format!("{time} IS NOT NULL");
    loop {
        let first = format!(
            "SELECT {} {from} WHERE {behind} ORDER BY {time} LIMIT 1",
            S::readable_time(&time, shape.times)
        );
        let first = session.rows(first)?.into_iter().flatten().flatten().next();
        let Some(year) = first.and_then(|first| first.get(..4)?.parse().ok()) else {
            return Ok(found);
        };
        let gaps = (1..=12).filter_map(|month| gap_before::<S>(shape, &time, (year, month)));
        let gaps = gaps.collect::<Vec<_>>().join(" OR ");
        let in_gaps = format!("{from} WHERE {outside} AND ({gaps})");
        found.add(counted_and_named(session, shape, &in_gaps)?);
        let Some(last) = last_before((year + 1, 1)) else {
            return Ok(found);
        };
        behind = format!("{time} > {}", S::moment(shape.times, last));
    }
}

type Month = (u32, u32);

/// The condition that a date sorts behind all of the month before and before all of this one.
fn gap_before<S: ReadServer>(
    shape: &ServerShape,
    time: &str,
    (year, month): Month,
) -> Option<String> {
    // Servers have no 29 February of the year 0.
    if (year, month) == (0, 3) {
        return None;
    }
    let value = |moment| S::moment(shape.times, moment);
    let first = value(Moment::parse(&format!("{year:04}-{month:02}-01"))?);
    Some(match last_before((year, month)) {
        Some(last) => format!("({time} > {} AND {time} < {first})", value(last)),
        None => format!("({time} < {first})"),
    })
}

/// The last moment before a month.
fn last_before((year, month): Month) -> Option<Moment> {
    let first = Moment::parse(&format!("{year:04}-{month:02}-01"))?;
    Moment::from_micros(first.micros() - 1)
}
