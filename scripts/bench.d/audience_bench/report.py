"""Tables for people: text on the terminal and in BENCHMARKS.md."""

import os
import platform
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from unicodedata import east_asian_width


@dataclass
class Table:
    """A table with what there is to say about it."""

    title: str
    columns: Sequence[str]
    rows: list[Sequence[object]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def markdown(self) -> str:
        cells = [[show(cell) for cell in row] for row in (self.columns, *self.rows)]
        widths = [max(map(width, column)) for column in zip(*cells, strict=True)]
        lines = [
            "| " + " | ".join(pad(cell, n) for cell, n in zip(row, widths, strict=True)) + " |"
            for row in cells
        ]
        lines.insert(1, "|" + "|".join("-" * (n + 2) for n in widths) + "|")
        notes = "".join(f"\n- {note}" for note in self.notes)
        return f"## {self.title}\n\n" + "\n".join(lines) + "\n" + (notes + "\n" if notes else "")

    def json(self) -> dict[str, object]:
        rows = [dict(zip(self.columns, row, strict=True)) for row in self.rows]
        return {"title": self.title, "rows": rows, "notes": self.notes}


def show(cell: object) -> str:
    if isinstance(cell, float):
        return f"{cell:.2f}" if abs(cell) < 1000 else f"{cell:,.0f}"
    if isinstance(cell, int) and not isinstance(cell, bool):
        return f"{cell:,}"
    return "–" if cell is None else str(cell)


def width(text: str) -> int:
    return sum(2 if east_asian_width(character) in "WF" else 1 for character in text)


def pad(text: str, to: int) -> str:
    return text + " " * (to - width(text))


def goal(must: str, aim: str) -> str:
    return f"≤ {must} (aim {aim})"


def machine(repository: Path) -> dict[str, str]:
    """What the figures depend on."""
    info = Path("/proc/cpuinfo").read_text().splitlines()
    model = next(
        (line.split(":")[1].strip() for line in info if line.startswith("model name")), "?"
    )
    memory = next(
        int(line.split()[1]) for line in Path("/proc/meminfo").read_text().splitlines()
        if line.startswith("MemTotal")
    )  # fmt: skip
    load = ", ".join(f"{value:.2f}" for value in os.getloadavg())
    return {
        "date": datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC"),
        "commit": git(repository, "rev-parse", "--short=12", "HEAD")
        + (" and what is not committed" if git(repository, "status", "--porcelain") else ""),
        "processor": f"{model}, {len(os.sched_getaffinity(0))} cores",
        "memory": f"{memory / 1024**2:.0f} GiB",
        "kernel": platform.release(),
        "load before (1, 5, 15 min)": load,
    }


def git(repository: Path, *arguments: str) -> str:
    command = ["git", "-C", str(repository), *arguments]
    return subprocess.run(command, capture_output=True, encoding="utf-8").stdout.strip()


NOT_MEASURED = """\
- The content job on the largest corpus, unless it stands above (`--large-jobs author,content`).
- Reading against the direct drivers (rusqlite, tokio-postgres, mysql_async): only against the
  databases' own tools.
- Sources and outputs over a network, and with TLS: the servers are reached over unix sockets.
- A source behind a slow connection.
- More than one job at a time, and more cores than this machine has.
- Other job runners, and the system that this one replaces.
- Memory of the database servers.
- Durable jobs on MariaDB.
- The web pages on PostgreSQL and MariaDB, over a slow line, and in other browsers than chromium.
- Tasks for outside workers on MariaDB, by several processes that share a database, and with a
  broker that is remote, of several machines, or flushes what it acknowledges to a disk.
"""
LAST = "What was not measured"


def facts(about: dict[str, str]) -> str:
    rows = "".join(f"| {name} | {value} |\n" for name, value in about.items())
    return "| | |\n| --- | --- |\n" + rows


def document(about: dict[str, str], tables: Sequence[Table]) -> str:
    """BENCHMARKS.md."""
    return (
        "# Benchmarks\n\nThe last run of `scripts/bench all`, which writes this file. Times depend"
        " on the machine; the ratios\nare measured in pairs, floor and product in turn, and say"
        " more.\n\n" + facts(about) + "\n"
        + "\n".join(table.markdown() for table in tables)
        + f"\n## {LAST}\n\n" + NOT_MEASURED
    )  # fmt: skip


def with_tables(text: str, about: dict[str, str], tables: Sequence[Table]) -> str:
    """The document with these tables in the place of those of the same title, or as its newest."""
    head, *parts = text.split("\n## ")
    sections = {part.partition("\n")[0]: part for part in parts}
    sections.pop(LAST, None)
    note = f"Measured by itself: commit {about['commit']}, {about['date']}."
    for table in tables:
        shown = replace(table, notes=[*table.notes, note]).markdown()
        sections[table.title] = shown.removeprefix("## ")
    sections[LAST] = f"{LAST}\n\n{NOT_MEASURED}"
    return "\n## ".join([head, *sections.values()])
