//! An output of one instance: the values of the instance are filled in.

use serde::{Deserialize, Serialize};

use super::glob::escaped;
use crate::systems::pipelines::project::Output;
use crate::systems::pipelines::values::{ParamValue, Piece, Scope, Template};
use crate::tables::NamedValue;

/// Letters of a statement or a URL that a label shows.
const LABEL_CHARS_MAX: usize = 100;

/// Stored with jobs: a project file may have changed by the time a dead attempt is cleaned up.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub(crate) enum ResolvedOutput {
    Path {
        path: String,
        min_bytes: u64,
        atomic: bool,
    },
    /// Values in it stand for themselves, also where they hold `*`.
    Glob {
        glob: String,
        min: u64,
    },
    Sql {
        sql: String,
        /// The names in `sql` that are parameters.
        params: Vec<(String, Bound)>,
        connection: String,
    },
    Http {
        url: String,
        status: u16,
    },
    /// Its caller knows whether it is there.
    Marker,
}

/// A value that is bound to a statement.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Bound {
    Text(String),
    Int(i64),
    Bool(bool),
}

impl From<&ParamValue> for Bound {
    fn from(value: &ParamValue) -> Self {
        match value {
            ParamValue::Int(integer) => Self::Int(*integer),
            ParamValue::Bool(truth) => Self::Bool(*truth),
            ParamValue::Text(text) => Self::Text(text.clone()),
            ParamValue::Date(_)
            | ParamValue::Month(_)
            | ParamValue::Hour(_)
            | ParamValue::Minute(_) => Self::Text(value.to_string()),
        }
    }
}

impl Bound {
    /// As databases take it.
    pub(crate) fn as_named(&self) -> NamedValue<'_> {
        match self {
            Self::Text(text) => NamedValue::Text(text),
            Self::Int(integer) => NamedValue::Integer(*integer),
            Self::Bool(is_true) => NamedValue::Truth(*is_true),
        }
    }
}

impl ResolvedOutput {
    /// Whether it can be looked at without asking another program.
    pub(crate) fn is_local(&self) -> bool {
        match self {
            Self::Path { .. } | Self::Glob { .. } | Self::Marker => true,
            Self::Sql { .. } | Self::Http { .. } => false,
        }
    }

    /// Fills the values of an instance in. `params` are all of its parameters: a statement gets
    /// those that it names.
    pub(crate) fn fill(
        output: &Output,
        scope: &dyn Scope,
        params: &[(String, ParamValue)],
    ) -> Result<Self, String> {
        Ok(match output {
            Output::Path {
                path,
                min_bytes,
                atomic,
            } => Self::Path {
                path: path.fill(scope)?,
                min_bytes: *min_bytes,
                atomic: *atomic,
            },
            Output::Glob { glob, min } => Self::Glob {
                glob: fill_pieces(glob, scope, |_, value| escaped(&value))?,
                min: *min,
            },
            Output::Sql { sql, connection } => Self::Sql {
                sql: sql.clone(),
                params: params
                    .iter()
                    .filter(|(name, _)| sql.contains(&format!(":{name}")))
                    .map(|(name, value)| (name.clone(), Bound::from(value)))
                    .collect(),
                connection: connection.clone(),
            },
            Output::Http { url, status } => Self::Http {
                url: fill_pieces(url, scope, |name, value| match scope.param(name) {
                    Some(ParamValue::Text(_)) => url_escaped(&value),
                    _ => value,
                })?,
                status: *status,
            },
            Output::Marker => Self::Marker,
        })
    }

    /// How people know it: as in the file, filled in.
    pub(crate) fn label(&self) -> String {
        match self {
            Self::Path { path, .. } => path.clone(),
            Self::Glob { glob, .. } => glob.clone(),
            Self::Sql { sql, .. } => {
                let words: Vec<&str> = sql.split_whitespace().collect();
                shortened(&words.join(" "))
            }
            // What follows may be a secret.
            Self::Http { url, .. } => {
                let end = url.find(['?', '#']).unwrap_or(url.len());
                shortened(&url[..end])
            }
            Self::Marker => "earlier success".to_owned(),
        }
    }
}

/// Fills a template in, each value changed by `change`, which is given its name, too.
fn fill_pieces(
    template: &Template,
    scope: &dyn Scope,
    change: impl Fn(&str, String) -> String,
) -> Result<String, String> {
    let mut text = String::new();
    for piece in &template.pieces {
        match piece {
            Piece::Text(fixed) => text.push_str(fixed),
            Piece::Value { name, .. } => {
                let alone = Template {
                    pieces: vec![piece.clone()],
                };
                text.push_str(&change(name, alone.fill(scope)?));
            }
        }
    }
    Ok(text)
}

/// A text as a part of a URL: it adds neither a segment nor a query.
fn url_escaped(text: &str) -> String {
    let mut url = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            byte if byte.is_ascii_alphanumeric() || b"-._~@=:".contains(&byte) => {
                url.push(char::from(byte));
            }
            byte => url.push_str(&format!("%{byte:02X}")),
        }
    }
    url
}

fn shortened(text: &str) -> String {
    match text.char_indices().nth(LABEL_CHARS_MAX) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use chrono::{NaiveDate, NaiveDateTime};

    use super::*;

    struct Values(Vec<(String, ParamValue)>);

    impl Scope for Values {
        fn param(&self, name: &str) -> Option<&ParamValue> {
            let found = self.0.iter().find(|(known, _)| known == name);
            found.map(|(_, value)| value)
        }

        fn text(&self, name: &str) -> Option<&str> {
            (name == "DATA").then_some("data/*")
        }

        fn moment(&self, _: &str) -> Option<NaiveDateTime> {
            None
        }
    }

    #[test]
    fn values_are_filled_in_and_stand_for_themselves() {
        let values = Values(vec![
            (
                "date".to_owned(),
                ParamValue::Date(NaiveDate::from_ymd_opt(2026, 11, 21).unwrap()),
            ),
            ("kind".to_owned(), ParamValue::Text("a*/[b]?".to_owned())),
            ("n".to_owned(), ParamValue::Int(-5)),
        ]);
        let template = |text: &str| Template::parse(text).unwrap();
        let fill = |output: Output| ResolvedOutput::fill(&output, &values, &values.0).unwrap();
        let path = fill(Output::Path {
            path: template("{DATA}/{date-1d:%Y/%m/%d}/{kind}-{n}"),
            min_bytes: 3,
            atomic: false,
        });
        assert_eq!(path.label(), "data/*/2026/11/20/a*/[b]?--5");
        let glob = fill(Output::Glob {
            glob: template("{DATA}/{kind}/*.csv"),
            min: 1,
        });
        assert_eq!(glob.label(), "data/[*]/a[*]/[[]b[]][?]/*.csv");
        let http = fill(Output::Http {
            url: template("http://h/{date:%Y/%m}/{kind}?n={n}"),
            status: 200,
        });
        assert_eq!(http.label(), "http://h/2026/11/a%2A%2F%5Bb%5D%3F");
        let sql = fill(Output::Sql {
            sql: "SELECT :date, :n".to_owned(),
            connection: "w".to_owned(),
        });
        let ResolvedOutput::Sql { params, .. } = sql else {
            panic!("{sql:?}");
        };
        let expected = [
            ("date".to_owned(), Bound::Text("2026-11-21".to_owned())),
            ("n".to_owned(), Bound::Int(-5)),
        ];
        assert_eq!(params, expected);
    }

    #[test]
    fn labels_are_short_and_hold_no_query() {
        let sql = ResolvedOutput::Sql {
            sql: format!("SELECT 1\n  FROM {}", "t".repeat(200)),
            params: Vec::new(),
            connection: "warehouse".to_owned(),
        };
        assert_eq!(sql.label(), format!("SELECT 1 FROM {}…", "t".repeat(86)));
        let http = ResolvedOutput::Http {
            url: "http://h/ready?token=secret".to_owned(),
            status: 200,
        };
        assert_eq!(http.label(), "http://h/ready");
    }

    #[test]
    fn a_value_is_one_part_of_a_url() {
        assert_eq!(url_escaped("a/../b?c&d+é"), "a%2F..%2Fb%3Fc%26d%2B%C3%A9");
        assert_eq!(url_escaped("2026-11-21T05"), "2026-11-21T05");
    }

    #[test]
    fn they_are_stored_and_read_back() {
        let output = ResolvedOutput::Sql {
            sql: "SELECT :n".to_owned(),
            params: vec![("n".to_owned(), Bound::Int(5))],
            connection: "w".to_owned(),
        };
        let stored = serde_json::to_string(&output).unwrap();
        assert_eq!(
            serde_json::from_str::<ResolvedOutput>(&stored).unwrap(),
            output
        );
    }
}
