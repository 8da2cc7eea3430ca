use std::io::Read;
use std::path::Path;
use std::sync::Arc;

use calamine::{Data, Range, Reader, Xlsx, open_workbook};
use rust_xlsxwriter::Workbook;

use super::about::{About, FailedPage, PlatformPages};
use super::cells::{Cell, Formats, sheet_name, storable};
use super::cloud::{CloudFont, FontFault};
use super::fault::ExportFault;
use super::keyword_workbook::SHEET_ROWS;
use super::making::{ANALYSIS, KEYWORDS, make};
use super::packing::{self, MANIFEST, Packed};
use super::stored::StoredArticle;
use crate::systems::briefs::article::{Article, Count};
use crate::systems::briefs::keywords::Keyword;
use crate::systems::briefs::request::{BriefRequest, Matching};

/// 2026-11-01 12:30:00 in Shanghai, and as workbooks count days.
const NOON: i64 = 1_793_507_400_000_000;
const NOON_IN_DAYS: f64 = 46_327.0 + 12.5 / 24.0;

fn about() -> About {
    let keywords = ["防晒霜", "粉底液", "a,b"];
    let pages = |platform: &str, label: &str, failed| PlatformPages {
        platform: platform.to_owned(),
        label: label.to_owned(),
        planned: 4,
        done: 4 - failed,
        failed,
        received: 9,
        kept: 3,
        ..PlatformPages::default()
    };
    About {
        job: "0123456789abcdef0123456789abcdef".to_owned(),
        stage: 2,
        request: BriefRequest {
            job_name: "=防晒".to_owned(),
            platforms: vec!["douyin".to_owned(), "bili".to_owned()],
            keywords: keywords.map(str::to_owned).to_vec(),
            start_time: NOON,
            end_time: NOON,
            max_pages: 20,
            deadline_s: 300,
            matching: Matching::Text,
        },
        keywords: keywords.map(|text| Keyword::parse(text).unwrap()).to_vec(),
        zone: chrono_tz::Asia::Shanghai,
        created_at: NOON,
        collected_at: Some(NOON),
        platforms: vec![pages("douyin", "抖音", 0), pages("bili", "B站", 1)],
        failed: vec![FailedPage {
            platform: "bili".to_owned(),
            page: "00001-00002".to_owned(),
            reason: "HTTP 500".to_owned(),
        }],
        dictionary: Arc::from([]),
    }
}

fn article(platform: &str, id: &str, keyword: &str) -> StoredArticle {
    StoredArticle {
        platform: platform.to_owned(),
        keyword: keyword.to_owned(),
        article: Article {
            id: id.to_owned(),
            title: Some(format!("防晒霜 {id}")),
            post_time: NOON,
            ..Article::default()
        },
        sentiment: None,
    }
}

/// Most interraction first, as they come.
fn articles() -> Vec<StoredArticle> {
    let mut first = article("douyin", "1", "防晒霜,a,b");
    let counts = &mut first.article.counts;
    counts.set(Count::Like, Some(12));
    counts.set(Count::Share, Some(0));
    first.sentiment = Some(0.9);
    first.article.title = Some("=1+1".to_owned());
    first.article.content = Some("好\u{1}\u{7f}用\r\n#夏天#".to_owned());
    first.article.url = Some("https://v.example/1?a=1&b=\"2\"".to_owned());
    first.article.user_name = Some("@小红".to_owned());
    first.article.user_fans = Some(100_000);
    first.article.topics = vec!["夏天".to_owned(), "海".to_owned()];
    let mut second = article("bili", "2", "防晒霜");
    second.article.counts.set(Count::Danmu, Some(3));
    second.article.user_name = Some("甲".to_owned());
    second.article.content = Some("𠮷".repeat(20_000));
    second.article.url = Some("javascript:alert(1)".to_owned());
    second.sentiment = Some(0.1);
    vec![first, second, article("douyin", "3", "粉底液")]
}

fn made(folder: &Path, sheet_rows: u32, font: &Result<CloudFont, FontFault>) -> Packed {
    let about = about();
    let figures = make(&about, font, folder, sheet_rows, |take| {
        articles().into_iter().all(take);
        Ok::<_, ExportFault>(())
    });
    packing::pack(
        &about,
        &figures.unwrap(),
        folder,
        &folder.join("packed.zip"),
    )
    .unwrap()
}

fn no_font() -> Result<CloudFont, FontFault> {
    CloudFont::find(&[] as &[&str])
}

fn sheet(folder: &Path, file: &str, name: &str) -> Range<Data> {
    let mut book: Xlsx<_> = open_workbook(folder.join(file)).unwrap();
    let formulas = book.worksheet_formula(name).unwrap();
    assert!(formulas.used_cells().next().is_none(), "{name}");
    book.worksheet_range(name).unwrap()
}

fn names(folder: &Path, file: &str) -> Vec<String> {
    let book: Xlsx<_> = open_workbook(folder.join(file)).unwrap();
    book.sheet_names()
}

fn text(text: &str) -> Data {
    Data::String(text.to_owned())
}

/// The row of a sheet whose first cell has this text.
fn row<'r>(range: &'r Range<Data>, first: &str) -> &'r [Data] {
    let mut rows = range.rows();
    let found = rows.find(|row| row[0] == text(first));
    found.unwrap_or_else(|| panic!("no row `{first}` in {range:?}"))
}

fn days(cell: &Data) -> f64 {
    match cell {
        Data::DateTime(time) => time.as_f64(),
        other => panic!("{other:?} is no time"),
    }
}

#[test]
fn articles_are_read_back_cell_by_cell() {
    let folder = tempfile::tempdir().unwrap();
    made(folder.path(), SHEET_ROWS, &no_font());
    assert_eq!(names(folder.path(), KEYWORDS), ["全部", "抖音", "B站"]);
    let all = sheet(folder.path(), KEYWORDS, "全部");
    assert_eq!(all.get_size(), (4, 20));
    let rows: Vec<&[Data]> = all.rows().collect();
    let headings = "平台,关键词,作品url,作品title,作品content,作品发布时间,作品点赞,作品阅读,作品转发/分享,作品评论,\
                    作品收藏,作品播放,作品弹幕,作品下载,作品互动,用户名,用户粉丝数,用户粉丝数级别,话题,情感";
    let expected: Vec<Data> = headings.split(',').map(text).collect();
    assert_eq!(rows[0], expected);

    let first = rows[1];
    assert_eq!(first[..2], [text("抖音"), text("防晒霜,a,b")]);
    assert_eq!(first[2], text("https://v.example/1?a=1&b=\"2\""));
    assert_eq!(first[3..5], [text("=1+1"), text("好用\n#夏天#")]);
    assert!(
        (days(&first[5]) - NOON_IN_DAYS).abs() < 1e-6,
        "{:?}",
        first[5]
    );
    let (number, none) = (Data::Float, Data::Empty);
    assert_eq!(first[6..9], [number(12.0), none.clone(), number(0.0)]);
    assert!(first[9..14].iter().all(|cell| *cell == none));
    assert_eq!(first[14..16], [number(12.0), text("@小红")]);
    assert_eq!(first[16..18], [number(100_000.0), text("腰部")]);
    assert_eq!(first[18..], [text("夏天,海"), text("正面")]);

    let content = rows[2][4].to_string();
    assert_eq!(content.encode_utf16().count(), 32_767);
    assert!(content.ends_with("𠮷…"), "it is cut between characters");
    assert_eq!(rows[2][2], text("javascript:alert(1)"));
    assert_eq!(rows[2][19], text("负面"));
    assert_eq!(rows[3][14], none, "nothing is known of it");
    assert_eq!(rows[3][19], none);

    let douyin = sheet(folder.path(), KEYWORDS, "抖音");
    let of_all: Vec<&[Data]> = vec![rows[0], rows[1], rows[3]];
    assert_eq!(douyin.rows().collect::<Vec<_>>(), of_all);
}

#[test]
fn what_does_not_fit_a_sheet_goes_to_the_next() {
    let folder = tempfile::tempdir().unwrap();
    made(folder.path(), 2, &no_font());
    let expected = ["全部", "抖音", "B站", "全部 (2)", "全部 (3)", "抖音 (2)"];
    assert_eq!(names(folder.path(), KEYWORDS), expected);
    let last = sheet(folder.path(), KEYWORDS, "全部 (3)");
    assert_eq!(last.rows().count(), 2);
    assert_eq!(row(&last, "抖音")[3], text("防晒霜 3"));
}

#[test]
fn figures_are_read_back() {
    let folder = tempfile::tempdir().unwrap();
    made(folder.path(), SHEET_ROWS, &no_font());
    let sheets = "总览,平台,关键词,每日趋势,热词,话题,TOP文章,TOP账号,粉丝层级,情感,数据说明";
    assert_eq!(
        names(folder.path(), ANALYSIS),
        sheets.split(',').collect::<Vec<_>>()
    );
    let read = |name| sheet(folder.path(), ANALYSIS, name);
    let number = Data::Float;

    let overview = read("总览");
    assert_eq!(row(&overview, "任务名称")[1], text("=防晒"));
    assert_eq!(row(&overview, "作品数")[1], number(3.0));
    assert_eq!(row(&overview, "互动总量")[1], number(15.0));
    assert_eq!(row(&overview, "平均互动")[1], number(5.0));
    assert_eq!(row(&overview, "账号数")[1], number(2.0));
    assert_eq!(row(&overview, "重复条数")[1], number(3.0));
    assert_eq!(row(&overview, "页面覆盖率")[1], number(7.0 / 8.0));
    assert!((days(&row(&overview, "开始时间")[1]) - NOON_IN_DAYS).abs() < 1e-6);

    let platforms = read("平台");
    let expected = [2.0, 2.0 / 3.0, 12.0, 6.0, 1.0].map(number);
    assert_eq!(row(&platforms, "抖音")[1..], expected);

    let keywords = read("关键词");
    let of = |keyword: &str, platform: &str| {
        let mut rows = keywords.rows();
        let found = rows.find(|row| row[0] == text(keyword) && row[1] == text(platform));
        found.unwrap()[2..].to_vec()
    };
    assert_eq!(of("防晒霜", "抖音"), [1.0, 0.5, 12.0].map(number));
    assert_eq!(of("a,b", "抖音"), [1.0, 1.0, 12.0].map(number));
    assert_eq!(of("粉底液", "B站")[0], number(0.0));

    let day = read("每日趋势");
    assert_eq!(
        day.rows().next().unwrap(),
        ["日期", "抖音", "B站", "合计"].map(text)
    );
    let only = day.rows().nth(1).unwrap();
    assert!((days(&only[0]) - 46_327.0).abs() < 1e-9);
    assert_eq!(only[1..], [2.0, 1.0, 3.0].map(number));

    let words = read("热词");
    let found = words.rows().find(|row| row[1] == text("防晒霜")).unwrap();
    assert_eq!(found[2..4], [2.0, 2.0].map(number));
    assert_eq!(
        read("话题").rows().nth(1).unwrap()[1..],
        [text("夏天"), number(1.0), number(12.0)]
    );
    let top = read("TOP文章");
    assert_eq!(
        row(&top, "B站")[1..4],
        [text("防晒霜 2"), text("javascript:alert(1)"), text("甲")]
    );
    let accounts = read("TOP账号");
    assert_eq!(
        row(&accounts, "抖音")[1..4],
        [text("@小红"), number(100_000.0), text("腰部")]
    );
    assert_eq!(
        row(&read("粉丝层级"), "素人")[1..],
        [1.0, 1.0, 3.0].map(number)
    );
    assert_eq!(row(&read("情感"), "抖音")[1..], [1.0, 0.0, 0.0].map(number));
    let explained = read("数据说明");
    assert_eq!(row(&explained, "失败原因 B站")[1], text("1 页：HTTP 500"));
    assert!(
        row(&explained, "词云")[1]
            .to_string()
            .contains("fonts-wqy-microhei")
    );
    assert!(row(&explained, "情感")[1].to_string().contains("7,025"));
}

#[test]
fn the_same_rows_make_the_same_bytes_and_files_are_found_in_them() {
    let [one, other] = [(); 2].map(|()| tempfile::tempdir().unwrap());
    let packed = made(one.path(), SHEET_ROWS, &no_font());
    assert_eq!(made(other.path(), SHEET_ROWS, &no_font()), packed);

    let path = one.path().join("packed.zip");
    let bytes = std::fs::read(&path).unwrap();
    assert_eq!(packed.bytes, bytes.len() as u64);
    assert_eq!(packing::digest(&path).unwrap().sha256, packed.sha256);
    let manifest: serde_json::Value = serde_json::from_str(&packed.manifest).unwrap();
    assert_eq!(manifest["figures"]["article_count"], 3);
    assert_eq!(manifest["request"]["start_time"], "2026-11-01 12:30:00");
    assert_eq!(manifest["failed_pages"][0]["reason"], "HTTP 500");
    let files = manifest["files"].as_array().unwrap();
    assert_eq!(files.len(), 2, "there is no font");
    let folder = "2_0123456789abcdef0123456789abcdef";
    for file in files {
        let name = file["name"].as_str().unwrap();
        let found = packing::find(&path, &format!("{folder}/{name}")).unwrap();
        let found = found.expect("it is there");
        let (begin, length) = (found.offset as usize, found.bytes as usize);
        let whole = std::fs::read(one.path().join(name)).unwrap();
        assert_eq!(bytes[begin..begin + length], whole);
        let digest = packing::digest(&one.path().join(name)).unwrap();
        assert_eq!(file["sha256"], digest.sha256);
    }
    let found = packing::find(&path, &format!("{folder}/{MANIFEST}")).unwrap();
    assert_eq!(found.unwrap().bytes as usize, packed.manifest.len());
    assert_eq!(
        packing::find(&path, &format!("{folder}/other")).unwrap(),
        None
    );
}

#[test]
fn only_so_many_addresses_of_a_sheet_open_something() {
    let mut book = Workbook::new();
    let formats = Formats::default();
    let sheet = book.add_worksheet();
    let long = format!("https://v.example/{}", "好".repeat(300));
    let urls = [
        "https://v.example/#1",
        "http://v.example/2",
        &long,
        "https://v.example/3",
    ];
    let mut links = 2;
    for (row, url) in (0..).zip(urls) {
        let cell = Cell::Link((*url).to_owned());
        let zone = chrono_tz::Asia::Shanghai;
        formats
            .write(sheet, (row, 0), &cell, zone, &mut links)
            .unwrap();
    }
    let bytes = book.save_to_buffer().unwrap();
    let mut archive = zip::ZipArchive::new(std::io::Cursor::new(bytes)).unwrap();
    let mut xml = String::new();
    let mut part = archive.by_name("xl/worksheets/sheet1.xml").unwrap();
    part.read_to_string(&mut xml).unwrap();
    assert_eq!(xml.matches("<hyperlink ").count(), 2, "{xml}");
    assert_eq!(links, 0);
}

#[test]
fn texts_fit_cells_and_names_fit_sheets() {
    assert_eq!(storable("a\u{0}\u{8}b\u{FFFF}\t\n"), "ab\t\n");
    let whole = "x".repeat(32_767);
    assert_eq!(storable(&whole), whole);
    let cut = storable(&"x".repeat(32_768)).into_owned();
    assert_eq!(cut, format!("{}…", "x".repeat(32_766)));

    let taken = ["全部".to_owned(), "abc".to_owned()];
    assert_eq!(sheet_name("全部", &taken), "全部 (2)");
    assert_eq!(sheet_name("ABC", &taken), "ABC (2)");
    assert_eq!(sheet_name("[a/b]:*?'", &taken), "ab");
    assert_eq!(sheet_name("//", &taken), "平台");
    assert_eq!(sheet_name(&"长".repeat(40), &taken).chars().count(), 31);
}
