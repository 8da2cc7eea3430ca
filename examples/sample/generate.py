#!/usr/bin/env python3
"""Writes posts.csv: 3,000 invented posts of the year 2020, always the same ones.

    python3 generate.py [--out posts.csv] [--rows 3000]

An empty author stands for NULL. One field, one line: no post has a line break.
"""
import argparse
import csv
import datetime
import os
import random

HEADER = ("id", "s_id", "s_area_id", "author", "title", "content", "post_time")
BEGIN = datetime.datetime(2020, 1, 1)
SECONDS = 366 * 86400            # 2020 is a leap year, so the last moment is 2021-01-01 00:00:00

# WH_F9999 is in no group of groups.yaml, as happens when a new source is crawled before anybody sorts it in.
SOURCES = (("WH_F0045", 34), ("WH_F0001", 18), ("WH_F0116", 14), ("WH_F0157", 12), ("WH_B0002", 6), ("WH_B0003", 4),
           ("WH_F0002", 7), ("WH_F0005", 4), ("WH_F9999", 1))

FAMILY = "陳 林 王 張 李 許 郭 曾 謝 江 唐 簡 溫 尹 童 歐陽 章 穆 駱 宋".split()
GIVEN_F = "美玲 淑芬 怡君 雅婷 佳穎 詩涵 麗華 秀英 靜宜 惠雯 玉蘭 思妤 雅雯 婉如 春嬌 心怡 曉萍 芸熙".split()
GIVEN_M = "志明 家豪 俊傑 建宏 冠宇 文彬 國華 宗翰 柏翰 承恩 正雄 明德 士賢 永昌 子豪 彥廷 育誠 浩然".split()
GIVEN_N = "子安 雨辰 亦凡 小滿 晨光 千尋 若水 立夏 知秋 以樂 海寧 星河 初一 穗禾 向晚 青禾 十七 半夏 鹿鳴 南風".split()
LATIN_F = "Alice Clara Hannah Julia Laura Lucy Nora Ruby Stella Zoe Bella Iris Mia Olga".split()
LATIN_M = "Adam Carl Eric Frank Ivan Leo Max Oscar Paul Roy Hugo Felix Otto Karl".split()
LATIN_N = "Kit Lou Remy Sasha Val Ari Dale Jo Marlo Toni Bo Ellis Merle Shay".split()
LATIN_FAMILY = "Brook Carter Dale Ellison Ferris Garner Hobbs Ingram Keller Lowe Mercer Norton Oakley Porter".split()
HANDLE_A = "noodle slow paper salty midnight tiny cloud wooden green lazy pixel honest lemon north rainy".split()
HANDLE_B = "hunter walker diary kettle radio bicycle window ticket garden compass biscuit lantern otter pocket engine".split()
NICK_A = "巷口 早起 不加糖 晴天 背包裡 頂樓 半糖 周末 失眠 海風 慢走 轉角 隔壁桌 下班後 沒帶傘".split()
NICK_B = "小廚房 騎車日記 阿姨 大叔 的窗台 觀察員 筆記 漫步 收音機 行李箱 雜貨店 先生 太太 便條紙 實驗室".split()
ODD_NAMES = ('"阿樹"', "Lin, Kit", "O'Dale", "茶\\葉蛋", "100%無糖", "a_b_c", "🐢慢慢", "ＫＩＴ２０", "Ünal", "ŁUKA", "ÉLISE", "--", "0",
             "米 粒", "Σίγμα", "zoe", "Roy", "大叔在加班", "阿姨不老", "Royal Ferris")

DISH = "乾拌麵 麻油雞 蛋塔 肉燥飯 咖哩烏龍麵 烤布蕾 蔥抓餅 味噌湯 生魚片丼 抹茶拿鐵 鳳梨酥 臭豆腐".split()
DISH_EN = "beef ramen,a lemon tart,the lunch set,cold brew,fried dumplings,their curry,pumpkin soup".split(",")
TOWN = "鹿港 九份 恆春 淡水 美濃 池上 三峽 蘭嶼 梨山 布袋".split()
TOWN_EN = "Kyoto,Lisbon,Hualien,Oslo,Penang,Busan,Porto".split(",")
GADGET = "無線鍵盤 平板電腦 行車記錄器 掃地機器人 藍牙喇叭 4K螢幕 固態硬碟 路由器 智慧手環 掌上主機".split()
GADGET_EN = "mechanical keyboard,e-reader,dash cam,NAS,smart watch,USB-C dock,firmware update".split(",")
MOOD = "😋 🙈 🎒 📷 🔋 ☔ 🌶️ 🐾 👌 🤔".split()

FOOD = ("{place}那家{dish}，湯頭清爽，吃完還想再點一碗", "第一次自己做{dish}，火候沒抓好，不過孩子說好吃", "中午排了四十分鐘只為了{dish}{mood}",
        "Had {dish_en} near the office, \"best in town\" says the sign, and honestly it is", "{dish}加辣好吃，但份量變少了，老闆說成本漲了",
        "recipe for {dish_en}: less sugar, more time", "早餐吃{dish}，晚餐還是{dish2}，沒救了", "這間餐廳的{dish}要先訂位，假日完全客滿")
TRAVEL = ("連假去{town}兩天一夜，民宿面海，早上被浪聲叫醒", "{town}一日遊行程分享：老街、渡船頭、看夕陽{mood}", "下個月想帶爸媽去{town}，有推薦的飯店嗎？",
          "Booked a cheap flight to {town_en}, now looking for a quiet hotel", "Three days in {town_en}, rain every day, still a lovely trip",
          "從{town}搭區間車慢慢晃回來，車窗外都是稻田", "護照快過期了，出國之前記得先檢查", "露營第一晚就下大雨，帳篷進水，旅行回憶+1{mood}")
TECH = ("新買的{gadget}連線一直斷，更新韌體後正常", "{gadget}用了半年心得：續航不錯，APP很陽春", "想換{gadget}，預算三千內，請推薦",
        "My {gadget_en} died after two weeks, support answered within an hour", "Wrote a small script to sync photos to the {gadget_en} {mood}",
        "手機電池只剩七成，換電池還是換手機好？", "公司電腦今天又藍屏，資料沒存到", "The {gadget_en} is fine, the manual is not")
DAILY = ("今天忘了帶傘，走回家剛好全濕", "陽台的薄荷終於長出新葉子", "鄰居在練小號，已經第三天了{mood}", "Nothing to report, the cat slept all day", "排隊的人比我想的多，改天再來",
         "下班後跑了五公里，明天腿一定痠", "圖書館的新椅子很好坐", "有人撿到一把藍色雨傘嗎？", "Monday, again.", "晚上停電，全家一起玩牌", "讀完一本很厚的小說，有點捨不得",
         "小孩問我月亮為什麼跟著車走", "Found a letter from 1998 in a second-hand book", "整理衣櫃，清出三袋要捐的衣服", "{town}今天起大霧", "50% 完成，剩下的明天再說",
         "路徑 C:\\temp\\photo 找不到，先睡", "he said \"later\", so: later")
MIXED = ("去{town}玩，最期待的其實是{dish}", "在{town}的咖啡廳用{gadget}工作一整天，甜點也好吃", "Flight delayed, so: airport noodles and a {gadget_en} review")
ASK = ("二手{gadget}一台，多少錢可以帶走？", "請問{dish}一份怎麼賣", "How much is the {gadget_en} now?", "{town}民宿價格大概是多少", "PRICE of the {gadget_en}? asking for a friend")
LINK = ("食記在這 https://blog.example.com/p/{number}", "照片整理好了：HTTP://example.org/album?id={number}", "看 www.example.net 的活動頁，{town}場還有名額")
PHONE = ("{dish}團購請打 0900-000-{three}", "意者來電0900-000-{three}，謝謝", "call (555) 555-01{two} after six", "訂位電話：02-5550-01{two}")
TITLES = ("", "", "", "", "分享", "請益", "心得", "閒聊", "開箱", "隨手記", "Re: 請益", "weekend notes", "question", "長文慎入", "【公告】\"必讀\"")


class Dice:
    """Draws built on random() alone, whose sequence for a seed is the same in every Python version."""

    def __init__(self, seed):
        self.random = random.Random(seed).random

    def below(self, n):
        return int(self.random() * n)

    def pick(self, items):
        return items[self.below(len(items))]

    def weighted(self, pairs):
        at = self.random() * sum(weight for _, weight in pairs)
        for item, weight in pairs:
            at -= weight
            if at < 0:
                return item
        return pairs[-1][0]


def author_name(dice):
    kind = dice.weighted((("zh_f", 12), ("zh_m", 12), ("zh_n", 22), ("la_f", 4), ("la_m", 4), ("la_n", 12), ("handle", 18), ("nick", 14), ("odd", 5)))
    if kind.startswith("zh"):
        return dice.pick(FAMILY) + dice.pick({"f": GIVEN_F, "m": GIVEN_M, "n": GIVEN_N}[kind[3]])
    if kind.startswith("la"):
        name = dice.pick({"f": LATIN_F, "m": LATIN_M, "n": LATIN_N}[kind[3]]) + " " + dice.pick(LATIN_FAMILY)
        return dice.pick((name, name, name, name.upper(), name.lower()))
    if kind == "handle":
        return dice.pick(HANDLE_A) + dice.pick(("_", "", ".")) + dice.pick(HANDLE_B) + dice.pick(("", "", str(dice.below(100))))
    if kind == "nick":
        return dice.pick(NICK_A) + dice.pick(NICK_B) + dice.pick(("", "", "", "🌱"))
    return dice.pick(ODD_NAMES)


def content(dice, taste):
    """A post; `taste` is the kind of post this author mostly writes."""
    kind = dice.weighted(((taste, 35), ("food", 9), ("travel", 8), ("tech", 8), ("daily", 30), ("mixed", 3), ("ask", 4), ("link", 3), ("phone", 2)))
    pool = {"food": FOOD, "travel": TRAVEL, "tech": TECH, "daily": DAILY, "mixed": MIXED, "ask": ASK, "link": LINK, "phone": PHONE}[kind]
    text = dice.pick(pool).format(
        place=dice.pick(TOWN), town=dice.pick(TOWN), dish=dice.pick(DISH), dish2=dice.pick(DISH), gadget=dice.pick(GADGET),
        dish_en=dice.pick(DISH_EN), town_en=dice.pick(TOWN_EN), gadget_en=dice.pick(GADGET_EN), mood=dice.pick(MOOD),
        number=1000 + dice.below(9000), three="%03d" % dice.below(1000), two="%02d" % dice.below(100))
    if dice.random() < 0.12:
        text += " " + dice.pick(MOOD)
    return text


def rows(count, seed):
    dice = Dice(seed)
    tastes = ("food", "travel", "tech", "daily")
    authors = [(author_name(dice), dice.weighted(SOURCES), dice.pick(tastes)) for _ in range(max(1, count * 2 // 9))]
    posts = []
    for number in range(count):
        # Everybody posts once; after that a few write most of it.
        name, s_id, taste = authors[number if number < len(authors) else int(len(authors) * dice.random() ** 2.2)]
        # Few people write at night; and every fiftieth post is scheduled, exactly on the hour.
        second = dice.below(366) * 86400 + int((dice.random() ** 0.6) * 86399)
        if dice.below(50) == 0:
            second -= second % 3600
        posts.append([second, s_id, "%s_%02d" % (s_id, 1 + dice.below(6)), name, dice.pick(TITLES), content(dice, taste)])
    for post in posts:
        chance = dice.random()
        if chance < 0.006:
            post[3] = ""
        elif chance < 0.012:
            # Crawlers leave blanks around names; trimmed, these are the same authors as without.
            post[3] = dice.pick((" %s", "%s ", "%s\u3000")) % post[3]
    special(posts)
    posts.sort(key=lambda post: post[0])
    # Two posts of one author in the same second: as text, id 999 is greater than id 1000.
    if count > 1000:
        posts[999][:4] = posts[998][:4] = posts[998][:1] + ["WH_F0116", "WH_F0116_01", "同一秒的美玲"]
    for number, post in enumerate(posts, 1):
        yield [str(number)] + post[1:] + [(BEGIN + datetime.timedelta(seconds=post[0])).isoformat(" ")]


def special(posts):
    """Puts the cases in that chance would give too rarely; they replace the last posts drawn."""
    day = 86400
    put = [
        (0, "WH_F0045", "新年第一秒的陳美玲", "零點整，新年快樂，先吃一碗乾拌麵好吃 🎉"),
        (0, "WH_F0001", "Oscar Lowe", "Midnight: packed for the first trip of the year"),
        (SECONDS, "WH_F0045", "跨年的志明", "倒數結束，明天的飯店還沒訂"),
        (SECONDS, "WH_F0116", "nora keller", "Happy new year from the noodle stand"),
        # As often about food as about journeys: a tie.
        (40 * day, "WH_F0157", "balance_beam", "巷口的蛋塔好吃，一次買六個"),
        (90 * day, "WH_F0157", "balance_beam", "民宿的老闆很熱情"),
        (140 * day, "WH_F0157", "balance_beam", "這家餐廳不用訂位"),
        (190 * day, "WH_F0157", "balance_beam", "飯店早上九點才有早餐車"),
        # Three to one for food.
        (50 * day, "WH_B0002", "鍋蓋日記", "自己煮麵好吃又便宜"),
        (100 * day, "WH_B0002", "鍋蓋日記", "甜點店的蛋塔賣完了"),
        (150 * day, "WH_B0002", "鍋蓋日記", "recipe: 味噌湯加一點牛奶"),
        (200 * day, "WH_B0002", "鍋蓋日記", "出國前先把冰箱清空"),
        # A name that both label lists know.
        (60 * day, "WH_F0002", "志明與春嬌", "一起去看電影，散場後下雨"),
        (61 * day, "WH_F9999", "Julia Porter", "A source nobody has sorted in yet, writing about a hotel"),
        (62 * day, "WH_F9999", "宋建宏", "新論壇測試文，多少錢才會有人回？"),
    ]
    for post, (second, s_id, name, text) in zip(posts[-len(put):], put):
        post[:] = [second, s_id, s_id + "_01", name, "", text]


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--out", default=os.path.join(os.path.dirname(os.path.abspath(__file__)), "posts.csv"))
    options.add_argument("--rows", type=int, default=3000)
    options.add_argument("--seed", type=int, default=20)
    given = options.parse_args()
    with open(given.out, "w", encoding="utf-8", newline="") as handle:
        writer = csv.writer(handle, lineterminator="\n")
        writer.writerow(HEADER)
        writer.writerows(rows(given.rows, given.seed))


if __name__ == "__main__":
    main()
