"""boto3_client.py -- Debian's boto3, which speaks the query protocol, through the whole life of a queue.

What its time did not know yet (message move tasks) and what it would not send (nonsense) goes by hand,
signed by botocore. The runner gives the servers' addresses in the environment.
"""
import json
import os
import sys
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
import warnings

import boto3
import botocore.auth
import botocore.awsrequest
import botocore.config
import botocore.credentials
import botocore.exceptions

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
from server import Tally  # noqa: E402

PREFIX = "boto3-"
REGION = "eu-west-1"
URL = os.environ["TUTTI_URL"]
AUTH_URL = os.environ["TUTTI_AUTH_URL"]
TLS_URL = os.environ["TUTTI_TLS_URL"]
MEBIBYTE = 1 << 20

warnings.simplefilter("ignore")  # of urllib3, about the certificate nobody signed
tally = Tally("boto3", loud=False)
check = tally.check


def client(service="sqs", url=URL, key="000000000000", secret="any", **options):
    config = botocore.config.Config(retries={"max_attempts": 0}, read_timeout=60)
    return boto3.client(service, endpoint_url=url, region_name=REGION, aws_access_key_id=key,
                        aws_secret_access_key=secret, config=config, **options)


sqs = client()


def code_of(call, **members):
    try:
        call(**members)
    except botocore.exceptions.ClientError as error:
        return error.response["Error"]["Code"]
    return "no error"


def refused(what, code, call, **members):
    seen = code_of(call, **members)
    check(f"{what} is {code}", seen == code, seen)


def create(name, **attributes):
    return sqs.create_queue(QueueName=PREFIX + name, Attributes=attributes)["QueueUrl"]


def receive(url, **members):
    members = {"MaxNumberOfMessages": 10, "AttributeNames": ["All"], "MessageAttributeNames": ["All"], **members}
    return sqs.receive_message(QueueUrl=url, **members).get("Messages", [])


def bodies(messages):
    return [message["Body"] for message in messages]


def test_identity():
    identity = client("sts", key="123456789012").get_caller_identity()
    check("the access key is the account", identity["Account"] == "123456789012", identity)
    check("an identity has an ARN", identity["Arn"].startswith("arn:aws:"), identity)
    url = client(key="123456789012").create_queue(QueueName=PREFIX + "account")["QueueUrl"]
    check("a queue belongs to the account", url.endswith(f"/123456789012/{PREFIX}account"), url)
    refused("another account's queue", "AWS.SimpleQueueService.NonExistentQueue", sqs.get_queue_url,
            QueueName=PREFIX + "account")
    client(key="123456789012").delete_queue(QueueUrl=url)


def test_create():
    url = create("create", VisibilityTimeout="45")
    check("a queue's URL is account and name", url == f"{URL}/000000000000/{PREFIX}create", url)
    check("creating it again gives it", create("create", VisibilityTimeout="45") == url)
    refused("creating it otherwise", "QueueAlreadyExists", create, name="create", VisibilityTimeout="46")
    refused("a name with a blank", "InvalidParameterValue", create, name="not good")
    refused("a name too long", "InvalidParameterValue", create, name="x" * 81)
    check("it is found by name", sqs.get_queue_url(QueueName=PREFIX + "create")["QueueUrl"] == url)
    refused("a queue that is not there", "AWS.SimpleQueueService.NonExistentQueue", sqs.get_queue_url,
            QueueName=PREFIX + "none")
    sqs.delete_queue(QueueUrl=url)
    refused("a deleted queue", "AWS.SimpleQueueService.NonExistentQueue", sqs.get_queue_attributes, QueueUrl=url)


def test_list():
    urls = sorted(create(f"list-{i}") for i in range(5))
    found = sqs.list_queues(QueueNamePrefix=PREFIX + "list-")["QueueUrls"]
    check("a prefix finds its queues", sorted(found) == urls, found)
    pages = sqs.get_paginator("list_queues").paginate(QueueNamePrefix=PREFIX + "list-", PaginationConfig={"PageSize": 2})
    sizes = [len(page.get("QueueUrls", [])) for page in pages]
    check("pages hold what was asked for", sizes == [2, 2, 1], sizes)
    for url in urls:
        sqs.delete_queue(QueueUrl=url)
    check("nothing is listed after deletion", "QueueUrls" not in sqs.list_queues(QueueNamePrefix=PREFIX + "list-"))


def test_attributes():
    url = create("attributes", DelaySeconds="3")
    got = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
    check("an attribute is as set", got["DelaySeconds"] == "3", got)
    check("the others have their defaults", got["VisibilityTimeout"] == "30" and got["MessageRetentionPeriod"] == "345600"
          and got["ReceiveMessageWaitTimeSeconds"] == "0" and got["ApproximateNumberOfMessages"] == "0", got)
    check("a queue has an ARN", got["QueueArn"] == f"arn:aws:sqs:{REGION}:000000000000:{PREFIX}attributes", got["QueueArn"])
    policy = json.dumps({"Version": "2012-10-17", "Statement": []})
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"DelaySeconds": "0", "MaximumMessageSize": "2048", "Policy": policy})
    got = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["MaximumMessageSize", "Policy"])["Attributes"]
    check("what was set is answered unchanged", got == {"MaximumMessageSize": "2048", "Policy": policy}, got)
    check("none asked, none answered", "Attributes" not in sqs.get_queue_attributes(QueueUrl=url))
    refused("an attribute nobody knows", "InvalidAttributeName", sqs.set_queue_attributes, QueueUrl=url,
            Attributes={"Colour": "red"})
    refused("a value out of range", "InvalidAttributeValue", sqs.set_queue_attributes, QueueUrl=url,
            Attributes={"VisibilityTimeout": "43201"})
    refused("a message over the queue's limit", "InvalidParameterValue", sqs.send_message, QueueUrl=url,
            MessageBody="x" * 2049)
    sqs.delete_queue(QueueUrl=url)


def test_tags():
    url = sqs.create_queue(QueueName=PREFIX + "tags", tags={"team": "strings", "stage": "test"})["QueueUrl"]
    sqs.tag_queue(QueueUrl=url, Tags={"stage": "live", "cost": "7 %&<>"})
    tags = sqs.list_queue_tags(QueueUrl=url)["Tags"]
    check("tags are kept and replaced", tags == {"team": "strings", "stage": "live", "cost": "7 %&<>"}, tags)
    sqs.untag_queue(QueueUrl=url, TagKeys=["team", "cost"])
    tags = sqs.list_queue_tags(QueueUrl=url)["Tags"]
    check("tags are taken off", tags == {"stage": "live"}, tags)
    sqs.delete_queue(QueueUrl=url)


def test_messages():
    url = create("messages")
    body = "first & <second> \"third\" \u00e4\u4e16\U0001f600\n\ttail"
    attributes = {"Kind": {"DataType": "String", "StringValue": "test"},
                  "Price": {"DataType": "Number.eur", "StringValue": "3.50"},
                  "Blob": {"DataType": "Binary", "BinaryValue": bytes(range(256))}}
    trace = {"AWSTraceHeader": {"DataType": "String", "StringValue": "Root=1-5759e988-bd862e3fe1be46a994272793"}}
    sent = sqs.send_message(QueueUrl=url, MessageBody=body, MessageAttributes=attributes, MessageSystemAttributes=trace)
    check("a send answers its digests", len(sent["MD5OfMessageBody"]) == 32 and len(sent["MD5OfMessageAttributes"]) == 32
          and len(sent["MD5OfMessageSystemAttributes"]) == 32, sent)
    message = (receive(url) or [{}])[0]  # boto3 compares the body's digest itself
    check("the body comes as it was sent", message.get("Body") == body, message)
    check("the id is the same", message.get("MessageId") == sent["MessageId"])
    check("attributes come as they were sent", message.get("MessageAttributes") == attributes, message)
    check("with the same digest", message.get("MD5OfMessageAttributes") == sent["MD5OfMessageAttributes"])
    system = message.get("Attributes", {})
    check("the system says what it knows", system.get("ApproximateReceiveCount") == "1" and
          system.get("AWSTraceHeader") == trace["AWSTraceHeader"]["StringValue"] and
          abs(int(system.get("SentTimestamp", 0)) / 1000 - time.time()) < 60 and system.get("SenderId"), system)
    sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
    check("deleting it again is fine", code_of(sqs.delete_message, QueueUrl=url,
                                               ReceiptHandle=message["ReceiptHandle"]) == "no error")
    check("nothing is left", receive(url, WaitTimeSeconds=1) == [])
    large = "x" * MEBIBYTE
    sqs.send_message(QueueUrl=url, MessageBody=large)
    check("a mebibyte goes through", bodies(receive(url)) == [large])
    refused("a byte more", "InvalidParameterValue", sqs.send_message, QueueUrl=url, MessageBody=large + "x")
    refused("a character that XML has not", "InvalidMessageContents", sqs.send_message, QueueUrl=url, MessageBody="a\x01b")
    refused("an empty body", "MissingParameter", sqs.send_message, QueueUrl=url, MessageBody="")
    sqs.delete_queue(QueueUrl=url)


def test_delay():
    url = create("delay")
    sqs.send_message(QueueUrl=url, MessageBody="later", DelaySeconds=2)
    check("a delayed message is not there yet", receive(url) == [])
    start = time.monotonic()
    check("and comes in its time", bodies(receive(url, WaitTimeSeconds=10)) == ["later"])
    check("which is not the end of the poll", time.monotonic() - start < 6, time.monotonic() - start)
    refused("a delay over 15 minutes", "InvalidParameterValue", sqs.send_message, QueueUrl=url, MessageBody="x",
            DelaySeconds=901)
    sqs.delete_queue(QueueUrl=url)


def test_batches():
    url = create("batches")
    entries = [{"Id": f"e{i}", "MessageBody": f"body {i}"} for i in range(10)]
    reply = sqs.send_message_batch(QueueUrl=url, Entries=entries)
    check("ten are sent", len(reply["Successful"]) == 10 and not reply.get("Failed"), reply)
    seen = {}
    for _ in range(20):
        seen.update((message["ReceiptHandle"], message["Body"]) for message in receive(url))
        if len(seen) == 10:
            break
    check("ten are received", sorted(seen.values()) == sorted(entry["MessageBody"] for entry in entries), seen.values())
    handles = [{"Id": str(i), "ReceiptHandle": handle} for i, handle in enumerate(seen)]
    hidden = [dict(handle, VisibilityTimeout=60) for handle in handles]
    reply = sqs.change_message_visibility_batch(QueueUrl=url, Entries=hidden)
    check("ten are hidden for longer", len(reply["Successful"]) == 10, reply)
    reply = sqs.delete_message_batch(QueueUrl=url, Entries=handles[:9] + [{"Id": "bad", "ReceiptHandle": "nonsense"}])
    failed = [(entry["Id"], entry["Code"], entry["SenderFault"]) for entry in reply.get("Failed", [])]
    check("a bad entry fails alone", len(reply["Successful"]) == 9 and failed == [("bad", "ReceiptHandleIsInvalid", True)], reply)
    batch = sqs.send_message_batch
    name = "AWS.SimpleQueueService."
    refused("an id twice", name + "BatchEntryIdsNotDistinct", batch, QueueUrl=url, Entries=[entries[0], entries[0]])
    refused("eleven entries", name + "TooManyEntriesInBatchRequest", batch, QueueUrl=url,
            Entries=entries + [{"Id": "e10", "MessageBody": "x"}])
    refused("no entries", name + "EmptyBatchRequest", batch, QueueUrl=url, Entries=[])
    refused("an id with a dot", name + "InvalidBatchEntryId", batch, QueueUrl=url, Entries=[{"Id": "a.b", "MessageBody": "x"}])
    half = "x" * (MEBIBYTE // 2 + 1)
    refused("over a mebibyte together", name + "BatchRequestTooLong", batch, QueueUrl=url,
            Entries=[{"Id": "a", "MessageBody": half}, {"Id": "b", "MessageBody": half}])
    sqs.delete_queue(QueueUrl=url)


def test_long_poll():
    url = create("poll")
    timer = threading.Timer(0.7, lambda: client().send_message(QueueUrl=url, MessageBody="wake up"))
    start = time.monotonic()
    timer.start()
    messages = receive(url, WaitTimeSeconds=20)
    check("a long poll ends with the message", bodies(messages) == ["wake up"], messages)
    check("when it comes", 0.5 < time.monotonic() - start < 5, time.monotonic() - start)
    start = time.monotonic()
    check("without one it ends empty", receive(url, WaitTimeSeconds=2) == [])
    check("in its time", 1.8 < time.monotonic() - start < 6, time.monotonic() - start)
    refused("a poll over 20 seconds", "InvalidParameterValue", sqs.receive_message, QueueUrl=url, WaitTimeSeconds=21)
    refused("eleven messages at once", "InvalidParameterValue", sqs.receive_message, QueueUrl=url, MaxNumberOfMessages=11)
    sqs.delete_queue(QueueUrl=url)


def test_visibility():
    url = create("visibility")
    sqs.send_message(QueueUrl=url, MessageBody="now you see me")
    first = receive(url, VisibilityTimeout=1)
    check("a received message is hidden", receive(url) == [])
    second = receive(url, WaitTimeSeconds=5)
    check("and comes back", bodies(second) == bodies(first) and
          second[0]["Attributes"]["ApproximateReceiveCount"] == "2", second)
    sqs.change_message_visibility(QueueUrl=url, ReceiptHandle=second[0]["ReceiptHandle"], VisibilityTimeout=0)
    third = receive(url)
    check("at once when it is let go", bodies(third) == bodies(first), third)
    counts = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["ApproximateNumberOfMessagesNotVisible"])["Attributes"]
    check("it is counted as lent", counts == {"ApproximateNumberOfMessagesNotVisible": "1"}, counts)
    handle = third[0]["ReceiptHandle"]
    change = sqs.change_message_visibility
    refused("over 12 hours", "InvalidParameterValue", change, QueueUrl=url, ReceiptHandle=handle, VisibilityTimeout=43201)
    sqs.change_message_visibility(QueueUrl=url, ReceiptHandle=handle, VisibilityTimeout=0)
    refused("changing what is not lent", "AWS.SimpleQueueService.MessageNotInflight", change, QueueUrl=url,
            ReceiptHandle=handle, VisibilityTimeout=5)
    refused("a handle nobody gave", "ReceiptHandleIsInvalid", sqs.delete_message, QueueUrl=url, ReceiptHandle="nonsense")
    sqs.delete_queue(QueueUrl=url)


def test_fifo():
    refused("a FIFO name without the attribute", "InvalidParameterValue", create, name="bad.fifo")
    url = create("order.fifo", FifoQueue="true", ContentBasedDeduplication="true")
    send = sqs.send_message
    first = send(QueueUrl=url, MessageBody="a1", MessageGroupId="a")
    again = send(QueueUrl=url, MessageBody="a1", MessageGroupId="a")
    check("the same content is the same message", again["MessageId"] == first["MessageId"], again)
    second = send(QueueUrl=url, MessageBody="a1", MessageGroupId="a", MessageDeduplicationId="other")
    check("an own id makes it another", second["MessageId"] != first["MessageId"], second)
    check("sequence numbers have 20 digits and rise", len(first["SequenceNumber"]) == 20 and
          first["SequenceNumber"] < second["SequenceNumber"], (first, second))
    send(QueueUrl=url, MessageBody="a3", MessageGroupId="a")
    send(QueueUrl=url, MessageBody="b1", MessageGroupId="b")
    one = receive(url, MaxNumberOfMessages=1)
    check("the oldest comes first", bodies(one) == ["a1"] and one[0]["Attributes"]["MessageGroupId"] == "a" and
          one[0]["MessageId"] == first["MessageId"] and "SequenceNumber" in one[0]["Attributes"], one)
    check("its group waits, the other does not", bodies(receive(url)) == ["b1"])
    sqs.delete_message(QueueUrl=url, ReceiptHandle=one[0]["ReceiptHandle"])
    check("then the group goes on, in order", bodies(receive(url)) == ["a1", "a3"])
    refused("no group", "MissingParameter", send, QueueUrl=url, MessageBody="x")
    refused("a delay for one message", "InvalidParameterValue", send, QueueUrl=url, MessageBody="x", MessageGroupId="a",
            DelaySeconds=1)
    sqs.delete_queue(QueueUrl=url)
    url = create("plain.fifo", FifoQueue="true")
    refused("no deduplication id", "InvalidParameterValue", send, QueueUrl=url, MessageBody="x", MessageGroupId="a")
    sqs.delete_queue(QueueUrl=url)


def test_dead_letters():
    dead = create("dead")
    arn = sqs.get_queue_attributes(QueueUrl=dead, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    url = create("alive", RedrivePolicy=json.dumps({"deadLetterTargetArn": arn, "maxReceiveCount": 2}))
    sqs.send_message(QueueUrl=url, MessageBody="nobody can read me")
    for _ in range(2):
        receive(url, VisibilityTimeout=0)
    check("after its receives it is gone", receive(url) == [])
    messages = receive(dead, WaitTimeSeconds=2, VisibilityTimeout=0)
    check("and a dead letter", bodies(messages) == ["nobody can read me"], messages)
    source = messages and messages[0]["Attributes"].get("DeadLetterQueueSourceArn")
    check("that knows where it is from", source == arn.replace("dead", "alive"), source)
    sources = sqs.list_dead_letter_source_queues(QueueUrl=dead)
    check("the sources are listed", sources.get("queueUrls") == [url], sources)
    status, reply = by_hand({"Action": "StartMessageMoveTask", "SourceArn": arn})
    check("a move task starts", status == 200 and "<TaskHandle>" in reply, reply)
    check("and brings it back", bodies(receive(url, WaitTimeSeconds=5)) == ["nobody can read me"])
    status, reply = by_hand({"Action": "ListMessageMoveTasks", "SourceArn": arn})
    check("the task is listed", status == 200 and "<Status>COMPLETED</Status>" in reply, reply)
    refused("dead letters to nowhere", "InvalidParameterValue", sqs.set_queue_attributes, QueueUrl=url,
            Attributes={"RedrivePolicy": json.dumps({"deadLetterTargetArn": arn + "-none", "maxReceiveCount": 2})})
    sqs.delete_queue(QueueUrl=url)
    sqs.delete_queue(QueueUrl=dead)


def test_purge():
    url = create("purge")
    for i in range(3):
        sqs.send_message(QueueUrl=url, MessageBody=str(i))
    sqs.purge_queue(QueueUrl=url)
    check("a purged queue is empty", receive(url) == [])
    refused("purging it again at once", "AWS.SimpleQueueService.PurgeQueueInProgress", sqs.purge_queue, QueueUrl=url)
    sqs.delete_queue(QueueUrl=url)


def test_permissions():
    url = create("permissions")
    sqs.add_permission(QueueUrl=url, Label="friends", AWSAccountIds=["111122223333"], Actions=["SendMessage"])
    attributes = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["Policy"]).get("Attributes", {})
    statement = json.loads(attributes.get("Policy", "{}")).get("Statement", [{}])[0]
    check("a permission is a statement of the policy", statement.get("Sid") == "friends" and
          "111122223333" in json.dumps(statement), attributes)
    sqs.remove_permission(QueueUrl=url, Label="friends")
    attributes = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["Policy"]).get("Attributes", {})
    check("and is taken out", "friends" not in attributes.get("Policy", ""), attributes)
    refused("a label nobody gave", "InvalidParameterValue", sqs.remove_permission, QueueUrl=url, Label="friends")
    sqs.delete_queue(QueueUrl=url)


def by_hand(parameters):
    """A query request, signed; its status and body."""
    parameters = {"Version": "2012-11-05", **parameters}
    request = botocore.awsrequest.AWSRequest("POST", URL + "/", data=urllib.parse.urlencode(parameters),
                                             headers={"Content-Type": "application/x-www-form-urlencoded"})
    credentials = botocore.credentials.Credentials("000000000000", "any")
    botocore.auth.SigV4Auth(credentials, "sqs", REGION).add_auth(request)
    return fetch(urllib.request.Request(URL + "/", request.data.encode(), dict(request.headers)))


def fetch(request):
    try:
        with urllib.request.urlopen(request, timeout=30) as reply:
            return reply.status, reply.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


def test_nonsense():
    status, reply = by_hand({"Action": "PlayMusic"})
    check("an action nobody knows is InvalidAction", status == 400 and "<Code>InvalidAction</Code>" in reply, reply)
    status, reply = by_hand({"Action": "GetQueueUrl"})
    check("a parameter that is missing is said", status == 400 and "<Code>MissingParameter</Code>" in reply, reply)
    check("an error has a request id", "<RequestId>" in reply, reply)


def presigned(url, key, secret, parameters):
    request = botocore.awsrequest.AWSRequest("GET", url + "/?" + urllib.parse.urlencode(parameters))
    credentials = botocore.credentials.Credentials(key, secret)
    botocore.auth.SigV4QueryAuth(credentials, "sqs", REGION, expires=60).add_auth(request)
    return request.url


def test_signatures():
    key, secret = os.environ["TUTTI_KEY"], os.environ["TUTTI_SECRET"]
    good = client(url=AUTH_URL, key=key, secret=secret)
    url = good.create_queue(QueueName=PREFIX + "signed")["QueueUrl"]
    check("the right secret opens", url.endswith(f"/{os.environ['TUTTI_ACCOUNT']}/{PREFIX}signed"), url)
    good.send_message(QueueUrl=url, MessageBody="signed \u00e4 & +%20")
    messages = good.receive_message(QueueUrl=url).get("Messages", [])
    check("signed bodies go through", bodies(messages) == ["signed \u00e4 & +%20"], messages)
    refused("a wrong secret", "SignatureDoesNotMatch", client(url=AUTH_URL, key=key, secret="wrong").list_queues)
    refused("an unknown key", "InvalidClientTokenId", client(url=AUTH_URL, key="AKIANOBODYKNOWSME", secret=secret).list_queues)
    status, reply = fetch(urllib.request.Request(AUTH_URL + "/?Action=ListQueues&Version=2012-11-05"))
    check("no signature is MissingAuthenticationToken", status == 403 and "MissingAuthenticationToken" in reply, reply)
    wanted = {"Action": "GetQueueUrl", "QueueName": PREFIX + "signed", "Version": "2012-11-05"}
    link = presigned(AUTH_URL, key, secret, wanted)
    status, reply = fetch(urllib.request.Request(link))
    check("a presigned link opens", status == 200 and f"<QueueUrl>{url}</QueueUrl>" in reply, reply)
    status, reply = fetch(urllib.request.Request(link.replace("signed", "sealed", 1)))
    check("not when it is changed", status == 403 and "SignatureDoesNotMatch" in reply, reply)
    status, reply = fetch(urllib.request.Request(presigned(AUTH_URL, key, "wrong", wanted)))
    check("nor with a wrong secret", status == 403 and "SignatureDoesNotMatch" in reply, reply)
    session = client("sts", url=AUTH_URL, key=key, secret=secret).get_session_token()["Credentials"]
    lent = client(url=AUTH_URL, key=session["AccessKeyId"], secret=session["SecretAccessKey"],
                  aws_session_token=session["SessionToken"])
    check("temporary credentials open", lent.get_queue_url(QueueName=PREFIX + "signed")["QueueUrl"] == url)
    good.delete_queue(QueueUrl=url)


def test_tls():
    secure = client(url=TLS_URL, verify=False)
    url = secure.create_queue(QueueName=PREFIX + "tls")["QueueUrl"]
    check("over TLS the URL says so", url.startswith("https://"), url)
    secure.send_message(QueueUrl=url, MessageBody="x" * 300_000)
    messages = secure.receive_message(QueueUrl=url).get("Messages", [])
    check("a large message goes through TLS", bodies(messages) == ["x" * 300_000])
    secure.delete_queue(QueueUrl=url)


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
