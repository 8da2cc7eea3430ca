//! The page that shows all documents, to read and to try, and the documents. Everything the page needs is in it.

use std::sync::{LazyLock, Mutex, PoisonError};

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use hyper::body::Bytes;
use poem::endpoint::{BoxEndpoint, make_sync};
use poem::http::header::CONTENT_SECURITY_POLICY;
use poem::{EndpointExt, Request, Response, get};
use poem_openapi::OpenApiService;
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

use super::document;
use super::entrance::prefix_of;
use crate::access::{Prefix, PublicUrl};

/// Stands in for the body of poem-openapi's own page, which can show one document only.
const BODY: &str = r##"<body style="margin: 0">
<nav style="padding: .75rem 1.25rem; font: 1rem sans-serif; background: #1b1b1b; color: #fff">
<label>Audience API
<select id="choice" style="margin-left: .75rem; font: inherit">
{options}
</select></label>
</nav>
<div id="ui"></div>
<script>
const documents = {documents};
// The documents stand beside this page, wherever a proxy has put it.
const root = location.href.replace(/[?#].*$/, "").replace(/\/docs\/*$/, "");
const choice = document.getElementById("choice");
const asked = new URLSearchParams(location.search).get("document");
choice.value = asked in documents ? asked : "v1";
choice.onchange = () => { location.search = "?document=" + choice.value; };
// By this name, scripts find what the page has read.
window.ui = SwaggerUIBundle({
    dom_id: "#ui",
    url: new URL(documents[choice.value], root + "/").href,
    deepLinking: true,
    persistAuthorization: true,
    tryItOutEnabled: true,
});
</script>
</body>
</html>
"##;

/// A document that can be chosen.
pub(super) struct Choice {
    pub name: &'static str,
    pub label: &'static str,
    pub path: String,
}

/// A page, and what a browser lets it do.
pub(super) struct Page {
    pub html: String,
    /// The value of `Content-Security-Policy`.
    pub policy: String,
}

/// The page.
pub(super) fn page(choices: &[Choice]) -> Page {
    let embedded = OpenApiService::new((), "Audience", "").swagger_ui_html();
    // The script in the head contains the same tag as a text; the last one is the real one.
    let head = embedded
        .rsplit_once("</head>")
        .map_or(embedded.as_str(), |(head, _)| head);
    let head = head.replacen(
        "<title>Swagger UI</title>",
        "<title>Audience API</title>",
        1,
    );
    let options: Vec<String> = choices
        .iter()
        .map(|Choice { name, label, .. }| format!("<option value=\"{name}\">{label}</option>"))
        .collect();
    let documents: Map<String, Value> = choices
        .iter()
        .map(|choice| (choice.name.to_owned(), format!(".{}", choice.path).into()))
        .collect();
    let body = BODY
        .replace("{options}", &options.join("\n"))
        .replace("{documents}", &Value::Object(documents).to_string());
    let html = format!("<!DOCTYPE html>{head}</head>\n{body}");
    let policy = policy(&html);
    Page { html, policy }
}

/// A page, of which all answers share the bytes.
pub(super) fn endpoint(page: Page) -> BoxEndpoint<'static> {
    let html = Bytes::from(page.html);
    get(make_sync(move |_| {
        Response::builder()
            .content_type("text/html; charset=utf-8")
            .header(CONTENT_SECURITY_POLICY, &page.policy)
            .body(html.clone())
    }))
    .map_to_response()
    .boxed()
}

/// A document for callers who find the server below a path. It is made for the first of them, since most
/// processes are never asked for it; answers share its bytes.
pub(super) fn document(
    make: impl FnOnce() -> String + Send + 'static,
    public: Option<PublicUrl>,
) -> BoxEndpoint<'static> {
    let made = LazyLock::new(move || {
        let document = make();
        (Bytes::from(document.clone()), document)
    });
    // Usually all callers find it below the same path.
    let last: Mutex<Option<(Prefix, Bytes)>> = Mutex::default();
    let answer = move |request: Request| {
        let prefix = prefix_of(&request);
        let (plain, document) = &*made;
        let bytes = match prefix.is_empty() && public.is_none() {
            true => plain.clone(),
            false => {
                let mut last = last.lock().unwrap_or_else(PoisonError::into_inner);
                match &*last {
                    Some((known, bytes)) if *known == prefix => bytes.clone(),
                    _ => {
                        let served = document::served(document, &prefix, public.as_ref());
                        let bytes = Bytes::from(served);
                        *last = Some((prefix, bytes.clone()));
                        bytes
                    }
                }
            }
        };
        Response::builder()
            .content_type("application/json")
            .body(bytes)
    };
    get(make_sync(answer)).map_to_response().boxed()
}

/// Runs the page's own scripts and no others, calls nobody else, and is shown in no frame.
fn policy(html: &str) -> String {
    let hashes: String = scripts(html)
        .map(|script| {
            let digest = BASE64_STANDARD.encode(Sha256::digest(script));
            format!(" 'sha256-{digest}'")
        })
        .collect();
    // Swagger UI gives its elements styles of their own, and has its pictures in itself.
    format!(
        "default-src 'none'; script-src{hashes}; style-src 'unsafe-inline'; img-src 'self' data:; \
         font-src data:; connect-src 'self'; base-uri 'none'; form-action 'none'; \
         frame-ancestors 'none'"
    )
}

/// The texts of the scripts in a page.
fn scripts(html: &str) -> impl Iterator<Item = &str> {
    let mut rest = html;
    std::iter::from_fn(move || {
        let (_, tag) = rest.split_once("<script")?;
        let (_, inside) = tag.split_once('>')?;
        let (script, after) = inside.split_once("</script>")?;
        rest = after;
        Some(script)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_brings_all_it_needs() {
        let choice = |name, path: &str| Choice {
            name,
            label: name,
            path: path.to_owned(),
        };
        let page = page(&[
            choice("v1", "/openapi.json"),
            choice("other", "/openapi-other.json"),
        ]);
        let Page { html: page, policy } = page;
        assert_eq!(policy.matches("sha256-").count(), 2, "{policy}");
        assert!(page.len() > 500_000, "the script is missing");
        for part in [
            "<title>Audience API</title>",
            "/openapi.json",
            "/openapi-other.json",
            "<option value=\"other\">other</option>",
        ] {
            assert!(page.contains(part), "{part}");
        }
        let markup = page.rsplit_once("</head>").unwrap().1;
        assert!(
            !markup.contains("http"),
            "something is loaded from elsewhere"
        );
    }
}
