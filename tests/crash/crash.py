#!/usr/bin/python3
"""crash.py [--server PATH] [--rounds N] [--seed N] [--keep]: kills a server under load and checks its word.

A round starts the server on the directory of the round before, lets clients send, receive and delete
for a moment, and kills it with SIGKILL; now and then while it is still starting. What the clients were
told is kept in a ledger:

    message:  tried -> sent -> deleting -> deleted
              tried     the send was not answered: it may be there or not, for ever the same
              sent      answered: it has to be there until somebody tries to delete it
              deleting  the deletion was not answered: may be there or not
              deleted   answered: never to be seen again by a receive that begins later

While clients receive, and in the end when everything is drained, nothing may contradict the ledger: no
message nobody sent, none twice under two ids, none deleted, none out of its group's order, none lent to two
receivers at once in one life of the server. The seed chooses what clients do and when the kill comes; the
race between them is real, so a seed makes a failure likely again, not certain.
"""
import argparse
import collections
import http.client
import os
import random
import shutil
import subprocess
import sys
import tempfile
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
from server import ROOT, Refused, Server, Sqs, StartError, Tally  # noqa: E402

QUEUES = [("crash-a", False), ("crash-b", False), ("crash-c.fifo", True), ("crash-d.fifo", True)]
VISIBILITY_SECONDS = 3
GROUPS_PER_SENDER = 3
DRAIN_SECONDS_MAX = 120
BAD_MAX = 5  # of a kind, before the run is ended
GONE = (OSError, http.client.HTTPException)


class Message:
    __slots__ = ("body", "queue", "group", "number", "state", "id", "handle", "sent_at", "gone_at", "life", "lent_until")

    def __init__(self, body, queue, group, number):
        self.body, self.queue, self.group, self.number = body, queue, group, number
        self.state = "tried"
        self.id = self.handle = None
        self.sent_at = self.gone_at = self.life = None
        self.lent_until = 0.0


class Ledger:
    """What clients were told, and what contradicts it. One lock; clients spend their time in the server."""

    def __init__(self):
        self.lock = threading.Lock()
        self.messages = {}
        self.groups = collections.defaultdict(list)  # (queue, group): messages by number
        self.bad = collections.defaultdict(list)
        self.settled = collections.Counter()  # (queue, group): how many at its front are deleted
        self.life = 0
        self.counts = collections.Counter()

    def wrong(self, kind, text):
        self.bad[kind].append(text)

    def new(self, queue, group, number):
        message = Message(f"{queue}/{group}/{number}", queue, group, number)
        with self.lock:
            self.messages[message.body] = message
            self.groups[queue, group].append(message)
        return message

    def sent(self, message, id_):
        with self.lock:
            self.counts["sent"] += 1
            self.identify(message, id_)
            message.sent_at = time.monotonic()
            if message.state == "tried":
                message.state = "sent"

    def identify(self, message, id_):
        if message.id not in (None, id_):
            self.wrong("duplicates", f"{message.body} is {message.id} and {id_}")
        message.id = id_

    def deleting(self, messages):
        with self.lock:
            for message in messages:
                if message.state != "deleted":
                    message.state = "deleting"

    def deleted(self, message):
        with self.lock:
            self.counts["deleted"] += 1
            if message.state != "deleted":
                message.state, message.gone_at = "deleted", time.monotonic()

    def visible_again(self, message):
        with self.lock:
            message.lent_until = 0.0

    def received(self, queue, fifo, replies, begun):
        """Checks what one receive that began at `begun` brought; gives the messages."""
        now = time.monotonic()
        with self.lock:
            self.counts["received"] += len(replies)
            found = [self.received_one(queue, reply, begun, now) for reply in replies]
            found = [message for message in found if message]
            if fifo:
                self.check_order(queue, found, begun)
        return found

    def received_one(self, queue, reply, begun, now):
        message = self.messages.get(reply["Body"])
        if not message or message.queue != queue:
            self.wrong("unknown", f"{reply['Body']!r} in {queue}")
            return None
        self.identify(message, reply["MessageId"])
        if message.state == "deleted" and message.gone_at < begun:
            self.wrong("came back", f"{message.body}, deleted {begun - message.gone_at:.3f} s before")
        if message.life == self.life and now < message.lent_until:
            self.wrong("lent twice", f"{message.body}, lent for {message.lent_until - now:.3f} s more")
        message.life, message.handle = self.life, reply["ReceiptHandle"]
        message.lent_until = begun + VISIBILITY_SECONDS
        if message.state == "tried":
            message.state, message.sent_at = "sent", now
        return message

    def check_order(self, queue, found, begun):
        """A group's first message here is its first message; the others follow it."""
        by_group = collections.defaultdict(list)
        for message in found:
            by_group[message.group].append(message)
        for group, messages in by_group.items():
            numbers = [message.number for message in messages]
            if numbers != sorted(set(numbers)):
                self.wrong("order", f"{queue}/{group}: {numbers}")
            here = set(numbers)
            group_messages = self.groups[queue, group]
            for earlier in group_messages[self.settled[queue, group]:]:
                if earlier.number >= numbers[-1]:
                    break
                if earlier.state == "sent" and earlier.sent_at < begun and earlier.number not in here:
                    self.wrong("order", f"{queue}/{group}: {numbers} before {earlier.number}")
            self.settle(queue, group)

    def settle(self, queue, group):
        """Messages at the front of a group that were deleted need no more looking at."""
        messages, at = self.groups[queue, group], self.settled[queue, group]
        while at < len(messages) and messages[at].state == "deleted":
            at += 1
        self.settled[queue, group] = at

    def lost(self):
        with self.lock:
            return [message.body for message in self.messages.values() if message.state == "sent"]


class Client(threading.Thread):
    """One connection's traffic until the server is gone."""

    def __init__(self, ledger, server, seed):
        super().__init__(daemon=True)
        self.ledger, self.random = ledger, random.Random(seed)
        self.sqs = Sqs(server.host, server.port)
        self.failure = None

    def run(self):
        try:
            while True:
                self.turn()
        except GONE:
            pass
        except Refused as refused:
            self.failure = str(refused)
        finally:
            self.sqs.close()


class Sender(Client):
    def __init__(self, ledger, server, seed, name, queue, memory):
        super().__init__(ledger, server, seed)
        self.name, self.queue = name, queue
        self.numbers, self.unanswered = memory  # from life to life

    def compose(self):
        queue, fifo = self.queue
        group = f"{self.name}-{self.random.randrange(GROUPS_PER_SENDER)}"
        self.numbers[queue, group] += 1
        message = self.ledger.new(queue, group, self.numbers[queue, group])
        members = {"MessageBody": message.body}
        if fifo:
            members.update(MessageGroupId=group, MessageDeduplicationId=message.body)
        return message, members

    def send(self, url, message, members):
        self.unanswered[self.name] = message, members
        reply = self.sqs.call("SendMessage", QueueUrl=url, **members)
        self.ledger.sent(message, reply["MessageId"])
        del self.unanswered[self.name]

    def turn(self):
        url = self.sqs.url(self.queue[0])
        if self.queue[1] and self.name in self.unanswered:  # deduplicated, whether it came through or not
            self.send(url, *self.unanswered[self.name])
        if self.random.random() < 0.7:
            message, members = self.compose()
            self.send(url, message, members)
            if self.queue[1] and self.random.random() < 0.1:
                self.send(url, message, members)
            return
        batch = {str(i): self.compose() for i in range(self.random.randint(2, 10))}
        entries = [dict(members, Id=key) for key, (_, members) in batch.items()]
        reply = self.sqs.call("SendMessageBatch", QueueUrl=url, Entries=entries)
        for entry in reply.get("Successful", []):
            self.ledger.sent(batch[entry["Id"]][0], entry["MessageId"])
        if reply.get("Failed"):
            raise Refused(200, "Failed", reply["Failed"])


class Receiver(Client):
    def __init__(self, ledger, server, seed, queue):
        super().__init__(ledger, server, seed)
        self.queue = queue

    def turn(self):
        queue, fifo = self.queue
        url = self.sqs.url(queue)
        begun = time.monotonic()
        reply = self.sqs.call("ReceiveMessage", QueueUrl=url, MaxNumberOfMessages=self.random.randint(1, 10),
                              WaitTimeSeconds=self.random.choice([0, 0, 1]))
        messages = self.ledger.received(queue, fifo, reply.get("Messages", []), begun)
        if not messages:
            return
        choice = self.random.random()
        if choice < 0.5:
            self.delete_batch(url, messages)
        elif choice < 0.8:
            self.delete(url, messages[0])
        elif choice < 0.9:
            self.ledger.visible_again(messages[0])
            self.sqs.call("ChangeMessageVisibility", QueueUrl=url, ReceiptHandle=messages[0].handle, VisibilityTimeout=0)

    def delete(self, url, message):
        self.ledger.deleting([message])
        self.sqs.call("DeleteMessage", QueueUrl=url, ReceiptHandle=message.handle)
        self.ledger.deleted(message)

    def delete_batch(self, url, messages):
        self.ledger.deleting(messages)
        entries = [{"Id": str(i), "ReceiptHandle": message.handle} for i, message in enumerate(messages)]
        reply = self.sqs.call("DeleteMessageBatch", QueueUrl=url, Entries=entries)
        for entry in reply.get("Successful", []):
            self.ledger.deleted(messages[int(entry["Id"])])


class Run:
    def __init__(self, options):
        self.options = options
        self.random = random.Random(options.seed)
        self.ledger = Ledger()
        self.memory = collections.Counter(), {}
        self.directory = tempfile.mkdtemp(prefix="tutti-crash-")
        self.server = Server(options.server, os.path.join(self.directory, "data"))
        self.refusals = []
        self.kills_starting = 0

    def prepare(self):
        sqs = Sqs(self.server.host, self.server.port)
        for queue, fifo in QUEUES:
            attributes = {"VisibilityTimeout": str(VISIBILITY_SECONDS)}
            if fifo:
                attributes["FifoQueue"] = "true"
            sqs.call("CreateQueue", QueueName=queue, Attributes=attributes)
        sqs.close()

    def round(self, number):
        if number and self.random.random() < 0.2:
            self.server.spawn()
            time.sleep(self.random.random() * 0.1)
            self.server.kill()
            self.kills_starting += 1
        self.server.start()
        self.ledger.life += 1
        if number == 0:
            self.prepare()
        clients = []
        for index, queue in enumerate(QUEUES):
            clients.append(Sender(self.ledger, self.server, self.random.random(), f"s{index}", queue, self.memory))
            for _ in range(2):
                clients.append(Receiver(self.ledger, self.server, self.random.random(), queue))
        for client in clients:
            client.start()
        time.sleep(self.random.random() * 0.8)
        self.server.kill()
        for client in clients:
            client.join(30)
            if client.failure:
                self.refusals.append(client.failure)

    def drain(self):
        """Receives and deletes until every message that has to be there was, and nothing more comes."""
        sqs = Sqs(self.server.host, self.server.port)
        end = time.monotonic() + DRAIN_SECONDS_MAX
        quiet_since = time.monotonic()
        while time.monotonic() < end:
            got = 0
            for queue, fifo in QUEUES:
                got += self.drain_once(sqs, queue, fifo)
            now = time.monotonic()
            quiet_since = now if got else quiet_since
            if not got:
                time.sleep(0.1)
            if now - quiet_since > VISIBILITY_SECONDS + 2:
                break
        sqs.close()

    def drain_once(self, sqs, queue, fifo):
        begun = time.monotonic()
        reply = sqs.call("ReceiveMessage", QueueUrl=sqs.url(queue), MaxNumberOfMessages=10)
        messages = self.ledger.received(queue, fifo, reply.get("Messages", []), begun)
        if messages:
            self.ledger.deleting(messages)
            entries = [{"Id": str(i), "ReceiptHandle": message.handle} for i, message in enumerate(messages)]
            reply = sqs.call("DeleteMessageBatch", QueueUrl=sqs.url(queue), Entries=entries)
            for entry in reply.get("Successful", []):
                self.ledger.deleted(messages[int(entry["Id"])])
        return len(messages)

    def finish(self, tally):
        self.server.start()
        self.ledger.life += 1
        self.drain()
        lost = self.ledger.lost()
        self.server.kill()
        self.server.start()  # and once more: what was drained has to stay away
        self.ledger.life += 1
        self.drain()
        status = self.server.stop()
        ledger = self.ledger
        tally.check("every acknowledged message was there", not lost, f"{len(lost)} lost, {lost[:BAD_MAX]}")
        for kind, what in (("came back", "nothing that was deleted came back"),
                           ("unknown", "nothing came that nobody had sent"),
                           ("duplicates", "no message has two ids"),
                           ("lent twice", "no message was lent to two receivers at once"),
                           ("order", "every group kept its order")):
            tally.check(what, not ledger.bad[kind], f"{len(ledger.bad[kind])} times, {ledger.bad[kind][:BAD_MAX]}")
        tally.check("no request was refused", not self.refusals, self.refusals[:BAD_MAX])
        tally.check("SIGTERM ended it with 0", status == 0, status)
        verify = subprocess.run([self.options.server, "store", "verify", "--data", self.server.data], capture_output=True, text=True)
        tally.check("the store verifies", verify.returncode == 0, verify.stdout + verify.stderr)
        complaint = self.server.clean()
        tally.check("no sanitizer complained", complaint is None, complaint)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--server", default=os.path.join(ROOT, "build/tutti"))
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--seed", type=int, default=int(time.time()))
    parser.add_argument("--keep", action="store_true", help="leave the data directory where it is")
    options = parser.parse_args()
    tally = Tally("crash")
    run = Run(options)
    try:
        for number in range(options.rounds):
            run.round(number)
            if any(len(bad) >= BAD_MAX for bad in run.ledger.bad.values()):
                break
        tally.check(f"it started after each of {run.ledger.life} kills", True)
        run.finish(tally)
    except (StartError, Refused, *GONE) as error:
        status = run.server.process.poll()
        ended = "it is still running" if status is None else f"it ended with {status}: {run.server.log_text()[-2000:]}"
        tally.check("the server starts and answers", False, f"{type(error).__name__}: {error}; {ended}")
        if status is None:
            run.server.kill()
    counts = run.ledger.counts
    print(f"    {run.ledger.life} lives, {run.kills_starting} killed while starting; "
          f"{counts['sent']} sent, {counts['received']} received, {counts['deleted']} deleted")
    if tally.failed:
        print(f"    again: script/crash {options.rounds} {options.seed}")
    if options.keep or tally.failed:
        print(f"    its data is in {run.directory}")
    else:
        shutil.rmtree(run.directory, ignore_errors=True)
    return tally.close()


if __name__ == "__main__":
    sys.exit(main())
