"""Two programs at one port; the kernel is told whom new connections go to."""

import os
import socket
import subprocess
import sys

import psutil
import pytest

from flavors.model_deployer.local import steering
from tests.model_servers import free_port

pytestmark = pytest.mark.skipif(
    sys.platform != "linux", reason="steering is a thing of Linux"
)


def _listener(port):
    made = socket.socket()
    made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    made.bind(("127.0.0.1", port))
    made.listen(256)
    made.settimeout(0.05)
    return made


def _as_listed(listener):
    return os.getpid(), listener.fileno()


def _accepted(port, listeners, n_clients=100):
    clients = [socket.create_connection(("127.0.0.1", port)) for _ in range(n_clients)]
    counts = []
    for listener in listeners:
        counts.append(0)
        while True:
            try:
                listener.accept()[0].close()
            except TimeoutError:
                break
            counts[-1] += 1
    for client in clients:
        client.close()
    return counts


@pytest.fixture
def port():
    return free_port()


@pytest.fixture
def three(port):
    """One old listener and two new ones."""
    made = [_listener(port) for _ in range(3)]
    yield made
    for one in made:
        one.close()


def test_new_connections_go_to_the_new_listeners_only(port, three):
    steering.steer(_as_listed(three[1]), first=1, n_listeners=2)

    old, *new = _accepted(port, three)

    assert old == 0
    assert all(count > 20 for count in new)


def test_once_the_old_one_is_gone_the_new_ones_get_all(port, three):
    steering.steer(_as_listed(three[1]), first=1, n_listeners=2)
    three[0].close()

    assert sum(_accepted(port, three[1:])) == 100


def test_steering_ends(port, three):
    steering.steer(_as_listed(three[1]), first=1, n_listeners=2)
    steering.steer_no_more(_as_listed(three[1]))

    assert all(count > 5 for count in _accepted(port, three))


def test_sockets_of_another_process_are_found_and_borrowed(port, three):
    with subprocess.Popen(
        [sys.executable, "-c", "input()"],
        stdin=subprocess.PIPE,
        pass_fds=[listener.fileno() for listener in three],
    ) as other:
        found = steering.listeners([psutil.Process(other.pid)], port)
        steering.steer(found[0], first=1, n_listeners=2)
        other.communicate(b"\n")

    assert [pid for pid, _ in found] == [other.pid] * 3
    assert _accepted(port, three)[0] == 0


def test_a_process_that_is_gone_lends_nothing(three):
    with pytest.raises(OSError):  # noqa: PT011 (whatever the system says)
        steering.steer((2**22 - 1, 3), first=1, n_listeners=1)


def test_a_connection_is_nobodys_until_it_is_accepted(port, three):
    with socket.create_connection(("127.0.0.1", port)) as client:
        ports = {client.getsockname()[1]}

        assert steering.holders([psutil.Process()], ports) == {}


def test_connections_are_told_apart_by_who_accepted_them(port, three):
    mine = [psutil.Process()]
    client = socket.create_connection(("127.0.0.1", port))
    (accepted,) = [one for listener in three for one in _taken(listener)]
    client_port = client.getsockname()[1]

    held = steering.holders(mine, {client_port, free_port()})

    assert held == {client_port: os.getpid()}
    assert steering.open_connections(mine, port) == 1
    assert steering.open_connections(mine, free_port()) == 0
    client.close()
    accepted.close()


def _taken(listener):
    try:
        return [listener.accept()[0]]
    except TimeoutError:
        return []
