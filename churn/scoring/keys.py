"""Ed25519 keys by reference: which file or variable holds one, never the key itself.

``cryptography`` is imported only where keys are used.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from churn.errors import ConfigError, HoldfastError

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import (
        Ed25519PrivateKey,
        Ed25519PublicKey,
    )

SIGNING_KEY = "HOLDFAST_SIGNING_KEY"
TRUSTED_KEYS = "HOLDFAST_TRUSTED_KEYS"
PRIVATE_FILE = "signing_key.pem"
PUBLIC_FILE = "signing_key.pub.pem"
FINGERPRINT_CHARACTERS = 16


class SignatureError(HoldfastError):
    """A signature is missing, wrong, or of a key that nobody trusts."""


@dataclass(frozen=True)
class SigningKey:
    """A private key, and the fingerprint by which others know it."""

    private: "Ed25519PrivateKey"
    fingerprint: str

    def sign(self, content: bytes) -> str:
        """The signature of these bytes: ``<fingerprint>:<hexadecimal>``."""
        return f"{self.fingerprint}:{self.private.sign(content).hex()}"


@dataclass(frozen=True)
class TrustedKeys:
    """Public keys by fingerprint."""

    keys: Mapping[str, "Ed25519PublicKey"]

    def check(self, signature: str, content: bytes) -> str:
        """Fingerprint of the key that signed these bytes.

        Raises
        ------
        SignatureError
            If there is no signature, it is a stranger's, or it does not fit.
        """
        from cryptography.exceptions import InvalidSignature

        if not signature:
            raise SignatureError(
                f"expected a signature, found none; sign with {SIGNING_KEY}"
            )
        fingerprint, _, text = signature.partition(":")
        key = self.keys.get(fingerprint)
        if key is None:
            raise SignatureError(
                f"expected a signature by one of {', '.join(sorted(self.keys))}, found "
                f"one by {fingerprint[:FINGERPRINT_CHARACTERS]!r}; add its public key "
                f"to {TRUSTED_KEYS} if you trust it"
            )
        try:
            key.verify(bytes.fromhex(text), content)
        except (InvalidSignature, ValueError):
            raise SignatureError(
                f"the signature by {fingerprint} does not fit what is signed: altered"
            ) from None
        return fingerprint

    def files(self) -> dict[str, str]:
        """The keys in PEM by file name, as a folder of trusted keys holds them."""
        from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

        kind = PublicFormat.SubjectPublicKeyInfo
        return {
            f"{name}.pub.pem": key.public_bytes(Encoding.PEM, kind).decode()
            for name, key in sorted(self.keys.items())
        }


def signing_key(variables: Mapping[str, str]) -> SigningKey | None:
    """The key that HOLDFAST_SIGNING_KEY refers to; None where it is not set.

    Parameters
    ----------
    variables : mapping
        Of the environment. The reference is ``file:/path`` or ``env:NAME``, where
        the text of a private key in PEM is found.

    Raises
    ------
    ConfigError
        Never quoting the key.
    """
    reference = variables.get(SIGNING_KEY)
    if not reference:
        return None
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    content = referred(reference, variables, setting=SIGNING_KEY)
    try:
        key = load_pem_private_key(content, password=None)
    except (ValueError, TypeError):
        key = None
    if not isinstance(key, Ed25519PrivateKey):
        raise ConfigError(
            f"{SIGNING_KEY}: expected a private Ed25519 key in PEM without a password, "
            f"found none in {reference}; `python run.py models keygen FOLDER` makes one"
        )
    return SigningKey(key, fingerprint_of(key.public_key()))


def trusted_keys(variables: Mapping[str, str]) -> TrustedKeys | None:
    """The public keys in the file or folder HOLDFAST_TRUSTED_KEYS; None if not set.

    A folder's keys are its ``*.pub.pem`` files.

    Raises
    ------
    ConfigError
        If a key cannot be read, or there is none: then nothing could be trusted.
    """
    place = variables.get(TRUSTED_KEYS)
    if not place:
        return None
    path = Path(place.removeprefix("file:"))
    files = sorted(path.glob("*.pub.pem")) if path.is_dir() else [path]
    if not files:
        raise ConfigError(f"{TRUSTED_KEYS}: expected *.pub.pem in {path}, found none")
    keys = [_public_key(file) for file in files]
    return TrustedKeys({fingerprint_of(key): key for key in keys})


def key_pair() -> tuple[bytes, bytes]:
    """A new private key and its public key, both in PEM."""
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    key = Ed25519PrivateKey.generate()
    private = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    public = key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return private, public


def fingerprint_of(key: "Ed25519PublicKey") -> str:
    """The first characters of the sha256 of the raw public key."""
    import hashlib

    sha256 = hashlib.sha256(key.public_bytes_raw()).hexdigest()
    return sha256[:FINGERPRINT_CHARACTERS]


def referred(reference: str, variables: Mapping[str, str], *, setting: str) -> bytes:
    """What a reference ``file:/path`` or ``env:NAME`` leads to.

    Parameters
    ----------
    setting : str
        Name of the variable that holds the reference, for the error.

    Raises
    ------
    ConfigError
        Never quoting what was found.
    """
    kind, _, name = reference.partition(":")
    if kind == "env" and name in variables:
        return variables[name].encode()
    if kind == "file":
        try:
            return Path(name).read_bytes()
        except OSError as error:
            reason = error.strerror
            raise ConfigError(f"{setting}: {name}: {reason}") from None
    if kind == "env":
        raise ConfigError(f"{setting}: the environment lacks {name}")
    # What stands there may be the key itself.
    raise ConfigError(f"{setting}: expected file:/path or env:NAME")


def _public_key(file: Path) -> "Ed25519PublicKey":
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
    from cryptography.hazmat.primitives.serialization import load_pem_public_key

    try:
        key = load_pem_public_key(file.read_bytes())
    except (OSError, ValueError):
        key = None
    if not isinstance(key, Ed25519PublicKey):
        raise ConfigError(
            f"{TRUSTED_KEYS}: expected a public Ed25519 key in PEM, found {file}"
        )
    return key
