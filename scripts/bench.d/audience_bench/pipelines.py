"""`pipelines`: plans, runs against make and Luigi, the logs of commands, and graphs."""

import json
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path
from statistics import median

from .graphs import graphs
from .measure import BenchError, Measured, run, settle
from .packages import installed
from .report import Table
from .setting import Setting, say
from .triggers import triggers

INSTANCES = 10_000
LAYERS = 10
AT_ONCE = 8

LUIGI = "luigi==3.8.1"
LUIGI_INSTANCES = 2_000

CHAIN = 500

LOG_BYTES = 1_000_000_000
LOG_LINE = 100
CAPPED_LINES = 100_000_000
SEARCHED = [
    ("text", "worker-3 ", []),
    ("expression", "id=[0-9a-f]*77$", ["--regex"]),
]
SECRETS = [f"SECRET_{no}" for no in range(20)]


def pipelines(setting: Setting, pairs: int) -> Iterator[Table]:
    yield plans(setting, pairs)
    yield runs(setting, pairs)
    yield luigi(setting, pairs)
    yield chain(setting)
    yield logs(setting, pairs)
    yield capped(setting)
    yield graphs(setting)
    yield searches(setting, pairs)
    yield triggers(setting)


def plans(setting: Setting, pairs: int) -> Table:
    """From shell to prompt, with nothing made and with all of it made."""
    table = Table(
        f"Pipelines: audience plan of {INSTANCES:,} instances with two needs each",
        ("outputs", "instances", "needs", "s", "cpu s", "peak RSS MiB", "goal"),
        notes=["From shell to prompt; each output is a file. Medians."],
    )
    for made in (False, True):
        project = layered(setting)
        if made:
            make_outputs(project)
        say(f"planning {INSTANCES:,} instances, {'all' if made else 'none'} of them made")
        measured = [
            audience(setting, project, "plan", *target(), "--json") for _ in range(2 * pairs + 1)
        ]
        plan = json.loads(measured[-1].output)
        instances = plan["instances"]
        needs = sum(len(one["needs"]) for one in instances)
        table.rows.append(
            (
                "all there" if made else "none there",
                len(instances),
                needs,
                median(one.wall_s for one in measured),
                median(one.client_cpu_s for one in measured),
                max(one.peak_rss_mib for one in measured),
                "≤ 0.25 (aim 0.1)",
            )
        )
    return table


def runs(setting: Setting, pairs: int) -> Table:
    """The same files by make, and by a run."""
    table = Table(
        f"Pipelines: a run of {INSTANCES:,} instances against make -j{AT_ONCE}",
        ("program", "commands", "s", "cpu s", "÷ make", "÷ make cpu", "goal"),
        notes=[
            f"`sh -ec 'echo x > \"$OUT\"'` for each instance, {AT_ONCE} at once; make writes its"
            " files where they stay and syncs nothing, a run syncs every output and every change"
            " of its store. Medians of pairs, in turn.",
        ],
    )
    by_make: list[Measured] = []
    by_run: list[Measured] = []
    for pair in range(pairs):
        say(f"{INSTANCES:,} instances by make and by a run, pair {pair + 1} of {pairs}")
        directory = fresh(setting, "make")
        (directory / "Makefile").write_text(makefile(), encoding="utf-8")
        settle()
        by_make.append(
            run(["make", "-s", f"-j{AT_ONCE}", "-C", str(directory), "all"], discard=True)
        )
        project = layered(setting)
        settle()
        by_run.append(audience(setting, project, "run", *target(), "--json"))
        made = sum(1 for _ in (project / "out").rglob("*"))
        expected = sum(1 for _ in directory.rglob("out/*/*"))
        if made - LAYERS < expected:
            raise BenchError(f"the run made {made - LAYERS} files, make {expected}")
    table.rows.append(row("make", expected, by_make, by_make, None))
    table.rows.append(row("audience run", expected, by_run, by_make, "≤ 4 (aim 2)"))
    return table


def luigi(setting: Setting, pairs: int) -> Table:
    """Tasks in a list, as many as Luigi can do in a time that is bearable."""
    table = Table(
        f"Pipelines: {LUIGI_INSTANCES:,} instances against Luigi",
        ("program", "commands", "s", "cpu s", "÷ Luigi", "÷ Luigi cpu", "goal"),
        notes=[
            f"{LUIGI}, one worker, the local scheduler; each of its tasks writes its file in"
            " Python, without a process. Medians of pairs, in turn; 6 times faster is a ratio of"
            " 0.17.",
        ],
    )
    path = installed(setting, "luigi", (LUIGI,))
    by_luigi: list[Measured] = []
    by_run: list[Measured] = []
    for pair in range(pairs):
        say(f"{LUIGI_INSTANCES:,} instances by Luigi and by a run, pair {pair + 1} of {pairs}")
        directory = fresh(setting, "luigi")
        (directory / "day.py").write_text(LUIGI_TASKS, encoding="utf-8")
        environment = setting.environment | {"PYTHONPATH": f"{path}:{directory}"}
        command = [
            sys.executable, "-m", "luigi", "--module", "day", "All", "--local-scheduler",
            "--workers", "1", "--log-level", "ERROR", "--count", str(LUIGI_INSTANCES),
            "--directory", str(directory / "out"),
        ]  # fmt: skip
        settle()
        by_luigi.append(run(command, environment=environment, discard=True))
        project = layered(setting, layers=2)
        settle()
        by_run.append(
            audience(
                setting, project, "run", *target(2, LUIGI_INSTANCES), "--json", at_once=2
            )
        )
    table.rows.append(row("Luigi", LUIGI_INSTANCES, by_luigi, by_luigi, None))
    table.rows.append(
        row("audience run", LUIGI_INSTANCES, by_run, by_luigi, "≤ 0.17 (aim 0.067)")
    )
    return table


def chain(setting: Setting) -> Table:
    """From the end of a command to the first instruction of the next."""
    say(f"a chain of {CHAIN} commands")
    project = fresh(setting, "chain")
    tasks = [
        f"  t{no}: {{requires: [{f't{no - 1}' if no else ''}], outputs: [out/{no}],"
        " run: 'date +%s.%N > \"$OUT\"; date +%s.%N >> \"$OUT\"'}"
        for no in range(CHAIN)
    ]
    write_project(project, "chain", tasks)
    audience(setting, project, "run", f"t{CHAIN - 1}", "--json")
    times = [
        [float(word) for word in (project / f"out/{no}").read_text().split()]
        for no in range(CHAIN)
    ]
    gaps = sorted(
        1_000 * (then[0] - first[1]) for first, then in zip(times, times[1:], strict=False)
    )
    table = Table(
        "Pipelines: from the end of a command to the first instruction of the next",
        ("commands", "p50 ms", "p99 ms", "goal"),
        notes=["A chain in which each needs the one before; `date` at the end and at the start."],
    )
    table.rows.append(
        (
            CHAIN,
            gaps[len(gaps) // 2],
            gaps[len(gaps) * 99 // 100],
            "p50 ≤ 10, p99 ≤ 40 (aim 4, 15)",
        )
    )
    return table


def logs(setting: Setting, pairs: int) -> Table:
    """A command that writes much, into a file and into its log."""
    table = Table(
        f"Pipelines: the log of a command that writes {LOG_BYTES // 10**9} GB"
        f" in {LOG_BYTES // LOG_LINE:,} lines",
        ("where to", "s", "cpu s", "÷ file", "goal"),
        notes=["Until the command and the program have ended; packing the log included. Medians."],
    )
    found: dict[str, list[Measured]] = {"file": [], "log": [], "masked": []}
    for pair in range(pairs):
        say(f"{LOG_BYTES:,} bytes into a file and into logs, pair {pair + 1} of {pairs}")
        file = setting.work / "lines"
        settle()
        found["file"].append(run(["sh", "-c", f"{lines(LOG_BYTES // LOG_LINE)} > {file}"]))
        file.unlink()
        for kind in ("log", "masked"):
            project = writing(setting, LOG_BYTES // LOG_LINE, kind == "masked")
            settle()
            found[kind].append(audience(setting, project, "run", "write", "--json", "--force"))
    for kind, name, goal in (
        ("file", "a file", None),
        ("log", "the log", "≤ 1.5 (aim 1.1)"),
        ("masked", f"the log, with {len(SECRETS)} secrets", "≤ 2.0 (aim 1.3)"),
    ):
        table.rows.append(
            (
                name,
                median(one.wall_s for one in found[kind]),
                median(one.client_cpu_s for one in found[kind]),
                ratio(found[kind], found["file"], lambda one: one.wall_s),
                goal,
            )
        )
    return table


def capped(setting: Setting) -> Table:
    """What much more than the cap costs."""
    say(f"{CAPPED_LINES:,} lines into a log with a cap")
    project = writing(setting, CAPPED_LINES, False)
    peak = Peak("executor", "--dir")
    command = [str(setting.binary), "run", "write", "--json", "--force"]
    began = time.perf_counter()
    process = subprocess.Popen(
        command, cwd=project, env=environment(setting), stdout=subprocess.DEVNULL
    )
    state = project / ".audience"
    disk = 0.0
    while process.poll() is None:
        peak.look()
        disk = max(disk, size_of(state))
        time.sleep(0.05)
    took = time.perf_counter() - began
    if process.returncode:
        raise BenchError(f"a run with a long log: exit code {process.returncode}")
    table = Table(
        f"Pipelines: {CAPPED_LINES:,} lines into a log with a cap of 64 MiB",
        ("s", "disk MiB while written", "peak RSS of the executor MiB", "goal"),
    )
    table.rows.append((took, disk, peak.rss, "disk ≤ 70 (aim 66), RSS ≤ 48 (aim 24)"))
    return table


def searches(setting: Setting, pairs: int) -> Table:
    """Lines of a log that is being written, and of one that is packed, against those of a file."""
    project = fresh(setting, "searched")
    write_project(project, "searched", ["  write: {exec: [python3, writer.py]}"])
    (project / "writer.py").write_text(SEARCHED_WRITER, encoding="utf-8")
    kept = environment(setting) | {"AUDIENCE__PIPELINES__LOG_MAX": "64GiB"}
    file = ["--file", str(project / "project.yaml")]
    say(f"searching {LOG_BYTES:,} bytes of a log")
    command = [str(setting.binary), "run", *file, "write", "--json"]
    writing_ = subprocess.Popen(command, cwd=project, env=kept, stdout=subprocess.DEVNULL)
    while not (project / "lines").exists() and writing_.poll() is None:
        time.sleep(0.1)
    table = Table(
        f"Pipelines: audience logs --search in {LOG_BYTES // 10**9} GB of a log",
        ("log", "what", "lines", "s", "÷ grep -c", "÷ lz4cat | grep -c", "goal"),
        notes=[
            "From shell to prompt, with all lines counted. A packed log is unpacked by several"
            " threads; grep has the same lines in a file that is in memory. Medians."
        ],
    )
    for log in ("live", "packed"):
        if log == "packed":
            (project / "go").touch()
            if writing_.wait():
                raise BenchError(f"a run with a long log: exit code {writing_.returncode}")
            packed = next((project / ".audience").rglob("console-1.log.lz4*"))
        for name, text, options in SEARCHED:
            expected = int(grep(project, text).output)
            ours, theirs, unpacked = [], [], []
            for _ in range(pairs):
                search = ["logs", *file, "write", "--search", text, "--tail", "1", "--json"]
                settle()
                ours.append(run([str(setting.binary), *search, *options], environment=kept))
                if (total := json.loads(ours[-1].output)["total"]) != expected:
                    raise BenchError(f"{total} lines with {text}, expected {expected}")
                settle()
                theirs.append(grep(project, text))
                if log == "packed":
                    pipe = f"lz4cat {packed} | grep -c -e '{text}' || true"
                    unpacked.append(run(["sh", "-c", pipe]))
            table.rows.append(
                (
                    log,
                    name,
                    expected,
                    median(one.wall_s for one in ours),
                    ratio(ours, theirs, lambda one: one.wall_s),
                    ratio(ours, unpacked, lambda one: one.wall_s) if unpacked else None,
                    "≤ 2.0 (aim 1.0)",
                )
            )
    return table


def grep(project: Path, text: str) -> Measured:
    return run(["grep", "-c", "-e", text, str(project / "lines")])


SEARCHED_WRITER = f"""\
import os, random, sys, time
rng = random.Random(1)
words = "the model layer batch loaded rows from table wrote pool job step retry took ms".split()
block = "".join(
    f"2026-11-21T03:{{no // 60 % 60:02}}:{{no % 60:02}}.{{no % 1000:03}}Z INFO worker-{{no % 17}} "
    + " ".join(rng.choices(words, k=rng.randint(3, 14)))
    + f" id={{rng.getrandbits(32):08x}}\\n"
    for no in range(200_000)
).encode()
with open("lines.part", "wb") as file:
    for _ in range({LOG_BYTES} // len(block)):
        file.write(block)
        sys.stdout.buffer.write(block)
sys.stdout.flush()
time.sleep(1)
os.rename("lines.part", "lines")
while not os.path.exists("go"):
    time.sleep(0.05)
"""


def row(
    name: str, commands: int, found: list[Measured], floor: list[Measured], goal: str | None
) -> tuple[object, ...]:
    return (
        name,
        commands,
        median(one.wall_s for one in found),
        median(one.client_cpu_s for one in found),
        ratio(found, floor, lambda one: one.wall_s),
        ratio(found, floor, lambda one: one.client_cpu_s),
        goal,
    )


def ratio(
    found: list[Measured], floor: list[Measured], figure: Callable[[Measured], float]
) -> float:
    return median(figure(one) / figure(other) for one, other in zip(found, floor, strict=True))


def environment(setting: Setting, at_once: int | None = None) -> dict[str, str]:
    """State stands beside the project, as where no settings are named."""
    kept = dict(setting.environment)
    kept.pop("AUDIENCE_SETTINGS")
    kept |= {f"AUDIENCE_SECRET_{name}": f"a value to be masked {name}" for name in SECRETS}
    if at_once is not None:
        kept["AUDIENCE__PIPELINES__JOBS_AT_ONCE"] = str(at_once)
    return kept


def audience(
    setting: Setting, project: Path, *arguments: str, at_once: int = AT_ONCE
) -> Measured:
    command = [str(setting.binary), arguments[0], "--file", str(project / "project.yaml")]
    return run([*command, *arguments[1:]], environment=environment(setting, at_once))


def fresh(setting: Setting, name: str) -> Path:
    """A directory that is empty. The executor of the last run may still be at its end."""
    directory = setting.work / f"pipelines_{name}"
    shutil.rmtree(directory, ignore_errors=True)
    directory.mkdir(parents=True)
    return directory


def write_project(
    directory: Path, name: str, tasks: list[str], head: str = "", params: str = "{}"
) -> None:
    lines_ = [f"project: {name}", f"params: {params}", "defaults: {shell: [sh, -ec]}"]
    text = "\n".join([*lines_, *([head] if head else []), "tasks:", *tasks])
    (directory / "project.yaml").write_text(text + "\n", encoding="utf-8")


def layered(setting: Setting, layers: int = LAYERS) -> Path:
    """Layers of days, of which each needs the same day and the day before of the layer below."""
    project = fresh(setting, "layered")
    tasks = []
    for layer in range(layers):
        tasks.append(f"  layer_{layer}:")
        if layer:
            below = f"layer_{layer - 1}"
            tasks.append(f"    requires: [{{task: {below}, day: '{{day-1d}}..{{day}}'}}]")
        tasks.append('    run: echo x > "$OUT"')
        tasks.append(f"    outputs: ['out/{layer}/{{day}}']")
    write_project(project, "layered", tasks, params="{day: {type: date}}")
    return project


def days(layers: int = LAYERS, instances: int = INSTANCES) -> list[str]:
    """Days of the uppermost layer; each layer below has one more, before them."""
    count = instances // layers
    return [str(date(2020, 1, 1) + timedelta(days=no)) for no in range(count)]


def target(layers: int = LAYERS, instances: int = INSTANCES) -> list[str]:
    chosen = days(layers, instances)
    return [f"layer_{layers - 1}", "--day", f"{chosen[0]}..{chosen[-1]}"]


def all_days(layer: int) -> list[str]:
    earlier = LAYERS - 1 - layer
    first = date(2020, 1, 1) - timedelta(days=earlier)
    count = INSTANCES // LAYERS + earlier
    return [str(first + timedelta(days=no)) for no in range(count)]


def make_outputs(project: Path) -> None:
    for layer in range(LAYERS):
        directory = project / f"out/{layer}"
        directory.mkdir(parents=True)
        for day in all_days(layer):
            (directory / day).write_text("x\n", encoding="utf-8")


def makefile() -> str:
    """The same instances with the same needs and commands."""
    rules = [".SHELLFLAGS := -ec", "all: " + " ".join(f"out/{LAYERS - 1}/{day}" for day in days())]
    for layer in range(LAYERS):
        rules.append(f"$(shell mkdir -p out/{layer})")
        known = all_days(layer)
        lower = all_days(layer - 1) if layer else []
        below, before = set(lower), dict(zip(lower[1:], lower, strict=False))
        for day in known:
            needs = [f"out/{layer - 1}/{one}" for one in (day, before.get(day)) if one in below]
            rules.append(f"out/{layer}/{day}: {' '.join(needs)}\n\techo x > $@")
    return "\n".join(rules) + "\n"


LUIGI_TASKS = """\
import luigi


class Layer(luigi.Task):
    layer = luigi.IntParameter()
    no = luigi.IntParameter()
    directory = luigi.Parameter()

    def requires(self):
        if not self.layer:
            return []
        numbers = [self.no, self.no - 1] if self.no else [self.no]
        return [Layer(layer=0, no=no, directory=self.directory) for no in numbers]

    def output(self):
        return luigi.LocalTarget(f"{self.directory}/{self.layer}/{self.no}")

    def run(self):
        with self.output().open("w") as file:
            file.write("x")


class All(luigi.WrapperTask):
    count = luigi.IntParameter()
    directory = luigi.Parameter()

    def requires(self):
        numbers = range(self.count // 2)
        return [Layer(layer=1, no=no, directory=self.directory) for no in numbers]
"""


def lines(count: int) -> str:
    """A shell command that writes so many lines of LOG_LINE bytes."""
    return f"yes {'x' * (LOG_LINE - 1)} | head -n {count}"


def writing(setting: Setting, count: int, has_secrets: bool) -> Path:
    project = fresh(setting, "writing")
    head = f"secrets: [{', '.join(SECRETS)}]" if has_secrets else ""
    secrets = f"secrets: [{', '.join(SECRETS)}], " if has_secrets else ""
    body = lines(count)
    write_project(project, "writing", [f"  write: {{{secrets}run: '{body}'}}"], head)
    return project


class Peak:
    """The largest resident memory of processes with these words in their command lines."""

    def __init__(self, *words: str) -> None:
        self.words = words
        self.rss = 0.0

    def look(self) -> None:
        for process in Path("/proc").iterdir():
            if not process.name.isdigit():
                continue
            try:
                words = (process / "cmdline").read_bytes().decode(errors="replace").split("\0")
                status = (process / "status").read_text()
            except OSError:
                continue  # it has ended
            if all(any(word in part for part in words[:3]) for word in self.words):
                line = next((one for one in status.splitlines() if one.startswith("VmHWM")), None)
                if line:
                    self.rss = max(self.rss, int(line.split()[1]) / 1024)


def size_of(directory: Path) -> float:
    """What the files below take on the disk, in MiB."""
    blocks = 0
    for path in directory.rglob("*"):
        try:
            blocks += path.lstat().st_blocks
        except OSError:
            continue  # it was removed meanwhile
    return blocks * 512 / 2**20
