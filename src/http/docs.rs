//! The page that shows all documents, to read and to try. Everything it needs is in it.

use poem_openapi::OpenApiService;
use serde_json::{Map, Value};

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
const choice = document.getElementById("choice");
const asked = new URLSearchParams(location.search).get("document");
choice.value = asked in documents ? asked : "v1";
choice.onchange = () => { location.search = "?document=" + choice.value; };
SwaggerUIBundle({
    dom_id: "#ui",
    url: documents[choice.value],
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

/// The page as HTML.
pub(super) fn page(choices: &[Choice]) -> String {
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
        .map(|choice| (choice.name.to_owned(), choice.path.as_str().into()))
        .collect();
    let body = BODY
        .replace("{options}", &options.join("\n"))
        .replace("{documents}", &Value::Object(documents).to_string());
    format!("<!DOCTYPE html>{head}</head>\n{body}")
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
