//! An export that was made, entered in the transaction that ends its slice.

use entity::{brief, brief_export};
use sea_orm::sea_query::{Expr, ExprTrait, Query};
use sea_orm::{DbBackend, Statement, StatementBuilder};

use crate::engine::store::notifications::{self, NewNotification};
use crate::engine::store::{BesideSlice, Result, insertion};

/// Takes the place of an export of the same stage.
#[derive(Clone, Debug)]
pub(crate) struct EnteredExport {
    pub export: brief_export::Model,
    pub articles: i64,
    pub accounts: i64,
    /// What whoever looks at the brief is told.
    pub message: Option<String>,
    /// What people learn of it.
    pub notification: Option<NewNotification>,
}

impl BesideSlice for EnteredExport {
    fn statements(&self, backend: DbBackend) -> Result<Vec<Statement>> {
        let job = self.export.job_id.as_str();
        let delete = Query::delete()
            .from_table(brief_export::Entity)
            .and_where(Expr::col(brief_export::Column::JobId).eq(job))
            .and_where(Expr::col(brief_export::Column::Stage).eq(self.export.stage))
            .to_owned();
        let update = Query::update()
            .table(brief::Entity)
            .value(brief::Column::Articles, self.articles)
            .value(brief::Column::Accounts, self.accounts)
            .value(brief::Column::Message, self.message.clone())
            .and_where(Expr::col(brief::Column::JobId).eq(job))
            .to_owned();
        let mut statements = vec![StatementBuilder::build(&delete, &backend)];
        let row = std::slice::from_ref(&self.export);
        statements.extend(insertion(backend, row, &[])?);
        statements.push(StatementBuilder::build(&update, &backend));
        if let Some(noted) = &self.notification {
            let noted = std::slice::from_ref(noted);
            statements.extend(notifications::insertion(backend, noted)?);
        }
        Ok(statements)
    }
}
