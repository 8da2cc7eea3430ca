"""`brief`: words, workbooks, pictures and memory of many articles, against Python's libraries."""

import json
import os
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import median

from . import platforms
from .api import serving
from .brief import ARTICLES, NAME, Caller, fresh, number, peak_mib, settings, through
from .measure import BenchError, run
from .packages import installed
from .platforms import Fixture
from .report import Table
from .setting import Setting

LIBRARIES = ("jieba==0.42.1", "openpyxl==3.1.5", "wordcloud==1.9.6")
MANY = 200_000
FONTS = (
    "/usr/share/fonts/truetype/wqy/wqy-microhei.ttc",
    "/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc",
)


def against_python(
    setting: Setting, folder: Path | None, articles: int, pairs: int
) -> Iterator[Table]:
    fixture = Fixture.of(platforms.folder_of(folder), articles)
    directory = setting.work / NAME
    directory.mkdir(exist_ok=True)
    rows = fixture.rows(directory / f"rows_{articles}.jsonl", articles)
    font = next((font for font in FONTS if Path(font).exists()), None)
    if font is None:
        raise BenchError("there is no font with Chinese characters: fonts-wqy-microhei")
    environment = dict(os.environ)
    environment["PYTHONPATH"] = str(installed(setting, "brief_libraries", LIBRARIES))
    theirs, ours = [], []
    for _ in range(pairs):
        command = ["python3", str(fixture.folder / "baseline.py"), str(rows), font]
        printed = subprocess.run(
            command, check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
            encoding="utf-8", env=environment, cwd=directory,
        ).stdout  # fmt: skip
        theirs.append(json.loads(printed))
        ours.append(speed(setting, rows))

    def middle(runs: list[dict[str, float]], name: str) -> float:
        return median(one[name] for one in runs)

    segment = middle(ours, "segment_mb_s"), middle(theirs, "segment_mb_s")
    books = middle(ours, "workbooks_s"), middle(theirs, "xlsx_s")
    clouds = middle(ours, "pictures_s"), middle(theirs, "two_clouds_s")
    yield Table(
        f"Briefs: words, workbooks and pictures of {articles * len(platforms.NAMES):,} articles,"
        " on one processor",
        ("figure", "audience", "Python", "ratio", "goal"),
        [
            ("segmentation MB/s", *segment, f"{segment[0] / segment[1]:.0f} ×",
             "≥ 40 × (aim 70 ×)"),
            ("workbooks s (both; openpyxl: one)", *books, f"1/{books[1] / books[0]:.0f}",
             "≤ 1/6 (aim 1/12)"),
            ("pictures s (both)", *clouds, f"1/{clouds[1] / clouds[0]:.0f}", "≤ 1/8 (aim 1/20)"),
        ],
        [f"Medians of {pairs} runs in turn: jieba, openpyxl and wordcloud in CPU seconds, and"
         " `audience brief speed`."],
    )  # fmt: skip
    yield memory(setting, directory, fixture)


def speed(setting: Setting, rows: Path) -> dict[str, float]:
    processor = str(min(os.sched_getaffinity(0)))
    command = [
        "taskset", "-c", processor, str(setting.binary), "brief", "speed", str(rows), "--json",
    ]  # fmt: skip
    return dict(json.loads(run(command, environment=setting.environment).output))


def memory(setting: Setting, directory: Path, fixture: Fixture) -> Table:
    files = directory / "files"
    files.mkdir(exist_ok=True)
    many = MANY * fixture.articles // ARTICLES
    file = fixture.rows(files / f"many_{many}.jsonl", many // len(platforms.NAMES))
    adapters = directory / "adapters_file"
    adapters.mkdir(exist_ok=True)
    (adapters / "notes.yaml").write_text(
        f"platform: notes\nlabel: notes\nkind: file\npath: {file.name}\nmap:\n  id: id\n"
        "  title: title\n  content: content\n  post_time: post_time\n  like: like\n"
        "  comment: comment\n  share: share\n  collect: collect\n  user_id: user_id\n"
        "  user_name: user_name\n  user_fans: user_fans\n",
        encoding="utf-8",
    )
    path = settings(
        directory, "memory", fresh(directory, "memory"), adapters, files=str(files),
    )  # fmt: skip
    with serving(setting, path) as service:
        caller = Caller(service)
        began = time.perf_counter()
        job = caller.submit(
            start_time="2026-10-01 00:00:00", end_time="2026-12-01 00:00:00", max_pages=1000,
            match="platform",
        )  # fmt: skip
        one = through(caller, job, began)
        peak = peak_mib(service.process.pid)
    return Table(
        "Briefs: memory",
        ("articles", "peak RSS MiB", "goal", "s"),
        [(number(one.progress, "stored"), peak, "≤ 400 (aim 250)",
          one.collected_s + one.zip_s)],
        [f"A file of {many:,} articles (kind file), collected, stored and exported."],
    )  # fmt: skip
