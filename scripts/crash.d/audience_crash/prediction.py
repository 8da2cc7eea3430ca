"""Imports and scrapes, killed at random moments until they are through."""

import http.server
import json
import random
import subprocess
import threading
import time
import uuid
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar
from urllib.parse import parse_qs, urlsplit

from audience_bench.engines import Engine
from audience_bench.measure import BenchError
from audience_bench.report import Table
from audience_bench.setting import Setting, say

from .left import OF_ANY_JOB, compare_rows

NAME = "prediction"
KILLS_OF_A_RUN_MAX = 8
PATIENCE_S = 180
# Of the kills, so many hit a process that has just been started.
EARLY = 0.3
EARLY_S = 0.12

IMPORTED_ROWS = 20_000
PAGES, ROWS_OF_A_PAGE = 20, 200
DAY = "2026-11-21"

MAPPING = """\
import: crash
tables:
  - into: sales
    start: 店舗
    columns:
      shop: {from: 店舗}
      amount: {from: 売上高（千円）, type: integer}
    key: [shop]
"""

SCRAPE = """\
scrape: crash
request: {{url: "http://127.0.0.1:{port}/obs?day={{day}}&page={{page}}"}}
pages: {{from: 1, max: 100}}
polite: {{delay_ms: 0}}
extract:
  html:
    rows: "table tr"
    fields: {{station: {{css: td.s}}, temp: {{css: td.t, type: integer}}}}
into: {{table: obs, key: [station]}}
"""


@dataclass
class Tally:
    kills: int = 0
    runs: int = 0
    lost: int = 0
    doubled: int = 0
    halves: int = 0
    differing: int = 0
    took_s: float = 0.0

    def row(self, engine: str, what: str) -> tuple[object, ...]:
        return (engine, what, self.kills, self.runs, self.lost, self.doubled, self.halves,
                self.differing, round(self.took_s))  # fmt: skip


def new_table(seed: int) -> Table:
    return Table(
        "Kills of imports and scrapes",
        ("engine", "what", "kills", "runs", "rows lost", "rows doubled", "halves seen",
         "runs that differ", "took s"),
        notes=[
            f"An import writes {IMPORTED_ROWS:,} rows of a file, a scrape"
            f" {PAGES * ROWS_OF_A_PAGE:,} of {PAGES} pages; seed {seed}. Each is"
            f" killed (SIGKILL) up to {KILLS_OF_A_RUN_MAX} times and started again until it is"
            " through.",
            "Halves: tables that had some of the rows after a kill, not none or all. Runs that"
            " differ: not one job that has succeeded, one import or run that has ended well, no"
            " attempt left open.",
        ],
    )  # fmt: skip


class Job(ABC):
    """A job of one kind, which a command does by itself; started again, it continues."""

    name: ClassVar[str]
    columns: ClassVar[str]
    table: ClassVar[str]
    # What has to be there when it is through, with its count.
    ended: ClassVar[str]

    def __init__(self, setting: Setting, directory: Path) -> None:
        self.setting = setting
        self.directory = directory

    @abstractmethod
    def arguments(self) -> list[str]:
        """Of the program."""

    @abstractmethod
    def expected(self) -> Counter[str]:
        """The rows that have to be in the table, as the database prints them."""

    def begin(self, output: str) -> None:
        settings = {"database": {"url": output}, "log": {"level": "warn"}}
        path = self.directory / "settings.yaml"
        path.write_text(json.dumps(settings), encoding="utf-8")
        self.command = [
            str(self.setting.binary), *self.arguments(), "--settings", str(path),
            "--task-id", uuid.uuid4().hex,
        ]  # fmt: skip

    def spawn(self) -> subprocess.Popen[bytes]:
        with (self.setting.work / "program.log").open("ab") as log:
            return subprocess.Popen(
                self.command, cwd=self.directory, stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL, stderr=log, env=self.setting.environment,
            )  # fmt: skip

    def finish(self) -> None:
        process = self.spawn()
        try:
            code = process.wait(PATIENCE_S)
        except subprocess.TimeoutExpired:
            process.kill()
            raise BenchError(f"{self.name} does not end; see program.log") from None
        if code:
            raise BenchError(f"{self.name} ended with {code}; see program.log")


class Import(Job):
    name = "import"
    columns, table = "shop, amount", "sales"
    ended = "SELECT count(*) FROM audience_import WHERE state = 'imported'"

    def __init__(self, setting: Setting, directory: Path) -> None:
        super().__init__(setting, directory)
        lines = (f"店舗{no:06},{amount(no):,}" for no in range(IMPORTED_ROWS))
        quoted = (line.replace(",", ',"', 1) + '"' for line in lines)
        text = "\n".join(["店舗,売上高（千円）", *quoted]) + "\n"
        (directory / "sales.csv").write_text(text, encoding="cp932")
        (directory / "mapping.yaml").write_text(MAPPING, encoding="utf-8")

    def arguments(self) -> list[str]:
        return ["import", "run", "sales.csv", "--mapping", "mapping.yaml"]

    def expected(self) -> Counter[str]:
        return Counter(f"店舗{no:06}|{1000 * amount(no)}" for no in range(IMPORTED_ROWS))


class Scrape(Job):
    name = "scrape"
    columns, table = "station, temp", "obs"
    ended = "SELECT count(*) FROM audience_scrape_run WHERE state = 'succeeded'"

    def __init__(self, setting: Setting, directory: Path, port: int) -> None:
        super().__init__(setting, directory)
        self.port = port
        text = SCRAPE.format(port=port)
        (directory / "scrape.yaml").write_text(text, encoding="utf-8")

    def arguments(self) -> list[str]:
        host = f"127.0.0.1:{self.port}"
        return ["scrape", "run", "scrape.yaml", "--day", DAY, "--allow-host", host]

    def expected(self) -> Counter[str]:
        stations = range(PAGES * ROWS_OF_A_PAGE)
        return Counter(f"station {no}|{amount(no)}" for no in stations)


def amount(no: int) -> int:
    return no * 37 % 10_007


class Site(http.server.BaseHTTPRequestHandler):
    """Numbered pages; the one behind the last has no rows."""

    def do_GET(self) -> None:
        at = urlsplit(self.path)
        if at.path != "/obs":
            self.send_error(404)
            return
        page = int(parse_qs(at.query)["page"][0])
        first = (page - 1) * ROWS_OF_A_PAGE if page <= PAGES else 0
        count = ROWS_OF_A_PAGE if page <= PAGES else 0
        rows = (
            f'<tr><td class="s">station {no}</td><td class="t">{amount(no)}</td></tr>'
            for no in range(first, first + count)
        )
        body = f"<table>{''.join(rows)}</table>".encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def site() -> Iterator[int]:
    """Serves the pages; the port."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Site)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        server.server_close()


def kills(setting: Setting, engine: Engine, number: int, seed: int) -> Iterator[tuple[str, Tally]]:
    """Imports first, then scrapes; each gets half of the kills."""
    directory = setting.work / NAME
    directory.mkdir(exist_ok=True)
    with site() as port:
        for job in (Import(setting, directory), Scrape(setting, directory, port)):
            chance = random.Random(f"{seed} {engine.name} {job.name}")
            yield job.name, disturbed(engine, job, number // 2, chance)
    engine.drop_output(NAME)


def disturbed(engine: Engine, job: Job, number: int, chance: random.Random) -> Tally:
    tally = Tally()
    began = time.monotonic()
    expected = job.expected()
    job.begin(engine.fresh_output(NAME))
    at = time.monotonic()
    job.finish()
    took_s = time.monotonic() - at
    compare(engine, job, expected, tally)
    if tally.differing:
        raise BenchError(f"an undisturbed {job.name} has other rows than expected")
    say(f"{engine.name}, {job.name}: undisturbed in {took_s:.2f} s")
    while tally.kills < number:
        job.begin(engine.fresh_output(NAME))
        for _ in range(min(KILLS_OF_A_RUN_MAX, number - tally.kills)):
            is_early = chance.random() < EARLY
            process = job.spawn()
            try:
                process.wait(chance.uniform(0, EARLY_S if is_early else 1.1 * took_s))
                break
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
            tally.kills += 1
            if rows(engine, job).total() not in (0, expected.total()):
                tally.halves += 1
                say(f"HALF: {job.name} of {engine.name}")
        job.finish()
        tally.runs += 1
        compare(engine, job, expected, tally)
    tally.took_s = time.monotonic() - began
    return tally


def rows(engine: Engine, job: Job) -> Counter[str]:
    """What is in the table, if it is there."""
    try:
        printed = engine.rows(NAME, f"SELECT {job.columns} FROM {job.table}")
    except BenchError:
        return Counter()
    return Counter(line.replace("\t", "|") for line in printed.splitlines())


LEFT = OF_ANY_JOB | {"jobs": ("SELECT count(*) FROM audience_job", "1")}


def compare(engine: Engine, job: Job, expected: Counter[str], tally: Tally) -> None:
    found = rows(engine, job)
    counts = LEFT | {"ended well": (job.ended, "1")}
    compare_rows(found, expected, tally, engine, NAME, counts)
