"""A job's identity, exchanged with servers that answer as GitHub's and AWS's do."""

import json
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs

import pytest

from tests.conftest import CHECKOUT

SCRIPT = CHECKOUT / ".ci" / "identity.py"
TOKEN = "who.this.is"  # noqa: S105
KEYS = {"ZENML_STORE_API_KEY": "first\nsecond", "HOLDFAST_CRM_PASSWORD": "a = b"}
ROLE = """<AssumeRoleWithWebIdentityResponse
 xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleWithWebIdentityResult>
<Credentials><AccessKeyId>ID</AccessKeyId><SecretAccessKey>KEY</SecretAccessKey>
<SessionToken>SESSION</SessionToken><Expiration>2030-01-01T00:00:00Z</Expiration>
</Credentials></AssumeRoleWithWebIdentityResult></AssumeRoleWithWebIdentityResponse>"""


class Handler(BaseHTTPRequestHandler):
    """Keeps what it was asked."""

    def do_GET(self):
        self.server.asked.append((self.path, self.headers["Authorization"]))
        self.reply(json.dumps({"value": TOKEN}))

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        target = self.headers.get("X-Amz-Target", "sts")
        self.server.asked.append((target, body))
        if target == "sts":
            self.reply(ROLE)
        else:
            self.reply(json.dumps({"SecretString": json.dumps(self.server.keys)}))

    def reply(self, text):
        self.send_response(200)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text.encode())

    def log_message(self, *_):
        pass


@pytest.fixture
def server():
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.asked, server.keys = [], KEYS
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def job(server, tmp_path):
    address = f"http://127.0.0.1:{server.server_port}"
    return {
        "ACTIONS_ID_TOKEN_REQUEST_TOKEN": "of-the-job",
        "ACTIONS_ID_TOKEN_REQUEST_URL": f"{address}/token?api=1",
        "AWS_ENDPOINT_URL": address,
        "AWS_REGION": "eu-central-1",
        "GITHUB_ENV": str(tmp_path / "env"),
        "GITHUB_RUN_ID": "42",
        "HOLDFAST_ROLE": "arn:aws:iam::123456789012:role/staging",
        "HOLDFAST_SECRET": "holdfast/staging",
        "NO_PROXY": "127.0.0.1",
    }


def run(act, environ):
    words = [sys.executable, str(SCRIPT), act]
    return subprocess.run(
        words, env=environ, capture_output=True, text=True, check=False
    )


def variables(path):
    """What the runner reads: NAME<<END, lines, END."""
    lines, found = path.read_text().splitlines(), {}
    while lines:
        name, end = lines.pop(0).split("<<")
        at = lines.index(end)
        found[name], lines = "\n".join(lines[:at]), lines[at + 1 :]
    return found


@pytest.mark.server
def test_the_keys_of_the_secret_become_variables_and_are_masked(server, tmp_path):
    pytest.importorskip("boto3")

    done = run("unlock", job(server, tmp_path))

    assert done.returncode == 0, done.stderr
    assert variables(tmp_path / "env") == KEYS
    masked = [
        line for line in done.stdout.splitlines() if line.startswith("::add-mask")
    ]
    assert masked == [f"::add-mask::{text}" for text in ("first", "second", "a = b")]
    (_, bearer), (_, asked), (target, secret) = server.asked
    assert bearer == "bearer of-the-job"
    assert parse_qs(asked)["WebIdentityToken"] == [TOKEN]
    assert parse_qs(asked)["RoleSessionName"] == ["holdfast-42"]
    assert target == "secretsmanager.GetSecretValue"
    assert json.loads(secret) == {"SecretId": "holdfast/staging"}


@pytest.mark.server
def test_a_name_that_would_change_the_runner_is_refused_before_any_is_written(
    server, tmp_path
):
    pytest.importorskip("boto3")
    server.keys = {**KEYS, "LD_PRELOAD": "x.so"}

    done = run("unlock", job(server, tmp_path))

    assert done.returncode == 1
    assert done.stderr.startswith("error: holdfast/staging holds LD_PRELOAD; expected")
    assert not (tmp_path / "env").exists()
    assert "first" not in done.stdout


def test_kubectl_gets_a_token_for_the_cluster(server, tmp_path):
    done = run("kubernetes", job(server, tmp_path))

    told = json.loads(done.stdout)
    assert told["kind"] == "ExecCredential"
    assert told["status"] == {"token": TOKEN}
    assert server.asked[0][0] == "/token?api=1&audience=kubernetes"


@pytest.mark.parametrize(
    ("act", "missing", "told"),
    [
        (
            "unlock",
            "HOLDFAST_ROLE",
            "error: not set: HOLDFAST_ROLE; they are variables",
        ),
        (
            "kubernetes",
            "ACTIONS_ID_TOKEN_REQUEST_URL",
            "`permissions: id-token: write`",
        ),
    ],
)
def test_what_is_missing_is_one_line(act, missing, told, server, tmp_path):
    environ = job(server, tmp_path)
    del environ[missing]

    done = run(act, environ)

    assert done.returncode == 1
    assert told in done.stderr
    assert len(done.stderr.splitlines()) == 1
