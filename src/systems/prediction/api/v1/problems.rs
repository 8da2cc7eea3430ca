//! What is wrong with cells, as callers see it.

use entity::import_problem;
use poem_openapi::Object;

use crate::systems::prediction::import::Problem;
use crate::systems::prediction::store::ProblemCount;

/// Problems in the order of the file.
#[derive(Object)]
pub(super) struct ProblemPage {
    pub problems: Vec<StoredProblem>,
    /// Give it as `after` to get the next page; null on the last one.
    pub next: Option<i32>,
    /// Of all problems that are kept, whatever is listed; if it was asked for.
    #[oai(skip_serializing_if_is_none)]
    pub counts: Option<Vec<CountedProblems>>,
}

/// How often something is wrong in a column.
#[derive(Object)]
pub(super) struct CountedProblems {
    code: String,
    /// Null: the problems are of no column.
    column: Option<String>,
    problems: i64,
}

/// What is wrong with a cell.
#[derive(Object)]
pub(super) struct StoredProblem {
    /// From 1.
    no: i32,
    #[oai(flatten)]
    problem: CellProblem,
}

/// What is wrong with a cell of a file.
#[derive(Object)]
pub(super) struct CellProblem {
    /// Such as `実績表!F9`; of what is missing the name of its sheet.
    pub cell: String,
    /// Where the rows go.
    pub table: String,
    pub column: Option<String>,
    /// Such as `not_a_number`.
    pub code: String,
    /// What stands in the cell.
    pub text: String,
    pub message: String,
}

impl From<import_problem::Model> for StoredProblem {
    fn from(row: import_problem::Model) -> Self {
        Self {
            no: row.no,
            problem: CellProblem {
                cell: row.cell,
                table: row.into_table,
                column: row.into_column,
                code: row.code,
                text: row.text,
                message: row.message,
            },
        }
    }
}

impl From<Problem> for CellProblem {
    fn from(problem: Problem) -> Self {
        Self {
            cell: problem.cell,
            table: problem.table,
            column: problem.column,
            code: problem.code.name().to_owned(),
            text: problem.text,
            message: problem.message,
        }
    }
}

impl From<ProblemCount> for CountedProblems {
    fn from(count: ProblemCount) -> Self {
        Self {
            code: count.code,
            column: count.into_column,
            problems: count.problems,
        }
    }
}
