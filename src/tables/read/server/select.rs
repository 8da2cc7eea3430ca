//! Writes the queries that read the rows of a portion.
//!
//! ```text
//! along the times   an index leads with the time: rows in its order, those of one time in any
//! of one time       in the order of ids: for a time that has more rows than a slice may have
//! in full order     there is no such index: the server sorts by time and id
//! ```
//!
//! Only rows are read in which no wanted column is NULL that may not be, or whose time probably cannot be read: those
//! are counted.

use super::dialect::ReadServer;
use super::shape::ServerShape;
use super::time_kind::{TextEquality, TimeKind};
use crate::tables::read::moment::{Moment, Zone};
use crate::tables::read::portion::{ServerMark, ServerRow};
use crate::tables::read::range::TextRange;
use crate::tables::read::source::{Nullable, TableQuery};

/// The queries of one portion.
pub(super) struct Select {
    pub(super) times: TimeKind,
    pub(super) equality: TextEquality,
    pub(super) nullable: Nullable,
    /// Whether an index leads with the time.
    pub(super) is_indexed: bool,
    /// `SELECT … FROM …`.
    head: String,
    time: String,
    /// The condition that a row lacks nothing.
    whole: String,
    /// The condition that it lacks nothing, or its time probably cannot be read.
    whole_or_unreadable: String,
    /// The condition that a row is in the portion, when none of it was read.
    portion: Vec<String>,
    id: String,
    id_is_number: bool,
    /// What rows of one time are ordered by.
    order: String,
}

/// A query, and what its rows are.
pub(super) struct Selection {
    pub(super) sql: String,
    /// Whether rows of one time come in the order of ids.
    pub(super) in_full_order: bool,
    /// The row at which it begins, with its time, if that was read already.
    pub(super) skip: Option<(String, ServerRow)>,
    /// The time whose rows it gives, if they are of one time.
    pub(super) of_time: Option<String>,
}

impl Select {
    pub(super) fn new<S: ReadServer>(
        shape: &ServerShape,
        query: &TableQuery,
        portion: PortionOf<'_>,
    ) -> Self {
        let column = |name: &str| format!("source.{}", S::dialect().quoted(name));
        let time = column(&shape.time.name);
        let names: Vec<_> = shape
            .columns
            .iter()
            .map(|wanted| column(&wanted.name))
            .collect();
        let type_name = shape.columns.first().map_or("", |key| &key.type_name);
        let id_is_number = S::is_number(type_name);
        let id = names.first().map(String::as_str).unwrap_or_default();
        let id = S::id_in_order(id, id_is_number, S::is_binary(type_name));
        let mut selected = vec![S::streamed_time(&time, shape.times)];
        selected.extend(names.iter().map(|name| S::streamed(name)));
        let mut order = id.clone();
        if !shape.keys_are_unique {
            // Rows of one time and id come in the same order whenever they are read.
            for name in names.iter().skip(1) {
                order += &format!(", md5({})", S::streamed(name));
            }
        }
        let along = shape.index.as_deref().map(S::along).unwrap_or_default();
        let nullable = query.nullable;
        let whole = whole(&names, nullable).join(" AND ");
        let (required, others) = shape.columns.split_at(nullable.required(names.len()));
        let may_lack = required.iter().any(|wanted| wanted.may_be_null)
            || nullable.one_is_wanted && others.iter().all(|wanted| wanted.may_be_null);
        let whole_or_unreadable = match may_lack {
            true => format!(
                "({whole} OR ({}) IS NOT TRUE)",
                S::is_time(&time, shape.times)
            ),
            false => whole.clone(),
        };
        let portion = portion.conditions::<S>(shape.times, query, &time);
        Self {
            times: shape.times,
            equality: shape.equality,
            nullable,
            is_indexed: shape.index.is_some(),
            head: format!(
                "SELECT {} FROM {} AS source{along}",
                selected.join(", "),
                shape.relation
            ),
            time,
            whole,
            whole_or_unreadable,
            portion,
            id,
            id_is_number,
            order,
        }
    }

    /// What is left of the portion.
    pub(super) fn rest<S: ReadServer>(&self, mark: Option<&ServerMark>) -> Selection {
        match mark {
            Some(mark) if self.is_indexed && mark.row.is_some() => {
                self.of_one_time::<S>(&mark.time, mark.row.as_ref())
            }
            mark => self.of_range::<S>(mark),
        }
    }

    /// The rows of one time, or those of them that are left.
    pub(super) fn of_one_time<S: ReadServer>(
        &self,
        time: &str,
        row: Option<&ServerRow>,
    ) -> Selection {
        let Self {
            head, whole, order, ..
        } = self;
        let mut sql = format!(
            "{head} WHERE {} = {} AND {whole}",
            self.time,
            self.value::<S>(time)
        );
        if let Some(row) = row {
            sql += &format!(" AND {} >= {}", self.id, S::id(&row.id, self.id_is_number));
        }
        sql += &format!(" ORDER BY {order}");
        Selection {
            sql,
            in_full_order: true,
            skip: row.map(|row| (time.to_owned(), row.clone())),
            of_time: Some(time.to_owned()),
        }
    }

    fn of_range<S: ReadServer>(&self, mark: Option<&ServerMark>) -> Selection {
        let Self {
            head,
            time,
            whole_or_unreadable,
            order,
            ..
        } = self;
        let mut conditions = self.portion.clone();
        let mut skip = None;
        if let Some(mark) = mark {
            let value = self.value::<S>(&mark.time);
            if let Some(row) = &mark.row {
                let id = S::id(&row.id, self.id_is_number);
                conditions.push(format!("{time} >= {value}"));
                conditions.push(format!("({time} > {value} OR {} >= {id})", self.id));
                skip = Some((mark.time.clone(), row.clone()));
            } else {
                conditions.push(format!("{time} > {value}"));
            }
        }
        let order = if self.is_indexed {
            String::new()
        } else {
            format!(", {order}")
        };
        let conditions = conditions.join(" AND ");
        Selection {
            sql: format!(
                "{head} WHERE {conditions} AND {whole_or_unreadable} ORDER BY {time}{order}"
            ),
            in_full_order: !self.is_indexed,
            skip,
            of_time: None,
        }
    }

    fn value<S: ReadServer>(&self, time: &str) -> String {
        value::<S>(self.times, time)
    }
}

/// The conditions that a row of these columns lacks nothing.
pub(super) fn whole(columns: &[String], nullable: Nullable) -> Vec<String> {
    let (required, others) = columns.split_at(nullable.required(columns.len()));
    let is_given = |name: &String| format!("{name} IS NOT NULL");
    let mut conditions: Vec<String> = required.iter().map(is_given).collect();
    if nullable.one_is_wanted {
        let one = others.iter().map(is_given).collect::<Vec<_>>().join(" OR ");
        conditions.push(format!("({one})"));
    }
    conditions
}

/// Which rows of the range of a query belong to a portion.
#[derive(Clone, Copy)]
pub(super) enum PortionOf<'a> {
    /// Those between two cuts of their times.
    Times {
        from: Option<&'a str>,
        until: Option<&'a str>,
    },
    /// Those whose time is text of another form, outside of the texts of the range.
    OtherForms,
}

impl PortionOf<'_> {
    /// The conditions that all rows of the portion meet.
    pub(super) fn conditions<S: ReadServer>(
        self,
        times: TimeKind,
        query: &TableQuery,
        time: &str,
    ) -> Vec<String> {
        let (from, until) = match self {
            Self::Times { from, until } => range::<S>(times, query, from, until),
            Self::OtherForms => {
                let forms = [" %", "\t%", "____/%"].map(S::text);
                let forms = forms.map(|form| format!("{time} LIKE {form}")).join(" OR ");
                return vec![outside::<S>(times, query, time), format!("({forms})")];
            }
        };
        let mut conditions = vec![format!("{time} >= {from}")];
        conditions.extend(until.map(|until| format!("{time} < {until}")));
        conditions
    }
}

/// The condition that a row is in no portion of the kind `Times`.
pub(super) fn outside<S: ReadServer>(times: TimeKind, query: &TableQuery, time: &str) -> String {
    let everything = PortionOf::Times {
        from: None,
        until: None,
    };
    let inside = everything.conditions::<S>(times, query, time);
    format!("NOT ({})", inside.join(" AND "))
}

/// The values from which on and before which the times of a portion are. Text may have a `T`, or
/// an offset, so that its range is wider than that of the query, as is that of clocks which are put
/// back; for the rest it is exact. Numbers have a range for each unit, which is always given.
fn range<S: ReadServer>(
    times: TimeKind,
    query: &TableQuery,
    from: Option<&str>,
    until: Option<&str>,
) -> (String, Option<String>) {
    if times == TimeKind::Text {
        let range = TextRange::of(query).between(from, until);
        return (S::text(&range.from), Some(S::text(&range.until)));
    }
    let (start, end) = match times {
        TimeKind::Stamp | TimeKind::Day if query.zone != Zone::UTC => {
            let (start, end) = query.range_of_clock();
            (start.moved(-DAY_MICROS), end.moved(DAY_MICROS))
        }
        _ => (query.start, query.end),
    };
    let from = from.map_or_else(|| S::moment(times, start), |from| value::<S>(times, from));
    let until = match until {
        Some(until) => Some(value::<S>(times, until)),
        None => Moment::from_micros(end.micros() + 1).map(|after| S::moment(times, after)),
    };
    (from, until)
}

/// A time out of a mark or a portion.
pub(super) fn value<S: ReadServer>(times: TimeKind, time: &str) -> String {
    match times {
        TimeKind::Text => S::text(time),
        // As it was shown, which is a number.
        TimeKind::Number if time.parse::<f64>().is_ok_and(f64::is_finite) => time.to_owned(),
        TimeKind::Number => S::text(time),
        TimeKind::Stamp | TimeKind::Day | TimeKind::Zoned => match Moment::parse(time) {
            Some(moment) => S::moment(times, moment),
            None => S::text(time),
        },
    }
}

/// Longer than any clock is put back.
const DAY_MICROS: i64 = 86_400_000_000;
