"""Prints a shared access signature for a whole account: azure_sas.py ACCOUNT KEY PERMISSIONS, such as `rl` for reading."""

import base64
import hashlib
import hmac
import sys
import urllib.parse

account, key, permissions = sys.argv[1:]
version, services, kinds, expiry = "2021-12-02", "b", "sco", "2099-01-01T00:00:00Z"
# Account, permissions, services, resource types, start, expiry, addresses, protocols, version, encryption scope.
fields = [account, permissions, services, kinds, "", expiry, "", "https,http", version, ""]
text = "".join(f"{field}\n" for field in fields)
signature = base64.b64encode(hmac.digest(base64.b64decode(key), text.encode(), hashlib.sha256)).decode()
query = {"sv": version, "ss": services, "srt": kinds, "sp": permissions, "se": expiry, "spr": "https,http", "sig": signature}
print(urllib.parse.urlencode(query))
