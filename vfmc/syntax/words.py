"""The sections of a spec and the words that declare their entries in the DSL."""

from __future__ import annotations

SECTION_OF = {
    "let": "let",
    "input": "inputs",
    "view": "views",
    "mask": "masks",
    "tower": "towers",
    "value": "values",
    "loss": "losses",
    "source": "sources",
}
WORD_OF = {section: word for word, section in SECTION_OF.items()}
HEADER = ("vfmc", "name", "doc", "extends", "without")
SETTINGS = ("train", "data", "parallel", "eval", "export", "profile", "renamed")
SECTIONS = (*SECTION_OF.values(), *SETTINGS)
ORDER = (*HEADER, *SECTIONS)  # the canonical order of the YAML spelling
DECLARATIONS = (*HEADER, *SECTION_OF, *SETTINGS)

TOWER = ("takes", "from", "pipe", "with")
