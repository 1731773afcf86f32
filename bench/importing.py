"""Import a made-up WordPress export, and set its cost beside that of its parts.

    python -m bench.importing [--articles N]

Both in CPU seconds of one process, one after the other: the import as the command does it, extraction included; then
reading, rendering and extracting alone, and writing the very rows that the import left in bulk, without a rule of ours.
"""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from xml.sax.saxutils import escape

from bench.articles import BEGIN, make_articles, make_cast

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
