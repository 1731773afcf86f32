"""Import a made-up WordPress export, and set its cost beside that of its parts.

    python -m bench.importing [--articles N] [--megabytes N …]

Both in CPU seconds of one process: the import as the command does it, extraction included; in turn with it, slice by
slice, reading, rendering and extracting alone; then writing the very rows that the import left in bulk, without a rule
of ours. What is read is read once, and counts for both.

With `--megabytes`, instead, the peak of resident memory of `onrecord import` for files of these sizes.
"""

import argparse
import gc
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from datetime import timedelta
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory
from xml.sax.saxutils import escape

from sqlalchemy import insert, text

from app import serving
from app.articles.body import from_plain, render
from app.comments.rules import to_html
from app.db import Base, Database
from app.events.actions import COMMAND_LINE
from app.extract.readers.item import Item
from app.ingest.actions import Keyed
from app.ingest.archives import open_entries
from app.ingest.drafts import extract, permission_of
from app.ingest.importing import BATCH, Import
from app.migrating import upgrade
from app.settings import Settings
from bench.articles import BEGIN, make_articles, make_cast

GOAL = 1.5

NOT_COPIED = ("touches", "search_documents", "compared_up_to")
"""Tables whose rows follow from others, or are there from the start."""

HEAD = """<?xml version="1.0" encoding="UTF-8"?>
<rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:dc="http://purl.org/dc/elements/1.1/"
 xmlns:wp="http://wordpress.org/export/1.2/" xmlns:excerpt="http://wordpress.org/export/1.2/excerpt/">
<channel><title>Made up</title><language>en</language><wp:wxr_version>1.2</wp:wxr_version>
"""
TAIL = "</channel></rss>\n"


def write_wxr(file: Path, articles: int) -> None:
    """An export with so many published posts, each with an author, tags, quotes and a comment."""
    with file.open("w", encoding="utf-8") as out:
        out.write(HEAD)
        out.writelines(posts(articles))
        out.write(TAIL)


def posts(articles: int) -> Iterator[str]:
    """The posts as an export has them."""
    for number, article in enumerate(make_articles(make_cast(articles), articles)):
        revision, at = article.revision, BEGIN + timedelta(hours=number)
        tags = "".join(f'<category domain="post_tag">{escape(tag.name)}</category>' for tag in article.tags)
        yield f"""<item><title>{escape(revision.title)}</title><guid>http://wp.example/?p={number}</guid>
<link>http://wp.example/{article.slug}/</link><dc:creator>{article.authors[0].name}</dc:creator>
<content:encoded>{escape("".join(f"<p>{block}</p>" for block in revision.text.split(chr(10))))}</content:encoded>
<excerpt:encoded>{escape(revision.summary or "")}</excerpt:encoded><wp:post_id>{number}</wp:post_id>
<wp:post_date_gmt>{at:%Y-%m-%d %H:%M:%S}</wp:post_date_gmt><wp:comment_status>open</wp:comment_status>
<wp:post_name>{article.slug}</wp:post_name><wp:status>publish</wp:status><wp:post_type>post</wp:post_type>{tags}
<wp:comment><wp:comment_id>{number}</wp:comment_id><wp:comment_author>Ann</wp:comment_author>
<wp:comment_date_gmt>{at:%Y-%m-%d %H:%M:%S}</wp:comment_date_gmt><wp:comment_content>Well put.</wp:comment_content>
<wp:comment_approved>1</wp:comment_approved><wp:comment_parent>0</wp:comment_parent></wp:comment></item>
"""


def write_sized(file: Path, megabytes: int) -> None:
    """An export of that size: the same two thousand posts again and again, each time under new ids and addresses."""
    pool = list(posts(2000))
    left, number = megabytes * 1_000_000, 0
    with file.open("w", encoding="utf-8") as out:
        out.write(HEAD)
        while left > 0:
            again = f"-{number // len(pool)}</"
            post = re.sub("</(?=title|guid|wp:post_name)", again, pool[number % len(pool)])
            left, number = left - out.write(post), number + 1
        out.write(TAIL)


def peak(file: Path, directory: Path) -> float:
    """MiB of resident memory that `onrecord import` takes at most."""
    serving.prepare(Settings(data_dir=directory, _env_file=None))
    command = [str(Path(sys.executable).parent / "onrecord"), "import", "--json", str(file)]
    env = os.environ | {"ONRECORD_DATA_DIR": str(directory)}
    most = 0
    with subprocess.Popen(command, env=env, stdout=subprocess.DEVNULL) as running:  # noqa: S603
        while running.poll() is None:  # what wait4 tells would have this process's own peak in it
            with suppress(OSError, StopIteration):
                status = Path(f"/proc/{running.pid}/status").read_text().splitlines()
                most = next(int(line.split()[1]) for line in status if line.startswith("VmHWM"))
            time.sleep(0.1)
    if running.returncode:
        raise SystemExit("The import failed.")
    return most / 1024


def imported(file: Path, directory: Path, *, publish: bool) -> tuple[float, float]:
    """CPU seconds of importing the file into a new database there; and of reading, rendering and extracting alone.

    Both are done a slice after the other, the first of them in turn: what else the machine does slows both alike.
    """
    settings = Settings(data_dir=directory, _env_file=None)
    serving.prepare(settings)
    database = Database(settings.database)

    def do_import(entries: list[Keyed]) -> None:
        for _ in Import(COMMAND_LINE, publish=publish).run(database, entries):
            pass

    spent = {do_import: 0.0, extracted: 0.0}
    reading, order = 0.0, [do_import, extracted]
    with file.open("rb") as stream:
        began = time.process_time()
        entries = open_entries(stream)[1]
        while part := list(islice(entries, BATCH * 5)):
            reading += time.process_time() - began
            for what in order:
                began = time.process_time()
                what(part)
                spent[what] += time.process_time() - began
            order.reverse()
            began = time.process_time()
    database.close()
    return reading + spent[do_import], reading + spent[extracted]


def extracted(entries: list[Keyed]) -> None:
    for entry in (keyed.entry for keyed in entries):
        if isinstance(entry, Item):
            body = render(entry.markdown)
            extract(entry.title, body.text, body.set_off, permission_of(entry))
            for comment in entry.comments:
                to_html(from_plain(comment.text.split("\n")))


def inserted(source: Path, directory: Path) -> float:
    """CPU seconds of writing every row of the database at `source` into a new one: no object, no rule, no look-up."""
    settings = Settings(data_dir=directory, _env_file=None)
    directory.mkdir()
    upgrade(settings.database)
    database, full = Database(settings.database), Database(Settings(data_dir=source, _env_file=None).database)
    with full.reader() as session:
        articles = session.scalar(text("SELECT count(*) FROM articles")) or 1
        tables = [table for table in Base.metadata.sorted_tables if table.name not in NOT_COPIED]
        rows = {t: [dict(row) for row in session.execute(t.select()).mappings()] for t in tables}
    began = time.process_time()
    with database.engine.connect() as connection:
        for table, found in rows.items():
            size = max(1, BATCH * len(found) // articles)
            for first in range(0, len(found), size):
                with connection.begin():
                    connection.execute(insert(table), found[first : first + size])
    spent = time.process_time() - began
    full.close()
    database.close()
    return spent


def measure_memory(sizes: list[int]) -> None:
    for size in sizes:
        with TemporaryDirectory() as folder:
            write_sized(Path(folder) / "export.xml", size)
            print(f"{size:,} MB: {peak(Path(folder) / 'export.xml', Path(folder) / 'data'):.0f} MiB", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--articles", type=int, default=10_000)
    parser.add_argument("--publish", action="store_true")
    parser.add_argument("--megabytes", type=int, nargs="+")
    options = parser.parse_args()
    if options.megabytes:
        measure_memory(options.megabytes)
        return
    gc.freeze()  # as the command does
    with TemporaryDirectory() as folder:
        place = Path(folder)
        write_wxr(place / "export.xml", options.articles)
        whole, extraction = imported(place / "export.xml", place / "imported", publish=options.publish)
        parts = (extraction, inserted(place / "imported", place / "inserted"))
    each = 1000 / options.articles
    print(f"import {whole * each:.2f} ms of CPU for each of {options.articles:,} articles")
    print(f"extraction {parts[0] * each:.2f} ms + bulk insertion {parts[1] * each:.2f} ms = {sum(parts) * each:.2f} ms")
    ratio = whole / sum(parts)
    print(f"{ratio:.2f} times the parts; at most {GOAL} is the goal")
    raise SystemExit(ratio > GOAL)


if __name__ == "__main__":
    main()
