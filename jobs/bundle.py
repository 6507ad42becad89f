"""The four floors as one zip, for a cluster whose machines have our dependencies but not us."""

import sys
import zipfile
from pathlib import Path

FLOORS = ("schemas", "filters", "pipeline", "jobs")


def bundle(folder: Path) -> Path:
    """Write `folder`/interleaf.zip, for Spark's --py-files, and return its path."""
    root = Path(__file__).parents[1]
    folder.mkdir(parents=True, exist_ok=True)
    target = folder / "interleaf.zip"
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for floor in FLOORS:
            for file in sorted((root / floor).rglob("*")):
                if file.is_file() and "__pycache__" not in file.parts:
                    archive.write(file, file.relative_to(root))
    return target


if __name__ == "__main__":
    print(bundle(Path(sys.argv[1] if len(sys.argv) > 1 else "dist")))
