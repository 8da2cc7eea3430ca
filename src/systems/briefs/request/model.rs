//! A request, complete: what callers left out is filled in.

use serde::{Deserialize, Serialize};

use super::fault::RequestFault;
use crate::systems::briefs::keywords::Keyword;

/// What a brief looks for. The parameters of its steps hold it as JSON.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct BriefRequest {
    pub job_name: String,
    pub platforms: Vec<String>,
    pub keywords: Vec<String>,
    /// Microseconds since 1970, as is the end; both count.
    pub start_time: i64,
    pub end_time: i64,
    /// Of a sequence.
    pub max_pages: u32,
    pub deadline_s: u32,
    #[serde(rename = "match")]
    pub matching: Matching,
}

/// Which articles count.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Matching {
    /// Those that fulfil any keyword of the brief.
    #[default]
    Text,
    /// What a platform found for a keyword, less the keyword's exclusions.
    Platform,
}

impl Matching {
    pub fn name(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Platform => "platform",
        }
    }
}

impl BriefRequest {
    /// Its keywords, read. A fault names the keyword.
    pub fn parsed(&self) -> Result<Vec<Keyword>, RequestFault> {
        let keywords = self.keywords.iter().enumerate();
        let parsed = keywords.map(|(no, text)| {
            let fault = |fault| RequestFault::new(format!("keywords[{no}]"), format!("{fault}"));
            Keyword::parse(text).map_err(fault)
        });
        parsed.collect()
    }
}
