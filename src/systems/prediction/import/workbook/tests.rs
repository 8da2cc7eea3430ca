use std::io::Read;

use super::address::{address, column_name, parse_address};
use super::biff::{Shows, packed_number};
use super::budget::{Budget, Limits};
use super::csv;
use super::encoding::{Utf8, detect, named};
use super::grid::{CellFaultKind, GridBuilder};
use super::merges::{Merge, Merges};
use super::scan::Scan;
use crate::systems::prediction::import::tests::Random;
use crate::systems::prediction::import::values::Cell;

fn merge(first_row: u32, first_column: u32, last_row: u32, last_column: u32) -> Merge {
    Merge {
        first_row,
        first_column,
        last_row,
        last_column,
    }
}

#[test]
fn cells_are_named_as_spreadsheets_name_them() {
    for (row, column, name) in [
        (0, 0, "A1"),
        (6, 1, "B7"),
        (0, 25, "Z1"),
        (0, 26, "AA1"),
        (1_048_575, 16_383, "XFD1048576"),
    ] {
        assert_eq!(address(row, column), name);
        assert_eq!(parse_address(name), Some((row, column)));
    }
    assert_eq!(parse_address("b3"), Some((2, 1)));
    assert_eq!(column_name(u32::MAX), "MWLQKWV");
    for name in [
        "",
        "A",
        "1",
        "A0",
        "ABCDE1",
        "A1B",
        "A-1",
        "$A$1",
        "A99999999999",
    ] {
        assert_eq!(parse_address(name), None, "{name}");
    }
}

#[test]
fn a_merge_is_found_by_any_of_its_cells() {
    let mut random = Random::new(6);
    for _ in 0..200 {
        let areas: Vec<Merge> = (0..random.below(30))
            .map(|_| {
                let (row, column) = (random.below(40) as u32, random.below(40) as u32);
                merge(
                    row,
                    column,
                    row + random.below(6) as u32,
                    column + random.below(6) as u32,
                )
            })
            .collect();
        let merges = Merges::new(areas.clone());
        for (row, column) in (0..50).flat_map(|row| (0..50).map(move |column| (row, column))) {
            let covering: Vec<&Merge> = merges
                .areas()
                .iter()
                .filter(|area| area.contains(row, column))
                .collect();
            assert!(covering.len() <= 1, "{areas:?}");
            assert_eq!(merges.at(row, column), covering.first().copied());
            let of_row = merges.of_row(row);
            assert_eq!(
                of_row.iter().any(|area| area.contains(row, column)),
                !covering.is_empty()
            );
        }
    }
}

#[test]
fn a_merge_of_one_cell_is_none() {
    let merges = Merges::new(vec![merge(1, 1, 1, 1), merge(5, 5, 4, 4)]);
    assert!(merges.is_empty());
    assert_eq!(merges.at(1, 1), None);
}

#[test]
fn cells_that_come_in_any_order_are_sorted_and_the_first_of_two_stays() {
    let mut builder = GridBuilder::new("S", false, Budget::begin(Limits::default()));
    for (row, column, number) in [
        (5, 1, 1.0),
        (0, 3, 2.0),
        (5, 0, 3.0),
        (0, 3, 4.0),
        (2, 2, 5.0),
    ] {
        builder
            .push(row, column, Cell::Number(number))
            .expect("there is room");
        if number == 3.0 {
            builder.note_formula();
        }
    }
    let grid = builder.finish(Merges::default());
    let cells: Vec<_> = grid
        .iter()
        .map(|(_, row, column, cell)| (row, column, cell))
        .collect();
    assert_eq!(
        cells,
        [
            (0, 3, Cell::Number(2.0)),
            (2, 2, Cell::Number(5.0)),
            (5, 0, Cell::Number(3.0)),
            (5, 1, Cell::Number(1.0)),
        ]
    );
    assert_eq!(grid.traits.formulas, [2]);
    assert_eq!((grid.height(), grid.width()), (6, 4));
    assert_eq!(grid.at(5, 1), Some((3, Cell::Number(1.0))));
    assert_eq!(grid.at(5, 2), None);
    assert_eq!(grid.place(2), (5, 0));
}

#[test]
fn encodings_are_detected() {
    let text =
        "日付,店舗名,売上高\n2024年1月5日,東京第一店,１，２３４\n備考：速報値のため変更あり\n";
    for (name, encoding) in [
        ("utf-8", "utf-8"),
        ("cp932", "shift_jis"),
        ("euc-jp", "euc-jp"),
    ] {
        let encoding = named(encoding).expect("it is known");
        let (bytes, _, _) = encoding.encode(text);
        assert_eq!(detect(&bytes), named(name).expect("it is known"), "{name}");
    }
    let units: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let marked: Vec<u8> = [0xFF, 0xFE]
        .into_iter()
        .chain(units.iter().copied())
        .collect();
    assert_eq!(detect(&marked).name(), "UTF-16LE");
    let ascii: Vec<u8> = "a,b\n1,2\n"
        .encode_utf16()
        .flat_map(u16::to_be_bytes)
        .collect();
    assert_eq!(detect(&ascii).name(), "UTF-16BE");
    assert_eq!(detect(b"a,b\n").name(), "UTF-8");
    // Bytes that are none do not make another encoding of it, either.
    assert_eq!(
        detect(b"name\n\xE6\x9D\xB1\xE4\xBA\xAC\xFF\xFE\x80\n").name(),
        "UTF-8"
    );
    // A character that is cut off does not make another encoding of it.
    assert_eq!(detect(&text.as_bytes()[..text.len() - 2]).name(), "UTF-8");
}

#[test]
fn ends_of_lines_are_alike_in_every_piece() {
    let mut text = String::new();
    Utf8::new(b"a\r\nb\rc\nd\r\r\ne", named("utf-8").expect("known"))
        .read_to_string(&mut text)
        .expect("text");
    assert_eq!(text, "a\nb\nc\nd\n\ne\n");
}

#[test]
fn rows_of_a_text_are_counted_with_the_empty_ones() {
    for lines in ["\n", "\r\n"] {
        let text = ["a,\"b", "c\"", "", "", "d,e", "", "\"f\"\"g\",h"].join(lines);
        let (_, grid) =
            csv::read("S", text.as_bytes(), None, Budget::begin(Limits::default())).expect("CSV");
        let cells: Vec<_> = grid
            .iter()
            .map(|(_, row, column, cell)| (row, column, cell.shown().into_owned()))
            .collect();
        let expected = [
            (0, 0, "a"),
            (0, 1, "b\nc"),
            (3, 0, "d"),
            (3, 1, "e"),
            (5, 0, "f\"g"),
            (5, 1, "h"),
        ];
        assert_eq!(
            cells,
            expected.map(|(row, column, text)| (row, column, text.to_owned()))
        );
    }
}

#[test]
fn packed_numbers_and_formats_of_old_workbooks_are_read() {
    assert_eq!(packed_number(0x3FF0_0000), 1.0);
    assert_eq!(packed_number(12 << 2 | 2), 12.0);
    assert_eq!(packed_number(1234 << 2 | 3), 12.34);
    assert_eq!(packed_number((-5_i32 << 2) as u32 | 2), -5.0);
    for (format, shows) in [
        ("yyyy/m/d", Shows::Date),
        ("[$-411]ggge\"年\"m\"月\"d\"日\"", Shows::Date),
        ("h:mm", Shows::Date),
        ("[h]:mm:ss", Shows::Duration),
        ("#,##0_ ;[Red]\\-#,##0\\ ", Shows::Number),
        ("0\"d\"", Shows::Number),
        ("General", Shows::Number),
        ("0.00E+00", Shows::Number),
    ] {
        assert_eq!(Shows::of_text(format), shows, "{format}");
    }
}

fn scanned(pieces: &[&str]) -> Result<(), &'static str> {
    let mut scan = Scan::default();
    pieces
        .iter()
        .try_for_each(|piece| scan.feed(piece.as_bytes()))
}

#[test]
fn xml_that_would_take_much_memory_is_refused() {
    let long = "a".repeat(1 << 19);
    let cell = [
        "<c r=\"A1\"><is><t>",
        &long,
        "</t><t>",
        &long,
        "a</t></is></c>",
    ];
    assert!(scanned(&cell).unwrap_err().contains("of text"));
    let two = [
        "<c><v>",
        &long,
        "</v></c><c/>",
        &long,
        "<x:c><v>",
        &long,
        "</v></x:c>",
    ];
    assert_eq!(scanned(&two), Ok(()));
    // Neither quotes, comments nor data hide what is long.
    for (before, after) in [
        ("<a b='", "'/>"),
        ("<!--", "-->"),
        ("<![CDATA[", "]]>"),
        ("<?a ", "?>"),
    ] {
        assert_eq!(scanned(&["<c>", before, "><c><c>", after, "<si/>"]), Ok(()));
        let hidden = ["<c>", before, &long, "><c><c>", &long, after];
        assert!(scanned(&hidden).is_err(), "{before}");
    }
    let formats = vec!["<xf/><xf numFmtId='1' />"; 50_000];
    assert_eq!(scanned(&formats), Ok(()));
    let formats = vec!["<xf/><x:xf numFmtId='1'/>"; 50_001];
    assert_eq!(
        scanned(&formats),
        Err("it has more than 100000 formats of cells")
    );
}

#[test]
fn what_is_wrong_with_a_text_is_noted_with_its_line() {
    let budget = Budget::begin(Limits::default());
    let text = b"name,value\n\n\xE6\x9D\xB1\xE4\xBA\xAC\xFF\xFE\x80,5\nx,\"6\nz,7\n";
    let (_, grid) = csv::read("S", text, None, budget).expect("CSV");
    let faults = grid.traits.faults.iter();
    let faults: Vec<_> = faults
        .map(|fault| (fault.row, fault.column, fault.kind))
        .collect();
    let expected = [
        (2, 0, CellFaultKind::Undecodable),
        (3, 1, CellFaultKind::OpenQuote),
    ];
    assert_eq!(faults, expected);
    assert!(grid.traits.faults[0].message.starts_with("line 3 "));
    assert!(grid.traits.faults[1].message.contains("begins in line 4 "));
}
