//! Why all rows have to be labelled anew.

/// What differs from the job whose ledger is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, thiserror::Error)]
pub enum FullRun {
    #[error("no job of this rule set, source and table has a ledger")]
    NoLedger,
    #[error("the ledger is of another model type")]
    ModelType,
    #[error("the ledger was made by another revision of the matcher")]
    Revision,
    #[error("the rules look at other fields")]
    Fields,
    #[error("texts are folded in another way")]
    Folding,
    #[error("the filters are others, or their lists")]
    Filters,
    #[error("`row_labels` is another")]
    RowLabels,
    #[error("`exclusive` is another")]
    Exclusive,
    #[error("`author_conflict` is another")]
    AuthorConflict,
    #[error("labels stand in another order")]
    LabelOrder,
    #[error("the groups are others")]
    Groups,
    #[error("the time zone of the source is another")]
    TimeZone,
}
