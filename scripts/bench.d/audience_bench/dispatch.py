"""`dispatch`: tasks for outside workers, over HTTP and a Kafka broker.

How many are created in a second, how soon their messages arrive, how long it takes until a task is
finished that a worker answers at once, and how often callers can ask.
"""

import json
import random
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path
from statistics import median
from typing import TypeVar

from . import pace, workers, wrk
from .api import Service, percentile, serving
from .commits import commits_per_s
from .engines import Engine
from .flood import post
from .kafka import Broker, Listener, Seen, broker
from .measure import BenchError, Server, settle
from .report import Table
from .setting import Setting, say

ENGINES = ("sqlite", "postgres")
CLIENTS = 32
TASKS = 10_000
# Calls a second, half of what is asked of it.
PACE = 1_000
IDS = 10
PATIENCE_S = 300

OUTPUT = "dispatch"
REPLIES = "round_replies"
FLOOR = "floor"
# Each part has a service of its own, which is the name of its topic, too.
RATE, PACED, ROUND = "rate", "paced", "round"

Run = TypeVar("Run")


def dispatch(setting: Setting, tasks: int, pairs: int) -> list[Table]:
    wrk.install(setting)
    tables = new_tables(tasks, pairs)
    created, paced, round_trip, asked, worked = tables
    for engine in (setting.engines[name] for name in ENGINES if name in setting.engines):
        say(f"tasks for outside workers on {engine.name}")
        with broker(setting) as kafka:
            kafka.make(RATE, PACED, ROUND, workers.SENT, REPLIES, FLOOR)
            try:
                settings = write_settings(setting, engine.fresh_output(OUTPUT), kafka)
                with serving(setting, settings) as service:
                    bench = Bench(engine, kafka, service, tasks, pairs)
                    created.rows.append(bench.created())
                    asked.rows.append(bench.asked())
                    paced.rows += bench.paced()
                    round_trip.rows += bench.round_trips()
                    server, topics = bench.url(""), ["--topic", workers.SENT, "--group", "bench_w"]
                    kafka_arguments = ["--kafka", kafka.servers, *topics]
                    worked.rows += [
                        bench.worked("Kafka", workers.SENT, kafka_arguments + more, setting)
                        for more in (["--reply-topic", REPLIES], ["--server", server])
                    ]
                settings = write_settings(setting, engine.fresh_output(OUTPUT), None)
                with serving(setting, settings) as service:
                    bench = Bench(engine, kafka, service, tasks, pairs)
                    arguments = ["--server", bench.url("")]
                    worked.rows.append(bench.worked("HTTP", workers.LEASED, arguments, setting))
            finally:
                engine.drop_output(OUTPUT)
    return tables


def new_tables(tasks: int, pairs: int) -> list[Table]:
    created = Table(
        f"{tasks:,} tasks for outside workers, created by {CLIENTS} clients",
        ("engine", "tasks/s", "goal", "p50 ms", "p99 ms", "floor /livez calls/s", "floor p99 ms",
         "floor commits/s", "cpu s product", "database", "broker", "wrk", "all sent after s",
         "duplicates"),
        notes=[
            f"Medians of {pairs} runs, floors and product in turn. The clients are one thread of"
            " wrk, connected all the time; what they find is wrk's own count, in which a slow"
            " answer also stands for the calls that it kept from being made. Every answer was a"
            " 2xx with `\"result\":\"ok\"`.",
            "The floors: GET /livez of the same server by the same clients (HTTP, no database);"
            " transactions of one row that the database alone flushes to the disk (SQLite: one"
            f" writer; PostgreSQL: pgbench with {CLIENTS} connections).",
            "The broker is Apache Kafka on the same cores, with a heap of 1 GiB; as is its default,"
            " it acknowledges before the disk has the message. All sent: from the last answer until"
            " it had the last message, looked at five times a second. The topic was read"
            " afterwards: each stored task once, and nothing else, but for the duplicates (same"
            " task and attempt).",
        ],
    )  # fmt: skip
    paced = Table(
        f"Tasks for outside workers at an even pace: {PACE:,} a second, {CLIENTS} clients",
        ("figure", "engine", "count", "reached /s", "p50 ms", "p99 ms", "goal"),
        notes=[
            f"Medians of {pairs} runs. The caller is Python; a call counts from when it was due,"
            " whether or not a client was free. Reached: up to the last answer or message.",
            "From the answer of create_task to the consumer, a process of its own: less than"
            " nothing if the message was there first. Its floor is the broker alone: a producer"
            " that sends one message at a time, at the same pace, to the same kind of consumer.",
        ],
    )
    round_trip = Table(
        "Round trips: created, sent, answered `running` and `finished` by a worker over the broker",
        ("tasks", "engine", "count", "tasks/s", "p50 ms", "p99 ms", "lost", "duplicates"),
        notes=[
            f"Medians of {pairs} runs, on the same cores: server, database, broker, callers, and"
            " one worker in Python that answers each message at once.",
            f"At once: {CLIENTS} clients create them as fast as they are answered; a task counts"
            " from its request to the time of its end in the database, tasks/s from the first"
            " request to the last end.",
            "One at a time: from the request until status_task, asked again after a millisecond,"
            " says `finished`.",
            "Lost: not `finished` in the end, in the database or by status_task. Duplicates: on"
            " the topic, by task and attempt.",
        ],
    )
    asked = Table(
        f"status_task of {IDS} ids ({CLIENTS} clients)",
        ("engine", "tasks stored", "calls", "calls/s", "goal", "p50 ms", "p99 ms",
         "floor /livez calls/s", "floor p99 ms", "cpu s product", "database", "wrk"),
        notes=[f"Medians of {pairs} runs, by wrk as above; the ids are drawn from all tasks."],
    )  # fmt: skip
    return [created, paced, round_trip, asked, workers.table()]


def write_settings(setting: Setting, database: str, kafka: Broker | None) -> Path:
    directory = setting.work / "settings_dispatch"
    directory.mkdir(exist_ok=True)

    def service(name: str) -> dict[str, str]:
        return {"source_name": "bench", "topic_name": name, "consumer_id": f"bench_{name}"}

    settings: dict[str, object] = {
        "database": {"url": database},
        "service": [RATE, PACED, ROUND, workers.SENT, workers.LEASED],
        "source_db": {
            RATE: service(RATE),
            PACED: service(PACED),
            ROUND: service(ROUND) | {"reply_topic": REPLIES},
            workers.SENT: service(workers.SENT) | {"reply_topic": REPLIES},
            workers.LEASED: service(workers.LEASED),
        },
        "max_status_task": IDS,
        "log": {"level": "warn"},
    }
    if kafka:
        settings["mq_conf"] = {"bootstrap_servers": [kafka.servers]}
    # JSON is YAML.
    (directory / "default.yaml").write_text(json.dumps(settings), encoding="utf-8")
    return directory


def creations(service: str, count: int) -> list[str]:
    """Bodies of create_task."""
    return [
        json.dumps({"data": {"service": service, "condition": {
            "keywords": ["coffee", "tea", f"brand {no}"], "start_time": "2020-01-01 00:00:00",
            "end_time": "2020-12-31 23:59:59", "page": no,
        }}})
        for no in range(count)
    ]  # fmt: skip


def question(ids: Iterable[str]) -> dict[str, object]:
    """The body of status_task."""
    return {"data": [{"task_id": task} for task in ids]}


def middle(runs: Iterable[Run], figure: Callable[[Run], float]) -> float:
    return float(median(map(figure, runs)))


@dataclass
class Rate:
    """One run of wrk with what else was measured meanwhile."""

    load: wrk.Load
    floor: wrk.Load
    database_cpu_s: float
    broker_cpu_s: float
    commits_per_s: float = 0.0
    sent_after_s: float = 0.0


@dataclass
class Latencies:
    """Milliseconds, and how many there were in a second."""

    values: list[float]
    per_s: float

    @classmethod
    def between(cls, moments: Iterable[tuple[float, float]]) -> "Latencies":
        """From one moment to another, in seconds."""
        began, ended = zip(*moments, strict=True)
        values = [(end - begin) * 1e3 for begin, end in zip(began, ended, strict=True)]
        return cls(values, len(values) / (max(ended) - min(began)))

    @property
    def p50(self) -> float:
        return percentile(self.values, 0.5)

    @property
    def p99(self) -> float:
        return percentile(self.values, 0.99)


@dataclass
class Bench:
    """All parts on one engine, with one server."""

    engine: Engine
    kafka: Broker
    service: Service
    tasks: int
    pairs: int

    @property
    def product(self) -> Server:
        return Server(self.service.process.pid)

    def url(self, path: str) -> str:
        return f"http://127.0.0.1:{self.service.port}{path}"

    def count(self, what: str) -> int:
        return int(self.engine.rows(OUTPUT, f"SELECT count(*) FROM {what}"))

    def stored(self, service: str, columns: str = "job_id") -> list[list[str]]:
        sql = f"SELECT {columns} FROM audience_dispatch WHERE service = '{service}'"
        return [line.split("|") for line in self.engine.rows(OUTPUT, sql).splitlines()]

    def ids(self, service: str) -> set[str]:
        return {f"ts_{service}_{job}" for (job,) in self.stored(service)}

    def until(self, what: str, wanted: int) -> None:
        """Until so many rows are there."""
        until = time.monotonic() + PATIENCE_S
        while (found := self.count(what)) != wanted:
            if time.monotonic() > until:
                raise BenchError(f"{found:,} of {what}, expected {wanted:,}")
            time.sleep(0.2)

    def until_sent(self) -> float:
        """Until the outbox is empty; how long that took."""
        began = time.perf_counter()
        self.until("audience_outbox", 0)
        return time.perf_counter() - began

    def settle(self) -> None:
        self.until_sent()
        self.engine.settle()
        settle()

    # --- with wrk -----------------------------------------------------------------------------

    def rate(self, path: str, calls: int, bodies: list[str], refused: str = "") -> Rate:
        """The same clients on what costs nothing, and on what is measured."""
        self.settle()
        floor = wrk.load(self.url("/livez"), calls, CLIENTS, self.product)
        database = self.engine.server.cpu_s() if self.engine.server else 0.0
        messages = self.kafka.process.cpu_s()
        load = wrk.load(
            self.url(path), calls, CLIENTS, self.product,
            bodies=bodies, expected='"result":"ok"', refused=refused,
        )  # fmt: skip
        if self.engine.server:
            database = self.engine.server.cpu_s() - database
        return Rate(load, floor, database, self.kafka.process.cpu_s() - messages)

    def created(self) -> tuple[object, ...]:
        say(f"creating {self.tasks:,} tasks, {self.pairs} times")
        bodies, runs = creations(RATE, self.tasks), []
        for _ in range(self.pairs):
            settle()
            commits = commits_per_s(self.engine, CLIENTS)
            before = self.count(f"audience_dispatch WHERE service = '{RATE}'")
            run = self.rate("/api/create_task", self.tasks, bodies)
            run.sent_after_s, run.commits_per_s = self.until_sent(), commits
            new = self.count(f"audience_dispatch WHERE service = '{RATE}'") - before
            # What was on the way when wrk had its answers may be there, too.
            if not run.load.calls <= new < run.load.calls + CLIENTS:
                raise BenchError(f"{run.load.calls:,} tasks were accepted, {new:,} are stored")
            runs.append(run)
        ids = self.ids(RATE)
        with self.kafka.running("listen", RATE, len(ids)) as listener:
            seen = complete(listener, ids)
        return (
            self.engine.name,
            middle(runs, lambda run: run.load.calls_per_s),
            "≥ 2,000",
            middle(runs, lambda run: run.load.p50_ms),
            middle(runs, lambda run: run.load.p99_ms),
            middle(runs, lambda run: run.floor.calls_per_s),
            middle(runs, lambda run: run.floor.p99_ms),
            middle(runs, lambda run: run.commits_per_s),
            middle(runs, lambda run: run.load.product_cpu_s),
            middle(runs, lambda run: run.database_cpu_s) if self.engine.server else None,
            middle(runs, lambda run: run.broker_cpu_s),
            middle(runs, lambda run: run.load.wrk_cpu_s),
            middle(runs, lambda run: run.sent_after_s),
            seen.duplicates(),
        )

    def asked(self) -> tuple[object, ...]:
        say(f"asking for {IDS} tasks at once, {self.pairs} times")
        ids, chance = sorted(self.ids(RATE)), random.Random(1)
        bodies = [json.dumps(question(chance.sample(ids, IDS))) for _ in range(1_000)]
        runs = [
            self.rate("/api/status_task", 2 * self.tasks, bodies, refused='"status":"Invalid"')
            for _ in range(self.pairs)
        ]
        return (
            self.engine.name,
            len(ids),
            runs[0].load.calls,
            middle(runs, lambda run: run.load.calls_per_s),
            "> 5,000",
            middle(runs, lambda run: run.load.p50_ms),
            middle(runs, lambda run: run.load.p99_ms),
            middle(runs, lambda run: run.floor.calls_per_s),
            middle(runs, lambda run: run.floor.p99_ms),
            middle(runs, lambda run: run.load.product_cpu_s),
            middle(runs, lambda run: run.database_cpu_s) if self.engine.server else None,
            middle(runs, lambda run: run.load.wrk_cpu_s),
        )

    # --- at an even pace ----------------------------------------------------------------------

    def paced(self) -> list[tuple[object, ...]]:
        count = max(self.tasks // 2, 1)
        say(f"{count:,} tasks, {PACE:,} a second, {self.pairs} times")
        runs = [self.paced_once(count) for _ in range(self.pairs)]
        goals = {"create_task": "p99 < 50", "from its answer to the message": "p99 ≤ 20"}
        return [
            (
                figure,
                self.engine.name,
                count,
                middle(runs, lambda run, of=figure: run[of].per_s),
                middle(runs, lambda run, of=figure: run[of].p50),
                middle(runs, lambda run, of=figure: run[of].p99),
                goals.get(figure),
            )
            for figure in runs[0]
        ]

    def paced_once(self, count: int) -> dict[str, Latencies]:
        self.settle()
        port = self.service.port
        floor = pace.send(port, [pace.get("/livez")] * count, CLIENTS, PACE)
        with self.kafka.running("listen", FLOOR, count) as listener:
            sent = Seen.read(self.kafka.run("produce", FLOOR, count, PACE))
            arrived = complete(listener, set(sent.at))
        bare = Latencies.between((at, arrived.at[key]) for key, at in sent.at.items())
        bodies = [pace.post("/api/create_task", body) for body in creations(PACED, count)]
        with self.kafka.running("listen", PACED, count + 1) as listener:
            # The first message of a topic waits until its producer knows the topic.
            first = pace.send(port, bodies[:1], 1, None)
            self.until_sent()
            calls = pace.send(port, bodies, CLIENTS, PACE)
            answered = {task_id(call): call.answered for call in calls}
            arrived = complete(listener, {task_id(first[0]), *answered})
        return {
            "create_task": Latencies.between((call.due, call.answered) for call in calls),
            "floor of it: GET /livez": Latencies.between(
                (call.due, call.answered) for call in floor
            ),
            "from its answer to the message": Latencies.between(
                (at, arrived.at[task]) for task, at in answered.items()
            ),
            "floor of it: the broker alone": bare,
        }

    # --- round trips --------------------------------------------------------------------------

    def round_trips(self) -> list[tuple[object, ...]]:
        many, few = max(self.tasks // 5, 1), max(self.tasks // 50, 1)
        say(f"round trips, {many:,} at once and {few:,} one at a time, {self.pairs} times")
        at_once, one_by_one = [], []
        expected = 1 + self.pairs * (many + few)
        with self.kafka.running("work", ROUND, REPLIES, expected) as worker:
            self.one_by_one(1)  # the first one finds the topics
            for _ in range(self.pairs):
                self.settle()
                at_once.append(self.at_once(many))
                self.settle()
                one_by_one.append(self.one_by_one(few))
            ids = self.ids(ROUND)
            lost = self.not_finished(ids)
            seen = complete(worker, ids)
        if lost:
            raise BenchError(f"{len(lost):,} tasks are not finished, {min(lost)} among them")
        if letters := self.engine.rows(OUTPUT, "SELECT reason FROM audience_dead_letter"):
            raise BenchError(f"an answer could not be used: {letters.splitlines()[0]}")
        return [
            (
                name,
                self.engine.name,
                count,
                middle(runs, lambda run: run.per_s),
                middle(runs, lambda run: run.p50),
                middle(runs, lambda run: run.p99),
                len(lost),
                seen.duplicates(),
            )
            for name, count, runs in (
                ("at once", many, at_once),
                ("one at a time", few, one_by_one),
            )
        ]

    def at_once(self, count: int) -> Latencies:
        finished = f"audience_dispatch WHERE service = '{ROUND}' AND status = 'finished'"
        before = self.count(finished)
        bodies = [pace.post("/api/create_task", body) for body in creations(ROUND, count)]
        # The program writes the time of the wall.
        wall = time.time() - time.monotonic()
        calls = pace.send(self.service.port, bodies, CLIENTS, None)
        self.until(finished, before + count)
        rows = self.stored(ROUND, "job_id, ended_at")
        ended = {f"ts_{ROUND}_{job}": int(at) / 1e6 - wall for job, at in rows}
        return Latencies.between((call.sent, ended[task_id(call)]) for call in calls)

    def one_by_one(self, count: int) -> Latencies:
        """Until its caller sees each finished, and creates the next."""
        connection = self.service.connect()
        found = Latencies.between([self.trip(connection) for _ in range(count)])
        connection.close()
        return found

    def trip(self, connection: HTTPConnection) -> tuple[float, float]:
        began = time.monotonic()
        answer = checked(post(connection, "/api/create_task", json.loads(creations(ROUND, 1)[0])))
        asked = question([str(answer["task_id"])])
        while True:
            answer = checked(post(connection, "/api/status_task", asked))
            now = time.monotonic()
            if answer["status"][0]["status"] == "finished":
                return began, now
            if now > began + PATIENCE_S:
                raise BenchError(f"a task does not end: {answer}")
            time.sleep(0.001)

    def not_finished(self, ids: set[str]) -> set[str]:
        """Those that are not, in the database or to a caller."""
        rows = self.stored(ROUND, "job_id, status, attempt")
        wrong = {f"ts_{ROUND}_{job}" for job, *state in rows if state != ["finished", "1"]}
        connection, listed = self.service.connect(), sorted(ids)
        for at in range(0, len(listed), IDS):
            asked = question(listed[at : at + IDS])
            answer = checked(post(connection, "/api/status_task", asked))
            wrong |= {one["task_id"] for one in answer["status"] if one["status"] != "finished"}
        connection.close()
        return wrong

    # --- a worker of the package --------------------------------------------------------------

    def worked(
        self, tasks_by: str, service: str, arguments: list[str], setting: Setting
    ) -> tuple[object, ...]:
        count = max(self.tasks // 5, 2)
        reports_by = "reply topic" if "--reply-topic" in arguments else "HTTP"
        say(f"{count:,} tasks by {tasks_by}, reports by {reports_by}, {self.pairs} times")
        log, packages = setting.work / "worker.log", self.kafka.packages
        sql = f"""SELECT ended_at FROM audience_dispatch WHERE service = '{service}'
            AND status = 'finished'"""

        def ends() -> list[int]:
            return [int(at) for at in self.engine.rows(OUTPUT, sql).split()]

        runs = []
        for _ in range(self.pairs):
            bodies = [pace.post("/api/create_task", body) for body in creations(service, count)]
            pace.send(self.service.port, bodies, CLIENTS, None)
            self.engine.settle()
            settle()
            given = ["--service", service, *arguments]
            runs.append(workers.work_off(setting.repository, packages, log, given, count, ends))
        return (
            f"{tasks_by}, {reports_by}",
            self.engine.name,
            count,
            middle(runs, lambda run: run[0]),
            "≥ 200" if tasks_by == "Kafka" else None,
            middle(runs, lambda run: run[1]),
            "≤ 5",
        )


def task_id(call: pace.Call) -> str:
    answer = call.json()
    if answer.get("result") != "ok":
        raise BenchError(f"create_task answered {answer}")
    return str(answer["task_id"])


def checked(answer: tuple[int, str | None, dict]) -> dict:
    status, _, body = answer
    if status // 100 != 2 or body.get("result") != "ok":
        raise BenchError(f"{status}: {body}")
    return body


def complete(listener: Listener, ids: set[str]) -> Seen:
    """What arrived: exactly these."""
    seen = listener.seen()
    arrived = set(seen.at)
    if lost := ids - arrived:
        raise BenchError(f"{len(lost):,} messages did not arrive, {min(lost)} among them")
    if foreign := arrived - ids:
        raise BenchError(f"{len(foreign):,} messages are of no stored task: {min(foreign)}")
    return seen
