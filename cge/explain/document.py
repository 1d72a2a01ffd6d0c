"""The whole theory as one HTML page, made from the objects that are solved."""

from __future__ import annotations

import math
from collections.abc import Iterable
from html import escape
from pathlib import Path

import sympy as sp

from cge.explain.mathml import MathML
from cge.explain.statements import said
from cge.language.algebra import Statement, Theory
from cge.language.declare import Family
from cgebase.messages import Message, message


def _beside(name: str) -> str:
    return Path(__file__).with_name(name).read_text(encoding="utf-8")


def _say(key: str) -> str:
    return _spans(message(f"page.{key}"))


def _both(text: str) -> str:
    """What the theory says, in both languages where there are two."""
    words = said(text)
    return escape(text) if words.zh == text else _spans(words)


def _spans(words: Message) -> str:
    return f'<span class="en">{escape(words)}</span><span class="zh">{escape(words.zh)}</span>'


class _Uses:
    """Which symbols a statement uses and the other way round."""

    def __init__(self, theory: Theory) -> None:
        self.statements = list(theory.statements.values())
        self.symbols = {id(s): self._of(theory, s) for s in self.statements}

    @staticmethod
    def _of(theory: Theory, statement: Statement) -> list[str]:
        found: dict[str, None] = {}
        for expr in (statement.expr, statement.where, statement.scale):
            for ref in theory.references(expr):
                found.setdefault(theory.family_of(ref).name)
        return sorted(found, key=str.lower)

    def of(self, statement: Statement) -> list[str]:
        return self.symbols[id(statement)]

    def determine(self, name: str) -> list[Statement]:
        return [s for s in self.statements if s.variable == name]

    def users(self, name: str) -> list[Statement]:
        return [s for s in self.statements if name in self.of(s) and s.variable != name]


def _symbol_link(name: str) -> str:
    return f'<a href="#symbol-{escape(name)}">{escape(name)}</a>'


def _links(statements: Iterable[Statement]) -> str:
    return ", ".join(f'<a href="#{s.kind}-{escape(s.name)}">{escape(s.name)}</a>' for s in statements)


def _left(theory: Theory, statement: Statement) -> sp.Basic:
    if statement.kind == "equation":
        return sp.Integer(0)
    return theory.families[statement.variable].base[statement.over] if statement.over else sp.Symbol(statement.variable)


def html_page(theory: Theory) -> str:
    """One self-contained page: sets, symbols and statements with links, search and two languages.

    Returns
    -------
    str
        Well-formed HTML that refers to nothing outside itself.
    """
    uses, maths = _Uses(theory), MathML(theory)
    parts = [
        '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8"/>',
        '<meta name="viewport" content="width=device-width, initial-scale=1"/>',
        f"<title>{escape(theory.name)}: equations</title><style>{_beside('page.css')}</style></head><body>",
        f'<header><h1>{_say("title")}</h1>',
        *(f'<a href="#{k}">{_say(k)}</a>'
          for k in ("sets", "variables", "parameters", "definitions", "equations", "accounts")),
        '<input id="find" type="search" placeholder="PQ, carbon, Armington …" aria-label="search / 搜索"/>',
        '<button id="language" type="button">中文 / English</button></header><main>',
        f'<p>{_say("note")} {_spans(message("ces"))}</p><p id="none" class="hide">{_say("none")}</p>',
        f'<section id="sets"><h2>{_say("sets")}</h2><table><tr><th>{_say("name")}</th><th>{_say("indices")}</th>'
        f"<th>{_say('description')}</th></tr>",
    ]
    for name, of in theory.sets.items():
        indices = ", ".join(i for i, s in theory.runs.items() if s is of)
        more = f" ({_say('subset')} {escape(of.of.name)})" if of.of is not None else ""
        more += f" ({_say('ordered')})" if of.ordered else ""
        parts.append(
            f'<tr id="set-{escape(name)}" data-find="{escape(f"{name} {of.description}".lower())}">'
            f"<td>{escape(name)}</td><td>{escape(indices)}</td><td>{_both(of.description)}{more}</td></tr>"
        )
    parts.append("</table></section>")
    for kind in ("variable", "parameter"):
        head = "".join(f"<th>{_say(k)}</th>" for k in ("name", "over", "unit", "description", "determined", "used"))
        parts.append(f'<section id="{kind}s"><h2>{_say(kind + "s")}</h2><table><tr>{head}</tr>')
        parts += [_symbol_row(f, uses) for f in theory.families.values()
                  if (f.kind == "parameter") == (kind == "parameter")]  # fmt: skip
        parts.append("</table></section>")
    stated = {"definitions": theory.definitions, "equations": theory.equations, "accounts": theory.accounts}
    for key, statements in stated.items():
        parts.append(f'<section id="{key}"><h2>{_say(key)}</h2>')
        parts += [_article(theory, s, uses, maths) for s in statements.values()]
        parts.append("</section>")
    parts.append(f"</main><script>{_beside('page.js')}</script></body></html>\n")
    return "\n".join(parts)


def _symbol_row(family: Family, uses: _Uses) -> str:
    over = ", ".join(f'<a href="#set-{escape(d.name)}">{escape(d.name)}</a>' for d in family.dims)
    logs = f" ({_say('solved')})" if family.log else ""
    if family.alias:
        logs += f" · {_say('alias')}: {escape(family.alias)}"
    if math.isfinite(family.lower) or math.isfinite(family.upper):
        logs += f" · {family.lower:g} … {family.upper:g}"
    if family.default is not None:
        logs += f" · {_say('default')}: {family.default if isinstance(family.default, str) else f'{family.default:g}'}"
    words = escape(f"{family.name} {family.description} {said(family.description).zh} {family.unit}".lower())
    cells = (
        escape(family.name), over, _both(family.unit), _both(family.description) + logs,
        _links(uses.determine(family.name)) or _say("given"), _links(uses.users(family.name)),
    )  # fmt: skip
    row = "".join(f"<td>{c}</td>" for c in cells)
    return f'<tr id="symbol-{escape(family.name)}" data-find="{words}">{row}</tr>'


def _article(theory: Theory, statement: Statement, uses: _Uses, maths: MathML) -> str:
    family = theory.families[statement.variable]
    words = " ".join((statement.name, statement.ref, family.name, family.description, *uses.of(statement))).lower()
    dims = " × ".join(theory.runs[i.name].description or theory.runs[i.name].name for i in statement.over)
    over = f"{', '.join(i.name for i in statement.over)}: {dims}" if statement.over else "–"
    facts = [f"{_say('over')}: {escape(over)}"]
    if statement.where != sp.Integer(1):
        facts.append(f"{_say('where')}: <math>{maths.mask(statement.where)}</math>")
    if statement.kind == "equation":
        facts.append(f"{_say('pairs')}: {_symbol_link(statement.variable)} ({_both(family.description)})")
    if statement.complements:
        facts.append(_say("complements"))
    if statement.scale != sp.Integer(1):
        facts.append(f"{_say('scale')}: {maths.inline(statement.scale)}")
    facts.append(f"{_say('unit')}: {_both(statement.unit)}")
    described = f" – {_both(family.description)}" if statement.kind != "equation" else ""
    lines = [
        f'<article id="{statement.kind}-{escape(statement.name)}" class="{statement.kind}"',
        f' data-find="{escape(words)}">',
        f"<h3>{escape(statement.name)}{described}</h3><p>{' · '.join(facts)}</p>",
        f'<div class="scroll">{maths.formula(_left(theory, statement), statement.expr)}</div>',
        f"<p>{_say('source')}: {_both(statement.ref)}</p>",
        f"<p>{_say('symbols')}: {', '.join(_symbol_link(n) for n in uses.of(statement))}</p>",
    ]
    users = uses.users(statement.variable) if statement.kind != "equation" else []
    if users:
        lines.append(f"<p>{_say('used')}: {_links(users)}</p>")
    return "\n".join([*lines, "</article>"])
