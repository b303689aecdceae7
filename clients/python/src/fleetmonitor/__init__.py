"""Sends a model's predictions and labels to FleetMonitor, off the caller's path."""

from .recorder import Recorder, Stats

__all__ = ["Recorder", "Stats"]
