//! The keys of a project file.

use super::format::{
    DELAY, DURATION, NAME, PROJECT, SIZE, SOME_TIME, SOME_TIME_OR_NONE, TASK as TASK_NAME, VARIABLE,
};
use super::shape::{Key, Mapping, Shape};
use super::{body, declaration, output, source, trigger};

/// The file as a whole.
pub(super) const ROOT: Mapping = Mapping::of(&[
    Key::required(
        "project",
        Shape::Formatted(&PROJECT),
        "Name of the project.",
    ),
    Key::optional(
        "timezone",
        Shape::Text,
        "Zone of every time in the file, such as Asia/Taipei.",
    ),
    Key::optional(
        "params",
        Shape::Named(&NAME, &Shape::Keys(&declaration::KEYS)),
        "Parameters of the tasks that declare none.",
    ),
    Key::optional(
        "env",
        ENV,
        "Variables of all commands; `--env` and the settings override them.",
    ),
    Key::optional(
        "secrets",
        Shape::List(SECRET),
        "Names of secrets that tasks may ask for.",
    ),
    Key::optional(
        "defaults",
        Shape::Keys(&DEFAULTS),
        "What tasks have that say nothing else.",
    ),
    Key::optional(
        "resources",
        SLOTS,
        "Resources and how many slots they have.",
    ),
    Key::optional(
        "source",
        Shape::Keys(&source::KEYS),
        "The git repository of the project.",
    ),
    Key::optional(
        "tasks",
        Shape::Named(&NAME, &Shape::Keys(&TASK)),
        "The tasks by name.",
    ),
    Key::optional(
        "triggers",
        Shape::Named(&NAME, &Shape::Keys(&trigger::KEYS)),
        "What starts runs by itself.",
    ),
]);

pub(super) const ENV: Shape = Shape::Named(&VARIABLE, &Shape::Text);
const SECRET: &Shape = &Shape::Formatted(&VARIABLE);
const SLOTS: Shape = Shape::Named(&NAME, &Shape::Whole(1, 1_000_000));

const RETRIES: Key = Key::optional(
    "retries",
    Shape::Whole(0, 1_000),
    "Attempts after the first one that failed.",
);
const RETRY_DELAY: Key = Key::optional(
    "retry_delay",
    Shape::Formatted(&DELAY),
    "Shortest and longest pause between attempts, each twice as long as the one before.",
);
const TIMEOUT: Key = Key::optional(
    "timeout",
    Shape::Formatted(&SOME_TIME_OR_NONE),
    "How long an attempt may take.",
);
const GRACE: Key = Key::optional(
    "grace",
    Shape::Formatted(&DURATION),
    "Time between TERM and KILL for a command that has to stop.",
);
const SHELL: Key = Key::optional(
    "shell",
    Shape::Some(&Shape::Text),
    "Program and arguments that a script of `run` is given to as the last argument.",
);

const DEFAULTS: Mapping = Mapping::of(&[RETRIES, RETRY_DELAY, TIMEOUT, GRACE, SHELL]);

const TASK: Mapping = Mapping {
    keys: &[
        RETRIES,
        RETRY_DELAY,
        TIMEOUT,
        GRACE,
        SHELL,
        Key::optional("help", Shape::Text, "What the task is for."),
        Key::optional(
            "params",
            Shape::Any(&[
                Shape::Named(&NAME, &Shape::Keys(&declaration::KEYS)),
                Shape::List(&Shape::Formatted(&NAME)),
            ]),
            "Parameters: declarations, or names of the project's. Without it all of the project's.",
        ),
        Key::optional(
            "requires",
            Shape::List(&REQUIREMENT),
            "What has to be made before.",
        ),
        Key::optional(
            "outputs",
            Shape::List(&output::SHAPE),
            "What shows that the task is made.",
        ),
        Key::optional(
            "env",
            ENV,
            "Variables of its commands, beside the project's.",
        ),
        Key::optional(
            "secrets",
            Shape::List(SECRET),
            "Secrets that its commands get as variables.",
        ),
        Key::optional(
            "cwd",
            Shape::Text,
            "Directory of its commands, relative to the project.",
        ),
        Key::optional(
            "resources",
            SLOTS,
            "Slots of the project's resources that an attempt takes.",
        ),
        Key::optional(
            "priority",
            Shape::Whole(-1_000, 1_000),
            "Greater ones start first.",
        ),
        Key::optional(
            "at_once",
            Shape::Whole(1, 1_000_000),
            "How many instances of the task may run at once, over all runs.",
        ),
        Key::optional("wait", Shape::Keys(&WAIT), "Waits for what others make."),
        Key::optional("limits", Shape::Keys(&LIMITS), "Limits of its commands."),
    ],
    variants: body::keys,
    needs_variant: false,
    others: None,
};

const WAIT: Mapping = Mapping::of(&[
    Key::optional(
        "poll",
        Shape::Formatted(&SOME_TIME),
        "How often the outputs are looked at.",
    ),
    Key::optional(
        "timeout",
        Shape::Formatted(&SOME_TIME_OR_NONE),
        "How long they are waited for.",
    ),
]);

const LIMITS: Mapping = Mapping::of(&[
    Key::optional(
        "memory",
        Shape::Formatted(&SIZE),
        "Address space of a process.",
    ),
    Key::optional(
        "open_files",
        Shape::Whole(1, i64::MAX),
        "Files that a process may have open.",
    ),
]);

const REQUIREMENT: Shape = Shape::Any(&[
    Shape::Formatted(&TASK_NAME),
    Shape::Keys(&Mapping {
        keys: &[
            Key::required(
                "task",
                Shape::Formatted(&TASK_NAME),
                "A task, or project/task.",
            ),
            Key::optional(
                "optional",
                Shape::Bool,
                "Waited for if it is planned or running, used if it exists, never made for this.",
            ),
        ],
        variants: Vec::new,
        needs_variant: false,
        others: Some((&NAME, &WANTED)),
    }),
]);

/// A value, a list of them or a range.
pub(super) const WANTED: Shape = Shape::Any(&[Shape::Text, Shape::Some(&Shape::Text)]);
