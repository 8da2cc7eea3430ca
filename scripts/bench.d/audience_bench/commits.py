"""The floor of everything that has to survive: how often a second the database itself commits."""

import sqlite3
import tempfile
import time
from pathlib import Path

from .engines import Engine, Postgres, Sqlite, text
from .measure import BenchError

SECONDS = 3
# About what one task leaves behind.
ROW = "x" * 500
NAME = "commits"


def commits_per_s(engine: Engine, clients: int) -> float:
    """Transactions of one small row each, flushed to the disk."""
    try:
        engine.fresh_output(NAME)
        if isinstance(engine, Sqlite):
            return of_sqlite(engine.output_path(NAME))
        if isinstance(engine, Postgres):
            return of_postgres(engine, clients)
    finally:
        engine.drop_output(NAME)
    raise BenchError(f"no floor for {engine.name}")


def of_sqlite(path: Path) -> float:
    """One connection: SQLite has one writer."""
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("CREATE TABLE floor (body TEXT)")
    commits, began = 0, time.perf_counter()
    while (took := time.perf_counter() - began) < SECONDS:
        connection.execute("INSERT INTO floor VALUES (?)", (ROW,))
        commits += 1
    connection.close()
    return commits / took


def of_postgres(engine: Postgres, clients: int) -> float:
    """As many connections as there are clients: their commits share flushes."""
    database = f"output_{NAME}"
    text([*engine.psql(database), "-c", "CREATE TABLE floor (body text)"])
    program = max(Path("/usr/lib/postgresql").glob("*/bin/pgbench"), key=version_of)
    with tempfile.NamedTemporaryFile("w", prefix="audience-bench-") as script:
        script.write(f"INSERT INTO floor VALUES ('{ROW}');\n")
        script.flush()
        told = text(
            [
                str(program), "-h", engine.sockets, "-p", engine.port, "-U", "postgres", "-n",
                "-M", "prepared", "-c", str(clients), "-j", "1", "-T", str(SECONDS),
                "-f", script.name, database,
            ]
        )  # fmt: skip
    found = next(line for line in told.splitlines() if line.startswith("tps = "))
    return float(found.split()[2])


def version_of(program: Path) -> int:
    return int(program.parts[-3])
