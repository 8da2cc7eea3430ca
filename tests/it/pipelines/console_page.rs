//! What commands have written, read line by line and on the page of their job's log.

use serde_json::{Value, json};

use super::own_project::OwnProject;
use super::served::{Server, submit_one};
use crate::support::wait_for;

/// The first attempt fails; the second one waits for the file `go`.
const PROJECT: &str = r#"
defaults: {retries: 1, retry_delay: 10ms..20ms}
tasks:
  write:
    run: |
      if [ ! -e again ]; then touch again; echo first; exit 1; fi
      printf '\033[31m<b>red</b>\033[0m\n10 %%\r100 %%\n'
      seq 3 500
      echo '::warning file=a.sql,line=7::three rows'
      echo '::error::no rows'
      while [ ! -e go ]; do sleep 0.01; done
      printf 'needle at the end'
  nothing: {run: 'true'}
"#;

async fn lines(server: &Server, job: &str, query: &str) -> Value {
    let path = format!("/v1/jobs/{job}/console/lines?{query}");
    let (status, found) = server.get(&path).await;
    assert_eq!(status, 200, "{query}: {found}");
    found
}

fn shown(found: &Value) -> Vec<(Option<u64>, &str)> {
    let lines = found["lines"].as_array().unwrap().iter();
    lines
        .map(|line| (line["number"].as_u64(), line["text"].as_str().unwrap()))
        .collect()
}

async fn page(server: &Server, path: &str) -> (u16, String) {
    let answer = server.send(path, &[]).await;
    (answer.status().as_u16(), answer.text().await.unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_console_is_read_by_lines_and_shown_as_a_page() {
    let project = OwnProject::with(PROJECT);
    let server = Server::start(&project, "server", json!({})).await;
    let job = submit_one(&project, "server", &["write"]);
    wait_for("the error is written", async || {
        let (_, found) = server
            .get(&format!(
                "/v1/jobs/{job}/console/search?q=no%20rows&attempt=2"
            ))
            .await;
        (found["total"] == 1).then_some(())
    })
    .await;
    let path = format!("/jobs/{job}/log");
    for is_live in [true, false] {
        if !is_live {
            project.write("go", "");
            server.wait_until_ended(&job).await;
        }
        let first = lines(&server, &job, "limit=3&numbers").await;
        let expected = [
            (Some(1), "<b>red</b>"),
            (Some(2), "10 %\r100 %"),
            (Some(3), "3"),
        ];
        assert_eq!(shown(&first), expected);
        assert_eq!(
            (&first["previous"], &first["attempt"]),
            (&Value::Null, &json!(2))
        );
        let next = format!("from={}&limit=2", first["next"]);
        let second = lines(&server, &job, &next).await;
        assert_eq!(shown(&second), [(None, "4"), (None, "5")]);
        let before = format!("before={}&limit=3&numbers=true", second["previous"]);
        let mut back = lines(&server, &job, &before).await;
        back["total"] = first["total"].clone();
        assert_eq!(back, first);
        let by_number = lines(&server, &job, "line=500&limit=2&numbers=true").await;
        let warning = "::warning file=a.sql,line=7::three rows";
        assert_eq!(
            shown(&by_number),
            [(Some(500), "500"), (Some(501), warning)]
        );
        let none = lines(&server, &job, "line=9999").await;
        assert_eq!((shown(&none), &none["next"]), (Vec::new(), &Value::Null));

        let (status, html) = page(&server, &path).await;
        assert_eq!(status, 200, "{html}");
        assert_eq!(html.contains(" data-live data-say"), is_live, "{html}");
        // It runs: the last lines. It has succeeded: the first ones.
        for (part, is_there) in [
            ("<b>error</b> no rows", is_live),
            ("&#60;b&#62;red&#60;/b&#62;", !is_live),
            ("attempt=1\">1</a>", true),
            ("of=job", true),
            ("<b>red", false),
        ] {
            assert_eq!(html.contains(part), is_there, "{part}: {html}");
        }
        let (_, own) = page(&server, &format!("{path}?of=job")).await;
        assert!(
            !own.contains("log-place") && own.contains("value=\"job\""),
            "{own}"
        );
        assert!(own.contains(&format!("href=\"{path}\"")), "{own}");
    }
    let last = lines(&server, &job, "before=9999999&limit=2&numbers=true").await;
    let expected = [
        (Some(502), "::error::no rows"),
        (Some(503), "needle at the end"),
    ];
    assert_eq!(shown(&last), expected);
    for (query, parts) in [
        ("?attempt=1", vec!["id=\"L1\"", "first"]),
        (
            "?line=400&attempt=2",
            vec!["id=\"L400\"", "line=400#L400", "rel=\"prev\""],
        ),
        (
            "?q=NEEDLE",
            vec![
                "<mark>needle</mark> at the end",
                "id=\"L503\"",
                "1 lines found",
            ],
        ),
        (
            "?q=%5E4.%24&regex=true",
            vec!["<mark>44</mark>", "10 lines found"],
        ),
        (
            "?level=error",
            vec!["<b>error</b> no rows", "1 lines found"],
        ),
        (
            "?level=warn",
            vec!["<b>warning</b> file=a.sql,line=7: three rows"],
        ),
        ("?first=error", vec!["<b>error</b> no rows", "id=\"L502\""]),
        ("?q=(&regex=true", vec!["q: invalid expression"]),
        (
            "?q=no%3Cb%3E",
            vec!["value=\"no&#60;b&#62;\"", "No line fits."],
        ),
    ] {
        let (status, html) = page(&server, &format!("{path}{query}")).await;
        assert_eq!(status, 200, "{query}: {html}");
        for part in parts {
            assert!(html.contains(part), "{query}: {part}: {html}");
        }
    }
    for (query, expected) in [("?attempt=9", 404), ("?attempt=x", 422)] {
        assert_eq!(
            page(&server, &format!("{path}{query}")).await.0,
            expected,
            "{query}"
        );
    }
    let (_, of_job) = page(&server, &format!("/jobs/{job}")).await;
    assert!(
        of_job.contains(&format!("href=\"{path}?attempt=2\"")),
        "{of_job}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_log_that_is_empty_or_not_there_says_so() {
    let project = OwnProject::with(PROJECT);
    let server = Server::start(&project, "server", json!({})).await;
    let job = submit_one(&project, "server", &["nothing"]);
    server.wait_until_ended(&job).await;
    let (_, html) = page(&server, &format!("/jobs/{job}/log")).await;
    assert!(html.contains("The command has written nothing."), "{html}");
    let empty = lines(&server, &job, "numbers=true").await;
    assert_eq!((shown(&empty), &empty["total"]), (Vec::new(), &json!(0)));
    for (query, detail) in [
        ("line=0", "line: "),
        ("limit=0", "limit: "),
        ("attempt=9", "has no attempt 9"),
    ] {
        let (status, answer) = server
            .get(&format!("/v1/jobs/{job}/console/lines?{query}"))
            .await;
        assert!(status == 422 || status == 404, "{query}: {answer}");
        let said = answer["detail"].as_str().unwrap();
        assert!(said.contains(detail), "{query}: {said}");
    }
}
