"""The page ``docs/api.md``, printed from the docstrings of what `import cge` offers; run to renew it."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import cge
from cge.policies import instruments

PAGE = Path(__file__).resolve().parents[2] / "docs" / "api.md"
THEMES = {
    "Baselines and runs": ("baseline", "Base", "run"),
    "Results": ("Results", "load_results"),
    "Study files": ("load_study", "Study"),
    "Instruments": ("cap", *sorted(instruments()), "Instrument"),
    "The language": (
        "Theory", "total", "Input", "unit_cost", "demand", "drop_market", "Blocks", "Flow", "Nest", "Tax", "System",
        "Solution", "Closure", "compare", "beside", "path_integral", "PathIntegral", "read_matrix",
    ),
    "Errors": ("CGEError",),
}
HEAD = """# The way in from Python

```python
import cge

base = cge.baseline("cn30", parameters={"frisch": -2.0})       # calibrated, baseline solved
cap = base.solve(cge.cap("uniform", final_share=0.10))         # only the policy is solved
cap["gdp_change_pct"].sel(year=2060)                           # labelled, with unit and meaning
cap.sel("PQ", region="新疆", sector="oil", change=True)         # by code or name, against the baseline
cap.explain("PQ", region="XJ", sector="oil")                   # why
cap.figure("regions", lang="zh")                               # shows in a notebook
cap.export("prices.xlsx", "PQ", "QA", region=["XJ", "GS"])     # .csv, .xlsx, .nc, .parquet
cap.save("results/mine")                                       # as `cge run` saves, read by `cge explain --run`
cge.run("mine.toml", "results/mine_2").workbook("brief.xlsx")  # a study file, as `cge run mine.toml`
```

`import cge` takes milliseconds: each name is loaded when it is first used. Faults are refused before anything is
solved, all at once, with the messages and codes of the command line; a notebook shows the message alone, in Chinese
with `CGE_LANG=zh`. Names of variables: `results.names`, `docs/symbols.md`. A worked question in ten cells:
`experiments/own_question/question.ipynb`. One thread per process is fastest: set `OMP_NUM_THREADS=1` before Python
starts.

This page is printed from the docstrings by `python tests/helpers/api_page.py`; the tests run every example.
"""


def examples() -> Iterator[tuple[str, str]]:
    """Every offered name, and every method of it, with its docstring."""
    for name in cge.__all__:
        thing = getattr(cge, name)
        yield name, inspect.getdoc(thing) or ""
        for member, of in members(thing):
            yield f"{name}.{member}", inspect.getdoc(of) or ""


def members(thing: Any) -> list[tuple[str, Any]]:
    """Public methods and properties that a class of ours has itself or from one of ours, in their order."""
    if not inspect.isclass(thing):
        return []
    ours = [c for c in reversed(thing.__mro__) if c.__module__.startswith(("cge.", "cgebase."))]
    own = {n: m for c in ours for n, m in vars(c).items() if not n.startswith(("_", "model_"))}
    functions = (staticmethod, classmethod, property)
    return [(n, m) for n, m in own.items() if (inspect.isfunction(m) or isinstance(m, functions)) and inspect.getdoc(m)]


def markdown(doc: str) -> str:
    """A numpydoc docstring as Markdown: sections in bold, parameters as a list, examples as code."""
    out: list[str] = []
    blocks = re.split(r"\n(\w[\w ]*)\n-{3,}\n", f"\n{doc}")
    out.append(blocks[0].strip())
    for title, body in zip(blocks[1::2], blocks[2::2], strict=True):
        if title == "Examples":
            out.append(f"```python\n{inspect.cleandoc(body)}\n```")
        elif title == "Notes":
            out.append(inspect.cleandoc(body))
        else:
            items = re.split(r"\n(?=\S)", body.strip())
            out.append("\n".join([f"{title}:", "", *(_item(i) for i in items)]))
    return re.sub(r"(?<!`)``([^`]+)``(?!`)", r"`\1`", re.sub(r":\w+:`~?\.?([^`]+)`", r"`\1`", "\n\n".join(out)))


def _item(text: str) -> str:
    head, *rest = text.split("\n")
    name, mark, kind = head.partition(" : ")
    said = " ".join(line.strip() for line in rest if line.strip())
    return f"- `{name}`{f' ({kind})' if mark else ''}{f': {said}' if said else ''}"


def page() -> str:
    """The whole page."""
    out = [HEAD]
    for theme, names in THEMES.items():
        out += [f"## {theme}", ""]
        for name in names:
            thing = getattr(cge, name)
            out += [f"### `cge.{name}{signature(thing)}`", "", markdown(inspect.getdoc(thing) or ""), ""]
            for member, of in members(thing) if theme != "The language" else ():
                head = f"{name}.{member}{signature(getattr(of, '__func__', of))}"
                out += [f"#### `{head}`", "", markdown(inspect.getdoc(of) or ""), ""]
    return "\n".join(out).rstrip() + "\n"


def signature(thing: Any) -> str:
    """Names and defaults of the arguments of a function; nothing for a class or property."""
    if inspect.isclass(thing) or not callable(thing):
        return ""
    given = inspect.signature(thing).parameters.values()
    plain = [p.replace(annotation=inspect.Parameter.empty) for p in given if p.name not in ("self", "cls")]
    return str(inspect.Signature(plain))


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
