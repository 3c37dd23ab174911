"""Connects to the daemon, has another user come with more connections than there are places, and asks on the first one:
only who owns the socket tells that from the crowd, which came later and asks as little."""

import socket
import subprocess
import urllib.request

CROWD = ["setpriv", "--reuid", "65534", "--clear-groups", "python3", "/srv/crowd.py", "5290", "idle", "1500"]

first = socket.create_connection(("127.0.0.1", 5290))
with subprocess.Popen(CROWD, stdout=subprocess.PIPE, text=True) as crowd:
    crowd.stdout.readline()
    # Whoever came before this one has been accepted once this is answered.
    urllib.request.urlopen("http://127.0.0.1:5290/healthz").read()
    first.sendall(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")
    print(first.recv(100).decode().split("\r\n")[0])
    crowd.kill()
