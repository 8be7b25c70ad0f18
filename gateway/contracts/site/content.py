"""What the pages of one contract tell, the same in every language."""

from functools import cached_property

from gateway.contracts.diff.package import Pair
from gateway.contracts.site.description import Description
from gateway.contracts.site.samples import Examples, Sample, by_path
from gateway.contracts.site.subject import Subject
from gateway.contracts.site.tree import Row, Tree


class Content:
    """The content of one contract's page, found out when it is asked for.

    Attributes:
        change: what has become of the contract since the previous version; None when there is none to compare with.
    """

    def __init__(self, subject: Subject, examples: Examples, change: Pair | None = None) -> None:
        self.subject, self.change = subject, change
        self._examples = examples

    @cached_property
    def description(self) -> Description:
        """Its description."""
        return Description(self.subject.description)

    @cached_property
    def samples(self) -> list[Sample]:
        """A request and a response."""
        return self._examples.of(self.subject)

    @cached_property
    def _trees(self) -> tuple[list[Row], list[Row]]:
        tree = Tree(self.subject.view, self.description.elements)
        examples = by_path(self.samples)
        return tree.rows(self.subject.request, examples), tree.rows(self.subject.response, examples)

    @property
    def request(self) -> list[Row]:
        """The elements of the request."""
        return self._trees[0]

    @property
    def response(self) -> list[Row]:
        """The elements of the response; none when the contract has none."""
        return self._trees[1]

    @property
    def named(self) -> list[Row]:
        """The elements and attributes of both."""
        return [row for row in (*self.request, *self.response) if row.kind in ("element", "attribute")]

    def file(self, path: str) -> str:
        """Where the copy of a document is, below the site."""
        return "/".join(part for part in ("files", self.subject.folder, path) if part)

    def sample_file(self, sample: Sample) -> str:
        """Where a sample is, below the site."""
        return f"samples/{self.subject.key}-{sample.part}.xml"
