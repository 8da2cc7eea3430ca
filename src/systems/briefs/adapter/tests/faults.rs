//! Values that have the right type and cannot be meant.

use super::adapter;

const HTTP: &str = "platform: p\nkind: http\nbase: https://api.example.com\nrequest: {path: /s, query: {q: '{keyword}', n: '{page}'}}\n\
    items: $.data[*]\nmap: {id: $.id, post_time: $.t, title: $.x}\n";

fn faults(text: &str) -> Vec<String> {
    adapter(text).err().unwrap_or_default()
}

#[test]
fn what_cannot_be_meant_is_named() {
    for (added, expected) in [
        (
            "limits: {rate: fast}",
            "limits.rate: expected calls and a unit of time",
        ),
        (
            "limits: {concurrency: 0}",
            "limits.concurrency: expected a number from 1 to 1000",
        ),
        (
            "limits: {calls_per_day: 0}",
            "limits.calls_per_day: expected a number from 1",
        ),
        ("retry: {timeout: 3}", "retry.timeout: "),
        (
            "retry: {timeout: 0s}",
            "retry.timeout: expected a duration above 0",
        ),
        (
            "retry: {tries: 99}",
            "retry.tries: expected a number from 1 to 20",
        ),
        (
            "retry: {backoff: 8s..1s}",
            "retry.backoff: expected two durations, the shorter first",
        ),
        (
            "retry: {hedges: 150%}",
            "retry.hedges: expected a percentage from 0% to 100%",
        ),
        (
            "retry: {breaker: {open_at: 0%}}",
            "retry.breaker.open_at: expected a percentage above 0%",
        ),
        (
            "ok: {path: data, is: [1]}",
            "ok.path: `data` is no JSONPath (RFC 9535)",
        ),
        (
            "ok: {path: $.a, is: []}",
            "ok.is: expected at least one value",
        ),
        ("errors: [{path: $.a, is: [1], means: odd}]", "errors[0]"),
        (
            "pages: {size: 0}",
            "pages.size: expected a number from 1 to 10000",
        ),
        (
            "pages: {total: $.a, total_pages: $.b}",
            "pages.total_pages: expected `total` or `total_pages`, not both",
        ),
        (
            "next: {cursor: {a: $.a}}",
            "the request has no place {cursor.a}",
        ),
        (
            "windows: 1d",
            "windows: needs {from} and {to} in the request",
        ),
        ("windows: 1s", "windows: expected a duration from 60s"),
        ("path: a.csv", "path: is for the kind file only"),
        ("topic: a", "topic: is for the kind kafka only"),
        ("idle: 1s", "idle: is for the kind kafka only"),
    ] {
        let found = faults(&format!("{HTTP}{added}\n"));
        let named = found
            .iter()
            .any(|fault| fault.contains(expected) && fault.starts_with("7:"));
        assert!(named, "{added}: {found:?}");
    }
}

#[test]
fn parts_of_the_request_are_checked() {
    for (from, to, expected) in [
        (
            "platform: p",
            "platform: P-1",
            "1:1: platform: expected a name of 1 to 32 small letters",
        ),
        (
            "https://api.example.com",
            "ftp://x",
            "base: expected a URL that begins with http",
        ),
        (
            "https://api.example.com",
            "https://u:p@x/",
            "base: expected a URL",
        ),
        (
            "'{keyword}'",
            "'{keywrd}'",
            "request.query.q: unknown place {keywrd}",
        ),
        (
            "'{keyword}'",
            "'{keyword'",
            "request.query.q: a `{` without its `}`",
        ),
        (
            "'{keyword}'",
            "'{cursor.a}'",
            "a place {cursor.NAME} needs `next.cursor`",
        ),
        ("'{keyword}'", "'{from:%Q}'", "`%Q` is no format of times"),
        (
            "query:",
            "headers: {Host: x}, query:",
            "request.headers.Host: this header is set by the program",
        ),
        (
            "query:",
            "json: {}, form: {}, query:",
            "expected `json` or `form`, not both",
        ),
        (
            "id: $.id",
            "id: id",
            "map.id: `id`; expected a path such as $.id, or a template",
        ),
        (
            "id: $.id",
            "id: '{url}'",
            "map.id: {url} is not read by the map",
        ),
        (
            "title: $.x",
            "titel: $.x",
            "map.titel: unknown field `titel`",
        ),
        (
            "title: $.x",
            "like: $.x",
            "map: `title` or `content` is needed",
        ),
        (
            "title: $.x",
            "title: {path: $.x, type: count}",
            "map.title.type: expected the type text or html",
        ),
        (
            "post_time: $.t",
            "post_time: {path: $.t, type: text}",
            "map.post_time.type: expected the type time",
        ),
        (
            "post_time: $.t",
            "post_time: {path: $.t, tz: Mars}",
            "map.post_time.tz: unknown time zone `Mars`",
        ),
        (
            "post_time: $.t",
            "post_time: {path: $.t, type: unix_s, format: '%Y'}",
            "is for the type time only",
        ),
        (
            "id: $.id",
            "id: {path: $.id, zero_is_null: true}",
            "map.id.zero_is_null: is for counts only",
        ),
    ] {
        assert!(HTTP.contains(from), "{from}");
        let found = faults(&HTTP.replacen(from, to, 1));
        let named = found.iter().any(|fault| fault.contains(expected));
        assert!(named, "{to}: {found:?}");
    }
}

#[test]
fn other_kinds_have_keys_of_their_own() {
    for (text, expected) in [
        (
            "platform: p\nkind: file\nmap: {id: a, post_time: b, title: c}\n",
            "kind: the kind file needs `path`",
        ),
        (
            "platform: p\nkind: file\npath: ../a.csv\nmap: {id: a, post_time: b, title: c}\n",
            "path: expected a path below `briefs.files`",
        ),
        (
            "platform: p\nkind: file\npath: /a.csv\nmap: {id: a, post_time: b, title: c}\n",
            "path: expected a path below `briefs.files`",
        ),
        (
            "platform: p\nkind: file\npath: a.txt\nmap: {id: a, post_time: b, title: c}\n",
            "path: expected a name that ends with .csv, .jsonl or .xlsx",
        ),
        (
            "platform: p\nkind: file\npath: a.csv\n",
            "kind: a map is needed",
        ),
        (
            "platform: p\nkind: push\nmap: {id: $.a}\n",
            "map: what is pushed has the common fields; expected no map",
        ),
        (
            "platform: p\nkind: push\nbase: https://x\n",
            "base: is for the kind http only",
        ),
        (
            "platform: p\nkind: kafka\n",
            "kind: the kind kafka needs `topic`",
        ),
        (
            "platform: p\nkind: kafka\ntopic: a b\n",
            "topic: expected a name of 1 to 249",
        ),
        (
            "platform: p\nkind: kafka\ntopic: a\nidle: soon\n",
            "idle: expected a duration",
        ),
        ("platform: p\nkind: fax\n", "fax"),
        ("- a\n", "expected a mapping that begins with `platform:`"),
        ("platform: [\n", ""),
        ("platform: p\nplatform: q\nkind: push\n", "platform"),
    ] {
        let found = faults(text);
        assert!(
            found.iter().any(|fault| fault.contains(expected)),
            "{text}: {found:?}"
        );
        assert!(
            found
                .iter()
                .all(|fault| fault.starts_with(|digit: char| digit.is_ascii_digit()))
        );
    }
    for text in [
        "platform: p\nkind: push\n",
        "platform: p\nkind: kafka\ntopic: articles\n",
        "platform: p\nkind: file\npath: 'sub/*.xlsx'\nmap: {id: 编号, post_time: 时间, title: 标题, like: {path: 赞, zero_is_null: true}}\n",
    ] {
        assert_eq!(adapter(text).err(), None, "{text}");
    }
}

#[test]
fn all_faults_are_named_in_the_order_of_the_file() {
    let text = HTTP
        .replace("$.data[*]", "data")
        .replace("'{page}'", "'{pag}'");
    let found = faults(&text);
    assert_eq!(found.len(), 2, "{found:?}");
    assert!(
        found[0].starts_with("4:") && found[1].starts_with("5:"),
        "{found:?}"
    );
}
