//! The tables of the engine's store as sea-orm entities, with the ids and the state
//! enums that the rest of the program uses.
//!
//! One file a table. Every table name begins with `audience_`, because the store may
//! live in the same database as the published panels, whose table names are chosen by users.

pub mod artifact;
pub mod attempt;
pub mod audit;
pub mod backtest_part;
pub mod batch;
pub mod blob;
pub mod brief;
pub mod brief_calls;
pub mod brief_export;
pub mod brief_packed;
pub mod brief_page;
pub mod brief_part;
pub mod brief_platform;
pub mod brief_pushed;
pub mod brief_sequence;
pub mod clock;
pub mod dead_letter;
pub mod dispatch;
pub mod duty;
pub mod event;
pub mod id;
pub mod import;
pub mod import_problem;
pub mod job;
pub mod log;
pub mod mapping;
pub mod model;
pub mod model_alias;
pub mod model_move;
pub mod model_piece;
pub mod model_shadow;
pub mod model_version;
pub mod need;
pub mod notification;
pub mod notification_bell;
pub mod notification_delivery;
pub mod notification_failing;
pub mod notification_follow;
pub mod notification_rule;
pub mod outbox;
pub mod pipeline_instance;
pub mod pipeline_marker;
pub mod pipeline_run;
pub mod pipeline_upload;
pub mod pipeline_version;
pub mod prediction;
pub mod removal;
pub mod rule_gate;
pub mod rule_review;
pub mod rule_review_item;
pub mod rule_review_verdict;
pub mod rule_set;
pub mod rule_set_activation;
pub mod rule_set_piece;
pub mod rule_set_version;
pub mod saved_view;
pub mod schedule;
pub mod scrape;
pub mod scrape_host;
pub mod scrape_page;
pub mod scrape_problem;
pub mod scrape_run;
pub mod scrape_state;
pub mod scrape_waiting;
pub mod secret;
pub mod session;
pub mod state;
pub mod step;
pub mod trigger;
pub mod trigger_fire;

pub use id::{JobId, ParseJobIdError};
pub use state::{
    AttemptOutcome, BatchState, DeliveryState, DispatchStatus, FireState, HistoryState, JobState,
    LetterKind, LogLevel, RunState, StepState,
};
