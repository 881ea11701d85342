"""Invented worlds, written as deliveries. They know the landing contract and nothing of the pipeline that reads it."""
