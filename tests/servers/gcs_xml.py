"""Google Cloud Storage's XML requests, as object_store sends them, on an emulator that carries out conditions only for JSON
requests. Reads, lists and deletes pass through."""

import json
import threading
import urllib.parse
import uuid

uploads = {}
lock = threading.Lock()


def answer(emulator, method, target, headers, body):
    """Status, headers and body for one request; `emulator` takes the same arguments and answers JSON requests."""
    parts = urllib.parse.urlsplit(target)
    query = urllib.parse.parse_qs(parts.query, keep_blank_values=True)
    bucket, _, name = urllib.parse.unquote(parts.path).lstrip("/").partition("/")
    lower = {key.lower(): value for key, value in headers.items()}
    generation = lower.get("x-goog-if-generation-match")
    upload = query.get("uploadId", [None])[0]

    def write(content):
        return written(emulator, bucket, name, content, generation, lower.get("content-type"))

    if method == "POST" and "uploads" in query:
        return started()
    if method == "PUT" and upload:
        return kept(upload, int(query["partNumber"][0]), body)
    if method == "DELETE" and upload:
        with lock:
            uploads.pop(upload, None)
        return 204, {}, b""
    if method == "POST" and upload:
        with lock:
            pieces = uploads.pop(upload)
        status, headers, content = write(b"".join(pieces[number] for number in sorted(pieces)))
        if status == 200:
            content = f"<CompleteMultipartUploadResult><ETag>{headers['etag']}</ETag></CompleteMultipartUploadResult>".encode()
        return status, headers, content
    if method == "PUT":
        return write(body)
    answered = emulator(method, target, headers, body)
    if method == "DELETE" and answered.status == 200:
        # The emulator's body is left out: after a 204, the client would take it for the start of the next answer.
        return 204, {}, b""
    return answered.status, answered.headers, answered.body


def started():
    upload = uuid.uuid4().hex
    with lock:
        uploads[upload] = {}
    body = f"<InitiateMultipartUploadResult><UploadId>{upload}</UploadId></InitiateMultipartUploadResult>"
    return 200, {"content-type": "application/xml"}, body.encode()


def kept(upload, number, content):
    with lock:
        uploads[upload][number] = content
    return 200, {"etag": f'"part-{number}"'}, b""


def written(emulator, bucket, name, content, generation, content_type):
    boundary = uuid.uuid4().hex
    about = json.dumps({"name": name, "contentType": content_type or "application/octet-stream"})
    body = (
        f"--{boundary}\r\ncontent-type: application/json\r\n\r\n{about}\r\n"
        f"--{boundary}\r\ncontent-type: application/octet-stream\r\n\r\n"
    ).encode() + content + f"\r\n--{boundary}--".encode()
    condition = "" if generation is None else f"&ifGenerationMatch={generation}"
    target = f"/upload/storage/v1/b/{bucket}/o?uploadType=multipart{condition}"
    headers = {"content-type": f"multipart/related; boundary={boundary}", "content-length": str(len(body))}
    answered = emulator("POST", target, headers, body)
    if answered.status != 200:
        return answered.status, answered.headers, answered.body
    told = json.loads(answered.body)
    return 200, {"etag": '"' + told["etag"].strip('"') + '"', "x-goog-generation": told["generation"]}, b""
