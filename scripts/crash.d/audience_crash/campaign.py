"""The campaign: kills, restarts, comparisons, and the table that comes of it."""

import argparse
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

from audience_bench.command_line import prepared, words
from audience_bench.engines import Engine
from audience_bench.kafka import broker
from audience_bench.measure import BenchError
from audience_bench.platforms import folder_of
from audience_bench.report import Table, facts, machine
from audience_bench.setting import ENGINES, Setting, say, servers

from . import briefs, commits, models, pipelines, prediction
from .outages import new_table, outages
from .runs import Label, Run, Serve
from .snapshot import Snapshot, adopted_at, phase

ROWS = 20_000

# Of the kills, so many hit a process that has just been started.
EARLY = 0.3
EARLY_S = 0.12

# A task that is not through after so many kills is left alone to finish.
KILLS_OF_A_TASK_MAX = 12


@dataclass
class Tally:
    kills: int = 0
    tasks: int = 0
    lost: int = 0
    doubled: int = 0
    differing: int = 0
    phases: Counter[str] = field(default_factory=Counter)
    first_claims_ms: list[float] = field(default_factory=list)
    took_s: float = 0.0

    def row(self, engine: str, how: str) -> tuple[object, ...]:
        claims = sorted(self.first_claims_ms)

        def percentile(share: float) -> float | None:
            return claims[min(len(claims) - 1, int(len(claims) * share))] if claims else None

        phases = ", ".join(f"{name} {count}" for name, count in sorted(self.phases.items()))
        return (engine, how, self.kills, self.tasks, self.lost, self.doubled, self.differing,
                phases, percentile(0.5), percentile(0.99), round(self.took_s))  # fmt: skip


def campaign(
    setting: Setting, engine: Engine, run: Run, kills: int, chance: random.Random
) -> Tally:
    """Tasks one after another, each killed until it is through, until there were enough kills."""
    tally = Tally()
    began = time.monotonic()
    undisturbed_s, expected = undisturbed(engine, run)
    say(f"{engine.name}, {run.name}: undisturbed in {undisturbed_s:.2f} s")
    while tally.kills < kills:
        output = engine.fresh_output(run.output)
        run.begin(output)
        killed = 0
        while killed < min(KILLS_OF_A_TASK_MAX, kills - tally.kills):
            if disturb(engine, run, chance, undisturbed_s, tally):
                break
            killed += 1
            tally.kills += 1
        run.finish()
        tally.tasks += 1
        compare(Snapshot.of(engine, run.output), expected, tally)
        if tally.tasks % 25 == 0:
            say(f"{engine.name}, {run.name}: {tally.kills} kills, {tally.tasks} tasks")
    engine.drop_output(run.output)
    tally.took_s = time.monotonic() - began
    return tally


def undisturbed(engine: Engine, run: Run) -> tuple[float, Snapshot]:
    took = []
    for _ in range(3):
        output = engine.fresh_output(run.output)
        run.begin(output)
        began = time.monotonic()
        run.finish()
        took.append(time.monotonic() - began)
    return min(took), Snapshot.of(engine, run.output)


def disturb(
    engine: Engine, run: Run, chance: random.Random, undisturbed_s: float, tally: Tally
) -> bool:
    """Starts the program and kills it some time later; answers whether the task was faster."""
    early = chance.random() < EARLY
    delay = chance.uniform(0, EARLY_S if early else undisturbed_s * 1.1)
    started_at = time.time()
    if run.start_and_kill(delay):
        return True
    at = phase(engine, run.output, started_at)
    tally.phases[at] += 1
    claimed_at = adopted_at(engine, run.output, started_at)
    if claimed_at is not None:
        tally.first_claims_ms.append((claimed_at - started_at) * 1000)
    return False


def compare(found: Snapshot, expected: Snapshot, tally: Tally) -> None:
    lost, doubled = found.missing_of(expected), found.surplus_over(expected)
    tally.lost += lost
    tally.doubled += doubled
    difference = found.difference_from(expected)
    if lost or doubled or difference:
        tally.differing += 1
        say(f"DIFFERS: {lost} rows lost, {doubled} doubled; {difference}")


def main(repository: Path) -> int:
    parser = argparse.ArgumentParser(prog="scripts/crash")
    add = parser.add_argument
    add("--kills", type=int, default=100, help="on each engine")
    add("--seed", type=int, default=1, help="of the moments")
    add("--engines", type=words(ENGINES), default=list(ENGINES), help="of sqlite,postgres,mariadb")
    add("--rows", type=int, default=ROWS, help="of the table that is labelled")
    add("--failures", type=int, default=40, help="of commits, on each engine")
    add("--outages", type=int, default=12, help="of the broker and of the server, on each engine")
    add("--backfills", type=int, default=40, help="kills of backfills, on each engine")
    add("--imports", type=int, default=40, help="kills of imports and scrapes, on each engine")
    add("--models", type=int, default=40, help="kills while models are changed, on each engine")
    add("--briefs", type=int, default=40, help="kills while briefs run, on each engine, half of them"
        " over Kafka")  # fmt: skip
    add("--platforms", type=Path, help="folder of the fixture platforms that briefs ask [default:"
        " the variable AUDIENCE_BENCH_PLATFORMS; none: no briefs]")  # fmt: skip
    add("--serve", type=float, default=0.5, help="share of the kills that hit `audience serve`")
    temporary = Path(tempfile.gettempdir())
    add("--work", type=Path, default=temporary / "audience-crash", help="where everything is kept")
    add("--document", type=Path, help="where to write the table, too, as in CRASHES.md")
    add("--binary", type=Path, help="the program [default: the release build, made if missing]")
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("scripts/crash: ended by SIGTERM"))
    try:
        setting = prepared(repository, options)
        with servers(setting, options.engines, "tests"):
            crashes = run_all(setting, options)
            failed = run_failures(setting, options)
            disturbed = run_outages(setting, options)
            backfills = run_backfills(setting, options)
            imports = run_imports(setting, options)
            changed = run_models(setting, options)
            briefed = run_briefs(setting, options)
    except (BenchError, subprocess.CalledProcessError) as error:
        print(f"scripts/crash: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    tables = [crashes, failed, disturbed, backfills, imports, changed, briefed]
    tables = [table for table in tables if table.rows]
    for table in tables:
        print(table.markdown())
    if options.document:
        options.document.write_text(document(repository, tables), encoding="utf-8")
    differ = [row[4] or row[5] or row[6] for row in crashes.rows]
    differ += [row[4] or row[5] or row[6] for row in failed.rows]
    differ += [row[5] or row[6] or row[7] or row[8] for row in backfills.rows]
    differ += [row[4] or row[5] or row[6] or row[7] for row in imports.rows]
    differ += [row[3] or row[4] or row[6] or row[8] or row[9] for row in changed.rows]
    differ += [row[4] or row[5] or row[6] or row[7] or row[8] for row in briefed.rows]
    return int(any(differ + [row[3] or row[4] for row in disturbed.rows]))


def document(repository: Path, tables: list[Table]) -> str:
    return (
        "# Crashes\n\nThe last long run of `scripts/crash --document`, which writes this file."
        "\n\n" + facts(machine(repository)) + "\n"
        + "\n".join(table.markdown() for table in tables)
    )  # fmt: skip


def run_all(setting: Setting, options: argparse.Namespace) -> Table:
    table = Table(
        "Crashes",
        ("engine", "program", "kills", "tasks", "rows lost", "rows doubled", "tasks that differ",
         "killed in", "first claim after a restart p50 ms", "p99 ms", "took s"),
        notes=[
            f"Each task labels {options.rows:,} rows; seed {options.seed}. Compared with an"
            " undisturbed run: published rows, staged rows, the row in `state`, the figures, and"
            " the engine's tables.",
        ],
    )  # fmt: skip
    for engine in setting.engines.values() if options.kills else ():
        source = engine.source_url(setting.loaded(engine, options.rows))
        in_serve = round(options.kills * options.serve)
        for kind, kills in ((Label, options.kills - in_serve), (Serve, in_serve)):
            if kills:
                run = kind(setting, source)
                chance = random.Random(f"{options.seed} {engine.name} {run.name}")
                tally = campaign(setting, engine, run, kills, chance)
                table.rows.append(tally.row(engine.name, run.name))
                say(" · ".join(str(cell) for cell in table.rows[-1]))
    return table


def run_failures(setting: Setting, options: argparse.Namespace) -> Table:
    table = commits.new_table(options.seed, options.rows)
    for engine in setting.engines.values() if options.failures else ():
        source = engine.source_url(setting.loaded(engine, options.rows))
        with commits.trouble(setting, engine) as trouble:
            for kind in (Label, Serve) if trouble else ():
                run = kind(setting, source)
                expected = undisturbed(trouble.engine, run)
                chance = random.Random(f"{options.seed} {engine.name} {run.name} commits")
                half = options.failures // 2
                tally = commits.failing_commits(trouble, run, half, expected, chance)
                table.rows.append(tally.row(engine.name, run.name))
                say(" · ".join(str(cell) for cell in table.rows[-1]))
    return table


def run_outages(setting: Setting, options: argparse.Namespace) -> Table:
    table = new_table(options.seed)
    for engine in setting.engines.values() if options.outages else ():
        chance = random.Random(f"{options.seed} {engine.name} outages")
        tally = outages(setting, engine, options.outages, chance)
        table.rows.append(tally.row(engine.name))
        say(" · ".join(str(cell) for cell in table.rows[-1]))
    return table


def run_backfills(setting: Setting, options: argparse.Namespace) -> Table:
    table = pipelines.new_table(options.seed)
    for engine in setting.engines.values() if options.backfills else ():
        chance = random.Random(f"{options.seed} {engine.name} backfills")
        tally = pipelines.kills(setting, engine, options.backfills, chance)
        table.rows.append(tally.row(engine.name))
        say(" · ".join(str(cell) for cell in table.rows[-1]))
    return table


def run_imports(setting: Setting, options: argparse.Namespace) -> Table:
    table = prediction.new_table(options.seed)
    for engine in setting.engines.values() if options.imports else ():
        for what, tally in prediction.kills(setting, engine, options.imports, options.seed):
            table.rows.append(tally.row(engine.name, what))
            say(" · ".join(str(cell) for cell in table.rows[-1]))
    return table


def run_models(setting: Setting, options: argparse.Namespace) -> Table:
    table = models.new_table(options.seed)
    for engine in setting.engines.values() if options.models else ():
        tally = models.kills(setting, engine, options.models, options.seed)
        table.rows.append(tally.row(engine.name))
        say(" · ".join(str(cell) for cell in table.rows[-1]))
    return table


def run_briefs(setting: Setting, options: argparse.Namespace) -> Table:
    table = briefs.new_table(options.seed)
    folder = folder_of(options.platforms)
    if options.briefs and folder is None:
        say("no briefs: --platforms names no folder")
    if not (options.briefs and folder):
        return table
    through_kafka = options.briefs // 2
    through_process = options.briefs - through_kafka
    with ExitStack() as stack:
        kafka = stack.enter_context(broker(setting, "tests")) if through_kafka else None
        if kafka:
            kafka.make(*briefs.topics())
        for engine in setting.engines.values():
            for number, through in ((through_process, None), (through_kafka, kafka)):
                if number:
                    tally = briefs.kills(setting, engine, folder, number, options.seed, through)
                    table.rows.append(tally.row(engine.name, briefs.way(through)))
                    say(" · ".join(str(cell) for cell in table.rows[-1]))
    return table
