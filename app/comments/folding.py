"""Words as the eye takes them: what looks alike is alike (after Unicode Technical Standard 39, 4, in a small table)."""

import html as markup
import re
import unicodedata
from functools import lru_cache

import nh3

from app.mail.sealing import keyed as keyed

_ALIKE = str.maketrans(
    {
        **dict(zip("авеѕіјкмнорстухԁԛԝһґ", "abesijkmhopctyxdqwhr", strict=True)),  # Cyrillic
        **dict(zip("αβεηικμνορτυχωγ", "abenikuvoptuxwy", strict=True)),  # Greek
        **dict(zip("ıɑɡłøđ", "iagiod", strict=True)),
        **dict(zip("0134578@$l|", "oieastbasii", strict=True)),
    }
)
_DECORATION = re.compile(
    "[\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe00-\ufe0f\ufe20-\ufe2f]"
)
"""Marks that letters do without. Those of scripts that write vowels with marks are none of these."""

_UNSPACED = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]"
)
"""Scripts that put no spaces between words."""


def skeleton(text: str) -> str:
    """The text in one case, without decoration, and each letter as the Latin one that it looks like.

    >>> skeleton("ＣＨЕАР Pílls"), skeleton("ch3ap pi11s") == skeleton("CHEAP PILLS")
    ('cheap piiis', True)
    """
    folded = unicodedata.normalize("NFKD", text).casefold()
    visible = "".join(c for c in folded if unicodedata.category(c) != "Cf")
    return _DECORATION.sub("", visible).translate(_ALIKE)


def visible(html: str) -> str:
    """What is read of this HTML.

    >>> visible("<p>che<em>ap</em> &amp; good</p>")
    'cheap & good'
    """
    return markup.unescape(nh3.clean(html, tags=set()))


def is_unspaced(word: str) -> bool:
    """Whether it is in a script that puts no spaces between words."""
    return _UNSPACED.search(word) is not None


@lru_cache(4096)
def _pattern(words: str) -> re.Pattern[str]:
    first, *others = [re.escape(part) for part in skeleton(words).split()]
    # Bounded and atomic, so that no text can make the search go over it again and again.
    found = first + "".join(rf"(?>[\W_]{{1,99}}?{part})" for part in others)
    return re.compile(found if is_unspaced(words) else rf"(?<!\w){found}(?!\w)")


def contains(folded: str, words: str) -> bool:
    """Whether these words stand in a text, of which `folded` is the skeleton, as whole words.

    >>> contains(skeleton("No ass here."), "ass"), contains(skeleton("A classic."), "ass")
    (True, False)
    """
    return _pattern(words).search(folded) is not None
