"""STIX Two Math, cut down to the glyphs that a page draws, as WOFF2.

The font lies in the ``ziamath`` package, which is not imported for it (SIL Open Font License; its name table stays).
"""

from __future__ import annotations

import io
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path

from fontTools.subset import Options, Subsetter
from fontTools.ttLib import TTFont

FILE = "fonts/STIXTwoMath-Regular.ttf"
FEATURES: list[str] = []  # with those for scripts and accents the font is twice as large, and Chromium draws the same
NAMES = [0, 1, 2, 5, 13, 14]  # copyright, family, style, version, licence
ALWAYS = frozenset("0123456789()[]{}|=+−√")


@lru_cache(maxsize=8)
def woff2(characters: frozenset[str]) -> bytes:
    """The font with these characters' glyphs, the larger ones of stretched brackets, roots and sums included."""
    options = Options(layout_features=FEATURES, name_IDs=NAMES, notdef_outline=True, hinting=False, flavor="woff2")
    with TTFont(_path(), lazy=True, recalcTimestamp=False) as font:
        subsetter = Subsetter(options)
        subsetter.populate(unicodes=sorted(map(ord, characters | ALWAYS)))
        subsetter.subset(font)
        font.flavor = "woff2"
        out = io.BytesIO()
        font.save(out, reorderTables=False)
    return out.getvalue()


def _path() -> Path:
    found = find_spec("ziamath")
    if found is None or found.origin is None:
        raise ModuleNotFoundError("no module named 'ziamath'", name="ziamath")
    return Path(found.origin).parent / FILE
