"""The payment rules written a second time, from the definition alone, to hold the product to."""

from tests.truth.payment.audit import audit

__all__ = ["audit"]
