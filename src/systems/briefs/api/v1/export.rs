//! The zip of a brief, and the files in it.

use poem::http::{Method, StatusCode};
use poem::{Body, Request};
use poem_openapi::param::{Header, Path, Query};
use poem_openapi::payload::Binary;
use poem_openapi::{ApiResponse, OpenApi};

use super::Groups;
use crate::engine::{CallerError, ErrorKind};
use crate::http::error::Failure;
use crate::http::ranged::{Asked, Sent};
use crate::http::v1::views::job_id;
use crate::http::{DownloadPlace, Who};
use crate::systems::briefs::api::briefs::Briefs;
use crate::systems::briefs::exporting::ExportFile;
use crate::systems::briefs::store::BriefOfJob;

/// The operation.
pub(crate) struct BriefExportApi(pub Briefs);

#[derive(ApiResponse)]
enum Download {
    /// The file.
    #[oai(status = 200)]
    File(
        Binary<Body>,
        #[oai(header = "Content-Type")] String,
        #[oai(header = "Content-Length")] String,
        /// Its name.
        #[oai(header = "Content-Disposition")]
        String,
        /// Its digest.
        #[oai(header = "ETag")]
        String,
        #[oai(header = "Accept-Ranges")] String,
        #[oai(header = "X-Content-Type-Options")] String,
    ),
    /// The part of the file that was asked for.
    #[oai(status = 206)]
    Part(
        Binary<Body>,
        #[oai(header = "Content-Type")] String,
        #[oai(header = "Content-Length")] String,
        #[oai(header = "Content-Disposition")] String,
        #[oai(header = "ETag")] String,
        /// Its first and last byte, and the length of the whole.
        #[oai(header = "Content-Range")]
        String,
        #[oai(header = "X-Content-Type-Options")] String,
    ),
    /// It is still the one that the caller has.
    #[oai(status = 304)]
    NotModified(#[oai(header = "ETag")] String),
}

#[OpenApi(tag = "Groups::Briefs")]
impl BriefExportApi {
    /// Download the zip of a brief
    ///
    /// With `file`, a file of it. A stage is whole or not there at all: before, the answer is 409 with the progress
    /// of the brief. A part of it is sent to a caller with `Range`.
    #[oai(
        path = "/v1/briefs/:job_id/export",
        method = "get",
        operation_id = "get_brief_export"
    )]
    #[expect(clippy::too_many_arguments, reason = "each is a parameter of the call")]
    async fn get_brief_export(
        &self,
        http: &Request,
        who: Who,
        place: DownloadPlace,
        job_id: Path<String>,
        /// The number of the export; else the last one.
        #[oai(validator(minimum(value = "1")))]
        stage: Query<Option<i32>>,
        /// The name of a file in the zip, such as `keyword.xlsx`; else the zip itself.
        #[oai(validator(max_length = 100))]
        file: Query<Option<String>>,
        /// The bytes that are wanted, such as `bytes=0-1023`.
        #[oai(name = "Range")]
        range: Header<Option<String>>,
        /// The `ETag` of the file of which the caller has a part: with another one the whole is sent.
        #[oai(name = "If-Range")]
        if_range: Header<Option<String>>,
        /// The `ETag` of the file that the caller has.
        #[oai(name = "If-None-Match")]
        if_none_match: Header<Option<String>>,
    ) -> poem::Result<Download> {
        let found = self.0.find(&who, &self::job_id(&job_id)?).await?;
        let name = file.0.filter(|name| !name.is_empty());
        let export = self.0.exports.find(&found.brief, stage.0, name.as_deref());
        let export = match place.prepare(export).await? {
            Ok(export) => export,
            Err(error) if error.kind() == ErrorKind::Conflict => {
                return Err(self.not_ready(&found, error.into()).await?.into());
            }
            Err(error) => return Err(Failure::from(error).into()),
        };
        let asked = Asked {
            range: range.0.as_deref(),
            if_range: if_range.0.as_deref(),
            if_none_match: if_none_match.0.as_deref(),
        };
        let (part, is_whole) = match asked.of(&export.etag, export.bytes) {
            Sent::NotModified => return Ok(Download::NotModified(export.etag)),
            Sent::Nothing => return Err(not_satisfiable(&export).into()),
            Sent::Whole => (0..export.bytes, true),
            Sent::Part(part) => (part, false),
        };
        let body = match *http.method() == Method::HEAD {
            true => Body::empty(),
            false => {
                let read = export.read(part.clone()).await.map_err(Failure::from)?;
                place.send(Body::from_async_read(read))
            }
        };
        let (body, shown) = (Binary(body), disposition(&export));
        let length = part.end.saturating_sub(part.start).to_string();
        let nosniff = "nosniff".to_owned();
        let content_type = export.content_type.to_owned();
        Ok(match is_whole {
            true => {
                let ranges = "bytes".to_owned();
                Download::File(
                    body,
                    content_type,
                    length,
                    shown,
                    export.etag,
                    ranges,
                    nosniff,
                )
            }
            false => {
                let (first, last) = (part.start, part.end.saturating_sub(1));
                let range = format!("bytes {first}-{last}/{}", export.bytes);
                Download::Part(
                    body,
                    content_type,
                    length,
                    shown,
                    export.etag,
                    range,
                    nosniff,
                )
            }
        })
    }
}

impl BriefExportApi {
    async fn not_ready(
        &self,
        found: &BriefOfJob,
        mut failure: Failure,
    ) -> Result<Failure, Failure> {
        let progress = self.0.progress(found).await?;
        failure.members.push(("progress", progress));
        Ok(failure)
    }
}

fn not_satisfiable(export: &ExportFile) -> Failure {
    let detail = format!("Range: the file has {} bytes", export.bytes);
    let mut failure = Failure::new(StatusCode::RANGE_NOT_SATISFIABLE, detail);
    let range = format!("bytes */{}", export.bytes);
    if let Ok(range) = range.parse() {
        failure
            .headers
            .push((poem::http::header::CONTENT_RANGE, range));
    }
    failure
}

/// Pictures are shown, others are kept. The names are ours, and plain.
fn disposition(export: &ExportFile) -> String {
    let kind = match export.content_type.starts_with("image/") {
        true => "inline",
        false => "attachment",
    };
    format!("{kind}; filename=\"{}\"", export.name)
}
