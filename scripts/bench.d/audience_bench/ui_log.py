"""A part of `ui`: the log of a command that has written ten million lines."""

import json
import shutil
import time
from http.client import HTTPConnection
from pathlib import Path
from statistics import median

from .api import percentile, serving
from .browser import in_browser
from .measure import BenchError
from .report import Table
from .setting import Setting, say
from .ui_store import Caller, settings

CALLS = 20
TIMES = 5
# One line in so many has the word that is looked for.
APART = 9_973
WORD = "needle"
PATIENCE_S = 600


def log_in_browser(setting: Setting, modules: Path, lines: int) -> Table:
    table = Table(
        f"Web pages: the log of a command, {lines:,} lines (SQLite)",
        ("what", "times", "p50", "p95", "unit", "goal"),
        notes=[
            "The command has ended. Calls: keep-alive, one caller. In chromium: from the beginning"
            " of the navigation, the key End, or Enter in the field, to the frame that shows the"
            " text. Memory: what only the tab's process has, after it was scrolled through.",
        ],
    )  # fmt: skip
    directory = setting.work / "ui_log"
    shutil.rmtree(directory, ignore_errors=True)
    settings(setting, directory)
    add_task(directory, lines)
    try:
        with serving(setting, directory) as service:
            say(f"a command that writes {lines:,} lines")
            caller = Caller(service)
            job = caller.jobs_of(caller.run("lines", "2020-01-01"))[0]["job_id"]
            wait(caller, job)
            count = (lines - 1) // APART + 1
            table.rows += by_calls(service.connect(), job, lines, count)
            found = in_browser(modules, "log.mjs", {
                "port": service.port, "path": f"/jobs/{job}/log", "first": "line 1 ",
                "last": f"line {lines} ", "word": WORD, "found": f"{count:,}", "times": TIMES,
            })  # fmt: skip
    finally:
        shutil.rmtree(directory, ignore_errors=True)
    for key, name, unit, goal in (
        ("first", "first lines shown", "ms", "≤ 300 (aim 100)"),
        ("end", "jump to the end", "ms", "≤ 300 (aim 100)"),
        ("search", "search with the exact count", "ms", "≤ 1,000 (aim 400)"),
        ("memory", "memory of the tab", "MiB", "≤ 150 (aim 60)"),
        ("elements", "elements of the page", "", None),
    ):
        values = found[key]
        # What was not shown once is not measured, and neither is what comes after it.
        is_whole = values and None not in values
        figures = (median(values), percentile(values, 0.95)) if is_whole else ("not shown", None)
        table.rows.append((f"chromium: {name}", len(values), *figures, unit, goal))
    return table


def add_task(directory: Path, lines: int) -> None:
    script = (
        f'seq {lines} | awk \'{{print "line " $1 " of the log, which says what has been done"'
        f' (($1 - 1) % {APART} ? "" : " {WORD}")}}\''
    )
    # JSON is YAML.
    task = json.dumps({"run": script})
    with (directory / "project.yaml").open("a", encoding="utf-8") as file:
        file.write(f"  lines: {task}\n")


def wait(caller: Caller, job: str) -> None:
    until = time.monotonic() + PATIENCE_S
    while (state := caller.ask("GET", f"/v1/jobs/{job}")["state"]) != "succeeded":
        if state == "failed" or time.monotonic() > until:
            raise BenchError(f"the command that writes lines is {state}")
        time.sleep(0.5)


def by_calls(
    connection: HTTPConnection, job: str, lines: int, count: int
) -> list[tuple[object, ...]]:
    path = f"/v1/jobs/{job}/console"
    rows = []
    for name, query in (
        ("the last 200 lines", "?tail=200"),
        ("a search with the exact count", f"/search?q={WORD}"),
    ):
        took = []
        for _ in range(CALLS):
            began = time.perf_counter()
            connection.request("GET", path + query)
            response = connection.getresponse()
            body = response.read()
            took.append((time.perf_counter() - began) * 1e3)
            if response.status != 200:
                raise BenchError(f"{path}{query} answered {response.status}: {body[:400]!r}")
        if "search" in query and json.loads(body)["total"] != count:
            raise BenchError(f"{count:,} lines have the word, and {body[:200]!r}")
        if "tail" in query and f"line {lines} " not in body.decode():
            raise BenchError("the last lines are not there")
        rows.append((f"call: {name}", CALLS, median(took), percentile(took, 0.95), "ms", None))
    return rows
