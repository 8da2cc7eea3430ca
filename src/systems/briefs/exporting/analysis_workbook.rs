//! `keyword_analysis.xlsx`: the figures of a brief.

use std::path::Path;

use chrono_tz::Tz;
use rust_xlsxwriter::{Chart, ChartType, Workbook, Worksheet, XlsxError};

use super::cells::{Cell, Formats, new_workbook};
use super::figures::{Figures, PlatformFigures, Sums};
use crate::systems::briefs::analysing::{TopicFigures, WordFigures};
use crate::systems::briefs::article::FanLevel;

/// What is not counted over articles.
pub(super) struct Notes<'n> {
    /// 指标 and 值 that stand in front of the figures.
    pub request: Vec<(String, Cell)>,
    pub words: &'n [WordFigures],
    pub topics: &'n [TopicFigures],
    /// Definitions, coverage, failures: a line each, of one or two cells.
    pub explained: Vec<Vec<String>>,
}

/// Addresses of a sheet of this workbook are few.
const LINKS: u32 = 65_000;

struct Writer<'f> {
    book: Workbook,
    formats: Formats,
    figures: &'f Figures,
    zone: Tz,
}

/// Writes the file.
pub(super) fn save(
    figures: &Figures,
    notes: Notes<'_>,
    zone: Tz,
    path: &Path,
) -> Result<(), XlsxError> {
    let mut writer = Writer {
        book: new_workbook()?,
        formats: Formats::default(),
        figures,
        zone,
    };
    writer.overview(notes.request)?;
    writer.platforms()?;
    writer.keywords()?;
    writer.days()?;
    writer.words(notes.words)?;
    writer.topics(notes.topics)?;
    writer.top_articles()?;
    writer.top_accounts()?;
    writer.levels()?;
    writer.tones()?;
    writer.explained(notes.explained)?;
    writer.book.save(path)
}

impl Writer<'_> {
    fn overview(&mut self, request: Vec<(String, Cell)>) -> Result<(), XlsxError> {
        let total = self.figures.total();
        let mut rows: Vec<Vec<Cell>> = request
            .into_iter()
            .map(|(name, value)| vec![Cell::Text(name), value])
            .collect();
        let mut add = |name: &str, value: Cell| rows.push(vec![Cell::Text(name.to_owned()), value]);
        add("作品数", integer(total.articles));
        add("账号数", integer(self.figures.accounts()));
        add("互动总量", Cell::Integer(total.interraction));
        add("平均互动", mean(total));
        self.sheet("总览", &["指标", "值"], &[22.0, 60.0], rows)?;
        Ok(())
    }

    fn platforms(&mut self) -> Result<(), XlsxError> {
        let total = self.figures.total();
        let each = self.each_platform();
        let rows: Vec<Vec<Cell>> = each
            .map(|(label, figures)| {
                vec![
                    Cell::Text(label.clone()),
                    integer(figures.sums.articles),
                    share(figures.sums.articles, total.articles),
                    Cell::Integer(figures.sums.interraction),
                    mean(figures.sums),
                    integer(figures.account_count()),
                ]
            })
            .collect();
        let last = rows.len() as u32;
        let headings = ["平台", "作品数", "占比", "互动总量", "平均互动", "账号数"];
        let sheet = self.sheet("平台", &headings, &[14.0; 6], rows)?;
        if last > 0 {
            let mut chart = Chart::new(ChartType::Column);
            chart.title().set_name("各平台作品数");
            chart.legend().set_hidden();
            chart.y_axis().set_min(0);
            chart
                .add_series()
                .set_categories(("平台", 1, 0, last, 0))
                .set_values(("平台", 1, 1, last, 1));
            sheet.insert_chart(1, 7, &chart)?;
        }
        Ok(())
    }

    fn keywords(&mut self) -> Result<(), XlsxError> {
        let mut rows = Vec::new();
        for (keyword, by_platform) in self.figures.keywords.iter().zip(&self.figures.by_keyword) {
            let all: u64 = by_platform.iter().map(|sums| sums.articles).sum();
            for ((_, label), sums) in self.figures.platforms.iter().zip(by_platform) {
                rows.push(vec![
                    Cell::Text(keyword.clone()),
                    Cell::Text(label.clone()),
                    integer(sums.articles),
                    share(sums.articles, all),
                    Cell::Integer(sums.interraction),
                ]);
            }
        }
        let headings = ["关键词", "平台", "作品数", "占比", "互动总量"];
        self.sheet("关键词", &headings, &[24.0, 14.0, 12.0, 12.0, 14.0], rows)?;
        Ok(())
    }

    fn days(&mut self) -> Result<(), XlsxError> {
        let labels = self
            .figures
            .platforms
            .iter()
            .map(|(_, label)| label.as_str());
        let mut headings = vec!["日期"];
        headings.extend(labels);
        headings.push("合计");
        let headings: Vec<String> = headings.into_iter().map(str::to_owned).collect();
        let rows: Vec<Vec<Cell>> = self
            .figures
            .by_day
            .iter()
            .map(|(day, counts)| {
                let mut row = vec![Cell::Day(day.clone())];
                row.extend(counts.iter().map(|count| integer(*count)));
                row.push(integer(counts.iter().sum()));
                row
            })
            .collect();
        let last = rows.len() as u32;
        let names: Vec<&str> = headings.iter().map(String::as_str).collect();
        let widths = vec![12.0; names.len()];
        let sheet = self.sheet("每日趋势", &names, &widths, rows)?;
        if last > 0 {
            let mut chart = Chart::new(ChartType::Line);
            chart.title().set_name("每日作品数");
            for column in 1..names.len() as u16 {
                chart
                    .add_series()
                    .set_name(("每日趋势", 0, column))
                    .set_categories(("每日趋势", 1, 0, last, 0))
                    .set_values(("每日趋势", 1, column, last, column));
            }
            // Without a format some programs show the numbers of days.
            chart.x_axis().set_date_axis(true).set_num_format("mm-dd");
            chart.y_axis().set_min(0);
            chart.set_width(900).set_height(420);
            sheet.insert_chart(1, names.len() as u16 + 1, &chart)?;
        }
        Ok(())
    }

    fn words(&mut self, words: &[WordFigures]) -> Result<(), XlsxError> {
        let rows = (1..).zip(words).map(|(rank, word)| {
            vec![
                Cell::Integer(rank),
                Cell::Text(word.word.clone()),
                integer(word.mentions),
                integer(word.articles),
                Cell::Number(word.weight),
            ]
        });
        let headings = ["排名", "词", "提及次数", "作品数", "权重"];
        let widths = [8.0, 24.0, 12.0, 12.0, 14.0];
        self.sheet("热词", &headings, &widths, rows.collect())?;
        Ok(())
    }

    fn topics(&mut self, topics: &[TopicFigures]) -> Result<(), XlsxError> {
        let rows = (1..).zip(topics).map(|(rank, topic)| {
            vec![
                Cell::Integer(rank),
                Cell::Text(topic.topic.clone()),
                integer(topic.articles),
                Cell::Integer(topic.interraction),
            ]
        });
        let headings = ["排名", "话题", "作品数", "互动总量"];
        self.sheet("话题", &headings, &[8.0, 30.0, 12.0, 14.0], rows.collect())?;
        Ok(())
    }

    fn top_articles(&mut self) -> Result<(), XlsxError> {
        let mut rows = Vec::new();
        for (label, figures) in self.each_platform() {
            rows.extend(figures.top.iter().map(|top| {
                vec![
                    Cell::Text(label.clone()),
                    Cell::text(top.title.as_deref()),
                    Cell::link(top.url.as_deref()),
                    Cell::text(top.user_name.as_deref()),
                    Cell::Time(top.post_time),
                    Cell::integer(top.interraction),
                ]
            }));
        }
        let headings = [
            "平台",
            "作品title",
            "作品url",
            "用户名",
            "作品发布时间",
            "作品互动",
        ];
        let widths = [12.0, 60.0, 40.0, 18.0, 20.0, 12.0];
        self.sheet("TOP文章", &headings, &widths, rows)?;
        Ok(())
    }

    fn top_accounts(&mut self) -> Result<(), XlsxError> {
        let mut rows = Vec::new();
        for (label, figures) in self.each_platform() {
            rows.extend(figures.top_accounts().into_iter().map(|account| {
                vec![
                    Cell::Text(label.clone()),
                    Cell::text(account.name.as_deref()),
                    Cell::integer(account.fans),
                    Cell::Text(FanLevel::of(account.fans).name().to_owned()),
                    integer(account.sums.articles),
                    Cell::Integer(account.sums.interraction),
                ]
            }));
        }
        let headings = [
            "平台",
            "用户名",
            "用户粉丝数",
            "用户粉丝数级别",
            "作品数",
            "互动总量",
        ];
        let widths = [12.0, 24.0, 14.0, 16.0, 12.0, 14.0];
        self.sheet("TOP账号", &headings, &widths, rows)?;
        Ok(())
    }

    fn levels(&mut self) -> Result<(), XlsxError> {
        let rows = self.figures.by_level().map(|(level, accounts, sums)| {
            vec![
                Cell::Text(level.name().to_owned()),
                integer(accounts),
                integer(sums.articles),
                Cell::Integer(sums.interraction),
            ]
        });
        let headings = ["级别", "账号数", "作品数", "互动总量"];
        self.sheet("粉丝层级", &headings, &[12.0; 4], rows.to_vec())?;
        Ok(())
    }

    fn tones(&mut self) -> Result<(), XlsxError> {
        let rows = self.each_platform().map(|(label, figures)| {
            let mut row = vec![Cell::Text(label.clone())];
            row.extend(figures.tones.map(integer));
            row
        });
        let rows = rows.collect();
        self.sheet("情感", &["平台", "正面", "中性", "负面"], &[12.0; 4], rows)?;
        Ok(())
    }

    fn explained(&mut self, lines: Vec<Vec<String>>) -> Result<(), XlsxError> {
        let rows = lines
            .into_iter()
            .map(|line| line.into_iter().map(Cell::Text).collect());
        self.sheet(
            "数据说明",
            &["项目", "说明"],
            &[24.0, 100.0],
            rows.collect(),
        )?;
        Ok(())
    }

    fn each_platform(&self) -> impl Iterator<Item = (&String, &PlatformFigures)> {
        let labels = self.figures.platforms.iter().map(|(_, label)| label);
        labels.zip(&self.figures.by_platform)
    }

    fn sheet(
        &mut self,
        name: &str,
        headings: &[&str],
        widths: &[f64],
        rows: Vec<Vec<Cell>>,
    ) -> Result<&mut Worksheet, XlsxError> {
        let sheet = self.book.add_worksheet();
        sheet.set_name(name)?;
        sheet.set_freeze_panes(1, 0)?;
        for (column, width) in (0..).zip(widths) {
            sheet.set_column_width(column, *width)?;
        }
        for (column, heading) in (0..).zip(headings) {
            sheet.write_string_with_format(0, column, *heading, &self.formats.heading)?;
        }
        let mut links = LINKS;
        for (row, cells) in (1..).zip(&rows) {
            for (column, cell) in (0..).zip(cells) {
                self.formats
                    .write(sheet, (row, column), cell, self.zone, &mut links)?;
            }
        }
        Ok(sheet)
    }
}

fn integer(count: u64) -> Cell {
    Cell::Integer(i64::try_from(count).unwrap_or(i64::MAX))
}

fn share(part: u64, all: u64) -> Cell {
    match all {
        0 => Cell::Empty,
        all => Cell::Percent(part as f64 / all as f64),
    }
}

fn mean(sums: Sums) -> Cell {
    sums.mean().map_or(Cell::Empty, Cell::Number)
}
