"""The language server: the protocol around what the files beside it know. Started by `vfmc lsp`; needs pygls."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from lsprotocol import types as lsp
from pygls.lsp.server import LanguageServer
from pygls.uris import from_fs_path, to_fs_path

import vfmc
from vfmc.editor import actions, complete, hover, names
from vfmc.editor.document import Document, opened
from vfmc.source import Diagnostic, Severity, Source, Span, TextEdit

SEVERITIES = {
    Severity.ERROR: lsp.DiagnosticSeverity.Error,
    Severity.WARNING: lsp.DiagnosticSeverity.Warning,
    Severity.INFO: lsp.DiagnosticSeverity.Information,
}
KINDS = {
    "component": lsp.CompletionItemKind.Class,
    "argument": lsp.CompletionItemKind.Property,
    "name": lsp.CompletionItemKind.Variable,
    "choice": lsp.CompletionItemKind.EnumMember,
    "section": lsp.CompletionItemKind.Module,
}
SPEC = re.compile(
    r"""\{?\s*["']?vfmc["']?(\s*:|\s+\d)"""
)  # what a line of every spec begins with: other YAML files are left alone


class Specs(LanguageServer):
    """Open documents by their address."""

    def __init__(self) -> None:
        super().__init__("vfmc", vfmc.__version__)
        self.open: dict[str, Document] = {}

    def known(self, uri: str) -> Document | None:
        return self.open.get(uri)

    def read(self, uri: str) -> None:
        """Check the text of a document and publish its findings."""
        text = self.workspace.get_text_document(uri).source
        path = to_fs_path(uri)
        if not is_spec(uri, text):
            if self.open.pop(uri, None) is not None:
                self.publish(uri, [])
            return
        if uri not in self.open:
            name = path or uri
            self.open[uri] = opened(name, text, Path(path).parent if path else None)
        else:
            self.open[uri].update(text)
        document = self.open[uri]
        found = [each.at_home for each in document.findings]  # what a base says, where this text extends it
        own = [each for each in found if each.span.source is document.source]
        self.publish(uri, [diagnostic(uri, document, each) for each in own])

    def publish(self, uri: str, found: list[lsp.Diagnostic]) -> None:
        self.text_document_publish_diagnostics(lsp.PublishDiagnosticsParams(uri=uri, diagnostics=found))


def is_spec(uri: str, text: str) -> bool:
    """Whether a document is one of ours."""
    return uri.endswith(".vfm") or any(SPEC.match(line) for line in text.splitlines()[:200])


def position(source: Source, offset: int) -> lsp.Position:
    """A place as the protocol counts it: lines and UTF-16 units from 0."""
    line, column = source.position(offset)
    before = source.line(line)[: column - 1]
    return lsp.Position(line=line - 1, character=len(before.encode("utf-16-le")) // 2)


def offset_of(source: Source, place: lsp.Position) -> int:
    """The character that a place of the protocol means."""
    if place.line >= len(source.line_starts):
        return len(source.text)
    line = source.line(place.line + 1)
    units = line.encode("utf-16-le")[: 2 * place.character]
    return source.line_starts[place.line] + len(units.decode("utf-16-le", errors="ignore"))


def range_of(span: Span) -> lsp.Range:
    return lsp.Range(start=position(span.source, span.start), end=position(span.source, span.end))


def uri_of(span: Span, document: Document, uri: str) -> str:
    """The document that a span lies in."""
    if span.source is document.source:
        return uri
    return from_fs_path(str(Path(span.source.name).resolve())) or uri


def diagnostic(uri: str, document: Document, finding: Diagnostic) -> lsp.Diagnostic:
    parts = [finding.message, *finding.notes, *([f"help: {finding.help}"] if finding.help else [])]
    related = [
        lsp.DiagnosticRelatedInformation(
            location=lsp.Location(uri=uri_of(label.span, document, uri), range=range_of(label.span)),
            message=label.text,
        )
        for label in finding.labels
    ]
    unused = finding.name.startswith("unused-")
    return lsp.Diagnostic(
        range=range_of(finding.span),
        message="\n".join(parts),
        severity=SEVERITIES[finding.severity],
        code=finding.code,
        source="vfmc",
        related_information=related or None,
        tags=[lsp.DiagnosticTag.Unnecessary] if unused else None,
    )


def edits_of(edits: Any) -> list[lsp.TextEdit]:
    return [lsp.TextEdit(range=range_of(edit.span), new_text=edit.text) for edit in edits]


def make() -> Specs:
    """The server with its features."""
    server = Specs()

    @server.feature(lsp.TEXT_DOCUMENT_DID_OPEN)
    def did_open(params: lsp.DidOpenTextDocumentParams) -> None:
        server.read(params.text_document.uri)

    @server.feature(lsp.TEXT_DOCUMENT_DID_CHANGE)
    def did_change(params: lsp.DidChangeTextDocumentParams) -> None:
        server.read(params.text_document.uri)

    @server.feature(lsp.TEXT_DOCUMENT_DID_SAVE)
    def did_save(params: lsp.DidSaveTextDocumentParams) -> None:
        for uri in list(server.open):  # one may extend another
            server.read(uri)

    @server.feature(lsp.TEXT_DOCUMENT_DID_CLOSE)
    def did_close(params: lsp.DidCloseTextDocumentParams) -> None:
        server.open.pop(params.text_document.uri, None)
        server.publish(params.text_document.uri, [])

    @server.feature(lsp.TEXT_DOCUMENT_HOVER)
    def on_hover(params: lsp.HoverParams) -> lsp.Hover | None:
        document = server.known(params.text_document.uri)
        found = hover.hover(document, offset_of(document.source, params.position)) if document else None
        if found is None:
            return None
        content = lsp.MarkupContent(kind=lsp.MarkupKind.Markdown, value=found[0])
        return lsp.Hover(contents=content, range=range_of(found[1]))

    @server.feature(
        lsp.TEXT_DOCUMENT_COMPLETION,
        lsp.CompletionOptions(trigger_characters=[":", " ", "{", "(", ".", "$", ">"]),
    )
    def on_completion(params: lsp.CompletionParams) -> lsp.CompletionList:
        document = server.known(params.text_document.uri)
        items = complete.complete(document, offset_of(document.source, params.position)) if document else []
        return lsp.CompletionList(
            is_incomplete=False, items=[_item(each, number) for number, each in enumerate(items)]
        )

    @server.feature(lsp.TEXT_DOCUMENT_DEFINITION)
    def on_definition(params: lsp.DefinitionParams) -> lsp.Location | None:
        uri = params.text_document.uri
        document = server.known(uri)
        span = names.definition(document, offset_of(document.source, params.position)) if document else None
        return (
            lsp.Location(uri=uri_of(span, document, uri), range=range_of(span)) if span and document else None
        )

    @server.feature(lsp.TEXT_DOCUMENT_REFERENCES)
    def on_references(params: lsp.ReferenceParams) -> list[lsp.Location]:
        uri = params.text_document.uri
        document = server.known(uri)
        if document is None or document.tree is None:
            return []
        name = names.named(document, offset_of(document.source, params.position))
        return (
            [lsp.Location(uri=uri, range=range_of(span)) for span in names.uses(document.tree, name)]
            if name
            else []
        )

    @server.feature(lsp.TEXT_DOCUMENT_RENAME)
    def on_rename(params: lsp.RenameParams) -> lsp.WorkspaceEdit | None:
        uri = params.text_document.uri
        document = server.known(uri)
        if document is None:
            return None
        try:
            edits = names.rename(document, offset_of(document.source, params.position), params.new_name)
        except names.Refused as reason:
            server.window_show_message(
                lsp.ShowMessageParams(type=lsp.MessageType.Warning, message=str(reason))
            )
            return None
        return lsp.WorkspaceEdit(changes={uri: edits_of(edits)})

    @server.feature(
        lsp.TEXT_DOCUMENT_CODE_ACTION, lsp.CodeActionOptions(code_action_kinds=[lsp.CodeActionKind.QuickFix])
    )
    def on_action(params: lsp.CodeActionParams) -> list[lsp.CodeAction]:
        uri = params.text_document.uri
        document = server.known(uri)
        if document is None:
            return []
        start, end = (offset_of(document.source, place) for place in (params.range.start, params.range.end))
        return [
            lsp.CodeAction(
                title=each.title, kind=lsp.CodeActionKind.QuickFix, is_preferred=each.preferred,
                diagnostics=[diagnostic(uri, document, each.finding)], edit=lsp.WorkspaceEdit(changes={uri: edits_of(each.edits)}),
            )
            for each in actions.actions(document, start, end)
        ]  # fmt: skip

    @server.feature(lsp.TEXT_DOCUMENT_INLAY_HINT)
    def on_inlay(params: lsp.InlayHintParams) -> list[lsp.InlayHint]:
        document = server.known(params.text_document.uri)
        if document is None:
            return []
        found = [(position(document.source, end), text) for end, text in hover.inlays(document)]
        return [
            lsp.InlayHint(position=place, label=text, kind=lsp.InlayHintKind.Type, padding_left=True)
            for place, text in found
            if params.range.start.line <= place.line <= params.range.end.line
        ]

    @server.feature(lsp.TEXT_DOCUMENT_FORMATTING)
    def on_format(params: lsp.DocumentFormattingParams) -> list[lsp.TextEdit] | None:
        from vfmc.syntax.read import format_source

        document = server.known(params.text_document.uri)
        text = format_source(document.source, None)[0] if document else None
        if document is None or text is None or text == document.source.text:
            return None
        whole = Span(document.source, 0, len(document.source.text))
        return edits_of([TextEdit(whole, text)])

    return server


def _item(item: complete.Item, number: int) -> lsp.CompletionItem:
    page = (
        lsp.MarkupContent(kind=lsp.MarkupKind.Markdown, value=item.documentation)
        if item.documentation
        else None
    )
    return lsp.CompletionItem(
        label=item.label,
        kind=KINDS[item.kind],
        detail=item.detail or None,
        documentation=page,
        insert_text=item.insert or None,
        sort_text=f"{number:04}",
    )
