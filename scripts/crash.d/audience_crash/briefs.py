"""Servers killed at random moments while a brief is collected and exported."""

import json
import random
import shutil
import subprocess
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from audience_bench.api import free_port
from audience_bench.engines import Engine
from audience_bench.kafka import Broker
from audience_bench.measure import BenchError
from audience_bench.platforms import NAMES, SECRETS, Fixture
from audience_bench.report import Table
from audience_bench.setting import Setting, say

from .archive import contents
from .http import call, download
from .ready import wait_until_ready

NAME = "briefs"
PREFIX = "crash_"
KEYWORDS = ["防晒霜", "面膜 敏感肌|油皮 -广告", "香水"]
RANGE = {"start_time": "2026-11-01 00:00:00", "end_time": "2026-11-27 23:59:59"}
ARTICLES = 600
LUCK = ("--latency", "0.05", "--error", "0.05")
KILLS_OF_A_BRIEF_MAX = 8
PATIENCE_S = 900
# Of the kills, so many hit a server that is just getting ready, the others one that has been at it for
# up to this share of what an undisturbed brief takes, mostly for less: pages are short.
EARLY = 0.3
EARLY_S = 0.15
LATE = 0.5
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
    files: int = 0
    differing: int = 0
    stages: Counter[str] = field(default_factory=Counter)
    took_s: float = 0.0

    def row(self, engine: str, way: str) -> tuple[object, ...]:
        stages = ", ".join(f"{name} {count}" for name, count in sorted(self.stages.items()))
        return (engine, way, self.kills, self.briefs, self.lost, self.doubled, self.figures,
                self.files, self.differing, stages, round(self.took_s))  # fmt: skip


def new_table(seed: int) -> Table:
    return Table(
        "Kills while briefs are collected and exported",
        ("engine", "through", "kills", "briefs", "rows lost", "rows doubled", "figures that differ",
         "files that differ", "briefs that differ", "killed while", "took s"),
        notes=[
            f"Three keywords on five fixture platforms that fail now and then; seed {seed}. The"
            f" server is killed (SIGKILL) up to {KILLS_OF_A_BRIEF_MAX} times and started again"
            " until the zip can be downloaded. Compared with an undisturbed brief over the same"
            " answers: rows, figures of `spider_progress`, and the files of the zip: workbooks cell by"
            " cell, pictures byte by byte, the figures of the manifest.",
            "Half of the kills hit briefs whose articles go through topics of Apache Kafka.",
        ],
    )  # fmt: skip


@dataclass
class Found:
    """What a brief has come to."""

    rows: Counter[str]
    figures: dict[str, object]
    # By the names of files and of their parts.
    files: dict[str, str]


def kills(
    setting: Setting, engine: Engine, folder: Path | None, number: int, seed: int,
    kafka: Broker | None,
) -> Tally:  # fmt: skip
    fixture = Fixture.of(folder, ARTICLES)
    directory = setting.work / NAME
    directory.mkdir(exist_ok=True)
    chance = random.Random(f"{seed} {engine.name} briefs {'kafka' if kafka else ''}")
    tally = Tally()
    began = time.monotonic()
    course = Course(setting, engine, fixture, directory, kafka, chance, tally)
    expected = course.through(0)
    course.late_s = (time.monotonic() - began) * LATE
    say(f"{engine.name}, {way(kafka)}: undisturbed in {time.monotonic() - began:.1f} s")
    while tally.kills < number:
        found = course.through(min(KILLS_OF_A_BRIEF_MAX, number - tally.kills))
        tally.briefs += 1
        compare(found, expected, tally)
        say(f"{engine.name}, {way(kafka)}: {tally.kills} kills, {tally.briefs} briefs")
    engine.drop_output(NAME)
    tally.took_s = time.monotonic() - began
    return tally


def topics() -> list[str]:
    return [f"{PREFIX}{name}" for name in NAMES]


def way(kafka: Broker | None) -> str:
    return "Kafka" if kafka else "the process"


@dataclass
class Course:
    """Briefs one after another, over the same answers."""

    setting: Setting
    engine: Engine
    fixture: Fixture
    directory: Path
    kafka: Broker | None
    chance: random.Random
    tally: Tally
    late_s: float = 0.0

    def through(self, most: int) -> Found:
        """A brief, killed so often, and what it has come to."""
        with self.fixture.serving(*LUCK) as at:
            adapters = self.fixture.adapters(at.port, self.directory / "adapters")
            run = Run(self, self.engine.fresh_output(NAME), adapters)
            run.submit(self.late_s * self.chance.random() ** 2 if most else 0)
            for _ in range(most):
                run.killed()
                self.tally.kills += 1
                self.tally.stages[self.stage()] += 1
            figures, files = run.finished()
        rows: Counter[str] = Counter()
        for name in NAMES:
            printed = self.engine.rows(NAME, f"SELECT {COLUMNS} FROM brief_{name}")
            rows += Counter(f"{name} {line}" for line in printed.splitlines())
        return Found(rows, figures, files)

    def stage(self) -> str:
        """What the server was at that has just been killed."""
        states = "SELECT state FROM audience_step ORDER BY no"
        match self.engine.rows(NAME, states).split():
            case ["completed", "completed"]:
                return "ended"
            case ["completed", _]:
                return "exporting"
            case [_, _]:
                return "collecting"
            case _:
                return "planning"


class Run:
    """One brief and the server that is killed meanwhile."""

    def __init__(self, course: Course, output: str, adapters: Path) -> None:
        self.setting, self.chance, self.late_s = course.setting, course.chance, course.late_s
        self.port = free_port()
        self.job = ""
        exports = course.directory / "exports"
        shutil.rmtree(exports, ignore_errors=True)
        section: dict[str, object] = {
            "adapters": str(adapters), "private_hosts": ["127.0.0.1"], "exports": str(exports),
        }  # fmt: skip
        settings: dict[str, object] = {
            "database": {"url": output},
            "briefs": section,
            "runtime": {"lease_ms": 2000, "rescue_every_ms": 100},
            "log": {"level": "warn"},
        }  # fmt: skip
        if course.kafka:
            section["topic_prefix"] = PREFIX
            settings["mq_conf"] = {"bootstrap_servers": [course.kafka.servers]}
        self.settings = course.directory / "settings.yaml"
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

    def submit(self, then_s: float) -> None:
        """Submits it, and kills the server some time later."""
        with self.server() as process:
            wait_until_ready(process, self.port, PATIENCE_S)
            body: dict[str, object] = {"brief": {"keywords": KEYWORDS, **RANGE}}
            self.job = str(call(self.port, "POST", "/v1/jobs", body)["id"])
            time.sleep(then_s)

    def killed(self) -> None:
        is_early = self.chance.random() < EARLY
        with self.server() as process:
            if is_early:
                time.sleep(self.chance.uniform(0, EARLY_S))
            else:
                wait_until_ready(process, self.port, PATIENCE_S)
                time.sleep(self.late_s * self.chance.random() ** 2)

    def finished(self) -> tuple[dict[str, object], dict[str, str]]:
        """The figures, and what the zip holds."""
        brief = f"/v1/briefs/{self.job}"
        with self.server() as process:
            wait_until_ready(process, self.port, PATIENCE_S)
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
            zipped = download(self.port, f"{brief}/export")
        return figures, contents(zipped, self.job)


def compare(found: Found, expected: Found, tally: Tally) -> None:
    lost = (expected.rows - found.rows).total()
    doubled = (found.rows - expected.rows).total()
    figures = [name for name in found.figures if found.figures[name] != expected.figures[name]]
    names = found.files.keys() | expected.files.keys()
    files = sorted(name for name in names if found.files.get(name) != expected.files.get(name))
    tally.lost += lost
    tally.doubled += doubled
    tally.figures += len(figures)
    tally.files += len(files)
    if lost or doubled or figures or files:
        tally.differing += 1
        differing = ", ".join(
            f"{name}: {found.figures[name]} instead of {expected.figures[name]}" for name in figures
        )
        say(f"DIFFERS: {lost} rows lost, {doubled} others; {differing}; {', '.join(files)}")
