"""A whole labelling and a whole dispatch, by clients that were generated from the documents.

    whole_run.py URL

The packages `audience_v1`, `audience_compat` and `audience_dispatch` are the clients. Prints what
came out, as JSON.
"""

import json
import sys
import time

import audience_compat
import audience_dispatch
import audience_v1
from audience_compat.api.tasks import check_status, create_task, sample_result
from audience_compat.models import CreateTask, CreateTaskPatternType0
from audience_dispatch.api.tasks import dispatch_create_task, result_task
from audience_dispatch.models import (
    CreateTaskBody,
    NewTask,
    NewTaskCondition,
    ResultBody,
    ResultOf,
)
from audience_v1.api.dispatch import complete_task, lease_tasks, renew_lease
from audience_v1.api.jobs import get_job, submit_job
from audience_v1.api.results import get_result, get_sample
from audience_v1.models import (
    CompleteTask,
    CompleteTaskResultType0,
    EndedStatus,
    GetResultFormat,
    JobState,
    Labelling,
    LabellingRulesType0,
    LeaseTasks,
    NewJob,
    RenewLease,
)

PATIENCE_S = 60
RULES = {"female": [["美玲", "partially"]], "male": [["志明", "partially"]]}
SERVICE = "search_user"


def wait_for(what, look):
    """The first value that is not None."""
    until = time.monotonic() + PATIENCE_S
    while time.monotonic() < until:
        found = look()
        if found is not None:
            return found
        time.sleep(0.05)
    raise TimeoutError(what)


def label(url):
    client = audience_v1.Client(base_url=url)
    labelling = Labelling(
        rules=LabellingRulesType0.from_dict(RULES),
        start_time="2020-01-01",
        end_time="2021-01-01",
    )
    job = submit_job.sync(client=client, body=NewJob(labelling=labelling))

    def ended():
        now = get_job.sync(client=client, job_id=job.id)
        return now if now.state not in (JobState.QUEUED, JobState.RUNNING) else None

    job = wait_for("the end of the job", ended)
    published = sum(group.rows_published for group in job.figures.groups)
    sample = get_sample.sync(client=client, job_id=job.id, limit=5)
    answer = get_result.sync_detailed(
        client=client, job_id=job.id, format_=GetResultFormat.JSONL
    )
    rows = [json.loads(line) for line in answer.content.decode().splitlines()]
    return {
        "state": job.state.value,
        "published": published,
        "rows": len(rows),
        "panels": sorted({row["panel"] for row in rows}),
        "sample": [row.panel for row in sample.rows][:1] != [],
    }


def label_as_before(url):
    client = audience_compat.Client(base_url=url)
    body = CreateTask(
        pattern=CreateTaskPatternType0.from_dict(RULES),
        start_time="2020-01-01",
        end_time="2021-01-01",
    )
    created = create_task.sync(client=client, body=body)
    task = created.error_message.task_id

    def ended():
        now = check_status.sync(client=client, task_id=task)
        return now if now.status not in ("PENDING", "STARTED") else None

    status = wait_for("the end of the task", ended)
    sample = sample_result.sync(client=client, task_id=task)
    return {
        "status": status.status,
        "sample": len(sample.error_message) > 0,
    }


def dispatch(url):
    callers = audience_dispatch.Client(base_url=url)
    workers = audience_v1.Client(base_url=url)
    condition = NewTaskCondition.from_dict({"keyword": "coffee"})
    task = NewTask(service=SERVICE, condition=condition)
    created = dispatch_create_task.sync(client=callers, body=CreateTaskBody(data=task))
    leased = lease_tasks.sync(SERVICE, client=workers, body=LeaseTasks(max_=1, wait_s=30))
    [task] = leased.tasks
    beat = RenewLease(task_id=task.task_id, lease=task.lease, progress=0.5)
    held = renew_lease.sync(SERVICE, client=workers, body=beat)
    done = CompleteTask(
        task_id=task.task_id,
        lease=task.lease,
        status=EndedStatus.FINISHED,
        result=CompleteTaskResultType0.from_dict({"users": 12}),
    )
    complete_task.sync(SERVICE, client=workers, body=done)
    asked = ResultBody(data=ResultOf(task_id=created.task_id, wait_s=30))
    result = result_task.sync(client=callers, body=asked)
    return {
        "leased": task.task_id == created.task_id,
        "held": held.status,
        "result": result.data,
    }


def main():
    [url] = sys.argv[1:]
    print(
        json.dumps(
            {"v1": label(url), "compat": label_as_before(url), "dispatch": dispatch(url)}
        )
    )


main()
