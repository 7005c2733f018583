"""Runs rsca-bench again and again, and tells what came of it."""
