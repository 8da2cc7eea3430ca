"""Fixture platforms: a process that answers as they do, and what a brief has to find there."""

import json
import os
import shutil
import subprocess
import sys
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from .api import free_port
from .measure import BenchError

BASE = "http://127.0.0.1:7788"
SECRETS = {"WEIXIN_KEY": "weixin-secret", "DOUYIN_TOKEN": "douyin-secret"}
NAMES = ("mweibo", "weixin", "redbook", "douyin", "bili")


@dataclass
class Fixture:
    """A folder with `platforms.py` and what belongs to it, and `adapters`."""

    folder: Path
    articles: int
    """Of each platform."""

    @staticmethod
    def of(folder: Path | None, articles: int) -> "Fixture":
        if folder is None or not (folder / "platforms.py").exists():
            raise BenchError(
                "--platforms: expected the folder of the fixture platforms, with platforms.py"
            )
        return Fixture(folder.resolve(), articles)

    def adapters(self, port: int, into: Path, names: Sequence[str] = NAMES) -> Path:
        """Those of the fixture, which ask the process at this port."""
        shutil.rmtree(into, ignore_errors=True)
        into.mkdir(parents=True)
        for name in names:
            text = (self.folder / f"adapters/{name}.yaml").read_text(encoding="utf-8")
            text = text.replace(BASE, f"http://127.0.0.1:{port}")
            (into / f"{name}.yaml").write_text(text, encoding="utf-8")
        return into

    def expected(self, keywords: str, *options: str) -> dict[str, object]:
        command = [sys.executable, str(self.folder / "expected.py"), "--keywords", keywords]
        command += ["--articles", str(self.articles)]
        printed = subprocess.run(
            [*command, *options], check=True, stdout=subprocess.PIPE, encoding="utf-8"
        ).stdout
        return dict(json.loads(printed))

    def rows(self, path: Path, articles: int) -> Path:
        """All articles that are generated, as JSON lines."""
        if not path.exists():
            part = path.with_suffix(".part")
            with part.open("wb") as file:
                command = [
                    sys.executable, str(self.folder / "rows.py"), "--articles", str(articles)
                ]  # fmt: skip
                subprocess.run(command, check=True, stdout=file)
            part.rename(path)
        return path

    @contextmanager
    def serving(self, *options: str) -> Iterator["Serving"]:
        port = free_port()
        command = [sys.executable, "-u", str(self.folder / "platforms.py"), "--port", str(port)]
        process = subprocess.Popen(
            [*command, "--articles", str(self.articles), *options],
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        try:
            assert process.stdout is not None
            line = process.stdout.readline().decode()
            if not line.startswith("ready"):
                raise BenchError(f"the fixture platforms did not get ready: {line!r}")
            yield Serving(port, process)
        finally:
            process.kill()
            process.wait()


@dataclass
class Serving:
    """Platforms that answer."""

    port: int
    process: subprocess.Popen[bytes]

    def stats(self) -> dict[str, object]:
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/_stats") as answer:
            return dict(json.load(answer))

    def calls(self) -> int:
        return int(str(self.stats()["calls"]))

    def pages_asked(self) -> int:
        return int(str(self.stats()["pages_asked"]))

    def last_call(self) -> float:
        """In seconds since 1970."""
        platforms = self.stats()["platforms"]
        assert isinstance(platforms, dict)
        return max(float(one["last"]) for one in platforms.values())


def environment(before: dict[str, str]) -> dict[str, str]:
    return before | SECRETS


def folder_of(named: Path | None) -> Path | None:
    variable = os.environ.get("AUDIENCE_BENCH_PLATFORMS")
    return named or (Path(variable) if variable else None)
