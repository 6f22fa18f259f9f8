"""Exchange the identity of a GitHub Actions job for what it may do.

    python .ci/identity.py unlock       # AWS role, then one secret, as variables
    python .ci/identity.py kubernetes   # a token, as kubectl asks its plugins for one

Nothing long-lived is kept with GitHub: the cloud and the cluster trust GitHub's OIDC
issuer, each for one repository and one environment. Another cloud than AWS: write
another `unlock`; nothing else knows it.
"""
# ruff: noqa: INP001 (a script, in a folder of scripts)

import json
import os
import re
import secrets
import sys
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import quote
from urllib.request import Request, urlopen

# The least that AWS gives; the secret is read at once.
LIFETIME_SECONDS = 900
TIMEOUT_SECONDS = 30
# What a stack's variables are called; PATH and the like are nobody's secret.
NAMES = re.compile(r"(AWS|HOLDFAST|MLFLOW|ZENML)_[A-Z0-9_]+")
NEEDED = ("HOLDFAST_ROLE", "HOLDFAST_SECRET", "AWS_REGION", "GITHUB_ENV")


class IdentityError(Exception):
    """What the job lacks, in one line."""


def token(audience: str, environ: Mapping[str, str]) -> str:
    """Ask GitHub for a token that says which job of which repository this is."""
    try:
        url = environ["ACTIONS_ID_TOKEN_REQUEST_URL"]
        bearer = environ["ACTIONS_ID_TOKEN_REQUEST_TOKEN"]
    except KeyError:
        raise IdentityError(
            "this job has no identity; give it `permissions: id-token: write`"
        ) from None
    # GitHub's own address, from its runner.
    asked = Request(  # noqa: S310
        f"{url}&audience={quote(audience, safe='')}",
        headers={"Authorization": f"bearer {bearer}"},
    )
    with urlopen(asked, timeout=TIMEOUT_SECONDS) as answer:  # noqa: S310
        return str(json.load(answer)["value"])


def kubernetes(environ: Mapping[str, str]) -> str:
    """Answer kubectl; it asks again when the token has ended."""
    value = token(environ.get("HOLDFAST_AUDIENCE", "kubernetes"), environ)
    version = "client.authentication.k8s.io/v1"
    return json.dumps(
        {"apiVersion": version, "kind": "ExecCredential", "status": {"token": value}}
    )


def unlock(environ: Mapping[str, str]) -> str:
    """Write the keys of a secret as variables of the job's next steps; mask each."""
    missing = [name for name in NEEDED if not environ.get(name)]
    if missing:
        raise IdentityError(
            f"not set: {', '.join(missing)}; they are variables of the environment, in "
            "the repository's settings"
        )
    found = _opened(environ)
    wrong = sorted(name for name in found if not NAMES.fullmatch(name))
    if wrong:
        raise IdentityError(
            f"{environ['HOLDFAST_SECRET']} holds {', '.join(wrong)}; expected names "
            "that begin with HOLDFAST_, ZENML_, MLFLOW_ or AWS_"
        )
    for value in found.values():
        for line in filter(None, value.splitlines()):
            print(f"::add-mask::{line}")  # noqa: T201
    with Path(environ["GITHUB_ENV"]).open("a", encoding="utf-8") as variables:
        for name, value in found.items():
            end = secrets.token_hex(16)
            variables.write(f"{name}<<{end}\n{value}\n{end}\n")
    return f"unlocked: {', '.join(found)}"


def _opened(environ: Mapping[str, str]) -> dict[str, str]:
    """The keys of the secret; the role's own, which may read it, stay here."""
    import boto3
    from botocore import UNSIGNED
    from botocore.config import Config
    from botocore.exceptions import BotoCoreError, ClientError

    region = environ["AWS_REGION"]
    proof = token("sts.amazonaws.com", environ)
    sts = boto3.client("sts", region, config=Config(signature_version=UNSIGNED))
    try:
        role = sts.assume_role_with_web_identity(
            RoleArn=environ["HOLDFAST_ROLE"],
            RoleSessionName=f"holdfast-{environ.get('GITHUB_RUN_ID', 'run')}",
            WebIdentityToken=proof,
            DurationSeconds=LIFETIME_SECONDS,
        )["Credentials"]
        vault = boto3.client(
            "secretsmanager",
            region,
            aws_access_key_id=role["AccessKeyId"],
            aws_secret_access_key=role["SecretAccessKey"],
            aws_session_token=role["SessionToken"],
        )
        secret = vault.get_secret_value(SecretId=environ["HOLDFAST_SECRET"])
    except (BotoCoreError, ClientError) as error:
        raise IdentityError(f"refused: {error}") from None
    return {k: str(v) for k, v in json.loads(secret["SecretString"]).items()}


ACTS = {"kubernetes": kubernetes, "unlock": unlock}


def main() -> None:
    """Do what was asked; what is missing is one line."""
    act = ACTS.get(sys.argv[1] if len(sys.argv) == 2 else "")  # noqa: PLR2004
    if act is None:
        sys.exit(f"error: expected one of {', '.join(ACTS)}")
    try:
        print(act(os.environ))  # noqa: T201
    except IdentityError as error:
        sys.exit(f"error: {error}")
    except OSError as error:
        sys.exit(f"error: GitHub's identity service: {error}")


if __name__ == "__main__":
    main()
