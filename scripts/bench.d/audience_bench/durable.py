"""`durable`: jobs that do nothing but survive anything, through the whole engine."""

import json
from statistics import median

from .engines import Sqlite
from .measure import run, settle
from .report import Table
from .setting import Setting, say

# in flight: jobs of a run
RUNS = {1_000: 50_000, 1: 1_000}
REPEATS = 3
ENGINES = ("sqlite", "postgres")

# jobs/s with 1,000 in flight; ms from submit to done of one
RATE_GOALS = {"sqlite": "≥ 10,000 (aim 25,000)", "postgres": "≥ 5,000 (aim 12,000)"}
LATENCY_GOALS = {"sqlite": "p50 ≤ 2, p99 ≤ 10 (aim 1, 5)"}


def durable(setting: Setting) -> list[Table]:
    """The program's own bench, each time on a database that is new."""
    table = Table(
        "Durable no-op jobs",
        (
            "engine",
            "in flight",
            "jobs",
            "jobs/s",
            "p50 ms",
            "p99 ms",
            "cpu s client",
            "server",
            "peak RSS MiB",
            "goal",
        ),
        notes=[
            f"Submit to done, medians of {REPEATS} runs, each on a new database; every change is"
            " flushed to the disk before it counts."
        ],
    )
    for engine in (setting.engines[name] for name in ENGINES if name in setting.engines):
        for in_flight, jobs in RUNS.items():
            say(f"{jobs:,} jobs on {engine.name}, {in_flight:,} in flight")
            found, runs = [], []
            for _ in range(REPEATS):
                url = engine.fresh_output("durable")
                engine.settle()
                settle()
                command = [
                    str(setting.binary),
                    "bench",
                    "jobs",
                    "--jobs",
                    str(jobs),
                    "--in-flight",
                    str(in_flight),
                    "--database",
                    url,
                    "--json",
                ]
                measured = run(command, server=engine.server, environment=setting.environment)
                runs.append(measured)
                found.append(json.loads(measured.output))
            engine.drop_output("durable")
            goals = LATENCY_GOALS if in_flight == 1 else RATE_GOALS
            table.rows.append(
                (
                    engine.name,
                    in_flight,
                    jobs,
                    *(
                        float(median(one[key] for one in found))
                        for key in ("jobs_per_s", "p50_ms", "p99_ms")
                    ),
                    median(one.client_cpu_s for one in runs),
                    None
                    if isinstance(engine, Sqlite)
                    else median(one.server_cpu_s for one in runs),
                    max(one.peak_rss_mib for one in runs),
                    goals.get(engine.name),
                )
            )
    return [table]
