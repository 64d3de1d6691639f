"""x"""

from monitor.rules.engine.engine import BatchEngine

__all__ = ["BatchEngine"]
