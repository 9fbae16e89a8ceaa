"""A client of the sandbox cloud that shares no code with the adapter."""

import hashlib
import hmac
import json
from datetime import UTC, datetime, timedelta
from urllib.parse import quote, urlencode

import requests

KEY, SECRET = "test-key", "test-secret"
PARAMETERS = {
    "ClientToken": "token-1",
    "RegionId": "cn-east",
    "InstanceType": "s.small",
    "InstanceName": "web",
    "OwnerId": "C1",
    "Specification": {"vcpu": 2, "memory_gib": 4},
}


def ask(url, method, path, *, query=None, body=None, secret=SECRET, late=timedelta(), spoilt=None):
    spoilt = spoilt or {}
    content = json.dumps(body).encode() if body is not None else b""
    encoded = urlencode(sorted((query or {}).items()), quote_via=quote)
    date = (datetime.now(UTC) - late).strftime("%Y%m%dT%H%M%SZ")
    digest = hashlib.sha256(content).hexdigest()
    facts = ("SANDBOX-HMAC-SHA256", date, method, path, encoded, digest)
    signature = hmac.new(secret.encode(), "\n".join(facts).encode(), "sha256").hexdigest()
    return requests.request(
        method,
        f"{url}{spoilt.get('path', path)}?{spoilt.get('query', encoded)}",
        data=spoilt.get("body", content),
        headers={
            "Authorization": f"SANDBOX-HMAC-SHA256 Credential={KEY},Signature={signature}",
            "X-Sandbox-Date": date,
        },
        timeout=5,
    )


def run(url, **changes):
    return ask(url, "POST", "/v1/instances", body=PARAMETERS | changes)


def described(url, **query):
    return ask(url, "GET", "/v1/instances", query=query).json()["Instances"]
