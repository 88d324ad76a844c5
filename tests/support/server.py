"""server.py -- what the tests that run a real server share: starting and ending it, and SQS by hand.

Only Python's standard library. A server's log goes to a file beside its data directory; clean() says
what a sanitizer wrote there.
"""
import atexit
import http.client
import json
import os
import re
import select
import signal
import subprocess
import tempfile
import time
import urllib.parse

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
START_SECONDS_MAX = 60
STOP_SECONDS_MAX = 60
REPLY_SECONDS_MAX = 60
KEY, SECRET, ACCOUNT = "AKIATUTTITESTS000001", "a/secret+with=signs", "123412341234"

_running = set()


@atexit.register
def _kill_all():
    for process in list(_running):
        process.kill()


class StartError(Exception):
    """The server ended before it listened; status and what it said."""

    def __init__(self, status, said):
        super().__init__(f"exit status {status}: {said.strip()[-2000:]}")
        self.status = status
        self.said = said


class Server:
    """`popen` goes to subprocess.Popen: env, cwd."""

    def __init__(self, binary, data, *options, listen="127.0.0.1:0", **popen):
        self.binary, self.data, self.options, self.listen, self.popen = binary, data, options, listen, popen
        self.log = data.rstrip("/") + ".log"
        self.process = self.url = self.host = self.port = None

    def spawn(self):
        command = [self.binary, "serve", "--listen", self.listen, "--data", self.data, *self.options]
        with open(self.log, "ab") as log:
            self.log_start = log.tell()
            self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=log,
                                            **self.popen)
        _running.add(self.process)

    def start(self):
        self.spawn()
        self.wait_until_listening()
        return self

    def wait_until_listening(self):
        end = time.monotonic() + START_SECONDS_MAX
        said = b""
        while b"\n" not in said:
            ready = select.select([self.process.stdout], [], [], max(0, end - time.monotonic()))[0]
            chunk = os.read(self.process.stdout.fileno(), 4096) if ready else b""
            if not chunk:
                if not ready:
                    self.process.kill()
                self._ended()
                raise StartError(self.process.returncode, self.log_text())
            said += chunk
        self.url = re.match(r"tutti listening on (https?://\S+)", said.decode()).group(1)
        parts = urllib.parse.urlsplit(self.url)
        self.host, self.port = parts.hostname, parts.port

    def log_text(self, since_start=True):
        with open(self.log, "rb") as log:
            log.seek(self.log_start if since_start else 0)
            return log.read().decode(errors="replace")

    def _ended(self):
        self.process.wait()
        self.process.stdout.close()
        _running.discard(self.process)
        return self.process.returncode

    def alive(self):
        return self.process is not None and self.process.poll() is None

    def kill(self):
        self.process.kill()
        return self._ended()

    def stop(self, by=signal.SIGTERM):
        """Asks it to end; its exit status, or None where it had to be killed."""
        self.process.send_signal(by)
        return self.wait()

    def wait(self):
        try:
            self.process.wait(STOP_SECONDS_MAX)
        except subprocess.TimeoutExpired:
            self.kill()
            return None
        return self._ended()

    def clean(self):
        """None, or what a sanitizer said in any life of this server."""
        text = self.log_text(since_start=False) if os.path.exists(self.log) else ""
        match = re.search(r"(==\d+==ERROR|WARNING: ThreadSanitizer|runtime error:|assert)[\s\S]{0,3000}", text)
        return match.group(0) if match else None


class Refused(Exception):
    """An error reply."""

    def __init__(self, status, code, message):
        super().__init__(f"{status} {code}: {message}")
        self.status, self.code = status, code


class Sqs:
    """One connection, JSON protocol, no retries: what is not answered raises OSError or HTTPException."""

    target = "AmazonSQS."

    def __init__(self, host, port, timeout=REPLY_SECONDS_MAX):
        self.connection = http.client.HTTPConnection(host, port, timeout=timeout)
        self.base = f"http://{host}:{port}"

    def call(self, operation, **members):
        headers = {"X-Amz-Target": self.target + operation, "Content-Type": "application/x-amz-json-1.0"}
        try:
            self.connection.request("POST", "/", json.dumps(members), headers)
            reply = self.connection.getresponse()
            body = reply.read()
        except (OSError, http.client.HTTPException):
            self.connection.close()
            raise
        if reply.status != 200:
            try:
                error = json.loads(body)
            except ValueError:
                error = {}
            code = str(error.get("__type", "")).split("#")[-1]
            raise Refused(reply.status, code, error.get("message") or error.get("Message") or body[:200])
        return json.loads(body) if body else {}

    def url(self, name):
        return f"{self.base}/000000000000/{name}"

    def close(self):
        self.connection.close()


class Tally:
    """Checks, counted; each says its name when it fails, and all say it with `loud`."""

    def __init__(self, name, loud=True):
        self.name, self.loud = name, loud
        self.passed = self.failed = self.skipped = 0

    def check(self, what, held, seen=""):
        if held:
            self.passed += 1
            if self.loud:
                print(what, flush=True)
        else:
            self.failed += 1
            print(f"  FAILED {what}" + (f": {seen}" if seen != "" else ""), flush=True)
        return held

    def skip(self, what, why):
        self.skipped += 1
        print(f"{what}: not run: {why}", flush=True)

    def close(self):
        skipped = f", {self.skipped} skipped" if self.skipped else ""
        print(f"{self.name}: {self.passed} passed, {self.failed} failed{skipped}", flush=True)
        return 1 if self.failed else 0


def write_credentials(directory):
    """A file with one key; the options that make a server want its signature."""
    path = os.path.join(directory, "credentials")
    with open(path, "w", encoding="ascii") as file:
        file.write(f"[tests]\naws_access_key_id = {KEY}\naws_secret_access_key = {SECRET}\naws_account_id = {ACCOUNT}\n")
    os.chmod(path, 0o600)
    return ["--auth", "sigv4", "--credentials", path]


def refused_start(tally, what, binary, data, *words, options=(), listen="127.0.0.1:0"):
    """Starting there has to fail with status 1 and a message with the words in it."""
    server = Server(binary, data, *options, listen=listen)
    descriptor, server.log = tempfile.mkstemp(prefix="tutti-refused-")
    os.close(descriptor)
    try:
        server.start()
        server.stop()
        tally.check(what, False, "it started")
    except StartError as error:
        fitting = error.status == 1 and all(word in error.said for word in words)
        tally.check(what, fitting and "Sanitizer" not in error.said, error)
    finally:
        os.remove(server.log)
