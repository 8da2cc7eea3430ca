//! Where the views of the store are, for those who let other programs read them.

use sea_orm::{ConnectionTrait, DbBackend, DbErr, Statement};

use super::{Result, Store, query};

/// Views of the engine.
pub(crate) const VIEWS: [&str; 1] = ["v_job"];

/// Where a statement of somebody else finds the views.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum ViewPlace {
    Sqlite { file: String },
    Postgres { database: String, schema: String },
    Mariadb { database: String },
}

impl Store {
    pub(crate) async fn view_place(&self) -> Result<ViewPlace> {
        const LOOK: &str = "look where the views are";
        let backend = self.read.get_database_backend();
        let sql = match backend {
            DbBackend::Sqlite => {
                "SELECT file AS place, '' AS schema_name FROM pragma_database_list WHERE name = 'main'"
            }
            DbBackend::Postgres => {
                "SELECT CAST(current_database() AS text) AS place, \
                 CAST(current_schema() AS text) AS schema_name"
            }
            _ => "SELECT DATABASE() AS place, '' AS schema_name",
        };
        let statement = Statement::from_string(backend, sql);
        let found = self.read.query_one_raw(statement).await;
        let found = found.map_err(query(LOOK))?.ok_or_else(|| {
            let nothing = DbErr::RecordNotFound("the database names no place".to_owned());
            query(LOOK)(nothing)
        })?;
        let text = |column| found.try_get::<String>("", column).map_err(query(LOOK));
        let place = text("place")?;
        Ok(match backend {
            DbBackend::Sqlite => ViewPlace::Sqlite { file: place },
            DbBackend::Postgres => ViewPlace::Postgres {
                database: place,
                schema: text("schema_name")?,
            },
            _ => ViewPlace::Mariadb { database: place },
        })
    }
}
