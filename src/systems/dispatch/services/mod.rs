//! Tasks for outside workers: what is sent to them and what they answer.
//!
//! Nothing of a task runs here. Services stand beside the jobs, for as long as the program
//! runs: [`OutboxPublisher`] sends the messages that were stored with their tasks,
//! [`ReplyConsumer`] takes in what workers answer over Kafka, [`Overseer`] ends what nobody has
//! reported on in time, [`BrokerWatch`] looks what is wrong with the broker, [`TaskGauges`] counts.

mod bell;
mod broker_state;
mod broker_watch;
mod dead_letters;
mod envelope;
mod gauges;
mod outbox;
mod overseer;
mod replies;
mod reply;
mod salvage;
mod service;
mod task_id;
mod told;

pub use bell::Bell;
pub use broker_state::{BrokerState, NamedTopic, Trouble};
pub use broker_watch::{BrokerWatch, troubles_of_broker};
pub use envelope::{envelope, message_bytes};
pub use gauges::TaskGauges;
pub use outbox::OutboxPublisher;
pub use overseer::Overseer;
pub use replies::ReplyConsumer;
pub use reply::{
    Answer, Unusable, apply, read as read_answer, read_in as read_answer_in, status_of,
};
pub use service::{DispatchService, DispatchServices};
pub use task_id::{NoTaskId, TaskId};
pub use told::Via;
