"""The address that the server listens on."""

import ipaddress
import socket
from contextlib import ExitStack

from crack_exp.system.errors import UserError

LOOPBACK_HOSTS = ["127.0.0.1", "localhost", "[::1]"]
"""What a browser on this machine may call the server."""


def open_port(host: str, port: int) -> socket.socket:
    """A socket that is bound to it. Raises UserError where that is not possible."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with ExitStack() as stack:
            # With its protocol named, asyncio sends small answers at once; else each would wait 40 ms for the client.
            opened = stack.enter_context(socket.socket(family, kind, protocol))
            opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            opened.bind(address)
            stack.pop_all()
    except OSError as error:
        raise UserError(
            f"host={host} port={port}: cannot be used ({error.strerror}); where another program has the port, "
            f"choose e.g. port={port + 1}"
        ) from error
    return opened


def is_loopback(host: str) -> bool:
    """Whether only programs of this machine reach the address."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
