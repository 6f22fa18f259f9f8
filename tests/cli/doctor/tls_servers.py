"""Servers on loopback that show a certificate made for the test, or answer oddly."""

import contextlib
import ipaddress
import socket
import ssl
import threading
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

TODAY = datetime.now(UTC)


class Authority:
    """Signs certificates; its own is written into a folder as `ca.pem`."""

    def __init__(self, folder):
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Test CA")])
        made = self._begun(self._name, self._key, days=(-1000, 1000)).add_extension(
            x509.BasicConstraints(ca=True, path_length=None), critical=True
        )
        self.path = folder / "ca.pem"
        self.path.write_bytes(pem(made.sign(self._key, hashes.SHA256())))
        self._folder = folder

    def certificate(self, *, days=(-10, 300), names=("127.0.0.1",), called="server"):
        """Paths of a certificate for names and of its key, valid on these days."""
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, called)])
        made = self._begun(subject, key, days=days).add_extension(
            x509.SubjectAlternativeName([named(name) for name in names]), critical=False
        )
        paths = self._folder / f"{called}.pem", self._folder / f"{called}.key"
        paths[0].write_bytes(pem(made.sign(self._key, hashes.SHA256())))
        paths[1].write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption(),
            )
        )
        paths[1].chmod(0o600)
        return tuple(map(str, paths))

    def _begun(self, subject, key, *, days):
        first, last = (TODAY + timedelta(days=n) for n in days)
        return (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self._name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(first)
            .not_valid_after(last)
        )


def pem(certificate):
    return certificate.public_bytes(serialization.Encoding.PEM)


def named(name):
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)


@contextlib.contextmanager
def web_server(answers, *, certificate=None, headers=None):
    """Answer paths with (status, body); yields the URL."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler(answers, headers or {}))
    if certificate is not None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*certificate)
        server.socket = context.wrap_socket(server.socket, server_side=True)
    server.handle_error = lambda *_: None
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    scheme = "http" if certificate is None else "https"
    try:
        yield f"{scheme}://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()


def handler(answers, headers):
    class Handler(BaseHTTPRequestHandler):
        def answer(self):
            length = int(self.headers.get("Content-Length") or 0)
            self.rfile.read(length)
            status, body = answers.get(self.path.partition("?")[0], (404, "no"))
            self.send_response_only(status)
            given = {"Date": self.date_time_string(), **headers}
            for name, value in {**given, "Content-Length": len(body)}.items():
                self.send_header(name, str(value))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(body.encode())

        do_GET = do_POST = do_HEAD = answer  # noqa: N815 (names of http.server)

        def log_message(self, *_):
            pass

    return Handler


@contextlib.contextmanager
def silent_server():
    """Take connections and never say a word; yields the port."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen(8)
        yield listening.getsockname()[1]


def dead_port():
    """A port on which nobody listens."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]
