"""How many samples a second one core renders, by modality.

python benchmarks/scenes.py [--size 48] [--seconds 2] [--samples 300]
"""

from __future__ import annotations

import argparse
import os
import time

os.environ.setdefault("OMP_NUM_THREADS", "1")

from vfmc.runtime.data.sources import open_source

INPUTS = {
    "image": {"kind": "image"},
    "two frames": {"kind": "video"},
    "depth": {"kind": "depth"},
    "thermal": {"kind": "thermal"},
    "sound at 8 kHz": {"kind": "audio", "rate": 8000},
    "sound at 16 kHz": {"kind": "audio", "rate": 16000},
    "signal at 50 Hz": {"kind": "signal", "rate": 50.0, "channels": 6},
    "captions": {"kind": "text"},
}


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--size", type=int, default=48)
    parser.add_argument("--seconds", type=float, default=2.0)
    parser.add_argument("--samples", type=int, default=300)
    asked = parser.parse_args()
    source = open_source({"use": "scenes", "size": asked.size, "seconds": asked.seconds}, INPUTS)
    print(f"{'samples a second of CPU time':<32}{asked.size} x {asked.size} pixels, {asked.seconds:g} s")
    for name in INPUTS:
        start = time.process_time()
        for id in range(asked.samples):
            source.read(id, (name,))
        print(f"{name:<32}{asked.samples / (time.process_time() - start):8.0f}")


if __name__ == "__main__":
    main()
