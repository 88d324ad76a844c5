"""awscli_client.py -- Debian's aws command through the whole life of a queue, and of an approval, as a shell user types it."""
import json
import os
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
from server import Tally  # noqa: E402

URL = os.environ["TUTTI_URL"]
AUTH_URL = os.environ["TUTTI_AUTH_URL"]
TLS_URL = os.environ["TUTTI_TLS_URL"]
tally = Tally("awscli", loud=False)
check = tally.check


def run(*words, url=URL, key="000000000000", secret="any", options=()):
    """(reply, None) or (None, what it said)."""
    environment = {"PATH": "/usr/bin:/bin", "HOME": tempfile.gettempdir(), "AWS_ACCESS_KEY_ID": key,
                   "AWS_SECRET_ACCESS_KEY": secret, "AWS_DEFAULT_REGION": "eu-west-1", "AWS_MAX_ATTEMPTS": "1",
                   "AWS_PAGER": "", "AWS_EC2_METADATA_DISABLED": "true", "PYTHONWARNINGS": "ignore"}
    command = ["/usr/bin/aws", "--endpoint-url", url, "--output", "json", *options, *words]
    done = subprocess.run(command, env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True,
                          timeout=120, check=False)
    if done.returncode:
        return None, done.stderr.strip()
    return json.loads(done.stdout) if done.stdout.strip() else {}, None


def sqs(*words, **options):
    reply, said = run("sqs", *words, **options)
    if said is not None:
        raise RuntimeError(f"aws sqs {' '.join(words)}: {said}")
    return reply


def refused(what, code, *words, **options):
    reply, said = run("sqs", *words, **options)
    check(f"{what} is {code}", said is not None and f"({code})" in said, said or reply)


def receive(url, *words):
    words = ("--max-number-of-messages", "10", "--attribute-names", "All", "--message-attribute-names", "All", *words)
    return sqs("receive-message", "--queue-url", url, *words).get("Messages", [])


def bodies(messages):
    return [message["Body"] for message in messages]


def test_standard_queue():
    identity, said = run("sts", "get-caller-identity")
    check("an identity", identity and identity["Account"] == "000000000000", said)
    url = sqs("create-queue", "--queue-name", "cli", "--attributes", "VisibilityTimeout=40", "--tags", "team=brass")["QueueUrl"]
    check("a queue is created", url == f"{URL}/000000000000/cli", url)
    check("it is found", sqs("get-queue-url", "--queue-name", "cli")["QueueUrl"] == url)
    check("it is listed", url in sqs("list-queues", "--queue-name-prefix", "cli")["QueueUrls"])
    sqs("set-queue-attributes", "--queue-url", url, "--attributes", "DelaySeconds=0,MaximumMessageSize=4096")
    got = sqs("get-queue-attributes", "--queue-url", url, "--attribute-names", "All")["Attributes"]
    check("attributes are as set", got["VisibilityTimeout"] == "40" and got["MaximumMessageSize"] == "4096", got)
    sqs("tag-queue", "--queue-url", url, "--tags", "stage=test")
    sqs("untag-queue", "--queue-url", url, "--tag-keys", "team")
    tags = sqs("list-queue-tags", "--queue-url", url)["Tags"]
    check("tags are as set", tags == {"stage": "test"}, tags)
    check_messages(url)
    check_batch(url)
    sqs("purge-queue", "--queue-url", url)
    check("a purged queue is empty", receive(url) == [])
    refused("purging it again", "AWS.SimpleQueueService.PurgeQueueInProgress", "purge-queue", "--queue-url", url)
    sqs("delete-queue", "--queue-url", url)
    refused("a deleted queue", "AWS.SimpleQueueService.NonExistentQueue", "get-queue-url", "--queue-name", "cli")
    refused("a bad name", "InvalidParameterValue", "create-queue", "--queue-name", "a b")


def check_messages(url):
    attributes = json.dumps({"Kind": {"DataType": "String", "StringValue": "test"}})
    sent = sqs("send-message", "--queue-url", url, "--message-body", "a & b <\u00e4>", "--message-attributes", attributes)
    message = (receive(url, "--wait-time-seconds", "2") or [{}])[0]
    check("a message comes as it was sent", message.get("Body") == "a & b <\u00e4>" and
          message.get("MessageId") == sent["MessageId"] and
          message["MessageAttributes"]["Kind"]["StringValue"] == "test", message)
    sqs("change-message-visibility", "--queue-url", url, "--receipt-handle", message["ReceiptHandle"], "--visibility-timeout", "0")
    message = (receive(url) or [{}])[0]
    check("it comes again when let go", message.get("Attributes", {}).get("ApproximateReceiveCount") == "2", message)
    sqs("delete-message", "--queue-url", url, "--receipt-handle", message["ReceiptHandle"])
    refused("a bad handle", "ReceiptHandleIsInvalid", "delete-message", "--queue-url", url, "--receipt-handle", "nonsense")
    sqs("send-message", "--queue-url", url, "--message-body", "later", "--delay-seconds", "2")
    check("a delayed message is not there", receive(url) == [])
    messages = receive(url, "--wait-time-seconds", "10")
    check("and comes in its time", bodies(messages) == ["later"], messages)
    sqs("delete-message", "--queue-url", url, "--receipt-handle", messages[0]["ReceiptHandle"])


def check_batch(url):
    entries = json.dumps([{"Id": str(i), "MessageBody": f"body {i}"} for i in range(3)])
    reply = sqs("send-message-batch", "--queue-url", url, "--entries", entries)
    check("a batch is sent", len(reply["Successful"]) == 3, reply)
    messages = receive(url)
    handles = json.dumps([{"Id": str(i), "ReceiptHandle": message["ReceiptHandle"]} for i, message in enumerate(messages)])
    reply = sqs("delete-message-batch", "--queue-url", url, "--entries", handles)
    check("and deleted", len(reply["Successful"]) == len(messages) > 0, reply)


def test_fifo_and_dead_letters():
    dead = sqs("create-queue", "--queue-name", "cli-dead.fifo", "--attributes", "FifoQueue=true")["QueueUrl"]
    arn = "arn:aws:sqs:eu-west-1:000000000000:cli-dead.fifo"
    policy = json.dumps({"deadLetterTargetArn": arn, "maxReceiveCount": "1"})
    attributes = json.dumps({"FifoQueue": "true", "ContentBasedDeduplication": "true", "RedrivePolicy": policy})
    url = sqs("create-queue", "--queue-name", "cli.fifo", "--attributes", attributes)["QueueUrl"]
    send = ("send-message", "--queue-url", url, "--message-group-id", "g", "--message-body")
    ids = [sqs(*send, body)["MessageId"] for body in ("one", "one", "two")]
    check("the same content is one message", ids[0] == ids[1] != ids[2], ids)
    messages = receive(url)
    check("the group comes in order", bodies(messages) == ["one", "two"], messages)
    for message in messages:
        sqs("change-message-visibility", "--queue-url", url, "--receipt-handle", message["ReceiptHandle"],
            "--visibility-timeout", "0")
    check("after one receive they are gone", receive(url) == [])
    check("and dead letters, in order", bodies(receive(dead)) == ["one", "two"])
    sources = sqs("list-dead-letter-source-queues", "--queue-url", dead)
    check("the source is listed", sources.get("queueUrls") == [url], sources)
    sqs("delete-queue", "--queue-url", url)
    sqs("delete-queue", "--queue-url", dead)


def test_signatures():
    key, secret = os.environ["TUTTI_KEY"], os.environ["TUTTI_SECRET"]
    check("the right secret opens", isinstance(sqs("list-queues", url=AUTH_URL, key=key, secret=secret), dict))
    refused("a wrong secret", "SignatureDoesNotMatch", "list-queues", url=AUTH_URL, key=key, secret="wrong")
    refused("an unknown key", "InvalidClientTokenId", "list-queues", url=AUTH_URL, key="AKIANOBODYKNOWSME", secret=secret)


def test_tls():
    reply, said = run("sqs", "list-queues", url=TLS_URL, options=("--no-verify-ssl",))
    check("it works over TLS", reply is not None, said)


def states(*words):
    reply, said = run("stepfunctions", *words)
    if said is not None:
        raise RuntimeError(f"aws stepfunctions {' '.join(words)}: {said}")
    return reply


def test_approval():
    url = sqs("create-queue", "--queue-name", "cli-approvals")["QueueUrl"]
    ask = {"Type": "Task", "Resource": "arn:aws:states:::sqs:sendMessage.waitForTaskToken", "End": True,
           "Parameters": {"QueueUrl": url, "MessageBody": {"token.$": "$$.Task.Token"}}}
    definition = json.dumps({"StartAt": "Ask", "States": {"Ask": ask}})
    machine = states("create-state-machine", "--name", "cli", "--definition", definition,
                     "--role-arn", "arn:aws:iam::000000000000:role/cli")["stateMachineArn"]
    execution = states("start-execution", "--state-machine-arn", machine, "--input", "{}")["executionArn"]
    token = json.loads(receive(url, "--wait-time-seconds", "10")[0]["Body"])["token"]
    states("send-task-success", "--task-token", token, "--task-output", '{"ok": true}')
    told = states("describe-execution", "--execution-arn", execution)
    check("the approval went through", (told["status"], told["output"]) == ("SUCCEEDED", '{"ok": true}'), told)
    _, said = run("stepfunctions", "send-task-success", "--task-token", token, "--task-output", "{}")
    check("a token is good once", said is not None and "(TaskTimedOut)" in said, said)


def main():
    for test in (test_standard_queue, test_fifo_and_dead_letters, test_signatures, test_tls):
        try:
            test()
        except Exception as error:  # pylint: disable=broad-except  # one test must not hide the others
            check(test.__name__, False, f"{type(error).__name__}: {error}")
    return tally.close()


if __name__ == "__main__":
    sys.exit(main())
