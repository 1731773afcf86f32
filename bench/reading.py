"""Read made-up files of each format and size, entry by entry, and say how much memory that took at most.

    python -m bench.reading [MEGABYTES …]

Each file is read by a process of its own: its peak of resident memory has what the readers' libraries take, too.
"""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from xml.sax.saxutils import escape

from bench.importing import HEAD, TAIL

BODY = "<p>" + "The fare “will double,” Ida Holm said on Monday. " * 60 + "</p>"
DAY = "2026-03-02T10:00:00Z"

READ = """
import sys
from pathlib import Path
from app.ingest.archives import open_entries

with open(sys.argv[1], "rb") as stream:
    count = sum(1 for _ in open_entries(stream)[1])
status = Path("/proc/self/status").read_text().splitlines()
print(count, next(int(line.split()[1]) // 1024 for line in status if line.startswith("VmHWM")))
"""


def wordpress(number: int) -> str:
    return (
        f"<item><title>Title {number}</title><content:encoded>{escape(BODY)}</content:encoded>"
        f"<wp:post_id>{number}</wp:post_id><wp:post_date_gmt>2026-03-02 10:00:00</wp:post_date_gmt>"
        "<wp:status>publish</wp:status><wp:post_type>post</wp:post_type></item>\n"
    )


def entry(number: int, kind: str = "") -> str:
    return (
        f"<entry><id>tag:bench.example,2026:blog-1.post-{number}</id><published>{DAY}</published>{kind}"
        f"<title>Title {number}</title><content type='html'>{escape(BODY)}</content></entry>\n"
    )


def blogger(number: int) -> str:
    is_post = "http://schemas.google.com/blogger/2008/kind#post"
    return entry(number, f"<category scheme='http://schemas.google.com/g/2005#kind' term='{is_post}'/>")


def rss(number: int) -> str:
    return (
        f"<item><title>Title {number}</title><guid>https://bench.example/{number}</guid>"
        f"<description>{escape(BODY)}</description></item>\n"
    )


def ninjs(number: int) -> str:
    item = {"uri": f"urn:bench:{number}", "type": "text", "headline": f"Title {number}", "body_html": BODY}
    return json.dumps(item | {"versioncreated": DAY}) + "\n"


def json_feed(number: int) -> str:
    item = {"id": str(number), "title": f"Title {number}", "content_html": BODY, "date_published": DAY}
    return ("," if number else "") + json.dumps(item)


_ATOM = "<feed xmlns='http://www.w3.org/2005/Atom'><id>tag:bench.example,2026:{}</id><title>Made up</title>"
_BLOGGER = "<generator uri='http://www.blogger.com'>Blogger</generator>"
FORMATS: dict[str, tuple[str, Callable[[int], str], str]] = {
    "WordPress": (HEAD, wordpress, TAIL),
    "Blogger": (_ATOM.format("blogger.com") + _BLOGGER, blogger, "</feed>"),
    "Atom": (_ATOM.format("feed"), entry, "</feed>"),
    "RSS": ('<rss version="2.0"><channel><title>Made up</title>', rss, "</channel></rss>"),
    "ninjs": ("", ninjs, ""),
    "JSON Feed": ('{"version":"https://jsonfeed.org/version/1.1","title":"Made up","items":[', json_feed, "]}"),
}
"""What stands before the entries, an entry, and what stands behind them."""


def write(file: Path, name: str, megabytes: int) -> int:
    """Write such a file; how many entries it has."""
    head, one, tail = FORMATS[name]
    left, number = megabytes * 1_000_000, 0
    with file.open("w", encoding="utf-8") as out:
        out.write(head)
        while left > 0:
            left, number = left - out.write(one(number)), number + 1
        out.write(tail)
    return number


def main() -> None:
    sizes = [int(size) for size in sys.argv[1:]] or [10, 100]
    for name in FORMATS:
        for size in sizes:
            with TemporaryDirectory() as folder:
                file = Path(folder) / "file"
                wanted = write(file, name, size)
                command = [sys.executable, "-c", READ, str(file)]
                ran = subprocess.run(command, capture_output=True, text=True, check=True)  # noqa: S603
            count, peak = map(int, ran.stdout.split())
            if count != wanted:
                raise SystemExit(f"{name}: {count} of {wanted} entries were found.")
            print(f"{name}: {size:,} MB, {count:,} entries: {peak} MiB", flush=True)


if __name__ == "__main__":
    main()
