"""A bundle's signature: one more file beside those the manifest lists.

It signs the bytes of the manifest, which hold the hash of every other file, and is no
part of the bundle's identity: signing changes no model.
"""

import json
from collections.abc import Mapping

from churn.errors import BundleError
from churn.scoring.keys import SignatureError, SigningKey, TrustedKeys
from churn.scoring.manifest import MANIFEST, SIGNATURE, parse_json


def signature_file(files: Mapping[str, bytes], key: SigningKey) -> bytes:
    """The content of ``signature.json`` for a bundle's files."""
    return (json.dumps({"signature": key.sign(files[MANIFEST])}) + "\n").encode()


def check_signature(files: Mapping[str, bytes], trusted: TrustedKeys) -> str:
    """Fingerprint of the trusted key that signed the bundle.

    Raises
    ------
    BundleError
        If the bundle is unsigned or incomplete, was altered since, or a stranger
        signed it.
    """
    for name in (SIGNATURE, MANIFEST):
        if name not in files:
            raise BundleError(
                f"expected a signed bundle, found no {name}; sign it, or restore it"
            )
    signature = parse_json(SIGNATURE, files).get("signature")
    try:
        return trusted.check(str(signature or ""), files[MANIFEST])
    except SignatureError as error:
        raise BundleError(f"{SIGNATURE}: {error}") from None


def signed_by(files: Mapping[str, bytes], trusted: TrustedKeys | None) -> str | None:
    """Fingerprint of the trusted key that signed the bundle; None if none did."""
    if trusted is None:
        return None
    try:
        return check_signature(files, trusted)
    except BundleError:
        return None
