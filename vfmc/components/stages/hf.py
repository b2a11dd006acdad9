"""A backbone of Hugging Face's transformers."""

from __future__ import annotations

from typing import Any

from vfmc.components import Finding, arg
from vfmc.components.external import External, _literal


class Hf(External):
    """A vision model of transformers, by the name (or folder) of a checkpoint, or fresh by its `config` with its `model_type`.

    Tokens are its last hidden state, a vector its pooled output. Its weights are not known here: `vfmc train` counts them, and
    passes leave it alone.
    """

    kind = "stage"
    example = "hf(config: {model_type: vit, image_size: 16, patch_size: 4}, gives: {kind: tokens, width: 768, count: 17, prefix: 1})"
    name: str | None = arg(None, help="a checkpoint's name or folder, whose weights it begins with")
    config: dict[str, Any] | None = arg(
        None, help="in place of a name: {model_type: vit, hidden_size: 192, ...}"
    )

    def consistent(self) -> None:
        super().consistent()
        if (self.name is None) == (self.config is None):
            raise Finding(
                "`hf` takes either `name` or `config`",
                code="REF104",
                help="a checkpoint, or a model_type with its sizes",
            )
        for name, value in (self.config or {}).items():
            if not name.isidentifier() or not _literal(value):
                raise Finding(f"`{name}` is nothing that a config can hold", argument="config", code="REF118")
        if self.config is not None and not isinstance(self.config.get("model_type"), str):
            raise Finding(
                "the config has no `model_type`",
                argument="config",
                code="REF104",
                help="such as model_type: vit",
            )

    def imports(self) -> str:
        return "transformers"
