"""What is sampled of a running `serve`: memory, size of the databases, rows of their tables."""

import sqlite3
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from audience_bench.api import Service


@dataclass
class Databases:
    """The SQLite files of one run: what the engine keeps, and what tasks published."""

    engine: Path
    output: Path

    def unfinished(self) -> int:
        """Tasks that have not ended."""
        return int(self.value("SELECT count(*) FROM audience_job WHERE ended_at IS NULL"))

    def value(self, sql: str) -> object:
        connection = self.connect(self.engine)
        try:
            return connection.execute(sql).fetchone()[0]
        finally:
            connection.close()

    def connect(self, path: Path) -> sqlite3.Connection:
        return sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=30)

    def rows(self) -> dict[str, int]:
        """By table, of those of the program that are not empty."""
        counts = {}
        for path in (self.engine, self.output):
            if not path.exists():
                continue
            connection = self.connect(path)
            tables = "SELECT name FROM sqlite_master WHERE type = 'table'"
            for (table,) in connection.execute(tables).fetchall():
                if table == "state" or table.startswith("audience_"):
                    count = f'SELECT count(*) FROM "{table}"'
                    counts[table] = int(connection.execute(count).fetchone()[0])
            connection.close()
        return {table: count for table, count in sorted(counts.items()) if count}

    def used_bytes(self, path: Path) -> int:
        """Without the pages that are free to be used again."""
        if not path.exists():
            return 0
        connection = self.connect(path)
        pragmas = ("page_count", "freelist_count", "page_size")
        count, free, size = (
            int(connection.execute(f"PRAGMA {pragma}").fetchone()[0]) for pragma in pragmas
        )
        connection.close()
        return (count - free) * size

    def file_bytes(self, path: Path) -> int:
        files = (Path(f"{path}{suffix}") for suffix in ("", "-wal"))
        return sum(file.stat().st_size for file in files if file.exists())


@dataclass
class Sample:
    at_s: float
    tasks: int  # that have ended
    rss: int  # bytes, like all below
    anonymous: int  # what of it no file backs: heap and stacks
    threads: int
    engine: int  # pages in use
    engine_file: int
    output: int
    rows: dict[str, int]


def sample(service: Service, databases: Databases, began: float, tasks: int) -> Sample:
    path = Path(f"/proc/{service.process.pid}/status")
    status = dict(line.split(":", 1) for line in path.read_text().splitlines())

    def kilobytes(name: str) -> int:
        return int(status[name].split()[0]) * 1024

    return Sample(
        time.monotonic() - began, tasks, kilobytes("VmRSS"), kilobytes("RssAnon"),
        int(status["Threads"]), databases.used_bytes(databases.engine),
        databases.file_bytes(databases.engine), databases.used_bytes(databases.output),
        databases.rows(),
    )  # fmt: skip


def slope(samples: Sequence[Sample], value: Callable[[Sample], float]) -> float:
    """Of the straight line that fits best: how much one more task adds."""
    count = len(samples)
    x_mean = sum(one.tasks for one in samples) / count
    y_mean = sum(map(value, samples)) / count
    spread = sum((one.tasks - x_mean) ** 2 for one in samples)
    if not spread:
        return 0.0
    return sum((one.tasks - x_mean) * (value(one) - y_mean) for one in samples) / spread
