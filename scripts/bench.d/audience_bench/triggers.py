"""Triggers: from the moment that one is due, or a push is received, to the first instruction."""

import hashlib
import hmac
import json
import shutil
import sqlite3
import subprocess
import time
from pathlib import Path
from statistics import median

from .api import Service, percentile, serving
from .measure import BenchError
from .report import Table
from .setting import Setting, say

MANY = 1_000
IDLE = 500
# At each full minute so many fire whose commands write the time.
EACH_MINUTE = 4
MINUTES = 5
IDLE_S = 30
PUSHES = 30
SECRET = "known to the bench"
NOW = "date +%s%N"
TEXT = "{type: string}"
COLUMNS = ("what", "number", "p50", "p99", "most", "unit", "goal")


def triggers(setting: Setting) -> Table:
    table = Table(
        "Pipelines: triggers (SQLite)",
        COLUMNS,
        notes=[
            f"Due: {EACH_MINUTE} cron triggers at each of {MINUTES} full minutes, each of which"
            " starts a run of one command; its first instruction is `date`. Stored: what another"
            " program reads. A push is a signed delivery for a local bare repository: cold, its"
            " commit is fetched and checked out; known, it was there."
        ],
    )
    table.rows += [due(setting), stored(setting), *idle(setting), *pushed(setting)]
    return table


def due(setting: Setting) -> tuple[object, ...]:
    """Seconds until the next minutes are waited for."""
    say(f"{EACH_MINUTE} triggers at each of {MINUTES} full minutes")
    params = f"{{name: {TEXT}, at: {TEXT}}}"
    task = f"  now: {{params: {params}, {writes_now('{name}/{at}')}}}"
    lines = [
        f'  due_{no}: {{cron: "* * * * *", run: now, with: {{name: t{no}, at: "{{fire:%H%M}}"}}}}'
        for no in range(EACH_MINUTE)
    ]
    directory = write(setting, [task], lines)
    with serving(setting, directory):
        time.sleep(60 * MINUTES + 60 - time.time() % 60 + 5)
    late = []
    for path in (directory / "out").glob("*/*"):
        began = int(path.read_text()) / 1e9
        late.append((began % 60) * 1e3)
    if len(late) < EACH_MINUTE * MINUTES:
        raise BenchError(f"{len(late)} commands have written the time")
    return row("due → first instruction", late, "ms", "p99 ≤ 150 (aim 50)")


def stored(setting: Setting) -> tuple[object, ...]:
    say(f"{MANY:,} triggers at one full minute")
    tasks = ["  nothing: {params: {number: {type: string}}, run: 'true'}"]
    lines = [
        f'  due_{no}: {{cron: "* * * * *", run: nothing, with: {{number: "{no}"}}}}'
        for no in range(MANY)
    ]
    directory = write(setting, tasks, lines)
    with serving(setting, directory):
        time.sleep(1)
        minute = (int(time.time()) // 60 + 1) * 60
        time.sleep(minute - time.time())
        took = until_stored(directory, minute)
    return (f"{MANY:,} due at once → all stored", 1, took, None, took, "ms", "≤ 2000 (aim 500)")


def until_stored(directory: Path, minute: int) -> float:
    """When the last fire of this minute could be read, in milliseconds from its beginning."""
    connection = sqlite3.connect(directory / "state.db", timeout=10)
    sql = "SELECT COUNT(*) FROM audience_trigger_fire WHERE at = ?"
    while time.time() < minute + 30:
        ((found,),) = connection.execute(sql, (minute * 1_000_000,))
        if found == MANY:
            connection.close()
            return (time.time() - minute) * 1e3
        time.sleep(0.002)
    raise BenchError(f"of {MANY} fires {found} were stored within 30 s")


def idle(setting: Setting) -> list[tuple[object, ...]]:
    say(f"a server with {IDLE} triggers that are not due")
    tasks = ["  nothing: {params: {number: {type: string}}, run: 'true'}"]
    lines = [
        f'  rare_{no}: {{cron: "{no % 60} 3 1 1 *", run: nothing, with: {{number: "{no}"}}}}'
        for no in range(IDLE)
    ]
    directory = write(setting, tasks, lines)
    with serving(setting, directory) as service:
        time.sleep(10)
        before, looks = written(directory), switches(service)
        time.sleep(IDLE_S)
        writes = written(directory) - before
        woken = (switches(service) - looks) / IDLE_S
        rss = service.rss_mib()
    name = f"idle with {IDLE} triggers"
    return [
        (f"{name}: RSS", 1, rss, None, None, "MiB", "≤ 50 (aim 30)"),
        (f"{name}: transactions in {IDLE_S} s", 1, writes, None, None, "", f"≤ {IDLE_S // 5}"),
        (f"{name}: switches of all threads", 1, woken, None, None, "/s", None),
    ]


def written(directory: Path) -> int:
    """Commits since the log ahead was last begun anew: frames that end one."""
    log = (directory / "state.db-wal").read_bytes()
    if len(log) < 32:
        return 0
    page = int.from_bytes(log[8:12])
    salt, ends = log[16:24], 0
    for at in range(32, len(log), 24 + page):
        frame = log[at : at + 24]
        ends += frame[8:16] == salt and int.from_bytes(frame[4:8]) > 0
    return ends


def switches(service: Service) -> int:
    total = 0
    for status in Path(f"/proc/{service.process.pid}/task").glob("*/status"):
        for line in status.read_text().splitlines():
            if line.startswith("voluntary_ctxt_switches"):
                total += int(line.split()[1])
    return total


def pushed(setting: Setting) -> list[tuple[object, ...]]:
    say(f"{PUSHES} pushes")
    directory = fresh(setting)
    work, bare = directory / "work", directory / "bare.git"
    git(directory, "init", "-q", "-b", "main", str(work))
    task = f"  test: {{params: {{commit: {TEXT}}}, {writes_now('{commit}')}}}"
    params = f"{{commit: {TEXT}, number: {TEXT}}}"
    again = f"  again: {{params: {params}, {writes_now('{commit}.{number}')}}}"
    hooks = ["  push: {webhook: github, secret: HOOK, run: test}"]
    hooks += [
        f"  push_{no}: {{webhook: github, secret: HOOK, run: again, with: {{number: '{no}'}}}}"
        for no in range(PUSHES)
    ]
    text = ["project: bench", "secrets: [HOOK]", "tasks:", task, again, "triggers:", *hooks]
    (work / "project.yaml").write_text("\n".join(text) + "\n", encoding="utf-8")
    commit(work, "first")
    git(directory, "clone", "-q", "--bare", str(work), str(bare))
    project = ["project: bench", "secrets: [HOOK]", f"source: {{git: 'file://{bare}'}}"]
    (directory / "project.yaml").write_text("\n".join(project) + "\n", encoding="utf-8")
    write_settings(directory, {"git_file": True})
    kept = setting.environment | {"AUDIENCE_SECRET_HOOK": SECRET}
    cold, known = [], []
    with serving(setting, directory, kept) as service:
        wait_for_commit(service)
        for no in range(PUSHES):
            made = commit(work, f"change {no}")
            git(work, "push", "-q", str(bare), "main")
            cold.append(one_push(service, directory, ("push", f"cold{no}"), made, made))
        for no in range(PUSHES):
            out = f"{made}.{no}"
            known.append(one_push(service, directory, (f"push_{no}", f"known{no}"), made, out))
    return [
        row("push, cold → first instruction", cold, "ms", "p99 ≤ 1000 (aim 400)"),
        row("push, known → first instruction", known, "ms", "p99 ≤ 150 (aim 50)"),
    ]


def writes_now(path: str) -> str:
    return f"run: '{NOW} > \"$OUT\"', outputs: ['out/{path}']"


def wait_for_commit(service: Service) -> None:
    connection = service.connect()
    for _ in range(1_000):
        connection.request("GET", "/v1/projects/bench/triggers")
        answer = json.loads(connection.getresponse().read())
        if answer.get("triggers"):
            return
        time.sleep(0.02)
    raise BenchError("the project did not become known")


def one_push(
    service: Service, directory: Path, hook: tuple[str, str], made: str, out: str
) -> float:
    trigger, delivery = hook
    body = json.dumps({"ref": "refs/heads/main", "before": "1" * 40, "after": made, "commits": []})
    signature = hmac.new(SECRET.encode(), body.encode(), hashlib.sha256).hexdigest()
    headers = {
        "Content-Type": "application/json",
        "X-GitHub-Event": "push",
        "X-GitHub-Delivery": delivery,
        "X-Hub-Signature-256": f"sha256={signature}",
    }
    connection = service.connect()
    began = time.time()
    connection.request("POST", f"/v1/hooks/bench/{trigger}", body, headers)
    response = connection.getresponse()
    answer = response.read()
    if response.status != 202:
        raise BenchError(f"a delivery was answered {response.status}: {answer!r}")
    path = directory / "out" / out
    for _ in range(3_000):
        if path.exists():
            return int(path.read_text()) / 1e6 - began * 1e3
        time.sleep(0.005)
    raise BenchError(f"no command has run for {trigger}")


def git(at: Path, *words: str) -> str:
    who = ["-c", "user.name=bench", "-c", "user.email=bench@example.com"]
    done = subprocess.run(
        ["git", *who, *words], cwd=at, check=True, stdout=subprocess.PIPE, encoding="utf-8"
    )
    return done.stdout.strip()


def commit(work: Path, text: str) -> str:
    (work / "text").write_text(text, encoding="utf-8")
    git(work, "add", "-A")
    git(work, "commit", "-q", "-m", text)
    return git(work, "rev-parse", "HEAD")


def fresh(setting: Setting) -> Path:
    directory = setting.work / "pipelines_triggers"
    shutil.rmtree(directory, ignore_errors=True)
    directory.mkdir(parents=True)
    return directory


def write(setting: Setting, tasks: list[str], lines: list[str]) -> Path:
    directory = fresh(setting)
    text = ["project: bench", "tasks:", *tasks, "triggers:", *lines]
    (directory / "project.yaml").write_text("\n".join(text) + "\n", encoding="utf-8")
    write_settings(directory, {})
    return directory


def write_settings(directory: Path, more: dict[str, object]) -> None:
    projects = [{"path": str(directory / "project.yaml")}]
    text = {
        "database": {"url": f"sqlite://{directory / 'state.db'}"},
        "pipelines": {"projects": projects, "jobs_at_once": 8} | more,
        "log": {"level": "warn"},
    }
    # JSON is YAML.
    (directory / "default.yaml").write_text(json.dumps(text), encoding="utf-8")


def row(what: str, took: list[float], unit: str, goal: str) -> tuple[object, ...]:
    return (what, len(took), median(took), percentile(took, 0.99), max(took), unit, goal)
