"""A quote as a picture to be shared: the words, the speaker, the way they came, and where they stand."""

from xml.etree.ElementTree import Element

from app.articles.schemas import RecordedQuoteOut
from app.embeds.lines import broken, is_rtl, shortened
from app.markup import add, clean, to_bytes

WIDTH, HEIGHT = 1200, 630
"""Pixels, as the pictures of shared links are (Open Graph)."""

MARGIN = 90
SPACE = 330
"""Pixels from top to bottom that the words may fill."""

SIZES = (60, 52, 44, 38, 32, 28, 24)
"""Sizes of letters that are tried for the words, in pixels."""

LEADING = 1.3
SERIF = "'Source Serif Pro', Georgia, 'Noto Serif', 'Noto Serif CJK SC', 'Noto Naskh Arabic', 'DejaVu Serif', serif"
INK, FAINT, PAPER, ACCENT = "#1a1a1a", "#595959", "#fffdf8", "#a3271f"


def card(quote: RecordedQuoteOut, publisher: str, language: str) -> bytes:
    """The picture as SVG. Words that fill more than the smallest letters allow end in an ellipsis."""
    size, lines = fitted(quote.exact)
    root = Element(
        "svg",
        {
            "xmlns": "http://www.w3.org/2000/svg",
            "viewBox": f"0 0 {WIDTH} {HEIGHT}",
            "width": str(WIDTH),
            "height": str(HEIGHT),
            "role": "img",
            "font-family": SERIF,
            "xml:lang": clean(language),
        },
    )
    add(root, "title", f"{quote.exact} ({', '.join([speaker(quote), publisher])})")
    add(root, "rect", width=str(WIDTH), height=str(HEIGHT), fill=PAPER)
    bar = WIDTH - MARGIN + 30 if is_rtl(quote.exact) else MARGIN - 38
    add(root, "rect", x=str(bar), y="80", width="8", height=str(round(len(lines) * size * LEADING)), fill=ACCENT)
    for number, line in enumerate(lines):
        _write(root, line, 80 + size + number * size * LEADING, size, rtl=is_rtl(quote.exact))
    below = [
        (speaker(quote), 500, 34, INK),
        (way(quote), 544, 26, FAINT),
        (f"{publisher} · {quote.article.title}", 586, 24, FAINT),
    ]
    for text, y, letters, colour in below:
        _write(root, shortened(text, (WIDTH - 2 * MARGIN) / letters), y, letters, rtl=is_rtl(text), fill=colour)
    return to_bytes(root)


def painted(drawn: bytes) -> bytes:
    """A card as PNG, for where no SVG is taken.

    Its letters are those of Source Serif (Latin), which comes along, and of the machine's fonts for what that lacks.
    """
    import resvg_py  # a picture that few ask for; no worker need hold it before
    from font_source_serif_pro import font_files_ttf

    font = font_files_ttf["SourceSerifPro"]
    return resvg_py.svg_to_bytes(svg_string=drawn.decode(), font_files=[font], serif_family="Source Serif Pro")


def fitted(words: str) -> tuple[int, list[str]]:
    """The largest letters in which the words fit, and their lines."""
    for size in SIZES:
        lines = broken(words, (WIDTH - 2 * MARGIN) / size)
        most = int(SPACE / (size * LEADING))
        if len(lines) <= most:
            return size, lines
    last = shortened(" ".join(lines[most - 1 :]), (WIDTH - 2 * MARGIN) / size)
    return size, [*lines[: most - 1], last]


def speaker(quote: RecordedQuoteOut) -> str:
    return quote.speaker.name if quote.speaker else "Speaker not known"


def way(quote: RecordedQuoteOut) -> str:
    """Through whom the words came, in order; empty where they were heard here."""
    names = [hop.source.name for hop in quote.attribution if hop.role in ("via", "reprinted_from")]
    return f"via {' → '.join(names)}" if names else ""


def _write(root: Element, text: str, y: float, size: int, *, rtl: bool, fill: str = INK) -> None:
    if text:
        x = WIDTH - MARGIN if rtl else MARGIN
        direction = {"direction": "rtl"} if rtl else {}
        add(root, "text", text, x=str(x), y=f"{y:g}", **{"font-size": str(size)}, fill=fill, **direction)
