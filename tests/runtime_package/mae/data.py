"""The batch contract of `mae`."""

ABI = 1

_FIT = [
    {"op": "resize", "size": [8, 8], "interpolation": "bilinear"},
    {"op": "normalize", "mean": [0.2] * 3, "std": [0.4] * 3},
]

INPUTS = {"image": {"kind": "image", "channels": 3}}

PHASES = {
    "main": {
        "views": {"crop": {"of": "image", "programs": [_FIT], "listed": False, "evaluate": [_FIT]}},
        "masks": {"half": {"of": "crop", "draw": "draw_half", "noise": 4, "tokens": 4, "hidden": 2}},
        "batch": {
            "crop": {"dims": ["B", "C", "H", "W"], "shape": [3, 8, 8], "dtype": "float32", "kind": "image"},
            "half.visible": {
                "dims": ["B", "K"],
                "shape": [2],
                "dtype": "int64",
                "kind": "indices",
                "below": 4,
            },
            "half.hidden": {
                "dims": ["B", "M"],
                "shape": [2],
                "dtype": "int64",
                "kind": "indices",
                "below": 4,
            },
        },
    },
}


def draw_half(noise_BN):
    order = noise_BN.argsort(-1)
    return order[:, :2].sort(-1).values, order[:, 2:].sort(-1).values
