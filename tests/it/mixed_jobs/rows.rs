//! Which rows take part, which labels they get, and what is published of them.

use serde_json::{Value, json};

use super::{label, meta, post, start, texts};

fn food_and_tea(more: Value) -> Value {
    let mut rules = json!({
        "name": "interests", "in": ["title", "content"],
        "labels": {
            "food": [["拉麵", "partially"], "烏龍麵 AND NOT 廣告"],
            "tea": [{ "pattern": "奶.{0,2}茶" }],
        },
    });
    for (key, value) in more.as_object().unwrap() {
        rules[key] = value.clone();
    }
    json!({ "model_type": "mixed_model", "rules": rules })
}

fn rows(expected: &[[&str; 3]]) -> Vec<[String; 3]> {
    expected.iter().map(|row| row.map(str::to_owned)).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn each_label_is_published_with_the_text_of_its_hit() {
    let posts = [
        (post("1", "amy", Some("喝奶綠茶")), Some("想吃拉麵")),
        (post("2", "bob", Some("吃拉麵")), None),
        (post("3", "cyn", None), Some("拉麵")),
        (post("4", "dan", None), None),
        (post("5", "eve", Some("廣告 烏龍麵")), Some("")),
        (post("6", "fay", Some("烏龍麵")), Some("x")),
    ];
    let app = start(&posts).await;
    let id = label(
        &app,
        food_and_tea(json!({ "row_labels": "all", "exclusive": false })),
    )
    .await;
    let expected = [
        ["1", "/food", "想吃拉麵"],
        ["1", "/tea", "喝奶綠茶"],
        ["2", "/food", "吃拉麵"],
        ["3", "/food", "拉麵"],
        ["6", "/food", "烏龍麵"],
    ];
    assert_eq!(texts(&app, &id), rows(&expected));
    // All but the fourth one, of which neither text is there.
    assert_eq!(app.state(&id, "length_receive_table").as_deref(), Some("5"));
    assert_eq!(
        meta(&app, &id, "1", "/food"),
        r#"{"rule":"拉麵","match_type":"partially","span":[6,12],"id":"d16c8056366e","field":"title","parts":[["title",6,12]]}"#
    );
    let of_tea = meta(&app, &id, "1", "/tea");
    assert!(
        of_tea.starts_with(r#"{"rule":"奶.{0,2}茶","match_type":"pattern","span":[3,12],"id":""#),
        "{of_tea}"
    );
    let of_six: Value = serde_json::from_str(&meta(&app, &id, "6", "/food")).unwrap();
    assert_eq!(of_six["match_type"], "expression");
    assert_eq!(of_six["rule"], "烏龍麵 AND NOT 廣告");
    assert_eq!(app.state(&id, "model_type").as_deref(), Some("mixed_model"));
    assert_eq!(
        app.state(&id, "predict_type").as_deref(),
        Some("title,content")
    );
    assert_eq!(app.state(&id, "rule_set").as_deref(), Some("interests"));
    assert_eq!(app.state(&id, "rule_set_version"), None);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_row_gets_the_first_label_unless_it_is_excepted() {
    let posts = [
        (post("1", "amy", Some("奶茶 拉麵")), None),
        (post("2", "bob", Some("奶茶 拉麵 徵才")), None),
        (post("3", "cyn", Some("拉麵 徵才")), None),
    ];
    let app = start(&posts).await;
    let labels = json!([
        { "name": "food", "rules": [["拉麵", "partially"]], "except": ["徵才 OR 求職"] },
        { "name": "tea", "rules": [["奶茶", "partially"]] },
    ]);
    let id = label(&app, food_and_tea(json!({ "labels": labels }))).await;
    let expected = [["1", "/food", "奶茶 拉麵"], ["2", "/tea", "奶茶 拉麵 徵才"]];
    assert_eq!(texts(&app, &id), rows(&expected));
    assert_eq!(app.state(&id, "length_receive_table").as_deref(), Some("3"));
}

#[tokio::test(flavor = "multi_thread")]
async fn filters_come_before_the_rules() {
    let posts = [
        (post("1", "amy", Some("抽獎 拉麵")), None),
        (post("2", "bob", Some("#拉麵 x")), None),
        (post("3", "cyn", Some("#好 拉麵")), Some("t")),
    ];
    let app = start(&posts).await;
    let filters = json!([{ "cut": "/#\\S+/" }, { "drop": "抽獎 OR 贈獎", "in": "content" }]);
    let id = label(&app, food_and_tea(json!({ "filters": filters }))).await;
    // Published is the text as it was written.
    assert_eq!(texts(&app, &id), rows(&[["3", "/food", "#好 拉麵"]]));
    let meta: Value = serde_json::from_str(&meta(&app, &id, "3", "/food")).unwrap();
    assert_eq!(meta["span"], json!([5, 11]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_set_without_fields_looks_at_what_the_job_names() {
    let posts = [
        (post("1", "拉麵王", Some("x")), Some("拉麵")),
        (post("2", "bob", Some("拉麵")), None),
    ];
    let app = start(&posts).await;
    let mut request = food_and_tea(json!({}));
    request["rules"].as_object_mut().unwrap().remove("in");
    let of_authors = label(&app, request.clone()).await;
    assert_eq!(texts(&app, &of_authors), rows(&[["1", "/food", "拉麵王"]]));
    request["predict_type"] = json!("content");
    let of_contents = label(&app, request).await;
    assert_eq!(texts(&app, &of_contents), rows(&[["2", "/food", "拉麵"]]));
    assert_eq!(
        app.state(&of_contents, "predict_type").as_deref(),
        Some("content")
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn authors_keep_the_panel_that_most_of_their_rows_have() {
    let posts = [
        (post("1", "amy", Some("拉麵")), None),
        (post("22", "amy", Some("奶茶")), Some("x")),
        (post("333", "amy", Some("y")), Some("奶綠茶")),
        (post("4444", "bob", Some("奶茶")), None),
        (post("55555", "bob", Some("拉麵")), None),
    ];
    let app = start(&posts).await;
    let id = label(&app, food_and_tea(json!({}))).await;
    assert_eq!(texts(&app, &id), rows(&[["333", "/tea", "奶綠茶"]]));
    let mut keeps_all = food_and_tea(json!({}));
    keeps_all["author_conflict"] = json!("keep_all");
    let id = label(&app, keeps_all).await;
    assert_eq!(texts(&app, &id).len(), 4);
}
