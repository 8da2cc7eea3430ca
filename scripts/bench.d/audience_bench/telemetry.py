"""`telemetry`: what it costs to be seen into."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from statistics import median

from . import label
from .engines import RANGE
from .measure import Measured, run, settle
from .report import Table
from .setting import Setting, say

ROWS = label.MIDDLE

# Where nobody listens.
NOBODY = "http://127.0.0.1:1"


@dataclass
class Way:
    """How much is told, and to whom."""

    name: str
    variables: dict[str, str]
    goal: str


@contextmanager
def collector(setting: Setting) -> Iterator[str]:
    """A receiver that takes everything and looks at nothing; its address."""
    servers = setting.repository / "scripts/servers"
    packages = subprocess.run(
        [str(servers), "receiver"], check=True, stdout=subprocess.PIPE, encoding="utf-8"
    ).stdout.strip()
    program = setting.repository / "scripts/servers.d/otlp_receiver.py"
    with subprocess.Popen(
        [sys.executable, str(program), "/dev/null", "--discard"],
        env={"PYTHONPATH": packages},
        stdout=subprocess.PIPE,
        encoding="utf-8",
    ) as process:
        assert process.stdout
        port = process.stdout.readline().split()[1]
        try:
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()


def telemetry(setting: Setting, rounds: int) -> list[Table]:
    """The author job on SQLite, the ways in turn, so that each meets the same weather."""
    engine = setting.engines["sqlite"]
    source = engine.source_url(setting.loaded(engine, ROWS))
    runs: dict[str, list[Measured]] = {}
    with collector(setting) as address:
        endpoint = "OTEL_EXPORTER_OTLP_ENDPOINT"
        ways = [
            Way("nothing is sent", {}, "–"),
            Way("to a collector that is away", {endpoint: NOBODY}, "≤ 1.01"),
            Way("to a collector", {endpoint: address}, "≤ 1.03"),
        ]
        for no in range(rounds):
            for way in ways:
                say(f"round {no + 1}: {way.name}")
                runs.setdefault(way.name, []).append(labelled(setting, source, way))
    engine.drop_output("telemetry")
    table = Table(
        f"What telemetry costs (author job on SQLite, {ROWS:,} rows)",
        ("traces, metrics and logs", "runs", "s", "ratio", "cpu s", "ratio of cpu", "goal"),
        notes=[
            f"Medians of {rounds} rounds of the three in turn, and medians of the ratios within a"
            " round. The collector discards what it gets, on the same cores.",
        ],
    )
    usual = runs[ways[0].name]
    for way in ways:
        own = runs[way.name]
        ratios = [one.wall_s / other.wall_s for one, other in zip(own, usual, strict=True)]
        cpu = [one.client_cpu_s / other.client_cpu_s for one, other in zip(own, usual, strict=True)]
        table.rows.append(
            (
                way.name,
                rounds,
                median(one.wall_s for one in own),
                median(ratios),
                median(one.client_cpu_s for one in own),
                median(cpu),
                way.goal,
            )
        )
    return [table]


def labelled(setting: Setting, source: str, way: Way) -> Measured:
    engine = setting.engines["sqlite"]
    url = engine.fresh_output("telemetry")
    command = setting.product(source, url, "author", range_=RANGE, rules=setting.rules())
    settle()
    return run(command, environment=setting.environment | way.variables)
