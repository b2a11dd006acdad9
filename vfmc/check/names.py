"""What may be a name: it becomes an attribute, a function or a variable of generated Python, a key of a batch, or part of a file's name."""

from __future__ import annotations

import builtins
from keyword import kwlist

from vfmc.check.problems import Problems
from vfmc.source import Span

LONGEST = 64
WORDS = frozenset((*kwlist, "none", "true", "false"))  # of Python and of the language
BATCH = frozenset(
    ("batch", "key", "self", "total")
)  # what every batch and every objective has besides what is declared
# What torch.nn.Module has (PyTorch 2): an attribute of that name would break it.
_MODULE = """
T_destination add_module apply bfloat16 buffers call_super_init children compile cpu cuda double dump_patches eval extra_repr
float forward get_buffer get_extra_state get_parameter get_submodule half ipu load_state_dict modules mtia named_buffers
named_children named_modules named_parameters parameters register_backward_hook register_buffer register_forward_hook
register_forward_pre_hook register_full_backward_hook register_full_backward_pre_hook register_load_state_dict_post_hook
register_load_state_dict_pre_hook register_module register_parameter register_state_dict_post_hook
register_state_dict_pre_hook requires_grad_ set_extra_state set_submodule share_memory state_dict to to_empty train training
type xpu zero_grad
"""
MODULE = frozenset(_MODULE.split())
_OBJECTIVE = "ABI parts knobs embed combine after_step tower synchronise losses operands weights step view inputs part name"
OBJECTIVE = frozenset(_OBJECTIVE.split())
IMPORTED = frozenset(("torch", "nn", "F", "math", "dist", "Tensor"))
PYTHON = frozenset(name for name in dir(builtins) if name.islower())
CALL = frozenset(
    ("use", "of", "as", "field", "weight", "x")
)  # what the arguments of a call may be besides a tower's operands

# What a name of each kind becomes in generated code, and so may not be called like.
TAKEN = {
    "inputs": BATCH,
    "views": BATCH,
    "masks": BATCH | OBJECTIVE | IMPORTED | PYTHON,
    "towers": BATCH | OBJECTIVE | IMPORTED | PYTHON | MODULE,
    "values": BATCH | OBJECTIVE | MODULE,
    "losses": BATCH | OBJECTIVE | MODULE,
    "sources": BATCH,
    "label": MODULE,
    "take": BATCH | OBJECTIVE | IMPORTED | PYTHON | CALL,
}


def good_name(problems: Problems, name: str, kind: str, span: Span) -> bool:
    """Whether this may be a name of that kind; reports it if not. `kind` is a section, "label", "take", or another word."""
    if not name.isidentifier() or not name.isascii() or name.startswith("_") or len(name) > LONGEST:
        help = f"names are letters, digits and underscores, begin with a letter and have at most {LONGEST} characters"
        shown = name if len(name) <= LONGEST else f"{name[: LONGEST - 1]}…"
        problems.error("REF115", f"`{shown}` cannot be a name", span, help=help)
    elif name in WORDS:
        problems.error(
            "REF115",
            f"`{name}` cannot be a name",
            span,
            help="it is a word of Python or of the language: choose another",
        )
    elif name in TAKEN.get(kind, ()):
        help = f"choose another, such as {name}_{'tokens' if kind == 'label' else '1'}"
        problems.error(
            "REF115",
            f"`{name}` cannot be a name here",
            span,
            help=f"generated code has that name already: {help}",
        )
    else:
        return True
    return False
