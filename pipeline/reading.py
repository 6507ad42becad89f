"""One page's tree into nodes: its text blocks and its images, in reading order."""

from collections.abc import Callable

from selectolax.lexbor import LexborNode

from pipeline import dom
from pipeline.block import Block
from pipeline.captions import Captions
from pipeline.dom import Marks, Role, holds_data, is_tex, meaning_of, meanings, tex_of
from pipeline.nodes import Node
from pipeline.outline import Outline
from pipeline.pictures import Figure, Picture, Pictures

MAX_DOM_NODES = 1_000_000
# In these a button is the text itself: the question of a folded answer, the name of a column.
_SPOKEN_BUTTONS = frozenset(("h1", "h2", "h3", "h4", "h5", "h6", "summary", "dt", "table"))
_STRUCTURE = (Role.BLOCK, Role.PRE, Role.TABLE, Role.CAPTION, Role.ROW, Role.CELL, Role.FIGCAPTION)


class TooManyNodesError(Exception):
    """The tree has more nodes than the caller allows."""


class Reader:
    """Walks a tree once and collects its nodes; without `pictures`, those of text only.

    The text does not depend on `pictures`, but that an image in the middle of a block ends one
    node and begins another.
    """

    def __init__(
        self, marks: Marks, pictures: Pictures | None = None, max_nodes: int = MAX_DOM_NODES
    ) -> None:
        self.nodes: list[Node] = []
        self.outline = Outline()
        self.behind_scripts = 0  # letters of markup in the <noscript> elements
        self._marks = marks
        self._pictures = pictures
        self._max_nodes = max_nodes
        self._tags = ["body"]  # the open blocks
        self._block = Block()
        self._links = 0  # open <a>
        self._cut = False  # an image divides the block that is being read
        self._pre = 0  # open <pre>
        self._mutes: list[bool] = []
        self._muted = False
        self._tables: list[bool] = []  # the open tables; True for one of data
        self._in_data = False
        self._figures: list[Figure] = []
        self._captions = Captions(marks, self._text_of)
        self._backgrounds = marks.backgrounds if pictures is not None else set()
        self._enter: dict[Role, Callable[[LexborNode, str], bool]] = {
            Role.BLOCK: self._enter_block, Role.SKIPPED: self._skip, Role.MUTED: self._enter_muted,
            Role.BREAK: self._break, Role.IMAGE: self._image, Role.NOSCRIPT: self._noscript,
            Role.FIGURE: self._enter_figure, Role.FIGCAPTION: self._enter_figcaption,
            Role.PRE: self._enter_pre, Role.TABLE: self._enter_table, Role.ROW: self._enter_row,
            Role.CELL: self._enter_row, Role.CAPTION: self._enter_caption, Role.MATH: self._math,
            Role.SCRIPT: self._script, Role.LINK: self._enter_link,
        }  # fmt: skip
        self._leave: dict[Role, Callable[[], None]] = {
            Role.INLINE: lambda: None, Role.NOSCRIPT: lambda: None, Role.BLOCK: self._leave_block,
            Role.MUTED: self._leave_muted, Role.FIGURE: self._leave_figure,
            Role.FIGCAPTION: self._leave_block, Role.PRE: self._leave_pre,
            Role.TABLE: self._leave_table, Role.CAPTION: self._leave_caption,
            Role.ROW: self._leave_row, Role.CELL: self._leave_cell, Role.LINK: self._leave_link,
        }  # fmt: skip

    def read(self, root: LexborNode) -> list[Node]:  # noqa: C901 - a call a node would cost more
        """The nodes of `root` and of all below it, in reading order.

        A loop with a stack of its own, for pages nest deeper than Python calls can.
        Raises TooManyNodesError.
        """
        meaning, left = meanings().get, self._max_nodes
        noted = self._marks.hidden | self._backgrounds
        enter, leave, chunks = self._enter, self._leave, self._block.chunks
        text, inline = Role.TEXT, Role.INLINE  # half of all nodes are the one or the other
        open_: list[tuple[LexborNode, Role]] = []
        node: LexborNode | None = root
        while node is not None:
            left -= 1
            if left < 0:
                raise TooManyNodesError
            role, tag = meaning(node.tag_id) or meaning_of(node)
            if role is text:
                if not self._muted:
                    chunk = node.text_content or ""
                    if chunks or self._pre or not chunk.isspace():  # it begins no line
                        chunks.append(chunk)
                        if self._links:
                            self._block.linked += len(chunk.strip())
            elif not noted or node.mem_id not in noted or self._is_shown(node, role):
                if self._muted and role in _STRUCTURE:
                    role = inline
                if role is inline or enter[role](node, tag):
                    child = node.first_child
                    if child is not None:
                        open_.append((node, role))
                        node = child
                        continue
                    leave[role]()
            following = node.next if open_ else None
            node = self._left(open_) if following is None else following
        self._end_block()
        self._let_go()
        return self.nodes

    def _let_go(self) -> None:
        """Break the circles of references: a page's tree goes at once, not with the collector."""
        self._enter.clear()
        self._leave.clear()
        self._captions.let_go()

    def _left(self, open_: list[tuple[LexborNode, Role]]) -> LexborNode | None:
        """Leave elements until one has a next sibling, and give that; None at the end."""
        inline = Role.INLINE
        while open_:
            node, role = open_.pop()
            if role is not inline:
                self._leave[role]()
            following = node.next if open_ else None
            if following is not None:
                return following
        return None

    def _is_shown(self, node: LexborNode, role: Role) -> bool:
        """False for a hidden element; the picture behind another comes before what is in it."""
        if node.mem_id in self._marks.hidden:
            return False
        if self._pictures is not None and role not in (Role.SKIPPED, Role.IMAGE):
            is_inline = role in (Role.INLINE, Role.LINK)
            self._show(self._pictures.behind_text(node, is_inline=is_inline), node, "background")
        return True

    def _end_block(self) -> None:
        block = self._block
        cut, self._cut = self._cut, False
        if self._in_data:
            texts = block.rows()
        elif not block.chunks and not block.lines:
            return
        else:
            texts = block.verbatim() if self._pre else block.prose()
        if texts:
            tag = self._tags[-1]
            self.nodes += [Node("text", tag, text) for text in texts]
            self.outline.add(texts, self._tags, block.linked, joined=cut)
        block.linked = 0

    # One method for each role: True to read on inside the element.

    def _skip(self, _node: LexborNode, _tag: str) -> bool:
        return False

    def _enter_block(self, node: LexborNode, tag: str) -> bool:
        if self._in_data:
            self._block.chunks.append(" ")
        elif self._pre:
            self._new_line_in_pre()
        else:
            block = self._block
            if block.chunks or block.lines:
                self._end_block()
            self._cut = False
            self._tags.append(tag)
            self.outline.open.append(node)
        return True

    def _leave_block(self) -> None:
        if self._in_data:
            self._block.chunks.append(" ")
        elif self._pre:
            self._new_line_in_pre()
        else:
            block = self._block
            if block.chunks or block.lines:
                self._end_block()
            self._cut = False
            self._tags.pop()
            self.outline.leave()

    def _new_line_in_pre(self) -> None:
        chunks = self._block.chunks
        if chunks and not chunks[-1].endswith("\n"):
            chunks.append("\n")

    def _break(self, _node: LexborNode, _tag: str) -> bool:
        if self._in_data:
            self._block.chunks.append(" ")
        elif self._pre:
            self._block.chunks.append("\n")
        else:
            self._block.end_line()
        return False

    def _enter_pre(self, node: LexborNode, tag: str) -> bool:
        self._enter_block(node, tag)
        self._pre += not self._in_data
        return True

    def _leave_pre(self) -> None:
        if self._pre == 1:
            self._end_block()
        self._pre -= not self._in_data
        self._leave_block()

    def _enter_table(self, node: LexborNode, tag: str) -> bool:
        self._enter_block(node, tag)
        inside = self._in_data or self._pre > 0 or node.mem_id in self._marks.layout_tables
        self._tables.append(not inside and holds_data(node))
        self._in_data = self._in_data or self._tables[-1]
        return True

    def _leave_table(self) -> None:
        if self._tables.pop():
            self._end_block()
            self._in_data = False
        self._leave_block()

    def _enter_caption(self, node: LexborNode, tag: str) -> bool:
        self._in_data = False
        return self._enter_block(node, tag)

    def _leave_caption(self) -> None:
        self._leave_block()
        self._in_data = any(self._tables)

    def _enter_row(self, node: LexborNode, tag: str) -> bool:
        return self._in_data or self._enter_block(node, tag)

    def _leave_row(self) -> None:
        if self._in_data:
            self._block.end_row()
        else:
            self._leave_block()

    def _leave_cell(self) -> None:
        if self._in_data:
            self._block.end_cell()
        else:
            self._leave_block()

    def _enter_muted(self, node: LexborNode, tag: str) -> bool:
        if tag == "object" and self._pictures is not None:
            self._show(self._pictures.shown_by_object(node), node)
        spoken = tag == "button" and self._tags[-1] in _SPOKEN_BUTTONS
        self._mutes.append(not spoken)
        self._muted = self._muted or not spoken
        return True

    def _leave_muted(self) -> None:
        self._mutes.pop()
        self._muted = any(self._mutes)

    def _enter_figure(self, node: LexborNode, tag: str) -> bool:
        self._figures.append(Figure(node, self._text_of))
        return self._enter_block(node, tag)

    def _leave_figure(self) -> None:
        self._figures.pop()
        self._leave_block()

    def _text_of(self, node: LexborNode) -> str:
        return "\n".join(part.text or "" for part in Reader(self._marks).read(node))

    def _enter_figcaption(self, node: LexborNode, tag: str) -> bool:
        if self._figures:
            self._figures[-1].passed += 1
        return self._enter_block(node, tag)

    def _enter_link(self, _node: LexborNode, _tag: str) -> bool:
        self._links += 1
        return True

    def _leave_link(self) -> None:
        self._links -= 1

    def _math(self, node: LexborNode, _tag: str) -> bool:
        if not self._muted:
            self._block.chunks.append(tex_of(node))
        return False

    def _script(self, node: LexborNode, _tag: str) -> bool:
        if not self._muted and is_tex(node):
            self._block.chunks.append(node.text())
        return False

    def _image(self, node: LexborNode, _tag: str) -> bool:
        attributes = node.attributes
        formula = dom.formula_of(attributes)
        if formula:
            if not self._muted:
                self._block.chunks.append(formula)
        elif self._pictures is not None:
            self._show(self._pictures.shown_by(node, attributes), node)
        return False

    def _noscript(self, node: LexborNode, _tag: str) -> bool:
        if not self._marks.scripting:
            return True
        if not self._muted:
            self.behind_scripts += len(node.text())
        if self._pictures is not None:
            for picture in self._pictures.behind(node):
                self._show(picture, node)
        return False

    def _show(self, picture: Picture | None, element: LexborNode, tag: str = "img") -> None:
        if picture is not None:
            chunks = self._block.chunks
            cut = self._cut or (bool(chunks) and not "".join(chunks).isspace())
            self._end_block()
            self._cut = cut
            caption = self._figures[-1].caption if self._figures else None
            self.outline.add_image(self._tags)
            described_by, in_figure = picture.described_by, bool(self._figures)
            if caption is None and (described_by or in_figure or self._marks.captions):
                caption = self._captions.beside(element, described_by, in_figure=in_figure)
            self.nodes.append(picture.node(tag, caption))
