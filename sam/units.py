"""Units of money: a multiple and a currency; values are converted when asked, never guessed."""

from __future__ import annotations

from dataclasses import replace

from cgebase.errors import SAMError
from cgebase.messages import listed, message
from sam.formats.iolabels import UNITS
from sam.formats.moneyunits import parse_unit
from sam.matrix import SAM

MODEL = "1e8 CNY"
"""Unit of the model's economies."""


def convert(sam: SAM, unit: str) -> SAM:
    """The same SAM in another multiple of its currency.

    Parameters
    ----------
    unit : str
        As `parse_unit` reads it.

    Raises
    ------
    SAMError
        A unit that is not known (SAM365), or another currency (SAM366).
    """
    sides = {text: parse_unit(text) for text in (sam.unit, unit)}
    for text, side in sides.items():
        if side is None or side[0] <= 0:
            raise SAMError(message("SAM365", found=text, known=listed(UNITS)))
    (old, here), (new, there) = (side for text in (sam.unit, unit) if (side := sides[text]) is not None)
    if here != there:
        raise SAMError(message("SAM366", found=sam.unit, wanted=unit))
    unit = MODEL if (new, there) == parse_unit(MODEL) else unit
    cells = sam.cells.assign(value=sam.cells["value"] * old / new)
    history = (*sam.history, f"converted from {sam.unit} to {unit}") if sam.unit != unit else sam.history
    return replace(sam, cells=cells, unit=unit, history=history)
