//! Pages that want to hurt: deep, endless, broken, random.

use std::time::{Duration, Instant};

use super::super::page::{Budget, PageLimits};
use super::super::{ExtractError, tree};
use super::read;
use crate::systems::prediction::scrape::tests::support::plan;

const HTML: &str = "scrape: s\nrequest: {url: \"https://site.example/\"}\npages: {next: \"a.next@href\"}\n\
    extract: {html: {rows: \"table#obs tbody tr, div div a\", fields: {id: {css: td.s}, n: {css: \"td.t\", type: number}, u: {css: \"a@href\"}}}}\n\
    into: {table: t, key: [id]}\n";

const JSON: &str = "scrape: s\nrequest: {url: \"https://site.example/\"}\n\
    extract: {json: {rows: \"$..items[*]\", fields: {id: {path: \"$.id\"}, d: {path: \"$.d\", type: datetime}}}}\n\
    into: {table: t, key: [id]}\n";

/// A limit that a test can reach.
fn limits() -> PageLimits {
    PageLimits {
        nodes: 100_000,
        rows: 1_000,
        time: Duration::from_secs(60),
    }
}

#[test]
fn trees_are_limited_in_nodes_and_in_depth() {
    let parse = |text: &str| tree::parse(text, &Budget::begin(limits())).map(drop);
    let most = limits().nodes;
    assert_eq!(
        parse(&"<p>x".repeat(60_000)),
        Err(ExtractError::TooManyNodes { most })
    );
    assert_eq!(
        parse(&"<!---->".repeat(110_000)),
        Err(ExtractError::TooManyNodes { most })
    );
    assert_eq!(parse(&"<div>".repeat(2_000)), Err(ExtractError::TooDeep));
    assert_eq!(parse(&"<div>".repeat(900)), Ok(()));
    assert_eq!(
        parse(&format!(
            "{}{}",
            "<div>".repeat(900),
            "</div><div>".repeat(10_000)
        )),
        Ok(())
    );
    // Formatting that every paragraph repeats.
    let bold: String = (0..2_000).map(|n| format!("<b id={n}>")).collect();
    let repeated = format!("<p>{bold}{}", "<p>x".repeat(5_000));
    assert_eq!(parse(&repeated), Err(ExtractError::TooManyNodes { most }));
}

#[test]
fn time_is_limited() {
    let limits = PageLimits {
        time: Duration::ZERO,
        ..limits()
    };
    let read = tree::parse("<p>x", &Budget::begin(limits));
    assert_eq!(read.map(drop), Err(ExtractError::TooSlow { most_s: 0 }));
}

#[test]
fn large_pages_take_seconds_and_not_hours() {
    let plan = plan(HTML);
    let begin = Instant::now();
    for part in [
        "<div>",
        "<b>",
        "<table><tr><td>",
        "<a href=x>",
        "<p>",
        "</p>",
        "<svg><g>",
        "<select><option>",
        "&amp;",
        "<",
        "<template>",
    ] {
        let page = part.repeat((1 << 20) / part.len());
        // A sentence or rows, but an answer.
        drop(read(&plan, None, page.as_bytes()));
    }
    let taken = begin.elapsed();
    assert!(taken < Duration::from_secs(60), "{taken:?}");
}

#[test]
fn pages_that_are_cut_off_anywhere_are_read_as_far_as_they_go() {
    let html = "<html><meta charset=Shift_JIS><table id=obs><tbody><tr><td class=s><a href='/1'>観測所</a><td class=t>▲1℃</tr>\
        <tr><td class=s>b<td class=t>2<script>x</script><svg><style>y</style></svg></table><template><p>z</template>";
    let (bytes, ..) = encoding_rs::SHIFT_JIS.encode(html);
    let plan_of_html = plan(HTML);
    for end in 0..bytes.len() {
        assert!(read(&plan_of_html, None, &bytes[..end]).is_ok(), "{end}");
    }
    let json =
        r#"{"items": [{"id": "a", "d": "2024-06-01T00:00:00+09:00"}, {"id": "\ud83d\ude00"}]}"#;
    let plan_of_json = plan(JSON);
    for end in 0..json.len() {
        assert!(
            read(&plan_of_json, None, &json.as_bytes()[..end]).is_err(),
            "{end}"
        );
    }
    assert!(read(&plan_of_json, None, json.as_bytes()).is_ok());
}

#[test]
fn random_bytes_never_panic() {
    let mut state = 99_u64;
    let mut random = move || {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as usize
    };
    let pieces: [&[u8]; 28] = [
        b"<table id=obs>",
        b"<tbody>",
        b"<tr>",
        b"<td class=s>",
        b"</td>",
        b"</table>",
        b"<a class=next href=",
        b"'/x'",
        b">",
        b"<",
        b"</",
        b"<!--",
        b"-->",
        b"<template>",
        b"</template>",
        b"<svg>",
        b"<math>",
        b"<select>",
        b"<option>",
        b"<frameset>",
        b"<body>",
        b"</html>",
        b"\xff\xfe",
        b"\x1b$B",
        b"&#x110000;",
        b"{\"items\":[",
        b"\"id\":",
        b"<base href=//[>",
    ];
    let (html, json) = (plan(HTML), plan(JSON));
    for _ in 0..3_000 {
        let mut page = Vec::new();
        for _ in 0..random() % 40 {
            match random() % 4 {
                0 => page.push((random() % 256) as u8),
                _ => page.extend_from_slice(pieces[random() % pieces.len()]),
            }
        }
        let result = read(&html, None, &page);
        assert_ne!(
            result,
            Err(ExtractError::ReaderFailed),
            "{:?}",
            String::from_utf8_lossy(&page)
        );
        assert_ne!(read(&json, None, &page), Err(ExtractError::ReaderFailed));
    }
}
