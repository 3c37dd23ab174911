"""A service that makes its own way in, as it did at Kong: with KONG_ADMIN_URL and nothing else that is new.

It makes a consumer and a credential, signs tokens, goes through the gateway with them, and takes all of it back.
"""

import base64
import json
import os
import secrets
import sys
import time
import urllib.error
import urllib.parse
import urllib.request

import jwt


def main(kind):
    kong = Kong(os.environ["KONG_ADMIN_URL"], kind)
    gateway = os.environ["GATEWAY_URL"]
    name = f"service-{kind}"
    secret = secrets.token_bytes(32)

    assert kong.ask("GET", "/")[0] == 200
    before = kong.done("GET", "/consumers", 200)["data"]
    assert name not in [consumer["username"] for consumer in before], before

    made = kong.done("POST", "/consumers", 201, {"username": name, "tags": ["service"]})
    again = kong.done("POST", "/consumers", 409, {"username": name})
    assert again["name"] == "unique constraint violation", again
    assert kong.done("GET", f"/consumers/{name}", 200) == made
    assert kong.done("GET", "/consumers?tags=service", 200)["data"] == [made]

    # As Kong's plugin takes it where secret_is_base64 is set.
    encoded = base64.b64encode(secret).decode()
    credential = kong.done("POST", f"/consumers/{name}/jwt", 201, {"key": f"{name}-key", "secret": encoded})
    assert credential["key"] == f"{name}-key" and credential["secret"] == encoded, credential
    assert credential["consumer"] == {"id": made["id"]}, credential
    assert credential["algorithm"] == "HS256", credential

    good = token(credential["key"], secret)
    assert visit(gateway, good) == 200
    assert visit(gateway, None) == 401
    assert visit(gateway, token(credential["key"], secrets.token_bytes(32))) == 401
    assert visit(gateway, token("another-key", secret)) == 401
    assert visit(gateway, token(credential["key"], secret, lifetime=-60)) == 401
    assert visit(gateway, token(credential["key"], secret, algorithm="HS512")) == 401

    kong.done("PATCH", f"/consumers/{name}/jwt/{credential['id']}", 200, {"algorithm": "HS512"})
    assert visit(gateway, good) == 401
    assert visit(gateway, token(credential["key"], secret, algorithm="HS512")) == 200

    kong.done("DELETE", f"/consumers/{name}/jwt/{credential['id']}", 204)
    assert visit(gateway, token(credential["key"], secret, algorithm="HS512")) == 401
    kong.done("DELETE", f"/consumers/{name}/jwt/{credential['id']}", 404)

    anew = kong.done("POST", f"/consumers/{name}/jwt", 201, {})
    assert visit(gateway, token(anew["key"], base64.b64decode(anew["secret"]))) == 200
    kong.done("DELETE", f"/consumers/{name}", 204)
    assert visit(gateway, token(anew["key"], base64.b64decode(anew["secret"]))) == 401
    assert kong.done("GET", "/consumers", 200)["data"] == before
    print("done")


class Kong:
    """The Admin API, asked as requests does it: what stands before the host is sent as a password."""

    def __init__(self, url, kind):
        parts = urllib.parse.urlsplit(url)
        self.base = f"{parts.scheme}://{parts.hostname}:{parts.port}"
        password = f"{parts.username}:{parts.password}".encode()
        self.headers = {"Authorization": "Basic " + base64.b64encode(password).decode()}
        self.kind = kind

    def ask(self, method, path, fields=None):
        headers, body = dict(self.headers), None
        if fields is not None and self.kind == "json":
            headers["Content-Type"] = "application/json"
            body = json.dumps(fields).encode()
        elif fields is not None:
            pairs = []
            for name, value in fields.items():
                several = isinstance(value, list)
                pairs += [(f"{name}[]", one) for one in value] if several else [(name, value)]
            body = urllib.parse.urlencode(pairs).encode()
        return send(urllib.request.Request(self.base + path, body, headers, method=method))

    def done(self, method, path, status, fields=None):
        found, body = self.ask(method, path, fields)
        assert found == status, (method, path, found, body)
        return json.loads(body) if body else None


def token(key, secret, lifetime=600, algorithm="HS256"):
    now = int(time.time())
    claims = {"iss": key, "nbf": now - 60, "exp": now + lifetime}
    return jwt.encode(claims, secret, algorithm=algorithm)


def visit(gateway, bearer):
    request = urllib.request.Request(gateway)
    if bearer is not None:
        request.add_header("Authorization", f"Bearer {bearer}")
    return send(request)[0]


def send(request):
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return answer.status, answer.read()
    except urllib.error.HTTPError as refused:
        return refused.code, refused.read()


main(sys.argv[1])
