//! Writes the queries that read the rows of a portion.
//!
//! ```text
//! along the times   an index leads with the time: rows in its order, those of one time in any
//! of one time       in the order of ids: for a time that has more rows than a slice may have
//! in full order     there is no such index: the server sorts by time and id
//! ```
//!
//! Only rows are read in which nothing that a job needs is NULL.

use super::{
    engine::Engine,
    shape::{Shape, TimeKind},
};
use crate::systems::labelling::posts::{
    Moment, ReadSpec, TextColumn,
    portion::{ServerMark, ServerRow},
    range::TextRange,
};

/// The queries of one portion.
pub(super) struct Select {
    pub(super) times: TimeKind,
    /// Whether an index leads with the time.
    pub(super) is_indexed: bool,
    /// `SELECT … FROM …`.
    head: String,
    time: String,
    /// Rows that lack nothing.
    whole: String,
    from: String,
    until: Option<String>,
    id: String,
    id_is_number: bool,
    /// What rows of one time are ordered by.
    order: String,
}

/// A query, and what its rows are.
pub(super) struct Query {
    pub(super) sql: String,
    /// Whether rows of one time come in the order of ids.
    pub(super) in_full_order: bool,
    /// The row at which it begins, with its time, if that was read already.
    pub(super) skip: Option<(String, ServerRow)>,
    /// The time whose rows it gives, if they are of one time.
    pub(super) of_time: Option<String>,
}

impl Select {
    /// For the rows of the range of the job, between two cuts of its times.
    pub(super) fn new<E: Engine>(
        shape: &Shape,
        spec: &ReadSpec,
        from: Option<&str>,
        until: Option<&str>,
    ) -> Self {
        let column = |name: &str| format!("source.{}", E::quoted(name));
        let time = column(&shape.post_time.name);
        let id_is_number = E::is_number(&shape.id.type_name);
        let id_is_binary = E::is_binary(&shape.id.type_name);
        let id = E::id_in_order(&column(&shape.id.name), id_is_number, id_is_binary);
        let mut names = vec![&shape.id.name, &shape.s_id.name, &shape.author.name];
        if spec.text != TextColumn::Author {
            names.push(&shape.text.name);
        }
        let mut selected = vec![E::streamed_time(&time, shape.times)];
        selected.extend(names.iter().map(|name| E::streamed(&column(name))));
        let mut order = id.clone();
        if !shape.ids_are_unique {
            // Rows of one time and id come in the same order whenever they are read.
            for name in &names[1..] {
                order += &format!(", md5({})", E::streamed(&column(name)));
            }
        }
        let along = shape.index.as_deref().map(E::along).unwrap_or_default();
        let whole = names
            .iter()
            .map(|name| format!("{} IS NOT NULL", column(name)));
        let (from, until) = range::<E>(shape.times, spec, from, until);
        Self {
            times: shape.times,
            is_indexed: shape.index.is_some(),
            head: format!(
                "SELECT {} FROM {} AS source{along}",
                selected.join(", "),
                shape.relation
            ),
            time,
            whole: whole.collect::<Vec<_>>().join(" AND "),
            from,
            until,
            id,
            id_is_number,
            order,
        }
    }

    /// What is left of the portion.
    pub(super) fn rest<E: Engine>(&self, mark: Option<&ServerMark>) -> Query {
        match mark {
            Some(mark) if self.is_indexed && mark.row.is_some() => {
                self.of_one_time::<E>(&mark.time, mark.row.as_ref())
            }
            mark => self.of_range::<E>(mark),
        }
    }

    /// The rows of one time, or those of them that are left.
    pub(super) fn of_one_time<E: Engine>(&self, time: &str, row: Option<&ServerRow>) -> Query {
        let Self {
            head, whole, order, ..
        } = self;
        let mut sql = format!(
            "{head} WHERE {} = {} AND {whole}",
            self.time,
            self.value::<E>(time)
        );
        if let Some(row) = row {
            sql += &format!(" AND {} >= {}", self.id, E::id(&row.id, self.id_is_number));
        }
        sql += &format!(" ORDER BY {order}");
        Query {
            sql,
            in_full_order: true,
            skip: row.map(|row| (time.to_owned(), row.clone())),
            of_time: Some(time.to_owned()),
        }
    }

    fn of_range<E: Engine>(&self, mark: Option<&ServerMark>) -> Query {
        let Self {
            head,
            time,
            whole,
            order,
            ..
        } = self;
        let mut conditions = Vec::new();
        let mut skip = None;
        match mark {
            None => conditions.push(format!("{time} >= {}", self.from)),
            Some(mark) => {
                let value = self.value::<E>(&mark.time);
                if let Some(row) = &mark.row {
                    let id = E::id(&row.id, self.id_is_number);
                    conditions.push(format!("{time} >= {value}"));
                    conditions.push(format!("({time} > {value} OR {} >= {id})", self.id));
                    skip = Some((mark.time.clone(), row.clone()));
                } else {
                    conditions.push(format!("{time} > {value}"));
                }
            }
        }
        conditions.extend(self.until.iter().map(|until| format!("{time} < {until}")));
        let order = if self.is_indexed {
            String::new()
        } else {
            format!(", {order}")
        };
        let conditions = conditions.join(" AND ");
        Query {
            sql: format!("{head} WHERE {conditions} AND {whole} ORDER BY {time}{order}"),
            in_full_order: !self.is_indexed,
            skip,
            of_time: None,
        }
    }

    fn value<E: Engine>(&self, time: &str) -> String {
        value::<E>(self.times, time)
    }
}

/// The values from which on and before which the times of a portion are. Text may have a `T`, or
/// an offset, so that its range is wider than that of the job; for the rest it is exact.
pub(super) fn range<E: Engine>(
    times: TimeKind,
    spec: &ReadSpec,
    from: Option<&str>,
    until: Option<&str>,
) -> (String, Option<String>) {
    if times == TimeKind::Text {
        let range = TextRange::of(spec).between(from, until);
        return (E::text(&range.from), Some(E::text(&range.until)));
    }
    let from = from.map_or_else(
        || E::moment(times, spec.start),
        |from| value::<E>(times, from),
    );
    let until = match until {
        Some(until) => Some(value::<E>(times, until)),
        None => Moment::from_micros(spec.end.micros() + 1).map(|after| E::moment(times, after)),
    };
    (from, until)
}

/// A time out of a mark or a portion.
fn value<E: Engine>(times: TimeKind, time: &str) -> String {
    match Moment::parse(time) {
        Some(moment) if times != TimeKind::Text => E::moment(times, moment),
        _ => E::text(time),
    }
}
