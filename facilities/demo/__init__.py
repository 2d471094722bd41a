"""The demonstration: fictional facilities on real streets, at both sides of every threshold. 演示数据, nothing of it is real."""
