//! `sql`: the first value of the first row is not NULL, 0 or ''.

use super::{Form, Output};
use crate::systems::pipelines::project::body::check_sql;
use crate::systems::pipelines::project::fault::Faults;
use crate::systems::pipelines::project::shape::{Key, Shape};
use crate::systems::pipelines::project::spot::Spot;
use crate::systems::pipelines::project::task::TaskScope;

pub(super) const FORM: Form = Form {
    keys: &[
        Key::required(
            "sql",
            Shape::Text,
            "A query; :date binds. Its first value says it.",
        ),
        Key::required(
            "connection",
            Shape::Text,
            "A name of `pipelines.connections`.",
        ),
    ],
    read,
};

fn read(spot: &Spot<'_>, scope: &TaskScope<'_>, faults: &mut Faults) -> Option<Output> {
    let (sql, connection) = (spot.get("sql")?, spot.get("connection")?);
    let name = connection.text()?;
    scope.context.check_connection(name, &connection, faults);
    check_sql(&sql, scope, faults);
    Some(Output::Sql {
        sql: sql.text()?.to_owned(),
        connection: name.to_owned(),
    })
}
