"""Servers killed at random moments while models are uploaded, aliases moved and a table scored."""

import http.client
import json
import random
import sqlite3
import subprocess
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from audience_bench.api import free_port
from audience_bench.engines import Engine
from audience_bench.imports import form
from audience_bench.measure import BenchError
from audience_bench.report import Table
from audience_bench.setting import Setting, say

from .http import call
from .left import OF_ANY_JOB, compare_rows
from .ready import wait_until_ready

NAME = "models"
ROWS = 20_000
KILLS_OF_A_RUN_MAX = 8
PATIENCE_S = 180
# Of the kills, so many hit a server that is just getting ready.
EARLY = 0.3
EARLY_S = 0.15
LATE_S = 1.5

# Leaves of -1 (age up to 30), 0.5 (fare up to 50) and 2.
MODEL = """\
tree
version=v4
num_class=1
num_tree_per_iteration=1
label_index=0
max_feature_idx=1
objective=binary sigmoid:1
feature_names=age fare
feature_infos=[0:100] [0:100]

Tree=0
num_leaves=3
num_cat=0
split_feature=0 1
split_gain=1 1
threshold=30 50
decision_type=2 2
left_child=-1 -2
right_child=1 -3
leaf_value=-1 0.5 2
leaf_weight=1 1 1
leaf_count=1 1 1
internal_value=0 0
internal_weight=0 0
internal_count=3 2
is_linear=0
shrinkage=1


end of trees
"""
DESCRIPTION = "{format: lightgbm, task: classification, labels: [stay, leave]}\n"


@dataclass
class Tally:
    kills: int = 0
    runs: int = 0
    lost: int = 0
    doubled: int = 0
    uploads: int = 0
    uploads_lost: int = 0
    moves: int = 0
    wrong_aliases: int = 0
    differing: int = 0
    took_s: float = 0.0

    def row(self, engine: str) -> tuple[object, ...]:
        return (engine, self.kills, self.runs, self.lost, self.doubled, self.uploads,
                self.uploads_lost, self.moves, self.wrong_aliases, self.differing,
                round(self.took_s))  # fmt: skip


def new_table(seed: int) -> Table:
    return Table(
        "Kills while models are uploaded, moved and asked",
        ("engine", "kills", "runs", "rows lost", "rows doubled", "uploads answered", "lost of them",
         "moves answered", "aliases that are wrong", "runs that differ", "took s"),
        notes=[
            f"A job scores {ROWS:,} rows by the version that it was submitted with, while others"
            f" are uploaded and the alias moves; seed {seed}. The server is killed (SIGKILL) up to"
            f" {KILLS_OF_A_RUN_MAX} times and started again until the job is through.",
            "An alias is wrong if it points neither to where the last answered move put it nor to"
            " where one that was not answered would have. Runs that differ: not one job that has"
            " succeeded, other answers than expected, a lease or an attempt left open.",
        ],
    )  # fmt: skip


def kills(setting: Setting, engine: Engine, number: int, seed: int) -> Tally:
    directory = setting.work / NAME
    directory.mkdir(exist_ok=True)
    make_customers(directory / "customers.db")
    chance = random.Random(f"{seed} {engine.name} models")
    tally = Tally()
    began = time.monotonic()
    while tally.kills < number:
        most = min(KILLS_OF_A_RUN_MAX, number - tally.kills)
        run = Run(setting, directory, engine.fresh_output(NAME), tally, chance)
        run.through(most)
        tally.runs += 1
        compare(engine, tally)
    engine.drop_output(NAME)
    tally.took_s = time.monotonic() - began
    return tally


def age(no: int) -> int:
    return 20 + no % 30


def fare(no: int) -> int:
    return no * 37 % 100


def prediction(no: int) -> str:
    return "stay" if age(no) <= 30 else "leave"


def make_customers(path: Path) -> None:
    path.unlink(missing_ok=True)
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE customers (id INTEGER PRIMARY KEY, age INTEGER, fare REAL)")
    rows = ((no, age(no), fare(no)) for no in range(ROWS))
    connection.executemany("INSERT INTO customers VALUES (?, ?, ?)", rows)
    connection.commit()
    connection.close()


class Run:
    """One job, and what happens to its model meanwhile."""

    def __init__(
        self, setting: Setting, directory: Path, output: str, tally: Tally, chance: random.Random
    ) -> None:
        self.setting = setting
        self.tally = tally
        self.chance = chance
        self.versions: list[int] = []
        # Where the alias may point to: behind the last answered move come those without an answer.
        self.aliases: list[int] = []
        self.job = ""
        self.port = free_port()
        settings = {
            "database": {"url": output},
            "sources": {"crm": {"url": f"sqlite://{directory / 'customers.db'}"}},
            "predict": {"rows_per_slice": 200},
            "runtime": {"lease_ms": 2000, "rescue_every_ms": 100},
            "log": {"level": "warn"},
        }
        self.settings = directory / "settings.yaml"
        self.settings.write_text(json.dumps(settings), encoding="utf-8")
        (directory / "model.txt").write_text(MODEL, encoding="utf-8")
        (directory / "model.yaml").write_text(DESCRIPTION, encoding="utf-8")
        files = {"file": directory / "model.txt", "model_yaml": directory / "model.yaml"}
        self.package, self.kind = form(files)

    @contextmanager
    def server(self) -> Iterator[subprocess.Popen[bytes]]:
        command = [
            str(self.setting.binary), "serve", "--settings", str(self.settings),
            "--bind", f"127.0.0.1:{self.port}",
        ]  # fmt: skip
        with (self.setting.work / "program.log").open("ab") as log:
            process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=log,
                env=self.setting.environment,
            )  # fmt: skip
        try:
            yield process
        finally:
            process.kill()
            process.wait()

    def through(self, most: int) -> None:
        with self.server() as process:
            wait_until_ready(process, self.port, PATIENCE_S)
            self.upload()
            self.move()
            request: dict[str, object] = {"prediction": {
                "model": "churn", "from": {"source": "crm", "table": "customers"}, "key": "id",
                "into": "churn_scores",
            }}  # fmt: skip
            self.job = str(call(self.port, "POST", "/v1/jobs", request)["id"])
            self.change_until(time.monotonic() + self.chance.uniform(0, LATE_S))
        self.tally.kills += 1
        for _ in range(most - 1):
            is_early = self.chance.random() < EARLY
            with self.server() as process:
                if is_early:
                    time.sleep(self.chance.uniform(0, EARLY_S))
                else:
                    wait_until_ready(process, self.port, PATIENCE_S)
                    self.look()
                    self.change_until(time.monotonic() + self.chance.uniform(0, LATE_S))
            self.tally.kills += 1
        with self.server() as process:
            wait_until_ready(process, self.port, PATIENCE_S)
            self.look()
            self.wait_for_the_job()

    def change_until(self, moment: float) -> None:
        """Uploads and moves; the kill comes in the middle of one of them."""
        killer = subprocess.Popen(["sleep", str(max(moment - time.monotonic(), 0))])
        try:
            while killer.poll() is None:
                if self.chance.random() < 0.4:
                    self.upload()
                else:
                    self.move()
        except (OSError, http.client.HTTPException):
            pass
        finally:
            killer.kill()
            killer.wait()

    def upload(self) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            headers = {"Content-Type": self.kind}
            connection.request("POST", "/v1/models/churn/versions", self.package, headers)
            answer = connection.getresponse()
            text = answer.read()
        finally:
            connection.close()
        if answer.status != 201:
            raise BenchError(f"an upload was answered {answer.status}: {text[:300]!r}")
        self.versions.append(int(json.loads(text)["version"]))
        self.tally.uploads += 1

    def move(self) -> None:
        version = self.chance.choice(self.versions)
        self.aliases.append(version)
        body: dict[str, object] = {"version": version, "unproved": True}
        call(self.port, "PUT", "/v1/models/churn/aliases/champion", body)
        self.aliases = [version]
        self.tally.moves += 1

    def look(self) -> None:
        """What was answered has to be there."""
        path = "/v1/models/churn/versions?limit=200"
        listed: set[int] = set()
        while path:
            page = call(self.port, "GET", path)
            versions = page["versions"]
            assert isinstance(versions, list)
            listed |= {int(version["version"]) for version in versions}
            after = page.get("next")
            path = f"/v1/models/churn/versions?limit=200&after={after}" if after else ""
        lost = set(self.versions) - listed
        self.tally.uploads_lost += len(lost)
        found = call(self.port, "GET", "/v1/models/churn")
        aliases = found["aliases"]
        assert isinstance(aliases, list)
        champion = next(one["version"] for one in aliases if one["alias"] == "champion")
        if champion not in self.aliases:
            self.tally.wrong_aliases += 1
            say(f"WRONG: champion is {champion}, expected one of {self.aliases}")
        self.aliases = [champion]

    def wait_for_the_job(self) -> None:
        began = time.monotonic()
        while True:
            job = call(self.port, "GET", f"/v1/jobs/{self.job}")
            if job["state"] == "succeeded":
                return
            if job["state"] in ("failed", "cancelled") or time.monotonic() - began > PATIENCE_S:
                raise BenchError(f"the job is {job['state']}: {job['error']}, {job['waiting']}")
            time.sleep(0.05)


LEFT = OF_ANY_JOB | {
    "checkpoints": (
        f"SELECT count(*) FROM audience_output_prediction WHERE finished = 1 AND scored = {ROWS}",
        "1",
    ),
}


def compare(engine: Engine, tally: Tally) -> None:
    printed = engine.rows(NAME, "SELECT id, prediction, model_version FROM churn_scores")
    found = Counter(line.replace("\t", "|") for line in printed.splitlines())
    expected = Counter(f"{no}|{prediction(no)}|1" for no in range(ROWS))
    compare_rows(found, expected, tally, engine, NAME, LEFT)
