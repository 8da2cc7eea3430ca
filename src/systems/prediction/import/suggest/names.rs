//! Names of tables and columns for what sheets call them.

use std::collections::{HashMap, HashSet};

use crate::systems::prediction::import::values::{fold, without_unit};
use crate::systems::prediction::writing::is_reserved;

/// Words that headings are made of again and again.
const WORDS: &[(&str, &str)] = &[
    ("都道府県名", "prefecture"),
    ("都道府県", "prefecture"),
    ("市区町村名", "municipality"),
    ("市区町村", "municipality"),
    ("市町村", "municipality"),
    ("地方", "region"),
    ("地域名", "region"),
    ("地域", "region"),
    ("地区", "district"),
    ("エリア", "area"),
    ("店舗コード", "shop_code"),
    ("店舗番号", "shop_no"),
    ("店舗名", "shop"),
    ("店舗", "shop"),
    ("店名", "shop"),
    ("支店", "branch"),
    ("商品コード", "product_code"),
    ("商品番号", "product_no"),
    ("商品名", "product"),
    ("品名", "product"),
    ("商品", "product"),
    ("品目", "item"),
    ("顧客名", "customer"),
    ("顧客", "customer"),
    ("取引先", "partner"),
    ("会社名", "company"),
    ("企業名", "company"),
    ("氏名", "name"),
    ("名称", "name"),
    ("名前", "name"),
    ("会計年度", "fiscal_year"),
    ("年度", "fiscal_year"),
    ("年月日", "date"),
    ("年月", "month"),
    ("日付", "date"),
    ("日時", "at"),
    ("年", "year"),
    ("月", "month"),
    ("日", "day"),
    ("計上日", "booked_on"),
    ("出荷日", "shipped_on"),
    ("納品日", "delivered_on"),
    ("作成日", "made_on"),
    ("開店日", "opened_on"),
    ("発行日", "issued_on"),
    ("更新日", "updated_on"),
    ("売上高", "sales"),
    ("売上金額", "sales"),
    ("売上", "sales"),
    ("金額", "amount"),
    ("単価", "unit_price"),
    ("価格", "price"),
    ("費用", "cost"),
    ("原価", "cost"),
    ("利益", "profit"),
    ("予算", "budget"),
    ("実績", "actual"),
    ("数量", "quantity"),
    ("個数", "quantity"),
    ("件数", "count"),
    ("数", "number"),
    ("人口", "population"),
    ("人数", "people"),
    ("来客数", "visitors"),
    ("客数", "visitors"),
    ("従業員数", "employees"),
    ("世帯数", "households"),
    ("面積", "area"),
    ("売場面積", "floor_area"),
    ("割合", "share"),
    ("構成比", "share"),
    ("比率", "ratio"),
    ("率", "rate"),
    ("前年比", "year_on_year"),
    ("区分", "category"),
    ("分類", "category"),
    ("種別", "kind"),
    ("項目", "item"),
    ("コード", "code"),
    ("番号", "no"),
    ("順位", "rank"),
    ("備考", "note"),
    ("摘要", "note"),
    ("合計", "total"),
    ("総計", "total"),
    ("総数", "total"),
    ("小計", "subtotal"),
    ("計", "total"),
    ("国内", "domestic"),
    ("海外", "overseas"),
    ("男性", "men"),
    ("女性", "women"),
    ("男", "men"),
    ("女", "women"),
    ("住所", "address"),
    ("電話番号", "phone"),
    ("期間", "period"),
    ("担当者", "person_in_charge"),
    ("駐車場", "parking"),
];

/// The name of an import: that of its file, as far as it is plain.
pub(super) fn import(file: &str) -> String {
    let stem = file.rsplit_once('.').map_or(file, |(stem, _)| stem);
    // Numbers may come behind it.
    let name: String = snake(stem).chars().take(50).collect();
    if name.is_empty() {
        "import".to_owned()
    } else if is_reserved(&name) {
        // Its rows go into a table of this name.
        format!("rows_{name}")
    } else {
        name
    }
}

/// A name for a column with a heading of these levels, which no other has.
pub(super) fn column(levels: &[String], taken: &mut Taken) -> String {
    let words: Vec<String> = levels
        .iter()
        .map(|level| word(level))
        .filter(|word| !word.is_empty())
        .collect();
    let name = match words.as_slice() {
        [] => "column".to_owned(),
        words => words.join("_"),
    };
    unique(name.chars().take(50).collect(), taken)
}

/// Names that are given away. Databases do not tell cases apart.
#[derive(Default)]
pub(super) struct Taken {
    names: HashSet<String>,
    /// The next number to try behind a name.
    numbers: HashMap<String, usize>,
}

pub(super) fn unique(name: String, taken: &mut Taken) -> String {
    let mut candidate = name.clone();
    let number = taken.numbers.entry(name.to_ascii_lowercase()).or_insert(2);
    while !taken.names.insert(candidate.to_ascii_lowercase()) {
        candidate = format!("{name}_{number}");
        *number += 1;
    }
    candidate
}

fn word(level: &str) -> String {
    let level = without_unit(level).unwrap_or_else(|| level.to_owned());
    let folded = fold(&level);
    match WORDS.iter().find(|(japanese, _)| *japanese == folded) {
        Some((_, english)) => (*english).to_owned(),
        None => snake(&folded),
    }
}

/// Letters and digits, with `_` between them.
fn snake(text: &str) -> String {
    let mut name = String::new();
    for character in fold(text).chars() {
        if character.is_alphanumeric() {
            name.extend(character.to_lowercase());
        } else if !name.is_empty() && !name.ends_with('_') {
            name.push('_');
        }
    }
    let name = name.trim_end_matches('_');
    match name.chars().next() {
        Some(first) if first.is_ascii_digit() => format!("_{name}"),
        _ => name.to_owned(),
    }
}
