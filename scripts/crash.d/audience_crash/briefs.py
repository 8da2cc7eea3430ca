"""Servers killed at random moments while a brief is collected and exported."""

import http.client
import json
import random
import shutil
import subprocess
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from audience_bench.api import free_port, is_ready
from audience_bench.engines import Engine
from audience_bench.measure import BenchError
from audience_bench.platforms import NAMES, SECRETS, Fixture
from audience_bench.report import Table
from audience_bench.setting import Setting, say

from .http import call

NAME = "briefs"
KEYWORDS = ["防晒霜", "面膜 敏感肌|油皮 -广告", "香水"]
RANGE = {"start_time": "2026-11-01 00:00:00", "end_time": "2026-11-27 23:59:59"}
LUCK = ("--articles", "600", "--latency", "0.05", "--error", "0.05")
KILLS_OF_A_BRIEF_MAX = 8
PATIENCE_S = 180
# Of the kills, so many hit a server that is just getting ready.
EARLY = 0.3
EARLY_S = 0.15
LATE_S = 1.5
# What does not depend on when a row was stored.
COLUMNS = (
    "article_id, keyword, url, title, content, post_time, interraction, user_id, user_name, topics"
)
# A page may be asked for again; what it holds counts once.
FIGURES = ("stored", "duplicate", "filtered", "out_of_range", "rejected", "received", "failed")


@dataclass
class Tally:
    kills: int = 0
    briefs: int = 0
    lost: int = 0
    doubled: int = 0
    figures: int = 0
    zips: int = 0
    differing: int = 0
    took_s: float = 0.0

    def row(self, engine: str) -> tuple[object, ...]:
        return (engine, self.kills, self.briefs, self.lost, self.doubled, self.figures,
                self.zips, self.differing, round(self.took_s))  # fmt: skip


def new_table(seed: int) -> Table:
    return Table(
        "Kills while briefs are collected and exported",
        ("engine", "kills", "briefs", "rows lost", "rows doubled", "figures that differ",
         "zips that differ", "briefs that differ", "took s"),
        notes=[
            f"Three keywords on five fixture platforms that fail now and then; seed {seed}. The"
            f" server is killed (SIGKILL) up to {KILLS_OF_A_BRIEF_MAX} times and started again"
            " until the zip can be downloaded. Compared with an undisturbed brief over the same"
            " answers: rows, figures of `spider_progress`, and the rows in the zip's manifest.",
        ],
    )  # fmt: skip


@dataclass
class Found:
    """What a brief has come to."""

    rows: Counter[str]
    figures: dict[str, object]
    zip_figures: object


def kills(
    setting: Setting, engine: Engine, folder: Path | None, number: int, seed: int
) -> Tally:
    fixture = Fixture.of(folder)
    directory = setting.work / NAME
    directory.mkdir(exist_ok=True)
    chance = random.Random(f"{seed} {engine.name} briefs")
    tally = Tally()
    began = time.monotonic()
    expected = through(setting, engine, fixture, directory, 0, chance, tally)
    while tally.kills < number:
        most = min(KILLS_OF_A_BRIEF_MAX, number - tally.kills)
        found = through(setting, engine, fixture, directory, most, chance, tally)
        tally.briefs += 1
        compare(found, expected, tally)
    engine.drop_output(NAME)
    tally.took_s = time.monotonic() - began
    return tally


def through(
    setting: Setting, engine: Engine, fixture: Fixture, directory: Path, most: int,
    chance: random.Random, tally: Tally,
) -> Found:  # fmt: skip
    """A brief, killed so often, and what it has come to."""
    with fixture.serving(*LUCK) as at:
        adapters = fixture.adapters(at.port, directory / "adapters")
        run = Run(setting, directory, engine.fresh_output(NAME), adapters, chance)
        run.submit()
        for _ in range(most):
            run.killed()
            tally.kills += 1
        figures, manifest = run.finished()
    rows: Counter[str] = Counter()
    for name in NAMES:
        printed = engine.rows(NAME, f"SELECT {COLUMNS} FROM brief_{name}")
        rows += Counter(f"{name} {line}" for line in printed.splitlines())
    return Found(rows, figures, manifest)


class Run:
    """One brief and the server that is killed meanwhile."""

    def __init__(
        self, setting: Setting, directory: Path, output: str, adapters: Path, chance: random.Random
    ) -> None:
        self.setting = setting
        self.chance = chance
        self.port = free_port()
        self.job = ""
        exports = directory / "exports"
        shutil.rmtree(exports, ignore_errors=True)
        settings = {
            "database": {"url": output},
            "briefs": {
                "adapters": str(adapters), "private_hosts": ["127.0.0.1"], "exports": str(exports),
            },
            "runtime": {"lease_ms": 2000, "rescue_every_ms": 100},
            "log": {"level": "warn"},
        }  # fmt: skip
        self.settings = directory / "settings.yaml"
        self.settings.write_text(json.dumps(settings), encoding="utf-8")

    @contextmanager
    def server(self) -> Iterator[subprocess.Popen[bytes]]:
        command = [
            str(self.setting.binary), "serve", "--settings", str(self.settings),
            "--bind", f"127.0.0.1:{self.port}",
        ]  # fmt: skip
        with (self.setting.work / "program.log").open("ab") as log:
            process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=log,
                env=self.setting.environment | SECRETS,
            )  # fmt: skip
        try:
            yield process
        finally:
            process.kill()
            process.wait()

    def wait_until_ready(self, process: subprocess.Popen[bytes]) -> None:
        began = time.monotonic()
        while not is_ready(self.port):
            if process.poll() is not None or time.monotonic() - began > PATIENCE_S:
                raise BenchError("the server does not get ready; see program.log")
            time.sleep(0.01)

    def submit(self) -> None:
        with self.server() as process:
            self.wait_until_ready(process)
            body: dict[str, object] = {"brief": {"keywords": KEYWORDS, **RANGE}}
            self.job = str(call(self.port, "POST", "/v1/jobs", body)["id"])
            time.sleep(self.chance.uniform(0, LATE_S))

    def killed(self) -> None:
        is_early = self.chance.random() < EARLY
        with self.server() as process:
            if is_early:
                time.sleep(self.chance.uniform(0, EARLY_S))
            else:
                self.wait_until_ready(process)
                time.sleep(self.chance.uniform(0, LATE_S))

    def finished(self) -> tuple[dict[str, object], object]:
        """The figures, and those of the zip."""
        brief = f"/v1/briefs/{self.job}"
        with self.server() as process:
            self.wait_until_ready(process)
            began = time.monotonic()
            while True:
                view = call(self.port, "GET", brief)
                if view["status"] == "finished":
                    break
                is_over = view["status"] in ("partial", "failed", "canceled")
                if is_over or time.monotonic() - began > PATIENCE_S:
                    raise BenchError(f"the brief is {view['status']}: {view['message']}")
                time.sleep(0.05)
            progress = call(self.port, "GET", f"{brief}/progress")
            figures = {name: progress[name] for name in FIGURES}
            figures |= {name: view[name] for name in ("article_count", "account_count")}
            try:
                manifest = call(self.port, "GET", f"{brief}/export?file=manifest.json")
            except http.client.HTTPException as error:
                raise BenchError(f"the zip cannot be read: {error}") from error
        return figures, manifest.get("figures")


def compare(found: Found, expected: Found, tally: Tally) -> None:
    lost = (expected.rows - found.rows).total()
    doubled = (found.rows - expected.rows).total()
    figures = [name for name in found.figures if found.figures[name] != expected.figures[name]]
    is_other_zip = found.zip_figures != expected.zip_figures
    tally.lost += lost
    tally.doubled += doubled
    tally.figures += len(figures)
    tally.zips += is_other_zip
    if lost or doubled or figures or is_other_zip:
        tally.differing += 1
        differing = ", ".join(
            f"{name}: {found.figures[name]} instead of {expected.figures[name]}" for name in figures
        )
        say(f"DIFFERS: {lost} rows lost, {doubled} others; {differing}; zip: {is_other_zip}")
