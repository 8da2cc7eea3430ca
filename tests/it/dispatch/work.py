"""What the workers of the tests do: what the condition of the task asks for.

They note what happens in the file `ledger` of the directory PLACE, each line with the name of the
task and the number of the process.
"""

import os
import time
from pathlib import Path

PLACE = Path(os.environ["PLACE"])


def work(task):
    def note(what):
        with open(PLACE / "ledger", "a", encoding="utf-8") as ledger:
            ledger.write(f"{what} {task.condition['name']} {os.getpid()}\n")

    note("begins")
    if "result" in task.condition:
        return task.condition["result"]
    if "waits_for" in task.condition:
        task.progress(0.5, "half")
        while not (PLACE / task.condition["waits_for"]).exists():
            if task.cancelled:
                note("cancelled")
            task.raise_if_cancelled()
            time.sleep(0.01)
    note("ends")
    return {"attempt": task.attempt}
