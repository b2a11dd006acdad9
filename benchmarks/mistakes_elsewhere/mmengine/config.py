model = dict(
    type="Encoder",
    width=64,
    depth=2,
    heads=4,
    patch=4,
)
