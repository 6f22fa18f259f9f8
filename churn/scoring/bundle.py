"""Reads a model folder, trusts nothing in it, and scores with it.

Order of belief: the format version, the exact list of files, the hash of the very
bytes that are parsed, then golden rows scored anew. Imports numpy and ONNX Runtime
only, so that a server stays small.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from churn.errors import BundleError, SourceError
from churn.scoring.decision import Economics
from churn.scoring.folder import read_files
from churn.scoring.keys import SigningKey, TrustedKeys
from churn.scoring.manifest import (
    GOLDEN,
    GRAPH,
    MANIFEST,
    SIGNATURE,
    identity,
    parse_json,
    read_manifest,
)
from churn.scoring.session import graph_session, run_graph
from churn.scoring.signature import check_signature, signature_file

GOLDEN_TOLERANCE = 1e-6
Columns = Mapping[str, NDArray[Any]]
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Bundle:
    """A verified model. Made by ``load_bundle`` only.

    ``files`` holds the exact bytes of each file, ``manifest`` the parsed manifest.
    Scoring is safe from several threads.
    """

    manifest: dict[str, Any]
    files: Mapping[str, bytes]
    session: onnxruntime.InferenceSession

    @property
    def kind(self) -> str:
        """The kind of model, for example ``xgboost``."""
        return str(self.manifest["model"]["kind"])

    @property
    def feature_names(self) -> tuple[str, ...]:
        """The raw features in the order of the graph."""
        return tuple(feature["name"] for feature in self.manifest["features"])

    @property
    def column_names(self) -> tuple[str, ...]:
        """The columns of the model matrix."""
        return tuple(column["name"] for column in self.manifest["columns"])

    @property
    def economics(self) -> Economics:
        """What the decision rests on."""
        return Economics(**self.manifest["economics"])

    @property
    def bundle_sha256(self) -> str:
        """Identity of the model: equal for equal trainings, named fields aside."""
        return identity(self.manifest)

    def score(self, columns: Columns) -> Floats:
        """Calibrated probability of churn, shape (n_rows,).

        Parameters
        ----------
        columns : mapping of feature name to ndarray of shape (n_rows,)
            Numbers with NaN for missing; str objects with ``""`` for missing. More
            columns than the model's are allowed.

        Raises
        ------
        SourceError
            If a feature is absent.
        """
        return self._run("probability", columns)

    def uncalibrated(self, columns: Columns) -> Floats:
        """The score before the calibrator, shape (n_rows,)."""
        return self._run("uncalibrated", columns)

    def matrix(self, columns: Columns) -> NDArray[np.float32]:
        """What the learner sees, shape (n_rows, n_columns)."""
        return self._run("matrix", columns)

    def _run(self, output: str, columns: Columns) -> NDArray[Any]:
        inputs = {f["name"]: _tensor(f, columns) for f in self.manifest["features"]}
        return run_graph(self.session, output, inputs)


def open_bundle(
    folder: Path, *, threads: int = 1, trusted: TrustedKeys | None = None
) -> Bundle:
    """Read and verify a bundle folder.

    Raises
    ------
    BundleError
    """
    return load_bundle(read_files(folder), threads=threads, trusted=trusted)


def load_bundle(
    files: Mapping[str, bytes],
    *,
    threads: int = 1,
    trusted: TrustedKeys | None = None,
) -> Bundle:
    """Verify the files of a bundle and make it ready to score.

    Parameters
    ----------
    files : mapping of file name to content
    threads : int
        Of ONNX Runtime within one call; more than one may change the last bits.
    trusted : TrustedKeys or None
        Where given, one of these keys must have signed the bundle.

    Raises
    ------
    BundleError
        If the signature is demanded and absent, wrong or a stranger's, the format is
        newer, a file is missing, added or altered, or the golden rows do not score
        as they did.
    """
    if trusted is not None:
        check_signature(files, trusted)
    manifest = read_manifest(files)
    session = graph_session(files[GRAPH], threads=threads)
    bundle = Bundle(manifest, dict(files), session)
    _check_description(bundle)
    _check_golden(bundle)
    return bundle


def signed(bundle: Bundle, key: SigningKey | None) -> Bundle:
    """The bundle with its signature among the files; as it is where there is no key."""
    if key is None:
        return bundle
    signature = signature_file(bundle.files, key)
    return replace(bundle, files={**bundle.files, SIGNATURE: signature})


def _check_description(bundle: Bundle) -> None:
    expected = {node.name for node in bundle.session.get_inputs()}
    try:
        names = bundle.feature_names
        _ = bundle.kind, bundle.column_names, bundle.economics, bundle.bundle_sha256
        _ = [feature["kind"] for feature in bundle.manifest["features"]]
    except (KeyError, TypeError, AttributeError) as error:
        raise BundleError(
            f"{MANIFEST}: expected a complete manifest, found a gap: {error}"
        ) from error
    if set(names) != expected:
        raise BundleError(
            f"{MANIFEST}: expected the graph's inputs {sorted(expected)}, found the "
            f"features {sorted(names)}"
        )


def _check_golden(bundle: Bundle) -> None:
    golden = parse_json(GOLDEN, bundle.files)
    try:
        features = bundle.manifest["features"]
        columns = {f["name"]: _golden_column(f, golden) for f in features}
        expected = np.array(golden["probability"], dtype=np.float64)
        found = bundle.score(columns)
    except (KeyError, TypeError, ValueError, SourceError) as error:
        raise BundleError(f"{GOLDEN}: expected rows to score, found {error}") from error
    same_length = len(expected) == len(found) > 0
    if not same_length or not np.abs(expected - found).max() <= GOLDEN_TOLERANCE:
        raise BundleError(
            f"{GOLDEN}: expected the stored probabilities within {GOLDEN_TOLERANCE}, "
            "found others; this model does not answer here as it did when trained"
        )


def _golden_column(feature: Mapping[str, Any], golden: Any) -> NDArray[Any]:
    values = golden["columns"][feature["name"]]
    if feature["kind"] == "category":
        return np.array(["" if v is None else str(v) for v in values], dtype=object)
    return np.array([np.nan if v is None else v for v in values], dtype=np.float32)


def _tensor(feature: Mapping[str, Any], columns: Columns) -> NDArray[Any]:
    name = feature["name"]
    if name not in columns:
        raise SourceError(
            f"expected the feature {name!r}, found {', '.join(sorted(columns))}; "
            "build the rows with the data set of this model"
        )
    dtype = object if feature["kind"] == "category" else np.float32
    return np.asarray(columns[name], dtype=dtype)
