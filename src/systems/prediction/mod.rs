//! System 4, prediction: from the workbooks of clients to rows.

pub(crate) mod import;
