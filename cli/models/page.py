"""`models page`: the page of a model as a file."""

from pathlib import Path

from rich.text import Text

from churn.report.models import model_page
from cli.models.place import Place
from cli.models.speaking import say
from registry.page import model_report


def write_page(place: Place, out: Path | None, *, as_json: bool) -> None:
    """Write the page, whole or not at all; without a place below the stack's folder."""
    path = out or Path(place.stack.home) / "models" / f"{place.model}.html"
    page = model_page(model_report(place.model, place.dataset, place.events()))
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.draft")
    draft.write_text(page, encoding="utf-8")
    draft.replace(path)
    where = str(path.resolve())
    document = {"page": where, "bytes": len(page.encode())}
    say(document, Text(where), as_json=as_json)
