"""What a worker does. Put yours here; this one answers with what it was asked.

audience-worker examples/work.py --service search_user --server http://127.0.0.1:8080
"""

from typing import Any

from audience_worker import Task


def work(task: Task) -> dict[str, Any]:
    # What is raised becomes the message of the failed task.
    if "fail" in task.condition:
        raise ValueError(task.condition["fail"])
    pages = int(task.condition.get("pages", 0))
    for page in range(pages):
        task.progress(page / pages, f"page {page + 1} of {pages}")
        task.raise_if_cancelled()
    # The result: an object.
    return {"echo": task.condition}
