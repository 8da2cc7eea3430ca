"""The command line of `scripts/soak`: one run a system, and the tables that come of them."""

import argparse
import json
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from audience_bench.api import Service, serving
from audience_bench.command_line import prepared, words
from audience_bench.engines import remove
from audience_bench.measure import BenchError
from audience_bench.report import Table, facts, machine
from audience_bench.setting import Setting, say

from .samples import Databases, Sample, sample, slope
from .systems import SYSTEMS, System, write_settings

TASKS = 2_000
PATIENCE_S = 300
LOOK_S = 0.05


def setting_of(text: str) -> tuple[str, object]:
    key, separator, value = text.partition("=")
    if not separator:
        raise argparse.ArgumentTypeError(f"{text}: expected key=value")
    try:
        return key, json.loads(value)
    except ValueError:
        return key, value


def parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="scripts/soak")
    add = parser.add_argument
    add("--tasks", type=int, default=TASKS, help="of each system")
    add("--systems", type=words(tuple(SYSTEMS)), default=list(SYSTEMS), help="of " + ",".join(SYSTEMS))
    add("--rate", type=float, help="tasks a second [default: as fast as they end]")
    add("--at-once", type=int, default=32, help="tasks in flight at most")
    add("--sample-count", type=int, default=40, help="of a system")
    add("--samples", action="store_true", help="show each sample, too")
    add("--warm-up", type=float, default=0.3, help="share of the tasks that the slopes leave out")
    add("--rest-s", type=float, default=0, help="to wait before the last sample")
    add("--set", type=setting_of, action="append", default=[], metavar="KEY=VALUE",
        help="a setting of the server, such as retention.history_days=0")  # fmt: skip
    temporary = Path(tempfile.gettempdir())
    add("--work", type=Path, default=temporary / "audience-soak", help="where everything is kept")
    add("--binary", type=Path, help="the program [default: the release build, made if missing]")
    return parser


def main(repository: Path) -> int:
    options = parser().parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("scripts/soak: ended by SIGTERM"))
    try:
        setting = prepared(repository, options)
        tables = run_all(setting, options)
    except (BenchError, OSError, subprocess.CalledProcessError) as error:
        print(f"scripts/soak: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    print(facts(machine(repository)))
    for table in tables:
        print(table.markdown())
    return 0


def run_all(setting: Setting, options: argparse.Namespace) -> list[Table]:
    slopes = Table(
        "Growth with the number of tasks",
        ("system", "tasks", "tasks/s", "RSS MiB after warm-up", "last", "B/task", "anonymous MiB",
         "last", "B/task", "engine MiB", "last", "B/task", "file MiB", "output B/task"),
        notes=[
            f"B/task: slope over the samples after the first {options.warm_up:.0%} of the tasks."
            " Engine: pages in use of the engine's database, and the size of its file with its log."
            " Output: what tasks published, which is never dropped.",
        ],
    )  # fmt: skip
    rows = Table("Rows", ("system", "table", "after warm-up", "last", "rows/task"))
    each = Table(
        "Samples",
        ("system", "at s", "tasks", "RSS MiB", "anonymous", "threads", "engine MiB", "output"),
    )
    for name in options.systems:
        samples = soak(setting, SYSTEMS[name](setting), options)
        begin = samples[0].tasks + options.warm_up * (samples[-1].tasks - samples[0].tasks)
        steady = [one for one in samples if one.tasks >= begin]
        slopes.rows.append(growth(name, steady))
        for table in sorted({table for one in steady for table in one.rows}):
            counts = [one.rows.get(table, 0) for one in (steady[0], steady[-1])]
            rate = slope(steady, lambda one, table=table: one.rows.get(table, 0))
            rows.rows.append((name, table, *counts, rate))
        each.rows += [
            (name, round(one.at_s), one.tasks, mib(one.rss), mib(one.anonymous), one.threads,
             mib(one.engine), mib(one.output)) for one in samples
        ]  # fmt: skip
    return [slopes, rows] + ([each] if options.samples else [])


def growth(name: str, steady: list[Sample]) -> tuple[object, ...]:
    first, last = steady[0], steady[-1]
    rate = (last.tasks - first.tasks) / max(last.at_s - first.at_s, 1e-9)
    row: list[object] = [name, last.tasks, rate]
    for value in ("rss", "anonymous", "engine"):
        row += [mib(getattr(first, value)), mib(getattr(last, value))]
        row.append(slope(steady, lambda one, value=value: getattr(one, value)))
    return (*row, mib(last.engine_file), slope(steady, lambda one: one.output))


def mib(size: int) -> float:
    return size / 1024**2


def soak(setting: Setting, system: System, options: argparse.Namespace) -> list[Sample]:
    say(f"{options.tasks:,} tasks of {system.name}")
    directory = setting.work / "databases"
    directory.mkdir(exist_ok=True)
    databases = Databases(directory / f"{system.name}.db", directory / f"{system.name}_out.db")
    for path in (databases.engine, databases.output):
        remove(path)
    settings = setting.work / f"settings_{system.name}"
    write_settings(settings, system, databases.engine, databases.output, dict(options.set))
    with serving(setting, settings) as service:
        system.begin(service)
        try:
            return run(service, system, databases, options)
        finally:
            system.end()


def run(
    service: Service, system: System, databases: Databases, options: argparse.Namespace
) -> list[Sample]:
    """Keeps tasks in flight until all have been submitted, and waits for the last of them."""
    connection, began = service.connect(), time.monotonic()
    samples, submitted, moved_at, unfinished = [], 0, began, 0
    every = max(1, options.tasks // options.sample_count)
    while submitted < options.tasks or unfinished:
        due = options.tasks
        if options.rate:
            due = min(due, int((time.monotonic() - began) * options.rate))
        room = min(options.at_once - unfinished, due - submitted)
        for _ in range(room):
            system.submit(connection, submitted)
            submitted += 1
        ended_before = submitted - max(room, 0) - unfinished
        time.sleep(LOOK_S)
        unfinished = databases.unfinished()
        ended = submitted - unfinished
        if ended > ended_before:
            moved_at = time.monotonic()
        elif unfinished and time.monotonic() > moved_at + PATIENCE_S:
            raise BenchError(f"{unfinished} tasks do not end")
        if not samples or ended >= samples[-1].tasks + every:
            samples.append(sample(service, databases, began, ended))
    time.sleep(options.rest_s)
    samples.append(sample(service, databases, began, submitted))
    connection.close()
    return samples
