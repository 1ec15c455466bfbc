"""Prints as many free ports of 127.0.0.1 as asked for. They lie below those that connections take by themselves."""

import random
import socket
import sys


def is_free(port):
    with socket.socket() as probe:
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


candidates = random.sample(range(20_000, 32_000), 1_000)
print(*[port for port in candidates if is_free(port)][: int(sys.argv[1])])
