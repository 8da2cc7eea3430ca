//! The page that shows all documents, to read and to try. Everything it needs is in it.

use poem_openapi::OpenApiService;

/// Stands in for the body of poem-openapi's own page, which can show one document only.
const BODY: &str = r##"<body style="margin: 0">
<nav style="padding: .75rem 1.25rem; font: 1rem sans-serif; background: #1b1b1b; color: #fff">
<label>Audience API
<select id="choice" style="margin-left: .75rem; font: inherit">
<option value="v1">v1</option>
<option value="compat">labelling (compat)</option>
<option value="dispatch">dispatch (compat)</option>
</select></label>
</nav>
<div id="ui"></div>
<script>
const documents = { v1: "/openapi.json", compat: "/openapi-compat.json",
    dispatch: "/openapi-dispatch.json" };
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

/// The page as HTML.
pub(super) fn page() -> String {
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
    format!("<!DOCTYPE html>{head}</head>\n{BODY}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_brings_all_it_needs() {
        let page = page();
        assert!(page.len() > 500_000, "the script is missing");
        for part in [
            "<title>Audience API</title>",
            "/openapi.json",
            "/openapi-compat.json",
            "/openapi-dispatch.json",
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
