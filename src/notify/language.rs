//! The languages of messages, and their words.

use serde::{Deserialize, Serialize};

use super::EventKind;

/// The language of a message.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
pub enum Language {
    #[default]
    #[serde(rename = "en")]
    English,
    #[serde(rename = "zh-TW")]
    TraditionalChinese,
    #[serde(rename = "zh-CN")]
    SimplifiedChinese,
    #[serde(rename = "ja")]
    Japanese,
}

/// What a line of a message is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Label {
    Reason,
    StartedBy,
    Id,
    At,
    Log,
    Open,
}

impl Language {
    /// As in the attribute `lang` of a page.
    pub fn tag(self) -> &'static str {
        self.choose(["en", "zh-TW", "zh-CN", "ja"])
    }

    fn choose<T>(self, words: [T; 4]) -> T {
        let [english, traditional, simplified, japanese] = words;
        match self {
            Self::English => english,
            Self::TraditionalChinese => traditional,
            Self::SimplifiedChinese => simplified,
            Self::Japanese => japanese,
        }
    }

    /// What happened to something of this name. A kind of a later version is shown by its word.
    pub fn headline(self, kind: &str, what: &str) -> String {
        let Ok(kind) = kind.parse::<EventKind>() else {
            return format!("{what}: {kind}");
        };
        let sentence = self.choose(match kind {
            EventKind::JobSucceeded => [
                "{} succeeded",
                "{} 已完成",
                "{} 已完成",
                "{} が完了しました",
            ],
            EventKind::JobFailed => ["{} failed", "{} 失敗", "{} 失败", "{} が失敗しました"],
            EventKind::JobRecovered => [
                "{} works again",
                "{} 已恢復正常",
                "{} 已恢复正常",
                "{} が復旧しました",
            ],
            EventKind::JobSlow => [
                "{} takes longer than usual",
                "{} 執行時間比平常久",
                "{} 运行时间比平常久",
                "{} に通常より時間がかかっています",
            ],
            EventKind::JobWaiting => [
                "{} has been waiting for long",
                "{} 已等待很久",
                "{} 已等待很久",
                "{} が長時間待機しています",
            ],
            EventKind::RunFinished => [
                "the run of {} has finished",
                "{} 的執行已完成",
                "{} 的运行已完成",
                "{} の実行が完了しました",
            ],
            EventKind::RunFailed => [
                "the run of {} failed",
                "{} 的執行失敗",
                "{} 的运行失败",
                "{} の実行が失敗しました",
            ],
            EventKind::ScheduleMissed => [
                "the schedule {} missed its time",
                "排程 {} 錯過了時間",
                "计划 {} 错过了时间",
                "スケジュール {} が時刻を逃しました",
            ],
            EventKind::DeadLetter => [
                "a message of {} could not be used or delivered",
                "{} 的一則訊息無法使用或送達",
                "{} 的一条消息无法使用或送达",
                "{} のメッセージを使用または配信できませんでした",
            ],
            EventKind::ImportProblems => [
                "{} has problems",
                "{} 有問題",
                "{} 有问题",
                "{} に問題があります",
            ],
            EventKind::ScrapeFailed => [
                "the scrape {} failed",
                "擷取 {} 失敗",
                "抓取 {} 失败",
                "スクレイプ {} が失敗しました",
            ],
            EventKind::ScrapeStale => [
                "the rows of the scrape {} are stale",
                "擷取 {} 的資料已過時",
                "抓取 {} 的数据已过时",
                "スクレイプ {} のデータが古くなっています",
            ],
            EventKind::ModelSwapped => [
                "the model {} answers by another version",
                "模型 {} 已切換到另一個版本",
                "模型 {} 已切换到另一个版本",
                "モデル {} が別のバージョンに切り替わりました",
            ],
            EventKind::ModelRefused => [
                "a version of the model {} was refused",
                "模型 {} 的一個版本被拒絕",
                "模型 {} 的一个版本被拒绝",
                "モデル {} のバージョンが拒否されました",
            ],
            EventKind::BriefReady => [
                "{} can be downloaded",
                "{} 已可下載",
                "{} 已可下载",
                "{} をダウンロードできます",
            ],
            EventKind::GateHeld => [
                "{} waits to be approved before it publishes",
                "{} 等待核准後才會發布",
                "{} 等待批准后才会发布",
                "{} は公開前の承認を待っています",
            ],
            EventKind::Test => [
                "{} sends a test",
                "{} 傳送測試訊息",
                "{} 发送测试消息",
                "{} からのテスト送信",
            ],
        });
        sentence.replace("{}", what)
    }

    /// That a headline stands for so many.
    pub fn times(self, count: u64) -> String {
        let words = ["{} times", "{} 次", "{} 次", "{} 回"];
        self.choose(words).replace("{}", &count.to_string())
    }

    /// The headline of a message about so many different things.
    pub fn digest(self, count: u64) -> String {
        let words = ["{} notifications", "{} 則通知", "{} 条通知", "通知 {} 件"];
        self.choose(words).replace("{}", &count.to_string())
    }

    /// That so many are not shown.
    pub fn more(self, count: u64) -> String {
        let words = ["and {} more", "另有 {} 則", "另有 {} 条", "ほか {} 件"];
        self.choose(words).replace("{}", &count.to_string())
    }

    pub fn label(self, label: Label) -> &'static str {
        self.choose(match label {
            Label::Reason => ["Reason", "原因", "原因", "理由"],
            Label::StartedBy => ["Started by", "啟動者", "启动者", "開始者"],
            Label::Id => ["Id", "編號", "编号", "ID"],
            Label::At => ["At", "時間", "时间", "時刻"],
            Label::Log => [
                "Last lines of the log",
                "日誌最後幾行",
                "日志最后几行",
                "ログの最後の行",
            ],
            Label::Open => ["Open", "開啟", "打开", "開く"],
        })
    }
}

#[cfg(test)]
mod tests {
    use strum::VariantArray;

    use super::*;

    const ALL: [Language; 4] = [
        Language::English,
        Language::TraditionalChinese,
        Language::SimplifiedChinese,
        Language::Japanese,
    ];

    #[test]
    fn each_kind_has_a_headline_of_its_own_in_each_language() {
        for language in ALL {
            let kinds = EventKind::VARIANTS.iter();
            let headlines: std::collections::BTreeSet<String> = kinds
                .map(|kind| language.headline(kind.as_str(), "daily"))
                .collect();
            assert_eq!(headlines.len(), EventKind::VARIANTS.len());
            assert!(headlines.iter().all(|headline| headline.contains("daily")));
        }
        assert_eq!(
            Language::English.headline("later.kind", "x"),
            "x: later.kind"
        );
    }

    #[test]
    fn languages_have_the_tags_of_the_web() {
        for language in ALL {
            let tag = serde_json::to_value(language).unwrap();
            assert_eq!(tag, language.tag());
        }
    }
}
