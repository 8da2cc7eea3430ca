//! Pages of HTML: texts, attributes, URLs, types, what is missing.

use super::{problems, read, texts};
use crate::systems::prediction::scrape::plan::Plan;
use crate::systems::prediction::scrape::tests::support::plan;

fn scrape(fields: &str, more: &str) -> std::sync::Arc<Plan> {
    plan(&format!(
        "scrape: s\nrequest: {{url: \"https://site.example/\"}}\n{more}\n\
        extract: {{html: {{rows: \"ul.list > li\", fields: {{id: {{css: b}}, {fields}}}}}}}\n\
        into: {{table: t, key: [id]}}\n"
    ))
}

fn page(items: &str) -> String {
    format!(
        "<!doctype html><title>x</title><ul class='list a'>{items}</ul><a class=next href='?p=3#top'>次</a>"
    )
}

#[test]
fn texts_are_what_people_see() {
    let scrape = scrape("v: {css: .v, type: raw}", "");
    for (html, expected) in [
        ("<i class=v>plain</i>", "plain"),
        ("<i class=v> a <b>b</b><!-- x -->c </i>", " a bc "),
        ("<i class=v>10<br>20<br/>30</i>", "10\n20\n30"),
        ("<i class=v>a<script>b</script><style>c</style>d</i>", "ad"),
        (
            "<i class=v>&yen;1,000 &amp; &lt;b&gt; &#x2460;</i>",
            "¥1,000 & <b> ①",
        ),
        ("<i class=v><u><u><u>deep</u></u> end</u></i>", "deep end"),
        ("<i class=v></i>", "-"),
        ("<i class=w></i>", "-"),
        ("<i class='w v'>first</i><i class=v>second</i>", "first"),
    ] {
        let extracted = read(
            &scrape,
            None,
            page(&format!("<li><b>1</b>{html}")).as_bytes(),
        )
        .unwrap();
        assert_eq!(texts(&extracted), [["1", expected]], "{html}");
    }
}

#[test]
fn attributes_are_values_and_urls_are_whole() {
    let scrape = scrape(
        "url: {css: \"a@href\"}, image: {css: \"img@SRC\"}, tag: {css: \"@data-tag\"}, title: {css: \"a@title\"}",
        "",
    );
    let item = |html: &str| page(&format!("<li data-tag=T><b>1</b>{html}"));
    for (html, expected) in [
        (
            "<a href='/a?b=c&amp;d'>x</a><img src=i.png>",
            [
                "https://site.example/a?b=c&d",
                "https://site.example/list/i.png",
                "T",
                "-",
            ],
        ),
        (
            "<a href='b/../c' title=' t  u '>x</a><img src='//cdn.example/i'>",
            [
                "https://site.example/list/c",
                "https://cdn.example/i",
                "T",
                "t u",
            ],
        ),
        (
            "<a href='https://other.example'>x</a>",
            ["https://other.example/", "-", "T", "-"],
        ),
        (
            "<a href='mailto:a@b.example'>x</a>",
            ["mailto:a@b.example", "-", "T", "-"],
        ),
        ("<a href='http://['>x</a>", ["http://[", "-", "T", "-"]),
        (
            "<a href=''>x</a>",
            ["https://site.example/list/page?x=1", "-", "T", "-"],
        ),
        ("<a name=x>x</a>", ["-", "-", "T", "-"]),
    ] {
        let extracted = read(&scrape, None, item(html).as_bytes()).unwrap();
        assert_eq!(texts(&extracted)[0][1..], expected, "{html}");
    }
    let based = format!("<base href='/other/'>{}", item("<a href=x>x</a>"));
    let extracted = read(&scrape, None, based.as_bytes()).unwrap();
    assert_eq!(texts(&extracted)[0][1], "https://site.example/other/x");
}

#[test]
fn queries_of_links_are_in_the_encoding_of_the_page() {
    let scrape = scrape("url: {css: \"a@href\"}", "");
    let text = page("<li><b>1</b><a href='/店/?q=店'>x</a>");
    let (bytes, ..) = encoding_rs::SHIFT_JIS.encode(&text);
    let extracted = read(&scrape, Some("text/html; charset=Shift_JIS"), &bytes).unwrap();
    assert_eq!(
        texts(&extracted)[0][1],
        "https://site.example/%E5%BA%97/?q=%93X"
    );
}

#[test]
fn fields_have_the_types_units_and_problems_of_imports() {
    let scrape = scrape(
        "temp: {css: .t, type: number, unit: ℃, max: 60}, rain: {css: .r, type: integer, unit: mm}, \
        at: {css: .d, type: date}, ok: {css: .o, type: boolean}",
        "",
    );
    let items = "<li><b>1</b><i class=t>▲3.5℃</i><i class=r>－</i><i class=d>令和6年6月1日</i><i class=o>○</i>\
        <li><b>2</b><i class=t>99℃</i><i class=r>1.5mm</i><i class=d>2024/6</i><i class=o>多分</i>\
        <li><b>3</b><i class=t>2kg</i><i class=r>1,200 mm</i><i class=d></i>\
        <li><i class=t>1℃</i>\
        <li><b>　</b>";
    let extracted = read(&scrape, None, page(items).as_bytes()).unwrap();
    assert_eq!(
        texts(&extracted),
        [
            ["1", "-3.5", "-", "2024-06-01", "true"],
            ["2", "-", "-", "-", "-"],
            ["3", "-", "1200", "-", "-"]
        ]
    );
    assert_eq!(
        problems(&extracted),
        [
            "page 2, row 2 temp out_of_range",
            "page 2, row 2 rain not_an_integer",
            "page 2, row 2 at not_a_date",
            "page 2, row 2 ok not_a_boolean",
            "page 2, row 3 temp unit_mismatch",
            "page 2, row 4 id required",
            "page 2, row 5 id required",
        ]
    );
    assert_eq!(extracted.count, 5);
    assert_eq!(extracted.rows[2].place, "page 2, row 3");
    assert_eq!(extracted.problems[0].text, "99℃");
    assert_eq!(extracted.problems[0].message, "`99℃` is not at most 60");
}

#[test]
fn a_field_that_every_row_needs_and_none_has_is_one_problem() {
    let scrape = scrape("must: {css: .m, required: true}, may: {css: .n}", "");
    let extracted = read(&scrape, None, page("<li><b>1</b><li><b>2</b>").as_bytes()).unwrap();
    assert_eq!((extracted.count, extracted.rows.len()), (2, 0));
    assert_eq!(problems(&extracted), ["page 2 must missing_column"]);
    assert_eq!(
        extracted.problems[0].message,
        "no row has the field must: nothing is found at `.m`"
    );
    assert_eq!(extracted.is_found, [true, false, false]);
    let empty = read(&scrape, None, b"<p>nothing").unwrap();
    assert_eq!((empty.count, empty.problems.len()), (0, 0));
}

#[test]
fn the_next_page_is_a_url_or_a_value() {
    for (path, html, expected) in [
        (
            "a.next@href",
            page(""),
            Some("https://site.example/list/page?p=3#top"),
        ),
        ("a.next", page(""), Some("次")),
        ("a.none@href", page(""), None),
        ("a@href", "<a href='#'>x</a>".to_owned(), None),
        ("a@href", "<a href='#x'>x</a>".to_owned(), None),
        (
            "a@href",
            "<a href='javascript:next()'>x</a>".to_owned(),
            None,
        ),
        ("a@href", "<a href=' '>x</a>".to_owned(), None),
        (
            "a@href",
            "<a href='http://10.0.0.1/'>x</a>".to_owned(),
            Some("http://10.0.0.1/"),
        ),
        (
            "div@data-cursor",
            "<div data-cursor=' abc '>".to_owned(),
            Some("abc"),
        ),
        ("div@data-cursor", "<div data-cursor=''>".to_owned(), None),
    ] {
        let scrape = scrape("v: {css: .v}", &format!("pages: {{next: \"{path}\"}}"));
        let extracted = read(&scrape, None, html.as_bytes()).unwrap();
        assert_eq!(extracted.next.as_deref(), expected, "{path} {html}");
    }
}

#[test]
fn tables_without_their_parts_are_read_as_browsers_read_them() {
    let plan = plan(
        "scrape: s\nrequest: {url: \"https://site.example/\"}\n\
        extract: {html: {rows: \"table#t tbody tr\", fields: {a: {css: \"td:nth-child(1)\"}, b: {css: \"td:nth-of-type(2)\"}}}}\n\
        into: {table: t, key: [a]}\n",
    );
    let html = "<table id=t><thead><tr><th>A<th>B</thead><tr><td>1<td>2<tr><td>3<td>4</table>";
    let extracted = read(&plan, None, html.as_bytes()).unwrap();
    assert_eq!(texts(&extracted), [["1", "2"], ["3", "4"]]);
}
