"""The bench reads /proc and pins processes to cores; elsewhere than on Linux there is nothing to test."""

import sys

collect_ignore = [] if sys.platform == "linux" else ["test_bench_smoke.py"]
