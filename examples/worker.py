"""A worker: takes the tasks of a service from its topic, works on them, reports how they went.

worker.py --brokers HOST:PORT --topic T --group G --reply-topic R    reports over Kafka
worker.py --brokers HOST:PORT --topic T --group G --api URL          reports over HTTP
"""

import argparse
import json

from confluent_kafka import Consumer, KafkaException, Producer
from worker_http import do, post, stopping


def work(condition):  # put yours here; what it raises becomes the message of the failed task
    if "fail" in condition:
        raise ValueError(condition["fail"])
    return {"echo": condition}


def tell(status="running", **more):
    # Whoever does not poll for long loses its place in the group. What comes meanwhile is kept.
    consumer.pause(consumer.assignment())
    early.extend(filter(None, [consumer.poll(0)]))
    report = {"task_id": task["task_id"], "attempt": attempt, "status": status, **more}
    if args.api:
        return post(args.api + "/api/update_status_task", {"data": report})
    sent, report = [], json.dumps(report)
    producer.produce(
        args.reply_topic, report, task["task_id"], headers=trace,
        callback=lambda *of: sent.append(of),
    )  # fmt: skip
    producer.flush()
    if sent[0][0]:
        raise KafkaException(sent[0][0])
    return report


parser = argparse.ArgumentParser()
for name in ("--brokers", "--topic", "--group", "--reply-topic", "--api"):
    parser.add_argument(name)
args, early = parser.parse_args(), []
brokers = {"bootstrap.servers": args.brokers, "topic.metadata.refresh.interval.ms": 5000}
own = {"group.id": args.group, "partition.assignment.strategy": "cooperative-sticky"}
consumer = Consumer(brokers | own | {"enable.auto.commit": False, "auto.offset.reset": "earliest"})
producer = Producer(brokers | {"message.timeout.ms": 0})
consumer.subscribe([args.topic])
while not stopping:
    message = early.pop(0) if early else consumer.poll(1)
    if message is None or message.error():
        continue
    task = json.loads(message.value())["Task"]
    trace = [header for header in message.headers() if header[0] == "traceparent"]
    attempt = int(dict(message.headers())["attempt"])
    if tell():  # else somebody else has done it
        do(work, task["condition"], tell)
    consumer.resume(consumer.assignment())
    try:
        consumer.commit(message, asynchronous=False)
    except KafkaException as error:
        print(error, "- the message comes again, maybe elsewhere")
consumer.close()
