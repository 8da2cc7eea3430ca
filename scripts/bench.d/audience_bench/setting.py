"""What a bench works in: its directory, the program, the servers, the corpora."""

import os
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from . import corpus, rules
from .engines import RESULT_PREFIX, STAGED, Engine, Mariadb, Postgres, Sqlite
from .measure import BenchError

ENGINES = ("sqlite", "postgres", "mariadb")


def say(message: str) -> None:
    print(f"[{time.strftime('%H:%M:%S')}] {message}", file=sys.stderr, flush=True)


@dataclass
class Setting:
    """Everything that is made lands in `work` and is used again by the next run."""

    repository: Path
    work: Path
    binary: Path
    engines: dict[str, Engine] = field(default_factory=dict)

    @property
    def environment(self) -> dict[str, str]:
        """Without the settings of the caller."""
        kept = {name: value for name, value in os.environ.items() if not is_setting(name)}
        return kept | {"AUDIENCE_SETTINGS": str(self.settings_dir(keep_staging=False))}

    def settings_dir(self, keep_staging: bool) -> Path:
        """The program's own settings, once with `keep_staging`."""
        directory = self.work / ("settings_keep" if keep_staging else "settings")
        directory.mkdir(exist_ok=True)
        text = (self.repository / "settings/default.yaml").read_text(encoding="utf-8")
        if keep_staging:
            text = text.replace("keep_staging: false", "keep_staging: true")
        (directory / "default.yaml").write_text(text, encoding="utf-8")
        return directory

    def corpus(self, rows: int, shape: str = "year") -> Path:
        path = self.work / f"{shape}_{rows}.csv"
        if not path.exists():
            say(f"making {path.name}")
            corpus.write(path, shape, rows)
        return path

    def loaded(self, engine: Engine, rows: int, shape: str = "year") -> str:
        """The database of the engine that holds this corpus."""
        path = self.corpus(rows, shape)
        say(f"loading {path.name} into {engine.name}, unless it is there")
        return engine.load(path)

    def rules(self, many: bool = False) -> Path:
        path = self.work / ("rules_100000" if many else "rules_3957")
        rules.write(path, many)
        return path

    def groups(self) -> Path:
        path = self.work / "groups.yaml"
        rules.write_groups(path)
        return path

    def product(
        self, source: str, output: str, job: str, *, range_: tuple[str, ...], rules: Path,
        keep_staging: bool = False,
    ) -> list[str]:  # fmt: skip
        """The command that labels; `range_` are its options of time."""
        predict_type = {"author": "author_name", "content": "content"}[job]
        settings = self.settings_dir(keep_staging)
        return [
            str(self.binary), "label", "--settings", str(settings), "--source", source,
            "--table", "ts_page_content", "--rules", str(rules), "--groups", str(self.groups()),
            "--output", output, "--predict-type", predict_type, *range_, "--json",
        ]  # fmt: skip

    def staged(self, rows: int, job: str, range_: tuple[str, ...]) -> dict[str, Path]:
        """Files with the rows that the job stages, by engine; taken from a run that keeps them."""
        stem = self.work / f"staged_{rows}_{job}"
        ascii_, tabs = stem.with_suffix(".ascii"), stem.with_suffix(".tsv")
        if not (ascii_.exists() and tabs.exists()):
            say(f"making {stem.name}")
            engine = Sqlite(self.work)
            source = engine.source_url(self.loaded(engine, rows))
            output = engine.fresh_output("staged")
            command = self.product(
                source, output, job, range_=range_, rules=self.rules(), keep_staging=True
            )
            subprocess.run(command, check=True, stdout=subprocess.DEVNULL, env=self.environment)
            dump_staged(engine.output_path("staged"), ascii_, tabs)
            engine.drop_output("staged")
        return {"sqlite": ascii_, "postgres": tabs, "mariadb": tabs}


def is_setting(name: str) -> bool:
    return name.startswith(("AUDIENCE_", "OTEL_")) or name == "AUTH_TOKEN"


def dump_staged(database: Path, ascii_: Path, tabs: Path) -> None:
    """Writes them as `sqlite3 .import --ascii` and as COPY and LOAD DATA read them."""
    connection = sqlite3.connect(database)
    names = "SELECT name FROM sqlite_master WHERE type = 'table'"
    tables = {name for (name,) in connection.execute(names)}
    groups = sorted(name for name in tables if RESULT_PREFIX + name in tables)
    escapes = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})
    parts = [path.with_suffix(path.suffix + ".part") for path in (ascii_, tabs)]
    with (
        parts[0].open("w", encoding="utf-8", newline="\n") as one,
        parts[1].open("w", encoding="utf-8", newline="\n") as other,
    ):
        for group in groups:
            for row in connection.execute(f'SELECT {", ".join(STAGED)} FROM "{group}"'):
                one.write("\x1f".join(row) + "\x1e")
                other.write("\t".join(value.translate(escapes) for value in row) + "\n")
    connection.close()
    if not parts[1].stat().st_size:
        raise BenchError("the run that was to keep its staged rows kept none")
    parts[0].rename(ascii_)
    parts[1].rename(tabs)


def exported(lines: str) -> dict[str, str]:
    """What `scripts/servers start` prints."""
    parts = (line.removeprefix("export ").split("=", 1) for line in lines.splitlines())
    return {name: value.strip("'") for name, value in parts}


@contextmanager
def servers(setting: Setting, names: list[str], profile: str = "bench") -> Iterator[None]:
    """The engines that are named; starts the servers if one of them needs them."""
    setting.engines = {}
    script, home = str(setting.repository / "scripts/servers"), str(setting.work / "servers")
    try:
        if set(names) & {"postgres", "mariadb"}:
            say("starting the servers")
            started = subprocess.run(
                [script, "start", home, profile, "databases"], check=True, stdout=subprocess.PIPE,
                encoding="utf-8",
            ).stdout  # fmt: skip
            variables = exported(started)
            at = Path(variables["AUDIENCE_TEST_SERVERS"])
            postgres = Postgres(variables["AUDIENCE_TEST_POSTGRES"], at)
            mariadb = Mariadb(variables["AUDIENCE_TEST_MYSQL"], at)
            setting.engines = {"postgres": postgres, "mariadb": mariadb}
        setting.engines = {"sqlite": Sqlite(setting.work)} | setting.engines
        setting.engines = {name: setting.engines[name] for name in names}
        yield
    finally:
        # Their data stay in the working directory, for the next run.
        if set(names) & {"postgres", "mariadb"}:
            subprocess.run([script, "stop", home, "databases"], check=False)
