"""A part of `ui`: a store with a million jobs.

Jobs of each kind and of each end are run by the program itself. All others are copies of their
rows, with ids, times and names of their own: it would take hours to run them.
"""

import json
import shutil
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from http.client import HTTPConnection
from pathlib import Path

from .api import Service, serving
from .measure import BenchError
from .setting import Setting, say

PROJECT = "ads"
# The part of the jobs whose events, attempts and notifications are there: `retention.history_mb`
# keeps no more of the others either.
WITH_HISTORY = 20_000
# The jobs lie this far apart, so that a million of them are of three months.
APART_US = 7_800_000
# Jobs of one run of pipelines.
RUN = 1_000
# Of a thousand jobs, how many are copies of which.
SHARES = {
    "author": 250,
    "content": 150,
    "finished": 250,
    "made": 260,
    "broken": 30,
    "after_broken": 15,
    "refused": 25,
    "cancelled": 20,
}
# Of the jobs of pipelines that are copied; each copy has a day of its own.
DAY = "2020-01-01"
GRAPH_DAYS, GRAPH_LAYERS = 96, 10
BATCHES = 10_000
PATIENCE_S = 60


def settings(setting: Setting, directory: Path) -> Path:
    """Writes settings, and the project file, into the directory."""
    directory.mkdir(parents=True, exist_ok=True)
    sample = setting.repository / "examples/sample"
    service = {"source_name": "bench", "topic_name": "none", "consumer_id": "none"}
    text = {
        "database": {"url": f"sqlite://{directory / 'state.db'}"},
        "sources": {
            "sample": {"url": f"csv://{sample / 'posts.csv'}", "tables": {"ts_page_content": {}}}
        },
        "outputs": {"audience_result": {}},
        "labelling": {
            "default_source": "sample",
            "default_table": "ts_page_content",
            "default_output": "audience_result",
            "default_start_time": "2020-01-01 00:00:00",
            "default_end_time": "2021-01-01 00:00:00",
            "rules_dir": str(sample / "rules"),
            "rule_sets": {"interests": str(sample / "rules/interests.yaml")},
            "groups": {"fbfans": ["WH_F0045"], "Ptt": ["WH_F0001"], "Dcard": ["WH_F0116"]},
        },
        "runtime": {"queue_jobs_max": {"queue2": 1}},
        "service": ["crawl", "search_user"],
        "source_db": {"crawl": service, "search_user": service},
        "pipelines": {
            "projects": [{"path": str(directory / "project.yaml")}],
            "log_max": "4GiB",
        },
        "log": {"level": "warn"},
    }
    # JSON is YAML.
    (directory / "default.yaml").write_text(json.dumps(text), encoding="utf-8")
    (directory / "project.yaml").write_text(project(), encoding="utf-8")
    return directory


def project() -> str:
    lines = [
        f"project: {PROJECT}",
        "params: {day: {type: date}}",
        "tasks:",
        "  day_log: {run: 'echo {day} > \"$OUT\"', outputs: ['out/day_log/{day}']}",
        "  broken: {run: 'echo no such file: {day}.csv >&2; exit 1', outputs: ['out/none/{day}']}",
        "  after_broken: {requires: [{task: broken}], run: 'true'}",
        "  layer_0: {outputs: ['out/layer/{day}'], wait: {poll: 60s}}",
    ]
    for layer in range(1, GRAPH_LAYERS):
        need = f"{{task: layer_{layer - 1}, day: '{{day-1d}}..{{day}}'}}"
        lines.append(f"  layer_{layer}: {{requires: [{need}], run: 'true'}}")
    return "\n".join(lines) + "\n"


class Caller:
    """Calls the program as a client does."""

    def __init__(self, service: Service) -> None:
        self.connection: HTTPConnection = service.connect()

    def ask(self, method: str, path: str, body: object = None) -> dict:
        headers = {"Content-Type": "application/json"} if body is not None else {}
        text = json.dumps(body) if body is not None else None
        self.connection.request(method, path, text, headers)
        response = self.connection.getresponse()
        answer = response.read()
        if response.status >= 300:
            raise BenchError(f"{method} {path} answered {response.status}: {answer[:400]!r}")
        return json.loads(answer) if answer else {}

    def label(self, **members: object) -> str:
        return str(self.ask("POST", "/v1/jobs", {"labelling": members})["id"])

    def task(self, service: str = "crawl", **condition: object) -> str:
        """A task for an outside worker; its job."""
        path = f"/v1/dispatch/{service}/tasks"
        answer = self.ask("POST", path, {"condition": condition or {"keyword": "coffee"}})
        return str(answer["task_id"]).rpartition("_")[2]

    def lease(self, service: str) -> dict:
        answer = self.ask("POST", f"/v1/dispatch/{service}/lease", {"wait_s": 5})
        return dict(answer["tasks"][0])

    def end(self, leased: dict, service: str = "crawl", **end: object) -> None:
        members = {"task_id": leased["task_id"], "lease": leased["lease"]}
        self.ask("POST", f"/v1/dispatch/{service}/complete", members | end)

    def run(self, task: str, days: str, project: str = PROJECT, param: str = "day") -> str:
        """A run of pipelines."""
        body = {"targets": [{"task": task, "params": {param: days}}]}
        return str(self.ask("POST", f"/v1/projects/{project}/runs", body)["id"])

    def jobs_of(self, run: str) -> list[dict]:
        return list(self.ask("GET", f"/v1/runs/{run}/jobs?limit=200")["jobs"])

    def wait(self, job: str, *states: str) -> None:
        wanted = states or ("succeeded", "failed", "cancelled", "skipped")
        for _ in range(PATIENCE_S * 50):
            state = self.ask("GET", f"/v1/jobs/{job}")["state"]
            if state in wanted:
                return
            time.sleep(0.02)
        raise BenchError(f"a job is {state} and not {wanted}")


def filled(setting: Setting, jobs: int) -> Path:
    """The directory with such a store, made if it is not there; to be copied by who changes it."""
    directory = setting.work / f"ui_{jobs}"
    if (directory / "ready").exists():
        return directory
    shutil.rmtree(directory, ignore_errors=True)
    say(f"making a store with {jobs:,} jobs")
    with serving(setting, settings(setting, directory)) as service:
        templates = run_each(Caller(service))
    with closing(sqlite3.connect(directory / "state.db", isolation_level=None)) as store:
        store.execute("PRAGMA synchronous = OFF")
        store.execute("PRAGMA cache_size = -500000")
        store.execute("BEGIN")
        copy_jobs(store, templates, jobs)
        store.execute("COMMIT")
        store.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    (directory / "ready").write_text("", encoding="utf-8")
    return directory


@contextmanager
def copied(setting: Setting, jobs: int) -> Iterator[Path]:
    """A copy of it that is removed afterwards."""
    directory = setting.work / "ui"
    shutil.rmtree(directory, ignore_errors=True)
    settings(setting, directory)
    shutil.copyfile(filled(setting, jobs) / "state.db", directory / "state.db")
    try:
        yield directory
    finally:
        shutil.rmtree(directory, ignore_errors=True)


def run_each(caller: Caller, day: str = DAY) -> dict[str, str]:
    """Runs one job of each kind and end, those of pipelines for a day that is not made."""
    jobs = {
        "author": caller.label(),
        "content": caller.label(predict_type="content", rule_set="interests"),
        "finished": caller.task(),
    }
    caller.end(caller.lease("crawl"), status="finished", result={"found": 1_024})
    jobs["refused"] = caller.task()
    caller.end(caller.lease("crawl"), status="failed", message="the page is gone")
    jobs["cancelled"] = caller.task()
    caller.ask("POST", f"/v1/jobs/{jobs['cancelled']}/cancel")
    jobs["made"] = caller.jobs_of(caller.run("day_log", day))[0]["job_id"]
    failed = caller.jobs_of(caller.run("after_broken", day))
    for job in failed:
        name = "after_broken" if "after_broken" in job["instance"] else "broken"
        jobs[name] = job["job_id"]
    for job in jobs.values():
        caller.wait(job)
    return jobs


def copy_jobs(store: sqlite3.Connection, templates: dict[str, str], count: int) -> None:
    """In the order of their times, as they would have been stored."""
    store.create_function("digits", 1, lambda number: f"{number:012x}", deterministic=True)
    store.execute(
        "CREATE TEMP TABLE made (no INTEGER PRIMARY KEY, id TEXT, template TEXT, later INTEGER,"
        " day TEXT, run TEXT, run_template TEXT)"
    )
    chosen = [name for name, share in SHARES.items() for _ in range(share)]
    store.execute("CREATE TEMP TABLE chosen (no INTEGER PRIMARY KEY, template TEXT)")
    # Not one kind after the other: 37 has no divisor in common with 1,000.
    rows = [(no, templates[chosen[no * 37 % len(chosen)]]) for no in range(len(chosen))]
    store.executemany("INSERT INTO chosen VALUES (?, ?)", rows)
    first = int(time.time() * 1e6) - count * APART_US - 3_600_000_000
    store.execute(
        """
        INSERT INTO made
        WITH RECURSIVE n (no) AS (SELECT 0 UNION ALL SELECT no + 1 FROM n WHERE no + 1 < :count),
        at (no, at) AS (SELECT no, :first + no * :apart FROM n)
        SELECT at.no, digits(at.at / 1000) || '7' || substr(lower(hex(randomblob(10))), 1, 19),
            chosen.template, at.at - job.created_at,
            date(:day, '+' || (at.no / 20) || ' days'),
            digits((:first + at.no / :run * :run * :apart) / 1000) || '70000000'
                || substr(instance.run_id, 21),
            instance.run_id
        FROM at JOIN chosen ON chosen.no = at.no % (SELECT count(*) FROM chosen)
        JOIN audience_job AS job ON job.id = chosen.template
        LEFT JOIN audience_pipeline_instance AS instance ON instance.job_id = job.id
        """,
        {"count": count, "first": first, "apart": APART_US, "run": RUN, "day": DAY},
    )  # fmt: skip
    history = f"made.no >= {count - WITH_HISTORY}"
    named = f"replace(replace({{}}, '{DAY}', made.day), made.template, made.id)"
    later = "{} + made.later"
    starter = "CASE made.no % 5 WHEN 0 THEN 'local' WHEN 1 THEN 'ann' ELSE 'nightly' END"
    copy(store, "audience_job", "id", {
        "id": "made.id", "title": named, "request": named, "identity": named,
        "created_at": later, "started_at": later, "ended_at": later,
        "history": f"CASE WHEN {history} THEN 'kept' ELSE 'swept' END",
        "started_by": starter, "starter": starter,
    })  # fmt: skip
    copy(store, "audience_step", "job_id", {"job_id": "made.id", "ended_at": later})
    copy(store, "audience_batch", "job_id", {"job_id": "made.id", "ended_at": later})
    dispatched = {"job_id": "made.id", "started_at": later, "ended_at": later}
    copy(store, "audience_dispatch", "job_id", dispatched)
    times = {"job_id": "made.id", "started_at": later, "ended_at": later}
    copy(store, "audience_attempt", "job_id", times, history)
    events = {"seq": "NULL", "job_id": "made.id", "at": later}
    copy(store, "audience_event", "job_id", events, history)
    copy(store, "audience_log", "job_id", events, history)
    copy(store, "audience_pipeline_instance", "job_id", {
        "job_id": "made.id", "run_id": "made.run", "no": f"made.no % {RUN}", "identity": named,
    })  # fmt: skip
    copy_runs(store)
    copy_notifications(store, history, starter)


def copy(
    store: sqlite3.Connection, table: str, key: str, changed: dict[str, str], where: str = "TRUE"
) -> None:
    """All rows of the templates, for each job that is made of one."""
    columns = [name for _, name, *_ in store.execute(f"PRAGMA table_info({table})")]
    values = [changed.get(name, "{}").format(f"t.{name}") for name in columns]
    order = "made.no" if key == "id" else "made.no, t.rowid"
    store.execute(
        f"INSERT INTO {table} ({', '.join(columns)}) SELECT {', '.join(values)}"
        f" FROM made CROSS JOIN {table} AS t ON t.{key} = made.template"
        f" WHERE {where} ORDER BY {order}"
    )


def copy_runs(store: sqlite3.Connection) -> None:
    columns = [name for _, name, *_ in store.execute("PRAGMA table_info(audience_pipeline_run)")]
    changed = {
        "id": "made.run",
        "created_at": "t.created_at + min(made.later)",
        "ended_at": "t.ended_at + min(made.later)",
    }
    values = [changed.get(name, f"t.{name}") for name in columns]
    store.execute(
        f"INSERT INTO audience_pipeline_run ({', '.join(columns)}) SELECT {', '.join(values)}"
        " FROM made JOIN audience_pipeline_run AS t ON t.id = made.run_template GROUP BY made.run"
    )


def copy_notifications(store: sqlite3.Connection, history: str, starter: str) -> None:
    """For those who started the jobs; read but for the newest ones."""
    named = "replace({}, made.template, made.id)"
    at = "t.at + made.later"
    copy(store, "audience_notification", "about", {
        "id": "digits((t.at + made.later) / 1000) || '7' || substr(made.id, 14)",
        "about": "made.id", "at": at, "data": named, "no": at,
        "started_by": starter,
    }, history)  # fmt: skip
    store.execute(
        "INSERT OR IGNORE INTO audience_notification_bell (who, no, at, is_read)"
        " SELECT started_by, no, at, TRUE FROM audience_notification WHERE started_by IS NOT NULL"
        " AND no IS NOT NULL"
    )


def wide_job(store: Path, job: str) -> None:
    """Makes a job that has been labelled one of 10,000 batches."""
    with closing(sqlite3.connect(store, isolation_level=None)) as on:
        on.execute("BEGIN")
        numbers = (
            "WITH RECURSIVE n (no) AS (SELECT 0 UNION ALL SELECT no + 1 FROM n"
            f" WHERE no + 1 < {BATCHES})"
        )
        had = "(SELECT max(no) FROM audience_batch WHERE job_id = :job AND step_no = 0)"
        for table, number in (("audience_batch", "no"), ("audience_attempt", "batch_no")):
            columns = [name for _, name, *_ in on.execute(f"PRAGMA table_info({table})")]
            later = "t.{} + n.no * 100000"
            changed = {number: "n.no"} | {
                name: later.format(name) for name in ("started_at", "ended_at") if name in columns
            }
            values = [changed.get(name, f"t.{name}") for name in columns]
            on.execute(
                f"INSERT INTO {table} ({', '.join(columns)}) {numbers} SELECT {', '.join(values)}"
                f" FROM n JOIN {table} AS t ON t.job_id = :job AND t.step_no = 0"
                f" AND t.{number} = 0 WHERE n.no > {had}",
                {"job": job},
            )
        on.execute(
            f"INSERT INTO audience_event (job_id, at, kind, data) {numbers} SELECT job_id,"
            " at + n.no * 100000, kind, replace(data, '\"batch.no\":0', '\"batch.no\":' || n.no)"
            " FROM n JOIN audience_event AS t ON t.job_id = :job AND t.kind LIKE 'batch.%'"
            f" WHERE n.no > {had} ORDER BY n.no, t.seq",
            {"job": job},
        )
        on.execute(
            "UPDATE audience_step SET batches_total = :count, batches_done = :count"
            " WHERE job_id = :job AND no = 0",
            {"job": job, "count": BATCHES},
        )
        on.execute("COMMIT")
