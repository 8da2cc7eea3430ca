//! A brief from its keywords to its zip, by all calls.

use reqwest::header::{CONTENT_RANGE, ETAG, IF_NONE_MATCH, IF_RANGE, RANGE};
use serde_json::{Value, json};

use super::{ROWS, Server, With, members};

const VIEW: [&str; 19] = [
    "job_id",
    "job_name",
    "status",
    "platforms",
    "keywords",
    "start_time",
    "end_time",
    "max_pages",
    "deadline_s",
    "match",
    "create_time",
    "finish_time",
    "stage",
    "zip",
    "download_url",
    "article_count",
    "account_count",
    "coverage",
    "message",
];

const ARTICLE: [&str; 18] = [
    "platform",
    "keyword",
    "url",
    "title",
    "content",
    "post_time",
    "like",
    "read",
    "share",
    "comment",
    "collect",
    "play",
    "danmu",
    "download",
    "interraction",
    "user_name",
    "user_fans",
    "user_fans_level",
];

const PROGRESS: [&str; 17] = [
    "job_id",
    "status",
    "progress",
    "coverage",
    "planned",
    "done",
    "failed",
    "open",
    "received",
    "stored",
    "duplicate",
    "filtered",
    "out_of_range",
    "rejected",
    "eta_s",
    "deadline_time",
    "platforms",
];

#[tokio::test(flavor = "multi_thread")]
async fn a_brief_goes_through_all_calls() {
    let server = Server::start(With::default()).await;
    let kept = (0..ROWS).filter(|no| no % 3 != 0).count();
    let submitted = server
        .data(
            "submit",
            json!({
                "keywords": ["防晒霜 -广告", "面膜"], "platforms": ["notes"],
                "start_time": "2026-11-01 00:00:00", "end_time": "2026-11-30 23:59:59",
            }),
        )
        .await;
    assert_eq!(
        members(&submitted),
        ["job_id", "job_name", "status", "create_time"]
    );
    assert_eq!(submitted["job_name"], "防晒霜 -广告");
    let id = submitted["job_id"].as_str().unwrap();
    assert!(id.len() == 32 && id.bytes().all(|byte| byte.is_ascii_hexdigit()));
    let view = server.ended(id).await;
    assert_eq!(members(&view), VIEW);
    assert_eq!(view["status"], "finished", "{view}");
    assert_eq!(
        (&view["max_pages"], &view["deadline_s"]),
        (&json!(20), &json!(300))
    );
    assert_eq!(
        (&view["article_count"], &view["account_count"]),
        (&json!(kept), &json!(5))
    );
    assert_eq!(view["zip"], format!("1_{id}.zip"));
    assert_eq!(view["coverage"].as_f64(), Some(1.0));

    let progress = server
        .data("spider_progress", json!({ "job_id": id }))
        .await;
    assert_eq!(members(&progress), PROGRESS);
    assert_eq!(progress["received"], ROWS);
    assert_eq!(
        (&progress["stored"], &progress["filtered"]),
        (&json!(kept), &json!(ROWS - kept))
    );
    assert_eq!(progress["progress"].as_f64(), Some(1.0));
    assert_eq!(progress["platforms"][0]["status"], "finished");

    let list = server
        .data(
            "view_article_list",
            json!({ "job_id": id, "page_size": 7, "page": 2 }),
        )
        .await;
    assert_eq!(members(&list), ["total", "page", "page_size", "list"]);
    assert_eq!((&list["total"], &list["page"]), (&json!(kept), &json!(2)));
    let articles = list["list"].as_array().unwrap();
    assert_eq!(articles.len(), 7);
    assert_eq!(members(&articles[0]), ARTICLE);
    assert_eq!(articles[0]["keyword"], "防晒霜 -广告");
    assert_eq!(articles[0]["user_fans_level"], "尾部");
    let likes: Vec<i64> = articles
        .iter()
        .map(|one| one["like"].as_i64().unwrap())
        .collect();
    assert!(likes.is_sorted_by(|one, next| one >= next), "{likes:?}");
    let ascending =
        json!({ "job_id": id, "order_by": "post_time", "order": "asc", "user_name": "账号1" });
    let list = server.data("view_article_list", ascending).await;
    let times = list["list"].as_array().unwrap().iter();
    let times: Vec<&str> = times
        .map(|one| one["post_time"].as_str().unwrap())
        .collect();
    assert!(!times.is_empty() && times.is_sorted(), "{times:?}");
    let none = json!({ "job_id": id, "keyword": "面膜" });
    assert_eq!(server.data("view_article_list", none).await["total"], 0);

    let accounts = server
        .data("view_account_list", json!({ "job_id": id }))
        .await;
    assert_eq!(accounts["total"], 5);
    let expected = [
        &[
            "platform",
            "user_name",
            "user_fans",
            "user_fans_level",
            "article_count",
        ][..],
        &ARTICLE[6..15],
    ];
    assert_eq!(members(&accounts["list"][0]), expected.concat());

    for search in [
        json!({ "job_name": "防晒" }),
        json!({ "keyword": "面", "platform": "notes", "status": "finished" }),
        json!({ "create_start": "2020-01-01 00:00:00", "create_end": "2099-01-01 00:00:00" }),
        json!({ "page": 1, "page_size": 200, "job_name": null }),
    ] {
        let found = server.data("search", search).await;
        assert_eq!((&found["total"], &found["list"][0]), (&json!(1), &view));
    }
    for search in [
        json!({ "job_name": "%" }),
        json!({ "keyword": "_" }),
        json!({ "status": "running" }),
        json!({ "platform": "note" }),
        json!({ "create_end": "2020-01-01 00:00:00" }),
    ] {
        assert_eq!(server.data("search", search).await["total"], 0);
    }
    let ended = server.call("cancel", json!({ "job_id": id })).await;
    assert_eq!((ended.0, &ended.1["data"]), (409, &Value::Null));
}

#[tokio::test(flavor = "multi_thread")]
async fn calls_that_only_read_are_there_by_get() {
    let server = Server::start(With::default()).await;
    let id = server.submit(json!(["notes"])).await;
    server.ended(&id).await;
    for (call, body, query) in [
        ("view", json!({ "job_id": id }), format!("job_id={id}")),
        (
            "spider_progress",
            json!({ "job_id": id }),
            format!("job_id={id}"),
        ),
        (
            "search",
            json!({ "job_name": "防晒", "page": 1, "page_size": 5 }),
            "job_name=%E9%98%B2%E6%99%92&page=1&page_size=5&status=".to_owned(),
        ),
        (
            "view_article_list",
            json!({ "job_id": id, "order_by": "like", "page": 2, "page_size": 3 }),
            format!("job_id={id}&order_by=like&page=2&page_size=3"),
        ),
        (
            "view_account_list",
            json!({ "job_id": id, "user_name": "账号2" }),
            format!("job_id={id}&user_name=%E8%B4%A6%E5%8F%B72"),
        ),
    ] {
        let posted = server.call(call, body).await;
        let got = server
            .get(&format!("/dts-auto-brief/job/{call}?{query}"))
            .await;
        assert_eq!(posted.0, 200, "{posted:?}");
        assert_eq!(posted, got, "{call}");
    }
    let unknown = server.get("/dts-auto-brief/job/view?job=1").await;
    assert_eq!(
        unknown.1["msg"],
        "job: unknown field; expected one of job_id"
    );
    assert_eq!(unknown.0, 422);
}

#[tokio::test(flavor = "multi_thread")]
async fn both_surfaces_show_the_same_briefs() {
    let server = Server::start(With::default()).await;
    let submitted = server
        .http
        .post(server.url("/v1/jobs"))
        .json(&json!({ "brief": {
            "keywords": ["防晒霜"], "platforms": ["notes"], "start_time": "2026-11-01 00:00:00",
            "end_time": "2026-11-30 23:59:59",
        } }))
        .send()
        .await
        .unwrap();
    assert_eq!(submitted.status(), 202);
    let job: Value = submitted.json().await.unwrap();
    let id = job["id"].as_str().unwrap();
    let view = server.ended(id).await;
    assert_eq!(
        server.get(&format!("/v1/briefs/{id}")).await,
        (200, view.clone())
    );
    let (_, listed) = server.get("/v1/briefs?name=防晒&status=finished").await;
    assert_eq!(listed, json!({ "briefs": [view], "next": null }));
    let progress = server
        .data("spider_progress", json!({ "job_id": id }))
        .await;
    assert_eq!(
        server.get(&format!("/v1/briefs/{id}/progress")).await,
        (200, progress)
    );

    let mut found = Vec::new();
    let mut after = String::new();
    loop {
        let path = format!("/v1/briefs/{id}/articles?limit=7&after={after}");
        let (status, page) = server.get(&path).await;
        assert_eq!(status, 200, "{page}");
        found.extend(page["articles"].as_array().unwrap().clone());
        match page["next"].as_str() {
            Some(next) => after = next.to_owned(),
            None => break,
        }
    }
    assert_eq!(found.len(), ROWS);
    let ordered = server
        .get(&format!("/v1/briefs/{id}/articles?order_by=like&limit=200"))
        .await
        .1;
    let same = server
        .data(
            "view_article_list",
            json!({ "job_id": id, "order_by": "like", "page_size": 200 }),
        )
        .await;
    assert_eq!(ordered["articles"], same["list"]);
    let (_, accounts) = server
        .get(&format!("/v1/briefs/{id}/accounts?limit=2"))
        .await;
    assert_eq!(accounts["accounts"].as_array().unwrap().len(), 2);
    let (_, platforms) = server.get("/v1/brief-platforms").await;
    let paid = &platforms["platforms"][2];
    assert_eq!(
        (&paid["platform"], &paid["on"]),
        (&json!("paid"), &json!(false))
    );
    assert_eq!(paid["reason"], "the secret ABSENT_KEY is not set");

    let changed = server
        .http
        .patch(server.url(&format!("/v1/briefs/{id}")))
        .json(&json!({ "keywords": ["防晒霜 -广告"] }))
        .send()
        .await
        .unwrap();
    let changed: Value = changed.json().await.unwrap();
    assert_eq!(changed["stage"], 2, "{changed}");
    let view = server.ended(id).await;
    let kept = (0..ROWS).filter(|no| no % 3 != 0).count();
    assert_eq!(
        (&view["stage"], &view["article_count"]),
        (&json!(2), &json!(kept))
    );
    for (path, status) in [
        ("/v1/briefs/x", 404),
        ("/v1/briefs/00000000000000000000000000000000/progress", 404),
        ("/v1/briefs?status=done", 422),
        ("/v1/briefs?staus=done", 400),
    ] {
        let (found, problem) = server.get(path).await;
        assert_eq!(
            (found, &problem["status"]),
            (status, &json!(status)),
            "{path}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_zip_is_downloaded_whole_or_in_part() {
    let server = Server::start(With::default()).await;
    let id = server.submit(json!(["notes"])).await;
    let view = server.ended(&id).await;
    let url = server.url(view["download_url"].as_str().unwrap());
    let whole = server.http.get(&url).send().await.unwrap();
    assert_eq!(whole.status(), 200);
    let etag = whole.headers()[ETAG].clone();
    let shown = whole.headers()["content-disposition"]
        .to_str()
        .unwrap()
        .to_owned();
    assert_eq!(shown, format!("attachment; filename=\"1_{id}.zip\""));
    let bytes = whole.bytes().await.unwrap();
    assert_eq!(&bytes[..4], b"PK\x03\x04");
    let head = server.http.head(&url).send().await.unwrap();
    assert_eq!(
        head.headers()["content-length"],
        bytes.len().to_string().as_str()
    );

    let part = server
        .http
        .get(&url)
        .header(RANGE, "bytes=10-19")
        .send()
        .await
        .unwrap();
    assert_eq!(part.status(), 206);
    let range = format!("bytes 10-19/{}", bytes.len());
    assert_eq!(part.headers()[CONTENT_RANGE], range.as_str());
    assert_eq!(part.bytes().await.unwrap(), bytes[10..20]);
    let resumed = server
        .http
        .get(&url)
        .header(RANGE, "bytes=100-")
        .header(IF_RANGE, etag.clone());
    assert_eq!(
        resumed.send().await.unwrap().bytes().await.unwrap(),
        bytes[100..]
    );
    let other = server
        .http
        .get(&url)
        .header(RANGE, "bytes=100-")
        .header(IF_RANGE, "\"other\"");
    let other = other.send().await.unwrap();
    assert_eq!(
        (other.status().as_u16(), other.bytes().await.unwrap().len()),
        (200, bytes.len())
    );
    let behind = server
        .http
        .get(&url)
        .header(RANGE, "bytes=99999999-")
        .send()
        .await
        .unwrap();
    assert_eq!(behind.status(), 416);
    let known = server
        .http
        .get(&url)
        .header(IF_NONE_MATCH, etag)
        .send()
        .await
        .unwrap();
    assert_eq!(known.status(), 304);

    let file = server
        .http
        .get(format!("{url}&file=keyword.xlsx"))
        .send()
        .await
        .unwrap();
    assert_eq!(file.status(), 200);
    assert_eq!(&file.bytes().await.unwrap()[..2], b"PK");
    for (query, status) in [
        ("?file=other.txt", 404),
        ("?stage=7", 404),
        ("?stage=0", 422),
    ] {
        let path = format!("/v1/briefs/{id}/export{query}");
        assert_eq!(server.get(&path).await.0, status, "{query}");
    }
    let waiting = server.submit(json!(["crawler"])).await;
    let (status, problem) = server.get(&format!("/v1/briefs/{waiting}/export")).await;
    assert_eq!(status, 409);
    assert_eq!(problem["progress"]["job_id"], waiting.as_str());
}
