"""`dispatch`, too: how fast answers are taken that wait on the reply topic."""

import random
import tempfile
from collections.abc import Sequence
from pathlib import Path
from statistics import median

from . import dispatch, wrk
from .api import serving
from .engines import Engine
from .kafka import Broker, broker
from .measure import BenchError, Server, settle
from .report import Table
from .setting import Setting, say

# What each worker has answered, and how many answers wait.
KINDS = {"`finished`": ("finished",), "`running`, then `finished`": ("running", "finished")}
WAITING = 60_000
GOALS = {"postgres": "≥ 8,000"}
CREATED_GOALS = {"sqlite": "≥ 6,000", "postgres": "≥ 6,000"}
ANSWERED = "answered"


def answers(setting: Setting, waiting: int, pairs: int) -> Table:
    table = Table(
        f"{waiting:,} answers that wait on the reply topic when the server starts",
        ("answers", "engine", "tasks", "answers/s", "goal", "cpu s product", "database", "broker",
         "created/s", "goal of it"),
        notes=[
            f"Medians of {pairs} runs, with Apache Kafka on the same cores. From the end of the"
            " first task to the end of the last, as the database has them. The tasks are answered"
            " in random order, each answer of one behind the other.",
            f"Created/s: the same tasks before, by create_task and {dispatch.CLIENTS} clients,"
            " while their messages are sent.",
        ],
    )  # fmt: skip
    for engine in setting.engines.values():
        say(f"{waiting:,} waiting answers on {engine.name}")
        with broker(setting) as kafka:
            kafka.make(dispatch.RATE, dispatch.PACED, dispatch.ROUND, dispatch.REPLIES)
            url = engine.fresh_output(dispatch.OUTPUT)
            try:
                settings = dispatch.write_settings(setting, url, kafka)
                for kind, statuses in KINDS.items():
                    tasks = waiting // len(statuses)
                    runs = [
                        Taking(setting, engine, kafka, settings).run(tasks, statuses)
                        for _ in range(pairs)
                    ]
                    figures = [median(values) for values in zip(*runs, strict=True)]
                    table.rows.append(
                        (
                            kind,
                            engine.name,
                            tasks,
                            figures[0],
                            GOALS.get(engine.name),
                            *figures[1:],
                            CREATED_GOALS.get(engine.name),
                        )
                    )
            finally:
                engine.drop_output(dispatch.OUTPUT)
    return table


class Taking:
    """One run on a database that other runs have used, too."""

    def __init__(self, setting: Setting, engine: Engine, kafka: Broker, settings: Path) -> None:
        self.setting, self.engine, self.kafka, self.settings = setting, engine, kafka, settings

    def run(self, tasks: int, statuses: Sequence[str]) -> tuple[float, ...]:
        ids, created_per_s = self.created(tasks)
        # What was on the way when the clients ended may be there, too.
        tasks = len(ids)
        with tempfile.NamedTemporaryFile("w", prefix="audience-bench-") as file:
            random.Random(1).shuffle(ids)
            file.writelines(f"ts_{dispatch.ROUND}_{job}\n" for job in ids)
            file.flush()
            self.kafka.run("answer", dispatch.REPLIES, file.name, *statuses)
        self.engine.settle()
        settle()
        first, last = min(ids), max(ids)
        before = self.cpu_s()
        with serving(self.setting, self.settings) as service:
            bench = dispatch.Bench(self.engine, self.kafka, service, 0, 0)
            theirs = f"audience_dispatch WHERE job_id BETWEEN '{first}' AND '{last}'"
            # One that is left is found soon; counting all would take a part of what is measured.
            left = f"{theirs} AND status IN ('waiting', 'running')"
            bench.until(f"(SELECT 1 AS one FROM {left} LIMIT 1) AS found", 0)
            product = bench.product.cpu_s()
            database, messages = (
                now - then for now, then in zip(self.cpu_s(), before, strict=True)
            )
            sql = f"SELECT min(ended_at), max(ended_at) FROM {theirs}"
            ended = self.engine.rows(dispatch.OUTPUT, sql).split()[0:2]
        began, over = map(int, "|".join(ended).split("|"))
        per_s = tasks * len(statuses) * 1e6 / (over - began)
        return per_s, product, database, messages, created_per_s

    def created(self, tasks: int) -> tuple[list[str], float]:
        """Tasks, and how many were created in a second. Their messages are sent, and the server has
        ended."""
        open_tasks = f"service = '{dispatch.ROUND}' AND status = 'waiting'"
        bodies = dispatch.creations(dispatch.ROUND, tasks)
        with serving(self.setting, self.settings) as service:
            bench = dispatch.Bench(self.engine, self.kafka, service, 0, 0)
            found: list[str] = []
            per_s = 0.0
            while len(found) < tasks:
                load = wrk.load(
                    bench.url("/api/create_task"), tasks - len(found), dispatch.CLIENTS,
                    bench.product, bodies=bodies, expected='"result":"ok"',
                )  # fmt: skip
                per_s = per_s or load.calls_per_s
                bench.until_sent()
                sql = f"SELECT job_id FROM audience_dispatch WHERE {open_tasks} ORDER BY job_id"
                found = self.engine.rows(dispatch.OUTPUT, sql).split()
        return found, per_s

    def cpu_s(self) -> tuple[float, float]:
        database: Server | None = self.engine.server
        return (database.cpu_s() if database else 0.0, self.kafka.process.cpu_s())
