//! Texts of pages: by mark, header, `meta`, or what they look like.

use std::sync::Arc;

use encoding_rs::{EUC_JP, Encoding, GBK, ISO_2022_JP, SHIFT_JIS, UTF_8, UTF_16BE, UTF_16LE};
use url::Url;

use super::super::decode::decode;
use super::super::page::Page;

const TEXT: &str = "<p>気象観測所の一覧です。東京の気温は二十五度、降水量は三ミリでした。</p>";

fn decoded(bytes: &[u8], content_type: Option<&str>, url: &str) -> (String, &'static Encoding) {
    let body = Arc::from(bytes);
    let page = Page {
        number: 1,
        url: &Url::parse(url).unwrap(),
        content_type,
        body: &body,
    };
    let (text, encoding) = decode(&page, true);
    (text.into_owned(), encoding)
}

fn utf16(text: &str, is_big: bool) -> Vec<u8> {
    let units = text.encode_utf16();
    units
        .flat_map(|unit| {
            if is_big {
                unit.to_be_bytes()
            } else {
                unit.to_le_bytes()
            }
        })
        .collect()
}

#[test]
fn header_then_meta_then_detection() {
    let with_meta = |meta: &str| format!("<html><head>{meta}</head>{TEXT}");
    let metas = [
        "<meta charset=\"NAME\">",
        "<META CHARSET=NAME>",
        "<meta http-equiv='Content-Type' content='text/html; charset=NAME'>",
        "<!-- x --><meta name=a content=b><meta content=\"text/html;charset=NAME\" http-equiv=content-type/>",
    ];
    for (encoding, name) in [
        (SHIFT_JIS, "Shift_JIS"),
        (SHIFT_JIS, "x-sjis"),
        (EUC_JP, "euc-jp"),
        (UTF_8, "UTF-8"),
        (GBK, "gb2312"),
    ] {
        for meta in metas {
            let text = with_meta(&meta.replace("NAME", name));
            let (bytes, ..) = encoding.encode(&text);
            assert_eq!(
                decoded(&bytes, None, "http://h.example/"),
                (text, encoding),
                "{meta} {name}"
            );
        }
        let (bytes, ..) = encoding.encode(TEXT);
        for header in [
            format!("text/html; charset={name}"),
            format!("text/html;foo=1; CHARSET=\"{name}\""),
        ] {
            assert_eq!(
                decoded(&bytes, Some(&header), "http://h.example/"),
                (TEXT.to_owned(), encoding)
            );
        }
    }
    for encoding in [SHIFT_JIS, EUC_JP, UTF_8, ISO_2022_JP] {
        let (bytes, ..) = encoding.encode(TEXT);
        for url in [
            "http://127.0.0.1:18080/",
            "https://www.example.jp/",
            "https://example.com/",
        ] {
            assert_eq!(
                decoded(&bytes, Some("text/html"), url),
                (TEXT.to_owned(), encoding)
            );
        }
    }
}

#[test]
fn utf_16_is_known_by_its_mark_or_its_zeros() {
    for (is_big, encoding) in [(false, UTF_16LE), (true, UTF_16BE)] {
        let marked = utf16(&format!("\u{feff}{TEXT}"), is_big);
        assert_eq!(
            decoded(&marked, Some("text/html; charset=utf-8"), "http://h/"),
            (TEXT.to_owned(), encoding)
        );
        let text = format!("<html><body><table>{TEXT}</table></body></html>");
        assert_eq!(
            decoded(&utf16(&text, is_big), None, "http://h/"),
            (text, encoding)
        );
    }
    // A page whose `meta` could be read is not in UTF-16.
    let text = format!("<meta charset=utf-16>{TEXT}");
    assert_eq!(decoded(text.as_bytes(), None, "http://h/").1, UTF_8);
}

#[test]
fn a_header_that_does_not_fit_gives_way_to_a_meta_that_does() {
    let text = format!("<meta charset=Shift_JIS>{TEXT}");
    let (bytes, ..) = SHIFT_JIS.encode(&text);
    let header = Some("text/html; charset=UTF-8");
    assert_eq!(decoded(&bytes, header, "http://h/"), (text, SHIFT_JIS));
    // Both fit: the header it is.
    let ascii = "<meta charset=Shift_JIS><p>abc";
    assert_eq!(decoded(ascii.as_bytes(), header, "http://h/").1, UTF_8);
    // Neither fits: the header it is.
    let broken = b"<meta charset=euc-jp><p>\xff\xfe\xa1";
    assert_eq!(decoded(broken, header, "http://h/").1, UTF_8);
}

#[test]
fn every_encoding_that_browsers_know_is_read_by_its_name() {
    let labels = [
        "big5",
        "euc-jp",
        "euc-kr",
        "gb18030",
        "gbk",
        "ibm866",
        "iso-2022-jp",
        "iso-8859-2",
        "iso-8859-3",
        "iso-8859-4",
        "iso-8859-5",
        "iso-8859-6",
        "iso-8859-7",
        "iso-8859-8",
        "iso-8859-8-i",
        "iso-8859-10",
        "iso-8859-13",
        "iso-8859-14",
        "iso-8859-15",
        "iso-8859-16",
        "koi8-r",
        "koi8-u",
        "macintosh",
        "shift_jis",
        "utf-8",
        "utf-16be",
        "utf-16le",
        "windows-874",
        "windows-1250",
        "windows-1251",
        "windows-1252",
        "windows-1253",
        "windows-1254",
        "windows-1255",
        "windows-1256",
        "windows-1257",
        "windows-1258",
        "x-mac-cyrillic",
        "x-user-defined",
        "replacement",
    ];
    assert_eq!(labels.len(), 40);
    let bytes: Vec<u8> = (0..=255).collect();
    for label in labels {
        let (text, _) = decoded(
            &bytes,
            Some(&format!("text/html; charset={label}")),
            "http://h/",
        );
        assert!(!text.is_empty(), "{label}");
        for end in 0..64 {
            decoded(
                &bytes[end * 4..],
                Some(&format!("text/html; charset={label}")),
                "http://h/",
            );
        }
    }
}
