"""Two versions of a message, element by element."""

from collections import Counter
from collections.abc import Iterable, Iterator
from difflib import SequenceMatcher

from gateway.contracts.diff.build import Builder
from gateway.contracts.diff.change import Change, Direction
from gateway.contracts.diff.interface import stem
from gateway.contracts.diff.shape import Attribute, Content, Element, Group, Place, Wildcard, occurs
from gateway.contracts.diff.values import differences
from gateway.soap import ns

Item = Element | Group | Wildcard


class Comparison:
    """Compares messages of two packages; a pair of declarations is looked into once, however often it is used."""

    def __init__(self, old: Builder, new: Builder, direction: Direction) -> None:
        self._old, self._new, self._direction = old, new, direction
        self._changes: list[Change] = []
        self._seen: set[tuple[int, int]] = set()

    def compare(self, old: Element, new: Element) -> list[Change]:
        """All changes below two roots."""
        self._element(old, new, f"/{ns.local(new.tag)}")
        counts: Counter[tuple[str, Place, str]] = Counter()
        first: dict[tuple[str, Place, str], Change] = {}
        for change in self._changes:
            key = (change.name, change.place, str(sorted(change.values.items())))
            counts[key] += 1
            first.setdefault(key, change)
        return [
            Change(each.name, each.direction, each.path, each.place, each.values, counts[key])
            for key, each in first.items()
        ]

    def _say(self, rule: str, path: str, place: Place, **values: str) -> None:
        self._changes.append(Change(rule, self._direction, path, place, values))

    def _element(self, old: Element, new: Element, path: str) -> None:
        inside = path.count("/") > 1  # the roots have the contract's own namespace, which is compared as such
        if inside and stem(ns.namespace(old.tag)) != stem(ns.namespace(new.tag)):
            self._say(
                "element-namespace-changed", path, new.place, old=ns.namespace(old.tag), new=ns.namespace(new.tag)
            )
        if old.nillable != new.nillable:
            self._say("nillable-added" if new.nillable else "nillable-removed", path, new.place)
        self._constants(old, new, path)
        if old.text != new.text and (old.text or new.text):
            self._say("documentation-changed", path, new.place, old=_cut(old.text), new=_cut(new.text))
        pair = (old.key, new.key)
        if pair in self._seen:
            return
        self._seen.add(pair)
        self._content(self._old.content(old), self._new.content(new), path, new.place)

    def _constants(self, old: Element | Attribute, new: Element | Attribute, path: str) -> None:
        if old.fixed != new.fixed:
            self._say("fixed-value-changed", path, new.place, old=old.fixed or "-", new=new.fixed or "-")
        if old.default != new.default:
            self._say("default-value-changed", path, new.place, old=old.default or "-", new=new.default or "-")

    def _content(self, old: Content, new: Content, path: str, place: Place) -> None:
        if (old.simple is None) != (new.simple is None):
            self._say("type-changed", path, place, old=_kind(old), new=_kind(new))
            return
        if old.simple and new.simple:
            for name, values in differences(old.simple, new.simple):
                self._say(name, path, place, **values)
        if old.mixed != new.mixed:
            self._say("type-changed", path, place, old=_kind(old), new=_kind(new))
        self._attributes(old, new, path, place)
        self._groups(old.group, new.group, path, place)

    def _attributes(self, old: Content, new: Content, path: str, place: Place) -> None:
        before = {each.name: each for each in old.attributes}
        after = {each.name: each for each in new.attributes}
        for name in sorted({*before, *after}):
            was, now, where = before.get(name), after.get(name), f"{path}/@{ns.local(name)}"
            if was is None and now is not None:
                kind = "required" if now.required else "optional"
                self._say(f"attribute-{kind}-added", where, now.place, name=ns.local(name))
            elif now is None and was is not None:
                kind = "required" if was.required else "optional"
                self._say(f"attribute-{kind}-removed", where, place, name=ns.local(name))
            elif was is not None and now is not None:
                if was.required != now.required:
                    kind = "required" if now.required else "optional"
                    self._say(f"attribute-made-{kind}", where, now.place, name=ns.local(name))
                self._constants(was, now, where)
                for rule, values in differences(was.type, now.type):
                    self._say(rule, where, now.place, **values)

    def _groups(self, old: Group | None, new: Group | None, path: str, place: Place) -> None:
        empty = Group("sequence", 1, 1, (), place)
        was, now = old or empty, new or empty
        if was.items and now.items and was.kind != now.kind:
            self._say("group-changed", path, now.place, old=was.kind, new=now.kind)
        self._occurrence(was, now, path)
        self._items(was, now, path)

    def _occurrence(self, old: Item, new: Item, path: str) -> None:
        told = {"old": occurs(old.minimum, old.maximum), "new": occurs(new.minimum, new.maximum)}
        if new.minimum > old.minimum:
            self._say("made-required" if old.minimum == 0 else "minimum-raised", path, new.place, **told)
        elif new.minimum < old.minimum:
            self._say("made-optional" if new.minimum == 0 else "minimum-lowered", path, new.place, **told)
        if new.maximum != old.maximum:
            self._say("maximum-raised" if new.maximum > old.maximum else "maximum-lowered", path, new.place, **told)

    def _items(self, old: Group, new: Group, path: str) -> None:
        before, after = [_name(item) for item in old.items], [_name(item) for item in new.items]
        pairs: list[tuple[int, int]] = []
        blocks = SequenceMatcher(None, before, after, autojunk=False).get_matching_blocks()
        for block in blocks:
            pairs += [(block.a + step, block.b + step) for step in range(block.size)]
        left = [at for at in range(len(before)) if at not in {one for one, _ in pairs}]
        more = [at for at in range(len(after)) if at not in {two for _, two in pairs}]
        for at in list(left):
            moved = next((other for other in more if after[other] == before[at]), None)
            same = (
                moved if moved is not None else next((other for other in more if _namesakes(old, new, at, other)), None)
            )
            if same is None:
                continue
            left.remove(at)
            more.remove(same)
            pairs.append((at, same))
            if moved is not None and new.kind == "sequence":
                self._say("element-moved", _under(path, new.items[same]), new.items[same].place)
        for one, two in sorted(pairs, key=lambda pair: pair[1]):
            self._pair(old.items[one], new.items[two], path)
        for at in left:
            self._gone(old.items[at], path, old.kind)
        for at in more:
            self._added(new.items[at], path, new, _room(old, new, before, after, at))

    def _pair(self, old: Item, new: Item, path: str) -> None:
        where = _under(path, new)
        if isinstance(old, Group) and isinstance(new, Group):
            self._groups(old, new, path, new.place)
            return
        self._occurrence(old, new, where)
        if isinstance(old, Element) and isinstance(new, Element):
            self._element(old, new, where)
        elif isinstance(old, Wildcard) and isinstance(new, Wildcard):
            self._wildcards(old, new, where)

    def _wildcards(self, old: Wildcard, new: Wildcard, path: str) -> None:
        was, now = old.namespaces, new.namespaces
        if was != now:
            wider = now == "##any" or set(was.split()) < set(now.split())
            self._say("wildcard-widened" if wider else "wildcard-narrowed", path, new.place, old=was, new=now)

    def _gone(self, item: Item, path: str, kind: str) -> None:
        where, place = _under(path, item), item.place
        if isinstance(item, Wildcard):
            self._say("wildcard-removed", where, place)
        else:
            needed = item.minimum > 0 and kind != "choice"
            self._say(f"element-{'required' if needed else 'optional'}-removed", where, place, name=_title(item))

    def _added(self, item: Item, path: str, group: Group, room: bool) -> None:
        where, place = _under(path, item), item.place
        if isinstance(item, Wildcard):
            self._say("wildcard-added", where, place)
            return
        needed = item.minimum > 0 and group.kind != "choice"
        name = f"element-{'required' if needed else 'optional'}-added"
        self._say("extension-element-added" if room and not needed else name, where, place, name=_title(item))


def _room(old: Group, new: Group, before: list[str], after: list[str], at: int) -> bool:
    """Whether the old version has a wildcard for the element where the new version has put it."""
    item = new.items[at]
    following = next((name for name in after[at + 1 :] if name in before), None)
    index = before.index(following) if following else len(before)
    near = old.items[max(0, index - 1) : index + 1]
    return isinstance(item, Element) and any(
        isinstance(wildcard, Wildcard) and wildcard.takes(ns.namespace(item.tag)) for wildcard in near
    )


def _namesakes(old: Group, new: Group, at: int, other: int) -> bool:
    """Whether two elements have the same local name, in namespaces that have nothing to do with each other."""
    one, two = old.items[at], new.items[other]
    return isinstance(one, Element) and isinstance(two, Element) and ns.local(one.tag) == ns.local(two.tag)


def _name(item: Item) -> str:
    """What an item is matched by: versions of a namespace are alike, and two groups are when their items are."""
    if isinstance(item, Element):
        return ns.clark(stem(ns.namespace(item.tag)), ns.local(item.tag))
    if isinstance(item, Wildcard):
        return "*"
    return f"({item.kind} {_first(item)})"


def _first(group: Group) -> str:
    return next((_name(item) for item in group.items), "")


def _title(item: Element | Group) -> str:
    return ns.local(item.tag) if isinstance(item, Element) else f"({' | '.join(sorted(_names(item.items)))})"


def _names(items: Iterable[Item]) -> Iterator[str]:
    for item in items:
        if isinstance(item, Element):
            yield ns.local(item.tag)
        elif isinstance(item, Group):
            yield from _names(item.items)


def _under(path: str, item: Item) -> str:
    return f"{path}/{ns.local(item.tag)}" if isinstance(item, Element) else f"{path}/*"


def _kind(content: Content) -> str:
    if content.simple:
        return content.simple.title
    return ns.local(content.type_name) or ("mixed" if content.mixed else "complexType")


def _cut(text: str, most: int = 120) -> str:
    return text if len(text) <= most else text[: most - 1] + "…"
