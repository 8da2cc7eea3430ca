"""A backfill of the example project, killed at random moments until it is through."""

import hashlib
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from audience_bench.engines import Engine
from audience_bench.measure import BenchError
from audience_bench.report import Table
from audience_bench.setting import Setting, say

DAYS = ("2026-11-20", "2026-11-21")
KILLS_OF_A_BACKFILL_MAX = 12
PATIENCE_S = 180
NAME = "pipelines"

# Which processes a kill hits.
TARGETS = ("server", "executor", "both")

# What an attempt leaves beside an output until that is whole.
TEMPORARIES = (".tmp-", ".old-", ".was-", ".replaced-")


@dataclass
class Tally:
    kills: Counter[str] = field(default_factory=Counter)
    backfills: int = 0
    differing: int = 0
    temporaries: int = 0
    begun_twice: int = 0
    doubled: int = 0
    took_s: float = 0.0

    def row(self, engine: str) -> tuple[object, ...]:
        return (engine, *(self.kills[target] for target in TARGETS), self.backfills,
                self.differing, self.temporaries, self.begun_twice, self.doubled,
                round(self.took_s))  # fmt: skip


def new_table(seed: int) -> Table:
    return Table(
        "Kills of backfills",
        ("engine", "kills of the command", "of executors", "of both", "backfills",
         "that differ", "temporaries left", "begun twice", "succeeded twice", "took s"),
        notes=[
            f"Two days of the example project, 142 instances; seed {seed}. Each is killed"
            f" (SIGKILL) up to {KILLS_OF_A_BACKFILL_MAX} times and started again until it is"
            " through; its files are compared byte by byte with those of an undisturbed one.",
            "Begun twice: commands of backfills of which only the command was killed, never an"
            " executor. Succeeded twice: jobs with more than one attempt that succeeded, or"
            " instances with more than one job that did.",
        ],
    )  # fmt: skip


class Backfill:
    """A directory with the project, and what makes it."""

    def __init__(self, setting: Setting, directory: Path, database: str) -> None:
        self.setting = setting
        self.directory = directory
        shutil.rmtree(directory, ignore_errors=True)
        shutil.copytree(logs(setting), directory)
        path = directory / "settings.yaml"
        text = path.read_text(encoding="utf-8")
        path.write_text(text.replace("sqlite://audience.db", database), encoding="utf-8")
        path = directory / "project.yaml"
        path.write_text(noted(path.read_text(encoding="utf-8")), encoding="utf-8")

    def spawn(self) -> subprocess.Popen[bytes]:
        command = [
            str(self.setting.binary), "backfill", "daily", "--date", f"{DAYS[0]}..{DAYS[1]}",
            "--settings", "settings.yaml",
        ]  # fmt: skip
        environment = dict(self.setting.environment) | {"HOME": str(self.directory)}
        environment.pop("AUDIENCE_SETTINGS")
        with (self.setting.work / "program.log").open("ab") as log:
            return subprocess.Popen(
                command, cwd=self.directory, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                stderr=log, env=environment,
            )  # fmt: skip

    def kill_executors(self) -> None:
        for pid in executors(self.directory):
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                continue  # it has ended by itself

    def finish(self) -> None:
        process = self.spawn()
        try:
            code = process.wait(PATIENCE_S)
        except subprocess.TimeoutExpired:
            process.kill()
            raise BenchError(f"a backfill does not end: {self.directory}") from None
        if code:
            raise BenchError(f"a backfill ended with {code}: {self.directory}")

    def files(self) -> dict[str, str]:
        """Digests of what was made."""
        data = self.directory / "data"
        return {
            str(path.relative_to(data)): hashlib.sha256(path.read_bytes()).hexdigest()
            for path in sorted(data.rglob("*"))
            if path.is_file() and is_made(path.relative_to(data))
        }

    def temporaries(self) -> list[Path]:
        paths = (self.directory / "data").rglob("*")
        return [path for path in paths if path.name.startswith(TEMPORARIES)]

    def begun(self) -> Counter[str]:
        """How often the command of each job was begun."""
        path = self.directory / "begun"
        return Counter(path.read_text().split()) if path.exists() else Counter()

    def figures_are_right(self) -> bool:
        for day in DAYS:
            command = [sys.executable, "check_figures.py", "data", day, "--first", DAYS[0]]
            if subprocess.run(command, cwd=self.directory, stdout=subprocess.DEVNULL).returncode:
                return False
        return True


def is_made(path: Path) -> bool:
    """Not what the program keeps there: databases, logs, what belongs to executors."""
    kept = ("_files", "_logs", "_executors")
    return not path.parts[0].endswith(kept) and path.suffix not in (".db", ".db-wal", ".db-shm")


def logs(setting: Setting) -> Path:
    """The project with raw logs, made once."""
    directory = setting.work / "pipelines_logs"
    if not (directory / "data").exists():
        say("generating the logs of two days")
        shutil.rmtree(directory, ignore_errors=True)
        shutil.copytree(setting.repository / "examples/pipelines", directory)
        command = [sys.executable, "gen_logs.py", "--data", "data", "--from", DAYS[0],
                   "--to", DAYS[1]]  # fmt: skip
        subprocess.run(command, cwd=directory, check=True)
    return directory


def noted(project: str) -> str:
    """The project, whose scripts note that they begin."""
    return re.sub(
        r"^    run: \|\n(\s+)(?=\S)",
        r'    run: |\n\1echo "$AUDIENCE_JOB" >> "$HOME/begun"\n\1',
        project,
        flags=re.MULTILINE,
    )


def executors(directory: Path) -> list[int]:
    """Processes of this project that run commands."""
    found = []
    for process in Path("/proc").iterdir():
        if not process.name.isdigit():
            continue
        try:
            words = (process / "cmdline").read_bytes().split(b"\0")
        except OSError:
            continue
        # Not the commands, which stand below it.
        is_executor = len(words) > 1 and words[1] == b"executor"
        if is_executor and any(os.fsencode(str(directory)) in word for word in words):
            found.append(int(process.name))
    return found


def kills(setting: Setting, engine: Engine, number: int, chance: random.Random) -> Tally:
    tally = Tally()
    began = time.monotonic()
    undisturbed = Backfill(setting, setting.work / "pipelines_undisturbed", fresh(engine))
    at = time.monotonic()
    undisturbed.finish()
    took_s = time.monotonic() - at
    if not undisturbed.figures_are_right():
        raise BenchError("the undisturbed backfill has not come to the expected figures")
    expected = undisturbed.files()
    say(f"{engine.name}, backfill: undisturbed in {took_s:.2f} s")
    while tally.kills.total() < number:
        disturbed(setting, engine, number, took_s, expected, chance, tally)
        if tally.backfills % 10 == 0:
            kills_ = tally.kills.total()
            say(f"{engine.name}, backfill: {kills_} kills, {tally.backfills} backfills")
    engine.drop_output(NAME)
    tally.took_s = time.monotonic() - began
    return tally


def fresh(engine: Engine) -> str:
    return engine.fresh_output(NAME)


def disturbed(
    setting: Setting, engine: Engine, number: int, took_s: float, expected: dict[str, str],
    chance: random.Random, tally: Tally,
) -> None:  # fmt: skip
    backfill = Backfill(setting, setting.work / "pipelines_killed", fresh(engine))
    # Every other one loses nothing but the command: then its commands are taken back.
    targets = ("server",) if tally.backfills % 2 else TARGETS
    hit = set()
    for _ in range(min(KILLS_OF_A_BACKFILL_MAX, number - tally.kills.total())):
        process = backfill.spawn()
        target = chance.choice(targets)
        try:
            process.wait(chance.uniform(0, took_s))
            break
        except subprocess.TimeoutExpired:
            pass
        if target in ("executor", "both"):
            backfill.kill_executors()
        if target in ("server", "both"):
            process.kill()
        else:
            time.sleep(chance.uniform(0, 0.3))
            process.kill()
        process.wait()
        hit.add(target)
        tally.kills[target] += 1
    backfill.finish()
    tally.backfills += 1
    found = backfill.files()
    if found != expected:
        tally.differing += 1
        names = sorted({*found, *expected})
        differ = [name for name in names if found.get(name) != expected.get(name)]
        say(f"DIFFERS: {differ[:5]}")
    if left := backfill.temporaries():
        tally.temporaries += len(left)
        say(f"LEFT: {left[:3]}")
    if hit <= {"server"}:
        twice = [job for job, times in backfill.begun().items() if times > 1]
        tally.begun_twice += len(twice)
        if twice:
            say(f"BEGUN TWICE: {twice[:3]}")
    tally.doubled += int(one(engine, TWICE)) + int(one(engine, SAME))


# Jobs that succeeded by more than one attempt.
TWICE = """SELECT count(*) FROM (SELECT job_id FROM audience_attempt
    WHERE outcome = 'completed' GROUP BY job_id, generation HAVING count(*) > 1) AS twice"""

# Instances that succeeded by more than one job.
SAME = """SELECT count(*) FROM (SELECT title FROM audience_job
    WHERE state = 'succeeded' GROUP BY title HAVING count(*) > 1) AS same"""


def one(engine: Engine, sql: str) -> str:
    lines = engine.rows(NAME, sql).splitlines()
    if len(lines) != 1:
        raise BenchError(f"{len(lines)} rows where one was expected: {sql}")
    return lines[0]
