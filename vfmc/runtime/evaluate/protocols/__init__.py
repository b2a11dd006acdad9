"""The protocols, one file each, found by name: `NAME.py` gives `run(trained, name, settings, pictures) ->
numbers`.

`trained` is the open run, `name` what the spec calls the evaluation, `settings` its entry in the recipe;
`pictures` says whether to draw. The numbers are plain data for `eval/NAME.json`. Nothing else needs an edit.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from vfmc.runtime.trained import Trained

Protocol = Callable[[Trained, str, dict[str, Any], bool], dict[str, Any]]
