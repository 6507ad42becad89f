"""`interleaf run --revisit STORE`: what that store has is asked for only where it changed."""

from dataclasses import asdict
from typing import Any

from jobs.runs import SAYS, made_by, plain
from jobs.settings import Settings
from jobs.status import accounts
from jobs.store import RUN, Store, StoreError, read_run


def revisited(root: str, store: Store, settings: Settings) -> Store:
    """The store at `root`, whose pictures this run may keep. Raises StoreError where it may not.

    A picture is kept as it lies there, so it must have been resized as this run would.
    """
    earlier = Store(root)
    if not earlier.exists(RUN):
        raise StoreError(f"there is no run in {root}; --revisit takes the store of an earlier run")
    if (earlier.remote, earlier.path("")) == (store.remote, store.path("")):
        raise StoreError(f"{root} is the store of this run; --revisit takes that of an earlier one")
    made = read_run(earlier)
    wanted: dict[str, Any] = plain({"images": asdict(settings.images)}) | made_by()
    for name in ("images", "versions"):
        if made.get(name) != wanted[name]:
            raise StoreError(
                f"{root} was made by {SAYS[name](made.get(name))}, this run has "
                f"{SAYS[name](wanted[name])}; give the same, or leave out --revisit"
            )
    if not all(each.finished for each in accounts(earlier) if each.step.name == "fetch"):
        raise StoreError(f"the step 'fetch' of {root} is not finished; go on with it first")
    return earlier
