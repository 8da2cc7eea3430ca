"""Runs scripts that drive chromium, with Node.js, which the program itself does not need."""

import hashlib
import json
import shutil
import subprocess
from pathlib import Path

from .measure import BenchError
from .setting import Setting, say

SCRIPTS = Path(__file__).parent.parent / "browser"
LONGEST_S = 1_200


def installed(setting: Setting) -> Path:
    """The directory with the scripts and the packages that they need."""
    install = setting.repository / "scripts/install"
    for program in ("chromium", "npm"):
        subprocess.run([install, program, program], check=True)
    pinned = hashlib.sha256((SCRIPTS / "package-lock.json").read_bytes()).hexdigest()[:16]
    directory = setting.work / f"browser-{pinned}"
    if not directory.exists():
        say("installing what drives a browser")
        unfinished = directory.with_suffix(".part")
        shutil.rmtree(unfinished, ignore_errors=True)
        unfinished.mkdir()
        for name in ("package.json", "package-lock.json"):
            shutil.copy(SCRIPTS / name, unfinished)
        command = ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
        subprocess.run(command, cwd=unfinished, check=True, stdout=subprocess.DEVNULL)
        unfinished.rename(directory)
    for script in SCRIPTS.glob("*.mjs"):
        shutil.copy(script, directory)
    return directory


def in_browser(directory: Path, script: str, asked: dict[str, object]) -> dict:
    """What the script has found."""
    done = subprocess.run(
        ["node", script, json.dumps(asked)],
        cwd=directory,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
        timeout=LONGEST_S,
    )
    if done.returncode:
        raise BenchError(f"{script} failed: {done.stderr.strip()[-2000:]}")
    return dict(json.loads(done.stdout.splitlines()[-1]))
