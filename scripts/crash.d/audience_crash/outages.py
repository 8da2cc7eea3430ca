"""Outages of the broker, and kills of the server, while an outside worker does tasks."""

import json
import random
import subprocess
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.client import HTTPException
from pathlib import Path

from audience_bench.api import free_port
from audience_bench.engines import Engine
from audience_bench.kafka import Broker, broker
from audience_bench.measure import BenchError
from audience_bench.report import Table
from audience_bench.setting import Setting, say

from .http import call

OUTPUT = "outages"
SERVICE, TOPIC, REPLIES, DEAD = "outages", "outages", "outages_replies", "outages_dead"
# What happens, and what ends it again.
KINDS = {"broker killed": ("kill", "start"), "broker stopped": ("stop", "start"),
         "broker frozen": ("freeze", "thaw"), "server killed": None}  # fmt: skip
LONGEST_S = 5.0
TASKS_AT_ONCE = 30
IDS = 10
PATIENCE_S = 900
POLL_S = 0.02


@dataclass
class Tally:
    kinds: Counter[str] = field(default_factory=Counter)
    tasks: int = 0
    lost: int = 0
    untrue: int = 0
    twice: int = 0
    returns_s: list[float] = field(default_factory=list)
    took_s: float = 0.0

    def row(self, engine: str) -> tuple[object, ...]:
        kinds = ", ".join(f"{name} {count}" for name, count in sorted(self.kinds.items()))
        returns = sorted(self.returns_s)
        middle = returns[len(returns) // 2] if returns else None
        return (engine, kinds, self.tasks, self.lost, self.untrue, self.twice, middle,
                max(returns, default=None), round(self.took_s))  # fmt: skip


def new_table(seed: int) -> Table:
    return Table(
        "Outages of the broker",
        ("engine", "disturbances", "tasks", "not finished", "untrue", "messages that came twice",
         "first task after the return p50 s", "most s", "took s"),
        notes=[
            f"Apache Kafka on the same machine; seed {seed}. Tasks are created before, during and"
            f" after an outage of up to {LONGEST_S:g} s. The worker keeps a ledger and answers each"
            " message at once.",
            "Untrue: a task whose message the worker never had, or had as another attempt than the"
            " first, or whose result is another than that of the worker.",
            "First task after the return: from when the broker serves again until a task that is"
            " created then is finished.",
        ],
    )  # fmt: skip


class Tasks:
    """The server, and the tasks that it was given."""

    def __init__(self, setting: Setting, settings: Path) -> None:
        self.setting, self.settings = setting, settings
        self.port = free_port()
        self.created: list[str] = []
        self.start()

    def start(self) -> None:
        with (self.setting.work / "program.log").open("ab") as log:
            self.process = subprocess.Popen(
                [str(self.setting.binary), "serve", "--settings", str(self.settings),
                 "--bind", f"127.0.0.1:{self.port}"],
                stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=log,
                env=self.setting.environment, cwd=self.setting.work,
            )  # fmt: skip

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()

    def create(self, count: int) -> None:
        """What is not answered may have been stored all the same: nobody knows its id."""
        for _ in range(count):
            body: dict[str, object] = {
                "data": {"service": SERVICE, "condition": {"no": len(self.created)}}
            }
            try:
                answer = call(self.port, "POST", "/api/create_task", body)
            except (OSError, HTTPException):
                time.sleep(POLL_S)
                continue
            self.created.append(str(answer["task_id"]))

    def create_one(self) -> str:
        before = len(self.created)
        until = time.monotonic() + PATIENCE_S
        while len(self.created) == before:
            if time.monotonic() > until:
                raise BenchError("the server takes no task; see program.log")
            self.create(1)
        return self.created[-1]

    def unfinished(self, tasks: list[str]) -> list[str]:
        found = []
        for first in range(0, len(tasks), IDS):
            ids = [{"task_id": task} for task in tasks[first : first + IDS]]
            answer = call(self.port, "POST", "/api/status_task", {"data": ids})
            statuses = answer["status"]
            assert isinstance(statuses, list)
            found += [of["task_id"] for of in statuses if of["status"] != "finished"]
        return found

    def wait_for(self, tasks: list[str]) -> list[str]:
        """Those that are not finished even after a long time."""
        until = time.monotonic() + PATIENCE_S
        while True:
            try:
                tasks = self.unfinished(tasks)
            except (OSError, HTTPException):
                pass  # not up yet
            if not tasks or time.monotonic() > until:
                return tasks
            time.sleep(POLL_S)

    def result(self, task: str) -> object:
        return call(self.port, "POST", "/api/result_task", {"data": {"task_id": task}})["data"]


def outages(setting: Setting, engine: Engine, count: int, chance: random.Random) -> Tally:
    tally = Tally()
    began = time.monotonic()
    ledger = setting.work / "ledger"
    ledger.unlink(missing_ok=True)
    with broker(setting, "tests") as kafka:
        kafka.make(TOPIC, REPLIES, DEAD)
        settings = write_settings(setting, engine.fresh_output(OUTPUT), kafka)
        tasks = Tasks(setting, settings)
        try:
            with working(kafka, ledger):
                for no in range(count):
                    kind = list(KINDS)[no % len(KINDS)]
                    disturb(kind, kafka, tasks, chance, tally)
                    say(f"{engine.name}: {kind}, {len(tasks.created)} tasks")
                lost = tasks.wait_for(tasks.created)
            compare(tasks, lost, ledger, tally)
        finally:
            tasks.kill()
    engine.drop_output(OUTPUT)
    tally.took_s = time.monotonic() - began
    return tally


def disturb(kind: str, kafka: Broker, tasks: Tasks, chance: random.Random, tally: Tally) -> None:
    def some() -> int:
        return chance.randint(1, TASKS_AT_ONCE)

    commands = KINDS[kind]
    tasks.create(some())
    if commands:
        kafka.control(commands[0])
    else:
        tasks.kill()
    tasks.create(some())
    time.sleep(chance.uniform(0, LONGEST_S))
    if commands:
        kafka.control(commands[1])
        returned = time.monotonic()
        tasks.wait_for([tasks.create_one()])
        tally.returns_s.append(time.monotonic() - returned)
    else:
        tasks.start()
    tally.kinds[kind] += 1


def compare(tasks: Tasks, lost: list[str], ledger: Path, tally: Tally) -> None:
    entries = Counter(ledger.read_text(encoding="utf-8").splitlines())
    attempts: dict[str, set[str]] = {}
    for entry in entries:
        task, _, attempt = entry.partition(" ")
        attempts.setdefault(task, set()).add(attempt)
    tally.tasks = len(tasks.created)
    tally.lost = len(lost)
    tally.twice = entries.total() - len(entries)
    for task in set(tasks.created) - set(lost):
        if attempts.get(task) != {"1"} or tasks.result(task) != {"of": task}:
            tally.untrue += 1
    if tally.lost or tally.untrue:
        say(f"DIFFERS: {tally.lost} tasks are not finished, {tally.untrue} untrue")


@contextmanager
def working(kafka: Broker, ledger: Path) -> Iterator[None]:
    log = kafka.logs / "worker.log"
    with log.open("wb") as file:
        worker = subprocess.Popen(
            kafka.command("ledger", TOPIC, REPLIES, ledger), env=kafka.environment, stderr=file
        )
    try:
        yield
        if worker.poll() is not None:
            raise BenchError(f"the worker ended: {log.read_text()[-1000:]}")
    finally:
        worker.kill()
        worker.wait()


def write_settings(setting: Setting, database: str, kafka: Broker) -> Path:
    directory = setting.work / "settings_outages"
    directory.mkdir(exist_ok=True)
    settings = {
        "database": {"url": database},
        "service": [SERVICE],
        "source_db": {SERVICE: {
            "source_name": "crash", "topic_name": TOPIC, "consumer_id": "crash",
            "reply_topic": REPLIES,
        }},
        "max_status_task": IDS,
        "mq_conf": {"bootstrap_servers": [kafka.servers], "dead_letter_topic": DEAD},
        "log": {"level": "warn"},
    }  # fmt: skip
    # JSON is YAML.
    (directory / "default.yaml").write_text(json.dumps(settings), encoding="utf-8")
    return directory
