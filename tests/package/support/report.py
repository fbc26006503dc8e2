# SPDX-License-Identifier: MIT
"""Names each check as it is made and counts them; the last line is plain: `N passed, N failed`."""

import sys
import traceback
from contextlib import contextmanager


class Report:
    def __init__(self):
        self.passed = 0
        self.failed = 0

    @contextmanager
    def check(self, name):
        """One check: it fails if its body raises. The checks behind it are made all the same."""
        try:
            yield
        except Exception:  # whatever went wrong is the finding
            self.failed += 1
            print(f'FAILED {name}\n{traceback.format_exc()}', flush=True)
        else:
            self.passed += 1
            print(f'ok     {name}', flush=True)

    def close(self):
        print(f'{self.passed} passed, {self.failed} failed', flush=True)
        sys.exit(0 if self.failed == 0 and self.passed > 0 else 1)
