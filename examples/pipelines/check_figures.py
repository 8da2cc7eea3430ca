#!/usr/bin/env python3
"""Compares the files that the project made for a day with the figures of the generator.

    check_figures.py DATA DATE [--first DATE]

`--first` is the first day that was made: `user_info` adds up all days since then. Without it that
is DATE itself.
"""

import glob
import json
import os
import sqlite3
import sys


def rows(path):
    with open(path) as lines:
        return [line.rstrip("\n").split("\t") for line in lines]


def main():
    data, date = sys.argv[1:3]
    with open(f"{data}/expected/{date}.json") as file:
        expected = json.load(file)
    faults = []

    def same(what, found, wanted):
        if found != wanted:
            faults.append(f"{what}: found {found}, expected {wanted}")

    for key, count in expected["kept_per_hour"].items():
        kind, hour = key.split("/")
        same(f"filtered {key}", len(rows(f"{data}/filtered/{date}/{kind}-{hour}.tsv")), count)
    same("impressions", len(rows(f"{data}/day/{date}/imp.tsv")), expected["impressions"])
    same("clicks", len(rows(f"{data}/day/{date}/click.tsv")), expected["clicks"])
    for country, figures in expected["per_country"].items():
        found = {name: int(n) for name, n in rows(f"{data}/stats/{date}/{country}.tsv")}
        same(f"stats {country}", found, figures)
        numbers = [str(figures[name]) for name in ("impressions", "clicks", "campaigns")]
        same(f"warehouse {country}", rows(f"{data}/warehouse/{date}-{country}.tsv"), [[date, country, *numbers]])
    shards = [row for shard in range(8) for row in rows(f"{data}/cursor/{date}/{shard}.tsv")]
    same("users", len(shards), expected["users"])
    same("events", sum(int(n) for _, n in shards), expected["events"])
    with open(f"{data}/top/{date}.txt") as file:
        same("top users", file.read().splitlines(), expected["top_users"])
    with open(f"{data}/report/{date}.json") as file:
        same("report", json.load(file), {"impressions": expected["impressions"], "clicks": expected["clicks"]})
    first = sys.argv[4] if sys.argv[3:4] == ["--first"] else date
    events = 0
    for path in glob.glob(f"{data}/expected/*.json"):
        with open(path) as file:
            day = json.load(file)
        events += day["events"] if first <= day["date"] <= date else 0
    same("events since the first day", sum(int(n) for _, n in rows(f"{data}/info/{date}.tsv")), events)
    if os.path.exists(f"{data}/warehouse.db"):
        with sqlite3.connect(f"{data}/warehouse.db") as db:
            same("days", db.execute("SELECT count(*) FROM days WHERE day = ?", [date]).fetchone(), (1,))
    left = [path for path in glob.glob(f"{data}/**/.*", recursive=True) if os.path.isfile(path)]
    same("temporary files", left, [])
    print("\n".join(faults) or f"{date}: all figures as expected")
    sys.exit(bool(faults))


if __name__ == "__main__":
    main()
