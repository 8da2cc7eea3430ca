//! What a system adds to the pages.

use std::sync::Arc;

use async_trait::async_trait;
use serde_json::{Map, Value};

use super::asked::{Answer, Asked};
use super::data::{Job, JobSummary};
use super::error_page::PageError;
use super::frame::Frame;
use super::markup::Markup;
use super::rooms::{JobPage, Room};
use super::tools::Tool;
use super::words::Sources;

/// The pages of a system.
#[derive(Default)]
pub struct Pages {
    /// What it says, in each language.
    pub words: Option<Sources>,
    pub flows: Vec<Arc<dyn FlowPages>>,
    /// Its own pages, in the order of the navigation.
    pub rooms: Vec<Arc<dyn Room>>,
    /// Its pages about single jobs.
    pub job_pages: Vec<Arc<dyn JobPage>>,
    /// What it shows at the head of every page.
    pub tools: Vec<Arc<dyn Tool>>,
}

/// How runs of a flow are shown.
#[async_trait]
pub trait FlowPages: Send + Sync {
    /// The name that its jobs carry.
    fn flow(&self) -> &'static str;

    /// In the sprite of the pages.
    fn icon(&self) -> &'static str;

    /// The id of the message that names it.
    fn name(&self) -> &'static str;

    /// What people call such a job, if it has no title; e.g. its rule set.
    fn title(&self, _job: &JobSummary) -> Option<String> {
        None
    }

    /// What tells the job from others of its kind, a part each.
    fn digest(&self, _job: &JobSummary) -> Vec<String> {
        Vec::new()
    }

    /// What somebody can begin with who has no jobs yet.
    fn start(&self, _frame: &Frame) -> Option<Start> {
        None
    }

    /// What can be started by one click where the bundled sample is there; `schema`: that of a request, with
    /// what there is to choose from.
    fn examples(&self, _frame: &Frame, _schema: &Value) -> Vec<Example> {
        Vec::new()
    }

    /// How such a job is started from a form; `None`: it is not.
    fn form(&self) -> Option<&'static NewJobForm> {
        None
    }

    /// Members of a request that asks for the same as a job did.
    fn again(&self, _job: &JobSummary) -> Vec<(&'static str, String)> {
        Vec::new()
    }

    /// What a job would do, of what `POST /v1/jobs/check` has answered: names and values.
    fn found(&self, _frame: &Frame, _checked: &Value) -> Vec<(String, String)> {
        Vec::new()
    }

    /// Paths below `/v1` whose answers its part of a job's page shows.
    fn calls(&self, _job: &Job) -> Vec<String> {
        Vec::new()
    }

    /// Its part of a job's page.
    fn part(&self, _view: &JobView<'_>) -> JobPart {
        JobPart::default()
    }

    /// Whether the page of the job's log first shows what its commands have written.
    fn has_console(&self, _job: &Job) -> bool {
        false
    }

    /// That page.
    async fn console(
        &self,
        _asked: &Asked<'_>,
        _shown: &ConsoleView<'_>,
    ) -> Result<Answer, PageError> {
        Err(PageError::nothing_here())
    }
}

/// A job whose commands have written something, or may yet.
pub struct ConsoleView<'v> {
    pub job: &'v Job,
    /// What people call it.
    pub title: String,
    pub state: Markup,
    /// Where the engine's own lines about the job are shown.
    pub own_log: String,
}

/// A job that is shown.
pub struct JobView<'v> {
    pub frame: &'v Frame,
    pub job: &'v Job,
    /// What was answered to [`FlowPages::calls`]; null where it could not be.
    pub answers: &'v [Value],
}

/// What a system shows of a job.
#[derive(Default)]
pub struct JobPart {
    /// In the wide column, before the steps.
    pub main: Markup,
    /// In the narrow one.
    pub side: Markup,
    /// What was asked for: names and values.
    pub request: Vec<(String, String)>,
    /// What the unit of the job's progress is called; the id of a message with `$count`.
    pub unit: Option<&'static str>,
}

/// How jobs of a flow are started from a form, which is made from the schema of their requests.
pub struct NewJobForm {
    /// The ids of messages: what is started, and what it is for.
    pub title: &'static str,
    pub note: &'static str,
    /// Members of the request that stand first; the others are folded away.
    pub first: &'static [&'static str],
    /// Whether the queue can be chosen.
    pub has_queue: bool,
    /// Whether `POST /v1/jobs/check` takes the same body.
    pub can_be_checked: bool,
    /// Of a request and a queue.
    pub call: fn(Map<String, Value>, Option<Value>) -> NewJobCall,
}

/// What starts a job: the path below `/v1`, and the body.
pub type NewJobCall = (String, Value);

/// Something that can be started by one click.
pub struct Example {
    pub title: String,
    pub text: String,
    /// What is filled into the form of its flow.
    pub values: &'static [(&'static str, &'static str)],
}

/// Something that can be started from a command line.
pub struct Start {
    pub icon: &'static str,
    pub title: String,
    pub text: String,
    pub line: &'static str,
}
