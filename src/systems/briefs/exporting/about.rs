//! What an export says besides its articles: the request, and what became of its pages.

use std::sync::Arc;

use chrono_tz::Tz;

use crate::systems::briefs::keywords::Keyword;
use crate::systems::briefs::request::{BriefRequest, shown_time};

/// Of a brief whose pages have all ended.
#[derive(Clone, Debug)]
pub(crate) struct About {
    pub job: String,
    pub stage: i32,
    pub request: BriefRequest,
    /// Those of the request, read.
    pub keywords: Vec<Keyword>,
    pub zone: Tz,
    /// Microseconds since 1970, as is the next.
    pub created_at: i64,
    pub collected_at: Option<i64>,
    /// In the order of the request.
    pub platforms: Vec<PlatformPages>,
    pub failed: Vec<FailedPage>,
    /// Words of the settings that are cut as they stand there.
    pub dictionary: Arc<[String]>,
}

/// What became of the pages of a platform.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct PlatformPages {
    pub platform: String,
    pub label: String,
    pub planned: u64,
    pub done: u64,
    pub failed: u64,
    pub received: u64,
    /// Articles of its pages that count, the same ones more than once.
    pub kept: u64,
    pub filtered: u64,
    pub out_of_range: u64,
    pub rejected: u64,
    /// Whether a limit has left something out.
    pub limited: bool,
    pub message: Option<String>,
}

/// A page that is missing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct FailedPage {
    pub platform: String,
    pub page: String,
    pub reason: String,
}

impl About {
    /// The name of the zip without its ending, and of the folder in it.
    pub fn name(&self) -> String {
        format!("{}_{}", self.stage, self.job)
    }

    /// Names and labels.
    pub fn labels(&self) -> Vec<(String, String)> {
        let platforms = self.platforms.iter();
        let labels = platforms.map(|found| (found.platform.clone(), found.label.clone()));
        labels.collect()
    }

    pub fn shown(&self, micros: i64) -> String {
        shown_time(micros, self.zone)
    }

    /// The pages of all platforms.
    pub fn total(&self) -> PlatformPages {
        let mut total = PlatformPages::default();
        for one in &self.platforms {
            total.planned += one.planned;
            total.done += one.done;
            total.failed += one.failed;
            total.received += one.received;
            total.kept += one.kept;
            total.filtered += one.filtered;
            total.out_of_range += one.out_of_range;
            total.rejected += one.rejected;
            total.limited |= one.limited;
        }
        total
    }

    /// What is missing, a sentence a platform, for whoever looks at the brief.
    pub fn shortcomings(&self) -> Vec<String> {
        let mut said = Vec::new();
        for pages in &self.platforms {
            let name = &pages.platform;
            match (pages.failed, self.reasons(name).first()) {
                (0, _) | (_, None) => said.extend(pages.message.clone()),
                (failed, Some((reason, _))) => {
                    let all = pages.planned;
                    said.push(format!("{name}: {failed} of {all} pages failed ({reason})"));
                }
            }
        }
        said
    }

    /// Why pages of a platform are missing, each reason once with their number; the commonest first.
    pub fn reasons(&self, platform: &str) -> Vec<(String, u64)> {
        let mut reasons: Vec<(String, u64)> = Vec::new();
        for page in self.failed.iter().filter(|page| page.platform == platform) {
            match reasons
                .iter_mut()
                .find(|(reason, _)| *reason == page.reason)
            {
                Some((_, count)) => *count += 1,
                None => reasons.push((page.reason.clone(), 1)),
            }
        }
        reasons.sort_by(|one, other| other.1.cmp(&one.1).then_with(|| one.0.cmp(&other.0)));
        reasons
    }
}

impl PlatformPages {
    /// Done ÷ (done + failed); all, where no page has ended.
    pub fn coverage(&self) -> f64 {
        match self.done + self.failed {
            0 => 1.0,
            ended => self.done as f64 / ended as f64,
        }
    }
}
