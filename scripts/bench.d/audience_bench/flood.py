"""`flood`: ten thousand tasks at once, some of them cancelled, while another one labels."""

import json
import random
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection

from .api import Service, percentile, serving, submit, timed, write_settings
from .engines import Engine
from .label import MIDDLE
from .measure import BenchError
from .report import Table
from .setting import Setting, say

TASKS = 10_000
CLIENTS = 32
# A task that finds no rows: what is measured is how the engine copes with many.
EMPTY = {"rule_set": "bench", "start_time": "2019-01-01", "end_time": "2019-01-02"}
CANCELLED = 0.1
PATIENCE_S = 900


def flood(setting: Setting) -> list[Table]:
    table = Table(
        f"{TASKS:,} tasks at once ({CLIENTS} clients), while one labels {MIDDLE:,} rows",
        ("queue holds", "accepted", "refused (429)", "tasks/s accepted", "create p99 ms",
         "check_status p99 ms", "goal", "all ended after s", "lost", "RSS before MiB", "most",
         "leases and open attempts at rest"),
        notes=["On SQLite, through HTTP; the clients are Python on the same cores. One task in ten"
               " is aborted right after it was accepted."],
    )  # fmt: skip
    engine = setting.engines["sqlite"]
    source = engine.source_url(setting.loaded(engine, MIDDLE))
    for queued_max in (100_000, 1_000):
        say(f"{TASKS:,} tasks, of which {queued_max:,} may wait")
        table.rows.append(one_flood(setting, engine, source, queued_max))
    engine.drop_output("serve")
    return [table]


def one_flood(setting: Setting, engine: Engine, source: str, queued_max: int) -> tuple[object, ...]:
    directory = write_settings(setting, source, engine.fresh_output("serve"))
    path = directory / "default.yaml"
    settings = json.loads(path.read_text(encoding="utf-8"))
    settings["runtime"] = {"jobs_queued_max": queued_max}
    path.write_text(json.dumps(settings), encoding="utf-8")
    with serving(setting, directory) as service:
        connection = service.connect()
        before = service.rss_mib()
        labelling = submit(connection)
        watch = Watch(service, labelling)
        began = time.perf_counter()
        with ThreadPoolExecutor(CLIENTS) as clients:
            shares = list(clients.map(lambda no: client(service, no), range(CLIENTS)))
        took = time.perf_counter() - began
        answers = [answer for share in shares for answer in share]
        accepted = [task for task, _ in answers if task]
        until_ended(engine, len(accepted) + 1)
        ended = time.perf_counter() - began
        latencies, most = watch.end()
        lost = set(accepted) - set(column(engine, "SELECT id FROM audience_job"))
        held = column(
            engine,
            """SELECT (SELECT count(*) FROM audience_job WHERE lease_owner
            IS NOT NULL) + (SELECT count(*) FROM audience_attempt WHERE outcome = 'running')""",
        )
    created = [millis for task, millis in answers if task]
    return (queued_max, len(accepted), len(answers) - len(accepted), round(len(accepted) / took),
            percentile(created, 0.99), percentile(latencies, 0.99), "≤ 100", ended, len(lost),
            before, most, int(held[0]))  # fmt: skip


def client(service: Service, no: int) -> list[tuple[str, float]]:
    """Its share of the tasks: the id, or nothing if it was refused; and how long that took."""
    chance, connection, answers = random.Random(no), service.connect(), []
    for _ in range(TASKS // CLIENTS + (no < TASKS % CLIENTS)):
        began = time.perf_counter()
        status, retry_after, answer = post(connection, "/api/tasks/", EMPTY)
        millis = (time.perf_counter() - began) * 1e3
        if status == 429:
            if not retry_after:
                raise BenchError("refused without Retry-After")
            answers.append(("", millis))
            continue
        if status != 200 or answer["error_code"] != 200:
            raise BenchError(f"create_task answered {status}: {answer}")
        task = answer["error_message"]["task_id"]
        answers.append((task, millis))
        if chance.random() < CANCELLED:
            post(connection, "/api/tasks/abort/", task)
    connection.close()
    return answers


def post(connection: HTTPConnection, path: str, body: object) -> tuple[int, str | None, dict]:
    connection.request("POST", path, json.dumps(body), {"Content-Type": "application/json"})
    response = connection.getresponse()
    return response.status, response.getheader("Retry-After"), json.loads(response.read())


class Watch:
    """Asks for the status of a task all the time, and for the memory of the process."""

    def __init__(self, service: Service, task: str) -> None:
        self.service, self.task = service, task
        self.latencies: list[float] = []
        self.most = 0.0
        self.over = threading.Event()
        self.thread = threading.Thread(target=self.run)
        self.thread.start()

    def run(self) -> None:
        connection = self.service.connect()
        while not self.over.wait(0.01):
            self.latencies.append(timed(connection, f"/api/tasks/{self.task}")[0])
            self.most = max(self.most, self.service.rss_mib())
        connection.close()

    def end(self) -> tuple[list[float], float]:
        self.over.set()
        self.thread.join()
        return self.latencies, self.most


def column(engine: Engine, sql: str) -> list[str]:
    return engine.rows("serve", sql).split()


def until_ended(engine: Engine, jobs: int) -> None:
    sql = "SELECT state, count(*) FROM audience_job GROUP BY state"
    until = time.monotonic() + PATIENCE_S
    while time.monotonic() < until:
        states: Counter[str] = Counter()
        for line in engine.rows("serve", sql).splitlines():
            state, count = line.split("|")
            states[state] += int(count)
        if states.total() - states["queued"] - states["running"] >= jobs:
            return
        time.sleep(0.5)
    raise BenchError(f"tasks are stuck: {states}")
