"""Tables in CSV and Parquet files."""

import csv
import re
from pathlib import Path

import polars as pl

from churn.errors import SourceError
from churn.naming import suggestion
from storage.since import Since

SUFFIXES = (".csv", ".parquet")

# What a database's address without its scheme would put into an error.
CREDENTIALS = re.compile(r":[^@]*@")


class FileSource:
    """A file, or a folder of files named after their tables."""

    def __init__(self, location: str) -> None:
        self.description = location
        self._files = _files(Path(location))

    def tables(self) -> tuple[str, ...]:
        """Names of the files, without suffix."""
        return tuple(self._files)

    def columns(self, table: str) -> tuple[str, ...]:
        """Names in the header of a file."""
        file = self._file(table)
        if file.suffix == ".csv":
            _check_header(file)
        try:
            return tuple(_scan(file).collect_schema())
        except (pl.exceptions.PolarsError, OSError) as error:
            raise _unreadable(file, error) from None

    def read(self, table: str, since: Since | None = None) -> pl.DataFrame:
        """The rows of a file; of a CSV all values are text, an empty one is null."""
        file = self._file(table)
        try:
            rows = _scan(file)
            if since is not None:
                found = rows.collect_schema()[since.column]
                rows = rows.filter(since.keeps(found))
            return rows.collect()
        except pl.exceptions.ComputeError:
            # The reader's own message quotes the row, and with it a customer.
            raise SourceError(
                f"{file} cannot be read as csv: a row has other columns than the "
                "header, or a quote that is never closed; correct the file"
            ) from None
        except (pl.exceptions.PolarsError, OSError) as error:
            raise _unreadable(file, error) from None

    def _file(self, table: str) -> Path:
        if table not in self._files:
            hint = suggestion(table, self._files)
            raise SourceError(f"{self.description} has no table {table}; {hint}")
        return self._files[table]


def _files(path: Path) -> dict[str, Path]:
    """Files by table name, sorted."""
    if path.is_dir():
        return _in_folder(path)
    if not path.exists():
        raise SourceError(f"no file or folder {_shown(path)}; {beside(path)}")
    if path.suffix not in SUFFIXES:
        raise SourceError(
            f"{path} ends in {path.suffix or 'no suffix'}; a source is a file ending "
            f"in {' or '.join(SUFFIXES)}, a folder of such files or a database URL"
        )
    return {path.stem: path}


def beside(path: Path) -> str:
    """What there is instead of a file that is not there, for the end of an error."""
    folder = path.parent
    if not folder.is_dir():
        return f"there is no folder {_shown(folder)} either"
    names = [sibling.name for sibling in folder.iterdir()]
    return (
        f"in its folder {suggestion(path.name, names)}"
        if names
        else "its folder is empty"
    )


def _shown(path: Path) -> str:
    return CREDENTIALS.sub(":***@", str(path))


def _in_folder(folder: Path) -> dict[str, Path]:
    files: dict[str, Path] = {}
    for path in sorted(folder.iterdir()):
        if path.suffix not in SUFFIXES or not path.is_file():
            continue
        if path.stem in files:
            raise SourceError(
                f"{folder} holds table {path.stem} twice, as {files[path.stem].name} "
                f"and {path.name}; remove one"
            )
        files[path.stem] = path
    if not files:
        found = ", ".join(sorted(p.name for p in folder.iterdir())[:5]) or "nothing"
        raise SourceError(
            f"no file ending in {' or '.join(SUFFIXES)} in folder {folder}; "
            f"found {found}"
        )
    return files


def _scan(file: Path) -> pl.LazyFrame:
    if file.suffix == ".csv":
        return pl.scan_csv(file, infer_schema=False, glob=False)
    return pl.scan_parquet(file, glob=False)


def _check_header(file: Path) -> None:
    """Refuse a header that polars would silently mend."""
    with file.open(encoding="utf-8-sig", newline="") as lines:
        try:
            header = next(csv.reader(lines), [])
        except (UnicodeDecodeError, csv.Error) as error:
            raise _unreadable(file, error) from None
    twice = [name for name in header if header.count(name) > 1]
    if twice:
        raise SourceError(f"{file}: two columns are named {twice[0]!r}; rename one")


def _unreadable(file: Path, error: Exception) -> SourceError:
    reason = (str(error) or type(error).__name__).splitlines()[0]
    return SourceError(f"{file} cannot be read as {file.suffix[1:]}: {reason}")
