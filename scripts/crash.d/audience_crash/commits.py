"""Commits that fail while a task is labelled: on a disk that fills up and is emptied again, and on
servers that end the sessions of the program."""

import random
import subprocess
import time
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from audience_bench.engines import Engine, Sqlite
from audience_bench.measure import BenchError
from audience_bench.report import Table
from audience_bench.setting import Setting, say

from .runs import PATIENCE_S, POLL_S, Run
from .snapshot import Snapshot, one

# What a disk has room for; what a task leaves is smaller.
DISK = "96m"
LONGEST_S = 0.4
# A task that is not through after so many failures is left alone to finish.
FAILURES_OF_A_TASK_MAX = 8


@dataclass
class Tally:
    failures: int = 0
    tasks: int = 0
    lost: int = 0
    doubled: int = 0
    differing: int = 0
    took_s: float = 0.0

    def row(self, engine: str, how: str) -> tuple[object, ...]:
        return (engine, how, self.failures, self.tasks, self.lost, self.doubled, self.differing,
                round(self.took_s))  # fmt: skip


def new_table(seed: int, rows: int) -> Table:
    return Table(
        "Commits that fail",
        ("engine", "program", "failures", "tasks", "rows lost", "rows doubled",
         "tasks that differ", "took s"),
        notes=[
            f"Each task labels {rows:,} rows; seed {seed}. SQLite is on a disk that is full for up"
            f" to {LONGEST_S:g} s at a time; servers end all sessions at such moments. Compared as"
            " above.",
        ],
    )  # fmt: skip


class Trouble(ABC):
    """What makes the commits of an output fail for a while."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine

    @abstractmethod
    def lasts(self, output: str, seconds: float) -> None: ...


class FullDisk(Trouble):
    def __init__(self, engine: Engine, disk: Path) -> None:
        super().__init__(engine)
        self.filler = disk / "filler"

    def lasts(self, output: str, seconds: float) -> None:
        with suppress(OSError), self.filler.open("wb", buffering=0) as filler:
            while True:
                filler.write(bytes(1 << 12))
        time.sleep(seconds)
        self.filler.unlink()


class EndedSessions(Trouble):
    SESSIONS = {
        "postgres": "SELECT pid FROM pg_stat_activity"
        " WHERE datname = current_database() AND pid <> pg_backend_pid()",
        "mariadb": "SELECT id FROM information_schema.processlist"
        " WHERE db = database() AND id <> connection_id()",
    }
    END = {"postgres": "SELECT pg_terminate_backend({})", "mariadb": "KILL {}"}

    def lasts(self, output: str, seconds: float) -> None:
        until = time.monotonic() + seconds
        while True:
            for session in self.engine.rows(output, self.SESSIONS[self.engine.name]).split():
                # It may have ended by itself.
                with suppress(BenchError):
                    self.engine.rows(output, self.END[self.engine.name].format(session))
            if time.monotonic() > until:
                return


@contextmanager
def trouble(setting: Setting, engine: Engine) -> Iterator[Trouble | None]:
    """`None`: only root may mount a small disk."""
    if engine.name != "sqlite":
        yield EndedSessions(engine)
        return
    disk = setting.work / "disk"
    disk.mkdir(exist_ok=True)
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={DISK}", "tmpfs", str(disk)])
    if mounted.returncode:
        say("sqlite: commits do not fail, for this user may not mount a small disk")
        yield None
        return
    try:
        yield FullDisk(Sqlite(disk), disk)
    finally:
        subprocess.run(["umount", "-l", str(disk)], check=True)


def failing_commits(
    on: Trouble, run: Run, count: int, expected: tuple[float, Snapshot], chance: random.Random
) -> Tally:
    tally = Tally()
    began = time.monotonic()
    engine = on.engine
    undisturbed_s, snapshot = expected
    while tally.failures < count:
        run.begin(engine.fresh_output(run.output))
        run.start_it()
        failures = 0
        try:
            while not is_up(engine, run.output):
                if run.is_through_before(time.monotonic() + POLL_S):
                    break
            while failures < min(FAILURES_OF_A_TASK_MAX, count - tally.failures):
                if run.is_through_before(time.monotonic() + chance.uniform(0, undisturbed_s / 2)):
                    break
                on.lasts(run.output, chance.uniform(0, LONGEST_S))
                failures += 1
            if not run.is_through_before(time.monotonic() + PATIENCE_S):
                raise BenchError(f"task {run.task} is stuck; see program.log")
        finally:
            run.end()
        tally.failures += failures
        tally.tasks += 1
        compare(Snapshot.of(engine, run.output), snapshot, tally)
    engine.drop_output(run.output)
    tally.took_s = time.monotonic() - began
    return tally


def is_up(engine: Engine, output: str) -> bool:
    """A program that cannot open its database at the start says so and ends."""
    with suppress(BenchError):
        return one(engine, output, "SELECT count(*) FROM audience_job") != "0"
    return False


def compare(found: Snapshot, expected: Snapshot, tally: Tally) -> None:
    lost, doubled = found.missing_of(expected), found.surplus_over(expected)
    tally.lost += lost
    tally.doubled += doubled
    difference = found.difference_from(expected)
    if lost or doubled or difference:
        tally.differing += 1
        say(f"DIFFERS: {lost} rows lost, {doubled} doubled; {difference}")
