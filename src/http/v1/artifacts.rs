//! Files that jobs leave: which there are, and their bytes.

use std::fmt::Write as _;

use entity::artifact;
use poem::Body;
use poem_openapi::param::{Header, Path};
use poem_openapi::payload::{Binary, Json};
use poem_openapi::{ApiResponse, Object, OpenApi};

use super::Groups;
use super::views::job_id;
use crate::clock;
use crate::http::error::Failure;
use crate::http::tagged::matches;
use crate::http::{DownloadPlace, Services};

/// The operations.
pub(crate) struct ArtifactsApi(pub(super) Services);

/// A file that a job left.
#[derive(Object)]
struct Artifact {
    name: String,
    bytes: i64,
    /// Hexadecimal digits.
    sha256: String,
    content_type: String,
    /// RFC 3339.
    created_at: String,
}

/// Files of a job, by name.
#[derive(Object)]
struct ArtifactList {
    artifacts: Vec<Artifact>,
}

#[derive(ApiResponse)]
enum Download {
    /// The file.
    #[oai(status = 200)]
    File(
        Binary<Body>,
        /// What the name says that it is.
        #[oai(header = "Content-Type")]
        String,
        #[oai(header = "Content-Length")] String,
        /// Its name.
        #[oai(header = "Content-Disposition")]
        String,
        /// Its digest.
        #[oai(header = "ETag")]
        String,
        #[oai(header = "X-Content-Type-Options")] String,
    ),
    /// It is still the one that the caller has.
    #[oai(status = 304)]
    NotModified(#[oai(header = "ETag")] String),
}

#[OpenApi(tag = "Groups::Results")]
impl ArtifactsApi {
    /// List the files that a job left
    ///
    /// Files that are complete, with their sizes and digests.
    #[oai(
        path = "/v1/jobs/:job_id/artifacts",
        method = "get",
        operation_id = "list_artifacts"
    )]
    async fn list_artifacts(&self, job_id: Path<String>) -> poem::Result<Json<ArtifactList>> {
        let id = self::job_id(&job_id)?;
        self.0.job(&id).await?;
        let found = self.0.artifacts.list(&id).await.map_err(Failure::from)?;
        let artifacts = found.into_iter().map(Artifact::from).collect();
        Ok(Json(ArtifactList { artifacts }))
    }

    /// Download a file that a job left
    ///
    /// As it was written. With `If-None-Match` it is sent only if it is another one.
    #[oai(
        path = "/v1/jobs/:job_id/artifacts/:name",
        method = "get",
        operation_id = "get_artifact"
    )]
    async fn get_artifact(
        &self,
        job_id: Path<String>,
        name: Path<String>,
        place: DownloadPlace,
        /// The `ETag` of the file that the caller has.
        #[oai(name = "If-None-Match")]
        if_none_match: Header<Option<String>>,
    ) -> poem::Result<Download> {
        let id = self::job_id(&job_id)?;
        let found = self.0.artifacts.open(&id, &name).await;
        let Some((artifact, body)) = found.map_err(Failure::from)? else {
            let name = name.0;
            return Err(Failure::not_found(format!("job {id} has no artifact `{name}`")).into());
        };
        let etag = format!("\"{}\"", artifact.sha256);
        if if_none_match.0.is_some_and(|known| matches(&known, &etag)) {
            return Ok(Download::NotModified(etag));
        }
        Ok(Download::File(
            Binary(place.send(Body::from_bytes_stream(body.stream))),
            content_type(&artifact.name).to_owned(),
            artifact.bytes.to_string(),
            disposition(&artifact.name),
            etag,
            "nosniff".to_owned(),
        ))
    }
}

impl From<artifact::Model> for Artifact {
    fn from(artifact: artifact::Model) -> Self {
        Self {
            content_type: content_type(&artifact.name).to_owned(),
            name: artifact.name,
            bytes: artifact.bytes,
            sha256: artifact.sha256,
            created_at: clock::rfc3339(artifact.created_at),
        }
    }
}

/// What is none of [`CONTENT_TYPES`]; no browser shows it.
pub(crate) const BYTES: &str = "application/octet-stream";

/// Of files, by the endings of their names.
pub(crate) const CONTENT_TYPES: &[(&str, &[&str])] = &[
    ("text/csv; charset=utf-8", &["csv"]),
    ("application/gzip", &["gz"]),
    ("text/html; charset=utf-8", &["html", "htm"]),
    ("image/jpeg", &["jpeg", "jpg"]),
    ("application/json", &["json"]),
    ("application/x-ndjson", &["jsonl", "ndjson"]),
    ("text/plain; charset=utf-8", &["log", "md", "txt"]),
    ("application/vnd.apache.parquet", &["parquet"]),
    ("application/pdf", &["pdf"]),
    ("image/png", &["png"]),
    ("image/svg+xml", &["svg"]),
    ("text/tab-separated-values; charset=utf-8", &["tsv"]),
    (
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        &["xlsx"],
    ),
    ("application/xml", &["xml"]),
    ("application/yaml", &["yaml", "yml"]),
    ("application/zip", &["zip"]),
];

fn content_type(name: &str) -> &'static str {
    let ending = name.rsplit_once('.').map_or("", |(_, ending)| ending);
    let ending = ending.to_ascii_lowercase();
    let mut types = CONTENT_TYPES.iter();
    let found = types.find(|(_, endings)| endings.contains(&ending.as_str()));
    found.map_or(BYTES, |(content_type, _)| content_type)
}

/// The name in a form for every caller, and as it is (RFC 6266).
fn disposition(name: &str) -> String {
    let plain = |letter: char| {
        let usual = letter.is_ascii_graphic() || letter == ' ';
        usual && !matches!(letter, '"' | '\\' | '%')
    };
    let simple: String = name
        .chars()
        .map(|letter| if plain(letter) { letter } else { '_' })
        .collect();
    let mut exact = String::new();
    for byte in name.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'.' | b'-' | b'_' => {
                exact.push(char::from(byte));
            }
            _ => write!(exact, "%{byte:02X}").unwrap_or_default(),
        }
    }
    format!("attachment; filename=\"{simple}\"; filename*=UTF-8''{exact}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_given_so_that_every_caller_can_use_it() {
        assert_eq!(
            disposition("a b.zip"),
            "attachment; filename=\"a b.zip\"; filename*=UTF-8''a%20b.zip"
        );
        assert_eq!(
            disposition("報\"告.zip"),
            "attachment; filename=\"___.zip\"; filename*=UTF-8''%E5%A0%B1%22%E5%91%8A.zip"
        );
    }

    #[test]
    fn what_a_file_is_follows_from_its_ending() {
        assert_eq!(content_type("a.b.ZIP"), "application/zip");
        assert_eq!(content_type("run.log"), "text/plain; charset=utf-8");
        for name in ["zip", "a.exe", ""] {
            assert_eq!(content_type(name), "application/octet-stream");
        }
    }
}
