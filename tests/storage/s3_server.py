"""A real S3 server: OpenStack Swift with its S3 interface, in a folder of its own."""

import contextlib
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from urllib.request import Request, urlopen

import pytest

from tests.conftest import CHECKOUT
from tests.storage.servers import binary, free_port, own_folder, run, running

PROGRAMS = CHECKOUT / ".venv-swift" / "bin"
BUCKET = "holdfast"
ACCOUNT, KEEPER = "shop", "keeper"
PASSWORD = "not-a-secret"  # noqa: S105 (of a server that lives for one test)
STORES = ("account", "container", "object")
PROXY = {
    "catch_errors": "",
    "cache": "use = egg:swift#memcache\nmemcache_servers = 127.0.0.1:{memcached}",
    "listing_formats": "",
    "bulk": "",
    "s3api": "location = us-east-1\ns3_acl = false",
    "tempauth": f"user_{ACCOUNT}_{KEEPER} = {PASSWORD} .admin",
    "copy": "",
    "slo": "",
    "dlo": "",
    "symlink": "",
}


@contextlib.contextmanager
def s3_server() -> Iterator[dict[str, str]]:
    """Run one with an empty bucket; yields the variables by which it is reached."""
    if not (PROGRAMS / "swift-proxy-server").exists():
        pytest.skip("OpenStack Swift is absent: no .venv-swift")
    memcached = [binary("memcached"), "-l", "127.0.0.1", "-p"]
    ports = {name: free_port() for name in (*STORES, "memcached", "proxy")}
    with own_folder() as folder, ExitStack() as servers:
        configure(folder, ports)
        cache = [*memcached, str(ports["memcached"])]
        servers.enter_context(running(cache, ports["memcached"], folder))
        for name in (*STORES, "proxy"):
            command = [str(PROGRAMS / f"swift-{name}-server"), str(folder / name)]
            servers.enter_context(running(command, ports[name], folder))
        make_bucket(ports["proxy"])
        yield variables(ports["proxy"])


def configure(folder: Path, ports: dict[str, int]) -> None:
    """Write what the five processes read: one disk, one copy of each file."""
    (folder / "swift.conf").write_text(
        "[swift-hash]\nswift_hash_path_suffix = a\nswift_hash_path_prefix = b\n"
        "[storage-policy:0]\nname = one\ndefault = yes\n"
    )
    # Whoever makes the disk's folder is who may write to it.
    run(["mkdir", "-p", f"{folder}/disks/d1"])
    for name in STORES:
        ring, device = f"{folder}/{name}.builder", f"r1z1-127.0.0.1:{ports[name]}/d1"
        build = [str(PROGRAMS / "swift-ring-builder"), ring]
        run([*build, "create", "4", "1", "1"])
        run([*build, "add", device, "1"])
        run([*build, "rebalance"])
        stores = f"devices = {folder}/disks\nmount_check = false"
        write(folder / name, ports[name], stores, {f"{name}-server": ""})
    ours = "allow_account_management = true\naccount_autocreate = true"
    filters = {name: text.format(**ports) for name, text in PROXY.items()}
    write(folder / "proxy", ports["proxy"], "", {**filters, "proxy-server": ours})


def write(path: Path, port: int, options: str, parts: dict[str, str]) -> None:
    """One process's file: its filters in order, the last of which is the server."""
    *filters, server = parts
    head = f"bind_ip = 127.0.0.1\nbind_port = {port}\nworkers = 0\nuser = nobody"
    lines = ["[DEFAULT]", head, f"swift_dir = {path.parent}", options]
    lines += ["[pipeline:main]", f"pipeline = {' '.join(parts)}"]
    for name in filters:
        used = "" if "use = " in parts[name] else f"use = egg:swift#{name}"
        lines += [f"[filter:{name}]", used, parts[name]]
    kind = server.removesuffix("-server")
    lines += [f"[app:{server}]", f"use = egg:swift#{kind}", parts[server]]
    path.write_text("\n".join(lines) + "\n")


def make_bucket(port: int) -> None:
    """Make it as Swift's own interface does: S3 clients need none of it."""
    given = {"X-Auth-User": f"{ACCOUNT}:{KEEPER}", "X-Auth-Key": PASSWORD}
    entry = Request(f"http://127.0.0.1:{port}/auth/v1.0", headers=given)
    with urlopen(entry) as answer:
        address, token = (
            answer.headers[f"X-{x}"] for x in ("Storage-Url", "Auth-Token")
        )
    asked = Request(
        f"{address}/{BUCKET}", headers={"X-Auth-Token": token}, method="PUT"
    )
    urlopen(asked).close()


def variables(port: int) -> dict[str, str]:
    """How to reach it, by the variables that everybody reads."""
    return {
        "AWS_ACCESS_KEY_ID": f"{ACCOUNT}:{KEEPER}",
        "AWS_SECRET_ACCESS_KEY": PASSWORD,
        "AWS_REGION": "us-east-1",
        "AWS_ENDPOINT_URL": f"http://127.0.0.1:{port}",
        "AWS_ALLOW_HTTP": "true",
    }
