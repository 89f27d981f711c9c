"""Formulas of a page as pictures that need no script and no network, with the formula as text.

Matplotlib sets a formula as an SVG; the TeX source is its alternative text. What Matplotlib
cannot set stays on the page as TeX.
"""

from __future__ import annotations

import io
import re
from base64 import b64encode

from bs4 import BeautifulSoup, NavigableString
from matplotlib import font_manager, mathtext

_FORMULA = re.compile(r"\$\$(.+?)\$\$|\$(?!\s)([^$]+?)(?<!\s)\$", re.DOTALL)
# Words of LaTeX that Matplotlib knows by another name.
_NAMES = (
    (r"\tfrac", r"\frac"),
    (r"\dfrac", r"\frac"),
    (r"\lVert", r"\|"),
    (r"\rVert", r"\|"),
    (r"\text{", r"\mathrm{"),
    (r"\operatorname", r"\mathrm"),
    (r"\,", r"\thinspace "),
    (r"\quad", r"\  \ "),
    (r"\qquad", r"\  \  \ "),
)
_BARE = re.compile(r"\\frac(\w)(\w)")  # \frac12 is \frac{1}{2}
_POINTS = 12.0
_CODE = ("code", "pre", "script", "style")


def set_formulas(page: BeautifulSoup, part: BeautifulSoup) -> list[str]:
    """Replace every formula in the text of `part` by a picture.

    Args:
        page: The document, which makes new elements.
        part: Where to look; code is left alone.

    Returns:
        The formulas that could not be set, as TeX.
    """
    failed: list[str] = []
    for text in list(part.find_all(string=_FORMULA)):
        if any(parent.name in _CODE for parent in text.parents):
            continue
        pieces: list[object] = []
        end = 0
        for match in _FORMULA.finditer(text):
            pieces.append(NavigableString(text[end : match.start()]))
            pieces.append(_picture(page, match, failed))
            end = match.end()
        pieces.append(NavigableString(text[end:]))
        text.replace_with(*pieces)
    return failed


def _picture(page: BeautifulSoup, match: re.Match, failed: list[str]) -> object:
    tex = " ".join((match[1] or match[2]).split())
    try:
        svg, below = to_svg(tex)
    except ValueError:
        failed.append(tex)
        return NavigableString(match[0])
    attributes = {
        "class": "formula block" if match[1] else "formula",
        "alt": tex,
        "src": f"data:image/svg+xml;base64,{b64encode(svg).decode()}",
    }
    if not match[1]:
        attributes["style"] = f"vertical-align:{-below / _POINTS:.3f}em"
    return page.new_tag("img", attrs=attributes)


def to_svg(tex: str) -> tuple[bytes, float]:
    """Return a formula as SVG, and how far it reaches below the line, points at 12-point text.

    Raises:
        ValueError: If Matplotlib cannot set it.
    """
    for latex, known in sorted(_NAMES, key=lambda pair: -len(pair[0])):
        tex = tex.replace(latex, known)
    tex = _BARE.sub(r"\\frac{\1}{\2}", tex)
    font = font_manager.FontProperties(size=_POINTS)
    parsed = mathtext.MathTextParser("path").parse(f"${tex}$", dpi=72, prop=font)
    buffer = io.BytesIO()
    mathtext.math_to_image(f"${tex}$", buffer, prop=font, dpi=72, format="svg")
    svg = re.sub(rb"<metadata>.*?</metadata>", b"", buffer.getvalue(), flags=re.DOTALL)
    return svg, float(parsed.depth)
