"""One page that shows the OpenAPI document, and tries it; needs no network."""

import json
from collections.abc import Iterator, Mapping
from html import escape
from typing import Any

STYLE = """
:root { color-scheme: light dark }
body { font: 15px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto;
       padding: 0 1rem }
code, pre, textarea, input { font: 13px/1.4 ui-monospace, monospace }
pre { overflow-x: auto; padding: .6rem; border: 1px solid #8886; border-radius: 4px }
textarea { width: 100%; height: 14rem; box-sizing: border-box }
b { display: inline-block; min-width: 3rem }
summary { cursor: pointer; padding: .2rem 0 }
"""
SCRIPT = """
document.getElementById("ask").onclick = async () => {
  const headers = {"Content-Type": "application/json"};
  const key = document.getElementById("key").value;
  if (key) headers["X-API-Key"] = key;
  const body = document.getElementById("body").value;
  const reply = await fetch("predict?reasons=3", {method: "POST", headers, body});
  document.getElementById("reply").textContent =
    reply.status + "\\n" + JSON.stringify(await reply.json(), null, 1);
};
"""
RELOAD = '<meta http-equiv="refresh" content="3">'
PAGE = """<!doctype html>
<html lang="en"><meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>{title}</title><style>{style}</style>
{reload}<h1>{title}</h1>
<p>{summary} The same as data: <a href="openapi.json">openapi.json</a>.
<h2>Try</h2>
<p><label>API key <input id="key" type="password" autocomplete="off"></label>
<p><textarea id="body" aria-label="Body of POST /predict">{example}</textarea>
<p><button id="ask">POST /predict</button><pre id="reply"></pre>
<h2>Operations</h2>{operations}
<h2>Schemas</h2>{schemas}
<h2>Problems</h2>{problems}
<script>{script}</script></html>
"""


def docs_page(
    document: Mapping[str, Any],
    problems: Mapping[int, str],
    example: Mapping[str, Any] | None,
) -> str:
    """The page of an OpenAPI document; without an example it looks for one again."""
    return PAGE.format(
        reload="" if example else RELOAD,
        title=escape(document["info"]["title"]),
        summary=escape(document["info"]["summary"]),
        style=STYLE,
        script=SCRIPT,
        example=escape(_pretty(example or {})),
        operations="".join(_operations(document)),
        schemas="".join(_schemas(document)),
        problems="".join(
            f'<p id="problem-{status}"><b>{status}</b> {escape(title)}'
            for status, title in problems.items()
        ),
    )


def _operations(document: Mapping[str, Any]) -> Iterator[str]:
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            told = {k: v for k, v in operation.items() if k != "summary"}
            yield (
                f"<details><summary><b>{method.upper()}</b> "
                f"<code>{escape(path)}</code> {escape(operation['summary'])}</summary>"
                f"<pre>{escape(_pretty(told))}</pre></details>"
            )


def _schemas(document: Mapping[str, Any]) -> Iterator[str]:
    for name, schema in document["components"]["schemas"].items():
        yield (
            f"<details><summary><code>{escape(name)}</code></summary>"
            f"<pre>{escape(_pretty(schema))}</pre></details>"
        )


def _pretty(value: Any) -> str:
    return json.dumps(value, indent=1, ensure_ascii=False)
