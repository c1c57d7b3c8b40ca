"""Runs what was judged: the only entrance is a proved claim."""

from numeric.chain import CannotCompile
from numeric.lower import BadInput, Compiled, compile_gradients
from numeric.train import Settings, Trained, train

__all__ = ["BadInput", "CannotCompile", "Compiled", "Settings", "Trained", "compile_gradients", "train"]
