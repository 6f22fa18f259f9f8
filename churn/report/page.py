"""The one template of every HTML page: self-contained, no script, no network."""

from functools import cache

from jinja2 import Environment, PackageLoader, StrictUndefined, Template

from churn.report.blocks import Page


def render(page: Page) -> str:
    """Draw a page as one HTML document.

    Returns
    -------
    str
        HTML5 with its style inside; equal pages give equal text.
    """
    return _template().render(page=page)


@cache
def _template() -> Template:
    environment = Environment(
        loader=PackageLoader("churn.report", package_path="."),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    return environment.get_template("page.html.j2")
