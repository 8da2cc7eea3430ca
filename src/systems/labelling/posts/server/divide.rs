//! Looks at the times of a table without reading it: whether they can be read at all, where they
//! begin and end, how they divide, and about how many there are.

use super::{
    engine::{Cells, Engine},
    link::Link,
    select,
    shape::{Shape, TimeKind},
};
use crate::systems::labelling::posts::{
    Moment, Plan, Portion, ReadSpec, TIMES_CHECKED, portion::Share, range::cuts,
};

/// What the column holds if that is not times: of text, the first cells are looked at.
pub(super) fn strange_times<E: Engine>(
    link: &mut Link<E>,
    shape: &Shape,
) -> sqlx::Result<Option<String>> {
    if shape.times != TimeKind::Text {
        return Ok(None);
    }
    let time = format!("source.{}", E::quoted(&shape.post_time.name));
    let rows = link.rows(format!(
        "SELECT {} FROM {} AS source WHERE {time} IS NOT NULL LIMIT {TIMES_CHECKED}",
        E::readable_time(&time, shape.times),
        shape.relation
    ))?;
    let mut times = rows.iter().flatten().flatten();
    let is_usable = rows.is_empty() || times.any(|time| Moment::parse(time).is_some());
    Ok((!is_usable).then(|| "text of another form".to_owned()))
}

/// Fills in the portions, by equal time between the first and the last row of the range, and what
/// else can be said about them.
pub(super) fn divide<E: Engine>(
    link: &mut Link<E>,
    shape: &Shape,
    spec: &ReadSpec,
    wanted: u32,
    plan: &mut Plan,
) -> sqlx::Result<()> {
    let time = format!("source.{}", E::quoted(&shape.post_time.name));
    let (from, until) = select::range::<E>(shape.times, spec, None, None);
    let until = until.map_or_else(String::new, |until| format!(" AND {time} < {until}"));
    let range = format!(
        "FROM {} AS source WHERE {time} >= {from}{until}",
        shape.relation
    );
    let [Some(least), Some(greatest)] = ends(link, shape, &time, &range)? else {
        plan.rows_estimate = Some(0);
        return Ok(());
    };
    let first = Moment::parse(&least).map_or(spec.start, |first| first.max(spec.start));
    let last = Moment::parse(&greatest).map_or(spec.end, |last| last.min(spec.end));
    // Without an index the server would have to look at the whole table for each portion.
    let wanted = if shape.index.is_some() { wanted } else { 1 };
    let cuts = cuts(first, last, wanted);
    let cuts: Vec<String> = cuts.iter().map(Moment::to_string).collect();
    let none = std::iter::once(None);
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
    plan.rows_estimate = link.estimate(&format!("SELECT {time} {range}"))?;
    Ok(())
}

/// The least and the greatest time of a range, as text.
fn ends<E: Engine>(
    link: &mut Link<E>,
    shape: &Shape,
    time: &str,
    range: &str,
) -> sqlx::Result<[Option<String>; 2]> {
    let readable = E::readable_time(time, shape.times);
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
            E::readable_time(&least, shape.times),
            E::readable_time(&greatest, shape.times)
        )
    };
    let row: Cells = link.rows(sql)?.pop().unwrap_or_default();
    let mut cells = row.into_iter();
    Ok(std::array::from_fn(|_| cells.next().flatten()))
}
