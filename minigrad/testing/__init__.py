"""Checking gradients and finding cases: public, because users write ops too."""

from __future__ import annotations

from .gradients import GradcheckResult, gradcheck, gradgradcheck

__all__ = ["GradcheckResult", "gradcheck", "gradgradcheck"]
