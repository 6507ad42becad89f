"""Of which make a site is: its page template, and how it writes paragraphs and images.

The markup is as varied as on the web: `data-src` with a noscript twin, srcset, <picture>,
<amp-img>, tables for layout, elements that are never closed, `../` under a <base>.
"""

import html
from dataclasses import dataclass
from functools import cache, partial
from importlib.resources import files
from string import Template

from jobs.miniweb import pictures
from jobs.miniweb.markup import Image, Markup

_BLANK = "data:image/gif;base64,R0lGODlhAQABAIAAAP///wAAACH5BAEAAAAALAAAAAABAAEAAAICRAEAOw=="
FIGURE = '<figure><img src="{src}" alt="{alt}" width="{w}" height="{h}">{figcaption}</figure>'
LAZY = (
    f'<figure class="wp-block-image size-large"><img class="lazyload" src="{_BLANK}" '
    'data-src="{src}" data-srcset="{small} 480w, {src} {w}w" alt="{alt}">'
    '<noscript><img src="{src}" alt="{alt}" width="{w}" height="{h}"></noscript>'
    "{figcaption}</figure>"
)
PICTURE = (
    '<figure class="story-image"><picture><source media="(min-width: 700px)" srcset="{src} {w}w">'
    '<img src="{small}" alt="{alt}" loading="lazy"></picture>{figcaption}</figure>'
)
SRCSET = (
    '<p class="photo"><img src="{small}" srcset="{small} 480w, {medium} 720w, {src} {w}w" '
    'sizes="(max-width: 760px) 100vw, 760px" alt="{alt}"></p>{caption_line}'
)
AMP = '<amp-img src="{src}" alt="{alt}" width="{w}" height="{h}" layout="responsive"></amp-img>'
LINKED = '<figure><a href="{src}"><img src="{medium}" alt="{alt}"></a>{figcaption}</figure>'
PLAIN = '<p><img src="{src}" alt="{alt}"></p>{caption_line}'
TABLE = (
    '<TABLE ALIGN="RIGHT" WIDTH="320" CELLPADDING="4"><TR><TD><IMG SRC="..{src}" ALT="{alt}" '
    'WIDTH="300"></TD></TR><TR><TD><FONT SIZE="-1">{caption}</FONT></TD></TR></TABLE>'
)
BROKEN = '<p><img src={src} alt="{alt}"><br>\n<small>{caption}</small>\n<p>'
POSTED = '<br><a href="{src}"><img src="{medium}" border="0" alt="{alt}"></a><br>'
GOODS = (
    '<div class="product__media" style="width:{w}px"><img src="{src}" data-zoom="{src}" '
    'alt="{alt}" width="100%"></div>'
)


@dataclass(frozen=True)
class Make:
    """The way one kind of site is built; every field is a format string or a file's name."""

    template: str
    image: str = FIGURE
    paragraph: str = "<p>{text}</p>"
    heading: str = "<h2>{text}</h2>"
    entry: str = '<div class="entry"><h3><a href="{path}">{title}</a></h3><p>{teaser}</p></div>'
    charset: str = '<meta charset="{label}">'


_OLD = '<meta http-equiv="Content-Type" content="text/html; charset={label}">'
_THUMB = (
    '<article class="teaser"><a href="{path}"><img src="{thumb}" alt="" width="200"></a>'
    '<h3><a href="{path}">{title}</a></h3><p>{teaser} <a href="{path}">Read more</a></p></article>'
)
_ROW = '<tr><td class="row1"><a href="{path}">{title}</a></td><td class="row2">{teaser}</td></tr>'
_LINE = '<li><a href="{path}">{title}</a>: {teaser}'

MAKES = {
    "blog": Make("blog.html", LAZY, entry=_THUMB),
    "news": Make("news.html", PICTURE, entry=_THUMB),
    "amp": Make("amp.html", AMP),
    "shop": Make("shop.html", GOODS, entry=_THUMB),
    "forum": Make("forum.html", POSTED, "{text}<br><br>", entry=_ROW, charset=_OLD),
    "docs": Make("docs.html", PLAIN),
    "gallery": Make("gallery.html", LINKED, entry=_THUMB),
    "recipe": Make("recipe.html", SRCSET, entry=_THUMB),
    "handmade": Make("handmade.html", TABLE, "<P>{text}", "<H3>{text}</H3>", _LINE, _OLD),
    "course": Make("course.html", PLAIN, "<p>{text}", "<h3>{text}</h3>", _LINE, _OLD),
    "diary": Make("diary.html", BROKEN, "<p>{text}<br>", "<p><h3>{text}</h3>", _LINE, _OLD),
    "tabloid": Make("tabloid.html", PLAIN, "<div>{text}</div>", "<h2>{text}</h2>"),
    "plain": Make("plain.html", FIGURE, charset=_OLD),
}  # fmt: skip


@cache
def template(name: str) -> Template:
    """The page template of this name, from templates/."""
    return Template((files("jobs.miniweb") / "templates" / name).read_text("utf-8"))


def markup(make: Make, media: str) -> Markup:
    """How a site of this make, with its pictures under `media`, dresses a page's body."""
    return Markup(make.paragraph, make.heading, partial(_image, make.image, media))


def _image(form: str, media: str, image: Image) -> str:
    alt, caption = html.escape(image.alt), html.escape(image.caption, quote=False)
    figcaption = f"<figcaption>{caption}</figcaption>" if caption else ""
    line = f'<p class="wp-caption-text">{caption}</p>' if caption else ""
    address = partial(address_of, media)
    width, height, names = 640, 480, dict.fromkeys(("src", "small", "medium"), image.name)
    if address(image.name) != image.name:
        width, height = pictures.size(image.name)
        for name, wide in (("small", 480), ("medium", 720)):
            names[name] = pictures.resized(image.name, wide) if wide < width else image.name
    return form.format(
        alt=alt, caption=caption, figcaption=figcaption, caption_line=line, w=width, h=height,
        **{name: address(value) for name, value in names.items()},
    )  # fmt: skip


def address_of(media: str, name: str) -> str:
    """The address of a picture: kind/name.ext goes below `media`, an address stays as it is."""
    return name if name.startswith(("/", "http:", "https:", "..", "data:")) else media + name
