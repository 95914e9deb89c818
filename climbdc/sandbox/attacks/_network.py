"""Attacks on the network. Nothing is sent but to this machine: addresses 127.x, and sockets that are files."""

from __future__ import annotations

import socket

from climbdc.sandbox.attacks._attempt import Attempts, Inside

_MESSAGE = b"sent by an attack"
_OUTSIDE = ("203.0.113.10", 53)
"""An address kept for documentation (RFC 5737). A UDP connect to it sends nothing; it shows whether there is a way."""
_ODD = {
    "vsock": (40, socket.SOCK_STREAM, 0),
    "packet": (17, socket.SOCK_RAW, 0),
    "netlink": (16, socket.SOCK_RAW, 0),
    "raw": (2, socket.SOCK_RAW, 1),
    "crypto": (38, socket.SOCK_SEQPACKET, 0),
    "bluetooth": (31, socket.SOCK_RAW, 0),
    "qrtr": (42, socket.SOCK_DGRAM, 0),
}


def _connect(family: int, kind: int, address: tuple[str, int] | str) -> str:
    with socket.socket(family, kind) as sock:
        sock.settimeout(1)
        sock.connect(address)
        sock.sendall(_MESSAGE)
    return "sent"


def tcp_localhost(inside: Inside, attempts: Attempts) -> None:
    attempts.do("connect", lambda: _connect(socket.AF_INET, socket.SOCK_STREAM, inside.targets.tcp[0]))


def tcp_outside(inside: Inside, attempts: Attempts) -> None:
    attempts.do("connect elsewhere", lambda: _connect(socket.AF_INET, socket.SOCK_STREAM, inside.targets.tcp[1]))
    attempts.do("connect by IPv6", lambda: socket.socket(socket.AF_INET6, socket.SOCK_STREAM).close())


def _route() -> str:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.connect(_OUTSIDE)
    return "there is a way out"


def udp_outside_dns(inside: Inside, attempts: Attempts) -> None:
    attempts.do("find a way to a name server", _route)
    attempts.do("send a datagram", lambda: _connect(socket.AF_INET, socket.SOCK_DGRAM, inside.targets.udp))


def _pair(path: str) -> str:
    one, other = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
    with one, other:
        one.connect(path)
        one.send(_MESSAGE)
    return "sent"


def unix_sockets(inside: Inside, attempts: Attempts) -> None:
    for name in inside.targets.unix:
        address = name.replace("@", "\0", 1) if name.startswith("@") else name
        kind = "an abstract socket" if name.startswith("@") else "a socket file"
        attempts.do(f"connect to {kind}", _connect, socket.AF_UNIX, socket.SOCK_STREAM, address)
    path = inside.targets.datagrams
    attempts.do("send to a socket file", lambda: _connect(socket.AF_UNIX, socket.SOCK_DGRAM, path))
    attempts.do("turn a pair of sockets to it", lambda: _pair(path))
    attempts.do("turn its own socket to one", lambda: inside.channel.socket.dup().connect(inside.targets.unix[0]))


def _open(family: int, kind: int, protocol: int) -> None:
    socket.socket(family, kind, protocol).close()


def odd_sockets(inside: Inside, attempts: Attempts) -> None:
    for name, (family, kind, protocol) in _ODD.items():
        attempts.do(name, _open, family, kind, protocol)
