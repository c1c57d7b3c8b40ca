"""Runs what was judged: the only entrance is a proved claim."""

from numeric.chain import CannotCompile
from numeric.checkpoint import CheckpointError, load_model
from numeric.data import NoData
from numeric.lower import BadInput, Compiled, compile_gradients
from numeric.model import Model
from numeric.result import Epoch, Trained
from numeric.settings import Settings
from numeric.train import Diverged, train

__all__ = ["BadInput", "CannotCompile", "CheckpointError", "Compiled", "Diverged", "Epoch", "Model", "NoData", "Settings",
           "Trained", "compile_gradients", "load_model", "train"]
