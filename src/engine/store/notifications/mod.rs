//! What people may want to learn: noted in one transaction with the change that it reports.
//!
//! An end of a job costs nothing more where nobody listens. The process that ends it decides from memory
//! ([`Interest`]) whether anybody may want to know: the caller that submitted the job, followers, rules. Only
//! then a row is stored with the end, as one more statement of the same set. Who is told what is decided
//! afterwards, from those rows, by the process with the duty to do so.

mod follows;
mod interest;
mod noting;
mod recording;

pub(crate) use follows::told;
pub use follows::{Follows, ReportableEnd};
pub(in crate::engine) use interest::EndKind;
pub use interest::{Interest, WantedFlows, WantedKinds};
pub(super) use noting::knowing;
pub(crate) use noting::{id_of, note, note_ends};
pub(super) use recording::{EndedJob, of_jobs, record_end};
pub(crate) use recording::{NewNotification, insertion, new_id};
