"""`api`: how soon the server is ready, and how fast it answers, idle and while a task labels."""

import http.client
import json
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from .engines import TABLE, Engine
from .label import MIDDLE
from .measure import BenchError
from .oracle import END, START
from .report import Table, goal
from .setting import Setting, say

STARTS = 5
CALLS = 2_000
CALLS_WHILE_LABELLING = 200  # fewer say nothing of a p99
TASKS_MAX = 10
PATIENCE_S = 30
IDLE_S = 10
ENDED = ("SUCCESS", "FAILURE", "BREAK")


@dataclass
class Service:
    """A running `audience serve`."""

    process: subprocess.Popen[bytes]
    port: int
    ready_ms: float

    def connect(self) -> http.client.HTTPConnection:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE_S)
        connection.connect()
        # Small requests must not wait for one another's acknowledgement.
        connection.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return connection

    def rss_mib(self) -> float:
        status = Path(f"/proc/{self.process.pid}/status").read_text().splitlines()
        return next(int(line.split()[1]) for line in status if line.startswith("VmRSS")) / 1024

    def calls_of_files(self) -> int:
        """Reads and writes so far, of files and sockets."""
        lines = Path(f"/proc/{self.process.pid}/io").read_text().splitlines()
        return sum(int(line.split()[1]) for line in lines if line.startswith(("syscr", "syscw")))


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def call(
    connection: http.client.HTTPConnection, path: str, body: dict[str, str] | None = None
) -> dict[str, object]:
    """One call; the old surface says its code in the body."""
    if body is None:
        connection.request("GET", path)
    else:
        headers = {"Content-Type": "application/json"}
        connection.request("POST", path, json.dumps(body), headers)
    response = connection.getresponse()
    answer = json.loads(response.read())
    if response.status != 200 or answer.get("error_code", 200) != 200:
        raise BenchError(f"{path} answered {response.status}: {answer}")
    return dict(answer)


def write_settings(setting: Setting, source: str, output: str) -> Path:
    directory = setting.work / "settings_serve"
    directory.mkdir(exist_ok=True)
    settings = {
        "database": {"url": output},
        "sources": {"corpus": {"url": source, "tables": {TABLE: {}}}},
        "outputs": {"result": {"url": output}},
        "labelling": {
            "default_source": "corpus",
            "default_table": TABLE,
            "default_output": "result",
            "rule_sets": {"bench": str(setting.rules())},
        },
        "log": {"level": "warn"},
    }
    # JSON is YAML.
    (directory / "default.yaml").write_text(json.dumps(settings), encoding="utf-8")
    return directory


@contextmanager
def serving(
    setting: Setting, settings: Path, environment: dict[str, str] | None = None
) -> Iterator[Service]:
    port = free_port()
    command = [
        str(setting.binary),
        "serve",
        "--settings",
        str(settings),
        "--bind",
        f"127.0.0.1:{port}",
    ]
    log = setting.work / "serve.log"
    began = time.perf_counter()
    with log.open("wb") as file:
        process = subprocess.Popen(
            command,
            stdout=file,
            stderr=file,
            env=environment or setting.environment,
            cwd=setting.work,
        )
    try:
        while not is_ready(port):
            if process.poll() is not None or time.perf_counter() - began > PATIENCE_S:
                raise BenchError(f"the server did not get ready: {log.read_text()[-1000:]}")
            time.sleep(0.001)
        yield Service(process, port, (time.perf_counter() - began) * 1e3)
    finally:
        process.terminate()
        try:
            process.wait(PATIENCE_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def is_ready(port: int) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE_S)
    try:
        connection.request("GET", "/readyz")
        return connection.getresponse().status == 200
    except OSError:
        return False
    finally:
        connection.close()


def timed(connection: http.client.HTTPConnection, path: str) -> tuple[float, dict[str, object]]:
    began = time.perf_counter()
    answer = call(connection, path)
    return (time.perf_counter() - began) * 1e3, answer


def percentile(values: list[float], share: float) -> float:
    return sorted(values)[min(int(len(values) * share), len(values) - 1)]


def submit(connection: http.client.HTTPConnection) -> str:
    body = {"rule_set": "bench", "start_time": START, "end_time": END}
    answer = call(connection, "/api/tasks/", body)["error_message"]
    assert isinstance(answer, dict)
    return str(answer["task_id"])


def wait(connection: http.client.HTTPConnection, task: str) -> None:
    while (status := call(connection, f"/api/tasks/{task}"))["prod_status"] is None:
        if status["status"] in ENDED[1:]:
            raise BenchError(f"a task ended as {status}")
        time.sleep(0.05)


Latencies = dict[str, list[float]]


def idle(connection: http.client.HTTPConnection, task: str) -> Latencies:
    paths = {"check_status": f"/api/tasks/{task}", "task_list": "/api/tasks/"}
    return {
        name: [timed(connection, path)[0] for _ in range(CALLS)] for name, path in paths.items()
    }


def busy(connection: http.client.HTTPConnection) -> Latencies:
    """While tasks label the corpus, one after another, until there are calls enough."""
    found: Latencies = {"check_status": [], "task_list": []}
    for _ in range(TASKS_MAX):
        task = submit(connection)
        while True:
            latency, answer = timed(connection, f"/api/tasks/{task}")
            if answer["status"] in ENDED:
                break
            if answer["status"] == "STARTED":
                found["check_status"].append(latency)
                found["task_list"].append(timed(connection, "/api/tasks/")[0])
            time.sleep(0.002)
        wait(connection, task)
        if len(found["check_status"]) >= CALLS_WHILE_LABELLING * 5:
            break
    if len(found["check_status"]) < CALLS_WHILE_LABELLING:
        raise BenchError("the tasks ended too soon to measure calls meanwhile")
    return found


def api(setting: Setting, rows: int = MIDDLE) -> list[Table]:
    latency = Table(
        f"Latency of the API (keep-alive, one caller; labelling {rows:,} rows, author job)",
        ("call", "engine", "while", "calls", "p50 ms", "p99 ms", "goal of p99"),
        notes=["The caller is Python on the same cores; its own share is in the figures."],
    )
    start = Table("Start and idleness", ("figure", "engine", "measured", "goal"))
    for engine in setting.engines.values():
        source = engine.source_url(setting.loaded(engine, rows))
        say(f"serving on {engine.name}")
        one_engine(setting, engine, source, latency, start)
        engine.drop_output("serve")
    start.notes.append(
        "Reads and writes are system calls of the idle process, of which a call of the database"
        " is at least one; SQLite may look at its memory without any."
    )
    return [latency, start]


def one_engine(setting: Setting, engine: Engine, source: str, latency: Table, start: Table) -> None:
    settings = write_settings(setting, source, engine.fresh_output("serve"))
    with serving(setting, settings):
        pass  # the first start makes the tables
    ready = []
    for _ in range(STARTS):
        with serving(setting, settings) as service:
            ready.append(service.ready_ms)
    with serving(setting, settings) as service:
        time.sleep(2)  # what a start still has to do
        calls = service.calls_of_files()
        time.sleep(IDLE_S)
        calls = service.calls_of_files() - calls
        rss = service.rss_mib()
        connection = service.connect()
        wait(connection, task := submit(connection))
        phases = {"idle": idle(connection, task), "labelling": busy(connection)}
        connection.close()
    for phase, found in phases.items():
        for name, values in found.items():
            wanted = goal("20", "5") if (name, phase) == ("check_status", "labelling") else None
            latency.rows.append(
                (
                    name,
                    engine.name,
                    phase,
                    len(values),
                    median(values),
                    percentile(values, 0.99),
                    wanted,
                )
            )
    start.rows += [
        ("ready after start, ms", engine.name, median(ready), goal("300", "100")),
        ("idle RSS, MiB", engine.name, rss, goal("50", "30")),
        (
            "reads and writes a second, idle",
            engine.name,
            calls / IDLE_S,
            "wake-ups of the database ≤ 1 (aim 0)",
        ),
    ]
