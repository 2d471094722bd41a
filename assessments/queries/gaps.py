from dataclasses import dataclass
@dataclass(frozen=True)
class Gap: pass
def gap(verdict): return Gap()
