#!/usr/bin/python3
"""ops.py [--server PATH] [TEST...]: what those who run a server rely on.

The own paths, metrics, logs, signals, options and `tutti store`, and clients that are slow, many or gone.
A test is a function test_WHAT(ops) with a directory of its own. Nothing here waits for a fixed time to
pass: what has to happen first is waited for, and limits of time are wide, for sanitizers on two cores.
"""
import argparse
import contextlib
import json
import os
import pty
import resource
import selectors
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import time
import traceback
from http.client import HTTPConnection, HTTPException, HTTPResponse
from xml.etree import ElementTree

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(HERE, "..", "support")]
import metrics  # noqa: E402
from server import ROOT, Refused, Server, Sqs, StartError, Tally, refused_start, write_credentials  # noqa: E402

HAPPENS_SECONDS_MAX = 30   # what has to happen
PROMPT_SECONDS_MAX = 3     # what has to happen at once
WAITERS = 2000
WAITERS_SECONDS_MAX = 20
BATCH = 10
SLOW_CLIENTS = 4


class Ops:
    """A test's directory and its checks."""

    def __init__(self, tally, binary, directory):
        self.tally, self.binary, self.directory = tally, binary, directory

    def check(self, what, held, seen=""):
        return self.tally.check(what, held, seen)

    def path(self, name):
        return os.path.join(self.directory, name)

    @contextlib.contextmanager
    def server(self, *options, name="data", **more):
        """One that has to end with 0, and without a sanitizer's complaint."""
        server = Server(self.binary, self.path(name), *options, **more).start()
        try:
            yield server
        except BaseException:
            if server.alive():
                server.kill()
            self.tell_complaint(server)
            raise
        status = server.stop() if server.alive() else server.process.poll()
        self.check("it ends with 0", status == 0, status)
        self.tell_complaint(server)

    def tell_complaint(self, server):
        complaint = server.clean()
        if complaint:
            self.check("no sanitizer complains", False, complaint)

    def tutti(self, *arguments):
        return subprocess.run([self.binary, *arguments], capture_output=True, text=True, timeout=120, check=False,
                              cwd=self.directory, stdin=subprocess.DEVNULL)


class Reply:
    def __init__(self, response):
        self.status, self.headers, self.body = response.status, response.headers, response.read()

    def json(self):
        return json.loads(self.body)

    def __str__(self):
        return f"{self.status} {self.body[:300]!r}"


def ask(server, method, path, body=None, **headers):
    connection = HTTPConnection(server.host, server.port, timeout=60)
    try:
        connection.request(method, path, None if body is None else json.dumps(body), headers)
        return Reply(connection.getresponse())
    finally:
        connection.close()


def request_bytes(operation, *more_headers, **members):
    """A call as a client writes it."""
    body = json.dumps(members).encode()
    head = ["POST / HTTP/1.1", "Host: ops", f"X-Amz-Target: AmazonSQS.{operation}",
            "Content-Type: application/x-amz-json-1.0", f"Content-Length: {len(body)}", *more_headers]
    return "\r\n".join(head).encode() + b"\r\n\r\n" + body


def dial(server):
    return socket.create_connection((server.host, server.port), timeout=HAPPENS_SECONDS_MAX)


def read_reply(stream):
    response = HTTPResponse(stream)
    response.begin()
    return Reply(response)


def read_metrics(server):
    families = metrics.parse(ask(server, "GET", "/_tutti/metrics").body.decode())
    metrics.check(families)
    return families


def wait_until(what, happened):
    """Gives what `happened` gives, as soon as that is true."""
    end = time.monotonic() + HAPPENS_SECONDS_MAX
    while True:
        found = happened()
        if found:
            return found
        if time.monotonic() > end:
            raise TimeoutError(f"after {HAPPENS_SECONDS_MAX} s: {what}")
        time.sleep(0.01)


def wait_until_parked(server, count):
    wait_until(f"{count} calls are parked", lambda: metrics.value(read_metrics(server), "tutti_parked") == count)


@contextlib.contextmanager
def sqs_of(server):
    sqs = Sqs(server.host, server.port)
    try:
        yield sqs
    finally:
        sqs.close()


def make_queue(sqs, name="ops", **attributes):
    sqs.call("CreateQueue", QueueName=name, Attributes=attributes)
    return sqs.url(name)


def bodies(reply):
    return [message["Body"] for message in reply.get("Messages", [])]


def long_poll(server, url, **members):
    """A connection on which a receive of 20 s is under way."""
    stream = dial(server)
    stream.sendall(request_bytes("ReceiveMessage", QueueUrl=url, WaitTimeSeconds=20, **members))
    return stream


def log_lines(server):
    """Of its log, each as JSON."""
    return [json.loads(line) for line in server.log_text().splitlines()]


# ---- the own paths ----

def test_health(ops):
    with ops.server() as server:
        for path in ("/_tutti/health", "/_localstack/health"):
            reply = ask(server, "GET", path)
            health = reply.json()
            ops.check(f"{path} says that it runs", reply.status == 200 and health["status"] == "running", reply)
            ops.check(f"{path} names services and version",
                      health["services"].get("sqs") == "running" and health["edition"] == "tutti" and
                      health["version"] in ops.tutti("version").stdout and health["uptimeSeconds"] >= 0, health)
            ops.check(f"{path} is JSON", reply.headers["Content-Type"] == "application/json", reply.headers)
            head = ask(server, "HEAD", path)
            ops.check(f"HEAD {path} has no body", head.status == 200 and head.body == b"", head)
            ops.check(f"HEAD {path} has the length", int(head.headers["Content-Length"]) > 0, head.headers)
        ops.check("a page of another origin may read health",
                  ask(server, "GET", "/_tutti/health", Origin="http://elsewhere.example").status == 200)


def test_wrong_paths(ops):
    with ops.server() as server:
        for method, path, status in (("GET", "/_tutti/nothing", 404), ("GET", "/_tutti/", 404),
                                     ("POST", "/_localstack/reset", 404), ("GET", "/_tutti/health/", 404),
                                     ("POST", "/_tutti/health", 405), ("DELETE", "/_localstack/health", 405),
                                     ("PUT", "/_tutti/metrics", 405), ("GET", "/_tutti/reset", 405),
                                     ("HEAD", "/_tutti/reset", 405), ("GET", "/_tutti/backup", 405),
                                     ("GET", "/_tutti/clock", 405)):
            reply = ask(server, method, path)
            ops.check(f"{method} {path} is a {status}", reply.status == status, reply)
            if method != "HEAD":
                ops.check(f"and says why: {method} {path}", reply.json()["message"], reply)
        for path in ("/_tutti/backup", "/_tutti/clock"):
            connection = HTTPConnection(server.host, server.port, timeout=60)
            connection.request("POST", path, "{not JSON")
            reply = Reply(connection.getresponse())
            connection.close()
            ops.check(f"a body that is not JSON is a 400 at {path}", reply.status == 400, reply)


def test_other_origins(ops):
    with ops.server("--clock", "virtual") as server, sqs_of(server) as sqs:
        make_queue(sqs)
        backup = {"directory": ops.path("stolen")}
        for origin in ("http://elsewhere.example", "null", f"http://{server.host}:1", f"{server.host}:{server.port}"):
            for path, body in (("/_tutti/reset", {}), ("/_tutti/backup", backup), ("/_tutti/clock", {"by": 1})):
                reply = ask(server, "POST", path, body, Origin=origin)
                ops.check(f"{path} is refused to {origin}", reply.status == 403, reply)
        ops.check("nothing was done",
                  len(sqs.call("ListQueues")["QueueUrls"]) == 1 and not os.path.exists(ops.path("stolen")))
        reply = ask(server, "POST", "/_tutti/clock", {"by": 1}, Origin=server.url)
        ops.check("its own origin may", reply.status == 200, reply)


# ---- metrics ----

FAMILIES = {
    "tutti_calls_total": "counter", "tutti_errors_total": "counter", "tutti_call_seconds": "histogram",
    "tutti_commit_seconds": "histogram", "tutti_commit_failures_total": "counter",
    "tutti_requests_refused_total": "counter", "tutti_connections": "gauge", "tutti_parked": "gauge",
    "tutti_lane_calls_total": "counter", "tutti_lane_busy_seconds_total": "counter", "tutti_writable": "gauge",
    "tutti_store_flushes_total": "counter", "tutti_store_journal_bytes": "gauge", "tutti_store_main_bytes": "gauge",
    "tutti_store_memory_bytes": "gauge", "tutti_resident_memory_bytes": "gauge", "tutti_uptime_seconds": "gauge",
}


def test_metrics_text(ops):
    with ops.server() as server:
        reply = ask(server, "GET", "/_tutti/metrics")
        ops.check("metrics are Prometheus' text", reply.headers["Content-Type"].startswith("text/plain; version=0.0.4"))
        families = read_metrics(server)
        for name, type_ in FAMILIES.items():
            ops.check(f"{name} is a {type_}", name in families and families[name].type == type_)
        ops.check("memory is more than nothing", metrics.value(families, "tutti_resident_memory_bytes") > 1 << 20)
        ops.check("it can write", metrics.value(families, "tutti_writable") == 1)
        ops.check("nothing was called yet", not families["tutti_calls_total"].samples)


def test_metrics_count(ops):
    with ops.server("--threads", "3") as server, sqs_of(server) as sqs:
        url = make_queue(sqs)
        before = read_metrics(server)
        for number in range(7):
            with sqs_of(server) as other:  # other threads
                other.call("SendMessage", QueueUrl=url, MessageBody=str(number))
        for _ in range(2):
            with contextlib.suppress(Refused):
                sqs.call("SendMessage", QueueUrl=sqs.url("nowhere"), MessageBody="lost")
        with contextlib.suppress(Refused):
            sqs.call("NoSuchOperation")
        after = read_metrics(server)
        send = {"service": "sqs", "operation": "SendMessage"}
        ops.check("calls are counted", metrics.value(after, "tutti_calls_total", **send) == 9)
        ops.check("latencies are counted", metrics.value(after, "tutti_call_seconds_count", **send) == 9)
        ops.check("and add up", 0 < metrics.value(after, "tutti_call_seconds_sum", **send) < 600)
        ops.check("errors are the client's", metrics.value(after, "tutti_errors_total", whose="client", **send) == 2)
        ops.check("and not the server's", metrics.value(after, "tutti_errors_total", whose="server", **send) == 0)
        ops.check("what is not called has no line",
                  metrics.value(after, "tutti_calls_total", service="sqs", operation="DeleteQueue") is None)
        grown = {name: metrics.value(after, name) - metrics.value(before, name) for name in
                 ("tutti_lane_calls_total", "tutti_requests_refused_total", "tutti_commit_seconds_count",
                  "tutti_store_batch_bytes_total", "tutti_store_memory_bytes")}
        ops.check("the lane's calls are counted", grown["tutti_lane_calls_total"] == 9, grown)
        ops.check("what is no call is counted apart", grown["tutti_requests_refused_total"] == 1, grown)
        ops.check("commits are counted: one for each send, as they were one at a time",
                  grown["tutti_commit_seconds_count"] == 7, grown)
        ops.check("bytes are counted",
                  grown["tutti_store_batch_bytes_total"] > 0 and grown["tutti_store_memory_bytes"] > 0, grown)


def send_until_refused(sqs, url):
    for _ in range(20):
        try:
            sqs.call("SendMessage", QueueUrl=url, MessageBody="x" * 60_000)
        except Refused as refused:
            return refused
    return None


def test_metrics_of_server_errors(ops):
    """The disk refuses by a limit on the size of files, which may write the small log, not the journal."""
    binary = ops.path("tutti-without-xfsz")
    with open(binary, "w", encoding="utf-8") as script:
        script.write(f'#!/bin/sh\nexec env --ignore-signal=XFSZ "{os.path.abspath(ops.binary)}" "$@"\n')
    os.chmod(binary, 0o755)
    server = Server(binary, ops.path("data")).start()
    with sqs_of(server) as sqs:
        url = make_queue(sqs)
        resource.prlimit(server.process.pid, resource.RLIMIT_FSIZE, (64 << 10, resource.RLIM_INFINITY))
        refused = send_until_refused(sqs, url)
        ops.check("a send that cannot be stored is a 5xx", refused and refused.status >= 500, refused)
        families = read_metrics(server)
        send = {"service": "sqs", "operation": "SendMessage"}
        ops.check("it is the server's error", metrics.value(families, "tutti_errors_total", whose="server", **send) == 1)
        ops.check("and not the client's", metrics.value(families, "tutti_errors_total", whose="client", **send) == 0)
        ops.check("failed commits are counted", metrics.value(families, "tutti_commit_failures_total") >= 1)
        ops.check("it says that it cannot write", metrics.value(families, "tutti_writable") == 0)
        ops.check("and health does", ask(server, "GET", "/_tutti/health").json()["status"] == "read-only")
        resource.prlimit(server.process.pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY,) * 2)
        wait_until("it writes again", lambda: ask(server, "GET", "/_tutti/health").json()["status"] == "running")
        ops.check("then sends are accepted", sqs.call("SendMessage", QueueUrl=url, MessageBody="after")["MessageId"])
    ops.check("it ends with 0", server.stop() == 0)
    ops.tell_complaint(server)


# ---- reset, backup, clock ----

def test_reset(ops):
    with ops.server() as server, sqs_of(server) as sqs:
        url = make_queue(sqs)
        make_queue(sqs, "other")
        poll = long_poll(server, sqs.url("other"))
        wait_until_parked(server, 1)
        sqs.call("SendMessage", QueueUrl=url, MessageBody="gone")
        reply = ask(server, "POST", "/_tutti/reset")
        ops.check("a reset is done", reply.status == 200, reply)
        begun = time.monotonic()
        answer = read_reply(poll)
        poll.close()
        ops.check("who waits is answered at once",
                  time.monotonic() - begun < PROMPT_SECONDS_MAX and b"Body" not in answer.body, answer)
        ops.check("queues are gone", not sqs.call("ListQueues").get("QueueUrls"))
        server.kill()
        server.start()
        with sqs_of(server) as again:
            ops.check("and stay away after a kill", not again.call("ListQueues").get("QueueUrls"))
            url = make_queue(again)
            ops.check("a queue made anew is empty", not bodies(again.call("ReceiveMessage", QueueUrl=url)))
            again.call("SendMessage", QueueUrl=url, MessageBody="new")
            ops.check("and works", bodies(again.call("ReceiveMessage", QueueUrl=url)) == ["new"])


def test_backup(ops):
    copy = ops.path("copy")
    with ops.server() as server, sqs_of(server) as sqs:
        url = make_queue(sqs)
        for number in range(25):
            sqs.call("SendMessage", QueueUrl=url, MessageBody=f"message {number}")
        reply = ask(server, "POST", "/_tutti/backup", {"directory": copy})
        ops.check("a backup is made", reply.status == 200, reply)
        sqs.call("SendMessage", QueueUrl=url, MessageBody="later")
        reply = ask(server, "POST", "/_tutti/backup", {"directory": copy})
        ops.check("a second one to the same place is refused, by name",
                  reply.status == 400 and copy in reply.json()["message"], reply)
        for body in ({}, {"directory": ""}, {"directory": 7}, []):
            reply = ask(server, "POST", "/_tutti/backup", body)
            ops.check(f"a backup needs a directory: {body}",
                      reply.status == 400 and "directory" in reply.json()["message"], reply)
        reply = ask(server, "POST", "/_tutti/backup", {"directory": "/proc/nowhere"})
        ops.check("what cannot be written is refused, by name",
                  reply.status >= 400 and "/proc/nowhere" in reply.json()["message"], reply)
        ops.check("the server goes on", sqs.call("SendMessage", QueueUrl=url, MessageBody="and later")["MessageId"])
    verified = ops.tutti("store", "verify", "--data", copy)
    ops.check("the copy verifies", verified.returncode == 0, verified.stdout + verified.stderr)
    with ops.server(name="copy") as server, sqs_of(server) as sqs:
        found = receive_all(sqs, sqs.url("ops"))
        ops.check("it opens, and has what was sent before it",
                  sorted(found) == sorted(f"message {number}" for number in range(25)), found)


def receive_all(sqs, url):
    found = []
    while True:
        got = bodies(sqs.call("ReceiveMessage", QueueUrl=url, MaxNumberOfMessages=10, VisibilityTimeout=600))
        if not got:
            return found
        found += got


def test_backup_of_memory(ops):
    with ops.server("--memory") as server:
        reply = ask(server, "POST", "/_tutti/backup", {"directory": ops.path("copy")})
        ops.check("memory cannot be backed up", reply.status == 400 and "memory" in reply.json()["message"], reply)


def test_clock(ops):
    with ops.server("--clock", "virtual") as server, sqs_of(server) as sqs:
        url, delayed = make_queue(sqs), make_queue(sqs, "delayed")
        sqs.call("SendMessage", QueueUrl=url, MessageBody="lent")
        sqs.call("SendMessage", QueueUrl=delayed, MessageBody="delayed", DelaySeconds=35)
        ops.check("a message is lent", bodies(sqs.call("ReceiveMessage", QueueUrl=url)) == ["lent"])
        ops.check("and hidden", not bodies(sqs.call("ReceiveMessage", QueueUrl=url)))
        ops.check("a delayed one is hidden", not bodies(sqs.call("ReceiveMessage", QueueUrl=delayed)))
        first = ask(server, "POST", "/_tutti/clock", {"by": 29}).json()["now"]
        ops.check("before its time neither appears",
                  not any(bodies(sqs.call("ReceiveMessage", QueueUrl=either)) for either in (url, delayed)))
        second = ask(server, "POST", "/_tutti/clock", {"by": 11}).json()["now"]
        ops.check("time moves by what was said", abs(second - first - 11) < 0.01, (first, second))
        message = sqs.call("ReceiveMessage", QueueUrl=url, AttributeNames=["ApproximateReceiveCount"])["Messages"][0]
        ops.check("what was lent appears, a second time",
                  message["Body"] == "lent" and message["Attributes"]["ApproximateReceiveCount"] == "2", message)
        ops.check("what was delayed appears", bodies(sqs.call("ReceiveMessage", QueueUrl=delayed)) == ["delayed"])
        third = ask(server, "POST", "/_tutti/clock", {"to": second + 100.5}).json()["now"]
        ops.check("time moves to what was said", abs(third - second - 100.5) < 0.01, third)


def test_clock_and_long_polls(ops):
    with ops.server("--clock", "virtual") as server, sqs_of(server) as sqs:
        url, delayed = make_queue(sqs), make_queue(sqs, "delayed")
        sqs.call("SendMessage", QueueUrl=delayed, MessageBody="delayed", DelaySeconds=15)
        empty, waiter = long_poll(server, url), long_poll(server, delayed)
        wait_until_parked(server, 2)
        ask(server, "POST", "/_tutti/clock", {"by": 16})
        reply = read_reply(waiter)
        ops.check("who waits gets a delayed message when time has come to it", bodies(reply.json()) == ["delayed"], reply)
        ops.check("who has time left waits on", metrics.value(read_metrics(server), "tutti_parked") == 1)
        ask(server, "POST", "/_tutti/clock", {"by": 5})
        reply = read_reply(empty)
        ops.check("and is answered, with nothing, when it is over", reply.status == 200 and not bodies(reply.json()), reply)
        empty.close()
        waiter.close()


def test_clock_refuses(ops):
    with ops.server("--clock", "virtual") as server:
        before = ask(server, "POST", "/_tutti/clock", {"by": 0}).json()["now"]
        for body in ({}, {"by": "40"}, {"by": None}, {"by": -5}, {"to": before - 1}, {"to": "tomorrow"},
                     {"by": 1, "to": before + 1}, [1], 5, {"by": 1e300}, {"to": 1e300}, {"to": 9.2e12}, {"by": 9.2e12}):
            try:
                reply = ask(server, "POST", "/_tutti/clock", body)
            except (OSError, HTTPException) as error:
                ops.check(f"time cannot be moved by {body}", False, f"{type(error).__name__}, alive: {server.alive()}")
                break
            ops.check(f"time cannot be moved by {body}", reply.status == 400 and reply.json()["message"], reply)
        else:
            after = ask(server, "POST", "/_tutti/clock", {"by": 0}).json()["now"]
            ops.check("and stands where it stood", after == before, (before, after))


def test_real_clock(ops):
    with ops.server() as server:
        reply = ask(server, "POST", "/_tutti/clock", {"by": 1})
        ops.check("the real clock cannot be moved", reply.status == 400 and "clock" in reply.json()["message"], reply)


# ---- logs ----

def expect_line(ops, lines, what, **members):
    found = [line for line in lines if all(line.get(name) == value for name, value in members.items())]
    ops.check(f"there is a line for {what}", len(found) == 1, f"{len(found)} of {[line.get('path') for line in lines]}")
    return found[0] if found else {}


def ask_raw(server, text):
    with dial(server) as stream:
        stream.sendall(text)
        return read_reply(stream)


def test_access_log(ops):
    with ops.server("--access-log", "--log-level", "warn") as server, sqs_of(server) as sqs:
        url = make_queue(sqs)
        with dial(server) as stream:
            stream.sendall(request_bytes("SendMessage", QueueUrl=url, MessageBody="logged"))
            sent = read_reply(stream)
        with contextlib.suppress(Refused):
            sqs.call("SendMessage", QueueUrl=sqs.url("nowhere"), MessageBody="x")
        with contextlib.suppress(Refused):
            sqs.call("NoSuchOperation")
        ask(server, "GET", "/_tutti/health")
        ask(server, "GET", "/_tutti/nothing")
        ask(server, "DELETE", "/_tutti/metrics")
        ask(server, "POST", "/_tutti/reset", Origin="http://elsewhere.example")
        ask(server, "POST", "/_tutti/clock", {"by": 1})
        ask_raw(server, b'POST /_tutti/backup HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n\r\n{')
        ask_raw(server, b'GET /"\xff\xfe\\ HTTP/1.1\r\nHost: x\r\n\r\n')
        check_access_lines(ops, server, sent)


def check_access_lines(ops, server, sent):
    try:
        lines = log_lines(server)
    except ValueError as error:
        ops.check("each line is JSON, in UTF-8", False, error)
        return
    ops.check("each line is JSON, in UTF-8", "\ufffd" not in server.log_text(), server.log_text()[-500:])
    line = expect_line(ops, lines, "a call", requestId=sent.headers["x-amzn-RequestId"])
    wanted = {"method": "POST", "path": "/", "service": "sqs", "operation": "SendMessage",
              "account": "000000000000", "status": 200}
    ops.check("with all that is known of it",
              wanted.items() <= line.items() and line["peer"].startswith("127.0.0.1:") and
              line["microseconds"] > 0 and line["time"].endswith("Z"), line)
    expect_line(ops, lines, "a call that is refused", operation="SendMessage", status=400)
    expect_line(ops, lines, "no operation", operation="NoSuchOperation")
    expect_line(ops, lines, "an own path", method="GET", path="/_tutti/health", status=200)
    expect_line(ops, lines, "no own path", method="GET", path="/_tutti/nothing", status=404)
    expect_line(ops, lines, "a wrong method", method="DELETE", path="/_tutti/metrics", status=405)
    expect_line(ops, lines, "another origin", path="/_tutti/reset", status=403)
    expect_line(ops, lines, "a refused control", path="/_tutti/clock", status=400)
    expect_line(ops, lines, "a body that is not JSON", path="/_tutti/backup", status=400)
    strange = [line for line in lines if "path" not in line]
    ops.check("what clients do wrong is not logged as the server's error", not strange, strange)


def test_log_is_json(ops):
    with ops.server() as server:
        pass
    lines = log_lines(server)
    ops.check("its log is JSON when stderr is no terminal",
              any((line["level"], line["message"]) == ("info", "ending: SIGTERM") and line["time"].endswith("Z")
                  for line in lines), lines)
    with ops.server("--log-level", "nothing", name="silent") as server:
        pass
    ops.check("and nothing where that is wanted", server.log_text() == "", server.log_text())


def test_log_on_a_terminal(ops):
    try:
        outer, inner = pty.openpty()
    except OSError as error:
        ops.tally.skip("the log on a terminal", f"no terminal can be made here: {error}")
        return
    command = [ops.binary, "serve", "--listen", "127.0.0.1:0", "--memory"]
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=inner, cwd=ops.directory)
    os.close(inner)
    try:
        ops.check("it starts", b"listening" in process.stdout.readline())
        process.terminate()
        said = os.read(outer, 4096).decode()
        ops.check("its log is text on a terminal", "ending: SIGTERM" in said and "{" not in said, said)
        ops.check("it ends with 0", process.wait(HAPPENS_SECONDS_MAX) == 0)
    finally:
        process.kill()
        process.wait()
        process.stdout.close()
        os.close(outer)


def test_no_access_log(ops):
    with ops.server() as server:
        ask(server, "GET", "/_tutti/health")
        ops.check("without --access-log no request is logged", "health" not in server.log_text(), server.log_text())


# ---- signals ----

def receive_notice(notices):
    try:
        return notices.recv(4096)
    except TimeoutError:
        return None


def check_notices(ops, what, address, told):
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as notices:
        notices.bind(address)
        notices.settimeout(HAPPENS_SECONDS_MAX)
        with ops.server("--memory", name=what, env=dict(os.environ, NOTIFY_SOCKET=told)) as server:
            notice = receive_notice(notices)
            ops.check(f"systemd is told of the start, by {what}", notice == b"READY=1", notice)
            ops.check("when it answers", ask(server, "GET", "/_tutti/health").status == 200)
            notices.setblocking(False)
            ops.check("and of nothing more", next_is_missing(notices))
            notices.settimeout(HAPPENS_SECONDS_MAX)
            ops.check("it ends with 0", server.stop() == 0)
            notice = receive_notice(notices)
            ops.check(f"systemd is told of the end, by {what}", notice == b"STOPPING=1", notice)


def next_is_missing(notices):
    try:
        return not notices.recv(4096)
    except BlockingIOError:
        return True


def test_systemd(ops):
    check_notices(ops, "a path", ops.path("notify"), ops.path("notify"))
    name = f"tutti-ops-{os.getpid()}"
    check_notices(ops, "an abstract name", "\0" + name, "@" + name)
    with ops.server("--memory", name="deaf", env=dict(os.environ, NOTIFY_SOCKET=ops.path("nobody"))) as server:
        ops.check("a systemd that is not there is no obstacle", ask(server, "GET", "/_tutti/health").status == 200)


def test_signals(ops):
    for which in (signal.SIGTERM, signal.SIGINT):
        with ops.server(name=which.name) as server, sqs_of(server) as sqs:
            url = make_queue(sqs)
            sqs.call("SendMessage", QueueUrl=url, MessageBody="kept")
            poll = long_poll(server, make_queue(sqs, "empty"))
            wait_until_parked(server, 1)
            begun = time.monotonic()
            server.process.send_signal(which)
            reply = read_reply(poll)
            took = time.monotonic() - begun
            ops.check(f"{which.name}: who waits for 20 s is answered at once",
                      reply.status == 200 and not bodies(reply.json()) and took < PROMPT_SECONDS_MAX, f"{took:.1f} s, {reply}")
            ops.check(f"{which.name}: and its connection ends", poll.recv(1) == b"")
            poll.close()
            status = server.wait()
            took = time.monotonic() - begun
            ops.check(f"{which.name}: it ends with 0, soon", status == 0 and took < 2 * PROMPT_SECONDS_MAX,
                      f"{status}, {took:.1f} s")
        with ops.server(name=which.name) as server, sqs_of(server) as sqs:
            ops.check(f"{which.name}: what it had is there", receive_all(sqs, sqs.url("ops")) == ["kept"])


def test_signal_during_a_request(ops):
    with ops.server() as server, sqs_of(server) as sqs:
        url = make_queue(sqs)
        request = request_bytes("SendMessage", "Expect: 100-continue", QueueUrl=url, MessageBody="in flight")
        head, body = request.split(b"\r\n\r\n")
        with dial(server) as stream:
            stream.sendall(head + b"\r\n\r\n")
            ops.check("a request is under way", stream.recv(25) == b"HTTP/1.1 100 Continue\r\n\r\n")
            server.process.send_signal(signal.SIGTERM)
            wait_until("it has the signal", lambda: "ending" in server.log_text())
            stream.sendall(body)
            reply = read_reply(stream)
            ops.check("it is answered", reply.status == 200 and "MessageId" in reply.json(), reply)
            ops.check("and its connection ends", stream.recv(1) == b"")
        ops.check("it ends with 0", server.wait() == 0)
    with ops.server() as server, sqs_of(server) as sqs:
        ops.check("and what it asked for is kept", receive_all(sqs, sqs.url("ops")) == ["in flight"])


def test_signal_and_a_client_that_never_reads(ops):
    with ops.server() as server:
        stream = fill_with_requests(server)
        begun = time.monotonic()
        status = server.stop()
        took = time.monotonic() - begun
        ops.check("a client that never reads does not keep it from ending",
                  status == 0 and took < HAPPENS_SECONDS_MAX, f"{status}, {took:.1f} s")
        stream.close()


# ---- clients that are slow, many or gone ----

def fill_with_requests(server):
    """A connection full of requests whose replies nobody reads: the server cannot send, nor wants to read."""
    stream = socket.socket()
    stream.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    stream.connect((server.host, server.port))
    stream.settimeout(0.5)
    requests = b"GET /_tutti/metrics HTTP/1.1\r\nHost: ops\r\n\r\n" * 100
    with contextlib.suppress(TimeoutError):
        while True:
            stream.sendall(requests)
    return stream


def slowest_call(server, calls, turn=lambda: None):
    with sqs_of(server) as sqs:
        slowest = 0
        for _ in range(calls):
            turn()
            begun = time.monotonic()
            sqs.call("ListQueues")
            slowest = max(slowest, time.monotonic() - begun)
        return slowest


def test_head_byte_by_byte(ops):
    with ops.server("--threads", "1") as server, sqs_of(server) as sqs:
        url = make_queue(sqs)
        streams = [dial(server) for _ in range(SLOW_CLIENTS)]
        rest = list(request_bytes("SendMessage", QueueUrl=url, MessageBody="slow"))

        def dribble():
            byte = bytes([rest.pop(0)])
            for stream in streams:
                stream.sendall(byte)

        slowest = slowest_call(server, len(rest), dribble)
        ops.check("heads that come byte by byte do not disturb others", slowest < PROMPT_SECONDS_MAX, f"{slowest:.1f} s")
        replies = [read_reply(stream) for stream in streams]
        ops.check("and are answered", all(reply.status == 200 for reply in replies), [str(reply) for reply in replies])
        for stream in streams:
            stream.close()


def test_replies_nobody_reads(ops):
    sanitizer = os.environ.get("ASAN_OPTIONS", "") + ":quarantine_size_mb=1"  # else what was freed counts as resident
    with ops.server("--threads", "1", env=dict(os.environ, ASAN_OPTIONS=sanitizer)) as server:
        before = metrics.value(read_metrics(server), "tutti_resident_memory_bytes")
        streams = [fill_with_requests(server) for _ in range(SLOW_CLIENTS)]
        slowest = slowest_call(server, 200)
        ops.check("replies that nobody reads do not disturb others", slowest < PROMPT_SECONDS_MAX, f"{slowest:.1f} s")
        grown = metrics.value(read_metrics(server), "tutti_resident_memory_bytes") - before
        ops.check("and do not pile up", grown < 64 << 20, f"{grown / (1 << 20):.0f} MiB for {SLOW_CLIENTS}")
        for stream in streams:
            stream.close()


def test_client_that_goes_away(ops):
    ways = {"closes": None, "resets": struct.pack("ii", 1, 0)}
    for way, linger in ways.items():
        with ops.server(name=way) as server, sqs_of(server) as sqs:
            url = make_queue(sqs)
            streams = [long_poll(server, url) for _ in range(SLOW_CLIENTS)]
            wait_until_parked(server, SLOW_CLIENTS)
            for stream in streams:
                if linger:
                    stream.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
                stream.close()
            wait_until_parked(server, 0)
            sqs.call("SendMessage", QueueUrl=url, MessageBody="for the living")
            reply = sqs.call("ReceiveMessage", QueueUrl=url, WaitTimeSeconds=5, AttributeNames=["ApproximateReceiveCount"])
            message = reply.get("Messages", [{"Attributes": {}}])[0]
            ops.check(f"who {way} while waiting gets no message: the next has it first",
                      message["Attributes"].get("ApproximateReceiveCount") == "1", reply)


def raise_descriptor_limit(wanted):
    """False: the system does not let us."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY and hard < wanted:
        return False
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))  # the server inherits it
    return True


class Background(threading.Thread):
    """Does `turn` until it gives False or is told to stop; keeps the longest time that one took."""

    def __init__(self, turn, pause=0):
        super().__init__(daemon=True)
        self.turn, self.pause = turn, pause
        self.longest, self.failure, self.over = 0, None, threading.Event()

    def run(self):
        try:
            while not self.over.is_set():
                begun = time.monotonic()
                if self.turn() is False:
                    return
                self.longest = max(self.longest, time.monotonic() - begun)
                self.over.wait(self.pause)
        except (Refused, OSError, HTTPException) as error:
            self.failure = error

    def finish(self):
        self.over.set()
        self.join(HAPPENS_SECONDS_MAX)
        return self.failure


def collect_replies(streams, until):
    """Reads one reply from each; how many came in time, and their bodies."""
    found, waiting = [], selectors.DefaultSelector()
    for stream in streams:
        waiting.register(stream, selectors.EVENT_READ)
    while waiting.get_map() and time.monotonic() < until:
        for key, _ in waiting.select(1):
            waiting.unregister(key.fileobj)
            found.append(bodies(read_reply(key.fileobj).json()))
    waiting.close()
    return found


def test_thousands_of_waiters(ops):
    if not raise_descriptor_limit(WAITERS + 200):
        ops.tally.skip(f"{WAITERS} long polls", "too few descriptors (ulimit -n)")
        return
    with ops.server("--clock", "virtual") as server, sqs_of(server) as sqs:  # so that none ends before its message came
        url = make_queue(sqs)
        streams = [long_poll(server, url, MaxNumberOfMessages=1) for _ in range(WAITERS)]
        try:
            wait_until_parked(server, WAITERS)
            check_waiters(ops, server, sqs, url, streams)
        finally:
            for stream in streams:
                stream.close()


def check_waiters(ops, server, sqs, url, streams):
    firsts = iter(range(0, WAITERS, BATCH))

    def send_batch():
        first = next(firsts, None)
        if first is None:
            return False
        entries = [{"Id": str(n), "MessageBody": str(n)} for n in range(first, first + BATCH)]
        return not sqs.call("SendMessageBatch", QueueUrl=url, Entries=entries).get("Failed")

    health = Background(lambda: ask(server, "GET", "/_tutti/health").status == 200, pause=0.02)
    sender = Background(send_batch)
    begun = time.monotonic()
    health.start()
    sender.start()
    found = collect_replies(streams, begun + WAITERS_SECONDS_MAX)
    took = time.monotonic() - begun
    ops.check("all was sent", sender.finish() is None, sender.failure)
    numbers = sorted(int(body) for got in found for body in got)
    ops.check(f"{WAITERS} waiters have each one message",
              numbers == list(range(WAITERS)) and all(len(got) == 1 for got in found),
              f"{len(found)} replies, {len(numbers)} messages in {took:.1f} s")
    ops.check("health answers at once meanwhile", health.finish() is None and health.longest < PROMPT_SECONDS_MAX,
              f"{health.failure}, {health.longest:.1f} s")
    print(f"    {len(found)} replies in {took:.1f} s; the slowest health {health.longest * 1000:.0f} ms")


# ---- one directory, one port ----

def test_second_server(ops):
    with ops.server() as server, sqs_of(server) as sqs:
        refused_start(ops.tally, "a second server on the same directory is refused, by name", ops.binary,
                      server.data, server.data)
        make_queue(sqs)
        ops.check("the first is not disturbed", len(sqs.call("ListQueues")["QueueUrls"]) == 1)
        address = f"{server.host}:{server.port}"
        refused_start(ops.tally, "a port in use is refused, by name", ops.binary, ops.path("other"),
                      address, "in use", listen=address)
        server.kill()
        server.start()
        ops.check("a directory is free again after a kill", server.alive())


# ---- options ----

REFUSED = (  # arguments of serve, status, words of the message
    (["--nonsense"], 2, ["--nonsense"]),
    (["--listne=127.0.0.1:0"], 2, ["--listne"]),
    (["-x"], 2, ["-x"]),
    (["stray"], 2, ["stray"]),
    (["--data"], 2, ["--data"]),
    (["--memory=yes"], 2, ["--memory"]),
    (["--clock", "sundial"], 1, ["--clock", "sundial"]),
    (["--clock="], 1, ["--clock"]),
    (["--durability", "some"], 1, ["--durability", "some"]),
    (["--auth", "basic"], 1, ["--auth", "basic"]),
    (["--log-level", "loud"], 1, ["--log-level", "loud"]),
    (["--threads", "0"], 1, ["--threads", "0"]),
    (["--threads", "65"], 1, ["--threads", "65"]),
    (["--threads", "many"], 1, ["--threads", "many"]),
    (["--threads="], 1, ["--threads"]),
    (["--region="], 1, ["--region"]),
    (["--region", "a b"], 1, ["--region"]),
    (["--data="], 1, ["directory"]),
    (["--data", "d" * 5000], 1, ["name too long"]),
    (["--listen", "127.0.0.1"], 1, ["127.0.0.1"]),
    (["--listen", "127.0.0.1:"], 1, ["127.0.0.1:"]),
    (["--listen", "127.0.0.1:99999"], 1, ["127.0.0.1:99999"]),
    (["--listen", "127.0.0.1:http"], 1, ["127.0.0.1:http"]),
    (["--listen", "nowhere"], 1, ["nowhere"]),
    (["--listen="], 1, ["listen"]),
    (["--listen", "0.0.0.0:0"], 1, ["0.0.0.0:0", "--auth sigv4"]),
    (["--listen", "[::]:0"], 1, ["[::]:0", "--auth sigv4"]),
    (["--listen", ":0"], 1, [":0", "--auth sigv4"]),
    (["--listen", "127.elsewhere.example:0"], 1, ["--auth sigv4"]),
    (["--auth", "sigv4"], 1, ["--credentials"]),
    (["--auth", "sigv4", "--credentials", "/nowhere/keys"], 1, ["/nowhere/keys"]),
    (["--auth", "sigv4", "--credentials", "/dev/null"], 1, ["/dev/null"]),
    (["--tls-cert", "/nowhere/certificate"], 1, ["--tls-key"]),
    (["--tls-key", "/nowhere/key"], 1, ["--tls-cert"]),
    (["--tls-cert", "/nowhere/certificate", "--tls-key", "/nowhere/key"], 1, ["/nowhere/certificate"]),
)


def try_to_serve(ops, arguments):
    """(status, what it said); status None: it runs."""
    server = Server(ops.binary, ops.path("data"), *arguments)
    try:
        server.start()
    except StartError as error:
        said, status = error.said, error.status
    else:
        server.stop()
        said, status = "it runs", None
    os.remove(server.log)
    return status, said


def test_options(ops):
    for arguments, status, words in REFUSED:
        seen, said = try_to_serve(ops, arguments)
        fitting = said.startswith("tutti") and all(word in said for word in words) and "Sanitizer" not in said
        ops.check(f"serve {' '.join(arguments)[:60]} is refused with {status} and a message", seen == status and fitting,
                  f"{seen} {said[-1000:]}")


def test_listening_everywhere(ops):
    options = write_credentials(ops.directory)
    with ops.server(*options, listen="0.0.0.0:0") as server:
        reply = ask(server, "GET", "/_tutti/health")
        ops.check("with signatures it may listen everywhere", reply.status == 200, reply)
        with sqs_of(server) as sqs:
            try:
                sqs.call("ListQueues")
                ops.check("and wants them", False, "it answered without")
            except Refused as refused:
                ops.check("and wants them", refused.status in (400, 401, 403), refused)


def test_loopback_names(ops):
    for listen in ("localhost:0", "[::1]:0", "127.0.0.2:0"):
        if listen.startswith("[") and not os.path.exists("/proc/net/if_inet6"):
            ops.tally.skip(f"--listen {listen}", "there is no IPv6 here")
            continue
        with ops.server("--memory", listen=listen) as server:
            ops.check(f"{listen} is this machine", ask(server, "GET", "/_tutti/health").status == 200)


def test_eval(ops):
    data = '{"items": [{"name": "a", "price": 1.5}, {"name": "b", "price": 2}]}'
    for arguments, wanted in (
            (["$sum(items.price)", "--input", data], 3.5),
            (["--path", "$.items[?(@.price > 1.5)].name", "--input", data], ["b"]),
            (["--dialect", "states", "$partition([1, 2, 3], 2)"], [[1, 2], [3]])):
        said = ops.tutti("eval", *arguments)
        ops.check(f"eval {arguments}", said.returncode == 0 and json.loads(said.stdout) == wanted, said)
    with open(os.path.join(ops.directory, "input.json"), "w", encoding="utf-8") as file:
        file.write(data)
    said = ops.tutti("eval", "$count(items)", "--input", "@input.json")
    ops.check("the input may be a file", said.returncode == 0 and said.stdout == "2\n", said)
    said = ops.tutti("eval", "missing", "--input", "{}")
    ops.check("undefined prints nothing", said.returncode == 0 and not said.stdout, said)
    for arguments, word in ((["1 +\n$foo("], "2:"), (["--path", "$["], "parse"), (["--path", "$.a", "--input", "{}"], "$['a']"),
                            (["1", "--input", "{"], "line 1"), (["1", "--dialect", "9"], "--dialect")):
        said = ops.tutti("eval", *arguments)
        ops.check(f"a mistake is named: {arguments}", said.returncode == 1 and word in said.stderr and not said.stdout, said)


def test_lint(ops):
    definition = """{
  "StartAt": "Both",
  "States": {
    "Both": {
      "Type": "Parallel",
      "Branches": [{ "StartAt": "A", "States": { "A": { "Type": "Pass", "Result": { "x": 1 }, "End": true } } }],
      "Next": "Las"
    },
    "Last": { "Type": "Pass", "InputPath": "$.x", "End": true }
  }
}
"""
    with open(ops.path("bad.json"), "w", encoding="utf-8") as file:
        file.write(definition)
    with open(ops.path("good.yaml"), "w", encoding="utf-8") as file:
        file.write("StartAt: A\nStates:\n  A: { Type: Wait, Seconds: 1, Assign: { unread: 1 }, End: true }\n")
    with open(ops.path("torn.json"), "w", encoding="utf-8") as file:
        file.write('{\n  "StartAt": \n}\n')
    said = ops.tutti("lint", "bad.json")
    ops.check("lint names place, code and hint", said.returncode == 1 and not said.stderr and
              "bad.json:7:15: error MISSING_TRANSITION_TARGET: Missing 'Next' target: Las\n    hint: Did you mean 'Last'?\n" in said.stdout, said)
    ops.check("warnings alone are status 0", (lambda said: said.returncode == 0 and
              "good.yaml:3:50: warning UNUSED_VARIABLE: " in said.stdout)(ops.tutti("lint", "good.yaml")))
    ops.check("what is no JSON is a finding", "torn.json:3:1: error INVALID_JSON_DESCRIPTION: " in ops.tutti("lint", "torn.json").stdout)
    found = json.loads(ops.tutti("lint", "--json", "bad.json", "good.yaml", "torn.json").stdout)
    ops.check("--json gives objects, of all files", {one["file"] for one in found} == {"bad.json", "good.yaml", "torn.json"} and
              found[0]["location"] == "/States/Both/Next" and found[0]["severity"] == "ERROR", found)
    with open(ops.path("job.yaml"), "w", encoding="utf-8") as file:
        file.write("StartAt: A\nTimeoutSeconds: 60\nStates:\n  A:\n    Type: Task\n    Resource: arn:aws:states:::states:startExecution.sync:2\n"
                   "    Parameters: { StateMachineArn: x }\n    End: true\n")
    ops.check("jobs are for standard machines", ops.tutti("lint", "job.yaml").returncode == 0 and
              "job.yaml:6:15: error" in ops.tutti("lint", "--type", "EXPRESS", "job.yaml").stdout)
    for arguments, status, word in ((["missing.json"], 1, "missing.json"), ([], 2, "usage:"), (["bad.json", "--type", "SLOW"], 2, "SLOW")):
        said = ops.tutti("lint", *arguments)
        ops.check(f"lint {arguments} is refused", said.returncode == status and word in said.stderr and not said.stdout, said)
    for name, status, word in (("grocery-order", 1, "Did you mean 'SchedulePicking'?"), ("loan-approval", 0, "")):
        said = ops.tutti("lint", os.path.join(ROOT, "examples", f"{name}.asl.json"))
        ops.check(f"the example {name} is as it should be", said.returncode == status and word in said.stdout and
                  (status == 1 or not said.stdout), said)


def test_graph(ops):
    definition = {"StartAt": "A & B", "States": {"A & B": {"Type": "Pass", "Next": "gone"}}}
    with open(os.path.join(ops.directory, "machine.json"), "w", encoding="utf-8") as file:
        json.dump(definition, file)
    with open(os.path.join(ops.directory, "machine.yaml"), "w", encoding="utf-8") as file:
        file.write("StartAt: A & B\nStates:\n  A & B: { Type: Pass, Next: gone }\n")
    drawing = ops.tutti("graph", "machine.json")
    ops.check("graph draws", drawing.returncode == 0 and drawing.stdout.startswith("<svg ") and
              "A &amp; B</text>" in drawing.stdout and "state missing" in drawing.stdout, drawing)
    ops.check("YAML gives the same", ops.tutti("graph", "machine.yaml").stdout == drawing.stdout)
    chart = ops.tutti("graph", "machine.json", "--format", "mermaid", "--output", "machine.mmd")
    with open(os.path.join(ops.directory, "machine.mmd"), encoding="utf-8") as file:
        ops.check("a flowchart goes into a file", chart.returncode == 0 and not chart.stdout and
                  file.read().startswith("flowchart TD\n"), chart)
    for arguments, status, word in ((["missing.json"], 1, "missing.json"), (["machine.mmd", "x"], 2, "usage:"), ([], 2, "usage:"),
                                    (["machine.json", "--format", "png"], 2, "png")):
        said = ops.tutti("graph", *arguments)
        ops.check(f"graph {arguments} is refused", said.returncode == status and word in said.stderr and not said.stdout, said)


ORDER = {
    "StartAt": "Charge",
    "States": {
        "Charge": {"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke", "Parameters": {"FunctionName": "charge"},
                   "Retry": [{"ErrorEquals": ["Busy"], "IntervalSeconds": 60}],
                   "Catch": [{"ErrorEquals": ["Refused"], "Next": "Cancel"}], "Next": "Pause"},
        "Pause": {"Type": "Wait", "Seconds": 86400, "End": True},
        "Cancel": {"Type": "Fail", "Error": "Cancelled"},
    },
}
ORDER_MOCKS = {
    "StateMachines": {"order": {"TestCases": {"Busy": {"Charge": "BusyThenFine"}, "Refused": {"Charge": "Refused"}}}},
    "MockedResponses": {
        "BusyThenFine": {"0": {"Throw": {"Error": "Busy", "Cause": "later"}}, "1": {"Return": {"paid": 5}}},
        "Refused": {"0-9": {"Throw": {"Error": "Refused", "Cause": "no money"}}},
    },
}


def write_json(ops, name, value):
    with open(ops.path(name), "w", encoding="utf-8") as file:
        json.dump(value, file)


def test_run(ops):
    write_json(ops, "order.json", ORDER)
    write_json(ops, "mocks.json", ORDER_MOCKS)
    run = ["run", "order.json", "--clock", "virtual", "--seed", "7"]
    said = ops.tutti(*run, "--mock", "mocks.json#Busy")
    ops.check("run prints the output", said.returncode == 0 and json.loads(said.stdout) == {"paid": 5}, said)
    ops.check("and how it went", "Charge failed: Busy" in said.stderr and "+1.0 d Pause left" in said.stderr, said)
    said = ops.tutti(*run, "--mock", "mocks.json#Refused")
    ops.check("a failure is status 1", said.returncode == 1 and "FAILED: Cancelled" in said.stderr and not said.stdout, said)
    first, second = (ops.tutti(*run, "--mock", "mocks.json#Busy", "--json").stdout for _ in range(2))
    events = [json.loads(line) for line in first.splitlines()]
    ops.check("--json gives events and the end", [event.get("id") for event in events[:-1]] == list(range(1, len(events))) and
              events[-1]["status"] == "SUCCEEDED" and json.loads(events[-1]["output"]) == {"paid": 5}, first)
    ops.check("the same seed, the same run", first == second, second)
    said = ops.tutti(*run)
    ops.check("a task without an answer ends it", said.returncode == 1 and "'Charge' calls arn:aws:states:::lambda:invoke" in said.stderr, said)
    said = ops.tutti("run", "order.json", "--test-state", "Charge", "--mock", "mocks.json#Busy", "--inspect", "TRACE")
    reply = json.loads(said.stdout)
    ops.check("--test-state tells what a state does", said.returncode == 1 and reply["status"] == "RETRIABLE" and
              reply["inspectionData"]["errorDetails"]["retryBackoffIntervalSeconds"] == 60, said)
    write_json(ops, "bad.json", {"StartAt": "A", "States": {"A": {"Type": "Pass", "Next": "B"}}})
    said = ops.tutti("run", "bad.json")
    ops.check("what is no definition is status 2", said.returncode == 2 and "bad.json:1:" in said.stderr and
              "MISSING_TRANSITION_TARGET" in said.stderr, said)
    for arguments, word in ((["--clock", "sand"], "--clock"), (["--seed", "x"], "--seed"), (["--inspect", "INFO"], "--test-state")):
        said = ops.tutti("run", "order.json", *arguments)
        ops.check(f"run {arguments} is refused", said.returncode == 2 and word in said.stderr, said)


def test_test(ops):
    write_json(ops, "order.json", ORDER)
    write_json(ops, "mocks.json", ORDER_MOCKS)
    busy = {"name": "busy", "mocks": "mocks.json#Busy", "expect": {"output": {"paid": 5}, "path": ["Charge", "Pause"]}}
    refused = {"name": "refused", "mocks": {"Charge": [{"Throw": {"Error": "Refused"}}]}, "expect": {"error": "Cancelled"}}
    write_json(ops, "good.test.json", {"definition": "order.json", "cases": [busy, refused]})
    said = ops.tutti("test", ".", "--coverage")
    ops.check("test plays a directory's cases", said.returncode == 0 and "2 passed, 0 failed" in said.stdout, said)
    ops.check("and tells what they covered", "3 of 3 states (100 %), 2 of 2 transitions (100 %)" in said.stdout, said)
    said = ops.tutti("test", ".", "--coverage", "--filter", "busy")
    ops.check("--filter leaves cases out", "1 passed, 0 failed" in said.stdout and "never taken: Charge -> Cancel" in said.stdout, said)
    write_json(ops, "bad.test.json", {"definition": "order.json", "cases": [{**busy, "expect": {"output": {"paid": 6}}}]})
    said = ops.tutti("test", ".", "--junit", "report.xml")
    ops.check("what differs is told", said.returncode == 1 and "output/paid: expected 6, was 5" in said.stdout, said)
    report = ElementTree.parse(ops.path("report.xml")).getroot()
    ops.check("--junit writes a report", report.get("tests") == "3" and report.get("failures") == "1" and
              len(report.findall("testsuite")) == 2 and len(report.findall(".//failure")) == 1, report.attrib)
    lines = [json.loads(line) for line in ops.tutti("test", "good.test.json", "--json").stdout.splitlines()]
    ops.check("--json gives a line for each case", [line.get("passed") for line in lines] == [True, True, 2], lines)
    said = ops.tutti("test", "missing.test.json")
    ops.check("a file that is not there is a failure", said.returncode == 1 and "missing.test.json" in said.stdout, said)


def test_help(ops):
    overview = ops.tutti("help")
    ops.check("help lists the commands", overview.returncode == 0 and
              all(f"  {command} " in overview.stdout for command in ("serve", "eval", "lint", "graph", "run", "test", "store",
                                                               "help", "version")), overview)
    ops.check("--help does too", ops.tutti("--help").stdout == overview.stdout)
    bare = ops.tutti()
    ops.check("no command: the same on stderr, status 2",
              bare.returncode == 2 and bare.stderr == overview.stdout and not bare.stdout, bare)
    for command, word in (("serve", "--listen"), ("eval", "--dialect"), ("lint", "--json"), ("graph", "--format"), ("run", "--mock"),
                          ("test", "--coverage"), ("store", "verify"), ("help", "COMMAND"), ("version", "version")):
        said = ops.tutti("help", command)
        ops.check(f"help {command} says what it takes",
                  said.returncode == 0 and said.stdout.startswith("usage:") and word in said.stdout, said)
        ops.check(f"{command} --help is the same", ops.tutti(command, "--help").stdout == said.stdout)
    for arguments in (["help", "nonsense"], ["nonsense"], ["--nonsense"]):
        said = ops.tutti(*arguments)
        ops.check(f"{' '.join(arguments)} is refused, by name", said.returncode == 2 and arguments[-1] in said.stderr, said)
    version = ops.tutti("version")
    ops.check("version says it in a line", version.returncode == 0 and version.stdout.startswith("tutti ") and
              version.stdout.count("\n") == 1, version)
    ops.check("--version is the same", ops.tutti("--version").stdout == version.stdout)


# ---- store ----

def prepare_store(ops, name="data"):
    """A directory whose server has ended: one queue, fifty messages, one batch each."""
    with ops.server(name=name) as server, sqs_of(server) as sqs:
        url = make_queue(sqs)
        for number in range(50):
            sqs.call("SendMessage", QueueUrl=url, MessageBody=f"message {number} " + "x" * 500)
    return ops.path(name)


def flip(path, offset):
    with open(path, "r+b") as file:
        file.seek(offset)
        byte = file.read(1)[0]
        file.seek(offset)
        file.write(bytes([byte ^ 0x10]))


def find_in(path, text):
    with open(path, "rb") as file:
        return file.read().find(text)


def check_found(ops, what, data, path, offset):
    flip(path, offset)
    done = ops.tutti("store", "verify", "--data", data)
    ops.check(f"verify finds a flipped byte in {what}", done.returncode == 1 and "Sanitizer" not in done.stderr,
              f"{done.returncode} {done.stdout}{done.stderr}")
    flip(path, offset)


def test_store_verify(ops):
    data = prepare_store(ops)
    done = ops.tutti("store", "verify", "--data", data)
    ops.check("verify finds a whole store well", done.returncode == 0 and "all is well" in done.stdout, done)
    journals = [name for name in sorted(os.listdir(data)) if name.startswith("journal-")]
    holding = [name for name in journals if find_in(os.path.join(data, name), b"message 0 ") >= 0]
    ops.check("the messages are in a journal", holding, journals)
    for name in holding[:1]:
        path = os.path.join(data, name)
        check_found(ops, f"{name}: a body", data, path, find_in(path, b"message 0 "))
        check_found(ops, f"{name}: a frame's head", data, path, find_in(path, b"message 20 ") - 40)
    compacted = ops.tutti("store", "compact", "--data", data)
    ops.check("compact says what it did", compacted.returncode == 0 and "main.db" in compacted.stdout, compacted)
    path = os.path.join(data, "main.db")
    body = find_in(path, b"message 7 ")
    ops.check("the messages are in main.db", body >= 0)
    page = body // 8192 * 8192
    check_found(ops, "main.db: SQLite's head", data, path, 0)
    check_found(ops, "main.db: a page's kind", data, path, page)
    check_found(ops, "main.db: a page's cells", data, path, page + 9)
    check_found(ops, "main.db: a body", data, path, body + 100)
    done = ops.tutti("store", "verify", "--data", data)
    ops.check("and all is well again when they are flipped back", done.returncode == 0, done)
    with ops.server() as server, sqs_of(server) as sqs:
        ops.check("then it opens, with all messages", len(receive_all(sqs, sqs.url("ops"))) == 50)


def test_store_stats_and_backup(ops):
    data, copy = prepare_store(ops), ops.path("copy")
    stats = ops.tutti("store", "stats", "--data", data)
    ops.check("stats counts rows by table", stats.returncode == 0 and "sqs" in stats.stdout and "main.db" in stats.stdout and
              "unknown" not in stats.stdout, stats)
    done = ops.tutti("store", "backup", "--data", data, "--to", copy)
    ops.check("backup says where the copy is", done.returncode == 0 and copy in done.stdout, done)
    done = ops.tutti("store", "backup", "--data", data, "--to", copy)
    ops.check("a second one to the same place is refused, by name", done.returncode == 1 and copy in done.stderr, done)
    done = ops.tutti("store", "verify", "--data", copy)
    ops.check("the copy verifies", done.returncode == 0, done)
    with ops.server(name="copy") as server, sqs_of(server) as sqs:
        ops.check("and has the messages", len(receive_all(sqs, sqs.url("ops"))) == 50)


def test_store_refuses(ops):
    with ops.server() as server:
        for action in ("verify", "stats", "compact"):
            done = ops.tutti("store", action, "--data", server.data)
            ops.check(f"{action} of a running server's directory is refused, by name",
                      done.returncode == 1 and server.data in done.stderr, done)
        done = ops.tutti("store", "backup", "--data", server.data, "--to", ops.path("copy"))
        ops.check("and backup", done.returncode == 1 and server.data in done.stderr, done)
        ops.check("the server is not disturbed", ask(server, "GET", "/_tutti/health").json()["status"] == "running")
    nowhere = ops.path("nowhere")
    for arguments, status, word in (
            (["verify", "--data", nowhere], 1, nowhere), (["stats", "--data", nowhere], 1, nowhere),
            (["verify"], 2, "usage"), ([], 2, "usage"), (["verify", "--data"], 2, "--data"),
            (["verify", "--nonsense"], 2, "--nonsense"), (["shred", "--data", server.data], 1, "shred"),
            (["backup", "--data", server.data], 1, "--to")):
        done = ops.tutti("store", *arguments)
        ops.check(f"store {' '.join(arguments[:2])} is refused", done.returncode == status and word in done.stderr, done)
    ops.check("asking after a directory does not make it", not os.path.exists(nowhere))


# ---- where things are kept ----

def test_memory(ops):
    here = ops.path("here")
    os.mkdir(here)
    with ops.server("--memory", cwd=here) as server, sqs_of(server) as sqs:
        url = make_queue(sqs)
        sqs.call("SendMessage", QueueUrl=url, MessageBody="kept in memory")
        ops.check("memory works", bodies(sqs.call("ReceiveMessage", QueueUrl=url)) == ["kept in memory"])
        reply = ask(server, "POST", "/_tutti/reset")
        ops.check("reset works there", reply.status == 200 and not sqs.call("ListQueues").get("QueueUrls"), reply)
        make_queue(sqs)
    ops.check("memory leaves no files", not os.listdir(here) and not os.path.exists(server.data), os.listdir(here))
    with ops.server("--memory") as server, sqs_of(server) as sqs:
        ops.check("and nothing of it comes back", not sqs.call("ListQueues").get("QueueUrls"))


def test_relaxed(ops):
    with ops.server("--durability", "relaxed") as server, sqs_of(server) as sqs:
        url = make_queue(sqs)
        for number in range(20):
            sqs.call("SendMessage", QueueUrl=url, MessageBody=str(number))
    with ops.server() as server, sqs_of(server) as sqs:
        found = receive_all(sqs, sqs.url("ops"))
        ops.check("relaxed keeps everything when it is asked to end", sorted(map(int, found)) == list(range(20)), found)


# ---- running them ----

def tests():
    return {name.removeprefix("test_"): test for name, test in globals().items() if name.startswith("test_")}


def run(tally, binary, name, test):
    directory = tempfile.mkdtemp(prefix=f"tutti-ops-{name}-")
    begun = time.monotonic()
    try:
        test(Ops(tally, binary, directory))
    except Exception as error:  # a test that breaks down has failed, and the others go on
        tally.check(name, False, f"{type(error).__name__}: {error}")
        traceback.print_exc(file=sys.stdout)
    finally:
        shutil.rmtree(directory, ignore_errors=True)
    print(f"    {name}: {time.monotonic() - begun:.1f} s", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--server", default=os.path.join(ROOT, "build/asan/tutti"))
    parser.add_argument("test", nargs="*", help=", ".join(tests()))
    options = parser.parse_args()
    tally = Tally("ops")
    for name, test in tests().items():
        if not options.test or name in options.test:
            run(tally, os.path.abspath(options.server), name, test)
    return tally.close()


if __name__ == "__main__":
    sys.exit(main())
