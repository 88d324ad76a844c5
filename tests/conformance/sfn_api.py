#!/usr/bin/python3
"""sfn_api.py [--server PATH] [--strict] [--verbose] [--operations A,B,...] CORPUS [ID...]: recorded calls of Step Functions.

Starts a server in memory and plays the cases of CORPUS (the sfn folder of the conformance corpora) over HTTP: sequences of API
calls, definitions that are refused, validations, and the executions and TestState calls that need no other service, comparing each
answer as the corpus' README says (of executions the end and the history; where branches were recorded out of order, the end). A case that
needs an operation which the server does not have is left out, unless it is named. --operations: only cases that use no others.
--strict: what the corpus calls loose is compared too. Prints the ids that failed, and a last line `sfn-api passed/total`.
"""
import argparse
import glob
import http.client
import json
import os
import re
import sys
import tempfile
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
from server import ROOT, Server  # noqa: E402

ACCOUNT, REGION, ROLE = "111111111111", "us-east-1", "arn:aws:iam::111111111111:role/sfn-role"
KINDS = ("api-sequence", "create-error", "validate", "execution", "execution-sync", "test-state")
ALONE = KINDS[3:]  # only where nothing else is needed
TARGETS = {"stepfunctions": ("states", "AWSStepFunctions", "1.0"), "sqs": ("sqs", "AmazonSQS", "1.0"),
           "logs": ("logs", "Logs_20140328", "1.1")}
WAIT_SECONDS_MAX = 70
GENERIC = re.compile(r"<(?:<[^<>]+>:\d+|[^<>]+:\d+|[^<>]*_\d+idx|region|partition)>")
NUMBERED = re.compile(r"<(?:<[^<>]+>|[^<>]+):\d+>$")


class NotBuilt(Exception):
    """The server does not have the operation, or the service."""


class Refused(Exception):
    def __init__(self, status, code, message):
        super().__init__(f"{code}: {message}")
        self.status, self.code, self.message = status, code, message


class Different(Exception):
    pass


class Client:
    def __init__(self, server):
        self.connection = http.client.HTTPConnection(server.host, server.port, timeout=60)
        self.host = f"http://{server.host}:{server.port}/"

    def call(self, service, operation, params, account=ACCOUNT):
        if service not in TARGETS:
            raise NotBuilt(service)
        signing, prefix, version = TARGETS[service]
        body = json.dumps(params).replace("https://sqs.us-east-1.amazonaws.com/", self.host)
        credential = f"{account}/20260101/{REGION}/{signing}/aws4_request"
        self.connection.request("POST", "/", body, {
            "X-Amz-Target": f"{prefix}.{operation}", "Content-Type": f"application/x-amz-json-{version}",
            "Authorization": f"AWS4-HMAC-SHA256 Credential={credential}, SignedHeaders=host, Signature=0"})
        reply = self.connection.getresponse()
        text = reply.read()
        answer = json.loads(text or b"{}")
        if reply.status < 300:
            return answer
        code = answer.get("__type", "").split("#")[-1]
        if reply.status == 501 or code == "UnknownOperationException":
            raise NotBuilt(operation)
        raise Refused(reply.status, code, answer.get("message", ""))

    def reset(self):
        self.connection.request("POST", "/_tutti/reset", "")
        reply = self.connection.getresponse()
        reply.read()
        assert reply.status < 300, reply.status


# ---- comparing ----

def unfold(value):
    """Strings that hold a JSON object become that object, once."""
    if isinstance(value, dict):
        return {name: unfold(member) for name, member in value.items()}
    if isinstance(value, list):
        return [unfold(item) for item in value]
    if isinstance(value, str) and value.startswith("{"):
        try:
            return json.loads(value)
        except ValueError:
            return value
    return value


def without_loose(value, paths):
    """Leaves out what a path `$..a.b` leads to."""
    if isinstance(value, list):
        return [without_loose(item, paths) for item in value]
    if not isinstance(value, dict):
        return value
    kept = {}
    for name, member in value.items():
        inner = [path[1:] for path in paths if path[0] == name]
        if [] not in inner:
            kept[name] = without_loose(member, paths + inner)
    return kept


class Matcher:
    def __init__(self, case, strict):
        places = case.get("placeholders") or {}
        self.whole = set(places.get("whole", []))
        within = places.get("within", {})
        self.within = within if isinstance(within, dict) else {name: [] for name in within}
        self.seen = {}
        loose = [] if strict else case.get("loose") or []
        self.loose = [path[3:].split(".") for path in loose if path.startswith("$..")]

    def compare(self, actual, expected):
        self.match(without_loose(unfold(actual), self.loose), without_loose(expected, self.loose), "$")

    def match(self, actual, expected, path):
        if isinstance(expected, str):
            if expected not in self.whole and not self.text(actual, expected):
                raise Different(f"{path}: {json.dumps(actual)} is not {json.dumps(expected)}")
        elif isinstance(expected, dict) and isinstance(actual, dict):
            if set(actual) != set(expected):
                raise Different(f"{path}: {sorted(actual)} are not {sorted(expected)}")
            for name in expected:
                self.match(actual[name], expected[name], f"{path}.{name}")
        elif isinstance(expected, list) and isinstance(actual, list):
            if len(actual) != len(expected):
                raise Different(f"{path}: {json.dumps(actual)} is not {json.dumps(expected)}")
            for at, item in enumerate(expected):
                self.match(actual[at], item, f"{path}[{at}]")
        elif actual != expected or isinstance(actual, bool) != isinstance(expected, bool):
            raise Different(f"{path}: {json.dumps(actual)} is not {json.dumps(expected)}")

    def text(self, actual, expected):
        if not isinstance(actual, str):
            return False
        names = sorted(self.within, key=len, reverse=True)
        pattern = re.compile("|".join([GENERIC.pattern] + [re.escape(name) for name in names]))
        made, groups, end = "", [], 0
        for found in pattern.finditer(expected):
            made += re.escape(expected[end:found.start()]) + self.piece(found.group(), groups)
            end = found.end()
        match = re.fullmatch(made + re.escape(expected[end:]), actual, re.S)
        if not match:
            return False
        for group, name in groups:
            self.seen.setdefault(name, match.group(group))
        return True

    def piece(self, name, groups):
        if name in ("<region>", "<partition>"):
            return {"<region>": REGION, "<partition>": "aws"}[name]
        if not NUMBERED.match(name):
            return ".+"
        if name in self.seen:
            return re.escape(self.seen[name])
        if name in [known for _, known in groups]:
            return f"(?P=g{[known for _, known in groups].index(name)})"
        groups.append((f"g{len(groups)}", name))
        return f"(?P<g{len(groups) - 1}>.+)"


# ---- playing ----

def look_up(value, path):
    for step in path:
        if isinstance(value, str):
            value = json.loads(value)
        value = value[step]
    return value


class Player:
    def __init__(self, client, case, strict):
        self.client, self.case, self.matcher, self.bound = client, case, Matcher(case, strict), {}

    def fill_in(self, value):
        if isinstance(value, dict):
            return {name: self.fill_in(member) for name, member in value.items()}
        if isinstance(value, list):
            return [self.fill_in(item) for item in value]
        if isinstance(value, str):
            for name in sorted(self.bound, key=len, reverse=True):
                value = value.replace(name, self.bound[name])
            return re.sub(r"\{\{now([+-]\d+)?s?\}\}", lambda found: time.strftime(
                "%Y-%m-%dT%H:%M:%S", time.gmtime(time.time() + int(found.group(1) or 0))), value)
        return value

    def step(self, step):
        params = self.fill_in(step["params"])
        account = step.get("account", ACCOUNT)
        try:
            answer = self.client.call(step["service"], step["operation"], params, account)
        except NotBuilt:
            if step["service"] == "stepfunctions" or "expect" in step:
                raise
            return
        except Refused as error:
            if "expect_error" not in step:
                raise
            self.refused(error, step["expect_error"])
            return
        if "expect_error" in step:
            raise Different(f"{step['operation']} was not refused with {step['expect_error']['code']}")
        if "expect" in step:
            self.matcher.compare(answer, step["expect"])
        for part in step.get("expect_parts", []):
            self.matcher.compare(look_up(answer, part["path"]), part["value"])
        for bind in step.get("bind", []):
            self.bound[bind["value"]] = look_up(answer, bind["path"])

    def refused(self, error, expected):
        self.matcher.match(error.code, expected["code"], "code")
        if expected.get("http_status", error.status) != error.status:
            raise Different(f"status {error.status} is not {expected['http_status']}")
        if "message" in expected and ["message"] not in self.matcher.loose:
            self.matcher.match(error.message, expected["message"], "message")

    def execution(self, arn):
        return self.client.call("stepfunctions", "DescribeExecution", {"executionArn": arn})["status"]

    def is_so(self, step):
        what = step["wait"]
        step = self.fill_in(step)
        if what.startswith("execution-") or what == "on-execution-events":
            if what == "on-execution-events":
                history = {"executionArn": step["executionArn"]}
                return len(self.client.call("stepfunctions", "GetExecutionHistory", history)["events"]) >= 2
            status = self.execution(step["executionArn"])
            wanted = {"execution-success": ("SUCCEEDED",), "execution-aborted": ("ABORTED",)}
            if what == "execution-started":
                return True
            return status in wanted[what] if what in wanted else status not in ("RUNNING", "PENDING_REDRIVE")
        listing = re.match(r"state-machine-?(version|alias)?-", what)
        if not listing or what == "list-execution-status":
            time.sleep(0.2)
            return True
        kind = {"version": ("ListStateMachineVersions", "stateMachineVersions", "stateMachineVersionArn"),
                "alias": ("ListStateMachineAliases", "stateMachineAliases", "stateMachineAliasArn"),
                None: ("ListStateMachines", "stateMachines", "stateMachineArn")}[listing.group(1)]
        params = {"stateMachineArn": step["stateMachineArn"]} if listing.group(1) else {}
        listed = [item[kind[2]] for item in self.client.call("stepfunctions", kind[0], params)[kind[1]]]
        gone = "not-listed" in what or what.endswith("deleted")
        return (step[kind[2]] in listed) != gone if kind[2] in step else True

    def wait(self, step):
        end = time.monotonic() + WAIT_SECONDS_MAX
        while not self.is_so(step):
            if time.monotonic() > end:
                raise Different(f"waited in vain: {step['wait']}")
            time.sleep(0.05)

    def definition(self):
        if "definition_text" in self.case:
            return self.case["definition_text"]
        return json.dumps(self.case["definition"])

    def input(self):
        text = self.case["input_text"] if "input_text" in self.case else json.dumps(self.case["input"]) if "input" in self.case else None
        return {} if text is None else {"input": self.fill_in(text)}

    def create(self):
        params = {"name": self.case.get("machine", "machine"), "definition": self.fill_in(self.definition()), "roleArn": ROLE,
                  "type": self.case.get("type", "STANDARD")}
        return self.client.call("stepfunctions", "CreateStateMachine", params)["stateMachineArn"]

    def ended(self, told):
        """Status, output, error and cause are as recorded."""
        expected = self.case["expected"]
        for name in ("status", "error", "cause"):
            self.matcher.compare({name: told.get(name)}, {name: expected.get(name)})
        output = told.get("output")
        self.matcher.compare({"output": json.loads(output) if output is not None else None}, {"output": expected.get("output")})

    def execute(self):
        expected, name = self.case["expected"], {"name": self.case["name"]} if "name" in self.case else {}
        arn = self.client.call("stepfunctions", "StartExecution", {"stateMachineArn": self.create(), **name, **self.input()})["executionArn"]
        if expected["status"] == "RUNNING":
            time.sleep(0.5)
        else:
            self.wait({"wait": "execution-terminated", "executionArn": arn})
        self.ended(self.client.call("stepfunctions", "DescribeExecution", {"executionArn": arn}))
        if "events" in expected and not self.case.get("parallel_events_sorted"):
            events = self.client.call("stepfunctions", "GetExecutionHistory", {"executionArn": arn, "maxResults": 1000})["events"]
            self.matcher.compare(events, expected["events"])

    def test_state(self):
        params = {"definition": self.fill_in(self.definition()), **self.case.get("params", {}), **self.input()}
        expected = self.case["expected"]
        answer = {"expect": expected["response"]} if "response" in expected else {"expect_error": expected["error"]}
        self.step({"service": "stepfunctions", "operation": "TestState", "params": params, **answer})

    def play(self):
        kind, expected = self.case["kind"], self.case.get("expected", {})
        if kind == "api-sequence":
            for step in self.case["steps"]:
                if "wait" in step:
                    self.wait(step)
                else:
                    self.step(step)
            return
        if kind == "execution":
            self.execute()
            return
        if kind == "execution-sync":
            self.ended(self.client.call("stepfunctions", "StartSyncExecution", {"stateMachineArn": self.create(), **self.input()}))
            return
        if kind == "test-state":
            self.test_state()
            return
        params = {"definition": self.definition(), **self.case.get("params", {})}
        if self.case.get("type"):
            params["type"] = self.case["type"]
        if kind == "create-error":
            params = {"name": self.case.get("machine", "machine"), "roleArn": ROLE, **params}
            self.step({"service": "stepfunctions", "operation": "CreateStateMachine", "params": params,
                       "expect_error": expected["error"]})
        else:
            answer = {"expect": expected["response"]} if "response" in expected else {"expect_error": expected["error"]}
            self.step({"service": "stepfunctions", "operation": "ValidateStateMachineDefinition", "params": params, **answer})


def operations_of(case):
    used = {step["operation"] for step in case.get("steps", []) if step.get("service") == "stepfunctions"}
    waits = " ".join(step["wait"] for step in case.get("steps", []) if "wait" in step)
    if "execution" in waits:
        used.add("DescribeExecution")
    return used


def cases_of(arguments):
    for path in sorted(glob.glob(os.path.join(arguments.corpus, "**", "*.json"), recursive=True)):
        with open(path, encoding="utf-8") as file:
            for case in json.load(file):
                if case["kind"] not in KINDS or (arguments.id and not any(name in case["id"] for name in arguments.id)):
                    continue
                if case["kind"] in ALONE and case.get("needs"):
                    continue
                if not arguments.operations or operations_of(case) <= set(arguments.operations.split(",")):
                    yield case


def play_one(client, case, arguments):
    """What went wrong, or None; NotBuilt where it cannot be played."""
    client.reset()
    try:
        Player(client, case, arguments.strict).play()
    except (Different, Refused, KeyError, IndexError, TypeError) as error:
        return f"{type(error).__name__}: {error}"
    return None


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--server", default=os.path.join(ROOT, "build/tutti"))
    parser.add_argument("--strict", action="store_true")
    parser.add_argument("--verbose", action="store_true")
    parser.add_argument("--operations")
    parser.add_argument("corpus")
    parser.add_argument("id", nargs="*")
    arguments = parser.parse_args()
    passed = failed = left_out = 0
    with tempfile.TemporaryDirectory(prefix="tutti-sfn-") as directory:
        server = Server(arguments.server, os.path.join(directory, "data"), "--memory").start()
        client = Client(server)
        for case in cases_of(arguments):
            try:
                wrong = play_one(client, case, arguments)
            except NotBuilt as error:
                left_out += 1
                if arguments.id:
                    print(f"{case['id']}: there is no {error}")
                continue
            passed, failed = passed + (not wrong), failed + bool(wrong)
            if wrong:
                print(case["id"] + (f"\n    {wrong}" if arguments.verbose else ""))
        server.stop()
    print(f"{left_out} left out\nsfn-api {passed}/{passed + failed}")
    return failed != 0


if __name__ == "__main__":
    sys.exit(main())
