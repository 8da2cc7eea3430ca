"""`ui`: the web pages, on the server and in a browser.

How long the server takes for pages of a store with a million jobs, how soon chromium shows them and
what it fetches, logs of ten million lines, and what it costs that pages stay up to date.
"""

import time
from collections.abc import Iterator
from datetime import date, timedelta
from http.client import HTTPConnection
from pathlib import Path
from statistics import median
from urllib.parse import urlencode

from .api import Service, percentile, serving
from .browser import in_browser, installed
from .measure import BenchError
from .report import Table
from .setting import Setting, say
from .ui_live import changed_rows, streams
from .ui_log import log_in_browser
from .ui_store import (
    BATCHES,
    GRAPH_DAYS,
    GRAPH_LAYERS,
    PROJECT,
    Caller,
    copied,
    run_each,
    wide_job,
)

JOBS = 1_000_000
LOG_LINES = 10_000_000
CALLS = 100
QUIET_S = 60
VISITS = 20
LIGHTHOUSES = 3
KIND = {"Accept": "text/html", "Accept-Encoding": "gzip, br", "Accept-Language": "en"}
JOBS_GOAL = "p95 ≤ 100 (aim 30)"
GRAPH_GOAL = "p95 ≤ 60 (aim 20)"


def ui(setting: Setting, jobs: int, log_lines: int, pairs: int) -> Iterator[Table]:
    modules = installed(setting)
    with copied(setting, jobs) as directory:
        with serving(setting, directory) as service:
            wide = run_each(Caller(service), "2030-02-01")["author"]
        wide_job(directory / "state.db", wide)
        with serving(setting, directory) as service:
            caller = Caller(service)
            run = unfinished(caller)
            plain = run_each(caller, "2030-02-02")
            yield server_times(service, jobs, wide, run)
            pages = {"/jobs": "/jobs", "a job": f"/jobs/{plain['author']}"}
            yield browser_times(setting, modules, service, jobs, pages)
            yield lighthouses(setting, modules, service, pages)
            yield changed_rows(setting, modules, service, jobs)
    yield streams(setting, pairs)
    yield log_in_browser(setting, modules, log_lines)


def unfinished(caller: Caller) -> str:
    """Jobs that wait, each for a reason of its own; the run of a thousand jobs."""
    for _ in range(50):
        caller.ask("POST", "/api/tasks/", {"queue": "queue2", "countdown": 3_600})
    for _ in range(200):
        caller.task("search_user")
    # Nobody makes what its lowest layer waits for.
    first = date(2030, 1, 1)
    last = first + timedelta(days=GRAPH_DAYS - 1)
    return caller.run(f"layer_{GRAPH_LAYERS - 1}", f"{first}..{last}")


def server_times(service: Service, jobs: int, wide: str, run: str) -> Table:
    table = Table(
        f"Web pages: what the server takes, with {jobs:,} jobs (SQLite, keep-alive, one caller)",
        ("page", "calls", "KiB", "p50 ms", "p95 ms", "most", "goal"),
        notes=[
            "As a browser asks for them, compressed; from the request to the last byte. Most jobs"
            " are copies of rows that the program made; the newest have their history, too. KiB are"
            " those of the answer.",
            "A search for a text looks through 20,000 jobs at once; the next page continues it."
            " Numbers by state that were counted shortly before are shown again.",
        ],
    )  # fmt: skip
    connection = service.connect()
    time.sleep(QUIET_S)
    first = [timed(connection, "/jobs")[0]]
    table.rows.append((f"/jobs after {QUIET_S} s", 1, None, first[0], None, first[0], None))
    for name, query in filters(connection).items():
        say(f"/jobs: {name}")
        path = f"/jobs?{urlencode(query)}" if query else "/jobs"
        table.rows.append(one(connection, name, path, JOBS_GOAL))
    name = f"/jobs/{{id}} with {BATCHES:,} batches"
    table.rows.append(one(connection, name, f"/jobs/{wide}", JOBS_GOAL))
    nodes = GRAPH_DAYS * GRAPH_LAYERS + GRAPH_LAYERS * (GRAPH_LAYERS - 1) // 2
    name = f"/pipelines/runs/{{id}} with {nodes:,} jobs"
    table.rows.append(one(connection, name, f"/pipelines/runs/{run}", GRAPH_GOAL))
    name = f"/pipelines/{{project}}/graph of {GRAPH_LAYERS + 3} tasks"
    table.rows.append(one(connection, name, f"/pipelines/{PROJECT}/graph", GRAPH_GOAL))
    connection.close()
    return table


def filters(connection: HTTPConnection) -> dict[str, dict[str, str]]:
    """Filters by what the table calls them."""
    states = (
        "succeeded",
        "failed",
        "cancelled",
        "skipped",
        "queued",
        "running",
        "parked",
        "blocked",
    )
    found: dict[str, dict[str, str]] = {"/jobs": {}}
    found |= {f"state={state}": {"state": state} for state in states}
    found |= {f"flow={flow}": {"flow": flow} for flow in ("labelling", "dispatch", "pipelines")}
    found |= {
        "flow and state": {"flow": "dispatch", "state": "failed"},
        "flow and state, none": {"flow": "labelling", "state": "skipped"},
        "queue": {"queue": "queue2"},
        "queue, none": {"queue": "nothing"},
        "queue and state": {"queue": "queue1", "state": "succeeded"},
        "queue and state, few": {"queue": "queue2", "state": "cancelled"},
        "a day": {"from": day(30), "to": day(29)},
        "a day and a state": {"from": day(30), "to": day(29), "state": "failed"},
        "until long ago": {"to": day(80)},
        "a text, common": {"q": "day_log"},
        "a text, rare": {"q": "the page is gone"},
        "a text, none": {"q": "there is no such text"},
        "a text in Chinese, none": {"q": "關鍵字"},
        "a text and a state": {"q": "no such file", "state": "failed"},
        "a text and a flow": {"q": "interests", "flow": "labelling"},
        "a text of a day": {"q": "content", "from": day(30), "to": day(29)},
    }
    page = connection_text(connection, f"/jobs?{urlencode({'to': day(45)})}")
    old = page.partition('<tr id="j')[2][:32]
    found["an old job's id"] = {"q": old}
    found["page behind an old job"] = {"after": old}
    return found


def day(ago: int) -> str:
    return time.strftime("%Y-%m-%d", time.gmtime(time.time() - ago * 86_400))


def one(connection: HTTPConnection, name: str, path: str, goal: str) -> tuple[object, ...]:
    took, size = [], 0
    for _ in range(CALLS):
        millis, size = timed(connection, path)
        took.append(millis)
    return (
        name,
        CALLS,
        size / 1024,
        median(took),
        percentile(took, 0.95),
        max(took),
        goal,
    )


def timed(connection: HTTPConnection, path: str) -> tuple[float, int]:
    began = time.perf_counter()
    connection.request("GET", path, headers=KIND)
    response = connection.getresponse()
    body = response.read()
    took = (time.perf_counter() - began) * 1e3
    if response.status != 200:
        raise BenchError(f"{path} answered {response.status}: {body[:400]!r}")
    return took, len(body)


def connection_text(connection: HTTPConnection, path: str) -> str:
    connection.request("GET", path, headers={"Accept": "text/html"})
    return connection.getresponse().read().decode()


def browser_times(
    setting: Setting, modules: Path, service: Service, jobs: int, pages: dict[str, str]
) -> Table:
    say("pages in chromium")
    asked = {"port": service.port, "paths": list(pages.values()), "visits": VISITS}
    found = in_browser(modules, "show.mjs", asked)
    table = Table(
        f"Web pages in chromium, with {jobs:,} jobs (SQLite)",
        ("page", "visits", "cold", "p50 ms", "p95 ms", "goal", "KiB fetched", "goal of KiB"),
        notes=[
            "From the beginning of the navigation to the paint of the largest part of the page."
            " Cold: nothing is in the browser's caches; warm: back from another page, in the same"
            " tab. Fetched: all bytes of the server, with heads, counted by a proxy.",
            "The growth of the program and of its idle memory is measured by hand: build the last"
            " commit before the pages, too, compare the sizes of the two programs, and the idle RSS"
            " of the two by `scripts/bench api --binary`.",
        ],
    )  # fmt: skip
    for name, path in pages.items():
        one = found[path]
        for kind, goal, size in (
            ("cold", "p95 ≤ 400 (aim 200)", one["bytes"]),
            ("warm", "p95 ≤ 150 (aim 80)", one["again"]),
        ):
            shown = [visit["shown"] for visit in one[kind]]
            sizes = "≤ 200 (aim 90)" if kind == "cold" else None
            table.rows.append(
                (name, VISITS, kind, median(shown), percentile(shown, 0.95), goal, size / 1024,
                 sizes)
            )  # fmt: skip
    return table


def lighthouses(setting: Setting, modules: Path, service: Service, pages: dict[str, str]) -> Table:
    say("Lighthouse")
    asked = {"port": service.port, "paths": list(pages.values()), "times": LIGHTHOUSES}
    found = in_browser(modules, "lighthouse.mjs", asked)
    table = Table(
        "Web pages: Lighthouse 12",
        ("page", "runs", "performance", "accessibility", "best practices", "goal", "lost by"),
        notes=["As on a mobile device of the middle class, which it imitates. Medians."],
    )
    for name, path in pages.items():
        runs = found[path]
        scores = [
            median(one[category] for one in runs)
            for category in ("performance", "accessibility", "best-practices")
        ]
        lost = sorted({audit for one in runs for audit in one["lost"]})
        goal = "≥ 95, 100, 100 (aim 99, 100, 100)"
        table.rows.append((name, LIGHTHOUSES, *scores, goal, "; ".join(lost) or None))
    return table
