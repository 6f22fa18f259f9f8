"""Whose connections are whose, when two programs listen at one port.

Both join the port (SO_REUSEPORT); the kernel spreads new connections over all of them.
Before the old program is asked to end, the kernel is told to choose only the new one:
otherwise connections that wait to be accepted would die with the old one's socket.
"""

import ctypes
import os
import socket
import struct
from collections.abc import Collection, Sequence

import psutil

# Of Linux, for all machines alike; Python's socket module lacks them.
SO_ATTACH_REUSEPORT_CBPF = 51
SO_DETACH_REUSEPORT_BPF = 68
PIDFD_GETFD = 438
# One instruction of the kernel's packet filter: operation, two jumps, operand.
INSTRUCTION = struct.Struct("HBBI")
RANDOM_NUMBER = 0xFFFFF000 + 56
LOAD, MODULO, ADD, RETURN_CHOICE = 0x20, 0x94, 0x04, 0x16


def listeners(processes: Sequence[psutil.Process], port: int) -> list[tuple[int, int]]:
    """The sockets of these processes that listen at the port: (pid, descriptor)."""
    return [
        (pid, found.fd)
        for pid, found in _connections(processes)
        if found.status == psutil.CONN_LISTEN and found.laddr.port == port
    ]


def holders(
    processes: Sequence[psutil.Process], client_ports: Collection[int]
) -> dict[int, int]:
    """Which of these processes holds the other end of which connection of ours.

    By the port of our end; what is not accepted yet, or by another, is absent.
    """
    return {
        found.raddr.port: pid
        for pid, found in _connections(processes)
        if found.raddr and found.raddr.port in client_ports
    }


def open_connections(processes: Sequence[psutil.Process], port: int) -> int:
    """How many clients these processes have at the port."""
    return sum(
        found.status == psutil.CONN_ESTABLISHED and found.laddr.port == port
        for _, found in _connections(processes)
    )


def steer(listener: tuple[int, int], *, first: int, n_listeners: int) -> None:
    """Let new connections go to these listeners of the port only.

    They count in the order in which they began to listen. Where one of them is gone
    by then, the kernel chooses among all again.

    Raises
    ------
    OSError
        If the system has no such thing, or does not allow it.
    """
    program = b"".join(
        (
            INSTRUCTION.pack(LOAD, 0, 0, RANDOM_NUMBER),
            INSTRUCTION.pack(MODULO, 0, 0, n_listeners),
            INSTRUCTION.pack(ADD, 0, 0, first),
            INSTRUCTION.pack(RETURN_CHOICE, 0, 0, 0),
        )
    )
    held = ctypes.create_string_buffer(program)
    length = len(program) // INSTRUCTION.size
    value = struct.pack("@HP", length, ctypes.addressof(held))
    with _borrowed(listener) as shared:
        shared.setsockopt(socket.SOL_SOCKET, SO_ATTACH_REUSEPORT_CBPF, value)


def steer_no_more(listener: tuple[int, int]) -> None:
    """Let the kernel choose among all listeners again.

    Raises
    ------
    OSError
    """
    with _borrowed(listener) as shared:
        shared.setsockopt(socket.SOL_SOCKET, SO_DETACH_REUSEPORT_BPF, 0)


def _connections(
    processes: Sequence[psutil.Process],
) -> list[tuple[int, psutil._ntuples.pconn]]:
    found = []
    for process in processes:
        try:
            held = process.net_connections(kind="tcp")
        except (psutil.NoSuchProcess, psutil.AccessDenied):
            continue
        found += [(process.pid, connection) for connection in held]
    return found


def _borrowed(listener: tuple[int, int]) -> socket.socket:
    """A second handle on another process' socket."""
    if not hasattr(os, "pidfd_open"):
        raise OSError("this system does not hand out sockets of other processes")
    pid, descriptor = listener
    process = os.pidfd_open(pid)
    try:
        call = ctypes.CDLL(None, use_errno=True).syscall
        taken = call(PIDFD_GETFD, process, descriptor, 0)
        if taken < 0:
            raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    finally:
        os.close(process)
    return socket.socket(fileno=taken)
