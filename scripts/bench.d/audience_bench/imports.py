"""`import`: workbooks and kept pages as rows, against what Python needs for them; a night of scrapes."""

import csv
import datetime
import random
import shutil
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from statistics import median

from .api import serving
from .measure import BenchError, Measured, run
from .nights import night
from .packages import installed
from .report import Table
from .setting import Setting, say

PACKAGES = ("openpyxl==3.1.5", "beautifulsoup4==4.15.0")
ROWS = 100_000
PREVIEW_ROWS = 200
PREVIEWS = 200
PAGES = 10_000
# BeautifulSoup needs a minute for these.
SOUP_PAGES = 1_000
NAME = "imports"
DAY = "2026-11-21"

REGIONS = ("北海道", "東北", "関東　", "中部", "近畿", "中国", "四国", "九 州", "沖縄")
CITIES = ("東京 第１", "ｺｳﾍﾞ", "大阪　", "㈱Ａ①")

# Of two rows in a workbook; a CSV has them in one.
HEADINGS = (
    ("地 域", "店舗\nコード", "店舗名", "売上高（千円）", None,
     "従業員数（人）", "率", "計上日", "採用", "備考"),
    (None, None, None, "国内", "海外", None, None, None, None, None),
)  # fmt: skip
ONE_HEADING = (*HEADINGS[0][:3], "国内（千円）", "海外（千円）", *HEADINGS[0][5:])

MAPPING = """\
import: {name}
tables:
  - into: sales
    start: 地域
    header_rows: {header_rows}
    header_fill: true
    end: "^資料"
    skip_rows: "計$"
    columns:
      region: {{from: 地域}}
      code: {{from: 店舗コード, like: "^店舗\\\\d{{6}}$"}}
      shop: {{from: 店舗名}}
      domestic: {{from: {above}国内, type: number, unit: 千円}}
      overseas: {{from: {above}海外, type: number, unit: 千円}}
      staff: {{from: 従業員数, type: integer}}
      rate: {{from: 率, type: number, max: 1}}
      day: {{from: 計上日, type: date}}
      chosen: {{from: 採用, type: boolean}}
      note: {{from: 備考}}
    key: [code]
    meta: {{year: {{find: "^(令和.+)年度", type: year}}}}
"""

SCRAPE = """\
scrape: bench
request: {url: "http://127.0.0.1:PORT/PATH?page={page}"}
pages: {from: 1, max: 100000}
polite: {delay_ms: 0}
extract:
  html:
    rows: "table#obs tbody tr"
    fields:
      station: {css: td.s}
      temp: {css: td.t, type: number, unit: ℃}
      rain_mm: {css: td.r, type: integer, unit: mm}
      url: {css: "td.s a@href"}
into: {table: obs, key: [_url, station]}
"""

# Reads all cells, and does nothing with them.
READ = """\
import sys
import openpyxl
sheet = openpyxl.load_workbook(sys.argv[1], read_only=True, data_only=True).worksheets[0]
print(sum(1 for row in sheet.iter_rows(values_only=True) for cell in row if cell is not None))
"""

# The same rows of the same pages, without conversions.
SOUP = """\
import pathlib, sys
from urllib.parse import urljoin
from bs4 import BeautifulSoup
rows = 0
for path in sorted(pathlib.Path(sys.argv[1]).glob("*.html"))[: int(sys.argv[2])]:
    soup = BeautifulSoup(path.read_bytes(), "html.parser")
    for row in soup.select("table#obs tbody tr"):
        text = lambda css: row.select_one(css).get_text().strip()
        record = text("td.s"), text("td.t"), text("td.r")
        record += (urljoin("http://h/obs", row.select_one("td.s a")["href"]),)
        rows += 1
print(rows)
"""


def imports(setting: Setting, pairs: int) -> Iterator[Table]:
    directory = setting.work / NAME
    directory.mkdir(exist_ok=True)
    packages = installed(setting, NAME, PACKAGES)
    make_sheets(directory, packages)
    yield sheets(setting, directory, packages, pairs)
    yield previews(setting, directory)
    yield replays(setting, directory, packages, pairs)
    yield night(setting, directory)


def sheets(setting: Setting, directory: Path, packages: Path, pairs: int) -> Table:
    table = Table(
        f"Imports: {ROWS:,} × 10 messy cells into SQLite",
        ("file", "program", "cpu s", "goal", "s", "peak RSS MiB", "goal of it"),
        notes=[
            f"Medians of {pairs} runs, in turn. Some cells are numbers in full width, negative ones"
            " with ▲, amounts with their unit, years of the Japanese calendar, circled numbers."
            f" {PACKAGES[0]} only reads its cells; `audience import run` starts, converts, stores"
            " the rows with their cells and the problems, and ends.",
        ],
    )  # fmt: skip
    goals = {
        "xlsx": ("≤ 5 (aim 2.5)", "≤ 300 (aim 120)"),
        "csv": ("≤ 1.5 (aim 0.8)", "≤ 64 (aim 48)"),
    }
    ours: dict[str, list[Measured]] = {"xlsx": [], "csv": []}
    python = []
    for _ in range(pairs):
        python.append(read_by_python(directory / "big.xlsx", packages))
        for kind, runs in ours.items():
            runs.append(imported(setting, directory, kind))
    table.rows.append(row("big.xlsx", PACKAGES[0], python, (None, None)))
    for kind, runs in ours.items():
        table.rows.append(row(f"big.{kind}", "audience", runs, goals[kind]))
    return table


def row(
    file: str, program: str, runs: list[Measured], goals: tuple[str | None, str | None]
) -> tuple[object, ...]:
    cpu = median(one.client_cpu_s for one in runs)
    wall = median(one.wall_s for one in runs)
    peak = median(one.peak_rss_mib for one in runs)
    return (file, program, cpu, goals[0], wall, peak, goals[1])


def read_by_python(file: Path, packages: Path) -> Measured:
    command = [sys.executable, "-c", READ, str(file)]
    return run(command, environment={"PYTHONPATH": str(packages)})


def imported(setting: Setting, directory: Path, kind: str) -> Measured:
    """Into a database that is not there before."""
    database = directory / "rows.db"
    remove(database)
    command = [
        str(setting.binary), "import", "run", str(directory / f"big.{kind}"), "--mapping",
        str(directory / f"{kind}.yaml"), "--settings", str(settings(directory, database)),
    ]  # fmt: skip
    measured = run(command, environment=setting.environment)
    connection = sqlite3.connect(database)
    (found,) = connection.execute("SELECT count(*) FROM sales").fetchone()
    connection.close()
    if found != ROWS:
        raise BenchError(f"big.{kind}: {found} rows were imported, not {ROWS}")
    return measured


def settings(directory: Path, database: Path) -> Path:
    path = directory / "settings.yaml"
    path.write_text(f'database: {{url: "sqlite://{database}"}}\nlog: {{level: warn}}\n')
    return path


def previews(setting: Setting, directory: Path) -> Table:
    table = Table(
        f"Imports: preview of a workbook with {PREVIEW_ROWS} rows",
        ("calls", "p50 ms", "goal", "p99 ms"),
        notes=["`POST /v1/imports/preview` with the file and the mapping, one after the other."],
    )
    file, mapping = directory / "small.xlsx", directory / "xlsx.yaml"
    body, kind = form({"file": file, "mapping": mapping})
    database = directory / "preview.db"
    remove(database)
    took = []
    with serving(setting, settings(directory, database)) as service:
        connection = service.connect()
        for _ in range(PREVIEWS):
            began = time.perf_counter()
            connection.request("POST", "/v1/imports/preview", body, {"Content-Type": kind})
            answer = connection.getresponse()
            text = answer.read()
            took.append((time.perf_counter() - began) * 1000)
            if answer.status != 200:
                raise BenchError(f"a preview answered {answer.status}: {text[:300]!r}")
    took.sort()
    p99 = took[len(took) * 99 // 100]
    table.rows.append((PREVIEWS, median(took), "≤ 50 (aim 10)", p99))
    return table


def form(files: dict[str, Path]) -> tuple[bytes, str]:
    """A body of multipart/form-data, and its type."""
    border = "border-of-the-bench"
    parts = [
        f'--{border}\r\nContent-Disposition: form-data; name="{name}"; filename="{path.name}"\r\n'
        "Content-Type: application/octet-stream\r\n\r\n".encode()
        + path.read_bytes()
        + b"\r\n"
        for name, path in files.items()
    ]
    return b"".join(parts) + f"--{border}--\r\n".encode(), f"multipart/form-data; boundary={border}"


def replays(setting: Setting, directory: Path, packages: Path, pairs: int) -> Table:
    table = Table(
        f"Scrapes: {PAGES:,} kept pages extracted again",
        ("program", "pages", "cpu s", "pages/s of it", "÷ Python", "goal", "peak RSS MiB"),
        notes=[
            f"Medians of {pairs} runs. Pages of ten rows in Shift_JIS. `audience scrape replay`"
            f" reads the pages from the store, and stores the rows again; {PACKAGES[1]} with"
            " html.parser reads files, and stores nothing.",
        ],
    )  # fmt: skip
    pages = directory / "pages"
    make_pages(pages)
    database = directory / "pages.db"
    scraped(setting, directory, pages, database)
    ours, python = [], []
    for _ in range(pairs):
        python.append(soup(pages, packages))
        command = [
            str(setting.binary), "scrape", "replay", str(directory / "scrape.yaml"), "--settings",
            str(settings(directory, database)),
        ]  # fmt: skip
        ours.append(run(command, environment=setting.environment))
    rates = {}
    for name, runs, count in ((PACKAGES[1], python, SOUP_PAGES), ("audience", ours, PAGES)):
        cpu = median(one.client_cpu_s for one in runs)
        rates[name] = count / cpu
        ratio, goal = None, None
        if name == "audience":
            ratio, goal = rates[name] / rates[PACKAGES[1]], "≥ 5 (aim 20)"
        peak = median(one.peak_rss_mib for one in runs)
        table.rows.append((name, count, cpu, rates[name], ratio, goal, peak))
    return table


def soup(pages: Path, packages: Path) -> Measured:
    command = [sys.executable, "-c", SOUP, str(pages), str(SOUP_PAGES)]
    return run(command, environment={"PYTHONPATH": str(packages)})


def scraped(setting: Setting, directory: Path, pages: Path, database: Path) -> None:
    """Fetches the pages once, so that they are kept."""
    remove(database)
    shutil.rmtree(directory / "pages_files", ignore_errors=True)
    server = subprocess.Popen(
        [sys.executable, str(Path(__file__).with_name("numbered_site.py")), str(pages)],
        stdout=subprocess.PIPE, encoding="utf-8",
    )  # fmt: skip
    try:
        assert server.stdout is not None
        port = server.stdout.readline().strip()
        text = SCRAPE.replace("PORT", port).replace("PATH", "obs")
        (directory / "scrape.yaml").write_text(text, encoding="utf-8")
        say(f"fetching {PAGES:,} pages")
        command = [
            str(setting.binary), "scrape", "run", str(directory / "scrape.yaml"), "--day", DAY,
            "--allow-host", f"127.0.0.1:{port}", "--settings",
            str(settings(directory, database)),
        ]  # fmt: skip
        run(command, environment=setting.environment)
    finally:
        server.terminate()
        server.wait()


def remove(database: Path) -> None:
    for suffix in ("", "-wal", "-shm"):
        database.with_name(database.name + suffix).unlink(missing_ok=True)


def make_sheets(directory: Path, packages: Path) -> None:
    for kind, header_rows, above in (("xlsx", 2, "売上高/"), ("csv", 1, "")):
        text = MAPPING.format(name="bench", header_rows=header_rows, above=above)
        (directory / f"{kind}.yaml").write_text(text, encoding="utf-8")
    if (directory / "big.csv").exists():
        return
    say(f"making workbooks of {ROWS:,} rows")
    sys.path.append(str(packages))
    write_workbook(directory / "small.xlsx", PREVIEW_ROWS)
    write_workbook(directory / "big.xlsx", ROWS)
    unfinished = directory / "big.csv.part"
    with unfinished.open("w", encoding="cp932", newline="") as file:
        writer = csv.writer(file)
        writer.writerows([["令和２年度　実績表"], [], ONE_HEADING])
        writer.writerows(["" if cell is None else cell for cell in cells] for cells in messy(ROWS))
    unfinished.rename(directory / "big.csv")


def write_workbook(path: Path, rows: int) -> None:
    from openpyxl import Workbook  # of the packages that were just installed

    book = Workbook(write_only=True)
    sheet = book.create_sheet("実績表")
    for cells in [["令和２年度　実績表"], [], *HEADINGS]:
        sheet.append(cells)
    for cells in messy(rows):
        sheet.append(cells)
    sheet.append(["資料：経理部"])
    book.save(path)


def messy(rows: int) -> Iterable[list[object]]:
    chance = random.Random(1)
    for no in range(rows):
        staff = chance.choice([chance.randint(0, 50), f"{chance.randint(0, 50)}人", "二十"])
        yield [
            REGIONS[no % len(REGIONS)], f"店舗{no:06}", CITIES[no % len(CITIES)], money(chance),
            money(chance), staff, chance.choice(["12.5%", 0.5, "１％"]), day(chance),
            chance.choice(["○", "×", "有", "無"]),
            chance.choice([None, "注1", "速報値", "備考　あり"]),
        ]  # fmt: skip


def money(chance: random.Random) -> object:
    amount, kind = chance.randint(-99_999, 999_999), chance.random()
    if kind < 0.5:
        return amount
    if kind < 0.7:
        return wide(f"{amount:,}") if amount >= 0 else "▲" + wide(str(-amount))
    if kind < 0.8:
        return f"{abs(amount):,}円"
    if kind < 0.85:
        return "－"
    return "多数" if kind < 0.86 else amount / 10


def wide(text: str) -> str:
    return "".join(chr(ord(character) + 0xFEE0) for character in text)


def day(chance: random.Random) -> object:
    date = datetime.date(2019, 5, 1) + datetime.timedelta(days=chance.randint(0, 1500))
    kind, year = chance.random(), date.year - 2018
    if kind < 0.4:
        return date
    if kind < 0.7:
        return f"令和{'元' if year == 1 else year}年{date.month}月{date.day}日"
    if kind < 0.85:
        return f"R{year}.{date.month}.{date.day}"
    return f"{date.year}/{date.month}/{date.day}"


def make_pages(pages: Path) -> None:
    if pages.exists():
        return
    say(f"making {PAGES:,} pages")
    unfinished = pages.with_suffix(".part")
    shutil.rmtree(unfinished, ignore_errors=True)
    unfinished.mkdir()
    for no in range(PAGES):
        (unfinished / f"{no:05}.html").write_bytes(page(random.Random(no)).encode("cp932"))
    unfinished.rename(pages)


def page(chance: random.Random) -> str:
    def cells(no: int) -> str:
        temperature, rain = round(chance.uniform(-9, 35), 1), chance.choice([None, 0, 12, 80])
        signed = f"▲{-temperature}" if temperature < 0 else str(temperature)
        fallen = "－" if rain is None else f"{rain}mm"
        return (
            f'<tr><td class="s"><a href="/st/{no}">観測所{no:03}</a></td>'
            f'<td class="t">{signed}℃</td><td class="r">{fallen}</td></tr>'
        )

    rows = "".join(cells(no) for no in range(10))
    return (
        '<html><head><meta charset="Shift_JIS"><title>観測</title></head><body><p>2024-06-01</p>'
        '<table id="obs"><thead><tr><th>地点<th>気温<th>降水</thead>'
        f"<tbody>{rows}</tbody></table></body></html>"
    )
