"""A part of `ui`: what open pages are told, how soon, and what that costs."""

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median

from . import pace
from .api import Service, percentile, serving
from .browser import in_browser
from .engines import Sqlite
from .measure import BenchError, Server, settle
from .report import Table, goal
from .setting import Setting, say

ROUNDS = 2
PAGES = 500
PACE = 1_000
SECONDS = 15
CLIENTS = 8
SERVICE = "live"
TOKENS = {"pages": "bench-pages-token-of-a-viewer", "worker": "bench-token-of-an-operator"}
LEFT_S = 60


def changed_rows(setting: Setting, modules: Path, service: Service, jobs: int) -> Table:
    say("how soon open pages show that jobs have ended")
    found = in_browser(
        modules, "changes.mjs", {"port": service.port, "service": "crawl", "rounds": ROUNDS}
    )
    table = Table(
        f"Web pages: from the end of a job to what an open list shows ({jobs:,} jobs, SQLite)",
        ("what", "jobs", "p50 ms", "p99 ms", "most", "not seen", "goal of p99"),
        notes=[
            "Tasks for outside workers that end one by one, 0.3 to 1 s after each other; from the"
            " end of the job in the store to the change in the page, by chromium's clock on the"
            " same machine. A list repaints twice a second at most."
        ],
    )  # fmt: skip
    for key, name in (("rows", "the row has changed"), ("popUps", "the pop-up is there")):
        seen = [millis for millis in found[key] if millis is not None]
        if not seen:
            raise BenchError(f"{name}: for none of {len(found[key])} jobs")
        lost = len(found[key]) - len(seen)
        row = (median(seen), percentile(seen, 0.99), max(seen), lost, goal("1,000", "300"))
        table.rows.append((name, len(found[key]), *row))
    return table


def streams(setting: Setting, pairs: int) -> Table:
    """Each round with pages and without, in turn."""
    table = Table(
        f"Web pages: {PAGES} that are open while {PACE:,} jobs a second end (SQLite)",
        ("open", "rounds", "reached /s", "server cpu s", "share of a core", "goal", "p50 ms",
         "p99 ms", "÷ p50 without", "goal of the slow-down", "MiB/s to pages"),
        notes=[
            f"Tasks for outside workers, whose ends are reported by {CLIENTS} clients at an even"
            f" pace for {SECONDS} s; p50 and p99 are those of the report, which is answered when it"
            " is stored. Medians of rounds; clients and pages are Python on the same cores.",
            "The share of a core is what the server needs more than without pages. Pages: each"
            " also listens to notifications and counts the jobs every 5 s, as an open list does.",
        ],
    )  # fmt: skip
    kinds = [None, "streams", "pages"]
    rounds: dict[str | None, list[Round]] = {kind: [] for kind in kinds}
    engine = setting.engines["sqlite"]
    assert isinstance(engine, Sqlite)
    for no in range(pairs):
        for kind in kinds:
            say(f"round {no + 1}: {PAGES if kind else 'no'} {kind or 'pages'} open")
            rounds[kind].append(one_round(setting, engine, kind))
    without = rounds[None]
    for kind in kinds:
        own = rounds[kind]
        more = [
            (one.cpu_s - other.cpu_s) / one.took_s for one, other in zip(own, without, strict=True)
        ]
        ratios = [one.p50 / other.p50 for one, other in zip(own, without, strict=True)]
        table.rows.append((
            f"{PAGES} {kind}" if kind else "none",
            pairs,
            median(one.reached for one in own),
            median(one.cpu_s for one in own),
            median(more) if kind else None,
            "≤ 0.20 (aim 0.08)" if kind else None,
            median(one.p50 for one in own),
            median(one.p99 for one in own),
            median(ratios) if kind else None,
            "≤ 1.05 (aim 1.02)" if kind else None,
            median(one.sent / 2**20 / one.took_s for one in own) if kind else None,
        ))  # fmt: skip
    engine.drop_output("ui_live")
    return table


class Round:
    """What was measured while jobs ended."""

    def __init__(self, calls: list[pace.Call], cpu_s: float, took_s: float, sent: int) -> None:
        millis = [(call.answered - call.due) * 1e3 for call in calls]
        self.p50, self.p99 = median(millis), percentile(millis, 0.99)
        self.cpu_s, self.took_s, self.sent = cpu_s, took_s, sent
        self.reached = len(calls) / took_s


def one_round(setting: Setting, engine: Sqlite, kind: str | None) -> Round:
    directory = write_settings(setting, engine.fresh_output("ui_live"))
    tokens = {f"BENCH_{name.upper()}": token for name, token in TOKENS.items()}
    with serving(setting, directory, setting.environment | tokens) as service:
        body = json.dumps({"condition": {"keyword": "coffee"}})
        create = [call(f"/v1/dispatch/{SERVICE}/tasks", body)] * (PACE * SECONDS)
        tasks = [one.json()["task_id"] for one in pace.send(service.port, create, 32, None)]
        ends = [
            call("/api/update_status_task", json.dumps({
                "data": {"task_id": task, "status": "finished", "result": {"found": no}}
            }))
            for no, task in enumerate(tasks)
        ]  # fmt: skip
        settle()
        server = Server(service.process.pid)
        with opened(service, kind) as pages:
            # What the openings cost is over.
            time.sleep(2)
            before, began = server.cpu_s(), time.monotonic()
            calls = pace.send(service.port, ends, CLIENTS, PACE)
            took = time.monotonic() - began
            cpu = server.cpu_s() - before
        until_ended(engine, len(tasks))
    return Round(calls, cpu, took, pages.bytes)


def call(path: str, body: str) -> bytes:
    head, end, data = pace.post(path, body).partition(pace.END_OF_HEAD)
    return head + f"\r\nAuthorization: Bearer {TOKENS['worker']}".encode() + end + data


class Pages:
    """Bytes that have come for them."""

    bytes = 0


@contextmanager
def opened(service: Service, kind: str | None) -> Iterator[Pages]:
    pages = Pages()
    if not kind:
        yield pages
        return
    program = [sys.executable, "-m", "audience_bench.pages_open", str(service.port), str(PAGES)]
    process = subprocess.Popen(
        [*program, TOKENS["pages"], kind],
        cwd=Path(__file__).parent.parent,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        encoding="utf-8",
    )
    assert process.stdin and process.stdout
    try:
        if not process.stdout.readline().startswith("open"):
            raise BenchError("pages could not be opened")
        yield pages
        process.stdin.close()
        pages.bytes = int(process.stdout.readline() or 0)
        if not pages.bytes:
            raise BenchError("open pages were told nothing")
    finally:
        process.kill()
        process.wait()


def until_ended(engine: Sqlite, count: int) -> None:
    until = time.monotonic() + LEFT_S
    sql = "SELECT count(*) FROM audience_job WHERE state = 'succeeded'"
    while (found := int(engine.rows("ui_live", sql))) < count:
        if time.monotonic() > until:
            raise BenchError(f"{found:,} of {count:,} jobs have ended")
        time.sleep(0.2)


def write_settings(setting: Setting, database: str) -> Path:
    directory = setting.work / "settings_ui_live"
    directory.mkdir(exist_ok=True)
    service = {"source_name": "bench", "topic_name": "none", "consumer_id": "none"}
    roles = {"pages": "viewer", "worker": "operator"}
    text = {
        "database": {"url": database},
        "access": {"tokens": {
            name: {"variable": f"BENCH_{name.upper()}", "role": role}
            for name, role in roles.items()
        }},
        "service": [SERVICE],
        "source_db": {SERVICE: service},
        "log": {"level": "warn"},
    }  # fmt: skip
    # JSON is YAML.
    (directory / "default.yaml").write_text(json.dumps(text), encoding="utf-8")
    return directory
