"""Packages of Python that a part of the bench compares with, installed beside its other files."""

import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from .setting import Setting, say


def installed(setting: Setting, name: str, packages: Sequence[str]) -> Path:
    """The directory with these packages, for PYTHONPATH."""
    path = setting.work / f"packages_{name}"
    wanted = "\n".join(packages)
    note = path / "wanted.txt"
    if note.exists() and note.read_text(encoding="utf-8") == wanted:
        return path
    say(f"installing {', '.join(packages)}")
    install = [setting.repository / "scripts/install", "/usr/lib/python3*/ensurepip"]
    subprocess.run([*install, "python3-venv"], check=True)
    venv = setting.work / "venv"
    subprocess.run([sys.executable, "-m", "venv", str(venv)], check=True)
    unfinished = path.with_suffix(".part")
    for directory in (unfinished, path):
        shutil.rmtree(directory, ignore_errors=True)
    command = [venv / "bin/pip", "install", "--quiet", "--target", str(unfinished), *packages]
    subprocess.run(command, check=True)
    (unfinished / note.name).write_text(wanted, encoding="utf-8")
    unfinished.rename(path)
    return path
