//! `audience audit`: who did what, as JSON lines.

use std::process::ExitCode;

use clap::Args;
use entity::audit;
use serde_json::{Value, json};

use crate::app;
use crate::clock;
use crate::engine::audit::{AuditLog, CallEnd, Recording};
use crate::engine::store::{AuditFilter, StoreError};
use crate::process::print_document;
use crate::settings::Loaded;

/// Rows that are read at once.
const PAGE: u64 = 500;

#[derive(Debug, Args)]
pub(super) struct AuditArguments {
    /// Only calls of the owner of this token, or of `local`
    #[arg(long, value_name = "NAME")]
    who: Option<String>,
    /// Only calls of this operation, such as cancel_job
    #[arg(long, value_name = "ID")]
    operation: Option<String>,
    /// Only calls on this: an id or a name
    #[arg(long, value_name = "ID")]
    what: Option<String>,
    /// Only calls with this result
    #[arg(long, value_parser = clap::builder::PossibleValuesParser::new(CallEnd::RESULTS))]
    result: Option<String>,
    /// Only calls from this date or moment (RFC 3339) on
    #[arg(long, value_name = "TIME", value_parser = moment)]
    from: Option<i64>,
    /// Only calls before this date or moment
    #[arg(long, value_name = "TIME", value_parser = moment)]
    to: Option<i64>,
    /// Only the newest of them
    #[arg(long, value_name = "CALLS", default_value_t = u64::MAX, hide_default_value = true)]
    limit: u64,
}

fn moment(text: &str) -> Result<i64, String> {
    clock::parse(text).ok_or_else(|| "expected a date or a moment (RFC 3339)".to_owned())
}

/// Prints the calls, newest first.
pub(super) async fn run(arguments: AuditArguments, loaded: &Loaded) -> anyhow::Result<ExitCode> {
    app::expect_database(&loaded.settings)?;
    let store = app::open_database(loaded).await?;
    let mut filter = AuditFilter {
        who: arguments.who,
        operation: arguments.operation,
        what: arguments.what,
        result: arguments.result,
        from: arguments.from,
        to: arguments.to,
        before: None,
    };
    let reading = AuditLog::start(store.clone()).local_call("list_audit", Recording::Before);
    let printed = async {
        let mut left = arguments.limit;
        while left > 0 {
            let page = store.audit().page(&filter, PAGE.min(left)).await?;
            left -= page.len() as u64;
            filter.before = page.last().map(|row| row.id.clone());
            for row in &page {
                print_document(&line(row).to_string());
            }
            if (page.len() as u64) < PAGE {
                break;
            }
        }
        Ok::<_, StoreError>(())
    };
    let printed = reading.work(printed, CallEnd::of_result).await?;
    store.close().await;
    printed?;
    Ok(ExitCode::SUCCESS)
}

/// As `GET /v1/audit` shows it.
fn line(row: &audit::Model) -> Value {
    json!({
        "id": row.id,
        "at": clock::rfc3339(row.at),
        "until": clock::rfc3339(row.until_at),
        "count": row.count,
        "who": row.who,
        "operation": row.operation,
        "what": row.what,
        "address": row.address,
        "result": row.result,
        "status": row.status,
    })
}
