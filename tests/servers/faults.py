"""A server that misbehaves on request, in the Python standard library.

    faults.py PORT files FOLDER          serves the files of a folder
    faults.py PORT s3|azure|gcs PORT     passes requests on to the server at the second port of 127.0.0.1
    faults.py PORT gcs PORT plain        the same without faults

A request whose path or query contains `fault-NAME` meets that fault; all others are answered as they should be.

Listings are never cut or slow.

| fault | does |
|---|---|
| throttle | answers every request for the first time with 429 or 503 and Retry-After |
| cut | closes the connection after half of the body, the first time |
| cut-always | closes the connection after half of the body, always |
| short | answers with half of the body as if it were all |
| slow | sends the body in ten pieces with pauses, 2 seconds in all |
| late | the same in 40 seconds, and without a mark of the version, so that it cannot be resumed |
| no-range | ignores Range |
| no-etag | gives no mark of the version |
| redirect | redirects to the same address without the fault |
| redirect-loop | redirects to itself |
| far | answers after 50 milliseconds |
| expired | refuses the credentials as expired |
| expires | refuses the credentials as expired once a table was written |
| read-only | refuses to write and to delete |
| lost | carries out the first write of a log entry, then answers 503 |
"""

import email.utils
import hashlib
import http.client
import os
import re
import socket
import struct
import sys
import threading
import time
import urllib.parse
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import gcs_xml

WRITING = ("PUT", "POST", "DELETE")
NOT_PASSED_ON = ("connection", "transfer-encoding", "content-length", "date", "server")


class Answer:
    def __init__(self, status, headers=None, body=b""):
        self.status, self.headers, self.body = status, dict(headers or {}), body

    @classmethod
    def error(cls, status, code, headers=None):
        body = f"<?xml version='1.0'?><Error><Code>{code}</Code><Message>fault</Message></Error>".encode()
        return cls(status, {"content-type": "application/xml", **(headers or {})}, body)


class Files:
    """The files of a folder."""

    name = "files"

    def __init__(self, folder):
        self.folder = os.path.realpath(folder)

    def answer(self, method, target, headers, body):
        path = urllib.parse.unquote(urllib.parse.urlsplit(target).path)
        # The fault is part of the address, not of the file's name.
        path = os.path.realpath(self.folder + re.sub(r"/fault-[a-z-]+", "", path))
        if not path.startswith(self.folder) or method not in ("GET", "HEAD"):
            return Answer(405)
        if os.path.isdir(path):
            return Answer(200, {"content-type": "text/html"}, b"a folder\n")
        if not os.path.isfile(path):
            return Answer(404, {}, b"no such file\n")
        with open(path, "rb") as file:
            content = file.read()
        answer = Answer(200, {
            "etag": f'"{hashlib.md5(content).hexdigest()}"',
            "last-modified": email.utils.formatdate(int(os.path.getmtime(path)), usegmt=True),
            "accept-ranges": "bytes",
        }, content)
        if found := re.fullmatch(r"bytes=(\d+)-(\d*)", headers.get("range", "")):
            start, end = int(found[1]), min(int(found[2] or len(content)), len(content) - 1)
            if start > end:
                return Answer(416)
            answer.status, answer.body = 206, content[start : end + 1]
            answer.headers["content-range"] = f"bytes {start}-{end}/{len(content)}"
        return answer


class Server:
    """A server behind this one. The host's name is passed on, because signatures cover it."""

    def __init__(self, name, port):
        self.name, self.port = name, int(port)

    def answer(self, method, target, headers, body):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        passed_on = {key: value for key, value in headers.items() if key.lower() != "connection"}
        try:
            connection.putrequest(method, target, skip_host=True, skip_accept_encoding=True)
            for key, value in passed_on.items():
                connection.putheader(key, value)
            connection.endheaders(body or None)
            answered = connection.getresponse()
            answer = Answer(answered.status, {}, answered.read())
        finally:
            connection.close()
        for key, value in answered.getheaders():
            if key.lower() not in NOT_PASSED_ON:
                answer.headers[key] = value
        if method == "HEAD":
            answer.headers["content-length"] = answered.getheader("content-length", "0")
        return answer


class Google(Server):
    """The emulator, which knows the JSON requests, behind the XML requests that clients send."""

    def answer(self, method, target, headers, body):
        return Answer(*gcs_xml.answer(self.emulator, method, target, headers, body))

    def emulator(self, method, target, headers, body):
        # It knows itself by its own name only, and there are no signatures.
        headers = {key: value for key, value in headers.items() if key.lower() != "host"}
        return super().answer(method, target, {"host": f"127.0.0.1:{self.port}", **headers}, body)


class Memory:
    """What happened so far."""

    def __init__(self):
        self.lock, self.seen = threading.Lock(), set()

    def is_first(self, *key):
        with self.lock:
            is_first = key not in self.seen
            self.seen.add(key)
            return is_first

    def has_seen(self, *key):
        with self.lock:
            return key in self.seen


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    # Header and body in two packets would wait for an acknowledgement each.
    disable_nagle_algorithm = True
    origin, memory, has_faults = None, Memory(), True

    def log_message(self, *_):
        pass

    def handle_request(self):
        body = self.rfile.read(int(self.headers.get("content-length") or 0))
        # The keys of a request to delete many objects are in its body.
        text = urllib.parse.unquote(self.path) + (body.decode(errors="replace") if self.command == "POST" else "")
        found = re.search(r"([^/=&?<>]*/)fault-([a-z-]+)", text)
        fault = found[2] if found and self.has_faults else None
        if refused := self.refusal(fault, found and found[1], text):
            return self.send(refused)
        if fault == "far":
            time.sleep(0.05)
        headers = dict(self.headers.items())
        if fault == "no-range":
            headers = {key: value for key, value in headers.items() if key.lower() != "range"}
        answer = self.origin.answer(self.command, self.path, headers, body)
        if fault in ("no-etag", "late"):
            answer.headers = {key: value for key, value in answer.headers.items() if key.lower() != "etag"}
        self.send_with(fault, answer)

    do_GET = do_HEAD = do_PUT = do_POST = do_DELETE = handle_request

    def refusal(self, fault, folder, text):
        """The answer to a request that does not reach the origin."""
        writes = self.command in WRITING
        expired = Answer.error(400, "ExpiredToken") if self.origin.name == "s3" else Answer.error(401, "ExpiredToken")
        if fault == "throttle" and self.memory.is_first(self.command, self.path, self.headers.get("range")):
            status = 503 if len(self.path) % 2 else 429
            return Answer.error(status, "SlowDown", {"retry-after": "1"})
        if fault == "redirect":
            return Answer(302, {"location": self.path.replace("/fault-redirect", "")})
        if fault == "redirect-loop":
            return Answer(302, {"location": self.path})
        if fault == "expired":
            return expired
        if fault == "expires":
            if self.memory.has_seen("expires", folder):
                return expired
            if writes and ".parquet" in text:
                self.memory.is_first("expires", folder)
                return expired
        if fault == "read-only" and writes:
            return Answer.error(403, "AccessDenied")
        return None

    def send_with(self, fault, answer):
        is_list = "list-type=" in self.path or "comp=list" in self.path
        is_body = self.command == "GET" and answer.status in (200, 206) and not is_list
        half = answer.body[: len(answer.body) // 2]
        if fault == "lost" and self.command == "PUT" and "/log/" in self.path and self.memory.is_first("lost", self.path):
            return self.send(Answer.error(503, "InternalError"))
        if fault == "short" and is_body:
            answer.body = half
        if is_body and (fault == "cut-always" or fault == "cut" and self.memory.is_first("cut", self.path)):
            self.send_head(answer, len(answer.body))
            self.wfile.write(half)
            self.wfile.flush()
            return self.reset()
        if is_body and fault in ("slow", "late"):
            self.send_head(answer, len(answer.body))
            size = max(1, -(-len(answer.body) // 10))
            for start in range(0, len(answer.body), size):
                self.wfile.write(answer.body[start : start + size])
                self.wfile.flush()
                time.sleep(0.2 if fault == "slow" else 4)
            return None
        return self.send(answer)

    def send(self, answer):
        # These never have a body (RFC 9110, 15.3.5 and 15.4.5).
        if answer.status in (204, 304):
            answer.body = b""
        self.send_head(answer, len(answer.body))
        if self.command != "HEAD":
            self.wfile.write(answer.body)

    def send_head(self, answer, length):
        self.send_response(answer.status)
        headers = {key.lower(): value for key, value in answer.headers.items()}
        if answer.status in (204, 304):
            headers.pop("content-length", None)
        else:
            headers.setdefault("content-length", str(length))
        for key, value in headers.items():
            self.send_header(key, value)
        self.end_headers()

    def reset(self):
        """Closes the connection so that the client sees a reset."""
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.connection.close()
        self.close_connection = True


class Threads(ThreadingHTTPServer):
    request_queue_size = 256
    daemon_threads = True

    def handle_error(self, *_):
        """Clients that go away are not worth a word."""


if __name__ == "__main__":
    port, name, origin, *plain = sys.argv[1:]
    Handler.has_faults = not plain
    kinds = {"files": lambda: Files(origin), "gcs": lambda: Google(name, origin)}
    Handler.origin = kinds.get(name, lambda: Server(name, origin))()
    Threads(("127.0.0.1", int(port)), Handler).serve_forever()
