"""Reads a model folder, trusts nothing in it, and scores with it.

Order of belief: the format version, the exact list of files, the hash of the very
bytes that are parsed, then golden rows scored anew. Imports numpy and ONNX Runtime
only, so that a server stays small.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from churn.errors import BundleError, SourceError
from churn.scoring.calibrator import calibrated
from churn.scoring.decision import Economics
from churn.scoring.description import (
    check_description,
    check_graph,
    check_profiles,
)
from churn.scoring.folder import read_files
from churn.scoring.golden import GOLDEN_TOLERANCE, Golden, read_golden
from churn.scoring.inputs import InputSchema
from churn.scoring.keys import SigningKey, TrustedKeys
from churn.scoring.manifest import (
    GOLDEN,
    GRAPH,
    PROFILES,
    SIGNATURE,
    identity,
    parse_json,
    read_manifest,
)
from churn.scoring.session import graph_session, run_graph
from churn.scoring.signature import check_signature, signature_file

Columns = Mapping[str, NDArray[Any]]
Floats = NDArray[np.float64]
Matrix = NDArray[np.float32]
PROBABILITY = ["probability"]
PROBABILITY_AND_MATRIX = ["probability", "matrix"]


@dataclass(frozen=True)
class Bundle:
    """A verified model. Made by ``load_bundle`` only.

    ``files`` holds the exact bytes of each file, ``manifest`` the parsed manifest,
    ``inputs`` makes columns of values. Scoring is safe from several threads.
    """

    manifest: dict[str, Any]
    files: Mapping[str, bytes]
    session: onnxruntime.InferenceSession

    @cached_property
    def inputs(self) -> InputSchema:
        """The features with what training saw of each."""
        return InputSchema.of(self.manifest)

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
    def median_customer_value_eur(self) -> float | None:
        """Stands in for a value nobody gave; None in bundles of format 1."""
        reference = self.manifest.get("customer_value")
        return None if reference is None else float(reference["median_eur"])

    @property
    def golden(self) -> Golden:
        """The rows whose scores prove a copy to be a true one."""
        return read_golden(self.files, self.inputs)

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

    def predict(self, columns: Columns) -> Floats:
        """As ``score``, without looking: for the columns that ``inputs`` made."""
        found: Floats = self.session.run(PROBABILITY, columns)[0]
        return found

    def score_and_matrix(self, columns: Columns) -> tuple[Floats, Matrix]:
        """As ``predict``, with what the learner saw, of one run."""
        probability, matrix = self.session.run(PROBABILITY_AND_MATRIX, columns)
        return probability, matrix

    def uncalibrated(self, columns: Columns) -> Floats:
        """The score before the calibrator, shape (n_rows,)."""
        return self._run("uncalibrated", columns)

    def matrix(self, columns: Columns) -> Matrix:
        """What the learner sees, shape (n_rows, n_columns)."""
        return self._run("matrix", columns)

    def calibrated(self, score: Floats) -> Floats:
        """The probability for scores as ``uncalibrated`` gives them."""
        calibration = self.manifest["calibration"]
        return calibrated(score, calibration["method"], calibration["parameters"])

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
    check_description(manifest)
    session = graph_session(files[GRAPH], threads=threads)
    check_graph(manifest, session)
    check_profiles(manifest, parse_json(PROFILES, files))
    bundle = Bundle(manifest, dict(files), session)
    _check_golden(bundle)
    return bundle


def signed(bundle: Bundle, key: SigningKey | None) -> Bundle:
    """The bundle with its signature among the files; as it is where there is no key."""
    if key is None:
        return bundle
    signature = signature_file(bundle.files, key)
    return replace(bundle, files={**bundle.files, SIGNATURE: signature})


def _check_golden(bundle: Bundle) -> None:
    golden = bundle.golden
    try:
        found, matrix = bundle.score_and_matrix(golden.columns)
    except Exception as error:  # ONNX Runtime's errors share no base of their own.
        first = str(error).partition("\n")[0]
        raise BundleError(f"{GOLDEN}: expected rows to score, found {first}") from error
    expected = (len(golden.rows), len(bundle.column_names))
    if matrix.shape != expected:
        raise BundleError(
            f"{GRAPH}: expected a matrix of shape {expected} for the golden rows, "
            f"found {matrix.shape}"
        )
    if not golden.agrees(found):
        raise BundleError(
            f"{GOLDEN}: expected the stored probabilities within {GOLDEN_TOLERANCE}, "
            "found others; this model does not answer here as it did when trained"
        )


def _tensor(feature: Mapping[str, Any], columns: Columns) -> NDArray[Any]:
    name = feature["name"]
    if name not in columns:
        raise SourceError(
            f"expected the feature {name!r}, found {', '.join(sorted(columns))}; "
            "build the rows with the data set of this model"
        )
    dtype = object if feature["kind"] == "category" else np.float32
    return np.asarray(columns[name], dtype=dtype)
