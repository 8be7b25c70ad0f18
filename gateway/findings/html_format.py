"""Findings as one HTML page that needs nothing else: no script, no font, no network. WCAG 2.1 AA."""

from collections import Counter
from collections.abc import Iterator
from html import escape

from gateway import texts
from gateway.findings import rules
from gateway.findings.finding import Finding
from gateway.findings.report import Report, Subject, by_subject

# All pairs of colours have a contrast of at least 4.5:1, in light and dark.
_STYLE = """
:root{color-scheme:light
dark; --ink:#1a1a1a; --paper:#fff; --soft:#f3f4f6; --line:#767b84; --error:#a40000; --warning:#7a4b00;
--info:#004b8d}
@media(prefers-color-scheme:dark){:root{--ink:#f2f2f2; --paper:#16181c; --soft:#22262c; --line:#9aa1ab;
--error:#ff9c9c; --warning:#ffca7a; --info:#9ccfff}
}
*{box-sizing:border-box}
body{margin:0 auto;max-width:70rem;padding:1rem 1.5rem;background:var(--paper);color:var(--ink);
font:1rem/1.5 system-ui,sans-serif}
h1{font-size:1.6rem}
h2{font-size:1.25rem;margin-top:2rem;overflow-wrap:anywhere}
h3{font-size:1rem;margin:0}
a{color:inherit}
a:focus-visible,pre:focus-visible{outline:3px solid var(--info);outline-offset:2px}
.skip{position:absolute;left:-99rem}
.skip:focus{position:static}
table{border-collapse:collapse}
th,td{border:1px solid var(--line);padding:.3rem .7rem;text-align:left}
article{border-left:.4rem solid var(--line);background:var(--soft);
padding:.8rem 1rem;margin:1rem 0}
article.error{border-color:var(--error)}
article.warning{border-color:var(--warning)}
article.info{border-color:var(--info)}
.error .severity{color:var(--error)}
.warning .severity{color:var(--warning)}
.info .severity{color:var(--info)}
pre,code{font-family:ui-monospace,monospace;font-size:.9rem}
pre{overflow-x:auto;background:var(--paper);
padding:.5rem;border:1px solid var(--line)}
code{overflow-wrap:anywhere}
dl{margin:.5rem 0;display:grid;grid-template-columns:max-content 1fr;
gap:.2rem 1rem}
dt{font-weight:600}
dd{margin:0;overflow-wrap:anywhere}
@media(max-width:40rem){dl{grid-template-columns:1fr}
}
"""


def render(report: Report, language: str, *, color: bool = False) -> str:
    """See ``writers.Render``."""
    return "\n".join(_Page(report, language).lines()) + "\n"


class _Page:
    def __init__(self, report: Report, language: str) -> None:
        self.report, self.language = report, language
        self.used: Counter[str] = Counter()  # how often a fingerprint has been an id

    def word(self, key: str, **values: object) -> str:
        return escape(texts.text("findings", key, self.language, **values))

    def lines(self) -> Iterator[str]:
        title = self.word("title", command=f"rivta {self.report.command}")
        yield f'<!DOCTYPE html>\n<html lang="{self.language}">\n<head>\n<meta charset="utf-8">'
        yield '<meta name="viewport" content="width=device-width, initial-scale=1">'
        yield f"<title>{title}</title>\n<style>{_STYLE}</style>\n</head>\n<body>"
        yield f'<a class="skip" href="#findings">{self.word("skip")}</a>\n<header>\n<h1>{title}</h1>'
        yield from self.summary()
        yield '</header>\n<main id="findings" tabindex="-1">'
        for subject, findings in by_subject(self.report):
            if findings:
                yield from self.subject(subject, findings)
        yield "</main>\n</body>\n</html>"

    def summary(self) -> Iterator[str]:
        report = self.report
        yield f"<table>\n<caption>{self.word('summary_title')}</caption>\n<tbody>"
        rows = [("subjects", len(report.subjects)), ("severity_error", report.count("error"))]
        rows += [("severity_warning", report.count("warning")), ("severity_info", report.count("info"))]
        rows += [("known", report.known), ("ignored", report.ignored)]
        for key, value in rows:
            yield f'<tr><th scope="row">{self.word(key)}</th><td>{value}</td></tr>'
        yield "</tbody>\n</table>"

    def subject(self, subject: Subject, findings: list[Finding]) -> Iterator[str]:
        contract = f" ({escape(subject.contract)})" if subject.contract else ""
        yield f"<section>\n<h2>{escape(subject.name) or self.word('whole')}{contract}</h2>"
        for finding in findings:
            yield from self.finding(finding)
        yield "</section>"

    def finding(self, found: Finding) -> Iterator[str]:
        severity = self.word(f"severity_{found.severity}")
        message = escape(found.message.of(self.language))
        self.used[found.fingerprint] += 1
        number = self.used[found.fingerprint]
        name = f"f-{found.fingerprint}" + (f"-{number}" if number > 1 else "")
        yield f'<article class="{found.severity}" id="{name}">'
        yield f'<h3><span class="severity">{severity}</span> <code>{escape(found.rule)}</code> {message}</h3>'
        if found.excerpt:
            label = self.word("line", line=found.line)
            source = escape(found.excerpt.strip())
            yield f'<pre tabindex="0" role="region" aria-label="{label}"><code>{source}</code></pre>'
        yield "<dl>"
        for key, value in self.facts(found):
            yield f"<dt>{self.word(key)}</dt><dd>{value}</dd>"
        yield "</dl>\n</article>"

    def facts(self, found: Finding) -> Iterator[tuple[str, str]]:
        if found.line:
            yield "place", f"{found.line}:{found.column}" if found.column else str(found.line)
        if found.xpath:
            yield "where", f"<code>{escape(found.xpath)}</code>"
        if found.expected:
            yield "expected", ", ".join(f"<code>{escape(each)}</code>" for each in found.expected)
        if found.about:
            yield "about", escape(found.about.of(self.language))
        if found.hint:
            yield "hint", escape(found.hint.of(self.language))
        if rule := rules.find(found.rule):
            yield "rule", f"{escape(rule.text.of(self.language))} <cite>{escape(str(rule.source))}</cite>"
