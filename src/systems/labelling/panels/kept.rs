//! Which staged rows are published: of each author and panel the newest, as far as the rule for
//! authors with several panels keeps it.

use super::{Conflict, Publication};
use crate::tables::{Dialect, Value};

/// Writes the query that selects them.
pub(super) struct KeptRows<'a> {
    dialect: &'a dyn Dialect,
    conflict: Conflict,
    /// In the rule set's order.
    panels: &'a [String],
    /// A table with this order, in columns `panel` and `no`.
    numbered: Option<&'a str>,
}

impl<'a> KeptRows<'a> {
    /// `numbered`: a table that has the panels' places in the rule set, in columns `panel` and
    /// `no`. Without one they are values of the query.
    pub(super) fn new(
        dialect: &'a dyn Dialect,
        publication: &'a Publication,
        numbered: Option<&'a str>,
    ) -> Self {
        Self {
            dialect,
            conflict: publication.conflict,
            panels: &publication.panels,
            numbered,
        }
    }

    /// The values that `query` needs.
    pub(super) fn values(&self, task_id: &'a str) -> Vec<Value<'a>> {
        let mut values = vec![Value::Text(task_id)];
        if self.conflict == Conflict::MajorityFirst && self.numbered.is_none() {
            values.extend(self.panels.iter().map(|panel| Value::Text(panel)));
        }
        values
    }

    /// Selects, as `newest`, the numbers of the rows of task `?1` that are to be published. Finds
    /// the newest row of each author and panel while it counts them.
    pub(super) fn query(&self, staging: &str) -> String {
        let dialect = self.dialect;
        let (author, panel) = (dialect.identity("source_author"), dialect.identity("panel"));
        let name = match self.has_panel_name() {
            true => "max(panel) AS panel_name,",
            false => "",
        };
        let newest = dialect.newest_row("create_time", "id");
        let counted = format!(
            "SELECT {author} AS author, {panel} AS panel_identity, {name} count(*) AS amount,
                    {newest}
             FROM {staging} WHERE task_id = ?1 GROUP BY author, panel_identity"
        );
        let (places, numbers, choice) = match self.conflict {
            Conflict::KeepAll => return format!("SELECT newest FROM ({counted}) AS panels"),
            Conflict::MajorityDropTies => (
                "rank() OVER (PARTITION BY author ORDER BY amount DESC) AS place,
                 count(*) OVER (PARTITION BY author, amount) AS equally_many"
                    .to_owned(),
                String::new(),
                "place = 1 AND equally_many = 1",
            ),
            Conflict::MajorityFirst => (
                format!(
                    "row_number() OVER (
                         PARTITION BY author ORDER BY amount DESC, {}) AS place",
                    self.panel_order()
                ),
                self.numbered.map_or_else(String::new, |table| {
                    format!("LEFT JOIN {table} AS numbers ON numbers.panel = panel_identity")
                }),
                "place = 1",
            ),
        };
        format!(
            "SELECT newest FROM (
                 SELECT newest, {places} FROM ({counted}) AS panels {numbers}) AS placed
             WHERE {choice}"
        )
    }

    /// Whether panels need a column with their name besides their identity. Only where that is
    /// something else and their order counts: what is carried makes the table of groups larger.
    fn has_panel_name(&self) -> bool {
        self.conflict == Conflict::MajorityFirst && self.dialect.identity("panel") != "panel"
    }

    /// The place of a panel in the rule set, for ties; a panel that is not in it comes first.
    fn panel_order(&self) -> String {
        if self.numbered.is_some() {
            return "numbers.no".to_owned();
        }
        let name = match self.has_panel_name() {
            true => "panel_name",
            false => "panel_identity",
        };
        let places: Vec<_> = (0..self.panels.len())
            .map(|place| format!("WHEN ?{} THEN {place}", place + 2))
            .collect();
        match places.is_empty() {
            true => "0".to_owned(),
            false => format!("CASE {name} {} ELSE -1 END", places.join(" ")),
        }
    }
}
