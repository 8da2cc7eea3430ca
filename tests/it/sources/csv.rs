//! What holds for CSV files.

use std::fs;
use std::path::Path;

use audience::systems::labelling::posts::{
    ColumnNames, Moment, Post, ReadSpec, SliceLimits, SourceError, TextColumn, open_source,
};
use tempfile::TempDir;

use super::gathered::{EVERYTHING, IN_A_FILE, Numbers, OwnedRow, gather, in_utc, moment, spec};

const HEADER: [&str; 7] = [
    "id",
    "s_id",
    "s_area_id",
    "author",
    "title",
    "content",
    "post_time",
];

fn quoted(field: &str) -> String {
    format!("\"{}\"", field.replace('"', "\"\""))
}

/// A file in one of the dialects that spreadsheets write, and the rows of it that take part when
/// the content is matched.
fn file_of(
    rows: u32,
    start: &str,
    line_end: &str,
    numbers: &mut Numbers,
) -> (String, Vec<OwnedRow>) {
    let mut file = format!("{start}{}{line_end}", HEADER.join(","));
    let mut taking_part = Vec::new();
    for number in 0..rows {
        let id = numbers.one_of(&["", "1", "2", "3", "4", "5"]);
        let id = if id.is_empty() {
            String::new()
        } else {
            format!("{id}_{number}")
        };
        let s_id = numbers.one_of(&["WH_F1", "WH_F2", "WH_F3", ""]);
        let author = numbers.one_of(&["張 夢", "say \"hi\"", "a,b", "two\nlines", "\r\n", "", "x"]);
        let content =
            numbers.one_of(&["", "plain", "\"", "line 1\r\nline 2\n", ",,,", "\u{feff}長"]);
        let time = numbers.one_of(&["", "2019-12-31", "never", "2020-06-01 00:00:00"]);
        let time = match number % 3 {
            0 => time.to_owned(),
            _ => format!(
                "2020-{:02}-01T00:00:{:02}",
                1 + number * 12 / rows,
                number / 7 % 60
            ),
        };
        let fields = [&*id, s_id, "area", author, "", content, &*time];
        let must_quote = |field: &str| field.contains(['"', ',', '\n', '\r']);
        let written = fields.map(|field| match must_quote(field) || numbers.below(3) == 0 {
            true => quoted(field),
            false => field.to_owned(),
        });
        file += &(written.join(",") + line_end);
        if let Some((at, shown)) = in_utc(&time)
            && at >= moment("2020-01-01")
            && !id.is_empty()
            && !s_id.is_empty()
            && !author.is_empty()
        {
            taking_part.push([&*id, s_id, author, content, &*shown].map(str::to_owned));
        }
    }
    taking_part.sort();
    (file, taking_part)
}

fn url_of(path: &Path) -> String {
    format!("csv://{}", path.display())
}

fn of_content() -> ReadSpec {
    ReadSpec {
        text: TextColumn::Content,
        ..spec("posts")
    }
}

#[test]
fn every_row_of_a_file_is_visited_once_in_every_dialect() {
    let directory = TempDir::new().unwrap();
    let path = directory.path().join("posts.csv");
    let mut numbers = Numbers(7);
    for start in ["", "\u{feff}"] {
        for line_end in ["\n", "\r\n", "\r", "\n\n"] {
            let (mut file, expected) = file_of(1_000, start, line_end, &mut numbers);
            if numbers.below(2) == 0 {
                file.truncate(file.len() - line_end.len());
            }
            fs::write(&path, file).unwrap();
            let source = open_source(&url_of(&path)).unwrap();
            for greatest_slice in [1, 7, 60, 2_000] {
                let ways = (4, greatest_slice);
                let gathered = gather(&source, &of_content(), ways, &IN_A_FILE, &mut numbers);
                assert_eq!(gathered.scanned, 1_000);
                assert!(gathered.unreadable > 0);
                assert_eq!(gathered.sorted_rows(), expected, "{start:?} {line_end:?}");
            }
        }
    }
}

/// The file `posts.csv` of a directory of its own.
fn file_with(content: impl AsRef<[u8]>) -> TempDir {
    let directory = TempDir::new().unwrap();
    fs::write(directory.path().join("posts.csv"), content).unwrap();
    directory
}

fn read_all(directory: &TempDir, spec: &ReadSpec) -> Result<(u64, Option<Moment>), SourceError> {
    let source = open_source(&url_of(directory.path()))?;
    let mut visited = 0;
    let mut complete_to = None;
    for portion in source.plan(spec, 1)?.portions {
        let mut visit = |_: Post<'_>| {
            visited += 1;
            0
        };
        let end = source
            .open(spec, &portion, None)?
            .read_slice(EVERYTHING, &mut visit)?;
        complete_to = end.complete_to;
    }
    Ok((visited, complete_to))
}

#[test]
fn a_directory_holds_a_file_for_each_table() {
    let directory = file_with("id,s_id,author,post_time\n1,s,a,2020-01-01\n");
    fs::write(directory.path().join("other.csv"), "id\n").unwrap();
    fs::write(directory.path().join("notes.txt"), "").unwrap();
    let source = open_source(&url_of(directory.path())).unwrap();
    assert_eq!(source.tables().unwrap(), ["other", "posts"]);
    source
        .check("posts", &ColumnNames::default(), &[TextColumn::Author])
        .unwrap();
    assert_eq!(read_all(&directory, &spec("posts")).unwrap().0, 1);
    let path = directory.path().display();
    for stranger in [
        "nothing",
        "",
        "../posts",
        "./posts",
        "x/../posts",
        &format!("{path}/posts"),
    ] {
        let error = source
            .check(stranger, &ColumnNames::default(), &[TextColumn::Author])
            .unwrap_err();
        assert!(matches!(error, SourceError::TableMissing { .. }), "{error}");
        assert!(
            error.to_string().ends_with("it holds `other`, `posts`"),
            "{error}"
        );
    }
}

#[test]
fn columns_are_found_by_the_names_that_they_are_mapped_to() {
    let directory = file_with("when,Who,number,site\n2020-01-01,a,1,s\n");
    let columns = ColumnNames {
        id: "number".to_owned(),
        s_id: "site".to_owned(),
        author: "who".to_owned(),
        post_time: "when".to_owned(),
        ..ColumnNames::default()
    };
    let mapped = ReadSpec {
        columns,
        ..spec("posts")
    };
    assert_eq!(read_all(&directory, &mapped).unwrap().0, 1);
    let error = read_all(&directory, &of_content()).unwrap_err();
    assert_eq!(
        error.to_string(),
        "table `posts` lacks `id`, `s_id`, `author`, `content`, `post_time`: \
         its columns are `when`, `Who`, `number`, `site`"
    );
}

#[test]
fn a_malformed_record_is_left_out_and_named_with_the_line_on_which_it_begins() {
    let good = "id,s_id,author,post_time~1,s,\"two~lines\",2020-01-01~~";
    for line_end in ["\n", "\r\n"] {
        for (bad, why) in [
            (&b"2,s,a,2020-01-01,more~"[..], "it has 5 fields"),
            (b"2,s,a~", "it has 3 fields"),
            (b"2,s,\xFF\xFE,2020-01-01~", "it is not UTF-8"),
        ] {
            let file = [good.as_bytes(), bad, b"3,s,a,2020-01-01~"].concat();
            let lines: Vec<&[u8]> = file.split(|&byte| byte == b'~').collect();
            let directory = file_with(lines.join(line_end.as_bytes()));
            let url = format!("csv://{}", directory.path().display());
            let (source, spec) = (open_source(&url).unwrap(), spec("posts"));
            let portion = source.plan(&spec, 1).unwrap().portions.remove(0);
            let mut reader = source.open(&spec, &portion, None).unwrap();
            let mut ids = Vec::new();
            let visit = &mut |row: Post<'_>| {
                ids.push(row.id.to_owned());
                0
            };
            let end = reader.read_slice(EVERYTHING, visit).unwrap();
            assert_eq!((end.rows_scanned, end.left_out.rows), (3, 1));
            assert_eq!(ids, ["1", "3"]);
            let [named] = &end.left_out.named[..] else {
                panic!("{:?}", end.left_out)
            };
            assert_eq!(named.id, "2");
            assert!(named.why.starts_with(why), "{named}");
            assert!(named.why.ends_with("(line 5)"), "{named}");
        }
    }
}

#[test]
fn a_file_that_ends_inside_of_quotes_is_refused_with_the_line() {
    let good = "id,s_id,author,post_time\n1,s,\"two\nlines\",2020-01-01\n";
    for (bad, closed) in [
        ("2,s,\"a,2020-01-01\n", false),
        ("2,s,\"a\"\",2020-01-01\n", false),
        ("2,s,a,\"2020-01-01", false),
        ("2,s,a\",2020-01-01\n", true),
        ("2,s,\"a\"\"\",2020-01-01", true),
        ("2,s,\"a\"\"\",\"2020-01-01\"", true),
    ] {
        let directory = file_with(format!("{good}{bad}"));
        let read = read_all(&directory, &spec("posts"));
        if closed {
            assert_eq!(read.unwrap().0, 2, "{bad}");
            continue;
        }
        let error = read.unwrap_err();
        assert!(
            matches!(error, SourceError::QuoteNotClosed { line: 4, .. }),
            "{bad}: {error}"
        );
        assert!(error.is_final());
        let public = error.public_message();
        assert!(
            public.contains("a quote that is never closed, in the record at line 4"),
            "{public}"
        );
    }
    // However much of the file was taken for one field.
    let directory = file_with(format!(
        "{good}2,s,\"a,2020-01-01\n{}",
        "4,s,b,2020-01-01\n".repeat(50_000)
    ));
    assert!(matches!(
        read_all(&directory, &spec("posts")),
        Err(SourceError::QuoteNotClosed { line: 4, .. })
    ));
}

#[test]
fn a_file_with_nothing_but_a_header_has_no_portions() {
    let directory = file_with("id,s_id,author,post_time\n");
    assert_eq!(read_all(&directory, &spec("posts")).unwrap(), (0, None));
    let error = read_all(&file_with(""), &spec("posts")).unwrap_err();
    assert!(
        matches!(error, SourceError::ColumnsMissing { .. }),
        "{error}"
    );
}

#[test]
fn times_of_another_form_are_refused() {
    let directory = file_with("id,s_id,author,post_time\n1,s,a,\n2,s,a,01/02/2020\n");
    let source = open_source(&url_of(directory.path())).unwrap();
    let error = source
        .check("posts", &ColumnNames::default(), &[TextColumn::Author])
        .unwrap_err();
    assert!(
        matches!(error, SourceError::TimesUnusable { .. }),
        "{error}"
    );
}

#[test]
fn a_file_is_complete_up_to_a_moment_as_long_as_it_is_in_order() {
    let days = [1, 2, 2, 3, 2, 5];
    let rows = days.map(|day| format!("{day},s,a,2020-01-0{day}\n"));
    let directory = file_with(format!("id,s_id,author,post_time\n{}", rows.concat()));
    let source = open_source(&url_of(directory.path())).unwrap();
    let portion = source.plan(&spec("posts"), 1).unwrap().portions.remove(0);
    let mut position = None;
    let mut complete_to = Vec::new();
    for _ in 0..7 {
        let mut reader = source
            .open(&spec("posts"), &portion, position.as_ref())
            .unwrap();
        let end = reader
            .read_slice(SliceLimits { rows: 1, bytes: 1 }, &mut |_| 0)
            .unwrap();
        complete_to.push(end.complete_to);
        position = Some(end.position);
    }
    let day = |day: &str| Some(moment(day));
    let [first, second, last] = [day("2020-01-01"), day("2020-01-02"), day("2020-01-05")];
    assert_eq!(complete_to, [None, first, first, second, None, None, last]);
}

#[test]
fn a_file_that_has_shrunk_is_not_read_on() {
    let directory = file_with("id,s_id,author,post_time\n1,s,a,2020-01-01\n2,s,a,2020-01-01\n");
    let path = directory.path().join("posts.csv");
    let source = open_source(&url_of(&path)).unwrap();
    let portion = source.plan(&spec("posts"), 1).unwrap().portions.remove(0);
    let mut reader = source.open(&spec("posts"), &portion, None).unwrap();
    let one_row = SliceLimits { rows: 1, bytes: 1 };
    let end = reader.read_slice(one_row, &mut |_| 0).unwrap();
    fs::File::options()
        .write(true)
        .open(&path)
        .unwrap()
        .set_len(30)
        .unwrap();
    let opened = source.open(&spec("posts"), &portion, Some(&end.position));
    for error in [
        opened.err().unwrap(),
        reader.read_slice(one_row, &mut |_| 0).unwrap_err(),
    ] {
        assert!(
            matches!(error, SourceError::FileShrunk { size: 30, .. }),
            "{error:?}"
        );
        assert!(!error.public_message().contains(&path.display().to_string()));
    }
}

#[test]
fn a_position_of_one_kind_of_source_is_refused_by_another() {
    let directory = file_with("id,s_id,author,post_time\n1,s,a,2020-01-01\n");
    let source = open_source(&url_of(directory.path())).unwrap();
    let portion = serde_json::from_str("{\"rowids\":{\"first\":1,\"last\":2}}").unwrap();
    let error = source.open(&spec("posts"), &portion, None).err().unwrap();
    assert!(
        matches!(error, SourceError::ForeignPosition { .. }),
        "{error}"
    );
}

#[test]
fn sources_are_known_by_their_scheme() {
    for url in [
        "csv:posts.csv",
        "csv://posts.csv",
        "csv:///data/posts",
        "sqlite:/data/posts.db",
        "postgres://user@host/posts",
        "mysql://user@host/posts",
        "mariadb://user@host/posts",
    ] {
        open_source(url).unwrap();
    }
    let error = open_source("oracle://user:password@host/posts")
        .err()
        .unwrap();
    assert_eq!(
        error.to_string(),
        "unknown kind of source `oracle`: known are \
         `postgres:`, `mysql:`, `mariadb:`, `sqlite:` and `csv:`"
    );
    assert!(!error.public_message().contains("password"));
}
