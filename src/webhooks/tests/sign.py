"""Signs what it reads, as the forges' documentation says: sign.py KIND SECRET [ID TIMESTAMP]."""

import base64
import hashlib
import hmac
import sys

kind, secret, *more = sys.argv[1:]
body = sys.stdin.buffer.read()
if kind == "github":
    print("sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest())
elif kind == "gitea":
    print(hmac.new(secret.encode(), body, hashlib.sha256).hexdigest())
elif kind == "standard":
    key = base64.b64decode(secret.removeprefix("whsec_"))
    signed = f"{more[0]}.{more[1]}.".encode() + body
    print("v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode())
