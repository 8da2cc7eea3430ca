"""The command line of `scripts/bench`."""

import argparse
import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable
from itertools import chain
from pathlib import Path

from . import (
    answers,
    api,
    brief,
    brief_python,
    dispatch,
    durable,
    flood,
    imports,
    label,
    pipelines,
    platforms,
    predict,
    report,
    rule_sets,
    telemetry,
    ui,
)
from .measure import BenchError
from .report import Table
from .setting import ENGINES, Setting, say, servers

PACKAGES = {
    "sqlite3": "sqlite3",
    "psql": "postgresql-client",
    "mariadb": "mariadb-client",
    "/usr/bin/time": "time",
    "make": "make",
    "lz4cat": "lz4",
}


def words(allowed: tuple[str, ...]) -> Callable[[str], list[str]]:
    def parse(text: str) -> list[str]:
        found = text.split(",")
        if unknown := set(found) - set(allowed):
            raise argparse.ArgumentTypeError(f"{', '.join(unknown)}: not one of {allowed}")
        return [word for word in allowed if word in found]

    return parse


def numbers(text: str) -> list[int]:
    return sorted(int(word.replace("_", "")) for word in text.split(","))


def parser(repository: Path) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="scripts/bench")
    parser.add_argument(
        "what",
        choices=("label", "combinations", "extremes", "durable", "api", "flood", "dispatch",
                 "pipelines", "import", "predict", "brief", "rules", "telemetry", "ui", "read", "all"),
    )  # fmt: skip
    temporary = Path(tempfile.gettempdir())
    add = parser.add_argument
    add("--work", type=Path, default=temporary / "audience-bench", help="where everything is kept")
    add("--binary", type=Path, help="the program [default: the release build, made if missing]")
    add("--engines", type=words(ENGINES), default=list(ENGINES), help="of sqlite,postgres,mariadb")
    sizes = [label.SMALL, label.MIDDLE, label.LARGE]
    add("--rows", type=numbers, default=sizes, help="sizes of the corpus, for label")
    add("--jobs", type=words(("author", "content")), default=["author", "content"])
    add("--pairs", type=int, default=3, help="of floor and product, of which the median counts")
    add("--large-pairs", type=int, default=1, help="the same for the largest corpus")
    add("--large-jobs", type=words(("author", "content")), default=["author"], help="on that one")
    add(
        "--oracle-rows-max",
        type=int,
        default=label.MIDDLE,
        help="up to this size the result is checked against an independent computation",
    )
    add("--tasks", type=int, default=dispatch.TASKS, help="that dispatch creates in a run")
    add("--waiting", type=int, default=answers.WAITING, help="answers that dispatch lets wait")
    add("--stored", type=int, default=ui.JOBS, help="jobs of the store whose pages ui measures")
    add("--log-lines", type=int, default=ui.LOG_LINES, help="of the log that ui shows")
    add("--platforms", type=Path, help="folder of the fixture platforms that brief asks [default:"
        " the variable AUDIENCE_BENCH_PLATFORMS]")  # fmt: skip
    add("--briefs", type=int, default=20, help="runs of brief, with a seed each")
    add("--articles", type=int, default=brief.ARTICLES, help="of each of these platforms; with"
        " fewer, brief only shows that it works")  # fmt: skip
    add("--texts", type=Path, help="what rules looks through: a TSV file with a heading, the texts in"
        " the last column [default: contents like those of the corpus]")  # fmt: skip
    add("--json", type=Path, help="where to write the figures as JSON")
    add(
        "--document",
        type=Path,
        help="written by all [default: BENCHMARKS.md]; another part that is told to puts its"
        " tables there in the place of the old ones",
    )
    return parser


def tables_of(
    what: str,
    setting: Setting,
    options: argparse.Namespace,
    so_far: Callable[[list[Table]], None],
) -> list[Table]:
    def labelled() -> list[Table]:
        return label.label(
            setting,
            options.rows,
            lambda rows: options.large_jobs if rows >= label.LARGE else options.jobs,
            lambda rows: options.large_pairs if rows >= label.LARGE else options.pairs,
            options.oracle_rows_max,
        )

    parts: dict[str, Callable[[], Iterable[Table]]] = {
        "label": labelled,
        "combinations": lambda: label.combinations(setting),
        "extremes": lambda: label.extremes(setting, options.pairs),
        "durable": lambda: durable.durable(setting),
        "api": lambda: api.api(setting),
        "flood": lambda: flood.flood(setting),
        "dispatch": lambda: [
            *dispatch.dispatch(setting, options.tasks, options.pairs),
            answers.answers(setting, options.waiting, options.pairs),
        ],
        "pipelines": lambda: pipelines.pipelines(setting, options.pairs),
        "import": lambda: imports.imports(setting, options.pairs),
        "predict": lambda: predict.predict(setting, options.pairs),
        "brief": lambda: chain(
            brief.brief(
                setting, options.platforms, options.articles, options.briefs, options.pairs
            ),
            brief_python.against_python(
                setting, options.platforms, options.articles, options.pairs
            ),
        ),
        "rules": lambda: rule_sets.rule_sets(setting, options.texts, options.pairs),
        "telemetry": lambda: telemetry.telemetry(setting, 3 * options.pairs),
        "ui": lambda: ui.ui(setting, options.stored, options.log_lines, options.pairs),
    }
    if what == "read":
        what = "label"  # reading is a part of its floor; the direct drivers are not measured
    chosen = list(parts) if what == "all" else [what]
    if what == "all" and platforms.folder_of(options.platforms) is None:
        say("brief is not measured: --platforms names no folder")
        chosen.remove("brief")
    tables = []
    for part in chosen:
        for table in parts[part]():
            print(table.markdown(), flush=True)
            tables.append(table)
            so_far(tables)
    return tables


def prepared(repository: Path, options: argparse.Namespace) -> Setting:
    """With what is needed installed, built and made."""
    for program, package in PACKAGES.items():
        subprocess.run([repository / "scripts/install", program, package], check=True)
    options.work.mkdir(parents=True, exist_ok=True)
    # The servers' users have to reach their part of it.
    options.work.chmod(options.work.stat().st_mode | 0o111)
    binary = (options.binary or built(repository, "--release")).resolve()
    return Setting(repository, options.work.resolve(), binary)


def built(repository: Path, *options: str) -> Path:
    """The program where cargo puts it; built if it is not there."""
    command = ["cargo", "build", *options, "--locked"]
    command.append("--message-format=json-render-diagnostics")
    built = subprocess.run(
        command, cwd=repository, check=True, stdout=subprocess.PIPE, encoding="utf-8"
    )
    messages = (json.loads(line) for line in built.stdout.splitlines())
    found = [message["executable"] for message in messages if message.get("executable")]
    return Path(found[-1])


def main(repository: Path) -> int:
    options = parser(repository).parse_args()
    # Being ended is an exception here, so that what was started is stopped.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("scripts/bench: ended by SIGTERM"))
    try:
        setting = prepared(repository, options)
        about = report.machine(repository)
        with servers(setting, options.engines):
            about["versions"] = ", ".join(
                [program_version(setting.binary), *(e.version() for e in setting.engines.values())]
            )
            # A run that is ended early has written what it knew.
            tables = tables_of(
                options.what,
                setting,
                options,
                lambda tables: write(repository, options, about, tables),
            )
    except (BenchError, subprocess.CalledProcessError) as error:
        print(f"scripts/bench: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    write(repository, options, about, tables)
    return 0


def write(
    repository: Path, options: argparse.Namespace, about: dict[str, str], tables: list[Table]
) -> None:
    if options.json:
        figures = {"machine": about, "tables": [table.json() for table in tables]}
        options.json.write_text(json.dumps(figures, ensure_ascii=False, indent=2) + os.linesep)
    is_new = options.document and not options.document.exists()
    if options.what == "all" or is_new:
        path = options.document or repository / "BENCHMARKS.md"
        path.write_text(report.document(about, tables), encoding="utf-8")
    elif options.document:
        before = options.document.read_text(encoding="utf-8")
        after = report.with_tables(before, about, tables)
        options.document.write_text(after, encoding="utf-8")


def program_version(binary: Path) -> str:
    return subprocess.run(
        [binary, "--version"], check=True, capture_output=True, encoding="utf-8"
    ).stdout.strip()
