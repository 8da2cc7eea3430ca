"""`predict`: models in the process, over HTTP, while they are swapped, and over whole tables, against Python."""

import json
import os
import random
import sqlite3
import subprocess
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from statistics import median

from . import wrk
from .api import PATIENCE_S, Service, free_port, is_ready, percentile, serving
from .imports import form
from .measure import BenchError, Server, run
from .packages import installed
from .report import Table
from .setting import Setting, say

PACKAGES = (
    "scikit-learn==1.9.1", "lightgbm==4.7.0", "xgboost-cpu==3.2.0", "onnx==1.23.2",
    "skl2onnx==1.20.0", "onnxruntime==1.32.0", "pandas==3.1.1", "PyYAML==6.0.4",
    "fastapi==0.165.0", "uvicorn==0.54.0",
)  # fmt: skip
NAME = "predict"
MODELS = ("forest", "boosting", "logistic", "lightgbm", "xgboost")
CONNECTIONS = 8
CALLS = 20_000
CALLS_OF_PYTHON = 300
MOVES = 100
MANY_MODELS = 20
STARTS = 3
ROWS = 1_000_000
FEATURES = 30
TEXTS = 351_240

IN_PROCESS = {
    "forest": ("≤ 10 (aim 2)", "≤ 1.5 × ONNX Runtime (aim 1)"),
    "boosting": ("≤ 10 (aim 1)", None),
    "logistic": ("≤ 10 (aim 0.5)", None),
    "lightgbm": (None, "≤ 2 × (aim 1)"),
    "xgboost": (None, "≤ 2 × (aim 1)"),
}


def predict(setting: Setting, pairs: int) -> Iterator[Table]:
    directory = setting.work / NAME
    directory.mkdir(exist_ok=True)
    python = Python(setting)
    if not (directory / "sentiment.zip").exists():
        say("training models")
        python.run("train.py", str(directory), str(setting.repository))
    yield in_process(setting, directory, python, pairs)
    yield agreement(setting, directory)
    yield served(setting, directory, python)
    yield swapped(setting, directory)
    yield ready(setting, directory)
    yield job(setting, directory, pairs)
    yield labelled(setting, directory, pairs)


class Python:
    """An interpreter with the libraries: that of the tests, if it is named, or packages of our own."""

    def __init__(self, setting: Setting) -> None:
        self.scripts = setting.repository / "scripts/bench.d/predict_python"
        self.environment = dict(os.environ)
        # One thread each.
        self.environment |= {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
        self.program = os.environ.get("AUDIENCE_TEST_MODELS_PYTHON")
        if self.program is None:
            self.environment["PYTHONPATH"] = str(installed(setting, NAME, PACKAGES))
            self.program = "python3"

    def command(self, script: str, *arguments: str) -> list[str]:
        return [str(self.program), str(self.scripts / script), *arguments]

    def run(self, script: str, *arguments: str) -> str:
        return run(self.command(script, *arguments), environment=self.environment).output


def in_process(setting: Setting, directory: Path, python: Python, pairs: int) -> Table:
    table = Table(
        "Models: in the process, on one thread",
        ("model", "one row µs", "goal", "of Python", "10,000 × 30 ms", "goal of them", "of Python",
         "of ONNX Runtime"),
        notes=[
            f"Medians of {pairs} runs of two seconds each, in turn; Python is pinned to one"
            " processor. Forest, boosting and logistic regression are ONNX files of scikit-learn's"
            " models; Python is scikit-learn, LightGBM and XGBoost with their own predict_proba.",
        ],
    )  # fmt: skip
    ours: dict[str, list[dict[str, float]]] = {name: [] for name in MODELS}
    theirs = []
    for _ in range(pairs):
        theirs.append(json.loads(python.run("floors.py", str(directory)).splitlines()[-1]))
        for name, runs in ours.items():
            runs.append(speed(setting, directory, name))
    for name, runs in ours.items():
        of_python = [one[name] for one in theirs]
        one_row, all_rows = IN_PROCESS[name]
        table.rows.append((
            name, middle(runs, "one_row_us"), one_row, middle(of_python, "one_row_us"),
            middle(runs, "all_rows_ms"), all_rows, middle(of_python, "all_rows_ms"),
            middle(of_python, "onnxruntime_all_rows_ms"),
        ))  # fmt: skip
    return table


def middle(runs: Sequence[dict[str, float]], name: str) -> float | None:
    values = [one[name] for one in runs if name in one]
    return median(values) if values else None


def speed(setting: Setting, directory: Path, name: str) -> dict[str, float]:
    processor = str(min(os.sched_getaffinity(0)))
    command = [
        "taskset", "-c", processor, str(setting.binary), "model", "speed",
        str(directory / f"{name}.zip"), "--in", str(directory / "rows.csv"), "--json",
    ]  # fmt: skip
    return dict(json.loads(run(command, environment=setting.environment).output))


def agreement(setting: Setting, directory: Path) -> Table:
    table = Table(
        "Models: answers to 10,000 rows beside those of their libraries",
        ("model", "largest difference", "goal", "equal to the bit"),
        notes=["`audience predict FILE --in rows.csv`; the probability of the first class."],
    )
    for name in MODELS:
        out = directory / f"{name}.out.jsonl"
        command = [
            str(setting.binary), "predict", str(directory / f"{name}.zip"),
            "--in", str(directory / "rows.csv"), "--out", str(out),
        ]  # fmt: skip
        run(command, environment=setting.environment)
        expected = json.loads((directory / f"{name}.answers.json").read_text())
        found = [
            next(iter(json.loads(line)["scores"].values())) for line in out.open(encoding="utf-8")
        ]
        pairs = list(zip(found, expected, strict=True))
        worst = max(abs(one - other) for one, other in pairs)
        same = sum(one == other for one, other in pairs)
        goal = "0 (every bit)" if name == "lightgbm" else "≤ 1e-5 (aim 1e-6)"
        table.rows.append((name, f"{worst:.1e}", goal, f"{same / len(pairs):.1%}"))
    return table


def settings(directory: Path, database: str, **more: object) -> Path:
    path = directory / f"settings_{database}"
    path.mkdir(exist_ok=True)
    written = {"database": {"url": f"sqlite://{directory / database}.db"}, "log": {"level": "warn"}}
    (path / "default.yaml").write_text(json.dumps(written | more), encoding="utf-8")
    return path


def clean(directory: Path, database: str) -> None:
    for file in directory.glob(f"{database}.db*"):
        file.unlink()


def ask(
    service: Service, method: str, path: str, body: bytes | dict[str, object], kind: str = ""
) -> dict[str, object]:
    connection = service.connect()
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    headers = {"Content-Type": kind or "application/json"}
    connection.request(method, path, content if content else None, headers)
    answer = connection.getresponse()
    text = answer.read().decode()
    connection.close()
    if answer.status >= 300:
        raise BenchError(f"{method} {path} answered {answer.status}: {text[:500]}")
    return dict(json.loads(text)) if text else {}


def add(service: Service, name: str, package: Path) -> int:
    """A version; the alias points to it."""
    body, kind = form({"file": package})
    added = ask(service, "POST", f"/v1/models/{name}/versions", body, kind)
    version = int(str(added["version"]))
    point(service, name, version)
    return version


def point(service: Service, name: str, version: int) -> None:
    body: dict[str, object] = {"version": version, "unproved": True}
    ask(service, "PUT", f"/v1/models/{name}/aliases/champion", body)


def one_row(directory: Path) -> str:
    with (directory / "rows.csv").open(encoding="utf-8") as file:
        names, values = (next(file).strip().split(",") for _ in range(2))
    row = {name: float(value) for name, value in zip(names, values, strict=True)}
    return json.dumps({"rows": [row]})


def served(setting: Setting, directory: Path, python: Python) -> Table:
    table = Table(
        f"Models: one row of the forest over HTTP, {CONNECTIONS} connections",
        ("server", "p50 ms", "p99 ms", "requests/s", "goal", "RSS MiB"),
        notes=[
            f"`wrk` with {CALLS:,} calls ({CALLS_OF_PYTHON:,} of FastAPI), after as many to warm up."
            " Goals: p50 ≤ 1 (aim 0.3), p99 ≤ 5 (aim 2), requests/s ≥ 10 × FastAPI (aim 50 ×).",
        ],
    )  # fmt: skip
    wrk.install(setting)
    body = one_row(directory)
    with fastapi(directory, python) as (port, process):
        url = f"http://127.0.0.1:{port}/predict"
        theirs = loaded(url, CALLS_OF_PYTHON, process.pid, body)
        table.rows.append(("FastAPI + scikit-learn", theirs.p50_ms, theirs.p99_ms,
                           theirs.calls_per_s, None, rss_of(process.pid)))  # fmt: skip
    clean(directory, "served")
    with serving(setting, settings(directory, "served")) as service:
        add(service, "forest", directory / "forest.zip")
        url = f"http://127.0.0.1:{service.port}/v1/models/forest/predict"
        ours = loaded(url, CALLS, service.process.pid, body)
        times = ours.calls_per_s / theirs.calls_per_s
        table.rows.append(("audience", ours.p50_ms, ours.p99_ms, ours.calls_per_s,
                           f"{times:.0f} ×", service.rss_mib()))  # fmt: skip
    return table


def loaded(url: str, calls: int, pid: int, body: str) -> wrk.Load:
    load = None
    for _ in range(2):
        load = wrk.load(
            url, calls, CONNECTIONS, Server(pid), bodies=[body], expected='"predictions"'
        )
    assert load is not None
    return load


def rss_of(pid: int, field: str = "VmRSS") -> float:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(field)) / 1024


@contextmanager
def fastapi(directory: Path, python: Python) -> Iterator[tuple[int, subprocess.Popen[bytes]]]:
    port = free_port()
    command = python.command("served.py", str(directory), str(port))
    process = subprocess.Popen(command, env=python.environment)
    try:
        began = time.perf_counter()
        while not is_ready(port):
            if process.poll() is not None or time.perf_counter() - began > PATIENCE_S:
                raise BenchError("FastAPI did not get ready")
            time.sleep(0.05)
        yield port, process
    finally:
        process.terminate()
        process.wait()


def swapped(setting: Setting, directory: Path) -> Table:
    table = Table(
        f"Models: alias moved {MOVES} times under that load",
        ("calls", "failed", "goal", "p50 ms", "p99 ms", "goal of it", "move p50 ms"),
        notes=["Between two versions of the forest, one move after the other; wrk fails the bench"
               " at the first answer that is not a prediction."],
    )  # fmt: skip
    wrk.install(setting)
    clean(directory, "swapped")
    with serving(setting, settings(directory, "swapped")) as service:
        versions = [add(service, "forest", directory / "forest.zip") for _ in range(2)]
        url = f"http://127.0.0.1:{service.port}/v1/models/forest/predict"
        body = one_row(directory)
        loads: list[wrk.Load] = []
        faults: list[BaseException] = []
        under_way = threading.Event()
        under_way.set()

        def load() -> None:
            try:
                while under_way.is_set():
                    loads.append(wrk.load(
                        url, CALLS, CONNECTIONS, Server(service.process.pid), bodies=[body],
                        expected='"predictions"',
                    ))  # fmt: skip
            except BaseException as fault:
                faults.append(fault)

        thread = threading.Thread(target=load)
        thread.start()
        took = []
        for move in range(MOVES):
            began = time.perf_counter()
            point(service, "forest", versions[move % 2])
            took.append((time.perf_counter() - began) * 1e3)
        under_way.clear()
        thread.join()
    if faults:
        raise BenchError(f"calls failed while the alias moved: {faults[0]}")
    table.rows.append((
        sum(load.calls for load in loads), 0, "0", median(load.p50_ms for load in loads),
        max(load.p99_ms for load in loads), "≤ 10 (aim 5)", percentile(took, 0.5),
    ))  # fmt: skip
    return table


def ready(setting: Setting, directory: Path) -> Table:
    table = Table(
        f"Models: a server with {MANY_MODELS} of them",
        ("figure", "found", "goal"),
        notes=[f"Medians of {STARTS} starts. Four each of the five models above; each is loaded and"
               " has answered before the memory is looked at."],
    )  # fmt: skip
    clean(directory, "ready")
    path = settings(directory, "ready")
    names = [f"{name}{no}" for no in range(MANY_MODELS // len(MODELS)) for name in MODELS]
    with serving(setting, path) as service:
        for name in names:
            add(service, name, directory / f"{name.rstrip('0123456789')}.zip")
    body = json.loads(one_row(directory))
    took, memory = [], []
    for _ in range(STARTS):
        began = time.perf_counter()
        with serving(setting, path) as service:
            for name in names:
                ask(service, "POST", f"/v1/models/{name}/predict", body)
            took.append(time.perf_counter() - began)
            time.sleep(1)
            memory.append(service.rss_mib())
    table.rows.append(("all answered, s", median(took), "≤ 1 (aim 0.3)"))
    table.rows.append(("idle RSS, MiB", median(memory), "≤ 100 (aim 60)"))
    return table


def job(setting: Setting, directory: Path, pairs: int) -> Table:
    table = Table(
        f"Models: a job over {ROWS:,} rows × {FEATURES}, LightGBM of 100 trees, SQLite to SQLite",
        ("rows/s", "goal", "s", "cpu s", "peak RSS MiB", "goal of it"),
        notes=[f"Medians of {pairs} runs, each into a table that is not there."],
    )
    source = table_of_rows(directory)
    sources = {"crm": {"url": f"sqlite://{source}"}}
    took, memory, processor = [], [], []
    for _ in range(pairs):
        clean(directory, "job")
        with serving(setting, settings(directory, "job", sources=sources)) as service:
            add(service, "churn", directory / "lightgbm.zip")
            server = Server(service.process.pid)
            request: dict[str, object] = {"prediction": {
                "model": "churn", "from": {"source": "crm", "table": "customers"}, "key": "id",
                "into": "churn_scores",
            }}  # fmt: skip
            before = server.cpu_s()
            began = time.perf_counter()
            accepted = ask(service, "POST", "/v1/jobs", request)
            ended(service, str(accepted["id"]))
            took.append(time.perf_counter() - began)
            processor.append(server.cpu_s() - before)
            memory.append(rss_of(service.process.pid, "VmHWM"))
        check_rows(directory)
    table.rows.append((
        ROWS / median(took), "≥ 40,000 (aim 100,000)", median(took), median(processor),
        median(memory), "≤ 128 (aim 96)",
    ))  # fmt: skip
    return table


def check_rows(directory: Path) -> None:
    connection = sqlite3.connect(directory / "job.db")
    sql = "SELECT count(*), count(error) FROM churn_scores"
    found = connection.execute(sql).fetchone()
    connection.close()
    if found != (ROWS, 0):
        raise BenchError(f"{found[0]} rows were written, {found[1]} with errors; not {ROWS}")


def ended(service: Service, job: str) -> None:
    while True:
        state = ask(service, "GET", f"/v1/jobs/{job}", b"")
        if state["state"] == "succeeded":
            return
        if state["state"] in ("failed", "cancelled"):
            raise BenchError(f"the job ended as {state['state']}: {state['error']}")
        time.sleep(0.1)


def table_of_rows(directory: Path) -> Path:
    """Customers with the features of the models."""
    path = directory / "customers.db"
    if path.exists():
        return path
    say(f"making {path.name}")
    unfinished = path.with_suffix(".part")
    unfinished.unlink(missing_ok=True)
    with (directory / "rows.csv").open(encoding="utf-8") as file:
        names = next(file).strip().split(",")
        rows = [[float(value) for value in line.split(",")] for line in file]
    connection = sqlite3.connect(unfinished)
    columns = ", ".join(f"{name} REAL" for name in names)
    connection.execute(f"CREATE TABLE customers (id INTEGER PRIMARY KEY, {columns})")
    places = ", ".join("?" for _ in range(len(names) + 1))
    insert = f"INSERT INTO customers VALUES ({places})"
    connection.executemany(
        insert, ((no + 1, *rows[no % len(rows)]) for no in range(ROWS))
    )
    connection.commit()
    connection.close()
    unfinished.rename(path)
    return path


def labelled(setting: Setting, directory: Path, pairs: int) -> Table:
    table = Table(
        f"Models: {TEXTS:,} texts labelled, character n-grams",
        ("rows/s", "goal", "s", "cpu s", "peak RSS MiB"),
        notes=[
            f"Medians of {pairs} runs. `audience label --model-type text_model` from SQLite into a"
            " new file. Texts are of 20 to 120 characters; the model has 5,500 n-grams of 1 to 3.",
        ],
    )
    clean(directory, "label")
    path = settings(directory, "label")
    with serving(setting, path) as service:
        add(service, "sentiment", directory / "sentiment.zip")
    posts = table_of_texts(directory)
    runs = []
    for _ in range(pairs):
        clean(directory, "panels")
        command = [
            str(setting.binary), "label", "--settings", str(path), "--source", f"sqlite://{posts}",
            "--table", "posts", "--start", "2020-01-01", "--end", "2021-01-01",
            "--output", f"sqlite://{directory / 'panels.db'}", "--model-type", "text_model",
            "--model", "sentiment", "--predict-type", "content",
            "--groups", str(setting.groups()),
        ]  # fmt: skip
        runs.append(run(command, environment=setting.environment))
    wall = median(one.wall_s for one in runs)
    table.rows.append((
        TEXTS / wall, "≥ 10,000 (aim 40,000)", wall, median(one.client_cpu_s for one in runs),
        median(one.peak_rss_mib for one in runs),
    ))  # fmt: skip
    return table


def table_of_texts(directory: Path) -> Path:
    """Posts of a year, of random characters: what they say makes no difference to the time."""
    path = directory / "posts.db"
    if path.exists():
        return path
    say(f"making {path.name}")
    unfinished = path.with_suffix(".part")
    unfinished.unlink(missing_ok=True)
    characters = "好差快慢新旧大小真假香臭贵便宜喜欢讨厌不很太就都还也没有人店书房间服务味道电池屏幕早餐"
    chosen = random.Random(0)
    connection = sqlite3.connect(unfinished)
    connection.execute(
        "CREATE TABLE posts (id TEXT PRIMARY KEY, s_id TEXT, s_area_id TEXT, author TEXT, title TEXT,"
        " content TEXT, post_time TEXT)"
    )

    def posts() -> Iterator[tuple[str, ...]]:
        for no in range(TEXTS):
            text = "".join(chosen.choices(characters, k=chosen.randint(20, 120)))
            day, second = 1 + no % 28, no % 86_400
            at = f"2020-{1 + no % 12:02}-{day:02} {second // 3600:02}:{second // 60 % 60:02}:00"
            yield (str(no), "WH_F0116", "", f"author{no % 9_000}", "", text, at)

    connection.executemany("INSERT INTO posts VALUES (?, ?, ?, ?, ?, ?, ?)", posts())
    connection.execute("CREATE INDEX posts_post_time ON posts (post_time)")
    connection.commit()
    connection.close()
    unfinished.rename(path)
    return path
