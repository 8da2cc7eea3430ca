//! What holds for tables of posts wherever they are kept: each row that takes part is visited
//! exactly once, wherever slices end and readers die, and trouble is told apart.

mod csv;
mod database;
mod every_row_once;
mod gathered;
mod roles;
mod several_texts;
mod shapes;
mod sqlite;
mod sqlite_rows;
mod sqlite_trouble;
mod trouble;
mod unreadable;
mod without_id;
