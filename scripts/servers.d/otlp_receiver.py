#!/usr/bin/env python3
"""An OTLP receiver over gRPC, that keeps what it gets: otlp_receiver.py FILE [options]

    --port N         listens there, not on a port of its own choice
    --delay SECONDS  keeps what comes at once, answers that much later
    --refuse         answers UNAVAILABLE, and keeps only that somebody came
    --discard        takes everything and looks at nothing

It listens on 127.0.0.1 and says where on its first line: port 12345. To FILE it appends an object
in JSON a line, whose `signal` is one of

    export             a call: its `kind` (traces, metrics or logs) and its `headers`
    span, metric, log  what it brought
    refused            a call that --refuse did not accept: its `kind`

The stubs and gRPC are the ones of the OpenTelemetry and gRPC projects, so that what can be read
here can be read by others.
"""

import argparse
import json
import math
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import grpc
from opentelemetry.proto.collector.logs.v1 import logs_service_pb2, logs_service_pb2_grpc
from opentelemetry.proto.collector.metrics.v1 import metrics_service_pb2, metrics_service_pb2_grpc
from opentelemetry.proto.collector.trace.v1 import trace_service_pb2, trace_service_pb2_grpc

# A call that is delayed occupies a thread.
THREADS = 64


class Receiver:
    """What all three services do with a call."""

    def __init__(self, options):
        self.options = options
        # Without a buffer: each line is there in one piece, and stays if this program is killed.
        self.file = open(options.file, "ab", buffering=0)
        self.one_at_a_time = threading.Lock()

    def receive(self, kind, items, context, answer):
        if self.options.refuse:
            self.write([{"signal": "refused", "kind": kind}])
        else:
            headers = headers_of(context)
            self.write([{"signal": "export", "kind": kind, "headers": headers}, *items])
        time.sleep(self.options.delay)
        if self.options.refuse:
            context.abort(grpc.StatusCode.UNAVAILABLE, "refuses everything")
        return answer

    def write(self, items):
        with self.one_at_a_time:
            for item in items:
                self.file.write(json.dumps(item, allow_nan=False).encode() + b"\n")


class Traces(Receiver, trace_service_pb2_grpc.TraceServiceServicer):
    def Export(self, request, context):
        answer = trace_service_pb2.ExportTraceServiceResponse()
        return self.receive("traces", spans(request), context, answer)


class Metrics(Receiver, metrics_service_pb2_grpc.MetricsServiceServicer):
    def Export(self, request, context):
        answer = metrics_service_pb2.ExportMetricsServiceResponse()
        return self.receive("metrics", metrics(request), context, answer)


class Logs(Receiver, logs_service_pb2_grpc.LogsServiceServicer):
    def Export(self, request, context):
        answer = logs_service_pb2.ExportLogsServiceResponse()
        return self.receive("logs", logs(request), context, answer)


class Discard(grpc.GenericRpcHandler):
    """Costs next to nothing: for whoever measures the sender. An empty answer means success."""

    def service(self, handler_call_details):
        return grpc.unary_unary_rpc_method_handler(lambda request, context: b"")


def spans(request):
    for group in request.resource_spans:
        for scope in group.scope_spans:
            for span in scope.spans:
                yield {
                    "signal": "span",
                    "name": span.name,
                    "trace_id": span.trace_id.hex(),
                    "span_id": span.span_id.hex(),
                    "parent_span_id": span.parent_span_id.hex(),
                    "kind": span.kind,
                    "start": span.start_time_unix_nano,
                    "end": span.end_time_unix_nano,
                    "attributes": attributes(span),
                    "events": [
                        {
                            "name": event.name,
                            "time": event.time_unix_nano,
                            "attributes": attributes(event),
                        }
                        for event in span.events
                    ],
                    "links": [
                        {"trace_id": link.trace_id.hex(), "span_id": link.span_id.hex()}
                        for link in span.links
                    ],
                    "status": span.status.code,
                    "status_message": span.status.message,
                    "resource": attributes(group.resource),
                }


def metrics(request):
    for group in request.resource_metrics:
        for scope in group.scope_metrics:
            for metric in scope.metrics:
                # One of gauge, sum, histogram, exponential_histogram and summary.
                kind = metric.WhichOneof("data")
                yield {
                    "signal": "metric",
                    "name": metric.name,
                    "unit": metric.unit,
                    "type": kind,
                    "data_points": len(getattr(metric, kind).data_points) if kind else 0,
                    "resource": attributes(group.resource),
                }


def logs(request):
    for group in request.resource_logs:
        for scope in group.scope_logs:
            for record in scope.log_records:
                yield {
                    "signal": "log",
                    "body": value(record.body),
                    "severity": record.severity_text,
                    "severity_number": record.severity_number,
                    "trace_id": record.trace_id.hex(),
                    "span_id": record.span_id.hex(),
                    "attributes": attributes(record),
                    "resource": attributes(group.resource),
                }


def attributes(owner):
    return {attribute.key: value(attribute.value) for attribute in owner.attributes}


def value(any_value):
    """As JSON has it. What JSON does not know is a text: bytes in hexadecimal, NaN, infinity."""
    kind = any_value.WhichOneof("value")
    if kind is None:
        return None
    found = getattr(any_value, kind)
    match kind:
        case "array_value":
            return [value(item) for item in found.values]
        case "kvlist_value":
            return {item.key: value(item.value) for item in found.values}
        case "bytes_value":
            return found.hex()
        case "double_value" if not math.isfinite(found):
            return str(found)
        case _:
            return found


def headers_of(context):
    headers = {}
    for name, text in context.invocation_metadata():
        text = text.hex() if isinstance(text, bytes) else text
        headers[name] = f"{headers[name]}, {text}" if name in headers else text
    return headers


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("file")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--delay", type=float, default=0)
    parser.add_argument("--refuse", action="store_true")
    parser.add_argument("--discard", action="store_true")
    options = parser.parse_args()

    # By itself gRPC would share a port with whoever has it already. That a message has 4 MiB at
    # most stays as it is: so it is with other receivers.
    server = grpc.server(ThreadPoolExecutor(THREADS), options=[("grpc.so_reuseport", 0)])
    if options.discard:
        server.add_generic_rpc_handlers((Discard(),))
    else:
        trace_service_pb2_grpc.add_TraceServiceServicer_to_server(Traces(options), server)
        metrics_service_pb2_grpc.add_MetricsServiceServicer_to_server(Metrics(options), server)
        logs_service_pb2_grpc.add_LogsServiceServicer_to_server(Logs(options), server)
    port = server.add_insecure_port(f"127.0.0.1:{options.port}")
    server.start()
    print(f"port {port}", flush=True)
    server.wait_for_termination()


main()
