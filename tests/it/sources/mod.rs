//! What holds for tables on database servers: each row that takes part is visited exactly once,
//! wherever slices end and readers die, and trouble is told apart.

mod database;
mod every_row_once;
mod gathered;
mod shapes;
mod trouble;
