//! Apache Kafka in the tests: the broker that runs beside all of them, brokers of a test's own, and
//! the other side of a broker, which is a worker's.
//!
//! A test that only sends and reads uses the [`shared`] broker with topics of its own
//! ([`own_topics`]; no broker makes a topic by itself). One that stops, kills or freezes its broker,
//! or gives and takes rights, starts an [`OwnBroker`].

mod administration;
mod listeners;
mod own;
mod programs;
mod tests;
mod worker_side;

pub(crate) use administration::{Topics, own_topics};
pub(crate) use listeners::{Listeners, shared};
pub(crate) use own::{OwnBroker, plain_password};
pub(crate) use programs::kafka_program;
pub(crate) use worker_side::{Answering, Reader};
