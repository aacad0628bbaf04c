#!/usr/bin/env python3
"""Plays the operator with nothing but the original's wire format.

It knows the channel `agent_channel`, the list `chat_history` and the JSON object
{"sender", "content", "timestamp"}; it speaks Redis' own protocol over a socket. The request comes on
standard input, the address in REDIS_URL. Exit code 0 when Architect_Zero's [DONE] was heard and the history
holds the request.
"""

import json
import os
import socket
import sys
import time
from urllib.parse import urlparse


class Redis:
    def __init__(self, url: str) -> None:
        address = urlparse(url)
        self.socket = socket.create_connection((address.hostname, address.port or 6379))
        self.file = self.socket.makefile("rb")
        if address.password:
            self.call("AUTH", address.username or "default", address.password)

    def send(self, *words: str) -> None:
        parts = [word.encode() for word in words]
        body = b"".join(b"$%d\r\n%s\r\n" % (len(part), part) for part in parts)
        self.socket.sendall(b"*%d\r\n%s" % (len(parts), body))

    def read(self):
        line = self.file.readline().rstrip(b"\r\n")
        kind, rest = line[:1], line[1:]
        if kind == b"$":
            return None if rest == b"-1" else self.file.read(int(rest) + 2)[:-2].decode()
        if kind == b"*":
            return [self.read() for _ in range(int(rest))]
        if kind == b"-":
            raise RuntimeError(rest.decode())
        return rest.decode()

    def call(self, *words: str):
        self.send(*words)
        return self.read()


def main() -> int:
    url, request = os.environ["REDIS_URL"], sys.stdin.read().rstrip("\n")
    listener, speaker = Redis(url), Redis(url)
    listener.call("SUBSCRIBE", "agent_channel")
    # a program that only publishes is heard by those who listen: the four agents
    while speaker.call("PUBSUB", "NUMSUB", "agent_channel")[1] in "01234":
        time.sleep(0.05)
    spoken = {"sender": "User", "content": request, "timestamp": time.strftime("%Y-%m-%dT%H:%M:%S")}
    speaker.call("PUBLISH", "agent_channel", json.dumps(spoken))
    while True:
        message = json.loads(listener.read()[2])
        print(f"{message['sender']}: {message['content'][:100]!r}", file=sys.stderr)
        if message["sender"] == "Architect_Zero" and "[DONE]" in message["content"].split("\n"):
            break
    history = [json.loads(entry) for entry in speaker.call("LRANGE", "chat_history", "0", "-1")]
    return 0 if any(entry["sender"] == "User" and entry["content"] == request for entry in history) else 1


if __name__ == "__main__":
    sys.exit(main())
