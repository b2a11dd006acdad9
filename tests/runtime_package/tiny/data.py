"""The batch contract of `tiny`."""

ABI = 1

_RESIZE = {"op": "resize", "size": [8, 8], "interpolation": "bilinear"}
_NORMALIZE = {"op": "normalize", "mean": [0.5, 0.5, 0.5], "std": [0.5, 0.5, 0.5]}
_CROP = {
    "op": "random_resized_crop",
    "size": [8, 8],
    "scale": [0.8, 1.0],
    "ratio": [0.75, 1.3333333333333333],
    "interpolation": "bilinear",
}

INPUTS = {
    "image": {"kind": "image", "channels": 3},
    "caption": {"kind": "text", "length": 12, "tokenizer": {"use": "wordpiece", "vocabulary": 64}},
    "label": {"kind": "label", "classes": 10},
}

PHASES = {
    "main": {
        "views": {
            "crop": {
                "of": "image",
                "programs": [[_CROP, _NORMALIZE]],
                "listed": False,
                "evaluate": [[_RESIZE, _NORMALIZE]],
            },
            "pair": {
                "of": "image",
                "programs": [[_CROP, _NORMALIZE], [_CROP, _NORMALIZE]],
                "listed": True,
                "evaluate": [[_RESIZE, _NORMALIZE]],
            },
        },
        "masks": {},
        "batch": {
            "crop": {"dims": ["B", "C", "H", "W"], "shape": [3, 8, 8], "dtype": "float32", "kind": "image"},
            "pair": {
                "dims": ["V", "B", "C", "H", "W"],
                "shape": [2, 3, 8, 8],
                "dtype": "float32",
                "kind": "image",
            },
            "caption": {"dims": ["B", "L"], "shape": [12], "dtype": "int64", "kind": "text", "below": 64},
            "key": {"dims": ["B"], "shape": [], "dtype": "int64", "kind": "key"},
        },
    },
}
PHASES["last"] = PHASES["main"]
