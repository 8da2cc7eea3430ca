//! The names that a line of the log can use beside its own members, and what each means.
//!
//! The same thing has the same name everywhere, or nobody can ask for it. A test reads the sources
//! and finds names that are not here.

/// Names of fields, each with what it holds.
pub const FIELDS: &[(&str, &str)] = &[
    ("job.id", "the task's id, 32 hexadecimal digits"),
    (
        "trace_id",
        "the trace that the line belongs to, 32 hexadecimal digits",
    ),
    ("span_id", "the span in it, 16 hexadecimal digits"),
    ("step.no", "which step of the job, from 0"),
    (
        "step.kind",
        "what the step does: `label`, `publish`, `dispatch`",
    ),
    ("batch.no", "which batch of the step, from 0"),
    ("attempt.no", "which attempt at the batch, from 1"),
    (
        "epoch",
        "fencing token of the lease under which the process runs the job",
    ),
    ("state", "the state in which the job is now"),
    ("error", "the error with its causes"),
    ("reason", "why, in a sentence"),
    (
        "how",
        "the signal or the exit code with which a process ended",
    ),
    ("pause", "how long is waited before the next try"),
    ("failed", "whether an overdue task is given up"),
    ("jobs", "a number of jobs"),
    (
        "refused",
        "how many calls were refused since such a line was logged last",
    ),
    ("actor", "a kind of actor, as in the tree"),
    ("process", "the number of a process of this machine"),
    (
        "service",
        "what runs beside the jobs, or the service of a dispatched task",
    ),
    ("project", "a project of pipelines, by its name"),
    ("schedule", "a schedule, by its name"),
    ("mapping", "a mapping of imports, by its name"),
    ("scrape", "a scrape, by its name"),
    ("platform", "a platform of briefs, by its name"),
    ("tries", "how often something has been tried"),
    ("model", "a model, by its name"),
    ("rule_set", "a set of rules, by its name"),
    ("digest", "the SHA-256 of a version of a rule set"),
    ("version", "a version of a model"),
    ("alias", "an alias of a model"),
    (
        "trigger",
        "what starts something by itself: its source, a slash and its name",
    ),
    ("started", "what a trigger has started, by its id"),
    ("run.id", "a run of a project, 32 hexadecimal digits"),
    (
        "commit.id",
        "a commit of a project that comes from git, 40 or 64 hexadecimal digits",
    ),
    ("checkouts", "a number of commits whose files were removed"),
    ("fault", "what is wrong with a file, with its line and key"),
    ("output", "an output, as the settings name it"),
    ("topic", "a topic of the broker"),
    ("partition", "a partition of the topic"),
    ("offset", "a place in the partition"),
    ("client", "our `producer` or `consumer`"),
    ("facility", "the part of librdkafka that speaks"),
    ("signal", "`traces`, `metrics` or `logs`"),
    ("endpoint", "where telemetry is sent"),
    ("traces", "whether traces are sent"),
    ("metrics", "whether metrics are sent"),
    ("logs", "whether log lines are sent"),
    ("rule", "a rule of notifications, by its name"),
    (
        "receiver",
        "whom a rule tells: a group of mail addresses, or a hook",
    ),
    ("delivery", "a message of a notification, by its id"),
    ("path", "the path of a request"),
    ("settings", "the keys of some settings"),
    (
        "filter",
        "the level, or the filter, from which on lines are logged",
    ),
];
