"""A part of `dispatch`: one worker of the package in `python/`, whose tasks take no time."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from .measure import BenchError
from .report import Table

# Services: one whose tasks are sent, one whose tasks are leased over HTTP.
SENT, LEASED = "worked", "leased"
LEAVES_S = 60


def table() -> Table:
    return Table(
        "One worker in Python, with tasks that take no time",
        ("tasks and reports", "engine", "count", "tasks/s", "goal", "leaves within s", "goal s"),
        notes=[
            "The package of `python/`, one task at a time, on the cores of server, database and"
            " broker. The tasks wait when it starts; tasks/s from the first end to the last.",
            "Leaves: from SIGTERM, without a task, to the end of the process.",
        ],
    )


def work_off(
    repository: Path, packages: Path | None, log: Path, arguments: Sequence[str], count: int,
    ends: Callable[[], list[int]],
) -> tuple[float, float]:  # fmt: skip
    """Lets a worker do all tasks that wait, and leave: tasks a second, and seconds."""
    before = len(ends())
    with worker(repository, packages, log, arguments) as process:
        until = time.monotonic() + LEAVES_S + count / 10
        while len(found := ends()) < before + count:
            if time.monotonic() > until or process.poll() is not None:
                raise BenchError(f"{len(found) - before:,} of {count:,} tasks ended: {log}")
            time.sleep(0.2)
        asked = time.monotonic()
        process.terminate()
        if process.wait(LEAVES_S):
            raise BenchError(f"a worker failed: {log.read_text()[-1000:]}")
        left_s = time.monotonic() - asked
    found = sorted(found)[before:]
    return (count - 1) / max((found[-1] - found[0]) / 1e6, 1e-6), left_s


@contextmanager
def worker(
    repository: Path, packages: Path | None, log: Path, arguments: Sequence[str]
) -> Iterator[subprocess.Popen[bytes]]:
    paths = [str(repository / "python/src"), *([str(packages)] if packages else [])]
    kept = {k: v for k, v in os.environ.items() if not k.startswith("AUDIENCE_WORKER_")}
    command = [sys.executable, "-m", "audience_worker", repository / "examples/work.py", *arguments]
    with log.open("wb") as file:
        process = subprocess.Popen(
            command, stdout=file, stderr=file,
            env=kept | {"PYTHONPATH": os.pathsep.join(paths)},
        )  # fmt: skip
    try:
        yield process
    finally:
        process.kill()
        process.wait()
