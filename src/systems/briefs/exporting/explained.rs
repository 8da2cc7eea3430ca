//! The lines of 总览 and 数据说明: what was asked for, what the figures mean, and what is missing.

use super::about::About;
use super::cells::Cell;
use super::cloud::FontFault;

/// Reasons of a platform that are named; the others are counted together.
const REASONS_MAX: usize = 20;

/// What is known once the articles were counted.
pub(super) struct Counted<'c> {
    pub articles: u64,
    pub words_were_dropped: bool,
    pub font: Option<&'c FontFault>,
}

/// 指标 and 值 of the request and its pages. When it was collected stands in the manifest: workbooks of the
/// same answers are the same.
pub(super) fn overview(about: &About, counted: &Counted<'_>) -> Vec<(String, Cell)> {
    let request = &about.request;
    let total = about.total();
    let labels: Vec<String> = about.labels().into_iter().map(|(_, label)| label).collect();
    let text = Cell::Text;
    let rows = [
        ("任务名称", text(request.job_name.clone())),
        ("任务编号", text(about.job.clone())),
        ("导出阶段", integer(about.stage.unsigned_abs().into())),
        ("平台", text(labels.join("、"))),
        ("关键词", text(request.keywords.join("、"))),
        ("匹配方式", text(request.matching.name().to_owned())),
        ("开始时间", Cell::Time(request.start_time)),
        ("结束时间", Cell::Time(request.end_time)),
        ("每个序列最多页数", integer(request.max_pages.into())),
        ("采集时限（秒）", integer(request.deadline_s.into())),
        ("页面覆盖率", Cell::Percent(total.coverage())),
        ("计划页数", integer(total.planned)),
        ("完成页数", integer(total.done)),
        ("失败页数", integer(total.failed)),
        ("接收条数", integer(total.received)),
        (
            "重复条数",
            integer(total.kept.saturating_sub(counted.articles)),
        ),
        ("不符合关键词条数", integer(total.filtered)),
        ("超出时间范围条数", integer(total.out_of_range)),
        ("无法读取条数", integer(total.rejected)),
    ];
    rows.map(|(name, value)| (name.to_owned(), value)).to_vec()
}

/// 项目 and 说明, a line each.
pub(super) fn explained(about: &About, counted: &Counted<'_>) -> Vec<Vec<String>> {
    let mut lines: Vec<Vec<String>> = Vec::new();
    let mut add = |name: &str, text: String| lines.push(vec![name.to_owned(), text]);
    for (name, text) in DEFINITIONS {
        add(name, (*text).to_owned());
    }
    add("时区", format!("全部日期和时间按 {} 计算。", about.zone));
    if counted.words_were_dropped {
        let text = "不同的词超过 500,000 个，最少见的词没有计入热词和词云。";
        add("热词范围", text.to_owned());
    }
    if let Some(fault) = counted.font {
        add(
            "词云",
            format!("没有生成词云图片：{}。", no_pictures(fault)),
        );
    }
    let total = about.total();
    let percent = total.coverage() * 100.0;
    add(
        "页面覆盖率",
        format!(
            "完成页数 ÷（完成页数 + 失败页数）= {} ÷ {} = {percent:.1}%。",
            total.done,
            total.done + total.failed
        ),
    );
    let deadline = about.request.deadline_s;
    add(
        "采集时限",
        format!(
            "从第一次请求起 {deadline} 秒；到时仍未完成的页面记为失败（deadline），其余照常导出。"
        ),
    );
    for pages in &about.platforms {
        let name = format!("平台 {}", pages.label);
        let covered = pages.coverage() * 100.0;
        let mut text = format!(
            "计划 {} 页，完成 {} 页，失败 {} 页，覆盖率 {covered:.1}%；接收 {} 条，不符合关键词 {} 条，超出时间范围 {} 条，无法读取 {} 条。",
            pages.planned,
            pages.done,
            pages.failed,
            pages.received,
            pages.filtered,
            pages.out_of_range,
            pages.rejected
        );
        if pages.limited {
            text += "达到数量上限，其余内容未采集。";
        }
        if let Some(message) = &pages.message {
            text += &format!("{message}。");
        }
        add(&name, text);
        let reasons = about.reasons(&pages.platform);
        for (reason, count) in reasons.iter().take(REASONS_MAX) {
            add(
                &format!("失败原因 {}", pages.label),
                format!("{count} 页：{reason}"),
            );
        }
        let others: u64 = reasons
            .iter()
            .skip(REASONS_MAX)
            .map(|(_, count)| count)
            .sum();
        if others > 0 {
            let text = format!("{others} 页：其他原因，见 manifest.json");
            add(&format!("失败原因 {}", pages.label), text);
        }
    }
    lines
}

/// Why there are no pictures, and what helps.
pub(super) fn no_pictures(fault: &FontFault) -> String {
    match fault {
        FontFault::Missing => {
            "no word clouds: none of the fonts of briefs.fonts is there; install fonts-wqy-microhei"
                .to_owned()
        }
        FontFault::Invalid { .. } => {
            format!("no word clouds: {fault}; install fonts-wqy-microhei")
        }
    }
}

const DEFINITIONS: &[(&str, &str)] = &[
    (
        "作品",
        "同一平台同一编号的内容只算一条：关键词合并，各项计数取最大值，文字取自最先的页面。",
    ),
    (
        "互动",
        "点赞 + 评论 + 转发/分享 + 收藏 + 弹幕，只加平台给出的项；一项都没有时为空，空不等于 0。",
    ),
    ("平均互动", "互动总量 ÷ 作品数。"),
    (
        "账号",
        "按平台的用户编号区分，没有编号时按用户名；两者都没有的作品不计入账号。",
    ),
    (
        "粉丝层级",
        "头部 ≥ 1,000,000，腰部 ≥ 100,000，尾部 ≥ 10,000，其余（含未知）为素人。",
    ),
    (
        "关键词",
        "一条作品符合几个关键词就计入几个，因此各关键词之和可以大于作品数；占比为该平台在此关键词中的比例。",
    ),
    (
        "热词",
        "标题和正文分词（jieba），去掉网址、@用户、表情、话题和停用词，两个字以上；权重 = 提及次数 × 逆文档频率。",
    ),
    (
        "话题",
        "平台给出的话题和文中的 #话题#，每条作品每个话题计一次。",
    ),
    (
        "情感",
        "基线模型（baseline）：线性词模型，用电商评论训练，在未参与训练的 7,025 条评论上准确率 0.88；≥ 0.6 正面，≤ 0.4 负面，其余中性，仅供参考。",
    ),
    ("排序", "互动多的在前，互动为空的在后；相同时新发布的在前。"),
];

fn integer(count: u64) -> Cell {
    Cell::Integer(i64::try_from(count).unwrap_or(i64::MAX))
}
