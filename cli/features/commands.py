"""`run.py features`: its subcommands and their options. Imports nothing heavy early."""

from pathlib import Path

import click

from cli.models.commands import DATASET, JSON, STACK
from cli.root import ROOT


@click.group()
def features() -> None:
    """Show what is declared, what is behind it, how good it is, who uses it."""


@features.command("list")
@DATASET
@JSON
def list_features(dataset: str, *, as_json: bool) -> None:
    """List the features of a data set: unit, meaning, definition."""
    from cli.features.showing import list_features

    list_features(dataset, as_json=as_json)


@features.command("show")
@click.argument("name")
@DATASET
@STACK
@JSON
def show_feature(name: str, dataset: str, stack: str, *, as_json: bool) -> None:
    """Show one feature: its query, raw columns, data quality, model versions."""
    from cli.features.showing import show_feature

    show_feature(ROOT, name, dataset, stack, as_json=as_json)


@features.command("export")
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
@DATASET
@STACK
def export_features(folder: Path, dataset: str, stack: str) -> None:
    """Write the feature table to FOLDER as a repository that Feast serves."""
    from cli.features.showing import export_features

    export_features(ROOT, folder, dataset, stack)
