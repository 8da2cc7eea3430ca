//! Why a file cannot be imported at all. Each is a sentence for the person who gave it.

/// What is wrong with a whole file.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum ImportError {
    #[error("the file is empty")]
    Empty,
    #[error("the file has {bytes} bytes; expected at most {most}")]
    TooLarge { bytes: u64, most: u64 },
    #[error("the file unpacks to more than {most} bytes")]
    UnpacksTooLarge { most: u64 },
    #[error("the file has more than {most} cells")]
    TooManyCells { most: u64 },
    #[error("the file takes longer to read than {most_s} s")]
    TooSlow { most_s: u64 },
    #[error("the workbook is protected by a password; remove it and save the workbook again")]
    Password,
    #[error("{found}; expected a workbook (xlsx, xls, ods), CSV or TSV")]
    UnknownFormat { found: &'static str },
    #[error("the {format} file is damaged: {problem}")]
    Damaged {
        format: &'static str,
        problem: String,
    },
    #[error("the {format} file is beyond what can be read: {problem}")]
    NotReadable {
        format: &'static str,
        problem: &'static str,
    },
    #[error(
        "unknown encoding `{name}`; expected utf-8, cp932, euc-jp, utf-16, utf-16le or utf-16be"
    )]
    UnknownEncoding { name: String },
    #[error("there is no sheet `{name}`; known: {known}")]
    UnknownSheet { name: String, known: String },
    #[error("the file cannot be read: {problem}")]
    Io { problem: String },
    #[error("the reader of {format} files failed on this file")]
    ReaderFailed { format: &'static str },
}
