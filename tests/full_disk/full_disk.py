#!/usr/bin/python3
"""full_disk.py [--server PATH]: what the server does where it cannot write.

The full disk and the read-only file system are small tmpfs mounts, which takes root; where mounting is
not possible those tests are not run, and say so.
"""
import argparse
import contextlib
import os
import shutil
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
from server import ROOT, Refused, Server, Sqs, StartError, Tally, refused_start  # noqa: E402

DISK_BYTES = 64 << 20
WRITES_BACK_SECONDS_MAX = 30
BODY = "x" * 60_000


@contextlib.contextmanager
def small_disk(where):
    """A tmpfs at `where`; gives why there is none, or None."""
    os.makedirs(where)
    mount = ["mount", "-t", "tmpfs", "-o", f"size={DISK_BYTES}", "tmpfs", where]
    done = subprocess.run(mount, capture_output=True, text=True) if os.geteuid() == 0 else None
    if not done or done.returncode:
        yield done.stderr.strip() if done else "mounting needs root"
        return
    try:
        yield None
    finally:
        subprocess.run(["umount", "-l", where], check=False)


def fill(path):
    """Takes all that is left of the disk."""
    with open(path, "wb", buffering=0) as file:
        for size in (1 << 20, 4096, 1):
            with contextlib.suppress(OSError):
                while file.write(b"\0" * size) == size:
                    pass


def send(sqs, queue, body):
    return sqs.call("SendMessage", QueueUrl=sqs.url(queue), MessageBody=body)["MessageId"]


def fill_by_sending(sqs, sent):
    """Sends until a send is refused; the refusal."""
    for number in range(DISK_BYTES // len(BODY) * 4):
        body = f"{number} {BODY}"
        try:
            sent[send(sqs, "full", body)] = body
        except Refused as refused:
            return refused
    return None


def drain(sqs, queue):
    found = {}
    while True:
        reply = sqs.call("ReceiveMessage", QueueUrl=sqs.url(queue), MaxNumberOfMessages=10, VisibilityTimeout=600)
        messages = reply.get("Messages", [])
        if not messages:
            return found
        found.update((message["MessageId"], message["Body"]) for message in messages)


def send_until_accepted(sqs, body):
    end = time.monotonic() + WRITES_BACK_SECONDS_MAX
    while True:
        try:
            return send(sqs, "full", body)
        except Refused as refused:
            if time.monotonic() > end:
                return f"refused: {refused}"
            time.sleep(0.2)


def test_full_disk(tally, binary, directory):
    disk = os.path.join(directory, "disk")
    with small_disk(disk) as why:
        if why:
            tally.skip("a full disk", why)
            return
        server = Server(binary, os.path.join(disk, "data"))
        server.log = os.path.join(directory, "full.log")
        server.start()
        sqs = Sqs(server.host, server.port)
        sqs.call("CreateQueue", QueueName="full")
        sent = {send(sqs, "full", "the first"): "the first"}
        fill_most = os.path.join(disk, "ballast")
        with open(fill_most, "wb") as file:
            file.write(b"\0" * (DISK_BYTES // 4))
        refused = fill_by_sending(sqs, sent)
        tally.check("a send to a full disk is refused, with 5xx and a reason",
                    refused and refused.status >= 500 and refused.args[0], refused)
        fill(os.path.join(disk, "rest"))
        with contextlib.suppress(Refused):  # where room was set aside it may be accepted, and is then kept
            sent[send(sqs, "full", "into the full disk")] = "into the full disk"
        check_reads(tally, sqs)
        tally.check("the server lives on", server.alive())
        os.remove(fill_most)
        os.remove(os.path.join(disk, "rest"))
        accepted = send_until_accepted(sqs, "after")
        if tally.check("writes come back when there is room", not accepted.startswith("refused"), accepted):
            sent[accepted] = "after"
        found = drain(sqs, "full")
        missing = set(sent) - set(found)
        tally.check("nothing acknowledged is missing", not missing, f"{len(missing)} of {len(sent)}")
        sqs.close()
        server.kill()
        server.start()
        sqs = Sqs(server.host, server.port)
        count = sqs.call("GetQueueAttributes", QueueUrl=sqs.url("full"), AttributeNames=["All"])["Attributes"]
        there = int(count["ApproximateNumberOfMessages"]) + int(count["ApproximateNumberOfMessagesNotVisible"])
        tally.check("nor after a kill and a restart", there >= len(sent), f"{there} of {len(sent)}")
        sqs.close()
        tally.check("it ends with 0", server.stop() == 0)
        tally.check("no sanitizer complained", server.clean() is None, server.clean())


def check_reads(tally, sqs):
    try:
        attributes = sqs.call("GetQueueAttributes", QueueUrl=sqs.url("full"), AttributeNames=["All"])["Attributes"]
        tally.check("reads go on: GetQueueAttributes", int(attributes["ApproximateNumberOfMessages"]) > 0, attributes)
        queues = sqs.call("ListQueues")["QueueUrls"]
        tally.check("reads go on: ListQueues", len(queues) == 1, queues)
    except Refused as refused:
        tally.check("reads go on", False, refused)


def test_read_only(tally, binary, directory):
    disk = os.path.join(directory, "read-only")
    with small_disk(disk) as why:
        if why:
            tally.skip("a read-only file system", why)
            return
        subprocess.run(["mount", "-o", "remount,ro", disk], check=True)
        refused_start(tally, "a read-only file system is refused, by name", binary, disk + "/data", disk)


def test_places(tally, binary, directory):
    file = os.path.join(directory, "a-file")
    with open(file, "w", encoding="ascii") as out:
        out.write("not a directory")
    refused_start(tally, "a file for a directory is refused, by name", binary, file, file)
    refused_start(tally, "a directory under a file is refused, by name", binary, file + "/data", file)
    if os.geteuid() == 0 and not shutil.which("setpriv"):
        tally.skip("an unwritable directory", "root may write anywhere, and there is no setpriv")
        return
    closed = os.path.join(directory, "closed")
    os.makedirs(closed, mode=0o555)
    os.chmod(directory, 0o755)
    command = [binary, "serve", "--listen", "127.0.0.1:0", "--data", closed]
    if os.geteuid() == 0:
        reachable = shutil.copy(binary, os.path.join(directory, "tutti"))
        command = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", reachable, *command[1:]]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    tally.check("an unwritable directory is refused, by name", done.returncode == 1 and closed in done.stderr,
                f"{done.returncode} {done.stderr}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--server", default=os.path.join(ROOT, "build/asan/tutti"))
    binary = parser.parse_args().server
    tally = Tally("full_disk")
    directory = tempfile.mkdtemp(prefix="tutti-full-disk-")
    try:
        for test in (test_places, test_read_only, test_full_disk):
            try:
                test(tally, binary, directory)
            except (StartError, Refused, OSError) as error:
                tally.check(test.__name__, False, f"{type(error).__name__}: {error}")
    finally:
        shutil.rmtree(directory, ignore_errors=True)
    return tally.close()


if __name__ == "__main__":
    sys.exit(main())
