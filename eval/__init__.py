"""Measuring: gold questions, metrics, honest intervals."""
