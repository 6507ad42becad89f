"""What tags, and the names that publishers give to elements, say about the text inside.

A name is an element's class, id and role, and is English, mostly, whatever the language of the
page.
"""

# Tags that matter by themselves: a tag's number is its place here plus one, 0 for all others.
TAGS = (
    "body", "div", "p", "li", "ul", "ol", "h1", "h2", "h3", "h4", "h5", "h6", "td", "tr", "table",
    "th", "article", "section", "main", "header", "footer", "aside", "form", "blockquote", "dl",
    "dt", "dd", "figure", "figcaption", "pre", "address", "fieldset", "center", "summary",
    "details", "caption", "menu", "search", "legend",
)  # fmt: skip
NUMBERS = {tag: number for number, tag in enumerate(TAGS, 1)}

# Concept -> how the words that stand for it begin; those of less than four letters are whole words.
CONCEPTS = {
    "article": "articl story news entry",
    "post": "post blog",
    "content": "content conteudo contenido inhalt contenu",
    "main": "main primary central center middle",
    "body": "body text texte texto copy rte richtext wysiwyg prose markdown",
    "field": "field block section row col column",
    "page": "page wrap container inner outer layout",
    "comment": "comment kommentar disqus discussion respon",
    "thread": "thread forum topic message msg answer question reply replies quote",
    "user": "user member profile avatar author byline autor writer bio vcard",
    "time": "date time publish posted meta info dateline stamp",
    "footer": "footer foot bottom colophon copyright legal",
    "header": "header head top masthead banner hero",
    "navigation": "nav navi menu breadcrumb crumb toc pagination pager links tab tabs skip",
    "side": "side aside rail right left widget module box panel extra",
    "related": "relat recommend more also similar popular trending latest recent suggest next"
    " teaser promo most you",
    "share": "share social sharing facebook twitter follow addthis tool button btn action",
    "advertising": "ad ads advert sponsor commercial outbrain taboola dfp werbung",
    "consent": "cookie consent gdpr privacy modal popup overlay dialog notice alert toast",
    "form": "form search login signin subscri newsletter register signup input submit",
    "label": "tag tags categ label keyword badge cat",
    "title": "title headline heading hed titre titel titulo name",
    "summary": "summary lead lede intro standfirst excerpt abstract descri deck sub chapo",
    "caption": "caption credit figure image img photo picture media gallery slider carousel video",
    "list": "list item items card cards grid tile archive result feed loop index",
    "product": "product price shop cart sku buy offer detail spec",
    "review": "review rating rate star stars testimonial vote score",
    "code": "code highlight pre docs doc api method param example",
    "hidden": "hidden hide sr screen visually noprint print",
    "recipe": "recipe ingredient instruction step direction",
    "question": "faq accordion collaps toggle expand",
    "event": "event location address contact map phone",
}
