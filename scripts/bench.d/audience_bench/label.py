"""`label`: the whole program against the floor, pair by pair; `combinations`; `extremes`."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from statistics import median

from . import oracle
from .engines import RANGE, Engine
from .measure import BenchError, Measured, run, settle
from .report import Table, goal
from .setting import Setting, say

MIDDLE, LARGE, SMALL = 2_376_186, 9_500_000, 100_000
Published = dict[str, list[tuple[str, ...]]]  # rows by group

EMPTY_RANGE = ("--start", "2019-01-01", "--end", "2019-01-02")

# must and aim of product ÷ floor
RATIO_GOALS = {
    ("author", "sqlite"): ("1.5", "1.1"),
    ("author", "postgres"): ("1.5", "1.1"),
    ("author", "mariadb"): ("2.0", "1.5"),
    ("content", "sqlite"): ("1.2", "0.8"),
}
RSS_GOALS = {MIDDLE: ("96", "64"), LARGE: ("112", "72")}


@dataclass
class Case:
    """A job on a corpus on an engine."""

    engine: Engine
    job: str
    rows: int


@dataclass
class Pair:
    floor: list[Measured]  # read, write, publish
    product: Measured
    figures: dict[str, object]

    @property
    def floor_sum(self) -> Measured:
        return sum(self.floor, Measured())

    @property
    def ratio(self) -> float:
        return self.product.wall_s / self.floor_sum.wall_s


def run_product(
    setting: Setting,
    source: str,
    output: Engine,
    job: str,
    *,
    range_: tuple[str, ...] = RANGE,
    many_rules: bool = False,
) -> tuple[Measured, dict[str, object]]:
    """Labels into a fresh output. The server's time is that of the output's engine."""
    url = output.fresh_output("label")
    command = setting.product(source, url, job, range_=range_, rules=setting.rules(many_rules))
    output.settle()
    settle()
    measured = run(command, server=output.server, environment=setting.environment)
    figures = json.loads(measured.output)
    if figures["stat"] != "SUCCESS" or figures["prod_stat"] not in ("finish", "no_data"):
        raise BenchError(f"the task did not succeed: {figures}")
    return measured, figures


def published_counts(figures: dict[str, object]) -> dict[str, int]:
    """By group; the list of figures may name groups that have staged rows only."""
    groups, lengths = (str(figures[key] or "") for key in ("result", "length_prod_table"))
    pairs = zip(groups.split(","), lengths.split(","), strict=True)
    return {group: int(length) for group, length in pairs if group and int(length)}


def run_pair(setting: Setting, case: Case, database: str) -> Pair:
    staged = setting.staged(case.rows, case.job, RANGE)[case.engine.name]
    case.engine.settle()
    settle()
    floor = [
        case.engine.floor_read(database, case.job),
        case.engine.floor_write(staged),
        case.engine.floor_publish(),
    ]
    source = case.engine.source_url(database)
    product, figures = run_product(setting, source, case.engine, case.job)
    return Pair(floor, product, figures)


class Truth:
    """Counts that every run of a job on a corpus has to come to."""

    def __init__(self, setting: Setting, oracle_rows_max: int) -> None:
        self.setting = setting
        self.oracle_rows_max = oracle_rows_max
        self.known: dict[tuple[str, int], tuple[object, ...]] = {}
        self.computed: set[tuple[str, int]] = set()

    def check(self, job: str, rows: int, figures: dict[str, object], who: str) -> None:
        found = (
            figures["length_receive_table"],
            figures["length_output_table"],
            published_counts(figures),
            figures["uniq_source_author"],
        )
        key = (job, rows)
        if key not in self.known and rows <= self.oracle_rows_max:
            say(f"computing what the {job} job on {rows:,} rows must give")
            expected = oracle.expected(self.setting.corpus(rows), self.setting.rules(), job)
            groups = str(figures["result"]).split(",")
            authors = ",".join(str(expected.authors.get(group, 0)) for group in groups)
            self.known[key] = (expected.received, expected.staged, expected.counts(), authors)
            self.computed.add(key)
        if found != self.known.setdefault(key, found):
            raise BenchError(
                f"{who}: the {job} job on {rows:,} rows gave {found}, not {self.known[key]}"
            )


def label(
    setting: Setting,
    rows: list[int],
    jobs_of: Callable[[int], list[str]],
    pairs_of: Callable[[int], int],
    oracle_rows_max: int,
) -> list[Table]:
    """Floor and product in turn for every engine, size and job."""
    main = Table(
        "Labelling against the floor",
        (
            "job",
            "rows",
            "engine",
            "pairs",
            "floor s",
            "product s",
            "product ÷ floor",
            "least – most",
            "goal",
            "rows/s",
            "cpu s client",
            "server",
            "floor cpu s client",
            "floor server",
            "peak RSS MiB",
            "RSS goal",
            "published",
        ),
        notes=[
            "The floor is the engine's own command-line tool: streaming the needed columns to"
            " nowhere, bulk-loading the staged rows, choosing the newest row of each author and"
            " panel in SQL, one after another. It keeps no checkpoint and counts nothing.",
            "Medians of so many pairs, floor and product in turn, whole processes, page cache"
            " warm; source and output on the same engine.",
        ],
    )
    parts = Table("The floor in parts", ("job", "rows", "engine", "read s", "write s", "publish s"))
    truth = Truth(setting, oracle_rows_max)
    medians: dict[tuple[str, str, int], float] = {}
    for size in rows:
        for job in jobs_of(size):
            for engine in setting.engines.values():
                case = Case(engine, job, size)
                database = setting.loaded(engine, size)
                engine.floor_read(database, job)  # warms the cache
                done = []
                for no in range(pairs_of(size)):
                    pair = run_pair(setting, case, database)
                    truth.check(job, size, pair.figures, engine.name)
                    say(
                        f"{engine.name} {job} {size:,} pair {no + 1}: floor"
                        f" {pair.floor_sum.wall_s:.2f} s, product {pair.product.wall_s:.2f} s"
                    )
                    done.append(pair)
                engine.drop_output("label")
                medians[job, engine.name, size] = median(p.product.wall_s for p in done)
                main.rows.append(main_row(case, done))
                parts.rows.append(
                    (
                        job,
                        size,
                        engine.name,
                        *(median(p.floor[part].wall_s for p in done) for part in range(3)),
                    )
                )
    for job, size in sorted(truth.known):
        how = "with an independent computation" if (job, size) in truth.computed else "on all runs"
        main.notes.append(f"Counts of the {job} job on {size:,} rows are equal {how}.")
    return [main, parts, growth(setting, medians, rows)]


def main_row(case: Case, pairs: list[Pair]) -> tuple[object, ...]:
    ratios = [pair.ratio for pair in pairs]
    wall = median(pair.product.wall_s for pair in pairs)
    goals = RATIO_GOALS.get((case.job, case.engine.name))
    rss_goals = RSS_GOALS.get(case.rows)
    return (
        case.job,
        case.rows,
        case.engine.name,
        len(pairs),
        median(pair.floor_sum.wall_s for pair in pairs),
        wall,
        median(ratios),
        f"{min(ratios):.2f} – {max(ratios):.2f}",
        goal(*goals) if goals and case.rows != SMALL else None,
        round(int(str(pairs[0].figures["length_receive_table"])) / wall),
        median(pair.product.client_cpu_s for pair in pairs),
        median(pair.product.server_cpu_s for pair in pairs) if case.engine.server else None,
        median(pair.floor_sum.client_cpu_s for pair in pairs),
        median(pair.floor_sum.server_cpu_s for pair in pairs) if case.engine.server else None,
        max(pair.product.peak_rss_mib for pair in pairs),
        goal(*rss_goals) if rss_goals else None,
        sum(published_counts(pairs[0].figures).values()),
    )


def growth(setting: Setting, medians: dict[tuple[str, str, int], float], rows: list[int]) -> Table:
    """How time grows with rows, and what a task costs that finds none."""
    table = Table("Growth and fixed cost", ("figure", "engine", "measured", "goal"))
    for engine in setting.engines.values():
        source = engine.source_url(setting.loaded(engine, rows[0]))
        runs = [
            run_product(setting, source, engine, "author", range_=EMPTY_RANGE)[0] for _ in range(5)
        ]
        cost = median(measured.wall_s for measured in runs)
        table.rows.append(("task on an empty range, s", engine.name, cost, goal("0.15", "0.05")))
        engine.drop_output("label")
        author = ("author", engine.name, MIDDLE)
        if author in medians and engine.name in ("sqlite", "postgres"):
            table.rows.append(
                (
                    "author job, 2,376,186 rows, s",
                    engine.name,
                    medians[author],
                    goal("4", "2.5"),
                )
            )
        for job in ("author", "content"):
            sizes = [(job, engine.name, size) for size in (LARGE, MIDDLE)]
            if not all(size in medians for size in sizes):
                continue
            large, middle = (medians[size] / size[2] for size in sizes)
            table.rows.append(
                (
                    f"{job} job, time a row at 9.5 M ÷ at 2.4 M",
                    engine.name,
                    large / middle,
                    goal("1.25", "1.05"),
                )
            )
    return table


def combinations(setting: Setting, rows: int = SMALL) -> list[Table]:
    """Every source with every output: the published rows must be the same ones."""
    table = Table(
        "Every combination of source and output",
        ("job", "rows", "source", "output", "product s", "published"),
    )
    for job in ("author", "content"):
        expected = oracle.expected(setting.corpus(rows), setting.rules(), job)
        wanted: Published = {group: list(of) for group, of in expected.published.items()}
        first: Published | None = None
        for source in setting.engines.values():
            url = source.source_url(setting.loaded(source, rows))
            for output in setting.engines.values():
                who = f"{source.name} to {output.name}, {job} job"
                say(f"labelling {who}")
                measured, _ = run_product(setting, url, output, job)
                found = output.published("label")
                plain: Published = {group: [row[:6] for row in of] for group, of in found.items()}
                same("the independent computation", wanted, plain, who)
                first = first or found
                same("the first combination", first, found, who)
                output.drop_output("label")
                count = sum(map(len, found.values()))
                table.rows.append((job, rows, source.name, output.name, measured.wall_s, count))
    table.notes.append(
        "Published rows of all combinations are equal in every column but task_id,"
        " and equal to an independent computation (match_meta among themselves)."
    )
    return [table]


def same(what: str, wanted: Published, found: Published, who: str) -> None:
    """Fails with an example of what differs."""
    for group in sorted(wanted.keys() | found.keys()):
        one, other = set(wanted.get(group, [])), set(found.get(group, []))
        if one != other or len(wanted.get(group, [])) != len(found.get(group, [])):
            raise BenchError(
                f"{who}: `{group}` differs from {what}: missing {sorted(one - other)[:2]},"
                f" too many {sorted(other - one)[:2]}"
            )


def extremes(setting: Setting, pairs: int) -> list[Table]:
    """Three million rows at one moment, texts of 8 MB, a hundred thousand rules."""
    table = Table(
        "Extremes", ("case", "engine", "product s", "rows/s", "peak RSS MiB", "published")
    )
    cases = (
        ("3,000,000 rows in one second, author job", "second", 3_000_000, "author"),
        ("1,000 rows, 20 of them with 8 MB of text, content job", "huge", 1_000, "content"),
    )
    for title, shape, rows, job in cases:
        counts = None
        for engine in setting.engines.values():
            source = engine.source_url(setting.loaded(engine, rows, shape))
            measured, figures = run_product(setting, source, engine, job)
            engine.drop_output("label")
            counts = counts or published_counts(figures)
            if counts != published_counts(figures):
                raise BenchError(f"{title}: {engine.name} published other rows")
            received = int(str(figures["length_receive_table"]))
            table.rows.append(
                (
                    title,
                    engine.name,
                    measured.wall_s,
                    round(received / measured.wall_s),
                    measured.peak_rss_mib,
                    sum(counts.values()),
                )
            )
    return [table, many_rules(setting, pairs)]


def many_rules(setting: Setting, pairs: int) -> Table:
    table = Table(
        "100,000 keyword rules against 3,957 (author job, 2,376,186 rows)",
        ("engine", "3,957 rules s", "100,000 rules s", "ratio", "goal", "peak RSS MiB"),
        notes=["The other 96,043 rules match no author, so both find the same rows."],
    )
    for engine in setting.engines.values():
        source = engine.source_url(setting.loaded(engine, MIDDLE))
        few, many = [], []
        for _ in range(pairs):
            one, figures = run_product(setting, source, engine, "author")
            other, others = run_product(setting, source, engine, "author", many_rules=True)
            if published_counts(figures) != published_counts(others):
                raise BenchError(f"{engine.name}: 100,000 rules published other rows")
            few.append(one)
            many.append(other)
        engine.drop_output("label")
        ratio = median(b.wall_s / a.wall_s for a, b in zip(few, many, strict=True))
        table.rows.append(
            (
                engine.name,
                median(m.wall_s for m in few),
                median(m.wall_s for m in many),
                ratio,
                goal("1.3", "1.1"),
                max(m.peak_rss_mib for m in many),
            )
        )
    return table
