"""states_client.py -- Debian's boto3 through the life of a state machine, its versions, aliases, activities and executions.

What its time did not know yet (versions, aliases, validation) goes by hand, signed by botocore. The runner gives the
servers' addresses in the environment.
"""
import datetime
import json
import os
import sys
import time
import urllib.error
import urllib.request

import boto3
import botocore.auth
import botocore.awsrequest
import botocore.config
import botocore.credentials
import botocore.exceptions

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
from server import Tally  # noqa: E402

REGION = "eu-central-1"
ACCOUNT = "000000000000"
URL = os.environ["TUTTI_URL"]
ROLE = f"arn:aws:iam::{ACCOUNT}:role/states"
ARN = f"arn:aws:states:{REGION}:{ACCOUNT}"
PASS = json.dumps({"StartAt": "A", "States": {"A": {"Type": "Pass", "End": True}}})
WAIT = json.dumps({"StartAt": "A", "States": {"A": {"Type": "Wait", "Seconds": 1, "End": True}}})

tally = Tally("states", loud=False)
check = tally.check


def client(url=URL, key=ACCOUNT, secret="any"):
    config = botocore.config.Config(retries={"max_attempts": 0}, read_timeout=60)
    return boto3.client("stepfunctions", endpoint_url=url, region_name=REGION, aws_access_key_id=key,
                        aws_secret_access_key=secret, config=config)


states = client()


def refused(what, code, call, **members):
    try:
        call(**members)
        seen = "no error"
    except botocore.exceptions.ClientError as error:
        seen = error.response["Error"]["Code"]
    check(f"{what} is {code}", seen == code, seen)


def by_hand(operation, **members):
    """The status and the answer."""
    request = botocore.awsrequest.AWSRequest("POST", URL + "/", data=json.dumps(members), headers={
        "Content-Type": "application/x-amz-json-1.0", "X-Amz-Target": "AWSStepFunctions." + operation})
    botocore.auth.SigV4Auth(botocore.credentials.Credentials(ACCOUNT, "any"), "states", REGION).add_auth(request)
    try:
        with urllib.request.urlopen(urllib.request.Request(URL + "/", request.data.encode(), dict(request.headers)),
                                    timeout=60) as reply:
            return reply.status, json.loads(reply.read())
    except urllib.error.HTTPError as error:
        return error.code, json.loads(error.read())


def good(operation, **members):
    status, answer = by_hand(operation, **members)
    check(f"{operation} works", status == 200, answer)
    return answer


def test_machine():
    made = states.create_state_machine(name="m", definition=PASS, roleArn=ROLE, tags=[{"key": "k", "value": "v"}])
    arn = made["stateMachineArn"]
    check("a machine has an ARN", arn == f"{ARN}:stateMachine:m", arn)
    check("times are times", isinstance(made["creationDate"], datetime.datetime), made)
    told = states.describe_state_machine(stateMachineArn=arn)
    check("a machine is told", (told["definition"], told["type"], told["status"]) == (PASS, "STANDARD", "ACTIVE"), told)
    refused("a twin that differs", "StateMachineAlreadyExists", states.create_state_machine, name="m", definition=WAIT,
            roleArn=ROLE)
    refused("a bad definition", "InvalidDefinition", states.create_state_machine, name="n", definition="{}", roleArn=ROLE)
    refused("a bad name", "InvalidName", states.create_state_machine, name="a b", definition=PASS, roleArn=ROLE)
    states.update_state_machine(stateMachineArn=arn, definition=WAIT, tracingConfiguration={"enabled": True})
    told = states.describe_state_machine(stateMachineArn=arn)
    check("an update is told", told["definition"] == WAIT and told["tracingConfiguration"]["enabled"], told)
    check("tags are told", states.list_tags_for_resource(resourceArn=arn)["tags"] == [{"key": "k", "value": "v"}])
    states.tag_resource(resourceArn=arn, tags=[{"key": "l", "value": "\u00fc"}])
    states.untag_resource(resourceArn=arn, tagKeys=["k"])
    check("tags change", states.list_tags_for_resource(resourceArn=arn)["tags"] == [{"key": "l", "value": "\u00fc"}])
    states.delete_state_machine(stateMachineArn=arn)
    refused("a machine that is gone", "StateMachineDoesNotExist", states.describe_state_machine, stateMachineArn=arn)


def test_pages():
    names = [f"page{number}" for number in range(7)]
    for name in names:
        states.create_state_machine(name=name, definition=PASS, roleArn=ROLE, type="EXPRESS")
    pages = list(states.get_paginator("list_state_machines").paginate(PaginationConfig={"PageSize": 3}))
    seen = [machine["name"] for page in pages for machine in page["stateMachines"] if machine["name"] in names]
    check("pages have all machines once", seen == names, seen)
    refused("a token that was made up", "InvalidToken", states.list_state_machines, nextToken="made up")
    for name in names:
        states.delete_state_machine(stateMachineArn=f"{ARN}:stateMachine:{name}")


def test_versions():
    made = good("CreateStateMachine", name="v", definition=PASS, roleArn=ROLE, publish=True, versionDescription="one")
    check("a version is made", made["stateMachineVersionArn"] == f"{ARN}:stateMachine:v:1", made)
    arn = made["stateMachineArn"]
    updated = good("UpdateStateMachine", stateMachineArn=arn, definition=WAIT, publish=True)
    check("and another", updated["stateMachineVersionArn"] == arn + ":2" and updated["revisionId"], updated)
    listed = good("ListStateMachineVersions", stateMachineArn=arn)["stateMachineVersions"]
    check("the newest is the first", [item["stateMachineVersionArn"] for item in listed] == [arn + ":2", arn + ":1"], listed)
    routes = [{"stateMachineVersionArn": arn + ":1", "weight": 90}, {"stateMachineVersionArn": arn + ":2", "weight": 10}]
    alias = good("CreateStateMachineAlias", name="PROD", routingConfiguration=routes)["stateMachineAliasArn"]
    check("an alias is told", good("DescribeStateMachineAlias", stateMachineAliasArn=alias)["routingConfiguration"] == routes)
    told = states.describe_state_machine(stateMachineArn=arn + ":1")
    check("a version keeps its definition", told["definition"] == PASS, told)
    status, answer = by_hand("DeleteStateMachineVersion", stateMachineVersionArn=arn + ":1")
    check("a version that an alias names stays", (status, answer["__type"].split("#")[1]) == (400, "ConflictException"), answer)
    good("DeleteStateMachineAlias", stateMachineAliasArn=alias)
    good("DeleteStateMachineVersion", stateMachineVersionArn=arn + ":1")
    good("DeleteStateMachine", stateMachineArn=arn)


def test_validate():
    answer = good("ValidateStateMachineDefinition", definition=PASS)
    check("a good definition is OK", answer == {"result": "OK", "diagnostics": [], "truncated": False}, answer)
    answer = good("ValidateStateMachineDefinition", definition="not a definition")
    check("a bad one is FAIL", answer["result"] == "FAIL" and answer["diagnostics"][0]["code"] == "INVALID_JSON_DESCRIPTION",
          answer)


def test_activities():
    arn = states.create_activity(name="a")["activityArn"]
    check("an activity has an ARN", arn == f"{ARN}:activity:a", arn)
    check("it is the same again", states.create_activity(name="a")["activityArn"] == arn)
    check("it is told", states.describe_activity(activityArn=arn)["name"] == "a")
    listed = [item["name"] for page in states.get_paginator("list_activities").paginate() for item in page["activities"]]
    check("it is listed", listed == ["a"], listed)
    states.delete_activity(activityArn=arn)
    refused("an activity that is gone", "ActivityDoesNotExist", states.describe_activity, activityArn=arn)


APPROVAL = {"StartAt": "Check", "States": {
    "Check": {"Type": "Pass", "Parameters": {"risk.$": "$.risk", "who": "clerk"}, "Next": "Ask"},
    "Ask": {"Type": "Task", "Resource": "arn:aws:states:::sqs:sendMessage.waitForTaskToken", "HeartbeatSeconds": 2, "TimeoutSeconds": 60,
            "Parameters": {"QueueUrl": "", "MessageBody": {"token.$": "$$.Task.Token", "risk.$": "$.risk"}},
            "ResultPath": "$.answer",
            "Catch": [{"ErrorEquals": ["Rejected"], "ResultPath": "$.refusal", "Next": "Rejected"},
                      {"ErrorEquals": ["States.Timeout"], "Next": "Late"}], "Next": "Approved"},
    "Approved": {"Type": "Succeed"}, "Rejected": {"Type": "Pass", "OutputPath": "$.refusal.Cause", "End": True},
    "Late": {"Type": "Fail", "Error": "TooLate"}}}


def ended(arn, seconds=20):
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        told = states.describe_execution(executionArn=arn)
        if told["status"] != "RUNNING":
            return told
        time.sleep(0.05)
    return told


def asked(queues, url):
    message = queues.receive_message(QueueUrl=url, WaitTimeSeconds=10)["Messages"][0]
    queues.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
    return json.loads(message["Body"])


def test_approval_by_a_human():
    queues = boto3.client("sqs", endpoint_url=URL, region_name=REGION, aws_access_key_id=ACCOUNT, aws_secret_access_key="any")
    url = queues.create_queue(QueueName="approvals")["QueueUrl"]
    definition = json.loads(json.dumps(APPROVAL))
    definition["States"]["Ask"]["Parameters"]["QueueUrl"] = url
    machine = states.create_state_machine(name="approval", definition=json.dumps(definition), roleArn=ROLE)["stateMachineArn"]

    def start(name):
        arn = states.start_execution(stateMachineArn=machine, name=name, input=json.dumps({"risk": 7}))["executionArn"]
        question = asked(queues, url)
        check("the question has its data", question["risk"] == 7, question)
        return arn, question["token"]

    arn, token = start("approved")
    states.send_task_heartbeat(taskToken=token)
    states.send_task_success(taskToken=token, output=json.dumps({"by": "ann"}))
    told = ended(arn)
    check("approved", (told["status"], json.loads(told["output"])["answer"]) == ("SUCCEEDED", {"by": "ann"}), told)
    refused("a token twice", "TaskTimedOut", states.send_task_success, taskToken=token, output="{}")
    kinds = [event["type"] for page in states.get_paginator("get_execution_history").paginate(executionArn=arn) for event in page["events"]]
    check("its history is whole", kinds[0] == "ExecutionStarted" and kinds[-1] == "ExecutionSucceeded" and "TaskSubmitted" in kinds, kinds)

    arn, token = start("rejected")
    states.send_task_failure(taskToken=token, error="Rejected", cause="no money")
    told = ended(arn)
    check("rejected", (told["status"], told.get("output")) == ("SUCCEEDED", '"no money"'), told)

    arn, token = start("nobody")
    told = ended(arn)
    check("without a heartbeat it is late", (told["status"], told.get("error")) == ("FAILED", "TooLate"), told)

    arn, token = start("stopped")
    states.stop_execution(executionArn=arn, error="Stop", cause="enough")
    told = ended(arn)
    check("stopped", (told["status"], told.get("error"), told.get("cause")) == ("ABORTED", "Stop", "enough"), told)
    listed = [item["name"] for page in states.get_paginator("list_executions").paginate(stateMachineArn=machine, maxResults=2)
              for item in page["executions"]]
    check("the newest comes first", listed == ["stopped", "nobody", "rejected", "approved"], listed)


def test_express():
    definition = json.dumps({"StartAt": "A", "States": {"A": {"Type": "Pass", "Result": {"sum": 3}, "End": True}}})
    machine = states.create_state_machine(name="quick", definition=definition, roleArn=ROLE, type="EXPRESS")["stateMachineArn"]
    answer = good("StartSyncExecution", stateMachineArn=machine, input="{}")
    check("an express execution answers", (answer["status"], answer["output"]) == ("SUCCEEDED", '{"sum":3}'), answer)


def test_activity_worker():
    activity = states.create_activity(name="worker")["activityArn"]
    definition = json.dumps({"StartAt": "A", "States": {"A": {"Type": "Task", "Resource": activity, "End": True}}})
    machine = states.create_state_machine(name="by-hand", definition=definition, roleArn=ROLE)["stateMachineArn"]
    arn = states.start_execution(stateMachineArn=machine, input='{"n": 1}')["executionArn"]
    task = states.get_activity_task(activityArn=activity, workerName="me")
    check("a worker gets the input", json.loads(task["input"]) == {"n": 1}, task)
    states.send_task_success(taskToken=task["taskToken"], output='{"n": 2}')
    check("its output is the end", json.loads(ended(arn)["output"]) == {"n": 2})


def test_signatures():
    key, secret = os.environ["TUTTI_KEY"], os.environ["TUTTI_SECRET"]
    url = os.environ["TUTTI_AUTH_URL"]
    signed = client(url, key, secret)
    arn = signed.create_activity(name="signed")["activityArn"]
    check("the key's account is in the ARN", f":{os.environ['TUTTI_ACCOUNT']}:" in arn, arn)
    signed.delete_activity(activityArn=arn)
    refused("a wrong secret", "InvalidSignatureException", client(url, key, "wrong").list_activities)


def main():
    tests = [value for name, value in globals().items() if name.startswith("test_")]
    for test in tests:
        try:
            test()
        except Exception as error:  # pylint: disable=broad-except  # one test must not hide the others
            check(test.__name__, False, f"{type(error).__name__}: {error}")
    return tally.close()


if __name__ == "__main__":
    sys.exit(main())
