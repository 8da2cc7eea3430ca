"""What a job has left once it is through, beside what it was to leave."""

from collections import Counter
from typing import Protocol

from audience_bench.engines import Engine
from audience_bench.setting import say

# Counts by what they are of: a query, and what it has to answer.
Counts = dict[str, tuple[str, str]]

# Of any job that is through.
OF_ANY_JOB: Counts = {
    "jobs that succeeded": ("SELECT count(*) FROM audience_job WHERE state = 'succeeded'", "1"),
    "leases": ("SELECT count(*) FROM audience_job WHERE lease_owner IS NOT NULL", "0"),
    "open attempts": ("SELECT count(*) FROM audience_attempt WHERE outcome = 'running'", "0"),
}


class Differences(Protocol):
    lost: int
    doubled: int
    differing: int


def compare_rows(
    found: Counter[str],
    expected: Counter[str],
    tally: Differences,
    engine: Engine,
    name: str,
    counts: Counts,
) -> None:
    """Adds to the tally how the rows, and the counts of the database `name`, differ."""
    lost, doubled = (expected - found).total(), (found - expected).total()
    tally.lost += lost
    tally.doubled += doubled
    differences = [
        f"{what}: {count} instead of {wanted}"
        for what, (sql, wanted) in counts.items()
        if (count := engine.rows(name, sql).strip()) != wanted
    ]
    if lost or doubled or differences:
        tally.differing += 1
        say(f"DIFFERS: {lost} rows lost, {doubled} others; {'; '.join(differences)}")
