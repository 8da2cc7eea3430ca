"""Graphs of runs over HTTP: laid out and drawn by the server."""

import json
import shutil
import time
from datetime import date, timedelta
from http.client import HTTPConnection
from pathlib import Path
from statistics import median

from .api import Service, percentile, serving
from .measure import BenchError
from .report import Table
from .setting import Setting, say

LAYERS = 10
# Days of the uppermost layer; each layer below has one more.
SIZES = {"1,000": 96, "5,000": 496, "10,000": 996}
CALLS = 300
GOALS = {
    ("1,000", "none"): "p99 ≤ 60 (aim 20)",
    ("10,000", "auto"): "p99 ≤ 60 (aim 20)",
}


def graphs(setting: Setting) -> Table:
    """Runs that wait for inputs which nobody makes, so that all of their jobs are there."""
    table = Table(
        "Pipelines: the graph of a run (SQLite, keep-alive, one caller)",
        ("jobs", "collapse", "as", "boxes", "edges", "KiB", "calls", "p50 ms", "p99 ms", "goal"),
        notes=[
            "Layers of days, of which each needs two days of the layer below. The layout alone:"
            " `cargo test --release --lib graph::layout::tests::speed -- --ignored --nocapture`."
        ],
    )
    for name, days in SIZES.items():
        say(f"graphs of a run of {name} jobs")
        with serving(setting, settings(setting)) as service:
            run = start(service, days)
            connection = service.connect()
            for collapse in ("auto", "none"):
                for kind in ("application/json", "image/svg+xml"):
                    path = f"/v1/runs/{run}/graph?collapse={collapse}"
                    table.rows.append(one(connection, path, kind, name, collapse))
            connection.close()
    return table


def one(
    connection: HTTPConnection, path: str, kind: str, name: str, collapse: str
) -> tuple[object, ...]:
    graph = json.loads(answer(connection, path, "application/json")[1])
    took = [answer(connection, path, kind)[0] for _ in range(CALLS)]
    size = len(answer(connection, path, kind)[1])
    return (
        name,
        collapse,
        kind.rpartition("/")[2],
        len(graph["nodes"]),
        len(graph["edges"]),
        size / 1024,
        CALLS,
        median(took),
        percentile(took, 0.99),
        GOALS.get((name, collapse)),
    )


def answer(connection: HTTPConnection, path: str, kind: str) -> tuple[float, bytes]:
    """Without the time that Python takes to read what is in it."""
    began = time.perf_counter()
    connection.request("GET", path, headers={"Accept": kind})
    response = connection.getresponse()
    body = response.read()
    took = (time.perf_counter() - began) * 1e3
    if response.status != 200:
        raise BenchError(f"{path} answered {response.status}: {body[:400]!r}")
    return took, body


def settings(setting: Setting) -> Path:
    """A project with an empty database."""
    directory = setting.work / "pipelines_graphs"
    shutil.rmtree(directory, ignore_errors=True)
    directory.mkdir(parents=True)
    tasks = ["  layer_0: {outputs: ['out/{day}'], wait: {poll: 60s}}"]
    for layer in range(1, LAYERS):
        need = f"{{task: layer_{layer - 1}, day: '{{day-1d}}..{{day}}'}}"
        tasks.append(f"  layer_{layer}: {{requires: [{need}], run: 'true'}}")
    lines = ["project: graphs", "params: {day: {type: date}}", "tasks:", *tasks]
    (directory / "project.yaml").write_text("\n".join(lines) + "\n", encoding="utf-8")
    text = {
        "database": {"url": f"sqlite://{directory / 'state.db'}"},
        "pipelines": {"projects": [{"path": str(directory / "project.yaml")}]},
        "log": {"level": "warn"},
    }
    # JSON is YAML.
    (directory / "default.yaml").write_text(json.dumps(text), encoding="utf-8")
    return directory


def start(service: Service, days: int) -> str:
    first = date(2020, 1, 1)
    last = first + timedelta(days=days - 1)
    target = {"task": f"layer_{LAYERS - 1}", "params": {"day": f"{first}..{last}"}}
    connection = service.connect()
    body = json.dumps({"targets": [target]})
    headers = {"Content-Type": "application/json"}
    connection.request("POST", "/v1/projects/graphs/runs", body, headers)
    response = connection.getresponse()
    stored = json.loads(response.read())
    connection.close()
    if response.status != 202:
        raise BenchError(f"a run was not started: {response.status}: {stored}")
    return str(stored["id"])
