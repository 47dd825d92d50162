# SPDX-FileCopyrightText: the Martlet authors
# SPDX-License-Identifier: Apache-2.0

"""A small client of the line protocol: enough to fill a broker with something to look at."""

import socket


class Refused(Exception):
    """The broker answered `ERR`."""


class Line:
    """One connection."""

    def __init__(self, port, client="seed"):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=60)
        self.stream = self.socket.makefile("rb")
        self.deliveries = []
        self.ask(f"HELLO 1 client={client} heartbeat=3600")

    def send(self, command, data=None):
        """Sends a command without waiting for its reply."""
        self.socket.sendall(self.bytes(command, data))

    @staticmethod
    def bytes(command, data=None):
        """The bytes of a command."""
        return command.encode() + b"\r\n" + (b"" if data is None else data + b"\r\n")

    def ask(self, command, data=None):
        """Sends a command and answers its reply: a line, or the data of one."""
        self.send(command, data)
        return self.reply()

    def reply(self):
        """The next reply; what is pushed before it is kept or answered."""
        while True:
            line = self.line()
            word = line.split(" ", 1)[0]
            if word == "MSG":
                self.take(line)
            elif word == "PING":
                self.send("PONG")
            elif word in ("LOST", "GONE", "BYE"):
                continue
            elif word == "ERR":
                raise Refused(line)
            elif word == "DATA":
                return self.data(int(line.split(" ")[1]))
            else:
                return line

    def delivery(self):
        """The next message that is delivered."""
        while not self.deliveries:
            line = self.line()
            if line.startswith("MSG "):
                self.take(line)
        return self.deliveries.pop(0)

    def take(self, line):
        fields = line.split(" ")
        data = self.data(int(fields[5]) + next((int(f[4:]) for f in fields[6:] if f.startswith("hdr=")), 0))
        self.deliveries.append({"tag": int(fields[2]), "offset": int(fields[3]), "data": data})

    def line(self):
        line = self.stream.readline()
        if not line:
            raise ConnectionError("the broker closed the connection")
        return line.decode().rstrip("\r\n")

    def data(self, length):
        data = self.stream.read(length)
        self.stream.readline()
        return data

    def publish(self, topic, body, headers="", **options):
        """Publishes a message."""
        body = body if isinstance(body, bytes) else body.encode()
        head = headers.encode()
        if head:
            options["hdr"] = len(head)
        words = "".join(f" {name}={value}" for name, value in options.items())
        return self.ask(f"PUB {topic} {len(body)}{words}", head + body)

    def publish_all(self, topic, bodies, batch=500, **options):
        """Publishes many messages without waiting for each; an option may be a function of the index."""
        index = 0
        for start in range(0, len(bodies), batch):
            part = bodies[start:start + batch]
            out = b""
            for body in part:
                words = "".join(f" {n}={v(index) if callable(v) else v}" for n, v in options.items())
                out += self.bytes(f"PUB {topic} {len(body)}{words}", body)
                index += 1
            self.socket.sendall(out)
            for _ in part:
                self.reply()

    def close(self):
        """Leaves in good order."""
        try:
            self.ask("BYE")
        except (ConnectionError, Refused):
            pass
        self.socket.close()
