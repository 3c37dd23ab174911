"""A crowd at the daemon: python3 crowd.py PORT KIND CONNECTIONS. Says "there" once all are connected, and goes on until it
is ended. Whoever is cut off comes again."""

import json
import resource
import selectors
import socket
import sys

PORT, KIND, CONNECTIONS = int(sys.argv[1]), sys.argv[2], int(sys.argv[3])


def post(path, body):
    body = json.dumps(body)
    return (
        f"POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
        f"Content-Length: {len(body)}\r\n\r\n{body}"
    ).encode()


PATTERN = {
    "room": "a" * 100 + "b@conference.meet.example.com",
    "session": {
        "auth_token": True,
        "jitsi_meet_room": "^a*a*a*c$",
        "jitsi_meet_domain": "*",
        "jitsi_meet_auth_issuer": "meet_app",
        "jitsi_meet_context_room": {"regex": True},
    },
}
DENIED = post("/v1/verify", {"token": "e30.e30.e30", "room": "standup"})
EXPLAINED = post("/v1/explain", {"token": "e30." + "e30" * 4000 + ".e30", "room": "standup"})
SLOW = DENIED[:-1]
# What each sends, whether again after an answer, and whether it reads.
KINDS = {
    "busy": (DENIED, True, True),
    "explaining": (EXPLAINED, True, True),
    "patterns": (post("/v1/room", PATTERN), True, True),
    "slow": (SLOW, False, True),
    "idle": (b"", False, True),
    "unreading": (DENIED * 200, True, False),
    "coming and going": (DENIED, None, True),
}
MESSAGE, AGAIN, READS = KINDS[KIND]


def connect(selector):
    connection = socket.socket()
    connection.setblocking(False)
    try:
        connection.connect(("127.0.0.1", PORT))
    except BlockingIOError:
        pass
    selector.register(connection, selectors.EVENT_READ | selectors.EVENT_WRITE, bytearray(MESSAGE))


def attend(selector, key, events):
    connection, rest = key.fileobj, key.data
    if events & selectors.EVENT_WRITE:
        if rest:
            del rest[: connection.send(rest)]
        if not rest and AGAIN and not READS:
            rest += MESSAGE
        if not rest:
            selector.modify(connection, selectors.EVENT_READ, rest)
    if events & selectors.EVENT_READ and READS:
        if not connection.recv(65536):
            raise ConnectionError
        if AGAIN is None:
            raise ConnectionError
        if AGAIN and not rest:
            rest += MESSAGE
            selector.modify(connection, selectors.EVENT_READ | selectors.EVENT_WRITE, rest)


def main():
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    selector = selectors.DefaultSelector()
    for _ in range(CONNECTIONS):
        connect(selector)
    print("there", flush=True)
    while True:
        for key, events in selector.select():
            try:
                attend(selector, key, events)
            except BlockingIOError:
                pass
            except OSError:
                selector.unregister(key.fileobj)
                key.fileobj.close()
                connect(selector)


main()
