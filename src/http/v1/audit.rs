//! Who did what.

use entity::audit;
use poem_openapi::param::Query;
use poem_openapi::payload::Json;
use poem_openapi::{Object, OpenApi};

use super::Groups;
use super::cursor::JobCursor;
use super::moment::Moment;
use super::words::CallResults;
use crate::clock;
use crate::engine::store::AuditFilter;
use crate::http::Services;
use crate::http::body::WordFilter;
use crate::http::error::Failure;

/// The operations.
pub(crate) struct AuditApi(pub(super) Services);

/// Calls, newest first.
#[derive(Object)]
struct AuditPage {
    calls: Vec<AuditedCall>,
    /// Give it as `after` to get the next page; null on the last one.
    next: Option<String>,
}

/// A call that changed something or was to change something, or several that are alike.
#[derive(Object)]
struct AuditedCall {
    id: String,
    /// RFC 3339, like all times here.
    at: String,
    /// The last of the calls that are alike.
    until: String,
    /// How many they are. Calls that were refused are counted by the minute, those of workers by the
    /// hour.
    count: i64,
    /// The name of a token, or `local`; null: nobody who is known.
    who: Option<String>,
    /// The id of the operation, such as `cancel_job`.
    operation: String,
    /// On what: an id or a name.
    what: Option<String>,
    /// Of the caller; null: it came from the command line, or is one of many.
    address: Option<String>,
    /// `done`, `refused` (who called may not do so) or `failed`.
    result: String,
    /// The status of an answer that was not `done`.
    status: Option<i32>,
}

#[OpenApi(tag = "Groups::Audit")]
impl AuditApi {
    /// See who did what
    ///
    /// Newest first, a page at a time. All calls that change something are recorded, sign-ins and
    /// reading the audit, whether they were done or refused; never with bodies or secrets.
    #[oai(path = "/v1/audit", method = "get", operation_id = "list_audit")]
    #[expect(clippy::too_many_arguments, reason = "each is a parameter of the call")]
    async fn list_audit(
        &self,
        /// Only calls of the owner of this token.
        who: Query<Option<String>>,
        /// Only calls of this operation.
        operation: Query<Option<String>>,
        /// Only calls on this.
        what: Query<Option<String>>,
        /// Only calls with this result.
        result: Query<Option<WordFilter<CallResults>>>,
        /// Only calls from this date or moment (RFC 3339) on.
        from: Query<Option<Moment>>,
        /// Only calls before this date or moment.
        to: Query<Option<Moment>>,
        /// Calls on a page.
        #[oai(
            default = "fifty",
            validator(minimum(value = "1"), maximum(value = "200"))
        )]
        limit: Query<u32>,
        /// `next` of the page before.
        after: Query<Option<JobCursor>>,
    ) -> poem::Result<Json<AuditPage>> {
        // What has just been refused is to be seen.
        self.0.audit.flush().await.map_err(Failure::from)?;
        let named = |text: Option<String>| text.filter(|text| !text.is_empty());
        let filter = AuditFilter {
            who: named(who.0),
            operation: named(operation.0),
            what: named(what.0),
            result: result
                .0
                .and_then(|WordFilter(word)| word)
                .map(str::to_owned),
            from: from.0.map(|Moment(micros)| micros),
            to: to.0.map(|Moment(micros)| micros),
            before: after.0.map(|JobCursor(id)| id.to_string()),
        };
        let limit = limit.0 as usize;
        // One more than asked for shows whether there is a next page.
        let page = self.0.store.audit().page(&filter, limit as u64 + 1).await;
        let mut rows = page.map_err(Failure::from)?;
        let more = rows.len() > limit;
        rows.truncate(limit);
        let next = rows.last().filter(|_| more).map(|row| row.id.clone());
        let calls = rows.into_iter().map(AuditedCall::from).collect();
        Ok(Json(AuditPage { calls, next }))
    }
}

impl From<audit::Model> for AuditedCall {
    fn from(row: audit::Model) -> Self {
        Self {
            id: row.id,
            at: clock::rfc3339(row.at),
            until: clock::rfc3339(row.until_at),
            count: row.count,
            who: row.who,
            operation: row.operation,
            what: row.what,
            address: row.address,
            result: row.result,
            status: row.status,
        }
    }
}

fn fifty() -> u32 {
    50
}
