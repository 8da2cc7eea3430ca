"""What a finished task left in a database, to be compared; and what a killed one was doing."""

import json
from collections import Counter
from dataclasses import dataclass

from audience_bench.engines import RESULT_PREFIX, Engine
from audience_bench.measure import BenchError

# Differ from run to run, whatever happens.
STATE = (
    "stat", "prod_stat", "model_type", "predict_type", "date_range", "target_table",
    "length_receive_table", "length_output_table", "length_prod_table", "result",
    "uniq_source_author", "rate_of_label", "check_point", "error_message",
)  # fmt: skip

ENGINE = {
    "jobs that succeeded": "SELECT count(*) FROM audience_job WHERE state = 'succeeded'",
    "jobs": "SELECT count(*) FROM audience_job",
    "leases": "SELECT count(*) FROM audience_job WHERE lease_owner IS NOT NULL",
    "open attempts": "SELECT count(*) FROM audience_attempt WHERE outcome = 'running'",
    "failed attempts": "SELECT count(*) FROM audience_attempt WHERE outcome = 'failed'",
    "tasks with checkpoints of authors": "SELECT count(*) FROM audience_output_author",
}


@dataclass
class Snapshot:
    published: Counter[tuple[str, ...]]
    staged: str
    state: str
    figures: str
    engine: str  # counts in the order of ENGINE

    @classmethod
    def of(cls, engine: Engine, output: str) -> "Snapshot":
        published: Counter[tuple[str, ...]] = Counter()
        for group, rows in engine.published(output).items():
            published.update((group, *row) for row in rows)
        groups = [table.removeprefix(RESULT_PREFIX) for table in engine.tables(output)]
        counts = (f"(SELECT count(*) FROM {engine.quote(group)})" for group in sorted(groups))
        staged = one(engine, output, f"SELECT {', '.join(counts)}")
        state = one(engine, output, f"SELECT {', '.join(STATE)} FROM state")
        figures = json.loads(one(engine, output, "SELECT figures FROM audience_output_task"))
        figures.pop("times", None)
        return cls(
            published, staged, state, json.dumps(figures, sort_keys=True),
            one(engine, output, "SELECT " + ", ".join(f"({sql})" for sql in ENGINE.values())),
        )  # fmt: skip

    def missing_of(self, expected: "Snapshot") -> int:
        return sum((expected.published - self.published).values())

    def surplus_over(self, expected: "Snapshot") -> int:
        return sum((self.published - expected.published).values())

    def difference_from(self, expected: "Snapshot") -> str:
        """Besides the published rows."""
        parts = ("staged", "state", "figures", "engine")
        pairs = ((part, getattr(self, part), getattr(expected, part)) for part in parts)
        return "; ".join(
            f"{part}: {one} instead of {two}" for part, one, two in pairs if one != two
        )


def one(engine: Engine, output: str, sql: str) -> str:
    lines = engine.rows(output, sql).splitlines()
    if len(lines) != 1:
        raise BenchError(f"{len(lines)} rows where one was expected: {sql}")
    return lines[0]


def phase(engine: Engine, output: str, started_at: float) -> str:
    """What the process was doing that was started then and has just been killed."""
    begun = f"""SELECT count(*) FROM audience_event
        WHERE kind IN ('job.started', 'job.adopted') AND at >= {int(started_at * 1e6)}"""
    try:
        if one(engine, output, "SELECT count(*) FROM audience_job") == "0":
            return "start"
        if one(engine, output, begun) == "0":
            return "recovery"
        states = engine.rows(output, "SELECT state FROM audience_step ORDER BY no").split()
    except BenchError:
        return "start"  # not even the tables are there
    match states:
        case ["pending", _]:
            return "planning"
        case ["running", _]:
            return "slices"
        case ["completed", "completed"]:
            return "the end"
        case _:
            return "publishing"


def adopted_at(engine: Engine, output: str, since: float) -> float | None:
    """When a process that was started then had claimed what another had left."""
    sql = f"""SELECT min(at) FROM audience_event
        WHERE kind = 'job.adopted' AND at >= {int(since * 1e6)}"""
    try:
        found = engine.rows(output, sql).strip()
    except BenchError:
        return None
    return int(found) / 1e6 if found.isdigit() else None
