"""Which data sets there are, found from this folder, and how one is loaded."""

import importlib
import re
from pathlib import Path

from churn.dataset import Dataset
from churn.errors import ConfigError, DeclarationError
from churn.features.check import check_dataset
from churn.naming import suggestion

FOLDER = Path(__file__).parent
DECLARES = re.compile(r"^DATASET\b", re.MULTILINE)


def registered(folder: Path = FOLDER) -> tuple[str, ...]:
    """Names of all data sets, sorted; found without importing any of them.

    A data set is a module, or a package's module ``definition``, that assigns
    ``DATASET``.
    """
    modules = {path.stem: path for path in folder.glob("*.py")}
    packages = {path.parent.name: path for path in folder.glob("*/definition.py")}
    return tuple(
        sorted(
            name
            for name, path in (modules | packages).items()
            if DECLARES.search(path.read_text(encoding="utf-8"))
        )
    )


def load(name: str) -> Dataset:
    """Import one data set and check that its declarations hold together.

    Raises
    ------
    ConfigError
        If there is no such data set.
    DeclarationError
        If the data set contradicts itself.
    """
    known = registered()
    if name not in known:
        raise ConfigError(f"no data set {name!r}; {suggestion(name, known)}")
    is_package = (FOLDER / name / "definition.py").exists()
    module = f"datasets.{name}.definition" if is_package else f"datasets.{name}"
    dataset: Dataset = importlib.import_module(module).DATASET
    if dataset.name != name:
        raise DeclarationError(
            f"{module}: the data set is named {dataset.name!r}; name it {name!r} like "
            "its module"
        )
    check_dataset(dataset)
    return dataset
