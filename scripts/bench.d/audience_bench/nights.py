"""A part of `import`: many scrapes that are due at the same minute, as they are every night."""

import json
import shutil
import subprocess
import sys
import threading
import time
from itertools import pairwise
from pathlib import Path

from .api import Service, serving
from .measure import BenchError
from .report import Table
from .setting import Setting, say

SCRAPES = 300
HOSTS = 50
PAGES = 3
DELAY_MS = 200
PATIENCE_S = 180

SCRAPE = """\
scrape: night_NO
schedule: {cron: "MINUTE HOUR * * *", timezone: UTC, catchup: none}
request: {url: "http://HOST:PORT/obs/NO?page={page}"}
pages: {from: 1, max: PAGES}
polite: {delay_ms: DELAY}
extract:
  html: {rows: "table#obs tbody tr", fields: {station: {css: "td:first-child"}, at: {css: "td:last-child"}}}
expect: {min_rows: 1}
into: {table: night_NO, key: [station]}
"""


def night(setting: Setting, directory: Path) -> Table:
    table = Table(
        f"Scrapes: a night of {SCRAPES} on {HOSTS} hosts, all due at the same minute",
        ("requests", "due → first request ms", "goal", "s until the last run", "shortest gap ms",
         "peak RSS MiB", "idle RSS MiB", "goal of RSS"),
        notes=[
            f"Each scrape fetches {PAGES} pages, {DELAY_MS} ms apart at each host; {HOSTS} run at once."
            " The gap is the shortest between two requests at one host, robots.txt included, as the"
            " site has seen them.",
        ],
    )  # fmt: skip
    place = directory / "night"
    shutil.rmtree(place, ignore_errors=True)
    place.mkdir()
    site = subprocess.Popen(
        [sys.executable, str(Path(__file__).with_name("nightly_site.py"))],
        stdout=subprocess.PIPE, encoding="utf-8",
    )  # fmt: skip
    try:
        assert site.stdout is not None
        port = int(site.stdout.readline())
        asked: list[tuple[float, str]] = []
        listener = threading.Thread(target=listen, args=(site, asked), daemon=True)
        listener.start()
        with serving(setting, settings(place, port)) as service:
            due = put(service, port)
            say(f"{SCRAPES} scrapes wait until they are due, in {due - time.time():.0f} s")
            peak = watch(service, due)
            ended = time.time()
            idle = service.rss_mib()
    finally:
        site.kill()
        site.wait()
    asked.sort()
    by_host: dict[str, list[float]] = {}
    for at, host in asked:
        by_host.setdefault(host, []).append(at)
    gaps = [then - first for times in by_host.values() for first, then in pairwise(times)]
    table.rows.append(
        (len(asked), (asked[0][0] - due) * 1000, "≤ 150 (aim 50)", ended - due, min(gaps) * 1000,
         peak, idle, "≤ 80 (aim 60)")
    )  # fmt: skip
    return table


def listen(site: subprocess.Popen[str], asked: list[tuple[float, str]]) -> None:
    assert site.stdout is not None
    for line in site.stdout:
        at, host, _ = line.split(" ", 2)
        asked.append((float(at), host))


def host(no: int) -> str:
    return f"127.0.1.{no % HOSTS + 1}"


def settings(place: Path, port: int) -> Path:
    path = place / "settings.yaml"
    allowed = json.dumps([f"{host(no)}:{port}" for no in range(HOSTS)])
    path.write_text(
        f'database: {{url: "sqlite://{place / "state.db"}"}}\nlog: {{level: warn}}\n'
        f"runtime: {{jobs_at_once: {HOSTS + 4}}}\n"
        f"scrape: {{at_once: {HOSTS}, allow: {allowed}}}\n"
    )
    return path


def put(service: Service, port: int) -> float:
    """Stores the scrapes; when they are due."""
    due = (time.time() // 60 + 2) * 60
    when = time.gmtime(due)
    connection = service.connect()
    for no in range(SCRAPES):
        text = SCRAPE
        for word, value in (
            ("NO", no), ("MINUTE", when.tm_min), ("HOUR", when.tm_hour), ("HOST", host(no)),
            ("PORT", port), ("PAGES", PAGES), ("DELAY", DELAY_MS),
        ):  # fmt: skip
            text = text.replace(word, str(value))
        headers = {"Content-Type": "application/yaml"}
        connection.request("PUT", f"/v1/scrapes/night_{no}", text.encode(), headers)
        answer = connection.getresponse()
        body = answer.read()
        if answer.status >= 300:
            raise BenchError(f"a scrape was answered {answer.status}: {body[:300]!r}")
    if time.time() > due - 5:
        raise BenchError("storing the scrapes took too long")
    return due


def watch(service: Service, due: float) -> float:
    """Until all have run; the peak of the memory meanwhile."""
    time.sleep(max(0.0, due - time.time()))
    connection, peak = service.connect(), 0.0
    while time.time() < due + PATIENCE_S:
        peak = max(peak, service.rss_mib())
        connection.request("GET", "/v1/jobs?flow=scrape&state=succeeded&counts=true&limit=1")
        counts = json.loads(connection.getresponse().read())["counts"]
        if counts.get("failed"):
            raise BenchError(f"scrapes failed: {counts}")
        if counts.get("succeeded", 0) >= SCRAPES:
            return peak
        time.sleep(0.2)
    raise BenchError("the night did not end")
