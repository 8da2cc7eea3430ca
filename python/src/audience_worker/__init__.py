"""Does the tasks of an Audience service: one function, over HTTP or Kafka.

from audience_worker import Task, run

def work(task: Task) -> dict:
    return {"echo": task.condition}

run(work, service="search_user", server="http://127.0.0.1:8080")
"""

from .errors import TaskCancelled, WorkerError
from .task import Task
from .worker import run

__all__ = ["Task", "TaskCancelled", "WorkerError", "run"]
