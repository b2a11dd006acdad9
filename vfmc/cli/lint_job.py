"""One run over many specs: each is linted with the settings of its folder, then baseline, fixes and counts."""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from vfmc import api
from vfmc.cli.common import STDIN, Findings, open_spec, read_stdin, write_text
from vfmc.lint import settings
from vfmc.lint.runner import Timings, lint
from vfmc.lint.settings import Settings
from vfmc.source import Diagnostic, Severity, Source
from vfmc.syntax.tree import Node

LEVELS = {"error": Severity.ERROR, "warning": Severity.WARNING, "info": Severity.INFO}
WORTH_A_PROCESS = 48  # specs a process must have for its start to pay, also where other work wants the cores


def default_format(output_file: str | None) -> str:
    """github in an action's log, full elsewhere."""
    return "github" if os.environ.get("GITHUB_ACTIONS") == "true" and output_file is None else "full"


def _share(nodes: list[tuple[str, Node]], options: dict[str, Any], paths: list[str]) -> Job:
    """What a process of several makes of its share of the specs."""
    job = Job(paths, nodes, options)
    job._each()
    return job


def never_clean(code: str) -> bool:
    """Whether an error keeps the spec from being built: those of rules do not."""
    return code not in settings.RULES or code in settings.DOUBTS


class Job:
    """What linting some specs came to."""

    def __init__(self, paths: Iterable[str], nodes: list[tuple[str, Node]], options: dict[str, Any]) -> None:
        self.paths, self.nodes, self.options = list(paths), nodes, options
        self.findings: list[Diagnostic] = []
        self.messages: list[str] = []
        self.timings: Timings = {}
        self.diff = ""
        self.mended = ""  # the standard input with its fixes
        self.fixed = 0
        self._known: dict[Path, Settings] = {}
        self._fail_on = "warning"

    @property
    def filters(self) -> bool:
        """Whether the mended standard input is what the command writes: findings then go to the standard error."""
        return bool(self.options["fix"]) and not self.options["show_diff"] and STDIN in self.paths

    @property
    def count(self) -> int:
        return len(self.paths)

    def run(self) -> None:
        """Lint every spec, one after another, or in several processes where there are many."""
        jobs = self._jobs()
        if jobs > 1:
            from functools import partial

            from vfmc.lint import parallel

            for job in parallel.over(self.paths, partial(_share, self.nodes, self.options), jobs):
                self.findings += job.findings
                self._known |= job._known
                for name, seconds in job.timings.items():
                    self.timings[name] = self.timings.get(name, 0.0) + seconds
        else:
            self._each()
        self._hide_known()

    def _each(self) -> None:
        for path in self.paths:
            self.findings += self._one(path)

    def _jobs(self) -> int:
        """How many processes: those asked for, else as many as there are cores and work for them. Fixes are made in this one."""
        options = self.options
        if (
            options["fix"]
            or options["show_diff"]
            or STDIN in self.paths
            or self.count < 2
            or options["jobs"] == 1
        ):
            return 1
        if options["jobs"]:
            return int(options["jobs"])
        if self.count < 2 * WORTH_A_PROCESS:
            return 1
        from vfmc.lint import parallel

        return min(parallel.cores(), self.count // WORTH_A_PROCESS)

    def _one(self, path: str) -> list[Diagnostic]:
        options = self.options
        try:
            spec = (
                api.Spec(read_stdin(options["stdin_filename"]), Path()) if path == STDIN else open_spec(path)
            )
        except Findings as found:  # a file that is no text
            return found.findings
        own = self.settings_for(Path(path).parent if path != STDIN else Path())
        timings = self.timings if options["timings"] else None

        def again(source: Source) -> list[Diagnostic]:
            return lint(api.Spec(source, spec.folder, self.nodes), own, timings)

        if path == STDIN:
            self.mended = spec.source.text
        if not (options["fix"] or options["show_diff"]) or self.nodes:
            spec.overrides = self.nodes
            return lint(spec, own, timings)
        from vfmc.lint import fix

        after, count, left = fix.settle(spec.source, again, options["unsafe_fixes"])
        self.fixed += count
        if options["show_diff"]:
            self.diff += fix.difference(spec.source, after) if count else ""
        elif count and path != STDIN and Path(path).is_file():
            write_text(Path(path).resolve(), after.text)
            self.messages.append(f"mended {count} finding{'s' * (count > 1)} in {path}")
        elif path == STDIN:
            self.mended = after.text
        elif count:
            self.messages.append(f"{path} stays as it is: a fix needs a file")
            return lint(spec, own, timings)
        return left

    def settings_for(self, folder: Path) -> Settings:
        """The settings of a folder with the command line on top."""
        options = self.options
        if folder not in self._known:
            found = self._found(folder)
            given = {name: options[name] for name in ("select", "ignore", "profile", "preview", "fail_on")}
            given["baseline"] = Path(options["baseline"]) if options["baseline"] else None
            self._known[folder] = found.with_options(**given)
        return self._known[folder]

    def _found(self, folder: Path) -> Settings:
        if self.options["isolated"]:
            return Settings(folder=folder)
        config = self.options["config"]
        return settings.read(Path(config)) if config else settings.find(folder)

    def _hide_known(self) -> None:
        """Take out what the baseline has."""
        files = {own.baseline for own in self._known.values() if own.baseline is not None}
        if self.options["write_baseline"] or not files:
            return
        from vfmc.lint import baseline

        for file in sorted(files):
            self.findings, stale = baseline.unknown(self.findings, baseline.read(file), file.parent)
            if stale:
                self.messages.append(
                    f"{stale} entr{'y' if stale == 1 else 'ies'} of {file} can go: write the baseline again"
                )

    def write_baseline(self, path: Path) -> int:
        from vfmc.lint import baseline

        return baseline.write(path, self.findings)

    @property
    def fails(self) -> bool:
        """Whether a finding is as severe as `fail-on` says."""
        if any(each.severity is Severity.ERROR and never_clean(each.code) for each in self.findings):
            return True
        levels = [own.fail_on for own in self._known.values()] or ["warning"]
        least = [LEVELS[level] for level in levels if level in LEVELS]
        return bool(least) and any(each.severity >= min(least) for each in self.findings)

    @property
    def wrong_command(self) -> bool:
        """Whether a finding is in the command line itself."""
        return any(each.span.source.name == api.SET for each in self.findings)

    @property
    def clean(self) -> list[str]:
        """The specs that nothing was found in."""
        told = {(each.home or each.span).source.name for each in self.findings}
        names = (self.options["stdin_filename"] if path == STDIN else path for path in self.paths)
        return [name for name in names if name not in told and f"{name}.yaml" not in told]

    def _counted(self) -> list[tuple[str, str, bool, int]]:
        """Code, name, whether a fix is known, and the number of every rule, the most frequent first."""
        counted = Counter((each.code, each.name, bool(each.fix)) for each in self.findings)
        rows = sorted(counted.items(), key=lambda row: (-row[1], row[0]))
        return [(*rule, count) for rule, count in rows]

    def statistics_data(self) -> str:
        """The statistics for programs."""
        keys = ("code", "name", "fixable", "count")
        rules = [dict(zip(keys, row, strict=True)) for row in self._counted()]
        return json.dumps(
            {"schema_version": 1, "specs": self.count, "findings": len(self.findings), "rules": rules},
            indent=2,
        )

    def statistics(self) -> str:
        """A line a rule, the most frequent first."""
        rows = [
            f"{count:>6}  {code}  {name}{'  (fixable)' * fixable}"
            for code, name, fixable, count in self._counted()
        ]
        return "\n".join(
            [*rows, f"{len(self.findings):>6}  in all, {self.count} spec{'s' * (self.count != 1)}"]
        )

    def timings_text(self) -> str:
        """Milliseconds of stages and rules, the slowest first."""
        rows = sorted(self.timings.items(), key=lambda row: -row[1])
        return "\n".join(f"{seconds * 1000:8.1f} ms  {name}" for name, seconds in rows)
