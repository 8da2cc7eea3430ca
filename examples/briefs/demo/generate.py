"""Writes the articles of the example: the same ones each time."""

import csv
import json
import random
from datetime import datetime, timedelta, timezone

ZONE = timezone(timedelta(hours=8))
FIRST = datetime(2026, 10, 25, 7, 0, tzinfo=ZONE)

PRODUCTS = ["防晒霜", "防晒喷雾", "防晒衣", "粉底液", "气垫粉底", "隔离霜", "卸妆油", "面膜"]
SKINS = ["油皮", "干皮", "敏感肌", "混油皮", "痘痘肌"]
GOOD = ["质地清爽不油腻", "成膜很快，一点都不搓泥", "通勤用很合适，值得回购", "上脸自然，妆效很好", "性价比很高，推荐给大家"]
BAD = ["用了之后闷痘，很失望", "味道刺鼻，不会再买", "有点假白，还拔干", "搓泥严重，踩雷了", "价格太贵，效果一般"]
PLAIN = ["分享一下使用感受", "整理了成分和价格", "和去年的版本做了对比", "回答大家的提问", "记录一周的使用"]
SCENES = ["军训", "海边旅行", "骑行", "露营", "早八通勤", "办公室"]
TOPICS = ["防晒", "夏日防晒", "底妆教程", "护肤日常", "敏感肌护肤", "好物分享", "平价彩妆"]


def text(rng):
    product, skin, scene = rng.choice(PRODUCTS), rng.choice(SKINS), rng.choice(SCENES)
    title = rng.choice([f"{skin}{product}测评", f"{scene}必备的{product}", f"{product}怎么选？{skin}看过来", f"空瓶记：{product}"])
    mood = rng.choice([GOOD, GOOD, BAD, PLAIN])
    advert = rng.random() < 0.12
    body = f"{skin}在{scene}用了两周这款{product}，{rng.choice(mood)}。"
    if rng.random() < 0.5:
        body += f"{rng.choice(PLAIN)}，{rng.choice(mood)}。"
    if advert:
        body += "本条为广告合作。"
    return title, body, rng.sample(TOPICS, rng.randint(1, 3))


def notes(rng):
    for no in range(420):
        title, body, tags = text(rng)
        time = FIRST + timedelta(minutes=rng.randint(0, 60 * 24 * 40))
        like = int(rng.paretovariate(1.1) * 12)
        author = rng.randint(1, 160)
        yield {
            "note_id": f"n{no:05d}",
            "title": title,
            "desc": f"<p>{body}</p><p>{' '.join('#' + tag for tag in tags)}</p>",
            "time": int(time.timestamp() * 1000),
            "liked": like if like < 10_000 else f"{like / 10_000:.1f}万",
            "collected": int(like * rng.random() * 0.8),
            "comments": int(like * rng.random() * 0.2),
            "shared": int(like * rng.random() * 0.1),
            "tags": tags,
            "author_id": author,
            "author": f"笔记用户{author:03d}",
            "fans": int(random.Random(author).paretovariate(0.6) * 150),
        }


def videos(rng):
    for no in range(300):
        title, body, tags = text(rng)
        time = FIRST + timedelta(minutes=rng.randint(0, 60 * 24 * 40))
        play = int(rng.paretovariate(0.9) * 800)
        author = rng.randint(1, 90)
        fans = int(random.Random(1_000 + author).paretovariate(0.5) * 300)
        yield {
            "视频编号": f"v{no:05d}",
            "标题": title,
            "简介": body,
            "发布时间": time.strftime("%Y-%m-%d %H:%M"),
            "点赞": int(play * rng.random() * 0.06),
            "评论": int(play * rng.random() * 0.01),
            "转发": int(play * rng.random() * 0.01),
            "收藏": int(play * rng.random() * 0.03),
            "播放": play if play < 100_000 else "10万+",
            "弹幕": int(play * rng.random() * 0.004),
            "话题": "、".join(tags),
            "作者": f"视频用户{author:03d}",
            "粉丝": fans if fans < 10_000 else f"{fans / 10_000:.1f}w",
        }


def main():
    rng = random.Random(21)
    with open("files/notes.jsonl", "w", encoding="utf-8") as file:
        for note in notes(rng):
            file.write(json.dumps(note, ensure_ascii=False) + "\n")
    rows = list(videos(rng))
    # Half of it as a table of another office suite.
    for name, part, encoding in [("videos-1.csv", rows[:150], "utf-8-sig"), ("videos-2.csv", rows[150:], "gb18030")]:
        with open(f"files/{name}", "w", encoding=encoding, newline="") as file:
            writer = csv.DictWriter(file, fieldnames=list(rows[0]), delimiter="," if encoding == "utf-8-sig" else ";")
            writer.writeheader()
            writer.writerows(part)


if __name__ == "__main__":
    main()
