//! Forms with a file in them: `multipart/form-data`, as browsers send it and `/v1` takes it.

use poem::http::{StatusCode, header};
use poem::web::Multipart;
use poem::{FromRequest, Request};
use sha2::{Digest, Sha256};

use super::error_page::PageError;
use super::forms;
use crate::http::Visit;

const CONTENT_TYPE: &str = "multipart/form-data";

/// A form that was sent.
#[derive(Debug, Default)]
pub struct FileForm {
    /// Names and values, without the file.
    pub fields: Vec<(String, String)>,
    /// `None`: none was chosen.
    pub file: Option<GivenFile>,
}

/// A file that somebody has chosen.
#[derive(Debug)]
pub struct GivenFile {
    /// As its owner calls it.
    pub name: String,
    pub bytes: Vec<u8>,
}

impl FileForm {
    /// Forms of both kinds are read.
    pub(super) async fn of(visit: &Visit) -> Result<Self, PageError> {
        let content_type = visit.headers.get(header::CONTENT_TYPE);
        let content_type = content_type.and_then(|value| value.to_str().ok());
        let content_type = content_type.unwrap_or_default();
        if !content_type.to_ascii_lowercase().starts_with(CONTENT_TYPE) {
            return Ok(Self {
                fields: forms::pairs(&visit.form),
                file: None,
            });
        }
        let request = Request::builder()
            .header(header::CONTENT_TYPE, content_type)
            .finish();
        let mut body = poem::RequestBody::new(visit.form.clone().into());
        let form = Multipart::from_request(&request, &mut body).await;
        read(form.map_err(unreadable)?).await.map_err(unreadable)
    }
}

async fn read(mut form: Multipart) -> Result<FileForm, poem::Error> {
    let mut read = FileForm::default();
    while let Some(field) = form.next_field().await? {
        let name = field.name().unwrap_or_default().to_owned();
        match field.file_name().map(str::to_owned) {
            Some(file_name) => {
                let bytes = field.bytes().await?;
                if !file_name.is_empty() {
                    let name = file_name;
                    read.file = Some(GivenFile { name, bytes });
                }
            }
            None => {
                let bytes = field.bytes().await?;
                let text = String::from_utf8_lossy(&bytes).into_owned();
                read.fields.push((name, text));
            }
        }
    }
    Ok(read)
}

fn unreadable(_: poem::Error) -> PageError {
    PageError {
        detail: "the form could not be read".to_owned(),
        ..PageError::of_status(StatusCode::BAD_REQUEST)
    }
}

impl GivenFile {
    /// A form with this file in it: its content type, and the body.
    pub fn form(&self, fields: &[(&str, &str)]) -> (String, Vec<u8>) {
        let boundary = self.boundary(fields);
        let mut body = Vec::with_capacity(self.bytes.len() + 1024);
        let mut part = |about: &str, content: &[u8]| {
            let head = format!("--{boundary}\r\nContent-Disposition: form-data; {about}\r\n\r\n");
            body.extend_from_slice(head.as_bytes());
            body.extend_from_slice(content);
            body.extend_from_slice(b"\r\n");
        };
        for (name, value) in fields {
            part(&format!("name=\"{name}\""), value.as_bytes());
        }
        // As browsers write such names.
        let name = self.name.replace('"', "%22");
        let name = name.replace('\r', "%0D").replace('\n', "%0A");
        part(&format!("name=\"file\"; filename=\"{name}\""), &self.bytes);
        body.extend_from_slice(format!("--{boundary}--\r\n").as_bytes());
        (format!("{CONTENT_TYPE}; boundary={boundary}"), body)
    }

    /// A text that stands in none of the parts: nothing holds its own digest.
    fn boundary(&self, fields: &[(&str, &str)]) -> String {
        let mut digest = Sha256::new();
        for (_, value) in fields {
            digest.update(value.as_bytes());
        }
        digest.update(&self.bytes);
        let digest = digest.finalize();
        digest.iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_form_that_is_written_can_be_read() {
        let file = GivenFile {
            name: "実績 \"1\".xlsx".to_owned(),
            bytes: b"--\r\n\0\xff".to_vec(),
        };
        let (content_type, body) =
            file.form(&[("mapping", "a: 1\r\nb: 地域\n"), ("strict", "true")]);
        let request = Request::builder()
            .header(header::CONTENT_TYPE, content_type)
            .finish();
        let mut body = poem::RequestBody::new(body.into());
        let form = Multipart::from_request(&request, &mut body).await.unwrap();
        let form = read(form).await.unwrap();
        let fields = [("mapping", "a: 1\r\nb: 地域\n"), ("strict", "true")];
        let fields = fields.map(|(name, value)| (name.to_owned(), value.to_owned()));
        assert_eq!(form.fields, fields);
        let read = form.file.unwrap();
        assert_eq!(
            (read.name.as_str(), read.bytes),
            ("実績 %221%22.xlsx", file.bytes)
        );
    }
}
