//! Rule sets with versions: looked at, stored, activated, compared.

use poem::http::StatusCode;
use poem_openapi::OpenApi;
use poem_openapi::param::{Header, Path, Query};
use poem_openapi::payload::{Binary, Json, PlainText};
use poem_openapi::types::ToJSON;

use super::Groups;
use super::rule_documents::{DocumentBody, DocumentForms};
use super::rule_set_answers::{
    DiffAnswer, DiffForm, SetAnswer, Stored, VersionAnswer, VersionForm,
};
use super::rule_set_views::{
    ActivationBody, ActivationPage, ActivationView, LintAnswered, LintBody, RuleSetVersionPage,
    RuleSetView, VersionView,
};
use crate::http::Who;
use crate::http::body::{JsonBody, Word, WrittenJson};
use crate::http::error::Failure;
use crate::http::tagged::matches;
use crate::systems::labelling::Labelling;
use crate::systems::labelling::activating::ActivationError;
use crate::systems::labelling::rules::document::limits::DOCUMENT_BYTES;
use crate::systems::labelling::rules::forms::Form;
use crate::systems::labelling::store::NewActivation;
use crate::systems::labelling::versions::{
    Condition, NewVersion, RuleSets, RuleSetsError, Which, tag_of_document, tag_of_set,
};

/// The operations.
pub(crate) struct RuleSetsApi(pub Labelling);

/// How long the bodies of operations may be.
pub(crate) const LONGER_BODIES: [(&str, usize); 2] = [
    ("store_rule_set_version", DOCUMENT_BYTES + 1),
    // A draft of 8 MiB as a text in JSON.
    ("lint_rules", 18 << 20),
];

#[OpenApi(tag = "Groups::Rules")]
impl RuleSetsApi {
    /// Look at a rule set
    ///
    /// Which version is active, and the newest one. Its `ETag` changes with each version and each activation.
    #[oai(
        path = "/v1/rule_sets/:name",
        method = "get",
        operation_id = "get_rule_set"
    )]
    async fn get_rule_set(
        &self,
        name: Path<String>,
        /// The `ETag` of the answer that the caller has.
        #[oai(name = "If-None-Match")]
        if_none_match: Header<Option<String>>,
    ) -> poem::Result<SetAnswer> {
        let state = self.sets().state(&name).await.map_err(failure)?;
        let tag = tag_of_set(&state);
        if if_none_match
            .as_deref()
            .is_some_and(|known| matches(known, &tag))
        {
            return Ok(SetAnswer::NotModified(tag));
        }
        let of_settings = self.sets().is_of_settings(&name);
        Ok(SetAnswer::Now(
            Json(RuleSetView::of(state, of_settings)),
            tag,
        ))
    }

    /// List the versions of a rule set
    ///
    /// Newest first, a page at a time.
    #[oai(
        path = "/v1/rule_sets/:name/versions",
        method = "get",
        operation_id = "list_rule_set_versions"
    )]
    async fn list_rule_set_versions(
        &self,
        name: Path<String>,
        /// Versions on a page.
        #[oai(
            default = "fifty",
            validator(minimum(value = "1"), maximum(value = "200"))
        )]
        limit: Query<u32>,
        /// `next` of the page before.
        after: Query<Option<i32>>,
    ) -> poem::Result<Json<RuleSetVersionPage>> {
        let active = self.sets().state(&name).await.map_err(failure)?.set.active;
        let limit = limit.0 as usize;
        // One more than asked for shows whether there is a next page.
        let found = self.sets().versions(&name, after.0, limit as u64 + 1).await;
        let mut found = found.map_err(failure)?;
        let more = found.len() > limit;
        found.truncate(limit);
        let next = found.last().filter(|_| more).map(|row| row.version);
        let versions = found.into_iter().map(|row| VersionView::of(row, active));
        let versions = versions.collect();
        Ok(Json(RuleSetVersionPage { versions, next }))
    }

    /// Look at a version of a rule set, or get its document
    ///
    /// `version` is a number, `active` or `newest`. Without `format` the answer is what is known of it, as in the list
    /// of versions; with one it is the document in that form: in the form in which it was sent byte for byte, in others
    /// one that says the same.
    #[oai(
        path = "/v1/rule_sets/:name/versions/:version",
        method = "get",
        operation_id = "get_rule_set_version"
    )]
    async fn get_rule_set_version(
        &self,
        name: Path<String>,
        version: Path<String>,
        format: Query<Option<Word<DocumentForms>>>,
        /// The `ETag` of the answer that the caller has.
        #[oai(name = "If-None-Match")]
        if_none_match: Header<Option<String>>,
    ) -> poem::Result<VersionAnswer> {
        let row = self.sets().version(&name, which(&version)?).await;
        let row = row.map_err(failure)?;
        let form = format.0.map(|Word(form)| form);
        let is_known = |tag: &str| {
            if_none_match
                .as_deref()
                .is_some_and(|known| matches(known, tag))
        };
        let Some(form) = form else {
            let active = self.sets().state(&name).await.map_err(failure)?.set.active;
            let word = match active == Some(row.version) {
                true => "view-active",
                false => "view",
            };
            let tag = tag_of_document(row.version, &row.digest, word);
            if is_known(&tag) {
                return Ok(VersionAnswer::NotModified(tag));
            }
            let text = VersionView::of(row, active).to_json_string();
            let view = VersionForm::Json(WrittenJson::new(text));
            return Ok(VersionAnswer::Now(view, tag, None));
        };
        let tag = tag_of_document(row.version, &row.digest, form.as_str());
        if is_known(&tag) {
            return Ok(VersionAnswer::NotModified(tag));
        }
        let found = self.sets().read(&row).await.map_err(failure)?;
        let bytes = self.sets().written(found, form).await.map_err(failure)?;
        let extension = match form {
            Form::Tsv => "zip",
            form => form.as_str(),
        };
        let (name, version) = (row.name, row.version);
        let file = format!("attachment; filename=\"{name}-{version}.{extension}\"");
        let document = match form {
            Form::Json => {
                let text = String::from_utf8_lossy(&bytes).into_owned();
                VersionForm::Json(WrittenJson::new(text))
            }
            Form::Yaml => VersionForm::Yaml(Binary(bytes)),
            Form::Tsv => VersionForm::Zip(Binary(bytes)),
            Form::Csv => VersionForm::Csv(Binary(bytes)),
            Form::Xlsx => VersionForm::Xlsx(Binary(bytes)),
        };
        Ok(VersionAnswer::Now(document, tag, Some(file)))
    }

    /// List which versions of a rule set were active
    ///
    /// Newest first, a page at a time, with who has activated them and why.
    #[oai(
        path = "/v1/rule_sets/:name/history",
        method = "get",
        operation_id = "list_rule_set_activations"
    )]
    async fn list_rule_set_activations(
        &self,
        name: Path<String>,
        /// Activations on a page.
        #[oai(
            default = "fifty",
            validator(minimum(value = "1"), maximum(value = "200"))
        )]
        limit: Query<u32>,
        /// `next` of the page before.
        after: Query<Option<i32>>,
    ) -> poem::Result<Json<ActivationPage>> {
        self.sets().state(&name).await.map_err(failure)?;
        let limit = limit.0 as usize;
        let found = self.sets().history(&name, after.0, limit as u64 + 1).await;
        let mut found = found.map_err(failure)?;
        let more = found.len() > limit;
        found.truncate(limit);
        let next = found.last().filter(|_| more).map(|row| row.no);
        let activations = found.into_iter().map(ActivationView::from).collect();
        Ok(Json(ActivationPage { activations, next }))
    }

    /// Store a version of a rule set
    ///
    /// The document becomes the next version, and stays as it is; the set is made with its first one. `Content-Type`
    /// says its form. All faults are answered at once (422, `errors`), each with its place. The newest version sent
    /// again is the same version. `If-Match` with the `ETag` of the set, or of its newest version, keeps two authors
    /// from overwriting each other; a set that is there needs it. Jobs take the version when it is activated.
    #[oai(
        path = "/v1/rule_sets/:name/versions",
        method = "post",
        operation_id = "store_rule_set_version"
    )]
    async fn store_rule_set_version(
        &self,
        who: Who,
        name: Path<String>,
        /// For those who look at it later.
        why: Query<Option<String>>,
        /// The `ETag` that the caller has; `*`: whatever is there.
        #[oai(name = "If-Match")]
        if_match: Header<Option<String>>,
        /// `*`: there is no such set yet.
        #[oai(name = "If-None-Match")]
        if_none_match: Header<Option<String>>,
        body: DocumentBody,
    ) -> poem::Result<Stored> {
        let condition = Condition::of_version(if_match.as_deref(), if_none_match.as_deref());
        let condition = match condition {
            Some(condition) => condition,
            None => match self.sets().store().rule_set_state(&name).await {
                Ok(None) => Condition::Nothing,
                Ok(Some(_)) => return Err(required().into()),
                Err(error) => return Err(Failure::from(error).into()),
            },
        };
        let new = NewVersion {
            name: name.0,
            form: body.form,
            bytes: body.bytes,
            by: who.name().to_owned(),
            why: why.0,
            condition,
        };
        let stored = self.sets().store_version(new).await.map_err(failure)?;
        let tag = tag_of_set(&stored.state);
        let view = VersionView::of(stored.state.newest.clone(), stored.state.set.active);
        let newest = stored.state.newest;
        let location = format!("/v1/rule_sets/{}/versions/{}", newest.name, newest.version);
        Ok(match stored.is_new {
            true => Stored::Created(Json(view), tag, location),
            false => Stored::Same(Json(view), tag),
        })
    }

    /// Activate a version of a rule set
    ///
    /// Jobs that name no version take it from now on; those that were submitted keep theirs. Going back to an earlier
    /// version is the same call. Each is an entry in the history of the set. One that agrees with less of the gold of
    /// the set than its gate expects (`gold_min`) is refused.
    #[oai(
        path = "/v1/rule_sets/:name/active",
        method = "put",
        operation_id = "activate_rule_set"
    )]
    async fn activate_rule_set(
        &self,
        who: Who,
        name: Path<String>,
        /// The `ETag` of the set, or of the version that is active; `*`: whatever is.
        #[oai(name = "If-Match")]
        if_match: Header<Option<String>>,
        body: JsonBody<ActivationBody>,
    ) -> poem::Result<SetAnswer> {
        let condition = Condition::of_activation(if_match.as_deref()).ok_or_else(required)?;
        let activation = NewActivation {
            name: name.0,
            version: body.value.version,
            by: who.name().to_owned(),
            why: body.value.why,
        };
        let activated = self.0.activate_rule_set(activation, condition).await;
        let state = activated.map_err(|error| match error {
            ActivationError::Set(error) => failure(error),
            error => error.into(),
        })?;
        let tag = tag_of_set(&state);
        Ok(SetAnswer::Now(Json(RuleSetView::of(state, false)), tag))
    }

    /// Compare two versions of a rule set
    ///
    /// Options, lists and filters; labels; rules that were added, removed, altered, moved; excepts. With `Accept:
    /// text/plain` a line for each difference.
    #[oai(
        path = "/v1/rule_sets/:name/diff",
        method = "get",
        operation_id = "compare_rule_set_versions"
    )]
    async fn compare_rule_set_versions(
        &self,
        name: Path<String>,
        /// A number, `active` or `newest`.
        #[oai(default = "active")]
        from: Query<String>,
        /// A number, `active` or `newest`.
        #[oai(default = "newest")]
        to: Query<String>,
        #[oai(name = "Accept")] accept: Header<Option<String>>,
    ) -> poem::Result<DiffAnswer> {
        let (from, to) = (which(&from)?, which(&to)?);
        let compared = self.sets().compare(&name, from, to).await;
        let compared = compared.map_err(failure)?;
        let is_text = accept.as_deref().is_some_and(|accept| {
            let mut types = accept.split(',').map(|one| one.split(';').next());
            types.next().flatten().map(str::trim) == Some("text/plain")
        });
        Ok(DiffAnswer::Differences(match is_text {
            true => DiffForm::Text(PlainText(compared.text())),
            false => DiffForm::Json(WrittenJson::new(compared.json())),
        }))
    }

    /// Lint rules
    ///
    /// Everything that is wrong with a set, and what its authors should look at: each finding has a code, its place
    /// and what to do. Nothing is stored.
    #[oai(path = "/v1/rules/lint", method = "post", operation_id = "lint_rules")]
    async fn lint_rules(
        &self,
        body: JsonBody<LintBody>,
    ) -> poem::Result<WrittenJson<LintAnswered>> {
        let asked = body.value.rules.asked().map_err(Failure::from)?;
        let findings = self.0.lint_rules(asked).await.map_err(Failure::from)?;
        let text = serde_json::to_string(&findings).map_err(|_| Failure::internal())?;
        Ok(WrittenJson::new(text))
    }
}

impl RuleSetsApi {
    fn sets(&self) -> &RuleSets {
        self.0.rule_sets()
    }
}

fn which(text: &str) -> Result<Which, Failure> {
    let which = text.parse::<Which>();
    which.map_err(|error| Failure::from(RuleSetsError::from(error)))
}

fn required() -> Failure {
    let detail = "If-Match: expected the ETag of the set that you have seen, or `*`";
    Failure::new(StatusCode::PRECONDITION_REQUIRED, detail)
}

fn failure(error: RuleSetsError) -> Failure {
    match error {
        RuleSetsError::Changed { .. } => {
            Failure::new(StatusCode::PRECONDITION_FAILED, error.to_string())
        }
        error => error.into(),
    }
}

/// Rows of a page, unless a caller says how many.
fn fifty() -> u32 {
    50
}

fn active() -> String {
    "active".to_owned()
}

fn newest() -> String {
    "newest".to_owned()
}
