"""What stands behind an option: ``H=32,64``, ``0..4``, ``1e-3,1e-2``, ``\\lambda=0.1``, ``data=4,model=2``."""

from __future__ import annotations

from collections.abc import Sequence

from numeric.lower import BadInput

MOST = 1000


def numbers(text: str, what: str) -> list[int]:
    """``3``, ``1,2,5`` and ``0..4``, in that order."""
    found: list[int] = []
    for part in text.split(","):
        low, dots, high = part.strip().partition("..")
        if not low.isdecimal() or (dots and not high.isdecimal()) or not low.isascii() or len(low) > 9 or len(high) > 9:
            raise BadInput(f"expected whole numbers for {what}, like 0 or 0..4 or 1,2,3, not {text!r}")
        if dots and int(high) - int(low) >= MOST:
            raise BadInput(f"{what}: {part} are more than {MOST} numbers")
        found += range(int(low), int(high) + 1) if dots else [int(low)]
    if not found:
        raise BadInput(f"{what}: {text!r} holds no number")
    return list(dict.fromkeys(found))


def rates(text: str) -> list[float]:
    """``1e-3`` and ``1e-3,1e-2``."""
    found = []
    for part in text.split(","):
        try:
            found.append(float(part))
        except ValueError:
            raise BadInput(f"expected a learning rate like 0.001, not {part!r}") from None
        if not 0 < found[-1] < float("inf"):
            raise BadInput(f"a learning rate is above 0, not {part}")
    return list(dict.fromkeys(found))


def sizes(texts: Sequence[str]) -> dict[str, list[int]]:
    """``H=32``, ``H=32,64``, ``H=32,K=5``: a part with a sign of equality begins a new name."""
    found: dict[str, list[int]] = {}
    for text in texts:
        name = ""
        for part in text.split(","):
            head, equals, value = part.rpartition("=")
            name = head.strip() if equals else name
            try:
                values = numbers(value, name)
            except BadInput:
                values = []
            if not name or not values or min(values) < 1:
                raise BadInput(f"expected a size like H=32, or several like H=32,64,128, not {text!r}")
            found[name] = list(dict.fromkeys([*found.get(name, []), *values]))
    return found


def constants(texts: Sequence[str]) -> dict[str, float]:
    r"""``\lambda=0.1`` → {"\\lambda": 0.1}."""
    found = {}
    for text in texts:
        name, _, value = text.rpartition("=")
        try:
            found[name.strip()] = float(value)
        except ValueError:
            raise BadInput(f"expected a number like lambda=0.1, not {text!r}") from None
        if not name.strip():
            raise BadInput(f"expected a name before the number, like lambda=0.1, not {text!r}")
    return found


def mesh(text: str | None) -> dict[str, int]:
    """``data=8`` and ``data=4,model=2``."""
    if text is None:
        return {}
    found = {}
    for part in text.split(","):
        name, _, value = part.partition("=")
        if name.strip() not in ("data", "model") or not value.isdecimal() or int(value) < 1:
            raise BadInput(f"expected a mesh like data=8 or data=4,model=2, not {text!r}")
        found[name.strip()] = int(value)
    return found
