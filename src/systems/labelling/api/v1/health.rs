//! What the rules of a job did: its health, and the figures of each rule.

use std::sync::Arc;

use entity::{HistoryState, JobId};
use futures_util::stream;
use poem::Body;
use poem::http::StatusCode;
use poem_openapi::param::{Path, Query};
use poem_openapi::payload::{Binary, Json};
use poem_openapi::{ApiResponse, OpenApi, ResponseContent};
use strum::{IntoStaticStr, VariantArray};
use tokio::task::spawn_blocking;
use tracing::error;

use super::Groups;
use super::download::{BYTE_ORDER_MARK, as_text};
use super::health_views::{HealthBody, RuleChoices, RuleOrders, RulePage};
use super::workbook::{Book, try_temporary_files};
use crate::http::DownloadPlace;
use crate::http::body::{Vocabulary, Word, WordFilter};
use crate::http::error::Failure;
use crate::http::v1::views::{job_id, no_job};
use crate::systems::labelling::Labelling;
use crate::systems::labelling::health::{JobHealth, findings, workbook};
use crate::systems::labelling::rules::health::{
    RuleChoice, RuleHealth, RuleOrder, RulePlace, RulesWanted, list,
};
use crate::telemetry::chain;

/// The operations.
pub(crate) struct HealthApi(pub Labelling);

#[derive(Clone, Copy, IntoStaticStr, VariantArray)]
#[strum(serialize_all = "snake_case")]
enum HealthFormat {
    Json,
    Xlsx,
}

struct HealthFormats;

impl Vocabulary for HealthFormats {
    type Item = HealthFormat;
    const NAME: &'static str = "HealthFormat";
    const DESCRIPTION: &'static str = "How the health of a job is written.";
    const ITEMS: &'static [HealthFormat] = HealthFormat::VARIANTS;
}

#[derive(Clone, Copy, IntoStaticStr, VariantArray)]
#[strum(serialize_all = "snake_case")]
enum RuleFormat {
    Json,
    Csv,
}

struct RuleFormats;

impl Vocabulary for RuleFormats {
    type Item = RuleFormat;
    const NAME: &'static str = "RuleListFormat";
    const DESCRIPTION: &'static str = "How rules are written.";
    const ITEMS: &'static [RuleFormat] = RuleFormat::VARIANTS;
}

#[derive(ApiResponse)]
enum HealthAnswer {
    /// What the rules did.
    #[oai(status = 200)]
    Health(
        HealthForms,
        /// A name for the file of a workbook.
        #[oai(header = "Content-Disposition")]
        Option<String>,
    ),
}

#[derive(ResponseContent)]
enum HealthForms {
    Json(Json<HealthBody>),
    #[oai(content_type = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")]
    Xlsx(Binary<Body>),
}

#[derive(ApiResponse)]
enum RulesAnswer {
    /// Rules with their figures.
    #[oai(status = 200)]
    Rules(
        RuleForms,
        /// A name for the file of all rules.
        #[oai(header = "Content-Disposition")]
        Option<String>,
    ),
}

#[derive(ResponseContent)]
enum RuleForms {
    Json(Json<RulePage>),
    #[oai(content_type = "text/csv; charset=utf-8")]
    Csv(Binary<Body>),
}

/// Rules that are written to a caller at once.
const RULES_AT_ONCE: usize = 5_000;

#[OpenApi(tag = "Groups::Results")]
impl HealthApi {
    /// Look at what the rules of a job did
    ///
    /// Exact figures of all rows that the job received: what is covered, where labels overlap, how many authors
    /// have several panels, which rules are true on no row. While the job runs they are those of the rows that
    /// are labelled so far. As `xlsx` a workbook with the sheets `summary`, `labels`, `pairs`, `groups`, `rules`
    /// (dead and dominant ones on top, and what to do beside each), `drift` and `findings`.
    #[oai(
        path = "/v1/jobs/:job_id/health",
        method = "get",
        operation_id = "get_job_health"
    )]
    async fn get_job_health(
        &self,
        place: DownloadPlace,
        job_id: Path<String>,
        #[oai(default = "health_json")] format: Query<Word<HealthFormats>>,
    ) -> poem::Result<HealthAnswer> {
        let (id, health) = self.counted(&job_id).await?;
        let Word(format) = format.0;
        if let HealthFormat::Json = format {
            let gate = self.0.gate_shown(&id).await.map_err(Failure::from)?;
            let body = Json(HealthBody::of(&health.report, gate.as_ref()));
            return Ok(HealthAnswer::Health(HealthForms::Json(body), None));
        }
        let document = self.0.mixed_rules(&id).await.map_err(Failure::from)?;
        let written = spawn_blocking(move || {
            try_temporary_files(&std::env::temp_dir()).map_err(no_workbook)?;
            let findings = document.map(|document| findings(&health, &document));
            workbook(&health, &findings.unwrap_or_default()).map_err(no_workbook)
        });
        let book = place.prepare(written).await?;
        let book = book.map_err(no_workbook)??;
        let body = place.send(Book::of_sheets(book).into_body(id.clone()));
        let name = format!("attachment; filename=\"audience-{id}-health.xlsx\"");
        let body = HealthForms::Xlsx(Binary(body));
        Ok(HealthAnswer::Health(body, Some(name)))
    }

    /// List the rules of a job by what they did
    ///
    /// Those that are true on the fewest rows first, so that dead ones stand at the beginning, or in another
    /// order. As `csv` all of them at once.
    #[oai(
        path = "/v1/jobs/:job_id/health/rules",
        method = "get",
        operation_id = "list_job_rules"
    )]
    #[expect(clippy::too_many_arguments, reason = "each is a parameter of the call")]
    async fn list_job_rules(
        &self,
        place: DownloadPlace,
        job_id: Path<String>,
        #[oai(default = "by_hits")] order: Query<Word<RuleOrders>>,
        /// Only rules of this label.
        label: Query<Option<String>>,
        only: Query<Option<WordFilter<RuleChoices>>>,
        /// Rules on a page.
        #[oai(
            default = "fifty",
            validator(minimum(value = "1"), maximum(value = "1000"))
        )]
        limit: Query<u32>,
        /// `next` of the page before.
        after: Query<Option<String>>,
        #[oai(default = "rules_json")] format: Query<Word<RuleFormats>>,
    ) -> poem::Result<RulesAnswer> {
        let (id, health) = self.counted(&job_id).await?;
        let label = label.0.filter(|label| !label.is_empty());
        let wanted = RulesWanted {
            order: order.0.0,
            label: label.map(|label| number_of(&health, &label)).transpose()?,
            only: only.0.and_then(|WordFilter(only)| only),
        };
        if !health.set.known.reported_rules {
            let reason = format!("job {id} is labelled by a model, which has no rules");
            return Err(Failure::conflict(reason).into());
        }
        if matches!(wanted.only, Some(RuleChoice::Dead)) && !health.set.known.all_rules {
            let reason = "only: this kind of rules reports one true rule of a row; which rules are dead is not known";
            return Err(Failure::conflict(reason).into());
        }
        let Word(format) = format.0;
        if let RuleFormat::Csv = format {
            let name = format!("attachment; filename=\"audience-{id}-rules.csv\"");
            let body = Binary(place.send(csv(health, wanted)));
            return Ok(RulesAnswer::Rules(RuleForms::Csv(body), Some(name)));
        }
        let behind = after.0.map(|text| place_of(&text)).transpose()?;
        let most = limit.0 as usize;
        let listed =
            spawn_blocking(move || list(&health.counts, &health.set, wanted, behind, most));
        let (rules, next) = listed.await.map_err(|_| Failure::internal())?;
        let page = RulePage {
            rules: rules.into_iter().map(Into::into).collect(),
            next: next.map(RulePlace::to_text),
        };
        Ok(RulesAnswer::Rules(RuleForms::Json(Json(page)), None))
    }
}

impl HealthApi {
    /// The health of a labelling job of which something was counted.
    async fn counted(&self, text: &str) -> Result<(JobId, Arc<JobHealth>), Failure> {
        let id = job_id(text)?;
        let Some(job) = self.0.job(&id).await? else {
            let found = self.0.store().jobs().find(&id).await?;
            let found = found.filter(|job| job.history != HistoryState::Dropping);
            return Err(found.map_or_else(
                || no_job(&id),
                |job| {
                    let flow = &job.flow;
                    Failure::conflict(format!(
                        "job {id} is one of flow `{flow}`, which labels no rows"
                    ))
                },
            ));
        };
        match self.0.health(&id).await? {
            Some(health) => Ok((id, health)),
            None => Err(Failure::conflict(format!(
                "nothing is known of what the rules of job {id} did: it has labelled no rows yet, ended before it \
                 published, or ran in an earlier version; it is {}",
                job.state.as_str()
            ))),
        }
    }
}

fn number_of(health: &JobHealth, label: &str) -> Result<usize, Failure> {
    let mut labels = health.set.labels.iter();
    labels.position(|known| known == label).ok_or_else(|| {
        Failure::invalid(format!(
            "label: the job has no label `{label}`; known are: {}",
            some_of(&health.set.labels)
        ))
    })
}

/// Not thousands of them.
fn some_of(labels: &[String]) -> String {
    const SHOWN: usize = 50;
    let more = if labels.len() > SHOWN { ", …" } else { "" };
    format!("{}{more}", labels[..labels.len().min(SHOWN)].join(", "))
}

fn place_of(text: &str) -> Result<RulePlace, Failure> {
    RulePlace::of_text(text)
        .ok_or_else(|| Failure::invalid("after: expected the `next` value of an earlier page"))
}

/// All rules, some at a time.
fn csv(health: Arc<JobHealth>, wanted: RulesWanted) -> Body {
    let head = format!("{BYTE_ORDER_MARK}rule,label,text,hits,first,unique,dead,dominant\n");
    let start = (Some(head), Some(None::<RulePlace>));
    let parts = stream::unfold(start, move |(head, behind)| {
        let health = Arc::clone(&health);
        async move {
            if let Some(head) = head {
                return Some((Ok(head.into_bytes()), (None, behind)));
            }
            let behind = behind?;
            let written = spawn_blocking(move || {
                let (counts, set) = (&health.counts, &health.set);
                let (rules, next) = list(counts, set, wanted, behind, RULES_AT_ONCE);
                (lines(&rules), next)
            });
            Some(match written.await {
                Ok((lines, next)) => (lines, (None, next.map(Some))),
                Err(lost) => (Err(std::io::Error::other(lost)), (None, None)),
            })
        }
    });
    Body::from_bytes_stream(parts)
}

fn lines(rules: &[RuleHealth]) -> std::io::Result<Vec<u8>> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    for rule in rules {
        let count = |count: Option<u64>| count.map(|count| count.to_string()).unwrap_or_default();
        let (hits, first, unique) = (count(rule.hits), rule.first.to_string(), count(rule.unique));
        let (label, text) = (as_text(&rule.label), as_text(&rule.text));
        let cells: [&str; 8] = [
            &rule.rule,
            label.as_ref(),
            text.as_ref(),
            &hits,
            &first,
            &unique,
            rule.dead.map_or("", truth),
            truth(rule.dominant),
        ];
        writer.write_record(cells)?;
    }
    writer.into_inner().map_err(|error| error.into_error())
}

fn truth(truth: bool) -> &'static str {
    match truth {
        true => "true",
        false => "false",
    }
}

/// Nothing has been sent yet.
fn no_workbook(cause: impl std::error::Error + 'static) -> Failure {
    error!(error = chain(&cause), "a workbook could not be written");
    Failure::new(
        StatusCode::SERVICE_UNAVAILABLE,
        "no workbook could be written; the server's directory for temporary files (TMPDIR) may be full, or take \
         none; `format=json` needs none",
    )
}

fn health_json() -> Word<HealthFormats> {
    Word(HealthFormat::Json)
}

fn rules_json() -> Word<RuleFormats> {
    Word(RuleFormat::Json)
}

fn by_hits() -> Word<RuleOrders> {
    Word(RuleOrder::Hits)
}

fn fifty() -> u32 {
    50
}
