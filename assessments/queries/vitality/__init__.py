"""热活度: what it is counted from, and how a stored score is told."""
