//! Mappings by name.

use poem_openapi::param::{Header, Path, Query};
use poem_openapi::payload::Json;
use poem_openapi::{ApiResponse, OpenApi};

use super::versions::TextVersionPage;
use super::views::{MappingList, MappingView};
use super::{Groups, failure, fifty};
use crate::http::Who;
use crate::http::body::YamlBody;
use crate::http::error::Failure;
use crate::http::tagged::{Tagged, matches, tag_of};
use crate::systems::prediction::importing::{Imports, ImportsError};
use crate::systems::prediction::store::Expected;

/// The operations.
pub(crate) struct MappingsApi(pub Imports);

#[derive(ApiResponse)]
enum Stored {
    /// The mapping was there; it is as the body says from now on.
    #[oai(status = 200)]
    Replaced(Json<MappingView>, #[oai(header = "ETag")] String),
    /// The mapping is new.
    #[oai(status = 201)]
    Created(
        Json<MappingView>,
        #[oai(header = "ETag")] String,
        /// Where to look at the mapping.
        #[oai(header = "Location")]
        String,
    ),
}

#[derive(ApiResponse)]
enum Removed {
    /// The mapping is not there any more. What was imported with it stays.
    #[oai(status = 204)]
    Done,
}

#[OpenApi(tag = "Groups::Imports")]
impl MappingsApi {
    /// List mappings
    ///
    /// By name, with their texts.
    #[oai(path = "/v1/mappings", method = "get", operation_id = "list_mappings")]
    async fn list_mappings(&self) -> poem::Result<Json<MappingList>> {
        let mappings = self.0.mappings().all().await.map_err(Failure::from)?;
        let mappings = mappings.into_iter().map(MappingView::from).collect();
        Ok(Json(MappingList { mappings }))
    }

    /// Look at a mapping
    ///
    /// How a workbook becomes rows, and which version of that it is.
    #[oai(
        path = "/v1/mappings/:name",
        method = "get",
        operation_id = "get_mapping"
    )]
    async fn get_mapping(
        &self,
        name: Path<String>,
        /// The `ETag` of the answer that the caller has.
        #[oai(name = "If-None-Match")]
        if_none_match: Header<Option<String>>,
    ) -> poem::Result<Tagged<MappingView>> {
        let mapping = self.0.mapping(&name).await.map_err(failure)?;
        let view = MappingView::from(mapping);
        Ok(Tagged::of(view, if_none_match.as_deref()))
    }

    /// List the versions of a mapping
    ///
    /// Newest first, with their texts, a page at a time; also of a mapping that was removed.
    #[oai(
        path = "/v1/mappings/:name/versions",
        method = "get",
        operation_id = "list_mapping_versions"
    )]
    async fn list_mapping_versions(
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
    ) -> poem::Result<Json<TextVersionPage>> {
        let found = TextVersionPage::of(self.0.mappings(), &name, after.0, limit.0).await?;
        let page = found.ok_or_else(|| failure(ImportsError::NoMapping(name.0)))?;
        Ok(Json(page))
    }

    /// Put a mapping
    ///
    /// YAML whose `import` is the name in the path. Each other text is a version of its own; imports that were made keep
    /// the one that they were made with.
    #[oai(
        path = "/v1/mappings/:name",
        method = "put",
        operation_id = "put_mapping"
    )]
    async fn put_mapping(
        &self,
        who: Who,
        name: Path<String>,
        /// The `ETag` of the mapping that the caller has; it is refused if that has changed.
        #[oai(name = "If-Match")]
        if_match: Header<Option<String>>,
        body: YamlBody,
    ) -> poem::Result<Stored> {
        let name = name.0;
        let text = String::from_utf8(body.0);
        let text = text.map_err(|_| Failure::invalid("body: expected UTF-8"))?;
        let expected = self.expected(&name, if_match.as_deref()).await?;
        let put = self.0.put(&name, &text, who.name(), expected).await;
        let (mapping, is_new) = put.map_err(failure)?;
        let view = MappingView::from(mapping);
        let tag = tag_of(&view);
        Ok(match is_new {
            true => Stored::Created(Json(view), tag, format!("/v1/mappings/{name}")),
            false => Stored::Replaced(Json(view), tag),
        })
    }

    /// Remove a mapping
    ///
    /// What was imported with it stays.
    #[oai(
        path = "/v1/mappings/:name",
        method = "delete",
        operation_id = "remove_mapping"
    )]
    async fn remove_mapping(
        &self,
        who: Who,
        name: Path<String>,
        /// The `ETag` of the mapping that the caller has; it is refused if that has changed.
        #[oai(name = "If-Match")]
        if_match: Header<Option<String>>,
    ) -> poem::Result<Removed> {
        let expected = self.expected(&name, if_match.as_deref()).await?;
        let removed = self.0.forget(&name, who.name(), expected).await;
        removed.map_err(failure)?;
        Ok(Removed::Done)
    }
}

impl MappingsApi {
    /// The text that has to be there when something is changed.
    async fn expected(&self, name: &str, if_match: Option<&str>) -> Result<Expected, Failure> {
        let Some(tags) = if_match else {
            return Ok(None);
        };
        let found = self.0.mappings().find(name).await?;
        let same = found.filter(|found| matches(tags, &tag_of(&MappingView::from(found.clone()))));
        match same {
            Some(found) => Ok(Some(found.digest)),
            None => Err(failure(ImportsError::Changed(name.to_owned()))),
        }
    }
}
