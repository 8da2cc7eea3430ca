//! How the steps of other systems have texts scored by the models here.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use tokio::runtime::Handle;
use tokio::sync::OnceCell;

use super::remote::{Remotes, RemotesError};
use super::serving::{Models, PredictError, ServeError, Served, Which};
use super::settings::PredictionSettings;
use crate::engine::seam::{StepError, SystemError, TextScorer, TextScorers, TextScores};
use crate::engine::store::{Store, StoreError};
use crate::engine::{CallerError, ErrorKind};
use crate::models::{FeatureKind, Label, RowsBuilder, Scores, Task};
use crate::settings::Loaded;

/// The models of the engine's database, or those of another one.
pub(super) struct TextModels {
    models: Models,
    elsewhere: Option<Elsewhere>,
}

/// The models of a database that is opened when one of them is asked for.
struct Elsewhere {
    settings: Arc<Loaded>,
    opened: OnceCell<Models>,
}

/// One version of a model of texts.
struct TextModel {
    served: Arc<Served>,
    labels: Vec<String>,
}

#[derive(Debug, thiserror::Error)]
enum TextModelError {
    #[error(
        "version {version} of model {model} is a {task}; expected a model whose task is `text`"
    )]
    NotOfTexts {
        model: String,
        version: i32,
        task: &'static str,
    },
    #[error("version {version} of model {model} takes {found}; expected one text")]
    OtherFeatures {
        model: String,
        version: i32,
        found: String,
    },
    #[error(
        "there is no model {model}: the engine's database of the settings (`database.url`) is not there"
    )]
    NoDatabase { model: String },
    #[error(transparent)]
    Serve(#[from] ServeError),
    #[error(transparent)]
    Remotes(#[from] RemotesError),
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl CallerError for TextModelError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::NotOfTexts { .. } | Self::OtherFeatures { .. } => ErrorKind::Invalid,
            Self::NoDatabase { .. } => ErrorKind::NotFound,
            Self::Remotes(_) => ErrorKind::Internal,
            Self::Serve(error) => error.kind(),
            Self::Store(error) => error.kind(),
        }
    }

    fn public_message(&self) -> String {
        match self {
            Self::Serve(error) => error.public_message(),
            Self::Store(error) => error.public_message(),
            error => error.to_string(),
        }
    }

    fn is_logged(&self) -> bool {
        match self {
            Self::Serve(error) => error.is_logged(),
            Self::Store(error) => error.is_logged(),
            _ => false,
        }
    }
}

impl TextModels {
    /// `elsewhere`: settings that name the database of the models, if it is not that of the engine.
    pub fn new(models: Models, elsewhere: Option<Arc<Loaded>>) -> Self {
        let elsewhere = elsewhere.map(|settings| Elsewhere {
            settings,
            opened: OnceCell::new(),
        });
        Self { models, elsewhere }
    }

    async fn found(&self, text: &str) -> Result<TextModel, TextModelError> {
        let (name, which) = Which::read(text)?;
        let models = match &self.elsewhere {
            None => &self.models,
            Some(elsewhere) => elsewhere.models(&name).await?,
        };
        TextModel::of(models.find(&name, &which).await?)
    }
}

impl Elsewhere {
    async fn models(&self, name: &str) -> Result<&Models, TextModelError> {
        let open = async || {
            let database = &self.settings.settings.database;
            // A file that is not there is not made: it would have no models.
            if Store::look_at(&database.url).await?.is_none() {
                return Err(TextModelError::NoDatabase {
                    model: name.to_owned(),
                });
            }
            let lease = Duration::from_millis(self.settings.settings.runtime.lease_ms);
            let store = Store::open_for(&database.url, lease).await?;
            let settings = self.settings.system::<PredictionSettings>();
            let remotes = Remotes::of(&settings.prediction)?;
            Ok(Models::beside(&self.settings, store, Arc::new(remotes)))
        };
        self.opened.get_or_try_init(open).await
    }
}

#[async_trait]
impl TextScorers for TextModels {
    async fn find(&self, model: &str) -> Result<Arc<dyn TextScorer>, SystemError> {
        let found = self.found(model).await.map_err(SystemError::of)?;
        Ok(Arc::new(found))
    }
}

impl TextModel {
    fn of(served: Arc<Served>) -> Result<Self, TextModelError> {
        let signature = served.signature();
        let task = match signature.task {
            Task::Text => None,
            Task::Classification => Some("classification"),
            Task::Regression => Some("regression"),
        };
        if let Some(task) = task {
            return Err(TextModelError::NotOfTexts {
                model: served.model.clone(),
                version: served.version,
                task,
            });
        }
        match signature.features() {
            [feature] if feature.kind == FeatureKind::Text => {}
            features => {
                let names: Vec<&str> = features.iter().map(|one| one.name.as_str()).collect();
                return Err(TextModelError::OtherFeatures {
                    model: served.model.clone(),
                    version: served.version,
                    found: names.join(", "),
                });
            }
        }
        let labels = signature.labels.iter().map(Label::to_string).collect();
        Ok(Self { served, labels })
    }
}

impl TextScorer for TextModel {
    fn model(&self) -> &str {
        &self.served.model
    }

    fn version(&self) -> i32 {
        self.served.version
    }

    fn labels(&self) -> &[String] {
        &self.labels
    }

    fn score(&self, texts: &[&str]) -> Result<TextScores, StepError> {
        let mut rows = RowsBuilder::with_capacity(self.served.signature(), texts.len());
        for text in texts {
            rows.begin_row();
            rows.set_text(0, Some((*text).into()));
        }
        let rows = rows.build();
        let answers = match self.served.is_remote() {
            true => Handle::current().block_on(Arc::clone(&self.served).predict(rows)),
            false => self.served.score_blocking(&rows),
        };
        let answers = answers.map_err(not_scored)?;
        match answers.scores {
            Scores::Classes { chosen, scores, .. } => Ok(TextScores {
                best: chosen,
                scores,
                faults: answers.faults,
            }),
            Scores::Values(_) => Err(StepError::refused("the model has answered with numbers")),
        }
    }
}

/// What is away is waited for; what panics may have met a row that another version can score.
fn not_scored(error: PredictError) -> StepError {
    let message = error.public_message();
    let converted = match error.kind() {
        ErrorKind::Unavailable | ErrorKind::TooMany => StepError::outage("the model", message),
        ErrorKind::Internal => StepError::retry(message),
        ErrorKind::Invalid
        | ErrorKind::TooLarge
        | ErrorKind::Unsupported
        | ErrorKind::NotFound
        | ErrorKind::Conflict => StepError::refused(message),
    };
    converted.caused_by(error)
}
