"""`scripts/pictures`: what the web pages look like, from the demo and the examples."""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from .api import serving
from .browser import in_browser, installed
from .command_line import built
from .setting import Setting, is_setting, say
from .ui_store import Caller

PLACE = "observability/pictures"
DAYS = ("2026-11-20", "2026-11-21")
# An hour that is left out, so that something waits.
LATE = "07"
ENVIRONMENT = "pictures"


@dataclass
class Picture:
    name: str
    path: str
    theme: str = "light"
    language: str = "en"
    width: int = 1_280
    height: int = 800
    # A file for the form of the page.
    choose: str = ""

    def asked(self, folder: Path) -> dict[str, object]:
        return vars(self) | {"file": str(folder / f"{self.name}.png")}


def main(repository: Path) -> int:
    parser = argparse.ArgumentParser(prog="scripts/pictures")
    parser.add_argument("--binary", type=Path)
    parser.add_argument("--work", type=Path, default=Path(tempfile.gettempdir()) / "audience-bench")
    options = parser.parse_args()
    options.work.mkdir(parents=True, exist_ok=True)
    binary = (options.binary or built(repository)).resolve()
    setting = Setting(repository, options.work.resolve(), binary)
    modules = installed(setting)
    install = repository / "scripts/install"
    subprocess.run([install, "pngquant", "pngquant"], check=True)
    with tempfile.TemporaryDirectory(prefix="audience-pictures-") as name:
        take(setting, modules, Path(name))
    return 0


def take(setting: Setting, modules: Path, folder: Path) -> None:
    say("running the demo")
    kept = {name: value for name, value in os.environ.items() if not is_setting(name)}
    environment = kept | {"AUDIENCE_ENV": ENVIRONMENT}
    # Its own environment is another one.
    subprocess.run(
        [setting.binary, "demo", "--no-serve"], cwd=folder, env=kept, check=True,
        stdout=subprocess.DEVNULL,
    )  # fmt: skip
    settings = folder / "audience-demo/settings"
    shutil.copytree(setting.repository / "examples/pipelines", folder / "ads")
    generate(folder / "ads", DAYS[0])
    generate(folder / "ads", DAYS[1], "--skip", LATE)
    more = more_settings(folder, setting.repository)
    (settings / f"{ENVIRONMENT}.yaml").write_text(more, encoding="utf-8")
    with serving(setting, settings, environment) as service:
        pictures = run(Caller(service), setting.repository / "examples/prediction")
        say(f"taking {len(pictures)} pictures")
        files = [picture.asked(folder) for picture in pictures]
        in_browser(modules, "pictures.mjs", {"port": service.port, "pictures": files})
    place = setting.repository / PLACE
    place.mkdir(exist_ok=True)
    for file in (Path(str(one["file"])) for one in files):
        to = place / file.name
        quantized = ["pngquant", "--force", "--strip", "--speed", "1", "--output", to, "64", file]
        subprocess.run(quantized, check=True)
        say(f"{to.name}: {to.stat().st_size / 1024:.0f} KiB")


def generate(project: Path, day: str, *more: str) -> None:
    command = [sys.executable, "gen_logs.py", "--data", "data", "--from", day, "--to", day, *more]
    subprocess.run(command, cwd=project, check=True, stdout=subprocess.DEVNULL)


def more_settings(folder: Path, repository: Path) -> str:
    """What the settings of the demo do not have."""
    service = {"source_name": "mongo", "topic_name": "mq", "consumer_id": "c"}
    start = {"labelling": {"rule_set": "interests", "predict_type": "content"}}
    text = {
        "runtime": {"queue_jobs_max": {"queue2": 1}},
        "service": ["search_user", "crawl"],
        "source_db": {"search_user": service, "crawl": service},
        "pipelines": {
            "projects": [
                {
                    "path": str(folder / "ads/project.yaml"),
                    "env": {"DATA": str(folder / "ads/data")},
                }
            ],
            "connections": {"warehouse": {"url": f"sqlite://{folder / 'ads/data/warehouse.db'}"}},
        },
        "prediction": {"dir": str(repository / "examples/prediction")},
        "schedules": {
            "nightly_posts": {"cron": "0 3 * * *", "timezone": "Asia/Taipei", "start": start}
        },
        "log": {"level": "warn"},
    }
    # JSON is YAML.
    return json.dumps(text)


def run(caller: Caller, workbooks: Path) -> list[Picture]:
    """Runs what the pages show."""
    report = str(workbooks / "report.xlsx")
    made = caller.run("daily", DAYS[0], project="ad-logs", param="date")
    until(lambda: caller.ask("GET", f"/v1/runs/{made}")["state"] == "succeeded")
    waits = caller.run("daily", DAYS[1], project="ad-logs", param="date")
    until(lambda: is_at_rest(caller.ask("GET", f"/v1/runs/{waits}")))
    for no, keyword in enumerate(("ramen", "bubble tea", "hot pot", "running shoes")):
        caller.task("search_user", keyword=keyword)
        leased = caller.lease("search_user")
        if no == 1:
            caller.end(leased, "search_user", status="failed", message="the page is gone")
        elif no < 3:
            caller.end(leased, "search_user", status="finished", result={"found": 40 + no})
    caller.task("crawl", url="https://example.org/forum")
    caller.wait(authors := caller.label())
    for _ in range(2):
        caller.ask("POST", "/api/tasks/", {"queue": "queue2", "countdown": 3_600})
    caller.wait(labelled := caller.label(predict_type="content", rule_set="interests"))
    return [
        Picture("jobs", "/jobs"),
        Picture("jobs-dark", "/jobs", "dark", "zh-TW"),
        Picture("jobs-narrow", "/jobs", width=360, height=720),
        Picture("job", f"/jobs/{labelled}"),
        Picture("rows", f"/jobs/{authors}/rows"),
        Picture("new", "/new/labelling"),
        Picture("run", f"/pipelines/runs/{waits}"),
        Picture("dates", f"/pipelines/ad-logs/dates?from={DAYS[0]}&to={DAYS[1]}"),
        Picture("dispatch", "/dispatch"),
        Picture("import", "/imports/new?from=report", height=1_500, choose=report),
        Picture("runtime", "/runtime"),
        Picture("notifications", "/notifications"),
    ]


def is_at_rest(run: dict) -> bool:
    """Nothing of it can be done before the hour comes that was left out."""
    counts = run["counts"]
    return not counts.get("running") and not counts.get("queued")


def until(is_so) -> None:
    for _ in range(1_200):
        if is_so():
            return
        time.sleep(0.1)
    raise TimeoutError("what the pictures show did not happen within two minutes")
