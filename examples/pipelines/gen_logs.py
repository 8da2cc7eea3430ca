#!/usr/bin/env python3
"""Generates raw logs for the example project, and the figures that it has to find in them.

    gen_logs.py --data DIR --from 2026-11-20 --to 2026-11-21 [--rows 400] [--seed 7] [--skip HH]

For each day it writes

    DIR/raw/<date>/<HH>/imp.log.gz     impressions of an hour
    DIR/raw/<date>/<HH>/click.log.gz   clicks of an hour
    DIR/raw/<date>/users.log.gz        page views of the day
    DIR/expected/<date>.json           the expected figures

The same arguments give the same bytes, and existing files are kept. `--rows` is the average number
of impressions per hour: 3000000 gives 100 million lines a day, 12 GB before compression. `--skip`
leaves out an hour, like a log that is late; the next call without it adds that hour.

The columns, separated by tabs: time, user, country, campaign, slot, status, agent. About 4 % of
the lines are health checks (agent `health/1`), 3 % come from robots (the agent ends in `bot`), and
1 % are truncated.
"""

import argparse
import collections
import datetime
import gzip
import json
import os
import random
import zlib

COUNTRIES = ["tw", "jp", "cn", "us"]
CURVE = [3, 2, 1, 1, 1, 2, 4, 6, 8, 9, 9, 10, 11, 9, 8, 8, 9, 10, 12, 14, 15, 14, 10, 6]
AGENTS = ["Mozilla/5.0", "Mozilla/5.0 Mobile", "okhttp/4"]
ROBOTS = ["crawlbot", "newsbot"]


def line_of(random, kind, when):
    user = "u%06d" % min(int(random.paretovariate(0.6)), 999_999)
    country = random.choices(COUNTRIES, [50, 25, 15, 10])[0]
    campaign = "c%02d" % min(int(random.expovariate(0.15)), 39)
    slot = "s%d" % random.randrange(8)
    status = "204" if kind == "imp" else "302"
    dice = random.random()
    agent = random.choice(AGENTS)
    if dice < 0.04:
        agent = "health/1"
    elif dice < 0.07:
        agent = random.choice(ROBOTS)
    line = "\t".join([when.strftime("%Y-%m-%dT%H:%M:%S"), user, country, campaign, slot, status, agent])
    if 0.07 <= dice < 0.08:
        line = line[: random.randrange(10, 30)]
    return line


def good(line):
    fields = line.split("\t")
    return len(fields) == 7 and fields[6] != "health/1" and not fields[6].endswith("bot")


def write(path, lines):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    if os.path.exists(path):
        return
    part = path + ".part"
    with open(part, "wb") as raw, gzip.GzipFile("", "wb", 6, raw, mtime=0) as packed:
        for line in lines:
            packed.write(line.encode() + b"\n")
    os.rename(part, path)


def day(arguments, date):
    stats = collections.Counter()
    per_country = {country: collections.Counter() for country in COUNTRIES}
    users = collections.Counter()
    kept = collections.Counter()
    for hour in range(24):
        for kind, share in (("imp", 1.0), ("click", 0.05)):
            seed = zlib.crc32(f"{arguments.seed}/{date}/{hour}/{kind}".encode())
            dice = random.Random(seed)
            count = max(1, int(arguments.rows * share * CURVE[hour] / (sum(CURVE) / 24)))
            start = datetime.datetime.combine(date, datetime.time(hour))
            lines = [
                line_of(dice, kind, start + datetime.timedelta(seconds=i * 3600 // count))
                for i in range(count)
            ]
            for line in filter(good, lines):
                _, user, country, campaign, slot, _, _ = line.split("\t")
                stats[kind] += 1
                kept[f"{kind}/{hour:02}"] += 1
                per_country[country][f"{campaign}/{kind}"] += 1
                users[user] += 1
            if hour not in arguments.skip:
                write(f"{arguments.data}/raw/{date}/{hour:02}/{kind}.log.gz", lines)
    dice = random.Random(zlib.crc32(f"{arguments.seed}/{date}/users".encode()))
    noon = datetime.datetime.combine(date, datetime.time(12))
    views = [line_of(dice, "view", noon) for _ in range(arguments.rows * 4)]
    for line in filter(good, views):
        users[line.split("\t")[1]] += 1
    write(f"{arguments.data}/raw/{date}/users.log.gz", views)
    top = sorted(users.items(), key=lambda item: (-item[1], item[0]))[:5]
    expected = {
        "date": str(date),
        "impressions": stats["imp"],
        "clicks": stats["click"],
        "users": len(users),
        "events": sum(users.values()),
        "top_users": [f"{user} {count}" for user, count in top],
        "kept_per_hour": dict(sorted(kept.items())),
        "per_country": {
            country: {
                "impressions": sum(n for key, n in figures.items() if key.endswith("/imp")),
                "clicks": sum(n for key, n in figures.items() if key.endswith("/click")),
                "campaigns": len({key.split("/")[0] for key in figures}),
            }
            for country, figures in per_country.items()
        },
    }
    os.makedirs(f"{arguments.data}/expected", exist_ok=True)
    with open(f"{arguments.data}/expected/{date}.json", "w") as out:
        json.dump(expected, out, indent=1)
    return expected


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--data", required=True)
    parser.add_argument("--from", dest="first", required=True, type=datetime.date.fromisoformat)
    parser.add_argument("--to", dest="last", type=datetime.date.fromisoformat)
    parser.add_argument("--rows", type=int, default=400)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--skip", type=int, action="append", default=[], metavar="HH")
    arguments = parser.parse_args()
    date = arguments.first
    while date <= (arguments.last or arguments.first):
        expected = day(arguments, date)
        print(date, "impressions", expected["impressions"], "clicks", expected["clicks"], "users", expected["users"])
        date += datetime.timedelta(days=1)


if __name__ == "__main__":
    main()
