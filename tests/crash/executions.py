#!/usr/bin/python3
"""executions.py [--server PATH] [--rounds N] [--seed N] [--keep]: kills a server under workflows and checks that each goes on.

Clients start executions of every shape (waits, retries, branches, maps, callbacks answered by a worker, children that are waited
for) while the server is killed with SIGKILL again and again. In the end all that was answered for has to have ended as it would
have without a crash, with one history without gaps, no event twice, and every callback's question asked. A callback that was
answered is answered for good. The seed chooses what clients do and when the kill comes; the race between them is real.
"""
import argparse
import http.client
import json
import os
import random
import shutil
import sys
import tempfile
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
from server import ROOT, Refused, Server, Sqs, StartError, Tally  # noqa: E402

ACCOUNT, REGION = "000000000000", "us-east-1"
CLIENTS = 4
END_SECONDS_MAX = 120
GONE = (OSError, http.client.HTTPException)


class States(Sqs):
    """The same connection, asking Step Functions."""

    target = "AWSStepFunctions."


def wait(seconds, then):
    return {"Type": "Wait", "Seconds": seconds, **then}


def machine(states, **more):
    return {"StartAt": next(iter(states)), "States": states, **more}


END = {"End": True}


def shapes(queue):
    """Name -> (definition, output for the input {"n": N})."""
    question = {"Type": "Task", "Resource": "arn:aws:states:::sqs:sendMessage.waitForTaskToken", "End": True,
                "Parameters": {"QueueUrl": queue, "MessageBody": {"token.$": "$$.Task.Token", "n.$": "$.n"}}}
    leaf = machine({"Nap": wait(1, {"Next": "Out"}), "Out": {"Type": "Pass", "Parameters": {"got.$": "$.n"}, "End": True}})
    child = {"Type": "Task", "Resource": "arn:aws:states:::states:startExecution.sync:2", "End": True, "OutputPath": "$.Output",
             "Parameters": {"StateMachineArn": f"arn:aws:states:{REGION}:{ACCOUNT}:stateMachine:leaf", "Input": {"n.$": "$.n"}}}
    failing = {"Type": "Task", "Resource": "arn:aws:states:::sqs:sendMessage", "Parameters": {"QueueUrl": queue + "-none", "MessageBody": "x"},
               "Retry": [{"ErrorEquals": ["States.ALL"], "IntervalSeconds": 1, "MaxAttempts": 2, "BackoffRate": 1}],
               "Catch": [{"ErrorEquals": ["States.ALL"], "ResultPath": "$.failure", "Next": "Caught"}], "End": True}
    item = {"ItemProcessor": machine({"Nap": wait(1, {"Next": "Double"}), "Double": {
        "Type": "Pass", "Parameters": {"d.$": "States.MathAdd($, $)"}, "End": True}})}
    return {
        "leaf": (leaf, lambda n: {"got": n}),
        "steps": (machine({f"S{i}": {"Type": "Pass", "Next": f"S{i + 1}"} for i in range(8)} | {"S8": {"Type": "Succeed"}}), lambda n: {"n": n}),
        "callback": (machine({"Ask": question}), lambda n: {"answer": n}),
        "child": (machine({"Child": child}), lambda n: {"got": n}),
        "retry": (machine({"Try": failing, "Caught": {"Type": "Pass", "Parameters": {"n.$": "$.n"}, "End": True}}), lambda n: {"n": n}),
        "parallel": (machine({"All": {"Type": "Parallel", "Branches": [leaf, machine({"Ask": question})], "End": True}}),
                     lambda n: [{"got": n}, {"answer": n}]),
        "map": (machine({"Make": {"Type": "Pass", "Parameters": {"all.$": "States.Array(1, 2, $.n)"}, "Next": "Each"},
                         "Each": {"Type": "Map", "ItemsPath": "$.all", "MaxConcurrency": 2, **item, "End": True}}),
                lambda n: [{"d": 2}, {"d": 4}, {"d": 2 * n}]),
    }


class Run:
    def __init__(self, server, seed):
        self.server, self.random = server, random.Random(seed)
        self.started = {}  # ARN -> (shape, n), answered for
        self.lock = threading.Lock()
        self.enough, self.stopping = threading.Event(), threading.Event()  # of starting; of answering
        self.count = 0

    def client(self, kind):
        return kind(self.server.host, self.server.port)

    def start_some(self, names):
        while not self.enough.is_set():
            try:
                states = self.client(States)
                while not self.enough.is_set():
                    with self.lock:
                        self.count += 1
                        n, shape = self.count, self.random.choice(names)
                    arn = states.call("StartExecution", stateMachineArn=f"arn:aws:states:{REGION}:{ACCOUNT}:stateMachine:{shape}",
                                      name=f"e{n}", input=json.dumps({"n": n}))["executionArn"]
                    with self.lock:
                        self.started[arn] = (shape, n)
                    time.sleep(0.003)
            except GONE:
                time.sleep(0.02)

    def answer_some(self, queue):
        """A worker: a question that was asked twice is answered twice; the second answer is refused."""
        while not self.stopping.is_set():
            try:
                sqs, states = self.client(Sqs), self.client(States)
                while not self.stopping.is_set():
                    for message in sqs.call("ReceiveMessage", QueueUrl=queue, MaxNumberOfMessages=10, WaitTimeSeconds=1).get("Messages", []):
                        body = json.loads(message["Body"])
                        try:
                            states.call("SendTaskSuccess", taskToken=body["token"], output=json.dumps({"answer": body["n"]}))
                        except Refused as refusal:
                            if refusal.code != "TaskTimedOut":
                                raise
                        sqs.call("DeleteMessage", QueueUrl=queue, ReceiptHandle=message["ReceiptHandle"])
            except GONE:
                time.sleep(0.02)


def check_history(states, arn):
    """What is wrong with it, or None."""
    events, token = [], None
    while True:
        page = states.call("GetExecutionHistory", executionArn=arn, maxResults=1000, **({"nextToken": token} if token else {}))
        events += page["events"]
        token = page.get("nextToken")
        if not token:
            break
    if [event["id"] for event in events] != list(range(1, len(events) + 1)):
        return "its history has gaps"
    ends = [event["type"] for event in events if event["type"].startswith("Execution") and event["type"] != "ExecutionStarted"]
    if ends != ["ExecutionSucceeded"] or events[-1]["type"] != ends[0]:
        return f"its history ends with {ends}"
    entered = sum(event["type"].endswith("StateEntered") for event in events)
    exited = sum(event["type"].endswith("StateExited") for event in events)
    return None if entered == exited else f"{entered} states were entered and {exited} left"


def check_end(states, arn, shape, n, expected):
    until = time.monotonic() + END_SECONDS_MAX
    while True:
        told = states.call("DescribeExecution", executionArn=arn)
        if told["status"] != "RUNNING":
            break
        if time.monotonic() > until:
            return "it has not ended"
        time.sleep(0.05)
    if told["status"] != "SUCCEEDED" or json.loads(told["output"]) != expected(n):
        return f"it ended {told['status']} with {told.get('output')} {told.get('error')} {told.get('cause')}"
    return check_history(states, arn)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--server", default=os.path.join(ROOT, "build/tutti"))
    parser.add_argument("--rounds", type=int, default=10)
    parser.add_argument("--seed", type=int, default=int(time.time()))
    parser.add_argument("--keep", action="store_true")
    options = parser.parse_args()
    directory = tempfile.mkdtemp(prefix="tutti-executions-")
    server = Server(options.server, os.path.join(directory, "data")).start()
    run, tally = Run(server, options.seed), Tally("executions", loud=False)
    queue = Sqs(server.host, server.port).call("CreateQueue", QueueName="questions", Attributes={"VisibilityTimeout": "2"})["QueueUrl"]
    kinds = shapes(queue)
    for name, (definition, _) in kinds.items():
        States(server.host, server.port).call("CreateStateMachine", name=name, definition=json.dumps(definition),
                                              roleArn=f"arn:aws:iam::{ACCOUNT}:role/r")
    threads = [threading.Thread(target=run.start_some, args=(list(kinds),), daemon=True) for _ in range(CLIENTS)]
    threads.append(threading.Thread(target=run.answer_some, args=(queue,), daemon=True))
    for thread in threads:
        thread.start()
    chance = random.Random(options.seed ^ 0x5EED)
    listen = f"{server.host}:{server.port}"
    for _ in range(options.rounds):
        time.sleep(chance.uniform(0.1, 1.5))
        server.kill()
        server.listen = listen
        try:
            server.start()
        except StartError as error:
            tally.check("the server starts again", False, str(error))
            return tally.close()
    time.sleep(0.5)
    run.enough.set()
    for thread in threads[:-1]:
        thread.join()
    started = finish(run, server, kinds, tally)
    said = server.clean()
    tally.check("no sanitizer said anything", said is None, said)
    server.stop()
    if not options.keep:
        shutil.rmtree(directory)
    print(f"{started} executions over {options.rounds} crashes, seed {options.seed}")
    return tally.close()


def finish(run, server, kinds, tally):
    """Nothing is started any more; the worker goes on until everything has ended."""
    states = States(server.host, server.port)
    wrong = {}
    for arn, (shape, n) in list(run.started.items()):
        problem = check_end(states, arn, shape, n, kinds[shape][1])
        if problem:
            wrong[arn] = f"{shape}: {problem}"
    for shape in kinds:
        bad = [f"{arn}: {problem}" for arn, problem in wrong.items() if problem.startswith(shape + ":")]
        tally.check(f"every execution of {shape} ended well", not bad, "; ".join(bad[:3]))
    tally.check("enough was started", len(run.started) > 20, len(run.started))
    run.stopping.set()
    return len(run.started)


if __name__ == "__main__":
    sys.exit(main())
