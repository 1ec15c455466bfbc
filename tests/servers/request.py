"""Sends one request: request.py METHOD URL [JSON]. Succeeds when the answer is good or says that the thing exists already."""

import sys
import urllib.error
import urllib.request

method, url, *body = sys.argv[1:]
headers = {"content-type": "application/json"} if body else {"content-length": "0"}
request = urllib.request.Request(url, body[0].encode() if body else None, headers, method=method)
try:
    urllib.request.urlopen(request, timeout=5).read()
except urllib.error.HTTPError as error:
    if error.code != 409:
        raise
