//! Why there is no plan.

/// The request or the project is at fault; nothing has been done.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum PlanError {
    #[error("project {project} has no task {task}")]
    UnknownTask { project: String, task: String },
    #[error("task {task} has no parameter {param}; {known}")]
    UnknownParam {
        task: String,
        param: String,
        known: String,
    },
    #[error("parameter {param} of task {task} is required: it has neither a default nor values")]
    NoValue { task: String, param: String },
    #[error("parameter {param} of task {task}: {problem}")]
    BadValue {
        task: String,
        param: String,
        problem: String,
    },
    #[error("{instance} requires {task}: {problem}")]
    Requirement {
        instance: String,
        task: String,
        problem: String,
    },
    #[error("more than {most} instances; they are required by {chain}")]
    TooMany { most: usize, chain: String },
    #[error("more than {most} requirements between instances; the last are of {chain}")]
    TooManyNeeds { most: usize, chain: String },
    #[error("instances that need each other: {drawn}")]
    Circle { drawn: String },
}
