//! Keywords as people, and those who mean no good, write them.

use serde_json::{Value, json};

use super::{Server, With};

#[tokio::test(flavor = "multi_thread")]
async fn odd_keywords_are_looked_for_as_they_are() {
    let server = Server::start(With::default()).await;
    let emoji = "😀".repeat(100);
    let keywords = [
        "\"防晒 霜\"",
        "防晒|隔离 敏感肌|油皮 -广告",
        emoji.as_str(),
        "'; DROP TABLE audience_brief; --",
        "=HYPERLINK(\"http://x\",\"y\")",
        "+1-2",
        "@SUM(A1)",
        "\u{202e}防晒\u{200f}",
        "a\\b%_c",
        "<script>alert(1)</script>",
        "{secret:HOME} {keyword}",
        "ｆｕｌｌ　ｗｉｄｔｈ",
        "a,b",
    ];
    let submitted = server
        .data(
            "submit",
            json!({ "keywords": keywords, "platforms": ["notes"], "job_name": "\u{202e}x' OR '1" }),
        )
        .await;
    let id = submitted["job_id"].as_str().unwrap();
    let view = server.ended(id).await;
    assert_eq!(view["keywords"], json!(keywords));
    assert_eq!(view["job_name"], "\u{202e}x' OR '1");
    assert!(
        ["finished", "partial"].contains(&view["status"].as_str().unwrap()),
        "{view}"
    );
    for part in keywords {
        let found = server.data("search", json!({ "keyword": part })).await;
        assert_eq!(found["total"], 1, "{part}");
        let list = json!({ "job_id": id, "keyword": part });
        assert_eq!(
            server.data("view_article_list", list).await["list"],
            json!([]),
            "{part}"
        );
    }
    for text in ["'", "%", "\\", "\u{202e}"] {
        let asked = json!({ "job_id": id, "user_name": text });
        assert_eq!(
            server.data("view_account_list", asked).await["total"],
            0,
            "{text}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn characters_that_no_text_has_are_refused() {
    let server = Server::start(With::default()).await;
    for keyword in ["a\u{0}b", "a\u{7}", "a\nb", "\u{85}"] {
        let (status, answer) = server
            .call("submit", json!({ "keywords": ["ok", keyword] }))
            .await;
        let message = answer["msg"].as_str().unwrap();
        assert_eq!((status, &answer["data"]), (422, &Value::Null), "{answer}");
        assert!(message.starts_with("keywords[1]: column "), "{message}");
    }
    // Half of a surrogate is no JSON.
    let (status, _) = server.raw("submit", r#"{"keywords":["\ud83d"]}"#).await;
    assert_eq!(status, 400);
    let bytes = b"{\"keywords\":[\"\xff\"]}".to_vec();
    assert_eq!(server.raw("submit", bytes).await.0, 400);
}
